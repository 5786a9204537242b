"""Sessions: whose clicks belong to one visit, what each visit was, and what they were like all together.

Clicks that came with a `session_id` are parted by it; all others by visitor, where nothing follows for longer than the
gap. Everything is an Ibis expression: the rows stay on the engine, and only counts of them come into memory.
"""

from analytics.sessions.dwell import dwell, time_by
from analytics.sessions.gaps import check_gap, known_columns, sessions_with_gap
from analytics.sessions.numbering import DEFAULT_GAP_MINUTES, numbered
from analytics.sessions.summary import SessionSummary, VisitorType, session_summary, summarise_clicks
from analytics.sessions.visits import complete, sessions_of

__all__ = [
    "DEFAULT_GAP_MINUTES",
    "SessionSummary",
    "VisitorType",
    "check_gap",
    "complete",
    "dwell",
    "known_columns",
    "numbered",
    "session_summary",
    "sessions_of",
    "sessions_with_gap",
    "summarise_clicks",
    "time_by",
]
