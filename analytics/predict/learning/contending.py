"""Contending: one learner in the folds of the training part, made honest there, then fitted on all of it and tested once."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analytics.errors import RequestError
from analytics.predict.cases import Numbers
from analytics.predict.evaluation.intervals import bootstrap
from analytics.predict.evaluation.measures import RANKED_BY, best_threshold, figures, measure
from analytics.predict.inputs import Input
from analytics.predict.learners import Learner, Value
from analytics.predict.learning.calibrating import calibrator, cross_fitted
from analytics.predict.learning.preparing import fitted_pipeline, raw_scores
from analytics.predict.learning.splitting import Places
from analytics.predict.request import TrainingRequest
from analytics.predict.trained import Calibrator, Contender, Fitted
from analytics.text import say


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """Cases of one side of the split, in an order that does not depend on the one they came in."""

    frame: pd.DataFrame
    target: Numbers


@dataclass(frozen=True, slots=True, eq=False)
class _InFolds:
    """What a learner said of the training cases, each by a fit that has not seen it."""

    raw: Numbers
    honest: Numbers
    """The same, made honest by what the other folds say."""
    calibrator: Calibrator
    is_log: bool = False


def contend(
    request: TrainingRequest, learner: Learner, settings: Mapping[str, Value], inputs: tuple[Input, ...],
    training: Part, folds: Places, test: Part,
) -> Contender:  # fmt: skip
    """Compare in the folds, settle everything there (scale of the target, calibration, threshold), fit on all, test once."""
    kind = learner.kind
    known = _classes(request, learner, settings, training, folds) if kind == "classification" else (
        _amounts(request, learner, settings, training, folds)
    )  # fmt: skip
    target = np.log1p(training.target) if known.is_log else training.target
    started = time.perf_counter()
    made = fitted_pipeline(request, learner, settings, training.frame, target)
    seconds = time.perf_counter() - started
    fitted = Fitted(kind, learner.name, made, inputs, known.calibrator, known.is_log)
    threshold = best_threshold(training.target, known.honest) if kind == "classification" else 0.0
    scores = fitted.score_known(test.frame)
    return Contender(
        learner.name, settings, figures(kind, test.target, scores, threshold),
        bootstrap(kind, test.target, scores, threshold, seed=request.seed),
        figures(kind, training.target, known.honest, threshold), threshold, seconds, scores, known.honest, fitted,
    )  # fmt: skip


def loss(kind: str, found: Mapping[str, float]) -> float:
    """What models are ranked by, the smaller the better; the largest where it is not defined."""
    ranked_by = measure(RANKED_BY[kind])
    value = found[ranked_by.name]
    return np.inf if np.isnan(value) else -value if ranked_by.is_higher_better else value


def _classes(
    request: TrainingRequest, learner: Learner, settings: Mapping[str, Value], training: Part, folds: Places
) -> _InFolds:
    raw = _unseen(request, learner, settings, training.frame, training.target, folds)
    made = calibrator(request.calibration, raw, training.target, folds)
    return _InFolds(raw, cross_fitted(made.method, raw, training.target, folds), made)


def _amounts(
    request: TrainingRequest, learner: Learner, settings: Mapping[str, Value], training: Part, folds: Places
) -> _InFolds:
    target, wanted = training.target, request.target_scale if learner.can_log else "plain"
    if wanted == "log" and target.min() < 0:
        raise RequestError(
            say(
                "Amounts below nothing have no logarithm (the least is {least}). Choose auto or plain for the target's scale.",
                least=f"{target.min():,.2f}",
            )
        )
    tried = []
    if wanted != "log":
        raw = _unseen(request, learner, settings, training.frame, target, folds)
        tried.append(_InFolds(raw, raw, Calibrator("none")))
    if wanted == "log" or (wanted == "auto" and _has_long_tail(target)):
        told = _unseen(request, learner, settings, training.frame, np.log1p(target), folds)
        amounts = np.expm1(np.clip(told, 0, 700))
        honest = np.empty(len(amounts))
        for fold in np.unique(folds):
            inside = folds == fold
            honest[inside] = _smearing(amounts[~inside], target[~inside])(amounts[inside])
        tried.append(_InFolds(told, honest, _smearing(amounts, target), is_log=True))
    return min(tried, key=lambda one: loss("regression", figures("regression", target, one.honest, 0.0)))


def _unseen(
    request: TrainingRequest, learner: Learner, settings: Mapping[str, Value], frame: pd.DataFrame, target: Numbers,
    folds: Places,
) -> Numbers:  # fmt: skip
    scores = np.full(len(target), np.nan)
    for fold in range(request.folds):
        inside = folds == fold
        made = fitted_pipeline(request, learner, settings, frame[~inside], target[~inside])
        scores[inside] = raw_scores(made, frame[inside])
    return scores


def _has_long_tail(target: Numbers) -> bool:
    """Whether the amounts other than 0 lie so that their mean is far above their middle."""
    amounts = target[target != 0]
    return len(amounts) > 0 and bool(target.min() >= 0) and bool(amounts.mean() > 1.2 * np.median(amounts))


def _smearing(amounts: Numbers, target: Numbers) -> Calibrator:
    """Brings a mean back that a logarithm has lost, by one factor (Duan 1983, of ratios), and ends at the largest seen.

    The mean of logarithms is that of no amounts: what is predicted adds up to too little without it.
    """
    total, most = float(np.sort(amounts).sum()), float(target.max())
    factor = float(np.sort(target).sum()) / total if total > 0 else 1.0
    if factor <= 0 or most <= 0:
        return Calibrator("none")
    return Calibrator("smearing", ((0.0, 0.0), (most / factor, most)))
