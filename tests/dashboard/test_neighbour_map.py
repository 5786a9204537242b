"""The map by UMAP: offered where UMAP is installed, made by the job and never by a drawing, and said to be what it is."""

from __future__ import annotations

import json
from dataclasses import replace
from importlib import import_module
from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest
from plotly.utils import PlotlyJSONEncoder

from analytics.clusters import FEWEST_MAPPED, can_map, neighbour_map
from analytics.errors import RequestError
from analytics.request import AnalysisRequest
from analytics.segmentation import CustomerMap, Segmentation, customer_map, mapping, segment, stored_map
from analytics.sources import open_source
from dashboard import results
from dashboard.results import drawing
from dashboard.state import View
from dashboard.tabs.clusters import finding, groups
from tests.dashboard.visible import told

pytestmark = pytest.mark.usefixtures("home")
needs_umap = pytest.mark.skipif(not can_map(), reason="UMAP is not installed (requirements-umap.txt)")
READY = {"k": 4}


def silent(_share: float, _words: str) -> None:
    return None


def beside(matrix: np.ndarray[Any, Any], seed: int = 0) -> np.ndarray[Any, Any]:
    """A map that needs no UMAP: the first metric across, the seed up."""
    return np.column_stack([matrix[:, 0], np.full(len(matrix), seed)]).astype(np.float32)


@pytest.fixture
def four(request: pytest.FixtureRequest) -> View:
    """A view of four groups as a map; each test has a seed of its own, so that none finds another's map."""
    seed = sum(map(ord, request.node.name))
    asked = AnalysisRequest("sample", algorithm="kmeans", k=4, seed=seed)
    segment(asked, open_source("sample"))
    return View(asked).choosing(clusters_dimensions="umap")


@pytest.fixture
def pretended(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if UMAP were installed, and very fast."""
    monkeypatch.setattr(drawing, "can_map", lambda: True)
    monkeypatch.setattr(groups, "can_map", lambda: True)
    monkeypatch.setattr(mapping.clusters, "neighbour_map", beside)


def groups_of(view: View) -> Segmentation:
    found = results.clusters(view.request)
    assert found is not None
    return found


def shown(view: View, width: str = "wide") -> tuple[str, dict[str, Any], Any, str, dict[str, str]]:
    title, figure, behind, words, box = groups.show_cloud(view.to_json(), READY, "light", width)
    return title, figure, behind, told(words) if words else "", box


def test_without_umap_it_is_not_offered(four: View, monkeypatch: pytest.MonkeyPatch) -> None:
    """There is no choice of it; a link that asks for it shows the three components, and no job is asked for a map."""
    monkeypatch.setattr(drawing, "can_map", lambda: False)
    monkeypatch.setattr(groups, "can_map", lambda: False)
    assert "UMAP" not in json.dumps(groups.layout(four), cls=PlotlyJSONEncoder)
    _, figure, _, words, _ = shown(four)
    assert "scene" in figure["layout"]
    assert "UMAP" not in words
    needed, ready = finding.ask_for_groups(four.to_json(), 0)
    assert not isinstance(needed, dict)
    assert ready["k"] == 4


@pytest.mark.usefixtures("pretended")
def test_the_job_makes_the_map_and_the_drawing_never(four: View) -> None:
    """Until the job has made it, the picture says so, and the groups stay on show; then it is there, beside the version."""
    assert '"UMAP"' in json.dumps(groups.layout(four), cls=PlotlyJSONEncoder)
    needed, ready = finding.ask_for_groups(four.to_json(), 0)
    assert needed["map"] is True
    assert ready["k"] == 4
    title, figure, behind, _, _ = shown(four)
    assert title == "Customers on a map"
    assert "in a minute or so" in json.dumps(figure)
    assert behind is None
    version = results.version_of(four.request)
    assert stored_map(groups_of(four), version, four.request.seed) is None
    assert finding.find_groups(silent, needed)["map"] is True
    made = stored_map(groups_of(four), version, four.request.seed)
    assert made is not None
    assert len(made.rows) == len(made.points) == len(groups_of(four).codes)
    asked_again, _ = finding.ask_for_groups(four.to_json(), 0)
    assert not isinstance(asked_again, dict)
    for other in (four.choosing(clusters_dimensions="3"), four.choosing(clusters_part="profiles")):
        assert not isinstance(finding.ask_for_groups(other.to_json(), 0)[0], dict)


@pytest.mark.usefixtures("pretended")
def test_what_stands_where_the_map_was_stopped(four: View) -> None:
    """Whoever cancels is told how to go on, keeps the groups, and is not asked for the map again by every change."""
    needed, ready = finding.ask_for_groups(four.to_json(), 0)
    ended = finding.show_end({"display": "none"}, four.to_json(), needed, ready)
    assert ended["k"] == 4
    assert ended["problem"] == "The map was stopped before it was there. Press Find groups to try again."
    again, _ = finding.ask_for_groups(four.to_json(), 0, needed, ended, {"display": "none"})
    assert not isinstance(again, dict)


@pytest.mark.usefixtures("pretended")
def test_every_customer_is_on_the_map_where_it_puts_them(four: View) -> None:
    """Each point is a customer in the trace of its group; axes have no numbers, and nothing can be drawn around."""
    found = groups_of(four)
    made = customer_map(found, results.version_of(four.request), four.request.seed)
    for width in ("wide", "narrow"):
        title, figure, behind, words, box = shown(four, width)
        go.Figure(figure)
        json.dumps(figure, allow_nan=False)
        layout = figure["layout"]
        assert layout["modebar"]["remove"] == ["lasso2d", "select2d"]
        assert layout["dragmode"] in (False, "pan")
        assert not layout["xaxis"]["showticklabels"]
        assert not layout["yaxis"]["showticklabels"]
        assert box == {"display": "none"}
        drawn = {customer: trace["meta"] for trace in figure["data"] for customer in trace["text"]}
        expected = zip(found.table.frame["customer_id"], found.codes, strict=True)
        groups_by_id = {customer: found.segments[code].name for customer, code in expected}
        assert drawn.items() <= groups_by_id.items()
        most = min(len(found.codes), 2_500 if width == "narrow" else 6_000)
        assert most - len(found.segments) < len(drawn) <= most
        assert title.startswith("4 groups on a map")
        assert told(behind)
        assert "means little" in words
        assert "McInnes, Healy & Melville 2018" in words
    points = drawing.cluster_points_table(four)
    assert list(points.columns) == ["customer_id", "umap1", "umap2", "segment"]
    row = found.table.frame["customer_id"].tolist().index(points["customer_id"].iloc[5])
    place = np.searchsorted(made.rows, row)
    assert points[["umap1", "umap2"]].iloc[5].tolist() == pytest.approx(made.points[place].tolist(), abs=1e-5)


@pytest.mark.usefixtures("pretended")
def test_a_filter_leaves_those_it_keeps_on_the_map(four: View) -> None:
    """Of those on the map the filters' customers are drawn; nobody is a sentence."""
    found = groups_of(four)
    customer_map(found, results.version_of(four.request), four.request.seed)
    champions = replace(four, request=replace(four.request, segments=("Champions",)))
    _, figure, _, _, _ = shown(champions)
    drawn = {customer for trace in figure["data"] for customer in trace["text"]}
    frame = found.table.frame
    assert drawn == set(frame["customer_id"][frame["segment"] == "Champions"])
    nobody = replace(four, request=replace(four.request, countries=("Atlantis",)))
    assert "No customers in this selection" in json.dumps(shown(nobody)[1])


def test_those_on_the_map_are_drawn_by_their_places(four: View) -> None:
    """Where only some customers are on the map, a place among its rows is the customer in that row, and no other."""
    found = groups_of(four)
    rows = np.arange(3, len(found.codes), 7, dtype=np.int32)
    laid_out = CustomerMap(rows, np.zeros((len(rows), 2), dtype=np.float32))
    keep = found.codes == 1
    at = drawing.mapped_rows(found, laid_out, keep, 6_000)
    assert set(rows[at].tolist()) == {row for row in rows.tolist() if keep[row]}


def test_other_groups_of_the_same_customers_have_the_same_map(four: View, monkeypatch: pytest.MonkeyPatch) -> None:
    """The map is made of what customers are grouped by: another number of groups finds it there; another seed does not."""
    monkeypatch.setattr(mapping.clusters, "neighbour_map", beside)
    version, seed = results.version_of(four.request), four.request.seed
    customer_map(groups_of(four), version, seed)
    five = segment(replace(four.request, k=5), open_source("sample"))
    assert stored_map(five, version, seed) is not None
    assert stored_map(five, version, seed + 1) is None


def two_crowds() -> np.ndarray[Any, Any]:
    """Forty rows here and forty far away."""
    near = np.random.default_rng(0).normal(size=(40, 3))
    return np.concatenate([near, near + 30])


@needs_umap
def test_neighbours_stay_neighbours() -> None:
    """Of two crowds far apart every row's nearest one on the map is of its own; the same seed gives the same map."""
    crowds = two_crowds()
    points = neighbour_map(crowds, 3)
    apart = np.linalg.norm(points[:, None] - points[None], axis=2)
    np.fill_diagonal(apart, np.inf)
    assert ((apart.argmin(axis=1) < 40) == (np.arange(80) < 40)).all()
    assert (neighbour_map(crowds, 3) == points).all()
    assert points.dtype == np.float32


@needs_umap
@pytest.mark.parametrize(
    "matrix",
    [np.zeros((50, 3)), np.repeat(np.eye(3), 20, axis=0), np.arange(40.0)[:, None]],
    ids=["all alike", "three kinds", "one metric"],
)
def test_odd_customers_have_a_map(matrix: np.ndarray[Any, Any]) -> None:
    """Identical rows and a single metric have a finite place for everyone."""
    points = neighbour_map(matrix)
    assert points.shape == (len(matrix), 2)
    assert np.isfinite(points).all()


def test_what_cannot_be_mapped_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without UMAP, and with too few customers, a sentence says what there is to do."""
    home = import_module("analytics.clusters.neighbour_map")
    monkeypatch.setattr(home, "can_map", lambda: False)
    with pytest.raises(RequestError, match=r"Install requirements-umap\.txt"):
        neighbour_map(two_crowds())
    monkeypatch.setattr(home, "can_map", lambda: True)
    with pytest.raises(RequestError, match=f"needs {FEWEST_MAPPED} to 20,000 customers, and these are 29"):
        neighbour_map(two_crowds()[:29])


@pytest.mark.usefixtures("pretended")
def test_too_few_customers_are_told_so() -> None:
    """A shop of four customers has no map, and no job is asked for one."""
    asked = AnalysisRequest("small", algorithm="kmeans", k=2)
    segment(asked, open_source("small"))
    view = View(asked).choosing(clusters_dimensions="umap")
    assert not isinstance(finding.ask_for_groups(view.to_json(), 0)[0], dict)
    assert f"A map needs {FEWEST_MAPPED} customers or more" in json.dumps(shown(view)[1]).replace("<br>", " ")
