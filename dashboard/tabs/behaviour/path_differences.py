"""What two groups of visits do differently on their ways, and whether chance explains it."""

from __future__ import annotations

from functools import partial
from typing import Any

from dash import Dash, Input, Output, State, html
from dash.exceptions import PreventUpdate

from analytics.behaviour.differences import Differences
from analytics.behaviour.sides import KINDS, Side
from analytics.errors import RequestError
from analytics.text import say
from dashboard import formats
from dashboard.components.basics import Chart, Heading, chart_card, chart_outputs, empty, table, term
from dashboard.components.controls import changes, option_dropdown, option_switch
from dashboard.figures import paths as figures
from dashboard.figures.base import nothing
from dashboard.ids import CHANGE, REQUEST, THEME
from dashboard.results import paths as results
from dashboard.state import View, view_from_json
from dashboard.theme import mode_of

DIFFERENCES = "behaviour-paths-differences"
COMPARE = "behaviour-paths-compare"
A = "behaviour-paths-a"
B = "behaviour-paths-b"


def differences_card(view: View) -> Any:
    offered = results.offered(view.request)
    chosen = results.chosen_sides(view)
    if chosen is None:
        return html.Div(
            empty(
                say("No two groups to compare"),
                say(
                    "Visits are compared by segment, country, device, kind of visitor or purchase; these clicks say none."
                ),
            )
        )
    choices = {
        str(side): say("{kind}: {name} ({n})", kind=say(KINDS[side.kind]), name=side.label, n=formats.number(count))
        for side, count in offered
    }
    told = view.choosing(paths_a=str(chosen[0]), paths_b=str(chosen[1]))
    pair = html.Div(
        [
            option_dropdown(A, "paths_a", told, choices),
            html.Span(say("against")),
            option_dropdown(B, "paths_b", told, choices),
            option_switch(COMPARE, "paths_compare", view, {"steps": say("Steps"), "sequences": say("Ways")}),
        ],
        className="row-line",
    )
    card = chart_card(
        DIFFERENCES,
        say(
            "Coloured where chance does not explain the difference: at most one in twenty coloured bars is false, on average."
        ),
        height=430,
        extra=pair,
        table_name="paths_differences",
    )
    return html.Div(card, className="wide-chart")


def show_differences(told: Any, theme: Any) -> tuple[Any, ...]:
    view, mode = view_from_json(told), mode_of(theme)
    chosen = results.chosen_sides(view)
    if chosen is None:
        return Chart(say("No two groups to compare"), nothing(mode, say("Nothing to compare")), None).outputs()
    a, b = chosen
    try:
        compared = results.find_differences(view, a, b)
    except RequestError as refused:
        return Chart(say("Choose two different groups"), nothing(mode, str(refused)), None).outputs()
    drawn = figures.difference_bars(compared, a.label, b.label, mode)
    return Chart(_differences_title(compared, a, b), drawn, _differences_table(compared, a, b)).outputs()


def _differences_title(compared: Differences, a: Side, b: Side) -> str:
    largest = next((item for item in figures.shown_differences(compared) if item.is_significant), None)
    for side, sessions in ((a, compared.sessions_a), (b, compared.sessions_b)):
        if not sessions:
            return say("{name}: no visits in this selection", name=side.label)
    if not any(item.q is not None for item in compared.found):
        return say("Too few visits to compare {a} with {b}", a=a.label, b=b.label)
    if largest is None:
        return say("{a} and {b} go the same ways, as far as chance can tell", a=a.label, b=b.label)
    return say(
        "{path}: {share_a} of {a}, {share_b} of {b}",
        path=figures.path_label(compared.states, largest.path),
        share_a=formats.share(largest.share_a, 0),
        share_b=formats.share(largest.share_b, 0),
        a=a.label,
        b=b.label,
    )


def _differences_table(compared: Differences, a: Side, b: Side) -> Any:
    headings = [
        Heading(say("Way")),
        Heading(say("{name} ({n} visits)", name=a.label, n=formats.number(compared.sessions_a)), is_number=True),
        Heading(say("{name} ({n} visits)", name=b.label, n=formats.number(compared.sessions_b)), is_number=True),
        Heading(say("Difference"), is_number=True),
        Heading(
            term(
                say("Chance"),
                say(
                    "How easily chance alone makes such a difference: two-proportion z-test, adjusted for all rows "
                    "(Benjamini and Hochberg 1995)."
                ),
            ),
            is_number=True,
        ),
    ]
    rows = [
        [
            figures.path_label(compared.states, item.path),
            say("{share} of {n}", share=formats.share(item.share_a), n=formats.number(item.a_of)),
            say("{share} of {n}", share=formats.share(item.share_b), n=formats.number(item.b_of)),
            formats.NOTHING if item.difference is None else formats.change(item.difference, points=True),
            say("too few visits")
            if item.q is None
            else formats.share(item.q, 1)
            if item.q >= 0.001
            else say("below 0.1%"),
        ]
        for item in compared.found
    ]
    return table(headings, rows)


def choose_side(value: Any, told: Any, *, name: str) -> dict[str, Any]:
    """Ask for another group to compare; nothing where it is the one that is shown already, chosen or not."""
    chosen = results.chosen_sides(view_from_json(told))
    shown = "" if chosen is None else str(chosen[name == "paths_b"])
    if not value or value == shown:
        raise PreventUpdate
    return {name: value}


def register_callbacks(app: Dash) -> None:
    app.callback(*chart_outputs(DIFFERENCES), Input(REQUEST, "data"), Input(THEME, "data"))(show_differences)
    changes(app, COMPARE, "paths_compare")
    for control, name in ((A, "paths_a"), (B, "paths_b")):
        app.callback(
            Output(CHANGE, "data", allow_duplicate=True),
            Input(control, "value"),
            State(REQUEST, "data"),
            prevent_initial_call=True,
        )(partial(choose_side, name=name))
