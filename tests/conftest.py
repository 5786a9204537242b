"""Shops for tests: written by hand, in memory or published in a workspace of their own, and the real one where it is at hand."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from analytics.datasets import Manifest, publishing
from analytics.intake import import_orders
from analytics.schema import ORDER_LINES, ORDERS, RETURNS, Table
from analytics.sources import Source, connect, open_source

_ARROW = {
    "string": pa.string(),
    "timestamp(6)": pa.timestamp("us"),
    "decimal(18, 4)": pa.decimal128(18, 4),
    "float64": pa.float64(),
    "int64": pa.int64(),
}
_numbers = itertools.count()


class Order(NamedTuple):
    """An order as a test writes it; `products` go into order lines where any order has them."""

    customer_id: str
    ordered_at: str
    revenue: str = "10"
    country: str | None = "United Kingdom"
    line_count: int = 1
    unit_count: float | None = 1.0
    products: tuple[str, ...] = ()
    order_id: str = ""


class Return(NamedTuple):
    """A line sent back."""

    customer_id: str
    returned_at: str
    refund: str


def tables_of(
    orders: Sequence[Order], returns: Sequence[Return] = (), customers: pa.Table | None = None
) -> dict[str, pa.Table]:
    """The canonical tables of a shop written by hand."""
    rows = []
    for number, order in enumerate(orders, start=1):
        row = order._asdict()
        row["order_id"] = order.order_id or str(number)
        row["ordered_at"] = datetime.fromisoformat(order.ordered_at)
        row["revenue"] = Decimal(order.revenue)
        rows.append(row)
    tables = {"orders": _table(ORDERS, rows)}
    if any(order.products for order in orders):
        lines = [{**row, "product_id": product} for row in rows for product in row["products"]]
        tables["order_lines"] = _table(ORDER_LINES, lines)
    if returns:
        sent_back = [
            {
                "customer_id": line.customer_id,
                "order_id": f"C{number}",
                "returned_at": datetime.fromisoformat(line.returned_at),
                "refund": Decimal(line.refund),
            }
            for number, line in enumerate(returns)
        ]
        tables["returns"] = _table(RETURNS, sent_back)
    if customers is not None:
        tables["customers"] = customers
    return tables


def _table(shape: Table, rows: list[dict[str, Any]]) -> pa.Table:
    return pa.table(
        {column.name: pa.array([row.get(column.name) for row in rows], _ARROW[column.type]) for column in shape.columns}
    )


@cache
def _engine() -> Any:
    return connect()


def shop_in_memory(
    orders: Sequence[Order],
    returns: Sequence[Return] = (),
    customers: pa.Table | None = None,
    *,
    as_of: date | None = None,
) -> Source:
    """A shop that no disk has seen: the fast way to a source."""
    number = next(_numbers)
    tables = {
        name: _engine().create_table(f"{name}_{number}", table)
        for name, table in tables_of(orders, returns, customers).items()
    }
    last = max(datetime.fromisoformat(order.ordered_at) for order in orders).date()
    return Source("shop", f"{number:04d}-00000000", tables, as_of or last + timedelta(days=1), "GBP")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace of its own for each test, as `CLIENTELE_HOME` says."""
    folder = tmp_path / "home"
    monkeypatch.setenv("CLIENTELE_HOME", str(folder))
    return folder


Publish = Callable[..., Source]


@pytest.fixture
def publish(home: Path) -> Publish:
    """Publish a shop written by hand in the test's workspace, and open it."""

    def run(
        orders: Sequence[Order],
        returns: Sequence[Return] = (),
        customers: pa.Table | None = None,
        *,
        name: str = "shop",
    ) -> Source:
        tables = tables_of(orders, returns, customers)
        days = sorted(order.ordered_at[:10] for order in orders)
        with publishing(name) as staging:
            for table, rows in tables.items():
                pq.write_table(rows, staging.path / f"{table}.parquet")
            staging.manifest = Manifest(
                dataset=name,
                version="",
                source="By hand.csv",
                created_at="2026-01-01T00:00:00+00:00",
                currency="GBP",
                tables={table: rows.num_rows for table, rows in tables.items()},
                customers=len({order.customer_id for order in orders}),
                revenue=float(sum(Decimal(order.revenue) for order in orders)),
                first_order_on=days[0],
                last_order_on=days[-1],
                rows_read=len(orders),
            )
        return open_source(name)

    return run


def varied_shop(customers: int = 60) -> list[Order]:
    """Orders of customers who differ in every metric: the same ones each time."""
    first = datetime.fromisoformat("2021-01-01T09:00")
    orders = []
    for number in range(customers):
        for again in range(1 + number % 7):
            at = first + timedelta(days=(number * 13 + again * 29) % 360, minutes=number)
            orders.append(
                Order(
                    f"c{number:03d}",
                    at.isoformat(),
                    f"{5 + (number * number * 7) % 900 + again}.{number % 100:02d}",
                    ("France", "Spain", "United Kingdom")[number % 3],
                    1 + (number + again) % 5,
                    float(1 + number % 11),
                )
            )
    return orders


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of the real data sets, where `CLIENTELE_REAL_DATA` says where it is."""
    folder = os.environ.get("CLIENTELE_REAL_DATA")
    if not folder:
        pytest.skip("CLIENTELE_REAL_DATA does not say where the real data is")
    return Path(folder)


@pytest.fixture(scope="session")
def online_retail_source(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Source:
    """UCI Online Retail (Chen, Sain & Guo 2012), imported once for all tests."""
    home = tmp_path_factory.mktemp("online_retail_home")
    import_orders(real_data / "online_retail.parquet", name="online-retail", currency="GBP", home=home)
    return open_source("online-retail", home=home)


_AFTER_IMPORT: dict[int, dict[str, Any]] = {}


@pytest.fixture(autouse=True)
def _same_random_numbers(request: pytest.FixtureRequest) -> None:
    """A module's generators of random numbers begin anew with each test, whatever ran before it and in which process."""
    for value in vars(request.module).values() if request.module is not None else ():
        if isinstance(value, np.random.Generator):
            generator = value.bit_generator
            generator.state = _AFTER_IMPORT.setdefault(id(value), generator.state)
