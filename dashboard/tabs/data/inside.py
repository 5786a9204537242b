"""What is in here: the datasets of the workspace, and what cleaning did to the one that is shown."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from dash import Dash, Input, Output, dcc, html

from analytics.intake import case_columns
from analytics.manifest import LedgerEntry, Manifest
from analytics.text import say
from dashboard import formats, results
from dashboard.components.basics import HIDDEN, SHOWN, Heading, note, table, term
from dashboard.ids import REQUEST
from dashboard.state import view_from_json

DATASETS = "data-datasets"
CASES = "data-cases"
LEDGER = "data-ledger"
NONE = "–"


def layout() -> list[Any]:
    """The card of the datasets and the card of the ledger, filled by callbacks."""
    return [
        html.Section(
            [
                html.Div(html.H2(say("Datasets")), className="card-head"),
                html.Div(id=DATASETS, className="table-scroll"),
            ],
            className="card-box",
        ),
        html.Section(id=CASES, className="card-box", style=HIDDEN),
        html.Section(id=LEDGER, className="card-box"),
    ]


def show_datasets(told: Any, _done: Any) -> Any:
    """Every dataset with what it holds; a dash where it has none of a kind."""
    current = view_from_json(told).request.dataset if told is not None else ""
    headings = [
        Heading(say("Dataset")),
        Heading(say("From")),
        Heading(say("Customers"), is_number=True),
        Heading(say("Orders"), is_number=True),
        Heading(say("Revenue"), is_number=True),
        Heading(say("Clicks"), is_number=True),
        Heading(say("Visits"), is_number=True),
        Heading(say("Cases"), is_number=True),
        Heading(say("First to last day")),
        Heading(say("Version")),
    ]
    rows = []
    for item in results.datasets():
        here = html.Strong(say("{name} (shown)", name=item.dataset)) if item.dataset == current else None
        rows.append(
            [
                here or dcc.Link(item.dataset, href=f"/?dataset={item.dataset}"),
                ", ".join((*(part.source for part in item.carried), item.source)),
                formats.number(item.customers) if item.has_orders else _count(item, "customers"),
                _count(item, "orders"),
                formats.money(item.revenue, item.currency) if item.has_orders else NONE,
                _count(item, "events"),
                _count(item, "sessions"),
                _count(item, "labelled"),
                _days(item),
                item.version,
            ]
        )
    return table(headings, rows)


def _count(item: Manifest, name: str) -> str:
    return formats.number(item.tables[name]) if name in item.tables else NONE


def _days(item: Manifest) -> str:
    """The days of the orders, and where there are none, of the clicks."""
    if item.first_on is None or item.last_on is None:
        return NONE
    return say("{first} to {last}", first=_day(item.first_on.isoformat()), last=_day(item.last_on.isoformat()))


def _day(text: str) -> str:
    return formats.day(datetime.fromisoformat(text))


def show_cases(told: Any, _done: Any) -> tuple[list[Any], dict[str, str]]:
    """The cases with a known answer that the shown dataset has: how many, in which part, and their columns."""
    if told is None:
        return [], HIDDEN
    version = results.version_of(view_from_json(told).request)
    about = version.manifest
    if "labelled" not in about.tables:
        return [], HIDDEN
    headings = [
        Heading(say("Column")),
        Heading(say("Name in rules and models")),
        Heading(say("Type")),
        Heading(say("Missing"), is_number=True),
    ]
    rows = [[item.heading, item.name, say(item.type), formats.number(item.missing)] for item in case_columns(version)]
    return [
        html.H2(say("Cases with a known answer in '{name}'", name=about.dataset)),
        html.P(_parts(about), className="muted small mb-2"),
        html.Div(table(headings, rows, caption=say("The columns of the cases")), className="table-scroll"),
    ], SHOWN


def _parts(about: Manifest) -> str:
    cases = about.tables["labelled"]
    if not about.test_cases:
        return say("{n} cases, all in one file: a model sets some of them aside for its test.", n=formats.number(cases))
    return say(
        "{training} cases to learn from, and {test} in the test file.",
        training=formats.number(cases - about.test_cases),
        test=formats.number(about.test_cases),
    )


@dataclass(frozen=True, slots=True)
class _File:
    """A file that a version was made from, as the ledger shows it."""

    kind: str
    source: str
    rows_read: int
    ledger: tuple[LedgerEntry, ...]
    warnings: tuple[str, ...]


def show_ledger(told: Any, _done: Any) -> list[Any]:
    """What cleaning did to each file that the shown version was made from, the newest first."""
    if told is None:
        return [html.P(say("There are no datasets yet. Load a file above."))]
    about = results.version_of(view_from_json(told).request).manifest
    newest = _File(about.kind, about.source, about.rows_read, about.ledger, about.warnings)
    before = [_File(part.kind, part.source, part.rows_read, part.ledger, ()) for part in reversed(about.carried)]
    return [
        html.H2(say("What cleaning did to '{name}'", name=about.dataset)),
        *(block for file in (newest, *before) for block in _block(file, about, is_alone=not before)),
    ]


def _block(file: _File, about: Manifest, *, is_alone: bool) -> list[Any]:
    """One file: what was read and kept, what is to be known, and its rules."""
    return [
        None if is_alone else html.H3(file.source, className="mt-3"),
        html.P(_summary(file, about), className="muted small mb-2"),
        *(note(sentence, "warn") for sentence in file.warnings),
        html.Div(_ledger_table(file, about), className="table-scroll"),
    ]


def _summary(file: _File, about: Manifest) -> str:
    read = formats.number(file.rows_read)
    if file.kind == "orders":
        return say(
            "Of {read} rows read, {kept} order lines were kept: {customers} customers, {orders} orders, {revenue}.",
            read=read,
            kept=formats.number(about.tables.get("order_lines", 0)),
            customers=formats.number(about.customers),
            orders=formats.number(about.tables.get("orders", 0)),
            revenue=formats.money(about.revenue, about.currency, 2),
        )
    if file.kind == "events":
        return say(
            "Of {read} rows read, {kept} clicks were kept: {visits} visits.",
            read=read,
            kept=formats.number(about.tables.get("events", 0)),
            visits=formats.number(about.tables.get("sessions", 0)),
        )
    if file.kind == "sessions":
        kept = formats.number(about.tables.get("sessions", 0))
        return say("Of {read} rows read, {kept} visits were kept.", read=read, kept=kept)
    if file.kind == "labelled":
        kept = formats.number(about.tables.get("labelled", 0))
        return say("Of {read} rows read, {kept} cases were kept.", read=read, kept=kept)
    kept = formats.number(about.tables.get("customers", 0))
    return say("Of {read} rows read, the attributes of {kept} customers were kept.", read=read, kept=kept)


def _ledger_table(file: _File, about: Manifest) -> html.Table:
    has_money = file.kind == "orders"
    has_people = file.kind != "labelled"
    headings = [
        Heading(say("Rule")),
        Heading(say("What it did")),
        Heading(say("Rows"), is_number=True),
        *([Heading(_people(file.kind), is_number=True)] if has_people else []),
        *([Heading(say("Revenue"), is_number=True)] if has_money else []),
    ]
    rows = [
        [
            term(say(entry.label), say(entry.meaning)),
            say(entry.action) if entry.enabled else say("switched off"),
            formats.number(entry.rows),
            *([formats.number(entry.customers)] if has_people else []),
            *([formats.money(entry.revenue, about.currency, 2)] if has_money else []),
        ]
        for entry in file.ledger
    ]
    off = [place for place, entry in enumerate(file.ledger) if not entry.enabled]
    return table(headings, rows, caption=say("The cleaning ledger of {file}", file=file.source), off=off)


def _people(kind: str) -> str:
    return say("Customers") if kind in ("orders", "customers") else say("Visitors")


def register_callbacks(app: Dash, done: str) -> None:
    """`done` is the store that an import fills: what is listed here may be out of date then."""
    app.callback(Output(DATASETS, "children"), Input(REQUEST, "data"), Input(done, "data"))(show_datasets)
    app.callback(Output(CASES, "children"), Output(CASES, "style"), Input(REQUEST, "data"), Input(done, "data"))(
        show_cases
    )
    app.callback(Output(LEDGER, "children"), Input(REQUEST, "data"), Input(done, "data"))(show_ledger)
