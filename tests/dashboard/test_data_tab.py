"""The Data tab: a file is looked at, its columns can be changed, and what an import will do is said before it does it."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest
from dash import dcc
from dash.exceptions import PreventUpdate

from analytics.datasets import open_version
from analytics.errors import RequestError
from analytics.intake import CLEANING_RULES, EVENT_RULES, KINDS, kind_named
from analytics.metrics import METRICS
from analytics.request import AnalysisRequest
from dashboard import results
from dashboard.state import View
from dashboard.tabs import data
from dashboard.tabs.data import importing, inside, loading, test_part
from tests.dashboard.visible import told

pytestmark = pytest.mark.usefixtures("home")

SAMPLE = View(AnalysisRequest("sample"))
GOOD = b"customer,order,date,quantity,price\nann,1,2024-01-05,2,10\nbob,2,2024-01-06,1,5\n"
CLICKS = b"visitor,timestamp,event,url\nann,2024-01-05 10:00,view,/\nann,2024-01-05 10:20,addtocart,/cup\n"
SHOWN, HIDDEN = {"display": "block"}, {"display": "none"}


def silent(_share: float, _sentence: str) -> None:
    """A job's report that nobody reads."""


def upload(content: bytes, name: str = "orders.csv") -> tuple[Any, ...]:
    return loading.choose_file("data:text/csv;base64," + base64.b64encode(content).decode(), name)


def kept_uploads(home: Path) -> list[Path]:
    folder = home / "uploads"
    return [path for path in folder.rglob("*") if path.is_file()] if folder.is_dir() else []


def menus(shown: Any) -> dict[str, dcc.Dropdown]:
    """The menus of the columns, by canonical column."""
    if isinstance(shown, dcc.Dropdown):
        return {shown.id["name"]: shown}
    found: dict[str, dcc.Dropdown] = {}
    children = shown if isinstance(shown, list) else getattr(shown, "children", None)
    for child in children if isinstance(children, (list, tuple)) else [children]:
        if child is not None and not isinstance(child, (str, int)):
            found |= menus(child)
    return found


def chosen_in(shown: Any, **changed: str | None) -> tuple[list[Any], list[Any]]:
    """What the menus say, some of them changed, and their ids."""
    found = menus(shown)
    return [changed.get(name, menu.value) for name, menu in found.items()], [menu.id for menu in found.values()]


def order(kept: Any, kind: str, name: str, **options: Any) -> dict[str, Any]:
    """The order for an import, with what the tab would propose."""
    shown = loading.show_columns(kept, kind)
    menu_values, ids = chosen_in(shown[0])
    given = {"target": "", "currency": "", "gap_minutes": 30, "rules": shown[2], "tested": None} | options
    return importing.order_import(
        1,
        kept,
        kind,
        menu_values,
        ids,
        given["target"],
        name,
        given["currency"],
        given["gap_minutes"],
        given["rules"],
        given["tested"],
    )


@pytest.fixture
def empty_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CLIENTELE_HOME", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (GOOD, "orders"),
        (CLICKS, "events"),
        (b"visit,pageviews\n1,2\n", "sessions"),
        (b"customer_id,age\n1,2\n", "customers"),
    ],
)
def test_an_upload_is_looked_at_before_it_is_imported(content: bytes, kind: str, empty_home: Path) -> None:
    """A file waits under a token, what it holds is guessed from its headers, and nothing is published."""
    kept, _, form, guessed, name, targets, target = upload(content, "My Shop 2024.csv")
    assert set(kept) == {"token", "label", "columns"}
    assert (form, guessed, name) == (SHOWN, kind, "my-shop-2024")
    assert (targets, target) == ([{"label": "A new dataset", "value": ""}], "")
    assert results.datasets() == ()
    assert len(kept_uploads(empty_home)) == 1


def test_each_column_has_a_menu(empty_home: Path) -> None:
    """Every column of the kind can be given any column of the file; the recognised ones are filled in."""
    kept, *_ = upload(CLICKS)
    shown, options, on, box, currency, gap, test = loading.show_columns(kept, "events")
    found = menus(shown)
    assert list(found) == list(kind_named("events").aliases)
    assert {name: menu.value for name, menu in found.items() if menu.value} == {
        "visitor_id": "visitor", "occurred_at": "timestamp", "event_type": "event", "page": "url",
    }  # fmt: skip
    assert all(menu.options == ["visitor", "timestamp", "event", "url"] for menu in found.values())
    assert [option["value"] for option in options] == [rule.name for rule in EVENT_RULES]
    assert (on, box, currency, gap) == (["id_form", "no_visitor", "no_time"], SHOWN, HIDDEN, SHOWN)
    assert test == HIDDEN
    assert "/cup" in told(shown)


def test_days_in_three_columns_are_offered_as_one(empty_home: Path) -> None:
    """What was recognised as several columns together can be chosen as that."""
    kept, *_ = upload(b"session,step,year,month,day\na,1,2024,1,5\n")
    menu = menus(loading.show_columns(kept, "events")[0])["occurred_on"]
    assert menu.value == "year + month + day"
    assert menu.value in menu.options


def test_the_import_waits_for_what_is_needed(empty_home: Path) -> None:
    """What is missing is named in words of the screen; choosing it frees the button, one column for two things does not."""
    kept, *_ = upload(b"who,when,what\nann,2024-01-05 10:00,view\n", "odd.csv")
    shown = loading.show_columns(kept, "events")[0]
    sentence, is_disabled = loading.check_columns(*chosen_in(shown), kept, "events")
    assert is_disabled
    assert "Still needed: visitor_id (whose click; or customer_id or session_id). Choose its column above." in told(
        sentence
    )
    assert "--" not in told(shown) + told(sentence)
    assert loading.check_columns(*chosen_in(shown, visitor_id="who"), kept, "events") == (None, False)
    sentence, is_disabled = loading.check_columns(*chosen_in(shown, visitor_id="who", page="who"), kept, "events")
    assert is_disabled
    assert "Column 'who' cannot be visitor_id and page at once." in told(sentence)


@pytest.mark.parametrize("kind", [kind.name for kind in KINDS])
def test_any_file_can_be_taken_for_any_kind(kind: str, empty_home: Path) -> None:
    """Choosing another kind shows its columns and its rules, whatever the file is."""
    kept, *_ = upload(GOOD)
    shown = loading.show_columns(kept, kind)
    assert list(menus(shown[0])) == list(kind_named(kind).aliases)
    values, ids = chosen_in(shown[0])
    assert loading.check_columns(values, ids, kept, kind)[1] == (kind == "sessions")
    assert ("Column 'date' holds days without a time of day." in told(shown[0])) == (kind == "events")


def test_without_a_file_nothing_happens() -> None:
    """No upload, no preview, no order, no notice."""
    for call in (
        lambda: loading.choose_file(None, None),
        lambda: loading.show_columns(None, "orders"),
        lambda: loading.check_columns([], [], None, "orders"),
        lambda: importing.order_import(1, None, "orders", [], [], "", "", "", 30, []),
        lambda: importing.show_imported(None),
        lambda: importing.show_cancelled(0),
    ):
        with pytest.raises(PreventUpdate):
            call()


@pytest.mark.parametrize(
    ("content", "name", "sentence"),
    [
        (b"", "orders.csv", "is empty"),
        (b"customer,order,date\n", "orders.csv", "a header and no rows. Export it again with rows"),
        (b"\x00\x01\x02\xff" * 50, "orders.csv", "Choose a CSV, Excel or Parquet file"),
        (GOOD, "orders.pdf", "Use a file that ends in"),
        (b"PK\x03\x04 no workbook", "orders.xlsx", "Save it again"),
        (b"<script>alert(1)</script>", "<script>.csv", "header and no rows"),
    ],
    ids=["empty", "header only", "binary", "pdf", "no workbook", "script"],
)
def test_a_bad_upload_says_what_is_wrong_and_leaves_nothing(
    content: bytes, name: str, sentence: str, empty_home: Path
) -> None:
    """A file that is no table shows why and the next step, cannot be imported, and is forgotten."""
    kept, shown, form, *_ = upload(content, name)
    assert kept is None
    assert sentence in told(shown)
    assert form == HIDDEN
    assert kept_uploads(empty_home) == []
    assert results.datasets() == ()


@pytest.mark.parametrize("contents", ["data:text/csv;base64,%%%", "data:,abc", "data:text/csv;base64,QUJ"])
def test_an_upload_that_did_not_arrive_whole_is_refused(contents: str, empty_home: Path) -> None:
    """Contents that are not what a browser sends are refused in a sentence."""
    with pytest.raises(RequestError, match="The upload did not arrive whole"):
        loading.choose_file(contents, "orders.csv")
    assert kept_uploads(empty_home) == []


def test_an_import_becomes_the_dataset_that_is_shown(empty_home: Path) -> None:
    """The job publishes the file under its name, forgets the upload, and asks the shell to show it."""
    kept, *_ = upload(GOOD)
    done = importing.import_upload(silent, order(kept, "orders", " shop ", currency="GBP"))
    change, form, shown, notices = importing.show_imported(done)
    assert change == {"dataset": "shop", "version": done["version"]}
    assert (form, shown) == (HIDDEN, None)
    assert "Dataset 'shop' is ready and shown on every tab." in told(notices)
    assert kept_uploads(empty_home) == []
    (about,) = results.datasets()
    assert (about.dataset, about.customers, about.revenue, about.currency) == ("shop", 2, 25, "GBP")
    assert "shop (shown)" in told(inside.show_datasets(View(AnalysisRequest("shop")).to_json(), done))


def test_clicks_are_added_to_a_shop(empty_home: Path) -> None:
    """What will happen is said before, and is what happens: the orders stay, the table and the ledger show both files."""
    kept, *_ = upload(GOOD, "shop.csv")
    importing.import_upload(silent, order(kept, "orders", "shop"))
    kept, _, _, _, _, targets, _ = upload(CLICKS, "clicks.csv")
    assert {"label": "Add to 'shop'", "value": "shop"} in targets
    plan, box = loading.show_plan("events", "shop", "", None)
    assert (plan, box) == ("Adds a version to 'shop'; its orders are kept.", HIDDEN)
    done = importing.import_upload(silent, order(kept, "events", "", target="shop", gap_minutes=15))
    about = open_version("shop").manifest
    assert (about.tables["orders"], about.tables["events"], about.tables["sessions"]) == (2, 2, 2)
    view = View(AnalysisRequest("shop")).to_json()
    assert "shop.csv, clicks.csv" in told(inside.show_datasets(view, done))
    ledger = told(inside.show_ledger(view, done))
    assert "Of 2 rows read, 2 clicks were kept: 2 visits." in ledger
    assert "Of 2 rows read, 2 order lines were kept: 2 customers" in ledger
    assert "Orders were kept from version 0001-" in ledger
    plan, _ = loading.show_plan("events", "", "shop", None)
    assert plan == "Adds a version to 'shop'; its orders are kept, its clicks are replaced."
    assert loading.show_plan("orders", "", "other", None) == ("Makes a new dataset 'other'.", SHOWN)


def test_a_dataset_of_clicks_alone(empty_home: Path) -> None:
    """Where there are no orders there is a dash, never a zero, and nobody computes customers."""
    kept, *_ = upload(CLICKS)
    done = importing.import_upload(silent, order(kept, "events", "web"))
    cells = told(inside.show_datasets(View(AnalysisRequest("web")).to_json(), done))
    assert "orders.csv – – – 2 1 – 5 Jan 2024 to 5 Jan 2024" in cells
    plan, _ = loading.show_plan("sessions", "web", "", None)
    assert plan == "Adds a version to 'web'; its clicks are replaced."


def encoded(content: bytes) -> str:
    """A file as a browser sends it."""
    return "data:text/csv;base64," + base64.b64encode(content).decode()


def test_cases_with_a_test_file(empty_home: Path) -> None:
    """Cases are loaded in two files; what is in them stands on the tab with both parts."""
    kept, *_ = upload(b"price 2,colour\n1,red\n2,blue\n", "july.csv")
    shown = loading.show_columns(kept, "labelled")
    assert "any of them can be the answer of a model" in told(shown[0])
    assert shown[-1] == SHOWN
    tested, sentence, clear = test_part.choose_test(encoded(b"colour,price 2\ngreen,1\n"), "august.csv", kept)
    assert (clear, "The test part comes from 'august.csv'" in told(sentence)) == (SHOWN, True)
    done = importing.import_upload(silent, order(kept, "labelled", "clothes", tested=tested))
    assert kept_uploads(empty_home) == []
    view = View(AnalysisRequest("clothes")).to_json()
    assert "july.csv, august.csv – – – – – 3 –" in told(inside.show_datasets(view, done))
    cases, style = inside.show_cases(view, done)
    assert style == SHOWN
    assert "2 cases to learn from, and 1 in the test file." in told(cases)
    assert "price 2 price_2 number 0 colour colour text 0" in told(cases)
    assert "Of 3 rows read, 3 cases were kept." in told(inside.show_ledger(view, done))
    assert inside.show_cases(None, None) == ([], HIDDEN)


def test_a_shop_without_cases_shows_none() -> None:
    """The card of the cases is there where there are some only."""
    assert inside.show_cases(SAMPLE.to_json(), None) == ([], HIDDEN)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"a,c\n1,2\n", "'test.csv' has no column 'b', and 'orders.csv' has."),
        (b"a,b,c\n1,2,3\n", "'test.csv' has a column 'c', and 'orders.csv' has not."),
        (b"", "'test.csv' is empty"),
        (b"a,b\n", "a header and no rows"),
    ],
)
def test_a_test_file_with_other_columns_is_refused(content: bytes, sentence: str, empty_home: Path) -> None:
    """A test file that does not go with the training file says why at once, and is forgotten."""
    kept, *_ = upload(b"a,b\n1,2\n3,4\n")
    tested, shown, clear = test_part.choose_test(encoded(content), "test.csv", kept)
    assert (tested, clear) == (None, HIDDEN)
    assert sentence in told(shown)
    assert len(kept_uploads(empty_home)) == 1


def test_a_test_file_can_be_left_out(empty_home: Path) -> None:
    """Without it, or as another kind, the file is imported alone; without a training file there is no test file."""
    kept, *_ = upload(b"a,b\n1,2\n3,4\n")
    assert test_part.show_no_test(kept, 1) == (None, None, HIDDEN, None)
    done = importing.import_upload(silent, order(kept, "labelled", "alone"))
    cases, _ = inside.show_cases(View(AnalysisRequest("alone")).to_json(), done)
    assert "2 cases, all in one file" in told(cases)
    with pytest.raises(PreventUpdate):
        test_part.choose_test(encoded(b"a,b\n1,2\n"), "test.csv", None)
    with pytest.raises(PreventUpdate):
        test_part.choose_test(None, None, kept)


@pytest.mark.parametrize(
    ("name", "currency"), [("../evil", ""), ("", ""), ("Shop", ""), ("shop", "BTC"), ("shop", "€")]
)
def test_an_import_by_an_impossible_name_publishes_nothing(name: str, currency: str, empty_home: Path) -> None:
    """A name that is a path, or a currency that is none, is refused in a sentence."""
    kept, *_ = upload(GOOD)
    with pytest.raises(RequestError, match=r"\.$"):
        importing.import_upload(silent, order(kept, "orders", name, currency=currency))
    assert results.datasets() == ()


@pytest.mark.parametrize("gap", [0, -1, None, "long", 1.5, 10**9])
def test_an_impossible_gap_publishes_nothing(gap: Any, empty_home: Path) -> None:
    """A gap that a browser should not have sent is refused in a sentence."""
    kept, *_ = upload(CLICKS)
    with pytest.raises(RequestError, match="Choose a whole number from 1 to 43,200"):
        importing.import_upload(silent, order(kept, "events", "web", gap_minutes=gap))
    assert results.datasets() == ()


def test_an_impossible_kind_is_refused(empty_home: Path) -> None:
    """What a browser sends as a kind is one that there is."""
    kept, *_ = upload(CLICKS)
    for call in (
        lambda: loading.show_columns(kept, "logs"),
        lambda: importing.order_import(1, kept, "logs", [], [], "", "web", "", 30, []),
    ):
        with pytest.raises(RequestError, match="A file cannot hold 'logs'"):
            call()


def test_a_cancelled_import_is_said() -> None:
    """Whoever cancels reads that nothing was changed."""
    assert "The import was cancelled. Nothing was changed" in told(importing.show_cancelled(1))


def test_the_ledger_says_what_cleaning_did() -> None:
    """Every rule is in the ledger with its rows, and what is left is said in a sentence."""
    about = results.version_of(SAMPLE.request).manifest
    shown = told(inside.show_ledger(SAMPLE.to_json(), None))
    assert f"Of {about.rows_read:,} rows read, {about.tables['order_lines']:,} order lines were kept" in shown
    assert all(rule.label in shown for rule in CLEANING_RULES)


def test_the_glossary_has_every_metric() -> None:
    """Each metric's label, meaning and what missing means stand on the Data tab."""
    shown = told(data.layout(SAMPLE))
    assert all(item.label in shown and item.meaning in shown and item.missing in shown for item in METRICS)
