"""Keeping the groups that the tab shows under a name: the form, what it says, and what it does."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

from dash import Dash, Input, Output, State, dcc, html, no_update
from dash.exceptions import PreventUpdate

from analytics.datasets import now_text
from analytics.errors import RequestError
from analytics.segmentation import keep, pin_named
from analytics.segmentation.pin_names import LONGEST_NAME
from analytics.text import say
from dashboard import formats, results
from dashboard.components.basics import HIDDEN, note
from dashboard.errors import NOTICES, success
from dashboard.ids import PINS, REQUEST
from dashboard.state import View, view_from_json
from dashboard.tabs.clusters.finding import READY, found_for

NAME: Final = "clusters-keep-name"
KEEP: Final = "clusters-keep"
REPLACE: Final = "clusters-keep-replace"
ASKED: Final = "clusters-keep-asked"
_SHOWN: Final = {"display": "inline-flex"}


def layout(_view: View) -> html.Details:
    name = dcc.Input(
        id=NAME, type="text", maxLength=LONGEST_NAME, placeholder=say("A name, such as Spring groups"),
        className="text-input", debounce=False,
    )  # fmt: skip
    sentence = say(
        "Kept groups stay as they are: a filter of every tab, a column of the customers and of every list, and the place of "
        "each customer of later imports, until you drop them."
    )
    return html.Details(
        [
            html.Summary(say("Keep these groups…")),
            html.Div(
                [
                    name,
                    html.Button(say("Keep"), id=KEEP, className="button primary", n_clicks=0),
                    html.Button(say("Replace it"), id=REPLACE, className="button", n_clicks=0, style=HIDDEN),
                ],
                className="row-line mt-2",
            ),
            html.Div(id=ASKED),
            html.P(sentence, className="small muted mt-1"),
        ],
        className="behind",
    )


def keep_groups(clicks: int | None, name: Any, told: Any, ready: Any) -> tuple[Any, ...]:
    """Keep the groups; where the name is taken, ask whether they are to take its place."""
    if not clicks:
        raise PreventUpdate
    if not _is_name(name):
        return _unnamed()
    view = view_from_json(told)
    taken = pin_named(results.version_of(view.request), name)
    if taken is None:
        return _kept(name, told, ready, replacing=False)
    question = say(
        "'{name}' is kept already, made on {n} customers as of {day}. Replace it with these groups, or choose another name.",
        name=taken.name,
        n=formats.number(taken.customers),
        day=formats.day(taken.as_of),
    )
    return no_update, no_update, note(question, "warn"), _SHOWN


def replace_groups(clicks: int | None, name: Any, told: Any, ready: Any) -> tuple[Any, ...]:
    """Keep the groups in place of what bears the name."""
    if not clicks:
        raise PreventUpdate
    return _kept(name, told, ready, replacing=True) if _is_name(name) else _unnamed()


def show_no_question(_name: Any) -> tuple[Any, Any]:
    """Another name is another question: the old one, and its button, would replace what was not asked about."""
    return None, HIDDEN


def _is_name(name: Any) -> bool:
    return isinstance(name, str) and bool(name.strip())


def _unnamed() -> tuple[Any, ...]:
    return no_update, no_update, note(say("Give the groups a name first."), "warn"), HIDDEN


def _kept(name: str, told: Any, ready: Any, *, replacing: bool) -> tuple[Any, ...]:
    view, found = found_for(told, ready)
    if found is None:
        raise RequestError(say("The groups are still being found. Keep them when they are there."))
    pin = keep(
        found,
        results.resolved(view.request).clustering(),
        name,
        kept_at=now_text(datetime.now(UTC)),
        replacing=replacing,
    )
    sentence = say("'{name}' is kept. Choose it in the bar above, under Kept groups.", name=pin.name)
    return results.pins_stamp(view.request), [success(sentence)], None, HIDDEN


def register_callbacks(app: Dash) -> None:
    for button, what in ((KEEP, keep_groups), (REPLACE, replace_groups)):
        app.callback(
            Output(PINS, "data", allow_duplicate=True),
            Output(NOTICES, "children", allow_duplicate=True),
            Output(ASKED, "children", allow_duplicate=True),
            Output(REPLACE, "style", allow_duplicate=True),
            Input(button, "n_clicks"),
            State(NAME, "value"),
            State(REQUEST, "data"),
            State(READY, "data"),
            prevent_initial_call=True,
        )(what)
    app.callback(
        Output(ASKED, "children", allow_duplicate=True),
        Output(REPLACE, "style", allow_duplicate=True),
        Input(NAME, "value"),
        prevent_initial_call=True,
    )(show_no_question)
