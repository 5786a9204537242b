"""What was known of customers before a day: the customer table of that day, freed of what only later days could tell.

Orders, lines, returns and visits are dated, so what came after the day is left out. Attributes are as they are now: of them,
days become the time since, and those that tell how a customer has done until now are suspects.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any, Final

import pandas as pd

from analytics.calendar import in_words
from analytics.customers import KEY, PERSONAL, CustomerTable, customer_table, knows_visits
from analytics.metrics import heading
from analytics.predict.problems.columns import tidy, words_of
from analytics.sources import Source, fetch
from analytics.text import say

SINCE: Final = "days_since_"
_STATES: Final = frozenset({
    "active", "balance", "churn", "churned", "clv", "cltv", "frequency", "inactive", "lapsed", "last",
    "latest", "lifetime", "lost", "ltv", "loyalty", "monetary", "points", "recency", "recent", "revenue",
    "rfm", "sales", "segment", "spend", "spending", "spent", "status", "tier", "total", "turnover", "vip",
    "level", "score",
})  # fmt: skip
_COUNTED: Final = frozenset({"orders", "purchases", "visits", "sessions", "returns", "transactions"})
"""Things that a customer does: a column named after them counts them until now."""
_OF_THE_ORDERS: Final = ("country", "channel", "favourite_category", "favourite_visit_hour")
"""Attributes that come from dated rows."""


def known_before(source: Source, cut: date) -> CustomerTable:
    """The customers who ordered before a day, by what was known of them that morning; names and addresses left out.

    Visits without a day are left out, as they may have come later, and so are those that were still going on.
    """
    table = customer_table(_dated(source, cut), cut)
    frame = table.frame.drop(columns=[name for name in PERSONAL if name != KEY and name in table.frame.columns])
    days = [str(name) for name in frame.select_dtypes("datetime").columns]
    for name in days:
        since = (pd.Timestamp(cut) - frame[name]).dt.total_seconds() / 86_400
        if _is_fixed(name):
            since = since.where(since > 0)  # on that morning nobody had signed up who did so later
        frame = frame.drop(columns=name).assign(**{f"{SINCE}{name}": since})
    attributes = tuple(name for name in frame.columns if name in table.attributes or name.startswith(SINCE))
    return replace(table, frame=frame, attributes=attributes, _kept={})


def attribute_suspects(table: CustomerTable) -> dict[str, str]:
    """Attributes that may know what came after the day, each with its reason."""
    found: dict[str, str] = {}
    for name in table.attributes:
        if name in _OF_THE_ORDERS or name == f"{SINCE}session":
            continue
        is_day = name.startswith(SINCE) and not _is_fixed(name.removeprefix(SINCE))
        if is_day and (table.frame[name] <= 0).any():
            found[name] = say(
                "It holds days after {day}, when customers were looked at: it is kept up to date, and knows what came later.",
                day=in_words(table.as_of),
            )
        elif _tells_of_now(name.removeprefix(SINCE)):
            found[name] = say(
                "By its name it says how the customer has done until now. It has no date, so it may know what came after "
                "{day}, when customers were looked at.",
                day=in_words(table.as_of),
            )
    return found


def attribute_notes(source: Source, table: CustomerTable) -> tuple[str, ...]:
    """That attributes are as of now, where there are any that are used."""
    if not source.has("customers"):
        return ()
    own = {str(name) for name in source.table("customers").columns} - set(PERSONAL)
    suspects = attribute_suspects(table)
    used = sorted(
        heading(name.removeprefix(SINCE))
        for name in table.attributes
        if name.removeprefix(SINCE) in own | {"own_" + each for each in own} and name not in suspects
    )
    if not used:
        return ()
    return (
        say(
            "These attributes of customers are as they are now, and are taken to have been the same before: {columns}.",
            columns=", ".join(used[:12]) + (", …" if len(used) > 12 else ""),
        ),
    )


def _is_fixed(name: str) -> bool:
    """Whether a day never changes once it is known: signing up."""
    return name == "signed_up_on"


def _tells_of_now(name: str) -> bool:
    words = words_of(name)
    return bool(words & _STATES) or bool(words & _COUNTED) or tidy(name).startswith(("n_", "num_"))


def _dated(source: Source, cut: date) -> Source:
    """The source with those visits only that were over before a day; itself where that changes nothing."""
    if not knows_visits(source):
        return source
    import ibis

    sessions = source.table("sessions")
    if "started_on" not in sessions.columns:
        return _with_visits(source, sessions.filter(ibis.literal(False)))
    over: Any = sessions["started_on"] < cut
    if {"started_at", "session_seconds"} <= set(sessions.columns):
        seconds = sessions["session_seconds"].fill_null(0.0).ceil().cast("int64")
        ends = sessions["started_at"] + seconds.as_interval("s")
        over &= (ends < cut).fill_null(True)
    over = over.fill_null(False)
    is_doubtful = ~over & (sessions["started_on"] < cut).fill_null(True)
    doubtful = fetch(sessions.filter(is_doubtful, sessions[KEY].notnull()).select(KEY).limit(1))
    return source if doubtful.empty else _with_visits(source, sessions.filter(over))


def _with_visits(source: Source, sessions: Any) -> Source:
    """The source with other visits, not kept anywhere: what is computed from it is its own."""
    return replace(
        source, tables={**{name: source.table(name) for name in source.tables}, "sessions": sessions}, stored=None
    )
