"""The training request: the frozen, validated value that says which models are asked for, of which cases, compared how."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import date
from typing import Any, Final

from analytics.calendar import parse_day
from analytics.datasets import check_name
from analytics.errors import RequestError
from analytics.predict.learners import Learner, learner, learners_of
from analytics.predict.problems import problem
from analytics.predict.problems.definition import Problem
from analytics.text import say

BALANCES: Final = ("none", "weight", "smote", "undersample")
SCALINGS: Final = ("standard", "minmax")
ENCODINGS: Final = ("onehot", "ordinal")
IMPUTATIONS: Final = ("median", "mode")
CALIBRATIONS: Final = ("auto", "none", "sigmoid", "isotonic")
SPLITS: Final = ("auto", "random", "time", "given")
TARGET_SCALES: Final = ("auto", "plain", "log")
LONGEST_HORIZON_DAYS: Final = 730
LONGEST_SEARCH_SECONDS: Final = 3_600
FEWEST_FOLDS: Final = 2
MOST_FOLDS: Final = 10


@dataclass(frozen=True, slots=True)
class TrainingRequest:
    """Which question, asked of which cases, answered by which models, and how they are compared.

    Raises:
        RequestError: a value is out of its range; the message names it and what is allowed.
    """

    dataset: str
    version: str | None = None
    """None is the newest."""
    problem: str = "churn"
    target: str = ""
    """The column to predict, of a problem that has to be told."""
    positive: str = ""
    """Which value of the target means yes; empty where it can be seen: 1, true, yes, or 1 of 1 and 2."""
    as_of: date | None = None
    """The day until which everything is known, of a problem that looks ahead; None is the day after the last order."""
    horizon_days: int = 90
    """How far a problem that looks ahead looks."""
    models: tuple[str, ...] = ()
    """Learners by name; empty is all that suit the problem."""
    balance: str = "none"
    """What is done about a rare yes, inside each fold."""
    scaling: str = "standard"
    encoding: str = "onehot"
    imputation: str = "median"
    """What stands for a number that is missing; a missing text is the most frequent one, or a value of its own."""
    calibration: str = "auto"
    """How probabilities are made honest, from scores of cases that a fit has not seen."""
    target_scale: str = "auto"
    """Whether amounts are predicted in logarithms; auto is where that helps on the training part."""
    split: str = "auto"
    """How the test part is chosen: given in a file, later in time, or at random; auto is the first of these that is possible.
    A labelled table is parted by time only where that is asked for: a column of days may be a birthday."""
    test_percent: int = 20
    folds: int = 5
    search_seconds: int = 0
    """The budget of the search for settings, of all models together; 0 takes each model's usual ones."""
    leave_out: tuple[str, ...] = ()
    keep: tuple[str, ...] = ()
    """Columns that the leakage guard would leave out, and that are used on purpose."""
    seed: int = 0

    def __post_init__(self) -> None:
        check_name(self.dataset)
        asked = problem(self.problem)
        if asked.needs_target and not self.target:
            raise RequestError(
                say("Say which column is to be predicted: '{problem}' needs a target.", problem=asked.name)
            )
        if self.positive and asked.kind != "classification":
            raise RequestError(
                say("'{problem}' predicts amounts: there is no value that means yes.", problem=asked.name)
            )
        for name in self.models:
            learner(name, asked.kind)
        _check(len(set(self.models)) == len(self.models), "models", ", ".join(self.models), "each model once")
        for name, allowed in (
            ("balance", BALANCES),
            ("scaling", SCALINGS),
            ("encoding", ENCODINGS),
            ("imputation", IMPUTATIONS),
            ("calibration", CALIBRATIONS),
            ("target_scale", TARGET_SCALES),
            ("split", SPLITS),
        ):
            _check(getattr(self, name) in allowed, name, getattr(self, name), ", ".join(allowed))
        if self.balance != "none" and asked.kind != "classification":
            raise RequestError(
                say("Balancing is for questions of yes or no; '{problem}' predicts amounts.", problem=asked.name)
            )
        for name, low, high in (
            ("horizon_days", 1, LONGEST_HORIZON_DAYS),
            ("test_percent", 5, 50),
            ("folds", FEWEST_FOLDS, MOST_FOLDS),
            ("search_seconds", 0, LONGEST_SEARCH_SECONDS),
            ("seed", 0, 2**32 - 1),
        ):
            _check(
                low <= getattr(self, name) <= high, name, getattr(self, name), f"a whole number from {low} to {high}"
            )

    @property
    def asked(self) -> Problem:
        """The problem that is meant."""
        return problem(self.problem)

    @property
    def learners(self) -> tuple[Learner, ...]:
        """The learners that are compared, in the order of their registry."""
        return tuple(item for item in learners_of(self.asked.kind) if not self.models or item.name in self.models)

    def resolved(self, version: str, as_of: date) -> TrainingRequest:
        """The same request, of a certain version and day."""
        return replace(self, version=version, as_of=as_of if self.asked.looks_ahead else None)

    def to_json(self) -> dict[str, Any]:
        """What differs from the defaults, as plain JSON."""
        told: dict[str, Any] = {}
        for item in fields(self):
            value = getattr(self, item.name)
            if item.name != "dataset" and value == item.default:
                continue
            if isinstance(value, date):
                value = value.isoformat()
            told[item.name] = list(value) if isinstance(value, tuple) else value
        return told


def training_request_from_json(told: Mapping[str, Any]) -> TrainingRequest:
    """The request that the JSON means; nothing in it is trusted.

    Raises:
        RequestError: a key is unknown, or a value has the wrong type or range.
    """
    known = {item.name: item for item in fields(TrainingRequest)}
    values: dict[str, Any] = {}
    for key, value in told.items():
        _check(key in known, "request", key, ", ".join(sorted(known)))
        match key:
            case "as_of":
                values[key] = parse_day(value) if value is not None else None
            case "models" | "leave_out" | "keep":
                is_list = isinstance(value, list | tuple) and all(isinstance(item, str) for item in value)
                _check(is_list, key, value, "a list of names")
                values[key] = tuple(value)
            case "horizon_days" | "test_percent" | "folds" | "search_seconds" | "seed":
                _check(isinstance(value, int) and not isinstance(value, bool), key, value, "a whole number")
                values[key] = value
            case _:
                _check(isinstance(value, str) or (key == "version" and value is None), key, value, "a text")
                values[key] = value
    _check(isinstance(told.get("dataset"), str), "dataset", told.get("dataset"), "the name of a dataset")
    return TrainingRequest(**values)


def _check(holds: bool, name: str, value: object, allowed: str) -> None:
    if not holds:
        raise RequestError(
            say(
                "'{value}' is not possible for {name}. Allowed: {allowed}.",
                value=str(value)[:60],
                name=name,
                allowed=allowed,
            )
        )
