"""Profiles on the screen: what is drawn, what a click means, and the same words for RFM segments and clusters."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import fields, replace
from datetime import date
from functools import cache
from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest
from dash import no_update
from dash.exceptions import PreventUpdate

from analytics.audiences import audience_format
from analytics.profiles import FoundRule, spread
from analytics.request import AnalysisRequest
from analytics.rules import Condition, rule_from_json
from analytics.segmentation import Segmentation, segment
from analytics.selection import selected
from analytics.sources import open_source
from dashboard import results
from dashboard.components.basics import HIDDEN, SHOWN
from dashboard.figures import profiles as figures
from dashboard.figures import spreads
from dashboard.profiles import Place, charts, effects
from dashboard.profiles.cards import rule_quality
from dashboard.results.profiles import PROFILE_TABLES, all_metrics, rfm_profiles, shown_metrics, spread_of
from dashboard.state import View
from dashboard.tabs import rfm as rfm_tab
from dashboard.tabs.clusters import groups as clusters_groups
from dashboard.tabs.clusters import profiling
from dashboard.theme import Mode, cluster_color
from tests.dashboard.visible import told

pytestmark = pytest.mark.usefixtures("home")
FOUR = View(AnalysisRequest("sample", algorithm="kmeans", k=4))
READY = {"k": 4}
MODES: tuple[Mode, ...] = ("light", "dark")


def numbers(array: dict[str, str]) -> np.ndarray[Any, Any]:
    """What the browser reads from a typed array."""
    values = np.frombuffer(base64.b64decode(array["bdata"]), {"f4": "<f4", "f8": "<f8"}[array["dtype"]])
    return values.reshape([int(part) for part in array["shape"].split(", ")]) if "shape" in array else values


def is_empty(figure: figures.Figure) -> bool:
    """Whether a chart is a sentence instead of a drawing."""
    return bool(figure["data"][0].get("marker") == {"opacity": 0})


@cache
def clustered() -> Segmentation:
    segment(FOUR.request, open_source("sample"))
    found = results.clusters(FOUR.request)
    assert found is not None
    return found


@pytest.fixture
def found() -> Segmentation:
    """Four clusters of the sample shop."""
    return clustered()


@pytest.fixture
def segments() -> Segmentation:
    """The RFM segments of the sample shop."""
    profiled = rfm_profiles(FOUR.request)
    assert profiled is not None
    return profiled


def drawn(found: Segmentation, mode: Mode) -> list[figures.Figure]:
    """Every chart of profiles."""
    pairs, metrics = list(enumerate(found.segments)), shown_metrics(found)
    told_ = spread_of(FOUR, found, 1, "revenue_total", logarithmic=True)
    return [
        figures.profile_heatmap(found, all_metrics(found), mode),
        figures.profile_bars(pairs[:3], metrics, found, cluster_color, mode),
        figures.profile_radar(pairs[:2], metrics, cluster_color, mode),
        spreads.parallel_lines(found, pairs[:3], metrics, cluster_color, mode),
        spreads.distribution(found, 1, "revenue_total", told_, cluster_color, mode),
        spreads.violins(found, 1, "revenue_total", cluster_color, mode, logarithmic=True),
    ]


@pytest.mark.parametrize("mode", MODES)
def test_plotly_draws_every_profile(found: Segmentation, segments: Segmentation, mode: Mode) -> None:
    """Plotly accepts every property of every chart, of clusters and of RFM segments, and all of it is JSON."""
    for one in (found, segments):
        for figure in drawn(one, mode):
            go.Figure(figure)
            json.dumps(figure, allow_nan=False)
            assert not is_empty(figure)


def test_nothing_to_compare_is_a_sentence(found: Segmentation) -> None:
    """Without a segment, or without any value, a chart says so."""
    assert is_empty(figures.profile_bars([], ["order_count"], found, cluster_color, "light"))
    assert is_empty(figures.profile_radar([], ["order_count"], cluster_color, "light"))
    assert is_empty(spreads.parallel_lines(found, [], ["order_count"], cluster_color, "light"))
    assert is_empty(spreads.distribution(found, 0, "order_count", None, cluster_color, "light"))


def test_a_click_is_the_people_that_were_drawn(found: Segmentation) -> None:
    """Each bar of a distribution carries the rule of as many customers as it counts."""
    counted = spread_of(FOUR, found, 1, "revenue_total", logarithmic=True)
    assert counted is not None
    bars = spreads.distribution(found, 1, "revenue_total", counted, cluster_color, "light")["data"][0]
    for rule, count in list(zip(bars["customdata"], counted.inside, strict=True))[::5]:
        request = AnalysisRequest("sample", where=rule_from_json(json.loads(rule)))
        assert selected(request, found.table).sum() == count
    heat = figures.profile_heatmap(found, ["order_count"], "light")["data"][0]
    for rule, group in zip(heat["customdata"][0], found.segments, strict=True):
        request = AnalysisRequest("sample", where=rule_from_json(json.loads(rule)))
        assert selected(request, found.table).sum() == group.customers


def test_names_over_many_columns_do_not_run_into_each_other(segments: Segmentation) -> None:
    """Eleven segments have narrow columns: their names are broken up, and there is room above for every line."""
    drawn = figures.profile_heatmap(segments, shown_metrics(segments), "light")
    headings = drawn["layout"]["xaxis"]["ticktext"]
    assert {"Need<br>Attention", "About To<br>Sleep", "Potential<br>Loyalist"} <= set(headings)
    assert drawn["layout"]["margin"]["t"] >= 2 * 15


def test_what_may_be_chance_is_marked(found: Segmentation) -> None:
    """In the heatmap its number is in brackets and its cell without colour, and its bar is pale."""
    group = found.segments[0]
    items = tuple(replace(item, verdict="chance") for item in group.profile.metrics)
    pale = replace(found, segments=(replace(group, profile=replace(group.profile, metrics=items)), *found.segments[1:]))
    figure = figures.profile_heatmap(pale, ["order_count"], "light")
    assert numbers(figure["data"][0]["z"])[0, 0] == 0.0
    assert figure["layout"]["annotations"][0]["text"].startswith("(")
    bars = figures.profile_bars([(0, pale.segments[0])], ["order_count"], pale, cluster_color, "light")["data"][0]
    assert bars["marker"]["opacity"] == [0.35]


def test_bars_are_effect_sizes(found: Segmentation) -> None:
    """Each bar is a metric's standardised difference from everyone else, for the group that it names."""
    pairs = [(1, found.segments[1])]
    (bars,) = figures.profile_bars(pairs, ["recency_days", "order_count"], found, cluster_color, "light")["data"]
    expected = [found.segments[1].profile.of(name).effect for name in ("order_count", "recency_days")]
    assert bars["name"] == found.segments[1].name
    assert bars["y"] == ["Orders", "Recency"]
    assert numbers(bars["x"]) == pytest.approx(expected)


def test_a_profile_without_a_value_is_drawn(found: Segmentation) -> None:
    """A metric that is missing for a whole group has no bar's length, and a dash in its text."""
    group = found.segments[0]
    items = tuple(replace(item, mean=None, median=None, effect=0.0) for item in group.profile.metrics)
    bare = replace(group, profile=replace(group.profile, metrics=items))
    figure = figures.profile_bars([(0, bare)], ["recency_days"], found, cluster_color, "light")
    go.Figure(figure)
    assert "– on average" in figure["data"][0]["hovertext"][0]


@pytest.mark.parametrize("logarithmic", [True, False])
def test_a_spread_counts_everyone_once(logarithmic: bool) -> None:
    """Bins hold every known customer of each side, also the largest, whole numbers in bins of whole numbers."""
    draw = np.random.default_rng(4)
    for values in (draw.lognormal(5, 2, 500).round(2), draw.poisson(2, 500).astype(float), np.full(500, 7.0)):
        gaps = np.where(draw.random(500) < 0.1, np.nan, values)
        inside = draw.random(500) < 0.3
        found = spread(gaps, inside, logarithmic=logarithmic)
        assert found is not None
        assert found.inside.sum() == (inside & ~np.isnan(gaps)).sum()
        assert found.rest.sum() == (~inside & ~np.isnan(gaps)).sum()
        assert (np.diff(found.edges) > 0).all()
        last = (gaps >= found.edges[-2]) & (gaps <= found.edges[-1])
        assert found.inside[-1] == (last & inside).sum()
        assert found.inside_shares.sum() == pytest.approx(1.0)
    assert spread(np.full(3, np.nan), np.ones(3, dtype=bool), logarithmic=logarithmic) is None


def test_a_negative_amount_has_no_logarithm() -> None:
    """Where some are below zero the bins are plain, and the spread says so."""
    found = spread(np.array([-5.0, 1.5, 9.0]), np.ones(3, dtype=bool), logarithmic=True)
    assert found is not None
    assert not found.is_logarithmic


def test_few_lines_are_a_fair_sample(found: Segmentation) -> None:
    """Of many customers some of each segment are drawn, of few all of them."""
    few = spreads.fair_lines(found, [0, 1], most=100)
    counts = np.bincount(found.codes[few], minlength=4)
    assert 60 <= counts[:2].sum() <= 160
    assert min(counts[:2]) >= 30
    assert counts[2:].sum() == 0
    everyone = spreads.fair_lines(found, range(4), most=10_000)
    assert sorted(everyone) == list(range(len(found.codes)))


SHOWS: list[Callable[..., tuple[Any, ...]]] = [charts.show_bars, charts.show_lines, charts.show_spread]


@pytest.mark.parametrize("place", [profiling.PLACE, rfm_tab.PLACE], ids=lambda place: place.prefix)
def test_both_tabs_show_the_same_charts(place: Place, found: Segmentation, segments: Segmentation) -> None:
    """Clusters and RFM segments are drawn by the same functions, each by its own names; until then a chart says so."""
    own = found if place is profiling.PLACE else segments
    name = own.segments[1].name
    for show in SHOWS:
        title, figure, table = show(place, FOUR.to_json(), READY, name, "dark")
        go.Figure(figure)
        assert title
        assert table is not None
        waiting = show(place, FOUR.to_json(), None, name, "dark")[1]
        assert waiting["layout"]["annotations"][0]["text"] == place.words.appear
    _, figure, _ = charts.show_heatmap(place, FOUR.to_json(), READY, "light")
    assert len(figure["layout"]["xaxis"]["ticktext"]) == len(own.segments)
    differences = told(effects.show_effects(place, FOUR.to_json(), READY, name))
    assert "more than chance" in differences
    assert "Recency" in differences
    assert effects.show_effects(place, FOUR.to_json(), None, name) is None


@pytest.mark.parametrize(
    ("options", "kind"),
    [({"profile_lines": "parallel"}, "scatter"), ({"profile_lines": "radar"}, "scatterpolar")],
)
def test_the_switches_change_the_drawing(options: dict[str, str], kind: str, found: Segmentation) -> None:
    """A radar or lines, a histogram or violins: as the view says."""
    view = FOUR.choosing(**options, profile_shape="violin", profile_scale="linear")
    names = [group.name for group in found.segments]
    assert charts.show_lines(profiling.PLACE, view.to_json(), READY, names, "light")[1]["data"][-1]["type"] == kind
    spread_ = charts.show_spread(profiling.PLACE, view.to_json(), READY, names[0], "light")[1]
    assert {trace["type"] for trace in spread_["data"]} == {"violin"}


def test_a_card_tells_the_rule_and_who_is_typical(found: Segmentation) -> None:
    """The card of a group has its sentence, its rule with how good it is, its share of revenue and its typical customers."""
    cards = clusters_groups.show_cards(FOUR.to_json(), READY, "light")
    for card, group in zip(cards, found.segments, strict=True):
        words = told(card)
        assert group.sentence in words
        assert group.rule is not None
        assert group.rule.sentence in words
        assert rule_quality(group.rule) in words
        assert f"{group.profile.shares.revenue:.0%} of revenue" in words
        assert all(customer in words for customer in group.typical)
    one = told(charts.show_card(profiling.PLACE, FOUR.to_json(), READY, found.segments[2].name, "light"))
    assert found.segments[2].sentence in one


def test_the_rfm_tab_tells_what_the_command_line_tells(segments: Segmentation) -> None:
    """The profile of an RFM segment on the screen is the one that `segment --algorithm rfm` writes."""
    written = segment(AnalysisRequest("sample"), open_source("sample")).to_json()
    assert [group.to_json() for group in segments.segments] == written["segments"]
    for group in written["segments"]:
        words = told(rfm_tab.show_profile(FOUR.to_json(), {"preset": "grid"}, group["name"]))
        assert group["sentence"] in words
        assert (group["rule"]["sentence"] if group["rule"] else group["no_rule"]) in words


def test_typical_customers_are_of_their_group(found: Segmentation, segments: Segmentation) -> None:
    """Three customers stand for each segment, and each is in it."""
    for one in (found, segments):
        ids = one.table.frame["customer_id"].to_numpy()
        for code, group in enumerate(one.segments):
            assert len(group.typical) == min(3, group.customers)
            assert {int(one.codes[np.flatnonzero(ids == customer)[0]]) for customer in group.typical} <= {code}


def test_many_segments_wait_for_a_job(monkeypatch: pytest.MonkeyPatch) -> None:
    """Above the limit the page asks a job; when it is done they are only read."""
    monkeypatch.setattr("dashboard.results.profiles.MOST_WAITED_FOR", 3)
    view = View(AnalysisRequest("small", as_of=date(2024, 3, 15)))
    needed, ready = rfm_tab.ask_for_profiles(view.to_json())
    assert ready is None
    assert rfm_tab.describe_segments(lambda *_: None, needed) == {"preset": "grid"}
    assert rfm_tab.ask_for_profiles(view.to_json())[1] == {"preset": "grid"}


@pytest.mark.parametrize("name", PROFILE_TABLES)
def test_every_table_can_be_taken_along(name: str, found: Segmentation) -> None:
    """Each table of profiles is rows that the writer of CSV takes."""
    assert found.k == 4
    rows = PROFILE_TABLES[name](FOUR)
    assert len(rows) > 0
    assert audience_format("csv").write(rows)


def test_choosing_a_group_is_a_change_once(found: Segmentation) -> None:
    """What the page chose itself does not lengthen the link; what a person chose does."""
    names = [group.name for group in found.segments]
    options, one = profiling.show_one_choices(FOUR.to_json(), READY)
    assert [item["value"] for item in options] == names
    assert one == names[0]
    with pytest.raises(PreventUpdate):
        profiling.choose_one(names[0], FOUR.to_json(), READY)
    assert profiling.choose_one(names[2], FOUR.to_json(), READY) == {"profile_of": names[2]}
    chosen = FOUR.choosing(profile_of=names[2])
    assert profiling.show_one_choices(chosen.to_json(), READY)[1] == names[2]


def test_nearly_all_is_not_all() -> None:
    """A rule that misses one of a thousand does not say that it catches everyone."""
    rule = FoundRule(Condition("order_count", "at least", 2), "IF …", 1.0, 0.999, 999)
    assert rule_quality(rule) == "It catches over 99% of them; 100% of those it catches are theirs."
    assert "over 99%" in rule.told()


def test_lines_end_between_customers(found: Segmentation) -> None:
    """A thin line per customer of the sample, a gap after each, all within the axes; the thick ones open their people."""
    metrics = shown_metrics(found)
    figure = spreads.parallel_lines(found, [(2, found.segments[2])], metrics, cluster_color, "light")
    thin, thick = figure["data"]
    heights = numbers(thin["y"]).reshape(-1, len(metrics) + 1)
    assert len(heights) == min(spreads.MOST_LINES, found.segments[2].customers)
    assert np.isnan(heights[:, -1]).all()
    assert ((heights[:, :-1] >= 0) & (heights[:, :-1] <= 1)).all()
    assert thick["customdata"] == [figures.people_in("cluster", found.segments[2].name)] * len(metrics)


def test_each_tab_calls_its_own_by_their_name() -> None:
    """RFM has segments and a clustering has groups, and each tab says so whatever it shows, or waits for."""
    for place, word, other in ((rfm_tab.PLACE, "egment", "roup"), (profiling.PLACE, "roup", "egment")):
        for sentence in (getattr(place.words, item.name) for item in fields(place.words)):
            assert other not in sentence
        assert word in place.absent(None)
        assert word in place.absent({"problem": "Stopped."})


def test_segments_that_a_job_describes_are_asked_for_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A filter does not begin a running job anew; one that was stopped is said, and not waited for."""
    monkeypatch.setattr(rfm_tab, "rfm_profiles", lambda _request: None)
    view = View(AnalysisRequest("sample"))
    needed, ready = rfm_tab.ask_for_profiles(view.to_json())
    assert (needed["request"]["dataset"], ready) == ("sample", None)
    filtered = View(replace(view.request, countries=("Spain",))).to_json()
    assert rfm_tab.ask_for_profiles(filtered, needed, SHOWN) == (no_update, None)
    assert rfm_tab.ask_for_profiles(filtered, needed, HIDDEN) == (needed, None)
    ended = rfm_tab.show_end(HIDDEN, filtered, needed)
    assert ended["problem"] in told(rfm_tab.show_profile(filtered, ended, None))
    for busy, asked in ((SHOWN, needed), (HIDDEN, None)):
        with pytest.raises(PreventUpdate):
            rfm_tab.show_end(busy, filtered, asked)
