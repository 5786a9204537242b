"""How many groups, where groups are crowds: what the Clusters tab says of who is in none, and how a value is chosen."""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go
import pytest
from dash.exceptions import PreventUpdate

from analytics.clusters import NOISE
from analytics.request import AnalysisRequest
from analytics.segmentation import panel, segment
from analytics.sources import open_source
from dashboard import results
from dashboard.results.density import left_out
from dashboard.state import View, changed
from dashboard.tabs.clusters import density, number
from tests.dashboard.visible import told

pytestmark = pytest.mark.usefixtures("home")
each = pytest.mark.parametrize("name", ["hdbscan", "dbscan"])
READY = {"k": 2}


def found(name: str, *params: tuple[str, Any]) -> View:
    """A view whose crowds have been found, and what other values would give."""
    request = AnalysisRequest("sample", algorithm=name, params=params)
    panel(request, open_source("sample"))
    segment(request, open_source("sample"))
    return View(request)


@each
def test_who_is_in_no_group_is_said(name: str) -> None:
    """The share in no group is in sight, with a button for the people; when they join the nearest, it says how many did."""
    view = found(name)
    groups = results.clusters(view.request)
    assert groups is not None
    assert groups.noise_share > 0
    words = told(density.show_left_out(view.to_json(), READY))
    assert f"{groups.noise_share:.0%} of customers are in no group." in words
    assert f"See these {groups.segments[-1].customers:,}" in words
    joined = found(name, ("noise", "nearest"))
    words = told(density.show_left_out(joined.to_json(), READY))
    assert f"{groups.noise_share:.0%} of customers were reached by no group, and joined the nearest." in words
    assert "appears here" in told(density.show_left_out(view.to_json(), None))


@each
def test_the_scan_has_every_value(name: str) -> None:
    """Each value that was tried is a point and a row, with its groups and the share that it leaves out."""
    view = found(name)
    tried = results.panel(view.request)
    assert tried is not None
    title, figure, rows = density.show_scan(view.to_json(), READY, "light")
    go.Figure(figure)
    values = [one.value for one in tried.qualities]
    assert figure["data"][0]["customdata"] == values
    assert len(rows.children[2].children) == len(values)
    for one in tried.qualities:
        fit = tried.fits[one.value]
        assert left_out(fit) == pytest.approx((fit.labels == NOISE).mean())
    assert title
    assert "Groups appear here" in str(density.show_scan(view.to_json(), None, "light")[1])


def test_the_distances_have_their_bend() -> None:
    """The curve names its bend, which is the distance in use where none is asked for; without DBSCAN there is no curve."""
    view = found("dbscan")
    groups = results.clusters(view.request)
    assert groups is not None
    assert groups.clustering is not None
    title, figure, rows = density.show_distances(view.to_json(), READY, "dark")
    go.Figure(figure)
    assert f"{groups.clustering.settings['eps']:.3g}" in title
    assert figure["data"][2]["customdata"] == [groups.clustering.settings["eps"]]
    assert "the bend" in told(rows)
    other = found("hdbscan")
    assert "There are no groups to show" in str(density.show_distances(other.to_json(), READY, "light")[1])


@pytest.mark.parametrize(("name", "value", "params"), [
    ("hdbscan", 40, {"selection": "leaf", "min_cluster_size": 40}),
    ("dbscan", 0.25, {"min_samples": 9, "eps": 0.25}),
])  # fmt: skip
def test_a_click_chooses_a_value(name: str, value: float, params: dict[str, Any]) -> None:
    """A click adds the value to the parameters that are chosen already; anything else is nothing."""
    first = next(iter(params.items()))
    view = View(AnalysisRequest("small", algorithm=name, params=(first,)))
    assert density.choose_value({"points": [{"customdata": value}]}, view.to_json()) == {"params": params}
    for clicked in (None, {}, {"points": [{"customdata": "4"}]}, {"points": [{"customdata": True}]}):
        with pytest.raises(PreventUpdate):
            density.choose_value(clicked, view.to_json())
    with pytest.raises(PreventUpdate):
        density.choose_value({"points": [{"customdata": 3}]}, View(AnalysisRequest("small")).to_json())


def test_joining_the_nearest_is_a_choice() -> None:
    """The switch changes one parameter and keeps the others; what the view has already is no change."""
    view = View(AnalysisRequest("small", algorithm="hdbscan", params=(("min_cluster_size", 7),)))
    change = density.choose_noise("nearest", view.to_json())
    assert change == {"params": {"min_cluster_size": 7, "noise": "nearest"}}
    joined = changed(view, change)
    assert density.choose_noise("segment", joined.to_json()) == {"params": {"min_cluster_size": 7}}
    for value, shown in (("segment", view), ("nearest", joined), ("nearest", View(AnalysisRequest("small")))):
        with pytest.raises(PreventUpdate):
            density.choose_noise(value, shown.to_json())


def test_the_charts_follow_the_method() -> None:
    """A method of another kind gets its own charts; one of the same kind leaves them where they are."""
    crowds = View(AnalysisRequest("small", algorithm="dbscan"))
    cards, kind = number.show_cards_of_kind(crowds.to_json(), "counted")
    assert (len(cards), kind) == (3, "dbscan")
    with pytest.raises(PreventUpdate):
        number.show_cards_of_kind(crowds.to_json(), "dbscan")
    cards, kind = number.show_cards_of_kind(View(AnalysisRequest("small")).to_json(), kind)
    assert kind == "counted"
    assert cards
