"""Cards, key figures, tables and notes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import dash_bootstrap_components as dbc
from dash import Output, dcc, html

from analytics.text import say
from analytics.trends import KeyFigure
from dashboard import formats

GRAPH_CONFIG: Final[dict[str, Any]] = {
    "displaylogo": False,
    "showSendToCloud": False,
    "plotlyServerURL": "",
    "topojsonURL": "/assets/",  # a map's shapes are ours; Plotly would look for them on a server of its own
    "scrollZoom": "gl3d",  # turning the wheel over a map scrolls the page, as it does everywhere else
    "responsive": True,
    "displayModeBar": "hover",
    "modeBarButtonsToRemove": [
        "toImage",  # below every chart there is PNG, SVG and CSV; a camera over it hides numbers
        "lasso2d",
        "select2d",
        "autoScale2d",
        "zoomIn2d",
        "zoomOut2d",
        "zoom2d",
        "pan2d",
        "resetScale2d",
    ],
}


def graph(graph_id: str, height: int, tools: Sequence[str] = ()) -> dcc.Graph:
    """An empty chart, filled by a callback. Every chart of the product is made here, so that none talks to another host.

    `tools` are the buttons of Plotly's that this chart has and others do not.
    """
    removed = [name for name in GRAPH_CONFIG["modeBarButtonsToRemove"] if name not in tools]
    config = {**GRAPH_CONFIG, "modeBarButtonsToRemove": removed}
    return dcc.Graph(id=graph_id, config=config, style={"height": f"{height}px"}, responsive=True)


@dataclass(frozen=True, slots=True)
class Chart:
    """What a chart's card is filled with: a title that says what to see, the figure, and the table behind it."""

    title: str
    figure: dict[str, Any]
    table: Any

    def outputs(self) -> tuple[str, dict[str, Any], Any]:
        return self.title, self.figure, self.table


def chart_card(
    graph_id: str,
    sentence: Any = "",
    *,
    height: int = 320,
    extra: Any = None,
    table_name: str = "",
    tools: Sequence[str] = (),
) -> html.Section:
    """A card with a title, a sentence on what it means, the chart, and the table for those who would rather read.

    The chart can be saved as PNG and SVG; as CSV where `table_name` names one of the tables that can be exported.
    """
    return html.Section(
        [
            html.Div(
                [
                    html.Div(
                        [
                            html.H2(id=f"{graph_id}-title"),
                            html.P(sentence, className="muted small") if sentence else None,
                        ]
                    ),
                    extra,
                ],
                className="card-head",
            ),
            dcc.Loading(graph(graph_id, height, tools), delay_show=400, type="dot", color="var(--accent)"),
            html.Div(
                [
                    html.Details(
                        [html.Summary(say("As a table")), html.Div(id=f"{graph_id}-table", className="table-scroll")],
                        className="behind",
                    ),
                    _saves(graph_id, table_name),
                ],
                className="chart-foot",
            ),
        ],
        className="card-box",
        **{"aria-labelledby": f"{graph_id}-title"},
    )


def _saves(graph_id: str, table_name: str) -> html.Div:
    """The ways to take a chart along. assets/charts.js does the work: the browser has the picture, and its address the view."""
    pictures: list[Any] = [
        html.Button(
            form.upper(),
            className="save",
            type="button",
            title=say("Save this chart as a picture, {form}", form=form.upper()),
            **{"data-chart": graph_id, "data-form": form},
        )
        for form in ("png", "svg")
    ]
    if table_name:
        place = f"/export/table/{table_name}.csv"
        told = say("Save the numbers of this chart as CSV")
        pictures.append(html.A("CSV", href=place, className="save", title=told, download="", **{"data-table": place}))
    return html.Div(pictures, className="saves")


def chart_outputs(graph_id: str) -> list[Output]:
    """The outputs that `Chart.outputs` fills."""
    return [
        Output(f"{graph_id}-title", "children"),
        Output(graph_id, "figure"),
        Output(f"{graph_id}-table", "children"),
    ]


def term(label: str, meaning: str) -> html.Span:
    """A word that explains itself on hover and on focus."""
    return html.Span(
        label, className="term", tabIndex="0", **{"data-meaning": meaning, "aria-label": f"{label}: {meaning}"}
    )


def key_figure_card(figure: KeyFigure, currency: str, compared_with: str, *, is_good_up: bool = True) -> html.Div:
    """A number, its change against the period before, and what it was then; `is_good_up` is whether more is better."""
    shown = _said(figure.value, figure.unit, currency)
    exact = formats.in_unit(figure.value, figure.unit, currency)
    return html.Div(
        [
            html.Div(term(say(figure.label), say(figure.meaning)), className="kpi-label"),
            html.Div(shown, className="kpi-value", title=exact),
            html.Div(_change(figure, currency, compared_with, is_good_up=is_good_up), className="kpi-change"),
        ],
        className="card-box kpi",
    )


def _said(value: float | None, unit: str, currency: str) -> str:
    """A key figure as one says it aloud."""
    match unit:
        case "money":
            return formats.compact_money(value, currency)
        case "share":
            return formats.share(value)
        case "seconds":
            return formats.seconds(value)
        case "clicks":
            return formats.number(value, 1)
    return formats.compact(value)


def _change(figure: KeyFigure, currency: str, compared_with: str, *, is_good_up: bool) -> list[Any]:
    if figure.change is None:
        return [say("no earlier period to compare")]
    is_up = figure.change >= 0
    before = _said(figure.before, figure.unit, currency)
    told = formats.change(figure.change, points=figure.unit == "share")
    arrow = "▲" if is_up else "▼"
    return [
        html.Span(f"{arrow} {told}", className="up" if is_up == is_good_up else "down"),
        " ",
        html.Span(say("from {before}", before=before), title=compared_with),
    ]


@dataclass(frozen=True, slots=True)
class Heading:
    """A column of a table; numbers are right-aligned."""

    label: Any
    is_number: bool = False


def table(
    headings: Sequence[Heading], rows: Sequence[Sequence[Any]], *, caption: str = "", off: Sequence[int] = ()
) -> html.Table:
    """A plain table; `off` are the rows that do not count at the moment."""
    return html.Table(
        [
            html.Caption(caption, className="visually-hidden") if caption else None,
            html.Thead(
                html.Tr(
                    [
                        html.Th(item.label, className="number" if item.is_number else None, scope="col")
                        for item in headings
                    ]
                )
            ),
            html.Tbody(
                [
                    html.Tr(
                        [
                            html.Td(cell, className="number" if heading.is_number else None)
                            for heading, cell in zip(headings, row, strict=True)
                        ],
                        className="off" if place in off else None,
                    )
                    for place, row in enumerate(rows)
                ]
            ),
        ],
        className="plain",
    )


def with_bar(share: float, text: str) -> html.Span:
    """A number with a small bar under it, as long as the share."""
    bar = html.Span(style={"width": f"{100 * share:.0f}%"})
    return html.Span([text, html.Span(bar, className="small-bar")], className="with-bar")


def swatch(color: str) -> html.Span:
    """A dot in a segment's colour, beside its name."""
    return html.Span(className="swatch", style={"background": color})


def note(sentence: Any, kind: str = "") -> html.Div:
    """A sentence to be noticed: plain, `warn` or `bad`."""
    return html.Div(sentence, className=f"note {kind}".strip(), role="status")


def empty(title: str, sentence: str, link: Any = None) -> html.Div:
    """What a tab shows when there is nothing: why, and the way on."""
    return html.Div([html.H2(title), html.P(sentence), html.P(link) if link else None], className="card-box empty")


HIDDEN: Final = {"display": "none"}
SHOWN: Final = {"display": "block"}


def progress(box_id: str, bar_id: str, label_id: str, cancel_id: str) -> html.Div:
    """How far a job is, with a way to stop it; hidden while none runs."""
    line = [
        html.Span(id=label_id, className="small"),
        html.Button(say("Cancel"), id=cancel_id, className="button quiet", n_clicks=0),
    ]
    bar = dbc.Progress(id=bar_id, value=0, max=100, className="mt-1")
    return html.Div([html.Div(line, className="row-line between mt-2"), bar], id=box_id, style=HIDDEN)


def field(label: str, control: Any, control_id: str) -> html.Div:
    """A control with its label."""
    return html.Div([html.Label(label, htmlFor=control_id), control], className="field control")
