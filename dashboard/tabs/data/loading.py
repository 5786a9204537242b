"""Load a file: choose it, say what it holds and which column is which, see what will happen, import it in the background."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from dash import ALL, ClientsideFunction, Dash, Input, Output, State, dcc, html, no_update
from dash.exceptions import PreventUpdate

from analytics.datasets import discard_upload, new_upload, upload_path
from analytics.errors import DataError, RequestError
from analytics.intake import (
    KINDS,
    READERS,
    complete_mapping,
    kept_and_replaced,
    kind_named,
    preview,
    rules_of,
)
from analytics.manifest import Manifest
from analytics.sessions import DEFAULT_GAP_MINUTES
from analytics.text import say
from dashboard import results
from dashboard.components.basics import HIDDEN, SHOWN, field, note, progress
from dashboard.components.controls import switch
from dashboard.errors import NOTICES
from dashboard.ids import CHANGE
from dashboard.jobs import run_in_background
from dashboard.state import View
from dashboard.tabs.data import test_part
from dashboard.tabs.data.columns import COLUMN, chosen_mapping, column_fields, first_rows
from dashboard.tabs.data.importing import CURRENCIES, import_upload, order_import, show_cancelled, show_imported
from dashboard.tabs.data.test_part import decoded

UPLOAD = "data-upload"
UPLOADED = "data-uploaded"
FILE = "data-file"
KIND = "data-kind"
PREVIEW = "data-preview"
FORM = "data-form"
CHECK = "data-check"
TARGET = "data-target"
NAME = "data-name"
NAME_BOX = "data-name-box"
CURRENCY = "data-currency"
CURRENCY_BOX = "data-currency-box"
GAP = "data-gap"
GAP_BOX = "data-gap-box"
RULES = "data-rules"
RULES_BOX = "data-rules-box"
TEST_BOX = "data-test-box"
PLAN = "data-plan"
IMPORT = "data-import"
ORDER = "data-order"
BUSY = "data-busy"
BAR = "data-progress"
BAR_LABEL = "data-progress-label"
CANCEL = "data-cancel"
ANSWER = "data-answer"
"""What the import left. The page follows DONE, the same a moment later: what follows a job's own answer waits while it runs."""
DONE = "data-done"
NEW = ""
"""The place to put a file that is not a dataset's name: a new one."""


def layout(_view: View | None) -> html.Section:
    """The card that takes a file; what belongs to the file is hidden until there is one."""
    heading = html.Div(
        [
            html.H2(say("Load your data")),
            html.P(
                say(
                    "Orders, clicks, visits or customers: one file each. Start with orders; the others can be added to them. "
                    "Cases with a known answer are for models to learn from, with a shop or without."
                ),
                className="muted small",
            ),
        ]
    )
    kinds = {kind.name: say(kind.label) for kind in KINDS}
    return html.Section(
        [
            html.Div(heading, className="card-head"),
            dcc.Upload(
                id=UPLOAD,
                children=html.Div(
                    [
                        html.Strong(say("Drop a file here, or choose one")),
                        html.P(
                            say(
                                "{formats}. Exports of Shopify, WooCommerce and Google Analytics are recognised.",
                                formats=_formats(),
                            ),
                            className="small muted",
                        ),
                    ]
                ),
                className="drop",
                style={},
                style_active={},
                multiple=False,
            ),
            *(dcc.Store(id=store) for store in (UPLOADED, ORDER, ANSWER, DONE)),
            html.Div(id=FILE, className="mt-3"),
            html.Div(
                [
                    field(say("What one row of it is about"), switch(KIND, KINDS[0].name, kinds), KIND),
                    html.Div(id=PREVIEW, className="mt-3"),
                    html.Div(id=CHECK, className="mt-2"),
                    _form(),
                ],
                id=FORM,
                style=HIDDEN,
            ),
            progress(BUSY, BAR, BAR_LABEL, CANCEL),
        ],
        className="card-box",
    )


def _formats() -> str:
    return ", ".join(say(reader.label) for reader in READERS)


def _form() -> html.Div:
    """Where the file goes, and how it is read."""
    target = html.Div(dcc.Dropdown(id=TARGET, options=[], value=NEW, clearable=False), className="dropdown")
    currency = dcc.Dropdown(id=CURRENCY, options=list(CURRENCIES), placeholder=say("Not stated"))
    gap = dcc.Input(
        id=GAP, className="text-input", type="number", min=1, step=1, value=DEFAULT_GAP_MINUTES, debounce=True
    )
    return html.Div(
        [
            html.Div(
                [
                    field(say("Where to"), target, TARGET),
                    html.Div(
                        field(
                            say("Name of the dataset"), dcc.Input(id=NAME, className="text-input", maxLength=63), NAME
                        ),
                        id=NAME_BOX,
                    ),
                    html.Div(
                        field(say("Currency"), html.Div(currency, className="dropdown"), CURRENCY), id=CURRENCY_BOX
                    ),
                    html.Div(field(say("A visit ends after so many minutes without a click"), gap, GAP), id=GAP_BOX),
                ],
                className="row-line mt-3",
            ),
            html.Div(test_part.layout(), id=TEST_BOX, className="mt-3", style=HIDDEN),
            html.Details(
                [html.Summary(say("Cleaning rules")), dcc.Checklist(id=RULES, options=[], value=[])],
                id=RULES_BOX,
                className="behind",
            ),
            html.Div(
                [
                    html.Button(say("Import"), id=IMPORT, className="button primary", n_clicks=0),
                    html.Span(id=PLAN, className="muted small"),
                ],
                className="row-line mt-3 middle",
            ),
        ]
    )


def choose_file(contents: str | None, filename: str | None) -> tuple[Any, Any, dict[str, str], Any, str, Any, str]:
    """Keep the upload and find out what it holds; where it is no table, say why and forget it."""
    if not contents:
        raise PreventUpdate
    label = (filename or "upload")[:200]
    token = new_upload(decoded(contents))
    try:
        seen = preview(upload_path(token), label=label)
    except DataError as problem:
        discard_upload(token)
        return None, note(str(problem), "bad"), HIDDEN, no_update, "", [], NEW
    uploaded = {"token": token, "label": label, "columns": list(seen.columns)}
    return uploaded, html.H3(label), SHOWN, seen.kind, _name_from(label), _targets(results.datasets()), NEW


def _name_from(label: str) -> str:
    plain = re.sub(r"[^a-z0-9]+", "-", label.rsplit(".", 1)[0].lower()).strip("-")
    return plain[:63] or "my-shop"


def _targets(known: Sequence[Manifest]) -> list[dict[str, str]]:
    """A new dataset, or one that is there."""
    return [
        {"label": say("A new dataset"), "value": NEW},
        *({"label": say("Add to '{name}'", name=item.dataset), "value": item.dataset} for item in known),
    ]


def show_columns(uploaded: Any, kind: str) -> tuple[Any, ...]:
    """Which column would become what, if the file is of this kind; the rules for it, and what else it asks for."""
    if not isinstance(uploaded, dict):
        raise PreventUpdate
    held, rules = kind_named(kind), rules_of(kind)
    try:
        seen = preview(upload_path(uploaded["token"]), label=uploaded["label"], kind=kind)
    except DataError as problem:  # the upload is gone: uploads are kept for a day
        return note(str(problem), "bad"), [], [], HIDDEN, HIDDEN, HIDDEN, HIDDEN
    shown = [
        *(note(sentence, "warn") for sentence in seen.warnings),
        html.P(_about_columns(kind), className="small muted"),
        column_fields(held, seen),
        first_rows(seen),
    ]
    options = [
        {"label": say(rule.label), "title": say(rule.meaning), "value": rule.name, "disabled": not rule.is_optional}
        for rule in rules
    ]
    return (
        shown,
        options,
        [rule.name for rule in rules if rule.enabled],
        SHOWN if rules else HIDDEN,
        SHOWN if kind == "orders" else HIDDEN,
        SHOWN if kind == "events" else HIDDEN,
        SHOWN if kind == "labelled" else HIDDEN,
    )


def _about_columns(kind: str) -> str:
    if kind == "labelled":
        return say(
            "Every column is kept as it came, and any of them can be the answer of a model. Say which one is the customer's "
            "number, if one is."
        )
    return say("Which column is which? Change what is wrong; what you leave empty is not used.")


def check_columns(chosen: list[Any], ids: list[Any], uploaded: Any, kind: str) -> tuple[Any, bool]:
    """Whether the columns that are chosen are enough; the import waits until they are."""
    if not isinstance(uploaded, dict):
        raise PreventUpdate
    held = kind_named(kind)
    columns = [str(column) for column in uploaded.get("columns", ())]
    try:
        mapping = complete_mapping(columns, chosen_mapping(chosen, ids), held)
    except (RequestError, DataError) as problem:
        return note(str(problem), "bad"), True
    missing = held.missing(mapping)
    if missing:
        words = ", ".join(say(held.need(name).words) for name in missing)
        return note(say("Still needed: {missing}. Choose its column above.", missing=words), "warn"), True
    return None, False


def show_plan(kind: str, target: str | None, name: str | None, _done: Any) -> tuple[str, dict[str, str]]:
    """What the import will do to the dataset that it goes to, before it does it."""
    goes_to = target or (name or "").strip()
    about = next((item for item in results.datasets() if item.dataset == goes_to), None)
    box = HIDDEN if target else SHOWN
    if about is None:
        return say("Makes a new dataset '{name}'.", name=goes_to), box
    kept, replaced = (" and ".join(names) for names in kept_and_replaced(about, kind))
    if kept and replaced:
        sentence = "Adds a version to '{name}'; its {kept} are kept, its {replaced} are replaced."
    elif kept:
        sentence = "Adds a version to '{name}'; its {kept} are kept."
    else:
        sentence = "Adds a version to '{name}'; its {replaced} are replaced."
    return say(sentence, name=goes_to, kept=kept, replaced=replaced), box


def register_callbacks(app: Dash) -> None:
    columns, places = {"type": COLUMN, "name": ALL}, {"type": COLUMN, "name": ALL}
    app.callback(
        Output(UPLOADED, "data"),
        Output(FILE, "children"),
        Output(FORM, "style"),
        Output(KIND, "value"),
        Output(NAME, "value"),
        Output(TARGET, "options"),
        Output(TARGET, "value"),
        Input(UPLOAD, "contents"),
        State(UPLOAD, "filename"),
        prevent_initial_call=True,
    )(choose_file)
    app.callback(
        Output(PREVIEW, "children"),
        Output(RULES, "options"),
        Output(RULES, "value"),
        Output(RULES_BOX, "style"),
        Output(CURRENCY_BOX, "style"),
        Output(GAP_BOX, "style"),
        Output(TEST_BOX, "style"),
        Input(UPLOADED, "data"),
        Input(KIND, "value"),
        prevent_initial_call=True,
    )(show_columns)
    app.callback(
        Output(CHECK, "children"),
        Output(IMPORT, "disabled"),
        Input(columns, "value"),
        State(places, "id"),
        State(UPLOADED, "data"),
        State(KIND, "value"),
        prevent_initial_call=True,
    )(check_columns)
    app.callback(
        Output(PLAN, "children"),
        Output(NAME_BOX, "style"),
        Input(KIND, "value"),
        Input(TARGET, "value"),
        Input(NAME, "value"),
        Input(DONE, "data"),
    )(show_plan)
    app.callback(
        Output(ORDER, "data"),
        Input(IMPORT, "n_clicks"),
        State(UPLOADED, "data"),
        State(KIND, "value"),
        State(columns, "value"),
        State(places, "id"),
        State(TARGET, "value"),
        State(NAME, "value"),
        State(CURRENCY, "value"),
        State(GAP, "value"),
        State(RULES, "value"),
        State(test_part.TESTED, "data"),
        prevent_initial_call=True,
    )(order_import)
    test_part.register_callbacks(app, UPLOADED)
    run_in_background(
        app,
        import_upload,
        output=Output(ANSWER, "data"),
        inputs=[Input(ORDER, "data")],
        progress=(Output(BAR, "value"), Output(BAR_LABEL, "children")),
        cancel=[Input(CANCEL, "n_clicks")],
        running=[(Output(BUSY, "style"), SHOWN, HIDDEN), (Output(IMPORT, "disabled"), True, False)],
    )
    app.clientside_callback(
        ClientsideFunction("clientele", "pass_on"),
        Output(ANSWER, "modified_timestamp"),
        Input(ANSWER, "data"),
        State(DONE, "id"),
        prevent_initial_call=True,
    )
    app.callback(
        Output(CHANGE, "data", allow_duplicate=True),
        Output(FORM, "style", allow_duplicate=True),
        Output(FILE, "children", allow_duplicate=True),
        Output(NOTICES, "children", allow_duplicate=True),
        Input(DONE, "data"),
        prevent_initial_call=True,
    )(show_imported)
    app.callback(
        Output(NOTICES, "children", allow_duplicate=True), Input(CANCEL, "n_clicks"), prevent_initial_call=True
    )(show_cancelled)
