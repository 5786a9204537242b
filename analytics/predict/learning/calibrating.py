"""Calibrating: from a model's scores to honest probabilities, learnt from scores of cases that no fit has seen.

Balancing tells a model that yes is more frequent than it is, and deep models are too sure of themselves: both is mended here.
Every way keeps the order of the scores, so that only what a score means changes, never who comes first.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from analytics.predict.cases import Numbers
from analytics.predict.learning.splitting import Places
from analytics.predict.trained import Calibrator

_SURE: Final = 1e-6
"""Scores nearer to 0 or 1 than this say no more."""
_STEPS: Final = 201
"""Points of a curve: between two of them its probability is off by less than 0.0005."""
_FEWEST_ISOTONIC: Final = 300
"""With fewer of the rarer answer, steps that follow the cases would follow their chance too."""
_MOST_STEPS: Final = 50
_NEAR: Final = 1e-9
_WORTH: Final = 0.0005
"""By how much a log loss has to fall before a more elaborate way is taken."""


def calibrator(method: str, scores: Numbers, target: Numbers, folds: Places) -> Calibrator:
    """A way from scores to probabilities; `auto` is the simplest of those with the smallest log loss on cases left out.

    Args:
        scores: of each case, from a fit that has not seen it, shape (cases,).
        folds: the fold of each case, shape (cases,).
    """
    if method != "auto":
        return _fitted(method, scores, target)
    rarer = min(target.sum(), len(target) - target.sum())
    ways = ("none", "sigmoid", "isotonic") if rarer >= _FEWEST_ISOTONIC else ("none", "sigmoid")
    losses = {way: _loss(cross_fitted(way, scores, target, folds), target) for way in ways}
    chosen = ways[0]
    for way in ways[1:]:
        if losses[way] < losses[chosen] - _WORTH:
            chosen = way
    return _fitted(chosen, scores, target)


def cross_fitted(method: str, scores: Numbers, target: Numbers, folds: Places) -> Numbers:
    """The scores as probabilities, those of each fold by what the other folds say: none is judged by its own answer."""
    if method == "none":
        return scores
    made = np.empty(len(scores))
    for fold in np.unique(folds):
        inside = folds == fold
        made[inside] = _fitted(method, scores[~inside], target[~inside])(scores[inside])
    return made


def _fitted(method: str, scores: Numbers, target: Numbers) -> Calibrator:
    if method == "none" or not 0 < target.sum() < len(target):
        return Calibrator("none")
    points = _sigmoid(scores, target) if method == "sigmoid" else _isotonic(scores, target)
    return Calibrator(method, points)


def _sigmoid(scores: Numbers, target: Numbers) -> tuple[tuple[float, float], ...]:
    """1 / (1 + exp(-(a · logit(score) + b))) with a ≥ 0, answers drawn in a little (Platt 1999, equations 1-3)."""
    yes = target.sum()
    no = len(target) - yes
    wanted = np.where(target == 1, (yes + 1) / (yes + 2), 1 / (no + 2))
    order = np.lexsort((target, scores))  # sums in one order, whatever that of the cases
    slope, shift = _line(_logit(scores)[order], wanted[order])
    logits = np.linspace(-1, 1, _STEPS) * -_logit(np.array([_SURE]))[0]
    return _points(_share(logits), _share(slope * logits + shift))


def _line(at: Numbers, wanted: Numbers) -> tuple[float, float]:
    """The logistic line with the smallest log loss, by Newton's steps, halved where they would overshoot; it never falls."""

    def loss(line: Numbers) -> float:
        told = line[0] * at + line[1]
        return float((np.logaddexp(0, told) - wanted * told).mean())

    line = np.array([1.0, 0.0])
    before = loss(line)
    for _ in range(_MOST_STEPS):
        share = _share(line[0] * at + line[1])
        off, spread = share - wanted, share * (1 - share) + 1e-12
        slope = np.array([(off * at).mean(), off.mean()])
        bend = np.array([[(spread * at * at).mean(), (spread * at).mean()], [(spread * at).mean(), spread.mean()]])
        step = np.linalg.solve(bend + 1e-9 * np.eye(2), slope)
        while (after := loss(line - step)) > before and np.abs(step).max() > _NEAR:
            step /= 2
        if after > before or np.abs(step).max() <= _NEAR:
            break
        line, before = line - step, after
    if line[0] <= 0:
        return 0.0, float(_logit(np.array([wanted.mean()]))[0])
    return float(line[0]), float(line[1])


def _isotonic(scores: Numbers, target: Numbers) -> tuple[tuple[float, float], ...]:
    """Steps that rise with the score, joined in their middles so that no two scores become one (Oron & Flournoy 2017)."""
    from sklearn.isotonic import IsotonicRegression

    values, where, count = np.unique(scores, return_inverse=True, return_counts=True)
    means = np.bincount(where, weights=target) / count
    steps = IsotonicRegression(y_min=0, y_max=1).fit(values, means, sample_weight=count).predict(values)
    level, which = np.unique(steps, return_inverse=True)
    weight = np.bincount(which, weights=count)
    middle = np.bincount(which, weights=values * count) / weight
    # A step on which all or none said yes is no proof that all or none ever will (Laplace)
    sure = (level <= 0) | (level >= 1)
    level = np.where(sure, (level * weight + 1) / (weight + 2), level)
    level = np.maximum.accumulate(level)
    rising = np.concatenate([[True], np.diff(level) > 0])
    middle, level = middle[rising], level[rising]
    ends = (0.0, level[0] / 2), (1.0, (1 + level[-1]) / 2)
    return _points(np.array([ends[0][0], *middle, ends[1][0]]), np.array([ends[0][1], *level, ends[1][1]]))


def _points(at: Numbers, told: Numbers) -> tuple[tuple[float, float], ...]:
    ahead = np.concatenate([[True], np.diff(at) > 0])
    return tuple(zip(at[ahead].tolist(), told[ahead].tolist(), strict=True))


def _logit(scores: Numbers) -> Numbers:
    sure = np.clip(scores, _SURE, 1 - _SURE)
    made: Numbers = np.log(sure) - np.log1p(-sure)
    return made


def _share(logits: Numbers) -> Numbers:
    made: Numbers = np.exp(-np.logaddexp(0, -logits))
    return made


def _loss(scores: Numbers, target: Numbers) -> float:
    sure = np.clip(scores, _SURE, 1 - _SURE)
    losses = -np.where(target == 1, np.log(sure), np.log1p(-sure))
    return float(np.sort(losses).mean())
