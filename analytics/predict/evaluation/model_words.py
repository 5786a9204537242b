"""What a training found, in sentences for people who decide: what a model is good for, how sure that is, and what limits it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from analytics.predict.cases import Numbers
from analytics.predict.evaluation.curves import gains
from analytics.predict.evaluation.intervals import DRAWS, Difference, difference
from analytics.predict.evaluation.measures import MEASURES, RANKED_BY, calibration_error, measure
from analytics.predict.trained import Baseline, Contender, Training
from analytics.text import in_unit, say

_TOP: Final = 0.2
_FEW_YES: Final = 50
_FEW_CASES: Final = 200
_BY_LOT: Final = 0.5
"""The ROC-AUC of an order by lot."""
_APART: Final = 0.6
"""A ROC-AUC below this hardly differs from guessing, 0.5: of five pairs of a yes and a no it orders two wrongly."""
_CLEARLY: Final = 0.01
"""How much worse than in the folds a figure is, for that to be worth a sentence."""
_MEAN_OFF: Final = 0.1
"""Of the mean amount: a model whose mean is further from it than this makes wrong sums."""
_OFF: Final = 0.05
"""A calibration error above this is told: in 20 points of chance one is wrong."""


_USUAL_HEADLINES: Final = (
    "{model}: the best {top} of cases hold {found} of those that are '{positive}'; chance would hold {top}.",
    "{model}: of the {top} of cases with the highest score {right} are '{positive}'; of all tested {rate}.",
)
_HEADLINES: Final[Mapping[str, tuple[str, str]]] = {
    "churn": (
        "{model}: the {top} of customers with the highest score hold {found} of those who will be lost; chance would hold {top}.",
        "{model}: of the {top} of customers with the highest score {right} will be lost; of all tested {rate}.",
    ),
    "conversion": (
        "{model}: the best {top} of visits hold {found} of those with a purchase; chance would hold {top}.",
        "{model}: of the {top} of visits with the highest score {right} end with a purchase; of all tested {rate}.",
    ),
    "abandonment": (
        "{model}: the {top} of carts with the highest score hold {found} of those that are left; chance would hold {top}.",
        "{model}: of the {top} of carts with the highest score {right} are left; of all tested {rate}.",
    ),
}
"""Problem → what is said where yes is rare, and where it is not; of any other column `_USUAL_HEADLINES`."""


@dataclass(frozen=True, slots=True)
class Term:
    """A word that is explained where it stands."""

    name: str
    label: str
    meaning: str


TERMS: Final[tuple[Term, ...]] = (
    *(Term(known.name, known.label, known.meaning) for known in MEASURES),
    Term("score", "Score", "What a model says of a case: the chance that the answer is yes, or the amount it expects."),
    Term("threshold", "Cut-off", "The score from which a case is called yes; lower it to find more, and be wrong more often."),
    Term("baseline", "Baseline", "A rule of thumb without any model, such as always no: a model has to beat it."),
    Term("test_part", "Test part", "Cases that were put aside before any model learnt: figures come from them alone."),
    Term("training_part", "Training part", "The cases that models learn from."),
    Term("fold", "Fold", "A part of the training cases that a model is tried on after learning from all the others."),
    Term("interval", "Interval", "Where a figure lies in 95 of 100 test parts like this one, found by drawing its cases again."),
    Term("calibration", "Calibration", "Whether of cases with a chance of 30%, three in ten turn out to be yes."),
    Term("calibration_error", "Calibration error", "By how much chances are off in the mean, over tenths of the cases."),
    Term("roc", "ROC curve", "For each cut-off, the share of yes that is found over the share of no that is called yes."),
    Term("precision_recall", "Precision and recall", "At each cut-off, how many called yes are yes, over how many are found."),
    Term("confusion", "Confusion matrix", "How many cases are called yes and no, against how many are."),
    Term("gains", "Gains", "The share of all yes that is among the best so many percent by score."),
    Term("lift", "Lift", "How many times more yes there are among the best scores than among as many taken at random."),
    Term("residual", "Residual", "What came minus what was predicted: above 0 the model said too little."),
    Term("importance", "Importance", "How much worse the model is when a feature's values are shuffled among the cases."),
    Term("partial_dependence", "Partial dependence", "The mean score if all cases had that value of a feature."),
    Term("contribution", "Contribution", "What one feature of one case adds to its score; with a base they make the score."),
    Term("leak", "Leak", "A column that knows the answer, or what comes after it: good for figures, of no use in time."),
    Term("balance", "Balancing", "Giving a rare answer more weight while a model learns; never among the cases it is tested on."),
    Term("break_even", "Break-even", "The score from which a contact brings back what it costs."),
    Term("response_share", "Won by the contact", "Of those who say yes, the share who would not have without being contacted."),
)  # fmt: skip
"""The glossary of predictions."""


@dataclass(frozen=True, slots=True)
class Findings:
    """What is worth saying of one model of a training."""

    headline: str
    against: str
    """The baseline, or empty where there is none."""
    sureness: str
    limits: tuple[str, ...]

    @property
    def sentences(self) -> tuple[str, ...]:
        return tuple(told for told in (self.headline, self.against, self.sureness, *self.limits) if told)


def findings(training: Training, learner: str = "") -> Findings:
    """What a model of a training found; the best where none is named."""
    one = training.contender(learner)
    return Findings(
        headline(training, one), against_baseline(training, one), sureness(training, one), limits(training, one)
    )


def headline(training: Training, one: Contender) -> str:
    """What the model is good for, in numbers that need no statistics."""
    label = say(one.about().label)
    if training.asked.kind == "classification":
        return _headline_of_classes(training, one, label)
    off = one.figures["mae"]
    typical = float(np.mean(np.abs(training.test_target))) if len(training.test_target) else math.nan
    return say(
        "{model} is off by {off} in the mean, where the amounts that it was tested on are {typical} in the mean.",
        model=label, off=_amount(training, off), typical=_amount(training, typical),
    )  # fmt: skip


def _headline_of_classes(training: Training, one: Contender, label: str) -> str:
    """Where yes is rare, how much of it is among the best; where it is not, how many of the best are yes."""
    found = gains(training.test_target, one.scores).found_at(_TOP)
    if math.isnan(found):
        return say("{model} could not be judged: the test part has no case that is '{positive}'.",
                   model=label, positive=training.positive)  # fmt: skip
    if np.ptp(one.scores) == 0:
        return say("{model} is no better than chance: it gives every case the same score.", model=label)
    if _may_be_chance(one):
        few = one.figures["roc_auc"] >= _APART
        pattern = (
            "{model} cannot be told from chance: the tested cases are too few."
            if few
            else "{model} is no better than chance: drawing the tested cases by lot would do as well."
        )
        return say(pattern, model=label)
    rate = float(np.mean(training.test_target))
    told = _HEADLINES.get(training.asked.name, _USUAL_HEADLINES)
    if rate <= _TOP:
        return say(told[0], model=label, top=f"{_TOP:.0%}", found=f"{found:.0%}", positive=training.positive)
    right = min(found * rate / _TOP, 1.0)  # two roundings may go beyond all
    return say(
        told[1], model=label, top=f"{_TOP:.0%}", right=f"{right:.0%}", rate=f"{rate:.0%}", positive=training.positive
    )


def _may_be_chance(one: Contender) -> bool:
    """Whether a model's order of the tested cases cannot be told from an order by lot."""
    low = one.intervals.get("roc_auc", (math.nan, math.nan))[0]
    return (one.figures["roc_auc"] if math.isnan(low) else low) <= _BY_LOT


def against_baseline(training: Training, one: Contender) -> str:
    """How much better it is than the best rule of thumb; empty where there is none to compare with."""
    name = "accuracy" if training.asked.kind == "classification" else "mae"
    rule = _best_baseline(training, name)
    if rule is None or math.isnan(one.figures.get(name, math.nan)):
        return ""
    mine, its = one.figures[name], rule.figures[name]
    is_better = mine > its if name == "accuracy" else mine < its
    if name == "accuracy":
        if is_better:
            pattern = "It calls {mine} of cases rightly; the rule “{rule}” does for {its}."
        elif one.figures["roc_auc"] >= _APART:
            pattern = "It calls {mine} of cases rightly, no more than “{rule}” with {its}: what it adds is the order of cases."
        else:
            pattern = "It calls {mine} of cases rightly, no more than “{rule}” with {its}."
        return say(pattern, mine=f"{mine:.1%}", its=f"{its:.1%}", rule=rule.label)
    pattern = (
        "The rule “{rule}” is off by {its}: the model errs {less} less."
        if is_better
        else "The rule “{rule}” is off by {its} only: in the mean error the model is no better."
    )
    less = 1 - mine / its if its else 0.0
    return say(pattern, rule=rule.label, its=_amount(training, its), less=f"{less:.0%}")


def _best_baseline(training: Training, name: str) -> Baseline | None:
    """The best rule of thumb; where most cases are yes, always saying so is one too."""
    known = [rule for rule in training.baselines if not math.isnan(rule.figures.get(name, math.nan))]
    if known and name == "accuracy":
        known.append(Baseline("always", say("Always yes"), {name: float(np.mean(training.test_target))}))
    sign = -1 if measure(name).is_higher_better else 1
    return min(known, key=lambda rule: sign * rule.figures[name], default=None)


def sureness(training: Training, one: Contender) -> str:
    """How sure it is that this model is the one to take, against the next best on the same test cases."""
    others = [other for other in training.contenders if other.name != one.name]
    name = RANKED_BY[training.asked.kind]
    if not others:
        return _alone(one, name)
    sign = -1 if measure(name).is_higher_better else 1
    rival = min(others, key=lambda other: _last(sign * other.figures[name]))
    gap = versus(training, one, rival)
    models = {"model": say(one.about().label), "rival": say(rival.about().label)}
    if math.isnan(gap.better):
        return ""
    if gap.better >= 0.975:
        return say("It is better than {rival} in {n} of 100 test parts like this one.",
                   n=min(99, round(100 * gap.better)), **models)  # fmt: skip
    if gap.better <= 0.025:
        return say(
            "{rival} is better in {n} of 100 test parts like this one.",
            n=min(99, round(100 - 100 * gap.better)),
            **models,
        )
    return say(
        "It cannot be told from {rival}: in {n} of 100 test parts like this one it is the better of the two.",
        n=round(100 * gap.better), **models,
    )  # fmt: skip


def _last(value: float) -> float:
    return math.inf if math.isnan(value) else value


def versus(training: Training, one: Contender, rival: Contender, *, draws: int = DRAWS) -> Difference:
    """By how much one model is above another in the measure they are ranked by, on the same draws of test cases."""
    return difference(
        training.asked.kind, RANKED_BY[training.asked.kind], training.test_target,
        (one.scores, one.threshold), (rival.scores, rival.threshold), seed=training.request.seed, draws=draws,
    )  # fmt: skip


def _alone(one: Contender, name: str) -> str:
    low, high = one.intervals.get(name, (math.nan, math.nan))
    if math.isnan(low):
        return ""
    return say(
        "{measure} lies between {low} and {high} in 95 of 100 test parts like this one.",
        measure=say(measure(name).label), low=_figure(low), high=_figure(high),
    )  # fmt: skip


def limits(training: Training, one: Contender) -> tuple[str, ...]:
    """What keeps one from trusting it further: what its figures show, and the columns that know the answer."""
    told = [*doubts(training, one)]
    excluded = [leak.column for leak in training.leaks if leak.excluded]
    kept = [leak.column for leak in training.leaks if not leak.excluded]
    if excluded:
        told.append(say("Left out, because they know the answer: {columns}.", columns=", ".join(excluded)))
    if kept:
        told.append(
            say("Used although they seem to know the answer: {columns}. Figures may be too good to be true.",
                columns=", ".join(kept))
        )  # fmt: skip
    return tuple(told)


def doubts(training: Training, one: Contender) -> tuple[str, ...]:
    """What in its own figures keeps one from trusting it further."""
    told = []
    cases = len(training.test_target)
    if training.asked.kind == "classification":
        yes = int(training.test_target.sum())
        rare = min(yes, cases - yes)
        if rare < _FEW_YES:
            rarer = training.positive if yes <= cases - yes else training.negative
            told.append(
                say(
                    "Only {n} of the tested cases are '{answer}': every figure may be far off.",
                    n=f"{rare:,}",
                    answer=rarer,
                )
            )
        error = calibration_error(training.test_target, one.scores)
        if error > _OFF:
            told.append(
                say("Its chances are off by {points} points in the mean: trust the order of cases more than the percentages.",
                    points=f"{100 * error:.0f}")
            )  # fmt: skip
        if rare and one.figures["roc_auc"] < _APART:
            told.append(say("It hardly tells the two answers apart: what decides them is not among the columns."))
    else:
        if one.figures["r2"] <= 0:
            told.append(
                say("It predicts amounts no better than their mean: what decides them is not among the columns.")
            )
        if _is_mean_off(training.test_target, one.scores):
            expected, came = float(one.scores.mean()), float(training.test_target.mean())
            told.append(
                say(
                    "It predicts {expected} in the mean of the tested cases, and {came} came: trust the order of its predictions "
                    "more than their height, and no sum of them.",
                    expected=_amount(training, expected), came=_amount(training, came),
                )
            )  # fmt: skip
    if cases < _FEW_CASES:
        told.append(say("It was tested on {n} cases only.", n=f"{cases:,}"))
    fitted_better = _overfit(training, one)
    if fitted_better:
        told.append(fitted_better)
    return tuple(told)


def _is_mean_off(truth: Numbers, scores: Numbers) -> bool:
    """Whether the mean of what is predicted is far from that of what came: more than a tenth, and more than chance makes."""
    if len(truth) < 2:
        return False
    errors = truth - scores
    off = abs(float(errors.mean()))
    return off > _MEAN_OFF * float(np.abs(truth).mean()) and off > 2 * float(errors.std(ddof=1)) / math.sqrt(len(truth))


def _overfit(training: Training, one: Contender) -> str:
    """Where the test part is clearly worse than the folds: the cases have changed between the two."""
    name = RANKED_BY[training.asked.kind]
    known: Mapping[str, float] = one.in_folds
    if not measure(name).is_higher_better or name not in known or name not in one.intervals:
        return ""
    high = one.intervals[name][1]
    if math.isnan(high) or not known[name] > high or known[name] - one.figures[name] < _CLEARLY:
        return ""
    return say(
        "Its {measure} was {folds} on the training part and is {test} now: the tested cases are unlike those it learnt from.",
        folds=_figure(known[name]), test=_figure(one.figures[name]), measure=say(measure(name).label),
    )  # fmt: skip


def _amount(training: Training, value: float) -> str:
    return "–" if math.isnan(value) else in_unit(float(f"{value:.3g}"), training.asked.unit, training.currency)


def _figure(value: float) -> str:
    return "–" if math.isnan(value) else f"{value:.3g}"
