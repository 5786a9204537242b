"""An order file becomes a new version of a dataset: staged once, counted, written, published."""

from __future__ import annotations

import glob
import re
import shutil
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from analytics.datasets import Manifest, Staging, open_version, publishing
from analytics.errors import EmptyDataError, RequestError, UnreadableFileError
from analytics.intake.cleaning import CLEANING_RULES, RETURNED, enabled_rules
from analytics.intake.companions import copy_companion, write_sessions
from analytics.intake.delimited import broken_row, open_text_table
from analytics.intake.ledger import Count, count_rules
from analytics.intake.mapping import choose_mapping, short
from analytics.intake.readers import RawTable, engine_table, read_raw, unreadable
from analytics.intake.staging import (
    FATE,
    Reading,
    Staged,
    choose_reading,
    reading_warnings,
    staged_lines,
    unread_error,
    write_staged,
)
from analytics.schema import CUSTOMERS, EVENTS, ORDERS, RETURNS
from analytics.sources import connect, write_parquet
from analytics.text import say

MEMORY_LIMIT = "4GB"
"""The engine's share of memory; what does not fit waits in the staging folder on the disk."""

Progress = Callable[[float, str], None]


def import_orders(
    file: Path,
    *,
    name: str,
    label: str | None = None,
    currency: str = "",
    mapping: Mapping[str, str] | None = None,
    rules: Mapping[str, bool] | None = None,
    customers: Path | None = None,
    events: Path | None = None,
    created_at: str = "",
    home: Path | None = None,
    progress: Progress | None = None,
) -> Manifest:
    """Read, clean and publish an order file as the newest version of dataset `name`; returns its manifest.

    `label` is the file's name as its owner knows it: its suffix decides the format. `mapping` says for some
    canonical columns which raw column they come from, `rules` switches cleaning rules on or off by name. `customers` and
    `events` are Parquet files of those canonical tables. `progress` is told a fraction from 0 to 1 and a sentence.

    Raises:
        RequestError: the name, a rule or a canonical column does not exist.
        UnreadableFileError: the file is no table.
        MappingError: a required column was not found.
        EmptyDataError: no order line is left.
        DataError: values are not the dates or numbers they should be.
        StoreError: the workspace cannot be written.

    Nothing is published when an error is raised.
    """
    tell = progress or (lambda _fraction, _sentence: None)
    label = label or file.name
    is_enabled = enabled_rules(rules)
    currency = currency.upper()
    if currency and not re.fullmatch("[A-Z]{3}", currency):
        raise RequestError(
            say("'{currency}' is no currency. Use its three letters, for example GBP.", currency=currency)
        )
    with publishing(name, home=home) as staging:
        scratch = staging.path / "scratch"
        scratch.mkdir()
        engine = connect(memory_limit=MEMORY_LIMIT, temp_directory=str(scratch / "spill"))
        try:
            tell(0.02, say("Looking at the file"))
            raw = read_raw(file, label, engine, scratch)
            chosen = choose_mapping(raw.columns, mapping)
            tell(0.05, say("Reading and cleaning the rows"))
            staged, count, warnings = _stage(raw, chosen, is_enabled, engine, scratch)
            _check_something_is_left(count)
            manifest = _write(staged, count, staging, tell, engine)
            for table, path in ((CUSTOMERS, customers), (EVENTS, events)):
                if path is not None:
                    tell(0.9, say("Copying the {table}", table=table.name))
                    rows = copy_companion(path, table, staging.path / f"{table.name}.parquet", engine)
                    manifest.tables[table.name] = rows
            if events is not None:
                tell(0.93, say("Parting the clicks into sessions"))
                folder = staging.path
                visits = write_sessions(folder / "events.parquet", folder / "sessions.parquet", engine)
                manifest.tables["sessions"] = visits.rows
                manifest = replace(manifest, first_event_on=visits.first_event_on, last_event_on=visits.last_event_on)
        finally:
            engine.disconnect()
        shutil.rmtree(scratch)
        tell(0.95, say("Publishing"))
        staging.manifest = replace(
            manifest,
            dataset=name,
            source=label,
            created_at=created_at,
            currency=currency,
            mapping=chosen,
            warnings=warnings,
        )
    tell(1.0, say("Done"))
    return open_version(name, home=home).manifest


def _stage(
    raw: RawTable, chosen: Mapping[str, str], is_enabled: Mapping[str, bool], engine: Any, scratch: Path
) -> tuple[Staged, Count, tuple[str, ...]]:
    """The typed lines with the rule that catches each, the ledger, and what could have been read in another way.

    The forms of dates and numbers are chosen on a sample first: only where that misleads are all rows asked.
    """
    reading = choose_reading(raw, chosen)
    try:
        staged, count = _stage_once(raw, reading, is_enabled, engine, scratch)
    except _NotUtf8Error:
        assert raw.text is not None  # noqa: S101 - only text files have an encoding
        text = open_text_table(raw.text.path, raw.label, scratch, is_utf8=False)
        return _stage(engine_table(text, raw.label, engine), chosen, is_enabled, engine, scratch)
    if count.rows_unread:
        reading = choose_reading(raw, chosen, whole=True)
        problem = unread_error(raw, reading)
        if problem is not None:
            raise problem
        staged, count = _stage_once(raw, reading, is_enabled, engine, scratch)
    return staged, count, (*raw.warnings, *reading_warnings(reading))


class _NotUtf8Error(Exception):
    """A byte far into the file is not UTF-8, though its beginning is."""


def _stage_once(
    raw: RawTable, reading: Reading, is_enabled: Mapping[str, bool], engine: Any, scratch: Path
) -> tuple[Staged, Count]:
    import duckdb

    lines = staged_lines(raw, reading, is_enabled, engine)
    try:
        staged = write_staged(lines, scratch / "staged", engine)
    except duckdb.Error as problem:
        raise _reading_error(raw, problem) from problem
    if staged is None:
        raise EmptyDataError(say("'{label}' has a header and no rows.", label=short(raw.label)))
    return staged, count_rules(staged.table, is_enabled)


def _reading_error(raw: RawTable, problem: Exception) -> Exception:
    if raw.text is None:
        return unreadable(raw.label, problem)
    if "not utf-8" in str(problem).lower() or "unicode" in str(problem).lower():
        return _NotUtf8Error()
    broken = broken_row(raw.text)
    if broken is None:
        return unreadable(raw.label, problem)
    row, values = broken
    return UnreadableFileError(
        say(
            "Row {row:,} of '{label}' (not counting the header) has {values} values where the header has {columns}. "
            "A quotation mark or a separator may be missing or too many: mend that row.",
            row=row,
            label=short(raw.label),
            values=values,
            columns=len(raw.columns),
        )
    )


def _check_something_is_left(count: Count) -> None:
    if count.rows_kept:
        return
    most = max(count.entries, key=lambda entry: entry.rows if entry.action != "changed" else -1)
    raise EmptyDataError(
        say(
            "Nothing is left of {n:,} rows: rule '{rule}' took {rows:,} of them. {meaning} Check the columns, or switch the rule "
            "off if it can be.",
            n=count.rows_read,
            rule=most.label,
            rows=most.rows,
            meaning=most.meaning,
        )
    )


def _write(staged: Staged, count: Count, staging: Staging, tell: Progress, engine: Any) -> Manifest:
    def path(table: str) -> Path:
        return staging.path / f"{table}.parquet"

    tell(0.5, say("Writing the order lines"))
    lines = staged.table.filter(staged.table.rule == -1).drop(*FATE)
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
