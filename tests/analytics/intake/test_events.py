"""Click files become events and visits, whatever tracker wrote them, and add to the dataset what it has not got."""

from __future__ import annotations

import os
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from analytics.datasets import list_versions, open_version
from analytics.errors import AnalyticsError, DataError, EmptyDataError, MissingColumnsError, RequestError
from analytics.intake import import_events, likely_kind, preview
from analytics.intake.mapping import choose_mapping
from analytics.intake.names import EVENTS_FILE
from analytics.manifest import Manifest
from tests.analytics.intake.conftest import CLICKS, Click, rows_of

instant = datetime.fromisoformat


def test_clicks_with_a_clock(click: Click, home: Path) -> None:
    """Visits end after the gap, across midnight; event types have one name each; days follow from times."""
    manifest = click(CLICKS)
    assert (manifest.kind, manifest.tables) == ("events", {"events": 4, "sessions": 3})
    assert (manifest.customers, manifest.revenue, manifest.first_order_on, manifest.last_order_on) == (0, 0.0, "", "")
    assert (manifest.first_event_on, manifest.last_event_on) == ("2024-01-05", "2024-01-06")
    events = sorted(rows_of(home, "events"), key=lambda row: (row["session"], row["position"]))
    assert [row["event_type"] for row in events] == ["view", "cart", "purchase", "wishlist"]
    # 30 minutes to the second are one visit, a second more are two
    assert [(row["visitor_id"], row["session"], row["position"]) for row in events] == [
        ("ann", 0, 1), ("ann", 0, 2), ("ann", 1, 1), ("bob", 2, 1),
    ]  # fmt: skip
    assert events[0]["occurred_on"] == date(2024, 1, 5)
    visits = {row["session"]: row for row in rows_of(home, "sessions")}
    assert (visits[0]["session_seconds"], visits[0]["has_cart"], visits[0]["has_purchase"]) == (1800.0, True, False)
    assert visits[1]["has_purchase"]


@pytest.mark.parametrize(("gap", "visits"), [(1, 4), (29, 4), (30, 3), (31, 2), (43_200, 2)])
def test_the_gap_is_the_users(click: Click, gap: int, visits: int) -> None:
    """A longer gap makes fewer visits, and the version says which one it was."""
    manifest = click(CLICKS, gap_minutes=gap)
    assert (manifest.tables["sessions"], manifest.session_gap_minutes) == (visits, gap)


@pytest.mark.parametrize("gap", [0, -5, 43_201, 10**18, 2.5, "30", True, None])
def test_an_impossible_gap(click: Click, home: Path, gap: Any) -> None:
    """A gap that cannot part visits is refused with what is possible, and nothing is published."""
    with pytest.raises(RequestError, match=r"Choose a whole number from 1 to 43,200; 30 is usual"):
        click(CLICKS, gap_minutes=gap)
    assert list_versions("shop", home=home) == ()


RETAILROCKET = (
    "timestamp,visitorid,event,itemid,transactionid\n"
    "1433221332117,257597,view,355908,\n1433221337106,257597,addtocart,355908,\n1433222276276,257597,transaction,355908,7.0\n"
)
REES46 = (
    "event_time,event_type,product_id,category_id,category_code,brand,price,user_id,user_session\n"
    "2019-10-01 00:00:00 UTC,view,44600062,2103807459595387724,,shiseido,35.79,541312140,72d76fde\n"
    "2019-10-01 00:00:05 UTC,cart,3900821,2053013552326770905,appliances.environment,aqua,33.20,541312140,72d76fde\n"
)
GA4 = (
    "event_date,event_timestamp,event_name,user_pseudo_id,ga_session_id,page_location,geo_country,device_category\n"
    "20210131,1612069510766593,page_view,1000.1,661084800,https://shop/,Germany,mobile\n"
    "20210131,1612069525766593,add_to_cart,1000.1,661084800,https://shop/cup,Germany,mobile\n"
)
FAMILIES: dict[str, tuple[str, dict[str, str], str, list[str], datetime]] = {
    "Retailrocket": (
        RETAILROCKET,
        {"visitor_id": "visitorid", "occurred_at": "timestamp", "event_type": "event", "product_id": "itemid"},
        "257597", ["view", "cart", "purchase"], instant("2015-06-02T05:02:12.117000"),
    ),
    "REES46": (
        REES46,
        {
            "occurred_at": "event_time", "session_id": "user_session", "customer_id": "user_id", "event_type": "event_type",
            "category": "category_code", "product_id": "product_id", "price": "price",
        },
        "541312140", ["view", "cart"], instant("2019-10-01T00:00:00"),
    ),
    "Google Analytics 4": (
        GA4,
        {
            "visitor_id": "user_pseudo_id", "occurred_at": "event_timestamp", "session_id": "ga_session_id",
            "event_type": "event_name", "page": "page_location", "country": "geo_country", "device": "device_category",
        },
        "1000.1", ["view", "cart"], instant("2021-01-31T05:05:10.766593"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("family", FAMILIES)
def test_family(family: str, click: Click, home: Path) -> None:
    """Each known export is told by its headers, and its times, visitors and events are what it means by them."""
    text, expected, visitor, types, first = FAMILIES[family]
    assert likely_kind(text.splitlines()[0].split(",")) is EVENTS_FILE
    manifest = click(text)
    assert {name: manifest.mapping[name] for name in expected} == expected
    events = sorted(rows_of(home, "events"), key=lambda row: row["position"])
    assert {row["visitor_id"] for row in events} == {visitor}
    assert [row["event_type"] for row in events] == types
    assert events[0]["occurred_at"] == first
    assert manifest.tables["sessions"] == 1


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("date,time,ip,url", {"visitor_id": "ip", "occurred_at": "date + time", "page": "url"}),
        (
            "year,month,day,session,step,article",
            {"occurred_on": "year + month + day", "session_id": "session", "position": "step", "product_id": "article"},
        ),
        ("user_id,createdAt,action", {"occurred_at": "createdAt", "customer_id": "user_id", "event_type": "action"}),
    ],
)
def test_usual_names(header: str, expected: dict[str, str]) -> None:
    """Usual names are recognised, and days that come in several columns."""
    assert choose_mapping(header.split(","), None, EVENTS_FILE) == expected


def test_a_day_and_a_time_of_day(click: Click, home: Path) -> None:
    """A clock in a column of its own counts."""
    click("date,time,visitor\n05.01.2024,10:15:00,ann\n05.01.2024,10:20:30,ann\n")
    assert [row["occurred_at"] for row in rows_of(home, "events")] == [
        instant("2024-01-05T10:15:00"), instant("2024-01-05T10:20:30"),
    ]  # fmt: skip


def test_clicks_without_a_clock(click: Click, home: Path) -> None:
    """Days alone are enough where visits and places came along; seconds are then unknown, not 0."""
    manifest = click("session_id,position,date,page\ns1,2,2024-01-05,b\ns1,1,2024-01-05,a\ns2,1,2024-01-07,a\n")
    assert (manifest.tables, manifest.mapping["occurred_on"]) == ({"events": 3, "sessions": 2}, "date")
    assert "Column 'date' holds days without a time of day: how long visits lasted is not known." in manifest.warnings
    events = sorted(rows_of(home, "events"), key=lambda row: (row["session"], row["position"]))
    assert [row["page"] for row in events] == ["a", "b", "a"]
    assert {row["occurred_at"] for row in events} == {None}
    assert {row["session_seconds"] for row in rows_of(home, "sessions")} == {None}
    assert (manifest.first_event_on, manifest.last_event_on) == ("2024-01-05", "2024-01-07")


def test_a_visit_is_not_parted_where_its_visitor_signs_in(click: Click, home: Path) -> None:
    """With visits and customers known for some clicks only, the visit stays one and knows its customer."""
    manifest = click("session_id,timestamp,customer_id\ns1,2024-01-05 10:00,\ns1,2024-01-05 10:01,17850.0\n")
    assert manifest.tables["sessions"] == 1
    assert rows_of(home, "sessions")[0]["customer_id"] == "17850"
    assert {entry.rule: entry.rows for entry in manifest.ledger}["id_form"] == 1


def test_the_ledger_adds_up(click: Click) -> None:
    """Clicks of nobody and clicks without a time are taken out, each by its rule; two alike stay unless asked otherwise."""
    text = (
        CLICKS + ",2024-01-06 10:00:00,view,,,\n" + "cem,,view,,,\n" + "bob,2024-01-05 23:55:00,Wishlist,cup,p1,9.50\n"
    )
    manifest = click(text)
    rows = {entry.rule: entry.rows for entry in manifest.ledger}
    assert rows == {"id_form": 0, "no_visitor": 1, "no_time": 1, "exact_duplicate": 0}
    assert manifest.rows_read == 7 == manifest.tables["events"] + 2
    assert all(entry.revenue == 0 for entry in manifest.ledger)
    strict = click(text, rules={"exact_duplicate": True})
    assert strict.tables["events"] == 4
    assert {entry.rule: entry.rows for entry in strict.ledger}["exact_duplicate"] == 1


HEADER = "visitor,timestamp,price,event\n"
BAD: dict[str, tuple[str, type[AnalyticsError], str]] = {
    "no time": (
        "visitor,page\na,home\n",
        MissingColumnsError,
        "No column was recognised as occurred_at .*session_id and position",
    ),
    "nobody": (
        "timestamp,page\n2024-01-05 10:00,home\n",
        MissingColumnsError,
        "No column was recognised as visitor_id",
    ),
    "days only": (
        "visitor,date\na,2024-01-05\nb,2024-01-06\n",
        MissingColumnsError,
        "Column 'date' holds days without a time of day",
    ),
    "a visit without places": ("session_id,day\na,2024-01-05\n", MissingColumnsError, "session_id and position"),
    "header only": (HEADER, EmptyDataError, "a header and no rows. Export it again"),
    "empty": ("", EmptyDataError, "is empty"),
    "text for a price": (
        HEADER + "a,2024-01-05 10:00,dear,view\n",
        DataError,
        "'price' has 1 value that is not a number .'dear' in row 1",
    ),
    "text for a time": (
        HEADER + "a,2024-01-05 10:00,1,view\na,noon,1,view\n",
        DataError,
        "'timestamp' has 1 value that is not a date .'noon' in row 2",
    ),
    "half a place": (
        "session_id,position\na,1\na,1.5\n",
        DataError,
        "'position' has 1 value that is not a whole number .'1.5' in row 2",
    ),
    "no such day": (
        "session_id,position,year,month,day\na,1,2024,13,1\n",
        DataError,
        r"'year \+ month \+ day' has 1 value .*'2024-13-01'",
    ),
    "ragged": (
        HEADER + "a,2024-01-05 10:00,1,view\na,2024\n",
        DataError,
        "Row 2 .* has 2 values where the header has 4",
    ),
    "nobody left": (HEADER + ",2024-01-05 10:00,1,view\n", EmptyDataError, "rule 'No visitor' took 1"),
    "orders": (
        "customer,order,date,quantity,price\nann,1,2024-01-05,2,10\n",
        MissingColumnsError,
        "looks like orders, not clicks",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_file(case: str, click: Click, home: Path) -> None:
    """The message says what is wrong, in the words of neither screen nor command line; what was published before stays."""
    click(CLICKS)
    text, error, message = BAD[case]
    with pytest.raises(error, match=message) as caught:
        click(text)
    assert "--" not in str(caught.value)
    assert len(list_versions("shop", home=home)) == 1
    assert not [path for path in (home / "datasets" / "shop").iterdir() if path.name.startswith(".")]


def test_one_click_is_enough(click: Click, home: Path) -> None:
    """The smallest click file is one visit, a bounce of no length."""
    assert click("visitor,timestamp\na,2024-01-05 10:00\n").tables == {"events": 1, "sessions": 1}
    (visit,) = rows_of(home, "sessions")
    assert (visit["is_bounce"], visit["session_seconds"], visit["view_count"]) == (True, 0.0, None)


def test_semicolons_commas_and_foreign_letters(click: Click, home: Path) -> None:
    """Clicks are read by the same readers as orders: separator, decimal comma and encoding are found out."""
    click("Visitor;Timestamp;Page;Price\nä;05.01.2024 10:15;Übersicht;1.234,50\n".encode("cp1252"))
    (event,) = rows_of(home, "events")
    assert (event["visitor_id"], event["page"], event["price"]) == ("ä", "Übersicht", 1234.5)


def test_parquet_and_excel(home: Path, tmp_path: Path) -> None:
    """Typed columns are taken as they are, and a sheet as its text."""
    import xlsxwriter

    times = [instant("2024-01-05T10:00:00"), instant("2024-01-05T11:00:00")]
    pq.write_table(pa.table({"visitor_id": [1.0, 1.0], "occurred_at": times, "price": [1, 2]}), tmp_path / "c.parquet")
    with xlsxwriter.Workbook(tmp_path / "c.xlsx", {"default_date_format": "yyyy-mm-dd hh:mm:ss"}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["visitor_id", "occurred_at", "price"])
        for row, time in enumerate(times, 1):
            sheet.write_number(row, 0, 1)
            sheet.write_datetime(row, 1, time)
            sheet.write_number(row, 2, row)
    found = []
    for name in ("c.parquet", "c.xlsx"):
        import_events(tmp_path / name, name="shop", home=home)
        found.append(rows_of(home, "events"))
    assert found[0] == found[1]
    assert [(row["visitor_id"], row["session"]) for row in found[0]] == [("1", 0), ("1", 1)]


# A look before the import


def test_preview_says_what_a_file_holds(tmp_path: Path) -> None:
    """The kind is guessed, can be chosen, and each choice of a column is kept."""
    file = tmp_path / "x"
    file.write_text(CLICKS)
    seen = preview(file, label="x.csv")
    assert (seen.kind, seen.missing) == ("events", ())
    as_orders = preview(file, label="x.csv", kind="orders")
    assert as_orders.missing == ("customer_id", "revenue")
    assert any("looks like clicks, not orders" in sentence for sentence in as_orders.warnings)
    chosen = preview(file, label="x.csv", kind="events", mapping={"page": "product_id", "product_id": ""})
    assert (chosen.mapping["page"], "product_id" in chosen.mapping) == ("product_id", False)


def test_preview_of_days_without_a_clock(tmp_path: Path) -> None:
    """What the import would refuse is said before it."""
    file = tmp_path / "x"
    file.write_text("visitor,date\na,2024-01-05\n")
    seen = preview(file, label="x.csv", kind="events")
    assert seen.missing == ("occurred_at",)
    assert "Column 'date' holds days without a time of day." in seen.warnings


# Published figures


@pytest.fixture(scope="module")
def eshop(tmp_path_factory: pytest.TempPathFactory) -> tuple[Manifest, Path]:
    folder = os.environ.get("CLIENTELE_REAL_DATA")
    if not folder:
        pytest.skip("CLIENTELE_REAL_DATA does not say where the real data is")
    home = tmp_path_factory.mktemp("eshop")
    return import_events(Path(folder) / "e-shop clothing 2008.csv", name="eshop", home=home), home


def test_eshop_clicks(eshop: tuple[Manifest, Path]) -> None:
    """TRUTHS: 165,474 clicks of 217 products from 47 countries, by month and by category, at a mean price of 43.80."""
    manifest, home = eshop
    assert (manifest.rows_read, manifest.tables) == (165_474, {"events": 165_474, "sessions": 24_026})
    events = pq.read_table(open_version("eshop", home=home).table_path("events"))
    assert (pc.count_distinct(events["product_id"]).as_py(), pc.count_distinct(events["country"]).as_py()) == (217, 47)
    months = pc.value_counts(pc.month(events["occurred_on"])).to_pylist()
    assert {row["values"]: row["counts"] for row in months} == {4: 48_199, 5: 35_654, 6: 32_242, 7: 35_231, 8: 14_148}
    categories = pc.value_counts(events["category"]).to_pylist()
    assert {row["values"]: row["counts"] for row in categories} == {"1": 49_742, "2": 38_408, "3": 38_577, "4": 38_747}
    assert round(pc.mean(events["price"]).as_py(), 2) == 43.80


def test_eshop_visits(eshop: tuple[Manifest, Path]) -> None:
    """TRUTHS: 5,042 one-click visits (21.0 %), 6.887 clicks a visit, median 4, longest 195; there is no clock."""
    _, home = eshop
    visits = pq.read_table(open_version("eshop", home=home).table_path("sessions"))
    clicks = visits["click_count"]
    assert pc.sum(visits["is_bounce"]).as_py() == 5_042
    assert round(5_042 / visits.num_rows, 3) == 0.210
    assert (round(pc.mean(clicks).as_py(), 3), pc.quantile(clicks)[0].as_py(), pc.max(clicks).as_py()) == (
        6.887,
        4,
        195,
    )
    assert visits["session_seconds"].null_count == visits.num_rows
