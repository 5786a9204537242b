"""The Clusters tab: its job, and what each part says of the groups."""

from __future__ import annotations

from dataclasses import replace

import pytest
from dash import no_update
from dash.exceptions import PreventUpdate

from analytics.errors import RequestError
from analytics.request import AnalysisRequest
from analytics.segmentation import panel, segment
from analytics.sources import open_source
from dashboard import results
from dashboard.components.basics import HIDDEN, SHOWN
from dashboard.profiles import charts
from dashboard.state import View
from dashboard.tabs.clusters import curves, finding, groups, profiling
from tests.dashboard.visible import told

pytestmark = pytest.mark.usefixtures("home")


def silent(_share: float, _sentence: str) -> None:
    """Nobody watches."""


@pytest.fixture
def four() -> View:
    """A view whose four groups have been found."""
    view = View(AnalysisRequest("sample", k=4))
    segment(replace(view.request, algorithm="kmeans"), open_source("sample"))
    return view


def test_groups_that_are_not_found_yet_are_asked_for() -> None:
    """The job is told the request and nothing else; until it is done every chart says that groups are being found."""
    view = View(AnalysisRequest("small", seed=99))
    needed, ready = finding.ask_for_groups(view.to_json(), 2)
    assert needed == {"request": view.request.to_json(), "panel": False, "click": 2}
    assert ready is None
    for shown in (
        curves.show_curves(view.to_json(), None, "light"),
        groups.show_cloud(view.to_json(), None, "light", "wide", None),
    ):
        assert shown[1]["layout"]["annotations"][0]["text"] == "Groups appear here"
    assert groups.show_cards(view.to_json(), None, "light") == []


def test_the_job_finds_what_the_page_then_shows(four: View) -> None:
    """After the job every group has a card with its customers, and they add up to everyone."""
    ready = finding.find_groups(silent, {"request": four.request.to_json()})
    assert ready["k"] == 4
    found = results.clusters(four.request)
    assert found is not None
    cards = groups.show_cards(four.to_json(), ready, "light")
    assert len(cards) == 4
    for card, group in zip(cards, found.segments, strict=True):
        assert group.name in told(card)
        assert f"{group.customers:,} customers" in told(card)
        assert group.meaning in told(card)
    assert sum(group.customers for group in found.segments) == len(found.table)


def test_the_page_names_the_proposal_and_the_groups(four: View) -> None:
    """The curves' title names the proposed number, the cloud's the chosen one, and the profiles compare the first three."""
    _, ready = finding.ask_for_groups(four.to_json(), 0)
    found = results.clusters(four.request)
    assert found is not None
    tried = panel(four.request, open_source("sample"))
    title = curves.show_curves(four.to_json(), ready, "light")[0]
    assert title.startswith(f"{tried.proposed} groups are the best supported")
    title = groups.show_cloud(four.to_json(), ready, "light", "wide", None)[0]
    assert title == f"4 groups among {len(found.table):,} customers"
    options, chosen = profiling.show_compare_choices(four.to_json(), ready)
    assert [item["value"] for item in options] == [group.name for group in found.segments]
    assert chosen == [group.name for group in found.segments][:3]
    _, figure, _ = charts.show_bars(profiling.PLACE, four.to_json(), ready, chosen, "light")
    assert [bars["name"] for bars in figure["data"]] == chosen


def test_comparing_the_first_groups_is_not_a_change(four: View) -> None:
    """What the page chose itself does not lengthen the link; what a person chose does."""
    _, ready = finding.ask_for_groups(four.to_json(), 0)
    _, chosen = profiling.show_compare_choices(four.to_json(), ready)
    with pytest.raises(PreventUpdate):
        profiling.choose_compared(chosen, four.to_json(), ready)
    assert profiling.choose_compared(chosen[:1], four.to_json(), ready) == {"compare": chosen[:1]}


@pytest.mark.parametrize("request_", [AnalysisRequest("one"), AnalysisRequest("small", k=9)])
def test_groups_that_cannot_be_are_refused(request_: AnalysisRequest) -> None:
    """One customer has no groups and four have no nine: the page says so and goes on saying so, not that it was stopped."""
    told_, needed = View(request_).to_json(), {"request": request_.to_json()}
    ready = finding.find_groups(silent, needed)
    with pytest.raises(RequestError) as problem:
        segment(request_.clustering(), open_source(request_.dataset))
    assert ready == {"problem": str(problem.value)}
    with pytest.raises(PreventUpdate):
        finding.show_end(HIDDEN, told_, needed, ready)
    assert str(problem.value) in told(finding.show_notes(told_, ready))


def test_a_job_is_asked_for_once() -> None:
    """What else changes on the page asks for nothing anew, whether the job runs or has ended without groups; its button does."""
    view = View(AnalysisRequest("small", seed=98))
    needed, _ = finding.ask_for_groups(view.to_json(), 1)
    filtered = replace(view, request=replace(view.request, countries=("Spain",))).choosing(clusters_dimensions="2")
    other = View(AnalysisRequest("small", seed=97)).to_json()
    assert finding.ask_for_groups(filtered.to_json(), 1, needed, None, SHOWN) == (no_update, None)
    for ended in (None, {"problem": "Stopped."}, {"k": 2, "trouble": "Gone."}):
        assert finding.ask_for_groups(filtered.to_json(), 1, needed, ended, HIDDEN) == (no_update, no_update)
        assert finding.ask_for_groups(other, 1, needed, ended, HIDDEN)[0]["request"]["seed"] == 97
        assert finding.ask_for_groups(view.to_json(), 2, needed, ended, HIDDEN)[0]["click"] == 2
    again, ready = finding.ask_for_groups(view.to_json(), 1, needed, {"k": 2}, HIDDEN)  # back from other groups
    assert (again, ready) == ({**needed, "again": 1}, None)


def test_a_job_that_left_nothing_is_said(four: View) -> None:
    """After a job that was stopped the page says so and no chart promises groups; a job at work, or done, takes that back."""
    told_, needed = View(AnalysisRequest("small", seed=96)).to_json(), {"request": {}}
    ended = finding.show_end(HIDDEN, told_, needed, None)
    assert "Press Find groups" in ended["problem"]
    assert ended["problem"] in told(finding.show_notes(told_, ended))
    assert "appear here" not in str(groups.show_cloud(told_, ended, "light", "wide", None)[1])
    assert finding.show_end(SHOWN, told_, needed, ended) is None
    assert finding.show_end(SHOWN, told_, needed, None) is no_update
    for busy, view, asked in ((HIDDEN, told_, None), (HIDDEN, four.to_json(), needed)):
        with pytest.raises(PreventUpdate):
            finding.show_end(busy, view, asked, None)


def test_groups_that_this_page_cannot_read_are_said() -> None:
    """Where a job of other code has found groups under other names, the page says what to do, and does not wait for ever."""
    ended = finding.show_end(HIDDEN, View(AnalysisRequest("small", seed=95)).to_json(), {"request": {}}, {"k": 2})
    assert "Restart Clientele" in ended["problem"]
