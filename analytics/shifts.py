"""Shifts: how far the values of a column are from those of before, in one number.

The population stability index (Siddiqi 2006, Credit Risk Scorecards): cases are counted in bins, and the index is the sum over
the bins of (share now - share then) × ln(share now / share then). Bins of a number are the deciles of the cases of then; of a
category its values. Missing values are a bin of their own. Below .1 is usually called stable, above .25 changed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal

import numpy as np
import pandas as pd

from analytics.clusters.columns import is_number, numbers, texts
from analytics.clusters.space import MOST_LEVELS

Shares = np.ndarray[Any, np.dtype[np.float64]]
Verdict = Literal["stable", "moved", "changed"]
STABLE: Final = 0.1
CHANGED: Final = 0.25
_LEAST: Final = 1e-4
"""What stands for a share of nobody: the logarithm of nothing is not a number."""
_DECILES: Final = np.arange(1, 10) / 10


def verdict(index: float) -> Verdict:
    """The index in a word: below .1 stable, to .25 moved, above it changed."""
    return "stable" if index < STABLE else "moved" if index <= CHANGED else "changed"


def stability_index(then: Sequence[float] | Shares, now: Sequence[float] | Shares) -> float:
    """The population stability index of the same bins' shares then and now; 0 where nothing moved."""
    before, after = (np.maximum(np.asarray(shares, dtype=np.float64), _LEAST) for shares in (then, now))
    return float(((after - before) * np.log(after / before)).sum())


@dataclass(frozen=True, slots=True)
class Bins:
    """How a column's cases were spread."""

    column: str
    edges: tuple[float, ...]
    """Where the bins of a number end, the end with them; empty for a category."""
    levels: tuple[str, ...]
    """The values of a category that are told apart; the others are together."""
    shares: tuple[float, ...]
    """The share of the cases in each bin, missing last."""

    def count(self, column: pd.Series[Any]) -> Shares:
        """The shares of other cases in the same bins, shape (bins,)."""
        codes = _codes_of_numbers(column, self.edges) if not self.levels else _codes_of_texts(column, self.levels)
        return np.bincount(codes, minlength=len(self.shares)) / max(len(codes), 1)

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def bins_from_json(told: Mapping[str, Any]) -> Bins:
    """The bins that `to_json` wrote."""
    return Bins(told["column"], tuple(told["edges"]), tuple(told["levels"]), tuple(told["shares"]))


def bins_of(name: str, column: pd.Series[Any]) -> Bins:
    """The bins of a column, and the share of the cases in each."""
    edges: tuple[float, ...] = ()
    levels: tuple[str, ...] = ()
    if is_number(column):
        known = numbers(column)
        known = known[~np.isnan(known)]
        # Where many have one value several deciles are the same: then there are fewer bins
        edges = tuple(float(edge) for edge in np.unique(np.quantile(known, _DECILES))) if len(known) else ()
        count = len(edges) + 2
    else:
        shares = texts(column).value_counts()
        ordered = sorted(shares.items(), key=lambda item: (-item[1], str(item[0])))[:MOST_LEVELS]
        levels = tuple(str(level) for level, _ in ordered) or ("",)
        count = len(levels) + 2
    found = Bins(name, edges, levels, (0.0,) * count)
    return Bins(name, edges, levels, tuple(float(share) for share in found.count(column)))


def _codes_of_numbers(column: pd.Series[Any], edges: tuple[float, ...]) -> np.ndarray[Any, Any]:
    values = numbers(column)
    codes: np.ndarray[Any, Any] = np.searchsorted(np.asarray(edges), values, side="left")
    return np.where(np.isnan(values), len(edges) + 1, codes)


def _codes_of_texts(column: pd.Series[Any], levels: tuple[str, ...]) -> np.ndarray[Any, Any]:
    places = {level: place for place, level in enumerate(levels)}
    codes, known = pd.factorize(texts(column))
    place_of = np.array([*(places.get(str(level), len(levels)) for level in known), len(levels) + 1])
    found: np.ndarray[Any, Any] = place_of[codes]
    return found
