"""Asking a model about one case: its inputs in order, and its answer with the reasons."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from analytics.predict.forms import ordered_inputs
from analytics.predict.inputs import Input
from analytics.predict.scoring.scores import CaseAnswer, score_case
from dashboard.results import Kept
from dashboard.results.chosen_model import Chosen

_ORDERED: Final = Kept(24)


def ordered(one: Chosen) -> tuple[Input, ...]:
    """The inputs of the model, first those that its score follows most."""
    return _ORDERED.get(one.key, lambda: ordered_inputs(one.training, one.contender))


def answer(one: Chosen, values: Mapping[str, Any]) -> CaseAnswer:
    """What the model says of a case; what is left out is missing.

    Raises:
        RequestError: a value is not possible.
    """
    return score_case(one.training, one.contender.name, values)
