"""A look at a file before it is imported: what it holds, its columns, its first rows, and what they would become."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from analytics.intake.kinds import FileKind
from analytics.intake.mapping import (
    CERTAIN,
    Proposal,
    complete_mapping,
    likely_kind,
    missing_message,
    propose_mapping,
    short,
)
from analytics.intake.names import EVENTS_FILE, ORDERS, kind_named
from analytics.intake.readers import RawTable, read_raw
from analytics.intake.reading import (
    Reading,
    choose_reading,
    flat,
    parsed,
    reading_warnings,
    sample_problems,
    unparsed,
    with_days_joined,
)
from analytics.sources import connect
from analytics.text import say

ROWS_SHOWN = 10
MOST_LETTERS_SHOWN = 200


@dataclass(frozen=True, slots=True)
class Preview:
    """What a file holds and what it would become."""

    label: str
    kind: str
    """orders, events, sessions, customers or labelled."""
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    """The first rows as text; an empty text is a missing value."""
    proposals: tuple[Proposal, ...]
    """Where each canonical column would come from; those that nothing was found for are left out."""
    missing: tuple[str, ...]
    """Required canonical columns that nothing was found for."""
    warnings: tuple[str, ...]

    @property
    def mapping(self) -> dict[str, str]:
        """Canonical column → raw column, as the imports take it."""
        return {proposal.canonical: proposal.column for proposal in self.proposals}


def preview(file: Path, *, label: str, kind: str | None = None, mapping: Mapping[str, str] | None = None) -> Preview:
    """The columns and first rows of a file and the mapping proposed for them.

    Of a text or Parquet file only a part is read; a workbook is read whole.

    `label` is the file's name as its owner knows it; its suffix decides the format. `kind` says what the file holds, which
    is guessed from its headers otherwise; `mapping` has the user's own choices, as the imports take them.

    Raises:
        UnreadableFileError: the file is no table.
        EmptyDataError: it has no rows.
        RequestError, MappingError: the kind or a choice is impossible.
    """
    with tempfile.TemporaryDirectory() as folder:
        engine = connect()
        try:
            raw = read_raw(file, label, engine, Path(folder))
            held = kind_named(kind) if kind else likely_kind(raw.columns)
            head = raw.sample.limit(ROWS_SHOWN).to_pyarrow().to_pylist()
            proposals = _proposals(raw, held, mapping)
            missing, warnings = _checked(raw, held, {item.canonical: item.column for item in proposals})
        finally:
            engine.disconnect()
    rows = tuple(
        tuple("" if row[column] is None else short(row[column], MOST_LETTERS_SHOWN) for column in raw.columns)
        for row in head
    )
    return Preview(label, held.name, raw.columns, rows, proposals, missing, warnings)


def _proposals(raw: RawTable, kind: FileKind, wanted: Mapping[str, str] | None) -> tuple[Proposal, ...]:
    if not wanted:
        return propose_mapping(raw.columns, kind)
    proposed = {(item.canonical, item.column): item for item in propose_mapping(raw.columns, kind)}
    return tuple(
        proposed.get((canonical, column))
        or Proposal(
            canonical,
            column,
            CERTAIN,
            say("You chose '{column}': {meaning}.", column=column, meaning=kind.column(canonical).meaning),
        )
        for canonical, column in complete_mapping(raw.columns, wanted, kind).items()
    )


def _checked(raw: RawTable, kind: FileKind, mapping: Mapping[str, str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What a mapping lacks, and what is to be known of it before the import."""
    warnings = list(raw.warnings)
    joined = with_days_joined(raw, mapping, kind)
    reading = choose_reading(joined, flat(mapping, raw, kind), kind)
    missing = kind.missing(mapping)
    if kind is EVENTS_FILE and "occurred_at" in mapping and not _has_clock(joined.sample, reading):
        warnings.append(
            say("Column '{column}' holds days without a time of day.", column=short(mapping["occurred_at"]))
        )
        missing = kind.missing({name: column for name, column in mapping.items() if name != "occurred_at"})
    if missing:
        warnings.append(missing_message(missing, raw.columns, kind))
    elif kind is ORDERS and "order_id" not in mapping:
        warnings.append(
            say("No column was recognised as the order number: what a customer bought at one instant is one order.")
        )
    elif kind is EVENTS_FILE and "event_type" not in mapping:
        warnings.append(
            say("No column was recognised as the type of event: carts and purchases among the clicks are not known.")
        )
    return missing, (*warnings, *sample_problems(reading), *reading_warnings(reading))


def _has_clock(sample: Any, reading: Reading) -> bool:
    """Whether any time in the sample is not midnight; true where none can be read."""
    at = parsed("occurred_at", unparsed("occurred_at", sample[reading.mapping["occurred_at"]], reading), reading)
    row = sample.aggregate(times=at.count(), clocks=(at != at.truncate("D")).sum()).to_pyarrow().to_pylist()[0]
    return not row["times"] or bool(row["clocks"])
