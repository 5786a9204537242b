"""Data: what is in here, what was cleaned, load mine."""

from __future__ import annotations

import base64
import binascii
import re
from datetime import UTC, datetime
from typing import Any

from dash import Dash, Input, Output, State, dcc, html
from dash.exceptions import PreventUpdate

from analytics.datasets import discard_upload, new_upload, now_text, upload_path
from analytics.errors import DataError, RequestError
from analytics.intake import CLEANING_RULES, READERS, Preview, import_orders, preview
from analytics.manifest import Manifest
from analytics.metrics import METRICS
from analytics.text import say
from dashboard import formats, results
from dashboard.components.basics import HIDDEN, SHOWN, Heading, field, note, progress, table, term
from dashboard.errors import NOTICES, success
from dashboard.ids import CHANGE, REQUEST
from dashboard.jobs import Report, run_in_background
from dashboard.state import View, view_from_json
from dashboard.tab import Tab

UPLOAD = "data-upload"
UPLOADED = "data-uploaded"
PREVIEW = "data-preview"
FORM = "data-form"
NAME = "data-name"
CURRENCY = "data-currency"
RULES = "data-rules"
IMPORT = "data-import"
ORDER = "data-order"
BUSY = "data-busy"
BAR = "data-progress"
BAR_LABEL = "data-progress-label"
CANCEL = "data-cancel"
DONE = "data-done"
DATASETS = "data-datasets"
LEDGER = "data-ledger"
_CURRENCIES = ("EUR", "GBP", "USD", "CHF", "SEK", "NOK", "DKK", "PLN", "CZK", "CAD", "AUD", "JPY", "INR", "BRL")


def layout(_view: View | None) -> list[Any]:
    return [
        html.Section(
            [
                html.Div(
                    [
                        html.Div(
                            [
                                html.H2(say("Load your orders")),
                                html.P(
                                    say(
                                        "One row per product on an order, with a customer, an order number, a date and an amount."
                                    ),
                                    className="muted small",
                                ),
                            ]
                        )
                    ],
                    className="card-head",
                ),
                dcc.Upload(
                    id=UPLOAD,
                    children=html.Div(
                        [
                            html.Strong(say("Drop a file here, or choose one")),
                            html.P(
                                say(
                                    "{formats}. Exports of Shopify and WooCommerce are recognised.", formats=_formats()
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
                dcc.Store(id=UPLOADED),
                dcc.Store(id=ORDER),
                dcc.Store(id=DONE),
                html.Div(id=PREVIEW, className="mt-3"),
                html.Div(
                    [
                        html.Div(
                            [
                                field(
                                    say("Name of the dataset"),
                                    dcc.Input(id=NAME, className="text-input", maxLength=63),
                                    NAME,
                                ),
                                field(
                                    say("Currency"),
                                    dcc.Dropdown(id=CURRENCY, options=list(_CURRENCIES), placeholder=say("Not stated")),
                                    CURRENCY,
                                ),
                                html.Button(say("Import"), id=IMPORT, className="button primary", n_clicks=0),
                            ],
                            className="row-line mt-2",
                        ),
                        html.Details(
                            [
                                html.Summary(say("Cleaning rules")),
                                dcc.Checklist(
                                    id=RULES,
                                    options=[
                                        {
                                            "label": html.Span(f" {say(rule.label)}", title=say(rule.meaning)),
                                            "value": rule.name,
                                        }
                                        for rule in CLEANING_RULES
                                    ],
                                    value=[rule.name for rule in CLEANING_RULES if rule.enabled],
                                ),
                            ],
                            className="behind",
                        ),
                    ],
                    id=FORM,
                    style=HIDDEN,
                ),
                progress(BUSY, BAR, BAR_LABEL, CANCEL),
            ],
            className="card-box",
        ),
        html.Section(
            [
                html.Div(html.H2(say("Datasets")), className="card-head"),
                html.Div(id=DATASETS, className="table-scroll"),
            ],
            className="card-box",
        ),
        html.Section(id=LEDGER, className="card-box"),
        html.Section(
            [
                html.H2(say("What the words mean")),
                html.Div(
                    table(
                        [Heading(say("Metric")), Heading(say("Meaning")), Heading(say("When it is missing"))],
                        [[say(item.label), say(item.meaning), say(item.missing)] for item in METRICS],
                    ),
                    className="table-scroll mt-2",
                ),
            ],
            className="card-box",
        ),
    ]


def _formats() -> str:
    return ", ".join(say(reader.label) for reader in READERS)


def choose_file(contents: str | None, filename: str | None) -> tuple[Any, Any, dict[str, str], str]:
    """Keep the upload, look into it, and show what it would become before anything is imported."""
    if not contents:
        raise PreventUpdate
    label = (filename or "upload")[:200]
    token = new_upload(_decoded(contents))
    try:
        seen = preview(upload_path(token), label=label)
    except DataError as problem:
        discard_upload(token)
        return None, note(str(problem), "bad"), HIDDEN, ""
    shown = html.Div([html.H3(label, className="mb-2"), *_preview(seen)])
    if seen.missing:
        discard_upload(token)
        return None, shown, HIDDEN, ""
    return {"token": token, "label": label}, shown, SHOWN, _name_from(label)


def _decoded(contents: str) -> bytes:
    _, _, encoded = contents.partition(",")
    try:
        return base64.b64decode(encoded, validate=True)
    except binascii.Error:
        raise RequestError("The upload did not arrive whole. Choose the file again.") from None


def _name_from(label: str) -> str:
    plain = re.sub(r"[^a-z0-9]+", "-", label.rsplit(".", 1)[0].lower()).strip("-")
    return plain[:63] or "my-shop"


def _preview(seen: Preview) -> list[Any]:
    recognised = table(
        [Heading(say("In your file")), Heading(say("Becomes")), Heading(say("Because"))],
        [[html.Strong(item.column), item.canonical.replace("_", " "), item.reason] for item in seen.proposals],
    )
    first = table([Heading(name) for name in seen.columns], seen.rows[:5])
    return [
        *(note(sentence, "warn") for sentence in seen.warnings),
        html.Div(recognised, className="table-scroll mt-2"),
        html.Details(
            [html.Summary(say("The first rows")), html.Div(first, className="table-scroll")], className="behind"
        ),
    ]


def order_import(
    _clicks: int, uploaded: Any, name: str | None, currency: str | None, rules: list[str] | None
) -> dict[str, Any]:
    """What the import job is told."""
    if not isinstance(uploaded, dict):
        raise PreventUpdate
    chosen = set(rules or ())
    return {
        **uploaded,
        "name": (name or "").strip(),
        "currency": currency or "",
        "rules": {rule.name: rule.name in chosen for rule in CLEANING_RULES},
    }


def import_upload(report: Report, order: Any) -> dict[str, str]:
    """The job: import the file, publish it, and compute its customer table, so that the first look is quick."""
    from analytics.customers import customer_table
    from analytics.sources import open_source

    if order["currency"] not in ("", *_CURRENCIES):
        raise RequestError(f"'{order['currency']}' is not a currency of the list. Choose one of it.")
    published = import_orders(
        upload_path(order["token"]),
        name=order["name"],
        label=order["label"],
        currency=order["currency"],
        rules=order["rules"],
        created_at=now_text(datetime.now(UTC)),
        progress=lambda share, sentence: report(share * 0.9, sentence),
    )
    report(0.92, say("Computing customers"))
    customer_table(open_source(published.dataset, published.version))
    discard_upload(order["token"])
    return {"dataset": published.dataset, "version": published.version}


def show_imported(done: Any) -> tuple[dict[str, Any], dict[str, str], Any, Any]:
    """Turn the whole dashboard to the dataset that was just imported."""
    if not done:
        raise PreventUpdate
    return (
        {"dataset": done["dataset"], "version": done["version"]},
        HIDDEN,
        None,
        [success(say("Dataset '{name}' is ready and shown on every tab.", name=done["dataset"]))],
    )


def show_datasets(told: Any, _done: Any) -> Any:
    current = view_from_json(told).request.dataset if told is not None else ""
    headings = [
        Heading(say("Dataset")),
        Heading(say("From")),
        Heading(say("Customers"), is_number=True),
        Heading(say("Orders"), is_number=True),
        Heading(say("Revenue"), is_number=True),
        Heading(say("First to last order")),
        Heading(say("Version")),
    ]
    rows = []
    for item in results.datasets():
        days = say(
            "{first} to {last}",
            first=formats.day(datetime.fromisoformat(item.first_order_on)),
            last=formats.day(datetime.fromisoformat(item.last_order_on)),
        )
        here = html.Strong(say("{name} (shown)", name=item.dataset)) if item.dataset == current else None
        rows.append(
            [
                here or dcc.Link(item.dataset, href=f"/?dataset={item.dataset}"),
                item.source,
                formats.number(item.customers),
                formats.number(item.tables.get("orders", 0)),
                formats.money(item.revenue, item.currency),
                days,
                item.version,
            ]
        )
    return table(headings, rows)


def show_ledger(told: Any, _done: Any) -> list[Any]:
    if told is None:
        return [html.P(say("There are no datasets yet. Load an order file above."))]
    about = results.version_of(view_from_json(told).request).manifest
    return [
        html.H2(say("What cleaning did to '{name}'", name=about.dataset)),
        html.P(_summary(about), className="muted small mb-2"),
        *(note(sentence, "warn") for sentence in about.warnings),
        html.Div(_ledger_table(about), className="table-scroll"),
    ]


def _summary(about: Manifest) -> str:
    return say(
        "Of {read} rows read, {kept} order lines were kept: {customers} customers, {orders} orders, {revenue}.",
        read=formats.number(about.rows_read),
        kept=formats.number(about.tables.get("order_lines", 0)),
        customers=formats.number(about.customers),
        orders=formats.number(about.tables.get("orders", 0)),
        revenue=formats.money(about.revenue, about.currency, 2),
    )


def _ledger_table(about: Manifest) -> html.Table:
    headings = [
        Heading(say("Rule")),
        Heading(say("What it did")),
        Heading(say("Rows"), is_number=True),
        Heading(say("Customers"), is_number=True),
        Heading(say("Revenue"), is_number=True),
    ]
    rows = [
        [
            term(say(entry.label), say(entry.meaning)),
            say(entry.action) if entry.enabled else say("switched off"),
            formats.number(entry.rows),
            formats.number(entry.customers),
            formats.money(entry.revenue, about.currency, 2),
        ]
        for entry in about.ledger
    ]
    off = [place for place, entry in enumerate(about.ledger) if not entry.enabled]
    return table(headings, rows, caption=say("The cleaning ledger"), off=off)


def register_callbacks(app: Dash) -> None:
    app.callback(
        Output(UPLOADED, "data"),
        Output(PREVIEW, "children"),
        Output(FORM, "style"),
        Output(NAME, "value"),
        Input(UPLOAD, "contents"),
        State(UPLOAD, "filename"),
        prevent_initial_call=True,
    )(choose_file)
    app.callback(
        Output(ORDER, "data"),
        Input(IMPORT, "n_clicks"),
        State(UPLOADED, "data"),
        State(NAME, "value"),
        State(CURRENCY, "value"),
        State(RULES, "value"),
        prevent_initial_call=True,
    )(order_import)
    run_in_background(
        app,
        import_upload,
        output=Output(DONE, "data"),
        inputs=[Input(ORDER, "data")],
        progress=(Output(BAR, "value"), Output(BAR_LABEL, "children")),
        cancel=[Input(CANCEL, "n_clicks")],
        running=[(Output(BUSY, "style"), SHOWN, HIDDEN), (Output(IMPORT, "disabled"), True, False)],
    )
    app.callback(
        Output(CHANGE, "data", allow_duplicate=True),
        Output(FORM, "style", allow_duplicate=True),
        Output(PREVIEW, "children", allow_duplicate=True),
        Output(NOTICES, "children", allow_duplicate=True),
        Input(DONE, "data"),
        prevent_initial_call=True,
    )(show_imported)
    app.callback(Output(DATASETS, "children"), Input(REQUEST, "data"), Input(DONE, "data"))(show_datasets)
    app.callback(Output(LEDGER, "children"), Input(REQUEST, "data"), Input(DONE, "data"))(show_ledger)


TAB = Tab(
    "data",
    "Data",
    "/data",
    "Data",
    "What is in here, what was cleaned, and how do I load mine?",
    layout,
    register_callbacks,
    needs=(),
)
