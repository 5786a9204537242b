"""Tables of ready visits become sessions, their further columns kept under tidy names."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from analytics.datasets import list_versions, open_version
from analytics.errors import AnalyticsError, DataError, EmptyDataError, MissingColumnsError, RequestError
from analytics.intake import import_customers, import_sessions, likely_kind
from analytics.intake.further import tidy_name, tidy_names
from analytics.intake.names import SESSIONS_FILE
from analytics.manifest import Manifest
from analytics.schema import SESSIONS
from tests.analytics.intake.conftest import rows_of

Visit = Callable[..., Manifest]

VISITS = """Session,Visitor,Start time,Pageviews,Session duration,Transactions,Device category,Country,Landing page,Newsletter,Zip
s1,ann,2024-01-05 10:00,3,0:12:30,1,mobile,DE,/home,yes,01067
s2,bob,2024-01-06 11:00,1,0:00:00,0,desktop,FR,/cup,no,75001
"""


@pytest.fixture
def visit(tmp_path: Path, home: Path) -> Visit:
    """Write a text to a file and import it as a table of visits."""

    def run(content: str, *, name: str = "shop", **options: Any) -> Manifest:
        file = tmp_path / "visits.csv"
        file.write_text(content)
        return import_sessions(file, name=name, home=home, **options)

    return run


def test_a_table_of_visits(visit: Visit, home: Path) -> None:
    """Usual names are recognised, clocks become seconds, a count of purchases a flag; codes keep their zeros."""
    manifest = visit(VISITS)
    assert (manifest.kind, manifest.tables, manifest.rows_read) == ("sessions", {"sessions": 2}, 2)
    assert (manifest.first_event_on, manifest.last_event_on) == ("2024-01-05", "2024-01-06")
    first, second = sorted(rows_of(home, "sessions"), key=lambda row: row["session"])
    expected = {
        "session": 0, "session_id": "s1", "visitor_id": "ann", "started_at": datetime.fromisoformat("2024-01-05T10:00"),
        "started_on": date(2024, 1, 5), "session_seconds": 750.0, "click_count": 3, "is_bounce": False,
        "has_purchase": True, "has_cart": None, "device": "mobile", "country": "DE", "entry_page": "/home",
        "newsletter": True, "zip": "01067",
    }  # fmt: skip
    assert {name: first[name] for name in expected} == expected
    assert (second["is_bounce"], second["has_purchase"], second["newsletter"]) == (True, False, False)
    assert list(first)[: len(SESSIONS.names)] == list(SESSIONS.names)


def test_visits_keep_the_order_of_their_file(visit: Visit, home: Path) -> None:
    """The visit's number is its row."""
    visit("name,clicks\n" + "".join(f"v{number},{number % 7 + 1}\n" for number in range(500)))
    found = sorted(rows_of(home, "sessions"), key=lambda row: row["session"])
    assert [row["name"] for row in found] == [f"v{number}" for number in range(500)]


def test_counts_that_are_added_up(visit: Visit, home: Path) -> None:
    """Several columns make one count where the user says so; each of them is kept, and an unknown part makes it unknown."""
    manifest = visit("home,shop,blog\n1,2,x\n0,1,y\n", mapping={"click_count": "home + shop"})
    assert manifest.mapping == {"click_count": "home + shop"}
    found = sorted(rows_of(home, "sessions"), key=lambda row: row["session"])
    assert [(row["click_count"], row["home"], row["shop"], row["is_bounce"]) for row in found] == [
        (3, 1, 2, False), (1, 0, 1, True),
    ]  # fmt: skip
    left = visit("home,shop\n1,2\n,1\n", mapping={"click_count": "home + shop"})
    assert {entry.rule: entry.rows for entry in left.ledger} == {"no_clicks": 1, "exact_duplicate": 0}


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("New_Visitor", "new"), ("Returning_Visitor", "returning"), ("new visitor", "new"), ("Return", "returning"),
        ("Other", "other"), ("staff", "other"), ("", None),
    ],
)  # fmt: skip
def test_visitor_types(given: str, meant: str | None, visit: Visit, home: Path) -> None:
    """New and returning by whatever name; everything else that is said is other."""
    visit(f"visitor_type,clicks\n{given},1\n")
    assert rows_of(home, "sessions")[0]["visitor_type"] == meant


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["1", "2", ""], [1, 2, None]),
        (["1", "2.5", ""], [1.0, 2.5, None]),
        (["01", "02"], ["01", "02"]),
        (["12345678901234567", "1"], ["12345678901234567", "1"]),
        (["-1.8829080367785338", "0.12345678901234567"], [-1.8829080367785338, 0.12345678901234567]),
        (["-1.2345678901234567e-05", "6.02e23", "1"], [-1.2345678901234567e-05, 6.02e23, 1.0]),
        (["1e300", "1234567890123456.7"], [1e300, 1234567890123456.7]),
        (["1.234.567.890,12345 €", "-1,12345678901234567"], [1234567890.12345, -1.1234567890123457]),
        (["-999999999999999", "1"], [-999999999999999, 1]),
        (["-1234567890123456", "1.5"], ["-1234567890123456", "1.5"]),
        (["0012.345678901234567", "1.5"], ["0012.345678901234567", "1.5"]),
        (["inf", "1.5"], ["inf", "1.5"]),
        (["0,125", "1,250"], [0.125, 1.25]),
        (["1,250", "12,125"], [1250, 12125]),
        (["-1,5e-05", "0,12345678901234567"], [-1.5e-05, 0.12345678901234567]),
        (["TRUE", "False", ""], [True, False, None]),
        (["yes", "maybe"], ["yes", "maybe"]),
        (["2024-01-05", "2024-02-01"], [date(2024, 1, 5), date(2024, 2, 1)]),
        (["Feb", "Mar"], ["Feb", "Mar"]),
        (["1.234,50 €", "2,00 €"], [1234.5, 2.0]),
        (["", "n/a"], [None, None]),
    ],
)
def test_further_columns_are_typed(values: list[str], expected: list[Any], visit: Visit, home: Path) -> None:
    """A further column has the type that all its values have, and text where they have none in common."""
    rows = "".join(f'1,"{value}"\n' for value in values)
    visit("clicks,other\n" + rows)
    found = sorted(rows_of(home, "sessions"), key=lambda row: row["session"])
    assert [row["other"] for row in found] == expected


@pytest.mark.parametrize(
    ("others", "expected"),
    [(["2,5", "3"], [1.25, 12.125]), (["$2,000.50", "3"], [1250, 12125]), (["7", "8"], [1250, 12125])],
)
def test_two_meanings_are_settled_by_the_other_columns(
    others: list[str], expected: list[float], visit: Visit, home: Path
) -> None:
    """1,250 is a quarter more than one in a file whose other numbers have decimal commas, and a thousand and more elsewhere."""
    values = zip(["1,250", "12,125"], others, strict=True)
    visit("clicks;other;more\n" + "".join(f"1;{value};{other}\n" for value, other in values))
    found = sorted(rows_of(home, "sessions"), key=lambda row: row["session"])
    assert [row["other"] for row in found] == expected


def test_a_value_far_down_decides_too(visit: Visit, home: Path) -> None:
    """The first rows suggest a type; the last one may refuse it."""
    visit("clicks,a,b\n" + "1,5,5\n" * 900 + '1,few,"1,234.50"\n')
    last = max(rows_of(home, "sessions"), key=lambda row: row["session"])
    assert (last["a"], last["b"]) == ("few", 1234.5)


@pytest.mark.parametrize(
    ("raw", "tidy"),
    [
        ("PageValues", "page_values"), ("ProductRelated_Duration", "product_related_duration"), ("Exit Rate (%)", "exit_rate"),
        ("HTMLPages", "html_pages"), ("Größe", "größe"), ("page 2", "page_2"), ("%%%", "column"),
    ],
)  # fmt: skip
def test_tidy_names(raw: str, tidy: str) -> None:
    """Small letters and underscores, whatever the header was."""
    assert tidy_name(raw) == tidy


def test_names_that_are_taken() -> None:
    """A further column never takes a canonical name, nor another's."""
    assert tidy_names(["Country", "A b", "a_B", "own country"], ("country",)) == {
        "Country": "own_country", "A b": "a_b", "a_B": "a_b_2", "own country": "own_country_2",
    }  # fmt: skip


BAD: dict[str, tuple[str, type[AnalyticsError], str]] = {
    "no clicks": ("session_id,device\na,phone\n", MissingColumnsError, "No column was recognised as click_count"),
    "text for clicks": ("clicks,x\nmany,1\n", DataError, "'clicks' has 1 value that is not a whole number .'many'"),
    "half a click": ("clicks,x\n1.5,1\n", DataError, "is not a whole number"),
    "text for a part": ("a,b\n1,2\n1,x\n", DataError, "'b' has 1 value that is not a whole number .'x' in row 2"),
    "text for a flag": ("clicks,purchased\n1,perhaps\n", DataError, "'purchased' has 1 value that is not a yes or no"),
    "header only": ("clicks,purchased\n", EmptyDataError, "a header and no rows"),
    "none left": ("clicks,x\n,1\n-1,1\n", EmptyDataError, "rule 'No number of clicks' took 2"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_file(case: str, visit: Visit, home: Path) -> None:
    """The message says what is wrong, and nothing is published."""
    text, error, message = BAD[case]
    mapping = {"click_count": "a + b"} if text.startswith("a,b") else None
    with pytest.raises(error, match=message):
        visit(text, mapping=mapping)
    assert list_versions("shop", home=home) == ()


@pytest.mark.parametrize(
    "choice", [{"device": "a + b"}, {"click_count": "a + a"}, {"started_on": "a + b + clicks + x"}]
)
def test_columns_that_cannot_be_joined(choice: dict[str, str], visit: Visit) -> None:
    """Only counts are added up, and only days come in parts."""
    with pytest.raises(RequestError, match="come from several columns"):
        visit("a,b,clicks,x\n1,2,3,4\n", mapping=choice)


def test_lists_and_bytes_are_refused(home: Path, tmp_path: Path) -> None:
    """What a table cannot show is refused by the column's name."""
    pq.write_table(pa.table({"clicks": [1], "tags": [["a"]]}), tmp_path / "v.parquet")
    with pytest.raises(DataError, match=r"Column 'tags' of 'v\.parquet' holds array values"):
        import_sessions(tmp_path / "v.parquet", name="shop", home=home)


def test_customers(home: Path, tmp_path: Path) -> None:
    """Attributes are typed, numbers of customers match those of orders, and all other columns keep their names."""
    file = tmp_path / "people.csv"
    file.write_text(
        "ID;Sex;Annual income;E-mail opt-in;Signup date;Zip\n17850.0;f;1.234,50;yes;09.12.2011;01067\n;m;1,00;no;;\n"
    )
    manifest = import_customers(file, name="shop", home=home, mapping={"has_email_consent": "E-mail opt-in"})
    assert (manifest.kind, manifest.tables, manifest.rows_read) == ("customers", {"customers": 1}, 2)
    assert rows_of(home, "customers") == [
        {
            "customer_id": "17850", "gender": "f", "signed_up_on": date(2011, 12, 9), "has_email_consent": True,
            "Annual income": 1234.5, "Zip": "01067",
        }
    ]  # fmt: skip
    assert [(entry.rule, entry.rows) for entry in manifest.ledger] == [("no_customer", 1)]


# Published figures


@pytest.fixture(scope="module")
def shoppers(tmp_path_factory: pytest.TempPathFactory) -> tuple[Manifest, pa.Table]:
    folder = os.environ.get("CLIENTELE_REAL_DATA")
    if not folder:
        pytest.skip("CLIENTELE_REAL_DATA does not say where the real data is")
    home = tmp_path_factory.mktemp("shoppers")
    manifest = import_sessions(Path(folder) / "online_shoppers_intention.csv", name="shoppers", home=home)
    return manifest, pq.read_table(open_version("shoppers", home=home).table_path("sessions"))


def _share(visits: pa.Table, keep: Any) -> float:
    kept = visits.filter(keep)
    return float(pc.sum(kept["has_purchase"]).as_py() / kept.num_rows)


def test_shoppers(shoppers: tuple[Manifest, pa.Table]) -> None:
    """TRUTHS: 12,330 visits, 1,908 buyers; 10,551 returning, 1,694 new, 85 other; 125 duplicates, which stay."""
    manifest, visits = shoppers
    assert (manifest.rows_read, manifest.tables) == (12_330, {"sessions": 12_330})
    assert pc.sum(visits["has_purchase"]).as_py() == 1_908
    kinds = {row["values"]: row["counts"] for row in pc.value_counts(visits["visitor_type"]).to_pylist()}
    assert kinds == {"returning": 10_551, "new": 1_694, "other": 85}
    assert any(sentence.startswith("125 rows say exactly the same") for sentence in manifest.warnings)


def test_shoppers_who_buy(shoppers: tuple[Manifest, pa.Table]) -> None:
    """TRUTHS: new visitors buy in 24.9 %, returning in 13.9 %; with page values above 0 56.3 %, at 0 3.85 %."""
    _, visits = shoppers
    assert round(_share(visits, pc.field("visitor_type") == "new"), 3) == 0.249
    assert round(_share(visits, pc.field("visitor_type") == "returning"), 3) == 0.139
    assert round(_share(visits, pc.field("page_values") > 0), 3) == 0.563
    assert round(_share(visits, pc.field("page_values") == 0), 4) == 0.0385


def test_shoppers_columns(shoppers: tuple[Manifest, pa.Table]) -> None:
    """Every column of the file is there: three sums and three names that mean something, the others tidy and typed."""
    _, visits = shoppers
    types = {name: visits.schema.field(name).type for name in visits.column_names}
    assert types["page_values"] == types["bounce_rates"] == types["exit_rates"] == types["special_day"] == pa.float64()
    assert types["operating_systems"] == types["browser"] == types["region"] == types["administrative"] == pa.int64()
    assert (types["weekend"], types["month"], types["source"]) == (pa.bool_(), pa.string(), pa.string())
    clicks = pc.add(pc.add(visits["administrative"], visits["informational"]), visits["product_related"])
    assert clicks.equals(visits["click_count"])
    assert pc.sum(visits["is_bounce"]).as_py() == pc.sum(pc.equal(visits["click_count"], 1)).as_py()
    assert (
        likely_kind(["Administrative", "Informational", "ProductRelated", "ProductRelated_Duration", "Revenue"])
        is SESSIONS_FILE
    )
