"""Customers that come beside the orders: already canonical, checked and copied in."""

from __future__ import annotations

import glob
from pathlib import Path
from typing import Any

from analytics.errors import DataError, MappingError
from analytics.intake.mapping import listed, short
from analytics.intake.parsing import utc
from analytics.intake.readers import unreadable
from analytics.intake.reading import identifier
from analytics.schema import Table
from analytics.sources import write_parquet
from analytics.text import say


def copy_companion(file: Path, table: Table, target: Path, engine: Any) -> int:
    """Check a Parquet file of a canonical table, give it the canonical types, write it; returns its rows.

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
        needed = [column.name for column in canonical if column.required]
        counts = {name: shaped[name].isnull().sum() for name in needed}
        row = shaped.aggregate(rows=shaped.count(), **counts).to_pyarrow().to_pylist()[0]
        _check_values(row, shaped, table, file)
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


def _check_columns(columns: tuple[str, ...], table: Table, file: Path) -> None:
    missing = [name for name in table.required if name not in columns]
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


def _typed(column: Any, type_: str) -> Any:
    if type_.startswith("timestamp"):
        return utc(column)
    if type_ == "string":
        return identifier(column)
    return column.cast(type_)
