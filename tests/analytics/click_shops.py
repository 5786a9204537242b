"""Shops of clicks for tests: written by hand, in memory."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from datetime import date, datetime
from functools import cache
from typing import Any, NamedTuple

import pyarrow as pa

from analytics.schema import EVENTS
from analytics.sessions import complete, numbered, sessions_of
from analytics.sources import Source, connect
from tests.conftest import Order, tables_of

_numbers = itertools.count()
_ARROW = {"string": pa.string(), "timestamp(6)": pa.timestamp("us"), "float64": pa.float64(), "date": pa.date32()}


class Click(NamedTuple):
    """A click as a test writes it; `at` is an instant of 1 January 2024, `10:30`, or a whole one."""

    visitor_id: str | None = "v"
    at: str | None = None
    event_type: str | None = None
    page: str | None = None
    category: str | None = None
    product_id: str | None = None
    price: float | None = None
    customer_id: str | None = None
    session_id: str | None = None
    position: int | None = None
    device: str | None = None
    source: str | None = None


@cache
def _engine() -> Any:
    return connect()


def clicks_in_memory(
    clicks: Sequence[Click],
    orders: Sequence[Order] = (),
    customers: pa.Table | None = None,
    *,
    as_of: date = date(2024, 2, 1),
) -> Source:
    """A shop that no disk has seen, its clicks numbered into sessions as an import does."""
    number = next(_numbers)
    columns: dict[str, pa.Array] = {}
    for column in EVENTS.columns:
        if column.name == "occurred_at":
            values: list[Any] = [_instant(click.at) for click in clicks]
        elif column.name in Click._fields:
            values = [getattr(click, column.name) for click in clicks]
        else:
            continue
        if any(value is not None for value in values):
            columns[column.name] = pa.array(values, pa.int64() if column.name == "position" else _ARROW[column.type])
    engine = _engine()
    raw = engine.create_table(f"raw_{number}", pa.table(columns))
    events = engine.create_table(f"events_{number}", complete(numbered(raw), EVENTS).order_by("session", "position"))
    sessions = engine.create_table(f"sessions_{number}", sessions_of(complete(events, EVENTS)))
    tables = {"events": events, "sessions": sessions}
    if orders:
        written = tables_of(orders, (), customers)
        tables |= {name: engine.create_table(f"{name}_{number}", table) for name, table in written.items()}
    elif customers is not None:
        tables["customers"] = engine.create_table(f"customers_{number}", customers)
    return Source("clicks", f"{number:04d}-00000000", tables, as_of, "EUR")


def _instant(text: str | None) -> datetime | None:
    if text is None:
        return None
    return datetime.fromisoformat(text if "-" in text else f"2024-01-01T{text}")
