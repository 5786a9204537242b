"""Explore: which metrics go together, as numbers and as points."""

from __future__ import annotations

from typing import Any

import numpy as np
from dash import Dash, Input, Output, html

from analytics import exploration
from analytics.text import say
from dashboard import formats, results
from dashboard.components.basics import Chart, Heading, chart_card, chart_outputs, field, table, term
from dashboard.components.controls import changes, option_dropdown, option_switch
from dashboard.figures import relations as figures
from dashboard.ids import REQUEST, THEME
from dashboard.results import exploration as found
from dashboard.state import View, view_from_json
from dashboard.theme import mode_of

METHOD = "explore-correlation"
METRICS = "explore-matrix-metrics"
NOTE = "explore-relations-note"
CORRELATIONS = "explore-correlations"
MATRIX = "explore-matrix"
_MOST_ROWS = 40


def layout(view: View) -> list[Any]:
    methods = {"pearson": say("Pearson"), "spearman": say("Spearman")}
    choices = {item.name: item.label for item in exploration.numbers(found.table(view))}
    chosen = option_dropdown(
        METRICS,
        "explore_matrix",
        view,
        choices,
        placeholder=", ".join(item.label for item in found.matrix_of(view)),
    )
    return [
        html.Div(
            [
                field(
                    term(
                        say("Correlation"),
                        say(
                            "Pearson asks whether values lie on a line, Spearman whether their order agrees. "
                            "1 is always together, 0 is not at all, −1 is always opposite."
                        ),
                    ),
                    option_switch(METHOD, "explore_correlation", view, methods),
                    METHOD,
                ),
                html.P(id=NOTE, className="muted small"),
            ],
            className="row-line",
        ),
        chart_card(
            CORRELATIONS,
            say(
                "Blue goes up together, orange goes opposite ways; alike metrics stand side by side. It says nothing of causes."
            ),
            height=560,
            table_name="explore_correlations",
        ),
        chart_card(
            MATRIX,
            say(
                "Each pair of metrics: points below, their correlation above, each metric's own histogram between. "
                "Long tails are drawn on a logarithmic scale. Colours are segments."
            ),
            height=640,
            extra=html.Div(field(say("Up to six metrics"), chosen, METRICS), className="wide-choice"),
            table_name="explore_points",
        ),
    ]


def show_correlations(told: Any, theme: Any) -> tuple[Any, ...]:
    view, mode = view_from_json(told), mode_of(theme)
    related = found.correlations(view)
    title, strongest = say("Correlations"), exploration.strongest(related)
    if strongest is not None:
        one, other, r = strongest
        sentence = (
            "{one} and {other} go together most ({r})" if r > 0 else "{one} and {other} go opposite ways most ({r})"
        )
        title = say(sentence, one=one.label, other=other.label, r=_number(r))
    frame = found.correlations_table(view)
    labels = {item.name: item.label for item in related.columns}
    ordered = frame.reindex(frame[related.method].abs().sort_values(ascending=False, na_position="last").index)
    headings = [
        Heading(say("Metric")),
        Heading(say("With")),
        Heading(say("Correlation"), is_number=True),
        Heading(say("Customers with both"), is_number=True),
    ]
    rows = [
        [labels[one], labels[other], _number(r), formats.number(int(n))]
        for one, other, r, n in ordered.head(_MOST_ROWS).itertuples(index=False)
    ]
    return Chart(title, figures.correlation_heatmap(related, mode), table(headings, rows)).outputs()


def show_note(told: Any) -> str:
    """What the reader should know: who was left out, and whether a sample stands for all."""
    view = view_from_json(told)
    related, notes = found.correlations(view), []
    keep = results.kept(view.request)
    # Of nobody everything is the same, and the chart says that nobody is there
    if related.constant and (keep is None or keep.any()):
        names = ", ".join(item.label for item in related.constant)
        notes.append(say("Left out, because they are the same for everyone here: {names}.", names=names))
    if related.sampled:
        notes.append(say("Ranked by a random sample of {n} customers.", n=formats.number(related.sampled)))
    return " ".join(notes)


def show_matrix(told: Any, theme: Any) -> tuple[Any, ...]:
    view, mode = view_from_json(told), mode_of(theme)
    columns, rows = found.matrix_of(view), found.sample(view)
    known, keep = found.table(view), results.kept(view.request)
    everyone = len(known) if keep is None else int(np.count_nonzero(keep))
    drawn = known.frame.iloc[rows][["segment", *(item.name for item in columns)]]
    spreads = tuple(exploration.distribution(known, item.name, keep, most_bins=20) for item in columns)
    title = say("{n} customers, each a point", n=formats.number(everyone))
    if len(rows) < everyone:
        title = say(
            "{n} of {all} customers, each a point: a random sample with every segment in it",
            n=formats.number(len(rows)),
            all=formats.number(everyone),
        )
    headings = [
        Heading(say("Metric")),
        *(Heading(say(name), is_number=True) for name in ("Customers", "Missing", "Median", "Mean")),
    ]
    cells = [
        [
            spread.column.label,
            formats.number(spread.customers),
            formats.number(spread.missing),
            formats.in_unit(spread.median, spread.column.unit, known.currency),
            formats.in_unit(spread.mean, spread.column.unit, known.currency),
        ]
        for spread in spreads
    ]
    figure = figures.scatter_matrix(drawn, columns, spreads, found.matrix_correlations(view), mode)
    return Chart(title, figure, table(headings, cells)).outputs()


def _number(r: float | None) -> str:
    return formats.number(r, 2).replace("-", formats.MINUS)


def register_callbacks(app: Dash) -> None:
    changes(app, METHOD, "explore_correlation")
    changes(app, METRICS, "explore_matrix")
    app.callback(Output(NOTE, "children"), Input(REQUEST, "data"))(show_note)
    app.callback(*chart_outputs(CORRELATIONS), Input(REQUEST, "data"), Input(THEME, "data"))(show_correlations)
    app.callback(*chart_outputs(MATRIX), Input(REQUEST, "data"), Input(THEME, "data"))(show_matrix)
