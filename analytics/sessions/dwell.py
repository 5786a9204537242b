"""Time between clicks: how long people stay with a page or a category, as far as it is known."""

from __future__ import annotations

from typing import Any, Literal

from analytics.calendar import microseconds_between


def dwell(events: Any) -> Any:
    """The numbered events with `seconds_to_next`, the seconds to the next click of the session: an Ibis expression.

    It is missing at the last click of a session, and without a clock: how long somebody looked at the last page is not known.
    """
    import ibis

    onwards = ibis.window(group_by=events.session, order_by=events.position)
    microseconds = microseconds_between(events.occurred_at, events.occurred_at.lead().over(onwards))
    return events.mutate(seconds_to_next=microseconds.cast("float64") / 1_000_000)


def time_by(events: Any, what: Literal["category", "page"]) -> Any:
    """Time with each page or category: an Ibis expression with one row for each, by name.

    Columns: the page or category (clicks without one are left out), `click_count`, `timed_count` (clicks whose time is
    known), `seconds_total` and `seconds_mean` over those; both are missing where no time is known.
    """
    timed = dwell(events)
    known = timed.filter(timed[what].notnull())
    exact = (known.seconds_to_next * 1_000_000).round().cast("int64")  # whole numbers add up alike in any order
    grouped = known.group_by(what).aggregate(
        click_count=known.count(),
        timed_count=known.seconds_to_next.count(),
        seconds_total=exact.sum().cast("float64") / 1_000_000,
    )
    grouped = grouped.mutate(seconds_mean=grouped.seconds_total / grouped.timed_count.nullif(0))
    return grouped.order_by(what)
