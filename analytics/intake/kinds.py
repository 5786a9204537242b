"""What a file may hold: orders, clicks, visits or customers, each with the columns it needs and the names that exports use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from analytics.schema import Column, Table


@dataclass(frozen=True, slots=True)
class Family:
    """A known export: it is recognised by its columns, and then says what they are."""

    name: str
    signature: frozenset[str]
    """Normalised headers that are all there in such a file."""
    columns: Mapping[str, tuple[str, ...]]
    """Canonical column → normalised headers, the best first; `a+b` stands for several columns together."""
    not_these: frozenset[str] = field(default=frozenset())
    """Headers that look like a canonical column and are not: totals of the order repeated on each line, say."""


@dataclass(frozen=True, slots=True)
class Need:
    """Something that a file must say: one of the ways of saying it has to be there, whole."""

    column: str
    """The canonical column that is named where it is missing."""
    ways: tuple[frozenset[str], ...]
    words: str
    """What is missing, as a sentence names it."""


@dataclass(frozen=True, slots=True)
class FileKind:
    """One kind of file: its table, what it needs, and which names its columns go by."""

    name: str
    label: str
    """As the screen names it."""
    one_row_is: str
    table: Table
    needs: tuple[Need, ...]
    aliases: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]]
    """Canonical column → (names that leave no doubt, names that are likely), the better first."""
    families: tuple[Family, ...] = ()
    sums: frozenset[str] = frozenset()
    """Canonical columns that several raw columns may add up to."""

    def column(self, canonical: str) -> Column:
        return self.table.column(canonical)

    def missing(self, mapping: Mapping[str, str]) -> tuple[str, ...]:
        """The needed canonical columns that a mapping lacks."""
        return tuple(need.column for need in self.needs if not any(way <= mapping.keys() for way in need.ways))

    def need(self, canonical: str) -> Need:
        return next(need for need in self.needs if need.column == canonical)
