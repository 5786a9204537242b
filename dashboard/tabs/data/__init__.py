"""Data: what is in here, what was cleaned, load mine."""

from __future__ import annotations

from typing import Any

from dash import Dash, html

from analytics.metrics import METRICS
from analytics.text import say
from dashboard.components.basics import Heading, table
from dashboard.state import View
from dashboard.tab import Tab
from dashboard.tabs.data import inside, loading


def layout(view: View | None) -> list[Any]:
    return [
        loading.layout(view),
        *inside.layout(),
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


def register_callbacks(app: Dash) -> None:
    loading.register_callbacks(app)
    inside.register_callbacks(app, loading.DONE)


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
