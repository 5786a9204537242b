"""What is drawn of trained models: computed once for each model, and kept while its training is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import numpy as np

from analytics.predict import Contender, Training
from analytics.predict.evaluation import curves, model_words
from analytics.predict.evaluation.curves import Calibration, Confusion, Gains, PrecisionRecall, Residuals, Roc
from analytics.predict.evaluation.model_words import Findings
from analytics.text import say
from dashboard.results import Kept
from dashboard.state import View

T = TypeVar("T")
_CURVES = Kept(60)
"""A curve has 400 points at most; a list of them is small whatever it was made of."""
TOP_SHARE: Final = 0.1
_MOST_DRAWN: Final = 50_000
"""Test cases of which samples are drawn while a page waits."""
_AMOUNTS: Final = 200_000
"""Amounts of which a histogram is drawn; of more, evenly as many."""


@dataclass(frozen=True, slots=True, eq=False)
class Balance:
    """What is to be predicted, in each part."""

    parts: dict[str, tuple[int, int]]
    """Label of the part → (yes, no)."""
    amounts: np.ndarray[Any, Any]
    mean: float
    median: float
    share_zero: float


def _once(name: str, training: Training, learner: str, compute: Callable[[], T]) -> T:
    key = (name, training.id, training.made_at, learner) if training.id else (name, id(training), learner)
    return _CURVES.get(key, compute)


def balance_of(training: Training) -> Balance:
    """How many cases of each part are yes, and how all amounts are spread."""

    def compute() -> Balance:
        learnt, tested = training.training_target, training.test_target
        both = np.concatenate([learnt, tested])
        parts = {
            label: (int((target == 1).sum()), int((target != 1).sum()))
            for label, target in ((say("Learnt from"), learnt), (say("Tested on"), tested))
        }
        if len(both) > _AMOUNTS:
            both = np.sort(both)[np.linspace(0, len(both) - 1, _AMOUNTS).astype(np.intp)]
        return Balance(parts, both, float(both.mean()), float(np.median(both)), float((both == 0).mean()))

    return _once("balance", training, "", compute)


def roc_of(training: Training, contender: Contender) -> Roc:
    return _once("roc", training, contender.name, lambda: curves.roc(training.test_target, contender.scores))


def precision_recall_of(training: Training, contender: Contender) -> PrecisionRecall:
    return _once(
        "precision", training, contender.name, lambda: curves.precision_recall(training.test_target, contender.scores)
    )


def calibration_of(training: Training, contender: Contender) -> Calibration:
    return _once(
        "calibration", training, contender.name, lambda: curves.calibration(training.test_target, contender.scores)
    )


def gains_of(training: Training, contender: Contender) -> Gains:
    return _once("gains", training, contender.name, lambda: curves.gains(training.test_target, contender.scores))


def residuals_of(training: Training, contender: Contender) -> Residuals:
    return _once(
        "residuals", training, contender.name, lambda: curves.residuals(training.test_target, contender.scores)
    )


def confusion_at(training: Training, contender: Contender, threshold: float) -> Confusion:
    """How cases are called at a cut-off: a few milliseconds for a million of them, as it is asked while somebody drags."""
    return curves.confusion(training.test_target, contender.scores, threshold)


def cut_of(view: View, shown: Contender) -> float:
    """The cut-off that is tried out, as a share; the model's own unless the view says another."""
    try:
        told = float(view.one("models_cut")) / 100
    except ValueError:
        return shown.threshold
    return told if 0 <= told <= 1 else shown.threshold


def largest_score(training: Training, contender: Contender) -> float:
    return _once("largest", training, contender.name, lambda: float(contender.scores.max(initial=0.0)))


def findings_of(training: Training) -> Findings:
    """What is worth saying of the best model. How sure it is to be the best is drawn 200 times: not of very many cases."""

    def compute() -> Findings:
        best = training.contender()
        few = len(training.test_target) <= _MOST_DRAWN
        return Findings(
            model_words.headline(training, best),
            model_words.against_baseline(training, best),
            model_words.sureness(training, best) if few else "",
            model_words.doubts(training, best),  # the columns that know too much have a list with their reasons
        )

    return _once("findings", training, "", compute)
