"""How the groups differ from everyone else, metric by metric, and who is in the one that is chosen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from dash import Dash, Input, Output, State, dcc, html
from dash.exceptions import PreventUpdate

from analytics.text import say
from dashboard.components.basics import field
from dashboard.ids import CHANGE, REQUEST
from dashboard.profiles import GROUPS, Place, opens_examples
from dashboard.profiles import layout as profile_layout
from dashboard.profiles import register_callbacks as register_profiles
from dashboard.profiles.charts import register_card
from dashboard.state import View
from dashboard.tabs.clusters.finding import READY, found_for
from dashboard.theme import cluster_color

COMPARE: Final = "clusters-compare"
ONE: Final = "clusters-one"
PLACE: Final = Place("clusters", found_for, READY, ONE, COMPARE, cluster_color, "cluster", GROUPS)
_FIRST_COMPARED: Final = 3


def layout(view: View) -> list[Any]:
    compare = html.Div(
        dcc.Dropdown(id=COMPARE, multi=True, placeholder=say("Groups to compare")), style={"minWidth": "260px"}
    )
    chooser = field(say("Group"), html.Div(dcc.Dropdown(id=ONE, clearable=False), className="dropdown"), ONE)
    return profile_layout(PLACE, view, chooser=chooser, compare=compare)


def show_compare_choices(told: Any, ready: Any) -> tuple[list[dict[str, str]], list[str]]:
    view, found = found_for(told, ready)
    if found is None:
        return [], []
    names = [group.name for group in found.segments]
    chosen = [name for name in view.many("compare") if name in names] or names[:_FIRST_COMPARED]
    return [{"label": name, "value": name} for name in names], chosen


def show_one_choices(told: Any, ready: Any) -> tuple[list[dict[str, str]], str | None]:
    view, found = found_for(told, ready)
    if found is None:
        return [], None
    names = [group.name for group in found.segments]
    chosen = view.one("profile_of")
    return [{"label": name, "value": name} for name in names], chosen if chosen in names else names[0]


def choose_compared(names: Sequence[str] | None, told: Any, ready: Any) -> dict[str, Any]:
    view, found = found_for(told, ready)
    first = [group.name for group in found.segments][:_FIRST_COMPARED] if found else []
    if not names or (list(names) == first and not view.many("compare")):
        raise PreventUpdate
    return {"compare": list(names)}


def choose_one(name: str | None, told: Any, ready: Any) -> dict[str, Any]:
    view, found = found_for(told, ready)
    if not name or found is None or name == (view.one("profile_of") or found.segments[0].name):
        raise PreventUpdate
    return {"profile_of": name}


def register_callbacks(app: Dash) -> None:
    asked = (Input(REQUEST, "data"), Input(READY, "data"))
    app.callback(Output(COMPARE, "options"), Output(COMPARE, "value"), *asked)(show_compare_choices)
    app.callback(Output(ONE, "options"), Output(ONE, "value"), *asked)(show_one_choices)
    register_profiles(app, PLACE)
    register_card(app, PLACE)
    opens_examples(app, PLACE.id("words"))
    for control, choose in ((COMPARE, choose_compared), (ONE, choose_one)):
        app.callback(
            Output(CHANGE, "data", allow_duplicate=True),
            Input(control, "value"),
            State(REQUEST, "data"),
            State(READY, "data"),
            prevent_initial_call=True,
        )(choose)
