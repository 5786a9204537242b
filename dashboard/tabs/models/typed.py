"""What was typed into the form of the Models tab, and the training that it asks for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from dash import ALL, State

from analytics.errors import RequestError
from analytics.predict import TrainingRequest, problem
from analytics.text import say
from dashboard import results
from dashboard.state import View
from dashboard.tabs.models.form import HORIZON, KEEP, LEARNERS, LEAVE_OUT, POSITIVE, QUESTION, SEED, TARGET
from dashboard.tabs.models.questions import lacking
from dashboard.tabs.models.settings import SETTING, chosen_settings

_MOST_SEED: Final = 2**32 - 1


@dataclass(frozen=True, slots=True)
class Typed:
    """What the form says, as the browser sends it."""

    question: Any
    horizon: Any
    target: Any
    positive: Any
    learners: Any
    leave_out: Any
    keep: Any
    seed: Any
    ids: Sequence[Mapping[str, Any]]
    values: Sequence[Any]


FORM_STATES: Final = (
    State(QUESTION, "value"),
    State(HORIZON, "value"),
    State(TARGET, "value"),
    State(POSITIVE, "value"),
    State(LEARNERS, "value"),
    State(LEAVE_OUT, "value"),
    State(KEEP, "value"),
    State(SEED, "value"),
    State({"type": SETTING, "name": ALL}, "id"),
    State({"type": SETTING, "name": ALL}, "value"),
)
"""What `Typed` is made of, in its order."""


def request_of(typed: Typed, view: View) -> TrainingRequest:
    """What the form asks for, checked.

    Raises:
        RequestError: something in it is not possible; the sentence says what, and what is.
    """
    if not isinstance(typed.question, str) or not typed.question:
        raise RequestError(say("Choose a question first."))
    asked = problem(typed.question)
    about = results.version_of(view.request).manifest
    if lacking(asked, about):
        raise RequestError(
            say("'{name}' came without what this question needs. Choose another question.", name=about.dataset)
        )
    told: dict[str, Any] = chosen_settings(asked.kind, typed.ids, typed.values)
    if asked.looks_ahead:
        told["horizon_days"] = typed.horizon
        told["as_of"] = view.request.as_of
    if asked.needs_target:
        if not isinstance(typed.target, str):
            raise RequestError(say("Choose the column that is to be predicted."))
        told["target"] = typed.target
        if asked.kind == "classification":
            told["positive"] = typed.positive if isinstance(typed.positive, str) else ""
    return TrainingRequest(
        view.request.dataset,
        version=about.version,
        problem=asked.name,
        models=_names(typed.learners),
        leave_out=_names(typed.leave_out),
        keep=_names(typed.keep),
        seed=_seed(typed.seed),
        **told,
    )


def _names(told: Any) -> tuple[str, ...]:
    if told is not None and not (isinstance(told, list) and all(isinstance(name, str) for name in told)):
        raise RequestError(say("What is chosen on the page is not readable. Choose it again."))
    return tuple(told or ())


def _seed(told: Any) -> int:
    text = "" if told is None else str(told).strip()
    if text and not (text.isascii() and text.isdigit() and int(text) <= _MOST_SEED):
        raise RequestError(say("Seed: use a whole number from 0 to {most}.", most=_MOST_SEED))
    return int(text or 0)
