"""How many groups: what each number would give, and which is proposed."""

from __future__ import annotations

from typing import Any, Final

from dash import Dash, Input, Output, State, dcc, html
from dash.exceptions import PreventUpdate

from dashboard.ids import REQUEST
from dashboard.state import View, view_from_json
from dashboard.tabs.clusters import curves, density, tree

HOLDER: Final = "clusters-number"
KIND: Final = "clusters-number-kind"
"""What kind of method the charts are for: they are laid out anew when it changes."""


def layout(view: View) -> list[Any]:
    return [
        *tree.layout(view),  # first, where there is one: the other charts say how good its cut is
        html.Div(_cards(view), id=HOLDER, style={"display": "contents"}),
        dcc.Store(id=KIND, data=density.kind_of(view)),
    ]


def _cards(view: View) -> list[Any]:
    if density.is_for(view):
        return density.layout(view)
    return curves.layout(view)


def show_cards_of_kind(told: Any, kind: str | None) -> tuple[Any, Any]:
    """Other charts, when a method of another kind was chosen."""
    view = view_from_json(told)
    if density.kind_of(view) == kind:
        raise PreventUpdate
    return _cards(view), density.kind_of(view)


def register_callbacks(app: Dash) -> None:
    curves.register_callbacks(app)
    density.register_callbacks(app)
    tree.register_callbacks(app)
    app.callback(
        Output(HOLDER, "children"),
        Output(KIND, "data"),
        Input(REQUEST, "data"),
        State(KIND, "data"),
        prevent_initial_call=True,
    )(show_cards_of_kind)
