"""What a learner is: words, an estimator with its usual settings, and what a search may vary of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from analytics.predict.problems.definition import Kind

Value = float | int | str | bool | None


@dataclass(frozen=True, slots=True)
class Setting:
    """Something that a search may vary."""

    name: str
    values: tuple[Value, ...]
    """What is tried, from the simplest to the most elaborate."""


@dataclass(frozen=True, slots=True)
class Learner:
    """A way to learn: words, an estimator, and what a search may vary of it."""

    name: str
    label: str
    meaning: str
    kind: Kind
    make: Callable[[Mapping[str, Value], int], Any]
    """(settings, seed) → an unfitted estimator; settings that are left out have its usual values."""
    settings: tuple[Setting, ...] = ()
    is_tree: bool = False
    """Whether it splits numbers: scale and monotone changes play no part."""
    is_exact: bool = False
    """Whether it solves equations, which want numbers of double precision; all others do with half the memory."""
    can_log: bool = False
    """Whether it may predict an amount's logarithm instead of the amount."""
