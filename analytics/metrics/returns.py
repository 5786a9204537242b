"""Metrics over returns: what a customer sent back or cancelled."""

from __future__ import annotations

from analytics.metrics.metric import Metric

NO_RETURNS_IS_ZERO = "Never missing: a customer without returns has 0."

RETURN_METRICS = (
    Metric(
        name="return_count",
        label="Returned lines",
        unit="returns",
        meaning="Order lines sent back or cancelled before the as-of date.",
        missing=NO_RETURNS_IS_ZERO,
        stand_in="zero",
        table="returns",
        expression=lambda returns, _: returns.count(),
        high="many returns",
        low="few returns",
        without_rows=0,
    ),
    Metric(
        name="refund_total",
        label="Refunds",
        unit="money",
        meaning="Money given back for returns and cancellations before the as-of date.",
        missing=NO_RETURNS_IS_ZERO,
        stand_in="zero",
        table="returns",
        expression=lambda returns, _: returns.refund.sum().cast("float64"),
        high="high refunds",
        low="low refunds",
        without_rows=0.0,
    ),
    Metric(
        name="refund_share",
        label="Share of returns",
        unit="share",
        meaning="Refunds divided by revenue. Above 100 % when what came back was bought before the data begins.",
        missing="Missing for customers without revenue.",
        stand_in="median",
        table="customer",
        expression=lambda customer, _: customer.refund_total / customer.revenue_total.nullif(0),
        high="returns a lot",
        low="keeps it",
        ingredients=("refund_total", "revenue_total"),
    ),
)
