"""The Cohorts tab: what its cells say is what the analytics say, and each opens into exactly its people."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest
from dash import Dash
from dash.development.base_component import Component
from flask.testing import FlaskClient
from plotly.utils import PlotlyJSONEncoder

from analytics.cohorts import COHORT_KINDS
from analytics.request import AnalysisRequest
from analytics.rules import Condition, rule_from_json
from analytics.segmentation import cohort_table, drop, keep_rule, scored
from analytics.selection import selected_rows
from analytics.sources import open_source
from dashboard import people, results
from dashboard.figures.cohort_curves import CURVES_NAMED, curves
from dashboard.figures.cohorts import FEW, LARGEST_SHOWN, triangle
from dashboard.options import option
from dashboard.results import cohorts as cohort_results
from dashboard.state import View, from_query, to_query
from dashboard.tabs import cohorts as tab
from dashboard.theme import segment_color

pytestmark = pytest.mark.usefixtures("home")

SAMPLE = View(AnalysisRequest("sample"))
SMALL = View(AnalysisRequest("small"))
KINDS = [kind.name for kind in COHORT_KINDS if kind.name != "cluster"]
MEASURES = option("cohort_cell").allowed


def texts(tree: Any) -> Iterator[str]:
    if isinstance(tree, Component):
        yield from texts(getattr(tree, "children", None))
    elif isinstance(tree, list | tuple):
        for part in tree:
            yield from texts(part)
    elif tree is not None:
        yield str(tree)


def unpacked(told: dict[str, str]) -> list[float]:
    return np.frombuffer(base64.b64decode(told["bdata"]), told["dtype"]).tolist()


def cells_of(figure: dict[str, Any]) -> dict[tuple[float, float], dict[str, Any]]:
    """The cells of a triangle: (period, height of the row) → text, people, pattern and hover text; -1 is the size."""
    bars = figure["data"][0]
    names = ("text", "customdata", "hovertext")
    return {
        (max(base, -1), place): {name: bars[name][number] for name in names}
        | {"pattern": bars["marker"]["pattern"]["shape"][number], "color": bars["marker"]["color"][number]}
        for number, (base, place) in enumerate(zip(bars["base"], unpacked(bars["y"]), strict=True))
    }


def show(view: View) -> tuple[str, dict[str, Any], Any]:
    title, figure, behind, _ = tab.show_triangle(view.to_json(), "light")
    return title, figure, behind


def test_cells_by_hand() -> None:
    """January: ada, bo and dee; ada alone ordered in February, ada and bo in March, which the data covers only in part."""
    title, figure, behind = show(SMALL)
    cells = cells_of(figure)
    assert title == "Of a month's new customers 33% order again in the month after"
    assert [cells[since, 1.0]["text"] for since in (-1, 0, 1, 2)] == ["3", "100%", "33%", "67%"]
    assert [cells[since, 0.0]["text"] for since in (-1, 0, 1)] == ["1", "100%", "0%"]
    assert (2, 0.0) not in cells  # beyond the data there is nothing
    assert "1 of 3 customers ordered: 33.3%" in cells[1, 1.0]["hovertext"]
    assert "€10 revenue" in cells[1, 1.0]["hovertext"]
    words = " ".join(texts(behind))
    assert "33% (1 of 3)" in words
    assert "67% (2 of 3), in part" in words


def test_partial_cells_are_hatched() -> None:
    """The cells of March are hatched, and the first month of January, which the data covers from the 10th; no others."""
    _, figure, _ = show(SMALL)
    hatched = {place for place, cell in cells_of(figure).items() if cell["pattern"]}
    assert hatched == {(2, 1.0), (1, 0.0), (0, 1.0)}


def test_the_sentence_says_of_how_many() -> None:
    """Denominators, what is hatched, and that the data begins within a month, in words."""
    sentence = tab.show_sentence(SMALL.to_json())
    assert "4 customers in 2 cohorts." in sentence
    assert "Of the 3 who have the whole month after the first one behind them, 1 ordered in it." in sentence
    assert "Hatched: the month that the data ends in" in sentence
    assert "The data begins within the first month" in sentence
    by_country = tab.show_sentence(SMALL.choosing(cohort_by="country").to_json())
    assert "A cell counts only the customers who have that whole month behind them" in by_country
    assert "Hatched" not in by_country


def test_a_cell_of_few_is_grey() -> None:
    """A share of fewer than ten customers is in the same grey as a size, and sets no scale."""
    _, figure, _ = show(SMALL)
    cells = cells_of(figure)
    assert cells[1, 1.0]["color"] == cells[-1, 1.0]["color"]
    sample = cohort_results.table(SAMPLE)
    assert (sample.eligible[sample.exists] >= FEW).any()
    shown = cells_of(show(SAMPLE)[1])
    assert len({cell["color"] for cell in shown.values()}) > 10


@pytest.mark.parametrize("measure", MEASURES)
@pytest.mark.parametrize("by", KINDS)
def test_figures_are_valid(by: str, measure: str) -> None:
    """Plotly takes every triangle and every set of curves, and each cell has its text, people and hover text."""
    found = cohort_results.table(SAMPLE.choosing(cohort_by=by, cohort_cell=measure))
    for figure in (triangle(found, measure, "light"), curves(found, measure, "dark")):
        assert len(go.Figure(figure).data) >= 1
        for trace in figure["data"]:
            assert len(trace["customdata"]) == len(trace["hovertext"]) == len(unpacked(trace["x"]))


@pytest.mark.parametrize("by", KINDS)
def test_every_cell_opens_into_its_people(by: str) -> None:
    """As many customers as a cell says are in the drawer: of the cohort, of those active, and of all cohorts together."""
    view = SMALL.choosing(cohort_by=by, cohort_cell="customers")
    if by == "category":
        view = View(AnalysisRequest("sample", countries=("Italy",))).choosing(cohort_by=by, cohort_cell="customers")
    table = results.customers(view.request)
    found = cohort_results.table(view)
    _, figure, _ = show(view)
    top = max(place for _, place in cells_of(figure))
    looked = [item for item in cells_of(figure).items() if item[1]["customdata"]]
    for (since, place), cell in looked[:15] + [item for item in looked if item[0][1] == top][:4]:
        asked = replace(view.request, where=rule_from_json(json.loads(cell["customdata"])))
        count = len(selected_rows(asked, table))
        if place == top:
            active, _, _ = found.mean()
            expected = found.size.sum() if since <= 0 else active[int(since)]
        else:
            expected = int(cell["text"].replace(",", ""))
        assert count == expected, (since, place, cell)


def test_a_click_says_who_they_are() -> None:
    """The drawer has the sentence of the cell and its customers."""
    _, figure, _ = show(SMALL)
    clicked = {"points": [{"customdata": cells_of(figure)[2, 1.0]["customdata"]}]}
    body, is_open = people.show_people(clicked, SMALL.to_json())
    words = " ".join(texts(body))
    assert is_open
    assert "First ordered in Jan 2024 and ordered again 2 months later" in words
    assert "ada" in words
    assert "bo" in words
    assert "dee" not in words


def test_filters_choose_the_customers() -> None:
    """Spain and a segment: the cells are those of the customers kept."""
    spain = View(replace(SMALL.request, countries=("Spain",)))
    found = cohort_results.table(spain)
    assert dict(zip(found.keys, found.size.tolist(), strict=True)) == {"2024-01": 1, "2024-02": 1}
    assert found.active.tolist() == [[1, 0, 1], [1, 0, 0]]
    champions = View(replace(SAMPLE.request, segments=("Champions",)))
    frame = results.customers(SAMPLE.request).frame
    assert cohort_results.table(champions).size.sum() == (frame["segment"] == "Champions").sum()


@pytest.mark.parametrize("by", KINDS)
def test_without_filters_it_is_the_headless_twin(by: str) -> None:
    """The tab and `cohort_table` have the same numbers."""
    shown = cohort_results.table(SAMPLE.choosing(cohort_by=by))
    assert shown.to_json() == cohort_table(open_source("sample"), None, by).to_json()


def test_clusters_are_offered_where_they_have_been_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without clusters the choice is not there; with them each cluster is a cohort of its customers."""
    assert "cluster" not in cohort_results.kinds(SMALL.request)
    assert cohort_results.chosen(SMALL.choosing(cohort_by="cluster")).name == "month"
    table = results.customers(SMALL.request)
    names = pd.Categorical(["Often", "Seldom", "Seldom", "Seldom"], categories=["Often", "Seldom"], ordered=True)
    with_clusters = replace(table, frame=table.frame.assign(cluster=names))
    monkeypatch.setattr(results, "clusters", lambda _: object())
    monkeypatch.setattr(results, "customers", lambda _: with_clusters)
    asked = View(replace(SMALL.request, seed=77)).choosing(cohort_by="cluster")
    assert "cluster" in cohort_results.kinds(asked.request)
    found = cohort_results.table(asked)
    assert (found.keys, found.size.tolist()) == (("Often", "Seldom"), [1, 3])


def test_clusters_by_another_algorithm_are_other_cohorts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cohorts by cluster are those of the clustering that the view asks for, whatever was looked at before."""
    table = results.customers(SMALL.request)
    monkeypatch.setattr(results, "clusters", lambda _: object())
    sizes = {}
    for algorithm, codes in (("kmeans", [0, 1, 1, 1]), ("dbscan", [0, 0, 1, 1])):
        names = pd.Categorical.from_codes(codes, categories=pd.Index(["One", "Two"]), ordered=True)
        placed = replace(table, frame=table.frame.assign(cluster=names))
        monkeypatch.setattr(results, "customers", lambda _, placed=placed: placed)
        request = replace(SMALL.request, algorithm=algorithm, seed=78)
        sizes[algorithm] = cohort_results.table(View(request).choosing(cohort_by="cluster")).size.tolist()
    assert sizes == {"kmeans": [1, 3], "dbscan": [2, 2]}


def test_cohorts_by_a_kept_segmentation() -> None:
    """What is kept is offered under its name, counts as the command line does, and each cell opens exactly its people."""
    source = open_source("sample")
    assert source.stored is not None
    pin = keep_rule(Condition("order_count", "at least", 5), scored(SAMPLE.request, source), "Buy often")
    try:
        view = SAMPLE.choosing(cohort_by=pin.column, cohort_cell="customers")
        menu = json.dumps(tab.layout(view), cls=PlotlyJSONEncoder)
        assert '"label": "Buy often"' in menu
        found = cohort_results.table(view)
        assert found.to_json() == cohort_table(source, None, "Buy often").to_json()
        assert found.keys == ("Buy often", "Everyone else")
        title, figure, behind = show(view)
        assert title.startswith("Those who are now in Buy often come back most")
        assert "Buy often" in list(texts(behind))
        assert "Buy often" in tab.show_sentence(view.to_json())
        cells = cells_of(figure)
        for place, row in ((1.0, 0), (0.0, 1)):
            for since, count in ((-1, found.size[row]), (0, found.active[row, 0]), (2, found.active[row, 2])):
                rule = rule_from_json(json.loads(cells[since, place]["customdata"]))
                asked = replace(SAMPLE.request, where=rule)
                assert len(selected_rows(asked, results.customers(asked))) == count
    finally:
        drop(source.stored, pin.name)
    assert pin.column not in cohort_results.kinds(SAMPLE.request)
    assert cohort_results.chosen(view).name == "month"


@pytest.mark.parametrize("measure", MEASURES)
def test_nobody_is_a_sentence(measure: str) -> None:
    """Where filters keep nobody, charts, title and sentence say so."""
    nobody = View(replace(SMALL.request, countries=("Atlantis",))).choosing(cohort_cell=measure)
    title, figure, behind = show(nobody)
    assert (title, behind) == ("Cohorts", None)
    assert "No customers in this selection" in json.dumps(figure).replace("<br>", " ")
    assert tab.show_sentence(nobody.to_json()) == "No customers in this selection."
    go.Figure(tab.show_curves(nobody.to_json(), "dark")[1])


@pytest.mark.parametrize("measure", MEASURES)
def test_one_order(measure: str) -> None:
    """A shop with one order has one cell, and nobody has had time to come back."""
    view = View(AnalysisRequest("one")).choosing(cohort_cell=measure)
    title, figure, _ = show(view)
    assert title == "Nobody has had time to come back yet"
    assert len(go.Figure(figure).data) == 1
    _, drawn, _ = tab.show_curves(view.to_json(), "light")
    assert "behind them yet" in json.dumps(drawn).replace("<br>", " ")


def test_many_cohorts_are_told_and_not_dropped() -> None:
    """Of a hundred weeks the latest are drawn; the sentence says how many are not, and the file has all."""
    view = SAMPLE.choosing(cohort_by="week")
    found = cohort_results.table(view)
    assert len(found) > 50
    assert f"The latest 26 are shown; {len(found) - 26} earlier ones" in tab.show_sentence(view.to_json())
    assert len({place for _, place in cells_of(show(view)[1])}) == 27
    products = SAMPLE.choosing(cohort_by="product")
    assert f"The {LARGEST_SHOWN} largest are shown" in tab.show_sentence(products.to_json())
    drawn = go.Figure(tab.show_curves(products.to_json(), "light")[1])
    assert len(drawn.data) == CURVES_NAMED + 1
    assert len(drawn.layout.annotations) == CURVES_NAMED + 1


def test_the_table_can_be_taken_along(client: FlaskClient) -> None:
    """The CSV has a row per cell of the view, with denominators."""
    view = View(replace(SMALL.request, countries=("Spain",)))
    reply = client.get(f"/export/table/cohorts.csv{to_query(view)}")
    assert reply.status_code == 200
    frame = pd.read_csv(io.StringIO(reply.text))
    assert frame[["cohort", "size", "active", "eligible", "is_partial"]].values.tolist() == [
        ["2024-01", 1, 1, 1, True],
        ["2024-01", 1, 0, 1, False],
        ["2024-01", 1, 1, 1, True],
        ["2024-02", 1, 1, 1, False],
        ["2024-02", 1, 0, 1, True],
    ]


def test_names_are_no_markup(client: FlaskClient) -> None:
    """A country called like a script or a formula is text on the chart and in the file."""
    view = View(AnalysisRequest("nasty")).choosing(cohort_by="country")
    _, figure, _ = show(view)
    assert not [text for text in figure["layout"]["yaxis"]["ticktext"] if "<script" in text]
    assert not [text for text in figure["data"][0]["hovertext"] if "<script" in text]
    lines = client.get(f"/export/table/cohorts.csv{to_query(view)}").text.splitlines()
    assert not [line for line in lines if line.startswith(("=", "+", "-", "@", '"=', '"+', '"-', '"@'))]


def test_the_choice_is_in_the_link(app: Dash) -> None:
    """The kind and the cells are part of the view, and of the link."""
    view = SMALL.choosing(cohort_by="country", cohort_cell="value")
    assert from_query(to_query(view), "small") == view
    shown = list(texts(tab.layout(view)))
    assert shown
    assert {tab.BY, tab.CELL} <= {part.id for part in _parts(tab.layout(view)) if hasattr(part, "id")}


def _parts(tree: Any) -> Iterator[Any]:
    if isinstance(tree, Component):
        yield tree
        yield from _parts(getattr(tree, "children", None))
    elif isinstance(tree, list | tuple):
        for part in tree:
            yield from _parts(part)


def test_as_of_moves_the_end() -> None:
    """As of the 15th of February, February is what the data covers in part."""
    view = View(replace(SMALL.request, as_of=date(2024, 2, 15)))
    found = cohort_results.table(view)
    assert found.active.tolist() == [[3, 1], [1, 0]]
    assert found.partial.tolist() == [[True, True], [True, False]]


def test_a_segment_keeps_its_colour() -> None:
    """The curve of the best segment has the colour that the segment has on every tab."""
    found = cohort_results.table(SAMPLE.choosing(cohort_by="segment"))
    lines = curves(found, "share", "light")["data"]
    assert found.keys[0] == "Champions"
    assert lines[0]["line"]["color"] == segment_color(0, "light")


def test_one_is_told_as_one() -> None:
    """One customer in one cohort, in words that fit."""
    assert "1 customer in 1 cohort." in tab.show_sentence(View(AnalysisRequest("one")).to_json())
