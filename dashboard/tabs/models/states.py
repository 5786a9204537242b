"""The model that a part of the Models tab is about; and what it shows where there is none: why, and the way on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dash import html

from analytics.errors import AnalyticsError
from analytics.predict import Contender, Training
from analytics.predict.problems.definition import Kind
from analytics.text import say
from dashboard.components.basics import empty
from dashboard.results.chosen_model import Chosen, chosen
from dashboard.results.models import contender_for, training_for
from dashboard.state import View, view_from_json


def with_model(view: View, lay_out: Callable[[View, Chosen], list[Any]]) -> list[Any]:
    """The part for the model of the view; where there is none, or it cannot be opened, that is said instead."""
    try:
        one = chosen(view)
    except AnalyticsError as problem:
        return [refused(problem)]
    return lay_out(view, one) if one is not None else [no_model()]


def chosen_for(told: Any, kind: Kind | None = "classification") -> tuple[View, Training | None, Contender | None]:
    """The view with its training and the model that is looked at; none where that answers another kind of question, as it
    is for a moment when other models are chosen."""
    view = view_from_json(told)
    training = training_for(view)
    if training is not None and kind not in (None, training.asked.kind):
        training = None
    return view, training, contender_for(view, training) if training is not None else None


def no_model() -> html.Div:
    return empty(
        say("There is no model yet"),
        say("Choose a question above and press Train models: what belongs here appears when they are compared."),
    )


def refused(problem: AnalyticsError) -> html.Div:
    return empty(say("This model is not used"), str(problem))
