"""The shell decides what is shown: who may change the view, when a tab is laid out anew, and what a refusal leaves."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from dash import Dash, no_update
from flask.testing import FlaskClient

from analytics.datasets import open_version
from analytics.errors import AnalyticsError, NotFoundError, RequestError
from analytics.request import AnalysisRequest
from analytics.rules import Condition
from dashboard import app as shell_module
from dashboard.app import AS_OF, ASKED, COUNTRIES, DATASET, SEGMENTS, URL, _choose_view, choices, choose_view, show_tab
from dashboard.ids import CHANGE
from dashboard.state import View, to_query
from dashboard.tabs import TABS
from tests.dashboard.visible import texts

pytestmark = pytest.mark.usefixtures("home")

SMALL = View(AnalysisRequest("small", period="30", countries=("France",)))
PLACE = {"path": "/rfm", "epoch": 4}
BAR: dict[str, Any] = {"countries": list(SMALL.request.countries), "segments": []}


def pinned(view: View) -> View:
    """The view as the shell keeps it: with the newest version of its dataset named."""
    version = open_version(view.request.dataset, view.request.version).manifest.version
    return replace(view, request=replace(view.request, version=version))


def ask(
    told: View | None = SMALL,
    *,
    by: str,
    path: str = "/rfm",
    query: str = "",
    controls: dict[str, Any] | None = None,
    change: Any = None,
) -> tuple[View, dict[str, Any]]:
    """What the shell decides when something of the page asks for a view."""
    stored = pinned(told).to_json() if told else None
    place = PLACE if told else None
    return choose_view(path, query, controls or BAR, change, stored, place, frozenset([by]))


# The first look


def test_the_first_look_without_a_link_is_the_newest_dataset() -> None:
    """Who opens the page sees all customers of the dataset that was published last."""
    assert ask(None, by=URL, path="/") == (pinned(View(AnalysisRequest("sample"))), {"path": "/", "epoch": 0})


def test_the_first_look_by_a_link_is_the_link() -> None:
    """A link that is opened in a new browser is the whole view, on the tab that its path names."""
    assert ask(None, by=URL, path="/customers", query=to_query(SMALL)) == (
        pinned(SMALL),
        {"path": "/customers", "epoch": 0},
    )


@pytest.mark.parametrize(
    "query", ["?dataset=gone", "?dataset=small&version=0001-00000000", "?as_of=soon", "?dataset=.."]
)
def test_the_first_look_by_a_bad_link_is_refused(query: str) -> None:
    """A link to what does not exist is refused in a sentence."""
    with pytest.raises(AnalyticsError, match=r"\.$"):
        ask(None, by=URL, query=query)


# The address changes


def test_going_back_gives_the_view_of_that_address() -> None:
    """The browser's back button changes the address; the view follows and the tab is laid out anew."""
    before = View(AnalysisRequest("small", segments=("Loyal",)))
    assert ask(by=URL, query=to_query(before)) == (pinned(before), {"path": "/rfm", "epoch": 5})


def test_going_back_may_change_the_dataset() -> None:
    """An address with another dataset turns everything to it."""
    view, place = ask(by=URL, path="/", query="?dataset=sample")
    assert view == pinned(View(AnalysisRequest("sample")))
    assert place["path"] == "/"
    assert place["epoch"] > PLACE["epoch"]


def test_the_address_that_the_shell_wrote_itself_changes_nothing() -> None:
    """The shell puts each view into the address; reading it there again lays nothing out anew."""
    assert ask(by=URL, query=to_query(SMALL)) == (pinned(SMALL), PLACE)


def test_a_tab_keeps_the_view() -> None:
    """A link in the side bar names only a path; filters, dates and dataset come along."""
    assert ask(by=URL, path="/customers") == (pinned(SMALL), {"path": "/customers", "epoch": 4})


# The controls


def test_a_control_changes_its_part_of_the_view() -> None:
    """Choosing countries changes the countries; the tab stays as it is laid out."""
    view, place = ask(by=COUNTRIES, controls={"countries": ["Spain"], "segments": []})
    assert view == pinned(View(replace(SMALL.request, countries=("Spain",))))
    assert place == PLACE


def test_another_day_lays_the_tab_out_anew() -> None:
    """A tab whose customers change is made again."""
    view, place = ask(by=AS_OF, controls={**BAR, "as_of": "2024-03-01"})
    assert view.request.as_of == date(2024, 3, 1)
    assert place == {"path": "/rfm", "epoch": 5}


def test_another_dataset_drops_what_belongs_to_the_one_before() -> None:
    """Countries of one shop do not filter another."""
    view, place = ask(by=DATASET, controls={"dataset": "sample", "countries": ["France"], "segments": ["Loyal"]})
    assert view == pinned(View(AnalysisRequest("sample", period="30")))
    assert place == {"path": "/rfm", "epoch": 5}


def test_segments_come_in_by_their_control() -> None:
    """Choosing segments filters by them, and nothing else changes."""
    view, _ = ask(by=SEGMENTS, controls={"countries": ["France"], "segments": ["Champions"]})
    assert view == pinned(View(replace(SMALL.request, segments=("Champions",))))


# A tab asks for a change


def test_a_tab_asks_by_naming_what_changes() -> None:
    """What a tab's control asks for changes, and the tab stays as it is laid out."""
    rule = Condition("order_count", "above", 1)
    view, place = ask(by=CHANGE, change={"where": rule.to_json(), "measure": "revenue"})
    assert view == pinned(View(replace(SMALL.request, where=rule)).choosing(measure="revenue"))
    assert place == PLACE


def test_an_imported_dataset_is_shown_even_if_its_name_is_the_same() -> None:
    """A new version of the dataset that is shown lays the tab out anew, and is named in the view."""
    version = open_version("small").manifest.version
    older = replace(SMALL, request=replace(SMALL.request, version="0000-0123abcd"))
    change = {"dataset": "small", "version": version}
    view, place = choose_view("/rfm", "", BAR, change, older.to_json(), PLACE, frozenset([CHANGE]))
    assert view == pinned(SMALL)
    assert place["epoch"] == 5


def test_what_asked_decides_and_not_what_lies_there() -> None:
    """A change that a tab asked for earlier is not asked for again when a control is used."""
    view, _ = ask(by=COUNTRIES, controls={"countries": ["Spain"], "segments": []}, change={"search": "ann"})
    assert view.request.search == ""


@pytest.mark.parametrize("countries", [[], ["Spain"]])
def test_the_link_that_the_shell_wrote_takes_nothing_back(countries: list[str]) -> None:
    """The page tells the shell that its link changed, together with what was chosen meanwhile; that counts."""
    controls = {"countries": countries, "segments": []}
    triggered = frozenset([URL, CHANGE])
    view, place = choose_view(
        "/rfm", to_query(pinned(SMALL)), controls, {"measure": "revenue"}, pinned(SMALL).to_json(), PLACE, triggered
    )
    assert view == pinned(View(replace(SMALL.request, countries=tuple(countries))).choosing(measure="revenue"))
    assert place == PLACE


def test_a_choice_in_the_bar_outlives_the_link_that_comes_with_it() -> None:
    """A country chosen while the link is written stays chosen."""
    controls = {"countries": ["Spain"], "segments": []}
    view, _ = choose_view(
        "/rfm", to_query(pinned(SMALL)), controls, None, pinned(SMALL).to_json(), PLACE, frozenset([URL])
    )
    assert view.request.countries == ("Spain",)


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"k": 99}, RequestError),
        ({"nonsense": 1}, RequestError),
        ({"dataset": "gone"}, NotFoundError),
        ({"where": {"column": "x"}}, RequestError),
        ({"compare": ["x"] * 21}, RequestError),
    ],
)
def test_an_impossible_change_is_refused(change: dict[str, Any], error: type[Exception]) -> None:
    """A change to what cannot be, or does not exist, is refused in a sentence."""
    with pytest.raises(error, match=r"\.$"):
        ask(by=CHANGE, change=change)


@pytest.mark.parametrize("change", [None, {}])
def test_a_change_of_nothing_changes_nothing(change: Any) -> None:
    """An empty change leaves view and place as they are."""
    assert ask(by=CHANGE, change=change) == (pinned(SMALL), PLACE)


# The wiring, as the page calls it


class Triggered:
    """What Dash says of the inputs that changed."""

    def __init__(self, name: str) -> None:
        self.triggered = [{"prop_id": f"{name}.data"}]


NAMES = ("request", "place", "search", "dataset", "as_of", "countries", "segments", "notice", "offers", "answered")


def wired(monkeypatch: pytest.MonkeyPatch, by: str, **given: Any) -> dict[str, Any]:
    """What the shell writes when something asks."""
    monkeypatch.setattr(shell_module, "ctx", Triggered(by))
    sent = {
        "path": "/rfm", "query": "", "dataset": None, "as_of": None, "countries": [], "segments": [], "kept": [], "asked": None,
        "prepared": None, "pins": None,
        "told": pinned(SMALL).to_json(), "place": PLACE, "answered": None,
    } | given  # fmt: skip
    written = shell_module._choose_view(*sent.values())
    assert len(written) == 17
    return dict(zip(NAMES, (*written[:8], written[8:13], written[16]), strict=True))


def test_the_store_the_address_and_the_controls_tell_one_story(monkeypatch: pytest.MonkeyPatch) -> None:
    """A change goes into the store, the address and the controls at once, and what is the same is not written again."""
    written = wired(monkeypatch, COUNTRIES, countries=["Spain"])
    assert written["request"]["request"]["countries"] == written["countries"] == ["Spain"]
    version = open_version("small").manifest.version
    assert written["search"] == f"?dataset=small&version={version}&period=30&country=Spain"
    assert written["dataset"] == "small"
    assert written["as_of"] == "2024-03-21"
    assert written["place"] is no_update
    assert written["notice"] is no_update
    assert written["offers"] == (no_update,) * 5
    again = wired(monkeypatch, COUNTRIES, countries=["France"])
    assert again["request"] is no_update


def test_a_refusal_keeps_the_view_and_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    """After a change that cannot be, everything is as it was, the controls too, and a notice has the reason."""
    written = wired(monkeypatch, ASKED, asked={"number": 1, "change": {"k": 99}})
    assert written["request"] is no_update
    assert written["place"] is no_update
    assert written["countries"] == ["France"]
    assert written["search"] == to_query(pinned(SMALL))
    assert "'99' is not possible for k" in "".join(texts(written["notice"]))
    assert written["answered"] == 1


@pytest.mark.parametrize("by", [ASKED, COUNTRIES, URL])
def test_what_is_chosen_while_a_change_is_on_its_way_joins_it(monkeypatch: pytest.MonkeyPatch, by: str) -> None:
    """The page forgets an answer when it asks again: whatever asks, the change that has no answer is made with it."""
    asked = {"number": 2, "change": {"measure": "revenue"}}
    written = wired(monkeypatch, by, asked=asked, countries=["Spain"], answered=1)
    assert (
        written["request"]
        == pinned(View(replace(SMALL.request, countries=("Spain",))).choosing(measure="revenue")).to_json()
    )
    assert written["answered"] == 2


def test_a_change_is_made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was answered lies there, and is not asked for again."""
    asked = {"number": 2, "change": {"measure": "revenue"}}
    written = wired(monkeypatch, COUNTRIES, asked=asked, countries=["Spain"], answered=2)
    assert written["request"] == pinned(View(replace(SMALL.request, countries=("Spain",)))).to_json()
    assert written["answered"] is no_update


def test_going_back_undoes_also_what_is_on_its_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """An address that leads to another view is obeyed to the letter."""
    asked = {"number": 2, "change": {"measure": "revenue"}}
    earlier = pinned(View(AnalysisRequest("sample")))
    written = wired(monkeypatch, URL, query=to_query(earlier), asked=asked, answered=1)
    assert written["request"] == earlier.to_json()
    assert written["answered"] == 2


def test_a_bad_link_shows_a_shop_and_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who opens a link to what is gone sees the newest dataset and a notice, not an empty page."""
    written = wired(monkeypatch, URL, query="?dataset=gone", told=None, place=None)
    assert written["request"] == pinned(View(AnalysisRequest("sample"))).to_json()
    assert written["place"] == {"path": "/rfm", "epoch": 0}
    assert "'gone'" in "".join(texts(written["notice"]))


def test_a_view_whose_dataset_is_gone_is_not_in_the_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """When the dataset that is shown was erased meanwhile, another one can be chosen."""
    gone = View(AnalysisRequest("erased")).to_json()
    written = wired(monkeypatch, DATASET, told=gone, dataset="small")
    assert written["request"] == pinned(View(AnalysisRequest("small"))).to_json()


# What the controls offer


def test_controls_offer_what_there_is() -> None:
    """Datasets, the first possible day, countries with their customers and segments are those of the dataset."""
    names, first_day, countries, segments, footer = choices(SMALL)
    assert names == ["nasty", "one", "sample", "small"]
    assert first_day == "2024-01-10"
    assert countries == [
        {"label": "Spain (2)", "value": "Spain"},
        {"label": "France (1)", "value": "France"},
        {"label": "Åland (1)", "value": "Åland"},
    ]
    assert len(segments) == 11
    assert footer.startswith("small, version 0001-")
    assert footer.endswith("orders from 10 Jan 2024 to 20 Mar 2024.")


def test_a_country_stays_chosen_where_there_is_nobody() -> None:
    """Before the first order nobody can be counted; what was chosen is still offered, so that it is not lost."""
    view = View(replace(SMALL.request, as_of=date(2024, 1, 1)))
    assert choices(view)[2] == [{"label": "France", "value": "France"}]


# The tab


@pytest.mark.parametrize("tab", TABS, ids=lambda tab: tab.id)
def test_each_path_lays_out_its_tab(tab: Any) -> None:
    """A path gives its tab's title, question and content; the menu and the drawer close."""
    title, question, content, name, drawer, menu, _ = show_tab({"path": tab.path, "epoch": 0}, None, SMALL.to_json())
    assert (title, question, name) == (tab.label, tab.question, tab.label)
    assert content
    assert (drawer, menu) == (False, False)


@pytest.mark.parametrize("path", ["/nowhere", "/rfm/", "//", "", None, "/RFM"])
def test_an_unknown_path_shows_the_way(path: Any) -> None:
    """An address without a page says so and leads on."""
    title, _, content, *_ = show_tab({"path": path, "epoch": 0}, None, SMALL.to_json())
    assert title == "Not found"
    assert "There is no such page" in list(texts(content))
    assert "Overview" in list(texts(content))


@pytest.mark.parametrize("path", [tab.path for tab in TABS if "orders" in tab.needs])
def test_before_the_first_order_there_is_a_designed_page(path: str) -> None:
    """On a day before anyone ordered, a tab says why it is empty and what to do."""
    view = View(AnalysisRequest("small", as_of=date(2024, 1, 10)))
    title, _, content, *_ = show_tab({"path": path, "epoch": 0}, None, view.to_json())
    told = " ".join(texts(content))
    assert title != "Not found"
    assert "Nothing to show here" in told
    assert "Nobody ordered before 2024-01-10 in dataset 'small'. Choose a later as-of date." in told


def test_the_data_tab_is_there_when_nobody_is() -> None:
    """Where files are loaded can be opened on any day, as the empty pages lead there."""
    view = View(AnalysisRequest("small", as_of=date(2024, 1, 10)))
    title, _, content, *_ = show_tab({"path": "/data", "epoch": 0}, None, view.to_json())
    assert title == "Data"
    assert "Load your data" in list(texts(content))
    assert [tab.id for tab in TABS if not tab.needs] == [
        "models",
        "data",
    ]  # a model's question says itself what it needs


def test_without_any_dataset_the_page_leads_to_the_import(
    app: Dash, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In an empty workspace the shell says where an order file is loaded."""
    monkeypatch.setenv("CLIENTELE_HOME", str(tmp_path))
    with pytest.raises(NotFoundError, match="Open the Data tab and load an order file"):
        ask(None, by=URL, path="/")


def test_no_rows_are_in_the_page(client: FlaskClient) -> None:
    """The page itself, before a callback is asked, holds nobody's data."""
    layout = client.get("/_dash-layout").json
    assert "K-000" not in json.dumps(layout)
    assert len(json.dumps(layout)) < 40_000


def test_without_any_dataset_the_data_tab_still_opens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where everything was erased, a tab that needs data says so, and the one that loads data can be used."""
    monkeypatch.setenv("CLIENTELE_HOME", str(tmp_path))
    outputs = _choose_view("/data", "", *(None,) * 11)
    assert outputs[1] == {"path": "/data", "epoch": 0}
    title, _, content, *_ = show_tab({"path": "/data", "epoch": 0}, None, None)
    assert title == "Data"
    assert isinstance(content, list)
    overview = str(show_tab({"path": "/", "epoch": 0}, None, None)[2])
    assert "There are no datasets yet. Open the Data tab and load an order file." in overview


def test_clearing_filters_lays_the_tab_out_anew() -> None:
    """Controls that show a filter are made again when all filters go."""
    view, place = ask(by=CHANGE, change={"where": None, "countries": [], "lay_out_anew": True})
    assert view.request.countries == ()
    assert place == {"path": "/rfm", "epoch": 5}
