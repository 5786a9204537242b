"""The Explore tab: every chart is one that Plotly can draw, says the analytics' numbers, and opens into its people."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest
from flask.testing import FlaskClient

from analytics import exploration
from analytics.customers import CustomerTable
from analytics.exploration.countries import countries
from analytics.request import AnalysisRequest
from analytics.rules import rule_from_json
from analytics.selection import selected
from dashboard import results
from dashboard.exports import TABLES
from dashboard.figures.geography import shapes_address
from dashboard.results import exploration as found
from dashboard.state import View, changed, to_query
from dashboard.tabs.explore import TAB, completeness, crossing, demographics, distributions, places, relations
from dashboard.theme import ASSETS
from tests.dashboard.test_figures import is_empty, meant, numbers
from tests.dashboard.visible import told

pytestmark = pytest.mark.usefixtures("home")

SAMPLE = View(AnalysisRequest("sample"))
SHOPS = ("sample", "small", "one", "nasty")
Show = Callable[[Any, Any], tuple[Any, ...]]
CHARTS: dict[str, tuple[Show, dict[str, Any]]] = {
    "histogram": (distributions.show_distribution, {}),
    "log histogram": (distributions.show_distribution, {"explore_scale": "log", "explore_metric": "refund_total"}),
    "boxes": (distributions.show_distribution, {"explore_shape": "box"}),
    "log boxes": (distributions.show_distribution, {"explore_shape": "box", "explore_scale": "log"}),
    "violins": (distributions.show_distribution, {"explore_shape": "violin"}),
    "log violins": (distributions.show_distribution, {"explore_shape": "violin", "explore_scale": "log"}),
    "with gaps": (distributions.show_distribution, {"explore_metric": "days_between_orders_mean"}),
    "an attribute": (distributions.show_distribution, {"explore_metric": "country"}),
    "correlations": (relations.show_correlations, {}),
    "rank correlations": (relations.show_correlations, {"explore_correlation": "spearman"}),
    "matrix": (relations.show_matrix, {}),
    "map": (places.show_map, {}),
    "map of averages": (places.show_map, {"explore_place": "order_value"}),
    "places": (places.show_bars, {"explore_place": "median"}),
    "index": (demographics.show_index, {"explore_attribute": "country"}),
    "shares": (demographics.show_shares, {"explore_attribute": "order_count"}),
    "pivot": (crossing.show_pivot, {}),
    "pivot of medians": (
        crossing.show_pivot,
        {"explore_rows": "order_count", "explore_measure": "median:revenue_total"},
    ),
    "gaps": (completeness.show_gaps, {}),
    "patterns": (completeness.show_patterns, {}),
}
OPENS = set(CHARTS) - {"correlations", "rank correlations", "matrix"}


def drawn(name: str, view: View, mode: str = "light") -> tuple[str, dict[str, Any], Any]:
    show, options = CHARTS[name]
    title, figure, behind = show(changed(view, options).to_json(), mode)
    return title, figure, behind


def points(figure: dict[str, Any]) -> Iterator[str]:
    for trace in figure["data"]:
        yield from meant(trace.get("customdata"))


@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize("shop", SHOPS)
@pytest.mark.parametrize("name", CHARTS)
def test_plotly_draws_each_chart(name: str, shop: str, mode: str) -> None:
    """Every chart is drawn of thousands of customers, of four, of one, and of names that mean mischief."""
    title, figure, behind = drawn(name, View(AnalysisRequest(shop)), mode)
    go.Figure(figure)
    json.dumps(figure, allow_nan=False)
    assert title
    assert told(behind)
    if shop == "sample":
        assert not is_empty(figure)


@pytest.mark.parametrize("name", CHARTS)
def test_nobody_is_a_sentence(name: str) -> None:
    """A filter that keeps nobody leaves a sentence in the chart, and no error."""
    _, figure, _ = drawn(name, View(AnalysisRequest("small", countries=("Atlantis",))))
    go.Figure(figure)
    assert is_empty(figure)


@pytest.mark.parametrize("name", sorted(OPENS))
@pytest.mark.parametrize("shop", ["sample", "small"])
def test_every_mark_opens_into_its_people(name: str, shop: str) -> None:
    """Every mark that stands for people carries a rule that can be asked, and together they leave nobody out."""
    view = View(AnalysisRequest(shop))
    table = results.customers(view.request)
    seen = np.zeros(len(table), dtype=bool)
    _, figure, _ = drawn(name, view)
    for rule in set(points(figure)):
        seen |= selected(replace(view.request, where=rule_from_json(json.loads(rule))), table)
    frame = table.frame
    beside = {  # who is counted in a sentence beside the chart, and not by a mark
        "with gaps": frame["days_between_orders_mean"].isna(),
        "log histogram": frame["refund_total"] <= 0,
        "gaps": ~frame.isna().any(axis=1),
    }
    left_out = found.completeness(view).other_patterns if name == "patterns" else 0
    assert (seen | beside.get(name, np.zeros(len(table), dtype=bool))).sum() == len(table) - left_out


def test_a_bar_means_exactly_its_customers() -> None:
    """The rule of each bar of the histogram finds as many customers as the bar is high."""
    table = results.customers(SAMPLE.request)
    _, figure, _ = drawn("histogram", SAMPLE)
    heights = numbers(figure["data"][0]["y"]).tolist()
    rules = [rule_from_json(json.loads(rule)) for rule in figure["data"][0]["customdata"]]
    assert [int(rule.mask(table.frame).sum()) for rule in rules] == heights
    assert sum(heights) == len(table)


def test_a_cell_means_both_its_conditions() -> None:
    """The rule of a cell of the pivot finds the customers that the cell counts."""
    view = changed(SAMPLE, {"explore_rows": "segment", "explore_columns": "age_band"})
    table = results.customers(view.request)
    _, figure, _ = crossing.show_pivot(view.to_json(), "light")
    cells = numbers(figure["data"][0]["z"])
    for i, row in enumerate(figure["data"][0]["customdata"]):
        for j, rule in enumerate(row):
            counted = int(rule_from_json(json.loads(rule)).mask(table.frame).sum())
            assert counted == (0 if np.isnan(cells[i, j]) else cells[i, j])


def test_filters_count_in_every_part() -> None:
    """A country chosen above changes every part of the tab, and the numbers are those of the country alone."""
    france = View(AnalysisRequest("sample", countries=("France",)))
    size = int((results.customers(SAMPLE.request).frame["country"] == "France").sum())
    assert found.distribution(france).customers == size
    assert [place.name for place in found.places(france)] == ["France"]
    assert found.demographics(france).customers.sum() == found.pivot(france).customers.sum() == size
    assert found.completeness(france).customers == size
    assert found.correlations(france).customers.max() == size
    assert found.distribution(SAMPLE).customers > size


def test_what_the_data_does_not_have_falls_back() -> None:
    """A link that names a metric or an attribute of another dataset shows this one's first."""
    view = changed(
        View(AnalysisRequest("small")),
        {
            "explore_metric": "luck",
            "explore_attribute": "shoe_size",
            "explore_rows": "x",
            "explore_columns": "y",
            "explore_measure": "mean:z",
            "explore_matrix": ["a", "b"],
        },
    )
    assert found.metric_of(view).name == "recency_days"
    assert found.attribute_of(view).name == "country"
    assert [column.name for column in found.pivot_of(view)[:2]] == ["segment", "country"]
    assert found.pivot_of(view)[2] == "customers"
    assert len(found.matrix_of(view)) > 1


def test_zeros_are_told_beside_a_logarithm() -> None:
    """Who has no place on a logarithmic scale is counted in a sentence, and missing says what it means."""
    view = changed(SAMPLE, {"explore_metric": "refund_total", "explore_scale": "log"})
    spread = found.distribution(view)
    assert f"{spread.not_positive:,} customers have 0 or less" in told(distributions.show_facts(view.to_json()))
    gaps = changed(SAMPLE, {"explore_metric": "days_between_orders_mean"})
    assert "there is no gap to measure" in told(distributions.show_facts(gaps.to_json()))


def test_the_sample_says_that_it_is_one() -> None:
    """The matrix draws a sample, says how many of how many, and has every segment."""
    title, *_ = drawn("matrix", SAMPLE)
    everyone, rows = len(results.customers(SAMPLE.request)), found.sample(SAMPLE)
    assert f"{len(rows):,} of {everyone:,} customers" in title
    drawn_segments = results.customers(SAMPLE.request).frame["segment"].iloc[rows]
    assert set(drawn_segments) == set(results.customers(SAMPLE.request).frame["segment"])


def test_what_is_not_on_the_map_is_named() -> None:
    """A place that is no country is listed in a sentence with its customers."""
    note = places.show_note(View(AnalysisRequest("nasty")).to_json())
    assert "Not on the map" in note
    assert "@SUM(A1) (1)" in note
    assert places.show_note(SAMPLE.to_json()) == ""


def test_constant_metrics_are_explained() -> None:
    """Metrics that are the same for everyone are named as left out."""
    note = relations.show_note(View(AnalysisRequest("one")).to_json())
    assert note.startswith("Left out, because they are the same for everyone here: ")


@pytest.mark.parametrize("part", ["distributions", "relations", "geography", "people", "pivot", "completeness"])
def test_each_part_is_laid_out(part: str) -> None:
    """Each part of the tab has its own charts, and the row of parts above them."""
    content = TAB.layout(changed(SAMPLE, {"explore_part": part}))
    assert "Distributions" in str(content[0])
    assert "card-box" in str(content)


def test_every_shape_of_a_country_is_on_the_map() -> None:
    """The file of shapes has each country that a name can mean, as closed rings within the world; and it is small."""
    content = (ASSETS / "countries.geojson").read_bytes()
    assert len(content) < 250_000
    features = {feature["id"]: feature for feature in json.loads(content)["features"]}
    assert {country.iso_a3 for country in countries()} <= features.keys()
    for feature in features.values():
        geometry = feature["geometry"]
        parts = [geometry["coordinates"]] if geometry["type"] == "Polygon" else geometry["coordinates"]
        for ring in (ring for part in parts for ring in part):
            assert ring[0] == ring[-1]
            assert all(-180 <= x <= 180 and -90 <= y <= 90 for x, y in ring)


def test_the_shapes_come_from_this_server_compressed(client: FlaskClient) -> None:
    """The map's shapes are a file of our own that the browser may keep, and a quarter of its size on the way."""
    answer = client.get(shapes_address(), headers={"Accept-Encoding": "gzip"})
    assert answer.status_code == 200
    assert "immutable" in answer.headers["Cache-Control"]
    assert answer.headers["Content-Encoding"] == "gzip"
    assert len(answer.data) < 80_000
    _, figure, _ = drawn("map", SAMPLE)
    assert {trace["geojson"] for trace in figure["data"] if "geojson" in trace} == {shapes_address()}


@pytest.mark.parametrize("name", [name for name in TABLES if name.startswith("explore_")])
def test_every_table_can_be_taken_along(name: str, client: FlaskClient) -> None:
    """The numbers behind each chart come as CSV for the view of the page, with headings and every row."""
    view = changed(View(AnalysisRequest("sample", countries=("France",))), {"explore_attribute": "age_band"})
    answer = client.get(f"/export/table/{name}.csv{to_query(view)}")
    assert answer.status_code == 200
    rows = list(csv.reader(io.StringIO(answer.get_data(as_text=True).removeprefix("\ufeff"))))
    assert len(rows) > 1
    assert len({len(row) for row in rows}) == 1
    if name == "explore_places":
        assert [row[0] for row in rows[1:]] == ["France"]
    if name == "explore_people":
        counted = sum(int(float(row[rows[0].index("customers")])) for row in rows[1:])
        assert counted == found.distribution(view).customers


def test_the_numbers_are_those_of_the_analytics() -> None:
    """What the tab caches is what a fresh call computes."""
    table = results.customers(SAMPLE.request)
    assert found.distribution(SAMPLE) == exploration.distribution(table, "revenue_total")
    assert found.places(SAMPLE) == exploration.geography(table)
    assert found.boxes(SAMPLE) == exploration.boxes(table, "revenue_total")


def test_other_clusters_are_counted_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """Clusters are a column like any other: whoever finds some, or asks for other ones, sees those."""
    small = View(AnalysisRequest("small"))
    plain = results.customers(small.request)

    def clustered(request: AnalysisRequest) -> CustomerTable:
        names = [f"Cluster {row % request.k}" for row in range(len(plain))] if request.k else None
        return plain if names is None else plain.with_columns(cluster=pd.Categorical(names))

    monkeypatch.setattr(results, "customers", clustered)
    asked = [View(replace(small.request, k=k)).choosing(explore_rows="cluster") for k in (None, 2, 3)]
    assert [len(found.completeness(view).gaps) for view in asked[:2]] == [
        len(found.completeness(asked[0]).gaps) + n for n in (0, 1)
    ]
    assert [found.pivot(view).rows.labels for view in asked[1:]] == [
        ("Cluster 0", "Cluster 1"),
        ("Cluster 0", "Cluster 1", "Cluster 2"),
    ]


def test_of_nobody_nothing_is_claimed() -> None:
    """An empty selection has no complete columns, no metrics that are the same for everyone and no countries."""
    nobody = View(AnalysisRequest("sample", countries=("Atlantis",))).to_json()
    assert "known for every customer" not in completeness.show_gaps(nobody, "light")[0]
    assert relations.show_note(nobody) == ""
    assert told(places.show_spread(nobody)) == "No customers in this selection."


def test_the_spread_begins_with_the_country_of_most_customers() -> None:
    """Its rows go down by customers, the first number beside the country."""
    rows = places.show_spread(SAMPLE.to_json()).children[-1].children
    counts = [int(told(row.children[1]).replace(",", "")) for row in rows]
    assert len(counts) > 5
    assert counts == sorted(counts, reverse=True)
