"""RFM: who are they, by how lately, how often and for how much they bought."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from dash import ClientsideFunction, Dash, Input, Output, State, dcc, html, no_update
from dash.exceptions import PreventUpdate

from analytics import rfm
from analytics.metrics import metric
from analytics.recommend import play_for
from analytics.request import RFM, request_from_json
from analytics.segmentation import Segmentation, segment
from analytics.sources import open_source
from analytics.text import say
from dashboard import formats, results
from dashboard.components.basics import (
    HIDDEN,
    SHOWN,
    Chart,
    Heading,
    chart_card,
    chart_outputs,
    progress,
    swatch,
    table,
    term,
)
from dashboard.components.controls import changes, dropdown, option_switch
from dashboard.components.playbook import play_card
from dashboard.figures import rfm as figures
from dashboard.figures.base import records
from dashboard.ids import REQUEST, THEME
from dashboard.jobs import Report, run_in_background
from dashboard.people import opens_people
from dashboard.profiles import SEGMENTS, Place, opens_examples, segment_words
from dashboard.profiles import register_callbacks as register_profiles
from dashboard.profiles.cards import shares_line
from dashboard.profiles.charts import bars_card, heatmap_card, lines_card, spread_card
from dashboard.profiles.effects import effects_card
from dashboard.results.profiles import rfm_profiles
from dashboard.state import View, view_from_json
from dashboard.tab import Tab
from dashboard.theme import mode_of, segment_color

TREEMAP = "rfm-treemap"
HEATMAP = "rfm-heatmap"
MEASURE = "rfm-measure"
TABLE = "rfm-table"
CHOSEN = "rfm-chosen"
PROFILE = "rfm-profile"
NEEDED = "rfm-needed"
READY = "rfm-ready"
"""What is described. The charts of profiles wait for it: of very many customers it is the work of a job."""
_BUSY, _BAR, _BAR_LABEL, _CANCEL = "rfm-busy", "rfm-progress", "rfm-progress-label", "rfm-cancel"
_SHOWN_METRICS = (
    "recency_days",
    "order_count",
    "revenue_total",
    "order_value_mean",
    "days_between_orders_mean",
    "product_count",
    "refund_share",
)


def layout(view: View) -> list[Any]:
    names = rfm.preset(view.request.preset).names
    measure = option_switch(MEASURE, "measure", view, {"customers": say("Customers"), "revenue": say("Revenue")})
    chosen = next((name for name in view.many("compare") if name in names), names[0])
    return [
        html.Div(
            [
                chart_card(
                    TREEMAP,
                    say("Each field is a segment, as large as its customers. Click one to see who they are."),
                    height=400,
                    table_name="segments",
                ),
                chart_card(
                    HEATMAP,
                    say("The best customers are top right, those who are gone bottom left. Click a cell to see who."),
                    height=400,
                    extra=measure,
                    table_name="scores",
                ),
            ],
            className="columns",
        ),
        html.Section(
            [
                html.Div(
                    [
                        html.Div(
                            [
                                html.H2(say("The segments in numbers")),
                                html.P(
                                    say(
                                        "Scores compare each customer with all customers of the dataset; 5 is always best."
                                    ),
                                    className="muted small",
                                ),
                            ]
                        )
                    ],
                    className="card-head",
                ),
                html.Div(id=TABLE, className="table-scroll"),
            ],
            className="card-box",
        ),
        html.Section(
            [
                html.Div(
                    [
                        html.H2(say("One segment: who they are and what to do")),
                        dropdown(CHOSEN, chosen, {name: say(name) for name in names}),
                    ],
                    className="card-head",
                ),
                progress(_BUSY, _BAR, _BAR_LABEL, _CANCEL),
                html.Div(id=PROFILE),
            ],
            className="card-box",
        ),
        html.Div([bars_card(PLACE), lines_card(PLACE, view)], className="columns"),
        spread_card(PLACE, view),
        effects_card(PLACE),
        heatmap_card(PLACE),
        dcc.Store(id=NEEDED),
        dcc.Store(id=READY),
    ]


def show_treemap(told: Any, theme: Any) -> tuple[Any, ...]:
    view, mode = view_from_json(told), mode_of(theme)
    known = results.groups(view.request).table
    summary = rfm.summarise(known, results.kept_groups(view.request))
    total = int(summary["customers"].sum())
    title = say("Segments")
    if total:
        largest = summary["customers"].idxmax()
        title = say(
            "{n} customers; the largest segment is {segment} ({share})",
            n=formats.number(total),
            segment=say(str(largest)),
            share=formats.share(int(summary["customers"].max()) / total, 0),
        )
    rows = [[say(str(name)), formats.number(int(count))] for name, count in summary["customers"].items()]
    behind = table([Heading(say("Segment")), Heading(say("Customers"), is_number=True)], rows)
    return Chart(title, figures.segment_treemap(summary, known.currency, mode), behind).outputs()


def show_heatmap(told: Any, theme: Any) -> tuple[Any, ...]:
    view, mode = view_from_json(told), mode_of(theme)
    known = results.groups(view.request).table
    customers, revenue = rfm.score_grid(known, results.kept_groups(view.request))
    headings = [Heading(say("Recency"))] + [
        Heading(say("Frequency {score}", score=f), is_number=True) for f in range(1, 6)
    ]
    rows = [
        [r + 1]
        + [
            say(
                "{n} · {revenue}",
                n=formats.number(customers[r, f]),
                revenue=formats.compact_money(revenue[r, f], known.currency),
            )
            for f in range(5)
        ]
        for r in range(4, -1, -1)
    ]
    title = (
        say("Revenue by recency and frequency")
        if view.one("measure") == "revenue"
        else say("Customers by recency and frequency")
    )
    drawn = figures.score_heatmap(customers, revenue, view.one("measure"), known.currency, mode)
    return Chart(title, drawn, table(headings, rows)).outputs()


def show_table(told: Any, theme: Any) -> Any:
    view, mode = view_from_json(told), mode_of(theme)
    known = results.groups(view.request).table
    summary = rfm.summarise(known, results.kept_groups(view.request))
    meanings = {segment.name: segment.meaning for segment in rfm.preset(view.request.preset).segments}
    customers, revenue = max(int(summary["customers"].sum()), 1), float(summary["revenue"].sum()) or 1.0
    headings = [
        Heading(say("Segment")),
        Heading(say("Customers"), is_number=True),
        Heading(say("Share"), is_number=True),
        Heading(say("Orders"), is_number=True),
        Heading(say("Revenue"), is_number=True),
        Heading(say("Share"), is_number=True),
        Heading(term(say("Mean recency"), say(metric("recency_days").meaning)), is_number=True),
        Heading(term(say("Mean orders"), say(metric("order_count").meaning)), is_number=True),
        Heading(term(say("Mean revenue"), say(metric("revenue_total").meaning)), is_number=True),
    ]
    rows = [
        [
            html.Span([swatch(segment_color(code, mode)), term(say(str(name)), say(meanings[str(name)]))]),
            formats.number(row["customers"]),
            formats.share(row["customers"] / customers),
            formats.number(row["orders"]),
            formats.money(row["revenue"], known.currency),
            formats.share(row["revenue"] / revenue),
            say("{n} days", n=formats.number(row["recency_days_mean"])) if row["customers"] else formats.NOTHING,
            formats.number(row["order_count_mean"], 1),
            formats.money(row["revenue_total_mean"], known.currency),
        ]
        for code, (name, row) in enumerate(zip(summary.index, records(summary), strict=True))
    ]
    return table(headings, rows, caption=say("Segments with customers, orders, revenue and mean values"))


def ask_for_profiles(told: Any, asked: Any = None, busy: Any = None) -> tuple[Any, Any]:
    """Either the segments are described already, or so few that one waits, or a job is asked to describe them, once."""
    view = view_from_json(told)
    if rfm_profiles(view.request) is not None:
        return no_update, {"preset": view.request.preset}
    needed = {"request": view.request.unfiltered().to_json()}
    return (no_update if needed == asked and busy == SHOWN else needed), None


def show_end(busy: Any, told: Any, needed: Any) -> Any:
    """Whether the job has left what the page waits for; where it was stopped or has failed, that is said."""
    if not needed or busy == SHOWN or rfm_profiles(view_from_json(told).request) is not None:
        raise PreventUpdate
    return {"problem": say("The segments are not described: that was stopped. Reload the page to try again.")}


def describe_segments(report: Report, needed: Any) -> dict[str, Any]:
    """The job: profile the segments and keep them beside the version, where every server process finds them."""
    report(0.1, say("Describing the segments"))
    asked = results.resolved(request_from_json(needed["request"]))
    segment(replace(asked, algorithm=RFM), open_source(results.version_of(asked)))
    return {"preset": asked.preset}


def profiles_for(told: Any, ready: Any) -> tuple[View, Segmentation | None]:
    """The view, and its segments with their profiles; None while they are being described."""
    view = view_from_json(told)
    return view, rfm_profiles(view.request) if ready else None


def show_profile(told: Any, ready: Any, chosen: Any) -> Any:
    view, found = profiles_for(told, ready)
    if found is None:
        problem = ready.get("problem") if isinstance(ready, dict) else None
        return html.P(str(problem) if problem else say("The segments are being described."), className="muted")
    group = next((item for item in found.segments if item.name == chosen), found.segments[0])
    currency = found.table.currency
    known = [metric(name) for name in _SHOWN_METRICS if name in found.table.frame.columns]
    headings = [
        Heading(say("Metric")),
        Heading(say("On average"), is_number=True),
        Heading(say("Typically"), is_number=True),
        Heading(say("Everyone else, typically"), is_number=True),
    ]
    rows = [
        [
            term(say(item.label), say(item.meaning)),
            formats.in_unit(profile.mean, item.unit, currency),
            formats.in_unit(profile.median, item.unit, currency),
            formats.in_unit(profile.rest_median, item.unit, currency),
        ]
        for item in known
        for profile in (group.profile.of(item.name),)
    ]
    because = say("{n} customers of all countries are in this segment.", n=formats.number(group.customers))
    return html.Div(
        [
            html.Div(
                [
                    html.P(say(group.meaning), className="mb-2"),
                    html.P(shares_line(group, currency), className="muted small mb-2"),
                    html.P(group.sentence, className="mb-2"),
                    html.Div(table(headings, rows), className="table-scroll"),
                ]
            ),
            html.Div([play_card(play_for(group.name), because), *segment_words(group, view, PLACE.id("words"))]),
        ],
        className="columns",
    )


PLACE = Place("rfm", profiles_for, READY, CHOSEN, CHOSEN, segment_color, "rfm", SEGMENTS)


def register_callbacks(app: Dash) -> None:
    app.callback(*chart_outputs(TREEMAP), Input(REQUEST, "data"), Input(THEME, "data"))(show_treemap)
    app.callback(*chart_outputs(HEATMAP), Input(REQUEST, "data"), Input(THEME, "data"))(show_heatmap)
    app.callback(Output(TABLE, "children"), Input(REQUEST, "data"), Input(THEME, "data"))(show_table)
    app.callback(
        Output(NEEDED, "data"),
        Output(READY, "data"),
        Input(REQUEST, "data"),
        State(NEEDED, "data"),
        State(_BUSY, "style"),
    )(ask_for_profiles)
    app.callback(
        Output(READY, "data", allow_duplicate=True),
        Input(_BUSY, "style"),
        State(REQUEST, "data"),
        State(NEEDED, "data"),
        prevent_initial_call=True,
    )(show_end)
    run_in_background(
        app,
        describe_segments,
        output=Output(READY, "data", allow_duplicate=True),
        inputs=[Input(NEEDED, "data")],
        progress=(Output(_BAR, "value"), Output(_BAR_LABEL, "children")),
        cancel=[Input(_CANCEL, "n_clicks")],
        running=[(Output(_BUSY, "style"), SHOWN, HIDDEN)],
    )
    app.callback(Output(PROFILE, "children"), Input(REQUEST, "data"), Input(READY, "data"), Input(CHOSEN, "value"))(
        show_profile
    )
    register_profiles(app, PLACE)
    opens_examples(app, PLACE.id("words"))
    changes(app, MEASURE, "measure")
    changes(app, CHOSEN, "compare")
    app.clientside_callback(
        ClientsideFunction("clientele", "steady_treemap"),
        Output(TREEMAP, "className"),
        Input(TREEMAP, "figure"),
        State(TREEMAP, "id"),
    )
    opens_people(app, TREEMAP)
    opens_people(app, HEATMAP)


TAB = Tab("rfm", "RFM", "/rfm", "Segment", "Who are our customers?", layout, register_callbacks)
