"""Explore: who the segments are made of, by any attribute, against everyone."""

from __future__ import annotations

from typing import Any

import numpy as np
from dash import Dash, Input, html

from analytics.text import say
from dashboard import formats
from dashboard.components.basics import Chart, Heading, chart_card, chart_outputs, field, table
from dashboard.components.controls import changes, option_dropdown
from dashboard.figures import crosses as figures
from dashboard.ids import REQUEST, THEME
from dashboard.people import opens_people
from dashboard.results import exploration as found
from dashboard.state import View, view_from_json
from dashboard.theme import mode_of

ATTRIBUTE = "explore-attribute"
SHARES = "explore-shares"
INDEX = "explore-index"


def layout(view: View) -> list[Any]:
    choices = {item.name: item.label for item in found.attributes(view)}
    return [
        html.Div(
            field(say("Attribute"), option_dropdown(ATTRIBUTE, "explore_attribute", view, choices), ATTRIBUTE),
            className="row-line explore-choices",
        ),
        chart_card(
            INDEX,
            say(
                "100 is as everyone, 150 half as many again. Pale cells are of fewer than {few} customers. Click to see who.",
                few=figures.FEW,
            ),
            height=500,
            table_name="explore_people",
        ),
        chart_card(
            SHARES,
            say("What each segment is made of. Click a part of a bar to see who they are."),
            height=500,
            table_name="explore_people",
        ),
    ]


def show_index(told: Any, theme: Any) -> tuple[Any, ...]:
    view, mode = view_from_json(told), mode_of(theme)
    crossed, index = found.demographics(view), found.demographics(view).index
    label = crossed.attribute.column.label
    title = say("{label} by segment, against everyone", label=label)
    usable = np.where((crossed.customers >= figures.FEW) & ~np.isnan(index), index, 0)
    if usable.max(initial=0) > 120:
        i, j = np.unravel_index(int(usable.argmax()), usable.shape)
        title = say(
            "{label}: {group} is {times} times as frequent among {segment} as among everyone",
            label=label,
            group=crossed.attribute.labels[j],
            times=formats.number(float(usable[i, j]) / 100, 1),
            segment=say(crossed.segments.labels[i]),
        )
    elif crossed.customers.sum():
        title = say("{label}: the segments are made much as everyone is", label=label)
    headings, rows = _grid(view, [[formats.number(value) for value in row] for row in index])
    return Chart(title, figures.index_heatmap(crossed, mode), table(headings, rows)).outputs()


def show_shares(told: Any, theme: Any) -> tuple[Any, ...]:
    view, mode = view_from_json(told), mode_of(theme)
    crossed = found.demographics(view)
    label, everyone = crossed.attribute.column.label, crossed.everyone
    title = label
    if crossed.customers.sum():
        first = int(np.nanargmax(everyone))
        title = say(
            "{label}: {share} of everyone are {group}",
            label=label,
            share=formats.share(float(everyone[first]), 0),
            group=crossed.attribute.labels[first],
        )
    told_cells = [
        [say("{n} · {share}", n=formats.number(int(n)), share=formats.share(float(share))) for n, share in pairs]
        for pairs in (zip(*rows, strict=True) for rows in zip(crossed.customers, crossed.shares, strict=True))
    ]
    headings, rows = _grid(view, told_cells)
    return Chart(title, figures.attribute_bars(crossed, mode), table(headings, rows)).outputs()


def _grid(view: View, cells: list[list[str]]) -> tuple[list[Heading], list[list[Any]]]:
    crossed = found.demographics(view)
    headings = [Heading(say("Segment")), *(Heading(label, is_number=True) for label in crossed.attribute.labels)]
    return headings, [[say(label), *row] for label, row in zip(crossed.segments.labels, cells, strict=True)]


def register_callbacks(app: Dash) -> None:
    changes(app, ATTRIBUTE, "explore_attribute")
    app.callback(*chart_outputs(INDEX), Input(REQUEST, "data"), Input(THEME, "data"))(show_index)
    app.callback(*chart_outputs(SHARES), Input(REQUEST, "data"), Input(THEME, "data"))(show_shares)
    opens_people(app, INDEX)
    opens_people(app, SHARES)
