"""Which ways sessions take: transitions from state to state, and the first or last steps.

Everything is counted once for all sessions; a filter afterwards is a sum along lists of session numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from analytics.behaviour.walks import (
    MOST_STEPS,
    Array,
    Mask,
    States,
    Taken,
    Walks,
    group_sessions,
)
from analytics.errors import RequestError

MOST_NODES: Final = 5
"""States that one step of the flow picture names; the rest of the step is bundled."""
FEWEST_NODES: Final = 3
"""So many it names, however small they are."""
LEAST_NODE: Final = 0.02
"""A smaller share of the sessions is bundled into the rest of its step."""
FEWEST_STEPS: Final = 2


# Transitions


@dataclass(frozen=True, slots=True, eq=False)
class Transitions:
    """From which state to which, for some sessions."""

    states: States
    sessions: int
    counts: Array
    """Steps from a state (row) to a state (column); the last column is leaving. Shape (states, states + 1)."""
    entries: Array
    """Sessions that began in each state. Shape (states,)."""

    @property
    def visits(self) -> Array:
        """Steps in each state, which is what its row's shares are shares of. Shape (states,)."""
        total: Array = self.counts.sum(axis=1)
        return total

    @property
    def exits(self) -> Array:
        """Sessions that ended in each state. Shape (states,)."""
        last: Array = self.counts[:, -1]
        return last

    @property
    def shares(self) -> Array:
        """The share of a state's steps that led to each state or out; missing where nobody was. Shape as `counts`."""
        visits = self.visits[:, None]
        shares: Array = np.divide(self.counts, visits, out=np.full(self.counts.shape, np.nan), where=visits > 0)
        return shares


@dataclass(frozen=True, slots=True, eq=False)
class Steps:
    """The sessions behind each transition, so that any filter is a sum."""

    walks: Walks
    pairs: Array
    """from × (states + 1) + to, for each transition that anyone took."""
    taken: Taken
    """A session as often as it took the transition."""
    entry_states: Array
    entered: Taken

    def transitions(self, keep: Mask | None = None) -> Transitions:
        """The transitions of the sessions kept; None keeps all."""
        size = len(self.walks.states)
        counts = np.zeros(size * (size + 1), dtype=np.int64)
        counts[self.pairs] = self.taken.count(keep)
        entries = np.zeros(size, dtype=np.int64)
        entries[self.entry_states] = self.entered.count(keep)
        return Transitions(self.walks.states, self.walks.sessions(keep), counts.reshape(size, size + 1), entries)


def index_steps(walks: Walks) -> Steps:
    """The transitions of every session."""
    pairs, taken = group_sessions(pair_codes(walks), walks.session, once=False)
    first = walks.is_first
    states, entered = group_sessions(walks.state[first], walks.session[first], once=False)
    return Steps(walks, pairs, taken, states, entered)


def pair_codes(walks: Walks) -> Array:
    """from × (states + 1) + to for each step, where leaving is the state after the last. Shape (steps,), int32."""
    size = len(walks.states)
    following = np.full(len(walks.state), size, dtype=np.int32)
    goes_on = ~walks.is_last
    following[:-1][goes_on[:-1]] = walks.state[1:][goes_on[:-1]]
    codes: Array = walks.state.astype(np.int32) * (size + 1) + following
    return codes


# The first or last steps


@dataclass(frozen=True, slots=True, eq=False)
class Ways:
    """The different ways in which sessions begin or end, and which of them each session took."""

    states: States
    from_end: bool
    ways: Array
    """A way per row: its states step by step, away from the beginning or the end; −1 where there was no such step.
    Shape (ways, `MOST_STEPS`)."""
    way: Array
    """Each session's way, −1 for a number without clicks. Shape (session numbers,), int32."""

    def counted(self, keep: Mask | None = None) -> Array:
        """Sessions that took each way. Shape (ways,)."""
        chosen = self.way if keep is None else self.way[keep]
        return np.bincount(chosen + 1, minlength=len(self.ways) + 1)[1:]


@dataclass(frozen=True, slots=True)
class Node:
    """A state at one step. Its number is its place in `Flows.nodes`."""

    step: int
    """Counted from 0, from left to right."""
    state: int | None
    """None is the rest of the step, `GONE` those who had no such step: they left, or had not come yet."""
    sessions: int


GONE: Final = -1


@dataclass(frozen=True, slots=True)
class Flow:
    """Sessions that went from one node to another; nodes by number."""

    source: int
    target: int
    sessions: int


@dataclass(frozen=True, slots=True)
class Flows:
    """The first or last steps of some sessions. What flows into a node flows out of it again, except at the last step."""

    states: States
    from_end: bool
    steps: int
    sessions: int
    nodes: tuple[Node, ...]
    flows: tuple[Flow, ...]
    bundled: int
    """How many states are in the rest of some step."""


def index_ways(walks: Walks, *, from_end: bool) -> Ways:
    """How each session begins, or ends: its `MOST_STEPS` first or last steps."""
    size = len(walks.states)
    first, last = np.flatnonzero(walks.is_first), np.flatnonzero(walks.is_last)
    length = last - first + 1
    codes = np.zeros(len(first), dtype=np.int64)
    for place in range(MOST_STEPS):
        at = last - place if from_end else first + place
        there = length > place
        state = np.where(there, walks.state[np.where(there, at, 0)] if len(walks.state) else 0, size)
        codes = codes * (size + 1) + state
    different, number = np.unique(codes, return_inverse=True)
    ways = np.empty((len(different), MOST_STEPS), dtype=np.int16)
    for place in range(MOST_STEPS - 1, -1, -1):
        different, ways[:, place] = np.divmod(different, size + 1)
    ways[ways == size] = GONE
    way = np.full(len(walks.present), -1, dtype=np.int32)
    way[walks.session[first]] = number
    return Ways(walks.states, from_end, ways, way)


def flows(ways: Ways, steps: int, keep: Mask | None = None, *, counted: Array | None = None) -> Flows:
    """The picture of the first or last `steps` steps: who was where, and who went where next.

    A step names its largest states: five at most, and from the fourth on those with 2 % of the sessions; the rest of it is one
    node. From the start, those who leave go to a node of the next step; from the end, those who come later begin in one.

    Raises:
        RequestError: that number of steps is not possible.
    """
    check_steps(steps)
    size = len(ways.states)
    weights = ways.counted(keep) if counted is None else counted
    used = np.flatnonzero(weights)
    weights, table = weights[used], ways.ways[used, :steps]
    total = int(weights.sum())
    columns = table[:, ::-1] if ways.from_end else table
    nodes: list[Node] = []
    numbers = np.full((steps, size + 2), -1, dtype=np.int64)  # step, state → node; then the rest, then GONE
    bundled: set[int] = set()
    for step in range(steps):
        column = columns[:, step]
        sessions = np.bincount(column[column != GONE], weights[column != GONE], size).astype(np.int64)
        named, rest = _named(sessions, total, ways.states)
        for state in named:
            numbers[step, state] = len(nodes)
            nodes.append(Node(step, int(state), int(sessions[state])))
        if len(rest):
            bundled |= {int(state) for state in rest}
            numbers[step, rest] = len(nodes)
            nodes.append(Node(step, None, int(sessions[rest].sum())))
        gone = _gone(columns, weights, step, from_end=ways.from_end)
        if gone:
            numbers[step, GONE] = len(nodes)
            nodes.append(Node(step, GONE, gone))
    found = []
    for step in range(steps - 1):
        source, target = numbers[step, columns[:, step]], numbers[step + 1, columns[:, step + 1]]
        # Both without a step: long gone, or not there yet
        real = (source >= 0) & (target >= 0) & ~((columns[:, step] == GONE) & (columns[:, step + 1] == GONE))
        joined = np.bincount(source[real] * len(nodes) + target[real], weights[real])
        found += [
            Flow(int(pair // len(nodes)), int(pair % len(nodes)), int(joined[pair])) for pair in np.flatnonzero(joined)
        ]
    return Flows(ways.states, ways.from_end, steps, total, tuple(nodes), tuple(found), len(bundled))


def check_steps(steps: int) -> int:
    """A number of steps, if it is possible.

    Raises:
        RequestError: it is not.
    """
    if not FEWEST_STEPS <= steps <= MOST_STEPS:
        raise RequestError(f"'{steps}' is not possible for steps. Use {FEWEST_STEPS} to {MOST_STEPS}.")
    return steps


def _named(sessions: Array, total: int, states: States) -> tuple[Array, Array]:
    """The states that a step names, largest first, and those that it bundles."""
    order = np.argsort(-sessions, kind="stable")
    order = order[sessions[order] > 0]
    is_other = (order == len(states) - 1) & (states.bundled > 0)
    rank = np.arange(len(order))
    large = (rank < MOST_NODES) & ((sessions[order] >= LEAST_NODE * total) | (rank < FEWEST_NODES)) & ~is_other
    if np.count_nonzero(~large & ~is_other) == 1 and not is_other.any():
        large[:] = True  # to bundle one state alone would only hide its name
    return order[large], order[~large]


def _gone(columns: Array, weights: Array, step: int, *, from_end: bool) -> int:
    """Those who left right before this step, or who come at the next."""
    neighbour = step + 1 if from_end else step - 1
    if not 0 <= neighbour < columns.shape[1]:
        return 0
    return int(weights[(columns[:, step] == GONE) & (columns[:, neighbour] != GONE)].sum())
