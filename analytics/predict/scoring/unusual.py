"""Unusual values: what a model is asked about that it has not seen, counted and said."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import pandas as pd

from analytics.predict.inputs import Input
from analytics.text import plain, say, say_count

_FIGURES: Final = 6
"""Of a value beyond what was seen: with fewer it might be written as the limit is."""


@dataclass(slots=True)
class Unusual:
    """Counts values that a model has not seen, part by part."""

    inputs: Sequence[Input]
    counts: dict[tuple[str, str], int] = field(default_factory=dict)
    first: dict[tuple[str, str], str] = field(default_factory=dict)
    ends: dict[tuple[str, str], float] = field(default_factory=dict)
    """The smallest and the largest value beyond what was seen."""
    called: Mapping[str, str] = field(default_factory=dict)
    """Input → what the file calls it."""

    def add(self, frame: pd.DataFrame) -> None:
        """Look at further cases, as `checked_frame` gives them."""
        for item in self.inputs:
            values = frame[item.name]
            if item.kind == "text":
                if not item.other_levels:  # where there were others, whether a rare value was one of them is not known
                    self._count_texts(item, values)
            elif item.missing < 1:
                numbers = values.to_numpy()
                low, high = int((numbers < item.low).sum()), int((numbers > item.high).sum())
                if low:
                    self._count(item, "low", low)
                    self._reach(item, "low", float(np.nanmin(numbers)), min)
                if high:
                    self._count(item, "high", high)
                    self._reach(item, "high", float(np.nanmax(numbers)), max)

    def _count_texts(self, item: Input, values: pd.Series[Any]) -> None:
        known = set(item.levels)
        new = np.array([str(level) not in known for level in values.cat.categories], dtype=bool)
        if new.any():
            codes = values.cat.codes.to_numpy()
            found = codes[(codes >= 0) & new[codes]]
            if len(found):
                self._count(item, "new", len(found))
                self.first.setdefault((item.name, "new"), str(values.cat.categories[found[0]]))

    def _count(self, item: Input, kind: str, count: int) -> None:
        self.counts[item.name, kind] = self.counts.get((item.name, kind), 0) + count

    def _reach(self, item: Input, kind: str, value: float, further: Callable[[float, float], float]) -> None:
        self.ends[item.name, kind] = further(self.ends.get((item.name, kind), value), value)

    def notes(self) -> tuple[str, ...]:
        """A sentence for each input with such values."""
        return tuple(
            sentence for item in self.inputs for kind in ("new", "low", "high") if (sentence := self._note(item, kind))
        )

    def _note(self, item: Input, kind: str) -> str:
        count = self.counts.get((item.name, kind), 0)
        if not count:
            return ""
        value = self.first[item.name, kind][:40] if kind == "new" else plain(self.ends[item.name, kind], _FIGURES)
        about = {"column": self.called.get(item.name, item.name), "value": value}
        if kind == "new":
            return say_count(
                count,
                "Column '{column}' has a value that the model has not seen in {n} row: '{value}'.",
                "Column '{column}' has values that the model has not seen in {n} rows (first: '{value}').",
                **about,
            )
        if kind == "low":
            return say_count(
                count,
                "Column '{column}' is below all that the model has seen in {n} row: {value}, and the smallest was {low}.",
                "Column '{column}' is below all that the model has seen in {n} rows (down to {value}; the smallest was {low}).",
                low=plain(item.low, _FIGURES),
                **about,
            )
        return say_count(
            count,
            "Column '{column}' is above all that the model has seen in {n} row: {value}, and the largest was {high}.",
            "Column '{column}' is above all that the model has seen in {n} rows (up to {value}; the largest was {high}).",
            high=plain(item.high, _FIGURES),
            **about,
        )


def unusual_values(inputs: Sequence[Input], case: Mapping[str, Any]) -> tuple[str, ...]:
    """What a single case has that the model has not seen, a sentence each."""
    told = []
    for item in inputs:
        value = case[item.name]
        if value is None:
            continue
        if isinstance(value, str):
            if value not in item.levels and not item.other_levels:
                told.append(say("The model has never seen '{value}' as {label}.", value=value[:40], label=item.label))
        elif item.missing < 1 and not item.low <= value <= item.high:
            told.append(
                say(
                    "{label} of {value} is beyond what the model has seen: {low} to {high}.",
                    label=item.label,
                    value=plain(value, _FIGURES),
                    low=plain(item.low, _FIGURES),
                    high=plain(item.high, _FIGURES),
                )
            )
    return tuple(told)
