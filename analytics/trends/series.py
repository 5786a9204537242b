"""Revenue, orders, customers and average order value by day, week or month, for any groups of customers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa

from analytics.customers import KEY, resolve_as_of
from analytics.errors import RequestError
from analytics.matching import Mask
from analytics.sources import MOST_CUSTOMERS, Source, fetch
from analytics.trends.members import WHO, joined
from analytics.trends.periods import Periods, periods_of, place_of

Array = np.ndarray[Any, Any]


@dataclass(frozen=True, slots=True)
class TrendMeasure:
    """What a trend counts."""

    name: str
    label: str
    unit: str
    """`money`, `orders` or `customers`."""
    meaning: str


TREND_MEASURES: Final[Mapping[str, TrendMeasure]] = {
    measure.name: measure
    for measure in (
        TrendMeasure("revenue", "Revenue", "money", "What customers paid in the period; returns are not deducted."),
        TrendMeasure("orders", "Orders", "orders", "Orders placed in the period."),
        TrendMeasure("customers", "Customers", "customers", "Customers with an order in the period."),
        TrendMeasure(
            "order_value_mean",
            "Average order value",
            "money",
            "Revenue divided by orders; missing where nobody ordered.",
        ),
    )
}


@dataclass(frozen=True, slots=True, eq=False)
class PeriodicOrders:
    """What groups of customers did in each period: parallel arrays of shape (pairs,), a pair being a group in a period."""

    periods: Periods
    place: Array
    """The number of the period, counted from 0."""
    who: Array
    """The group."""
    customers: Array
    orders: Array
    revenue: Array

    def totals(self, keep: Mask | None = None) -> pd.DataFrame:
        """Revenue, orders, active customers and average order value of each period, for the groups kept.

        Shape (periods, 4), by the period's first day. Without orders the first three are 0, which is what they were; the
        average order value is missing.
        """
        chosen: Any = slice(None) if keep is None else np.flatnonzero(keep[self.who])

        def total(values: Array) -> Array:
            return np.bincount(self.place[chosen], values[chosen], len(self.periods))

        revenue, orders = total(self.revenue), total(self.orders)
        mean = np.divide(revenue, orders, out=np.full(len(revenue), np.nan), where=orders > 0)
        return pd.DataFrame(
            {
                "revenue": revenue,
                "orders": orders.astype(np.int64),
                "customers": total(self.customers).astype(np.int64),
                "order_value_mean": mean,
            },
            index=pd.Index(self.periods.starts, name="period"),
        )


def orders_by(
    source: Source, as_of: date | None = None, grain: str = "month", *, groups: pa.Table | None = None
) -> PeriodicOrders:
    """Reduce orders to one row per period and group of customers; `groups` comes from `members`, None is all in one.

    A customer who ordered twice in a period is one customer of it. Periods go from the first order to the last before the
    as-of date: between them a period without orders is a true zero, beyond them there are none.

    Raises:
        EmptyDataError: nobody ordered before `as_of`.
        RequestError: the grain is not day, week or month.
    """
    ends_on = resolve_as_of(source, as_of)
    periods = periods_of(source, ends_on, grain)
    orders = source.table("orders")
    orders = orders.filter(orders.ordered_at < ends_on)
    placed = orders.mutate(place=place_of(orders.ordered_at, periods))
    each = placed.group_by(KEY, "place").agg(orders=placed.count().cast("int64"), revenue=placed.revenue.sum())
    known = joined(each, groups)
    reduced = known.group_by(WHO, "place").agg(
        customers=known.count().cast("int64"),
        orders=known.orders.sum().cast("int64"),
        revenue=known.revenue.sum().cast("float64"),
    )
    frame = fetch(reduced.order_by("place", WHO), at_most=MOST_CUSTOMERS)
    return PeriodicOrders(
        periods,
        frame["place"].to_numpy(dtype=np.intp),
        frame[WHO].to_numpy(dtype=np.intp),
        frame["customers"].to_numpy(),
        frame["orders"].to_numpy(),
        frame["revenue"].to_numpy(),
    )


def rolling_mean(totals: pd.DataFrame, periods: Periods, measure: str) -> Array:
    """The mean of a period and those before it: 7 days, 4 weeks or 3 months. Shape (periods,); missing where it is not whole.

    Partial periods are in no window. The mean of average order values is the window's revenue divided by its orders.
    """
    window, is_partial = periods.grain.window, np.array(periods.partial)

    def added(name: str) -> pd.Series[Any]:
        return totals[name].astype(float).mask(is_partial).rolling(window, min_periods=window).sum()

    if checked(measure) == "order_value_mean":
        orders = added("orders")
        # Sums that slide leave dust behind, and a window without orders has no mean
        mean = (added("revenue") / orders.where(orders > 0.5)).to_numpy()
    else:
        mean = added(measure).to_numpy() / window
    return np.asarray(np.where(is_partial, np.nan, mean), dtype=float)


def year_before(totals: pd.DataFrame, periods: Periods, measure: str) -> Array:
    """The measure a year before each period. Shape (periods,); missing where there is none or it is partial.

    A year before a day is the same weekday 364 days before, a year before a week the week 52 before, and a year before a
    month the same month.
    """
    values = totals[checked(measure)].astype(float).mask(np.array(periods.partial)).to_numpy()
    apart = periods.grain.year_ago
    before: Array = np.full(len(values), np.nan)
    before[apart:] = values[:-apart] if len(values) > apart else []
    return before


def checked(measure: str) -> str:
    """The measure, if there is one of that name.

    Raises:
        RequestError: there is none.
    """
    if measure not in TREND_MEASURES:
        raise RequestError(f"'{measure}' is not possible for measure. Allowed: {', '.join(TREND_MEASURES)}.")
    return measure
