"""Cohorts as tables: a row per cohort, a column per period since the first order."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from analytics.cohorts.kinds import CohortKind
from analytics.cohorts.periods import Array, Calendar, key_of


@dataclass(frozen=True, slots=True, eq=False)
class Cohorts:
    """Cohorts of customers and the periods since their first orders; period 0 is that of the first order itself.

    Arrays have the shape (cohorts, periods). A cell exists where `eligible` is above 0: beyond it there is no data, which is
    not no orders. Cohorts by month or week share their first period, so that everyone counts in each cell that the data has
    reached, and the cells of a period that the data covers in part are `partial`. In other cohorts customers began at different
    times: a cell then counts only those who have the whole period behind them, and is never partial. In period 0 everyone counts.
    """

    kind: CohortKind
    calendar: Calendar
    currency: str
    keys: tuple[str | None, ...]
    labels: tuple[str, ...]
    size: Array
    """Customers of each cohort, shape (cohorts,)."""
    active: Array = field(repr=False)
    """Those with an order in the period."""
    revenue: Array = field(repr=False)
    """What they paid in it; returns are not deducted."""
    eligible: Array = field(repr=False)
    """The denominator: the customers of whom the period is known."""
    partial: Array = field(repr=False)

    def __len__(self) -> int:
        return len(self.keys)

    @property
    def exists(self) -> Array:
        known: Array = self.eligible > 0
        return known

    @property
    def share(self) -> Array:
        """Active ÷ eligible; not a number where the cell does not exist."""
        return _divided(self.active, self.eligible)

    @property
    def value(self) -> Array:
        """Revenue per customer up to and including the period: Σ revenue ÷ eligible over the periods."""
        each = np.where(self.exists, _divided(self.revenue, self.eligible), 0.0)
        return np.where(self.exists, np.cumsum(each, axis=1), np.nan)

    def mean(self) -> tuple[Array, Array, Array]:
        """All cohorts together, complete cells only: active, revenue and eligible by period. Shape (periods,) each."""
        whole = self.exists & ~self.partial
        active, revenue, eligible = (
            np.where(whole, values, 0).sum(axis=0) for values in (self.active, self.revenue, self.eligible)
        )
        return active, revenue, eligible

    def mean_share(self) -> Array:
        """The share of all cohorts together, each customer counted once; not a number where no cell is complete."""
        active, _, eligible = self.mean()
        return _divided(active, eligible)

    def mean_value(self) -> Array:
        """Cumulative revenue per customer of all cohorts together; not a number from where no cell is complete."""
        _, revenue, eligible = self.mean()
        return np.cumsum(_divided(revenue, eligible))

    def largest(self, most: int) -> Cohorts:
        """The latest cohorts by month or week, the best by segment or cluster, of others those with most customers."""
        chosen: Any = slice(max(0, len(self) - most), None) if self.kind.is_time else slice(0, most)
        return Cohorts(
            self.kind,
            self.calendar,
            self.currency,
            self.keys[chosen],
            self.labels[chosen],
            *(values[chosen] for values in (self.size, self.active, self.revenue, self.eligible, self.partial)),
        )

    def frame(self) -> pd.DataFrame:
        """One row per cell, for a file: cohort, size, period, and all figures of it."""
        rows, since = np.nonzero(self.exists)
        keys = np.array([key if key is not None else "" for key in self.keys], dtype=object)
        told: dict[str, Any] = {"cohort": keys[rows]}
        if tuple(self.labels) != self.keys:
            told["name"] = np.array(self.labels, dtype=object)[rows]
        told |= {
            "size": self.size[rows],
            f"{self.kind.unit}s_since_first_order": since,
            "eligible": self.eligible[rows, since],
            "active": self.active[rows, since],
            "share_active": np.round(self.share[rows, since], 6),
            "revenue": np.round(self.revenue[rows, since], 4),
            "revenue_per_customer_to_date": np.round(self.value[rows, since], 4),
            "is_partial": self.partial[rows, since],
        }
        return pd.DataFrame(told)

    def to_json(self) -> dict[str, Any]:
        """`by`, `cohorts` with `size` and, period by period, `active`, `revenue` and `eligible`, and `partial_from`."""
        reached = [int(np.flatnonzero(row)[-1]) + 1 for row in self.exists]
        partial_from = self.calendar.partial_from
        return {
            "by": self.kind.name,
            "unit": self.kind.unit,
            "cohorts": [
                {
                    "cohort": self.keys[row],
                    "name": self.labels[row],
                    "size": int(self.size[row]),
                    "active": self.active[row, :count].tolist(),
                    "revenue": np.round(self.revenue[row, :count], 4).tolist(),
                    "eligible": self.eligible[row, :count].tolist(),
                }
                for row, count in enumerate(reached)
            ],
            "partial_from": key_of(self.kind.unit, partial_from) if partial_from else None,
        }


def dense(
    kind: CohortKind,
    calendar: Calendar,
    currency: str,
    keys: tuple[str | None, ...],
    labels: tuple[str, ...],
    is_ordered: bool,
    place: tuple[Array, Array, Array],
    customers: Array,
    revenue: Array,
) -> Cohorts:
    """The tables from parallel arrays of shape (cells,): `place` is the cohort, the period of the first order, and periods
    since."""
    row, first, since = place
    rows, periods = len(keys), calendar.periods
    at = row.astype(np.int64) * periods + since
    active = np.bincount(at, customers, rows * periods).reshape(rows, periods).astype(np.int64)
    paid = np.bincount(at, revenue, rows * periods).reshape(rows, periods)
    born = np.flatnonzero(since == 0)
    began = np.bincount(row[born].astype(np.int64) * periods + first[born], customers[born], rows * periods)
    began = began.reshape(rows, periods).astype(np.int64)
    size = began.sum(axis=1)
    # Of those who began in period f, period f + k is known up to the last one (by month and week), or the last whole one
    last = calendar.periods - 1 if kind.is_time else calendar.last_complete
    upto = np.cumsum(began, axis=1)
    eligible = np.zeros_like(active)
    for since_first in range(last + 1):
        eligible[:, since_first] = upto[:, last - since_first]
    eligible[:, 0] = size
    partial = np.zeros(active.shape, dtype=bool)
    if kind.is_time:
        there = np.arange(rows)
        partial[there, calendar.periods - 1 - there] = calendar.is_last_partial
        partial[0, 0] |= calendar.is_first_partial
    order = np.arange(rows) if is_ordered else np.lexsort((np.array([key or "" for key in keys]), -size))
    order = order[size[order] > 0]
    return Cohorts(
        kind,
        calendar,
        currency,
        tuple(keys[place] for place in order),
        tuple(labels[place] for place in order),
        *(values[order] for values in (size, active, paid, eligible, partial & (eligible > 0))),
    )


def _divided(above: Array, below: Array) -> Array:
    divided: Array = np.divide(above, below, out=np.full(np.shape(above), np.nan), where=np.asarray(below) > 0)
    return divided
