"""The metrics: every number that a customer has, in the order in which it is shown.

A metric is an entry of `METRICS`: its words and one Ibis expression over one canonical table. Menus, filters, exports,
clusters and the glossary follow from the entry.
"""

from __future__ import annotations

from collections.abc import Iterable

from analytics.errors import RequestError
from analytics.metrics.metric import Metric
from analytics.metrics.order_lines import ORDER_LINE_METRICS
from analytics.metrics.orders import ORDER_METRICS
from analytics.metrics.returns import RETURN_METRICS
from analytics.metrics.sessions import SESSION_METRICS
from analytics.text import say

METRICS: tuple[Metric, ...] = (*ORDER_METRICS, *ORDER_LINE_METRICS, *RETURN_METRICS, *SESSION_METRICS)
RFM_METRICS = ("recency_days", "order_count", "revenue_total")
_BY_NAME = {metric.name: metric for metric in METRICS}


def metric(name: str) -> Metric:
    """The metric of that name.

    Raises:
        RequestError: there is none.
    """
    if name not in _BY_NAME:
        raise RequestError(f"There is no metric '{name}'. There are {', '.join(_BY_NAME)}.")
    return _BY_NAME[name]


def is_metric(name: str) -> bool:
    """Whether a column of the customer table is a metric."""
    return name in _BY_NAME


def heading(column: str) -> str:
    """What a column of customers is called: a metric's label, or the name of a shop's own column as words."""
    return say(_BY_NAME[column].label if column in _BY_NAME else column.replace("_", " ").capitalize())


def needs_sessions(chosen: Metric) -> bool:
    """Whether a metric comes from sessions, itself or through what it is made of: a dataset without them does not have it."""
    return chosen.table == "sessions" or any(metric(name).table == "sessions" for name in chosen.ingredients)


def metrics_named(names: Iterable[str]) -> tuple[Metric, ...]:
    """The metrics of those names, in their order.

    Raises:
        RequestError: one of them does not exist or is named twice.
    """
    chosen = tuple(metric(name) for name in names)
    if len(set(chosen)) < len(chosen):
        raise RequestError("A metric is named twice. Name each one once.")
    return chosen


__all__ = ["METRICS", "RFM_METRICS", "Metric", "heading", "is_metric", "metric", "metrics_named", "needs_sessions"]
