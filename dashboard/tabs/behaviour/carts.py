"""Abandoned carts: how much is left lying, by whom, and for how long?"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any, Final

from dash import Dash, Input, Output, dcc, html, no_update
from dash.exceptions import PreventUpdate

from analytics.behaviour.carts import (
    GRACE_HOURS,
    CartFigures,
    Carts,
    by_age,
    by_age_and_value,
    left_products,
    summarise_carts,
    value_edges,
)
from analytics.rules import rule_from_json
from analytics.text import say
from dashboard import formats
from dashboard.components.basics import (
    HIDDEN,
    SHOWN,
    Chart,
    Heading,
    chart_card,
    chart_outputs,
    empty,
    note,
    progress,
    table,
    term,
)
from dashboard.figures import carts as figures
from dashboard.figures.base import nothing
from dashboard.figures.funnel import or_none
from dashboard.ids import REQUEST, THEME
from dashboard.jobs import Report, run_in_background
from dashboard.people import export_links, opens_people, opens_people_of_buttons, people_button
from dashboard.results import funnels as results
from dashboard.results import version_of
from dashboard.results.behaviour import kept_visits
from dashboard.state import View, to_query, view_from_json
from dashboard.theme import mode_of

KPIS = "behaviour-carts-kpis"
AGES = "behaviour-carts-ages"
PRODUCTS = "behaviour-carts-products"
WAYS_ON = "behaviour-carts-people"
NEEDED = "behaviour-carts-needed"
READY = "behaviour-carts-ready"
BUSY = "behaviour-carts-busy"
BAR = "behaviour-carts-progress"
BAR_LABEL = "behaviour-carts-progress-label"
CANCEL = "behaviour-carts-cancel"
_PEOPLE = "behaviour-carts-who"
_PRODUCTS_SHOWN = 10
_NEW_DAYS: Final = 7
_WAITING_DAYS: Final = 30


def layout(view: View) -> list[Any]:
    """The key figures and the cards."""
    known = results.known(view.request)
    if not known.carts:
        events = ", ".join(known.choices.clicks.get("event", {}))
        told = (
            say("A cart is a click whose kind of event is cart; the kinds in this data are {events}.", events=events)
            if events
            else say("A cart is a click whose kind of event is cart; these clicks have no kinds of events.")
        )
        return [empty(say("This data has no carts"), told, dcc.Link(say("Load clicks that have them"), href="/data"))]
    opens = " " + say("Click to see who.") if known.people else ""
    return [
        html.Div(
            [
                html.P(_what_counts(known), className="muted mb-0"),
                progress(BUSY, BAR, BAR_LABEL, CANCEL),
            ]
        ),
        dcc.Store(id=NEEDED),
        dcc.Store(id=READY),
        html.Div(id=KPIS, className="kpis"),
        html.Div(
            [
                chart_card(
                    AGES,
                    say("Carts left, by how long ago and by what they are worth.") + opens,
                    height=380,
                    table_name="carts_ages",
                ),
                chart_card(
                    PRODUCTS,
                    say("In how many of the carts left a product is.") + opens,
                    height=380,
                    table_name="carts_products",
                ),
            ],
            className="columns wide-first",
        ),
        html.Section(id=WAYS_ON, className="card-box"),
    ]


def _what_counts(known: results.Known) -> str:
    if known.clock:
        return say(
            "A cart is a visit in which something was put into the cart. It is left when nothing is bought in that visit, "
            "nor by the same visitor or customer in the {hours} hours after.",
            hours=f"{GRACE_HOURS:.0f}",
        )
    return say(
        "A cart is a visit in which something was put into the cart. It is left when nothing is bought in that visit; "
        "without a clock nobody knows what was bought afterwards."
    )


def ask_for_carts(told: Any) -> tuple[Any, Any]:
    """Either the carts are there or quickly found, or a job is asked to find them."""
    view = view_from_json(told)
    if results.carts(view.request) is not None:
        return no_update, True
    return {"view": view.to_json()}, None


def find_carts(report: Report, needed: Any) -> bool:
    """The job: find the carts and keep them beside the version, where every server process finds them."""
    if not isinstance(needed, dict):
        raise PreventUpdate
    report(0.1, say("Looking for carts"))
    results.find_carts_in_job(view_from_json(needed["view"]).request)
    return True


def _found(told: Any, ready: Any) -> tuple[View, Carts | None, Any, str]:
    """The view, the carts, which sessions the filters keep, and the currency."""
    view = view_from_json(told)
    found = results.carts(view.request) if ready else None
    if found is None:
        return view, None, None, ""
    return view, found, kept_visits(view.request), version_of(view.request).manifest.currency


def show_key_figures(told: Any, ready: Any) -> Any:
    view, found, keep, currency = _found(told, ready)
    if found is None:
        return None
    told_of = summarise_carts(found, keep, results.kept_customers(view.request))
    return [_kpi(*told) for told in _key_figures(told_of, currency)]


def _key_figures(told: CartFigures, currency: str) -> list[tuple[str, str, str, str]]:
    """Label, meaning, value, and the line below."""
    consents = (
        say("{n} of them agreed to e-mail", n=formats.number(told.with_consent))
        if told.with_consent is not None
        else say("who agreed to e-mail is not known")
    )
    later = (
        say("typically after {time}", time=formats.seconds(told.hours_until_bought_median * 3600))
        if told.hours_until_bought_median is not None
        else ""
    )
    return [
        (
            say("Carts left"),
            say("Sessions in which something was put into the cart and not bought."),
            formats.compact(told.left),
            say("of {n} filled", n=formats.number(told.filled)),
        ),
        (
            say("Share left"),
            say("Carts left divided by carts filled."),
            formats.share(told.share),
            say("of all carts filled"),
        ),
        (
            say("Value left"),
            say("Clicks that put a product into the cart × the product's last known price."),
            formats.compact_money(told.value, currency),
            say("{n} carts have a known price", n=formats.number(told.priced)),
        ),
        (
            say("Known customers"),
            say("Customers with orders, of those that the filters keep, who left a cart."),
            formats.compact(told.customers),
            consents,
        ),
        (
            say("Bought later"),
            say("Of the carts that known customers left, the share whose owner bought something after the 24 hours."),
            formats.share(told.bought_later),
            later,
        ),
    ]


def _kpi(label: str, meaning: str, value: str, below: str) -> html.Div:
    return html.Div(
        [
            html.Div(term(label, meaning), className="kpi-label"),
            html.Div(value, className="kpi-value"),
            html.Div(below, className="kpi-change"),
        ],
        className="card-box kpi",
    )


def show_ages(told: Any, ready: Any, theme: Any) -> tuple[Any, ...]:
    view, found, keep, currency = _found(told, ready)
    mode = mode_of(theme)
    if found is None:
        return Chart(say("How old the carts are"), nothing(mode, say("The carts appear here")), None).outputs()
    told_of = summarise_carts(found, keep)
    opens = results.known(view.request).people
    counts, values = by_age(found, keep)
    labels = figures.age_labels()
    edges = value_edges(found)
    if edges:
        cells, sums = by_age_and_value(found, edges, keep)
        drawn = figures.carts_by_age_and_value(cells, sums, edges, currency, mode, opens=opens)
    else:
        drawn = figures.carts_by_age(counts, mode, opens=opens)
    headings = [
        Heading(say("Age")),
        Heading(say("Carts left"), is_number=True),
        Heading(say("Value"), is_number=True),
    ]
    rows = [
        [label, formats.number(count), formats.money(value, currency) if told_of.priced else formats.NOTHING]
        for label, count, value in zip(labels, counts, values, strict=True)
    ]
    return Chart(_title(told_of), drawn, table(headings, rows)).outputs()


def _title(told: CartFigures) -> str:
    if not told.filled or told.share is None:
        return say("Nobody filled a cart in this selection")
    if not told.left:
        return say("No cart was left in this selection")
    if 0.45 <= told.share <= 0.55:
        return say("Half of the carts that are filled are left")
    return say("{share} of the carts that are filled are left", share=formats.share(told.share, 0))


def show_products(told: Any, ready: Any, theme: Any) -> tuple[Any, ...]:
    view, found, keep, currency = _found(told, ready)
    mode = mode_of(theme)
    title = say("What is left")
    if found is None:
        return Chart(title, nothing(mode, say("The products appear here")), None).outputs()
    products = left_products(found, keep, _PRODUCTS_SHOWN)
    if len(products):
        title = say("{name} is left most often", name=str(products["name"].iloc[0]))
    headings = [
        Heading(say("Product")),
        Heading(say("Carts"), is_number=True),
        Heading(say("Clicks"), is_number=True),
        Heading(say("Value"), is_number=True),
    ]
    rows = [
        [
            str(row["name"]),
            formats.number(row["carts"]),
            formats.number(row["clicks"]),
            formats.money(or_none(row["value"]), currency),
        ]
        for row in products.to_dict("records")
    ]
    opens = results.known(view.request).people
    drawn = figures.products_left(products, currency, mode, opens=opens)
    return Chart(title, drawn, table(headings, rows)).outputs()


def show_ways_on(told: Any, ready: Any) -> Any:
    """The lists that are worth a message: who left a cart lately, and who ever did."""
    view, found, keep, _ = _found(told, ready)
    if found is None:
        return None
    heading = html.H2(say("Remind them"))
    if not results.known(view.request).people:
        return [
            heading,
            note(say("These clicks come without orders or do not name customers, so there are no people to open.")),
        ]
    counts, _ = by_age(found, keep)
    if not summarise_carts(found, keep).left:
        return [heading, note(say("Nobody left a cart in this selection."))]
    week = {"did": "left_cart", "with": {"within_days": _NEW_DAYS}}
    month = {"did": "left_cart", "with": {"within_days": _WAITING_DAYS}}
    waiting: dict[str, Any] = {"all": [month, {"column": "recency_days", "is": "at least", "value": _WAITING_DAYS}]}
    always = {"did": "left_cart", "with": {}}
    lists: list[tuple[str, str, dict[str, Any]]] = [
        (
            say("The last {n} days", n=_NEW_DAYS),
            say("{n} carts: the wish is fresh, and a reminder still fits.", n=formats.number(int(counts[:3].sum()))),
            week,
        ),
        (
            say("Still waiting"),
            say("Customers who left a cart in the last {n} days and ordered nothing in that time.", n=_WAITING_DAYS),
            waiting,
        ),
        (
            say("All of them"),
            say("{n} carts, whether their owners ordered since or not.", n=formats.number(int(counts.sum()))),
            always,
        ),
    ]
    return [heading, *(_way_on(view, *told_of) for told_of in lists)]


def _way_on(view: View, title: str, sentence: str, rule: dict[str, Any]) -> html.Div:
    request = replace(view.request, where=rule_from_json(rule), search="", sort="revenue_total", descending=True)
    meant = replace(view, request=request)
    return html.Div(
        [
            html.Div([html.H3(title), html.P(sentence, className="muted small mb-0")]),
            html.Div(
                [
                    html.Span(people_button(_PEOPLE, json.dumps(rule), say("See who")), className="button"),
                    dcc.Link(say("Open in Customers"), href=f"/customers{to_query(meant)}", className="button"),
                    *export_links(meant),
                ],
                className="row-line",
            ),
        ],
        className="row-line between mt-2",
    )


def register_callbacks(app: Dash) -> None:
    app.callback(Output(NEEDED, "data"), Output(READY, "data"), Input(REQUEST, "data"))(ask_for_carts)
    run_in_background(
        app,
        find_carts,
        output=Output(READY, "data", allow_duplicate=True),
        inputs=[Input(NEEDED, "data")],
        progress=(Output(BAR, "value"), Output(BAR_LABEL, "children")),
        cancel=[Input(CANCEL, "n_clicks")],
        running=[(Output(BUSY, "style"), SHOWN, HIDDEN)],
    )
    app.callback(Output(KPIS, "children"), Input(REQUEST, "data"), Input(READY, "data"))(show_key_figures)
    app.callback(Output(WAYS_ON, "children"), Input(REQUEST, "data"), Input(READY, "data"))(show_ways_on)
    for chart, show in ((AGES, show_ages), (PRODUCTS, show_products)):
        app.callback(*chart_outputs(chart), Input(REQUEST, "data"), Input(READY, "data"), Input(THEME, "data"))(show)
    opens_people(app, AGES)
    opens_people(app, PRODUCTS)
    opens_people_of_buttons(app, _PEOPLE)
