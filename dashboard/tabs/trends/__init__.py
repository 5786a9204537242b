"""Trends: what changed, in revenue, orders, customers and what they buy; and why."""

from __future__ import annotations

from typing import Any

from dash import Dash, html

from analytics.text import say
from dashboard.components.basics import field
from dashboard.components.controls import changes, option_switch
from dashboard.state import View
from dashboard.tab import Tab
from dashboard.tabs.trends import course, movement

MEASURE = "trends-measure"
GRAIN = "trends-grain"
YEAR = "trends-year"


def layout(view: View) -> list[Any]:
    measures = {
        "revenue": say("Revenue"),
        "orders": say("Orders"),
        "customers": say("Customers"),
        "order_value_mean": say("Average order"),
    }
    grains = {"day": say("Day"), "week": say("Week"), "month": say("Month")}
    years = {"off": say("Off"), "on": say("On")}
    return [
        html.Div(
            [
                field(say("What"), option_switch(MEASURE, "trends_measure", view, measures), MEASURE),
                field(say("By"), option_switch(GRAIN, "trends_grain", view, grains), GRAIN),
                field(say("A year before"), option_switch(YEAR, "trends_year", view, years), YEAR),
            ],
            className="row-line",
        ),
        *course.first_cards(),
        *movement.cards(view),
        *course.season_cards(),
    ]


def register_callbacks(app: Dash) -> None:
    for control, name in ((MEASURE, "trends_measure"), (GRAIN, "trends_grain"), (YEAR, "trends_year")):
        changes(app, control, name)
    course.register_callbacks(app)
    movement.register_callbacks(app)


TAB = Tab("trends", "Trends", "/trends", "See", "What changed?", layout, register_callbacks)
