"""The ways of fifty million clicks, counted on the engine: transitions from page to page, with entries and exits."""

from __future__ import annotations

from typing import Any

from benchmarks import clicks
from benchmarks.clicks import EVENTS, NAME
from benchmarks.measure import Line, in_process

MOST_SECONDS = 15
RUNS = 3


def transitions() -> Any:
    """What `paths NAME` does first: the states, and from which to which."""
    from analytics.behaviour import path_tables
    from analytics.sources import open_source
    from benchmarks.shop import HOME

    source = open_source(NAME, home=HOME)
    return path_tables.transitions(source, path_tables.states_of(source, "page"))


def run() -> list[Line]:
    clicks.prepare()
    found = transitions()
    # Every click is a step that goes on or leaves, unless it repeats the one before
    assert found.visits.sum() <= EVENTS
    assert found.entries.sum() == found.exits.sum() == found.sessions
    taken = sorted((in_process("benchmarks.paths", "transitions") for _ in range(RUNS)), key=lambda one: one["seconds"])
    middle = taken[RUNS // 2]
    return [
        Line(
            f"transitions of {EVENTS:,} clicks",
            middle["seconds"],
            "s",
            most=MOST_SECONDS,
            remark=f"{found.sessions:,} visits, peak memory {middle['peak_mb']:,.0f} MB",
        )
    ]
