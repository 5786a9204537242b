"""Visits and pages of a dataset, read once for all filters, and which of them a view's filters keep."""

from __future__ import annotations

import json
from typing import Final

import numpy as np
import pandas as pd

from analytics.behaviour import measures
from analytics.behaviour.pages import PageClicks, Place, load_page_clicks
from analytics.behaviour.visited import WEEKDAYS
from analytics.behaviour.visits import Visits, load_visits
from analytics.behaviour.visits import kept_visits as kept_of
from analytics.customers import CustomerTable
from analytics.errors import RequestError
from analytics.matching import Mask
from analytics.request import AnalysisRequest
from analytics.sources import open_source
from analytics.text import say
from dashboard import results
from dashboard.results import Kept
from dashboard.state import View

_VISITS: Final = Kept(3)
_CLICKS: Final = Kept(4)
_MASKS: Final = Kept(24)


def customers_of(request: AnalysisRequest) -> CustomerTable | None:
    """The customers of the dataset; None where it came without orders."""
    return results.customers(request) if results.version_of(request).manifest.has_orders else None


def visits(request: AnalysisRequest) -> Visits:
    """All visits of the dataset."""
    asked = results.resolved(request)
    assert asked.as_of is not None  # noqa: S101 - it is written out
    as_of = asked.as_of
    return _VISITS.get(
        (asked.dataset, asked.version, as_of, asked.preset),
        lambda: load_visits(open_source(results.version_of(asked)), as_of, customers_of(asked)),
    )


def kept_visits(request: AnalysisRequest) -> Mask | None:
    """Which sessions the shell's bar keeps, by session number; None for all. Kept segments keep those of their customers."""
    asked = results.resolved(request)
    chosen = results.only_bar(asked).where
    told = json.dumps(chosen.to_json(), sort_keys=True) if chosen is not None else ""
    key = (asked.dataset, asked.version, asked.as_of, asked.preset, asked.countries, asked.segments, told)
    return _MASKS.get((*key, results.pins_stamp(asked)), lambda: _kept_visits(asked))


def _kept_visits(asked: AnalysisRequest) -> Mask | None:
    known, table = visits(asked), customers_of(asked)
    keep = kept_of(known, asked, table)
    chosen = results.only_bar(asked).where
    if chosen is None:
        return keep
    if table is None or known.customer is None:
        raise RequestError(say("The visits of '{name}' do not say whose they are.", name=asked.dataset))
    inside = np.append(chosen.mask(table.frame), False)[known.customer]  # a visit of nobody known has -1
    return inside if keep is None else keep & inside


def page_clicks(request: AnalysisRequest, place: Place) -> PageClicks:
    """The dataset's clicks by page or category, whatever the day."""
    asked = results.resolved(request)
    key = (asked.dataset, asked.version, place)
    return _CLICKS.get(key, lambda: load_page_clicks(open_source(results.version_of(asked)), place))


def visits_table(view: View) -> pd.DataFrame:
    """Visits by week, as the chart has them."""
    weeks = measures.by_week(visits(view.request), kept_visits(view.request))
    if weeks is None:
        raise RequestError(say("The visits of '{name}' have no day.", name=view.request.dataset))
    return weeks.reset_index()


def visits_by_table(view: View) -> pd.DataFrame:
    """Visits by device, source or what else is chosen, as the chart has them."""
    known = visits(view.request)
    if not known.groups:
        raise RequestError(say("The visits of '{name}' cannot be broken down by anything.", name=view.request.dataset))
    return measures.breakdown(known, chosen_group(view), kept_visits(view.request)).reset_index()


def hours_table(view: View) -> pd.DataFrame:
    """Visits by weekday and hour; by weekday alone where there is no clock."""
    known, keep = visits(view.request), kept_visits(view.request)
    counts = measures.by_hour(known, keep)
    if counts is not None:
        columns = [f"{hour}:00" for hour in range(24)]
        return pd.DataFrame(counts, columns=columns).assign(weekday=WEEKDAYS)[["weekday", *columns]]
    days = measures.by_weekday(known, keep)
    if days is None:
        raise RequestError(say("The visits of '{name}' have no day.", name=view.request.dataset))
    return pd.DataFrame({"weekday": WEEKDAYS, "visits": days})


def clicks_table(view: View) -> pd.DataFrame:
    """How many visits had how many clicks."""
    return _bins(measures.clicks_binned(visits(view.request), kept_visits(view.request)), "clicks", view)


def seconds_table(view: View) -> pd.DataFrame:
    """How long visits were."""
    return _bins(measures.seconds_binned(visits(view.request), kept_visits(view.request)), "seconds", view)


def gaps_table(view: View) -> pd.DataFrame:
    """How many days lie between a visit and the one before."""
    return _bins(measures.gaps_binned(visits(view.request), kept_visits(view.request)), "days", view)


def first_purchases_table(view: View) -> pd.DataFrame:
    """On which of their visits buyers bought first."""
    found = measures.first_purchases(visits(view.request), kept_visits(view.request))
    if found is None:
        raise RequestError(say("It is not known who bought what in '{name}'.", name=view.request.dataset))
    return pd.DataFrame({"visit": range(1, len(found.visitors) + 1), "visitors": found.visitors})


def _bins(found: measures.Binned | None, unit: str, view: View) -> pd.DataFrame:
    if found is None:
        raise RequestError(say("The {unit} of visits are not known in '{name}'.", unit=unit, name=view.request.dataset))
    below = [*found.edges[1:], None]
    told = {f"{unit}_from": found.edges, f"{unit}_below": pd.array(below, dtype="Int64"), "visits": found.counts}
    return pd.DataFrame(told)


def chosen_group(view: View) -> str:
    """What visits are broken down by: what the view says, or the first that the data knows."""
    groups = visits(view.request).groups
    chosen = view.one("visits_by")
    usual = (chosen, "visitor_type", *groups)
    return next(name for name in usual if name in groups)


def countries(request: AnalysisRequest) -> dict[str, int]:
    """Where visits before the as-of date came from, the most frequent first, with how many; empty where they do not say."""
    known = visits(request)
    column = known.groups.get("country")
    if column is None:
        return {}
    counts = np.bincount(column.codes[known.counted & (column.codes >= 0)], minlength=len(column.names))
    return {name: int(count) for name, count in zip(column.names, counts, strict=True) if name}
