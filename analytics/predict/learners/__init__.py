"""LEARNERS: the ways to learn that are compared, each with its settings as data."""

from __future__ import annotations

from typing import Final

from analytics.errors import NotFoundError
from analytics.predict.learners import classifying, measuring
from analytics.predict.learners.definition import Learner, Setting, Value
from analytics.predict.problems.definition import Kind
from analytics.text import say

__all__ = ["LEARNERS", "Learner", "Setting", "Value", "learner", "learners_of"]

LEARNERS: Final = (
    classifying.LOGISTIC,
    classifying.TREE,
    classifying.FOREST,
    classifying.BOOSTING,
    classifying.XGBOOST,
    classifying.NEURAL,
    measuring.LINEAR,
    measuring.RIDGE,
    measuring.LASSO,
    measuring.BOOSTING,
    measuring.XGBOOST,
    measuring.TWO_PART,
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
