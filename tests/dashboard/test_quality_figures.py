"""How many groups, drawn: the proposal, what is not to be trusted, what comes near, and how well customers fit."""

from __future__ import annotations

import base64
import json
from typing import Any

import numpy as np
import pytest
from dash.exceptions import PreventUpdate
from plotly import graph_objects as go

from analytics.clusters import Fit, Panel, Quality
from analytics.request import AnalysisRequest
from analytics.segmentation import panel, segment
from analytics.sources import open_source
from dashboard import results
from dashboard.figures.quality import MEASURES, measure_named, quality_curves, silhouette_bands
from dashboard.options import option
from dashboard.results.silhouetting import cluster_silhouettes_table, silhouettes_of
from dashboard.state import View, changed
from dashboard.tabs.clusters import curves, finding
from dashboard.theme import Mode
from tests.dashboard.visible import told

MODES: tuple[Mode, ...] = ("light", "dark")
NO_FIT: dict[Any, Fit] = {}


def quality(k: int, rank: float | None, **more: Any) -> Quality:
    return Quality(
        k, k, 1 / k, 1.0, 100.0, 100.0 / k, 0.5 / k, gap=0.1 * k, gap_error=0.01, jaccard=(0.9,), rank=rank, **more
    )


TRIED = Panel(
    (quality(2, None, degenerate="One group holds 2 of 900."), quality(3, 1.5), quality(4, 2.0), quality(5, 3.5)),
    NO_FIT,
    3,
    (3, 4),
    "The rule.",
)


def numbers(values: Any) -> np.ndarray[Any, Any]:
    return np.frombuffer(base64.b64decode(values["bdata"]), dtype={"f4": "<f4", "f8": "<f8"}[values["dtype"]])


def points(drawn: dict[str, Any]) -> dict[str, Any]:
    """The trace of a chart whose points can be clicked."""
    (found,) = [trace for trace in drawn["data"] if "customdata" in trace]
    return dict(found)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("measure", MEASURES, ids=lambda measure: measure.name)
def test_every_measure_is_drawn(measure: Any, mode: Mode) -> None:
    """Plotly accepts each measure; every number that has it is a point whose click is the number."""
    drawn = quality_curves(TRIED, 4, measure, mode)
    go.Figure(drawn)
    json.dumps(drawn, allow_nan=False)
    assert sorted(points(drawn)["customdata"]) == [2, 3, 4, 5]


def test_the_proposal_is_a_star_and_what_is_flagged_a_cross_with_its_reason() -> None:
    """The star, the cross and the ring around what is shown are on the right numbers; the reason is in the hover text."""
    drawn = points(quality_curves(TRIED, 4, measure_named("silhouette"), "light"))
    assert drawn["marker"]["symbol"] == ["x", "star", "circle", "circle"]
    assert numbers(drawn["y"]) == pytest.approx([1 / 2, 1 / 3, 1 / 4, 1 / 5])
    assert [width > 1 for width in drawn["marker"]["line"]["width"]] == [False, False, True, False]
    assert "One group holds 2 of 900." in drawn["hovertext"][0]
    assert "proposed" in drawn["hovertext"][1]
    assert "nearly as good" in drawn["hovertext"][2]
    assert "shown now" in drawn["hovertext"][2]


def test_a_number_without_a_rank_stands_below_those_with_one() -> None:
    """What is not ranked can be seen and clicked, lower than the worst rank; the axis has the best on top."""
    drawn = quality_curves(TRIED, 3, measure_named("rank"), "light")
    places = dict(zip(points(drawn)["customdata"], numbers(points(drawn)["y"]), strict=True))
    assert (places[3], places[4], places[5]) == (1.5, 2.0, 3.5)
    assert places[2] > 3.5
    assert drawn["layout"]["yaxis"]["autorange"] == "reversed"


def test_what_has_no_rank_is_not_drawn_as_nearly_as_good() -> None:
    """Where all ranks lie close together, what is flagged stands below the band all the same."""
    close = Panel(
        (quality(2, 1.7), quality(3, 1.3), quality(4, None, degenerate="It holds one customer.")), NO_FIT, 3, (2, 3)
    )
    drawn = quality_curves(close, 3, measure_named("rank"), "light")
    (band,) = drawn["layout"]["shapes"]
    assert numbers(points(drawn)["y"])[-1] > band["y1"]


def test_the_band_is_what_comes_near() -> None:
    """In the ranks the band reaches one rank below the best; in a measure it stands behind each number that comes near."""
    (band,) = quality_curves(TRIED, 3, measure_named("rank"), "light")["layout"]["shapes"]
    assert band["y0"] < 1.5
    assert band["y1"] == 2.5
    bands = quality_curves(TRIED, 3, measure_named("gap"), "light")["layout"]["shapes"]
    assert [(band["x0"] + band["x1"]) / 2 for band in bands] == pytest.approx([3, 4])
    alone = Panel(TRIED.qualities, NO_FIT, 3, (3,))
    assert quality_curves(alone, 3, measure_named("rank"), "light")["layout"]["shapes"] == []


def test_the_chord_begins_at_one_group() -> None:
    """The dotted line goes from the inertia of one group, which the elbows imply, to that of the most groups.

    By hand: 100 in one group, 40 in two, 30 in three, 20 in four; the elbows are 60/80 - 1/3, 70/80 - 2/3 and 0.
    """
    made = [(2, 40.0, 0.75 - 1 / 3), (3, 30.0, 0.875 - 2 / 3), (4, 20.0, 0.0)]
    qualities = tuple(Quality(k, k, 0.5, 1.0, 1.0, inertia, 0.2, elbow=elbow) for k, inertia, elbow in made)
    drawn = quality_curves(Panel(qualities, NO_FIT, 2, (2,)), 2, measure_named("inertia"), "light")
    assert drawn["data"][0]["x"] == [1, 4]
    assert numbers(drawn["data"][0]["y"]) == pytest.approx([100.0, 20.0])
    elbow = next(note for note in drawn["layout"]["annotations"] if note["text"] == "elbow")
    assert elbow["x"] == 2


def test_a_measure_that_nobody_has_is_a_sentence() -> None:
    """Without gaps the chart of the gap says so."""
    bare = Panel((Quality(2, 2, 0.5, 1.0, 1.0, 1.0, 0.5),), NO_FIT, 2, (2,))
    drawn = quality_curves(bare, 2, measure_named("gap"), "light")
    assert "could not be measured" in drawn["layout"]["annotations"][0]["text"]


@pytest.mark.parametrize(
    ("near", "said"),
    [
        ((3,), "3 groups are the best supported"),
        ((3, 4), "3 groups are the best supported; 4 are nearly as good"),
        ((3, 4, 5), "3 groups are the best supported; 4 and 5 are nearly as good"),
    ],
)
def test_the_title_says_the_proposal(near: tuple[int, ...], said: str) -> None:
    """The title names the proposed number and those that come near."""
    assert curves.title(Panel(TRIED.qualities, NO_FIT, 3, near)) == said
    assert curves.title(Panel(TRIED.qualities, NO_FIT, 2, (2,))) == "No number of groups is convincing"


def test_the_switch_offers_every_measure() -> None:
    """What can be chosen is what can be drawn."""
    assert option("clusters_measure").allowed == tuple(known.name for known in MEASURES)


def test_a_band_is_as_high_as_its_group() -> None:
    """Two groups of 3 and 2 customers: sorted from best to worst, one above the other, and the mean is a line."""
    drawn = silhouette_bands(["a", "b"], ["A", "B"], [np.array([0.1, 0.9, -0.3]), np.array([0.5, 0.4])], 0.32, "light")
    go.Figure(drawn)
    one, two = drawn["data"]
    assert numbers(one["x"]) == pytest.approx([0.9, 0.1, -0.3])
    assert numbers(one["y"]).tolist() == [0, 1, 2]
    assert numbers(two["y"]).min() > 3
    assert (set(one["customdata"]), set(two["customdata"])) == ({"A"}, {"B"})
    assert "33% nearer to another group" in one["hovertext"]
    assert drawn["layout"]["shapes"][0]["x0"] == 0.32


def test_many_customers_are_thinned() -> None:
    """Of ten thousand customers about a thousand are drawn, the best and the worst of each group among them."""
    values = np.linspace(-0.5, 1.0, 10_000)
    (band,) = silhouette_bands(["a"], ["A"], [values], 0.25, "light")["data"]
    drawn = numbers(band["x"])
    assert 1_000 <= len(drawn) <= 1_250
    assert (drawn[0], drawn[-1]) == (pytest.approx(1.0), pytest.approx(-0.5))


# The screen


@pytest.fixture(scope="module")
def four(workspace: Any) -> View:
    """The sample shop in four groups, with the panel."""
    view = View(AnalysisRequest("sample", k=4))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CLIENTELE_HOME", str(workspace))
        panel(AnalysisRequest("sample", algorithm="kmeans"), open_source("sample"))
        segment(AnalysisRequest("sample", algorithm="kmeans", k=4), open_source("sample"))
    return view


def test_the_page_says_what_is_proposed_and_why(home: object, four: View) -> None:
    """Title, table and rule are those of the panel; the table has a row for every number and a star at the proposal."""
    _, ready = finding.ask_for_groups(changed(four, {"clusters_part": "number"}).to_json(), 0)
    tried = results.panel(four.request)
    assert tried is not None
    heading, _, table = curves.show_curves(four.to_json(), ready, "light")
    assert heading == curves.title(tried)
    assert f"★ {tried.proposed}" in told(table)
    assert told(table).count("★") == 1
    assert tried.rule in told(curves.show_rule(four.to_json(), ready))


def test_what_was_tried_stays_on_show_while_a_clicked_number_is_found(home: object, four: View) -> None:
    """Another number of groups of the same panel: the chart is there before its groups are, with the ring on it."""
    clicked = changed(four, {"k": 7}).to_json()
    heading, drawn, _ = curves.show_curves(clicked, None, "light")
    assert heading == curves.title(panel(four.request, open_source("sample")))
    widths = dict(zip(points(drawn)["customdata"], points(drawn)["marker"]["line"]["width"], strict=True))
    assert {value for value, width in widths.items() if width > 1} == {7}


def test_the_silhouettes_are_those_of_the_groups(home: object, four: View) -> None:
    """There is a band for each group with all its customers, and their mean is the silhouette of the segmentation."""
    _, ready = finding.ask_for_groups(four.to_json(), 0)
    found = results.clusters(four.request)
    assert found is not None
    seen = silhouettes_of(four.request, found)
    assert [len(band) for band in seen.bands] == [group.customers for group in found.segments]
    assert seen.mean == pytest.approx(found.silhouette, abs=1e-5)
    heading, drawn, _ = curves.show_silhouettes(four.to_json(), ready, "light")
    assert heading.endswith("of customers are nearer to another group than to their own")
    assert [trace["name"] for trace in drawn["data"]] == [group.name for group in found.segments]
    listed = cluster_silhouettes_table(four)
    assert listed["measured"].sum() == len(found.codes)


def test_a_click_on_a_number_of_groups_chooses_it() -> None:
    """A click on a point is its number; anything else, or with a method that is not told how many, is nothing."""
    plain, crowds = View(AnalysisRequest("small")), View(AnalysisRequest("small", algorithm="hdbscan"))
    assert curves.choose_by_click({"points": [{"customdata": 4}]}, plain.to_json()) == {"k": 4}
    for clicked in (None, {}, {"points": [{"customdata": "4"}]}, {"points": {"0": 1}}, "x"):
        with pytest.raises(PreventUpdate):
            curves.choose_by_click(clicked, plain.to_json())
    with pytest.raises(PreventUpdate):
        curves.choose_by_click({"points": [{"customdata": 4}]}, crowds.to_json())
