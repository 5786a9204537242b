"""Drift of inputs: how far the cases that are scored are from those that a model learnt from.

By the population stability index of each input (`analytics.shifts`: Siddiqi 2006): below .1 it is as it was, to .25 it has moved,
above that the model is asked about other cases than those it knows. Few cases have a large index by chance alone: times their
number it is about χ² distributed, with a degree of freedom less than there are bins (Yurdakul 2018, Statistical Properties of
Population Stability Index). What may be chance is not called a drift.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import pandas as pd

from analytics.predict.inputs import Input
from analytics.shifts import Verdict, stability_index, verdict
from analytics.text import say

WORDS: Final[dict[Verdict, str]] = {
    "stable": "As it was",
    "moved": "Moved: keep an eye on it",
    "changed": "Other cases than it learnt from: train again",
}
_SURE: Final = 0.999
"""How sure it has to be that an index is no chance: of fifty inputs, one would be called moved in twenty files otherwise."""


@dataclass(frozen=True, slots=True)
class Moved:
    """How far one input is from what it was."""

    feature: str
    label: str
    index: float
    """The population stability index; 0 is no drift."""
    verdict: Verdict
    is_chance: bool = False
    """Whether so few cases have as large an index by chance: it says nothing then."""

    @property
    def words(self) -> str:
        return say("Too few cases to tell") if self.is_chance else say(WORDS[self.verdict])

    def to_json(self) -> dict[str, Any]:
        return {"column": self.feature, "psi": self.index, "verdict": self.verdict, "words": self.words}


@dataclass(slots=True)
class Counted:
    """Cases counted in the bins of their inputs, part by part."""

    inputs: Sequence[Input]
    rows: int = 0
    counts: dict[str, np.ndarray[Any, np.dtype[np.float64]]] = field(default_factory=dict)

    def add(self, frame: pd.DataFrame) -> None:
        """Count further cases; the frame has every input."""
        self.rows += len(frame)
        for item in self.inputs:
            if item.bins is not None:
                counted = item.bins.count(frame[item.name]) * len(frame)
                before = self.counts.get(item.name)
                self.counts[item.name] = counted if before is None else before + counted

    def moved(self) -> tuple[Moved, ...]:
        """The drift of each input, the largest first."""
        found = []
        for item in self.inputs:
            if item.bins is not None and self.rows:
                index = stability_index(item.bins.shares, self.counts[item.name] / self.rows)
                told = verdict(index)
                is_chance = told != "stable" and index <= _by_chance(len(item.bins.shares), self.rows)
                found.append(Moved(item.name, item.label, index, "stable" if is_chance else told, is_chance))
        return tuple(sorted(found, key=lambda one: (-one.index, one.feature)))


def is_told(moved: Sequence[Moved]) -> bool:
    """Whether there is anything to tell of a drift: not where nothing has moved and most of it may be chance."""
    by_chance = sum(one.is_chance for one in moved)
    return any(one.verdict != "stable" for one in moved) or 2 * by_chance < len(moved)


def _by_chance(bins: int, rows: int) -> float:
    """The largest index that so many cases, drawn from those of before, have by chance."""
    from scipy.stats import chi2

    return float(chi2.ppf(_SURE, bins - 1)) / rows


def drift(inputs: Sequence[Input], frame: pd.DataFrame) -> tuple[Moved, ...]:
    """How far each input of some cases is from the training part, the largest first. The frame is as `checked_frame` gives it."""
    counted = Counted(inputs)
    counted.add(frame)
    return counted.moved()
