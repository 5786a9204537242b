"""Intervals: how far a figure would move if other cases had been tested on, by drawing the tested ones again (bootstrap).

Efron 1979; percentile intervals (Efron & Tibshirani 1993, ch. 13). A case is drawn with its answer and its scores together.
Before drawing, cases are put in the order of scores and answers, so that the order of rows plays no part. Scores are sorted
once: a draw only says how often each case counts.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from analytics.predict.cases import Numbers
from analytics.predict.evaluation.measures import Counts, explained, figures, log_losses, measure, ratio
from analytics.predict.evaluation.ranking import Places, Ranked, area_under_roc, average_precision_of, ranked
from analytics.predict.problems.definition import Kind
from analytics.text import say

MOST_CASES: Final = 50_000
"""Above this a sample of the cases is drawn from, and the spread made as narrow as all cases would have it."""
DRAWS: Final = 200
LOW: Final = 0.025
HIGH: Final = 0.975
_TINY_CLASS: Final = 50
"""With fewer cases of one answer than this, draws hold as many of each answer as there are: else some would have none."""

_RARE_CLASS: Final = 500
"""With fewer cases of one answer than this all cases are drawn from, however many: a sample would lose them."""

Interval = tuple[float, float]
Judge = Callable[[Numbers], dict[str, float]]
"""How often each case counts → the figures."""


def bootstrap(
    kind: Kind, truth: Numbers, scores: Numbers, threshold: float, *, seed: int = 0, draws: int = DRAWS
) -> dict[str, Interval]:
    """Of every measure of that kind, where it lies in 95 of 100 test parts like this one; NaN where it is not defined."""
    told = figures(kind, truth, scores, threshold)
    if len(truth) < 2:
        return dict.fromkeys(told, (math.nan, math.nan))
    order = ranked(truth, scores).order
    some, narrowing = sampled(truth[order], kind, seed)
    judge = _judge(kind, truth[order][some], scores[order][some], threshold)
    drawn: dict[str, list[float]] = {name: [] for name in told}
    for weights in resampled(truth[order][some], kind, seed, draws):
        for name, value in judge(weights).items():
            drawn[name].append(value)
    inside = judge(np.ones(len(some)))
    return {
        name: interval(np.array(values), told[name], inside[name], narrowing, measure(name).unit)
        for name, values in drawn.items()
    }


@dataclass(frozen=True, slots=True)
class Difference:
    """By how much one model's figure is above another's on the same cases."""

    value: float
    low: float
    high: float
    better: float
    """The share of draws in which the first was the better one; ties are half."""

    @property
    def is_sure(self) -> bool:
        """Whether it is on one side of 0 in 95 of 100 draws."""
        return self.low > 0 or self.high < 0


def difference(
    kind: Kind, name: str, truth: Numbers, first: tuple[Numbers, float], second: tuple[Numbers, float], *,
    seed: int = 0, draws: int = DRAWS,
) -> Difference:  # fmt: skip
    """One measure of two models, each given as (scores, threshold), first minus second; a draw has the same cases of both."""
    asked = measure(name)
    value = asked.compute(truth, *first) - asked.compute(truth, *second)
    if len(truth) < 2 or math.isnan(value):
        return Difference(value, math.nan, math.nan, math.nan)
    order = np.lexsort((second[0], truth, first[0]))[::-1]
    some, narrowing = sampled(truth[order], kind, seed)
    rows = order[some]
    judges = [_judge(kind, truth[rows], scores[rows], threshold) for scores, threshold in (first, second)]
    apart = np.array(
        [
            judges[0](weights)[name] - judges[1](weights)[name]
            for weights in resampled(truth[rows], kind, seed, draws)
        ]
    )  # fmt: skip
    whole = np.ones(len(rows))
    inside = judges[0](whole)[name] - judges[1](whole)[name]
    low, high = interval(apart, value, inside, narrowing, "")
    known = apart[~np.isnan(apart)]
    ahead = known if asked.is_higher_better else -known
    better = float(np.mean((ahead > 0) + 0.5 * (ahead == 0))) if len(known) else math.nan
    return Difference(value, low, high, better)


def sampled(truth: Numbers, kind: Kind, seed: int) -> tuple[Places, float]:
    """(the places that are drawn from, how much narrower all cases make an interval): all of them, up to `MOST_CASES`.

    The spread of a figure falls with the root of the number of cases (Politis & Romano 1994).
    """
    count = len(truth)
    is_rare = kind == "classification" and _rarer(truth) < _RARE_CLASS
    if count <= MOST_CASES or is_rare:
        return np.arange(count), 1.0
    rng = np.random.default_rng([seed, count])
    chosen: Places = np.sort(rng.choice(count, MOST_CASES, replace=False))
    return chosen, math.sqrt(len(chosen) / count)


def _rarer(truth: Numbers) -> int:
    """How many cases have the answer that fewer have."""
    yes = int((truth == 1).sum())
    return min(yes, len(truth) - yes)


def sampling_note(cases: int) -> str:
    """What the reader should know of intervals of that many cases; empty where all were drawn from."""
    if cases <= MOST_CASES:
        return ""
    return say(
        "Intervals come from {n} of the {cases} tested cases, drawn at random, and are as narrow as all of them make it.",
        n=f"{MOST_CASES:,}",
        cases=f"{cases:,}",
    )


def resampled(truth: Numbers, kind: Kind, seed: int, draws: int) -> Iterator[Numbers]:
    """How often each case counts, draw by draw; each of shape (cases,)."""
    rng = np.random.default_rng(seed)
    strata = [np.arange(len(truth))]
    if kind == "classification" and 0 < _rarer(truth) < _TINY_CLASS:
        strata = [np.flatnonzero(truth == 1), np.flatnonzero(truth != 1)]
    for _ in range(draws):
        weights = np.zeros(len(truth))
        for rows in strata:
            weights[rows] = np.bincount(rng.integers(0, len(rows), len(rows)), minlength=len(rows))
        yield weights


def interval(drawn: Numbers, value: float, inside: float, narrowing: float, unit: str) -> Interval:
    """Where 95 of 100 draws lie. With a sample, around the value of all cases, and as narrow as they make it."""
    known = drawn[~np.isnan(drawn)]
    if math.isnan(value) or math.isnan(inside) or not len(known):
        return math.nan, math.nan
    low, high = (float(np.quantile(known, share)) for share in (LOW, HIGH))
    if narrowing < 1:
        low, high = value + (low - inside) * narrowing, value + (high - inside) * narrowing
    return (max(low, 0.0), min(high, 1.0)) if unit == "share" else (low, high)


def _judge(kind: Kind, truth: Numbers, scores: Numbers, threshold: float) -> Judge:
    return _judge_classes(truth, scores, threshold) if kind == "classification" else _judge_amounts(truth, scores)


def _judge_classes(truth: Numbers, scores: Numbers, threshold: float) -> Judge:
    seen = ranked(truth, scores)
    is_yes, called = truth == 1, scores >= threshold
    columns: np.ndarray[Any, Any] = np.column_stack(
        [is_yes & called, ~is_yes & called, ~is_yes & ~called, is_yes & ~called,
         log_losses(truth, scores), (truth - scores) ** 2]
    ).astype(np.float64)  # fmt: skip

    def judge(weights: Numbers) -> dict[str, float]:
        *called_as, surprise, squares = (float(total) for total in weights @ columns)
        told = Counts(*called_as)
        return {
            "accuracy": told.accuracy,
            "precision": told.precision,
            "recall": told.recall,
            "f1": told.f1,
            **_ranking_figures(seen, weights),
            "log_loss": ratio(surprise, told.cases),
            "brier": ratio(squares, told.cases),
        }

    return judge


def _ranking_figures(seen: Ranked, weights: Numbers) -> Mapping[str, float]:
    found, called = seen.cumulated(weights[seen.order])
    return {"roc_auc": area_under_roc(found, called), "average_precision": average_precision_of(found, called)}


def _judge_amounts(truth: Numbers, scores: Numbers) -> Judge:
    centred = truth - truth.mean()  # squares of large amounts would swallow their differences
    errors = truth - scores
    columns: np.ndarray[Any, Any] = np.column_stack([np.abs(errors), errors**2, centred, centred**2])

    def judge(weights: Numbers) -> dict[str, float]:
        cases = float(weights.sum())
        absolute, squares, total, centred_squares = (float(each) for each in weights @ columns)
        spread = centred_squares - total**2 / cases
        mse = squares / cases
        varies = spread > 1e-12 * max(centred_squares, 1e-300)
        return {
            "mae": absolute / cases,
            "mse": mse,
            "rmse": math.sqrt(mse),
            "r2": explained(squares, spread if varies else 0.0, cases),
        }

    return judge
