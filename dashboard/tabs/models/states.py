"""What a part of the Models tab shows where there is no model for it: why, and the way on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dash import html

from analytics.errors import AnalyticsError
from analytics.text import say
from dashboard.components.basics import empty
from dashboard.results.chosen_model import Chosen, chosen
from dashboard.state import View


def with_model(view: View, lay_out: Callable[[View, Chosen], list[Any]]) -> list[Any]:
    """The part for the model of the view; where there is none, or it cannot be opened, that is said instead."""
    try:
        one = chosen(view)
    except AnalyticsError as problem:
        return [refused(problem)]
    return lay_out(view, one) if one is not None else [no_model()]


def no_model() -> html.Div:
    return empty(
        say("There is no model yet"),
        say("Choose a question above and press Train models: what belongs here appears when they are compared."),
    )


def refused(problem: AnalyticsError) -> html.Div:
    return empty(say("This model is not used"), str(problem))
