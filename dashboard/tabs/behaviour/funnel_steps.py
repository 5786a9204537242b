"""The builder of the funnel: which steps, in which order, within which time."""

from __future__ import annotations

from typing import Any, Final

from dash import ALL, Dash, Input, Output, State, ctx, html
from dash.exceptions import PreventUpdate

from analytics.behaviour.steps import Choices
from analytics.text import say
from dashboard import formats
from dashboard.components.basics import field
from dashboard.components.controls import changes, dropdown, option_switch
from dashboard.ids import CHANGE, REQUEST
from dashboard.results import funnels as results
from dashboard.state import View, view_from_json

CHIPS = "behaviour-funnel-steps"
ADD = "behaviour-funnel-add"
WITHIN = "behaviour-funnel-within"
SIDEWAYS: Final = {"overflowX": "auto", "maxWidth": "100%"}
_MOVE = "behaviour-funnel-move"
_WINDOWS: Final = {
    "session": "One visit",
    "30m": "30 minutes",
    "2h": "2 hours",
    "1d": "1 day",
    "7d": "7 days",
    "30d": "30 days",
}


def builder(view: View) -> html.Div:
    """The controls."""
    known = results.known(view.request)
    offered = _offered(known.choices)
    windows: Any = (
        field(
            say("All steps within"),
            option_switch(WITHIN, "within", view, {name: say(label) for name, label in _WINDOWS.items()}),
            WITHIN,
        )
        if known.windows
        else html.P(
            say("All steps within one visit: these clicks have no clock time, or do not say whose they are."),
            className="muted small mb-0",
        )
    )
    return html.Div(
        [
            html.Div(
                field(
                    say("Steps, in this order"),
                    html.Div(id=CHIPS, className="funnel-steps"),
                    CHIPS,
                ),
                style={"flex": "1 1 100%", "minWidth": 0},
            ),
            html.Div(
                field(
                    say("Add a step"),
                    dropdown(ADD, None, offered, placeholder=say("Event, page, category, product …")),
                    ADD,
                ),
                style={"flex": "1 1 280px", "minWidth": 0},
            ),
            html.Div(windows, style=SIDEWAYS),
        ],
        className="row-line",
    )


def _offered(choices: Choices) -> dict[str, str]:
    """Every step with its clicks."""
    return {
        step.text: say("{step} ({n} clicks)", step=step.label, n=formats.number(count))
        for step, count in choices.steps()
    }


def show_steps(told: Any) -> list[Any]:
    """The steps as they are, each with its ways to move: one earlier, one later, away."""
    steps = results.asked_of(view_from_json(told)).steps
    moves = (
        ("earlier", "‹", say("One step earlier")),
        ("later", "›", say("One step later")),
        ("away", "×", say("Remove")),
    )
    shown: list[Any] = []
    for place, step in enumerate(steps):
        possible = [
            html.Button(
                sign,
                id={"type": _MOVE, "place": place, "move": move},
                type="button",
                n_clicks=0,
                title=title,
                **{"aria-label": say("{move}: {step}", move=title, step=step.label)},
            )
            for move, sign, title in moves
            if not (move == "earlier" and place == 0) and not (move == "later" and place == len(steps) - 1)
        ]
        shown.append(html.Span([say("{n}. {step}", n=place + 1, step=step.label), *possible], className="chip"))
    return shown


def add_step(text: str | None, told: Any) -> tuple[Any, None]:
    """Ask for one step more at the end; the list is empty again for the next one."""
    view = view_from_json(told)
    if not text:
        raise PreventUpdate
    return {"steps": [*(step.text for step in results.asked_of(view).steps), text]}, None


def move_step(told: Any, place: int, move: str) -> dict[str, Any]:
    """Ask for a step one earlier, one later, or away."""
    texts = [step.text for step in results.asked_of(view_from_json(told)).steps]
    if not 0 <= place < len(texts):
        raise PreventUpdate
    text = texts.pop(place)
    if move != "away":
        texts.insert(max(0, place + (1 if move == "later" else -1)), text)
    return {"steps": texts}


def choose_move(clicks: list[Any], told: Any) -> dict[str, Any]:
    pressed = ctx.triggered_id
    if not any(clicks) or not isinstance(pressed, dict):  # the buttons were drawn, not pressed
        raise PreventUpdate
    return move_step(told, int(pressed["place"]), str(pressed["move"]))


def register_callbacks(app: Dash) -> None:
    app.callback(Output(CHIPS, "children"), Input(REQUEST, "data"))(show_steps)
    app.callback(
        Output(CHANGE, "data", allow_duplicate=True),
        Output(ADD, "value"),
        Input(ADD, "value"),
        State(REQUEST, "data"),
        prevent_initial_call=True,
    )(add_step)
    app.callback(
        Output(CHANGE, "data", allow_duplicate=True),
        Input({"type": _MOVE, "place": ALL, "move": ALL}, "n_clicks"),
        State(REQUEST, "data"),
        prevent_initial_call=True,
    )(choose_move)
    changes(app, WITHIN, "within")
