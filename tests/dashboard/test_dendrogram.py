"""The dendrogram on the screen: what is drawn, and what dragging its line asks for."""

from __future__ import annotations

import base64
from dataclasses import replace
from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest
from dash.exceptions import PreventUpdate

from analytics.clusters import HIERARCHICAL, Tree, dendrogram
from analytics.clusters.dendrogram import cut, groups_at, span
from analytics.request import AnalysisRequest
from analytics.segmentation import panel, segment
from analytics.sources import open_source
from dashboard import results
from dashboard.figures import dendrogram as figures
from dashboard.state import View
from dashboard.tabs.clusters import number, tree
from tests.dashboard.visible import told

FOUR = dendrogram(HIERARCHICAL.fit(np.array([[0.0], [1.0], [5.0], [8.0]]), {"k": 2, "linkage": "average"}, 0).model)
"""Merges at 1, 3 and 6; two groups of two."""


def points(trace: dict[str, Any]) -> tuple[list[float], list[float]]:
    """The corners of a trace."""
    across, up = (np.frombuffer(base64.b64decode(trace[axis]["bdata"]), dtype="<f8").tolist() for axis in ("x", "y"))
    return across, up


def corners(trace: dict[str, Any]) -> set[tuple[float, float]]:
    return {(x, y) for x, y in zip(*points(trace), strict=True) if x == x}  # noqa: PLR0124 - gaps are not numbers


def with_cut(known: Tree, k: int) -> Tree:
    return replace(known, groups=cut(known.merges, known.sizes, k))


# What is drawn


@pytest.mark.parametrize("k", [1, 2, 3, 4])
def test_the_line_lies_where_it_gives_its_groups(k: int) -> None:
    """The cut that is drawn crosses as many branches as there are groups."""
    known = with_cut(FOUR, k)
    assert groups_at(known, figures.cut_height(known)) == k


def test_branches_stand_where_the_tree_says() -> None:
    """Four customers, two groups: each pair joins at its height, and the trunk joins both at 6; nothing else is drawn."""
    drawn = figures.dendrogram(FOUR, [0, 1], ["Best", "Rest"], [2, 2], "light")
    trunk, *groups = drawn["data"]
    assert corners(trunk) == {(0.5, 6.0), (1.5, 6.0), (2.5, 6.0)}
    left, _, right, _ = groups
    assert corners(left) == {(0.0, 0.0), (0.0, 1.0), (0.5, 1.0), (1.0, 1.0), (1.0, 0.0), (0.5, 6.0)}
    assert corners(right) == {(2.0, 0.0), (2.0, 3.0), (2.5, 3.0), (3.0, 3.0), (3.0, 0.0), (2.5, 6.0)}
    assert drawn["layout"]["xaxis"]["ticktext"] == ["1", "1", "1", "1"]
    assert drawn["layout"]["shapes"][0]["y0"] == drawn["layout"]["shapes"][0]["y1"] == 4.5


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_groups_are_told_apart_without_colour(mode: Any) -> None:
    """Each group has a colour, a marker and a name of its own, those of its segment; Plotly takes the figure."""
    drawn = figures.dendrogram(FOUR, [1, 0], ["Best", "Rest"], [2, 2], mode)
    go.Figure(drawn)
    leaves = [trace for trace in drawn["data"] if trace["mode"] == "markers"]
    assert [trace["name"] for trace in leaves] == ["Best", "Rest"]
    assert points(leaves[0])[0] == [2.0, 3.0]
    assert len({trace["marker"]["color"] for trace in leaves}) == 2
    assert len({trace["marker"]["symbol"] for trace in leaves}) == 2
    assert drawn["layout"]["showlegend"]


def test_a_tree_whose_groups_are_being_described_has_no_colours() -> None:
    """While the groups of a new cut have no names yet, every branch is drawn alike, and none opens anyone's list."""
    drawn = figures.dendrogram(FOUR, None, [], [], "light")
    go.Figure(drawn)
    assert len({trace["line"]["color"] for trace in drawn["data"] if "line" in trace}) == 1
    assert not any("customdata" in trace for trace in drawn["data"])
    assert not drawn["layout"]["showlegend"]


# What the screen does


@pytest.fixture
def found(home: object) -> View:
    """A view of the sample shop's tree, cut into four."""
    request = AnalysisRequest("sample", algorithm="hierarchical", k=4)
    panel(replace(request, k=None), open_source("sample"))
    segment(request, open_source("sample"))
    return View(request, (("clusters_part", ("number",)),))


def tree_of(view: View) -> Tree:
    known = tree.tree_of(view, results.clusters(view.request))
    assert known is not None
    return known


def height_for(view: View, k: int) -> float:
    return sum(span(tree_of(view), k)) / 2


def test_the_tree_is_of_the_groups_on_the_screen(found: View) -> None:
    """The title says how many groups there are; each has its leaves, whose customers are those of its segment."""
    title, drawn, behind = tree.show_tree(found.to_json(), {"k": 4}, "light")
    assert title == "This cut gives 4 groups"
    segmentation = results.clusters(found.request)
    assert segmentation is not None
    assert segmentation.clustering is not None
    known = tree_of(found)
    for group, code in enumerate(segmentation.clustering.rank):
        assert known.sizes[known.groups == group].sum() == segmentation.segments[code].customers
    names = [trace["name"] for trace in drawn["data"] if trace["mode"] == "markers"]
    assert names == [group.name for group in segmentation.segments]
    assert "this cut" in told(behind)
    assert len(behind.children[2].children) == known.bundles - 1


def test_other_methods_have_no_tree(home: object) -> None:
    """With K-Means the card is hidden, and neither a drag nor a button changes anything."""
    view = View(AnalysisRequest("small", algorithm="kmeans"))
    assert tree.show_box(view.to_json(), None) == {"display": "none"}
    with pytest.raises(PreventUpdate):
        tree.choose_by_drag({"shapes[0].y0": 1.0}, view.to_json(), None, "light")
    with pytest.raises(PreventUpdate):
        tree.choose_step(1, view.to_json(), None, step=1)
    assert "clusters-tree" in str(number.layout(view))


@pytest.mark.parametrize("k", [2, 3, 7])
def test_a_dropped_line_asks_for_the_groups_of_its_height(k: int, found: View) -> None:
    """Dropped between two merges, the line asks for as many groups as it crosses branches."""
    height = height_for(found, k)
    change, _ = tree.choose_by_drag(
        {"shapes[0].y0": height, "shapes[0].y1": height}, found.to_json(), {"k": 4}, "light"
    )
    assert change == {"k": k}


def test_a_line_dropped_beyond_all_asks_for_what_is_possible(found: View) -> None:
    """Above the tree it is two groups, on the ground twenty: the fewest and the most that can be asked for."""
    for height, k in ((1e9, 2), (-5.0, 20)):
        change, _ = tree.choose_by_drag({"shapes[0].y0": height}, found.to_json(), {"k": 4}, "light")
        assert change == {"k": k}


def test_a_tilted_line_is_read_at_the_end_that_was_taken(found: View) -> None:
    """Where only one end was pulled, that end counts, and not the one that stayed."""
    stays = figures.cut_height(tree_of(found))
    moved = {"shapes[0].y0": stays, "shapes[0].y1": height_for(found, 3)}
    assert tree.choose_by_drag(moved, found.to_json(), {"k": 4}, "light")[0] == {"k": 3}


def test_a_line_that_crosses_as_many_is_put_straight(found: View) -> None:
    """A small movement changes no groups; the line goes back to where it was, from side to side."""
    low, high = span(tree_of(found), 4)
    change, drawn = tree.choose_by_drag({"shapes[0].y0": low + 0.9 * (high - low)}, found.to_json(), {"k": 4}, "light")
    assert "_dash_no_update" in str(change.to_plotly_json())
    (told_of,) = drawn.to_plotly_json()["operations"]
    assert told_of["location"] == ["layout", "shapes"]
    assert told_of["params"]["value"][0]["y0"] == figures.cut_height(tree_of(found))


@pytest.mark.parametrize(
    "moved", [None, {}, {"autosize": True}, {"shapes[0].y0": "3"}, {"shapes[0].y0": float("nan")}, [3], True]
)
def test_what_is_no_drag_changes_nothing(moved: Any, found: View) -> None:
    """A window that changes its size, or nonsense, asks for no groups."""
    with pytest.raises(PreventUpdate):
        tree.choose_by_drag(moved, found.to_json(), {"k": 4}, "light")


def test_buttons_give_one_group_more_or_fewer(found: View) -> None:
    """From four groups a press leads to five or to three; at the ends it leads nowhere."""
    assert tree.choose_step(1, found.to_json(), {"k": 4}, step=1) == {"k": 5}
    assert tree.choose_step(1, found.to_json(), {"k": 4}, step=-1) == {"k": 3}
    for k, step in ((20, 1), (2, -1)):
        at_the_end = replace(found, request=replace(found.request, k=k))
        with pytest.raises(PreventUpdate):
            tree.choose_step(1, at_the_end.to_json(), None, step=step)
    with pytest.raises(PreventUpdate):
        tree.choose_step(0, found.to_json(), {"k": 4}, step=1)


def test_another_cut_is_drawn_before_its_groups_are_described(found: View) -> None:
    """The tree stays while a job describes the groups of the new cut: the line lies where it was dropped, without colours."""
    view = replace(found, request=replace(found.request, k=13))
    title, drawn, _ = tree.show_tree(view.to_json(), None, "light")
    assert title == "This cut gives 13 groups"
    assert groups_at(tree_of(view), drawn["layout"]["shapes"][0]["y0"]) == 13
    assert not drawn["layout"]["showlegend"]
