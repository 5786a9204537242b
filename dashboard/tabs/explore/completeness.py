"""Explore: what is not known of customers, and what is missing together."""

from __future__ import annotations

from typing import Any

from dash import Dash, Input, html

from analytics.text import say
from dashboard import formats
from dashboard.components.basics import Chart, Heading, chart_card, chart_outputs, table
from dashboard.figures import crosses as figures
from dashboard.ids import REQUEST, THEME
from dashboard.people import opens_people
from dashboard.results import exploration as found
from dashboard.state import view_from_json
from dashboard.theme import mode_of

GAPS = "explore-gaps"
PATTERNS = "explore-patterns"


def layout(_view: Any) -> list[Any]:
    return [
        html.Div(
            [
                chart_card(
                    GAPS,
                    say("How much of each column is missing; columns without a gap are left out. Missing is not zero."),
                    height=420,
                    table_name="explore_gaps",
                ),
                chart_card(
                    PATTERNS,
                    say(
                        "Each row is a group of customers for whom the filled columns are missing together. Click to see who."
                    ),
                    height=420,
                    table_name="explore_patterns",
                ),
            ],
            className="columns",
        )
    ]


def show_gaps(told: Any, theme: Any) -> tuple[Any, ...]:
    view, mode = view_from_json(told), mode_of(theme)
    known = found.completeness(view)
    with_gaps = [gap for gap in known.gaps if gap.missing]
    title = say("Every column is known for every customer") if known.customers else say("What is missing")
    if with_gaps:
        title = say(
            "{n} of {all} columns have gaps; {column} most, {share}",
            n=formats.number(len(with_gaps)),
            all=formats.number(len(known.gaps)),
            column=with_gaps[0].label,
            share=formats.share(with_gaps[0].share, 0),
        )
    headings = [
        Heading(say("Column")),
        Heading(say("Missing"), is_number=True),
        Heading(say("Share"), is_number=True),
        Heading(say("What missing means")),
    ]
    rows = [[gap.label, formats.number(gap.missing), formats.share(gap.share), gap.meaning] for gap in known.gaps]
    return Chart(title, figures.gap_bars(known, mode), table(headings, rows)).outputs()


def show_patterns(told: Any, theme: Any) -> tuple[Any, ...]:
    view, mode = view_from_json(told), mode_of(theme)
    known = found.completeness(view)
    labels = {gap.name: gap.label for gap in known.gaps}
    whole = sum(pattern.customers for pattern in known.patterns if not pattern.missing)
    title = say("What is missing together")
    if known.customers:
        title = say("{share} of customers have no gap at all", share=formats.share(whole / known.customers, 0))
    headings = [Heading(say("Missing together")), Heading(say("Customers"), is_number=True)]
    rows = [
        [
            ", ".join(labels.get(name, name) for name in pattern.missing) or say("nothing"),
            formats.number(pattern.customers),
        ]
        for pattern in known.patterns
    ]
    if known.other_patterns:
        rows.append([say("other combinations"), formats.number(known.other_patterns)])
    return Chart(title, figures.gap_patterns(known, labels, mode), table(headings, rows)).outputs()


def register_callbacks(app: Dash) -> None:
    app.callback(*chart_outputs(GAPS), Input(REQUEST, "data"), Input(THEME, "data"))(show_gaps)
    app.callback(*chart_outputs(PATTERNS), Input(REQUEST, "data"), Input(THEME, "data"))(show_patterns)
    opens_people(app, GAPS)
    opens_people(app, PATTERNS)
