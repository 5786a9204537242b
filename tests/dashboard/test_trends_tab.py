"""Trends: titles that say what changed, charts that Plotly can draw, bars that open into the people they count."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest

from analytics import trends
from analytics.request import AnalysisRequest
from analytics.rules import rule_from_json
from analytics.selection import selected
from analytics.sources import open_source
from analytics.trends import concentration_of
from dashboard import people, results
from dashboard.exports import TABLES
from dashboard.figures import movement as movement_figures
from dashboard.figures import trends as figures
from dashboard.figures.trends import rounded_change
from dashboard.results import trending
from dashboard.state import View, changed
from dashboard.tabs.trends import TAB, course, movement
from dashboard.theme import Mode
from tests.dashboard.test_figures import is_empty, meant, numbers
from tests.dashboard.visible import told

pytestmark = pytest.mark.usefixtures("home")

SAMPLE = View(AnalysisRequest("sample"))
SMALL = View(AnalysisRequest("small"))
ONE = View(AnalysisRequest("one"))
NOBODY = View(AnalysisRequest("small", countries=("Atlantis",)))
CHARTS = (
    course.show_course,
    course.show_week,
    course.show_year,
    course.show_parts,
    movement.show_bridge,
    movement.show_share,
    movement.show_rising,
    movement.show_falling,
)


def _with(view: View, **options: str) -> dict[str, Any]:
    return changed(view, options).to_json()


@pytest.mark.parametrize("show", CHARTS)
@pytest.mark.parametrize("mode", ["light", "dark"])
def test_every_chart_can_be_drawn(show: Any, mode: Mode) -> None:
    """Of a large shop, a small one, one customer and nobody: a title, a figure that Plotly accepts, and a table."""
    for view in (SAMPLE, SMALL, ONE, NOBODY):
        for grain in ("day", "week", "month"):
            title, figure, behind = show(_with(view, trends_grain=grain, trends_year="on"), mode)
            assert title
            go.Figure(figure)
            assert told(behind)


@pytest.mark.parametrize("measure", ["revenue", "orders", "customers", "order_value_mean"])
@pytest.mark.parametrize("grain", ["day", "week", "month"])
def test_every_measure_can_be_shown(measure: str, grain: str) -> None:
    """Each measure has its course, its season or the sentence why not, and its list of what was unusual."""
    asked = _with(SAMPLE, trends_measure=measure, trends_grain=grain)
    title, figure, _ = course.show_course(asked, "light")
    assert title.startswith(trends.TREND_MEASURES[measure].label)
    assert not is_empty(figure)
    go.Figure(course.show_parts(asked, "light")[1])
    heading, listed = course.show_unusual(asked)
    assert heading
    assert told(listed)


def test_the_course_counts_as_by_hand() -> None:
    """By month the small shop sold for 85, 70 and 50; the first and last month are hatched."""
    title, figure, behind = course.show_course(_with(SMALL, trends_grain="month"), "light")
    bars = figure["data"][0]
    assert numbers(bars["y"]).tolist() == [85.0, 70.0, 50.0]
    assert bars["marker"]["pattern"]["shape"] == ["/", "", "/"]
    assert title == "Revenue in Feb 2024: €70.00"
    assert "Mar 2024 (in part) €50 2 2 €25.00" in told(behind)


def test_the_title_compares_with_a_year_before() -> None:
    """The last complete month against the same month of the year before, as the analytics have it."""
    title, *_ = course.show_course(_with(SAMPLE, trends_grain="month"), "light")
    found = trends.orders_by(open_source("sample"), None, "month")
    totals = found.totals()
    last = found.periods.complete.stop - 1
    before = trends.year_before(totals, found.periods, "revenue")[last]
    share = totals["revenue"].iloc[last] / before - 1
    assert title.startswith(f"Revenue in {found.periods.label(last).title()}: €")
    assert title.endswith(f"{abs(share):.0%} {'more' if share > 0 else 'less'} than a year before")


def test_the_year_before_is_drawn_when_asked_for() -> None:
    """The line of the year before comes and goes with its switch."""
    without = course.show_course(_with(SAMPLE, trends_year="off"), "light")[1]
    drawn = course.show_course(_with(SAMPLE, trends_year="on"), "light")[1]
    assert "A year before" not in [trace["name"] for trace in without["data"]]
    assert "A year before" in [trace["name"] for trace in drawn["data"]]


def test_a_filter_counts_everywhere() -> None:
    """Spain alone: its months, its bridge, and the share of its customers."""
    spain = View(AnalysisRequest("small", countries=("Spain",)))
    bars = course.show_course(_with(spain, trends_grain="month"), "light")[1]["data"][0]
    assert numbers(bars["y"]).tolist() == [40.0, 60.0, 10.0]
    _, known = trending.bridge(spain.request)
    assert known["new"].tolist() == [60.0, 0.0]
    assert known["lost"].tolist() == [40.0, 60.0]
    assert trending.concentration(spain.request).customers == 2


def test_what_was_unusual_is_told_with_its_reason() -> None:
    """The list has each anomaly that is told, the latest first, and each has a reason."""
    title, listed = course.show_unusual(_with(SAMPLE, trends_grain="day"))
    found = trending.reasons(SAMPLE.request, "day", "revenue")
    shown = told(listed)
    assert 0 < len(found) <= trending.MOST_REASONS
    assert [item.place for item in found] == sorted((item.place for item in found), reverse=True)
    assert all(item.sentence in shown and item.reason and item.reason in shown for item in found)
    assert title.endswith("unusual days") or title == "One unusual day"
    assert course.show_unusual(_with(ONE))[0] == "Nothing unusual"
    assert "the data has 1" in told(course.show_unusual(_with(ONE, trends_grain="day"))[1])


def test_the_bars_of_the_bridge_open_into_the_people_they_count() -> None:
    """Each part of each month means as many customers as it counts; among those kept only."""
    for view in (SMALL, View(AnalysisRequest("small", countries=("Spain",)))):
        figure = movement.show_bridge(view.to_json(), "light")[1]
        _, known = trending.bridge(view.request)
        table = results.customers(view.request)
        for trace, part in zip(figure["data"], ("retained", "reactivated", "new", "lost"), strict=True):
            for rule, count in zip(trace["customdata"], known[f"{part}_customers"], strict=True):
                request = replace(view.request, where=rule_from_json(json.loads(rule)))
                assert selected(request, table).sum() == count
    body, is_open = people.show_people({"points": [{"customdata": rule}]}, SMALL.to_json())
    assert is_open
    assert "Customers who ordered in the month before Mar 2024 and not in Mar 2024" in told(body)


def test_a_period_opens_into_who_ordered() -> None:
    """Each bar, and each mark on it, means as many customers as ordered in the period."""
    for grain in ("day", "week", "month"):
        figure = course.show_course(_with(SMALL, trends_grain=grain), "light")[1]
        _, known = trending.totals(SMALL.request, grain)
        for rule, count in zip(figure["data"][0]["customdata"], known["customers"], strict=True):
            request = replace(SMALL.request, where=rule_from_json(json.loads(rule)))
            assert selected(request, results.customers(SMALL.request)).sum() == count
    body, _ = people.show_people({"points": [{"customdata": rule}]}, SMALL.to_json())
    assert "Customers who ordered in Mar 2024" in told(body)


def test_the_best_open_into_themselves() -> None:
    """The dots of the curve mean the best 10 % and 20 %: as many customers as they say, or those who paid as much."""
    title, figure, _ = movement.show_share(SAMPLE.to_json(), "light")
    found = trending.concentration(SAMPLE.request)
    table = results.customers(SAMPLE.request)
    rules = list(meant(figure["data"][2]["customdata"]))
    for rule, best in zip(rules, found.best, strict=True):
        mask = selected(replace(SAMPLE.request, where=rule_from_json(json.loads(rule))), table)
        assert best.customers <= mask.sum() <= best.customers + 2
        assert table.frame["revenue_total"].to_numpy()[mask].min() == best.revenue_least
    assert title == f"The best 20% of customers bring {found.best[1].revenue_share:.0%} of revenue"
    assert "Gini" in told(movement.show_gini(SAMPLE.to_json()))
    assert movement.show_gini(NOBODY.to_json()) is None


def test_rising_and_falling_are_those_of_the_analytics() -> None:
    """The first bar is the largest rise, and of the falls the largest fall; categories come with the switch."""
    for kind in ("product", "category"):
        asked = _with(SAMPLE, trends_items=kind, trends_period="90")
        moves = trends.item_sales(open_source("sample"), None, "90", kind).moves()
        rising, falling = (show(asked, "light") for show in (movement.show_rising, movement.show_falling))
        for (title, figure, _), row in ((rising, moves.iloc[0]), (falling, moves.iloc[-1])):
            if is_empty(figure):
                continue
            assert str(row["name"]) in title
            assert figure["data"][0]["y"][-1] == row["id"]
            assert numbers(figure["data"][0]["x"])[-1] == pytest.approx(abs(row["change"]), rel=1e-5)
        assert "against" in movement.show_movers_sentence(asked)


def test_what_is_missing_is_said() -> None:
    """Too short a past, one month, no season: each chart says what it would need."""
    assert "needs 60 days of orders" in told(movement.show_rising(_with(ONE), "light")[2])
    assert "needs two months" in told(movement.show_bridge(_with(ONE), "light")[2])
    assert "24 complete months; the data has 1" in told(course.show_year(SMALL.to_json(), "light")[2])
    assert movement.show_movers_sentence(ONE.to_json()) == "What rises and falls"


def test_the_title_of_the_bridge_adds_up() -> None:
    """What came, what was lost and what the retained paid more or less make the change that the title begins with."""
    title = movement.show_bridge(SAMPLE.to_json(), "light")[0]
    rose, came, lost, less = (float(sum_) for sum_ in re.findall(r"€([0-9.]+)K?", title.replace(",", "")))
    assert "rose by" in title
    assert title.endswith("less")
    assert rose == pytest.approx(came - lost - less / 1000, abs=0.2)


def test_nobody_brought_and_took_nothing() -> None:
    """Of an empty selection no title speaks of money gained or lost, and no sentence of what is usual."""
    assert "€" not in movement.show_bridge(NOBODY.to_json(), "light")[0]
    assert "No orders in this selection." in told(course.show_unusual(NOBODY.to_json())[1])


def test_a_change_that_rounds_to_nothing_has_no_sign() -> None:
    """Neither `+0%` nor `−0%` is written: it is 0%."""
    assert [rounded_change(change) for change in (0.004, -0.004, 0.006, -0.006)] == ["0%", "0%", "+1%", "−1%"]


def test_a_season_is_a_sentence() -> None:
    """Above, below, as usual, many times and never are said in plain words."""
    said = [figures.season_sentence(trends.Phase("Mondays", effect)) for effect in (0.13, -0.32, 0.001, 2.5, -1.0)]
    assert said == [
        "Mondays: 13% above the usual",
        "Mondays: 32% below the usual",
        "Mondays: as usual",
        "Mondays: 3.5× the usual",
        "Mondays: next to nothing",
    ]


def test_unusual_periods_are_marked() -> None:
    """An anomaly is a diamond at its period and value, with its sentence on hover."""
    totals = trending.totals(SAMPLE.request, "day")[1]
    periods = trending.series(SAMPLE.request, "day").periods
    odd = trends.anomalies(totals, periods, "revenue", "EUR")
    figure = course.show_course(_with(SAMPLE, trends_grain="day"), "light")[1]
    marks = figure["data"][-1]
    assert marks["marker"]["symbol"] == "diamond"
    assert marks["x"] == [item.start.isoformat() for item in odd]
    assert all("usual" in text for text in marks["hovertext"])


@pytest.mark.parametrize("name", ["trends", "trends_bridge", "trends_movers", "trends_concentration", "trends_seasons"])
def test_the_tables_can_be_taken_along(name: str, client: Any) -> None:
    """Each table behind a chart is a CSV with the rows of the analytics."""
    expected = TABLES[name](SAMPLE)
    answer = client.get(f"/export/table/{name}.csv?dataset=sample")
    assert answer.status_code == 200
    assert len(answer.get_data(as_text=True).strip().splitlines()) == len(expected) + 1


def test_a_table_that_cannot_be_made_says_why(client: Any) -> None:
    """Of one order there is no season and nothing rises: a sentence instead of a file."""
    for name, sentence in (("trends_seasons", "needs 104 complete weeks"), ("trends_movers", "needs 60 days")):
        answer = client.get(f"/export/table/{name}.csv?dataset=one")
        assert answer.status_code == 400
        assert sentence in answer.get_data(as_text=True)


def test_the_tab_lays_itself_out_from_the_view() -> None:
    """The controls have the values of the view."""
    shown = TAB.layout(changed(SAMPLE, {"trends_grain": "day", "trends_measure": "orders", "trends_items": "category"}))
    values = {part.id: part.value for root in shown for part in root._traverse() if hasattr(part, "value")}
    assert values["trends-grain"] == "day"
    assert values["trends-measure"] == "orders"
    assert values["trends-items"] == "category"


def test_strange_names_are_drawn_as_they_are() -> None:
    """A product's name that looks like HTML is text."""
    nasty = changed(View(AnalysisRequest("nasty")), {"trends_period": "month"}).to_json()
    for show in (movement.show_rising, movement.show_falling, course.show_course, movement.show_bridge):
        go.Figure(show(nasty, "light")[1])
    assert movement_figures._short("<script>") == "&lt;script>"


def test_a_curve_is_drawn_from_the_best_down() -> None:
    """The curve begins at nobody and nothing and ends at everyone and everything, the best first."""
    figure = movement_figures.lorenz(concentration_of(np.array([4.0, 3, 2, 1])), "EUR", "light")
    curve = figure["data"][1]
    np.testing.assert_allclose(numbers(curve["x"]), [0, 0.25, 0.5, 0.75, 1], atol=1e-6)
    np.testing.assert_allclose(numbers(curve["y"]), [0, 0.4, 0.7, 0.9, 1], atol=1e-6)
