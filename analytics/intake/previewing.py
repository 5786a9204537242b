"""A look at a file before it is imported: its columns, its first rows, and what they would become."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

from analytics.intake.mapping import Proposal, missing_message, propose_mapping, short
from analytics.intake.names import ORDERS
from analytics.intake.readers import read_raw
from analytics.intake.reading import choose_reading, reading_warnings, sample_problems
from analytics.sources import connect
from analytics.text import say

ROWS_SHOWN = 10
MOST_LETTERS_SHOWN = 200


@dataclass(frozen=True, slots=True)
class Preview:
    """What a file holds and what it would become."""

    label: str
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
        """Canonical column → raw column, as `import_orders` takes it."""
        return {proposal.canonical: proposal.column for proposal in self.proposals}


def preview(file: Path, *, label: str) -> Preview:
    """The columns and first rows of a file and the mapping proposed for them.

    Of a text or Parquet file only a part is read; a workbook is read whole.

    `label` is the file's name as its owner knows it; its suffix decides the format.

    Raises:
        UnreadableFileError: the file is no table.
        EmptyDataError: it has no rows.
    """
    with tempfile.TemporaryDirectory() as folder:
        engine = connect()
        try:
            raw = read_raw(file, label, engine, Path(folder))
            head = raw.sample.limit(ROWS_SHOWN).to_pyarrow().to_pylist()
            proposals = propose_mapping(raw.columns)
            mapping = {proposal.canonical: proposal.column for proposal in proposals}
            warnings = list(raw.warnings)
            missing = ORDERS.missing(mapping)
            if missing:
                warnings.append(missing_message(missing, raw.columns))
            elif "order_id" not in mapping:
                warnings.append(
                    say(
                        "No column was recognised as the order number: what a customer bought at one instant is one order."
                    )
                )
            reading = choose_reading(raw, mapping, ORDERS)
            warnings.extend((*sample_problems(reading), *reading_warnings(reading)))
        finally:
            engine.disconnect()
    rows = tuple(
        tuple("" if row[column] is None else short(row[column], MOST_LETTERS_SHOWN) for column in raw.columns)
        for row in head
    )
    return Preview(label, raw.columns, rows, proposals, missing, tuple(warnings))
