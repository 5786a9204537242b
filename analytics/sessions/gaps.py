"""Sessions by another gap than the one that they were stored with."""

from __future__ import annotations

from typing import Any

from analytics.errors import EmptyDataError, RequestError
from analytics.sessions.numbering import DEFAULT_GAP_MINUTES, numbered
from analytics.sessions.visits import sessions_of
from analytics.sources import Source, fetch
from analytics.text import say

LONGEST_GAP_MINUTES = 43_200
"""Thirty days: whoever stays away longer is back, not still there."""


def check_gap(gap_minutes: object) -> int:
    """The gap itself, if visits can be told apart by it.

    Raises:
        RequestError: it is no whole number from 1 to 43,200.
    """
    is_whole = isinstance(gap_minutes, int) and not isinstance(gap_minutes, bool)
    if not isinstance(gap_minutes, int) or not (is_whole and 1 <= gap_minutes <= LONGEST_GAP_MINUTES):
        raise RequestError(
            say(
                "'{gap}' minutes cannot part visits. Choose a whole number from 1 to {most:,}; {usual} is usual.",
                gap=gap_minutes,
                most=LONGEST_GAP_MINUTES,
                usual=DEFAULT_GAP_MINUTES,
            )
        )
    return gap_minutes


def stored_gap(source: Source) -> int:
    """The gap in minutes that the source's sessions were parted by, where they did not come with the data."""
    return source.stored.manifest.session_gap_minutes if source.stored is not None else DEFAULT_GAP_MINUTES


def stored_sessions(source: Source) -> Any:
    """The sessions table.

    Raises:
        EmptyDataError: the dataset has neither sessions nor clicks.
    """
    if not source.has("sessions"):
        raise EmptyDataError(
            say(
                "Dataset '{name}' has no clicks and no visits. Import its click file under the same name, as events.",
                name=source.name,
            )
        )
    return source.table("sessions")


def has_own_sessions(source: Source) -> bool:
    """Whether every session came with the data, so that no gap parts them: a session_id, or a table of visits alone."""
    if not source.has("events"):
        return True
    sessions = stored_sessions(source)
    by_gap = sessions.session_id.isnull().sum() if "session_id" in sessions.columns else sessions.count()
    return not by_gap.to_pyarrow().as_py()


def sessions_with_gap(source: Source, gap_minutes: int | None = None) -> Any:
    """The sessions with the columns of SESSIONS, as an Ibis expression: the stored ones where the gap is theirs, is None or
    plays no part; else computed anew from the clicks, under new numbers.

    Raises:
        RequestError: the gap is not possible.
        EmptyDataError: the dataset has neither sessions nor clicks.
    """
    sessions = stored_sessions(source)
    if gap_minutes is None or check_gap(gap_minutes) == stored_gap(source) or has_own_sessions(source):
        return sessions
    return sessions_of(numbered(known_columns(source.table("events")), gap_minutes=gap_minutes))


def known_columns(events: Any) -> Any:
    """The clicks without the columns that nobody filled: a file has all columns, and an empty one says nothing."""
    counts = fetch(events.aggregate(**{name: events[name].count() > 0 for name in events.columns}))
    return events.select(*(name for name in events.columns if counts[name].iloc[0]))
