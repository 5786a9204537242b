"""The command line brings in clicks, visits and customers, and says in one line what to do where it cannot."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from analytics.__main__ import main

ORDERS = "customer,order,date,quantity,price\nann,1,2024-01-05,2,10\nbob,2,2024-02-06,1,5\n"
CLICKS = (
    "visitor,timestamp,event_type,product_id\n"
    "ann,2024-01-05 10:00,view,p1\nann,2024-01-05 10:20,addtocart,p1\nbob,2024-01-07 09:00,view,p2\n"
)
VISITS = "session_id,pageviews,duration\ns1,3,60\ns2,1,0\n"


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


def told(*arguments: str) -> Any:
    """The JSON that a command answers with."""
    result = run(*arguments, "--json")
    assert (result.exit_code, result.stderr) == (0, "")
    return json.loads(result.stdout)


@pytest.fixture
def files(tmp_path: Path, home: Path) -> Path:
    """A folder with a file of each kind."""
    people = "customer_id,age\nann,31\n"
    for name, text in (
        ("orders", ORDERS),
        ("clicks", CLICKS),
        ("visits", VISITS),
        ("people", people),
        ("odd", "a,b\n1,2\n"),
    ):
        (tmp_path / f"{name}.csv").write_text(text)
    return tmp_path


def test_clicks(files: Path) -> None:
    """Clicks alone make a dataset: their numbers and days are told, and there are no orders."""
    answer = told("import", str(files / "clicks.csv"), "--as", "events", "--name", "web")
    expected = {
        "dataset": "web", "kind": "events", "events": 3, "sessions": 2, "orders": 0, "order_lines": 0, "customers": 0,
        "revenue": 0.0, "first_event_on": "2024-01-05", "last_event_on": "2024-01-07", "first_order_on": "",
        "rows_read": 3, "session_gap_minutes": 30,
    }  # fmt: skip
    assert {key: answer[key] for key in expected} == expected
    assert answer["mapping"]["visitor_id"] == "visitor"
    assert {entry["rule"] for entry in answer["ledger"]} >= {"no_visitor", "no_time", "exact_duplicate"}
    assert "3 clicks, 2 visits, 2024-01-05 to 2024-01-07" in run("datasets").stdout
    assert [item["sessions"] for item in told("datasets")["datasets"]] == [2]


def test_the_gap(files: Path) -> None:
    """The gap is the user's."""
    answer = told("import", str(files / "clicks.csv"), "--as", "events", "--name", "web", "--gap", "15")
    assert (answer["sessions"], answer["session_gap_minutes"]) == (3, 15)


def test_a_shop_in_three_steps(files: Path) -> None:
    """Orders, then clicks, then customers: each import keeps what the others brought, and says so."""
    told("import", str(files / "orders.csv"), "--name", "shop", "--currency", "EUR")
    clicks = told(
        "import", str(files / "clicks.csv"), "--as", "events", "--name", "shop", "--map", "customer_id=visitor"
    )
    assert (clicks["orders"], clicks["events"], clicks["revenue"], clicks["currency"]) == (2, 3, 25.0, "EUR")
    assert any(sentence.startswith("Orders were kept from version 0001-") for sentence in clicks["warnings"])
    people = run("import", str(files / "people.csv"), "--as", "customers", "--name", "shop")
    assert "Clicks were kept from version 0002-" in people.stdout
    assert "2 customers, 2 orders, 2024-01-05 to 2024-02-06, 3 clicks, 2 visits" in run("datasets").stdout


def test_everything_at_once(files: Path) -> None:
    """Customers and clicks may come beside the orders, in any format."""
    answer = told(
        "import", str(files / "orders.csv"), "--name", "shop",
        "--customers", str(files / "people.csv"), "--events", str(files / "clicks.csv"),
    )  # fmt: skip
    assert (answer["orders"], answer["events"], answer["sessions"]) == (2, 3, 2)


def test_visits(files: Path) -> None:
    """Ready visits are a dataset of their own."""
    answer = told("import", str(files / "visits.csv"), "--as", "sessions", "--name", "web")
    assert (answer["kind"], answer["sessions"], answer["events"], answer["first_event_on"]) == ("sessions", 2, 0, "")
    assert "2 visits" in run("datasets").stdout


WRONG = {
    "clicks as orders": (["clicks", "--name", "x"], "looks like clicks, not orders", "Try --as events."),
    "orders as clicks": (["orders", "--as", "events", "--name", "x"], "looks like orders, not clicks", "Try --as orders."),
    "clicks as visits": (["clicks", "--as", "sessions", "--name", "x"], "looks like clicks", "Try --as events."),
    "odd clicks": (["odd", "--as", "events", "--name", "x"], "recognised as visitor_id", "--map visitor_id=COLUMN."),
    "odd orders": (["odd", "--name", "x"], "recognised as customer_id", "Say which one it is, for example --map customer_id="),
    "odd visits": (["odd", "--as", "sessions", "--name", "x"], "click_count", "--map click_count=COLUMN."),
    "gap of nothing": (["clicks", "--as", "events", "--name", "x", "--gap", "0"], "'0' minutes cannot part", "1 to 43,200"),
    "gap below": (["clicks", "--as", "events", "--name", "x", "--gap", "-3"], "'-3' minutes", "1 to 43,200"),
    "gap of words": (["clicks", "--as", "events", "--name", "x", "--gap", "long"], "'long' is not a valid integer", ""),
    "gap for orders": (["orders", "--name", "x", "--gap", "30"], "--gap parts clicks into visits", "--as events"),
    "currency of clicks": (["clicks", "--as", "events", "--name", "x", "--currency", "EUR"], "--currency goes with orders", ""),
    "unknown kind": (["clicks", "--as", "logs", "--name", "x"], "'logs' is not one of 'orders', 'events'", ""),
    "unknown column": (["clicks", "--as", "events", "--name", "x", "--map", "revenue=visitor"], "'revenue' is not a column", ""),
    "unknown rule": (["clicks", "--as", "events", "--name", "x", "--rule", "no_customer=off"], "no cleaning rule", ""),
}  # fmt: skip


@pytest.mark.parametrize("wrong", WRONG)
def test_one_helpful_line(wrong: str, files: Path) -> None:
    """What is wrong and what to write instead stand in one line, and nothing is published."""
    (name, *options), sentence, hint = WRONG[wrong]
    result = run("import", str(files / f"{name}.csv"), *options)
    assert result.exit_code not in (0, None)
    assert (result.stdout, len(result.stderr.splitlines())) == ("", 1)
    assert sentence in result.stderr
    assert hint in result.stderr
    assert told("datasets") == {"datasets": []}
