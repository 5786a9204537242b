"""What the sessions of a dataset were like all together: a few numbers from one small table of counts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from analytics.calendar import microseconds_between
from analytics.errors import EmptyDataError
from analytics.schema import SESSIONS
from analytics.sessions.gaps import check_gap, has_own_sessions, sessions_with_gap, stored_gap, stored_sessions
from analytics.sessions.numbering import MICROSECONDS_PER_MINUTE
from analytics.sessions.visits import complete
from analytics.sources import Source, fetch
from analytics.text import say

_TYPES = ("new", "returning")


@dataclass(frozen=True, slots=True)
class VisitorType:
    """The sessions of new or of returning visitors."""

    visitor_type: str
    sessions: int
    buyers: int | None
    """Sessions with a purchase; None where purchases are not known."""
    purchase_rate: float | None


@dataclass(frozen=True, slots=True)
class SessionSummary:
    """Sessions in numbers. What the data cannot say is None, never 0."""

    sessions: int
    visitors: int | None
    clicks: int
    bounce_rate: float
    """Sessions of one click, of all sessions."""
    clicks_per_session_mean: float
    clicks_per_session_median: float
    clicks_per_session_max: int
    seconds_per_session_mean: float | None
    """From the first click to the last; a session of one click has 0."""
    cart_rate: float | None
    """Sessions with something put into the cart, of the sessions of which it is known."""
    purchase_rate: float | None
    by_visitor_type: tuple[VisitorType, ...]
    """New, returning, then others by name; empty where nobody knows who the visitors are."""
    gap_minutes: int | None
    """The gap that parts two sessions; None where they came with the data."""


def session_summary(source: Source, gap_minutes: int | None = None) -> SessionSummary:
    """Count the sessions of a dataset, parted by its own gap or by another one.

    Raises:
        RequestError: the gap is not possible.
        EmptyDataError: the dataset has neither sessions nor clicks.
    """
    sessions = stored_sessions(source)
    gap = check_gap(stored_gap(source) if gap_minutes is None else gap_minutes)
    is_own = has_own_sessions(source)
    if not is_own and gap != stored_gap(source):
        if _is_plain(source.table("events")):
            return summarise_clicks(source.table("events"), gap)
        sessions = sessions_with_gap(source, gap)
    return _summary(fetch(sessions_counted(sessions)), _visitors(sessions), None if is_own else gap)


def summarise_clicks(clicks: Any, gap_minutes: int) -> SessionSummary:
    """Part clicks by the gap and count the sessions, without numbering a single click: the fast way to the same numbers.

    `clicks` has `visitor_id` and `occurred_at`, perhaps `event_type`, and none of them is missing in any row.

    Raises:
        EmptyDataError: there are no clicks.
    """
    counts = fetch(clicks_counted(clicks, gap_minutes))
    visitors = int(counts.loc[counts.visitor_type == "new", "sessions"].sum())
    return _summary(counts, visitors, gap_minutes)


def sessions_counted(sessions: Any) -> Any:
    """A sessions table by visitor type and number of clicks: an Ibis expression.

    Columns: visitor_type, click_count, then of these sessions `sessions`, `bounces`, `timed` (with known seconds),
    `microseconds` of those together, `cart_known`, `carts`, `buyers_known`, `buyers`.
    """
    whole = complete(sessions, SESSIONS)
    counted = whole.select(
        "visitor_type",
        "click_count",
        "has_cart",
        "has_purchase",
        is_bounce=whole.is_bounce.coalesce(whole.click_count == 1),
        # whole numbers add up alike in any order of the rows
        microseconds=(whole.session_seconds * 1_000_000).round().cast("int64"),
    )
    return counted.group_by("visitor_type", "click_count").aggregate(
        sessions=counted.count(),
        bounces=counted.is_bounce.sum(),
        timed=counted.microseconds.count(),
        microseconds=counted.microseconds.sum(),
        cart_known=counted.has_cart.count(),
        carts=counted.has_cart.sum(),
        buyers_known=counted.has_purchase.count(),
        buyers=counted.has_purchase.sum(),
    )


def clicks_counted(clicks: Any, gap_minutes: int) -> Any:
    """The same counts as `sessions_counted`, from clicks that are not parted yet: an Ibis expression.

    One window over all clicks; after it only those stay that begin or end a session, put into the cart or buy. Among the
    clicks that begin a session or buy, a session has a purchase when its own beginning buys, or when what follows does
    not begin the next one. Carts and buyers come in rows of their own, without a number of clicks.
    """
    import ibis

    has_types = "event_type" in clicks.columns
    never = ibis.literal(False)
    visitor = ibis.window(group_by=clicks.visitor_id, order_by=clicks.occurred_at)
    placed = clicks.select(
        "visitor_id",
        at=clicks.occurred_at,
        place=ibis.row_number().over(visitor),
        before=microseconds_between(clicks.occurred_at.lag().over(visitor), clicks.occurred_at),
        after=microseconds_between(clicks.occurred_at, clicks.occurred_at.lead().over(visitor)),
        cart=clicks.event_type == "cart" if has_types else never,
        purchase=clicks.event_type == "purchase" if has_types else never,
    )
    gap = gap_minutes * MICROSECONDS_PER_MINUTE
    placed = placed.mutate(begins=(placed.before > gap).fill_null(True), ends=(placed.after > gap).fill_null(True))
    few = placed.filter(placed.begins | placed.ends | placed.cart | placed.purchase).drop("before", "after")

    edges = few.filter(few.begins | few.ends)
    onwards = ibis.window(group_by=edges.visitor_id, order_by=edges.place)
    edges = edges.select(
        "begins",
        visitor_type=_visitor_type(edges.place),
        click_count=edges.ends.ifelse(edges.place, edges.place.lead().over(onwards)) - edges.place + 1,
        microseconds=microseconds_between(edges.at, edges.ends.ifelse(edges.at, edges.at.lead().over(onwards))),
    )
    edges = edges.filter(edges.begins)
    zero = ibis.literal(0, "int64")
    parted = edges.group_by("visitor_type", "click_count").aggregate(
        sessions=edges.count(), timed=edges.count(), microseconds=edges.microseconds.sum()
    )
    known = parted.sessions if has_types else zero
    counts = parted.select(
        "visitor_type",
        "click_count",
        "sessions",
        bounces=(parted.click_count == 1).ifelse(parted.sessions, 0),
        timed=parted.timed,
        microseconds=parted.microseconds.cast("int64"),
        cart_known=known,
        carts=zero,
        buyers_known=known,
        buyers=zero,
    )
    if not has_types:
        return counts
    return ibis.union(
        counts, _with(few, "cart", counts, "carts"), _with(few, "purchase", counts, "buyers"), distinct=False
    )


def _with(few: Any, deed: str, counts: Any, name: str) -> Any:
    """The sessions in which something was done, in the columns of the counts."""
    import ibis

    rows = few.filter(few.begins | few[deed])
    onwards = ibis.window(group_by=rows.visitor_id, order_by=rows.place)
    follows = ~rows.begins.lead().over(onwards).fill_null(True)
    rows = rows.select("begins", visitor_type=_visitor_type(rows.place), is_done=rows[deed] | follows)
    rows = rows.filter(rows.begins, rows.is_done)
    done = rows.group_by("visitor_type").aggregate(done=rows.count())
    told: dict[str, Any] = {
        column: ibis.literal(0, "int64") for column in counts.columns if column not in ("visitor_type", "click_count")
    }
    return done.select("visitor_type", click_count=ibis.null("int64"), **(told | {name: done.done}))


def _visitor_type(place: Any) -> Any:
    return (place == 0).ifelse(*_TYPES)


def _is_plain(events: Any) -> bool:
    """Whether every click has a visitor, a time and no session_id, and all or none an event type."""
    names = [name for name in ("visitor_id", "occurred_at", "session_id", "event_type") if name in events.columns]
    counts = fetch(events.aggregate(rows=events.count(), **{name: events[name].count() for name in names})).iloc[0]
    rows = counts["rows"]
    return bool(
        counts.get("visitor_id", 0) == counts.get("occurred_at", 0) == rows
        and counts.get("session_id", 0) == 0
        and counts.get("event_type", 0) in (0, rows)
    )


def _visitors(sessions: Any) -> int | None:
    if "visitor_id" not in sessions.columns:
        return None
    found = sessions.aggregate(visitors=sessions.visitor_id.nunique(), known=sessions.visitor_id.count())
    row = fetch(found).iloc[0]
    return int(row.visitors) if row.known else None


def _summary(counts: pd.DataFrame, visitors: int | None, gap_minutes: int | None) -> SessionSummary:
    sessions = int(counts.sessions.sum())
    if not sessions:
        raise EmptyDataError(say("There are no visits. Import a click file that has some."))
    lengths = counts[counts.sessions > 0].groupby("click_count").sessions.sum().sort_index()
    clicks = int((lengths.index.to_numpy(dtype=np.int64) * lengths.to_numpy(dtype=np.int64)).sum())
    timed = int(counts.timed.sum())
    types = counts[counts.visitor_type.notna()].groupby("visitor_type")
    rows = {str(name): _visitor_row(str(name), rows) for name, rows in types}
    order = [name for name in _TYPES if name in rows] + sorted(set(rows) - set(_TYPES))
    return SessionSummary(
        sessions=sessions,
        visitors=visitors,
        clicks=clicks,
        bounce_rate=float(counts.bounces.sum()) / sessions,
        clicks_per_session_mean=clicks / sessions,
        clicks_per_session_median=_median(lengths),
        clicks_per_session_max=int(lengths.index.max()),
        seconds_per_session_mean=float(counts.microseconds.sum()) / 1_000_000 / timed if timed else None,
        cart_rate=_rate(counts.carts, counts.cart_known),
        purchase_rate=_rate(counts.buyers, counts.buyers_known),
        by_visitor_type=tuple(rows[name] for name in order),
        gap_minutes=gap_minutes,
    )


def _visitor_row(name: str, rows: pd.DataFrame) -> VisitorType:
    rate = _rate(rows.buyers, rows.buyers_known)
    return VisitorType(name, int(rows.sessions.sum()), None if rate is None else int(rows.buyers.sum()), rate)


def _rate(part: pd.Series[Any], whole: pd.Series[Any]) -> float | None:
    return float(part.sum()) / float(whole.sum()) if whole.sum() else None


def _median(lengths: pd.Series[Any]) -> float:
    """The median of clicks per session, from how many sessions have each number of clicks, in ascending order."""
    upto = lengths.cumsum().to_numpy()
    middle = [(upto[-1] - 1) // 2, upto[-1] // 2]
    return float(lengths.index.to_numpy()[np.searchsorted(upto, middle, side="right")].mean())
