"""Sessions: whose clicks belong to one visit, and what each visit was.

Clicks that came with a `session_id` are parted by it; all others by visitor, where nothing follows for longer than the
gap. Everything is an Ibis expression: the rows stay on the engine.
"""

from __future__ import annotations

from typing import Any

from analytics.calendar import days_between
from analytics.schema import EVENTS, GIVEN_AT_IMPORT, SESSIONS, Table

DEFAULT_GAP_MINUTES = 30
"""A visit ends where nothing follows for longer than this; a click after exactly 30 minutes is still in it."""
_MICROSECONDS_PER_MINUTE = 60_000_000
_FEWEST = 9_000_000_000
"""A number from which no count of clicks takes a digit."""
_IN_TURN = ("view", "cart")
"""At one instant somebody looks, then puts into the cart, then does anything else, and at last buys."""


def numbered(clicks: Any, *, gap_minutes: int = DEFAULT_GAP_MINUTES) -> Any:
    """The clicks with `session`, counted from 0, and `position` in it, counted from 1: an Ibis expression.

    `clicks` has canonical columns of EVENTS, any of the optional ones absent, perhaps a `position` of its own beside
    `session_id`. Every click needs a visitor and a time, or a session_id. A session_id is taken as the visitor's own: two
    visitors under one are two sessions. Clicks without one, in data that has some, are parted by the gap; a click that
    has neither session_id nor time is a session of its own.

    Sessions are numbered by visitor, then by session_id or by time. Within a session, clicks are in the order of the
    position that came, else of time. At equal times views come first, then carts, other events, purchases; then the
    canonical columns decide, read as text and numbers: rows that still tie are the same in all of them, so that the
    order of the rows plays no part. The rows come out by session and position.
    """
    import ibis

    has = set(clicks.columns)
    whose = [name for name in ("visitor_id", "session_id") if name in has]
    raw_position = "position" in has
    places = ["position"] if raw_position and "session_id" in has else []
    times = [name for name in ("occurred_at", "occurred_on") if name in has]
    late_places = ["position"] if raw_position and not places else []
    told = [column.name for column in EVENTS.columns if column.name in has and column.name not in GIVEN_AT_IMPORT]
    rest = [name for name in told if name not in (*whose, *times)]
    turn = [_turn(clicks.event_type)] if "event_type" in has else []
    keys = [clicks[name] for name in (*whose, *places, *times, *late_places)]
    keys += [*turn, *(clicks[name] for name in rest)]
    in_order = ibis.window(order_by=keys)

    before = {name: clicks[name].lag().over(in_order) for name in whose}
    starts = ibis.or_(*(~clicks[name].identical_to(before[name]) for name in whose))
    if "occurred_at" in has:
        gap = _microseconds(clicks.occurred_at.lag().over(in_order), clicks.occurred_at)
        is_long = (gap > gap_minutes * _MICROSECONDS_PER_MINUTE).fill_null(True)
        starts |= is_long & clicks.session_id.isnull() if "session_id" in has else is_long
    row = ibis.row_number().over(in_order)
    kept = [name for name in clicks.columns if name not in GIVEN_AT_IMPORT]
    placed = clicks.select(*kept, _row=row, _starts=starts | (row == 0))
    upwards = ibis.window(order_by=placed["_row"], rows=(None, 0))
    first = placed["_starts"].ifelse(placed["_row"], ibis.null("int64")).max().over(upwards)
    # Counted, not summed: an engine's sum of whole numbers is wider than they are, and a file keeps it as a fraction.
    session = placed["_starts"].ifelse(1, ibis.null("int8")).count().over(upwards) - 1
    return placed.select(
        session=session,
        position=placed["_row"] - first + 1,
        **{name: placed[name] for name in kept},
    )


def _turn(event_type: Any) -> Any:
    """Where an event stands among others of one instant."""
    import ibis

    return ibis.cases(
        *((event_type == name, number) for number, name in enumerate(_IN_TURN)),
        (event_type == "purchase", len(_IN_TURN) + 1),
        else_=len(_IN_TURN),
    )


def _microseconds(earlier: Any, later: Any) -> Any:
    """From one instant to another, as an integer: the same on every engine."""
    return later.delta(earlier, unit="microsecond")


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
        seconds = _microseconds(events.occurred_at.min(), events.occurred_at.max())
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
