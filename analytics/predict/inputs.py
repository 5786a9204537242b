"""Inputs: what a model expects of each column. Forms, checks of files that are scored, and drift follow from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal

import numpy as np
import pandas as pd

from analytics.errors import DataError, MissingColumnsError
from analytics.predict.cases import Cases, bounded, days_since_2000
from analytics.shifts import Bins, bins_from_json, bins_of
from analytics.text import say_count

MOST_LEVELS: Final = 50
"""Values of a text that count on their own: the most frequent; all others are one."""


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


def checked_frame(frame: pd.DataFrame, inputs: Sequence[Input], *, before: int = 0) -> pd.DataFrame:
    """The columns that a model reads, in its order, typed as it learnt them; further columns are left out.

    A text keeps its values, also those that the model has not seen: they are not missing. `before` counts the rows of the
    same file that came before these.

    Raises:
        MissingColumnsError: a column is not there.
        DataError: a text is where numbers were.
    """
    lacking = tuple(item.name for item in inputs if item.name not in frame.columns)
    if lacking:
        raise lacking_error(lacking)
    made: dict[str, Any] = {}
    for item in inputs:
        values = frame[item.name]
        made[item.name] = _texts(values) if item.kind == "text" else _numbers(values, item, before)
    return pd.DataFrame(made, index=pd.RangeIndex(len(frame)))


def lacking_error(lacking: tuple[str, ...]) -> MissingColumnsError:
    """What is said where columns are not there: all of their names."""
    return MissingColumnsError(
        say_count(
            len(lacking),
            "{n} column that the model reads is not there: {names}. Add it; cells may be empty.",
            "{n} columns that the model reads are not there: {names}. Add them; cells may be empty.",
            names=", ".join(lacking),
        ),
        lacking,
        "",
    )


def _texts(values: pd.Series[Any]) -> Any:
    if isinstance(values.dtype, pd.CategoricalDtype):
        return values.array
    return values.astype("string").astype("category").array


def _numbers(values: pd.Series[Any], item: Input, before: int) -> np.ndarray[Any, np.dtype[np.float64]]:
    if pd.api.types.is_datetime64_any_dtype(values.dtype):
        return days_since_2000(values)
    if values.dtype == np.float64:
        return bounded(values.to_numpy())
    numbers: np.ndarray[Any, np.dtype[np.float64]] = pd.to_numeric(values, errors="coerce").to_numpy(
        dtype=float, na_value=np.nan
    )
    is_gap = np.isnan(numbers)
    if is_gap.any():
        wrong = np.flatnonzero(is_gap & values.notna().to_numpy())
        if len(wrong):
            raise DataError(
                say_count(
                    len(wrong),
                    "Column '{column}' has {n} value that is no number ('{value}' in row {row}), and the model learnt from "
                    "numbers. Mend it, or leave the cell empty.",
                    "Column '{column}' has {n} values that are no numbers (first: '{value}' in row {row}), and the model "
                    "learnt from numbers. Mend them, or leave the cells empty.",
                    column=item.name,
                    value=str(values.iloc[wrong[0]])[:40],
                    row=f"{before + wrong[0] + 1:,}",
                )
            )
    return bounded(numbers)
