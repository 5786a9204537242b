"""The picture of the groups: every point where and what it should be, whoever is drawn, and what drawing around them chooses."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest
from dash.exceptions import PreventUpdate
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.audiences import audience
from analytics.clusters import Projection, fair_sample, inside, shuffled, spread_of
from analytics.clusters.picture import AT_LEAST
from analytics.errors import RequestError
from analytics.request import AnalysisRequest, request_from_json
from analytics.segmentation import Segmentation, segment
from analytics.sources import open_source
from dashboard import results
from dashboard.figures.cloud import apart, arrows, cloud, drawing_order
from dashboard.figures.points import Look, diameters, hover_metrics
from dashboard.results import drawing
from dashboard.state import View, changed, to_query
from dashboard.tabs.clusters import choosing, groups
from tests.dashboard.visible import told

pytestmark = pytest.mark.usefixtures("home")
DTYPES = {"f4": "<f4", "i1": "i1"}
READY = {"k": 4}
FLAT, DEEP = Look((1, 2), "recency_days"), Look(None, "recency_days")


def numbers(array: Any) -> np.ndarray[Any, Any]:
    """What the browser reads from a typed array."""
    return np.frombuffer(base64.b64decode(array["bdata"]), DTYPES[array["dtype"]])


@pytest.fixture
def four() -> View:
    """A view whose four groups have been found."""
    view = View(AnalysisRequest("sample", k=4))
    segment(replace(view.request, algorithm="kmeans"), open_source("sample"))
    return view


@pytest.fixture
def found(four: View) -> Segmentation:
    kept = results.clusters(four.request)
    assert kept is not None
    return kept


def draw(found: Segmentation, look: Look, rows: Any = None) -> dict[str, Any]:
    """The picture of those customers, of everyone where nothing is said."""
    rows = np.arange(len(found.codes)) if rows is None else np.asarray(rows, dtype=np.int64)
    spread = drawing.size_spread(found, look.size)
    return cloud(found, rows, drawing.frame(found), spread, look, "light")


def people_traces(figure: dict[str, Any]) -> list[dict[str, Any]]:
    """The traces whose points are customers; the others are arrows."""
    return [trace for trace in figure["data"] if "customdata" in trace]


def with_noise(found: Segmentation) -> Segmentation:
    """The same groups, the last one being those who are in none."""
    segments = (*found.segments[:-1], replace(found.segments[-1], is_noise=True))
    assert found.clustering is not None
    strength = np.linspace(0, 1, len(found.codes), dtype=np.float32)
    return replace(found, segments=segments, clustering=replace(found.clustering, strength=strength))


# The fair sample


@settings(deadline=None, max_examples=60)
@given(sizes=st.lists(st.integers(0, 3_000), min_size=1, max_size=12), most=st.integers(100, 3_000))
def test_a_sample_is_fair(sizes: list[int], most: int) -> None:
    """At most so many, nobody twice, every group present, small ones whole, and the others in proportion."""
    codes = np.repeat(np.arange(len(sizes)), sizes)
    rows = fair_sample(shuffled(codes), most)
    counts = np.bincount(codes[rows], minlength=len(sizes))
    assert len(rows) == len(set(rows.tolist())) <= most
    assert (np.diff(rows) > 0).all()
    assert len(rows) == min(len(codes), most) or len(codes) > most >= len(rows) > most - len(sizes)
    present = np.array(sizes) > 0
    least = np.minimum(sizes, min(AT_LEAST, most // max(int(present.sum()), 1)))
    assert (counts >= least).all()
    if len(codes) > most:
        beyond = (np.array(sizes) - least) / (len(codes) - least.sum()) * (most - least.sum())
        assert (np.abs(counts - least - beyond) <= 1).all()


def test_a_sample_is_the_same_every_time_and_stays_under_a_filter() -> None:
    """The same customers are drawn whenever asked, and a filter that leaves as many to draw leaves those that it keeps."""
    codes = np.repeat([0, 1, 2], [60_000, 30_000, 40])
    customers = shuffled(codes)
    rows = fair_sample(customers, 20_000)
    assert (fair_sample(shuffled(codes), 20_000) == rows).all()
    assert np.bincount(codes[rows])[2] == 40
    keep = np.ones(len(codes), dtype=bool)
    keep[::10] = False
    filtered = fair_sample(customers, 20_000, keep)
    assert keep[filtered].all()
    assert set(rows[keep[rows]].tolist()) <= set(filtered.tolist())
    assert len(fair_sample(customers, 20_000, np.zeros(len(codes), dtype=bool))) == 0


# Points


@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize(
    "look", [DEEP, FLAT, replace(FLAT, axes=(2, 3), is_narrow=True, size=""), replace(DEEP, with_arrows=False)]
)
def test_plotly_draws_it(look: Look, mode: Any, found: Segmentation) -> None:
    """Plotly accepts every property, in two and three dimensions; nobody is a sentence instead."""
    for kept in (found, with_noise(found)):
        figure = cloud(kept, np.arange(len(kept.codes)), drawing.frame(kept), spread_of(np.arange(9.0)), look, mode)
        go.Figure(figure)
        json.dumps(figure, allow_nan=False)
    nobody = cloud(found, np.array([], dtype=np.int64), drawing.frame(found), None, look, mode)
    assert nobody["layout"]["annotations"][0]["text"] == "No customers in this selection"
    drawn = [customer for trace in people_traces(draw(found, look, [7])) for customer in trace["text"]]
    assert drawn == [found.table.frame["customer_id"].iloc[7]]


@pytest.mark.parametrize("look", [DEEP, replace(FLAT, axes=(1, 3))])
def test_every_customer_is_a_point_once(look: Look, found: Segmentation) -> None:
    """Each point is a customer, in the trace of its group, where the projection puts it."""
    assert found.clustering is not None
    traces = people_traces(draw(found, look))
    assert [trace["meta"] for trace in traces] == [group.name for group in found.segments]
    place = {customer: row for row, customer in enumerate(found.table.frame["customer_id"])}
    rows = [place[customer] for trace in traces for customer in trace["text"]]
    assert sorted(rows) == list(range(len(found.codes)))
    components = look.axes or (1, 2, 3)
    for axis, component in zip("xyz", components, strict=False):
        drawn = np.concatenate([numbers(trace[axis]) for trace in traces])
        assert (drawn == found.clustering.projection.points[rows, component - 1]).all()
    assert [len(trace["text"]) for trace in traces] == [group.customers for group in found.segments]


def test_groups_differ_in_colour_and_in_shape_and_noise_is_apart(found: Segmentation) -> None:
    """No two of the groups share a symbol; customers in none are grey, have a symbol of their own, and are drawn behind."""
    kept = with_noise(found)
    traces = people_traces(draw(kept, FLAT))
    assert drawing_order(kept.segments) == (3, 0, 1, 2)
    assert traces[0]["meta"] == kept.segments[3].name
    symbols = [trace["marker"]["symbol"] for trace in traces]
    assert symbols[0] == "circle-open"
    assert len(set(symbols)) == len({trace["marker"]["color"] for trace in traces}) == 4


def test_a_point_is_as_large_as_its_metric(found: Segmentation) -> None:
    """Areas grow with the metric from its lowest twentieth to its highest; beyond, and where it is missing, they do not."""
    spread = spread_of(np.arange(101.0))
    assert spread is not None
    assert (spread.low, spread.high, spread.has_missing) == (5.0, 95.0, False)
    sized = diameters(np.array([0.0, 5, 50, 95, 100, np.nan]), spread, 3, 9)
    assert sized.tolist() == [30, 30, round(10 * np.sqrt((9 + 81) / 2)), 90, 90, 30]
    trace = people_traces(draw(found, DEEP))[0]
    recency = found.table.frame.set_index("customer_id")["recency_days"][trace["text"]].to_numpy()
    assert (np.diff(numbers(trace["marker"]["size"])[np.argsort(recency)].astype(int)) >= 0).all()
    assert trace["marker"]["sizeref"] == 10
    assert isinstance(people_traces(draw(found, replace(DEEP, size="")))[0]["marker"]["size"], float)


@pytest.mark.parametrize("values", [[], [np.nan, np.nan], [3.0, 3.0, 3.0]])
def test_what_is_the_same_for_everyone_gives_no_size(values: list[float]) -> None:
    """A metric without a difference makes all points alike; one that few differ in still spans from lowest to highest."""
    assert spread_of(np.array(values)) is None
    few = spread_of(np.array([0.0] * 99 + [7.0]))
    assert few is not None
    assert (few.low, few.high) == (0.0, 7.0)


def test_the_card_has_values_with_their_units(found: Segmentation) -> None:
    """A card names the customer, the group and the metrics with units and currency; a missing value is a dash."""
    look = replace(DEEP, size="days_between_orders_mean")
    trace = people_traces(draw(with_noise(found), look))[1]
    card = trace["hovertemplate"]
    frame = found.table.frame.set_index("customer_id")
    names = hover_metrics(found, look.size, len(found.codes))
    assert names == ("days_between_orders_mean", "revenue_total", "recency_days", "order_count")
    assert "customer %{text}" in card
    assert "€%{customdata[1]:,.2f}" in card
    assert "%{customdata[2]:,.0f} days" in card
    assert "Belongs to the group: %{customdata[4]:.0%}" in card
    for customer, carried in list(zip(trace["text"], trace["customdata"], strict=True))[:200]:
        of = frame.loc[customer]
        assert carried[1:4] == [round(of["revenue_total"], 2), of["recency_days"], of["order_count"]]
        gap = of["days_between_orders_mean"]
        assert carried[0] == ("–" if np.isnan(gap) else f"{gap:,.1f} days")


def test_many_points_carry_few_values(found: Segmentation) -> None:
    """Twenty thousand points carry two values each, so that the page stays below a million bytes."""
    assert hover_metrics(found, "tenure_days", 20_000) == ("tenure_days", "revenue_total")
    assert len(hover_metrics(found, "tenure_days", 500)) == 4
    rows = np.arange(20_000) % len(found.codes)
    size = len(json.dumps(draw(found, DEEP, rows), separators=(",", ":")))
    assert size < 1_000_000


# What directions mean


def test_an_arrow_is_how_a_metric_varies_along_what_is_shown() -> None:
    """Weight times the standard deviation of its component, the longest as long as asked, short ones left out."""
    loadings = ((0.8, 0.6, 0.0, 0.02), (-0.6, 0.8, 0.0, 0.0), (0.0, 0.0, 1.0, 0.0))
    projection = Projection(np.zeros((1, 3), np.float32), (0.64, 0.25, 0.01), loadings)
    drawn = dict(arrows(projection, ("recency_days", "order_count", "x", "y"), (0, 1), 2.0))
    assert list(drawn) == ["Recency", "Orders"]
    long, short = np.array([0.8 * 0.8, -0.6 * 0.5]), np.array([0.6 * 0.8, 0.8 * 0.5])
    assert drawn["Recency"] == pytest.approx(long / np.linalg.norm(long) * 2)
    assert drawn["Orders"] == pytest.approx(short / np.linalg.norm(long) * 2)
    assert arrows(Projection(np.zeros((1, 3), np.float32), (0.0, 0.0, 0.0), ()), ("a",), (0, 1), 1.0) == []


def test_the_switch_takes_arrows_away(found: Segmentation) -> None:
    """With arrows there is one for each of the three metrics, in both pictures; without there is none."""
    assert len(draw(found, DEEP)["data"]) == len(found.segments) + 3
    assert len(draw(found, replace(DEEP, with_arrows=False))["data"]) == len(found.segments)
    for is_on, expected in ((True, 3), (False, 0)):
        notes = draw(found, replace(FLAT, with_arrows=is_on))["layout"]["annotations"]
        assert sum(bool(note["showarrow"]) for note in notes) == expected
        named = {re.sub("<.*?>", " ", note["text"]).strip() for note in notes if not note["showarrow"]}
        assert named >= {group.name for group in found.segments}


@settings(deadline=None, max_examples=40)
@given(
    at=st.lists(st.tuples(st.floats(0, 900), st.floats(0, 440)), min_size=1, max_size=8),
)
def test_labels_do_not_lie_over_one_another(at: list[tuple[float, float]]) -> None:
    """Wherever groups lie, their names are apart and within the picture; those that do not meet stay where they are."""
    sizes = np.tile([120.0, 24.0], (len(at), 1))
    placed = apart(np.array(at), sizes, (900.0, 440.0))
    assert (placed >= sizes / 2 - 1e-9).all()
    assert (placed <= np.array([900.0, 440.0]) - sizes / 2 + 1e-9).all()
    between = np.abs(placed[:, None] - placed[None]) + 1.0 - sizes
    assert all((between[one, other] >= 0).any() for one in range(len(at)) for other in range(one))


# The tab


def shown(view: View, width: Any = "wide", area: Any = None) -> tuple[Any, ...]:
    return groups.show_cloud(view.to_json(), READY, "light", width, area)


def test_a_phone_has_the_flat_picture(four: View) -> None:
    """A narrow screen gets two dimensions whatever the view says; a wide one gets what it says, three at first."""
    flat = changed(four, {"clusters_dimensions": "2"})
    for view, width, kind, box in (
        (four, "wide", "scatter3d", "none"),
        (four, None, "scatter3d", "none"),
        (flat, "wide", "scatter", "block"),
        (four, "narrow", "scatter", "block"),
    ):
        _, figure, _, _, style = shown(view, width)
        assert {trace["type"] for trace in figure["data"]} == {kind}
        assert style == {"display": box}
    assert sum(len(trace["text"]) for trace in shown(four, "narrow")[1]["data"]) <= drawing.MOST_NARROW


def test_the_words_say_what_is_seen(four: View, found: Segmentation) -> None:
    """Explained variance in plain words, what size means, and how many of how many are drawn."""
    assert found.clustering is not None
    first, second, third = found.clustering.projection.explained
    title, _, _, words, _ = shown(four)
    assert title == f"4 groups among {len(found.codes):,} customers"
    assert f"three directions hold {first + second + third:.0%} of the differences" in told(words)
    assert "Larger points have more Recency: from 5 days to " in told(words)
    view = changed(four, {"clusters_axes": "13", "clusters_size": "revenue_total", "clusters_arrows": "off"})
    title, figure, _, words, _ = shown(view, "narrow")
    drawn = sum(len(trace["text"]) for trace in figure["data"])
    assert title == f"4 groups; a fair sample of {len(found.codes):,} customers"
    assert f"two directions hold {first + third:.0%} of the differences" in told(words)
    assert "Larger points have more Revenue: from €" in told(words)
    assert f"{drawn:,} of them are drawn" in told(words)
    assert "arrow" not in told(words)
    assert figure["layout"]["xaxis"]["title"]["text"] == f"PC1 ({first:.0%})"
    assert figure["layout"]["yaxis"]["title"]["text"] == f"PC3 ({third:.0%})"


def test_a_filter_moves_neither_the_space_nor_the_camera(four: View) -> None:
    """Under a filter the axes, their ranges and what Plotly keeps a view by stay the same."""
    for dimensions in ("3", "2"):
        every = shown(changed(four, {"clusters_dimensions": dimensions}))[1]
        some = shown(changed(four, {"clusters_dimensions": dimensions, "countries": ["France"]}))[1]
        assert sum(map(len, (trace["text"] for trace in people_traces(some)))) < sum(
            map(len, (trace["text"] for trace in people_traces(every)))
        )
        for name in ("uirevision", "scene", "xaxis", "yaxis"):
            assert every["layout"].get(name) == some["layout"].get(name)


def test_the_camera_stays_where_the_reader_turned_it(four: View) -> None:
    """A redraw is seen from where the browser says; what is no camera is as at first."""
    turned = {name: {"x": 0.5, "y": -1.0, "z": 2} for name in ("eye", "center", "up")}
    first = shown(four)[1]["layout"]["scene"]["camera"]
    told_camera = {**turned, "projection": {"type": "x"}}
    assert (
        groups.show_cloud(four.to_json(), READY, "light", "wide", None, told_camera)[1]["layout"]["scene"]["camera"]
        == turned
    )
    for nonsense in (
        "x",
        {},
        {**turned, "eye": None},
        {**turned, "up": {"x": "0"}},
        {**turned, "eye": {"x": 1e9, "y": 0, "z": 0}},
    ):
        drawn = groups.show_cloud(four.to_json(), READY, "light", "wide", None, nonsense)[1]
        assert drawn["layout"]["scene"]["camera"] == first


def test_a_size_that_is_not_there_is_recency(four: View, found: Segmentation) -> None:
    """A link may name anything: what is no metric of these customers is shown as recency."""
    for name in ("__class__", "customer_id", "segment", "recency_days"):
        assert drawing.size_metric(changed(four, {"clusters_size": name}), found) == "recency_days"
    assert drawing.size_metric(changed(four, {"clusters_size": "same"}), found) == ""
    assert drawing.size_metric(changed(four, {"clusters_size": "order_count"}), found) == "order_count"


def test_a_click_opens_the_group(four: View, found: Segmentation) -> None:
    """A point opens the people of its group, all of them; what is no point opens nothing."""
    for place, code in enumerate(drawing_order(found.segments)):
        drawer, is_open = groups.show_group({"points": [{"curveNumber": place}]}, four.to_json(), READY)
        assert is_open
        assert f"{found.segments[code].customers:,}" in told(drawer)
    for clicked in (
        None,
        "x",
        {},
        {"points": []},
        {"points": [{"curveNumber": "0"}]},
        {"points": [{"curveNumber": 9}]},
    ):
        with pytest.raises(PreventUpdate):
            groups.show_group(clicked, four.to_json(), READY)


# Drawing around them


def area(found: Segmentation, around: list[list[float]], axes: tuple[int, int] = (1, 2)) -> dict[str, Any]:
    """What the browser says that was drawn."""
    return {"around": around, "basis": choosing.basis_of(found, axes)}


BOX = [[-1.5, -1.0], [1.0, -1.0], [1.0, 1.0], [-1.5, 1.0]]


def rules(tree: Any) -> Iterator[Any]:
    if getattr(tree, "id", None):
        yield json.loads(tree.id["rule"])


def test_those_inside_are_counted_and_open(four: View, found: Segmentation) -> None:
    """The bar counts exactly the customers whose points are inside; its button's rule gives them, and the export too."""
    assert found.clustering is not None
    expected = inside(found.clustering.projection.points[:, :2], [tuple(corner) for corner in BOX])
    style, words, button = choosing.show_chosen(area(found, BOX), four.to_json(), READY)
    assert style["display"] == "flex"
    assert 0 < expected.sum() < len(found.codes)
    assert f"{expected.sum():,} customers chosen" in told(words)
    assert f"{expected.mean():.1%} of those shown" in told(words)
    (rule,) = rules(button)
    listed = audience(request_from_json({"dataset": "sample", "where": rule}), found.table)
    assert sorted(listed["customer_id"]) == sorted(found.table.frame["customer_id"][expected])


def test_the_filters_hold_for_what_is_drawn(four: View, found: Segmentation) -> None:
    """With a country chosen, those of the country inside are counted, as the drawer then lists them."""
    view = changed(four, {"countries": ["France"]})
    keep = results.kept(view.request)
    assert keep is not None
    assert found.clustering is not None
    expected = keep & inside(found.clustering.projection.points[:, :2], [tuple(corner) for corner in BOX])
    _, words, _ = choosing.show_chosen(area(found, BOX), view.to_json(), READY)
    assert f"{expected.sum():,} customers chosen" in told(words)


def test_an_area_of_another_picture_is_none(four: View, found: Segmentation) -> None:
    """Nothing drawn, nothing found, or drawn in a picture of other metrics: the bar is hidden and nothing is drawn again."""
    other = {**area(found, BOX), "basis": "of something else"}
    for told_area in (None, "x", {}, other):
        assert choosing.show_chosen(told_area, four.to_json(), READY)[0] == {"display": "none"}
    assert choosing.show_chosen(area(found, BOX), four.to_json(), None)[0] == {"display": "none"}
    far = [[900, 900], [901, 900], [901, 901]]
    assert told(choosing.show_chosen(area(found, far), four.to_json(), READY)[1]) == "Nobody is inside what you drew."


@pytest.mark.parametrize("around", [None, [], [[0, 0], [1, 1]], [[0, 0], [1, 1], [None, 0]], [["a", 0]] * 4, {"x": 1}])
def test_what_is_no_area_is_refused(around: Any, four: View, found: Segmentation) -> None:
    """Corners that are none are refused in a sentence."""
    with pytest.raises(RequestError, match="three corners or more"):
        choosing.show_chosen({**area(found, BOX), "around": around}, four.to_json(), READY)


def test_what_was_drawn_stays_when_the_picture_is_drawn_anew(four: View, found: Segmentation) -> None:
    """The same area is in the next picture of the same two components, and in no other."""
    flat = changed(four, {"clusters_dimensions": "2"})
    (drawn,) = shown(flat, area=area(found, BOX))[1]["layout"]["selections"]
    assert drawn["path"] == "M-1.5,-1.0L1.0,-1.0L1.0,1.0L-1.5,1.0Z"
    assert shown(changed(flat, {"clusters_axes": "13"}), area=area(found, BOX))[1]["layout"]["selections"] == []
    assert "selections" not in shown(four, area=area(found, BOX))[1]["layout"]


# The points as a file


def test_the_points_are_a_file(four: View, found: Segmentation, client: FlaskClient) -> None:
    """The CSV has the customers that are drawn, their places and their groups."""
    assert found.clustering is not None
    view = changed(four, {"countries": ["France"]})
    reply = client.get(f"/export/table/cluster_points.csv{to_query(view)}")
    lines = reply.get_data().decode("utf-8-sig").splitlines()
    assert lines[0].replace('"', "") == "customer_id,pc1,pc2,pc3,segment"
    assert len(lines) - 1 == (found.table.frame["country"] == "France").sum()
    written = drawing.cluster_points_table(view)
    row = int(np.flatnonzero(found.table.frame["customer_id"] == written["customer_id"].iloc[5])[0])
    assert written[["pc1", "pc2", "pc3"]].iloc[5].tolist() == pytest.approx(
        found.clustering.projection.points[row], abs=1e-5
    )
    assert written["segment"].iloc[5] == found.segments[found.codes[row]].name


def test_the_command_line_has_the_loadings(found: Segmentation) -> None:
    """The JSON of a segmentation names each metric's weight in each component."""
    assert found.clustering is not None
    told_loadings = found.to_json()["loadings"]
    assert [list(weights) for weights in told_loadings] == [list(found.metrics)] * 3
    assert [list(weights.values()) for weights in told_loadings] == [
        list(row) for row in found.clustering.projection.loadings
    ]


@pytest.mark.parametrize(
    ("metrics", "said"), [(("recency_days",), "One direction"), (("recency_days", "revenue_total"), "These two")]
)
def test_few_features_have_few_directions(metrics: tuple[str, ...], said: str) -> None:
    """What customers are grouped by one or two features in has one or two directions, and the words do not speak of three."""
    view = View(AnalysisRequest("sample", algorithm="kmeans", k=3, metrics=metrics))
    few = segment(view.request, open_source("sample"))
    assert told(groups.words(few, Look(None, "", with_arrows=False, is_narrow=False), 9, 9)).startswith(f"{said} ")
    assert "hold" in told(groups.words(few, Look((1, 3), "", with_arrows=False, is_narrow=False), 9, 9))
