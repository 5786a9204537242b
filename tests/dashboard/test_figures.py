"""Every chart is one that Plotly can draw, says the numbers that it was given, and opens into its people."""

from __future__ import annotations

import base64
import inspect
import json
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest

from analytics import rfm
from analytics.customers import CustomerTable, customer_table
from analytics.request import AnalysisRequest
from analytics.rules import rule_from_json
from analytics.segmentation import Segmentation, segment
from analytics.selection import selected
from analytics.sources import open_source
from analytics.trends import MonthlyOrders, monthly_orders
from dashboard.figures import overview as overview_figures
from dashboard.figures import rfm as rfm_figures
from dashboard.figures.base import Figure, nothing, typed
from dashboard.figures.clusters import people_of
from dashboard.figures.overview import revenue_by_month, revenue_by_segment
from dashboard.figures.rfm import score_heatmap, segment_treemap
from dashboard.theme import Mode

pytestmark = pytest.mark.usefixtures("home")
MODES: tuple[Mode, ...] = ("light", "dark")
DTYPES = {"f4": "<f4", "f8": "<f8", "i4": "<i4", "i2": "<i2", "i1": "i1"}


def numbers(array: Any) -> np.ndarray[Any, Any]:
    """What the browser reads from a typed array."""
    values = np.frombuffer(base64.b64decode(array["bdata"]), DTYPES[array["dtype"]])
    return values.reshape([int(part) for part in array["shape"].split(", ")]) if "shape" in array else values


def is_empty(figure: Figure) -> bool:
    """Whether a chart is a sentence instead of a drawing."""
    return figure["data"][0].get("marker") == {"opacity": 0} and bool(figure["layout"]["annotations"][0]["text"])


def meant(customdata: Any) -> Iterator[str]:
    """The rules that a chart's points carry."""
    if isinstance(customdata, str):
        yield customdata
    elif isinstance(customdata, list):
        for part in customdata:
            yield from meant(part)


@pytest.fixture(scope="module")
def tables(workspace: Path) -> dict[str, CustomerTable]:
    """Customers with scores and segments: many, four and one."""
    shops = ("sample", "small", "one")
    return {name: rfm.with_segments(customer_table(open_source(name, home=workspace))) for name in shops}


@pytest.fixture(scope="module")
def found(workspace: Path) -> Segmentation:
    """Four clusters of the sample shop."""
    return segment(AnalysisRequest("sample", algorithm="kmeans", k=4), open_source("sample", home=workspace))


# What each chart draws from customers; "nobody" is a filter that keeps no one

Draw = Callable[[CustomerTable, Any, Mode], Figure]


def months_of(table: CustomerTable, keep: Any) -> tuple[MonthlyOrders, pd.DataFrame]:
    monthly = monthly_orders(open_source(table.key.partition("@")[0]))
    return monthly, monthly.by_month(keep)


def draw_months(table: CustomerTable, keep: Any, mode: Mode) -> Figure:
    monthly, frame = months_of(table, keep)
    return revenue_by_month(frame, monthly.partial, table.currency, mode)


def draw_grid(measure: str) -> Draw:
    return lambda table, keep, mode: score_heatmap(*rfm.score_grid(table, keep), measure, table.currency, mode)


DRAWN: dict[str, Draw] = {
    "revenue_by_month": draw_months,
    "revenue_by_segment": lambda table, keep, mode: revenue_by_segment(rfm.summarise(table, keep), "EUR", mode),
    "segment_treemap": lambda table, keep, mode: segment_treemap(rfm.summarise(table, keep), "", mode),
    "score_heatmap": draw_grid("customers"),
    "score_heatmap of revenue": draw_grid("revenue"),
}


def test_every_figure_is_tested() -> None:
    """A figure that is added is drawn by the tests below, too."""
    public = {
        name
        for module in (overview_figures, rfm_figures)
        for name, function in inspect.getmembers(module, inspect.isfunction)
        if function.__module__ == module.__name__
        and not name.startswith("_")
        and inspect.signature(function).return_annotation == "Figure"
    }
    assert public == {name.split()[0] for name in DRAWN}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("shop", ["sample", "small", "one"])
@pytest.mark.parametrize("name", DRAWN)
def test_plotly_draws_each_figure(name: str, shop: str, mode: Mode, tables: dict[str, CustomerTable]) -> None:
    """Plotly accepts every property of every chart, of thousands of customers, of four and of one."""
    figure = DRAWN[name](tables[shop], None, mode)
    go.Figure(figure)
    assert not is_empty(figure)
    json.dumps(figure, allow_nan=False)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", DRAWN)
def test_nobody_is_a_sentence(name: str, mode: Mode, tables: dict[str, CustomerTable]) -> None:
    """A selection without customers gives a sentence, not axes around nothing."""
    figure = DRAWN[name](tables["small"], np.zeros(len(tables["small"]), dtype=bool), mode)
    go.Figure(figure)
    assert is_empty(figure)


@pytest.mark.parametrize("dtype", DTYPES)
def test_typed_arrays_arrive_as_they_were(dtype: str) -> None:
    """The bytes that the browser gets are the numbers, in their order and shape."""
    values = np.arange(-3, 3).reshape(2, 3)
    assert numbers(typed(values, dtype)).tolist() == values.tolist()
    assert numbers(typed(values[:, ::2], dtype)).tolist() == values[:, ::2].tolist()
    assert numbers(typed([], dtype)).tolist() == []
    assert go.Bar(y=typed(values[0], dtype)).to_plotly_json()["y"]["bdata"]


# The numbers in the charts are those of the analytics


def test_months_are_the_months(tables: dict[str, CustomerTable]) -> None:
    """A bar per month, as high as its revenue; €85, €70 and €50 by hand."""
    figure = draw_months(tables["small"], None, "light")
    assert figure["data"][0]["x"] == ["2024-01-01", "2024-02-01", "2024-03-01"]
    assert numbers(figure["data"][0]["y"]).tolist() == [85, 70, 50]


def test_a_month_in_part_is_hatched_and_not_filled_up() -> None:
    """A month that the data covers only in part has hatching and its own sum; a whole one has none, even with no orders."""
    months = pd.DataFrame(
        {"revenue": [5.0, 0.0, 7.0], "orders": [1, 0, 1], "customers": [1, 0, 1]},
        index=[date(2024, 1, 1), date(2024, 2, 1), date(2024, 3, 1)],
    )
    bars = revenue_by_month(months, (True, False, True), "EUR", "light")["data"][0]
    assert bars["marker"]["pattern"]["shape"] == ["/", "", "/"]
    assert numbers(bars["y"]).tolist() == [5, 0, 7]
    assert ["(in part)" in text for text in bars["hovertext"]] == [True, False, True]


def test_the_last_month_of_the_sample_shop_is_whole(tables: dict[str, CustomerTable]) -> None:
    """Orders to 31 December make December a whole month; of the small shop, January and March are covered in part."""
    assert set(draw_months(tables["sample"], None, "light")["data"][0]["marker"]["pattern"]["shape"]) == {""}
    assert draw_months(tables["small"], None, "light")["data"][0]["marker"]["pattern"]["shape"] == ["/", "", "/"]


@pytest.mark.parametrize("shop", ["sample", "small", "one"])
def test_segments_are_the_segments(shop: str, tables: dict[str, CustomerTable]) -> None:
    """Bars and tiles have each segment's revenue and customers, and nothing gets lost."""
    summary = rfm.summarise(tables[shop])
    bars = revenue_by_segment(summary, "EUR", "light")["data"][0]
    assert dict(zip(bars["y"], numbers(bars["x"]), strict=True)) == pytest.approx(
        summary["revenue"].to_dict(), rel=1e-6
    )
    tiles = segment_treemap(summary, "EUR", "light")["data"][0]
    sizes = dict(zip(tiles["labels"], numbers(tiles["values"]).tolist(), strict=True))
    assert sizes == summary["customers"][summary["customers"] > 0].to_dict()
    assert sum(sizes.values()) == len(tables[shop])


def test_the_heatmap_has_a_cell_for_each_pair_of_scores(tables: dict[str, CustomerTable]) -> None:
    """Recency goes upwards and frequency to the right; each cell's number is on it and in its hover text."""
    table = tables["sample"]
    customers, revenue = rfm.score_grid(table)
    figure = score_heatmap(customers, revenue, "customers", "EUR", "light")
    drawn = numbers(figure["data"][0]["z"])
    assert drawn.tolist() == customers.tolist()
    assert drawn.sum() == len(table)
    scores = table.frame[["recency_score", "frequency_score"]].to_numpy()
    assert drawn[4, 0] == (scores == [5, 1]).all(axis=1).sum()
    told = {(note["x"], note["y"]): note["text"] for note in figure["layout"]["annotations"]}
    assert told[0, 4] == f"{customers[4, 0]:,}"
    of_revenue = score_heatmap(customers, revenue, "revenue", "EUR", "light")["data"][0]
    assert numbers(of_revenue["z"]) == pytest.approx(revenue, rel=1e-6)


@pytest.mark.parametrize("name", [name for name in DRAWN if name != "revenue_by_month"])
def test_a_click_means_exactly_the_people_of_the_number(name: str, tables: dict[str, CustomerTable]) -> None:
    """The rule that a bar, a tile or a cell carries keeps as many customers as it shows, and all of them together."""
    table = tables["sample"]
    rules = list(meant(DRAWN[name](table, None, "light")["data"][0]["customdata"]))
    kept = np.zeros(len(table), dtype=int)
    for rule in rules:
        request = AnalysisRequest("sample", where=rule_from_json(json.loads(rule)))
        kept += selected(request, table)
    assert rules
    assert (kept == 1).all()


# Clusters


def test_the_rule_of_a_group_is_its_people(found: Segmentation) -> None:
    """The rule that a group's points carry keeps exactly its customers."""
    for group in found.segments:
        request = AnalysisRequest("sample", where=rule_from_json(json.loads(people_of(group.name))))
        assert selected(request, found.table).sum() == group.customers


@pytest.mark.parametrize("mode", MODES)
def test_nothing_is_a_sentence(mode: Mode) -> None:
    """A chart without anything to draw holds the sentence that it was given."""
    figure = nothing(mode, "No customers <here>")
    go.Figure(figure)
    assert is_empty(figure)
    assert figure["layout"]["annotations"][0]["text"] == "No customers <here>"
