"""Columns of one file found again in another by their headings: the order may differ, and how a heading is written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from analytics.errors import DataError
from analytics.intake.mapping import listed, normalised, short
from analytics.text import say


@dataclass(frozen=True, slots=True)
class Found:
    """Which column of another file each known one is, which are not there, and which are there besides."""

    columns: dict[str, str]
    """Known name → column of the other file."""
    missing: tuple[str, ...]
    extra: tuple[str, ...]


def columns_by_heading(known: Mapping[str, str], columns: Sequence[str]) -> Found:
    """The columns of a file by the names that are known: name → heading, as `Manifest.mapping_of` has them.

    A heading is found as it is written, then by the name itself, then without case, blanks and punctuation: `price 2`,
    `price_2` and `Price 2` are one. A column serves once, and one that is written exactly so goes before one that is not.
    """
    left = list(columns)
    found: dict[str, str] = {}
    for wanted in (known, {name: name for name in known}):
        for name, heading in wanted.items():
            if name not in found and heading in left:
                found[name] = heading
                left.remove(heading)
    for name, heading in known.items():
        if name in found:
            continue
        alike = {normalised(heading), normalised(name)} - {""}
        column = next((column for column in left if normalised(column) in alike), None)
        if column is not None:
            found[name] = column
            left.remove(column)
    return Found(
        {name: found[name] for name in known if name in found},
        tuple(name for name in known if name not in found),
        tuple(left),
    )


def same_columns(known: Mapping[str, str], file: str, columns: Sequence[str], other: str) -> dict[str, str]:
    """Known name → column of another file, which has to have the same columns in any order; both files by their labels.

    Raises:
        DataError: a column is in one of them only.
    """
    found = columns_by_heading(known, columns)
    if found.missing:
        raise DataError(
            say(
                "'{other}' has no column {missing}, and '{file}' has. Both files need the same columns, in any order.",
                other=short(other),
                file=short(file),
                missing=listed([known[name] for name in found.missing], 10),
            )
        )
    if found.extra:
        raise DataError(
            say(
                "'{other}' has a column {extra}, and '{file}' has not. Both files need the same columns, in any order.",
                other=short(other),
                file=short(file),
                extra=listed(found.extra, 10),
            )
        )
    return found.columns
