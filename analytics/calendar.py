"""Days: the only date arithmetic in the project.

`as_of` is a calendar day and means the morning of that day: what happened before it counts, what happened on it
does not. Differences are calendar days, so an order at 23:59 is one day old at 00:01.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from analytics.errors import RequestError

MICROSECONDS_PER_DAY = 86_400_000_000


def parse_day(text: str | date) -> date:
    """A day from its ISO form, `2011-12-10`.

    Raises:
        RequestError: the text is not such a day.
    """
    if isinstance(text, date):
        return text
    try:
        return date.fromisoformat(text)
    except (TypeError, ValueError):
        raise RequestError(f"'{text}' is not a day. Write it as year-month-day, for example 2011-12-10.") from None


def in_words(day: date) -> str:
    """9 Dec 2011: a day as a sentence has it."""
    return f"{day.day} {day:%b %Y}"


def day_after(day: date) -> date:
    """The next calendar day."""
    return day + timedelta(days=1)


def days_before(day: date, days: int) -> date:
    """The calendar day that lies `days` earlier."""
    return day - timedelta(days=days)


def first_of_month(day: date) -> date:
    """The first day of the day's month."""
    return day.replace(day=1)


def months_after(first: date, months: int) -> date:
    """The first day of the month that many months later."""
    number = first.year * 12 + first.month - 1 + months
    return date(number // 12, number % 12 + 1, 1)


def days_between(earlier: Any, later: Any) -> Any:
    """Calendar days from one Ibis timestamp, date or Python date to another, as an integer expression."""
    import ibis

    return as_date(ibis, later).delta(as_date(ibis, earlier), unit="day").cast("int64")


def microseconds_between(earlier: Any, later: Any) -> Any:
    """From one Ibis timestamp to another, as an integer expression: the same on every engine, to the microsecond."""
    return later.delta(earlier, unit="microsecond")


def as_date(ibis: Any, value: Any) -> Any:
    """An Ibis date from an Ibis timestamp or date, or from a Python date."""
    if isinstance(value, date):
        return ibis.literal(value).cast("date")
    return value.date() if value.type().is_timestamp() else value
