"""Curves: what a model does at every cut-off, and how its scores and the truth lie together, as small arrays to be drawn.

Scores and true answers have shape (cases,). A curve has 400 points at most; where it has more, those go that lie between
near neighbours, and every corner stays.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from analytics.predict.cases import Numbers
from analytics.predict.evaluation.measures import Counts, calibration_error, counts, ratio
from analytics.predict.evaluation.ranking import Places, area_under_roc, average_precision_of, binned, ranked

MOST_POINTS: Final = 400
_HISTOGRAM_BINS: Final = 40
_LARGEST_MISSES: Final = 20
_Z: Final = 1.959963984540054
"""Standard deviations on either side that hold 95 of 100 cases of a normal distribution."""


@dataclass(frozen=True, slots=True, eq=False)
class Roc:
    """Of those that are no, the share called yes; of those that are yes, the share called yes; from nobody to everybody."""

    false_yes_rate: Numbers
    true_yes_rate: Numbers
    thresholds: Numbers
    """The lowest score that is called yes at each point; infinite where nobody is."""
    area: float


def roc(truth: Numbers, scores: Numbers) -> Roc:
    """The receiver operating characteristic (Fawcett 2006); rates are NaN where one of the answers is lacking."""
    seen = ranked(truth, scores)
    found, called = (np.append(0.0, each) for each in seen.cumulated())
    right, wrong = _shares(found), _shares(called - found)
    kept = _thinned(wrong, right)
    thresholds = np.append(np.inf, seen.levels)
    return Roc(wrong[kept], right[kept], thresholds[kept], area_under_roc(found[1:], called[1:]))


@dataclass(frozen=True, slots=True, eq=False)
class PrecisionRecall:
    """Of those called yes, the share that are; of those that are, the share called; from the highest score down."""

    recall: Numbers
    """Rising. Between two points precision is that of the later one: the curve is a staircase."""
    precision: Numbers
    thresholds: Numbers
    average_precision: float
    guessing: float
    """The share of yes: the precision of calling at random."""


def precision_recall(truth: Numbers, scores: Numbers) -> PrecisionRecall:
    """Precision over recall (Davis & Goadrich 2006), a point for each different score; recall is NaN without a yes."""
    seen = ranked(truth, scores)
    found, called = seen.cumulated()
    recall = _shares(found)
    precision = found / called
    kept = _thinned(recall, precision)
    return PrecisionRecall(
        recall[kept], precision[kept], seen.levels[kept], average_precision_of(found, called),
        ratio(float(truth.sum()), len(truth)),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Confusion:
    """How cases are called at a cut-off, against what they are."""

    threshold: float
    true_yes: int
    false_yes: int
    true_no: int
    false_no: int
    accuracy: float
    precision: float
    recall: float
    f1: float
    specificity: float
    """Of those that are no, the share called no."""
    called_share: float
    """The share of all cases that are called yes."""


def confusion(truth: Numbers, scores: Numbers, threshold: float) -> Confusion:
    """The four numbers, and the rates that follow from them; NaN where a rate has nothing to be a share of."""
    told: Counts = counts(truth, scores, threshold)
    return Confusion(
        threshold, int(told.true_yes), int(told.false_yes), int(told.true_no), int(told.false_no),
        told.accuracy, told.precision, told.recall, told.f1,
        ratio(told.true_no, told.true_no + told.false_yes), ratio(told.true_yes + told.false_yes, told.cases),
    )  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Calibration:
    """Whether of the cases with a score of 30 % three in ten are yes: bins of equal size, the lowest scores first."""

    mean_score: Numbers
    share_yes: Numbers
    low: Numbers
    """Where the share of yes lies in 95 of 100 draws of as many cases (Wilson 1927)."""
    high: Numbers
    cases: Numbers
    error: float
    """The expected calibration error, over ten bins."""


def calibration(truth: Numbers, scores: Numbers, *, bins: int = 10) -> Calibration:
    """The share of yes against the mean score."""
    cases, mean_score, share = binned(truth, scores, bins)
    low, high = wilson(share, cases)
    return Calibration(mean_score, share, low, high, cases, calibration_error(truth, scores))


def wilson(share: Numbers, cases: Numbers) -> tuple[Numbers, Numbers]:
    """The 95 % interval of a share of so many cases (Wilson 1927, eq. 1)."""
    middle = (share + _Z**2 / (2 * cases)) / (1 + _Z**2 / cases)
    reach = _Z / (1 + _Z**2 / cases) * np.sqrt(share * (1 - share) / cases + _Z**2 / (4 * cases**2))
    # Rounding leaves the ends of 0 of n and n of n a hair beside 0 and 1
    return np.minimum(np.maximum(middle - reach, 0.0), share), np.maximum(np.minimum(middle + reach, 1.0), share)


@dataclass(frozen=True, slots=True, eq=False)
class Gains:
    """Taking the cases with the highest scores first: what share of all yes, or of the whole amount, is among them."""

    share_taken: Numbers
    """From 0 to 1."""
    share_found: Numbers
    """NaN where there is nothing to find."""
    lift: Numbers
    """Share found / share taken: how many times better than taking at random; NaN at 0."""
    perfect: Numbers
    """What a model that knew the truth would find."""

    def found_at(self, share: float) -> float:
        """What share is found among the best of that share; among equal scores as many as at random."""
        return float(np.interp(share, self.share_taken, self.share_found))


def gains(truth: Numbers, scores: Numbers) -> Gains:
    """The cumulated gains curve and the lift (Ling & Li 1998); `truth` is yes and no, or amounts from 0 up."""
    seen = ranked(truth, scores)
    found, taken = (np.append(0.0, each) for each in seen.cumulated())
    across, up = _shares(taken), _shares(found)
    best = np.append(0.0, np.cumsum(np.sort(truth)[::-1]))
    kept = _thinned(across, up)
    lift = np.divide(up, across, out=np.full(len(up), np.nan), where=across > 0)
    perfect = np.interp(taken[kept], np.arange(len(best)), _shares(best))
    return Gains(across[kept], up[kept], lift[kept], perfect)


@dataclass(frozen=True, slots=True, eq=False)
class Residuals:
    """Amounts that came against amounts that were predicted."""

    predicted: Numbers
    """Of some cases, evenly over the predictions, with the largest misses; shape (points,)."""
    actual: Numbers
    edges: Numbers
    """Of the histogram of actual - predicted, shape (bins + 1,); what lies beyond the ends is in the bins at the ends."""
    counts: Numbers
    tenth_predicted: Numbers
    """The mean prediction of each tenth of the cases, lowest predictions first."""
    tenth_actual: Numbers
    tenth_low: Numbers
    """Where the mean actual amount lies in 95 of 100 draws of as many cases, by its standard error."""
    tenth_high: Numbers
    bias: float
    """The mean of actual - predicted: above 0 the model predicts too little."""


def residuals(truth: Numbers, scores: Numbers) -> Residuals:
    """Predicted against actual: points, a histogram of the errors, and the means by tenths of the predictions."""
    order = ranked(truth, scores).order[::-1]
    actual, predicted = truth[order], scores[order]
    errors = actual - predicted
    count = len(order)
    if not count:
        nothing = np.zeros(0)
        return Residuals(nothing, nothing, nothing, nothing, nothing, nothing, nothing, nothing, math.nan)
    kept = np.arange(count)
    if count > MOST_POINTS:
        largest = np.argsort(-np.abs(errors), kind="stable")[:_LARGEST_MISSES]
        evenly = np.round(np.linspace(0, count - 1, MOST_POINTS - _LARGEST_MISSES)).astype(np.intp)
        kept = np.union1d(largest, evenly)
    low, high = (float(end) for end in np.quantile(errors, (0.005, 0.995)))
    if low == high:
        low, high = low - 0.5, high + 0.5
    heights, edges = np.histogram(np.clip(errors, low, high), _HISTOGRAM_BINS, (low, high))
    cases, tenth_predicted, tenth_actual = binned(truth, scores, 10)
    middle = float(actual.mean())  # squares of large amounts would swallow their differences
    _, _, squares = binned((truth - middle) ** 2, scores, 10)
    spread = np.sqrt(np.maximum(squares - (tenth_actual - middle) ** 2, 0) / np.maximum(cases - 1, 1))
    return Residuals(
        predicted[kept], actual[kept], edges, heights.astype(np.float64), tenth_predicted, tenth_actual,
        tenth_actual - _Z * spread, tenth_actual + _Z * spread, float(errors.mean()),
    )  # fmt: skip


def _shares(cumulated: Numbers) -> Numbers:
    """Of the last of them; NaN where that is nothing."""
    if not len(cumulated) or cumulated[-1] <= 0:
        return np.full(len(cumulated), np.nan)
    parts: Numbers = cumulated / cumulated[-1]
    return parts


def _thinned(across: Numbers, up: Numbers) -> Places:
    """The points to draw. What lies on a straight line goes first. Then marks are set evenly along the curve, and both ends of
    every piece with a mark on it are kept: so a piece that is long enough to be seen keeps its corners."""
    if len(across) <= MOST_POINTS:
        return np.arange(len(across))
    right, rise = np.diff(across), np.diff(up)
    turns = np.abs(right[:-1] * rise[1:] - right[1:] * rise[:-1])
    straight = turns <= 1e-9 * np.hypot(right[:-1], rise[:-1]) * np.hypot(right[1:], rise[1:])
    bends = np.flatnonzero(np.concatenate(([True], ~straight, [True])))
    if len(bends) <= MOST_POINTS:
        return bends
    lengths = np.abs(np.diff(across[bends])) + np.abs(np.diff(up[bends]))
    along = np.append(0.0, np.cumsum(np.where(np.isnan(lengths), 0.0, lengths)))
    marks = np.linspace(0.0, along[-1], MOST_POINTS // 2)[1:-1]
    after = np.clip(np.searchsorted(along, marks), 1, len(along) - 1)
    kept: Places = bends[np.unique(np.concatenate(([0], after - 1, after, [len(along) - 1])))]
    return kept
