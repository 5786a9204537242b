"""Cases: what models learn from. One row is one case with its features, its true answer, and where it stands in time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import pandas as pd

from analytics.errors import DataError
from analytics.text import say

Numbers = np.ndarray[Any, np.dtype[np.float64]]
Flags = np.ndarray[Any, np.dtype[np.bool_]]
_LARGEST: Final = 1e30
_PLAIN: Final = frozenset({bool, int, float, np.bool_})


@dataclass(frozen=True, slots=True, eq=False)
class Cases:
    """Cases of one problem. Features are numbers (float64, missing as NaN) or texts (category); their order plays no part."""

    frame: pd.DataFrame
    """The features, a column each, shape (cases, features); columns in the order of their names, index 0, 1, …"""
    target: Numbers
    """1 for yes and 0 for no, or the amount; shape (cases,)."""
    ids: pd.Series[Any]
    """What each case is called: a customer, a visit, a row."""
    is_test: Flags | None = None
    """The cases of the test part, where it is given or lies later in time; None where it is to be chosen at random."""
    split: str = ""
    """How the parts came about, in a sentence, where `is_test` says it."""
    positive: str = "yes"
    negative: str = "no"
    suspects: Mapping[str, str] = field(default_factory=dict)
    """Feature → why it cannot be known in time, where the problem knows that: it is left out unless kept on purpose."""
    naive: Mapping[str, Numbers] = field(default_factory=dict)
    """Name of a rule of thumb → what it predicts for each case, shape (cases,): models have to beat it."""
    labels: Mapping[str, str] = field(default_factory=dict)
    """Feature → its heading, where it has one."""
    units: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    """What the reader should know of these cases."""
    in_file: Mapping[str, str] = field(default_factory=dict)
    """Feature → the column of the file that it came from, where that is called otherwise."""

    def __len__(self) -> int:
        return len(self.frame)

    def heading(self, feature: str) -> str:
        return self.labels.get(feature, feature)


def features(frame: pd.DataFrame) -> pd.DataFrame:
    """The columns as features: flags and days as numbers, texts as categories; in the order of their names, rows from 0."""
    made: dict[str, pd.Series[Any]] = {}
    for name in sorted(frame.columns):
        values = frame[name]
        if values.dtype == object and (kinds := {type(value) for value in values.dropna()}) and kinds <= _PLAIN:
            values = values.astype("Float64")  # flags or whole numbers of which some are missing
        if pd.api.types.is_bool_dtype(values.dtype) or pd.api.types.is_numeric_dtype(values.dtype):
            numbers = values.to_numpy(dtype=float, na_value=np.nan)
            made[name] = pd.Series(bounded(numbers))
        elif pd.api.types.is_datetime64_any_dtype(values.dtype):
            made[name] = pd.Series(days_since_2000(values))
        else:
            texts = values.astype("string").reset_index(drop=True)
            made[name] = texts.astype(pd.CategoricalDtype(sorted(texts.dropna().unique())))
    return pd.DataFrame(made, index=pd.RangeIndex(len(frame)))


def bounded(numbers: Numbers) -> Numbers:
    """Numbers that every learner can compute with, some in 32 bits: beyond ±10³⁰ they are that, infinite ones are missing."""
    if not (np.abs(numbers) > _LARGEST).any():
        return numbers
    return np.clip(np.where(np.isinf(numbers), np.nan, numbers), -_LARGEST, _LARGEST)


def days_since_2000(instants: pd.Series[Any]) -> Numbers:
    """Instants as a number of days, missing as NaN. Shape (rows,)."""
    days = (instants - pd.Timestamp("2000-01-01", tz=instants.dt.tz)) / pd.Timedelta(days=1)
    return np.asarray(days.to_numpy(dtype=float, na_value=np.nan), dtype=np.float64)


def later_part(days: pd.Series[Any], percent: int) -> Flags | None:
    """The cases of the later days, about so many percent of all, whole days only; those without a day are of the earlier part.

    None where there are not two days to part. Shape (cases,).
    """
    known = days.dropna()
    counts = known.value_counts().sort_index()
    if len(counts) < 2:
        return None
    later = len(known) - np.cumsum(counts.to_numpy())[:-1]  # cases after each day but the last
    last = counts.index[int(np.argmin(np.abs(later - len(days) * percent / 100)))]
    is_later: Flags = (days > last).fillna(False).to_numpy(dtype=bool)
    return is_later


def check_target(target: Numbers, words: str) -> None:
    """
    Raises:
        DataError: there are too few cases, or all have the same answer.
    """
    if len(target) < 2:
        raise DataError(
            say("There is only one case with a known answer for '{target}'. Models need many.", target=words)
        )
    if (target == target[0]).all():
        raise DataError(
            say(
                "All {n} cases have the same answer for '{target}': {value}. There is nothing to tell apart.",
                n=f"{len(target):,}",
                target=words,
                value=f"{target[0]:g}",
            )
        )
