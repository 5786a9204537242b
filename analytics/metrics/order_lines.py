"""Metrics over order lines: what a customer bought."""

from __future__ import annotations

from analytics.metrics.metric import Metric

ORDER_LINE_METRICS = (
    Metric(
        name="product_count",
        label="Distinct products",
        unit="products",
        meaning="Different products bought before the as-of date.",
        missing="Missing where the data came without product codes.",
        stand_in="median",
        table="order_lines",
        expression=lambda lines, _: lines.product_id.nunique(),
        high="wide choice",
        low="narrow choice",
    ),
)
