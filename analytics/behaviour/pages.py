"""Pages and categories: where visits begin and end, which are left, and how long people stay on them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
import pandas as pd

from analytics.behaviour.until import has_clock
from analytics.matching import Mask
from analytics.sources import Source, fetch

Array = np.ndarray[Any, Any]
Place = Literal["page", "category"]
MOST_PLACES: Final = 250
MOST_CLICKS: Final = 400_000_000


@dataclass(frozen=True, slots=True, eq=False)
class PageClicks:
    """All clicks by the page or category they were on, in the order of sessions and positions: arrays of shape (clicks,)."""

    names: tuple[str, ...]
    """Those with most clicks first; where `others` is above 0 the last one, empty, stands for so many."""
    others: int
    session: Array
    """The session's number, int32."""
    place: Array
    """The place in `names`, int16; −1 where it is not known."""
    seconds: Array | None
    """Until the next click of the session, float32; not a number for the last one and where a time is missing. None without a
    clock."""


def load_page_clicks(source: Source, place: Place) -> PageClicks:
    """The clicks of a source by page or by category. Ten bytes a click in memory.

    Raises:
        NotFoundError: the source has no clicks.
    """
    import ibis

    events = source.table("events")
    known = events.filter(events[place].notnull())
    counted = known.group_by(place).agg(clicks=known.count())
    sizes = fetch(counted.order_by(counted.clicks.desc(), counted[place]))
    names, others = list(map(str, sizes[place])), 0
    codes = np.arange(len(names))
    if len(names) > MOST_PLACES:
        others = len(names) - MOST_PLACES + 1
        codes = np.minimum(codes, MOST_PLACES - 1)
        names = [*names[: MOST_PLACES - 1], ""]
    is_timed = has_clock(events)
    columns = {"session": events.session.cast("int32"), "position": events.position}
    if is_timed:
        columns["at"] = events.occurred_at
    if len(sizes):
        coded = ibis.memtable(pd.DataFrame({place: sizes[place], "code": codes.astype(np.int16)}))
        told = events.select(**columns, place=events[place]).left_join(coded, [("place", place)])
        rows = told.select(
            "session", "position", *(["at"] if is_timed else []), code=told.code.fill_null(-1).cast("int16")
        )
    else:
        rows = events.select(**columns, code=ibis.literal(-1, "int16"))
    frame = fetch(rows.order_by("session", "position").drop("position"), at_most=MOST_CLICKS)
    session = frame["session"].to_numpy(dtype=np.int32)
    seconds = _until_next(session, frame["at"].to_numpy(dtype="datetime64[us]")) if is_timed else None
    return PageClicks(tuple(names), others, session, frame["code"].to_numpy(dtype=np.int16), seconds)


def _until_next(session: Array, at: Array) -> Array:
    """Seconds until the next click of the session; not a number on its last page, and where either time is missing."""
    seconds = np.full(len(session), np.nan, dtype=np.float32)
    if len(session) > 1:
        # A click without a time, among others that have one, is no instant to count from or to
        known = (session[1:] == session[:-1]) & ~np.isnat(at[1:]) & ~np.isnat(at[:-1])
        seconds[:-1][known] = np.diff(at)[known].astype(np.int64) / 1_000_000
    return seconds


def page_table(clicks: PageClicks, keep: Mask | None = None) -> pd.DataFrame:
    """Each page or category of the sessions kept, most views first.

    Columns: `views`, `entries`, `exits`, `bounces`, `exit_rate`, `bounce_rate`, `seconds_mean`. Index: the names.

    A visit enters and exits on its first and last click, where their place is known. The exit rate is exits ÷ views of
    the page, the bounce rate one-click visits ÷ visits that began on it, missing where none did. The mean time leaves out
    last clicks, whose time is not known; the column is missing without a clock.
    """
    session, place = clicks.session, clicks.place
    first = np.append(True, session[1:] != session[:-1]) if len(session) else np.empty(0, dtype=bool)
    last = np.append(first[1:], True) if len(session) else first
    inside = place >= 0
    if keep is not None:
        inside &= keep[session]
    count = len(clicks.names)

    def counted(mask: Mask) -> Array:
        return np.bincount(place[inside & mask], minlength=count)

    views = np.bincount(place[inside], minlength=count)
    entries, exits, bounces = counted(first), counted(last), counted(first & last)
    told = {
        "views": views,
        "entries": entries,
        "exits": exits,
        "bounces": bounces,
        "exit_rate": exits / np.where(views, views, np.nan),
        "bounce_rate": bounces / np.where(entries, entries, np.nan),
    }
    if clicks.seconds is not None:
        stayed = inside & ~np.isnan(clicks.seconds)
        spent = np.bincount(place[stayed], clicks.seconds[stayed], minlength=count)
        times = np.bincount(place[stayed], minlength=count)
        told["seconds_mean"] = spent / np.where(times, times, np.nan)
    frame = pd.DataFrame(told, index=pd.Index(clicks.names, name="place"))
    return frame[frame["views"] > 0].sort_values("views", ascending=False, kind="stable")
