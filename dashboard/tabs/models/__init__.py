"""Models: who will buy, how much, and where is the profit? A question above, and what the models found below it, in parts."""

from __future__ import annotations

from typing import Any, Final

from dash import Dash, Input, Output, State, dcc, html
from dash.exceptions import PreventUpdate

from analytics.errors import AnalyticsError
from analytics.text import say
from dashboard.components.basics import empty
from dashboard.components.controls import changes, parts
from dashboard.errors import explain
from dashboard.ids import REQUEST
from dashboard.results.models import training_for
from dashboard.state import View, to_query, view_from_json
from dashboard.tab import Part, Tab
from dashboard.tabs.models import compare, curves, form, headline, kept, one_case, profit, training, why

PART: Final = "models-part"
HOLDER: Final = "models-holder"
"""Where the part is that is shown. The parts are exchanged within the page, so that a training goes on meanwhile."""
HELD: Final = "models-held"


PARTS: tuple[Part, ...] = (
    Part("compare", "Compare", compare.layout, compare.register_callbacks),
    Part("curves", "Curves", curves.layout, curves.register_callbacks),
    Part("profit", "Profit", profit.layout, profit.register_callbacks),
    Part("why", "Why", why.layout, why.register_callbacks),
    Part("try", "Try it", one_case.layout, one_case.register_callbacks),
    Part("kept", "Kept models", kept.layout, kept.register_callbacks),
)


def layout(view: View | None) -> list[Any]:
    if view is None:
        return [
            empty(
                say("No data yet"),
                say("Models learn from orders, visits or a table of your own. Load one, and ask what will happen."),
                dcc.Link(say("Load your data"), href="/data"),
            )
        ]
    return [form.layout(view), *training.layout(view), *_shown(view)]


def _shown(view: View) -> list[Any]:
    """What the models found, or why there is nothing."""
    try:
        found = training_for(view)
    except AnalyticsError as problem:
        newest = to_query(view.choosing(model=None, learner=None, models_part=None))
        link = dcc.Link(say("Look at the newest models"), href=f"/models{newest}") if view.one("model") else None
        return [empty(say("These models cannot be shown"), explain(problem), link)]
    if found is None:
        return [headline.inviting(), *kept.refused_alone(view)]
    buttons = parts(PART, "models_part", view, {part.name: say(part.label) for part in PARTS})
    chosen = _part(view)
    return [
        *headline.layout(view, found),
        buttons,
        dcc.Store(id=HELD, data=chosen.name),
        html.Div(chosen.layout(view), id=HOLDER, className="page-part"),
    ]


def _part(view: View) -> Part:
    return next((part for part in PARTS if part.name == view.one("models_part")), PARTS[0])


def show_part(told: Any, held: Any) -> tuple[list[Any], str]:
    """Another part in the place of the one that is there."""
    view = view_from_json(told)
    chosen = _part(view)
    if chosen.name == held:
        raise PreventUpdate
    return chosen.layout(view), chosen.name


def register_callbacks(app: Dash) -> None:
    changes(app, PART, "models_part")
    app.callback(
        Output(HOLDER, "children"),
        Output(HELD, "data"),
        Input(REQUEST, "data"),
        State(HELD, "data"),
        prevent_initial_call=True,
    )(show_part)
    form.register_callbacks(app)
    training.register_callbacks(app)
    headline.register_callbacks(app)
    for part in PARTS:
        part.register_callbacks(app)


TAB = Tab(
    "models",
    "Models",
    "/models",
    "Predict",
    "Who will buy, who will not come back, and how much will they bring?",
    layout,
    register_callbacks,
    needs=(),  # each question says itself what it needs
)
