"""Searching: better settings than the usual ones, within a budget of seconds, by folds of the training part alone.

Settings are drawn at random, the usual ones first, and tried on one fold; then the best third is tried on the further folds
(successive halving by folds; Jamieson & Talwalkar 2016). What is drawn is a function of the seed; how far the budget reaches
is not: it depends on the computer, and a training says which settings were chosen.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import pandas as pd

from analytics.predict.cases import Numbers
from analytics.predict.evaluation.measures import RANKED_BY, measure
from analytics.predict.learners import Learner, Value
from analytics.predict.learning.preparing import fitted_pipeline, raw_scores
from analytics.predict.learning.splitting import dealt
from analytics.predict.request import TrainingRequest
from analytics.text import say

FOLDS: Final = 3
MOST_CASES: Final = 20_000
"""Settings are compared on as many cases at most."""
_FIRST_SHARE: Final = 0.6
"""Of a model's time goes to trying many on one fold; the rest to trying the best on all."""
_KEPT: Final = 3
"""One in so many goes on to the further folds."""


@dataclass(frozen=True, slots=True)
class Tried:
    """What a search has found."""

    settings: Mapping[str, Value]
    """Empty where nothing was better than the usual ones."""
    tried: int
    seconds: float


@dataclass(slots=True)
class _Trial:
    """Settings and what they were worth in the folds so far: the smaller, the better."""

    settings: Mapping[str, Value]
    losses: list[float] = field(default_factory=list)

    @property
    def loss(self) -> float:
        return sum(self.losses) / len(self.losses)


def searched(
    request: TrainingRequest, learner: Learner, frame: pd.DataFrame, target: Numbers, seconds: float,
    *, report: Callable[[int], None] | None = None, clock: Callable[[], float] = time.perf_counter,
) -> Tried:  # fmt: skip
    """The settings that did best in the folds; the usual ones where no time is left for others, or too few cases are rare.

    A try that would probably not end in time is not begun.
    """
    began = clock()
    if seconds <= 0 or not learner.settings:
        return Tried({}, 0, 0.0)
    frame, target = frame[:MOST_CASES], target[:MOST_CASES]  # in an order that is as good as drawn
    folds = dealt(frame, target, FOLDS, request.seed + 2, is_classes=learner.kind == "classification")
    if not _can_compare(target, folds, learner):
        return Tried({}, 0, clock() - began)
    trials = [_Trial({})]
    slowest = _try(request, learner, trials[0], frame, target, folds, clock)
    for settings in drawn_settings(learner, request.seed):
        if clock() - began + slowest > _FIRST_SHARE * seconds:
            break
        trials.append(_Trial(settings))
        slowest = max(slowest, _try(request, learner, trials[-1], frame, target, folds, clock))
        if report is not None:
            report(len(trials))
    ranked = sorted(trials, key=lambda trial: trial.loss)
    finalists = ranked[: max(2, len(ranked) // _KEPT)]
    if trials[0] not in finalists:
        finalists.append(trials[0])
    # The usual settings are the yardstick: they go on first, or nothing could be shown to be better
    finalists.sort(key=lambda trial: (trial is not trials[0], trial.loss))
    for trial in finalists:
        while len(trial.losses) < FOLDS and clock() - began + slowest <= seconds:
            slowest = max(slowest, _try(request, learner, trial, frame, target, folds, clock))
    whole = [trial for trial in finalists if len(trial.losses) == FOLDS] or trials[:1]
    best = min(whole, key=lambda trial: (trial.loss, trial is not trials[0]))
    return Tried(best.settings, len(trials), clock() - began)


def _can_compare(target: Numbers, folds: np.ndarray[Any, Any], learner: Learner) -> bool:
    """Whether every fold has cases, and both answers: of a million cases with a hundred yes, those looked at may have none."""
    inside = [target[folds == fold] for fold in range(FOLDS)]
    if learner.kind == "classification":
        return all(0 < part.sum() < len(part) for part in inside)
    return all(len(part) > 0 for part in inside)


def drawn_settings(learner: Learner, seed: int) -> Iterator[Mapping[str, Value]]:
    """Every mixture of what may vary, each once, in an order drawn at random."""
    mixtures = list(itertools.product(*(setting.values for setting in learner.settings)))
    names = [setting.name for setting in learner.settings]
    for place in np.random.default_rng([seed, len(mixtures)]).permutation(len(mixtures)):
        yield dict(zip(names, mixtures[place], strict=True))


def search_words(learner: Learner, tried: int) -> str:
    """What is said while a search goes on."""
    return say("Searching settings of {model}: {n} tried", model=say(learner.label), n=f"{tried:,}")


def _try(
    request: TrainingRequest, learner: Learner, trial: _Trial, frame: pd.DataFrame, target: Numbers,
    folds: np.ndarray[Any, Any], clock: Callable[[], float],
) -> float:  # fmt: skip
    """Fit on all folds but the next and score that; the seconds it took."""
    began = clock()
    inside = folds == len(trial.losses)
    made = fitted_pipeline(request, learner, trial.settings, frame[~inside], target[~inside])
    ranked_by = measure(RANKED_BY[learner.kind])
    figure = ranked_by.compute(target[inside], raw_scores(made, frame[inside]), 0.5)
    trial.losses.append(-figure if ranked_by.is_higher_better else figure)
    return clock() - began
