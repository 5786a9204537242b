"""How a metric is spread within a segment and among everyone else: the same bins, each side as shares of its own customers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np

MOST_BINS: Final = 32
_EDGE: Final = 0.005
"""What of the customers may lie beyond the first or the last bin's usual width: they are counted in that bin."""


@dataclass(frozen=True, slots=True, eq=False)
class Spread:
    """Bins of a metric with the share of each side in them."""

    edges: np.ndarray[Any, np.dtype[np.float64]]
    """Shape (bins + 1,), ascending; the first and the last are the smallest and the largest value."""
    inside: np.ndarray[Any, np.dtype[np.int64]]
    """Customers of the segment in each bin, shape (bins,)."""
    rest: np.ndarray[Any, np.dtype[np.int64]]
    is_logarithmic: bool

    @property
    def inside_shares(self) -> np.ndarray[Any, np.dtype[np.float64]]:
        """Of the segment's customers whose value is known, shape (bins,)."""
        return self.inside / max(int(self.inside.sum()), 1)

    @property
    def rest_shares(self) -> np.ndarray[Any, np.dtype[np.float64]]:
        return self.rest / max(int(self.rest.sum()), 1)


def spread(
    values: np.ndarray[Any, np.dtype[np.float64]], inside: np.ndarray[Any, np.dtype[np.bool_]], *, logarithmic: bool
) -> Spread | None:
    """The spread of a metric; None where nobody has a value.

    Bins are equally wide, or with `logarithmic` equally wide in log(1 + value), which needs values of 0 and above: where
    there are others the bins are plain. Whole numbers have bins of whole numbers.

    Args:
        values: shape (customers,), missing as NaN.
        inside: which customers are in the segment, shape (customers,).
    """
    known = ~np.isnan(values)
    counted, is_inside = values[known], inside[known]
    if not len(counted):
        return None
    low, high = float(counted.min()), float(counted.max())
    is_logarithmic = logarithmic and low >= 0
    edges = _edges(counted, low, high, is_logarithmic=is_logarithmic)
    place = np.clip(np.searchsorted(edges, counted, side="right") - 1, 0, len(edges) - 2)
    mine = np.bincount(place[is_inside], minlength=len(edges) - 1)
    return Spread(edges, mine, np.bincount(place, minlength=len(edges) - 1) - mine, is_logarithmic)


def _edges(
    values: np.ndarray[Any, np.dtype[np.float64]], low: float, high: float, *, is_logarithmic: bool
) -> np.ndarray[Any, np.dtype[np.float64]]:
    if low == high:
        return np.array([low, low + 1.0])
    first, last = np.quantile(values, (_EDGE, 1 - _EDGE)) if not is_logarithmic else (low, high)
    if first == last:
        first, last = low, high
    if is_logarithmic:
        inner = np.expm1(np.linspace(np.log1p(first), np.log1p(last), MOST_BINS + 1))
    else:
        inner = np.linspace(first, last, MOST_BINS + 1)
    if bool((values == np.floor(values)).all()):
        # A bin begins at a whole number, and the last one ends after the largest
        inner = np.unique(np.append(np.floor(inner[:-1]), np.floor(inner[-1]) + 1))
        high = max(high, float(inner[-1]))
    inner[0], inner[-1] = min(low, float(inner[0])), max(high, float(inner[-1]))
    return inner
