"""Explore: any two columns crossed, with any measure in the cells."""

from __future__ import annotations

from typing import Any

import numpy as np
from dash import Dash, Input, html

from analytics import exploration
from analytics.text import say
from dashboard import formats
from dashboard.components.basics import Chart, Heading, chart_card, chart_outputs, field, table
from dashboard.components.controls import changes, option_dropdown
from dashboard.figures import crosses as figures
from dashboard.figures.crosses import measure_unit
from dashboard.ids import REQUEST, THEME
from dashboard.people import opens_people
from dashboard.results import exploration as found
from dashboard.state import View, view_from_json
from dashboard.theme import mode_of

ROWS = "explore-rows"
COLUMNS = "explore-columns"
MEASURE = "explore-measure"
CHART = "explore-pivot"


def layout(view: View) -> list[Any]:
    rows, columns, _ = found.pivot_of(view)
    known = exploration.columns(found.table(view))
    down = {item.name: item.label for item in (rows, *known)}
    across = {item.name: item.label for item in (columns, *known)}
    measures = {name: _measure(view, name) for name in found.measures(view)}
    return [
        html.Div(
            [
                field(say("Rows"), option_dropdown(ROWS, "explore_rows", view, down), ROWS),
                field(say("Columns"), option_dropdown(COLUMNS, "explore_columns", view, across), COLUMNS),
                field(say("Measure"), option_dropdown(MEASURE, "explore_measure", view, measures), MEASURE),
            ],
            className="row-line explore-choices",
        ),
        chart_card(
            CHART,
            say("Numbers are parted into ranges of about equal size. Click a cell to see who they are."),
            height=540,
            table_name="explore_pivot",
        ),
    ]


def _measure(view: View, name: str) -> str:
    statistic, metric = exploration.measure_parts(found.table(view), name)
    if metric is None:
        return say("Customers") if statistic == "customers" else say("Revenue")
    return say("{label}, mean" if statistic == "mean" else "{label}, median", label=metric.label)


def show_pivot(told: Any, theme: Any) -> tuple[Any, ...]:
    view, mode = view_from_json(told), mode_of(theme)
    crossed, currency = found.pivot(view), found.table(view).currency
    unit, values = measure_unit(crossed), np.where(crossed.customers > 0, crossed.values, np.nan)
    title = _measure(view, crossed.measure)
    if not np.isnan(values).all():
        i, j = np.unravel_index(int(np.nanargmax(values)), values.shape)
        title = say(
            "{measure}: most for {row}, {column}, with {value}",
            measure=title,
            row=crossed.rows.labels[i],
            column=crossed.columns.labels[j],
            value=formats.in_unit(float(values[i, j]), unit, currency),
        )
    headings = [
        Heading(crossed.rows.column.label),
        *(Heading(label, is_number=True) for label in crossed.columns.labels),
    ]
    rows = []
    for label, told_values, counts in zip(crossed.rows.labels, values, crossed.customers, strict=True):
        cells = []
        for value, count in zip(told_values.tolist(), counts.tolist(), strict=True):
            shown = formats.in_unit(None if np.isnan(value) else value, unit, currency)
            is_count = crossed.measure == "customers"
            cells.append(shown if is_count else say("{value} · n {n}", value=shown, n=formats.number(count)))
        rows.append([label, *cells])
    return Chart(title, figures.pivot_heatmap(crossed, currency, mode), table(headings, rows)).outputs()


def register_callbacks(app: Dash) -> None:
    changes(app, ROWS, "explore_rows")
    changes(app, COLUMNS, "explore_columns")
    changes(app, MEASURE, "explore_measure")
    app.callback(*chart_outputs(CHART), Input(REQUEST, "data"), Input(THEME, "data"))(show_pivot)
    opens_people(app, CHART)
