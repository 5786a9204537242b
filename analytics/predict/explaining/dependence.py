"""Dependence: what a model says in the mean when every case is given each value of one feature in turn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import pandas as pd

from analytics.errors import NotFoundError
from analytics.predict.cases import Numbers
from analytics.predict.inputs import Input, checked_frame
from analytics.predict.learning.splitting import canonical_order
from analytics.predict.trained import Fitted
from analytics.text import say

PLACES: Final = 20
"""Values of a number that are tried: all of them where there are no more, else evenly spaced quantiles."""
MOST_LEVELS: Final = 12
"""Values of a text that are tried: the most frequent."""


@dataclass(frozen=True, slots=True, eq=False)
class Dependence:
    """The mean score over the values of one feature."""

    feature: str
    label: str
    kind: Literal["number", "text"]
    values: Numbers
    """Of a number: the values, rising; empty of a text."""
    levels: tuple[str, ...]
    """Of a text: its values, the most frequent first; empty of a number."""
    scores: Numbers
    """The mean score where all cases have that value, shape (values,)."""
    shares: Numbers
    """The share of cases that lie there: at no other of the values, or nearest to this one."""
    missing: float
    """The share of cases whose value is not known."""
    left_out: int = 0
    """Values of a text that are too rare to be tried."""


def partial_dependence(
    fitted: Fitted, frame: pd.DataFrame, feature: str, *, most: int = 500, places: int = PLACES
) -> Dependence:
    """The partial dependence of the score on a feature (Friedman 2001, 8.1), on `most` of the cases.

    Raises:
        NotFoundError: the model has no such feature.
    """
    asked = _input(fitted, feature)
    known = checked_frame(frame, fitted.inputs)
    order = canonical_order(known, np.zeros(len(known)), 0)
    column = known[feature].iloc[order]
    some = known.iloc[order[:most]].reset_index(drop=True)
    missing = float(column.isna().mean()) if len(column) else 0.0
    if asked.kind == "text":
        counts = column.value_counts()
        had = sorted((str(level) for level, n in counts.items() if n), key=lambda level: (-counts[level], level))
        levels = tuple(had[:MOST_LEVELS])
        shares = np.array([counts[level] for level in levels], dtype=float) / max(1, len(column))
        tried = pd.Series(pd.Categorical(np.repeat(levels, len(some)), categories=column.cat.categories))
        return Dependence(
            feature, asked.label, "text", np.zeros(0), levels, _means(fitted, some, feature, tried, len(levels)),
            shares, missing, len(had) - len(levels),
        )  # fmt: skip
    told = column.dropna().to_numpy(dtype=float)
    values = _grid(told, places)
    nearest = np.searchsorted((values[1:] + values[:-1]) / 2, told) if len(values) else np.zeros(0, dtype=np.intp)
    shares = np.bincount(nearest, minlength=len(values)) / max(1, len(column))
    scores = _means(fitted, some, feature, pd.Series(np.repeat(values, len(some))), len(values))
    return Dependence(feature, asked.label, "number", values, (), scores, shares, missing)


def _grid(told: Numbers, places: int) -> Numbers:
    """The values to try, rising. Far ends are left out: there are too few cases to say anything of them."""
    if not len(told):
        return np.zeros(0)
    values: Numbers = np.unique(told)
    if len(values) <= places:
        return values
    grid: Numbers = np.unique(np.quantile(told, np.linspace(0.01, 0.99, places)))
    return grid


def _means(fitted: Fitted, some: pd.DataFrame, feature: str, tried: pd.Series, count: int) -> Numbers:
    if not count or not len(some):
        return np.zeros(count)
    together = some.iloc[np.tile(np.arange(len(some)), count)].reset_index(drop=True)
    together[feature] = tried
    means: Numbers = fitted.score_known(together).reshape(count, len(some)).mean(axis=1)
    return means


def _input(fitted: Fitted, feature: str) -> Input:
    for item in fitted.inputs:
        if item.name == feature:
            return item
    names = ", ".join(item.name for item in fitted.inputs[:40])
    raise NotFoundError(say("The model has no feature '{name}'. It has {names}.", name=feature[:60], names=names))
