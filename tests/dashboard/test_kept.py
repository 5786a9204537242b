"""Kept segments on the screen: the bar's choice is a rule that every tab honours, and the drawer keeps people as one."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest
from dash.exceptions import PreventUpdate
from flask.testing import FlaskClient

from analytics.datasets import open_version
from analytics.errors import RequestError
from analytics.request import AnalysisRequest
from analytics.rules import AllOf, Condition
from analytics.segmentation import drop, keep_rule, pins, scored
from analytics.sources import open_source
from dashboard import results
from dashboard.app import choose_view
from dashboard.kept import kept_choices, kept_values, with_kept
from dashboard.people import SAVE, people, save_segment, show_people
from dashboard.results import behaviour
from dashboard.shell import KEPT
from dashboard.state import View, from_query, to_query
from tests.dashboard.visible import told

pytestmark = pytest.mark.usefixtures("home")
SAMPLE = View(AnalysisRequest("sample"))
CHAMPIONS = {"column": "segment", "is": "equal to", "value": "Champions"}


@pytest.fixture
def best() -> Iterator[Condition]:
    """Those who ordered ten times or more are kept as `Many orders`; the condition that means them."""
    request = SAMPLE.request
    source = open_source("sample")
    pin = keep_rule(Condition("order_count", "at least", 10), scored(request, source), "Many orders")
    yield Condition(pin.column, "equal to", "Many orders")
    assert source.stored is not None
    drop(source.stored, "Many orders")


def test_the_bar_offers_every_kept_segment(best: Condition) -> None:
    """Each segment of what is kept is a choice; what is chosen stands as it is in the view."""
    offered = kept_choices(SAMPLE)
    assert [item["label"] for item in offered] == ["Many orders: Many orders", "Many orders: Everyone else"]
    assert kept_values(SAMPLE) == []
    view = replace(SAMPLE, request=replace(SAMPLE.request, where=best))
    assert kept_values(view) == [offered[0]["value"]]
    assert from_query(to_query(view), "sample") == view


def test_a_choice_is_a_rule_and_leaves_the_others_alone() -> None:
    """One segment is compared, several are one of; what else the rule asks for stays; no choice takes only its own away."""
    grid = Condition("order_count", "above", 3)
    one, two, other = ('["pinned_a", "x"]', '["pinned_a", "y"]', '["pinned_b", "z"]')
    assert with_kept(grid, [one]) == AllOf((Condition("pinned_a", "equal to", "x"), grid))
    chosen = with_kept(grid, [one, two, other])
    assert chosen == AllOf((Condition("pinned_a", "one of", ("x", "y")), Condition("pinned_b", "equal to", "z"), grid))
    assert with_kept(chosen, []) == grid
    assert with_kept(None, []) is None
    view = View(AnalysisRequest("small", where=chosen))
    assert kept_values(view) == [one, two, other]


@pytest.mark.parametrize("value", ["", "x", "[]", '["order_count", "x"]', '["pinned_a"]', 3, None, '["pinned_a", 3]'])
def test_a_choice_that_is_none_is_refused(value: Any) -> None:
    """What the control does not offer is refused in a sentence."""
    with pytest.raises(RequestError, match="not readable"):
        with_kept(None, [value])


def test_the_shell_takes_the_choice_into_the_view(best: Condition) -> None:
    """Choosing lays the tab out anew, with the rule in the view; the same choice again changes nothing."""
    stored = replace(SAMPLE, request=results.resolved(SAMPLE.request)).to_json()
    value = kept_choices(SAMPLE)[0]["value"]
    place = {"path": "/", "epoch": 4}
    view, there = choose_view("/", "", {"kept": [value]}, None, stored, place, frozenset([KEPT]))
    assert (view.request.where, there["epoch"]) == (best, 5)
    again, there = choose_view("/", "", {"kept": [value]}, None, view.to_json(), place, frozenset([KEPT]))
    assert (again, there["epoch"]) == (view, 4)


def test_every_tab_counts_the_chosen_only(best: Condition) -> None:
    """With a kept segment chosen, masks, groups, months and visits are those of its customers, and only of them."""
    request = replace(SAMPLE.request, where=best)
    frame = results.customers(request).frame
    many = frame["order_count"].to_numpy() >= 10
    keep = results.kept(request)
    assert keep is not None
    assert keep.tolist() == many.tolist()
    groups = results.groups(request).table.frame
    chosen = results.kept_groups(request)
    assert chosen is not None
    assert groups.loc[chosen, "customers"].sum() == many.sum()
    assert groups.loc[chosen, "order_count"].sum() == frame.loc[many, "order_count"].sum()
    months = results.months(request).by_month(chosen)
    assert months["orders"].sum() == frame.loc[many, "order_count"].sum()
    visits = behaviour.kept_visits(request)
    assert visits is not None
    assert 0 < visits.sum() < len(behaviour.visits(request))
    whole = behaviour.visits(request).customer
    assert whole is not None
    assert many[whole[visits]].all()
    assert results.kept_groups(SAMPLE.request) is None


def test_the_grids_own_filters_stay_the_grids(best: Condition) -> None:
    """Of a rule with more than kept segments, the tabs honour the kept segments only, as they do with countries."""
    grid = Condition("revenue_total", "above", 100)
    both = replace(SAMPLE.request, where=AllOf((best, grid)))
    one, other = results.kept(both), results.kept(replace(both, where=best))
    assert one is not None
    assert other is not None
    assert one.tolist() == other.tolist()


def test_a_dropped_choice_says_what_to_do_and_can_be_taken_out() -> None:
    """A link with what is not kept any more: charts say so in a sentence, and the bar still offers to remove it."""
    gone = Condition("pinned_long_ago", "equal to", "Best")
    view = View(AnalysisRequest("small", where=gone))
    for ask in (results.kept, results.kept_groups):
        with pytest.raises(RequestError, match="The kept segmentation 'long_ago' is not there"):
            ask(view.request)
    assert kept_choices(view) == [{"label": "long_ago: Best (gone)", "value": '["pinned_long_ago", "Best"]'}]


def test_the_drawer_keeps_its_people_as_a_segment() -> None:
    """A name and a press: those whom the drawer shows are a kept segment, and drawing the form alone keeps nobody."""
    clicked = {"points": [{"customdata": json.dumps(CHAMPIONS)}]}
    drawn, _ = show_people(clicked, SAMPLE.to_json())
    assert "Save as segment" in told(drawn)
    pressed = {"type": SAVE, "rule": json.dumps(CHAMPIONS)}
    with pytest.raises(PreventUpdate):
        save_segment([0], [None], SAMPLE.to_json(), pressed)
    version = open_version("sample")
    try:
        stamp, notices = save_segment([1], ["Our best"], SAMPLE.to_json(), pressed)
        assert stamp == results.pins_stamp(SAMPLE.request) != ""
        assert "'Our best' is kept" in told(notices)
        frame = results.customers(SAMPLE.request).frame
        assert frame["pinned_our_best"].eq("Our best").tolist() == frame["segment"].eq("Champions").tolist()
        with pytest.raises(RequestError, match="kept already"):
            save_segment([1], ["Our best"], SAMPLE.to_json(), pressed)
    finally:
        drop(version, "Our best")
    assert pins(version) == ()
    assert "pinned_our_best" not in results.customers(SAMPLE.request).frame


def test_everyone_is_no_segment() -> None:
    """Where the drawer shows everyone there is nothing to save."""
    assert "Save as segment" not in told(people(SAMPLE))


def test_the_people_of_a_point_are_those_that_the_chart_shows(best: Condition) -> None:
    """A click on a chart that is filtered by a kept segment means its people among the chosen ones."""
    view = replace(SAMPLE, request=replace(SAMPLE.request, where=best))
    drawn, _ = show_people({"points": [{"customdata": json.dumps(CHAMPIONS)}]}, view.to_json())
    frame = results.customers(view.request).frame
    count = int((frame["segment"].eq("Champions") & (frame["order_count"] >= 10)).sum())
    assert f"{count:,}" in told(drawn)
    assert "Many orders is Many orders and Segment is Champions" in told(drawn)


def test_export_and_overview_follow_the_choice(best: Condition, client: FlaskClient) -> None:
    """The list and the months that are taken along are those of the chosen customers."""
    view = replace(SAMPLE, request=replace(SAMPLE.request, where=best))
    frame = results.customers(view.request).frame
    many = frame[frame["order_count"] >= 10]
    lines = client.get(f"/export/customers.csv{to_query(view)}").text.splitlines()
    assert len(lines) == len(many) + 1
    assert "pinned_many_orders" in lines[0]
    rows = pd.read_csv(io.StringIO(client.get(f"/export/table/segments.csv{to_query(view)}").text))
    assert rows["customers"].sum() == len(many)
