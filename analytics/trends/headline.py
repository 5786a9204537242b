"""Key figures: a period against the one before, for all customers or for any of them.

The engine reduces orders to one row per customer; any filter on customers is then a sum in memory. Customers are
numbered as in the customer table of the same as-of date.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from datetime import date
from typing import Any, Final

import numpy as np

from analytics.calendar import days_before
from analytics.customers import KEY, resolve_as_of
from analytics.matching import Mask
from analytics.sources import Source, fetch
from analytics.trends.periods import first_day

Array = np.ndarray[Any, Any]
_LONGEST_FIRST: Final = (365, 90, 30)


@dataclass(frozen=True, slots=True)
class Period:
    """The days that key figures look back on: from `starts_on`, up to but not including `ends_on`."""

    days: int | None
    """None is all days."""
    starts_on: date
    ends_on: date
    compared_from: date | None
    """Where the period before begins; None where the data does not reach back that far."""


@dataclass(frozen=True, slots=True, eq=False)
class Totals:
    """What each customer or group of customers did in some days: arrays of shape (customers or groups,)."""

    customers: Array
    """Those with an order."""
    repeaters: Array
    """Those with more than one."""
    orders: Array
    revenue: Array

    def grouped(self, codes: Array) -> Totals:
        """The same, added up by group."""
        return Totals(*(np.bincount(codes, getattr(self, item.name)) for item in fields(self)))


@dataclass(frozen=True, slots=True, eq=False)
class PeriodOrders:
    """What customers or groups of customers did in a period, and in the one before."""

    period: Period
    now: Totals
    before: Totals

    def grouped(self, codes: Array) -> PeriodOrders:
        """The same, added up by group; `codes` says which group each customer is in."""
        return PeriodOrders(self.period, self.now.grouped(codes), self.before.grouped(codes))


@dataclass(frozen=True, slots=True)
class KeyFigure:
    """One number for the whole shop, with the same number of the period before."""

    name: str
    label: str
    unit: str
    """`customers`, `orders`, `money` or `share`."""
    meaning: str
    value: float | None = None
    before: float | None = None

    @property
    def change(self) -> float | None:
        """The relative change, or for a share the difference; None without a period before."""
        if self.value is None or self.before is None:
            return None
        if self.unit == "share":
            return self.value - self.before
        return self.value / self.before - 1 if self.before else None


KEY_FIGURES: tuple[KeyFigure, ...] = (
    KeyFigure("customers", "Customers", "customers", "Customers with an order in the period."),
    KeyFigure("revenue", "Revenue", "money", "What they paid in the period; returns are not deducted."),
    KeyFigure("orders", "Orders", "orders", "Orders placed in the period."),
    KeyFigure("order_value_mean", "Average order value", "money", "Revenue divided by orders."),
    KeyFigure(
        "repeat_rate", "Repeat rate", "share", "Of the period's customers, the share with more than one order in it."
    ),
)


def resolve_period(source: Source, as_of: date | None, asked: str) -> Period:
    """The period that is asked for: `30`, `90`, `365`, `all`, or `auto`, the longest that fits into the data twice."""
    ends_on = resolve_as_of(source, as_of)
    first = first_day(source)
    if asked == "all":
        return Period(None, first, ends_on, None)
    fits = [days for days in _LONGEST_FIRST if days_before(ends_on, 2 * days) >= first]
    days = int(asked) if asked != "auto" else (fits[0] if fits else _LONGEST_FIRST[-1])
    before = days_before(ends_on, 2 * days)
    return Period(days, days_before(ends_on, days), ends_on, before if before >= first else None)


def period_orders(source: Source, as_of: date | None = None, asked: str = "auto") -> PeriodOrders:
    """Reduce orders to each customer's part in a period and the one before, in the order of the customer table."""
    period = resolve_period(source, as_of, asked)
    orders = source.table("orders")
    orders = orders.filter(orders.ordered_at < period.ends_on)
    now = orders.ordered_at >= period.starts_on
    compared_from = period.compared_from or period.starts_on
    then = (orders.ordered_at >= compared_from) & (orders.ordered_at < period.starts_on)
    reduced = orders.group_by(KEY).agg(
        orders=now.cast("int64").sum(),
        revenue=orders.revenue.sum(where=now).cast("float64").fill_null(0.0),
        orders_before=then.cast("int64").sum(),
        revenue_before=orders.revenue.sum(where=then).cast("float64").fill_null(0.0),
    )
    frame = fetch(reduced.order_by(KEY).drop(KEY))
    now_totals = _totals(frame["orders"].to_numpy(), frame["revenue"].to_numpy())
    return PeriodOrders(
        period, now_totals, _totals(frame["orders_before"].to_numpy(), frame["revenue_before"].to_numpy())
    )


def _totals(orders: Array, revenue: Array) -> Totals:
    return Totals(orders > 0, orders > 1, orders, revenue)


def key_figures(reduced: PeriodOrders, keep: Mask | None = None) -> tuple[KeyFigure, ...]:
    """The key figures of the customers or groups kept, with those of the period before."""
    chosen = slice(None) if keep is None else keep
    now = _figures(reduced.now, chosen)
    then = _figures(reduced.before, chosen) if reduced.period.compared_from is not None else {}
    return tuple(replace(figure, value=now[figure.name], before=then.get(figure.name)) for figure in KEY_FIGURES)


def _figures(totals: Totals, chosen: Any) -> dict[str, float | None]:
    customers, repeaters, orders = (
        round(values[chosen].sum()) for values in (totals.customers, totals.repeaters, totals.orders)
    )
    revenue = float(totals.revenue[chosen].sum())
    return {
        "customers": customers,
        "revenue": revenue,
        "orders": orders,
        "order_value_mean": revenue / orders if orders else None,
        "repeat_rate": repeaters / customers if customers else None,
    }


def last_day(period: Period) -> date:
    """The last day that belongs to a period."""
    return days_before(period.ends_on, 1)
