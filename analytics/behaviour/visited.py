"""Customers by a visit of theirs: when it was, where from, on what, which page. What the deed `visited` looks up."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

import pandas as pd
from babel.dates import format_date

from analytics.behaviour.measures import kept_by
from analytics.behaviour.until import clicks_before
from analytics.behaviour.visits import load_visits
from analytics.calendar import parse_day
from analytics.customers import KEY
from analytics.errors import RequestError
from analytics.sources import Source, fetch
from analytics.text import say

VISITED: Final = "visited"
WEEKDAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_NUMBERS: Final = {"weekday": 6, "hour": 23, "clicks_from": 1_000_000, "clicks_below": 1_000_000}
_TEXTS: Final = ("device", "source", "visitor_type", "entry_page", "exit_page", "main_category", "page", "category")
_SENTENCES: Final = {
    "hour": "between {value}:00 and {value}:59",
    "week": "in the week of {value}",
    "clicks_from": "with {value} clicks or more",
    "clicks_below": "with fewer than {value} clicks",
    "device": "on the device {value}",
    "source": "coming from {value}",
    "visitor_type": "as a {value} visitor",
    "entry_page": "beginning on the page {value}",
    "exit_page": "ending on the page {value}",
    "main_category": "mostly in the category {value}",
    "page": "and looked at the page {value}",
    "category": "and looked at the category {value}",
}


def visited_sentence(details: Mapping[str, Any]) -> str:
    """`Visited the shop on a Sunday, between 20:00 and 20:59`."""
    known = _checked(details)
    told = []
    if "weekday" in known:
        told.append(say("on a {day}", day=say(WEEKDAYS[known["weekday"]])))
    if "week" in known:
        known["week"] = format_date(parse_day(known["week"]), "d MMM yyyy", locale="en")
    told += [say(sentence, value=known[name]) for name, sentence in _SENTENCES.items() if name in known]
    return say("Visited the shop {how}", how=", ".join(told))


def visited_customers(source: Source, as_of: date, details: Mapping[str, Any]) -> Any:
    """The customers with a session before the as-of date that meets all the conditions."""
    known = _checked(details)
    visits = load_visits(source, as_of)
    mask = kept_by(visits, {name: value for name, value in known.items() if name not in ("page", "category")})
    for name in ("page", "category"):
        if name in known:
            clicks = clicks_before(source, as_of)
            seen = fetch(clicks.filter(clicks[name] == known[name]).select("session").distinct(), at_most=None)
            there = pd.Index(range(len(visits))).isin(seen["session"])
            mask = mask & there
    sessions = source.table("sessions")
    owners = fetch(sessions.filter(sessions[KEY].notnull()).select("session", KEY), at_most=None)
    return owners[KEY][mask[owners["session"].to_numpy()]]


def _checked(details: Mapping[str, Any]) -> dict[str, Any]:
    known: dict[str, Any] = {}
    for name, value in details.items():
        if name in _NUMBERS:
            if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= _NUMBERS[name]:
                raise _impossible(name, value)
            known[name] = value
        elif name == "week":
            known[name] = parse_day(str(value)).isoformat()
        elif name in _TEXTS and isinstance(value, str) and value:
            known[name] = value
        else:
            raise _impossible(name, value)
    if not known:
        raise RequestError(say("Say what kind of visit: {names}.", names=", ".join((*_NUMBERS, "week", *_TEXTS))))
    return known


def _impossible(name: str, value: object) -> RequestError:
    return RequestError(say("'{value}' is not possible for {name} of a visit.", value=str(value)[:40], name=name[:40]))
