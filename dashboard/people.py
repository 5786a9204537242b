"""Every number opens into its people: the drawer, and the links that take them along."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import dash_bootstrap_components as dbc
from dash import ALL, Dash, Input, Output, State, ctx, dcc, html
from dash.exceptions import PreventUpdate

from analytics.audiences import column_label, describe
from analytics.customers import summary
from analytics.datasets import now_text
from analytics.predict.scoring.columns import unit_of
from analytics.rules import Rule, columns_of, joined, parted, rule_from_json
from analytics.schema import SCORED
from analytics.segmentation import keep_rule
from analytics.segmentation.pin_names import LONGEST_NAME
from analytics.selection import rule_of, selected_rows
from analytics.text import say
from dashboard import formats, results
from dashboard.components.basics import Heading, note, table
from dashboard.errors import NOTICES, success
from dashboard.ids import PINS, REQUEST
from dashboard.state import View, to_query, view_from_json

DRAWER = "shell-drawer"
DRAWER_BODY = "shell-drawer-body"
SAVE = "shell-save"
SAVE_NAME = "shell-save-name"
_FIRST = 8
_COLUMNS = ("customer_id", "segment", "recency_days", "order_count", "revenue_total")


def drawer() -> dbc.Offcanvas:
    """The empty drawer, part of the shell."""
    return dbc.Offcanvas(
        html.Div(id=DRAWER_BODY),
        id=DRAWER,
        title=say("Who they are"),
        placement="end",
        is_open=False,
        style={"width": "min(560px, 100vw)"},
    )


def export_links(view: View) -> list[html.A]:
    """Links that download exactly the customers of a view, by the same request."""
    query = to_query(view)
    return [
        html.A(say("Export CSV"), href=f"/export/customers.csv{query}", className="button", download=""),
        html.A(say("Export Excel"), href=f"/export/customers.xlsx{query}", className="button", download=""),
    ]


def people(view: View) -> Any:
    """How many customers a view means, what they bring, the first of them, and the ways on."""
    request = view.request
    known = results.customers(request)
    rows = selected_rows(request, known)
    counted = summary(known.frame.iloc[rows])
    if not len(rows):
        nobody = say("No customer is meant: the filters keep none, or these are visits of people who never ordered.")
        return html.Div([html.P(describe(request)), note(nobody)])
    currency = known.currency
    scores = [name for name in _scores_of(request.where) if name in known.frame]
    columns = (_COLUMNS[0], *scores, *_COLUMNS[1:])
    units = {metric.name: metric.unit for metric in known.metrics} | {name: unit_of(name) for name in scores}
    labels = {name: known.labels.get(name) or column_label(name) for name in (*columns, request.sort)}
    first = known.frame.iloc[rows[:_FIRST]]
    cells = [
        [
            formats.in_unit(value, units[name], currency) if name in units else value
            for name, value in zip(columns, row, strict=True)
        ]
        for row in first[list(columns)].itertuples(index=False)
    ]
    return html.Div(
        [
            html.P(describe(request)),
            html.Div(
                [
                    html.Div([html.Strong(formats.number(counted["customers"])), say("customers")]),
                    html.Div([html.Strong(formats.compact_money(counted["revenue"], currency)), say("revenue in all")]),
                    html.Div([html.Strong(formats.compact(counted["orders"])), say("orders in all")]),
                ],
                className="drawer-figures",
            ),
            html.Div(
                [
                    dcc.Link(say("Open in Customers"), href=f"/customers{to_query(view)}", className="button primary"),
                    *export_links(view),
                ],
                className="row-line mb-3",
            ),
            _save_form(rule_of(request)),
            html.H3(say("The first by: {column}", column=labels[request.sort])),
            html.Div(
                table([Heading(labels[name], name in units) for name in columns], cells),
                className="table-scroll mt-2",
            ),
        ]
    )


def _scores_of(rule: Rule | None) -> list[str]:
    """The columns of scores that a rule looks at."""
    return [name for name in columns_of(rule) if name.startswith(SCORED)] if rule is not None else []


def _save_form(rule: Rule | None) -> Any:
    """A name and a button that keep the people as a segment; nothing where they are everyone."""
    if rule is None:
        return None
    told = json.dumps(rule.to_json(), ensure_ascii=False)
    name = dcc.Input(
        id={"type": SAVE_NAME, "rule": told},
        type="text",
        maxLength=LONGEST_NAME,
        placeholder=say("A name for these people"),
        className="text-input",
        debounce=False,
    )
    button = html.Button(
        say("Save as segment"), id={"type": SAVE, "rule": told}, type="button", n_clicks=0, className="button"
    )
    sentence = say("A filter of every tab and a column of the customers, in every later version too.")
    return html.Div([html.Div([name, button], className="row-line"), html.P(sentence, className="small muted mt-1")])


def save_segment(clicks: list[Any], names: list[Any], told: Any, pressed: Any) -> tuple[Any, Any]:
    """Keep the people of the drawer under the name that was written."""
    if not any(clicks) or not isinstance(pressed, dict):  # the form was drawn, not sent
        raise PreventUpdate
    request = view_from_json(told).request
    rule = rule_from_json(json.loads(str(pressed.get("rule"))))
    name = next((str(name) for name in names if name), "")
    pin = keep_rule(rule, results.customers(request), name, kept_at=now_text(datetime.now(UTC)))
    sentence = say("'{name}' is kept. Choose it in the bar above, under Kept groups.", name=pin.name)
    return results.pins_stamp(request), [success(sentence)]


def saves_segments(app: Dash) -> None:
    """Wire the form of the drawer that keeps its people as a segment."""

    def save(clicks: list[Any], names: list[Any], told: Any) -> tuple[Any, Any]:
        return save_segment(clicks, names, told, ctx.triggered_id)

    app.callback(
        Output(PINS, "data", allow_duplicate=True),
        Output(NOTICES, "children", allow_duplicate=True),
        Input({"type": SAVE, "rule": ALL}, "n_clicks"),
        State({"type": SAVE_NAME, "rule": ALL}, "value"),
        State(REQUEST, "data"),
        prevent_initial_call=True,
    )(save)


def show_people(clicked: Any, told: Any) -> tuple[Any, bool]:
    """Open the drawer on the people of the point that was clicked."""
    points = clicked.get("points") if isinstance(clicked, dict) else None
    meant = points[0].get("customdata") if points else None
    if not isinstance(meant, str):
        raise PreventUpdate
    view = view_from_json(told)
    # The charts show what the shell's bar keeps, not the grid's own filters and search: so do the people of a point.
    rule = joined(parted(view.request.where)[0], rule_from_json(json.loads(meant)))
    sort = next(iter(_scores_of(rule)), "revenue_total")  # whoever is listed by a score comes by that score
    request = replace(view.request, where=rule, search="", sort=sort, descending=True)
    return people(replace(view, request=request)), True


def opens_people(app: Dash, graph_id: str) -> None:
    """Wire a chart whose points carry rules: a click opens the drawer."""
    app.callback(
        Output(DRAWER_BODY, "children", allow_duplicate=True),
        Output(DRAWER, "is_open", allow_duplicate=True),
        Input(graph_id, "clickData"),
        State(REQUEST, "data"),
        prevent_initial_call=True,
    )(show_people)


def people_button(kind: str, rule: str, content: Any, *, class_name: str = "") -> html.Button:
    """Something in a table that opens into its people; `kind` is that of `opens_people_of_buttons`, `rule` is unique in it."""
    return html.Button(
        content,
        id={"type": kind, "rule": rule},
        type="button",
        n_clicks=0,
        title=say("See who"),
        className=f"opens-people {class_name}".strip(),
    )


def show_people_of(clicks: list[Any], told: Any, pressed: Any) -> tuple[Any, bool]:
    """Open the drawer on the people of the button that was pressed."""
    if not any(clicks) or not isinstance(pressed, dict):  # the buttons were drawn, not pressed
        raise PreventUpdate
    return show_people({"points": [{"customdata": pressed.get("rule")}]}, told)


def opens_people_of_buttons(app: Dash, kind: str) -> None:
    """Wire the buttons of a kind: a press opens the drawer."""

    def show(clicks: list[Any], told: Any) -> tuple[Any, bool]:
        return show_people_of(clicks, told, ctx.triggered_id)

    app.callback(
        Output(DRAWER_BODY, "children", allow_duplicate=True),
        Output(DRAWER, "is_open", allow_duplicate=True),
        Input({"type": kind, "rule": ALL}, "n_clicks"),
        State(REQUEST, "data"),
        prevent_initial_call=True,
    )(show)
