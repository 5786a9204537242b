"""The funnel and the carts of the Behaviour tab: what they show is what the analytics say, and every number has its people."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest
from dash import no_update
from dash.exceptions import PreventUpdate

from analytics.audiences import audience
from analytics.intake import import_events, import_orders
from analytics.request import AnalysisRequest
from analytics.rules import rule_from_json
from dashboard import results as all_results
from dashboard.options import option
from dashboard.results import funnels as results
from dashboard.state import View
from dashboard.tabs.behaviour import carts, funnel, funnel_steps
from tests.dashboard.visible import told

ORDERS = (
    "customer,order,date,product,quantity,price,country\n"
    "ada,1,2024-01-01 10:20,Cup,2,10,France\n"
    "bo,2,2024-01-09 10:00,Pot,1,40,Spain\n"
    "cem,3,2023-12-20 10:00,Pot,1,40,Spain\n"
    "dee,4,2024-01-20 10:00,Pot,1,40,France\n"
)
# Ada buys; Bo leaves a cart and buys eight days later; Cem only looks; Eve is not known
CLICKS = (
    "visitor,time,customer,event,page,product,price,device\n"
    "va,2024-01-01 10:00:00,ada,view,home,,,phone\n"
    "va,2024-01-01 10:10:00,ada,cart,product,Cup,10,phone\n"
    "va,2024-01-01 10:20:00,ada,purchase,thanks,Cup,10,phone\n"
    "vb,2024-01-01 10:00:00,bo,view,home,,,desktop\n"
    "vb,2024-01-01 10:30:00,bo,cart,product,Pot,40,desktop\n"
    "vc,2024-01-18 10:00:00,cem,view,home,,,phone\n"
    "ve,2024-01-19 10:00:00,,view,home,,,phone\n"
    "ve,2024-01-19 10:05:00,,cart,product,Cup,10,phone\n"
)
WALKS = "session;position;page\n" + "\n".join(
    f"s{visit};{place};{place}" for visit in range(4) for place in range(1, 3 + visit)
)


@pytest.fixture(scope="module")
def shops(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A shop with orders and clicks, and clicks alone that know neither time nor customers."""
    folder = tmp_path_factory.mktemp("funnels")
    home = folder / "home"
    for name, text in (("orders", ORDERS), ("clicks", CLICKS), ("walks", WALKS)):
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    import_orders(folder / "orders.csv", name="bazaar", currency="EUR", home=home)
    import_events(folder / "clicks.csv", name="bazaar", home=home)
    import_events(folder / "walks.csv", name="walks", home=home)
    return home


@pytest.fixture(autouse=True)
def home(shops: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("CLIENTELE_HOME", str(shops))
    return shops


BAZAAR = View(AnalysisRequest("bazaar"))
STEPS = ("event:view", "event:cart", "event:purchase")
BUYING = BAZAAR.choosing(steps=STEPS)
WALKING = View(AnalysisRequest("walks"))


def shown(view: View) -> tuple[str, go.Figure, str, str]:
    """The funnel's title, figure, table and summary."""
    _, ready = funnel.ask_for_funnel(view.to_json())
    title, figure, table, style, summary = funnel.show_funnel(view.to_json(), ready, "light")
    assert style["height"].endswith("px")
    return title, go.Figure(figure), told(table), told(summary)


def numbers(typed: Any) -> list[float]:
    """The numbers of a typed array."""
    found: list[float] = np.frombuffer(base64.b64decode(typed["bdata"]), typed["dtype"]).tolist()
    return found


def people(rule: str, view: View = BAZAAR) -> list[str]:
    """The customers behind a point, as the drawer and the export have them."""
    request = replace(view.request, where=rule_from_json(json.loads(rule)))
    return sorted(audience(request, all_results.customers(request))["customer_id"])


def test_the_funnel_counts_as_by_hand() -> None:
    """Of four sessions with a look three fill a cart and one buys; ten minutes and then ten to the purchase."""
    title, figure, table, summary = shown(BUYING)
    assert title == "Most are lost between Cart and Purchase: 67% of the sessions go no further"
    assert numbers(figure.data[0].x) == [4, 3, 1]
    assert numbers(figure.data[1].x) == [1, 2]
    assert "Of 4 visits that reached View, 1 (25.0%) reached Purchase." in summary
    assert "2. Cart 3 75.0% 75.0% 1 10 min" in table


def test_every_bar_opens_into_its_people() -> None:
    """The hatched bars are those whose best session ended at the step before; filters keep some of them."""
    _, figure, _, _ = shown(BUYING)
    reached, lost = figure.data
    assert [people(rule) for rule in lost.customdata] == [["cem"], ["bo"]]
    assert [people(rule) for rule in reached.customdata] == [["ada", "bo", "cem"], ["ada", "bo"], ["ada"]]
    asked = results.asked_of(BUYING)
    assert results.lost_customers(BUYING.request, asked).tolist() == [0, 1, 1, 1]
    assert "1 known customers never came further" in lost.hovertext[0]
    buttons = funnel.show_lost(BUYING.to_json(), True)
    assert "View → Cart 1 1 10 min" in told(buttons)


def test_a_filter_is_a_sum_of_the_same_sessions() -> None:
    """Of Spain there are two sessions, and none that bought; of nobody there is none."""
    spain = View(AnalysisRequest("bazaar", countries=("Spain",))).choosing(steps=STEPS)
    title, figure, _, _ = shown(spain)
    assert numbers(figure.data[0].x) == [2, 1, 0]
    assert [people(rule, spain) for rule in figure.data[1].customdata] == [["cem"], ["bo"]]
    nobody = View(AnalysisRequest("bazaar", countries=("Atlantis",))).choosing(steps=STEPS)
    title, _, _, summary = shown(nobody)
    assert title == "Nobody took the first step"
    assert "Change the filters" in summary


def test_a_window_counts_visitors() -> None:
    """Within 30 minutes nobody but Ada buys, and Bo's cart on the edge of the half hour still counts."""
    _, figure, _, summary = shown(BUYING.choosing(steps=STEPS, within="30m"))
    assert numbers(figure.data[0].x) == [4, 3, 1]
    assert "4 visitors" in summary


def test_groups_show_each_step_of_each_group() -> None:
    """By device and by segment; a segment's cell opens into those of it who were lost there."""
    view = BUYING.choosing(steps=STEPS, funnel_by="device")
    _, ready = funnel.ask_for_funnel(view.to_json())
    _, figure, table = funnel.show_groups(view.to_json(), ready, "dark")
    assert "Phone 3 2 1 33.3%" in told(table)
    assert go.Figure(figure).data[0].customdata is None
    _, figure, _ = funnel.show_groups(BUYING.to_json(), ready, "light")
    cells = go.Figure(figure).data[0]
    lost = {name: [people(rule) for rule in row] for name, row in zip(cells.y, cells.customdata, strict=True)}
    assert sorted(name for row in lost.values() for of_step in row for name in of_step) == ["bo", "cem"]
    assert results.breakdowns(BAZAAR.request) == ("segment", "device", "visitor_type")


def test_steps_are_added_moved_and_taken_away() -> None:
    """The same step may be there twice; the menu is empty again for the next one."""
    assert funnel_steps.add_step("page:home", BUYING.to_json()) == ({"steps": [*STEPS, "page:home"]}, None)
    assert funnel_steps.add_step("event:view", BAZAAR.to_json())[0]["steps"][-1] == "event:view"
    with pytest.raises(PreventUpdate):
        funnel_steps.add_step(None, BUYING.to_json())
    view, cart, purchase = STEPS
    for place, move, expected in (
        (0, "later", [cart, view, purchase]),
        (2, "earlier", [view, purchase, cart]),
        (1, "away", [view, purchase]),
        (0, "earlier", [view, cart, purchase]),
        (2, "later", [view, cart, purchase]),
    ):
        assert funnel_steps.move_step(BUYING.to_json(), place, move) == {"steps": expected}
    with pytest.raises(PreventUpdate):
        funnel_steps.move_step(BUYING.to_json(), 3, "away")
    assert told(funnel_steps.show_steps(BUYING.to_json())).startswith("1. Event: View")


def test_steps_that_no_click_is_are_left_out() -> None:
    """A link of another dataset shows the steps that this one has, and asks for one more where there are too few."""
    _, _, _, style, summary = funnel.show_funnel(
        BAZAAR.choosing(steps=("event:view", "page:moon")).to_json(), True, "light"
    )
    assert summary is None
    assert style
    assert [step.text for step in results.asked_of(BAZAAR).steps] == list(STEPS)
    assert option("steps").most == 20


def test_without_customers_nothing_opens_and_the_page_says_so() -> None:
    """Clicks alone have a funnel of sessions, no window, no breakdown, and no people."""
    page = told(funnel.layout(WALKING))
    assert "there are no people to open" in page
    assert "no clock time" in page
    _, figure, _, _ = shown(WALKING)
    assert numbers(figure.data[0].x) == [4, 4, 3, 2, 1]
    assert figure.data[1].customdata is None
    assert "customers" not in figure.data[1].hovertext[0]
    assert results.lost_customers(WALKING.request, results.asked_of(WALKING)) is None


def test_a_large_dataset_is_counted_by_a_job(monkeypatch: pytest.MonkeyPatch) -> None:
    """More clicks than one waits for: a job is asked; what it has found is shown without another one."""
    monkeypatch.setattr(results, "MOST_CLICKS_AT_ONCE", 1)
    view = BAZAAR.choosing(steps=("page:home", "page:product"))
    needed, ready = funnel.ask_for_funnel(view.to_json())
    assert ready is None
    title, _, _, _, _ = funnel.show_funnel(view.to_json(), ready, "light")
    assert title == "The funnel"
    reports: list[float] = []
    assert funnel.find_funnel(lambda share, _: reports.append(share), needed)
    assert reports == sorted(reports)
    assert len(reports) == 2
    needed, ready = funnel.ask_for_funnel(view.to_json())
    assert needed is no_update
    assert numbers(shown(view)[1].data[0].x) == [4, 3]
    assert carts.ask_for_carts(BAZAAR.to_json())[1] is None or results.carts(BAZAAR.request) is not None
    with pytest.raises(PreventUpdate):
        funnel.find_funnel(lambda *_: None, None)


# Carts


def test_the_carts_count_as_by_hand() -> None:
    """Of three carts two are left, worth 50; Bo bought eight days later, Eve is not known."""
    _, ready = carts.ask_for_carts(BAZAAR.to_json())
    figures = told(carts.show_key_figures(BAZAAR.to_json(), ready))
    assert "Carts left 2 of 3 filled" in figures
    assert "Share left 66.7%" in figures
    assert "Value left €50.00 2 carts have a known price" in figures
    assert "Known customers 1 who agreed to e-mail is not known" in figures
    assert "Bought later 100.0% typically after 8 d" in figures
    title, figure, table = carts.show_ages(BAZAAR.to_json(), ready, "light")
    assert title == "67% of the carts that are filled are left"
    assert "8–30 days 1 €40" in told(table)
    cells = go.Figure(figure).data[0]
    who = [people(rule) for row in cells.customdata for rule in row]
    assert [one for one in who if one] == [["bo"]]
    assert sum(numbers(cells.z)) == 2


def test_the_products_left_open_into_who_left_them() -> None:
    """The pot is Bo's; the cup is Eve's, whom nobody knows."""
    title, figure, table = carts.show_products(BAZAAR.to_json(), True, "dark")
    bars = go.Figure(figure).data[0]
    assert [people(rule) for rule in bars.customdata] == [[], ["bo"]]
    assert "Pot 1 1 €40" in told(table)
    assert title == "Cup is left most often"


def test_the_lists_of_those_to_remind() -> None:
    """Both lists lead on by links that mean the same people."""
    page = carts.show_ways_on(BAZAAR.to_json(), True)
    text = told(page)
    assert "The last 7 days 1 carts" in text
    assert "All of them 2 carts" in text
    assert "Export CSV" in text


def test_carts_of_a_filter() -> None:
    """In France nobody left one; the page says so instead of drawing nothing."""
    france = View(AnalysisRequest("bazaar", countries=("France",))).to_json()
    assert carts.show_ages(france, True, "light")[0] == "No cart was left in this selection"
    assert "Nobody left a cart" in told(carts.show_ways_on(france, True))
    atlantis = View(AnalysisRequest("bazaar", countries=("Atlantis",))).to_json()
    assert carts.show_ages(atlantis, True, "light")[0] == "Nobody filled a cart in this selection"
    assert carts.show_products(atlantis, True, "light")[0] == "What is left"


def test_data_without_carts_says_what_there_is() -> None:
    """The empty page names the kinds of events that the clicks have, or that they have none."""
    page = told(carts.layout(WALKING))
    assert "This data has no carts" in page
    assert "these clicks have no kinds of events" in page
