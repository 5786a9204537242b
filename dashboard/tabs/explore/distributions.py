"""Explore: how one metric or attribute is spread, over everyone and by segment."""

from __future__ import annotations

from typing import Any

from dash import Dash, Input, Output, html

from analytics.exploration import Distribution
from analytics.text import say
from dashboard import formats
from dashboard.components.basics import Chart, Heading, chart_card, chart_outputs, field, table, term
from dashboard.components.controls import changes, option_dropdown, option_switch
from dashboard.figures import explore as figures
from dashboard.ids import REQUEST, THEME
from dashboard.people import opens_people
from dashboard.results import exploration as found
from dashboard.state import View, view_from_json
from dashboard.theme import mode_of

METRIC = "explore-metric"
SHAPE = "explore-shape"
SCALE = "explore-scale"
FACTS = "explore-facts"
CHART = "explore-distribution"


def layout(view: View) -> list[Any]:
    choices = {item.name: item.label for item in found.distributed(view)}
    shapes = {"histogram": say("Histogram"), "box": say("Box"), "violin": say("Violin")}
    scales = {"linear": say("Linear"), "log": say("Logarithmic")}
    return [
        html.Div(
            [
                field(say("What"), option_dropdown(METRIC, "explore_metric", view, choices), METRIC),
                field(say("Shape"), option_switch(SHAPE, "explore_shape", view, shapes), SHAPE),
                field(say("Scale"), option_switch(SCALE, "explore_scale", view, scales), SCALE),
            ],
            className="row-line explore-choices",
        ),
        html.Div(id=FACTS, className="facts"),
        chart_card(
            CHART,
            say("Click a bar, a box or a violin to see who they are. A hatched bar gathers the few values far beyond."),
            height=460,
            table_name="explore_distribution",
        ),
    ]


def show_facts(told: Any) -> Any:
    """The numbers beside the picture, and in words who is not in it."""
    view = view_from_json(told)
    metric = found.metric_of(view)
    if metric.kind != "number":
        _, counts = found.categories(view)
        return [_fact(say("Customers"), formats.number(int(counts.sum()))), html.P(metric.meaning, className="muted")]
    spread = found.distribution(view)
    currency = found.table(view).currency

    def shown(value: float | None) -> str:
        return formats.in_unit(value, metric.unit, currency)

    low, high = shown(spread.quantiles.get("p10")), shown(spread.quantiles.get("p90"))
    middle = say("{low} to {high}", low=low, high=high)
    facts = [
        _fact(say("Customers"), formats.number(spread.customers)),
        _fact(say("Median"), shown(spread.median)),
        _fact(say("Mean"), shown(spread.mean)),
        _fact(term(say("Standard deviation"), say("How far values typically are from the mean.")), shown(spread.sd)),
        _fact(say("Middle 80%"), middle),
    ]
    beside = [sentence for sentence in (metric.meaning, _missing(spread), _not_positive(spread)) if sentence]
    return [*facts, html.P(" ".join(beside), className="muted small beside")]


def _fact(label: Any, value: str, unit: str = "") -> html.Div:
    return html.Div(
        [html.Span(label, className="kpi-label"), html.Strong(value), html.Span(unit, className="muted small")]
    )


def _missing(spread: Distribution) -> str:
    if not spread.missing:
        return ""
    n = formats.number(spread.missing)
    return say("{n} customers have none. {meaning}", n=n, meaning=spread.column.missing)


def _not_positive(spread: Distribution) -> str:
    if not spread.not_positive:
        return ""
    n = formats.number(spread.not_positive)
    return say("{n} customers have 0 or less: a logarithmic scale has no place for them.", n=n)


def show_distribution(told: Any, theme: Any) -> tuple[Any, ...]:
    view, mode = view_from_json(told), mode_of(theme)
    metric, shape = found.metric_of(view), view.one("explore_shape")
    if metric.kind != "number":
        return _categories(view, mode)
    spread, currency = found.distribution(view), found.table(view).currency
    if shape == "histogram":
        return Chart(_title(spread, currency), figures.histogram(spread, currency, mode), _bars(view)).outputs()
    boxes, segments = found.boxes(view), found.segments(view)
    if shape == "violin":
        drawn = figures.segment_violins(found.violins(view), boxes, segments, spread, currency, mode)
    else:
        drawn = figures.segment_boxes(boxes, segments, spread, currency, mode)
    return Chart(_title_by_segment(view), drawn, _rows(view)).outputs()


def _categories(view: View, mode: Any) -> tuple[Any, ...]:
    groups, counts = found.categories(view)
    total = int(counts.sum())
    title = groups.column.label
    if total:
        first = int(counts.argmax())
        title = say(
            "{label}: {share} are {value}",
            label=groups.column.label,
            share=formats.share(counts[first] / total, 0),
            value=groups.labels[first],
        )
    headings = [
        Heading(groups.column.label),
        Heading(say("Customers"), is_number=True),
        Heading(say("Share"), is_number=True),
    ]
    rows = [
        [label, formats.number(int(count)), formats.share(count / total if total else None)]
        for label, count in zip(groups.labels, counts, strict=True)
    ]
    return Chart(title, figures.category_bars(groups, counts, mode), table(headings, rows)).outputs()


def _title(spread: Distribution, currency: str) -> str:
    label, unit = spread.column.label, spread.column.unit
    if spread.median is None:
        return say("{label}: nobody here has a value", label=label)
    median = formats.in_unit(spread.median, unit, currency)
    mean = formats.in_unit(spread.mean, unit, currency)
    if spread.mean is not None and spread.median > 0 and spread.mean > 1.25 * spread.median:
        return say(
            "{label}: half have {median} or less; a few high ones lift the mean to {mean}",
            label=label,
            median=median,
            mean=mean,
        )
    return say(
        "{label}: the middle half of customers is between {low} and {high}",
        label=label,
        low=formats.in_unit(spread.quantiles["p25"], unit, currency),
        high=formats.in_unit(spread.quantiles["p75"], unit, currency),
    )


def _title_by_segment(view: View) -> str:
    metric, currency = found.metric_of(view), found.table(view).currency
    known = [box for box in found.boxes(view) if box.median is not None]
    if len(known) < 2:
        return say("{label} by segment", label=metric.label)
    high = max(known, key=lambda box: box.median or 0)
    low = min(known, key=lambda box: box.median or 0)
    return say(
        "{label}: typically {most} for {high}, {least} for {low}",
        label=metric.label,
        most=formats.in_unit(high.median, metric.unit, currency),
        high=say(high.segment),
        least=formats.in_unit(low.median, metric.unit, currency),
        low=say(low.segment),
    )


def _bars(view: View) -> Any:
    spread, currency = found.distribution(view), found.table(view).currency
    unit, known = spread.column.unit, spread.customers or None
    headings = [
        Heading(say("From"), is_number=True),
        Heading(say("To"), is_number=True),
        Heading(say("Customers"), is_number=True),
        Heading(say("Share"), is_number=True),
    ]

    def row(low: str, high: str, count: int) -> list[str]:
        return [low, high, formats.number(count), formats.share(count / known if known else None)]

    rows = [
        row(formats.in_unit(item.low, unit, currency), formats.in_unit(item.high, unit, currency), item.customers)
        for item in spread.bins
    ]
    if spread.not_positive:
        rows.append(row(say("0 or less"), "", spread.not_positive))
    if spread.missing:
        rows.append(row(say("missing"), "", spread.missing))
    return table(headings, rows)


def _rows(view: View) -> Any:
    metric, currency = found.metric_of(view), found.table(view).currency
    names = (
        "Customers",
        "Missing",
        "Lower whisker",
        "Lower quartile",
        "Median",
        "Upper quartile",
        "Upper whisker",
        "Beyond",
    )
    headings = [Heading(say("Segment")), *(Heading(say(name), is_number=True) for name in names)]
    rows = []
    for box in found.boxes(view):
        ends = (box.low_whisker, box.lower_quartile, box.median, box.upper_quartile, box.high_whisker)
        told = [formats.in_unit(value, metric.unit, currency) for value in ends]
        counts = (formats.number(box.customers), formats.number(box.missing))
        rows.append([say(box.segment), *counts, *told, formats.number(box.outliers)])
    return table(headings, rows)


def register_callbacks(app: Dash) -> None:
    changes(app, METRIC, "explore_metric")
    changes(app, SHAPE, "explore_shape")
    changes(app, SCALE, "explore_scale")
    app.callback(Output(FACTS, "children"), Input(REQUEST, "data"))(show_facts)
    app.callback(*chart_outputs(CHART), Input(REQUEST, "data"), Input(THEME, "data"))(show_distribution)
    opens_people(app, CHART)
