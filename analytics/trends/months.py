"""Revenue by month: one row per customer and calendar month, added up for any customers in memory.

Customers are numbered as in the customer table of the same as-of date.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import numpy as np
import pandas as pd

from analytics.customers import KEY, resolve_as_of
from analytics.matching import Mask
from analytics.sources import MOST_CUSTOMERS, Source, fetch
from analytics.trends.periods import periods_of

Array = np.ndarray[Any, Any]
MOST_MONTHS_PER_CUSTOMER: Final = 40


@dataclass(frozen=True, slots=True, eq=False)
class MonthlyOrders:
    """Orders and revenue per month and customer, or group of customers: parallel arrays of shape (pairs,), by month."""

    months: tuple[date, ...]
    """The first day of each month from the first order to the as-of date, without gaps."""
    partial: tuple[bool, ...]
    """Whether the data covers only a part of the month."""
    month: Array
    who: Array
    """The customer's row in the customer table, or the group."""
    customers: Array
    orders: Array
    revenue: Array

    def grouped(self, codes: Array) -> MonthlyOrders:
        """The same, added up by group; `codes` says which group each customer is in."""
        groups = int(codes.max()) + 1
        pairs, place = np.unique(self.month * groups + codes[self.who], return_inverse=True)
        added = (np.bincount(place, values) for values in (self.customers, self.orders, self.revenue))
        return MonthlyOrders(self.months, self.partial, pairs // groups, pairs % groups, *added)

    def by_month(self, keep: Mask | None = None) -> pd.DataFrame:
        """Revenue, orders and active customers of each month, for the customers or groups kept. Shape (months, 3)."""
        chosen: Any = slice(None) if keep is None else np.flatnonzero(keep[self.who])

        def total(values: Array) -> Array:
            return np.bincount(self.month[chosen], values[chosen], len(self.months))

        return pd.DataFrame(
            {
                "revenue": total(self.revenue),
                "orders": total(self.orders).astype(np.int64),
                "customers": total(self.customers).astype(np.int64),
            },
            index=pd.Index(self.months, name="month"),
        )


def monthly_orders(source: Source, as_of: date | None = None) -> MonthlyOrders:
    """Reduce orders to one row per customer and calendar month."""
    import ibis

    ends_on = resolve_as_of(source, as_of)
    orders = source.table("orders")
    orders = orders.filter(orders.ordered_at < ends_on)
    numbered = orders.select(KEY).distinct()
    numbered = numbered.mutate(customer=ibis.row_number().over(ibis.window(order_by=KEY)).cast("int32"))
    dated = orders.mutate(month=(orders.ordered_at.year() * 12 + orders.ordered_at.month() - 1).cast("int32"))
    pairs = dated.group_by(KEY, "month").agg(
        orders=dated.count().cast("int32"), revenue=dated.revenue.sum().cast("float64")
    )
    joined = pairs.join(numbered, KEY).select("customer", "month", "orders", "revenue").order_by("month", "customer")
    frame = fetch(joined, at_most=MOST_CUSTOMERS * MOST_MONTHS_PER_CUSTOMER)
    covered = periods_of(source, ends_on, "month", beyond_data=True)
    start = covered.starts[0]
    return MonthlyOrders(
        covered.starts,
        covered.partial,
        frame["month"].to_numpy(dtype=np.int64) - (start.year * 12 + start.month - 1),
        frame["customer"].to_numpy(dtype=np.intp),
        np.ones(len(frame), dtype=np.int64),
        frame["orders"].to_numpy(),
        frame["revenue"].to_numpy(),
    )
