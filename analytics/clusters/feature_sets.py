"""What customers can be grouped by: which attributes are suitable for it, and sets of metrics and attributes to start from."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd

from analytics.clusters.columns import is_number, named, numbers
from analytics.clusters.space import MOST_LEVELS, RAREST_LEVEL, fit_space
from analytics.customers import PERSONAL, RESERVED, CustomerTable
from analytics.errors import RequestError
from analytics.metrics import RFM_METRICS, needs_sessions
from analytics.schema import PINNED
from analytics.text import say

COPY: Final = 0.95
"""Two metrics whose correlation is this or more, after the logarithm, are taken for copies of one another."""
LEAST_TOLD: Final = 0.5
"""Of those who have a named value, so many must have a frequent one."""
_MOST_COMPARED: Final = 20_000
"""Customers that are looked at to find copies: every n-th where there are more."""
_FEW: Final = 50
_ROWS_AT_ONCE: Final = 65_536
_PERMISSION = re.compile(r"consent|opt_?(in|out)|subscri|gdpr|permission|newsletter|do_not_|allows_|accepts_")
_PERSON = re.compile(
    r"(^|_)(id|uuid|guid|hash|token|iban|ssn|ip|e?mail|phone|mobile|fax|address|street|name|username)$"
)
_NUMBERED = re.compile(r"(^|_)(number|no|nr|code|key|zip|zip_code|postcode|postal_code|plz)$")
_GROUPS: Final = (*RESERVED, *(f"own_{name}" for name in RESERVED))
_VISITED: Final = ("favourite_category", "favourite_visit_hour")
"""Attributes that say what customers did, not who they are."""

Chosen = tuple[tuple[str, ...], tuple[str, ...]]
"""Names of metrics, and names of attributes."""


def suitable_attributes(table: CustomerTable) -> tuple[str, ...]:
    """The attributes that customers can be grouped by."""
    return tuple(name for name in table.attributes if not unsuitable(table, name))


def unsuitable(table: CustomerTable, name: str) -> str:
    """Why customers cannot be grouped by an attribute, in a sentence; empty where they can."""
    told: str = table.once(("unsuitable", name), lambda: _unsuitable(table.frame[name], name))
    return told


def _unsuitable(column: pd.Series[Any], name: str) -> str:
    if name in PERSONAL or _PERSON.search(name):
        return say("'{name}' names a person: customers are not grouped by it.", name=name)
    if name in _GROUPS or name.startswith(PINNED):
        return say("'{name}' is a group that customers are in already: they are not grouped by it.", name=name)
    if _PERMISSION.search(name):
        return say("'{name}' says what customers allow, not who they are: they are not grouped by it.", name=name)
    if is_number(column):
        return _unsuitable_number(numbers(column), name, is_whole=pd.api.types.is_integer_dtype(column.dtype))
    codes, known = named(column)
    shares = np.bincount(codes[codes >= 0], minlength=len(known)) / max(len(codes), 1)
    frequent = np.sort(shares[shares >= RAREST_LEVEL])[::-1][:MOST_LEVELS]
    if frequent.sum() < LEAST_TOLD * shares.sum() or not shares.sum():
        sentence = "'{name}' has {n} different values, and most customers have a rare one: they are not grouped by it."
        return say(sentence, name=name, n=f"{int((shares > 0).sum()):,}")
    return _same_for_all(name) if shares.max() > 1 - RAREST_LEVEL else ""


def _unsuitable_number(values: np.ndarray[Any, Any], name: str, *, is_whole: bool) -> str:
    known = values[~np.isnan(values)]
    if not len(known) or known.min() == known.max():
        return _same_for_all(name)
    is_label = is_whole and (_NUMBERED.search(name) is not None or _all_differ(known))
    return say("'{name}' is a number that only names: customers are not grouped by it.", name=name) if is_label else ""


def _all_differ(known: np.ndarray[Any, Any]) -> bool:
    """Whether no two customers share a whole number, as a card's or an account's; a glance is mostly enough."""
    glance = known[:1_000]
    return len(known) > _FEW and len(np.unique(glance)) == len(glance) and len(np.unique(known)) == len(known)


def _same_for_all(name: str) -> str:
    return say("'{name}' is the same for nearly all customers: they cannot be grouped by it.", name=name)


def check_attributes(table: CustomerTable, attributes: Sequence[str]) -> None:
    """Nothing, where customers can be grouped by the attributes.

    Raises:
        RequestError: one of them is not suitable; the sentence says why, and which are.
    """
    for name in attributes:
        problem = unsuitable(table, name)
        if problem:
            names = ", ".join(suitable_attributes(table))
            choose = say("Choose among {names}.", names=names) if names else say("Choose metrics only.")
            raise RequestError(say("{problem} {choose}", problem=problem, choose=choose))


@dataclass(frozen=True, slots=True)
class FeatureSet:
    """Metrics and attributes to start from."""

    name: str
    label: str
    meaning: str
    columns: Callable[[CustomerTable], Chosen | None]
    """(customer table) → what the set is there; None where the table does not allow it."""
    lacking: str
    """Why it may not be allowed."""


def _rfm(table: CustomerTable) -> Chosen | None:
    had = {metric.name for metric in table.metrics}
    return (RFM_METRICS, ()) if had.issuperset(RFM_METRICS) else None


def _behaviour(table: CustomerTable) -> Chosen | None:
    visits = tuple(metric.name for metric in table.metrics if needs_sessions(metric) and _is_known(table, metric.name))
    return (without_copies(table, (*RFM_METRICS, *visits)), ()) if visits and _rfm(table) else None


def _everything(table: CustomerTable) -> Chosen | None:
    names = tuple(metric.name for metric in table.metrics if _is_known(table, metric.name))
    return (without_copies(table, names), ()) if names else None


def _demographics(table: CustomerTable) -> Chosen | None:
    attributes = tuple(name for name in suitable_attributes(table) if name not in _VISITED)
    return (RFM_METRICS, attributes) if attributes and _rfm(table) else None


def _is_known(table: CustomerTable, metric: str) -> bool:
    """Whether a metric differs between customers."""
    values = numbers(table.frame[metric])
    known = values[~np.isnan(values)]
    return bool(len(known)) and bool(known.min() < known.max())


def without_copies(table: CustomerTable, metrics: tuple[str, ...]) -> tuple[str, ...]:
    """The metrics without those that say what an earlier one says: |r| of the logarithms at `COPY` or above.

    Where there are more than 20,000 customers, every n-th is looked at.
    """

    def find() -> tuple[str, ...]:
        step = -(-len(table) // _MOST_COMPARED)
        frame = table.frame.iloc[::step]
        known = [name for name in metrics if frame[name].notna().any()]
        stand_ins = {metric.name: metric.stand_in for metric in table.metrics}
        r = correlation(list(fit_space(frame, known, stand_ins=stand_ins).matrix(frame).T))
        kept: list[int] = []
        for place in range(len(known)):
            if not any(abs(r[place, other]) >= COPY for other in kept):
                kept.append(place)
        return tuple(known[place] for place in kept)

    found: tuple[str, ...] = table.once(("without copies", metrics), find)
    return found


def correlation(columns: Sequence[np.ndarray[Any, Any]]) -> np.ndarray[Any, Any]:
    """Pearson's r of every two columns of numbers, 0 where one of them has no spread. Shape (columns, columns)."""
    means = np.array([column.mean() for column in columns])
    products = np.zeros((len(columns), len(columns)))
    for start in range(0, len(columns[0]), _ROWS_AT_ONCE):
        part = np.array([column[start : start + _ROWS_AT_ONCE] for column in columns]) - means[:, None]
        products += part @ part.T
    size = np.sqrt(np.diag(products))
    size = np.where(size > 1e-9 * np.sqrt(max(len(columns[0]), 1)), size, np.inf)
    r: np.ndarray[Any, Any] = np.clip(products / size[:, None] / size, -1.0, 1.0)
    return r


FEATURE_SETS: tuple[FeatureSet, ...] = (
    FeatureSet(
        "rfm",
        "RFM",
        "How lately, how often and for how much customers bought.",
        _rfm,
        "It needs orders.",
    ),
    FeatureSet(
        "behaviour",
        "RFM and visits",
        "What customers bought, and how they visit: how often, how long and to what end.",
        _behaviour,
        "It needs visits whose customers are known.",
    ),
    FeatureSet(
        "everything",
        "All metrics",
        "Every metric that this data has, without those that say the same as another.",
        _everything,
        "It needs metrics that differ between customers.",
    ),
    FeatureSet(
        "demographics",
        "RFM and who they are",
        "What customers bought, and their attributes such as age, gender, income and country.",
        _demographics,
        "It needs attributes of customers.",
    ),
)


def feature_set(name: str) -> FeatureSet:
    """The set of that name.

    Raises:
        RequestError: there is none.
    """
    for known in FEATURE_SETS:
        if known.name == name:
            return known
    names = ", ".join(known.name for known in FEATURE_SETS)
    raise RequestError(say("'{value}' is not possible for features. Allowed: {names}.", value=name, names=names))


def feature_sets(table: CustomerTable) -> dict[str, Chosen]:
    """The sets that a customer table allows: name → metrics and attributes, in the order of `FEATURE_SETS`."""

    def find() -> dict[str, Chosen]:
        found = {known.name: known.columns(table) for known in FEATURE_SETS}
        return {name: chosen for name, chosen in found.items() if chosen is not None}

    allowed: dict[str, Chosen] = table.once("feature sets", find)
    return allowed


def features_of(name: str, table: CustomerTable) -> Chosen:
    """The metrics and attributes of a set in a customer table.

    Raises:
        RequestError: there is no such set, or the table does not allow it.
    """
    known = feature_set(name)
    chosen = known.columns(table)
    if chosen is None:
        raise RequestError(
            say(
                "This dataset does not allow '{name}'. {lacking} Allowed: {names}.",
                name=name,
                lacking=say(known.lacking),
                names=", ".join(feature_sets(table)),
            )
        )
    return chosen
