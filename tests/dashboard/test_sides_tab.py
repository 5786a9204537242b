"""Side by side on the Clusters tab: what is offered, what the job finds, what the page says, and keeping."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest
from dash import no_update
from dash.exceptions import PreventUpdate
from flask.testing import FlaskClient

from analytics.datasets import open_version
from analytics.errors import NotFoundError, RequestError
from analytics.request import FEWEST_GROUPS, MOST_GROUPS, AnalysisRequest
from analytics.rules import rule_from_json
from analytics.segmentation import compare, drop, keep_rule, pins, request_named, scored
from analytics.segmentation.comparing import Pair
from analytics.sources import open_source
from dashboard import results
from dashboard.figures import sides as figures
from dashboard.results import sides
from dashboard.state import View, changed, from_query, to_query
from dashboard.tabs.clusters import finding, keeping
from dashboard.tabs.clusters import sides as tab
from tests.dashboard.test_figures import numbers
from tests.dashboard.visible import told

pytestmark = pytest.mark.usefixtures("home")
FOUR = View(AnalysisRequest("sample", algorithm="kmeans", k=4)).choosing(clusters_part="sides")


def silent(_share: float, _sentence: str) -> None:
    """Nobody watches."""


@pytest.fixture
def found() -> tuple[View, Any]:
    """The view of RFM beside four clusters, once the job is done, and what the page waits for."""
    needed, _ = finding.ask_for_groups(FOUR.to_json(), 0)
    if needed is not no_update:
        finding.find_groups(silent, needed)
    _, ready = finding.ask_for_groups(FOUR.to_json(), 0)
    return FOUR, ready


@pytest.fixture
def nothing_kept(home: Path) -> Iterator[None]:
    """After the test nothing is kept of the sample shop."""
    yield
    version = open_version("sample")
    for pin in pins(version):
        drop(version, pin.name)


def test_the_job_is_asked_for_what_is_not_compared_yet() -> None:
    """What is chosen and not found is named to the job, on this part only; until then the charts say so."""
    view = FOUR.choosing(sides=["rfm", "kmeans:k=3,seed=99"])
    needed, ready = finding.ask_for_groups(view.to_json(), 0)
    assert needed["sides"] == ["rfm", "kmeans:k=3,seed=99"]
    assert ready is None
    groups, _ = finding.ask_for_groups(view.choosing(clusters_part="groups").to_json(), 0)
    assert groups is no_update or "sides" not in groups
    _, figure, _ = tab.show_flows(view.to_json(), None, "light")
    assert figure["layout"]["annotations"][0]["text"] == "Groups appear here"


@pytest.mark.parametrize("count", [0, 1, 50])
def test_any_number_of_crowds_can_stand_beside_others(count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Crowds may be none, one or more than one may ask for: what is offered beside them has a number that can be asked for."""
    view = View(AnalysisRequest("sample", algorithm="dbscan"))
    monkeypatch.setattr(results, "clusters", lambda _request: SimpleNamespace(k=count))
    offered = [name for name in sides.choices(view) if "k=" in name]
    assert offered
    for name in offered:
        asked = request_named(name, sides.base(view))
        assert asked.k is not None
        assert FEWEST_GROUPS <= asked.k <= MOST_GROUPS


def test_the_page_says_what_the_analytics_say(found: tuple[View, Any]) -> None:
    """The cross-table's title has the index, the tables the counts, and every customer is in the picture once per side."""
    view, ready = found
    told_by = compare(view.request, open_source("sample"), ["rfm", "kmeans:k=4"])
    title, figure, behind = tab.show_cross(view.to_json(), ready, "light")
    assert title.startswith(f"They agree by {told_by.pairs[0].adjusted_rand:.2f}: ")
    assert f"{told_by.pairs[0].table[0, 0]:,} (" in told(behind)
    go.Figure(figure)
    _, flows, _ = tab.show_flows(view.to_json(), ready, "dark")
    go.Figure(flows)
    assert sum(numbers(flows["data"][0]["link"]["value"])) == told_by.customers
    quality = told(tab.show_quality(view.to_json(), ready))
    assert f"{told_by.sides[1].silhouette:.3f}" in quality
    assert "RFM and K-Means (k = 4)" in quality


def test_every_mark_opens_into_its_people(found: tuple[View, Any]) -> None:
    """The rule of a cell keeps exactly as many customers as the cell counts; the rules of the bands add up to everyone."""
    view, _ = found
    comparison = sides.comparison(view)
    assert comparison is not None
    columns = [sides.column_of(view, side.name) for side in comparison.sides]
    assert columns == ["segment", "cluster"]
    frame = results.customers(view.request).frame
    pair = comparison.pairs[0]
    cells = figures.crossed(comparison, pair, columns, "light")["data"][0]["customdata"]
    rows = [place for place, count in enumerate(comparison.sides[0].customers) if count]
    for row, line in zip(rows, cells, strict=True):
        for column, rule in enumerate(line):
            assert rule_from_json(_json(rule)).mask(frame).sum() == pair.table[row, column]
    links = figures.flows(comparison, columns, "light")["data"][0]["link"]["customdata"]
    assert sum(int(rule_from_json(_json(rule)).mask(frame).sum()) for rule in links) == len(frame)


def _json(text: str) -> Any:
    return json.loads(text)


def test_what_is_no_column_opens_nobody(found: tuple[View, Any]) -> None:
    """Segments of a clustering that is not shown are no column of the customers: their marks carry no rule."""
    comparison = sides.comparison(found[0])
    assert comparison is not None
    drawn = figures.flows(comparison, ["segment", None], "light")["data"][0]
    assert set(drawn["link"]["customdata"]) == {None}
    assert sum(rule is not None for rule in drawn["node"]["customdata"]) == comparison.sides[0].k


def test_what_is_offered() -> None:
    """RFM, the present groups, other numbers of groups, what is in the link; each by the name that the command line has."""
    view = FOUR.choosing(sides=["rfm", "kmeans:k=9", "Long gone"])
    offered = sides.choices(view)
    assert list(offered)[:2] == ["rfm", "kmeans:k=4"]
    assert {"kmeans:k=3", "kmeans:k=5", "kmeans:k=9"} <= set(offered)
    assert offered["Long gone"] == "Long gone (gone)"
    assert from_query(to_query(view), "sample") == view


def test_what_is_gone_is_said_and_nothing_is_computed() -> None:
    """A link with a dropped segmentation says so, and no job is asked for it."""
    view = FOUR.choosing(sides=["rfm", "Long gone"])
    assert "There is no segmentation 'Long gone'" in told(tab.show_trouble(view.to_json(), {"k": 4}))
    needed, _ = finding.ask_for_groups(view.to_json(), 0)
    assert needed is no_update or "sides" not in needed
    with pytest.raises(RequestError, match="There is no segmentation"):
        sides.sides_table(view)
    with pytest.raises(NotFoundError, match="have not been put side by side"):
        sides.sides_table(FOUR.choosing(sides=["rfm", "kmeans:k=8,seed=5"]))


def test_what_cannot_be_found_does_not_take_the_groups_with_it() -> None:
    """Where one of the sides cannot be fitted the groups are there all the same, and the sentence is shown."""
    view = View(AnalysisRequest("small", algorithm="kmeans", k=2)).choosing(clusters_part="sides")
    ready = finding.find_groups(silent, {"request": view.request.to_json(), "sides": ["rfm", "kmeans:k=9"]})
    assert ready["k"] == 2
    assert "9 groups need 9 different customers" in told(tab.show_trouble(view.to_json(), ready))


def test_choosing_what_is_shown_anyway_is_not_a_change() -> None:
    """What the page chose itself does not lengthen the link; fewer than two change nothing."""
    assert tab.choose_sides(["rfm", "kmeans:k=3"], FOUR.to_json()) == {"sides": ["rfm", "kmeans:k=3"]}
    for names in (["rfm", "kmeans:k=4"], ["rfm"], [], None):
        with pytest.raises(PreventUpdate):
            tab.choose_sides(names, FOUR.to_json())


@pytest.mark.usefixtures("nothing_kept")
def test_groups_are_kept_asked_about_replaced_and_dropped(found: tuple[View, Any]) -> None:
    """Keeping writes the groups; the same name asks first; replacing does it; the list has them, with Refit and Drop."""
    view, ready = found
    stamp, notices, asked, style = keeping.keep_groups(1, "Spring", view.to_json(), ready)
    assert stamp == results.pins_stamp(view.request)
    assert "'Spring' is kept" in told(notices)
    assert (asked, style["display"]) == (None, "none")
    frame = results.customers(view.request).frame
    assert frame["pinned_spring"].astype(str).tolist() == frame["cluster"].astype(str).tolist()
    stamp, notices, asked, style = keeping.keep_groups(1, "spring", view.to_json(), ready)
    assert (stamp, notices) == (no_update, no_update)
    assert "'Spring' is kept already, made on 4,200 customers" in told(asked)
    assert style["display"] != "none"
    keeping.replace_groups(1, "spring", view.to_json(), ready)
    listed = told(tab.show_kept(view.to_json(), ready))
    assert "stable" in listed
    assert "Refit" in listed
    assert sides.column_of(view, "spring") == "pinned_spring"
    stamp, _ = tab.drop_kept([1], view.to_json(), {"type": tab.DROP, "pin": "spring"})
    assert stamp == results.pins_stamp(view.request) == ""
    assert "Nothing is kept yet" in told(tab.show_kept(view.to_json(), ready))


@pytest.mark.usefixtures("nothing_kept")
def test_refitting_asks_for_the_same_on_the_present_customers(found: tuple[View, Any]) -> None:
    """Refit shows the clustering that was kept, by the same settings; of a kept rule there is nothing to refit."""
    view, ready = found
    keeping.keep_groups(1, "Spring", view.to_json(), ready)
    other = replace(view, request=AnalysisRequest("sample", algorithm="kmeans", k=7, scaling="robust"))
    change = tab.refit_kept([1], other.to_json(), {"type": tab.REFIT, "pin": "Spring"})
    assert change.pop("lay_out_anew") is True
    assert changed(other, change).request == AnalysisRequest("sample", algorithm="kmeans", k=4)
    rule = rule_from_json({"column": "order_count", "is": "at least", "value": 5})
    keep_rule(rule, scored(view.request, open_source("sample")), "Often")
    assert told(tab.show_kept(view.to_json(), ready)).count("Refit") == 1


def test_another_name_is_another_question() -> None:
    """While the name is being changed there is nothing to replace: the button for it goes with the question."""
    assert keeping.show_no_question("Summer") == (None, {"display": "none"})


def test_names_that_cannot_be_are_refused(found: tuple[View, Any]) -> None:
    """No name or an impossible one is a sentence, and so is keeping before anything is found."""
    view, ready = found
    for name in ("", None, " ", 7, ["Spring"]):
        assert "Give the groups a name first." in told(keeping.keep_groups(1, name, view.to_json(), ready)[2])
    for name in ("rfm", "a:b"):
        with pytest.raises(RequestError):
            keeping.keep_groups(1, name, view.to_json(), ready)
    unknown = View(replace(view.request, seed=12_345))
    with pytest.raises(RequestError, match="still being found"):
        keeping.keep_groups(1, "Spring", unknown.to_json(), ready)
    with pytest.raises(PreventUpdate):
        keeping.keep_groups(0, "Spring", view.to_json(), ready)


def test_hostile_names_are_text_in_the_picture(found: tuple[View, Any]) -> None:
    """What would be markup in a chart is drawn as it is written."""
    comparison = sides.comparison(found[0])
    assert comparison is not None
    one = comparison.sides[0]
    hostile = replace(one, segments=("<b>x</b>", *one.segments[1:]), label="<script>")
    drawn = figures.flows(replace(comparison, sides=(hostile, comparison.sides[1])), ["segment", None], "light")
    assert drawn["data"][0]["node"]["label"][0] == "&lt;b&gt;x&lt;/b&gt;"
    assert drawn["layout"]["annotations"][0]["text"] == "<b>&lt;script&gt;</b>"


def test_the_table_can_be_taken_along(found: tuple[View, Any], client: FlaskClient) -> None:
    """The CSV has a line for every two segments, and its customers are all of them."""
    reply = client.get(f"/export/table/cluster_sides.csv{to_query(found[0])}")
    assert reply.status_code == 200
    assert len(reply.text.splitlines()) == 1 + 11 * 4
    assert sides.sides_table(found[0])["customers"].sum() == 4_200


def test_many_sides_are_wider_than_a_phone() -> None:
    """Two columns fit a phone's screen; three and four are pushed sideways, by the choice that is on the page."""
    assert tab.show_flows_box(FOUR.to_json()) == ""
    assert "many-sides" in tab.show_flows_box(FOUR.choosing(sides=["rfm", "kmeans:k=3", "kmeans:k=5"]).to_json())


@pytest.mark.parametrize(
    ("agreement", "said"),
    [(1.0, "the same groups"), (0.95, "almost the same groups"), (0.0, "no more in common than by chance")],
)
def test_what_agrees_wholly_is_called_the_same(agreement: float, said: str) -> None:
    """The same groups under other names agree by 1, which is no "almost"."""
    assert tab._in_words(Pair(0, 1, np.eye(2, dtype=np.int64), agreement, agreement, None)) == said
