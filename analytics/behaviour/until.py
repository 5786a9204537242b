"""Which clicks count on an as-of date: those of the days before it."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd

from analytics.sources import Source, fetch


def knows(table: Any, column: str) -> bool:
    """Whether any row of a table has a value in a column."""
    return not fetch(table.filter(table[column].notnull()).select(column).limit(1)).empty


def has_clock(events: Any) -> bool:
    """Whether clicks have a time of day."""
    return knows(events, "occurred_at")


def clicks_before(source: Source, as_of: date) -> Any:
    """The clicks before a day."""
    events = source.table("events")
    if as_of > last_click_day(source):
        return events
    for column in ("occurred_at", "occurred_on"):
        if knows(events, column):
            return events.filter(events[column] < as_of)
    return events


def sessions_before(source: Source, as_of: date) -> Any:
    """The sessions that began before a day."""
    sessions = source.table("sessions")
    return sessions if as_of > last_click_day(source) else sessions.filter(sessions["started_on"] < as_of)


def last_click_day(source: Source) -> date:
    """The day of the last click; the first of all days where clicks have none."""
    if source.stored is not None:
        last = source.stored.manifest.last_event_on
        return date.fromisoformat(last) if last else date.min
    events = source.table("events")
    known = [events[name].max().cast("date") for name in ("occurred_at", "occurred_on") if name in events.columns]
    found = fetch(events.agg(**{f"last_{place}": day for place, day in enumerate(known)}))
    return max((pd.Timestamp(str(day)).date() for day in found.iloc[0] if not pd.isna(day)), default=date.min)
