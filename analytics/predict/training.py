"""Training: cases → parts → every learner in the same folds → figures on a test part that is looked at once."""

from __future__ import annotations

import time
from collections.abc import Callable
from importlib.metadata import version as library_version
from typing import Final

import numpy as np
import pandas as pd

from analytics.customers import resolve_as_of
from analytics.errors import DataError, NotFoundError
from analytics.predict.cases import Cases, Flags, Numbers
from analytics.predict.inputs import Input, inputs_of
from analytics.predict.learners import Learner
from analytics.predict.measures import RANKED_BY, figures, measures_of
from analytics.predict.preparing import pipeline
from analytics.predict.request import TrainingRequest
from analytics.predict.splitting import canonical_order, dealt, drawn_test
from analytics.predict.trained import Baseline, Contender, Fitted, Leak, Training
from analytics.sources import Source
from analytics.text import say

Report = Callable[[float, str], None]
_LIBRARIES: Final = ("scikit-learn", "xgboost-cpu", "imbalanced-learn", "numpy", "pandas")


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
                    "'{problem}' needs {table}, and dataset '{name}' has none.",
                    problem=asked.name,
                    table=name.replace("_", " "),
                    name=source.name,
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
        DataError: a part has no cases, or all of one part have the same answer.
    """
    tell = report or (lambda _share, _sentence: None)
    is_classes = request.asked.kind == "classification"
    used, leaks = _without_leaks(cases, request)
    is_test, sentence = _parts(used, request, is_classes)
    order = canonical_order(used.frame, used.target, request.seed)
    training = order[~is_test[order]]
    test = np.flatnonzero(is_test)
    if not len(test) or len(training) < request.folds:
        raise DataError(say("{n} cases are too few to learn from one part and test on another.", n=f"{len(used):,}"))
    inputs = inputs_of(used, training)
    frame, target = used.frame.iloc[training].reset_index(drop=True), used.target[training]
    test_frame, test_target = used.frame.iloc[test].reset_index(drop=True), used.target[test]
    folds = dealt(frame, target, request.folds, request.seed + 1, is_classes=is_classes)
    learners = request.learners
    contenders = []
    for place, learner in enumerate(learners):
        tell(0.1 + 0.8 * place / len(learners), say("Trying {model}", model=say(learner.label)))
        contenders.append(_contender(request, learner, inputs, frame, target, folds, test_frame, test_target))
    ranked_by = next(known for known in measures_of(request.asked.kind) if known.name == RANKED_BY[request.asked.kind])
    sign = -1 if ranked_by.is_higher_better else 1
    best = min(contenders, key=lambda one: sign * one.in_folds[ranked_by.name])
    return Training(
        "", request, currency, used.positive, used.negative, sentence, leaks, inputs,
        _baselines(used, request, target, test, test_target), tuple(contenders), best.name,
        target, test_target, test_frame, used.ids.iloc[test].reset_index(drop=True), used.notes, (), made_at,
        {name: library_version(name) for name in _LIBRARIES},
    )  # fmt: skip


def _without_leaks(cases: Cases, request: TrainingRequest) -> tuple[Cases, tuple[Leak, ...]]:
    from dataclasses import replace

    leaks = tuple(
        Leak(name, reason, name not in request.keep)
        for name, reason in sorted(cases.suspects.items())
        if name in cases.frame.columns and name not in request.leave_out
    )
    gone = {leak.column for leak in leaks if leak.excluded} | set(request.leave_out)
    kept = [name for name in cases.frame.columns if name not in gone]
    return replace(cases, frame=cases.frame[kept]), leaks


def _parts(cases: Cases, request: TrainingRequest, is_classes: bool) -> tuple[Flags, str]:
    if cases.is_test is not None and request.split != "random":
        return cases.is_test, cases.split
    drawn = drawn_test(cases.frame, cases.target, request.test_percent, request.seed, is_classes=is_classes)
    return drawn, say(
        "{percent}% of the cases were drawn at random to test on; models have not seen them.",
        percent=request.test_percent,
    )


def _contender(
    request: TrainingRequest, learner: Learner, inputs: tuple[Input, ...], frame: pd.DataFrame, target: Numbers,
    folds: np.ndarray, test_frame: pd.DataFrame, test_target: Numbers,
) -> Contender:  # fmt: skip
    kind = request.asked.kind
    fold_scores = np.full(len(target), np.nan)
    for fold in range(request.folds):
        inside = folds == fold
        made = pipeline(request, learner, {}, frame).fit(frame[~inside], target[~inside])
        fold_scores[inside] = Fitted(kind, learner.name, made, inputs).score_known(frame[inside])
    started = time.perf_counter()
    fitted = Fitted(kind, learner.name, pipeline(request, learner, {}, frame).fit(frame, target), inputs)
    seconds = time.perf_counter() - started
    threshold = 0.5 if kind == "classification" else 0.0
    scores = fitted.score_known(test_frame)
    return Contender(
        learner.name, {}, figures(kind, test_target, scores, threshold), {}, figures(kind, target, fold_scores, threshold),
        threshold, seconds, scores, fold_scores, fitted,
    )  # fmt: skip


def _baselines(
    cases: Cases, request: TrainingRequest, target: Numbers, test: np.ndarray, test_target: Numbers
) -> tuple[Baseline, ...]:
    kind = request.asked.kind
    mean = float(target.mean())
    constant = ("never", say("Always no")) if kind == "classification" else ("mean", say("Always the mean"))
    plain = {constant: np.full(len(test), mean)}
    rules = plain | {(name, name): values[test] for name, values in cases.naive.items()}
    return tuple(
        Baseline(name, label, figures(kind, test_target, values, 0.5 if kind == "classification" else 0.0))
        for (name, label), values in rules.items()
    )
