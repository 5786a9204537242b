"""What a version of a dataset says of itself: its tables, where they came from, and what cleaning did."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from datetime import date
from typing import Any

from analytics.calendar import day_after

UNDATED = date(2000, 1, 1)
"""The as-of date of data that has no days at all: it plays no part in any result, and is the same one each time."""


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """What one cleaning rule did: the rows, customers and revenue that it removed or changed."""

    rule: str
    label: str
    meaning: str
    action: str
    """`removed`, `kept as returns` or `changed`."""
    rows: int
    customers: int
    revenue: float
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class Carried:
    """A file that an earlier version was made from, and whose tables this version kept."""

    kind: str
    """What it held: orders, events, sessions, customers or labelled."""
    version: str
    """The version that it was imported as."""
    source: str
    rows_read: int
    mapping: dict[str, str] = field(default_factory=dict)
    ledger: tuple[LedgerEntry, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a version says of itself. Customers, revenue, first and last order are of its orders; empty or 0 without any."""

    dataset: str
    version: str
    source: str
    """The label of the file or shop that the version was made from."""
    created_at: str
    currency: str
    """ISO 4217 code, or empty where nobody said."""
    tables: dict[str, int]
    """Rows of each canonical table."""
    customers: int
    revenue: float
    first_order_on: str
    last_order_on: str
    rows_read: int
    mapping: dict[str, str] = field(default_factory=dict)
    """Canonical column → the column of the file it came from."""
    ledger: tuple[LedgerEntry, ...] = ()
    warnings: tuple[str, ...] = ()
    """What could have been read in another way, in sentences."""
    first_event_on: str = ""
    last_event_on: str = ""
    """Days of the first and last click or visit; empty where there are none or they have no day."""
    session_gap_minutes: int = 30
    """A visit ends where nothing follows for longer than this; it plays no part where the data came with visits."""
    kind: str = "orders"
    """What the imported file held: orders, events, sessions, customers or labelled. Source, rows read, mapping, ledger and
    warnings are of this file."""
    carried: tuple[Carried, ...] = ()
    """The files of earlier versions whose tables were kept."""
    test_cases: int = 0
    """Rows of the labelled table that came in a test file of their own."""

    @property
    def has_orders(self) -> bool:
        return "orders" in self.tables

    def mapping_of(self, kind: str) -> dict[str, str]:
        """Canonical column → the column of the file it came from, of the newest file of a kind; empty where none came.

        Of a labelled table every column is in it: its tidy name, and the heading that it has in the file.
        """
        if self.kind == kind:
            return self.mapping
        return next((part.mapping for part in reversed(self.carried) if part.kind == kind), {})

    @property
    def first_on(self) -> date | None:
        """The first day that the data knows: of the orders, or where there are none, of the clicks."""
        first = self.first_order_on or self.first_event_on
        return date.fromisoformat(first) if first else None

    @property
    def last_on(self) -> date | None:
        """The last day that the data knows: of the orders, or where there are none, of the clicks."""
        last = self.last_order_on or self.last_event_on
        return date.fromisoformat(last) if last else None

    @property
    def default_as_of(self) -> date:
        """The day after the last order, or where there are none, after the last click; a fixed day where nothing has one."""
        return day_after(self.last_on) if self.last_on else UNDATED


def manifest_from_json(content: object) -> Manifest:
    """The manifest that was written as JSON.

    Raises:
        TypeError, KeyError, ValueError: something is missing or of another shape.
    """
    if not isinstance(content, dict):
        raise TypeError("A manifest is an object.")
    known = {item.name for item in fields(Manifest)}  # a newer Clientele may have written more
    told = {name: value for name, value in content.items() if name in known}
    told["ledger"] = _ledger(told["ledger"])
    told["warnings"] = tuple(told.get("warnings", ()))
    told["carried"] = tuple(
        Carried(**{**item, "ledger": _ledger(item["ledger"]), "warnings": tuple(item["warnings"])})
        for item in told.get("carried", ())
    )
    return Manifest(**told)


def _ledger(entries: Iterable[dict[str, Any]]) -> tuple[LedgerEntry, ...]:
    return tuple(LedgerEntry(**entry) for entry in entries)
