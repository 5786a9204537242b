"""Every session as a walk from state to state, and who took which step: what the study of paths counts in.

A state is what a click was on: its page, category, kind of event or product. The states with the most clicks keep their name,
the rest are bundled as one. Whoever counts, in memory or on an engine, asks here which state a click is in.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from analytics.errors import RequestError

Array = np.ndarray[Any, Any]
Mask = np.ndarray[Any, np.dtype[np.bool_]]

STATES_BY: Final = {"page": "page", "category": "category", "event": "event_type", "product": "product_id"}
"""What a state can be → the column of `events` that says it."""
MOST_STATES: Final = 12
"""More states than this cannot be read in a chart: the smaller ones are bundled."""
OTHER: Final = "(other)"
NONE: Final = "(none)"
LONGEST_SEQUENCE: Final = 5
MOST_STEPS: Final = 6
FEWEST_SESSIONS: Final = 10
"""A sequence that fewer sessions contain is an anecdote."""
PURCHASE: Final = "purchase"


@dataclass(frozen=True, slots=True)
class States:
    """What a click can be on, by clicks, largest first; the bundled rest is last."""

    by: str
    names: tuple[str, ...]
    bundled: int = 0
    """How many states the last one, `OTHER`, stands for; 0 where none were bundled."""

    def __len__(self) -> int:
        return len(self.names)

    def code(self, name: str | None) -> int:
        """The number of a state, counted from 0; of a name that was bundled, the rest's."""
        said = NONE if name is None else name
        return self.names.index(said) if said in self.names else len(self.names) - 1


def check_by(by: str) -> str:
    """What a state is, if that is possible.

    Raises:
        RequestError: it is not.
    """
    if by not in STATES_BY:
        raise RequestError(f"'{by}' is not possible for by. Allowed: {', '.join(STATES_BY)}.")
    return by


def choose_states(clicks: Mapping[str | None, int], by: str, most: int = MOST_STATES) -> States:
    """The states of a dataset: the `most` names with the most clicks, ties by name; None is a click without one.

    One more than `most` is shown too: to bundle a single state would hide its name and save nothing.
    """
    counted = {NONE if name is None else name: count for name, count in clicks.items() if count > 0}
    ordered = sorted(counted, key=lambda name: (-counted[name], name))
    if len(ordered) <= most + 1:
        return States(by, tuple(ordered))
    return States(by, (*ordered[:most], OTHER), len(ordered) - most)


@dataclass(frozen=True, slots=True, eq=False)
class Taken:
    """Which sessions did each of many things: a list of session numbers per thing, one after another."""

    starts: Array
    """Where each thing's sessions begin. Shape (things,)."""
    sessions: Array
    """Session numbers, grouped by thing. Shape (taken,), int32."""

    def count(self, keep: Mask | None = None) -> Array:
        """How often each thing was done in the sessions kept. Shape (things,), int64."""
        if not len(self.starts):
            return np.zeros(0, dtype=np.int64)
        if keep is None:
            return np.diff(np.append(self.starts, len(self.sessions)))
        # Nothing is sorted or copied for a filter: one look-up and one sum along the lists.
        found: Array = np.add.reduceat(np.take(keep.view(np.int8), self.sessions), self.starts, dtype=np.int64)
        return found

    def of(self, thing: int) -> Array:
        """The sessions that did one thing."""
        end = self.starts[thing + 1] if thing + 1 < len(self.starts) else len(self.sessions)
        found: Array = self.sessions[self.starts[thing] : end]
        return found


@dataclass(frozen=True, slots=True, eq=False)
class Walks:
    """The steps of every session, in order: parallel arrays of shape (steps,), by session.

    A step is a click, or a run of clicks in the same state where repeats are merged.
    """

    states: States
    session: Array
    """The session's number, int32, not falling."""
    state: Array
    """The step's state, int16."""
    before_purchase: Mask | None
    """Whether the step began before the session's first purchase; None where nothing says what was bought."""
    bought: Mask | None
    """Whether each session bought something. Shape (session numbers,); None where nothing says so."""
    present: Mask
    """Which session numbers have a step. Shape (session numbers,)."""
    merged: bool

    @property
    def is_first(self) -> Mask:
        """Whether a step is its session's first."""
        return _changes(self.session)

    @property
    def is_last(self) -> Mask:
        """Whether a step is its session's last."""
        return np.append(self.session[1:] != self.session[:-1], True) if len(self.session) else np.zeros(0, dtype=bool)

    def sessions(self, keep: Mask | None = None) -> int:
        """How many sessions there are, or are kept."""
        return int(np.count_nonzero(self.present if keep is None else self.present & keep))


def walk(
    session: Array,
    state: Array,
    states: States,
    *,
    sessions: int,
    purchase: Mask | None = None,
    merge: bool = True,
) -> Walks:
    """Every session's steps, from its clicks.

    Args:
        session: each click's session number; clicks are by session and in order. Shape (clicks,).
        state: each click's place in `states`. Shape (clicks,).
        sessions: how many session numbers there are.
        purchase: which clicks bought something; None where nothing says so.
        merge: whether clicks in a row that are in the same state are one step.
    """
    session = np.asarray(session, dtype=np.int32)
    state = np.asarray(state, dtype=np.int16)
    present = np.zeros(sessions, dtype=bool)
    present[session] = True
    before = bought = None
    if purchase is not None:
        bought = np.zeros(sessions, dtype=bool)
        bought[session[purchase]] = True
        before = _before_first(session, purchase)
    if merge:
        step = _changes(session)
        step[1:] |= state[1:] != state[:-1]
        session, state = session[step], state[step]
        before = None if before is None else before[step]
    return Walks(states, session, state, before, bought, present, merge)


def group_sessions(thing: Array, session: Array, *, once: bool) -> tuple[Array, Taken]:
    """The things that anyone did, ascending, and the sessions that did them.

    Args:
        thing: what was done, as a number from 0. Shape (acts,).
        session: in which session. Shape (acts,).
        once: whether a session counts once for a thing, however often it did it.
    """
    if not len(thing):
        return np.zeros(0, dtype=np.int64), Taken(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int32))
    width = int(session.max()) + 1
    keys = np.sort(thing.astype(np.int64) * width + session)
    if once:
        keys = keys[_changes(keys)]
    thing_of = keys // width
    starts = np.flatnonzero(_changes(thing_of))
    return thing_of[starts], Taken(starts, (keys - thing_of * width).astype(np.int32))


def _changes(values: Array) -> Mask:
    """Whether each value differs from the one before it; the first does."""
    changed = np.ones(len(values), dtype=bool)
    np.not_equal(values[1:], values[:-1], out=changed[1:])
    return changed


def _before_first(session: Array, purchase: Mask) -> Mask:
    """Whether each click lies before its session's first purchase."""
    if not len(session):
        return np.zeros(0, dtype=bool)
    so_far = np.cumsum(purchase, dtype=np.int32)
    starts = np.flatnonzero(_changes(session))
    at_start = so_far[starts] - purchase[starts]
    before: Mask = so_far == np.repeat(at_start, np.diff(np.append(starts, len(session))))
    return before


def sequence_name(codes: Sequence[int], states: States) -> tuple[str, ...]:
    """A path as names."""
    return tuple(states.names[code] for code in codes)
