"""Concentration: how much of revenue the best customers bring."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from analytics.customers import CustomerTable
from analytics.matching import Mask

Array = np.ndarray[Any, Any]
MOST_POINTS: Final = 200
"""Points of the Lorenz curve that are kept."""


@dataclass(frozen=True, slots=True)
class Best:
    """The best customers, down to a share of all."""

    share: float
    """Of all customers."""
    customers: int
    revenue_share: float
    revenue_least: float
    """What the last of them paid; whoever paid as much is as good."""


@dataclass(frozen=True, slots=True, eq=False)
class Concentration:
    """How unequally revenue is spread over customers."""

    customers: int
    revenue: float
    gini: float | None
    """0 where all bring the same, near 1 where one brings all; None without customers or revenue."""
    best: tuple[Best, ...]
    """The best 10 % and 20 %; empty without customers or revenue."""
    lorenz_customers: Array
    """Shares of customers, the least first, shape (points,), from 0 to 1."""
    lorenz_revenue: Array
    """The share of revenue that they bring."""

    def of_best(self, share: float) -> Best | None:
        return next((item for item in self.best if item.share == share), None)


def concentration(table: CustomerTable, keep: Mask | None = None) -> Concentration:
    """How much of `revenue_total` the best customers bring, among those kept. `keep` has shape (customers,)."""
    order = table.sorted_by("revenue_total", descending=True)
    values = table.frame["revenue_total"].to_numpy(dtype=float)[order]
    return concentration_of(values if keep is None else values[keep[order]])


def concentration_of(descending: Array) -> Concentration:
    """The same, of amounts from the largest to the least; shape (customers,).

    The best 20 % are the first ⌊0.2 n⌋ customers, one at least: of 4,338 customers 867. The Gini coefficient
    is that of the customers themselves (Sen 1973, On Economic Inequality, p. 31): with amounts x₁ ≤ … ≤ xₙ,
    G = 2 Σ i·xᵢ / (n Σ xᵢ) − (n + 1) / n.
    """
    count, total = len(descending), float(descending.sum())
    if count == 0 or total <= 0:
        nothing = np.zeros(0)
        return Concentration(count, total, None, (), nothing, nothing)
    up_to = np.cumsum(descending)
    best = []
    for percent in (10, 20):
        number = max(count * percent // 100, 1)
        best.append(Best(percent / 100, number, float(up_to[number - 1]) / total, float(descending[number - 1])))
    # i·xᵢ from the least up: the k-th from the top has rank n + 1 − k, and Σ (n + 1 − k)·x₍k₎ is the sum of the sums so far
    gini = 2 * float(up_to.sum()) / (count * total) - (count + 1) / count
    points = np.unique(np.linspace(0, count, min(count + 1, MOST_POINTS)).round().astype(np.int64))
    below = np.concatenate([[total], total - up_to])  # what is left when the best k are taken away
    revenue = np.clip(below[count - points] / total, 0.0, 1.0)
    revenue[0] = 0.0
    return Concentration(count, total, max(gini, 0.0), tuple(best), points / count, revenue)
