"""Explore: where customers are, and what they bring from there."""

from __future__ import annotations

from typing import Any

from dash import Dash, Input, Output, dcc, html

from analytics import exploration
from analytics.text import say
from dashboard import formats
from dashboard.components.basics import Chart, Heading, chart_card, chart_outputs, empty, field, table
from dashboard.components.controls import changes, option_switch
from dashboard.figures import geography as figures
from dashboard.figures.geography import ADDED, MEASURES, shown, value_of
from dashboard.ids import REQUEST, THEME
from dashboard.people import opens_people
from dashboard.results import exploration as found
from dashboard.state import View, view_from_json
from dashboard.theme import mode_of

MEASURE = "explore-place"
NOTE = "explore-places-note"
MAP = "explore-map"
BARS = "explore-places"
SPREAD = "explore-places-spread"


def layout(view: View) -> list[Any]:
    if not exploration.has_geography(found.table(view)):
        sentence = say("This dataset does not say in which country customers are. Load one with a country column.")
        return [empty(say("No countries"), sentence, dcc.Link(say("Data"), href="/data"))]
    measures = {
        "customers": say("Customers"),
        "revenue": say("Revenue"),
        "orders": say("Orders"),
        "order_value": say("Average order"),
        "median": say("Median customer"),
    }
    return [
        html.Div(
            [
                field(say("Measure"), option_switch(MEASURE, "explore_place", view, measures), MEASURE),
                html.P(id=NOTE, className="muted small"),
            ],
            className="row-line",
        ),
        html.Div(
            [
                chart_card(
                    MAP,
                    say(
                        "Click a country to see its customers. Shapes: Natural Earth. Drag the map; the buttons on it zoom."
                    ),
                    height=480,
                    table_name="explore_places",
                ),
                chart_card(
                    BARS,
                    say(
                        "The same as bars. A customer counts in the country of their address, or else of their latest order."
                    ),
                    height=480,
                    table_name="explore_places",
                ),
            ],
            className="columns wide-first",
        ),
        html.Section(
            [
                html.H2(say("How much customers differ within a country")),
                html.P(
                    say("Revenue per customer: the middle half lies between the quartiles."), className="muted small"
                ),
                html.Div(id=SPREAD, className="table-scroll"),
            ],
            className="card-box",
        ),
    ]


def show_map(told: Any, theme: Any) -> tuple[Any, ...]:
    view, mode = view_from_json(told), mode_of(theme)
    places, measure = found.places(view), view.one("explore_place")
    currency = found.table(view).currency
    drawn = figures.country_map(places, measure, currency, mode)
    return Chart(_title(view), drawn, _table(view)).outputs()


def show_bars(told: Any, theme: Any) -> tuple[Any, ...]:
    view, mode = view_from_json(told), mode_of(theme)
    measure, currency = view.one("explore_place"), found.table(view).currency
    places = found.places(view)
    title = say("{measure} by country", measure=say(MEASURES[measure]))
    if len(places) > 1 and measure in ADDED:
        share = sum(sorted((value_of(place, measure) for place in places), reverse=True)[:3])
        total = sum(value_of(place, measure) for place in places)
        title = say("Three countries have {share} of all", share=formats.share(share / total if total else None, 0))
    return Chart(title, figures.country_bars(places, measure, currency, mode), _table(view)).outputs()


def _title(view: View) -> str:
    measure, currency = view.one("explore_place"), found.table(view).currency
    places = [place for place in found.places(view) if place.name]
    if not places:
        return say("Where customers are")
    first = max(places, key=lambda place: value_of(place, measure))
    value = shown(value_of(first, measure), measure, currency)
    if measure in ADDED:
        share = {"customers": first.customer_share, "revenue": first.revenue_share}.get(measure)
        if share is None:
            share = first.orders / (sum(place.orders for place in found.places(view)) or 1)
        return say(
            "{country} has {share} of {measure}: {value}",
            country=first.name,
            share=formats.share(share, 0),
            measure=say(MEASURES[measure]).lower(),
            value=value,
        )
    return say(
        "{measure}: highest in {country}, {value}", measure=say(MEASURES[measure]), country=first.name, value=value
    )


def show_note(told: Any) -> str:
    """Which places no country of the map stands for."""
    outside = exploration.off_the_map(found.places(view_from_json(told)))
    named = [say("{name} ({n})", name=place.name, n=formats.number(place.customers)) for place in outside if place.name]
    unknown = sum(place.customers for place in outside if not place.name)
    told_off = say("Not on the map: {names}.", names=", ".join(named)) if named else ""
    told_unknown = say("{n} customers have no country.", n=formats.number(unknown)) if unknown else ""
    return " ".join(sentence for sentence in (told_off, told_unknown) if sentence)


def _table(view: View) -> Any:
    currency = found.table(view).currency
    names = ("Customers", "Share", "Orders", "Revenue", "Share", "Average order")
    headings = [Heading(say("Country")), *(Heading(say(name), is_number=True) for name in names)]
    rows = [
        [
            place.name or say("not known"),
            formats.number(place.customers),
            formats.share(place.customer_share),
            formats.number(place.orders),
            formats.money(place.revenue, currency),
            formats.share(place.revenue_share),
            formats.in_unit(place.order_value_mean, "money", currency),
        ]
        for place in found.places(view)
    ]
    return table(headings, rows)


def show_spread(told: Any) -> Any:
    """Each country's spread of revenue per customer, the country with the most customers first."""
    view = view_from_json(told)
    currency = found.table(view).currency
    names = ("Customers", "Mean", "Standard deviation", "Lower quartile", "Median", "Upper quartile")
    headings = [Heading(say("Country")), *(Heading(say(name), is_number=True) for name in names)]
    rows = []
    # By customers, as the revenue that they are sorted by is not in this table
    for place in sorted(found.places(view), key=lambda place: -place.customers):
        values = (place.revenue_per_customer, place.sd, place.lower_quartile, place.median, place.upper_quartile)
        told_values = [formats.in_unit(value, "money", currency) for value in values]
        rows.append([place.name or say("not known"), formats.number(place.customers), *told_values])
    return table(headings, rows) if rows else html.P(say("No customers in this selection."), className="muted")


def register_callbacks(app: Dash) -> None:
    changes(app, MEASURE, "explore_place")
    app.callback(Output(NOTE, "children"), Input(REQUEST, "data"))(show_note)
    app.callback(*chart_outputs(MAP), Input(REQUEST, "data"), Input(THEME, "data"))(show_map)
    app.callback(*chart_outputs(BARS), Input(REQUEST, "data"), Input(THEME, "data"))(show_bars)
    app.callback(Output(SPREAD, "children"), Input(REQUEST, "data"))(show_spread)
    opens_people(app, MAP)
    opens_people(app, BARS)
