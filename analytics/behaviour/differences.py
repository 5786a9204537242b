"""Two groups of sessions side by side: which shares differ, by how much, and which differences chance does not explain.

Each share is of sessions and not of clicks, because the clicks of one session are not independent of each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from analytics.behaviour.paths import pair_codes
from analytics.behaviour.sequences import LEAST_SUPPORT, Grams, through_bundle
from analytics.behaviour.walks import FEWEST_SESSIONS, Array, Mask, States, Taken, Walks, group_sessions

FALSE_DISCOVERIES: Final = 0.05
"""Of the differences called significant, the share that may be chance, on average."""
_FEWEST_EXPECTED: Final = 5
"""Below so many expected sessions the normal approximation does not hold (Cochran 1954): no test."""


@dataclass(frozen=True, slots=True)
class Difference:
    """What a share is in A and in B."""

    path: tuple[int, ...]
    """States by number; for a step, the state after the last is leaving."""
    a: int
    a_of: int
    b: int
    b_of: int
    share_a: float | None
    share_b: float | None
    difference: float | None
    """A − B; times 100 it is percentage points."""
    p: float | None
    """Two-proportion z-test, pooled, two-sided; None where there are too few sessions for it."""
    q: float | None
    """p adjusted for all that is shown (Benjamini & Hochberg 1995)."""

    @property
    def is_significant(self) -> bool:
        return self.q is not None and self.q <= FALSE_DISCOVERIES


@dataclass(frozen=True, slots=True)
class Differences:
    """Every difference that is shown, largest first."""

    states: States
    sessions_a: int
    sessions_b: int
    found: tuple[Difference, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Moves:
    """The sessions that made each transition once or more, and those that were in each state."""

    walks: Walks
    pairs: Array
    moved: Taken
    been: Array
    visited: Taken

    def counted(self, keep: Mask | None = None) -> tuple[Array, Array]:
        """Sessions with each transition, shape (states, states + 1), and sessions in each state, shape (states,)."""
        size = len(self.walks.states)
        moved, visited = np.zeros(size * (size + 1), dtype=np.int64), np.zeros(size, dtype=np.int64)
        moved[self.pairs] = self.moved.count(keep)
        visited[self.been] = self.visited.count(keep)
        return moved.reshape(size, size + 1), visited


def index_moves(walks: Walks) -> Moves:
    """The transitions and states of every session, each once."""
    pairs, moved = group_sessions(pair_codes(walks), walks.session, once=True)
    been, visited = group_sessions(walks.state, walks.session, once=True)
    return Moves(walks, pairs, moved, been, visited)


def step_differences(moves: Moves, a: Mask, b: Mask) -> Differences:
    """Of the sessions that were in a state, the share that went directly to another, or left: A against B."""
    (moved_a, been_a), (moved_b, been_b) = moves.counted(a), moves.counted(b)
    walks = moves.walks
    sessions_a, sessions_b = walks.sessions(a), walks.sessions(b)
    rows, columns = np.nonzero(_enough(moved_a, moved_b, sessions_a, sessions_b))
    paths = [(int(row), int(column)) for row, column in zip(rows, columns, strict=True)]
    found = differences(paths, moved_a[rows, columns], been_a[rows], moved_b[rows, columns], been_b[rows])
    return Differences(walks.states, sessions_a, sessions_b, found)


def sequence_differences(grams: Grams, a: Mask, b: Mask, *, most: int = 40) -> Differences:
    """The share of sessions that contain a sequence: A against B; the sequences that most sessions of the two contain."""
    walks = grams.walks
    (in_a, _), (in_b, _) = grams.counted(a), grams.counted(b)
    sessions_a, sessions_b = walks.sessions(a), walks.sessions(b)
    frequent = np.flatnonzero(_enough(in_a, in_b, sessions_a, sessions_b))
    places = np.array([n for n in frequent if not through_bundle(grams.paths[n], walks.states)], dtype=np.int64)
    places = places[np.argsort(-(in_a + in_b)[places], kind="stable")][:most]
    of_a, of_b = np.full(len(places), sessions_a), np.full(len(places), sessions_b)
    found = differences([grams.paths[place] for place in places], in_a[places], of_a, in_b[places], of_b)
    return Differences(walks.states, sessions_a, sessions_b, found)


def _enough(a: Array, b: Array, sessions_a: int, sessions_b: int) -> Mask:
    """What is frequent enough in A and B together to be shown: the rule that sequences have."""
    enough: Mask = a + b >= max(LEAST_SUPPORT * (sessions_a + sessions_b), FEWEST_SESSIONS)
    return enough


def differences(
    paths: Sequence[tuple[int, ...]], a: Array, a_of: Array, b: Array, b_of: Array
) -> tuple[Difference, ...]:
    """Shares of two groups compared, the largest difference first; those that cannot be compared last.

    Args:
        a, b: sessions with each path. Shape (paths,).
        a_of, b_of: sessions that could have it. Shape (paths,).
    """
    from scipy.special import ndtr

    a, a_of, b, b_of = (np.asarray(values, dtype=float) for values in (a, a_of, b, b_of))
    with np.errstate(divide="ignore", invalid="ignore"):
        share_a, share_b = a / a_of, b / b_of
        pooled = (a + b) / (a_of + b_of)
        error = np.sqrt(pooled * (1 - pooled) * (1 / a_of + 1 / b_of))
        z = (share_a - share_b) / error
    expected = np.minimum(np.minimum(a_of, b_of) * pooled, np.minimum(a_of, b_of) * (1 - pooled))
    p = np.where(expected >= _FEWEST_EXPECTED, 2 * ndtr(-np.abs(z)), np.nan)
    q = benjamini_hochberg(p)
    gap = share_a - share_b
    order = sorted(range(len(paths)), key=lambda i: (np.isnan(gap[i]), -abs(np.nan_to_num(gap[i])), paths[i]))

    def known(value: float) -> float | None:
        return None if np.isnan(value) else float(value)

    return tuple(
        Difference(
            paths[i], int(a[i]), int(a_of[i]), int(b[i]), int(b_of[i]),
            known(share_a[i]), known(share_b[i]), known(gap[i]), known(p[i]), known(q[i]),
        )
        for i in order
    )  # fmt: skip


def benjamini_hochberg(p: Array) -> Array:
    """p-values adjusted so that calling those up to x significant makes at most a share x of the calls false, on average.

    Benjamini & Hochberg (1995), step-up. Missing p-values are not tests and stay missing. Shape as `p`.
    """
    adjusted = np.full(len(p), np.nan)
    tested = np.flatnonzero(~np.isnan(p))
    if len(tested):
        order = tested[np.argsort(p[tested], kind="stable")]
        scaled = p[order] * len(order) / np.arange(1, len(order) + 1)
        adjusted[order] = np.minimum(np.minimum.accumulate(scaled[::-1])[::-1], 1.0)
    return adjusted
