"""What the funnel and the carts on the Behaviour tab count in: found once for a dataset, summed anew for each filter."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd

from analytics.behaviour.cart_rows import CART
from analytics.behaviour.carts import AGE_BANDS, Carts, are_kept, by_age, find_carts, left_products
from analytics.behaviour.funnels import Funnel, furthest_known, summarise
from analytics.behaviour.people import customers_of
from analytics.behaviour.reaching import Report, find_funnel, is_kept
from analytics.behaviour.steps import Choices, Step, read_step, step_choices
from analytics.behaviour.until import has_clock, knows
from analytics.customers import KEY
from analytics.errors import AnalyticsError
from analytics.request import AnalysisRequest
from analytics.sources import open_source
from analytics.text import say
from dashboard import results
from dashboard.errors import NotReadyError
from dashboard.options import option
from dashboard.results import behaviour
from dashboard.results.behaviour import kept_visits
from dashboard.state import View

Array = np.ndarray[Any, Any]

MOST_CLICKS_AT_ONCE: Final = 1_500_000
"""Clicks that are followed in about half a second; more are the work of a job."""


@dataclass(frozen=True, slots=True)
class Known:
    """What a dataset's clicks can say."""

    choices: Choices
    windows: bool
    """Whether visits can be joined within a time: there is a clock, and clicks say whose they are."""
    people: bool
    """Whether customers are behind the numbers: clicks name some, and there are orders."""
    carts: bool
    """Whether anything was put into a cart."""
    clock: bool


def known(request: AnalysisRequest) -> Known:
    """What the dataset's clicks can say."""

    def compute(asked: AnalysisRequest) -> Known:
        version = results.version_of(asked)
        source = open_source(version)
        events = source.table("events")
        is_timed = has_clock(events)
        choices = step_choices(source)
        return Known(
            choices,
            is_timed and knows(events, "visitor_id"),
            version.manifest.has_orders and knows(source.table("sessions"), KEY),
            CART in choices.clicks.get("event", {}),
            is_timed,
        )

    return results.reduced("funnel-known", request, compute)


@dataclass(frozen=True, slots=True)
class Asked:
    """A funnel as it is asked for."""

    steps: tuple[Step, ...]
    within: str

    @property
    def key(self) -> Hashable:
        return ("funnel", self.within, *(step.text for step in self.steps))


def asked_of(view: View) -> Asked:
    """The funnel that the view asks for; the suggested steps where it names none, and only those that the clicks have."""
    said = known(view.request)
    within = view.one("within") if said.windows else ""
    within = "" if within == "session" else within
    if not (texts := view.many("steps")):
        return Asked(said.choices.suggested, within)
    return Asked(tuple(_known_steps(view.request, texts, said.choices)), within)


def _known_steps(request: AnalysisRequest, texts: Sequence[str], choices: Choices) -> list[Step]:
    offered = {step.text: step for step, _ in choices.steps()}
    found = []
    for text in texts:
        if text in offered:
            found.append(offered[text])
            continue
        try:  # a step of few clicks is in no menu, but may be in a link
            found.append(read_step(text, choices, open_source(results.version_of(request))))
        except AnalyticsError:
            continue
    return found


def is_quick(request: AnalysisRequest) -> bool:
    """Whether the clicks are so few that one waits for an answer."""
    return results.version_of(request).manifest.tables.get("events", 0) <= MOST_CLICKS_AT_ONCE


def funnel(request: AnalysisRequest, asked: Asked) -> Funnel | None:
    """How far each session or visitor came; None where a job is to find it."""
    if not is_quick(request) and not is_found(request, asked):
        return None

    def compute(resolved: AnalysisRequest) -> Funnel:
        source = open_source(results.version_of(resolved))
        return find_funnel(source, asked.steps, asked.within, as_of=resolved.as_of)

    return results.reduced(asked.key, request, compute)


def is_found(request: AnalysisRequest, asked: Asked) -> bool:
    """Whether the funnel is kept beside the version."""
    resolved = results.resolved(request)
    assert resolved.as_of is not None  # noqa: S101 - that is what resolved means
    return is_kept(results.version_of(resolved), asked.steps, asked.within, resolved.as_of)


def find_in_job(request: AnalysisRequest, asked: Asked, report: Report) -> None:
    """Find a funnel and keep it beside the version, where every server process finds it."""
    resolved = results.resolved(request)
    source = open_source(results.version_of(resolved))
    find_funnel(source, asked.steps, asked.within, as_of=resolved.as_of, report=report)


def lost_customers(request: AnalysisRequest, asked: Asked) -> Array | None:
    """How many customers that the filters keep came to each step and no further, as the drawer will count them.

    Shape (steps + 1,), the first for those who took no step; None where no customers are known.
    """
    found = funnel(request, asked) if known(request).people else None
    if found is None:
        return None

    def compute(resolved: AnalysisRequest) -> Array:
        places, rows, count = _pairs(resolved, found.unit)
        return furthest_known(found, places, rows, count)

    furthest = results.reduced(("lost", asked.key), request, compute)
    keep = results.kept(request)
    chosen = furthest if keep is None else furthest[keep]
    counted: Array = np.bincount(chosen[chosen >= 0], minlength=len(asked.steps) + 1)
    return counted


def kept_customers(request: AnalysisRequest) -> pd.Series[Any] | None:
    """The ids of the customers that the filters keep, who are those that a list can hold; None without orders."""
    if not results.version_of(request).manifest.has_orders:
        return None
    ids, keep = results.customers(request).frame[KEY], results.kept(request)
    return ids if keep is None else ids[keep]


def _pairs(request: AnalysisRequest, unit: str) -> tuple[Array, Array, int]:
    """Under which session numbers which rows of the customer table are counted, and how many rows there are."""

    def compute(resolved: AnalysisRequest) -> tuple[Array, Array, int]:
        assert resolved.as_of is not None  # noqa: S101 - that is what resolved means
        pairs = customers_of(
            open_source(results.version_of(resolved)), resolved.as_of, visitors_counted=unit == "visitors"
        )
        ids = results.customers(resolved).frame[KEY]
        rows = pd.Index(ids).get_indexer(pd.Index(pairs[KEY]))
        with_orders = rows >= 0
        return pairs["place"].to_numpy()[with_orders], rows[with_orders], len(ids)

    return results.reduced(("funnel-pairs", unit), request, compute)


def breakdowns(request: AnalysisRequest) -> tuple[str, ...]:
    """What a funnel can be broken down by, as far as the data knows it."""
    known_groups = behaviour.visits(request).groups
    return tuple(name for name in option("funnel_by").allowed if name in known_groups)


def carts(request: AnalysisRequest) -> Carts | None:
    """Every cart of the dataset; None where a job is to find them."""
    resolved = results.resolved(request)
    assert resolved.as_of is not None  # noqa: S101 - that is what resolved means
    version = results.version_of(resolved)
    if not is_quick(request) and not are_kept(version, resolved.as_of):
        return None
    return results.reduced("carts", request, lambda asked: find_carts(open_source(version), asked.as_of))


def find_carts_in_job(request: AnalysisRequest) -> None:
    """Find the carts and keep them beside the version."""
    resolved = results.resolved(request)
    find_carts(open_source(results.version_of(resolved)), resolved.as_of)


def steps_table(view: View) -> pd.DataFrame:
    """The funnel's steps, as the chart has them.

    Raises:
        NotReadyError: the funnel is still to be found by a job.
    """
    asked = asked_of(view)
    found = funnel(view.request, asked)
    if found is None:
        raise NotReadyError(say("This funnel is not found yet. Open it on the Behaviour tab first."))
    rows = [
        (step.step.text, step.reached, step.share, step.of_previous, step.lost, step.median_seconds)
        for step in summarise(found, kept_visits(view.request))
    ]
    return pd.DataFrame(rows, columns=["step", found.unit, "share", "of_previous", "lost", "median_seconds"])


def carts_table(view: View) -> pd.DataFrame:
    """The carts left by age, as the chart has them."""
    counts, values = by_age(_carts_found(view), kept_visits(view.request))
    first, last = [0, *(days + 1 for days in AGE_BANDS)], pd.array([*AGE_BANDS, None], dtype="Int64")
    return pd.DataFrame({"age_days_from": first, "age_days_to": last, "carts": counts, "value": values})


def cart_products_table(view: View) -> pd.DataFrame:
    """All products that were left in carts."""
    found = _carts_found(view)
    return left_products(found, kept_visits(view.request), len(found.product_ids))


def _carts_found(view: View) -> Carts:
    found = carts(view.request)
    if found is None:
        raise NotReadyError(say("The carts are not found yet. Open them on the Behaviour tab first."))
    return found
