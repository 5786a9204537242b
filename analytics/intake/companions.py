"""Customers and events that come beside the orders: already canonical, checked and copied in."""

from __future__ import annotations

import glob
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from analytics.errors import DataError, MappingError
from analytics.intake.mapping import listed, short
from analytics.intake.parsing import utc
from analytics.intake.readers import unreadable
from analytics.intake.staging import identifier
from analytics.schema import EVENTS, GIVEN_AT_IMPORT, Table
from analytics.sessions import numbered, sessions_of
from analytics.sources import write_parquet
from analytics.text import say, say_count


def copy_companion(file: Path, table: Table, target: Path, engine: Any) -> int:
    """Check a Parquet file of a canonical table, give it the canonical types, write it; returns its rows.

    Clicks are parted into sessions and numbered.

    Raises:
        UnreadableFileError: it is no Parquet file.
        MappingError: a required column is missing.
        DataError: a required value is missing, a customer is there twice, or a value is not of its column's type.
    """
    import duckdb

    try:
        came = engine.read_parquet(glob.escape(str(file)))
        _check_columns(came.columns, table, file)
        canonical = [column for column in table.columns if column.name in came.columns]
        kept = [name for name in came.columns if table.open_ended and name not in table.names]
        _check_kept(came, kept, table, file)
        shaped = came.select(
            **{column.name: _typed(came[column.name], column.type) for column in canonical},
            **{name: came[name] for name in kept},
        )
        needed = [column.name for column in canonical if column.required and column.name not in GIVEN_AT_IMPORT]
        counts = {name: shaped[name].isnull().sum() for name in needed}
        row = shaped.aggregate(rows=shaped.count(), **counts).to_pyarrow().to_pylist()[0]
        _check_values(row, shaped, table, file)
        if table is EVENTS:
            _check_clicks(shaped, file)
            shaped = numbered(shaped)
        write_parquet(shaped, target)
    except duckdb.ConversionException as problem:
        raise DataError(
            say(
                "'{file}' has values that are not of their column's type: {why}.",
                file=file.name,
                why=short(problem, 160),
            )
        ) from problem
    except duckdb.Error as problem:
        raise unreadable(file.name, problem) from problem
    return int(row["rows"])


@dataclass(frozen=True, slots=True)
class WrittenSessions:
    """How many sessions were written, and the days of the first and the last click; empty where no click has a day."""

    rows: int
    first_event_on: str
    last_event_on: str


def write_sessions(events: Path, target: Path, engine: Any) -> WrittenSessions:
    """Write the sessions of an events file that has been written, each click with its number."""
    clicks = engine.read_parquet(glob.escape(str(events)))
    write_parquet(sessions_of(clicks), target)
    sessions = engine.read_parquet(glob.escape(str(target)))
    days = [clicks[name].cast("date") for name in ("occurred_at", "occurred_on") if name in clicks.columns]
    last = days[0].coalesce(*days[1:]).max().to_pyarrow().as_py() if days else None
    row = sessions.aggregate(rows=sessions.count(), first=sessions.started_on.min()).to_pyarrow().to_pylist()[0]
    return WrittenSessions(
        int(row["rows"]),
        row["first"].isoformat() if row["first"] else "",
        last.isoformat() if last else "",
    )


def _check_columns(columns: tuple[str, ...], table: Table, file: Path) -> None:
    missing = [name for name in table.required if name not in (*columns, *GIVEN_AT_IMPORT)]
    is_timed = "occurred_at" in columns or {"session_id", "position"} <= set(columns)
    if table.name == "events" and not is_timed:
        missing.append("occurred_at (or session_id and position)")
    if missing:
        raise MappingError(
            say(
                "'{file}' has no column {missing}, which {table} need. It has {found}.",
                file=file.name,
                missing=", ".join(missing),
                table=table.name,
                found=listed(columns),
            )
        )


def _check_kept(came: Any, kept: list[str], table: Table, file: Path) -> None:
    """Further columns must be plain values, under names that differ by more than large and small letters."""
    known = {name.lower(): name for name in table.names if name in came.columns}
    for name in kept:
        if name.lower() in known:
            raise MappingError(
                say(
                    "'{file}' has both '{one}' and '{other}'. Rename one of them.",
                    file=file.name,
                    one=known[name.lower()],
                    other=name,
                )
            )
        known[name.lower()] = name
        kind = came[name].type()
        if kind.is_binary() or kind.is_nested():
            raise DataError(
                say(
                    "Column '{column}' of '{file}' holds {kind} values. Turn them into text or numbers, or leave it out.",
                    column=short(name),
                    file=file.name,
                    kind=kind.name.lower(),
                )
            )


def _check_values(row: dict[str, Any], shaped: Any, table: Table, file: Path) -> None:
    empty = next((name for name in table.required if row.get(name)), None)
    if empty:
        raise DataError(
            say(
                "'{file}' has {n:,} rows without {column}. Every row needs one.",
                file=file.name,
                n=row[empty],
                column=empty,
            )
        )
    if table.name == "customers":
        repeated = shaped.group_by("customer_id").aggregate(rows=shaped.count())
        repeated = repeated.filter(repeated["rows"] > 1).order_by("customer_id").limit(1).to_pyarrow().to_pylist()
        if repeated:
            raise DataError(
                say(
                    "'{file}' has customer '{customer}' {n} times. Keep one row per customer.",
                    file=file.name,
                    customer=short(repeated[0]["customer_id"]),
                    n=repeated[0]["rows"],
                )
            )


def _check_clicks(shaped: Any, file: Path) -> None:
    """Every click needs a visitor and a time, or the visit that it came with."""
    import ibis

    whose = [shaped[name].isnull() for name in ("visitor_id", "occurred_at") if name in shaped.columns]
    is_homeless = ibis.or_(*whose) if len(whose) == 2 else ibis.literal(True)
    if "session_id" in shaped.columns:
        is_homeless &= shaped.session_id.isnull()
    rows = shaped.filter(is_homeless).count().to_pyarrow().as_py()
    if rows:
        raise DataError(
            say_count(
                rows,
                "'{file}' has {n} click that belongs to no visit. It needs a visitor_id and an occurred_at, or a session_id.",
                "'{file}' has {n} clicks that belong to no visit. Each needs a visitor_id and an occurred_at, or a session_id.",
                file=file.name,
            )
        )


def _typed(column: Any, type_: str) -> Any:
    if type_.startswith("timestamp"):
        return utc(column)
    if type_ == "string":
        return identifier(column)
    return column.cast(type_)
