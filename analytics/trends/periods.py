"""Days, weeks and months: where each begins, and which of them the data covers only in part."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

import numpy as np
import pandas as pd
from babel.dates import format_date

from analytics.calendar import days_before, days_between, first_of_month, months_after
from analytics.errors import EmptyDataError, RequestError
from analytics.sources import Source, fetch
from analytics.text import say

Array = np.ndarray[Any, Any]


@dataclass(frozen=True, slots=True)
class Grain:
    """How long a period is, and what its numbers are compared with."""

    name: str
    window: int
    """Periods in a rolling mean."""
    year_ago: int
    """Periods that lie between a period and the one a year before."""
    cycle: int
    """Periods until the season repeats."""


GRAINS: Final[Mapping[str, Grain]] = {
    "day": Grain("day", window=7, year_ago=364, cycle=7),
    "week": Grain("week", window=4, year_ago=52, cycle=52),
    "month": Grain("month", window=3, year_ago=12, cycle=12),
}
"""A year before a day is 364 days before, which is the same day of the week; before a week 52 weeks, which is the same."""


@dataclass(frozen=True, slots=True)
class Periods:
    """Days, weeks or months that follow each other without gaps."""

    grain: Grain
    starts: tuple[date, ...]
    """The first day of each; weeks begin on Monday (ISO 8601)."""
    partial: tuple[bool, ...]
    """Whether the data covers only a part of it."""

    def __len__(self) -> int:
        return len(self.starts)

    @property
    def complete(self) -> slice:
        """The periods that are covered whole: they follow each other."""
        whole = [place for place, is_partial in enumerate(self.partial) if not is_partial]
        return slice(whole[0], whole[-1] + 1) if whole else slice(0, 0)

    def ends_on(self, place: int) -> date:
        """The day after a period's last."""
        return next_start(self.starts[place], self.grain.name)

    def label(self, place: int) -> str:
        """How a period is said: `9 Dec 2011`, `the week of 5 Dec 2011`, `Dec 2011`."""
        return period_label(self.starts[place], self.grain.name)


def grain_named(name: str) -> Grain:
    """The grain of that name.

    Raises:
        RequestError: there is none.
    """
    if name not in GRAINS:
        raise RequestError(f"'{name}' is not possible for grain. Allowed: {', '.join(GRAINS)}.")
    return GRAINS[name]


def start_of(day: date, grain: str) -> date:
    """The first day of the day, ISO week or month that a day is in."""
    if grain == "month":
        return first_of_month(day)
    return day - timedelta(days=day.weekday()) if grain == "week" else day


def next_start(start: date, grain: str) -> date:
    """The first day of the period after the one that begins on `start`."""
    return months_after(start, 1) if grain == "month" else start + timedelta(days=7 if grain == "week" else 1)


def period_label(start: date, grain: str) -> str:
    """How the period that begins on `start` is said."""
    if grain == "month":
        return format_date(start, "MMM yyyy", locale="en")
    told = format_date(start, "d MMM yyyy", locale="en")
    return say("the week of {day}", day=told) if grain == "week" else told


def first_day(source: Source) -> date:
    """The day of the first order."""
    if source.stored is not None and source.stored.manifest.first_order_on:
        return date.fromisoformat(source.stored.manifest.first_order_on)
    orders = source.table("orders")
    first = fetch(orders.agg(first=orders.ordered_at.min().date()))
    return pd.Timestamp(str(first["first"].iloc[0])).date()


def known_to(source: Source, as_of: date) -> date:
    """The day up to which something is known: beyond the last order there is no data, not no revenue."""
    return min(as_of, source.default_as_of)


def periods_of(source: Source, as_of: date, grain: str, *, beyond_data: bool = False) -> Periods:
    """The periods from the first order to the last before the as-of date; with `beyond_data` to the as-of date itself.

    A period is partial where it begins before the first order's day, or ends after the last order or the as-of date.

    Raises:
        EmptyDataError: nobody ordered before `as_of`.
        RequestError: there is no such grain.
    """
    chosen, first, known = grain_named(grain), first_day(source), known_to(source, as_of)
    if first >= as_of:
        raise EmptyDataError(
            f"Nobody ordered before {as_of.isoformat()} in dataset '{source.name}'. Choose a later as-of date."
        )
    starts = [start_of(first, grain)]
    while (following := next_start(starts[-1], grain)) < (as_of if beyond_data else known):
        starts.append(following)
    partial = tuple(start < first or next_start(start, grain) > known for start in starts)
    return Periods(chosen, tuple(starts), partial)


def place_of(instant: Any, periods: Periods) -> Any:
    """The number of the period that an Ibis timestamp is in, counted from 0, as an integer expression."""
    start = periods.starts[0]
    if periods.grain.name == "month":
        return (instant.year() * 12 + instant.month() - (start.year * 12 + start.month)).cast("int32")
    days = days_between(start, instant)
    return (days // 7 if periods.grain.name == "week" else days).cast("int32")


def last_days(ends_on: date, days: int) -> tuple[date, date, date]:
    """Where the period before begins, where the last `days` days begin, and the day after their last."""
    return days_before(ends_on, 2 * days), days_before(ends_on, days), ends_on
