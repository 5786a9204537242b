"""The pictures of paths are ones that Plotly can draw, say the numbers that they were given, and open into their people."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest

from analytics.behaviour.differences import index_moves, step_differences
from analytics.behaviour.paths import Flows, Transitions, flows, index_steps, index_ways
from analytics.behaviour.walked import way_of
from analytics.behaviour.walks import NONE, OTHER, States, Walks, walk
from analytics.rules import Did, rule_from_json
from dashboard.figures.base import Figure
from dashboard.figures.paths import (
    difference_bars,
    flow_picture,
    shown_differences,
    state_label,
    transition_matrix,
)
from dashboard.theme import Mode
from tests.dashboard.test_figures import is_empty, numbers

MODES: tuple[Mode, ...] = ("light", "dark")
STATES = States("page", ("Home", "Category", "Product", NONE, OTHER), 7)


def walks(*sessions: str) -> Walks:
    """Sessions as letters: h, c, p, - for no page, o for a page that is bundled."""
    codes = ["hcp-o".index(letter) for letters in sessions for letter in letters]
    numbered = np.repeat(np.arange(len(sessions)), [len(letters) for letters in sessions])
    return walk(numbered, np.array(codes, dtype=np.int16), STATES, sessions=len(sessions))


MANY = ("hcp", "hp", "c", "ho", "-p", "hcpc") * 10


def first_steps(*, from_end: bool = False) -> Flows:
    return flows(index_ways(walks(*MANY), from_end=from_end), 3)


def found() -> Transitions:
    return index_steps(walks(*MANY)).transitions()


def way(told: str) -> Any:
    """What a point's rule means, if it is one that the rule language can read."""
    rule = rule_from_json(json.loads(told))
    assert isinstance(rule, Did)
    return way_of(rule.known())


@pytest.mark.parametrize("mode", MODES)
def test_each_is_one_that_plotly_can_draw(mode: Mode) -> None:
    """Every property of the flows, the matrix and the bars exists."""
    a = np.arange(60) % 2 == 0
    compared = step_differences(index_moves(walks(*MANY)), a, ~a)
    pictures: list[Figure] = [
        flow_picture(first_steps(), mode, merge=True, opens=True),
        flow_picture(first_steps(from_end=True), mode, merge=False, opens=False),
        transition_matrix(found(), mode, merge=True, opens=True),
        difference_bars(compared, "A", "B", mode),
    ]
    for picture in pictures:
        go.Figure(picture)


def test_flows_are_the_sessions_given() -> None:
    """Bands carry the sessions, nodes stand from left to right, and all lie inside the picture."""
    drawn = first_steps()
    sankey = flow_picture(drawn, "light", merge=True, opens=True)["data"][0]
    assert list(numbers(sankey["link"]["value"])) == [flow.sessions for flow in drawn.flows]
    places = zip(sankey["node"]["x"], sankey["node"]["y"], drawn.nodes, strict=True)
    for x, y, node in places:
        assert x == pytest.approx(node.step / 2, abs=0.01)
        assert 0 < y < 1
    assert "Home 67%" in sankey["node"]["label"]


def test_a_band_opens_into_those_who_went_so() -> None:
    """A band is a path at its step; one that leaves is a visit that ended; a bundle opens nothing."""
    drawn = first_steps()
    link = flow_picture(drawn, "light", merge=True, opens=True)["data"][0]["link"]
    rules = {}
    for flow, told in zip(drawn.flows, link["customdata"], strict=True):
        key = (drawn.nodes[flow.source].step, drawn.nodes[flow.source].state, drawn.nodes[flow.target].state)
        rules[key] = told and way(told)
    assert (rules[0, 0, 1].path, rules[0, 0, 1].at, rules[0, 0, 1].step) == (("Home", "Category"), "start", 1)
    assert rules[1, 1, 2].step == 2
    left = rules[0, 1, -1]
    assert (left.path, left.at, left.step, left.whole) == (("Category",), "start", 1, True)
    assert rules[0, 0, None] is None


def test_from_the_end_steps_count_backwards() -> None:
    """The last band ends at the last step, and who came later began there."""
    drawn = first_steps(from_end=True)
    link = flow_picture(drawn, "light", merge=False, opens=True)["data"][0]["link"]
    ways = [way(told) for told in link["customdata"] if told]
    last = next(one for one in ways if one.path == ("Home", "Product"))
    assert (last.at, last.step, last.merge) == ("end", 1, False)
    began = next(one for one in ways if one.whole)
    assert (began.at, len(began.path)) == ("end", 1)


def test_nobody_known_opens_nothing() -> None:
    """Where visits have no customers, no point carries a rule."""
    sankey = flow_picture(first_steps(), "light", merge=True, opens=False)["data"][0]
    assert set(sankey["link"]["customdata"]) | set(sankey["node"]["customdata"]) == {None}
    cells = transition_matrix(found(), "light", merge=True, opens=False)["data"][0]["customdata"]
    assert {cell for row in cells for cell in row} == {None}


def test_the_matrix_has_the_shares() -> None:
    """Cells are shares of the row, what nobody did is empty, and the last column is leaving."""
    picture = transition_matrix(found(), "light", merge=True, opens=True)
    cells = picture["data"][0]
    assert cells["x"][-1] == "left"
    assert cells["y"] == ["Home", "Category", "Product", "no page", "7 other pages"]
    shares = numbers(cells["z"])
    np.testing.assert_allclose(np.nansum(shares, axis=1), 1, rtol=1e-6)
    assert shares[0, cells["x"].index("Category")] == pytest.approx(0.5)
    assert np.isnan(shares[0, cells["x"].index("left")])
    leaving = way(cells["customdata"][1][-1])
    assert (leaving.path, leaving.at) == (("Category",), "end")
    assert set(cells["customdata"][4]) == {None}


def test_bundles_and_gaps_have_names() -> None:
    """A bundle says how many it holds, a click without a page that it has none."""
    assert [state_label(STATES, code) for code in (0, 3, 4, 5)] == ["Home", "no page", "7 other pages", "left"]
    assert state_label(States("category", ("2", "Sale")), 0) == "category 2"


def test_only_what_chance_does_not_explain_is_coloured() -> None:
    """A significant bar has its side's colour, the others are grey, and no more than fourteen are drawn."""
    sessions = ("hc",) * 60 + ("hp",) * 40 + ("hc",) * 20 + ("hp",) * 80
    a = np.arange(200) < 100
    compared = step_differences(index_moves(walks(*sessions)), a, ~a)
    bars = difference_bars(compared, "A", "B", "light")["data"][0]
    told = dict(zip(bars["y"], zip(numbers(bars["x"]), bars["marker"]["color"], strict=True), strict=True))
    assert told["Home → Category"][0] == pytest.approx(40)
    assert told["Home → Product"][0] == pytest.approx(-40)
    colors = {label: color for label, (_, color) in told.items()}
    assert len({colors["Home → Category"], colors["Home → Product"], colors["Category → left"]}) == 3
    assert len(shown_differences(compared)) == len(bars["y"]) <= 14


def test_nothing_left_is_a_sentence() -> None:
    """Where a filter keeps no visit, each picture says so."""
    nobody = np.zeros(60, dtype=bool)
    assert is_empty(
        flow_picture(flows(index_ways(walks(*MANY), from_end=False), 3, nobody), "light", merge=True, opens=True)
    )
    assert is_empty(transition_matrix(index_steps(walks(*MANY)).transitions(nobody), "light", merge=True, opens=True))
    assert is_empty(difference_bars(step_differences(index_moves(walks(*MANY)), nobody, nobody), "A", "B", "light"))
