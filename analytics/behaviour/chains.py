"""Chains of clicks within a time, in memory: how far along the steps each visitor's clicks come, exactly.

The earliest first step is not always the right one to start from: with clicks a (day 0), a (day 5), b (day 8) and three
days' time, the second a leads to b and the first does not. So for each click that can be step k, the *latest* start of a chain to
it is followed: if that one is too long ago, every other one is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np

Array = np.ndarray[Any, Any]

_NONE: Final = -1
MICROSECONDS: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Followed:
    """How far each unit came."""

    units: Array
    """The units that had a click. Shape (units,)."""
    deepest: Array
    """The last step that each reached, counted from 1; 0 for none. Shape (units,), int8."""
    waits: tuple[tuple[Array, Array], ...]
    """For each step after the first: the units that reached it, and their seconds since the step before."""


def follow(units: Array, at: Array, met: Array, depth: int, limit: int) -> Followed:
    """The deepest step of each unit within `limit` microseconds of the chain's first click.

    Args:
        units: whose click each is; clicks of one are together, in the click order. Shape (clicks,).
        at: when, in microseconds, not falling within a unit. Shape (clicks,).
        met: which steps each click can be: bit 0 is the first. Shape (clicks,).
        depth: how many steps there are.
        limit: how long a chain may last; exactly that long is allowed.
    """
    count = len(units)
    if not count:
        nobody = (np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.float32))
        return Followed(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int8), (nobody,) * (depth - 1))
    is_first = np.ones(count, dtype=bool)
    np.not_equal(units[1:], units[:-1], out=is_first[1:])
    firsts = np.flatnonzero(is_first)
    begins = np.repeat(firsts, np.diff(np.append(firsts, count)))
    clicks = np.arange(count)

    # The click from which the latest chain to this click starts, step by step; and the furthest step that it ends
    start = np.where(met & 1 != 0, clicks, _NONE)
    furthest = (start >= 0).astype(np.int8)
    start_of_furthest = start
    for step in range(1, depth):
        latest = np.empty_like(start)
        latest[0] = _NONE
        np.maximum.accumulate(start[:-1], out=latest[1:])
        holds = (met >> step & 1 != 0) & (latest >= begins)  # an earlier index is another unit's
        holds &= at - at[np.maximum(latest, 0)] <= limit
        start = np.where(holds, latest, _NONE)
        furthest[holds] = step + 1
        start_of_furthest = np.where(holds, latest, start_of_furthest)

    deepest = np.maximum.reduceat(furthest, firsts)
    ends = np.flatnonzero((furthest > 0) & (furthest == np.repeat(deepest, np.diff(np.append(firsts, count)))))
    # Of each unit, the first click that comes that far: from its start, the earliest next clicks lead there in time
    ended, first_end = np.unique(begins[ends], return_index=True)
    chain = start_of_furthest[ends[first_end]]
    reached = deepest[np.searchsorted(firsts, ended)]
    return Followed(units[firsts], deepest, tuple(_waits(units, at, met, chain, reached, depth)))


def _waits(units: Array, at: Array, met: Array, chain: Array, reached: Array, depth: int) -> list[tuple[Array, Array]]:
    """Seconds from step to step along the earliest clicks after each chain's start."""
    found = []
    for step in range(1, depth):
        goes_on = reached > step
        chain, reached = chain[goes_on], reached[goes_on]
        can_be = np.flatnonzero(met >> step & 1)
        following = can_be[np.searchsorted(can_be, chain, side="right")] if len(chain) else chain
        found.append((units[following], ((at[following] - at[chain]) / MICROSECONDS).astype(np.float32)))
        chain = following
    return found
