"""A funnel of five steps over fifty million clicks: of sessions, and of visitors within a week."""

from __future__ import annotations

from dataclasses import replace

from benchmarks import clicks
from benchmarks.clicks import EVENTS, NAME
from benchmarks.measure import Line, in_process

STEPS = ("page:home", "page:category", "page:product", "event:cart", "event:purchase")
MOST_SECONDS = 15
RUNS = 3


def reached(within: str) -> list[int]:
    """What `funnel NAME --steps … --within …` does where nobody has asked it before."""
    from analytics.behaviour.funnels import summarise
    from analytics.behaviour.reaching import find_funnel
    from analytics.behaviour.steps import read_steps
    from analytics.sources import open_source
    from benchmarks.shop import HOME

    source = open_source(NAME, home=HOME)
    steps = read_steps(STEPS, source)
    # Without the folder beside the version, from which a result that was found before would be read
    return [step.reached for step in summarise(find_funnel(replace(source, stored=None), steps, within))]


def run() -> list[Line]:
    clicks.prepare()
    lines = []
    for within, unit, most in (("", "sessions", MOST_SECONDS), ("7d", "visitors within 7 days", None)):
        counts = reached(within)
        assert counts == sorted(counts, reverse=True)
        taken = sorted(
            (in_process("benchmarks.funnels", "reached", within) for _ in range(RUNS)), key=lambda one: one["seconds"]
        )
        middle = taken[RUNS // 2]
        lines.append(
            Line(
                f"{len(STEPS)} steps of {EVENTS:,} clicks, {unit}",
                middle["seconds"],
                "s",
                most=most,
                remark=f"{counts[0]:,} begin, {counts[-1]:,} end, peak memory {middle['peak_mb']:,.0f} MB",
            )
        )
    return lines
