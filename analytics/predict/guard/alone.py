"""Alone: how well a single column answers the question, measured on cases that were not looked at before.

A value's answer is the mean of the answers of other cases with that value, so that a text with thousands of values does not
look perfect by knowing each case by name. What is missing counts as a value of its own: that it is missing may be telling.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import lgamma, log
from typing import Any, Final, Literal

import numpy as np
import pandas as pd

from analytics.predict.cases import Numbers
from analytics.predict.learning.splitting import Places, dealt
from analytics.predict.problems.definition import Kind

FOLDS: Final = 5
_MOST_BINS: Final = 256
_FEWEST_SEEN: Final = 0.2
"""The share of cases with a value that others have too, below which a text's values say nothing about new cases."""
_PRIOR: Final = 1.0
"""The weight of the mean of all cases in the answer of a value, in cases: values seen once are not believed."""

How = Literal["equal", "recoded", "decides", "cut", "in step", "alone"]


@dataclass(frozen=True, slots=True)
class Alone:
    """What a column alone is worth."""

    figure: float
    """ROC-AUC, at least 0.5; or R² of amounts; NaN where nothing can be said."""
    how: How = "alone"
    """In which way it answers, where it does so without a single error."""


def alone(values: pd.Series[Any], target: Numbers, folds: Places, kind: Kind) -> Alone:
    """How well the values answer, shape (cases,); `folds` says which cases are looked at together."""
    numbers = None if isinstance(values.dtype, pd.CategoricalDtype) else values.to_numpy(dtype=float)
    codings = codes_of(values)
    measured = [_unseen(codes, target, folds, kind) for codes in codings]
    if kind == "classification":
        if numbers is not None and not np.isnan(numbers).any():
            measured.append(sided(auc(numbers, target)))
        figure = max((one for one in measured if np.isfinite(one)), default=float("nan"))
        return Alone(figure, _how_class(codings[0], numbers, target))
    if numbers is not None:
        measured += _of_amounts(numbers, target, folds, max(measured, default=0.0))
    figure = max((one for one in measured if np.isfinite(one)), default=float("nan"))
    return Alone(figure, _how_amount(codings[0], numbers, target))


def codes_of(values: pd.Series[Any]) -> list[Places]:
    """A number from 0 for each value, missing as one of them; of numbers with many values, their bins as well."""
    if isinstance(values.dtype, pd.CategoricalDtype):
        return [np.unique(values.cat.codes.to_numpy(), return_inverse=True)[1]]
    numbers = values.to_numpy(dtype=float)
    distinct, codes = np.unique(numbers, return_inverse=True)  # all that are missing count as one
    if len(distinct) <= _MOST_BINS:
        return [codes]
    known = numbers[~np.isnan(numbers)]
    edges = np.unique(np.quantile(known, np.linspace(0, 1, _MOST_BINS)[1:-1]))
    binned = np.where(np.isnan(numbers), len(edges) + 1, np.searchsorted(edges, numbers, side="right"))
    return [codes, np.unique(binned, return_inverse=True)[1]]


def auc(scores: Numbers, target: Numbers) -> float:
    """ROC-AUC by ranks, ties counting half (Mann & Whitney 1947); NaN where all answers are the same."""
    from scipy.stats import rankdata

    yes = target == 1
    n_yes, n_no = int(yes.sum()), int((~yes).sum())
    if not n_yes or not n_no:
        return float("nan")
    return float((rankdata(scores)[yes].sum() - n_yes * (n_yes + 1) / 2) / (n_yes * n_no))


def auc_within(scores: Numbers, target: Numbers, groups: Places) -> float:
    """ROC-AUC among pairs of cases of the same group; NaN where no group has both answers."""
    found = pairs = 0.0
    order = np.argsort(groups, kind="stable")
    for inside in np.split(order, np.flatnonzero(np.diff(groups[order])) + 1):
        n_yes = float(target[inside].sum())
        if 0 < n_yes < len(inside):
            count = n_yes * (len(inside) - n_yes)
            found, pairs = found + count * auc(scores[inside], target[inside]), pairs + count
    return found / pairs if pairs else float("nan")


def sided(figure: float) -> float:
    """An area under the curve whichever way round the scores are."""
    return max(figure, 1 - figure)


def unseen_answers(codes: Places, target: Numbers, folds: Places) -> tuple[Numbers, np.ndarray[Any, Any]]:
    """(the answer of each case's value among cases of other folds, whether any of them has the value). Shape (cases,) each."""
    cells = codes * FOLDS + folds
    size = (int(codes.max()) + 1) * FOLDS
    count = np.bincount(cells, minlength=size).reshape(-1, FOLDS)
    total = np.bincount(cells, target, minlength=size).reshape(-1, FOLDS)
    others = count.sum(axis=1)[codes] - count[codes, folds]
    answers = total.sum(axis=1)[codes] - total[codes, folds]
    return (answers + _PRIOR * target.mean()) / (others + _PRIOR), others > 0


def is_beyond_chance(target: Numbers, columns: int, kind: Kind) -> bool:
    """Whether a column that parts the answers without an error cannot well do so by chance, of so many columns tried."""
    if kind == "regression":
        return len(target) >= 20
    n, n_yes = len(target), int(target.sum())
    arrangements = lgamma(n + 1) - lgamma(n_yes + 1) - lgamma(n - n_yes + 1)
    return arrangements >= log(1_000 * max(1, columns))


def dealt_folds(frame: pd.DataFrame, target: Numbers, kind: Kind) -> Places:
    """The fold of each case; cases that are alike in all features share one."""
    return dealt(frame, target, FOLDS, 0, is_classes=kind == "classification")


def bands(values: pd.Series[Any], target: Numbers, others: Mapping[str, Places]) -> tuple[float, str]:
    """Of a column with two values: how well an amount says which one a case has, at best among cases of one group.

    A flag such as "dearer than usual" is made from the amount, though it does not give the amount back. (figure, the
    grouping column or nothing); NaN for other columns.
    """
    codes = codes_of(values)[0]
    if len(np.unique(codes)) != 2:
        return float("nan"), ""
    is_upper = codes.astype(float)
    best = sided(auc(target, is_upper)), ""
    if best[0] < 0.9:
        return best
    for name in sorted(others):
        figure = sided(auc_within(target, is_upper, others[name]))
        if figure > best[0]:
            best = figure, name
    return best


def _unseen(codes: Places, target: Numbers, folds: Places, kind: Kind) -> float:
    answers, is_seen = unseen_answers(codes, target, folds)
    if is_seen.mean() < _FEWEST_SEEN or is_seen.sum() < 2:
        return float("nan")
    if kind == "classification":
        return auc(answers[is_seen], target[is_seen])
    return r2(target[is_seen], answers[is_seen])


def r2(truth: Numbers, answers: Numbers) -> float:
    """The share of the variance that is explained; NaN where there is none."""
    spread = float(np.square(truth - truth.mean()).sum())
    return 1 - float(np.square(truth - answers).sum()) / spread if spread > 0 else float("nan")


def _of_amounts(numbers: Numbers, target: Numbers, folds: Places, so_far: float) -> list[float]:
    """Further measures of a number against an amount: a straight line, and a small tree where that is worth its time."""
    from scipy.stats import rankdata

    known = ~np.isnan(numbers)
    if known.mean() < _FEWEST_SEEN or np.ptp(numbers[known]) == 0 or np.ptp(target[known]) == 0:
        return []
    x, y = numbers[known], target[known]
    straight = float(np.corrcoef(x, y)[0, 1] ** 2)
    ranked = float(np.corrcoef(rankdata(x), rankdata(y))[0, 1] ** 2)
    if max(straight, ranked, so_far if np.isfinite(so_far) else 0.0) < 0.9:
        return [straight]
    from sklearn.tree import DecisionTreeRegressor

    answers = np.empty(len(x))
    for fold in np.unique(folds[known]):
        inside = folds[known] == fold
        if inside.all():
            return [straight]
        tree = DecisionTreeRegressor(max_leaf_nodes=512, min_samples_leaf=2, random_state=0)
        answers[inside] = tree.fit(x[~inside, None], y[~inside]).predict(x[inside, None])
    return [straight, r2(y, answers)]


def _how_class(codes: Places, numbers: Numbers | None, target: Numbers) -> How:
    if numbers is not None and np.array_equal(numbers, target):
        return "equal"
    count = np.bincount(codes)
    yes = np.bincount(codes, target)
    is_pure = bool(((yes == 0) | (yes == count)).all())
    if is_pure and len(count) == 2:
        return "recoded"
    if numbers is not None and not np.isnan(numbers).any() and sided(auc(numbers, target)) == 1:
        return "cut"
    return "decides" if is_pure and len(target) >= 2 * len(count) else "alone"


def _how_amount(codes: Places, numbers: Numbers | None, target: Numbers) -> How:
    if numbers is not None:
        if np.array_equal(numbers, target):
            return "equal"
        if not np.isnan(numbers).any() and (_in_step(numbers, target) or _in_step(numbers, -target)):
            return "in step"
    spread = pd.Series(target).groupby(codes)
    if bool((spread.max() == spread.min()).all()) and len(target) >= 2 * (codes.max() + 1):
        return "recoded" if len(np.unique(target)) == codes.max() + 1 else "decides"
    return "alone"


def _in_step(x: Numbers, y: Numbers) -> bool:
    """Whether y is higher exactly where x is, and equal where x is equal; of two values that says nothing new."""
    order = np.lexsort((y, x))
    rises, change = np.diff(x[order]) > 0, np.diff(y[order])
    return bool((change[rises] > 0).all() and (change[~rises] == 0).all() and rises.sum() > 1)
