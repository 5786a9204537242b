"""Oversampled: whether a rare answer was multiplied before the cases came here, by copies or by points between two cases.

Synthetic cases made before the parts were drawn (SMOTE; Chawla et al. 2002, section 4.2) lie straight between two real
ones. A model that learnt from the two is then tested on what lies between them, and looks far better than it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd

from analytics.predict.cases import Flags, Numbers
from analytics.predict.learning.splitting import canonical_order, fingerprints
from analytics.text import say

_MOST_CASES: Final = 100_000
_PROBES: Final = 60
"""Cases of each answer that are asked whether they lie between two others."""
_NEIGHBOURS: Final = 250
"""The others that are tried: those nearest."""
_STRAIGHT: Final = 1e-7
"""How far the cosine of an angle may be from a straight line's: numbers may have been written with few digits."""
_FEWEST_MOVING: Final = 3
"""Columns in which the three have to differ: with fewer, real cases lie on one line often enough."""
_AT_MOST: Final = 0.55
"""The share of all cases that an answer has at most after it was filled up: to as many as the other."""
_MANY: Final = 0.2
_TIMES: Final = 4
"""A share of copies or of points between counts from `_MANY` on, and if it is so many times that of the other answer."""


WORTH_SAYING: Final = 0.01
"""The share of test cases that are in the training part too, from which on it is worth a word: a few are alike anyway."""


@dataclass(frozen=True, slots=True)
class Multiplied:
    """What was seen of one answer, against the other."""

    is_yes: bool
    """Which answer was multiplied."""
    how: str
    """copies or between."""
    share: float
    """Of the cases with that answer."""
    other_share: float
    """Of the cases with the other one, which were left as they are."""


@dataclass(frozen=True, slots=True)
class Straddling:
    """Cases of the test part that are in the training part as well, alike in all features."""

    cases: int
    share: float
    """Of the test cases."""

    def words(self) -> str:
        return say(
            "{n} of the test cases ({share}) are in the training part too, alike in every feature: models are asked what they "
            "were told. If they are copies, take them out of one part; cases that are merely alike do no harm.",
            n=f"{self.cases:,}",
            share=f"{self.share:.0%}",
        )


def straddling(frame: pd.DataFrame, is_test: Flags) -> Straddling:
    """Count the cases that are on both sides of a split. `is_test` has shape (cases,)."""
    marks = fingerprints(frame, 0)
    both = np.isin(marks[is_test], marks[~is_test])
    return Straddling(int(both.sum()), float(both.mean()) if len(both) else 0.0)


def multiplied(frame: pd.DataFrame, target: Numbers) -> Multiplied | None:
    """Whether the cases of one answer look copied or made from each other, where those of the other do not."""
    order = canonical_order(frame, target, 0)[:_MOST_CASES]
    frame, is_yes = frame.iloc[order].reset_index(drop=True), target[order] == 1
    if min(is_yes.sum(), (~is_yes).sum()) < 20:
        return None
    marks = fingerprints(frame, 0)
    found = _compared("copies", _copies(marks[is_yes]), _copies(marks[~is_yes]), is_yes)
    numbers = frame.select_dtypes("number").dropna(axis="columns", how="all")
    fractions = numbers[[name for name in numbers.columns if _has_fractions(numbers[name])]]
    tries = [numbers] if fractions.shape[1] == numbers.shape[1] else [fractions, numbers]
    for columns in tries:  # whole numbers may have been rounded after the points were made
        if found is None and columns.shape[1] >= _FEWEST_MOVING:
            points = _scaled(columns)
            found = _compared("between", _between(points[is_yes]), _between(points[~is_yes]), is_yes)
    return found


def _compared(how: str, yes: float, no: float, is_yes: Flags) -> Multiplied | None:
    """What was seen, if it is of the answer that is not the commoner one: nobody fills that up, and the more cases there
    are, the more of them are alike."""
    more, less = max(yes, no), min(yes, no)
    count = int(is_yes.sum()) if yes > no else int((~is_yes).sum())
    is_filled_up = count <= _AT_MOST * len(is_yes)
    return Multiplied(yes > no, how, more, less) if is_filled_up and more >= _MANY and more >= _TIMES * less else None


def _copies(marks: np.ndarray[Any, Any]) -> float:
    """The share of cases that another one equals."""
    _, count = np.unique(marks, return_counts=True)
    return float(count[count > 1].sum() / len(marks))


def _has_fractions(values: pd.Series[Any]) -> bool:
    known = values.dropna().to_numpy(dtype=float)
    return bool((known != np.round(known)).any())


def _scaled(columns: pd.DataFrame) -> Numbers:
    """Each column over its spread; cases with something missing lie on no line and are left at the middle."""
    points = columns.to_numpy(dtype=float)
    spread = np.nanstd(points, axis=0) if len(points) else np.ones(points.shape[1])
    middle = np.nan_to_num(np.nanmean(points, axis=0))
    scaled: Numbers = (np.where(np.isnan(points), middle, points) - middle) / np.where(spread > 0, spread, 1.0)
    return scaled


def _between(points: Numbers) -> float:
    """The share of points that lie exactly between two others, of some that are asked."""
    probes = points[np.linspace(0, len(points) - 1, min(_PROBES, len(points))).astype(int)]
    return float(np.mean([_is_between(probe, points) for probe in probes]))


def _is_between(probe: Numbers, points: Numbers) -> bool:
    steps = points - probe
    far = np.square(steps).sum(axis=1)
    some = np.argpartition(far, _NEIGHBOURS)[: _NEIGHBOURS + 1] if len(far) > _NEIGHBOURS + 1 else np.arange(len(far))
    some = some[(far[some] > 0) & ((np.abs(steps[some]) > 1e-12).sum(axis=1) >= _FEWEST_MOVING)]
    if len(some) < 2:
        return False
    ways = steps[some] / np.sqrt(far[some])[:, None]
    return bool((ways @ ways.T).min() <= -1 + _STRAIGHT)
