"""Controls whose value is part of the view, and the one way in which they change it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from dash import Dash, Input, Output, State, dcc, html
from dash.exceptions import PreventUpdate

from dashboard.ids import CHANGE, REQUEST
from dashboard.options import option
from dashboard.state import View, changed, view_from_json


def switch(control_id: str, value: str, choices: Mapping[str, str]) -> dcc.RadioItems:
    """A choice of few: a row of buttons, one pressed. `choices` is value → label."""
    return dcc.RadioItems(id=control_id, options=_offered(choices), value=value, inline=True, className="choice")


def dropdown(
    control_id: str,
    value: str | Sequence[str] | None,
    choices: Mapping[str, str],
    *,
    placeholder: str = "",
    clearable: bool = False,
) -> html.Div:
    """A choice from a list: of one value, or of many where the value is a list."""
    many = not isinstance(value, str) and value is not None
    return html.Div(
        dcc.Dropdown(
            id=control_id,
            options=_offered(choices),
            value=list(value) if many and value is not None else value,
            multi=many,
            clearable=clearable or many,
            searchable=len(choices) > 8,
            placeholder=placeholder,
        ),
        className="dropdown",
    )


def option_switch(control_id: str, name: str, view: View, choices: Mapping[str, str]) -> dcc.RadioItems:
    """A row of buttons for an option of the view."""
    return switch(control_id, _possible(view.one(name), choices), choices)


def option_dropdown(control_id: str, name: str, view: View, choices: Mapping[str, str], **looks: Any) -> html.Div:
    """A list for an option of the view; what the data does not offer is not shown as chosen."""
    if option(name).most > 1:
        return dropdown(control_id, [value for value in view.many(name) if value in choices], choices, **looks)
    return dropdown(control_id, _possible(view.one(name), choices), choices, **looks)


def parts(control_id: str, name: str, view: View, choices: Mapping[str, str]) -> html.Div:
    """The parts of a large tab, one shown: wire it with `changes(…, lay_out_anew=True)`."""
    return html.Div(option_switch(control_id, name, view, choices), className="parts")


def _possible(value: str, choices: Mapping[str, str]) -> str:
    return value if value in choices else next(iter(choices), "")


def _offered(choices: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"label": label, "value": value} for value, label in choices.items()]


def choose(value: Any, told: Any, *, name: str, lay_out_anew: bool = False) -> dict[str, Any]:
    """What a control asks the shell for; nothing where the view has that already, as when a tab is laid out."""
    view = view_from_json(told)
    if changed(view, {name: value}) == view:
        raise PreventUpdate
    return {name: value, "lay_out_anew": True} if lay_out_anew else {name: value}


def changes(app: Dash, control_id: str, name: str, *, lay_out_anew: bool = False, prop: str = "value") -> None:
    """Wire a control to a field of the request or an option of the view."""
    app.callback(
        Output(CHANGE, "data", allow_duplicate=True),
        Input(control_id, prop),
        State(REQUEST, "data"),
        prevent_initial_call=True,
    )(partial(choose, name=name, lay_out_anew=lay_out_anew))
