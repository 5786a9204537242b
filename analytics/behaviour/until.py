"""Which clicks count on an as-of date: those of the days before it, and those without a day, as everywhere."""

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
    """The clicks before a day, and those of which nobody knows when they were."""
    events = source.table("events")
    if as_of > last_click_day(source):
        return events
    # Where an import wrote the clicks, each that has a time says its day as well; a day may be known without a time
    for column in ("occurred_on", "occurred_at"):
        if knows(events, column):
            return events.filter((events[column] < as_of).fill_null(True))
    return events


def sessions_before(source: Source, as_of: date) -> Any:
    """The sessions that began before a day, and those of which nobody knows when they began."""
    sessions = source.table("sessions")
    if as_of > last_click_day(source):
        return sessions
    return sessions.filter((sessions["started_on"] < as_of).fill_null(True))


def last_click_day(source: Source) -> date:
    """The day of the last click; the first of all days where clicks have none."""
    if source.stored is not None:
        last = source.stored.manifest.last_event_on
        return date.fromisoformat(last) if last else date.min
    events = source.table("events")
    known = [events[name].max().cast("date") for name in ("occurred_at", "occurred_on") if name in events.columns]
    found = fetch(events.agg(**{f"last_{place}": day for place, day in enumerate(known)}))
    return max((pd.Timestamp(str(day)).date() for day in found.iloc[0] if not pd.isna(day)), default=date.min)
