"""What each session was: its length, its clicks, what came of it, and when the visitor had been here before."""

from __future__ import annotations

from typing import Any

from analytics.calendar import days_between, microseconds_between
from analytics.schema import SESSIONS, Table

_FEWEST = 9_000_000_000
"""A number from which no count of clicks takes a digit."""


def sessions_of(events: Any) -> Any:
    """One row per session of numbered events, with all columns of SESSIONS in their order: an Ibis expression.

    What the events cannot say is missing, never 0: seconds without a clock; views, carts and purchases where no click of the
    session has an event type; pages, products, categories where there are none. Seconds go from the first click to
    the last: 0 for one click. Entry and exit page are those of the first and the last click. The main category
    has most clicks, of two with as many the first by name. The customer is one known in the session. Country, device and
    source are those of the first click. A visitor's first session in the data is `new`, the others are `returning`;
    missing without visitors or days.
    """
    import ibis

    has = set(events.columns)
    first = events.position == 1
    found: dict[str, Any] = {"click_count": events.count()}
    for name in ("session_id", "visitor_id", "country", "device", "source"):
        if name in has:
            found[name] = events[name].max(where=first)
    if "customer_id" in has:
        found["customer_id"] = events.customer_id.max()
    if "occurred_at" in has:
        found["started_at"] = events.occurred_at.min()
        seconds = microseconds_between(events.occurred_at.min(), events.occurred_at.max())
        found["session_seconds"] = seconds.cast("float64") / 1_000_000
    if "occurred_on" in has:
        found["started_on"] = events.occurred_on.min()
    if "event_type" in has:
        for name in ("view", "cart", "purchase"):
            counted = events.event_type.count(where=events.event_type == name)
            found[f"{name}_count"] = (events.event_type.count() > 0).ifelse(counted, ibis.null("int64"))
    if "page" in has:
        found["entry_page"] = events.page.max(where=first)
        # An engine's argmax passes over rows without a page; the last click counts, whether its page is known or not.
        found["exit_page"] = events.page.fill_null("").argmax(events.position).nullif("")
    if "product_id" in has:
        found["product_count"] = events.product_id.nunique()
    sessions = events.group_by("session").aggregate(**found)
    if "started_at" in found:
        day = sessions.started_at.date()
        sessions = sessions.mutate(started_on=day.coalesce(sessions.started_on) if "started_on" in found else day)
    if "view_count" in found:
        sessions = sessions.mutate(has_cart=sessions.cart_count > 0, has_purchase=sessions.purchase_count > 0)
    sessions = sessions.mutate(is_bounce=sessions.click_count == 1)
    if "category" in has:
        sessions = sessions.left_join(_main_categories(events), "session").drop("session_right")
    return complete(_with_visits_before(sessions), SESSIONS)


def complete(table: Any, shape: Table) -> Any:
    """A table with all columns of a canonical one, in their order and types: typed nulls for those that it does not have.
    Further columns follow."""
    import ibis

    further = [name for name in table.columns if name not in shape.names]
    canonical = {
        column.name: table[column.name].cast(column.type) if column.name in table.columns else ibis.null(column.type)
        for column in shape.columns
    }
    return table.select(**canonical, **{name: table[name] for name in further})


def _main_categories(events: Any) -> Any:
    """The category with most clicks per session, found by the smallest of texts that begin with how few clicks there were: a
    window over the counts would cost twice as much."""
    known = events.filter(events.category.notnull())
    counts = known.group_by("session", "category").aggregate(clicks=known.count())
    told = (_FEWEST - counts.clicks).cast("string") + counts.category
    best = counts.group_by("session").aggregate(told=told.min())
    return best.select("session", main_category=best.told.substr(len(str(_FEWEST))))


def _with_visits_before(sessions: Any) -> Any:
    """With `visitor_type` and `days_since_last`; sessions of one visitor are in the order of their beginning."""
    import ibis

    if "visitor_id" not in sessions.columns or "started_on" not in sessions.columns:
        return sessions
    times = [sessions[name] for name in ("started_at", "started_on") if name in sessions.columns]
    visits = ibis.window(group_by=sessions.visitor_id, order_by=[*times, sessions.session])
    sessions = sessions.mutate(_visit=ibis.row_number().over(visits), _before=sessions.started_on.lag().over(visits))
    is_known = sessions.visitor_id.notnull() & sessions.started_on.notnull()
    kind = (sessions["_visit"] == 0).ifelse("new", "returning")
    days = days_between(sessions["_before"], sessions.started_on)
    return sessions.mutate(
        visitor_type=is_known.ifelse(kind, ibis.null("string")),
        days_since_last=is_known.ifelse(days, ibis.null("int64")),
    ).drop("_visit", "_before")
