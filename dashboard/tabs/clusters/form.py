"""The form of the Clusters tab: by what, how, and with which parameters; the button applies all of it at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from dash import ALL, Dash, Input, Output, State, ctx, dcc, html, no_update
from dash.exceptions import PreventUpdate

from analytics.clusters import ALGORITHMS, SCALINGS, algorithm, scaling
from analytics.clusters.feature_sets import FEATURE_SETS, feature_sets, suitable_attributes
from analytics.customers import CustomerTable
from analytics.errors import RequestError
from analytics.metrics import METRICS, heading
from analytics.request import AnalysisRequest
from analytics.text import say, say_count
from dashboard import results
from dashboard.components.basics import field
from dashboard.ids import CHANGE, REQUEST
from dashboard.state import View, view_from_json
from dashboard.tabs.clusters.parameters import PARAMETER, parameter_controls, typed_values

FEATURE_SET: Final = "clusters-feature-set"
METRIC_CHOICE: Final = "clusters-metrics"
ATTRIBUTE_CHOICE: Final = "clusters-attributes"
ALGORITHM: Final = "clusters-algorithm"
SCALING: Final = "clusters-scaling"
SEED: Final = "clusters-seed"
HELP: Final = "clusters-method-help"
SCALING_HELP: Final = "clusters-scaling-help"
PROBLEM: Final = "clusters-problem"
SUMMARY: Final = "clusters-summary"
APPLIED: Final = "clusters-applied"
"""What the form last agreed with the view on: what somebody types is kept until the view itself changes."""
FIND: Final = "clusters-find"
OWN: Final = "own"
"""The set of features of who chooses their own."""
_MOST_SEED: Final = 2**32 - 1

__all__ = ["FIND", "PARAMETER", "layout", "parameter_controls", "register_callbacks"]


def layout(view: View) -> html.Section:
    """The form; on a phone it folds, and its head says what is chosen."""
    request = view.request
    known = results.customers(request)
    chosen = request.algorithm_used
    head = html.Summary(
        [html.Span(say("Find groups by"), className="folds-label"), html.Strong(_summary(view), id=SUMMARY)]
    )
    body = html.Div(
        [
            html.Div(
                [
                    _list(
                        FEATURE_SET,
                        say("Start from"),
                        _set_of(known, request.metrics, request.attributes),
                        _sets(known),
                    ),
                    _many(METRIC_CHOICE, say("Metrics"), list(request.metrics), _metrics(known), say("No metric")),
                    _many(
                        ATTRIBUTE_CHOICE,
                        say("Attributes mixed in"),
                        list(request.attributes),
                        _attributes(known),
                        say("No attributes"),
                    ),
                    _list(SCALING, say("Scale"), request.scaling, [(item.name, say(item.label)) for item in SCALINGS]),
                ],
                className="cluster-features",
            ),
            html.Div(
                [
                    _list(ALGORITHM, say("Method"), chosen.name, [(item.name, say(item.label)) for item in ALGORITHMS]),
                    *(
                        html.Div(
                            parameter_controls(item.name, request),
                            id=_parameters_of(item.name),
                            className="cluster-parameters",
                            style=_shown(item.name == chosen.name),
                        )
                        for item in ALGORITHMS
                    ),
                    html.Button(say("Find groups"), id=FIND, className="button primary", n_clicks=0),
                ],
                className="cluster-method",
            ),
            html.Div(id=PROBLEM, className="cluster-problem", role="alert"),
            html.Div(
                [
                    html.Div(method_help(chosen.name, len(known)), id=HELP),
                    html.Div([html.Div(scaling_help(request.scaling), id=SCALING_HELP), _advanced(request)]),
                ],
                className="cluster-help",
            ),
            dcc.Store(id=APPLIED, data=_applied(request)),
        ],
        className="folds-body",
    )
    return html.Section(html.Details([head, body], className="folds"), className="card-box cluster-form")


def _advanced(request: AnalysisRequest) -> html.Details:
    seed = dcc.Input(
        id=SEED,
        type="text",
        inputMode="numeric",
        value=str(request.seed),
        debounce=True,
        autoComplete="off",
        className="text-input",
    )
    label = say("Seed: the same one gives the same groups")
    return html.Details([html.Summary(say("Advanced")), field(label, seed, SEED)], className="behind")


def _list(control_id: str, label: str, value: Any, choices: Sequence[tuple[str, str]]) -> html.Div:
    options = [{"label": told, "value": choice} for choice, told in choices]
    control = dcc.Dropdown(id=control_id, options=options, value=value, clearable=False, searchable=False)
    return field(label, control, control_id)


def _many(control_id: str, label: str, values: list[str], options: list[dict[str, str]], nothing: str) -> html.Div:
    control = dcc.Dropdown(id=control_id, options=options, value=values, multi=True, placeholder=nothing)
    return field(label, control, control_id)


def _sets(known: CustomerTable) -> list[tuple[str, str]]:
    allowed = feature_sets(known)
    return [*((item.name, say(item.label)) for item in FEATURE_SETS if item.name in allowed), (OWN, say("Own choice"))]


def _metrics(known: CustomerTable) -> list[dict[str, str]]:
    had = {item.name for item in known.metrics}
    return [
        {"label": say(item.label), "value": item.name, "title": say(item.meaning)}
        for item in METRICS
        if item.name in had
    ]


def _attributes(known: CustomerTable) -> list[dict[str, str]]:
    return [{"label": heading(name), "value": name} for name in suitable_attributes(known)]


def _set_of(known: CustomerTable, metrics: Sequence[str], attributes: Sequence[str]) -> str:
    """The set that some metrics and attributes are, in any order."""
    for name, (of_metrics, of_attributes) in feature_sets(known).items():
        if set(metrics) == set(of_metrics) and set(attributes) == set(of_attributes):
            return name
    return OWN


def _parameters_of(name: str) -> str:
    return f"clusters-parameters-{name}"


def _shown(is_shown: bool) -> dict[str, str]:
    return {} if is_shown else {"display": "none"}


def _applied(request: AnalysisRequest) -> dict[str, Any]:
    """The part of a request that the form is about."""
    return {
        "algorithm": request.algorithm_used.name,
        "settings": request.settings(),
        "metrics": list(request.metrics),
        "attributes": list(request.attributes),
        "scaling": request.scaling,
        "seed": request.seed,
        "dataset": [request.dataset, request.version],
    }


def _summary(view: View) -> str:
    """What is chosen, in a few words."""
    request = view.request
    name = _set_of(results.customers(request), request.metrics, request.attributes)
    count = len(request.metrics) + len(request.attributes)
    by = next((say(item.label) for item in FEATURE_SETS if item.name == name), "")
    by = by or say_count(count, "one feature", "{n} features")
    return say("{features}, with {method}", features=by, method=say(request.algorithm_used.label))


def scaling_help(scaled: str) -> html.P:
    """What a scaling does."""
    how = scaling(scaled)
    return html.P([html.Strong(say(how.label)), " ", say(how.meaning)])


def method_help(name: str, customers: int) -> list[Any]:
    """What a method does, what it does with so many customers, and how it places a new one."""
    known = algorithm(name)
    limit = f"{known.exact_up_to:,}"
    many = (
        say("All {n} customers take part in the fit.", n=f"{customers:,}")
        if customers <= known.exact_up_to
        else say("These are {n} customers, more than it fits exactly.", n=f"{customers:,}")
    )
    return [
        html.P([html.Strong(say(known.label)), " ", say(known.meaning)]),
        html.Details(
            [
                html.Summary(say("With many customers, and with new ones")),
                html.P(many),
                html.P(
                    say("Up to {n} customers it is exact. Above: {above}", n=limit, above=say(known.above, n=limit))
                ),
                html.P(say(known.placing)),
            ],
            className="behind",
        ),
    ]


def show_method(name: str | None, scaled: str | None, told: Any) -> list[Any]:
    """The help of the method that is chosen, and its parameters in place of the others', as they were typed."""
    chosen = algorithm(str(name)).name
    view = view_from_json(told)
    help_of = method_help(chosen, len(results.customers(view.request)))
    return [help_of, scaling_help(str(scaled)), *(_shown(item.name == chosen) for item in ALGORITHMS)]


def choose_features(
    name: str | None, metrics: Sequence[str] | None, attributes: Sequence[str] | None, told: Any, triggered: str
) -> tuple[Any, Any, Any]:
    """A set fills in its metrics and attributes; metrics and attributes say which set they are."""
    known = results.customers(view_from_json(told).request)
    if triggered == FEATURE_SET:
        chosen = feature_sets(known).get(str(name))
        return (name, list(chosen[0]), list(chosen[1])) if chosen else (OWN, no_update, no_update)
    return _set_of(known, _names(metrics), _names(attributes)), no_update, no_update


def _choose_features(
    name: str | None, metrics: Sequence[str] | None, attributes: Sequence[str] | None, told: Any
) -> tuple[Any, Any, Any]:
    """The wiring of `choose_features`: which of the three was touched."""
    return choose_features(name, metrics, attributes, told, str(ctx.triggered_id))


def _names(told: Any) -> list[str]:
    if told is not None and not (isinstance(told, list) and all(isinstance(name, str) for name in told)):
        raise RequestError(say("What is chosen on the page is not readable. Choose it again."))
    return list(told or ())


def show_applied(told: Any, applied: Any) -> list[Any]:
    """The form as the view has it, where the view was changed elsewhere: by a link, a chart or a button."""
    request = view_from_json(told).request
    now = _applied(request)
    if now == applied:
        return [now, _summary(view_from_json(told)), *(no_update,) * (5 + len(ALGORITHMS))]
    before = applied if isinstance(applied, dict) else {}
    chosen = request.algorithm_used.name
    is_other = {"algorithm": chosen, "settings": now["settings"]} != {
        key: before.get(key) for key in ("algorithm", "settings")
    }
    controls = [
        parameter_controls(item.name, request) if is_other and item.name == chosen else no_update for item in ALGORITHMS
    ]
    values = [now["metrics"], now["attributes"], request.scaling, chosen, str(request.seed)]
    return [now, _summary(view_from_json(told)), *values, *controls]


def show_problem(
    name: str | None,
    seed: str | None,
    metrics: Any,
    attributes: Any,
    values: Sequence[Any],
    ids: Sequence[dict[str, str]],
) -> str:
    """The first thing that the form could not be sent with, in a sentence; nothing where it could."""
    try:
        form_values(name, seed, metrics, attributes, ids, values)
    except RequestError as problem:
        return str(problem)
    return ""


def form_values(
    name: str | None, seed: Any, metrics: Any, attributes: Any, ids: Sequence[dict[str, str]], values: Sequence[Any]
) -> dict[str, Any]:
    """What the form says, checked.

    Raises:
        RequestError: something in it is not possible; the sentence says what, and what is.
    """
    known = algorithm(str(name))
    told = typed_values(known.name, ids, values)
    if not _names(metrics) and not _names(attributes):
        raise RequestError(say("Choose one metric or attribute at least to group customers by."))
    return {
        "algorithm": known.name,
        "k": told.pop("k", None),
        "params": {key: value for key, value in told.items() if value != known.parameter(key).default},
        "metrics": _names(metrics),
        "attributes": _names(attributes),
        "seed": _seed(seed),
    }


def _seed(told: Any) -> int:
    text = "" if told is None else str(told).strip()
    if text and not (text.isascii() and text.isdigit() and int(text) <= _MOST_SEED):
        raise RequestError(say("Seed: use a whole number from 0 to {most}.", most=_MOST_SEED))
    return int(text or 0)


def choose_all(
    clicks: int | None,
    metrics: Any,
    attributes: Any,
    scaled: str | None,
    name: str | None,
    seed: Any,
    ids: Sequence[dict[str, str]],
    values: Sequence[Any],
    told: Any,
) -> dict[str, Any]:
    """Everything that the form says, when its button is pressed.

    Raises:
        RequestError: something in it is not possible.
    """
    if not clicks:
        raise PreventUpdate
    change = {**form_values(name, seed, metrics, attributes, ids, values), "scaling": scaled}
    if view_from_json(told).request.algorithm_used.name == change["algorithm"]:
        change.pop("algorithm")  # the view may mean it without naming it
    return change


def register_callbacks(app: Dash) -> None:
    every = {"type": PARAMETER, "algorithm": ALL, "name": ALL}
    app.callback(
        Output(HELP, "children"),
        Output(SCALING_HELP, "children"),
        *(Output(_parameters_of(item.name), "style") for item in ALGORITHMS),
        Input(ALGORITHM, "value"),
        Input(SCALING, "value"),
        State(REQUEST, "data"),
        prevent_initial_call=True,
    )(show_method)
    app.callback(
        Output(FEATURE_SET, "value"),
        Output(METRIC_CHOICE, "value"),
        Output(ATTRIBUTE_CHOICE, "value"),
        Input(FEATURE_SET, "value"),
        Input(METRIC_CHOICE, "value"),
        Input(ATTRIBUTE_CHOICE, "value"),
        State(REQUEST, "data"),
        prevent_initial_call=True,
    )(_choose_features)
    app.callback(
        Output(APPLIED, "data"),
        Output(SUMMARY, "children"),
        Output(METRIC_CHOICE, "value", allow_duplicate=True),
        Output(ATTRIBUTE_CHOICE, "value", allow_duplicate=True),
        Output(SCALING, "value"),
        Output(ALGORITHM, "value"),
        Output(SEED, "value"),
        *(Output(_parameters_of(item.name), "children") for item in ALGORITHMS),
        Input(REQUEST, "data"),
        State(APPLIED, "data"),
        prevent_initial_call=True,
    )(show_applied)
    app.callback(
        Output(PROBLEM, "children"),
        Input(ALGORITHM, "value"),
        Input(SEED, "value"),
        Input(METRIC_CHOICE, "value"),
        Input(ATTRIBUTE_CHOICE, "value"),
        Input(every, "value"),
        State(every, "id"),
        prevent_initial_call=True,
    )(show_problem)
    app.callback(
        Output(CHANGE, "data", allow_duplicate=True),
        Input(FIND, "n_clicks"),
        State(METRIC_CHOICE, "value"),
        State(ATTRIBUTE_CHOICE, "value"),
        State(SCALING, "value"),
        State(ALGORITHM, "value"),
        State(SEED, "value"),
        State(every, "id"),
        State(every, "value"),
        State(REQUEST, "data"),
        prevent_initial_call=True,
    )(choose_all)
