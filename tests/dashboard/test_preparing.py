"""A large dataset on a new day: the page waits, a job computes, the page goes on."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from dash import no_update

from analytics.request import AnalysisRequest
from dashboard import results
from dashboard.app import show_tab
from dashboard.errors import NotReadyError, show_error
from dashboard.preparing import prepare_customers, wanted
from dashboard.results import Kept
from dashboard.state import View
from tests.dashboard.visible import texts

DAY = AnalysisRequest("small", as_of=date(2024, 3, 2))
RFM = {"path": "/rfm", "epoch": 0}


@pytest.fixture(autouse=True)
def large(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Four customers are many for these tests, and nothing of that day is kept."""
    monkeypatch.setattr(results, "MOST_AT_ONCE", 3)
    monkeypatch.setattr(results, "_TABLES", Kept(3))
    monkeypatch.setattr(results, "_PLACED", Kept(3))
    monkeypatch.setattr(results, "_REDUCED", Kept(3))
    yield
    for file in results.version_of(DAY).path.glob(f"cache/customers-{DAY.as_of}-*"):
        file.unlink()


def shown(prepared: Any = None) -> tuple[str, Any]:
    """The tab's text, and what a job is asked to prepare."""
    *_, content, _, _, _, prepare = show_tab(RFM, prepared, View(DAY).to_json())
    return " ".join(texts(content)), prepare


def test_the_page_waits_for_a_job_and_then_goes_on() -> None:
    """A day that nobody asked for says that it is being computed; when the job is done the tab is there."""
    told, prepare = shown()
    assert "4 customers are being computed as of 2 Mar 2024" in told
    assert prepare == wanted(DAY)
    steps: list[float] = []
    done = prepare_customers(lambda share, _sentence: steps.append(share), prepare)
    told, prepare = shown(done)
    assert "The segments in numbers" in told
    assert prepare is no_update
    assert steps


def test_no_request_computes_what_is_a_job() -> None:
    """A chart that asks too early gets nothing, and no notice is shown for it: the page says what is going on."""
    with pytest.raises(NotReadyError) as early:
        results.customers(DAY)
    show_error(early.value)  # outside of a callback, a notice would fail


def test_a_result_that_cannot_be_kept_is_not_computed_for_ever() -> None:
    """Where the job is done and its result is not there, the page says what may be wrong."""
    told, _ = shown(wanted(DAY))
    assert "Is the disk full?" in told


def test_few_customers_are_computed_while_one_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """A shop of a usual size needs no job."""
    monkeypatch.setattr(results, "MOST_AT_ONCE", 4)
    told, prepare = shown()
    assert "The segments in numbers" in told
    assert prepare is no_update
