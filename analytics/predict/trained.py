"""What a training leaves: the models that were compared, what each is worth, and everything that says how it came about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pandas as pd

from analytics.errors import NotFoundError
from analytics.predict.cases import Numbers
from analytics.predict.inputs import Input, checked_frame
from analytics.predict.learners import Learner, Value, learner
from analytics.predict.problems.definition import Kind, Problem
from analytics.predict.request import TrainingRequest
from analytics.predict.steady import steady_scores
from analytics.text import say


@dataclass(frozen=True, slots=True)
class Leak:
    """A column that knows the answer, or what comes after it."""

    column: str
    reason: str
    excluded: bool
    """False where it was kept on purpose."""


@dataclass(frozen=True, slots=True)
class Baseline:
    """What a rule of thumb is worth on the test part."""

    name: str
    label: str
    figures: Mapping[str, float]


@dataclass(frozen=True, slots=True, eq=False)
class Calibrator:
    """From a model's score to an honest probability, or to an amount: a rising line through points, in plain numbers."""

    method: str
    """none, sigmoid or isotonic; smearing of amounts that were predicted in logarithms."""
    points: tuple[tuple[float, float], ...] = ()
    """(score, probability), ascending: between two points it runs straight."""

    def __call__(self, scores: Numbers) -> Numbers:
        import numpy as np

        if not self.points:
            return scores
        at, is_yes = np.array(self.points).T
        honest: Numbers = np.interp(scores, at, is_yes)
        return honest


@dataclass(frozen=True, slots=True, eq=False)
class Fitted:
    """A fitted model: what prepares cases, what scores them, and what makes the score honest."""

    kind: Kind
    learner: str
    pipeline: Any
    """A scikit-learn pipeline of `prepare` and `model`."""
    inputs: tuple[Input, ...]
    calibrator: Calibrator = field(default_factory=lambda: Calibrator("none"))
    is_log: bool = False
    """Whether it predicts log(1 + amount); the calibrator then brings the mean back, and holds it to what was ever seen."""

    def score(self, frame: pd.DataFrame) -> Numbers:
        """The probability of yes, or the amount, of each row, shape (rows,); the columns may come in any order.

        Raises:
            MissingColumnsError: a column is not there.
            DataError: a text is where numbers were.
        """
        return self.score_known(checked_frame(frame, self.inputs))

    def score_known(self, known: pd.DataFrame) -> Numbers:
        """The same, of a frame that `checked_frame` made."""
        return self.score_matrix(self.pipeline.named_steps["prepare"].transform(known))

    def score_matrix(self, matrix: Any) -> Numbers:
        """The same, of a matrix that `prepare` made."""
        return self.honest(steady_scores(self.pipeline.named_steps["model"], matrix))

    def honest(self, raw: Numbers) -> Numbers:
        """The score that is told where the model itself says that. Shape (rows,) each."""
        import numpy as np

        return self.calibrator(np.expm1(np.clip(raw, 0, 700)) if self.is_log else raw)


@dataclass(frozen=True, slots=True, eq=False)
class Contender:
    """One of the models that were compared."""

    name: str
    settings: Mapping[str, Value]
    """What a search chose; empty where nothing was searched."""
    figures: Mapping[str, float]
    """Measure → its value on the test part."""
    intervals: Mapping[str, tuple[float, float]]
    """Measure → where it lies in 95 of 100 test parts like this one (bootstrap)."""
    in_folds: Mapping[str, float]
    """Measure → its value on the training part, each case scored by a fit that has not seen it."""
    threshold: float
    """The cut-off with the best F1 in those folds; 0 for amounts."""
    fit_seconds: float
    scores: Numbers
    """Of the test cases, shape (test cases,)."""
    fold_scores: Numbers
    """Of the training cases, each from a fit that has not seen it, shape (training cases,)."""
    fitted: Fitted

    def about(self) -> Learner:
        return learner(self.name, self.fitted.kind)


@dataclass(frozen=True, slots=True, eq=False)
class Training:
    """The models of one training request, compared on the same cases."""

    id: str
    """`<dataset>.<problem>.<number>`; empty until it is kept."""
    request: TrainingRequest
    """With its version and its day."""
    currency: str
    positive: str
    negative: str
    split: str
    """How the test part came about, in a sentence."""
    leaks: tuple[Leak, ...]
    inputs: tuple[Input, ...]
    baselines: tuple[Baseline, ...]
    contenders: tuple[Contender, ...]
    best: str
    """The contender that was best in the folds of the training part."""
    training_target: Numbers
    """Shape (training cases,)."""
    test_target: Numbers
    test_frame: pd.DataFrame
    """The features of the test cases."""
    test_ids: pd.Series[Any]
    notes: tuple[str, ...] = ()
    """What the reader should know."""
    warnings: tuple[str, ...] = ()
    """Figures that are too good to be true, and the like."""
    made_at: str = ""
    libraries: Mapping[str, str] = field(default_factory=dict)

    @property
    def asked(self) -> Problem:
        return self.request.asked

    @property
    def cases(self) -> int:
        return len(self.training_target) + len(self.test_target)

    @property
    def positive_rate(self) -> float | None:
        """The share of yes among all cases; None for amounts."""
        if self.asked.kind != "classification":
            return None
        return float((self.training_target.sum() + self.test_target.sum()) / self.cases)

    @property
    def as_of(self) -> date | None:
        return self.request.as_of

    def contender(self, name: str = "") -> Contender:
        """The contender of that name; the best where none is given.

        Raises:
            NotFoundError: there is none.
        """
        wanted = name or self.best
        for known in self.contenders:
            if known.name == wanted:
                return known
        names = ", ".join(known.name for known in self.contenders)
        raise NotFoundError(
            say("'{id}' has no model '{name}'. It has {names}.", id=self.id, name=wanted[:40], names=names)
        )
