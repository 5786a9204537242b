"""Bytes to one raw table: the file formats that are read, each with its limits."""

from __future__ import annotations

import glob
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from analytics.errors import EmptyDataError, UnreadableFileError
from analytics.intake.delimited import TextTable, open_text_table, write_text_table
from analytics.intake.mapping import short
from analytics.text import say

SAMPLE_ROWS = 2_000
MOST_UNPACKED_BYTES = 2_000_000_000
"""An Excel workbook that unpacks to more than this is refused before it is parsed: a small zip can hold a huge one."""

LONGEST_LINE_BYTES = 16_000_000


@dataclass(frozen=True, slots=True)
class RawTable:
    """What a file holds, before anything is known of it. Every column is text or, from Parquet, of its own type."""

    label: str
    table: Any
    """An Ibis table whose rows come in the order of the file."""
    sample: Any
    """An Ibis table of a few rows from all over the file, quick to read."""
    columns: tuple[str, ...]
    text: TextTable | None = None
    """The text file behind it, where there is one."""
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reader:
    """A file format: the suffixes it is known by, how it is read, and what it cannot hold."""

    name: str
    suffixes: tuple[str, ...]
    label: str
    read: Callable[[Path, str, Any, Path], RawTable]
    """(file, label for messages, engine, folder for what is unpacked) → raw table."""
    limits: str
    signatures: tuple[bytes, ...] = ()
    """How such a file begins; any beginning will do where there are none."""


def read_raw(file: Path, label: str, engine: Any, scratch: Path) -> RawTable:
    """The one table in a file; its label's suffix says which format it is.

    Raises:
        UnreadableFileError: the suffix is not known, or the bytes are not what it says.
        EmptyDataError: there are no rows.
    """
    reader = reader_for(label)
    try:
        size = file.stat().st_size
        with file.open("rb") as stream:
            start = stream.read(64)
    except OSError as problem:
        raise UnreadableFileError(
            say("'{label}' cannot be read: {why}.", label=short(label), why=problem.strerror)
        ) from problem
    if not size:
        raise EmptyDataError(
            say("'{label}' is empty. Choose a file with a header and at least one row.", label=short(label))
        )
    if reader.signatures and not start.startswith(reader.signatures):
        raise UnreadableFileError(
            say(
                "'{label}' is not {format}, whatever its name says. Save it again as {format} or as CSV.",
                label=short(label),
                format=reader.label,
            )
        )
    return reader.read(file, label, engine, scratch)


def reader_for(label: str) -> Reader:
    """The reader for a file of that name.

    Raises:
        UnreadableFileError: no reader knows the suffix.
    """
    lowered = label.strip().casefold()
    reader = next((reader for reader in READERS if lowered.endswith(reader.suffixes)), None)
    if reader is None:
        raise UnreadableFileError(
            say(
                "'{label}' is of a kind that cannot be read. Use a file that ends in {suffixes}.",
                label=short(label),
                suffixes=", ".join(suffix for reader in READERS for suffix in reader.suffixes),
            )
        )
    return reader


def read_text(file: Path, label: str, engine: Any, scratch: Path) -> RawTable:
    """A delimited text file: separator, encoding and header are found out, every value stays text."""
    return engine_table(open_text_table(file, label, scratch), label, engine)


def engine_table(text: TextTable, label: str, engine: Any) -> RawTable:
    """A text table on the engine, every column text."""
    import ibis
    import pyarrow as pa

    names = [f"c{position}" for position in range(len(text.columns))]
    # The engine's own header detection can mistake a first row of words for data: it is told all that is known.
    table = engine.read_csv(
        glob.escape(str(text.path)),
        columns=dict.fromkeys(names, "VARCHAR"),
        header=False,
        skip=text.lines_before_rows,
        delim=text.delimiter,
        quote='"',
        escape='"',
        max_line_size=LONGEST_LINE_BYTES,
        buffer_size=2 * LONGEST_LINE_BYTES,
    ).rename(dict(zip(text.columns, names, strict=True)))
    sample = pa.table(
        {
            column: pa.array([row[place] for row in text.sample], pa.string())
            for place, column in enumerate(text.columns)
        }
    )
    return RawTable(label, table, ibis.memtable(sample), text.columns, text, text.warnings)


def read_parquet(file: Path, label: str, engine: Any, scratch: Path) -> RawTable:  # noqa: ARG001 - a reader's shape
    """A Parquet file, its columns of their own types."""
    import duckdb
    import ibis

    try:
        table = engine.read_parquet(glob.escape(str(file)))
        head = table.limit(SAMPLE_ROWS).to_pyarrow()
    except duckdb.Error as problem:
        raise unreadable(label, problem) from problem
    if not head.num_rows:
        raise EmptyDataError(
            say(
                "'{label}' has columns and no rows. Export it again with rows, or choose another file.",
                label=short(label),
            )
        )
    return RawTable(label, table, ibis.memtable(head), tuple(table.columns))


def read_excel(file: Path, label: str, engine: Any, scratch: Path) -> RawTable:
    """The first sheet of a workbook that holds a table.

    It is written out as text and goes on like any text file, so that there is one way to read dates and numbers.
    """
    import python_calamine

    _check_unpacked_size(file, label)
    try:
        workbook = python_calamine.CalamineWorkbook.from_path(str(file))
        sheets = list(workbook.sheet_names)
        for sheet in sheets:
            rows = workbook.get_sheet_by_name(sheet).to_python(skip_empty_area=True)
            rows = [row for row in rows if any(value != "" for value in row)]
            if len(rows) > 1 and sum(value != "" for value in rows[0]) > 1:
                break
        else:
            raise EmptyDataError(
                say("'{label}' has no sheet with a table: a header and at least one row below it.", label=short(label))
            )
    except (python_calamine.CalamineError, OSError, ValueError) as problem:
        raise unreadable(label, problem) from problem
    warnings: tuple[str, ...] = ()
    if len(sheets) > 1:
        warnings = (say("The workbook has {n} sheets; '{sheet}' was read.", n=len(sheets), sheet=short(sheet)),)
    text = write_text_table(rows, scratch / "sheet.csv", warnings)
    return engine_table(text, label, engine)


def _check_unpacked_size(file: Path, label: str) -> None:
    if not zipfile.is_zipfile(file):
        return
    try:
        with zipfile.ZipFile(file) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
    except (zipfile.BadZipFile, OSError) as problem:
        raise unreadable(label, problem) from problem
    if unpacked > MOST_UNPACKED_BYTES:
        raise UnreadableFileError(
            say(
                "'{label}' unpacks to {n:,} bytes; a workbook may have {most:,}. Save the sheet as CSV instead.",
                label=short(label),
                n=unpacked,
                most=MOST_UNPACKED_BYTES,
            )
        )


def unreadable(label: str, problem: BaseException) -> UnreadableFileError:
    """A library's complaint about a file, as a sentence for its owner."""
    first_line = next((line.strip() for line in str(problem).splitlines() if line.strip()), type(problem).__name__)
    return UnreadableFileError(
        say(
            "'{label}' cannot be read as a table ({why}). Save it again, as CSV if need be.",
            label=short(label),
            why=short(first_line, 160),
        )
    )


READERS: tuple[Reader, ...] = (
    Reader(
        "text",
        (".csv", ".tsv", ".txt", ".tab"),
        "a text table",
        read_text,
        "Separated by comma, semicolon, tab or '|', or padded with blanks; any length; lines up to 16 MB.",
    ),
    Reader(
        "parquet",
        (".parquet", ".pq"),
        "a Parquet file",
        read_parquet,
        "Any length.",
        (b"PAR1",),
    ),
    Reader(
        "excel",
        (".xlsx", ".xlsm", ".xls"),
        "an Excel workbook",
        read_excel,
        "The first sheet with a table, 1,048,575 rows, 2 GB when unpacked.",
        (b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"),
    ),
)


def suffixes() -> Sequence[str]:
    """The file suffixes that can be imported."""
    return [suffix for reader in READERS for suffix in reader.suffixes]
