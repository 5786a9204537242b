"""LEARNERS: the ways to learn that are compared, each with its settings as data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from analytics.errors import NotFoundError
from analytics.predict.problems.problem import Kind
from analytics.text import say

Value = float | int | str | bool | None


@dataclass(frozen=True, slots=True)
class Setting:
    """Something that a search may vary."""

    name: str
    values: tuple[Value, ...]
    """What is tried, from the simplest to the most elaborate."""


@dataclass(frozen=True, slots=True)
class Learner:
    """A way to learn: words, an estimator, and what a search may vary of it."""

    name: str
    label: str
    meaning: str
    kind: Kind
    make: Callable[[Mapping[str, Value], int], Any]
    """(settings, seed) → an unfitted estimator; settings that are left out have its usual values."""
    settings: tuple[Setting, ...] = ()
    is_weighted: bool = True
    """Whether cases can have weights: where not, `balance=weight` draws rare cases again instead."""
    is_tree: bool = False
    """Whether it splits numbers: scale and monotone changes play no part."""


def _logistic(settings: Mapping[str, Value], seed: int) -> Any:
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(**{"C": 1.0, "max_iter": 2_000, **settings}, random_state=seed)


def _xgboost(settings: Mapping[str, Value], seed: int) -> Any:
    from xgboost import XGBClassifier

    usual: dict[str, Any] = {
        "n_estimators": 200,
        "max_depth": 4,
        "learning_rate": 0.06,
        "subsample": 0.8,
        "colsample_bytree": 0.8,
    }
    return XGBClassifier(**{**usual, **settings}, random_state=seed, n_jobs=2, tree_method="hist")


def _linear(settings: Mapping[str, Value], seed: int) -> Any:  # noqa: ARG001 - it draws nothing
    from sklearn.linear_model import LinearRegression

    return LinearRegression(**settings)


def _xgboost_amounts(settings: Mapping[str, Value], seed: int) -> Any:
    from xgboost import XGBRegressor

    usual: dict[str, Any] = {
        "n_estimators": 200,
        "max_depth": 4,
        "learning_rate": 0.06,
        "subsample": 0.8,
        "colsample_bytree": 0.8,
    }
    return XGBRegressor(**{**usual, **settings}, random_state=seed, n_jobs=2, tree_method="hist")


LEARNERS: Final = (
    Learner(
        "logistic",
        "Logistic regression",
        "Adds up what each feature says for yes and against it: easy to read, a good yardstick.",
        "classification",
        _logistic,
        (Setting("C", (0.01, 0.1, 1.0, 10.0)),),
    ),
    Learner(
        "xgboost",
        "XGBoost",
        "Many small trees, each mending what those before got wrong: mostly the most exact.",
        "classification",
        _xgboost,
        (
            Setting("max_depth", (3, 4, 6)),
            Setting("n_estimators", (100, 200, 400)),
            Setting("learning_rate", (0.03, 0.06, 0.1)),
        ),
        is_tree=True,
    ),
    Learner(
        "linear",
        "Linear regression",
        "Adds up so much for each unit of each feature: easy to read, a good yardstick.",
        "regression",
        _linear,
    ),
    Learner(
        "xgboost",
        "XGBoost",
        "Many small trees, each mending what those before got wrong: mostly the most exact.",
        "regression",
        _xgboost_amounts,
        (
            Setting("max_depth", (3, 4, 6)),
            Setting("n_estimators", (100, 200, 400)),
            Setting("learning_rate", (0.03, 0.06, 0.1)),
        ),
        is_tree=True,
    ),
)
"""In the order shown, the simplest first."""


def learners_of(kind: Kind) -> tuple[Learner, ...]:
    """Those that answer questions of that kind."""
    return tuple(known for known in LEARNERS if known.kind == kind)


def learner(name: str, kind: Kind) -> Learner:
    """The learner of that name; the same name may stand for one of each kind.

    Raises:
        NotFoundError: there is none.
    """
    for known in learners_of(kind):
        if known.name == name:
            return known
    names = ", ".join(known.name for known in learners_of(kind))
    raise NotFoundError(
        say("There is no model '{name}' for this problem. There is {names}.", name=name[:60], names=names)
    )
