"""Inputs: what a model expects of each column. Forms, checks of files that are scored, and drift follow from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal

import numpy as np
import pandas as pd

from analytics.errors import DataError, MissingColumnsError
from analytics.predict.cases import Cases, Numbers, bounded, days_since_2000
from analytics.shifts import Bins, bins_from_json, bins_of
from analytics.text import say, say_count

MOST_LEVELS: Final = 50
"""Values of a text that count on their own: the most frequent; all others are one."""
_MOST_WRONG: Final = 6


@dataclass(frozen=True, slots=True)
class Input:
    """A column that a model reads: a number with its usual range, or a text with its usual values."""

    name: str
    label: str
    kind: Literal["number", "text"]
    unit: str = ""
    usual: float | str | None = None
    """The median, or the most frequent value."""
    low: float = 0.0
    high: float = 0.0
    """Of a number: the smallest and the largest that was seen."""
    levels: tuple[str, ...] = ()
    """Of a text: the values that were seen, the most frequent first, `MOST_LEVELS` at most."""
    other_levels: int = 0
    """How many further values there were."""
    missing: float = 0.0
    """The share that was missing."""
    is_whole: bool = False
    """Whether all numbers were whole."""
    bins: Bins | None = None
    """How the values of the training part were spread: what drift is measured from."""

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def input_from_json(told: Mapping[str, Any]) -> Input:
    bins = told.get("bins")
    return Input(**{**told, "levels": tuple(told["levels"]), "bins": bins_from_json(bins) if bins else None})


def inputs_of(cases: Cases, rows: np.ndarray[Any, Any]) -> tuple[Input, ...]:
    """What the features look like among some of the cases: those that a model learns from."""
    return tuple(_input(cases, name, cases.frame[name].iloc[rows]) for name in cases.frame.columns)


def _input(cases: Cases, name: str, values: pd.Series[Any]) -> Input:
    label, unit, missing = cases.heading(name), cases.units.get(name, ""), float(values.isna().mean())
    if isinstance(values.dtype, pd.CategoricalDtype):
        counts = {str(value): int(count) for value, count in values.value_counts().items() if count}
        levels = sorted(counts, key=lambda value: (-counts[value], value))
        return Input(
            name, label, "text", unit, levels[0] if levels else None,
            levels=tuple(levels[:MOST_LEVELS]), other_levels=max(0, len(levels) - MOST_LEVELS), missing=missing,
            bins=bins_of(name, values),
        )  # fmt: skip
    known = values.dropna().to_numpy()
    if not len(known):
        return Input(name, label, "number", unit, missing=1.0)
    return Input(
        name, label, "number", unit, float(np.median(known)), float(known.min()), float(known.max()),
        missing=missing, is_whole=bool((known == np.round(known)).all()), bins=bins_of(name, values),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Wrong:
    """A column that has values that are no numbers, and the model learnt from numbers."""

    column: str
    """As it is called where the reader sees it."""
    count: int
    value: str
    row: int
    """Of the first such value, counted from 1."""


def checked_frame(
    frame: pd.DataFrame, inputs: Sequence[Input], *, before: int = 0, called: Mapping[str, str] | None = None
) -> pd.DataFrame:
    """The columns that a model reads, in its order, typed as it learnt them; further columns are left out.

    A text keeps its values, also those that the model has not seen: they are not missing. `before` counts the rows of the
    same file that came before these, `called` says what the file calls its columns: input → heading.

    Raises:
        MissingColumnsError: a column is not there.
        DataError: a text is where numbers were.
    """
    lacking = tuple(item.name for item in inputs if item.name not in frame.columns)
    if lacking:
        raise lacking_error(lacking, called)
    made: dict[str, Any] = {}
    wrong: list[Wrong] = []
    for item in inputs:
        values = frame[item.name]
        if item.kind == "text":
            made[item.name] = _texts(values)
            continue
        made[item.name], first = _numbers(values)
        if first is not None:
            count, row = first
            heading = (called or {}).get(item.name, item.name)
            wrong.append(Wrong(heading, count, str(values.iloc[row]), before + row + 1))
    if wrong:
        raise wrong_error(wrong)
    return pd.DataFrame(made, index=pd.RangeIndex(len(frame)))


def lacking_error(lacking: tuple[str, ...], called: Mapping[str, str] | None = None) -> MissingColumnsError:
    """What is said where columns are not there: all of their names, or what they are called: input → heading."""
    return MissingColumnsError(
        say_count(
            len(lacking),
            "{n} column that the model reads is not there: {names}. Add it; cells may be empty.",
            "{n} columns that the model reads are not there: {names}. Add them; cells may be empty.",
            names=", ".join((called or {}).get(name, name) for name in lacking),
        ),
        lacking,
        "",
    )


def wrong_error(wrong: Sequence[Wrong]) -> DataError:
    """What is said where values are no numbers: each column with its first such value, some columns at most."""
    if len(wrong) == 1:
        one = wrong[0]
        return DataError(
            say_count(
                one.count,
                "Column '{column}' has {n} value that is no number ('{value}' in row {row}), and the model learnt from "
                "numbers. Mend it, or leave the cell empty.",
                "Column '{column}' has {n} values that are no numbers (first: '{value}' in row {row}), and the model "
                "learnt from numbers. Mend them, or leave the cells empty.",
                column=one.column,
                value=one.value[:40],
                row=f"{one.row:,}",
            )
        )
    told = [
        say("'{column}' ('{value}' in row {row})", column=one.column, value=one.value[:40], row=f"{one.row:,}")
        for one in wrong[:_MOST_WRONG]
    ]
    if len(wrong) > _MOST_WRONG:
        told.append(say("{n} more", n=len(wrong) - _MOST_WRONG))
    return DataError(
        say(
            "{n} columns have values that are no numbers, and the model learnt from numbers: {columns}. Mend them, or leave the "
            "cells empty.",
            n=len(wrong),
            columns=", ".join(told),
        )
    )


def _texts(values: pd.Series[Any]) -> Any:
    if isinstance(values.dtype, pd.CategoricalDtype):
        return values.array
    return values.astype("string").astype("category").array


def _numbers(values: pd.Series[Any]) -> tuple[Numbers, tuple[int, int] | None]:
    """The values as numbers; and how many are none, with the place of the first, where there are such."""
    if pd.api.types.is_datetime64_any_dtype(values.dtype):
        return days_since_2000(values), None
    if values.dtype == np.float64:
        return bounded(values.to_numpy()), None
    numbers: Numbers = pd.to_numeric(values, errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    wrong = np.flatnonzero(np.isnan(numbers) & values.notna().to_numpy())
    return bounded(numbers), (len(wrong), int(wrong[0])) if len(wrong) else None
