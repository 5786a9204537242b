"""MEASURES: the figures that models are judged by, each with its sentence and its formula.

A figure that is not defined, like the precision of a model that calls nobody yes, is NaN and shown as a dash, never 0.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from analytics.errors import NotFoundError
from analytics.predict.cases import Numbers
from analytics.predict.evaluation.ranking import area_under_roc, average_precision_of, binned, ranked
from analytics.predict.problems.definition import Kind
from analytics.text import say

USUAL_THRESHOLD: Final = 0.5
_BINS: Final = 10
_CERTAIN: Final = float(np.finfo(np.float64).eps)
"""A probability of exactly 0 or 1 that is wrong would cost infinitely much: it counts as this far from it."""


@dataclass(frozen=True, slots=True)
class Measure:
    """A figure of merit."""

    name: str
    label: str
    meaning: str
    kind: Kind
    compute: Callable[[Numbers, Numbers, float], float]
    """(true answers, scores, threshold) → the figure; NaN where it is not defined."""
    is_higher_better: bool = True
    needs_threshold: bool = False
    unit: str = "share"
    """share, number, target (the unit of what is predicted) or squared (its square)."""


@dataclass(frozen=True, slots=True)
class Counts:
    """How cases were called, and what they are: numbers of cases, or sums of their weights."""

    true_yes: float
    """Called yes, and yes."""
    false_yes: float
    """Called yes, but no."""
    true_no: float
    false_no: float
    """Called no, but yes."""

    @property
    def cases(self) -> float:
        return self.true_yes + self.false_yes + self.true_no + self.false_no

    @property
    def accuracy(self) -> float:
        """(true yes + true no) / cases."""
        return ratio(self.true_yes + self.true_no, self.cases)

    @property
    def precision(self) -> float:
        """True yes / called yes (van Rijsbergen 1979, ch. 7); NaN where nobody is called yes."""
        return ratio(self.true_yes, self.true_yes + self.false_yes)

    @property
    def recall(self) -> float:
        """True yes / yes (van Rijsbergen 1979, ch. 7); NaN where nobody is."""
        return ratio(self.true_yes, self.true_yes + self.false_no)

    @property
    def f1(self) -> float:
        """2 · true yes / (2 · true yes + false yes + false no) (van Rijsbergen 1979; Dice 1945); NaN where all three are 0."""
        return ratio(2 * self.true_yes, 2 * self.true_yes + self.false_yes + self.false_no)


def ratio(part: float, whole: float) -> float:
    """A part of a whole; NaN where there is no whole."""
    return float(part / whole) if whole else math.nan


def counts(truth: Numbers, scores: Numbers, threshold: float) -> Counts:
    """The cases by what they are and what they are called: yes from the threshold on."""
    is_yes, called = truth == 1, scores >= threshold
    hits, yes, called_yes = (int(np.count_nonzero(flags)) for flags in (is_yes & called, is_yes, called))
    return Counts(hits, called_yes - hits, len(truth) - yes - called_yes + hits, yes - hits)


def log_losses(truth: Numbers, scores: Numbers) -> Numbers:
    """Of each case, minus the logarithm of the probability that was given to what is true (Good 1952). Shape (cases,)."""
    sure = np.clip(scores, _CERTAIN, 1 - _CERTAIN)
    return -np.where(truth == 1, np.log(sure), np.log1p(-sure))


def explained(squares: float, spread: float, cases: float) -> float:
    """1 - Σ error² / Σ (true - mean)² (Wright 1921; Draper & Smith 1998, 1.3); NaN where nothing varies."""
    return 1 - squares / spread if cases >= 2 and spread > 0 else math.nan


def _accuracy(truth: Numbers, scores: Numbers, threshold: float) -> float:
    return counts(truth, scores, threshold).accuracy


def _precision(truth: Numbers, scores: Numbers, threshold: float) -> float:
    return counts(truth, scores, threshold).precision


def _recall(truth: Numbers, scores: Numbers, threshold: float) -> float:
    return counts(truth, scores, threshold).recall


def _f1(truth: Numbers, scores: Numbers, threshold: float) -> float:
    return counts(truth, scores, threshold).f1


def _roc_auc(truth: Numbers, scores: Numbers, _threshold: float) -> float:
    return area_under_roc(*ranked(truth, scores).cumulated())


def _average_precision(truth: Numbers, scores: Numbers, _threshold: float) -> float:
    return average_precision_of(*ranked(truth, scores).cumulated())


def _log_loss(truth: Numbers, scores: Numbers, _threshold: float) -> float:
    return _mean(log_losses(truth, scores))


def _squared_error(truth: Numbers, scores: Numbers, _threshold: float) -> float:
    """Σ (true - score)² / cases; of probabilities it is Brier's score (Brier 1950, eq. 2, of one of the two classes)."""
    return _mean((truth - scores) ** 2)


def _absolute_error(truth: Numbers, scores: Numbers, _threshold: float) -> float:
    return _mean(np.abs(truth - scores))


def _root_squared_error(truth: Numbers, scores: Numbers, threshold: float) -> float:
    return math.sqrt(_squared_error(truth, scores, threshold))


def _r2(truth: Numbers, scores: Numbers, _threshold: float) -> float:
    spread = float(((truth - truth.mean()) ** 2).sum()) if len(truth) else 0.0
    # Equal amounts differ from their mean by rounding only
    varies = len(truth) > 0 and bool((truth != truth[0]).any())
    return explained(float(((truth - scores) ** 2).sum()), spread if varies else 0.0, len(truth))


def _mean(values: Numbers) -> float:
    return float(values.mean()) if len(values) else math.nan


MEASURES: Final = (
    Measure(
        "accuracy",
        "Accuracy",
        "The share of cases that are called rightly, yes or no.",
        "classification",
        _accuracy,
        needs_threshold=True,
    ),
    Measure(
        "precision",
        "Precision",
        "Of the cases that are called yes, the share that are yes.",
        "classification",
        _precision,
        needs_threshold=True,
    ),
    Measure(
        "recall",
        "Recall",
        "Of the cases that are yes, the share that are called yes.",
        "classification",
        _recall,
        needs_threshold=True,
    ),
    Measure(
        "f1",
        "F1",
        "Precision and recall in one figure that is high only where both are.",
        "classification",
        _f1,
        needs_threshold=True,
    ),
    Measure(
        "roc_auc",
        "ROC-AUC",
        "How often a case that is yes gets a higher score than one that is no: 0.5 is guessing, 1 is perfect.",
        "classification",
        _roc_auc,
        unit="number",
    ),
    Measure(
        "average_precision",
        "Average precision",
        "The mean precision on the way down from the highest score until every yes is found; guessing gets the share of yes.",
        "classification",
        _average_precision,
        unit="number",
    ),
    Measure(
        "log_loss",
        "Log loss",
        "How surprised one is by the truth after reading the probabilities: sure and wrong costs most, and 0 is perfect.",
        "classification",
        _log_loss,
        False,
        unit="number",
    ),
    Measure(
        "brier",
        "Brier score",
        "The mean squared distance of the probabilities from what came true: 0 is perfect.",
        "classification",
        _squared_error,
        False,
        unit="number",
    ),
    Measure(
        "mae",
        "Mean absolute error",
        "By how much predictions are off in the mean.",
        "regression",
        _absolute_error,
        False,
        unit="target",
    ),
    Measure(
        "mse",
        "Mean squared error",
        "The mean of the squared errors: a few large misses weigh more than many small ones.",
        "regression",
        _squared_error,
        False,
        unit="squared",
    ),
    Measure(
        "rmse",
        "Root mean squared error",
        "The root of the mean squared error, in the unit of the amounts: large misses weigh more.",
        "regression",
        _root_squared_error,
        False,
        unit="target",
    ),
    Measure(
        "r2",
        "R²",
        "The share of the differences between amounts that is predicted: 0 is no better than the mean, below 0 is worse.",
        "regression",
        _r2,
        unit="number",
    ),
)
"""In the order shown."""

RANKED_BY: Final = {"classification": "average_precision", "regression": "rmse"}
"""What the best model is chosen by, in the folds of the training part.

Average precision, because a rare yes has to be found among many no, and ROC-AUC forgives a crowd of false ones. The root of the
squared error, because it is smallest for the mean: means of customers add up to what they bring together. The absolute error is
smallest for the middle, and where most buy nothing that is nothing for everyone.
"""


def measures_of(kind: Kind) -> tuple[Measure, ...]:
    return tuple(known for known in MEASURES if known.kind == kind)


def measure(name: str) -> Measure:
    """The measure of that name.

    Raises:
        NotFoundError: there is none.
    """
    for known in MEASURES:
        if known.name == name:
            return known
    names = ", ".join(known.name for known in MEASURES)
    raise NotFoundError(say("There is no measure '{name}'. There is {names}.", name=name[:60], names=names))


def figures(kind: Kind, truth: Numbers, scores: Numbers, threshold: float) -> dict[str, float]:
    """Every measure of that kind. The same to the last digit whatever the order of the cases."""
    order = ranked(truth, scores).order
    told, given = truth[order], scores[order]
    return {known.name: known.compute(told, given, threshold) for known in measures_of(kind)}


def best_threshold(truth: Numbers, scores: Numbers) -> float:
    """The cut-off with the best F1, in the middle between the two scores that it parts; the highest of several.

    `USUAL_THRESHOLD` where there is no yes to find.
    """
    seen = ranked(truth, scores)
    found, called = seen.cumulated()
    if not len(found) or found[-1] <= 0:
        return USUAL_THRESHOLD
    best = int(np.argmax(2 * found / (called + found[-1])))
    return between(seen.levels, best)


def between(levels: Numbers, step: int) -> float:
    """A cut-off that lets through the steps down to that one, and no further; `levels` fall."""
    level = float(levels[step])
    if step + 1 == len(levels):
        return level
    below = float(levels[step + 1])
    middle = below + (level - below) / 2
    return middle if below < middle <= level else level


def calibration_error(truth: Numbers, scores: Numbers) -> float:
    """The expected calibration error: over ten bins of equal size, the mean distance of the share of yes from the mean score.

    Naeini, Cooper & Hauskrecht 2015, with bins of equal size (Nguyen & O'Connor 2015); NaN without cases.
    """
    cases, told, came = binned(truth, scores, _BINS)
    return ratio(float((cases * np.abs(told - came)).sum()), float(cases.sum()))
