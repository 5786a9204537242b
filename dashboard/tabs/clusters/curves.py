"""What each number of groups would give by every measure, which one is proposed, and how well customers fit their groups."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from dash import Dash, Input, Output, State, html
from dash.exceptions import PreventUpdate

from analytics.clusters import Panel, Quality
from analytics.text import say
from dashboard import formats, results
from dashboard.components.basics import Chart, Heading, chart_card, chart_outputs, swatch, table, term
from dashboard.components.controls import changes, option_switch
from dashboard.figures import quality as figures
from dashboard.figures.base import nothing
from dashboard.figures.clusters import people_of
from dashboard.figures.quality import MEASURES, measure_named
from dashboard.ids import CHANGE, REQUEST, THEME
from dashboard.people import opens_people
from dashboard.results.silhouetting import silhouettes_of
from dashboard.state import View, view_from_json
from dashboard.tabs.clusters.finding import READY, absent, found_for
from dashboard.theme import cluster_color, mode_of

CURVES: Final = "clusters-curves"
MEASURE: Final = "clusters-curves-measure"
RULE: Final = "clusters-curves-rule"
SILHOUETTES: Final = "clusters-silhouettes"


def layout(view: View) -> list[Any]:
    choices = {known.name: say(known.label) for known in MEASURES}
    return [
        option_switch(MEASURE, "clusters_measure", view, choices),
        chart_card(
            CURVES,
            say(
                "A star is proposed, a cross is not to be trusted, the band is nearly as good. Click a number to look at it."
            ),
            height=380,
            table_name="cluster_ks",
        ),
        html.Div(id=RULE, className="card-box"),
        chart_card(
            SILHOUETTES,
            say(
                "Each band is a group; to the left of zero are customers who are nearer to another group. Click to see who."
            ),
            height=420,
            table_name="cluster_silhouettes",
        ),
    ]


def show_curves(told: Any, ready: Any, theme: Any) -> tuple[Any, ...]:
    """A measure over every number that was tried, with what it says of the proposal."""
    view, found = found_for(told, ready)
    tried = results.panel(view.request)
    mode = mode_of(theme)
    if tried is None:
        return Chart(say("How many groups?"), nothing(mode, absent(ready)), None).outputs()
    measure = measure_named(view.one("clusters_measure"))
    # what was tried stays on show while the number that was clicked is being found
    shown = found.k if found is not None else view.request.k or 0
    drawn = figures.quality_curves(tried, shown, measure, mode)
    return Chart(title(tried), drawn, _table(tried)).outputs()


def title(tried: Panel) -> str:
    """What the panel says, as one would say it aloud."""
    best = next(one for one in tried.qualities if one.value == tried.proposed)
    if best.degenerate:
        return say("No number of groups is convincing")
    if best.unstable:
        return say("{k} groups are the best supported, but not all of them come back", k=best.value)
    others = [str(value) for value in tried.near_ties if value != tried.proposed]
    if not others:
        return say("{k} groups are the best supported", k=best.value)
    if len(others) == 1:
        return say("{k} groups are the best supported; {other} are nearly as good", k=best.value, other=others[0])
    return say(
        "{k} groups are the best supported; {others} and {last} are nearly as good",
        k=best.value,
        others=", ".join(others[:-1]),
        last=others[-1],
    )


def _table(tried: Panel) -> Any:
    headings = [Heading(say("Groups"), is_number=True)]
    headings += [
        Heading(term(_heading(known.name, known.label), say(known.meaning)), is_number=True) for known in MEASURES
    ]
    rows = [
        [_value(one, tried), *(known.told(one) for known in MEASURES), _remark(one, tried)] for one in tried.qualities
    ]
    return table([*headings, Heading(say("Remark"))], rows)


def _heading(name: str, label: str) -> str:
    return {"rank": say("Mean rank"), "inertia": say("Inertia"), "jaccard": say("Jaccard")}.get(name, say(label))


def _value(one: Quality, tried: Panel) -> str:
    return say("★ {k}", k=one.value) if one.value == tried.proposed else str(one.value)


def _remark(one: Quality, tried: Panel) -> str:
    if figures.reason(one):
        return figures.reason(one)
    if one.value == tried.proposed:
        return say("proposed")
    return say("nearly as good") if one.value in tried.near_ties else ""


def show_rule(told: Any, _ready: Any) -> Any:
    """What the chosen measure means, how the proposal was reached, and on how many customers its figures rest."""
    view = view_from_json(told)
    tried = results.panel(view.request)
    if tried is None:
        return None
    measure = measure_named(view.one("clusters_measure"))
    meaning = say("{name}: {meaning}", name=say(measure.label), meaning=say(measure.meaning))
    told_all = (meaning, tried.rule, *tried.notes)
    return [html.P(sentence, className="muted small mb-1") for sentence in told_all if sentence]


def show_silhouettes(told: Any, ready: Any, theme: Any) -> tuple[Any, ...]:
    """How well the customers of each group fit it, now that there are so many groups."""
    view, found = found_for(told, ready)
    mode = mode_of(theme)
    if found is None or found.k < 2:
        return Chart(say("How well customers fit"), nothing(mode, absent(ready)), None).outputs()
    seen = silhouettes_of(view.request, found)
    groups = found.segments[: found.k]
    names = [group.name for group in groups]
    heading = say(
        "{share} of customers are nearer to another group than to their own", share=formats.share(seen.below, 0)
    )
    if seen.is_sample:
        heading = say(
            "{share} of a fair sample of {n} customers are nearer to another group",
            share=formats.share(seen.below, 0),
            n=formats.number(len(seen.values)),
        )
    headings = [
        Heading(say("Group")),
        Heading(say("Customers"), is_number=True),
        Heading(term(say("Silhouette"), say(measure_named("silhouette").meaning)), is_number=True),
        Heading(say("Below zero"), is_number=True),
    ]
    rows: Sequence[Sequence[Any]] = [
        [
            [swatch(cluster_color(code, mode)), group.name],
            formats.number(group.customers),
            formats.number(float(values.mean()) if len(values) else None, 3),
            formats.share(float((values < 0).mean()) if len(values) else None),
        ]
        for code, (group, values) in enumerate(zip(groups, seen.bands, strict=True))
    ]
    drawn = figures.silhouette_bands(names, [people_of(name) for name in names], seen.bands, seen.mean, mode)
    return Chart(heading, drawn, table(headings, rows)).outputs()


def choose_by_click(clicked: Any, told: Any) -> dict[str, Any]:
    """The number that was clicked, of an algorithm that is told it."""
    points = clicked.get("points") if isinstance(clicked, dict) else None
    first = points[0] if isinstance(points, list) and points and isinstance(points[0], dict) else {}
    value = first.get("customdata")
    if (
        not isinstance(value, int)
        or isinstance(value, bool)
        or not view_from_json(told).request.algorithm_used.has("k")
    ):
        raise PreventUpdate
    return {"k": value}


def register_callbacks(app: Dash) -> None:
    drawn_by = (Input(REQUEST, "data"), Input(READY, "data"), Input(THEME, "data"))
    app.callback(*chart_outputs(CURVES), *drawn_by)(show_curves)
    app.callback(Output(RULE, "children"), Input(REQUEST, "data"), Input(READY, "data"))(show_rule)
    app.callback(*chart_outputs(SILHOUETTES), *drawn_by)(show_silhouettes)
    app.callback(
        Output(CHANGE, "data", allow_duplicate=True),
        Input(CURVES, "clickData"),
        State(REQUEST, "data"),
        prevent_initial_call=True,
    )(choose_by_click)
    changes(app, MEASURE, "clusters_measure")
    opens_people(app, SILHOUETTES)
