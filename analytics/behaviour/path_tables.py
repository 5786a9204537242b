"""Paths counted on the engine that holds the clicks: the same numbers as in memory, for data of any size."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import numpy as np

from analytics.behaviour.paths import Transitions, Ways
from analytics.behaviour.sequences import Sequences, list_sequences
from analytics.behaviour.until import knows, last_click_day, sessions_before
from analytics.behaviour.walks import (
    FEWEST_SESSIONS,
    LONGEST_SEQUENCE,
    MOST_STATES,
    MOST_STEPS,
    NONE,
    OTHER,
    PURCHASE,
    STATES_BY,
    Array,
    States,
    Walks,
    check_by,
    choose_states,
    walk,
)
from analytics.errors import EmptyDataError, RequestError
from analytics.sources import Source, fetch
from analytics.text import say

_MOST_NAMES = 5_000_000
_MOST_WAYS = 20_000_000
_MOST_CLICKS = 200_000_000


def usual_by(source: Source) -> str:
    """What a state is unless chosen: the page, or where the data knows one page at most, the next that it knows more of."""
    known = [by for by in STATES_BY if names_of(source, by) > 1]
    return next((by for by in ("page", "category", "product", "event") if by in known), "page")


def names_of(source: Source, by: str) -> int:
    """How many names the clicks have for a state, counted up to 2."""
    events, column = source.table("events"), STATES_BY[check_by(by)]
    if column not in events.columns:
        return 0
    return len(fetch(events.filter(events[column].notnull()).select(column).distinct().limit(2)))


def sessions_to_keep(source: Source, as_of: date) -> Any | None:
    """The sessions that began before a day, as a table with `session`; None where all did."""
    return None if as_of > last_click_day(source) else sessions_before(source, as_of).select("session")


def states_of(source: Source, by: str, *, most: int = MOST_STATES) -> States:
    """The states of a dataset's clicks.

    Raises:
        RequestError: a state cannot be that.
        EmptyDataError: no click says it.
    """
    events = source.table("events")
    column = STATES_BY[check_by(by)]
    if column not in events.columns:
        raise _says_none(source, by)
    counted = fetch(events.group_by(name=events[column]).agg(clicks=events.count()), at_most=_MOST_NAMES)
    names = [None if name != name else name for name in counted["name"]]  # noqa: PLR0124 - a missing name differs from itself
    found = dict(zip(names, (int(clicks) for clicks in counted["clicks"]), strict=True))
    if not found.keys() - {None}:
        raise _says_none(source, by)
    return choose_states(found, by, most)


def _says_none(source: Source, by: str) -> EmptyDataError:
    return EmptyDataError(
        say(
            "No click of dataset '{name}' says its {by}. Choose another of {allowed}.",
            name=source.name,
            by=by,
            allowed=", ".join(STATES_BY),
        )
    )


def knows_purchases(source: Source) -> bool:
    """Whether anything says what was bought: a click has an event type."""
    return knows(source.table("events"), "event_type")


def load_walks(source: Source, states: States, *, merge: bool = True, sessions: Any | None = None) -> Walks:
    """Every session's steps, brought into memory as numbers: 7 bytes a click; `sessions` as for `transitions`."""
    clicks = _clicks(source, states, sessions).select("session", "position", "state", "purchase")
    frame = fetch(clicks, at_most=_MOST_CLICKS)
    session, position = frame["session"].to_numpy(), frame["position"].to_numpy()
    state, purchase = frame["state"].to_numpy(), frame["purchase"].to_numpy(dtype=bool)
    step = np.diff(session)
    if not ((step > 0) | ((step == 0) & (np.diff(position) > 0))).all():
        # Stored clicks are in order; to have the engine sort them again costs more than to look
        order = np.lexsort((position, session))
        session, state, purchase = session[order], state[order], purchase[order]
    visits = source.table("sessions")
    numbers = fetch(visits.agg(last=visits.session.max()))["last"].iloc[0]
    count = int(max(numbers, session[-1] if len(session) else -1)) + 1
    knows = knows_purchases(source)
    return walk(session, state, states, sessions=count, purchase=purchase if knows else None, merge=merge)


def transitions(source: Source, states: States, *, merge: bool = True, sessions: Any | None = None) -> Transitions:
    """From which state to which, over all clicks; `sessions` is a table with the `session`s to keep."""
    import ibis

    clicks = _clicks(source, states, sessions)
    following = clicks.state.lead().over(ibis.window(group_by="session", order_by="position"))
    moves = clicks.mutate(following=following).group_by("state", "following").agg(steps=ibis._.count())
    entered = clicks.filter(clicks.position == 1).group_by("state").agg(sessions=ibis._.count())
    size = len(states)
    counts, entries = np.zeros((size, size + 1), dtype=np.int64), np.zeros(size, dtype=np.int64)
    frame = fetch(moves)
    to = frame["following"].fillna(size).to_numpy(dtype=np.int64)
    counts[frame["state"].to_numpy(), to] = frame["steps"].to_numpy()
    first = fetch(entered)
    entries[first["state"].to_numpy()] = first["sessions"].to_numpy()
    if merge:  # a click in the state of the one before is the same step
        counts[np.arange(size), np.arange(size)] = 0
    return Transitions(states, int(entries.sum()), counts, entries)


def ways(
    source: Source, states: States, *, from_end: bool, merge: bool = True, sessions: Any | None = None
) -> tuple[Ways, Array]:
    """The different beginnings or ends of sessions, with how many sessions took each: what `paths.flows` draws."""
    import ibis

    steps = _numbered(_steps(source, states, merge=merge, sessions=sessions), from_end=from_end)
    near = steps.filter(steps.place < MOST_STEPS)
    each = near.group_by("session").agg(
        **{f"step_{place}": near.state.max(where=near.place == place) for place in range(MOST_STEPS)}
    )
    names = [f"step_{place}" for place in range(MOST_STEPS)]
    counted = fetch(each.group_by(names).agg(sessions=ibis._.count()).order_by(names), at_most=_MOST_WAYS)
    table = counted[names].fillna(-1).to_numpy(dtype=np.int16)
    return Ways(states, from_end, table, np.zeros(0, dtype=np.int32)), counted["sessions"].to_numpy()


def sequences(source: Source, states: States, *, merge: bool = True, sessions: Any | None = None) -> Sequences:
    """The most frequent sequences, up to each session's first purchase, with conversion and lift."""
    import ibis

    knows = knows_purchases(source)
    steps = _steps(source, states, merge=merge, sessions=sessions, until_purchase=True)
    clicks = _clicks(source, states, sessions)
    everyone = clicks.group_by("session").agg(bought=clicks.purchase.max())
    totals = fetch(everyone.agg(sessions=everyone.count(), bought=everyone.bought.cast("int64").sum())).iloc[0]
    in_turn = ibis.window(group_by="session", order_by="position")
    size = len(states)
    steps = steps.mutate(
        **{f"next_{n}": steps.state.lead(n).over(in_turn).cast("int64") for n in range(1, LONGEST_SEQUENCE)}
    )
    paths: list[tuple[int, ...]] = []
    contain: list[int] = []
    then: list[int] = []
    for length in range(2, LONGEST_SEQUENCE + 1):
        code = steps.state.cast("int64")
        for n in range(1, length):
            code = code * size + steps[f"next_{n}"]
        found = steps.select("session", "bought", code=code).filter(ibis._.code.notnull()).distinct()
        counted = found.group_by("code").agg(sessions=found.count(), bought=found.bought.cast("int64").sum())
        frame = fetch(counted.filter(counted.sessions >= FEWEST_SESSIONS))
        paths += [tuple(code // size**n % size for n in reversed(range(length))) for code in map(int, frame["code"])]
        contain += map(int, frame["sessions"])
        then += map(int, frame["bought"])
    return list_sequences(
        states,
        tuple(paths),
        np.array(contain, dtype=np.int64),
        np.array(then, dtype=np.int64) if knows else None,
        int(totals["sessions"]),
        int(totals["bought"] or 0) if knows else None,
    )


def walkers(
    source: Source,
    as_of: date,
    *,
    by: str,
    path: Sequence[str],
    at: str,
    step: int = 1,
    whole: bool = False,
    merge: bool = True,
    before_purchase: bool = False,
) -> Any:
    """The known customers with a session before `as_of` that walked a path. A pandas series of `customer_id`.

    Args:
        path: the names of states that follow each other.
        at: `start`, `end` or `anywhere` in the session.
        step: from the start, the step at which the path begins; from the end, the step at which it ends; 1 is the first or last.
        whole: from the start, whether the session left after the path; from the end, whether it came with it.
        before_purchase: whether only what lies before the session's first purchase counts.

    Raises:
        RequestError: a state of the path does not exist, or is a bundle of several.
    """
    import ibis

    states = states_of(source, by)
    for name in path:
        if name not in states.names or name == OTHER:
            shown = ", ".join(other for other in states.names if other != OTHER)
            raise RequestError(
                say("There is no {by} '{name}' in the paths. There is {names}.", by=by, name=name, names=shown)
            )
    codes = [states.code(name) for name in path]
    steps = _steps(source, states, merge=merge, until_purchase=before_purchase)
    steps = steps if at == "anywhere" else _numbered(steps, from_end=at == "end")
    in_turn = ibis.window(group_by="session", order_by="position")
    wanted = [steps.state == codes[0]]
    wanted += [steps.state.lead(n).over(in_turn) == code for n, code in enumerate(codes[1:], start=1)]
    if at != "anywhere":
        wanted.append(steps.place == (step - 1 if at == "start" else step + len(codes) - 2))
        if whole:
            beyond = steps.state.lead(len(codes)) if at == "start" else steps.state.lag()
            wanted.append(beyond.over(in_turn).isnull())
    met = steps.mutate(met=ibis.and_(*wanted))
    did = met.filter(met.met).select("session").distinct()
    visits = source.table("sessions")
    visits = visits.filter(visits.customer_id.notnull() & (visits.started_on.isnull() | (visits.started_on < as_of)))
    return fetch(visits.semi_join(did, "session").select("customer_id").distinct())["customer_id"]


def _clicks(source: Source, states: States, sessions: Any | None = None) -> Any:
    """The clicks as session, position, state (a number) and whether it is a purchase."""
    import ibis

    events = source.table("events")
    if sessions is not None:
        events = events.semi_join(sessions, "session")
    name = events[STATES_BY[states.by]].fill_null(NONE)
    named = [(known, place) for place, known in enumerate(states.names) if not (states.bundled and known == OTHER)]
    state = name.cases(*named, else_=len(states) - 1).cast("int16")
    knows = "event_type" in events.columns
    purchase = (events.event_type == PURCHASE).fill_null(False) if knows else ibis.literal(False)
    return events.select("session", "position", state=state, purchase=purchase)


def _steps(
    source: Source, states: States, *, merge: bool, sessions: Any | None = None, until_purchase: bool = False
) -> Any:
    """The clicks, or where repeats are merged, those that begin a step; with whether the session bought something."""
    import ibis

    clicks = _clicks(source, states, sessions)
    in_turn = ibis.window(group_by="session", order_by="position")
    if until_purchase:
        first = ibis.cases((clicks.purchase, clicks.position)).min().over(ibis.window(group_by="session"))
        clicks = clicks.mutate(bought=first.notnull(), before=first.isnull() | (clicks.position < first))
    if merge:
        previous = clicks.state.lag().over(in_turn)
        begun = clicks.mutate(begins=previous.isnull() | (previous != clicks.state))
        clicks = begun.filter(begun.begins)
    return clicks.filter(clicks.before) if until_purchase else clicks


def _numbered(steps: Any, *, from_end: bool) -> Any:
    """The steps with their `place` in the session, from its beginning or its end, counted from 0."""
    import ibis

    order = steps.position.desc() if from_end else steps.position
    return steps.mutate(place=ibis.row_number().over(ibis.window(group_by="session", order_by=order)))
