"""Whose clicks belong to one visit, and in which order they stand in it."""

from __future__ import annotations

from typing import Any

from analytics.calendar import microseconds_between
from analytics.schema import EVENTS, GIVEN_AT_IMPORT

DEFAULT_GAP_MINUTES = 30
"""A visit ends where nothing follows for longer than this; a click after exactly 30 minutes is still in it."""
MICROSECONDS_PER_MINUTE = 60_000_000
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
    # Two windows that only look back along rows that are in order already: the engine lets fifty million pass through, and
    # would have to hold them in memory to put them into an order of the windows' own.
    in_order = clicks.order_by(keys)
    row_before, rows_so_far = ibis.window(), ibis.window(rows=(None, 0))

    starts = ibis.or_(*(~in_order[name].identical_to(in_order[name].lag().over(row_before)) for name in whose))
    if "occurred_at" in has:
        gap = microseconds_between(in_order.occurred_at.lag().over(row_before), in_order.occurred_at)
        is_long = (gap > gap_minutes * MICROSECONDS_PER_MINUTE).fill_null(True)
        starts |= is_long & in_order.session_id.isnull() if "session_id" in has else is_long
    row = ibis.row_number().over(row_before)
    kept = [name for name in clicks.columns if name not in GIVEN_AT_IMPORT]
    placed = in_order.select(*kept, _row=row, _starts=starts | (row == 0))
    first = placed["_starts"].ifelse(placed["_row"], ibis.null("int64")).max().over(rows_so_far)
    # Counted, not summed: an engine's sum of whole numbers is wider than they are, and a file keeps it as a fraction.
    session = placed["_starts"].ifelse(1, ibis.null("int8")).count().over(rows_so_far) - 1
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
