"""What customers are grouped by: what scaling makes of each feature, what stands in, and which say nearly the same."""

from __future__ import annotations

import json
from typing import Any, Final

from dash import ALL, Dash, Input, Output, State, ctx, dcc, html
from dash.exceptions import PreventUpdate

from analytics.clusters.features import NEARLY_THE_SAME, Bar, Feature, Features, Spread
from analytics.errors import AnalyticsError
from analytics.text import say, say_count
from dashboard import formats, results
from dashboard.components.basics import Chart, Heading, chart_card, chart_outputs, note, table, term, with_bar
from dashboard.figures import features as figures
from dashboard.figures.base import nothing
from dashboard.ids import CHANGE, REQUEST, THEME
from dashboard.people import opens_people, opens_people_of_buttons, people_button
from dashboard.results import features as found_features
from dashboard.state import View, view_from_json
from dashboard.theme import mode_of

TABLE: Final = "clusters-features"
TITLE: Final = "clusters-features-title"
PAIRS: Final = "clusters-features-pairs"
LEAVE_OUT: Final = "clusters-leave-out"
MISSING: Final = "clusters-feature-missing"
FEATURE: Final = "clusters-feature"
BEFORE: Final = "clusters-feature-before"
AFTER: Final = "clusters-feature-after"
_HEAVY: Final = 0.5
_EVEN: Final = 0.5
_LOPSIDED: Final = 1.0


def layout(_view: View) -> list[Any]:
    place = "/export/table/cluster_features.csv"
    told = say("Save these numbers as CSV")
    take_along = html.A("CSV", href=place, className="save", title=told, download="", **{"data-table": place})
    sentence = say("As they were when groups were last asked for, over all customers: filters play no part.")
    return [
        html.Section(
            [
                html.Div(
                    [html.Div([html.H2(id=TITLE), html.P(sentence, className="muted small")]), take_along],
                    className="card-head",
                ),
                html.Div(id=TABLE, className="table-scroll"),
                html.Div(id=PAIRS, className="feature-pairs"),
            ],
            className="card-box",
            **{"aria-labelledby": TITLE},
        ),
        html.Div(
            [
                chart_card(
                    BEFORE,
                    say("As it came, with what stands in for missing values. Click a bar to see its people."),
                    extra=html.Div(dcc.Dropdown(id=FEATURE, clearable=False), className="dropdown"),
                    table_name="cluster_feature_spread",
                ),
                chart_card(
                    AFTER,
                    say("As groups are found in: the more even, the less a few customers decide."),
                    table_name="cluster_feature_spread",
                ),
            ],
            className="columns",
        ),
    ]


def show_features(told: Any) -> tuple[Any, ...]:
    """The table of features with its title, and the pairs that say nearly the same."""
    view = view_from_json(told)
    try:
        found = found_features.features(view)
    except AnalyticsError as problem:
        return say("Customers cannot be grouped by this"), note(str(problem), "bad"), None
    currency = results.version_of(view.request).manifest.currency
    headings = [
        Heading(say("Feature")),
        Heading(say("Missing"), is_number=True),
        Heading(say("What stands in")),
        Heading(term(say("Skew before"), say(_SKEW)), is_number=True),
        Heading(say("Skew after"), is_number=True),
        Heading(term(say("Weight"), say(_WEIGHT)), is_number=True),
    ]
    rows = [_row(item, currency) for item in found.features]
    return _title(found), table(headings, rows), _pairs(found)


_SKEW: Final = (
    "0 where both sides are alike; above 1 a few large values stretch to the right, below \u22121 to the left."
)
_WEIGHT: Final = "The share of the distances between customers that the feature decides."


def _title(found: Features) -> str:
    heaviest = max(found.features, key=lambda item: item.weight)
    if heaviest.weight > _HEAVY and len(found.features) > 2:
        told = "{share} of the distances between customers come from {label} alone"
        return say(told, label=heaviest.label, share=formats.share(heaviest.weight, 0))
    count = len(found.features)
    if found.pairs:
        one, other = "Two of {m} features say nearly the same", "{n} pairs among {m} features say nearly the same"
        return say_count(len(found.pairs), one, other, m=count)
    return say_count(count, "One feature", "{n} features, none nearly the same as another")


def _skew(value: float | None) -> str:
    if value is None:
        return formats.NOTHING
    return formats.number(round(value, 1) + 0.0, 1).replace("-", formats.MINUS)  # no minus before 0.0


def _row(item: Feature, currency: str) -> list[Any]:
    missing: Any = formats.number(0)
    if item.missing_customers:
        rule = json.dumps({"column": item.name, "is": "missing"})
        missing = people_button(MISSING, rule, formats.number(item.missing_customers), class_name="count")
    return [
        term(item.label, say("{meaning} {missing}", meaning=item.meaning, missing=item.missing)),
        missing,
        _stand_in(item, currency) if item.missing_customers else formats.NOTHING,
        _skew(item.skew_before),
        _skew(item.skew_after),
        with_bar(item.weight, formats.share(item.weight)),
    ]


def _stand_in(item: Feature, currency: str) -> str:
    if item.stand_in == "own":
        return say("missing is a value of its own")
    value = item.stand_in_value
    shown = value if isinstance(value, str) else formats.in_unit(value, item.unit, currency)
    if item.unit == "days" and not isinstance(value, str):
        shown = say("{n} days", n=shown)
    told = {
        "highest": "{value}, the longest known" if item.unit == "days" else "{value}, the highest known",
        "lowest": "{value}, the lowest known",
        "median": "{value}, the median",
        "zero": "{value}: it never happened",
    }
    return say(told[item.stand_in], value=shown)


def _pairs(found: Features) -> Any:
    limit = f"{NEARLY_THE_SAME:g}".removeprefix("0")
    if not found.pairs:
        told = "No two features say nearly the same: all correlations after scaling are below {limit}."
        return html.P(say(told, limit=limit), className="muted small") if len(found.features) > 1 else None
    rows = [
        note(
            html.Div(
                [
                    html.Span(pair.sentence),
                    html.Span(
                        [
                            _leave_out(place, pair.one, pair.one_label),
                            _leave_out(place, pair.other, pair.other_label),
                        ],
                        className="row-line",
                    ),
                ],
                className="row-line between",
            ),
            "warn",
        )
        for place, pair in enumerate(found.pairs)
    ]
    told = "Pairs whose correlation after scaling is {limit} or more, up or down:"
    return [html.P(say(told, limit=limit), className="muted small"), *rows]


def _leave_out(place: int, name: str, label: str) -> html.Button:
    return html.Button(
        say("Leave out {label}", label=label),
        id={"type": LEAVE_OUT, "feature": name, "pair": str(place)},
        type="button",
        n_clicks=0,
        title=say("Find groups without it"),
        className="button",
    )


def choose_without(name: Any, told: Any) -> dict[str, Any]:
    """The view's features without one."""
    request = view_from_json(told).request
    left = {key: [item for item in getattr(request, key) if item != name] for key in ("metrics", "attributes")}
    if not (left["metrics"] or left["attributes"]) or len(left["metrics"]) + len(left["attributes"]) == len(
        request.metrics
    ) + len(request.attributes):
        raise PreventUpdate
    return left


def _choose_without(clicks: list[Any], told: Any) -> dict[str, Any]:
    """The wiring of `choose_without`: which button was pressed."""
    pressed = ctx.triggered_id
    if not any(clicks) or not isinstance(pressed, dict):  # the buttons were drawn, not pressed
        raise PreventUpdate
    return choose_without(pressed.get("feature"), told)


def show_feature_choices(told: Any) -> tuple[list[dict[str, str]], str | None]:
    """The features whose spread can be looked at, and the one that is."""
    view = view_from_json(told)
    try:
        options = [{"label": item.label, "value": item.name} for item in found_features.features(view).features]
    except AnalyticsError:  # the table says why
        return [], None
    return options, found_features.chosen_feature(view)


def choose_feature(name: Any, told: Any) -> dict[str, Any]:
    """Another feature; nothing where it is the one that is shown."""
    view = view_from_json(told)
    if not isinstance(name, str) or not name or name == found_features.chosen_feature(view):
        raise PreventUpdate
    return {"clusters_feature": name}


def show_spread(told: Any, theme: Any) -> tuple[Any, ...]:
    """How customers lie by one feature, before and after scaling."""
    view, mode = view_from_json(told), mode_of(theme)
    try:
        found = found_features.spread(view)
    except AnalyticsError as problem:
        sides = (say("Before scaling"), say("After scaling"))
        return tuple(part for side in sides for part in Chart(side, nothing(mode, str(problem)), None).outputs())
    currency = results.version_of(view.request).manifest.currency
    before = Chart(
        say("{label} as it is: {shape}", label=found.label, shape=_shape(found.skew_before, found)),
        figures.feature_bars(found, "before", currency, mode),
        _bars_table(found, found.before, currency, is_scaled=False),
    )
    after = Chart(
        say("{label} after scaling: {shape}", label=found.label, shape=_shape(found.skew_after, found)),
        figures.feature_bars(found, "after", currency, mode),
        None if found.labels else _bars_table(found, found.after, currency, is_scaled=True),
    )
    return (*before.outputs(), *after.outputs())


def _shape(skew: float | None, found: Spread) -> str:
    """In words, how a feature is spread."""
    if found.labels:
        return say_count(len(found.labels), "one value", "{n} values")
    if skew is None:
        return say("the same for everyone")
    number = _skew(skew)
    if abs(skew) < _EVEN:
        return say("about even (skew {n})", n=number)
    if abs(skew) < _LOPSIDED:
        return say("somewhat lopsided (skew {n})", n=number)
    return say("a long tail up (skew {n})" if skew > 0 else "a long tail down (skew {n})", n=number)


def _bars_table(found: Spread, bars: tuple[Bar, ...], currency: str, *, is_scaled: bool) -> html.Table:
    if found.labels:
        headings = [Heading(found.label), Heading(say("Customers"), is_number=True)]
        rows: list[list[Any]] = [
            [label, formats.number(bar.customers)] for label, bar in zip(found.labels, bars, strict=True)
        ]
        return table(headings, rows)
    headings = [
        Heading(say("From"), is_number=True),
        Heading(say("To"), is_number=True),
        Heading(say("Customers"), is_number=True),
        Heading(say("Missing"), is_number=True),
    ]
    rows = [
        [
            *(
                formats.number(end, 2) if is_scaled else formats.in_unit(end, found.unit, currency)
                for end in (bar.low, bar.high)
            ),
            formats.number(bar.customers),
            formats.number(bar.stood_in),
        ]
        for bar in bars
        if bar.customers or bar.stood_in
    ]
    return table(headings, rows)


def register_callbacks(app: Dash) -> None:
    app.callback(
        Output(TITLE, "children"), Output(TABLE, "children"), Output(PAIRS, "children"), Input(REQUEST, "data")
    )(show_features)
    app.callback(Output(FEATURE, "options"), Output(FEATURE, "value"), Input(REQUEST, "data"))(show_feature_choices)
    app.callback(
        *chart_outputs(BEFORE),
        *chart_outputs(AFTER),
        Input(REQUEST, "data"),
        Input(THEME, "data"),
    )(show_spread)
    app.callback(
        Output(CHANGE, "data", allow_duplicate=True),
        Input(FEATURE, "value"),
        State(REQUEST, "data"),
        prevent_initial_call=True,
    )(choose_feature)
    app.callback(
        Output(CHANGE, "data", allow_duplicate=True),
        Input({"type": LEAVE_OUT, "feature": ALL, "pair": ALL}, "n_clicks"),
        State(REQUEST, "data"),
        prevent_initial_call=True,
    )(_choose_without)
    opens_people(app, BEFORE)
    opens_people(app, AFTER)
    opens_people_of_buttons(app, MISSING)
