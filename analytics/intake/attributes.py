"""A file of customers' attributes becomes the canonical customers: known columns typed, all others kept as they came."""

from __future__ import annotations

import glob
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from analytics.errors import DataError
from analytics.intake.cleaning import CUSTOMER_RULES, enabled_rules, rule_number
from analytics.intake.clicks import Brought
from analytics.intake.further import check_plain, typed
from analytics.intake.mapping import short
from analytics.intake.names import CUSTOMERS_FILE
from analytics.intake.readers import RawTable
from analytics.intake.reading import Reading, is_unread, mended, parsed, unparsed
from analytics.intake.staging import Plan, Progress, stage
from analytics.schema import CUSTOMERS
from analytics.sources import write_parquet
from analytics.text import say

_FURTHER = "_further/"


def bring_customers(
    raw: RawTable, mapping: Mapping[str, str], folder: Path, scratch: Path, engine: Any, tell: Progress
) -> Brought:
    """Write `customers` into a folder; a further column whose name a canonical one has becomes `own_…`.

    Raises:
        DataError: a customer is there twice, values cannot be read, or nothing is left.
    """
    is_enabled = enabled_rules(None, CUSTOMER_RULES)
    used = set(mapping.values())
    names = {
        column: f"own_{column}" if column.casefold() in mapping else column
        for column in raw.columns
        if column not in used
    }
    check_plain(raw.table, names, raw.label)

    def rows(raw: RawTable, reading: Reading) -> Any:
        return _staged_customers(raw, reading, names, is_enabled, engine)

    plan = Plan(CUSTOMERS_FILE, CUSTOMER_RULES, is_enabled, rows, "customer_id")
    tell(0.05, say("Reading the customers"))
    staged, count, warnings = stage(raw, mapping, plan, engine, scratch)
    _check_once(staged.kept, raw.label)
    further = [column for column in staged.kept.columns if column.startswith(_FURTHER)]
    kept = staged.kept.mutate(
        **{column.removeprefix(_FURTHER): value for column, value in typed(staged.kept, further).items()}
    ).drop(*further)
    path = folder / "customers.parquet"
    tell(0.6, say("Writing the customers"))
    write_parquet(kept.order_by("customer_id"), path)
    written = int(engine.read_parquet(glob.escape(str(path))).count().to_pyarrow().as_py())
    return Brought({"customers": written}, dict(mapping), count.rows_read, count.entries, warnings, "", "")


def _staged_customers(
    raw: RawTable, reading: Reading, names: Mapping[str, str], is_enabled: Mapping[str, bool], engine: Any
) -> Any:
    """Every raw row as a customer, with the number of the rule that catches it."""
    import ibis

    table, mapping = raw.table, reading.mapping
    chosen: dict[str, Any] = {name: unparsed(name, table[column], reading) for name, column in mapping.items()}
    chosen |= {_FURTHER + name: table[column] for column, name in names.items()}
    texts = engine.create_view("customer_texts", table.select(**chosen), overwrite=True)
    values: dict[str, Any] = {name: parsed(name, texts[name], reading) for name in mapping}
    values["customer_id"] = mended(texts.customer_id)
    values["is_unread"] = is_unread(values, {name: texts[name] for name in reading.fits}, reading)
    values = {name: _cast(name, value) for name, value in values.items()}
    values |= {_FURTHER + name: texts[_FURTHER + name] for name in names.values()}
    read = engine.create_view("customer_values", texts.select(**values), overwrite=True)
    return read.select(
        *(column.name for column in CUSTOMERS.columns if column.name in mapping),
        *(_FURTHER + name for name in names.values()),
        rule=rule_number(read, is_enabled, CUSTOMER_RULES),
        is_changed=ibis.literal(0, "int8"),
        is_unread=read.is_unread.cast("int8"),
    )


def _cast(name: str, value: Any) -> Any:
    return value.cast(CUSTOMERS.column(name).type) if name in CUSTOMERS.names else value


def _check_once(kept: Any, label: str) -> None:
    repeated = kept.group_by("customer_id").aggregate(rows=kept.count())
    repeated = repeated.filter(repeated["rows"] > 1).order_by("customer_id").limit(1).to_pyarrow().to_pylist()
    if repeated:
        raise DataError(
            say(
                "'{file}' has customer '{customer}' {n} times. Keep one row per customer.",
                file=short(label),
                customer=short(repeated[0]["customer_id"]),
                n=repeated[0]["rows"],
            )
        )
