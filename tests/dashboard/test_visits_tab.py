"""Visits on the Behaviour tab: findings in the titles, people behind the marks, and sentences where the data is silent."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest
from dash.development.base_component import Component

from analytics.behaviour import measures
from analytics.behaviour.visited import visited_customers
from analytics.intake import import_events, import_orders, import_sessions
from analytics.request import AnalysisRequest
from analytics.sources import open_source
from dashboard import people
from dashboard.results import behaviour as results
from dashboard.state import View, changed
from dashboard.tabs import behaviour
from dashboard.tabs.behaviour import pages, visits
from tests.dashboard.visible import told

SAMPLE = View(AnalysisRequest("sample"))
NOBODY = View(AnalysisRequest("sample", countries=("Atlantis",)))
CHARTS: tuple[Callable[[Any, Any], tuple[Any, ...]], ...] = (
    visits.show_weeks,
    visits.show_hours,
    visits.show_groups,
    visits.show_clicks,
    visits.show_seconds,
    visits.show_gaps,
    visits.show_first,
)
VISITS = (
    "BounceRates,Clicks,Month,VisitorType,Weekend,Revenue\n"
    + "0.1,1,Feb,New_Visitor,TRUE,TRUE\n" * 40
    + "0.2,3,May,Returning_Visitor,FALSE,FALSE\n" * 50
    + "0.2,3,May,Returning_Visitor,FALSE,TRUE\n" * 10
)


@pytest.fixture(scope="module")
def shops(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Clicks of strangers without a clock, and a table of ready visits: neither has orders."""
    folder = tmp_path_factory.mktemp("visits")
    clicks = "session_id,position,page\n" + "\n".join(
        f"s{visit},{place},{page}"
        for visit in range(10)
        for place, page in enumerate(("Home", "Shop")[: 1 + visit % 2], 1)
    )
    (folder / "clicks.csv").write_text(clicks, encoding="utf-8")
    (folder / "visits.csv").write_text(VISITS, encoding="utf-8")
    import_events(folder / "clicks.csv", name="strangers", home=folder / "home")
    import_sessions(folder / "visits.csv", name="ready", home=folder / "home")
    return folder / "home"


@pytest.fixture
def strangers(shops: Path, monkeypatch: pytest.MonkeyPatch) -> View:
    monkeypatch.setenv("CLIENTELE_HOME", str(shops))
    return View(AnalysisRequest("strangers"))


@pytest.fixture
def ready(shops: Path, monkeypatch: pytest.MonkeyPatch) -> View:
    monkeypatch.setenv("CLIENTELE_HOME", str(shops))
    return View(AnalysisRequest("ready"))


def _ids(tree: Any) -> set[str]:
    """The ids in a layout."""
    if isinstance(tree, list | tuple):
        return set().union(*(_ids(part) for part in tree), set())
    if not isinstance(tree, Component):
        return set()
    own = getattr(tree, "id", None)
    return _ids(getattr(tree, "children", None)) | ({own} if isinstance(own, str) else set())


def _meant(figure: dict[str, Any]) -> list[str]:
    """The rules behind a figure's marks."""
    found: list[str] = []
    for trace in figure["data"]:
        for item in trace.get("customdata") or ():
            found += [rule for rule in (item if isinstance(item, list) else [item]) if rule]
    return found


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("view", [SAMPLE, NOBODY], ids=["all", "nobody"])
@pytest.mark.parametrize("show", CHARTS)
def test_every_chart_is_a_figure(show: Any, view: View, theme: str) -> None:
    """A title and a figure that Plotly takes, in both themes, with visits and with none."""
    title, figure, _ = show(view.to_json(), theme)
    assert title
    go.Figure(figure)


@pytest.mark.usefixtures("home")
def test_the_titles_are_what_the_numbers_say() -> None:
    """The busiest hour, the median of clicks and the group that buys most are those of the analytics."""
    known = results.visits(SAMPLE.request)
    hours = measures.by_hour(known)
    assert hours is not None
    day, hour = np.unravel_index(int(hours.argmax()), hours.shape)
    weekday = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")[int(day)]
    busiest = visits.show_hours(SAMPLE.to_json(), "light")[0]
    assert weekday in busiest
    assert f"{hour}:00" in busiest
    median = measures.clicks_binned(known).median
    assert median is not None
    assert f" {median:.0f} clicks" in visits.show_clicks(SAMPLE.to_json(), "light")[0]
    rates = measures.breakdown(known, "device")["purchase_rate"]
    by_device = visits.show_groups(changed(SAMPLE, {"visits_by": "device"}).to_json(), "light")[0]
    assert str(rates.idxmax()) in by_device.split("least")[0]


@pytest.mark.usefixtures("home")
def test_a_filter_changes_the_figures() -> None:
    """The visits of a country's filter are fewer, and the key figures count them."""
    one = View(AnalysisRequest("sample", countries=("France",), period="all"))
    keep = results.kept_visits(one.request)
    assert keep is not None
    assert 0 < keep.sum() < len(keep)
    cards, _ = visits.show_key_figures(one.to_json())
    assert f"{measures.visit_figures(results.visits(one.request), keep).visitors:,}" in told(cards)


@pytest.mark.usefixtures("home")
def test_a_cell_opens_into_its_people() -> None:
    """A click on an hour of the week shows as many customers as had a visit then."""
    rule = _meant(visits.show_hours(SAMPLE.to_json(), "light")[1])[6 * 24 + 20]
    assert json.loads(rule) == {"did": "visited", "with": {"weekday": 6, "hour": 20}}
    body, is_open = people.show_people({"points": [{"customdata": rule}]}, SAMPLE.to_json())
    source = open_source("sample")
    found = set(visited_customers(source, source.default_as_of, {"weekday": 6, "hour": 20}))
    customers = set(results.customers_of(SAMPLE.request).frame["customer_id"])
    assert is_open
    assert f"{len(found & customers):,}" in told(body)
    assert "Visited the shop on a Sunday" in told(body)


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize("show", CHARTS)
def test_every_rule_behind_a_mark_can_be_looked_up(show: Any) -> None:
    """What the first and the last mark of a chart mean opens without an error."""
    rules = _meant(show(SAMPLE.to_json(), "light")[1])
    for rule in {*rules[:1], *rules[-1:]}:
        _, is_open = people.show_people({"points": [{"customdata": rule}]}, SAMPLE.to_json())
        assert is_open


@pytest.mark.usefixtures("home")
def test_pages_are_a_table_with_people() -> None:
    """Each page has its views; its name is a button that opens who looked at it."""
    title, shown = pages.show_pages(SAMPLE.to_json())
    assert title.startswith("Of the visits that buy nothing, most end on ")
    assert "confirmation" not in title
    assert "product" in told(shown)
    _, categories = pages.show_pages(changed(SAMPLE, {"visits_place": "category"}).to_json())
    assert told(categories) != told(shown)


def test_clicks_without_a_clock_show_what_they_say(strangers: View) -> None:
    """Clicks, pages and no hours: nothing opens, and a sentence says what is not known."""
    shown = behaviour.TAB.layout(strangers)
    ids = _ids(shown)
    assert visits.CLICKS in ids
    assert ids.isdisjoint({visits.WEEKS, visits.HOURS, visits.SECONDS, visits.GAPS, visits.FIRST})
    text = told(shown)
    assert "no day" in text
    assert "do not say whose they are" in text
    _, figure, _ = visits.show_clicks(strangers.to_json(), "light")
    assert _meant(figure) == []
    assert "Home" in told(pages.show_pages(strangers.to_json())[1])
    cards, sentence = visits.show_key_figures(strangers.to_json())
    assert "50.0%" in told(cards)
    assert sentence


def test_ready_visits_are_broken_down_by_their_own_columns(ready: View) -> None:
    """A table of visits has no pages and no days; its months, weekends and visitor types are there."""
    ids = _ids(behaviour.TAB.layout(ready))
    assert visits.GROUPS in ids
    assert pages.TABLE not in ids
    known = results.visits(ready.request)
    assert {"visitor_type", "month", "weekend"} <= set(known.groups)
    title, figure, behind = visits.show_groups(changed(ready, {"visits_by": "visitor_type"}).to_json(), "light")
    go.Figure(figure)
    assert "new" in title
    assert "100%" in title
    assert "16.7%" in told(behind)
    assert _meant(figure) == []


def _colors(view: View, by: str) -> set[str]:
    figure = visits.show_groups(changed(view, {"visits_by": by}).to_json(), "light")[1]
    return set(figure["data"][0]["marker"]["color"])


def test_groups_too_small_to_compare_are_pale(shops: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The title names the extremes of the large groups alone, so that the others look different: 40 visits do not, 10 do."""
    monkeypatch.setenv("CLIENTELE_HOME", str(shops))
    large = _colors(View(AnalysisRequest("ready")), "visitor_type")
    small = _colors(View(AnalysisRequest("strangers")), "exit_page")
    assert len(large) == len(small) == 1
    assert large != small


@pytest.mark.usefixtures("home")
def test_what_the_period_does_not_change_is_said() -> None:
    """The key figures are of a period and the charts of all visits: a sentence between them says so."""
    assert "Below are all visits before the as-of date." in told(behaviour.TAB.layout(SAMPLE))


def test_visits_without_days_have_no_period_to_tell_apart(strangers: View) -> None:
    """Where visits have no day, key figures and charts are of the same visits, and nothing is said."""
    assert "Below are all visits" not in told(behaviour.TAB.layout(strangers))


@pytest.mark.parametrize("part", ["paths", "funnel", "carts"])
def test_parts_that_need_clicks_say_so(ready: View, part: str) -> None:
    """Ready visits have no clicks to follow: the part says what is missing and where to bring it."""
    shown = behaviour.TAB.layout(changed(ready, {"behaviour_part": part}))
    assert "This needs clicks" in told(shown)
    assert "Load its click file" in told(shown)


def test_a_shop_without_clicks_is_told_how_to_bring_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Visits come from clicks or ready visits: a shop of orders has neither, and the tab needs them."""
    assert behaviour.TAB.needs == ("sessions",)
    file = tmp_path / "orders.csv"
    file.write_text("customer,order,date,quantity,price\nada,1,2024-01-10,2,10\n", encoding="utf-8")
    about = import_orders(file, name="orders", home=tmp_path / "home")
    assert "sessions" not in about.tables


@pytest.mark.usefixtures("home")
def test_as_of_a_day_later_visits_are_not_there() -> None:
    """On an earlier day fewer visits are shown, in the weeks too."""
    early = View(AnalysisRequest("sample", as_of=date(2024, 7, 1)))
    known, keep = results.visits(early.request), results.kept_visits(early.request)
    weeks = measures.by_week(known, keep)
    assert weeks is not None
    assert weeks.index.max() < date(2024, 7, 1)
    assert weeks["sessions"].sum() < len(known)
    title = visits.show_weeks(early.to_json(), "light")[0]
    assert "2024" in title


def test_countries_are_offered_with_the_visits_of_their_day(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there are clicks alone, a country is offered with its visits before the as-of date, and not with later ones."""
    clicks = "visitor_id,occurred_at,page,country\n" + "".join(
        f"v{number},2024-01-{number + 1:02}T10:00,Home,{'France' if number % 3 else 'Spain'}\n" for number in range(9)
    )
    (tmp_path / "clicks.csv").write_text(clicks, encoding="utf-8")
    import_events(tmp_path / "clicks.csv", name="visitors", home=tmp_path / "home")
    monkeypatch.setenv("CLIENTELE_HOME", str(tmp_path / "home"))
    request = AnalysisRequest("visitors")
    assert results.countries(request) == {"France": 6, "Spain": 3}
    assert results.countries(replace(request, as_of=date(2024, 1, 5))) == {"France": 2, "Spain": 2}
