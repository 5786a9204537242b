"""An import brings some tables of a dataset and keeps the others."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from analytics.datasets import open_version
from analytics.intake import import_customers, import_orders, import_sessions
from analytics.manifest import Manifest
from tests.analytics.intake.conftest import CLICKS, Click, rows_of

ORDERS = "customer_id,order_id,ordered_at,revenue\nann,1,2024-01-06,9.5\nann,2,2024-02-06,1\n"


@pytest.fixture
def orders(tmp_path: Path, home: Path) -> Manifest:
    """A shop with two orders."""
    file = tmp_path / "orders.csv"
    file.write_text(ORDERS)
    return import_orders(file, name="shop", home=home, currency="EUR")


def test_clicks_added_to_a_shop_keep_its_orders(orders: Manifest, click: Click, home: Path) -> None:
    """The orders stay, byte for byte, with all that was said of them; a sentence says from which version."""
    manifest = click(CLICKS.replace("visitor", "customer_id"))
    assert manifest.tables == {"order_lines": 2, "orders": 2, "events": 4, "sessions": 3}
    assert (manifest.customers, manifest.revenue, manifest.currency) == (1, 10.5, "EUR")
    assert (manifest.first_order_on, manifest.last_order_on) == ("2024-01-06", "2024-02-06")
    assert f"Orders were kept from version {orders.version}." in manifest.warnings
    (carried,) = manifest.carried
    assert (carried.kind, carried.version, carried.source, carried.rows_read) == (
        "orders",
        orders.version,
        "orders.csv",
        2,
    )
    assert (carried.ledger, carried.mapping) == (orders.ledger, orders.mapping)
    new, old = open_version("shop", home=home), open_version("shop", orders.version, home=home)
    for table in ("orders", "order_lines"):
        assert new.table_path(table).read_bytes() == old.table_path(table).read_bytes()
        assert new.table_path(table).samefile(old.table_path(table))
    assert {row["customer_id"] for row in rows_of(home, "events")} == {"ann", "bob"}


def test_where_the_disk_knows_no_links(
    orders: Manifest, click: Click, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Tables are copied instead."""

    def refuse(*_: Any, **__: Any) -> None:
        raise OSError

    monkeypatch.setattr(os, "link", refuse)
    assert click(CLICKS).tables["orders"] == 2
    assert len(rows_of(home, "orders")) == 2


def test_orders_imported_again_keep_clicks_and_customers(
    orders: Manifest, click: Click, home: Path, tmp_path: Path
) -> None:
    """Through orders, clicks, customers and orders again, each import replaces its own tables only."""
    clicks = click(CLICKS, gap_minutes=31)
    file = tmp_path / "customers.csv"
    file.write_text("customer_id,age\nann,31\n")
    people = import_customers(file, name="shop", home=home)
    assert set(people.tables) == {"order_lines", "orders", "events", "sessions", "customers"}
    (tmp_path / "orders.csv").write_text(ORDERS + "cem,3,2024-03-01,5\n")
    again = import_orders(tmp_path / "orders.csv", name="shop", home=home)
    assert again.tables == {"order_lines": 3, "orders": 3, "events": 4, "sessions": 2, "customers": 1}
    assert (again.first_event_on, again.last_event_on, again.session_gap_minutes) == ("2024-01-05", "2024-01-06", 31)
    assert [item.kind for item in again.carried] == ["events", "customers"]
    assert [item.version for item in again.carried] == [clicks.version, people.version]
    assert {
        f"Clicks were kept from version {people.version}.",
        f"Customers were kept from version {people.version}.",
    } <= {*again.warnings}
    assert (
        json.loads((open_version("shop", home=home).path / "manifest.json").read_text())["carried"][0]["kind"]
        == "events"
    )


def test_visits_replace_clicks_and_clicks_replace_visits(click: Click, home: Path, tmp_path: Path) -> None:
    """Ready visits do not fit the clicks of before: those are left behind, and a sentence says so."""
    first = click(CLICKS)
    file = tmp_path / "visits.csv"
    file.write_text("session_id,clicks\ns1,3\n")
    visits = import_sessions(file, name="shop", home=home)
    assert visits.tables == {"sessions": 1}
    assert f"The clicks of version {first.version} were left behind: visits replace them." in visits.warnings
    assert click(CLICKS).tables == {"events": 4, "sessions": 3}


def test_clicks_beside_orders(home: Path, tmp_path: Path) -> None:
    """Orders, customers and clicks come in one import, each file by the headers it has."""
    (tmp_path / "o.csv").write_text(ORDERS)
    (tmp_path / "c.csv").write_text("Customer ID,Age\nann,31\n")
    (tmp_path / "e.csv").write_text(CLICKS)
    manifest = import_orders(
        tmp_path / "o.csv", name="shop", home=home, customers=tmp_path / "c.csv", events=tmp_path / "e.csv"
    )
    assert manifest.tables == {"order_lines": 2, "orders": 2, "customers": 1, "events": 4, "sessions": 3}
    assert manifest.first_event_on == "2024-01-05"


def test_what_is_carried_survives_its_version(orders: Manifest, click: Click, home: Path) -> None:
    """A link holds the rows, not the folder that they were first written to."""
    click(CLICKS)
    shutil.rmtree(open_version("shop", orders.version, home=home).path)
    assert len(rows_of(home, "orders")) == 2
