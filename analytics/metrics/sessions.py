"""Metrics over sessions: how often, how long and to what end a customer visits.

They need sessions whose customers are known. A dataset without them has none of these metrics; a customer whom no session
is known of, in a dataset that has some, has 0 sessions and no means.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from analytics.calendar import days_between
from analytics.metrics.metric import Metric

NO_SESSIONS = "Missing for customers without sessions"


def _seconds(sessions: Any, as_of: date) -> Any:  # noqa: ARG001 - the signature of every metric
    # Whole microseconds add up alike in any order of the rows.
    microseconds = (sessions.session_seconds * 1_000_000).round().cast("int64")
    return microseconds.sum().cast("float64") / 1_000_000 / sessions.session_seconds.count().nullif(0)


def _days_between_sessions(sessions: Any, as_of: date) -> Any:  # noqa: ARG001 - the signature of every metric
    gaps = sessions.started_on.count() - 1
    days = days_between(sessions.started_on.min(), sessions.started_on.max())
    return days.cast("float64") / (gaps > 0).ifelse(gaps, None)


def _abandoned(sessions: Any, as_of: date) -> Any:  # noqa: ARG001 - the signature of every metric
    left = sessions.count(where=sessions.has_cart & ~sessions.has_purchase)
    return left.cast("float64") / sessions.count(where=sessions.has_cart).nullif(0)


SESSION_METRICS = (
    Metric(
        name="session_count",
        label="Sessions",
        unit="sessions",
        meaning="Visits that began before the as-of date and in which the customer was known.",
        missing="Not missing where visits are known: a customer without any has 0.",
        stand_in="zero",
        table="sessions",
        expression=lambda sessions, _: sessions.count(),
        high="frequent visitors",
        low="rare visitors",
        without_rows=0,
    ),
    Metric(
        name="days_since_session",
        label="Days since last visit",
        unit="days",
        meaning="Calendar days from the beginning of the last visit to the as-of date.",
        missing=f"{NO_SESSIONS}, and where visits have no day.",
        stand_in="highest",
        table="sessions",
        expression=lambda sessions, as_of: days_between(sessions.started_on.max(), as_of).cast("float64"),
        high="long not seen",
        low="seen lately",
    ),
    Metric(
        name="days_between_sessions_mean",
        label="Days between visits",
        unit="days",
        meaning="Calendar days from the first visit to the last, divided by the visits after the first.",
        missing="Missing for customers with fewer than two visits: there is no gap to measure.",
        stand_in="highest",
        table="sessions",
        expression=_days_between_sessions,
        high="seldom back",
        low="soon back",
    ),
    Metric(
        name="session_seconds_mean",
        label="Length of a visit",
        unit="seconds",
        meaning="Seconds from the first click of a visit to the last, on average; the time on the last page is not known.",
        missing=f"{NO_SESSIONS}, and where the data has no clock time.",
        stand_in="median",
        table="sessions",
        expression=_seconds,
        high="long visits",
        low="short visits",
    ),
    Metric(
        name="bounce_rate",
        label="Bounce rate",
        unit="share",
        meaning="Visits of one click, divided by all visits.",
        missing=f"{NO_SESSIONS}.",
        stand_in="median",
        table="sessions",
        expression=lambda sessions, _: (
            sessions.count(where=sessions.is_bounce).cast("float64") / sessions.is_bounce.count().nullif(0)
        ),
        high="leave at once",
        low="look around",
    ),
    Metric(
        name="view_count",
        label="Product views",
        unit="views",
        meaning="Clicks that looked at something, in visits that began before the as-of date.",
        missing=f"{NO_SESSIONS}, and where the data does not say what a click was.",
        stand_in="zero",
        table="sessions",
        expression=lambda sessions, _: sessions.view_count.sum().cast("float64"),
        high="look a lot",
        low="look little",
    ),
    Metric(
        name="cart_abandon_rate",
        label="Carts left behind",
        unit="share",
        meaning="Visits with something put into the cart and nothing bought, divided by visits with something put into the cart.",
        missing="Missing for customers who never put anything into a cart, and where the data does not say.",
        stand_in="median",
        table="sessions",
        expression=_abandoned,
        high="leave their carts",
        low="buy what is in the cart",
    ),
    Metric(
        name="views_per_order",
        label="Views per order",
        unit="views",
        meaning="Product views divided by orders: how long somebody looks around before buying.",
        missing=f"{NO_SESSIONS}, and where the data does not say what a click was.",
        stand_in="zero",
        table="customer",
        expression=lambda customer, _: customer.view_count / customer.order_count,
        high="look long before buying",
        low="buy what they look at",
        ingredients=("view_count", "order_count"),
    ),
)
