"""Controls whose value is part of the view, and the one way in which they change it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

from dash import ClientsideFunction, Dash, Input, Output, State, dcc, html

from analytics.request import AnalysisRequest
from dashboard.ids import ANSWERED, ASKED, REQUEST, WIRES
from dashboard.options import is_option, option
from dashboard.state import View


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


def shown_unasked(control_id: str, value: str) -> dcc.Store:
    """What a control shows where nothing was chosen, if the data decides that: wire it with `changes(…, by_data=True)`."""
    return dcc.Store(id=unasked_id(control_id), data=value)


def unasked_id(control_id: str) -> str:
    return f"{control_id}-unasked"


def changes(
    app: Dash, control_id: str, name: str, *, lay_out_anew: bool = False, prop: str = "value", by_data: bool = False
) -> None:
    """Wire a control to an option of the view, or to a field of the request that is a text.

    The page itself asks the shell, in the order of the choices: two answers of the server that come at one moment would
    be seen as one. What the view has already is not asked for, as when a tab is laid out; nor is what `shown_unasked` says.
    """
    told = {"name": name, "is_option": is_option(name), "usual": _usual(name), "lay_out_anew": lay_out_anew}
    app.layout[WIRES].data[control_id] = told  # the page looks up there what a control changes
    app.clientside_callback(
        ClientsideFunction("clientele", "choose"),
        Output(ASKED, "modified_timestamp", allow_duplicate=True),  # it writes the data by itself
        Input(control_id, prop),
        State(REQUEST, "data"),
        State(ANSWERED, "data"),
        State(WIRES, "data"),
        *([State(unasked_id(control_id), "data")] if by_data else []),
        prevent_initial_call=True,
    )


def _usual(name: str) -> str:
    """What an option or field is unless chosen."""
    if is_option(name):
        return option(name).default
    return str(next(field.default for field in fields(AnalysisRequest) if field.name == name))
