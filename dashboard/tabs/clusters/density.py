"""How many groups, where they are crowds: who is in none, how near neighbours are to be, and what other values would give."""

from __future__ import annotations

from typing import Any, Final

from dash import Dash, Input, Output, State, html
from dash.exceptions import PreventUpdate

from analytics.clusters import Value
from analytics.text import say
from dashboard import formats, results
from dashboard.components.basics import Chart, Heading, chart_card, chart_outputs, table
from dashboard.components.controls import switch
from dashboard.figures import density as figures
from dashboard.figures.base import nothing
from dashboard.figures.clusters import people_of
from dashboard.ids import CHANGE, REQUEST, THEME
from dashboard.people import opens_people_of_buttons, people_button
from dashboard.results.density import distances, left_out, left_out_customers
from dashboard.state import View, view_from_json
from dashboard.tabs.clusters.finding import READY, absent, found_for
from dashboard.theme import mode_of

LEFT_OUT: Final = "clusters-left-out"
NOISE: Final = "clusters-noise"
DISTANCES: Final = "clusters-distances"
SCAN: Final = "clusters-scan"
_WHO: Final = "clusters-left-out-who"


def is_for(view: View) -> bool:
    """Whether the groups of a view are crowds, which are not counted beforehand."""
    return view.request.algorithm_used.has("noise")


def kind_of(view: View) -> str:
    """The methods of a kind have the same charts: those that count groups, or each of the others."""
    return view.request.algorithm if is_for(view) else "counted"


def layout(view: View) -> list[Any]:
    known = view.request.algorithm_used
    noise = known.parameter("noise")
    chosen = str(dict(view.request.params).get("noise", noise.default))
    cards = [
        html.Section(
            html.Div(
                [
                    html.Div(id=LEFT_OUT, **{"aria-live": "polite"}),
                    switch(NOISE, chosen, {"segment": say("Keep them apart"), "nearest": say("Join the nearest")}),
                ],
                className="row-line between",
            ),
            className="card-box",
        )
    ]
    if known.has("eps"):
        cards.append(
            chart_card(
                DISTANCES,
                say(
                    "How far off each customer's neighbours are. Where the curve turns up, crowds end: a good distance "
                    "is at the bend. Click the curve to choose one."
                ),
                height=380,
                table_name="cluster_distances",
            )
        )
    cards.append(
        chart_card(
            SCAN,
            say("Each value that was tried: a star is proposed, a cross not to be trusted. Click to choose."),
            height=520,
            table_name="cluster_ks",
        )
    )
    return cards


def show_left_out(told: Any, ready: Any) -> Any:
    """Who is in no group, always in sight: a share that is easily overlooked in a picture of groups."""
    view, found = found_for(told, ready)
    if found is None or not is_for(view):
        return html.P(say("Who is in no group appears here."), className="muted mb-0")
    count, customers = left_out_customers(view, found)
    share = formats.share(count / max(customers, 1), 0)
    outside = next((group for group in found.segments if group.is_noise), None)
    if outside is None:
        told_ = say("Everyone is in a group.")
        if count:
            told_ = say("{share} of customers were reached by no group, and joined the nearest.", share=share)
        return html.P(html.Strong(told_), className="mb-0")
    return html.Div(
        [
            html.Strong(say("{share} of customers are in no group.", share=share)),
            " ",
            people_button(
                _WHO, people_of(outside.name), say("See these {n}", n=formats.number(count)), class_name="count"
            ),
            html.P(
                say("They are like too few others. That is a finding, and not an error: no offer fits them all."),
                className="muted small mb-0",
            ),
        ]
    )


def show_distances(told: Any, ready: Any, theme: Any) -> tuple[Any, ...]:
    view, found = found_for(told, ready)
    mode = mode_of(theme)
    if found is None or found.clustering is None or not view.request.algorithm_used.has("eps"):
        return Chart(say("How near are neighbours?"), nothing(mode, absent(ready)), None).outputs()
    curve, eps = distances(view, found), float(found.clustering.settings["eps"])
    shown = sorted({*range(0, len(curve.ranks), max(1, len(curve.ranks) // 20)), curve.knee, len(curve.ranks) - 1})
    headings = [
        Heading(say("Customers"), is_number=True),
        Heading(say("Have {n} customers within", n=curve.min_samples), is_number=True),
        Heading(say("Remark")),
    ]
    rows = [
        [
            formats.share(curve.ranks[place] / curve.customers),
            formats.number(curve.distances[place], 3),
            say("the bend") if place == curve.knee else "",
        ]
        for place in shown
    ]
    title = say("Neighbours are near up to {eps}, and far beyond", eps=f"{curve.eps:.3g}")
    return Chart(title, figures.k_distance_curve(curve, eps, mode), table(headings, rows)).outputs()


def show_scan(told: Any, ready: Any, theme: Any) -> tuple[Any, ...]:
    view, found = found_for(told, ready)
    tried = results.panel(view.request) if found is not None else None
    mode = mode_of(theme)
    known = view.request.algorithm_used
    if found is None or found.clustering is None or tried is None or not is_for(view):
        return Chart(say("What would other values give?"), nothing(mode, absent(ready)), None).outputs()
    label = say(known.parameter(known.varied).label)
    outside = [left_out(tried.fits[one.value]) for one in tried.qualities]
    headings = [
        Heading(label, is_number=True),
        Heading(say("Groups"), is_number=True),
        Heading(say("In no group"), is_number=True),
        Heading(say("Silhouette"), is_number=True),
        Heading(say("Smallest group"), is_number=True),
        Heading(say("Remark")),
    ]
    rows = [
        [
            f"{one.value:,}",
            formats.number(one.k),
            formats.share(share),
            formats.number(one.silhouette, 3),
            formats.share(one.smallest_share) if one.k else "",
            one.degenerate or (say("proposed") if one.value == tried.proposed else ""),
        ]
        for one, share in zip(tried.qualities, outside, strict=True)
    ]
    best = next(one for one in tried.qualities if one.value == tried.proposed)
    title = say("No value is convincing")
    if not best.degenerate:
        title = say("{k} crowds are the clearest ({label}: {value})", k=best.k, label=label, value=f"{best.value:,}")
    used = found.clustering.settings[known.varied]
    return Chart(
        title, figures.scan_curves(tried.qualities, outside, tried.proposed, used, label, mode), table(headings, rows)
    ).outputs()


def choose_value(clicked: Any, told: Any) -> dict[str, Any]:
    """The value of a point that was clicked, beside the parameters that are chosen already."""
    points = clicked.get("points") if isinstance(clicked, dict) else None
    first = points[0] if isinstance(points, list) and points and isinstance(points[0], dict) else {}
    value = first.get("customdata")
    view = view_from_json(told)
    known = view.request.algorithm_used
    if isinstance(value, bool) or not isinstance(value, int | float) or not is_for(view):
        raise PreventUpdate
    return {"params": {**dict(view.request.params), known.varied: known.parameter(known.varied).checked(value)}}


def choose_noise(value: Any, told: Any) -> dict[str, Any]:
    """Whether customers in no group stay apart or join the nearest; nothing where the view has that already."""
    view = view_from_json(told)
    if not is_for(view):
        raise PreventUpdate
    noise = view.request.algorithm_used.parameter("noise")
    params: dict[str, Value] = dict(view.request.params)
    before = params.pop("noise", noise.default)
    chosen = noise.checked(value)
    if chosen == before:
        raise PreventUpdate
    return {"params": params if chosen == noise.default else {**params, "noise": chosen}}


def register_callbacks(app: Dash) -> None:
    drawn = (Input(REQUEST, "data"), Input(READY, "data"), Input(THEME, "data"))
    app.callback(Output(LEFT_OUT, "children"), Input(REQUEST, "data"), Input(READY, "data"))(show_left_out)
    app.callback(*chart_outputs(DISTANCES), *drawn)(show_distances)
    app.callback(*chart_outputs(SCAN), *drawn)(show_scan)
    for chart in (DISTANCES, SCAN):
        app.callback(
            Output(CHANGE, "data", allow_duplicate=True),
            Input(chart, "clickData"),
            State(REQUEST, "data"),
            prevent_initial_call=True,
        )(choose_value)
    app.callback(
        Output(CHANGE, "data", allow_duplicate=True),
        Input(NOISE, "value"),
        State(REQUEST, "data"),
        prevent_initial_call=True,
    )(choose_noise)
    opens_people_of_buttons(app, _WHO)
