"""MEASURES: the figures that models are judged by, each with its sentence and its formula."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from analytics.predict.cases import Numbers
from analytics.predict.problems.problem import Kind


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


def _accuracy(truth: Numbers, scores: Numbers, threshold: float) -> float:
    return float(np.mean((scores >= threshold) == (truth == 1)))


def _roc_auc(truth: Numbers, scores: Numbers, threshold: float) -> float:  # noqa: ARG001 - it is of all thresholds
    from sklearn.metrics import roc_auc_score

    return float(roc_auc_score(truth, scores)) if 0 < truth.sum() < len(truth) else float("nan")


def _mae(truth: Numbers, scores: Numbers, threshold: float) -> float:  # noqa: ARG001 - amounts have none
    return float(np.mean(np.abs(truth - scores)))


MEASURES: Final = (
    Measure(
        "accuracy",
        "Accuracy",
        "The share of cases that are called rightly.",
        "classification",
        _accuracy,
        needs_threshold=True,
    ),
    Measure(
        "roc_auc",
        "ROC-AUC",
        "How often a case that is yes gets a higher score than one that is no: 0.5 is guessing.",
        "classification",
        _roc_auc,
        unit="number",
    ),
    Measure(
        "mae",
        "Mean absolute error",
        "By how much predictions are off in the mean.",
        "regression",
        _mae,
        False,
        unit="target",
    ),
)
"""In the order shown."""

RANKED_BY: Final = {"classification": "roc_auc", "regression": "mae"}
"""What the best model is chosen by, in the folds of the training part."""


def measures_of(kind: Kind) -> tuple[Measure, ...]:
    return tuple(known for known in MEASURES if known.kind == kind)


def figures(kind: Kind, truth: Numbers, scores: Numbers, threshold: float) -> dict[str, float]:
    """Every measure of that kind."""
    return {known.name: known.compute(truth, scores, threshold) for known in measures_of(kind)}
