"""Segments in charts: all of them side by side, a few compared, and one against everyone else."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, Final

from dash import Dash, Input, Output, html

from analytics.metrics import METRICS
from analytics.profiles import MetricProfile, heading_of, unit_of
from analytics.segmentation import Segment
from analytics.text import say
from dashboard import formats
from dashboard.components.basics import Chart, Heading, chart_card, chart_outputs, swatch, table
from dashboard.components.controls import changes, option_dropdown, option_switch
from dashboard.figures import profiles as figures
from dashboard.figures import spreads
from dashboard.figures.base import nothing
from dashboard.ids import REQUEST, THEME
from dashboard.people import opens_people
from dashboard.profiles.cards import segment_words, shares_line
from dashboard.profiles.effects import EFFECTS, effects_card, metric_term, show_effects
from dashboard.profiles.place import Place, chosen, compared
from dashboard.results.profiles import all_metrics, metric_of, shown_metrics, spread_of
from dashboard.state import View
from dashboard.theme import mode_of

HEATMAP: Final = "heatmap"
BARS: Final = "bars"
LINES: Final = "lines"
SPREAD: Final = "spread"
CARD: Final = "card"
_MOST_ROWS: Final = 24


def heatmap_card(place: Place) -> html.Div:
    """All segments and all metrics."""
    card = chart_card(
        place.id(HEATMAP),
        say(place.words.averages),
        height=640,
        table_name=f"{place.tables}_profiles",
    )
    return html.Div(card, className="wide-chart")


def bars_card(place: Place, extra: Any = None) -> html.Section:
    """A few segments side by side."""
    return chart_card(
        place.id(BARS),
        say("Bars to the right are higher than everyone else's, bars to the left lower. Pale ones could be chance."),
        height=430,
        table_name=f"{place.tables}_profiles",
        extra=extra,
    )


def lines_card(place: Place, view: View) -> html.Section:
    """The same as a radar, or customer by customer."""
    switch = option_switch(
        place.id("lines-kind"), "profile_lines", view, {"radar": say("Radar"), "parallel": say("Customers as lines")}
    )
    return chart_card(
        place.id(LINES),
        say(place.words.lines),
        height=430,
        table_name=f"{place.tables}_profiles",
        extra=switch,
    )


def spread_card(place: Place, view: View) -> html.Section:
    """One metric of one segment against everyone else."""
    names = {known.name: say(known.label) for known in METRICS}
    controls = html.Div(
        [
            option_dropdown(place.id("metric"), "profile_metric", view, names),
            option_switch(
                place.id("shape"), "profile_shape", view, {"histogram": say("Histogram"), "violin": say("Violin")}
            ),
            option_switch(
                place.id("scale"), "profile_scale", view, {"log": say("Logarithm"), "linear": say("Plain scale")}
            ),
        ],
        className="row-line",
    )
    return chart_card(
        place.id(SPREAD),
        say("Both sides as shares of their own customers. Click a bar to see who they are."),
        height=380,
        table_name=f"{place.tables}_spread",
        extra=controls,
    )


def layout(place: Place, view: View, *, chooser: Any, compare: Any) -> list[Any]:
    """Everything, for a tab that has a segment chooser and a comparison of its own."""
    return [
        heatmap_card(place),
        html.Div([bars_card(place, compare), lines_card(place, view)], className="columns"),
        html.Section(
            [
                html.Div([html.H2(say("One group against everyone else")), chooser], className="card-head"),
                html.Div(id=place.id(CARD)),
            ],
            className="card-box",
        ),
        spread_card(place, view),
        effects_card(place),
    ]


def show_heatmap(place: Place, told: Any, ready: Any, theme: Any) -> tuple[Any, ...]:
    _, found = place.found(told, ready)
    mode = mode_of(theme)
    title = say("Who is high, who is low")
    if found is None:
        return Chart(title, nothing(mode, place.absent(ready)), None).outputs()
    names = all_metrics(found)[:_MOST_ROWS]
    headings = [Heading(say("Metric"))]
    headings += [
        Heading(html.Span([swatch(place.color(code, mode)), say(group.name)]), is_number=True)
        for code, group in enumerate(found.segments)
    ]
    rows = [[metric_term(name), *(_standardised(group.profile.of(name)) for group in found.segments)] for name in names]
    return Chart(title, figures.profile_heatmap(found, names, mode), table(headings, rows)).outputs()


def _standardised(item: MetricProfile) -> str:
    number = formats.number(item.standardised, 2)
    return number if item.counts else say("({n})", n=number)


def show_bars(place: Place, told: Any, ready: Any, names: Any, theme: Any) -> tuple[Any, ...]:
    _, found = place.found(told, ready)
    mode = mode_of(theme)
    title = say(place.words.differ)
    if found is None:
        return Chart(title, nothing(mode, place.absent(ready)), None).outputs()
    metrics, groups = shown_metrics(found), compared(found, names)
    drawn = figures.profile_bars(groups, metrics, found, place.color, mode)
    return Chart(title, drawn, _middles(place, groups, metrics, found.table.currency, theme)).outputs()


def _middles(
    place: Place, groups: Sequence[tuple[int, Segment]], metrics: Sequence[str], currency: str, theme: Any
) -> Any:
    mode = mode_of(theme)
    headings = [Heading(say("Metric"))]
    headings += [
        Heading(html.Span([swatch(place.color(code, mode)), say(group.name)]), is_number=True) for code, group in groups
    ]
    rows = [[metric_term(name), *(_middle(group, name, currency) for _, group in groups)] for name in metrics]
    return table(headings, rows)


def _middle(group: Segment, name: str, currency: str) -> str:
    profile, unit = group.profile.of(name), unit_of(name)
    return say(
        "{mean} (typically {median})",
        mean=formats.in_unit(profile.mean, unit, currency),
        median=formats.in_unit(profile.median, unit, currency),
    )


def show_lines(place: Place, told: Any, ready: Any, names: Any, theme: Any) -> tuple[Any, ...]:
    view, found = place.found(told, ready)
    mode = mode_of(theme)
    if found is None:
        return Chart(say(place.words.glance), nothing(mode, place.absent(ready)), None).outputs()
    metrics, groups = shown_metrics(found), compared(found, names)
    behind = _middles(place, groups, metrics, found.table.currency, theme)
    if view.one("profile_lines") != "parallel":
        drawn = figures.profile_radar(groups, metrics, place.color, mode)
        return Chart(say(place.words.glance), drawn, behind).outputs()
    drawn = spreads.parallel_lines(found, groups, metrics, place.color, mode)
    count = sum(group.customers for _, group in groups)
    title = say("{n} customers, a line each", n=formats.number(count))
    if count > spreads.MOST_LINES:
        title = say("A fair sample of {n} customers, a line each", n=formats.number(count))
    return Chart(title, drawn, behind).outputs()


def show_spread(place: Place, told: Any, ready: Any, name: Any, theme: Any) -> tuple[Any, ...]:
    view, found = place.found(told, ready)
    mode = mode_of(theme)
    if found is None:
        return Chart(say("Their spread"), nothing(mode, place.absent(ready)), None).outputs()
    code, group = chosen(found, name)
    asked = metric_of(found, view.one("profile_metric"))
    logarithmic = view.one("profile_scale") == "log"
    title = say("{metric}: {group} against everyone else", metric=heading_of(asked), group=say(group.name))
    counted = spread_of(view, found, code, asked, logarithmic=logarithmic)
    behind = _bins(place, counted, asked, found.table.currency) if counted is not None else None
    if view.one("profile_shape") == "violin":
        drawn = spreads.violins(found, code, asked, place.color, mode, logarithmic=logarithmic)
    else:
        drawn = spreads.distribution(found, code, asked, counted, place.color, mode)
    return Chart(title, drawn, behind).outputs()


def _bins(place: Place, counted: Any, name: str, currency: str) -> Any:
    headings = [Heading(heading_of(name))]
    headings += [
        Heading(say(label), is_number=True) for label in (place.words.inside, "Share", "Everyone else", "Share")
    ]
    rows = [
        [label, formats.number(int(n)), formats.share(share), formats.number(int(m)), formats.share(rest)]
        for label, n, share, m, rest in zip(
            spreads.ranges(counted, name, currency),
            counted.inside,
            counted.inside_shares,
            counted.rest,
            counted.rest_shares,
            strict=True,
        )
    ]
    return table(headings, rows)


def show_card(place: Place, told: Any, ready: Any, name: Any, theme: Any) -> Any:
    """The chosen segment in words."""
    view, found = place.found(told, ready)
    if found is None:
        return None
    code, group = chosen(found, name)
    return html.Div(
        [
            html.Div(
                [
                    html.H3([swatch(place.color(code, mode_of(theme))), say(group.name)]),
                    html.P(shares_line(group, found.table.currency), className="muted small mb-2"),
                    html.P(group.sentence, className="mb-2"),
                ]
            ),
            html.Div(segment_words(group, view, place.id("words"))),
        ],
        className="columns",
    )


def register_callbacks(app: Dash, place: Place) -> None:
    asked = (Input(REQUEST, "data"), Input(place.ready, "data"))
    theme, one, several = Input(THEME, "data"), Input(place.chosen, "value"), Input(place.compared, "value")
    app.callback(*chart_outputs(place.id(HEATMAP)), *asked, theme)(partial(show_heatmap, place))
    app.callback(*chart_outputs(place.id(BARS)), *asked, several, theme)(partial(show_bars, place))
    app.callback(*chart_outputs(place.id(LINES)), *asked, several, theme)(partial(show_lines, place))
    app.callback(*chart_outputs(place.id(SPREAD)), *asked, one, theme)(partial(show_spread, place))
    app.callback(Output(place.id(EFFECTS), "children"), *asked, one)(partial(show_effects, place))
    for control, option in (
        ("lines-kind", "profile_lines"),
        ("metric", "profile_metric"),
        ("shape", "profile_shape"),
        ("scale", "profile_scale"),
    ):
        changes(app, place.id(control), option)
    for chart in (HEATMAP, BARS, LINES, SPREAD):
        opens_people(app, place.id(chart))


def register_card(app: Dash, place: Place) -> None:
    """Wire the chosen segment's words, for a tab that has no card of its own."""
    app.callback(
        Output(place.id(CARD), "children"),
        Input(REQUEST, "data"),
        Input(place.ready, "data"),
        Input(place.chosen, "value"),
        Input(THEME, "data"),
    )(partial(show_card, place))
