"""Raw columns to typed order lines, and the tables that they make: lines, orders and returns."""

from __future__ import annotations

import glob
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from analytics.intake.cleaning import CLEANING_RULES, RETURNED, rule_number
from analytics.intake.ledger import Count
from analytics.intake.parsing import finite, is_present, known_text, trimmed, utc
from analytics.intake.readers import RawTable
from analytics.intake.reading import Reading, as_text, mended
from analytics.intake.staging import Progress, Staged
from analytics.manifest import Manifest
from analytics.schema import MONEY, ORDER_LINES, ORDERS, RETURNS
from analytics.sources import write_parquet
from analytics.text import say

PARSED = ("ordered_at", "revenue", "quantity", "unit_price")
TEXTS = ("product_id", "product_name", "category", "country", "channel")


def staged_lines(raw: RawTable, reading: Reading, is_enabled: Mapping[str, bool], engine: Any) -> Any:
    """Every raw row as a canonical order line, with `is_changed`, `is_unread` and the number of the rule that catches it.

    The layers are views, because nested in one expression each step would be computed again for every use of it.
    """
    texts = engine.create_view("texts", _texts(raw, reading, is_enabled), overwrite=True)
    values = engine.create_view("values_read", _values(texts, reading, is_enabled), overwrite=True)
    lines = engine.create_view("lines", _lines(values, reading), overwrite=True)
    return lines.select(
        **{column.name: lines[column.name] for column in ORDER_LINES.columns},
        rule=rule_number(lines, is_enabled, CLEANING_RULES),
        is_changed=lines.is_changed.cast("int8"),
        is_unread=lines.is_unread.cast("int8"),
    )


def _texts(raw: RawTable, reading: Reading, is_enabled: Mapping[str, bool]) -> Any:
    """The mapped columns by their canonical names: texts trimmed, numbers and instants as they came."""
    import ibis

    table, mapping = raw.table, reading.mapping
    chosen: dict[str, Any] = {}
    for name, raw_name in mapping.items():
        column = table[raw_name]
        if name in PARSED and name not in reading.fits:
            chosen[name] = utc(column) if name == "ordered_at" else finite(column.cast("float64"))
        else:
            chosen[name] = trimmed(as_text(column))
    customer = table[mapping["customer_id"]]
    kind = customer.type()
    if not is_enabled["id_form"]:
        chosen["customer_id"] = customer.cast("string")
    elif kind.is_string():
        chosen["customer_given"] = customer
    else:
        # A decimal column shows every id as 17850.0, whatever the file calls it.
        chosen["is_changed"] = (customer.notnull() & ~customer.isnan()) if kind.is_floating() else ibis.literal(False)
    if is_enabled["exact_duplicate"]:
        chosen["repetition"] = ibis.row_number().over(group_by=[table[column] for column in raw.columns])
    return table.select(**chosen)


def _values(texts: Any, reading: Reading, is_enabled: Mapping[str, bool]) -> Any:
    """Texts read by their forms."""
    import ibis

    values: dict[str, Any] = {name: texts[name] for name in texts.columns}
    for name in ("order_id", *TEXTS):
        values[name] = known_text(texts[name]) if name in texts.columns else ibis.null("string")
    for name in PARSED:
        if name in reading.fits:
            values[name] = reading.fits[name].form.read(texts[name])
            values[f"{name}_text"] = texts[name]
        elif name not in texts.columns:
            values[name] = ibis.null("float64")
    if is_enabled["id_form"]:
        values["customer_id"] = mended(texts.customer_id)
    else:
        values["customer_id"] = texts.customer_id.nullif("")
    return texts.select(**values)


def _lines(values: Any, reading: Reading) -> Any:
    """The canonical columns, and what is known of each row beside them."""
    import ibis

    lines: dict[str, Any] = {
        column.name: values[column.name].cast(column.type) for column in ORDER_LINES.columns if column.name != "revenue"
    }
    revenue = values.revenue if "revenue" in reading.mapping else values.quantity * values.unit_price
    lines["revenue"] = revenue.try_cast(MONEY)
    if "order_id" not in reading.mapping:
        # Without order numbers, what a customer bought at one instant is one order.
        lines["order_id"] = values.customer_id + " " + values.ordered_at.cast("string")
    if "customer_given" in values.columns:
        given, mended = values.customer_given, values.customer_id
        lines["is_changed"] = (given.notnull() & (mended.isnull() | (given != mended))).fill_null(False)
    elif "is_changed" in values.columns:
        lines["is_changed"] = values.is_changed
    else:
        lines["is_changed"] = ibis.literal(False)
    unread = [values[name].isnull().ifelse(is_present(values[f"{name}_text"]), False) for name in reading.fits]
    lines["is_unread"] = ibis.or_(*unread).fill_null(False) if unread else ibis.literal(False)
    if "repetition" in values.columns:
        lines["repetition"] = values.repetition
    return values.select(**lines)


def write_orders(staged: Staged, count: Count, folder: Path, tell: Progress, engine: Any) -> Manifest:
    """Write lines, orders and returns into a folder; returns what a manifest says of them."""

    def path(table: str) -> Path:
        return folder / f"{table}.parquet"

    tell(0.5, say("Writing the order lines"))
    lines = staged.kept
    if len(staged.kept_files) > 1:
        write_parquet(lines, path("order_lines"))
    tables = {"order_lines": count.rows_kept}
    tell(0.75, say("Adding up the orders"))
    orders = (
        lines.group_by("customer_id", "order_id")
        .aggregate(
            ordered_at=lines.ordered_at.min(),
            revenue=lines.revenue.sum(),
            line_count=lines.count(),
            unit_count=lines.quantity.sum(),
            country=lines.country.min(),
            channel=lines.channel.min(),
        )
        .cast({column.name: column.type for column in ORDERS.columns})
        .order_by("customer_id")  # customers are then counted in half the time; a second key would cost as much again
    )
    write_parquet(orders, path("orders"))
    written = engine.read_parquet(glob.escape(str(path("orders"))))
    total = (
        written.aggregate(
            orders=written.count(),
            customers=written.customer_id.nunique(),
            revenue=written.revenue.sum(),
            first=written.ordered_at.min().date(),
        )
        .to_pyarrow()
        .to_pylist()[0]
    )
    last = lines.ordered_at.max().date().to_pyarrow().as_py()
    tables["orders"] = int(total["orders"])
    if count.rows_returned:
        tell(0.85, say("Writing the returns"))
        numbers = [number for number, rule in enumerate(CLEANING_RULES) if rule.action == RETURNED]
        returned = staged.table.filter(staged.table.rule.isin(numbers))
        returned = returned.mutate(
            returned_at=returned.ordered_at, refund=returned.revenue.abs(), quantity=returned.quantity.abs()
        )
        returned = returned.select(
            **{column.name: returned[column.name].cast(column.type) for column in RETURNS.columns}
        )
        write_parquet(returned, path("returns"))
        tables["returns"] = count.rows_returned
    if len(staged.kept_files) == 1:
        staged.kept_files[0].rename(path("order_lines"))
    return Manifest(
        dataset="",
        version="",
        source="",
        created_at="",
        currency="",
        tables=tables,
        customers=int(total["customers"]),
        revenue=float(total["revenue"]),
        first_order_on=total["first"].isoformat(),
        last_order_on=last.isoformat(),
        rows_read=count.rows_read,
        ledger=count.entries,
    )
