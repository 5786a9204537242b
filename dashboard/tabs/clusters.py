"""Clusters: which groups do the numbers themselves suggest?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from dash import Dash, Input, Output, State, dcc, html, no_update
from dash.exceptions import PreventUpdate

from analytics.clusters import ALGORITHMS
from analytics.metrics import METRICS, metric
from analytics.request import request_from_json
from analytics.segmentation import Segment, Segmentation, segment
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
    field,
    note,
    progress,
    swatch,
    table,
    term,
)
from dashboard.components.playbook import play_card
from dashboard.figures import clusters as figures
from dashboard.figures.base import nothing
from dashboard.ids import CHANGE, REQUEST, THEME
from dashboard.jobs import Report, run_in_background
from dashboard.people import opens_people
from dashboard.state import View, view_from_json
from dashboard.tab import Tab
from dashboard.theme import cluster_color, mode_of

METRIC_CHOICE = "clusters-metrics"
K = "clusters-k"
FIND = "clusters-find"
NEEDED = "clusters-needed"
READY = "clusters-ready"
BUSY = "clusters-busy"
BAR = "clusters-progress"
BAR_LABEL = "clusters-progress-label"
CANCEL = "clusters-cancel"
NOTES = "clusters-notes"
CURVES = "clusters-curves"
CLOUD = "clusters-cloud"
COMPARE = "clusters-compare"
PROFILES = "clusters-profiles"
GROUPS = "clusters-groups"
CARDS = "clusters-cards"
_FIRST_COMPARED = 3


def layout(view: View) -> list[Any]:
    known = results.customers(view.request)
    parameter = ALGORITHMS[0].parameters[0]
    return [
        html.Section(
            [
                html.Div(
                    [
                        html.Div(
                            field(
                                say("Group customers by"),
                                dcc.Dropdown(
                                    id=METRIC_CHOICE,
                                    options=[
                                        {"label": say(item.label), "value": item.name, "title": say(item.meaning)}
                                        for item in METRICS
                                        if item in known.metrics
                                    ],
                                    value=list(view.request.metrics),
                                    multi=True,
                                    clearable=False,
                                ),
                                METRIC_CHOICE,
                            ),
                            style={"flex": "3 1 320px"},
                        ),
                        html.Div(
                            field(
                                say(parameter.label),
                                dcc.Dropdown(
                                    id=K,
                                    options=[{"label": say("As proposed"), "value": 0}]
                                    + [{"label": str(k), "value": k} for k in range(parameter.low, parameter.high + 1)],
                                    value=view.request.k or 0,
                                    clearable=False,
                                    searchable=False,
                                ),
                                K,
                            ),
                            style={"flex": "1 1 150px"},
                        ),
                        html.Button(say("Find groups"), id=FIND, className="button primary", n_clicks=0),
                    ],
                    className="row-line",
                ),
                progress(BUSY, BAR, BAR_LABEL, CANCEL),
                html.Div(id=NOTES, className="mt-2"),
            ],
            className="card-box",
        ),
        dcc.Store(id=NEEDED),
        dcc.Store(id=READY),
        html.Div(
            [
                chart_card(
                    CLOUD,
                    say("The directions that tell customers apart most. Drag to turn; click a point to see its group."),
                    height=460,
                    table_name="cluster_components",
                ),
                chart_card(
                    CURVES,
                    say(
                        "Each number of groups that was tried: a star is proposed, a cross not to be trusted. Click to choose."
                    ),
                    height=460,
                    table_name="cluster_ks",
                ),
            ],
            className="columns",
        ),
        html.Div(id=CARDS, className="columns"),
        chart_card(
            PROFILES,
            say("How the groups differ from everyone else. Bars to the right are higher, bars to the left lower."),
            height=420,
            table_name="cluster_profiles",
            extra=html.Div(
                dcc.Dropdown(id=COMPARE, multi=True, placeholder=say("Groups to compare")), style={"minWidth": "300px"}
            ),
        ),
    ]


def ask_for_groups(told: Any, clicks: int | None) -> tuple[Any, Any]:
    """Either the groups are there already, or a job is asked to find them."""
    view = view_from_json(told)
    found = results.clusters(view.request)
    if found is None:
        return {"request": view.request.to_json(), "click": clicks or 0}, None
    return no_update, _ready(found)


def _ready(found: Segmentation) -> dict[str, Any]:
    return {"k": found.k, "metrics": list(found.metrics), "names": [group.name for group in found.segments]}


def find_groups(report: Report, needed: Any) -> dict[str, Any]:
    """The job: find the groups and keep them beside the version, where every server process finds them."""
    report(0.02, say("Reading customers"))
    asked = replace(results.resolved(request_from_json(needed["request"])).unfiltered(), algorithm="kmeans")
    return _ready(segment(asked, open_source(results.version_of(asked)), report=report))


def _found(told: Any, ready: Any) -> tuple[View, Segmentation | None]:
    view = view_from_json(told)
    return view, results.clusters(view.request) if ready else None


def show_curves(told: Any, ready: Any, theme: Any) -> tuple[Any, ...]:
    _, found = _found(told, ready)
    mode = mode_of(theme)
    if found is None:
        return Chart(say("How many groups?"), nothing(mode, say("Groups appear here")), None).outputs()
    assert found.proposed is not None  # noqa: S101 - a clustering has a proposal
    headings = [
        Heading(say("Groups"), is_number=True),
        Heading(say("Silhouette"), is_number=True),
        Heading(say("Inertia"), is_number=True),
        Heading(say("Smallest group"), is_number=True),
        Heading(say("Remark")),
    ]
    rows = [
        [
            tried.k,
            formats.number(tried.silhouette, 3),
            formats.number(tried.inertia),
            formats.share(tried.smallest_share),
            tried.degenerate or (say("proposed") if tried.k == found.proposed else ""),
        ]
        for tried in found.qualities
    ]
    is_clear = any(tried.k == found.proposed and not tried.degenerate for tried in found.qualities)
    title = (
        say("{k} groups are the clearest", k=found.proposed) if is_clear else say("No number of groups is convincing")
    )
    return Chart(
        title, figures.quality_curves(found.qualities, found.proposed, found.k, mode), table(headings, rows)
    ).outputs()


def show_cloud(told: Any, ready: Any, theme: Any) -> tuple[Any, ...]:
    view, found = _found(told, ready)
    mode = mode_of(theme)
    if found is None:
        return Chart(say("Customers in three dimensions"), nothing(mode, say("Groups appear here")), None).outputs()
    assert found.projection is not None  # noqa: S101 - a clustering has one
    keep = results.kept(view.request)
    count = len(found.codes) if keep is None else int(keep.sum())
    title = say("{k} groups among {n} customers", k=found.k, n=formats.number(count))
    if count > figures.MOST_POINTS:
        title = say("{k} groups; a fair sample of {n} customers", k=found.k, n=formats.number(count))
    headings = [Heading(say("Component"))] + [
        Heading(say(metric(name).label), is_number=True) for name in found.metrics
    ]
    rows = [
        [say("PC{n} ({share})", n=place + 1, share=formats.share(found.projection.explained[place]))]
        + [formats.number(weight, 2) for weight in weights]
        for place, weights in enumerate(found.projection.loadings)
    ]
    return Chart(title, figures.cloud(found, keep, mode), table(headings, rows)).outputs()


def show_compare_choices(told: Any, ready: Any) -> tuple[list[dict[str, str]], list[str]]:
    view, found = _found(told, ready)
    if found is None:
        return [], []
    names = [group.name for group in found.segments]
    chosen = [name for name in view.many("compare") if name in names] or names[:_FIRST_COMPARED]
    return [{"label": name, "value": name} for name in names], chosen


def show_profiles(told: Any, ready: Any, chosen: Sequence[str] | None, theme: Any) -> tuple[Any, ...]:
    _, found = _found(told, ready)
    mode = mode_of(theme)
    title = say("How the groups differ")
    if found is None:
        return Chart(title, nothing(mode, say("Groups appear here")), None).outputs()
    currency = found.table.currency
    metrics = list(
        dict.fromkeys(
            [*found.metrics, "order_value_mean", "tenure_days", "days_between_orders_mean", "lines_per_order_mean"]
        )
    )
    metrics = [name for name in metrics if name in found.table.frame.columns]
    groups = [(code, group) for code, group in enumerate(found.segments) if group.name in (chosen or ())]
    headings = [Heading(say("Metric"))]
    headings += [
        Heading(html.Span([swatch(cluster_color(code, mode)), group.name]), is_number=True) for code, group in groups
    ]
    rows = [
        [
            term(say(metric(name).label), say(metric(name).meaning)),
            *(_cell(group, name, currency) for _, group in groups),
        ]
        for name in metrics
    ]
    return Chart(title, figures.profile_bars(groups, metrics, currency, mode), table(headings, rows)).outputs()


def _cell(group: Segment, name: str, currency: str) -> str:
    profile, unit = group.profile.of(name), metric(name).unit
    return say(
        "{mean} (typically {median})",
        mean=formats.in_unit(profile.mean, unit, currency),
        median=formats.in_unit(profile.median, unit, currency),
    )


def show_cards(told: Any, ready: Any, theme: Any) -> tuple[Any, Any]:
    """A card per group: who they are, what they bring, what to do; and what the reader should know."""
    view, found = _found(told, ready)
    if found is None:
        return [], None
    mode = mode_of(theme)
    keep = results.kept(view.request)
    counts, revenues = _shown(found, keep)
    cards = []
    for code, group in enumerate(found.segments):
        figures_line = say(
            "{n} customers · {share} of revenue · {mean} each",
            n=formats.number(counts[code]),
            share=formats.share(revenues[code] / (revenues.sum() or 1.0), 0),
            mean=formats.money(revenues[code] / max(counts[code], 1), found.table.currency),
        )
        because = say("By its typical scores this group stands where {segment} do.", segment=say(group.play.segment))
        cards.append(
            html.Section(
                [
                    html.H2([swatch(cluster_color(code, mode)), group.name]),
                    html.P(figures_line, className="muted small mb-2"),
                    html.P(group.meaning, className="mb-2"),
                    html.Details(
                        [
                            html.Summary(say("What to do: {goal}", goal=say(group.play.goal))),
                            play_card(group.play, because),
                        ],
                        className="behind",
                    ),
                ],
                className="card-box",
            )
        )
    notes: list[Any] = [note(sentence, "warn") for sentence in found.notes]
    if keep is not None:
        notes.append(
            note(say("Groups are found and described among all customers; counts and revenue follow the filters."))
        )
    return cards, notes or None


def _shown(found: Segmentation, keep: np.ndarray[Any, Any] | None) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Customers and revenue of each group, of those that the filters keep."""
    chosen: Any = slice(None) if keep is None else keep
    codes, revenue = found.codes[chosen], found.table.frame["revenue_total"].to_numpy()[chosen]
    return np.bincount(codes, minlength=found.k), np.bincount(codes, revenue, found.k)


def choose_k(k: int | None) -> dict[str, Any]:
    return {"k": k or None}


def choose_k_by_click(clicked: Any) -> int:
    points = clicked.get("points") if isinstance(clicked, dict) else None
    if not points or not isinstance(points[0].get("customdata"), int):
        raise PreventUpdate
    k: int = points[0]["customdata"]
    return k


def choose_metrics(_clicks: int | None, names: Sequence[str] | None) -> dict[str, Any]:
    if not names or not _clicks:
        raise PreventUpdate
    return {"metrics": list(names), "k": None}


def choose_compared(names: Sequence[str] | None, told: Any, ready: Any) -> dict[str, Any]:
    view, found = _found(told, ready)
    first = [group.name for group in found.segments][:_FIRST_COMPARED] if found else []
    if not names or (list(names) == first and not view.many("compare")):
        raise PreventUpdate
    return {"compare": list(names)}


def register_callbacks(app: Dash) -> None:
    app.callback(Output(NEEDED, "data"), Output(READY, "data"), Input(REQUEST, "data"), Input(FIND, "n_clicks"))(
        ask_for_groups
    )
    run_in_background(
        app,
        find_groups,
        output=Output(READY, "data", allow_duplicate=True),
        inputs=[Input(NEEDED, "data")],
        progress=(Output(BAR, "value"), Output(BAR_LABEL, "children")),
        cancel=[Input(CANCEL, "n_clicks")],
        running=[(Output(BUSY, "style"), SHOWN, HIDDEN), (Output(FIND, "disabled"), True, False)],
    )
    app.callback(*chart_outputs(CURVES), Input(REQUEST, "data"), Input(READY, "data"), Input(THEME, "data"))(
        show_curves
    )
    app.callback(*chart_outputs(CLOUD), Input(REQUEST, "data"), Input(READY, "data"), Input(THEME, "data"))(show_cloud)
    app.callback(Output(COMPARE, "options"), Output(COMPARE, "value"), Input(REQUEST, "data"), Input(READY, "data"))(
        show_compare_choices
    )
    app.callback(
        *chart_outputs(PROFILES),
        Input(REQUEST, "data"),
        Input(READY, "data"),
        Input(COMPARE, "value"),
        Input(THEME, "data"),
    )(show_profiles)
    app.callback(
        Output(CARDS, "children"),
        Output(NOTES, "children"),
        Input(REQUEST, "data"),
        Input(READY, "data"),
        Input(THEME, "data"),
    )(show_cards)
    app.callback(Output(CHANGE, "data", allow_duplicate=True), Input(K, "value"), prevent_initial_call=True)(choose_k)
    app.callback(Output(K, "value"), Input(CURVES, "clickData"), prevent_initial_call=True)(choose_k_by_click)
    app.callback(
        Output(CHANGE, "data", allow_duplicate=True),
        Input(FIND, "n_clicks"),
        State(METRIC_CHOICE, "value"),
        prevent_initial_call=True,
    )(choose_metrics)
    app.callback(
        Output(CHANGE, "data", allow_duplicate=True),
        Input(COMPARE, "value"),
        State(REQUEST, "data"),
        State(READY, "data"),
        prevent_initial_call=True,
    )(choose_compared)
    opens_people(app, CLOUD)


TAB = Tab(
    "clusters",
    "Clusters",
    "/clusters",
    "Segment",
    "Which groups do the numbers themselves suggest?",
    layout,
    register_callbacks,
)
