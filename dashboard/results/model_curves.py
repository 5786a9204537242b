"""What is drawn of trained models: computed once for each model, and kept while its training is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import numpy as np

from analytics.predict import Contender, Training, curves
from analytics.predict.curves import Calibration, Confusion, Gains, PrecisionRecall, Residuals, Roc
from analytics.text import say
from dashboard import formats
from dashboard.results import Kept
from dashboard.state import View

T = TypeVar("T")
_CURVES = Kept(60)
"""A curve has 400 points at most; a list of them is small whatever it was made of."""
TOP_SHARE: Final = 0.1
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


def headline_of(training: Training) -> str:
    """What came out, in a sentence that can be repeated in a meeting."""
    best = training.contender()
    label = say(best.about().label)
    if training.asked.kind == "regression":
        return _amounts_headline(training, best, label)
    found = gains_of(training, best).found_at(TOP_SHARE)
    rate = float(np.mean(training.test_target == 1))
    if found != found or not rate:  # noqa: PLR0124 - not-a-number differs from itself
        return say("{model} was best, and there is nobody to find among the cases that it was tested on.", model=label)
    return say(
        "Take the {share} of cases that {model} scores highest: {top} of them are '{answer}', against {rate} of all.",
        share=formats.share(TOP_SHARE, 0),
        model=label,
        top=formats.share(min(1.0, found * rate / TOP_SHARE), 0),
        answer=say(training.positive),
        rate=formats.share(rate, 0),
    )


def _amounts_headline(training: Training, best: Contender, label: str) -> str:
    off = best.figures["mae"]
    rules = sorted(training.baselines, key=lambda rule: rule.figures["mae"])
    if not rules:
        return say("{model} is off by {off} in the mean.", model=label, off=_amount(off, training))
    rule, rules_off = rules[0], rules[0].figures["mae"]
    sentence = (
        "{model} is off by {off} in the mean: {less} less than the best rule of thumb, '{rule}', with {rules_off}."
        if off < rules_off
        else "{model} is off by {off} in the mean, no better than the rule of thumb '{rule}' with {rules_off}: use the rule."
    )
    return say(
        sentence,
        model=label,
        off=_amount(off, training),
        less=formats.share(1 - off / rules_off if rules_off else 0.0, 0),
        rule=say(rule.label),
        rules_off=_amount(rules_off, training),
    )


def _amount(value: float, training: Training) -> str:
    return formats.in_unit(value, training.asked.unit, training.currency)
