"""What a picture of all customers is made of: a fair sample of them, the space they take, the range of a size.

A sample has every group in it, in proportion, and the same customers whenever it is asked for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from analytics.clusters.projection import Projection

AT_LEAST: Final = 50
"""Customers of a group that are drawn, where it has them, however small it is among the others."""

Rows = np.ndarray[Any, np.dtype[np.int32]]
Mask = np.ndarray[Any, np.dtype[np.bool_]]


@dataclass(frozen=True, slots=True, eq=False)
class Shuffled:
    """All customers in an order of chance, made once: a sample of any selection is then those who come first in it.

    So a filter draws nobody anew who is kept by it and was drawn already, as long as no more are wanted.
    """

    order: Rows
    """Row numbers, shape (customers,)."""
    codes: np.ndarray[Any, np.dtype[np.int16]]
    """The group of each, in that order."""


def shuffled(codes: np.ndarray[Any, Any], seed: int = 0) -> Shuffled:
    """The customers of these groups, counted from 0, in an order of chance."""
    order = np.random.default_rng(seed).permutation(len(codes)).astype(np.int32)
    return Shuffled(order, codes[order].astype(np.int16))


def fair_sample(customers: Shuffled, most: int, keep: Mask | None = None) -> Rows:
    """Row numbers of at most `most` of the customers that are kept, ascending.

    Each group has fifty of them, or all that it has where those are fewer, and the rest in proportion to its size.
    """
    order, codes = customers.order, customers.codes
    if keep is not None:
        chosen = keep[order]
        order, codes = order[chosen], codes[chosen]
    if len(order) <= most:
        return np.sort(order)
    sizes = np.bincount(codes)
    least = np.minimum(sizes, min(AT_LEAST, most // max(int((sizes > 0).sum()), 1)))
    shares = (sizes - least) / max(len(order) - int(least.sum()), 1)
    wanted = least + (shares * (most - int(least.sum()))).astype(np.int64)
    taken = [order[np.flatnonzero(codes == code)[:size]] for code, size in enumerate(wanted) if size]
    return np.sort(np.concatenate(taken))


@dataclass(frozen=True, slots=True)
class Frame:
    """What stays the same under every filter: the space that is shown, and how far arrows reach."""

    low: tuple[float, ...]
    high: tuple[float, ...]
    """Shape (components,)."""
    reach: float
    """How far from the middle nearly all customers lie."""


def frame_of(projection: Projection, sample: Rows) -> Frame:
    """The space that all customers take; `sample` are row numbers of enough of them to tell how far most lie out."""
    points = projection.points
    low, high = points.min(axis=0), points.max(axis=0)
    space = np.where(high - low > 1e-6, (high - low) * 0.04, 0.5)
    reach = float(np.quantile(np.linalg.norm(points[sample], axis=1), 0.95)) or 1.0
    return Frame(tuple(map(float, low - space)), tuple(map(float, high + space)), reach)


@dataclass(frozen=True, slots=True)
class Spread:
    """The range of a metric that sizes span: its middle nine tenths, so that one giant does not make all others dots."""

    low: float
    high: float
    has_missing: bool


def spread_of(values: np.ndarray[Any, Any]) -> Spread | None:
    """The spread of a metric among all customers; None where it is the same for everyone."""
    known = values[~np.isnan(values)]
    if not len(known):
        return None
    low, high = (float(value) for value in np.quantile(known, (0.05, 0.95)))
    if low == high:
        low, high = float(known.min()), float(known.max())
    return Spread(low, high, len(known) < len(values)) if low < high else None
