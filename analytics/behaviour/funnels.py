"""Funnels: how far sessions, or visitors within some time, come along steps in their order, and who is lost at which.

A click serves one step, and each step is strictly later in the click order than the one before. A session comes as far as
any chain of its clicks does. Within a time, the unit is the visitor: the whole chain lies, across sessions, no longer after
its own first click than that time; exactly that long after still counts.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from analytics.behaviour.steps import Step
from analytics.errors import RequestError
from analytics.matching import Mask
from analytics.text import say

Array = np.ndarray[Any, Any]
Report = Callable[[float, str], None]

NOT_COUNTED: Final = -1
"""In `Funnel.deepest`: the session is after the as-of date, or its visitor is counted under another session."""
LONGEST_DAYS: Final = 3650
_SECONDS: Final = {"m": 60, "h": 3600, "d": 86_400}
_WITHIN: Final = re.compile(r"([1-9]\d{0,7})([mhd])")


@dataclass(frozen=True, slots=True)
class Funnel:
    """How far each unit came; arrays by session number, so that any filter is a sum."""

    steps: tuple[Step, ...]
    within: str
    """`30m`, `2h`, `7d`; empty is within the session."""
    deepest: Array
    """The last step reached, counted from 1; 0 is not even the first, `NOT_COUNTED` no unit. Shape (session numbers,), int8."""
    waits: tuple[tuple[Array, Array], ...]
    """For each step after the first: the units that reached it, and their seconds since the one before. Empty without a clock."""

    @property
    def unit(self) -> str:
        """What is counted: `sessions`, or `visitors` where there is a time limit."""
        return "visitors" if self.within else "sessions"


@dataclass(frozen=True, slots=True)
class StepCount:
    """One step of a funnel, counted."""

    step: Step
    reached: int
    share: float | None
    """Of those who reached the first step; None where nobody did."""
    of_previous: float | None
    """Of those who reached the step before; None for the first."""
    lost: int
    """Reached the step before and not this one; 0 for the first."""
    median_seconds: float | None
    """Typical time since the step before; None for the first, without a clock, and where nobody got here."""


def read_within(text: str | None) -> str:
    """The window as it is kept: `30m`, `2h`, `7d`; empty is the session.

    Raises:
        RequestError: it is not one.
    """
    if not text:
        return ""
    told = _WITHIN.fullmatch(text.strip().casefold())
    if told is None or int(told[1]) * _SECONDS[told[2]] > LONGEST_DAYS * _SECONDS["d"]:
        raise RequestError(
            say(
                "'{text}' is not possible for within. Write minutes, hours or days, for example 30m, 2h or 7d; at most {days}d.",
                text=text,
                days=LONGEST_DAYS,
            )
        )
    return told[0]


def within_seconds(within: str) -> int:
    """How long a window other than the session is."""
    return int(within[:-1]) * _SECONDS[within[-1]]


def within_sentence(within: str) -> str:
    """The window in words."""
    if not within:
        return say("within one visit")
    number, unit = int(within[:-1]), within[-1]
    sentences = {
        "m": ("within one minute", "within {n} minutes"),
        "h": ("within one hour", "within {n} hours"),
        "d": ("within one day", "within {n} days"),
    }
    one, many = sentences[unit]
    return say(one) if number == 1 else say(many, n=f"{number:,}")


def summarise(funnel: Funnel, keep: Mask | None = None) -> tuple[StepCount, ...]:
    """Every step counted, of the units that a filter keeps; `keep` is by session number."""
    return tuple(_counted(funnel, _reached(_depths(funnel, keep), len(funnel.steps)), keep))


def summarise_groups(funnel: Funnel, codes: Array, groups: int, keep: Mask | None = None) -> Array:
    """How many of each group reached each step: shape (groups, steps).

    `codes` is each session's group, below 0 for none. Shape (session numbers,).
    """
    depth = len(funnel.steps)
    chosen = (funnel.deepest >= 0) & (codes >= 0)
    if keep is not None:
        chosen &= keep
    cells = codes[chosen].astype(np.int64) * (depth + 1) + funnel.deepest[chosen]
    exactly = np.bincount(cells, minlength=groups * (depth + 1)).reshape(groups, depth + 1)
    reached: Array = exactly[:, ::-1].cumsum(axis=1)[:, ::-1][:, 1:]
    return reached


def units_counted(funnel: Funnel, keep: Mask | None = None) -> int:
    """How many sessions or visitors there are, whether or not they took a step."""
    return int(_depths(funnel, keep).sum())


def furthest_known(funnel: Funnel, places: Array, customers: Array, count: int) -> Array:
    """The last step that each of `count` customers reached in any session, or in the time; `NOT_COUNTED` for those never seen.

    Args:
        places: the session numbers under which customers are counted. Shape (pairs,).
        customers: whose each is, a number below `count`. Shape (pairs,).

    Returns:
        Shape (count,), int8: who came to step 3 and no further was lost at step 4.
    """
    furthest = np.full(count, NOT_COUNTED, dtype=np.int8)
    np.maximum.at(furthest, customers, funnel.deepest[places])
    return furthest


def _depths(funnel: Funnel, keep: Mask | None) -> Array:
    """How many units came to each step and no further; shape (steps + 1,)."""
    deepest = funnel.deepest if keep is None else funnel.deepest[keep]
    # Counted from 0 in one pass: no copy without the sessions that are no unit
    return np.bincount(deepest.view(np.uint8) + np.uint8(1), minlength=len(funnel.steps) + 2)[1:]


def _reached(exactly: Array, depth: int) -> list[int]:
    return [int(exactly[place:].sum()) for place in range(1, depth + 1)]


def _counted(funnel: Funnel, reached: list[int], keep: Mask | None) -> Iterator[StepCount]:
    for place, (step, count) in enumerate(zip(funnel.steps, reached, strict=True)):
        before = reached[place - 1] if place else count
        yield StepCount(
            step,
            count,
            count / reached[0] if reached[0] else None,
            count / before if place and before else None,
            before - count,
            _median(funnel.waits[place - 1], keep) if place and funnel.waits else None,
        )


def _median(waits: tuple[Array, Array], keep: Mask | None) -> float | None:
    units, seconds = waits
    chosen = seconds if keep is None else seconds[keep[units]]
    return float(np.median(chosen)) if len(chosen) else None
