"""Training: cases → guard → parts → every learner in the same folds → figures on a test part that is looked at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from importlib.metadata import version as library_version
from typing import Final

import numpy as np

from analytics.customers import resolve_as_of
from analytics.errors import DataError, NotFoundError, RequestError
from analytics.predict.cases import Cases, Flags, Numbers
from analytics.predict.evaluation.measures import figures
from analytics.predict.guard.leaks import find_leaks, straddling, too_good
from analytics.predict.guard.oversampled import WORTH_SAYING
from analytics.predict.inputs import inputs_of
from analytics.predict.learners import Learner
from analytics.predict.learning.contending import Part, contend, loss
from analytics.predict.learning.searching import Tried, search_words, searched
from analytics.predict.learning.splitting import Places, canonical_order, dealt, drawn_test
from analytics.predict.problems import PROBLEMS
from analytics.predict.problems.columns import notes_on
from analytics.predict.request import TrainingRequest
from analytics.predict.trained import Baseline, Leak, Training
from analytics.sources import Source
from analytics.text import say

Report = Callable[[float, str], None]
_LIBRARIES: Final = ("scikit-learn", "xgboost-cpu", "imbalanced-learn", "numpy", "pandas")
_FAR_OFF: Final = 0.05
"""Between the expected and the true share of yes: more than the chance of some thousand cases."""
_FIRST_SHARE: Final = 0.08
_LAST_SHARE: Final = 0.97


def train(request: TrainingRequest, source: Source, *, made_at: str = "", report: Report | None = None) -> Training:
    """Compare models on a source's cases; nothing is kept (`keep_training` does that).

    Raises:
        NotFoundError: the dataset lacks a table or a column that the problem needs.
        DataError: there are no cases, or all have the same answer.
    """
    tell = report or (lambda _share, _sentence: None)
    asked = request.asked
    for name in asked.needs:
        if not source.has(name):
            raise NotFoundError(
                say(
                    "'{problem}' needs {table}, and dataset '{name}' has none. Bring some, or ask what it can answer: {others}.",
                    problem=asked.name,
                    table=name.replace("_", " "),
                    name=source.name,
                    others=", ".join(_answerable(source)) or say("none yet"),
                )
            )
    as_of = resolve_as_of(source, request.as_of)
    resolved = request.resolved(source.version, as_of)
    tell(0.02, say("Gathering cases"))
    return train_on(asked.cases(source, resolved), resolved, source.currency, made_at=made_at, report=report)


def train_on(
    cases: Cases, request: TrainingRequest, currency: str = "", *, made_at: str = "", report: Report | None = None
) -> Training:
    """Compare models on cases that are there already.

    Raises:
        DataError: a part has no cases, or all of one part have the same answer; too few are rare; no feature is left.
        RequestError: a column to leave out is not there; the split that is asked for is not possible.
    """
    tell = report or (lambda _share, _sentence: None)
    kind = request.asked.kind
    is_classes = kind == "classification"
    tell(0.05, say("Looking for columns that know the answer"))
    used, leaks = _guarded(cases, request)
    is_test, sentence = _parts(used, request)
    order = canonical_order(used.frame, used.target, request.seed, used.ids)
    rows, test_rows = order[~is_test[order]], order[is_test[order]]
    _check_parts(used, request, rows, test_rows)
    inputs = inputs_of(used, rows)
    training = Part(used.frame.iloc[rows].reset_index(drop=True), used.target[rows])
    test = Part(used.frame.iloc[test_rows].reset_index(drop=True), used.target[test_rows])
    ids = used.ids.iloc[rows].reset_index(drop=True)
    folds = dealt(training.frame, training.target, request.folds, request.seed + 1, is_classes=is_classes, ids=ids)
    _check_folds(training, folds, is_classes=is_classes)
    learners, budget = request.learners, float(request.search_seconds)
    found = {}
    for place, learner in enumerate(learners):
        at = _FIRST_SHARE + (_LAST_SHARE - _FIRST_SHARE) * place / len(learners)
        tried = _search(request, learner, training, budget / (len(learners) - place), at, tell)
        budget -= tried.seconds
        tell(at, say("Trying {model}", model=say(learner.label)))
        found[learner.name] = contend(request, learner, tried.settings, inputs, training, folds, test)
    contenders = tuple(found[learner.name] for learner in learners)
    best = min(contenders, key=lambda one: loss(kind, one.in_folds))
    made = Training(
        "", request, currency, used.positive, used.negative, sentence, leaks, inputs,
        _baselines(used, request, training.target, test_rows), contenders, best.name,
        training.target, test.target, test.frame, used.ids.iloc[test_rows].reset_index(drop=True),
        (*used.notes, *notes_on(used)), (), made_at, {name: library_version(name) for name in _LIBRARIES},
    )  # fmt: skip
    tell(_LAST_SHARE, say("Looking for figures that are too good to be true"))
    return replace(made, warnings=(*_shared(used, request, is_test), *_shifted(made), *too_good(made, used)))


def _answerable(source: Source) -> list[str]:
    """The problems whose tables are there."""
    return [known.name for known in PROBLEMS if all(source.has(table) for table in known.needs)]


def _search(
    request: TrainingRequest, learner: Learner, training: Part, seconds: float, at: float, tell: Report
) -> Tried:
    return searched(
        request, learner, training.frame, training.target, seconds,
        report=lambda tried: tell(at, search_words(learner, tried)),
    )  # fmt: skip


def _guarded(cases: Cases, request: TrainingRequest) -> tuple[Cases, tuple[Leak, ...]]:
    """The cases without the columns that are left out and those that know the answer; columns in the order of names."""
    names = {cases.heading(name): name for name in cases.frame.columns} | {name: name for name in cases.frame.columns}
    for told_of, pattern in (
        (request.leave_out, "There is no column '{name}' to leave out. There is {names}."),
        (request.keep, "There is no column '{name}' to keep. There is {names}."),
    ):
        for name in told_of:
            if name not in names:
                there = ", ".join(sorted(cases.frame.columns)[:40])
                raise RequestError(say(pattern, name=name[:60], names=there))
    left_out = {names[name] for name in request.leave_out}
    told = replace(cases, frame=cases.frame[sorted(set(cases.frame.columns) - left_out)])
    _check_features(told)
    is_test, _ = _parts(told, request)
    leaks = find_leaks(told, np.flatnonzero(~is_test), kind=request.asked.kind, keep=request.keep)
    gone = {names[leak.column] for leak in leaks if leak.excluded}
    # The parts are drawn again of what is left: cases that differ in a left out column only are equals now
    used = replace(told, frame=told.frame[[name for name in told.frame.columns if name not in gone]])
    _check_features(used)
    return used, leaks


def _parts(cases: Cases, request: TrainingRequest) -> tuple[Flags, str]:
    if cases.is_test is not None and request.split != "random":
        return cases.is_test, cases.split
    if request.split in ("given", "time"):
        raise RequestError(
            say(
                "These cases have no test part that is given or later in time: choose auto or random for the split, "
                "not {split}.",
                split=request.split,
            )
        )
    is_classes = request.asked.kind == "classification"
    drawn = drawn_test(
        cases.frame, cases.target, request.test_percent, request.seed, is_classes=is_classes, ids=cases.ids
    )
    return drawn, say(
        "{percent}% of the cases were drawn at random to test on; models have not seen them.",
        percent=request.test_percent,
    )


def _check_features(cases: Cases) -> None:
    if not len(cases.frame.columns):
        raise DataError(say("No column is left to learn from: all are left out. Keep one of them on purpose."))


def _check_parts(cases: Cases, request: TrainingRequest, rows: Places, test_rows: Places) -> None:
    if not len(test_rows) or len(rows) < request.folds:
        raise DataError(say("{n} cases are too few to learn from one part and test on another.", n=f"{len(cases):,}"))
    if request.asked.kind != "classification":
        return
    for part, words in ((rows, say("training")), (test_rows, say("test"))):
        yes = int(cases.target[part].sum())
        if not 0 < yes < len(part):
            raise DataError(
                say(
                    "All {n} cases of the {part} part have the same answer, '{answer}': nothing can be learnt or tested on it. "
                    "Choose another split, or another target.",
                    n=f"{len(part):,}",
                    part=words,
                    answer=cases.positive if yes else cases.negative,
                )
            )
    yes = int(cases.target[rows].sum())
    rare, answer = min((yes, cases.positive), (len(rows) - yes, cases.negative))
    if rare < request.folds:
        raise DataError(
            say(
                "Only {n} cases of the training part are '{answer}', and {folds} folds need one each. Choose fewer folds, or "
                "gather more cases.",
                n=f"{rare:,}",
                answer=answer,
                folds=request.folds,
            )
        )


def _check_folds(training: Part, folds: Places, *, is_classes: bool) -> None:
    """Cases that are alike stay together: if too many are, a fold may lack cases, or answers."""
    for fold in range(int(folds.max()) + 1 if len(folds) else 0):
        rest = training.target[folds != fold]
        if not len(rest) or not (folds == fold).any() or (is_classes and not 0 < rest.sum() < len(rest)):
            raise DataError(
                say(
                    "Too many of the {n} training cases are alike in every feature: they stay together, and a fold is left "
                    "without cases or with one answer only. Choose fewer folds, or leave fewer columns out.",
                    n=f"{len(training.target):,}",
                )
            )


def _shared(cases: Cases, request: TrainingRequest, is_test: Flags) -> tuple[str, ...]:
    """That a test part which was given has cases of the training part; one that is drawn here has none."""
    if cases.is_test is None or request.split == "random" or request.asked.looks_ahead:
        return ()
    seen = straddling(cases.frame, is_test)
    return (seen.words(),) if seen.share >= WORTH_SAYING else ()


def _shifted(made: Training) -> tuple[str, ...]:
    """That the test part is from another time, in which yes is as frequent as it was never before."""
    if not made.asked.looks_ahead or made.positive_rate is None:
        return ()
    expected, came = float(made.contender().scores.mean()), float(made.test_target.mean())
    if abs(expected - came) < _FAR_OFF:
        return ()
    return (
        say(
            "'{answer}' came true for {came} of the tested cases, and the best model expected {expected}: the days it was tested "
            "on differ from those it learnt from, as seasons do. Trust the order of its scores more than their height.",
            answer=made.positive,
            came=f"{came:.0%}",
            expected=f"{expected:.0%}",
        ),
    )


def _baselines(cases: Cases, request: TrainingRequest, target: Numbers, test: Places) -> tuple[Baseline, ...]:
    kind = request.asked.kind
    is_classes = kind == "classification"
    constant = ("never", say("Always no")) if is_classes else ("mean", say("Always the mean"))
    plain = {constant: np.full(len(test), float(target.mean()))}
    rules = plain | {(name, cases.heading(name)): values[test] for name, values in cases.naive.items()}
    # "Always no" says no, however frequent yes is
    thresholds = {constant: np.inf if is_classes else 0.0}
    return tuple(
        Baseline(rule[0], rule[1], figures(kind, cases.target[test], values, thresholds.get(rule, 0.5)))
        for rule, values in rules.items()
    )
