"""What the customers of a cohort have in common: each kind with its words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from babel.dates import format_date

from analytics.cohorts.periods import Unit, key_of
from analytics.errors import RequestError
from analytics.text import say

EVERYONE: Final = "everyone"
"""Not a kind of cohorts: all customers, where the people of a cell are meant whatever their cohort."""


@dataclass(frozen=True, slots=True)
class CohortKind:
    """One way to put customers into cohorts."""

    name: str
    label: str
    meaning: str
    unit: Unit = "month"
    """What a period since the first order is."""
    table: str = ""
    """The canonical table that knows it; empty where the first order's day does, or the customer table."""
    column: str = ""

    @property
    def is_time(self) -> bool:
        return not self.column

    @property
    def is_of_groups(self) -> bool:
        """Whether the cohorts are groups that customers are in now, which only the caller knows."""
        return bool(self.column) and not self.table


COHORT_KINDS: tuple[CohortKind, ...] = (
    CohortKind("month", "Month", "The calendar month of the first order."),
    CohortKind("week", "Week", "The week of the first order, from Monday.", "week"),
    CohortKind(
        "product",
        "First product",
        "The product of the first order; of several, the one with the largest revenue on it, then the first by its code.",
        table="order_lines",
        column="product_id",
    ),
    CohortKind(
        "category",
        "First category",
        "The category of the first order; of several, that of the line with the largest revenue, then the first by name.",
        table="order_lines",
        column="category",
    ),
    CohortKind("country", "First country", "The country of the first order.", table="orders", column="country"),
    CohortKind(
        "channel",
        "First channel",
        "Where the first order came from, for example web.",
        table="orders",
        column="channel",
    ),
    CohortKind("segment", "Segment", "The RFM segment that the customer is in now.", column="segment"),
    CohortKind("cluster", "Cluster", "The cluster that the customer is in now.", column="cluster"),
)


def kind_named(name: str) -> CohortKind:
    """The kind of that name.

    Raises:
        RequestError: there is none.
    """
    for kind in COHORT_KINDS:
        if kind.name == name:
            return kind
    raise RequestError(
        say(
            "There are no cohorts by '{name}'. There are those by {known}.",
            name=name,
            known=", ".join(kind.name for kind in COHORT_KINDS),
        )
    )


def kind_of_groups(name: str, label: str, column: str) -> CohortKind:
    """Cohorts by a segmentation that is no kind of its own: a kept one, or a clustering of the caller's."""
    return CohortKind(name, label, say("The group of '{name}' that the customer is in now.", name=label), column=column)


def label_of(unit: Unit, start: date) -> str:
    """A period for people: `Dec 2011`, `5 Dec 2011`."""
    return str(format_date(start, "d MMM yyyy" if unit == "week" else "MMM yyyy", locale="en"))


@dataclass(frozen=True, slots=True)
class Meant:
    """The customers that a cohort's cell means."""

    by: str
    cohort: str | None
    """The cohort's key; None is the cohort of those of whom it is not known."""
    active: int | None
    """How many periods after the first order they ordered again; None is whether they did or not."""
    name: str
    """The cohort as people call it."""

    @property
    def unit(self) -> Unit:
        return "month" if self.by == EVERYONE else kind_named(self.by).unit


def meant(details: Mapping[str, Any]) -> Meant:
    """What the details of the deed `cohort` mean: `by`, `cohort`, `active` and, for a product, its `name`.

    Raises:
        RequestError: they are not possible.
    """
    by, cohort, active = details.get("by"), details.get("cohort"), details.get("active")
    known = [kind.name for kind in COHORT_KINDS if not kind.is_of_groups]
    if not isinstance(by, str) or by not in (*known, EVERYONE):
        raise RequestError(
            say("Customers of a cohort by '{by}' cannot be looked up. Use {known}.", by=by, known=", ".join(known))
        )
    if active is not None and (isinstance(active, bool) or not isinstance(active, int) or not 0 <= active <= 10_000):
        raise RequestError(say("'{n}' is not a number of periods. Use 0, 1, 2 and so on.", n=active))
    if cohort is not None and not isinstance(cohort, str):
        raise RequestError(say("'{cohort}' is not a cohort. Use its name.", cohort=cohort))
    name = details.get("name")
    found = Meant(by, cohort, active or None, name if isinstance(name, str) and name else cohort or say("unknown"))
    if by in ("month", "week"):
        started_on(found)
    return found


def started_on(told: Meant) -> date:
    """The first day of the month or week that a cohort is named by.

    Raises:
        RequestError: it is not one.
    """
    try:
        start = date.fromisoformat(f"{told.cohort}-01" if told.by == "month" else str(told.cohort))
    except ValueError:
        start = None
    is_start = start is not None and key_of(told.unit, start) == told.cohort
    if start is None or not is_start or (told.by == "week" and start.weekday() != 0):
        form = "2011-12" if told.by == "month" else "2011-12-05, a Monday"
        raise RequestError(
            say("'{cohort}' is not a cohort by {by}. Write it as {form}.", cohort=told.cohort, by=told.by, form=form)
        )
    return start


_FIRST: Final = {
    "month": "First ordered in {cohort}",
    "week": "First ordered in the week of {cohort}",
    "product": "First bought {cohort}",
    "category": "First bought from {cohort}",
    "country": "First ordered in {cohort}",
    "channel": "First ordered by {cohort}",
}


def tell(details: Mapping[str, Any]) -> str:
    """Who is meant, in English: `First ordered in Jan 2011 and ordered again 3 months later`.

    Raises:
        RequestError: the details are not possible.
    """
    told = meant(details)
    again = _AGAIN[told.unit][min(told.active or 0, 2)]
    if told.by == EVERYONE:
        alone = _AGAIN_OF_ALL[min(told.active or 0, 2)]
        return say(alone, n=told.active)
    if told.by in ("month", "week"):
        first = say(_FIRST[told.by], cohort=label_of(told.unit, started_on(told)))
    elif told.cohort is None:
        first = say("{kind} is not known", kind=say(kind_named(told.by).label))
    else:
        first = say(_FIRST[told.by], cohort=told.name)
    return say(again, first=first, n=told.active)


_AGAIN: Final = {
    "month": (
        "{first}",
        "{first} and ordered again in the month after",
        "{first} and ordered again {n} months later",
    ),
    "week": (
        "{first}",
        "{first} and ordered again in the week after",
        "{first} and ordered again {n} weeks later",
    ),
}
_AGAIN_OF_ALL: Final = (
    "All customers",
    "Ordered again in the month after their first order",
    "Ordered again {n} months after their first order",
)
