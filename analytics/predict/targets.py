"""Targets: what a column of a labelled table holds, so that somebody can choose one to predict."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from analytics.sources import Source, fetch

MOST_ANSWERS: Final = 12
"""A column with more different values than these is not offered as a question of yes or no."""
_OURS: Final = ("case", "is_test")


@dataclass(frozen=True, slots=True)
class Target:
    """A column that may be predicted."""

    name: str
    is_number: bool
    values: tuple[str, ...] = ()
    """Its different values as texts, the rarest last; empty where there are more than `MOST_ANSWERS`."""


def untellable(source: Source) -> dict[str, int]:
    """Column of the labelled table → how many different values it has: one, or none; such a column cannot be predicted."""
    return {name: count for name, count in _different(source).items() if count <= 1}


def _different(source: Source) -> dict[str, int]:
    """Column of the labelled table → how many different values it has; in its order."""
    table = source.table("labelled")
    names = [name for name in table.columns if name not in _OURS]
    if not names:
        return {}
    counts = fetch(table.aggregate(**{name: table[name].nunique() for name in names})).iloc[0]
    return {name: int(counts[name]) for name in names}


def targets_of(source: Source) -> tuple[Target, ...]:
    """The columns of a source's labelled table, in its order; those with one value are not there: they tell nothing apart."""
    table = source.table("labelled")
    return tuple(_target(table, name, count) for name, count in _different(source).items() if count > 1)


def _target(table: object, name: str, different: int) -> Target:
    column = table[name]  # type: ignore[index]  # Ibis has no types
    is_number = bool(column.type().is_numeric()) and not bool(column.type().is_boolean())
    if different > MOST_ANSWERS:
        return Target(name, is_number)
    counted = fetch(table.group_by(name).agg(n=table.count()))  # type: ignore[attr-defined]  # Ibis has no types
    counted["text"] = counted[name].astype("string").str.strip()
    told = counted.dropna(subset=["text"]).sort_values(["n", "text"], ascending=[False, True])
    return Target(name, is_number, tuple(told["text"]))
