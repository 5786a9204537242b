"""Calendar months and weeks as numbers, and which of them the data covers whole."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal

import numpy as np
import pandas as pd

from analytics.calendar import days_before, days_between
from analytics.customers import resolve_as_of
from analytics.errors import EmptyDataError
from analytics.sources import Source, fetch
from analytics.text import say

Unit = Literal["month", "week"]
Array = np.ndarray[Any, Any]
_A_MONDAY = date(1, 1, 1)


@dataclass(frozen=True, slots=True)
class Calendar:
    """The calendar months or weeks that the data reaches, without gaps, from that of the first order."""

    unit: Unit
    first: int
    """The number of the first one; `start_of` says its first day."""
    periods: int
    is_first_partial: bool
    """The data begins after its first day."""
    is_last_partial: bool
    """The data ends before its last day is over: what is counted in it may still grow."""

    def start(self, period: int) -> date:
        """The first day of a period, counted from 0 for that of the first order."""
        return start_of(self.unit, self.first + period)

    @property
    def last_complete(self) -> int:
        """The last period that the data covers to its end, counted from 0; -1 where there is none."""
        return self.periods - 2 if self.is_last_partial else self.periods - 1

    @property
    def partial_from(self) -> date | None:
        """The first day of the period that the data covers only in part; None where it covers all to their ends."""
        return self.start(self.periods - 1) if self.is_last_partial else None


def start_of(unit: Unit, number: int) -> date:
    """The first day of a calendar month or week, Mondays for weeks (ISO 8601)."""
    if unit == "week":
        return _A_MONDAY + timedelta(weeks=number)
    return date(number // 12, number % 12 + 1, 1)


def number_of(unit: Unit, day: date) -> int:
    """The number of the calendar month or week that a day lies in: one more for the next one."""
    return (day - _A_MONDAY).days // 7 if unit == "week" else day.year * 12 + day.month - 1


def number_expression(unit: Unit, instant: Any, first: int) -> Any:
    """The same of an Ibis timestamp, less `first`, as an integer expression."""
    if unit == "week":
        # From the Monday of week `first` on, so that division rounds down
        return (days_between(start_of("week", first), instant) / 7).floor().cast("int64")
    return (instant.year() * 12 + instant.month() - (first + 1)).cast("int64")


def key_of(unit: Unit, start: date) -> str:
    """A period as text: `2011-12` for a month, the Monday `2011-12-05` for a week."""
    return start.isoformat() if unit == "week" else start.isoformat()[:7]


def calendar_of(source: Source, as_of: date | None, unit: Unit) -> Calendar:
    """The months or weeks from the first order to the as-of date, or to the end of the data where that is sooner.

    Raises:
        EmptyDataError: the dataset has no orders, or nobody ordered before the as-of date.
    """
    if not source.has("orders"):
        raise EmptyDataError(
            say(
                "Dataset '{name}' has no orders, and cohorts begin with those. Import its order file under the same name.",
                name=source.name,
            )
        )
    # Beyond the last order there is no data, not no orders
    known_to = min(resolve_as_of(source, as_of), source.default_as_of)
    first_on = _first_day(source)
    if first_on >= known_to:
        raise EmptyDataError(
            f"Nobody ordered before {known_to.isoformat()} in dataset '{source.name}'. Choose a later as-of date."
        )
    first, last = number_of(unit, first_on), number_of(unit, days_before(known_to, 1))
    return Calendar(
        unit, first, last - first + 1, start_of(unit, first) < first_on, start_of(unit, last + 1) > known_to
    )


def _first_day(source: Source) -> date:
    if source.stored is not None:
        return date.fromisoformat(source.stored.manifest.first_order_on)
    orders = source.table("orders")
    first = fetch(orders.agg(first=orders.ordered_at.min().date()))
    return pd.Timestamp(str(first["first"].iloc[0])).date()
