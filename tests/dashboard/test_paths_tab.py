"""Paths on the Behaviour tab: the numbers of the analytics, titles that say what to see, and states with nothing to show."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from dash.exceptions import PreventUpdate

from analytics.behaviour import path_tables
from analytics.behaviour.walked import walked_customers
from analytics.intake import import_events
from analytics.request import AnalysisRequest
from analytics.sources import open_source
from dashboard import people
from dashboard.results import paths as results
from dashboard.state import View
from dashboard.tabs.behaviour import path_differences, paths
from tests.dashboard.visible import texts, told

pytestmark = pytest.mark.usefixtures("home")

SAMPLE = View(AnalysisRequest("sample"))
NOBODY = View(AnalysisRequest("sample", countries=("Atlantis",)))


@pytest.fixture(scope="module")
def clicks_only(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with clicks of strangers: `strangers` with pages, `one` on a single page, `silent` without any."""
    folder = tmp_path_factory.mktemp("clicks")
    rows = [(n, place, "Home" if place == 1 else "Shop") for n in range(24) for place in range(1, 2 + n % 2)]
    lines = {
        "strangers": ["session_id,position,page", *(f"s{n},{place},{page}" for n, place, page in rows)],
        "one": ["session_id,position,page", *(f"s{n},{place},Home" for n, place, _ in rows)],
        "silent": ["session_id,position,price", *(f"s{n},{place},1" for n, place, _ in rows)],
    }
    for name, content in lines.items():
        file = folder / f"{name}.csv"
        file.write_text("\n".join(content))
        import_events(file, name=name, home=folder / "home")
    return folder / "home"


@pytest.fixture
def strangers(clicks_only: Path, monkeypatch: pytest.MonkeyPatch) -> View:
    monkeypatch.setenv("CLIENTELE_HOME", str(clicks_only))
    return View(AnalysisRequest("strangers"))


def test_the_screen_has_the_numbers_of_the_command_line() -> None:
    """The sample's transitions and sequences on the screen are those that the engine counts."""
    source = open_source("sample")
    states = path_tables.states_of(source, "page")
    there = path_tables.transitions(source, states)
    here = results.find_transitions(SAMPLE)
    np.testing.assert_array_equal(here.counts, there.counts)
    assert results.find_sequences(SAMPLE) == path_tables.sequences(source, states)


def test_titles_say_what_to_see() -> None:
    """Each title is a finding with its number, which is that of the table behind it."""
    title, _, behind = paths.show_flows(SAMPLE.to_json(), "light")
    assert title == "27% of visits begin at home; 21% leave after the first step"
    assert "home product" in told(behind)
    title, _, behind = paths.show_matrix(SAMPLE.to_json(), "light")
    assert title == "After product, 27% go on to category"
    assert "27.2%" in told(behind)
    title, listed = paths.show_sequences(SAMPLE.to_json())
    assert title.endswith("times as often as all visits")
    assert "47,534 buy something" in told(listed)
    title, _, _ = paths.show_flows(SAMPLE.choosing(paths_from="end").to_json(), "light")
    assert "of visits end at " in title


def test_a_filter_counts_its_visits_only() -> None:
    """The visits of two segments are those of the one and of the other."""
    one, other, both = (
        results.find_transitions(View(AnalysisRequest("sample", segments=segments)))
        for segments in (("Champions",), ("Lost",), ("Champions", "Lost"))
    )
    np.testing.assert_array_equal(one.counts + other.counts, both.counts)
    assert 0 < one.sessions < both.sessions < results.find_transitions(SAMPLE).sessions


def test_nothing_left_after_a_filter_is_said() -> None:
    """Where a filter keeps nobody, each card says so instead of failing."""
    for show in (paths.show_flows, paths.show_matrix, path_differences.show_differences):
        _, figure, _ = show(NOBODY.to_json(), "light")
        assert figure["layout"]["annotations"][0]["text"]
    assert "No way is taken by" in told(paths.show_sequences(NOBODY.to_json())[1])


def test_a_cell_opens_into_the_customers_who_did_it() -> None:
    """The drawer of a cell counts the customers that the deed finds."""
    _, figure, _ = paths.show_matrix(SAMPLE.to_json(), "light")
    cells = figure["data"][0]
    row, column = cells["y"].index("basket"), cells["x"].index("left")
    rule = cells["customdata"][row][column]
    shown, is_open = people.show_people({"points": [{"customdata": rule}]}, SAMPLE.to_json())
    source = open_source("sample")
    who = walked_customers(source, source.default_as_of, json.loads(rule)["with"])
    assert is_open
    assert f"{len(who):,} customers" in told(shown)
    assert "Left a visit at basket" in told(shown)


def test_a_sequence_opens_into_its_customers() -> None:
    """Each listed way is a button that carries the rule of those who took it before buying anything."""
    _, listed = paths.show_sequences(SAMPLE.to_json())
    ids = [part.id for part in _buttons(listed)]
    assert len(ids) == 15
    rule = json.loads(ids[0]["rule"])
    assert rule["with"] == {"at": "anywhere", "before_purchase": True, "by": "page", "path": ["category", "product"]}


def _buttons(part: Any) -> list[Any]:
    if isinstance(part, list | tuple):
        return [found for item in part for found in _buttons(item)]
    own = [part] if isinstance(getattr(part, "id", None), dict) else []
    return own + (_buttons(getattr(part, "children", None)) if hasattr(part, "children") else [])


def test_two_groups_are_compared_as_chosen() -> None:
    """Chosen sides are shown; what the data does not know falls back to the largest groups of one kind."""
    view = SAMPLE.choosing(paths_a="device=phone", paths_b="device=desktop")
    assert [str(side) for side in results.chosen_sides(view) or ()] == ["device=phone", "device=desktop"]
    title, _, behind = path_differences.show_differences(view.to_json(), "light")
    assert title
    assert "phone (" in told(behind)
    a, b = results.chosen_sides(SAMPLE.choosing(paths_a="device=fridge")) or (None, None)
    assert a is not None
    assert b is not None
    assert (a.kind, b.kind) == ("segment", "segment")
    lost = View(AnalysisRequest("sample", segments=("Lost",))).choosing(
        paths_a="segment=Champions", paths_b="segment=Lost"
    )
    assert path_differences.show_differences(lost.to_json(), "light")[0] == "Champions: no visits in this selection"
    same = SAMPLE.choosing(paths_a="device=phone", paths_b="device=phone").to_json()
    assert path_differences.show_differences(same, "light")[0] == "Choose two different groups"


def test_a_side_that_is_shown_already_asks_for_nothing() -> None:
    """When the tab is laid out the menus report what they show, and the view stays as it is."""
    a, _ = results.chosen_sides(SAMPLE) or (None, None)
    with pytest.raises(PreventUpdate):
        path_differences.choose_side(str(a), SAMPLE.to_json(), name="paths_a")
    assert path_differences.choose_side("device=phone", SAMPLE.to_json(), name="paths_b") == {"paths_b": "device=phone"}


def test_strangers_open_nothing(strangers: View) -> None:
    """Clicks without customers are shown like others, and no click on them is offered."""
    assert "to see who" not in told(paths.layout(strangers))
    _, figure, _ = paths.show_matrix(strangers.to_json(), "light")
    assert {cell for row in figure["data"][0]["customdata"] for cell in row} == {None}
    title, listed = paths.show_sequences(strangers.to_json())
    assert title == "50% of visits go Home → Shop"
    assert "conversion" not in told(listed).lower()
    assert _buttons(listed) == []
    assert "No two groups to compare" in texts(paths.layout(strangers))


def test_one_page_only(strangers: View) -> None:
    """On a single page every visit is one step, and the pictures say that it was the only one."""
    view = View(AnalysisRequest("one"))
    assert "every click is on the same page" in told(paths.layout(view)).lower()


def test_clicks_that_say_nothing(strangers: View) -> None:
    """Clicks without page, category, product or kind have no paths, and the tab says what is missing."""
    assert "do not say where they were" in told(paths.layout(View(AnalysisRequest("silent"))))
