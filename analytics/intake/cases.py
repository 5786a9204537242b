"""A table of cases whose answer is known becomes the labelled table: every column kept and typed, the rows as they came.

Training and test file are typed together, so that a column is of one kind in both.
"""

from __future__ import annotations

import glob
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from analytics.errors import DataError
from analytics.intake.cleaning import LABELLED_RULES, enabled_rules, rule_number
from analytics.intake.clicks import Brought
from analytics.intake.further import check_plain, tidy_names, typed
from analytics.intake.headings import same_columns
from analytics.intake.kinds_together import TEXT, common_kinds, infinite_values, mixed_columns, of_kind
from analytics.intake.ledger import Count
from analytics.intake.mapping import LIKELY, propose_mapping, short
from analytics.intake.names import LABELLED_FILE
from analytics.intake.parsing import known_text, trimmed
from analytics.intake.readers import RawTable
from analytics.intake.reading import Reading, as_text, mended
from analytics.intake.staging import Plan, Progress, stage
from analytics.manifest import LedgerEntry
from analytics.schema import LABELLED
from analytics.sources import write_parquet
from analytics.text import say, say_count

MOST_COLUMNS = 500
"""More are refused: their types would take minutes to find, and a model of so many columns is no model of cases."""

_ROW = "_row"
_FURTHER = "_further/"
_CUSTOMER = "customer_id"


@dataclass(frozen=True, slots=True)
class Part:
    """The training file or the test file, and a folder of its own for its rows."""

    raw: RawTable
    scratch: Path


@dataclass(frozen=True, slots=True)
class _Staged:
    """The rows of a part that stay, with their numbers in the file, as they came."""

    label: str
    rows: Any
    count: Count
    kept: int


def bring_cases(
    training: Part, test: Part | None, mapping: Mapping[str, str], folder: Path, engine: Any, tell: Progress
) -> Brought:
    """Write `labelled` into a folder; `mapping` says of a customer's number which column of the training file it is.

    What comes back has a mapping of every column: tidy name → heading in the training file.

    Raises:
        DataError: the columns of the two files differ, are too many or none, hold what is no value, or nothing is left.
    """
    names = _names(training.raw, mapping)
    parts, headings = [training], [names]
    if test is not None:
        parts.append(test)
        headings.append(same_columns(names, training.raw.label, test.raw.columns, test.raw.label))
    for part, theirs in zip(parts, headings, strict=True):
        check_plain(part.raw.table, theirs.values(), part.raw.label)
    kinds = common_kinds(
        [{name: part.raw.table[column].type() for name, column in theirs.items()}
         for part, theirs in zip(parts, headings, strict=True)]
    )  # fmt: skip
    if _CUSTOMER in kinds:
        kinds[_CUSTOMER] = TEXT
    tell(0.05, say("Reading the cases"))
    staged, warnings = [], list(_doubtful_customer(mapping, training.raw))
    for number, (part, theirs) in enumerate(zip(parts, headings, strict=True)):
        rows, told = _stage(part, theirs, kinds, f"cases_{number}", engine)
        staged.append(rows)
        warnings += [*told, *infinite_values(part.raw, theirs)]
    _check_enough(staged[0])
    tell(0.4, say("Finding out what the columns hold"))
    table = _numbered(staged)
    columns = [name for name in names if name != _CUSTOMER]
    values = typed(table, [_FURTHER + name for name in columns])
    if len(staged) > 1:
        texts = [name for name in columns if values[_FURTHER + name].type().is_string()]
        tables = [(one.label, one.rows) for one in staged]
        warnings += mixed_columns(tables, {name: _FURTHER + name for name in texts}, names, _ROW)
    tell(0.6, say("Writing the cases"))
    path = folder / "labelled.parquet"
    given = [name for name in LABELLED.names if name in table.columns and (name in names or name != _CUSTOMER)]
    result = table.select(*given, **{name: values[_FURTHER + name] for name in columns})
    write_parquet(result.order_by("case"), path)
    written = engine.read_parquet(glob.escape(str(path)))
    warnings += _alike(written, has_test=test is not None)
    return Brought(
        {"labelled": sum(one.kept for one in staged)},
        dict(names),
        sum(one.count.rows_read for one in staged),
        _together([one.count.entries for one in staged]),
        tuple(dict.fromkeys(warnings)),
        "",
        "",
        test_cases=sum(one.kept for one in staged[1:]),
    )


def _names(raw: RawTable, mapping: Mapping[str, str]) -> dict[str, str]:
    """Tidy name → column of the training file, in its order.

    Raises:
        DataError: there is nothing besides a customer's number, or more than a model can take.
    """
    own = mapping.get(_CUSTOMER)
    tidy = tidy_names((column for column in raw.columns if column != own), LABELLED.names)
    if not tidy:
        raise DataError(
            say(
                "'{file}' has no column besides '{column}'. A case has an answer, and columns to tell it from.",
                file=short(raw.label),
                column=short(own or ""),
            )
        )
    if len(raw.columns) > MOST_COLUMNS:
        raise DataError(
            say(
                "'{file}' has {n:,} columns; a table of cases may have {most:,}. Leave out those that cannot tell "
                "anything about the answer.",
                file=short(raw.label),
                n=len(raw.columns),
                most=MOST_COLUMNS,
            )
        )
    return {(_CUSTOMER if column == own else tidy[column]): column for column in raw.columns}


def _doubtful_customer(mapping: Mapping[str, str], raw: RawTable) -> list[str]:
    doubtful = {
        item.canonical: item for item in propose_mapping(raw.columns, LABELLED_FILE) if item.confidence <= LIKELY
    }
    item = doubtful.get(_CUSTOMER)
    if item is None or mapping.get(_CUSTOMER) != item.column:
        return []
    return [
        say(
            "Column '{column}' was taken for the customer's number: it is for meeting customers, and no model learns from it.",
            column=short(item.column),
        )
    ]


def _stage(
    part: Part, names: Mapping[str, str], kinds: Mapping[str, str], view: str, engine: Any
) -> tuple[_Staged, tuple[str, ...]]:
    is_enabled = enabled_rules(None, LABELLED_RULES)

    def rows(raw: RawTable, _reading: Reading) -> Any:
        return _staged_cases(raw, names, kinds, is_enabled, view, engine)

    plan = Plan(LABELLED_FILE, LABELLED_RULES, is_enabled, rows, _CUSTOMER)
    own = {_CUSTOMER: names[_CUSTOMER]} if _CUSTOMER in names else {}
    staged, count, warnings = stage(part.raw, own, plan, engine, part.scratch)
    return _Staged(part.raw.label, staged.kept, count, count.rows_kept), warnings


def _staged_cases(
    raw: RawTable,
    names: Mapping[str, str],
    kinds: Mapping[str, str],
    is_enabled: Mapping[str, bool],
    view: str,
    engine: Any,
) -> Any:
    """Every raw row as a case, with its number in the file and the number of the rule that catches it."""
    import ibis

    chosen = {_FURTHER + name: of_kind(raw.table[column], kinds[name]) for name, column in names.items()}
    came = engine.create_view(view, raw.table.select(**chosen).mutate(**{_ROW: ibis.row_number()}), overwrite=True)
    texts = [known_text(trimmed(as_text(came[column]))) for column in chosen]
    own = _FURTHER + _CUSTOMER
    customer = mended(trimmed(came[own])) if own in chosen else ibis.null("string")
    read = engine.create_view(
        f"{view}_read",
        came.mutate(is_empty=ibis.coalesce(*texts).isnull(), **{_CUSTOMER: customer}),
        overwrite=True,
    )
    return read.select(
        _ROW,
        _CUSTOMER,
        *(column for column in chosen if column != own),
        rule=rule_number(read, is_enabled, LABELLED_RULES),
        is_changed=ibis.literal(0, "int8"),
        is_unread=ibis.literal(0, "int8"),
    )


def _check_enough(training: _Staged) -> None:
    if training.kept < 2:
        raise DataError(
            say(
                "'{file}' has one row with values only. A model learns from the difference between cases: bring at least two, "
                "better some hundreds.",
                file=short(training.label),
            )
        )


def _numbered(staged: Sequence[_Staged]) -> Any:
    """The rows of the parts under one another: each with its case's number and, where there are two, its part."""
    import ibis

    before, tables = 0, []
    for number, one in enumerate(staged):
        rows = one.rows.mutate(case=(one.rows[_ROW] + 1 + before).cast("int64"))
        if len(staged) > 1:
            rows = rows.mutate(is_test=ibis.literal(number > 0))
        tables.append(rows.drop(_ROW))
        before += one.count.rows_read
    return tables[0] if len(tables) == 1 else ibis.union(*tables)


def _together(ledgers: Sequence[Sequence[LedgerEntry]]) -> tuple[LedgerEntry, ...]:
    from dataclasses import replace

    return tuple(
        replace(entries[0], rows=sum(entry.rows for entry in entries), customers=0)
        for entries in zip(*ledgers, strict=True)
    )


def _alike(cases: Any, *, has_test: bool) -> list[str]:
    """What is said of rows that say exactly the same as another one."""
    import ibis

    same = [column for column in cases.columns if column not in ("case", "is_test")]
    in_test = cases.is_test.sum() if has_test else ibis.literal(0)
    groups = cases.group_by(same).aggregate(rows_alike=cases.count(), rows_in_test=in_test)
    groups = groups.select("rows_alike", "rows_in_test").filter(groups.rows_alike > 1)
    both = (groups.rows_in_test < groups.rows_alike).ifelse(groups.rows_in_test, 0)
    row = groups.aggregate(alike=(groups.rows_alike - 1).sum(), both=both.sum()).to_pyarrow().to_pylist()[0]
    told = []
    if row["alike"]:
        told.append(
            say_count(
                int(row["alike"]),
                "{n} row says exactly the same as an earlier one. It stays, and both are on one side of every split.",
                "{n} rows say exactly the same as an earlier one. They stay, and are kept on one side of every split.",
            )
        )
    if row["both"]:
        told.append(
            say_count(
                int(row["both"]),
                "{n} row of the test file is in the training file as well: what a model shows on it, it may know by heart.",
                "{n} rows of the test file are in the training file as well: what a model shows on them, it may know by heart.",
            )
        )
    return told
