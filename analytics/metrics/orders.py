"""Metrics over orders: how lately, how often and for how much a customer bought."""

from __future__ import annotations

from datetime import date
from typing import Any

from analytics.calendar import days_before, days_between
from analytics.metrics.metric import Metric

EXACT_UNITS = "decimal(38, 4)"
NEVER_MISSING = "Never missing: every customer in the table has an order."


def _days_between_orders(orders: Any, as_of: date) -> Any:  # noqa: ARG001 - the signature of every metric
    gaps = orders.count() - 1
    return days_between(orders.ordered_at.min(), orders.ordered_at.max()).cast("float64") / gaps.nullif(0)


def _units_per_order(orders: Any, as_of: date) -> Any:  # noqa: ARG001 - the signature of every metric
    # Added up as exact numbers: a sum of fractions in floating point depends on the order of the rows.
    units = orders.unit_count.cast(EXACT_UNITS)
    return units.sum().cast("float64") / orders.unit_count.count().nullif(0)


def _revenue_lately(orders: Any, as_of: date) -> Any:
    lately = orders.ordered_at >= days_before(as_of, 90)
    return orders.revenue.sum(where=lately).cast("float64").fill_null(0.0)


ORDER_METRICS = (
    Metric(
        name="recency_days",
        label="Recency",
        unit="days",
        meaning="Calendar days from the last order to the as-of date.",
        missing=NEVER_MISSING,
        stand_in="median",
        table="orders",
        expression=lambda orders, as_of: days_between(orders.ordered_at.max(), as_of),
        high="long away",
        low="recent",
    ),
    Metric(
        name="order_count",
        label="Orders",
        unit="orders",
        meaning="Orders placed before the as-of date.",
        missing=NEVER_MISSING,
        stand_in="median",
        table="orders",
        expression=lambda orders, _: orders.count(),
        high="frequent",
        low="rare",
    ),
    Metric(
        name="revenue_total",
        label="Revenue",
        unit="money",
        meaning="What the customer paid for all orders before the as-of date; returns are not deducted.",
        missing=NEVER_MISSING,
        stand_in="median",
        table="orders",
        expression=lambda orders, _: orders.revenue.sum().cast("float64"),
        high="high spend",
        low="low spend",
    ),
    Metric(
        name="order_value_mean",
        label="Average order value",
        unit="money",
        meaning="Revenue divided by orders.",
        missing=NEVER_MISSING,
        stand_in="median",
        table="orders",
        expression=lambda orders, _: orders.revenue.sum().cast("float64") / orders.count(),
        high="large orders",
        low="small orders",
    ),
    Metric(
        name="revenue_last_90_days",
        label="Revenue, last 90 days",
        unit="money",
        meaning="What the customer paid in the 90 days before the as-of date.",
        missing=NEVER_MISSING,
        stand_in="median",
        table="orders",
        expression=_revenue_lately,
        high="spending now",
        low="not spending now",
    ),
    Metric(
        name="tenure_days",
        label="Tenure",
        unit="days",
        meaning="Calendar days from the first order to the as-of date.",
        missing=NEVER_MISSING,
        stand_in="median",
        table="orders",
        expression=lambda orders, as_of: days_between(orders.ordered_at.min(), as_of),
        high="long-standing",
        low="new",
    ),
    Metric(
        name="days_between_orders_mean",
        label="Days between orders",
        unit="days",
        meaning="Calendar days from the first order to the last, divided by the orders after the first.",
        missing="Missing for customers with one order: there is no gap to measure.",
        stand_in="highest",
        table="orders",
        expression=_days_between_orders,
        high="long gaps",
        low="short gaps",
    ),
    Metric(
        name="lines_per_order_mean",
        label="Lines per order",
        unit="lines",
        meaning="Order lines divided by orders: how varied a basket is.",
        missing=NEVER_MISSING,
        stand_in="median",
        table="orders",
        expression=lambda orders, _: orders.line_count.mean(),
        high="varied baskets",
        low="few products a basket",
    ),
    Metric(
        name="units_per_order_mean",
        label="Units per order",
        unit="units",
        meaning="Units bought divided by orders.",
        missing="Missing where the data came without quantities.",
        stand_in="median",
        table="orders",
        expression=_units_per_order,
        high="bulk buyers",
        low="few units an order",
    ),
)
