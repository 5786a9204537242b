"""PROBLEMS: the questions that models answer, each with the way its cases come about."""

from __future__ import annotations

from typing import Final

from analytics.errors import NotFoundError
from analytics.predict.problems.baskets import ABANDONMENT
from analytics.predict.problems.customers import CHURN, REVENUE
from analytics.predict.problems.definition import Problem
from analytics.predict.problems.labelled import CLASSIFICATION, REGRESSION
from analytics.predict.problems.visits import CONVERSION
from analytics.text import say

PROBLEMS: Final[tuple[Problem, ...]] = (
    CONVERSION,
    REVENUE,
    CHURN,
    ABANDONMENT,
    CLASSIFICATION,
    REGRESSION,
)
"""In the order shown."""


def problem(name: str) -> Problem:
    """The problem of that name.

    Raises:
        NotFoundError: there is none.
    """
    for known in PROBLEMS:
        if known.name == name:
            return known
    names = ", ".join(known.name for known in PROBLEMS)
    raise NotFoundError(say("There is no problem '{name}'. There is {names}.", name=name[:60], names=names))
