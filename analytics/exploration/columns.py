"""What of the customer table can be explored: its columns with their words, their numbers, and their parting into groups."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, Final, Literal

import numpy as np
import pandas as pd

from analytics.customers import PERSONAL, CustomerTable
from analytics.errors import RequestError
from analytics.matching import Mask
from analytics.metrics import Metric, heading
from analytics.rfm import SCORES, SEGMENT
from analytics.rules import AllOf, Condition, Not, Rule
from analytics.text import say

Array = np.ndarray[Any, Any]
Kind = Literal["number", "category", "flag", "day"]
MOST_GROUPS: Final = 12
"""A category with more values keeps its largest ones; the others are counted together."""
_PARTS: Final = 5
_HEAVY: Final = 0.15
_EACH_VALUE: Final = 7
"""A number with this many different values at most is parted into each of them."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column that can be explored, in the user's words."""

    name: str
    label: str
    kind: Kind
    unit: str
    """A metric's unit; empty for an attribute."""
    meaning: str
    missing: str
    """What it means that a value is missing."""


@dataclass(frozen=True, slots=True, eq=False)
class Groups:
    """Customers parted by a column: every customer is in exactly one group."""

    column: Column
    labels: tuple[str, ...]
    rules: tuple[Rule, ...]
    """For each group, the rule that its customers follow."""
    codes: Array
    """Which group each customer is in, shape (customers,), counted from 0."""

    def __len__(self) -> int:
        return len(self.labels)


def columns(table: CustomerTable) -> tuple[Column, ...]:
    """The columns that can be explored: metrics first, then attributes; none that names a person, and no RFM score, which
    says again what its metric says."""
    measured = {metric.name: metric for metric in table.metrics}
    names = (*measured, *(name for name in table.attributes if name not in PERSONAL and name not in SCORES))
    kinds = ((name, _kind(table.frame[name])) for name in names)
    found = tuple(_column(name, measured.get(name), kind) for name, kind in kinds if kind is not None)
    return tuple(_kept(column, table.labels) for column in found) if table.labels else found


def _kept(column: Column, labels: Mapping[str, str]) -> Column:
    """The column under the name that its users gave it, where it is a kept segmentation."""
    if column.name not in labels:
        return column
    meaning = say("What was kept as '{name}'.", name=labels[column.name])
    return replace(column, label=labels[column.name], meaning=meaning, missing=say("Never missing."))


def numbers(table: CustomerTable) -> tuple[Column, ...]:
    """The columns that are numbers."""
    return tuple(column for column in columns(table) if column.kind == "number")


def column(table: CustomerTable, name: str) -> Column:
    """The column of that name.

    Raises:
        RequestError: it does not exist, or cannot be explored.
    """
    known = columns(table)
    for item in known:
        if item.name == name:
            return item
    raise RequestError(
        say(
            "There is no metric or attribute '{name}' to explore. There are {names}.",
            name=name[:60],
            names=", ".join(item.name for item in known),
        )
    )


def _column(name: str, metric: Metric | None, kind: Kind) -> Column:
    if metric is not None:
        return Column(name, say(metric.label), kind, metric.unit, say(metric.meaning), say(metric.missing))
    label = heading(name)
    if name == SEGMENT:
        return Column(name, label, kind, "", say("The RFM segment."), say("Never missing."))
    return Column(
        name,
        label,
        kind,
        "",
        say("An attribute that came with the data: {label}.", label=label),
        say("Missing where the data does not say."),
    )


def _kind(values: pd.Series[Any]) -> Kind | None:
    kind = values.dtype
    if pd.api.types.is_bool_dtype(kind):
        return "flag"
    if isinstance(kind, pd.CategoricalDtype):
        return "category"
    if pd.api.types.is_numeric_dtype(kind):
        return "number"
    if pd.api.types.is_datetime64_any_dtype(kind):
        return "day"
    if pd.api.types.is_object_dtype(kind) and bool(values.dropna().map(lambda item: isinstance(item, bool)).all()):
        return "flag"
    return None


def values_of(table: CustomerTable, name: str, rows: Array | None = None) -> Array:
    """A number column as floats, missing values as not-a-number. Shape (rows,).

    Raises:
        RequestError: the column is not a number.
    """
    known = column(table, name)
    if known.kind != "number":
        raise RequestError(
            say(
                "'{name}' is not a number. Numbers are {names}.",
                name=name,
                names=", ".join(item.name for item in numbers(table)),
            )
        )
    chosen = table.frame[name] if rows is None else table.frame[name].iloc[rows]
    found: Array = chosen.to_numpy(dtype=float, na_value=np.nan)
    return found


def rows_of(keep: Mask | None) -> Array | None:
    """The row numbers that a mask keeps; None for all."""
    return None if keep is None else np.flatnonzero(keep)


def grouped(table: CustomerTable, name: str) -> Groups:
    """Part all customers by a column: by value, by nice ranges of about equal size, or by year.

    Customers whose value is missing are a group of their own. The groups do not depend on any filter, so that they stay
    the same while people filter.
    """
    known = column(table, name)
    values = table.frame[name]
    if known.kind == "number":
        labels, rules, codes = _ranges(name, values_of(table, name))
    elif known.kind == "day":
        labels, rules, codes = _years(name, values)
    elif known.kind == "flag":
        labels, rules, codes = _flags(name, values)
    else:
        labels, rules, codes = _categories(name, values)
    is_missing = codes < 0
    if is_missing.any():
        labels, rules = [*labels, say("Missing")], [*rules, Condition(name, "missing")]
        codes = np.where(is_missing, len(labels) - 1, codes)
    return Groups(known, tuple(labels), tuple(rules), codes.astype(np.int16))


def _categories(name: str, values: pd.Series[Any]) -> tuple[list[str], list[Rule], Array]:
    codes = values.cat.codes.to_numpy().astype(np.int64)
    names = [str(value) for value in values.cat.categories]
    counts = np.bincount(codes[codes >= 0], minlength=len(names))
    # Segments stay, whether anyone is in them or not: their place is their colour
    shown = [code for code in range(len(names)) if counts[code] or values.cat.ordered]
    if len(shown) > MOST_GROUPS:
        shown = sorted(shown, key=lambda code: (-counts[code], names[code]))[: MOST_GROUPS - 1]
    elif not values.cat.ordered:
        shown = _in_order(shown, names)
    place = np.full(len(names) + 1, len(shown), dtype=np.int64)
    place[shown] = np.arange(len(shown))
    place[-1] = -1
    labels = [names[code] for code in shown]
    rules: list[Rule] = [Condition(name, "equal to", label) for label in labels]
    parted = place[codes]
    if (parted == len(shown)).any():
        rest = Not(Condition(name, "one of", tuple(labels)))
        labels, rules = [*labels, say("All others")], [*rules, AllOf((Condition(name, "known"), rest))]
    return labels, rules, parted


def _in_order(shown: list[int], names: list[str]) -> list[int]:
    """Bands such as "under 25k", "25k-40k", "over 90k" by their numbers; any other values as they are."""
    numbers_in = {code: re.search(r"\d+(?:[.,]\d+)*", names[code]) for code in shown}
    if any(found is None for found in numbers_in.values()):
        return shown

    def key(code: int) -> tuple[float, int, str]:
        found = numbers_in[code]
        number = float(re.sub(r"[.,](?=\d{3})", "", found[0]).replace(",", ".")) if found else 0.0
        before = names[code][: found.start()].strip().casefold() if found else ""
        return number, -1 if before.startswith(("under", "below", "up to", "less", "<")) else 0, names[code]

    return sorted(shown, key=key)


def _flags(name: str, values: pd.Series[Any]) -> tuple[list[str], list[Rule], Array]:
    known = values.notna().to_numpy()
    truth = values.where(values.notna(), other=False).astype(bool).to_numpy()
    codes = np.where(known, np.where(truth, 0, 1), -1)
    return [say("Yes"), say("No")], [Condition(name, "equal to", True), Condition(name, "equal to", False)], codes


def _years(name: str, values: pd.Series[Any]) -> tuple[list[str], list[Rule], Array]:
    years = values.dt.year.to_numpy(dtype=float, na_value=np.nan)
    known = ~np.isnan(years)
    found, codes = np.unique(years[known].astype(np.int64), return_inverse=True)
    # Beyond the limit the oldest years are one group, "2015 or before"
    first = max(len(found) - MOST_GROUPS, 0)
    labels, rules = [], []
    for year in found[first:].tolist():
        labels.append(str(year))
        rules.append(
            AllOf((Condition(name, "at least", f"{year}-01-01"), Condition(name, "below", f"{year + 1}-01-01")))
        )
    if first:
        labels[0] = say("{year} or before", year=labels[0])
        rules[0] = Condition(name, "below", f"{found[first] + 1}-01-01")  # type: ignore[call-overload]  # a year as pandas gives it
    parted = np.full(len(years), -1, dtype=np.int64)
    parted[known] = np.maximum(codes - first, 0)
    return labels, list(rules), parted


def _ranges(name: str, values: Array) -> tuple[list[str], list[Rule], Array]:
    known = ~np.isnan(values)
    inside = values[known]
    codes = np.full(len(values), -1, dtype=np.int64)
    if not len(inside):
        return [], [], codes
    each = _few_values(inside)
    if each is not None:
        codes[known] = np.searchsorted(each, inside)
        return [written(value) for value in each], [Condition(name, "equal to", plain(value)) for value in each], codes
    labels: list[str] = []
    rules: list[Rule] = []
    lowest = float(inside.min())
    if np.count_nonzero(inside == lowest) >= _HEAVY * len(inside):
        # So many have the lowest value, mostly 0, that it is a group of its own
        labels, rules = [written(lowest)], [Condition(name, "equal to", plain(lowest))]
        inside = inside[inside > lowest]
    edges = _nice_edges(inside).tolist()
    codes[known] = len(labels) + np.searchsorted(edges, values[known], side="right")
    if labels:
        codes[values == lowest] = 0
    for low, high in pairwise([None, *edges, None]):
        parts: list[Rule] = []
        if low is not None:
            parts.append(Condition(name, "at least", plain(low)))
        elif labels:
            parts.append(Condition(name, "above", plain(lowest)))
        if high is not None:
            parts.append(Condition(name, "below", plain(high)))
        rules.append(AllOf(tuple(parts)) if len(parts) > 1 else parts[0] if parts else Condition(name, "known"))
        labels.append(_range_label(low, high, lowest if labels else None))
    return labels, rules, codes


def _range_label(low: float | None, high: float | None, above: float | None) -> str:
    if low is not None:
        if high is None:
            return say("{low} and more", low=written(low))
        return say("{low} to below {high}", low=written(low), high=written(high))
    if high is None:
        return say("above {low}", low=written(above)) if above is not None else say("Any value")
    if above is not None:
        return say("above {low}, below {high}", low=written(above), high=written(high))
    return say("below {high}", high=written(high))


def _few_values(values: Array) -> Array | None:
    """The different values, if they are few."""
    first = np.unique(values[:1_000])
    if len(first) > _EACH_VALUE:
        return None
    found = np.unique(values)
    return found if len(found) <= _EACH_VALUE else None


def _nice_edges(values: Array) -> Array:
    """Where numbers are parted into five about equal groups, rounded to two figures. Shape (up to 4,)."""
    at = np.quantile(values, np.arange(1, _PARTS) / _PARTS)
    whole = bool((values[:1_000] % 1 == 0).all())
    rounded = [float(f"{edge:.2g}") for edge in at]
    if whole:
        rounded = [float(np.ceil(edge)) for edge in rounded]
    low, high = values.min(), values.max()
    found: Array = np.array(sorted({edge for edge in rounded if low < edge <= high}))
    return found


def written(value: float) -> str:
    """A number in a label: 1,234 or 0.25, without needless digits."""
    return f"{value:,.10g}"


def plain(value: float) -> int | float:
    """A number as a rule's sentence has it: 100, not 100.0."""
    return int(value) if float(value).is_integer() else float(value)
