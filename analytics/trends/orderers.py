"""Customers who ordered in a period: the people behind a bar of the series."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from analytics.calendar import parse_day
from analytics.customers import KEY
from analytics.errors import RequestError
from analytics.sources import Source, fetch
from analytics.text import say
from analytics.trends.periods import grain_named, next_start, period_label, start_of


def orderers_sentence(details: Mapping[str, Any]) -> str:
    """Who is meant, in English.

    Raises:
        RequestError: the grain or the day is not possible.
    """
    start, grain = _checked(details)
    sentence = {
        "day": "Customers who ordered on {period}",
        "week": "Customers who ordered in {period}",
        "month": "Customers who ordered in {period}",
    }[grain]
    return say(sentence, period=period_label(start, grain))


def orderers(source: Source, as_of: date, details: Mapping[str, Any]) -> Any:
    """The `customer_id`s of those who ordered in a period, as pandas: `{"grain": "week", "start": "2011-12-05"}`.

    Raises:
        RequestError: the grain or the day is not possible.
    """
    start, grain = _checked(details)
    orders = source.table("orders")
    inside = orders.filter(orders.ordered_at >= start, orders.ordered_at < min(as_of, next_start(start, grain)))
    return fetch(inside.select(KEY).distinct().order_by(KEY))[KEY]


def _checked(details: Mapping[str, Any]) -> tuple[date, str]:
    grain = grain_named(str(details.get("grain"))).name
    start = parse_day(str(details.get("start")))
    if start != start_of(start, grain):
        raise RequestError(
            f"No {grain} begins on {start.isoformat()}; it would be {start_of(start, grain).isoformat()}."
        )
    if start.year >= date.max.year:
        raise RequestError(f"{start.isoformat()} is later than any order. Choose an earlier day.")
    if unknown := set(details) - {"grain", "start"}:
        raise RequestError(f"A period has no '{sorted(unknown)[0]}'. It has grain and start.")
    return start, grain
