"""What is not known: the share missing in each column, and which columns are missing together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from analytics.customers import KEY, CustomerTable
from analytics.exploration.columns import columns, rows_of
from analytics.matching import Mask
from analytics.metrics import heading
from analytics.rules import AllOf, Condition, Rule

MOST_PATTERNS: Final = 10
_MOST_COLUMNS: Final = 62


@dataclass(frozen=True, slots=True)
class Gap:
    """How much of a column is missing."""

    name: str
    label: str
    missing: int
    customers: int
    meaning: str
    """What it means that a value is missing."""

    @property
    def share(self) -> float:
        return self.missing / self.customers if self.customers else 0.0


@dataclass(frozen=True, slots=True)
class Pattern:
    """Customers for whom the same columns are missing, and no others."""

    missing: tuple[str, ...]
    customers: int
    rule: Rule | None
    """Who they are; None where no column has a gap."""


@dataclass(frozen=True, slots=True)
class Completeness:
    """What is missing: each column's gaps, most first, and the ways in which they come together, most frequent first."""

    customers: int
    gaps: tuple[Gap, ...]
    patterns: tuple[Pattern, ...]
    other_patterns: int
    """Customers in rarer patterns than those listed."""


def completeness(table: CustomerTable, keep: Mask | None = None) -> Completeness:
    """Count what is missing for the customers kept; columns that name a person count too, without their content."""
    rows = rows_of(keep)
    frame = table.frame if rows is None else table.frame.iloc[rows]
    known = {item.name: item for item in columns(table)}
    gaps, masks = [], []
    for name in (item for item in table.frame.columns if item != KEY):
        absent = frame[name].isna().to_numpy()
        count = int(np.count_nonzero(absent))
        described = known.get(str(name))
        label = described.label if described else heading(str(name))
        gaps.append(Gap(str(name), label, count, len(frame), described.missing if described else ""))
        if count:
            masks.append((str(name), absent))
    gaps.sort(key=lambda gap: (-gap.missing, gap.name))
    masks = masks[:_MOST_COLUMNS]
    bits = np.zeros(len(frame), dtype=np.int64)
    for place, (_, absent) in enumerate(masks):
        bits |= absent.astype(np.int64) << place
    found, counts = np.unique(bits, return_counts=True)
    order = np.argsort(-counts, kind="stable")
    patterns = []
    for bit, count in zip(found[order].tolist(), counts[order].tolist(), strict=True):
        names = tuple(name for place, (name, _) in enumerate(masks) if bit >> place & 1)
        parts = [Condition(name, "missing" if name in names else "known") for name, _ in masks]
        patterns.append(Pattern(names, count, AllOf(tuple(parts)) if parts else None))
    shown = tuple(patterns[:MOST_PATTERNS])
    return Completeness(len(frame), tuple(gaps), shown, len(frame) - sum(item.customers for item in shown))
