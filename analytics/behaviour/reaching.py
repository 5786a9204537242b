"""How far sessions and visitors come along a funnel's steps: found on the engine, and kept beside the version."""

from __future__ import annotations

import contextlib
import hashlib
import io
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from analytics.behaviour import chains
from analytics.behaviour.funnels import NOT_COUNTED, Funnel, read_within, within_seconds
from analytics.behaviour.steps import Step, check_count
from analytics.behaviour.until import clicks_before, has_clock, knows, last_click_day, sessions_before
from analytics.calendar import microseconds_between
from analytics.customers import resolve_as_of
from analytics.datasets import Version
from analytics.digest import code_digest
from analytics.errors import RequestError
from analytics.sources import Source, fetch
from analytics.text import say

Array = np.ndarray[Any, Any]
Report = Callable[[float, str], None]

_PART_CLICKS: Final = 5_000_000
"""Clicks of visitors that are studied at a time: some 300 MB."""


def find_funnel(
    source: Source,
    wanted: Sequence[Step],
    within: str = "",
    *,
    as_of: date | None = None,
    report: Report | None = None,
) -> Funnel:
    """How far every session, or every visitor within a time, came along the steps; kept beside a stored version.

    Args:
        wanted: 2 to 20 steps, from `read_steps`.
        within: as `read_within` gives it; anything but the session needs a clock and visitors.
        as_of: only clicks before this day count.

    Raises:
        NotFoundError: the dataset has no clicks.
        RequestError: there are too few or too many steps, or the window needs what the clicks do not have.
    """
    check_count(len(wanted))
    within = read_within(within)
    day = resolve_as_of(source, as_of)
    if source.stored is not None and (kept := _kept(source.stored, tuple(wanted), within, day)) is not None:
        return kept
    events = clicks_before(source, day)
    if within:
        _check_window(source, events)
        found = _of_visitors(source, events, tuple(wanted), within, day, report)
    else:
        found = _of_sessions(source, events, tuple(wanted), day, report)
    if source.stored is not None:
        source.stored.keep(_file(found.steps, within, day), _to_parquet(found))
    return found


def is_kept(stored: Version, wanted: Sequence[Step], within: str, as_of: date) -> bool:
    """Whether the funnel was found before and is beside the version."""
    return stored.cache_path(_file(wanted, within, as_of)).is_file()


def _kept(stored: Version, wanted: tuple[Step, ...], within: str, as_of: date) -> Funnel | None:
    if is_kept(stored, wanted, within, as_of):
        with contextlib.suppress(OSError, pa.ArrowInvalid, KeyError):  # a damaged file is as good as none
            return _from_parquet(stored.cache_path(_file(wanted, within, as_of)).read_bytes(), wanted, within)
    return None


def _check_window(source: Source, events: Any) -> None:
    if not has_clock(events):
        raise RequestError(
            say(
                "The clicks of '{name}' have no clock time, so no time can be asked for. Leave within out: the session counts.",
                name=source.name,
            )
        )
    if not knows(events, "visitor_id"):
        raise RequestError(
            say(
                "The clicks of '{name}' do not say whose they are, so visits cannot be joined. "
                "Leave within out: the session counts.",
                name=source.name,
            )
        )


def _of_sessions(source: Source, events: Any, wanted: tuple[Step, ...], day: date, report: Report | None) -> Funnel:
    """The earliest click of each step after the earliest of the step before: no chain of a session comes further."""
    deepest = _nobody(source, day)
    is_timed = has_clock(events)
    columns = ["session", "position", *(["occurred_at"] if is_timed else [])]
    waits: list[tuple[Array, Array]] = []
    before: Any = None
    for place, step in enumerate(wanted, start=1):
        _tell(report, place - 1, len(wanted), step)
        rows = events.filter(step.met(events)).select(columns)
        if before is not None:
            after = before.select("session", after_position="position", **_renamed(is_timed))
            rows = rows.join(after, "session")
            rows = rows.filter(rows["position"] > rows["after_position"])
        reached = rows.group_by("session").agg(
            **({"occurred_at": rows["occurred_at"].argmin(rows["position"])} if is_timed else {}),
            **({"after_at": rows["after_at"].min()} if is_timed and before is not None else {}),
            position=rows["position"].min(),
        )
        before = reached.cache()  # each step is asked for twice: by the next one, and here
        wait = _seconds(before) if is_timed and place > 1 else {}
        frame = fetch(before.select("session", **wait), at_most=None)
        units = frame["session"].to_numpy()
        deepest[units] = place
        if wait:
            waits.append((units.astype(np.int32), frame["seconds"].to_numpy(dtype=np.float32)))
        if frame.empty:
            break
    return Funnel(wanted, "", deepest, _filled(waits, wanted) if is_timed else ())


def _renamed(is_timed: bool) -> dict[str, str]:
    return {"after_at": "occurred_at"} if is_timed else {}


def _seconds(reached: Any) -> dict[str, Any]:
    return {"seconds": microseconds_between(reached["after_at"], reached["occurred_at"]) / 1e6}


def _nobody(source: Source, day: date) -> Array:
    """Nobody at any step yet: 0 for each session, `NOT_COUNTED` for those that began on the as-of date or later."""
    sessions = source.table("sessions")
    last = fetch(sessions.agg(last=sessions["session"].max()))["last"].iloc[0]
    deepest = np.zeros(0 if pd.isna(last) else int(last) + 1, dtype=np.int8)
    if day <= last_click_day(source):
        later = fetch(sessions.filter(sessions["started_on"] >= day).select("session"), at_most=None)
        deepest[later["session"].to_numpy()] = NOT_COUNTED
    return deepest


def _filled(waits: list[tuple[Array, Array]], wanted: tuple[Step, ...]) -> tuple[tuple[Array, Array], ...]:
    """The waits of all steps: nobody waited for those that nobody reached."""
    nobody = (np.zeros(0, dtype=np.int32), np.zeros(0, dtype=np.float32))
    return (*waits, *[nobody] * (len(wanted) - 1 - len(waits)))


def visitors(source: Source, as_of: date) -> Any:
    """Each session before a day that has a visitor, and the session under which that visitor is counted (`place`).

    An Ibis expression. The place is the visitor's first session in which the customer was known, else the first of
    all, so that filters on customers find the visitor.
    """
    sessions = sessions_before(source, as_of)
    known = sessions.filter(sessions["visitor_id"].notnull())
    first = known.group_by("visitor_id").agg(
        place=known["session"].min(where=known["customer_id"].notnull()).coalesce(known["session"].min())
    )
    return known.select("session", "visitor_id").join(first, "visitor_id").select("session", "place")


def _of_visitors(
    source: Source, events: Any, wanted: tuple[Step, ...], within: str, day: date, report: Report | None
) -> Funnel:
    """Some visitors at a time, so that memory does not grow with the clicks."""
    import ibis

    deepest = np.full_like(_nobody(source, day), NOT_COUNTED)
    whose = fetch(visitors(source, day), at_most=None)
    place_of = np.full(len(deepest), -1, dtype=np.int64)
    place_of[whose["session"].to_numpy()] = whose["place"].to_numpy()
    deepest[place_of[place_of >= 0]] = 0
    met = [step.met(events).fill_null(False).ifelse(1 << place, 0) for place, step in enumerate(wanted)]
    since = ibis.timestamp("2000-01-01 00:00:00")
    clicks = events.select(
        "session",
        "position",
        at=microseconds_between(since, events["occurred_at"]),
        met=sum(met[1:], met[0]).cast("int32"),
    )
    clicks = clicks.filter((clicks["met"] != 0) & clicks["at"].notnull())
    count = int(fetch(events.agg(clicks=events.count()))["clicks"].iloc[0])
    parts = _parts(place_of, -(-count // _PART_CLICKS))
    limit = within_seconds(within) * 1_000_000
    waits: list[list[tuple[Array, Array]]] = [[] for _ in wanted[1:]]
    for part, (first, end) in enumerate(parts):
        if report is not None:
            report(part / len(parts), say("Following visitors, part {n} of {all}", n=part + 1, all=len(parts)))
        chosen = clicks if len(parts) == 1 else clicks.filter(clicks["session"].between(first, end - 1))
        frame = fetch(chosen.order_by("session", "position").drop("position"), at_most=None)
        units, at, bits = _in_click_order(
            place_of[frame["session"].to_numpy()], frame["at"].to_numpy(), frame["met"].to_numpy()
        )
        found = chains.follow(units, at, bits, len(wanted), limit)
        deepest[found.units] = found.deepest
        for total, (reached, seconds) in zip(waits, found.waits, strict=True):
            total.append((reached.astype(np.int32), seconds))
    joined = tuple(
        (np.concatenate([units for units, _ in pieces]), np.concatenate([seconds for _, seconds in pieces]))
        for pieces in waits
        if pieces
    )
    return Funnel(wanted, within, deepest, _filled(list(joined), wanted))


def _parts(place_of: Array, wanted: int) -> list[tuple[int, int]]:
    """Ranges of session numbers, about as many as wanted, none of which parts a visitor's sessions.

    Where an import numbered sessions by visitor there are cuts everywhere, and the engine reads only the files' parts
    that it needs; where visitors are all over the numbers there are none, and all clicks are one range.
    """
    count = len(place_of)
    if wanted <= 1 or not count:
        return [(0, count)]
    sessions = np.arange(count)
    known = place_of >= 0
    last = np.zeros(count, dtype=np.int64)
    np.maximum.at(last, place_of[known], sessions[known])
    reach = np.maximum.accumulate(np.where(known, last[place_of], sessions))
    cuts = np.flatnonzero(reach == sessions) + 1  # after these session numbers, all visitors before are complete
    ends = np.unique(cuts[np.searchsorted(cuts, np.linspace(0, count, wanted + 1)[1:])])
    return list(zip([0, *ends[:-1].tolist()], ends.tolist(), strict=True))


def _in_click_order(units: Array, at: Array, met: Array) -> tuple[Array, Array, Array]:
    """Clicks of visitors alone, each visitor's together and in time; clicks at one instant stay in the order they had."""
    known = units >= 0
    if not known.all():
        units, at, met = units[known], at[known], met[known]
    goes_on = units[1:] == units[:-1]
    if ((units[1:] > units[:-1]) | (goes_on & (at[1:] >= at[:-1]))).all():
        return units, at, met
    order = np.lexsort((at, units))
    return units[order], at[order], met[order]


def _tell(report: Report | None, done: int, steps_: int, step: Step) -> None:
    if report is not None:
        report(done / steps_, say("Following {step}, step {n} of {steps}", step=step.name, n=done + 1, steps=steps_))


# Beside the version


def _file(wanted: Sequence[Step], within: str, day: date) -> str:
    asked = "\n".join([within, day.isoformat(), *(step.text for step in wanted)])
    return f"funnel-{hashlib.sha256(asked.encode()).hexdigest()[:16]}-{code_digest()}.parquet"


def _to_parquet(funnel: Funnel) -> bytes:
    """A column of depths, and beside it the waits as a column per step, missing for those who did not get there."""
    columns = {"deepest": pa.array(funnel.deepest)}
    for place, (units, seconds) in enumerate(funnel.waits):
        dense = np.full(len(funnel.deepest), np.nan, dtype=np.float32)
        dense[units] = seconds
        columns[f"seconds_{place}"] = pa.array(dense, from_pandas=True)
    file = io.BytesIO()
    pq.write_table(pa.table(columns), file, compression="zstd")
    return file.getvalue()


def _from_parquet(content: bytes, wanted: tuple[Step, ...], within: str) -> Funnel:
    columns = pq.read_table(io.BytesIO(content))
    waits = []
    for name in columns.column_names[1:]:
        seconds = columns[name].to_numpy()
        units = np.flatnonzero(~np.isnan(seconds)).astype(np.int32)
        waits.append((units, seconds[units].astype(np.float32)))
    return Funnel(wanted, within, columns["deepest"].to_numpy(), tuple(waits))
