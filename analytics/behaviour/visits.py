"""Sessions in memory, one element each: what every chart of visits is a sum over.

The arrays are in the order of the session's number, so that a mask over sessions is a mask over everything that is kept by
that number: paths, funnels, carts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

import numpy as np
import pandas as pd

from analytics.behaviour.until import last_click_day
from analytics.customers import KEY, CustomerTable
from analytics.matching import Mask
from analytics.request import AnalysisRequest
from analytics.rfm import SEGMENT
from analytics.schema import SESSIONS
from analytics.sources import Source, fetch

Array = np.ndarray[Any, Any]
MOST_SESSIONS: Final = 100_000_000
MOST_NAMES: Final = 200
"""Of a column with more different texts, as of codes of campaigns, the largest are named and the others are one."""
UNKNOWN_DAY: Final = np.iinfo(np.int32).min
_EPOCH: Final = date(1970, 1, 1)
_GROUPS: Final = ("device", "source", "country", "visitor_type", "entry_page", "exit_page", "main_category")


@dataclass(frozen=True, slots=True, eq=False)
class Coded:
    """A column of names as numbers: shape (sessions,), int16; −1 where it is not known."""

    codes: Array
    names: tuple[str, ...]
    """The largest first; the last may stand for all others."""
    others: int = 0
    """How many names the last one stands for; 0 where each has its own."""


@dataclass(frozen=True, slots=True, eq=False)
class Visits:
    """All sessions of a dataset as arrays of shape (sessions,); None for what the data does not say at all."""

    counted: Mask
    """Whether it began before the as-of date."""
    clicks: Array
    seconds: Array | None
    """Not a number where it is not known."""
    day: Array | None
    """Days since 1970; `UNKNOWN_DAY` where it is not known."""
    hour: Array | None
    """0 to 23, −1 where it is not known."""
    has_cart: Mask | None
    has_purchase: Mask | None
    days_since_last: Array | None
    """Not a number for a visitor's first visit."""
    visitor: Array | None
    """A number for each visitor, −1 where it is not known."""
    customer: Array | None
    """The customer's row in the customer table, −1 where there is none."""
    groups: Mapping[str, Coded]
    """What sessions can be broken down by: the canonical columns that the data knows, `segment`, and texts and flags that
    came along."""

    says_what: Mask | None = None
    """Whether it says what was put into the cart and bought; None where all do. One that does not is in no share of those."""

    def __len__(self) -> int:
        return len(self.clicks)


@dataclass(frozen=True, slots=True)
class Span:
    """Days that visits are counted in, and the days before that they are compared with."""

    starts_on: date
    ends_on: date
    """The first day that is not counted any more."""
    compared_from: date | None
    """None where the data does not reach back that far."""
    days: int | None
    """None for all days."""


def load_visits(source: Source, as_of: date, table: CustomerTable | None = None) -> Visits:
    """The sessions of a source, with the customers of a table where there is one.

    Raises:
        NotFoundError: the source has no sessions.
    """
    sessions = source.table("sessions")
    canonical = [name for name in SESSIONS.names if name in sessions.columns]
    further = [name for name in sessions.columns if name not in SESSIONS.names and _is_group(sessions[name].type())]
    frame = fetch(sessions.select(*canonical, *further).order_by("session"), at_most=MOST_SESSIONS)
    known = [name for name in frame.columns if frame[name].notna().any()]
    frame = frame[known]
    day = _days(frame)
    counted = np.ones(len(frame), dtype=bool)
    if day is not None and as_of <= last_click_day(source):
        counted = (day == UNKNOWN_DAY) | (day < (as_of - _EPOCH).days)
    groups = {name: _coded(frame[name]) for name in (*_GROUPS, *further) if name in frame}
    customer = None
    if table is not None and KEY in frame:
        customer = pd.Index(table.frame[KEY]).get_indexer(pd.Index(frame[KEY])).astype(np.int32)
        if SEGMENT in table.frame:
            groups = {SEGMENT: _segments(table, customer), **groups}
    return Visits(
        counted,
        frame["click_count"].to_numpy(dtype=np.int32),
        frame["session_seconds"].to_numpy(dtype=np.float32) if "session_seconds" in frame else None,
        day,
        _hours(frame),
        _flags(frame, "has_cart"),
        _flags(frame, "has_purchase"),
        frame["days_since_last"].to_numpy(dtype=np.float32, na_value=np.nan) if "days_since_last" in frame else None,
        pd.factorize(frame["visitor_id"])[0].astype(np.int32) if "visitor_id" in frame else None,
        customer,
        groups,
        _says_what(frame),
    )


def kept_visits(visits: Visits, request: AnalysisRequest, table: CustomerTable | None = None) -> Mask | None:
    """Which sessions the request's countries and segments keep, shape (sessions,); None for all.

    A segment keeps the sessions of its customers. A country keeps the sessions from there and, where a session does not say
    where it is from, those of customers from there. Sessions on the as-of date or after it are never kept.
    """
    keep = None if visits.counted.all() else visits.counted
    if request.segments:
        inside = _inside(visits.groups.get(SEGMENT), request.segments, len(visits))
        keep = inside if keep is None else keep & inside
    if request.countries:
        own = visits.groups.get("country")
        inside = _inside(own, request.countries, len(visits))
        if table is not None and visits.customer is not None and "country" in table.frame:
            of_customer = table.frame["country"].isin(request.countries).to_numpy()
            silent = visits.customer >= 0 if own is None else (visits.customer >= 0) & (own.codes < 0)
            inside = inside | (silent & of_customer[visits.customer])
        keep = inside if keep is None else keep & inside
    return keep


def resolve_span(visits: Visits, as_of: date, asked: str) -> Span | None:
    """The days that are asked for: `30`, `90`, `365`, `all`, or `auto`, the longest that fits into the data twice.

    None where visits have no day.
    """
    known = visits.day[visits.counted & (visits.day != UNKNOWN_DAY)] if visits.day is not None else np.empty(0)
    if not len(known):
        return None
    first = _EPOCH + timedelta(days=int(known.min()))
    ends_on = min(as_of, _EPOCH + timedelta(days=int(known.max()) + 1))
    if asked == "all":
        return Span(first, ends_on, None, None)
    fits = [days for days in (365, 90, 30) if ends_on - timedelta(days=2 * days) >= first]
    days = int(asked) if asked != "auto" else (fits[0] if fits else 30)
    before = ends_on - timedelta(days=2 * days)
    return Span(ends_on - timedelta(days=days), ends_on, before if before >= first else None, days)


def within(visits: Visits, first: date, last: date) -> Mask:
    """Which sessions began from `first` up to but not including `last`. Shape (sessions,)."""
    assert visits.day is not None  # noqa: S101 - a span is of visits that have days
    mask: Mask = (visits.day >= (first - _EPOCH).days) & (visits.day < (last - _EPOCH).days)
    return mask


def day_of(number: int) -> date:
    """The day that a number of `Visits.day` means."""
    return _EPOCH + timedelta(days=number)


def _inside(column: Coded | None, names: tuple[str, ...], count: int) -> Mask:
    if column is None:
        return np.zeros(count, dtype=bool)
    wanted = np.array([name in names for name in column.names] + [False])
    mask: Mask = wanted[column.codes]  # an unknown one, −1, is the last place
    return mask


def _is_group(type_: Any) -> bool:
    return bool(type_.is_string() or type_.is_boolean())


def _coded(values: pd.Series[Any]) -> Coded:
    if pd.api.types.is_bool_dtype(values.dtype) or values.dtype == object:
        values = values.map({True: "yes", False: "no"})
    codes, names = pd.factorize(values)
    sizes = np.bincount(codes[codes >= 0], minlength=len(names))
    order = np.lexsort((np.asarray(names, dtype=str), -sizes))
    place = np.empty(len(names) + 1, dtype=np.int64)
    place[order] = np.arange(len(names))
    place[-1] = -1
    told = [str(names[number]) for number in order]
    others = 0
    if len(told) > MOST_NAMES:
        others = len(told) - MOST_NAMES + 1
        place = np.minimum(place, MOST_NAMES - 1)
        told = [*told[: MOST_NAMES - 1], ""]
    return Coded(place[codes].astype(np.int16), tuple(told), others)


def _segments(table: CustomerTable, customer: Array) -> Coded:
    """By segment, best first, as on every other chart."""
    segment = table.frame[SEGMENT]
    codes = np.append(segment.cat.codes.to_numpy(dtype=np.int16), np.int16(-1))
    return Coded(codes[customer], tuple(map(str, segment.cat.categories)))


def _days(frame: pd.DataFrame) -> Array | None:
    if "started_on" not in frame:
        return None
    days = pd.to_datetime(frame["started_on"]).to_numpy(dtype="datetime64[D]")
    numbers = days.astype(np.int64)
    return np.where(np.isnat(days), UNKNOWN_DAY, numbers).astype(np.int32)


def _hours(frame: pd.DataFrame) -> Array | None:
    if "started_at" not in frame:
        return None
    hours: Array = frame["started_at"].dt.hour.fillna(-1).to_numpy(dtype=np.int8)
    return hours


def _says_what(frame: pd.DataFrame) -> Mask | None:
    known = [frame[name].notna().to_numpy(dtype=bool) for name in ("has_purchase", "has_cart") if name in frame]
    if not known or all(mask.all() for mask in known):
        return None
    says: Mask = np.logical_and.reduce(known)
    return says


def _flags(frame: pd.DataFrame, name: str) -> Mask | None:
    """Whether it is known to be so; what is unknown is not."""
    return frame[name].eq(True).to_numpy(dtype=bool) if name in frame else None
