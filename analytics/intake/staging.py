"""Raw rows to typed rows on the disk, each with the rule that caught it, and the ledger of what the rules did."""

from __future__ import annotations

import glob
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from analytics.errors import EmptyDataError, UnreadableFileError
from analytics.intake.cleaning import CleaningRule
from analytics.intake.delimited import broken_row, open_text_table
from analytics.intake.kinds import FileKind
from analytics.intake.ledger import Count, count_rules
from analytics.intake.mapping import short
from analytics.intake.readers import RawTable, engine_table, unreadable
from analytics.intake.reading import Reading, choose_reading, flat, reading_warnings, unread_error, with_days_joined
from analytics.text import say

Progress = Callable[[float, str], None]

FATE = ("rule", "is_changed", "is_unread")
"""The columns that say what becomes of a row: one file for each combination."""


@dataclass(frozen=True, slots=True)
class Staged:
    """Rows on the disk, in a file for each fate: which rule caught them, whether they were changed."""

    table: Any
    kept_files: tuple[Path, ...]

    @property
    def kept(self) -> Any:
        """The rows that no rule caught, without their fate."""
        return self.table.filter(self.table.rule == -1).drop(*FATE)


@dataclass(frozen=True, slots=True)
class Plan:
    """How the rows of one kind of file become canonical rows with a fate."""

    kind: FileKind
    rules: Sequence[CleaningRule]
    is_enabled: Mapping[str, bool]
    rows: Callable[[RawTable, Reading], Any]
    """(raw table, reading) → Ibis table with the canonical columns and those of `FATE`."""
    who: str
    """The column whose different values the ledger counts."""


def stage(
    raw: RawTable, mapping: Mapping[str, str], plan: Plan, engine: Any, scratch: Path
) -> tuple[Staged, Count, tuple[str, ...]]:
    """The typed rows with the rule that catches each, the ledger, and what could have been read in another way.

    The forms of dates and numbers are chosen on a sample first: only where that misleads are all rows asked.

    Raises:
        DataError: values are not the dates or numbers they should be.
        UnreadableFileError: a row has more or fewer values than the header.
        EmptyDataError: there are no rows, or the rules leave none.
    """
    joined = with_days_joined(raw, mapping, plan.kind)
    flattened = flat(mapping, raw, plan.kind)
    reading = choose_reading(joined, flattened, plan.kind)
    try:
        staged, count = _stage_once(joined, reading, plan, engine, scratch)
    except _NotUtf8Error:
        assert raw.text is not None  # noqa: S101 - only text files have an encoding
        text = open_text_table(raw.text.path, raw.label, scratch, is_utf8=False)
        return stage(engine_table(text, raw.label, engine), mapping, plan, engine, scratch)
    if count.rows_unread:
        reading = choose_reading(joined, flattened, plan.kind, whole=True)
        problem = unread_error(joined, reading)
        if problem is not None:
            raise problem
        staged, count = _stage_once(joined, reading, plan, engine, scratch)
    _check_something_is_left(count)
    return staged, count, (*raw.warnings, *reading_warnings(reading))


class _NotUtf8Error(Exception):
    """A byte far into the file is not UTF-8, though its beginning is."""


def _stage_once(raw: RawTable, reading: Reading, plan: Plan, engine: Any, scratch: Path) -> tuple[Staged, Count]:
    import duckdb

    rows = plan.rows(raw, reading)
    try:
        staged = write_staged(rows, scratch / f"staged-{plan.kind.name}", engine)
    except duckdb.Error as problem:
        raise _reading_error(raw, problem) from problem
    if staged is None:
        raise EmptyDataError(no_rows(raw.label))
    return staged, count_rules(staged.table, plan.rules, plan.is_enabled, plan.who)


def no_rows(label: str) -> str:
    """What is said of a file that has a header only."""
    return say(
        "'{label}' has a header and no rows. Export it again with rows, or choose another file.", label=short(label)
    )


def write_staged(rows: Any, folder: Path, engine: Any) -> Staged | None:
    """Run the one pass over the raw rows; None where there are none.

    Rows are parted while they are written, so that those that stay need not be written again.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    engine.to_parquet(rows, folder, partition_by=FATE, compression="snappy")
    files = sorted(folder.rglob("*.parquet"))
    if not files:
        return None
    table = engine.read_parquet([glob.escape(str(file)) for file in files], hive_partitioning=True)
    return Staged(table, tuple(file for file in files if "rule=-1" in file.parts))


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
