"""Requests to results: each computed once per version and request, and kept in this process.

A figure that waits for the same table as another waits for the same computation; it is not started twice.
"""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import replace
from typing import Any, Final, TypeVar

import numpy as np

from analytics import rfm, selection, trends
from analytics.clusters import Panel
from analytics.customers import CustomerTable, customer_table, is_stored
from analytics.datasets import Version, list_datasets, open_version
from analytics.errors import NotFoundError
from analytics.groups import Groups, group
from analytics.manifest import Manifest
from analytics.request import AnalysisRequest
from analytics.rules import columns_of, parted
from analytics.segmentation import Segmentation, scored, segment, stored_panel, stored_segmentation, with_pins
from analytics.segmentation.pins import are_placed, stamp
from analytics.sources import open_source
from analytics.text import say
from dashboard.errors import NotReadyError

T = TypeVar("T")


class Kept:
    """The results that were last asked for. Two threads that want the same one compute it once."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._values: OrderedDict[Hashable, Any] = OrderedDict()
        self._at_work: dict[Hashable, threading.Lock] = {}

    def has(self, key: Hashable) -> bool:
        with self._lock:
            return key in self._values

    def get(self, key: Hashable, compute: Callable[[], T]) -> T:
        """The result under the key, computed if it is not there; a failure is not kept."""
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
                return self._values[key]  # type: ignore[no-any-return]  # of any type
            work = self._at_work.setdefault(key, threading.Lock())
        with work:
            with self._lock:
                if key in self._values:
                    return self._values[key]  # type: ignore[no-any-return]  # of any type
            try:
                value = compute()
                with self._lock:
                    self._values[key] = value
                    while len(self._values) > self._most:
                        self._values.popitem(last=False)
            finally:  # after the value is there: whoever comes in between would compute it again
                with self._lock:
                    self._at_work.pop(key, None)
        return value


MOST_AT_ONCE: Final = 100_000
"""Customers that are computed in about half a second; more are the work of a job."""

_TABLES = Kept(3)
_PLACED = Kept(6)
_SEGMENTATIONS = Kept(6)
_PANELS = Kept(2)
"""A panel holds a fit for each number of groups: 80 MB where there are a million customers."""
_REDUCED = Kept(48)
_MASKS = Kept(16)


def datasets() -> tuple[Manifest, ...]:
    """The newest version of every dataset, by name."""
    return list_datasets()


def default_dataset() -> str:
    """The dataset that was published last.

    Raises:
        NotFoundError: there is none.
    """
    known = datasets()
    if not known:
        raise NotFoundError("There are no datasets yet. Open the Data tab and load an order file.")
    return max(known, key=lambda item: (item.created_at, item.dataset)).dataset


def version_of(request: AnalysisRequest) -> Version:
    """The version of the dataset that a request means."""
    return open_version(request.dataset, request.version)


def resolved(request: AnalysisRequest) -> AnalysisRequest:
    """The request with its version and as-of date written out: what results are kept under."""
    version = version_of(request)
    return replace(request, version=version.manifest.version, as_of=request.as_of or version.manifest.default_as_of)


def customers(request: AnalysisRequest) -> CustomerTable:
    """The customer table with RFM scores and segments, and with clusters where they have been found."""
    asked = resolved(request)
    found = clusters(asked)
    return found.table if found is not None else _scored(asked)


def is_ready(request: AnalysisRequest) -> bool:
    """Whether the customers of the request are there, or so few that they are computed while one waits."""
    asked = resolved(request)
    version = version_of(asked)
    if version.manifest.customers <= MOST_AT_ONCE or _PLACED.has(_placed_key(asked)):
        return True
    return asked.as_of is not None and is_stored(version, asked.as_of) and are_placed(version, asked.as_of)


def _scored(asked: AnalysisRequest) -> CustomerTable:
    """The customers with RFM segments, and in what is kept of the dataset now."""

    def compute() -> CustomerTable:
        if not is_ready(asked):
            raise NotReadyError(say("These customers are being computed. Try again in some seconds."))
        return rfm.with_segments(customer_table(open_source(version_of(asked)), asked.as_of), rfm.preset(asked.preset))

    return _PLACED.get(_placed_key(asked), lambda: with_pins(_TABLES.get(_table_key(asked), compute)))


def kept(request: AnalysisRequest, *, whole: bool = False) -> np.ndarray[Any, Any] | None:
    """Which customers the request keeps, shape (customers,); None for all. What the shell's bar filters only, unless `whole`."""
    asked = resolved(request)
    if not whole:
        asked = only_bar(asked)
    if not (asked.countries or asked.segments or asked.where is not None or asked.search.strip()):
        return None
    key = (json.dumps({**asked.to_json(), "sort": "", "period": ""}, sort_keys=True), pins_stamp(asked))
    return _MASKS.get(key, lambda: selection.selected(asked, customers(asked)))


def segmentation(request: AnalysisRequest) -> Segmentation:
    """RFM with each segment's profile, of all customers."""
    asked = _rfm_only(resolved(request).unfiltered())
    return _SEGMENTATIONS.get(
        (json.dumps(asked.to_json(), sort_keys=True), pins_stamp(asked)),
        lambda: segment(asked, open_source(version_of(asked)), table=_scored(asked)),
    )


def clusters(request: AnalysisRequest) -> Segmentation | None:
    """The clusters that a job has found for the request; None where none has yet."""
    asked = resolved(request).clustering()
    key = ("clusters", json.dumps(asked.to_json(), sort_keys=True), pins_stamp(asked))
    try:
        return _SEGMENTATIONS.get(key, lambda: _stored(asked))
    except _NotYet:
        return None


def panel(request: AnalysisRequest) -> Panel | None:
    """The numbers of groups that a job has tried for the request; None where none has yet."""
    asked = replace(resolved(request).clustering(), k=None)
    key = json.dumps(asked.to_json(), sort_keys=True)

    def read() -> Panel:
        found = stored_panel(asked, version_of(asked))
        if found is None:
            raise _NotYet
        return found

    try:
        return _PANELS.get(key, read)
    except _NotYet:
        return None


def _rfm_only(asked: AnalysisRequest) -> AnalysisRequest:
    """The request without what concerns clusterings alone."""
    plain = AnalysisRequest(asked.dataset)
    told = {name: getattr(plain, name) for name in ("algorithm", "k", "params", "metrics", "attributes", "scaling")}
    return replace(asked, **told)


class _NotYet(Exception):  # noqa: N818 - it says that a result is not there, not that something is wrong
    pass


def _stored(asked: AnalysisRequest) -> Segmentation:
    found = stored_segmentation(asked, version_of(asked), lambda: _scored(asked))
    if found is None:
        raise _NotYet
    return found


def reduced(key: Hashable, request: AnalysisRequest, compute: Callable[[AnalysisRequest], T]) -> T:
    """What `compute` makes of the request with version and as-of date written out; kept under the key, for all filters.

    `compute` is not to look at the request's filters: they choose what is shown of the result. Of them it is told the kept
    segments, because customers are counted by them too where the bar asks for some.
    """
    asked = replace(only_bar(resolved(request)), countries=(), segments=())
    return _REDUCED.get((key, *_groups_key(asked)), lambda: compute(asked))


def groups(request: AnalysisRequest) -> Groups:
    """The customers counted together by country and scores, which a filter on countries and segments never parts; by kept
    segments too, where the bar asks for some."""
    asked = resolved(request)
    chosen = only_bar(asked).where
    by = columns_of(chosen) if chosen is not None else ()
    return _REDUCED.get(("groups", *_groups_key(asked)), lambda: group(_scored(asked), by))


def kept_groups(request: AnalysisRequest) -> np.ndarray[Any, Any] | None:
    """Which groups the shell's bar keeps, shape (groups,); None for all."""
    asked = only_bar(request)
    if not (asked.countries or asked.segments or asked.where is not None):
        return None
    return selection.selected(asked, groups(request).table)


def period(request: AnalysisRequest) -> trends.PeriodOrders:
    """Each group's orders in the period and in the one before."""
    asked = resolved(request)
    return _REDUCED.get(
        ("period", asked.period, *_groups_key(asked)),
        lambda: trends.period_orders(open_source(version_of(asked)), asked.as_of, asked.period).grouped(
            groups(asked).codes
        ),
    )


def months(request: AnalysisRequest) -> trends.MonthlyOrders:
    """Each group's orders by month."""
    asked = resolved(request)
    return _REDUCED.get(
        ("months", *_groups_key(asked)),
        lambda: trends.monthly_orders(open_source(version_of(asked)), asked.as_of).grouped(groups(asked).codes),
    )


def only_bar(request: AnalysisRequest) -> AnalysisRequest:
    """The request with those filters only that every tab honours: countries, segments and kept segments."""
    return replace(request, where=parted(request.where)[0], search="")


def pins_stamp(request: AnalysisRequest) -> str:
    """A text that is another one as soon as something was kept of the dataset, or dropped."""
    return stamp(version_of(request))


def placing(asked: AnalysisRequest) -> None:
    """Place the customers in what is kept of the dataset, and keep that beside the version: the work of a job."""
    scored(asked, open_source(version_of(asked)))


def _table_key(asked: AnalysisRequest) -> tuple[Hashable, ...]:
    return asked.dataset, asked.version, asked.as_of, asked.preset


def _placed_key(asked: AnalysisRequest) -> tuple[Hashable, ...]:
    return *_table_key(asked), pins_stamp(asked)


def _groups_key(asked: AnalysisRequest) -> tuple[Hashable, ...]:
    chosen = only_bar(asked).where
    return *_placed_key(asked), json.dumps(chosen.to_json(), sort_keys=True) if chosen is not None else ""
