"""Results are computed once, forgotten oldest first, and are what the analytics say."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analytics import rfm, selection, trends
from analytics.calendar import days_before
from analytics.customers import customer_table
from analytics.errors import NotFoundError
from analytics.request import AnalysisRequest
from analytics.rules import Condition
from analytics.segmentation import segment
from analytics.sources import open_source
from dashboard import results
from dashboard.results import Kept

SAMPLE = AnalysisRequest("sample")
PATIENCE = 60
"""Seconds that a thread may take; a test that passes does not wait for it."""


def test_eight_threads_that_want_the_same_compute_it_once() -> None:
    """Whoever comes while a result is being computed waits for it and gets that very result."""
    kept, together, calls = Kept(3), threading.Barrier(8), []

    def compute() -> object:
        calls.append(threading.get_ident())
        started.set()
        assert go_on.wait(PATIENCE)
        return object()

    started, go_on = threading.Event(), threading.Event()

    def ask() -> object:
        together.wait(PATIENCE)
        return kept.get("key", compute)

    with ThreadPoolExecutor(8) as threads:
        asked = [threads.submit(ask) for _ in range(8)]
        assert started.wait(PATIENCE)
        go_on.set()
        given = {id(item.result(PATIENCE)) for item in asked}
    assert len(calls) == 1
    assert len(given) == 1


def test_different_results_do_not_wait_for_each_other() -> None:
    """A result that takes long holds up no other one."""
    kept, go_on = Kept(3), threading.Event()
    with ThreadPoolExecutor(1) as threads:
        slow = threads.submit(kept.get, "slow", lambda: go_on.wait(PATIENCE))
        assert kept.get("quick", lambda: 7) == 7
        go_on.set()
        assert slow.result(PATIENCE) is True


def test_the_one_not_asked_for_longest_is_forgotten() -> None:
    """Asking for a result keeps it; the one that nobody asked for goes first."""
    kept, computed = Kept(2), []

    def value(name: str) -> Callable[[], str]:
        def compute() -> str:
            computed.append(name)
            return name

        return compute

    for name in "abacab":
        kept.get(name, value(name))
    assert "".join(computed) == "abcb"


def test_a_failure_is_not_kept() -> None:
    """What failed once is tried again, and nobody waits for it for ever."""
    kept, answers = Kept(2), iter([ZeroDivisionError, None])

    def compute() -> str:
        problem = next(answers)
        if problem:
            raise problem
        return "well"

    with pytest.raises(ZeroDivisionError):
        kept.get("key", compute)
    assert kept.get("key", compute) == "well"


def test_those_who_wait_for_a_failure_try_themselves() -> None:
    """When a computation fails, one that waited for it computes instead of failing too."""
    kept, started, go_on = Kept(2), threading.Event(), threading.Event()

    def fail() -> int:
        started.set()
        go_on.wait(PATIENCE)
        raise ZeroDivisionError

    with ThreadPoolExecutor(2) as threads:
        first = threads.submit(kept.get, "key", fail)
        assert started.wait(PATIENCE)
        second = threads.submit(kept.get, "key", lambda: 7)
        go_on.set()
        with pytest.raises(ZeroDivisionError):
            first.result(PATIENCE)
        assert second.result(PATIENCE) == 7


def test_the_default_is_the_dataset_published_last(home: Path) -> None:
    """Who opens the page sees what was imported last."""
    assert results.default_dataset() == "sample"
    assert [item.dataset for item in results.datasets()] == ["nasty", "one", "sample", "small"]


def test_without_datasets_the_way_on_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty workspace says where to load an order file."""
    monkeypatch.setenv("CLIENTELE_HOME", str(tmp_path))
    with pytest.raises(NotFoundError, match="Open the Data tab"):
        results.default_dataset()


def test_a_resolved_request_says_which_version_and_day(home: Path) -> None:
    """What a result is kept under names the version and the day, so that a new version is never taken for an old one."""
    asked = results.resolved(SAMPLE)
    assert asked.version == open_source("sample").version
    assert asked.as_of == date(2026, 1, 1)
    assert results.resolved(asked) == asked


@pytest.mark.parametrize("as_of", [None, date(2025, 6, 1)])
def test_customers_are_the_customer_table(home: Path, as_of: date | None) -> None:
    """The screen's customers are those of the customer table, with scores and segments; asked again, the same object."""
    request = replace(SAMPLE, as_of=as_of)
    expected = rfm.with_segments(customer_table(open_source("sample"), as_of)).frame
    shown = results.customers(request).frame
    pd.testing.assert_frame_equal(shown[expected.columns], expected)
    assert results.customers(request) is results.customers(request)


def test_kept_customers_are_the_selected_ones(home: Path) -> None:
    """The screen keeps whom the selection keeps; the grid's own filter and search count only where all is asked for."""
    request = replace(
        SAMPLE,
        countries=("France",),
        segments=("Champions", "Loyal"),
        where=Condition("order_count", "at least", 5),
        search="a",
    )
    table = results.customers(request)
    whole = results.kept(request, whole=True)
    shown = results.kept(request)
    assert whole is not None
    assert shown is not None
    assert (whole == selection.selected(request, table)).all()
    assert (shown == selection.selected(replace(request, where=None, search=""), table)).all()
    assert 0 < whole.sum() < shown.sum()
    assert results.kept(replace(SAMPLE, where=request.where)) is None


def test_key_figures_and_months_are_those_of_the_analytics(home: Path) -> None:
    """The overview's numbers are one call of the analytics away."""
    source = open_source("sample")
    period, months = results.period(SAMPLE), results.months(SAMPLE)
    assert trends.key_figures(period) == trends.key_figures(trends.period_orders(source))
    pd.testing.assert_frame_equal(months.by_month(), trends.monthly_orders(source).by_month())
    assert results.period(replace(SAMPLE, period="30")).period.starts_on == days_before(date(2026, 1, 1), 30)


def test_the_segmentation_is_that_of_the_analytics(home: Path) -> None:
    """Segments, profiles and recommendations are those of `segment`, whatever filters are set."""
    expected = segment(SAMPLE, open_source("sample"))
    assert results.segmentation(replace(SAMPLE, countries=("France",), k=3)).to_json() == expected.to_json()


def test_clusters_are_there_once_a_job_has_found_them(home: Path) -> None:
    """Before anyone has looked for groups there are none and that is not remembered; afterwards they are `segment`'s."""
    request = AnalysisRequest("small", k=2, seed=7)
    assert results.clusters(request) is None
    assert "cluster" not in results.customers(request).frame
    found = segment(replace(request, algorithm="kmeans"), open_source("small"))
    shown = results.clusters(request)
    assert shown is not None
    assert shown.to_json() == found.to_json()
    assert (np.asarray(results.customers(request).frame["cluster"].cat.codes) == found.codes).all()
