"""All models side by side: every measure with its interval, and one of them drawn, against the rules of thumb."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from dash import ALL, Dash, Input, Output, State, ctx, html
from dash.exceptions import PreventUpdate

from analytics.predict import Contender, Measure, Training, measures_of
from analytics.text import say
from dashboard import formats
from dashboard.components.basics import Chart, Heading, chart_card, chart_outputs, table, term
from dashboard.components.controls import changes, option_dropdown, shown_unasked
from dashboard.figures.base import nothing
from dashboard.figures.models_compare import Compared, dots
from dashboard.ids import CHANGE, REQUEST, THEME
from dashboard.results.models import contender_for, training_for
from dashboard.state import View, view_from_json
from dashboard.tabs.models.words import interval, ranking, told
from dashboard.theme import mode_of

CHART: Final = "models-compare"
MEASURE: Final = "models-measure"
TABLE: Final = "models-table"
ROW: Final = "models-row"
"""The rows of the table; their `learner` says of which model."""


def layout(view: View) -> list[Any]:
    training = training_for(view)
    measures = measures_of(training.asked.kind) if training is not None else ()
    choice = option_dropdown(
        MEASURE, "models_measure", _with_measure(view, training), {item.name: say(item.label) for item in measures}
    )
    rows = (len(training.contenders) + len(training.baselines)) if training is not None else 4
    return [
        html.Section(
            [
                html.Div(
                    [
                        html.Div(
                            [
                                html.H2(say("Every model, on the same cases that none of them has seen")),
                                html.P(
                                    say(
                                        "The star is the model that was best in the folds of the training part; small figures "
                                        "are where a value lies in 95 of 100 such test parts. Click a model to look at it."
                                    ),
                                    className="muted small",
                                ),
                            ]
                        )
                    ],
                    className="card-head",
                ),
                html.Div(id=TABLE, className="table-scroll"),
                html.Div(html.Div(_save(), className="saves"), className="chart-foot models-foot"),
            ],
            className="card-box",
        ),
        chart_card(
            CHART,
            say("A dot is a model with its interval, a hollow square a rule of thumb that a model has to beat."),
            height=90 + 44 * max(3, rows),
            extra=html.Div([choice, shown_unasked(MEASURE, ranking(training) if training is not None else "")]),
            table_name="models_measures",
        ),
    ]


def _save() -> html.A:
    place = "/export/table/models_measures.csv"
    saved = say("Save the numbers of this table as CSV")
    return html.A("CSV", href=place, className="save", title=saved, download="", **{"data-table": place})


def _with_measure(view: View, training: Training | None) -> View:
    """The view with the measure that is drawn: the one by which models are ranked, unless one is chosen."""
    return view.choosing(models_measure=measure_of(view, training).name) if training is not None else view


def measure_of(view: View, training: Training) -> Measure:
    """The measure that is drawn."""
    known = measures_of(training.asked.kind)
    for name in (view.one("models_measure"), ranking(training)):
        for measure in known:
            if measure.name == name:
                return measure
    return known[0]


def show_table(told_view: Any) -> Any:
    """Every measure of every model: first what a rule of thumb is worth, then the models in their order."""
    view = view_from_json(told_view)
    training = training_for(view)
    if training is None:
        return None
    measures = measures_of(training.asked.kind)
    shown = contender_for(view, training)
    best = {measure.name: best_of(measure, training) for measure in measures}
    headings = [html.Th(say("Model"), scope="col")]
    headings += [
        html.Th(term(say(item.label), say(item.meaning)), className="number", scope="col") for item in measures
    ]
    headings.append(
        html.Th(term(say("Fit"), say("Seconds that it took to learn, once.")), className="number", scope="col")
    )
    rules = [
        html.Tr(
            [
                html.Th(say(rule.label), scope="row", className="rule-name"),
                *(html.Td(told(item, rule.figures.get(item.name), training), className="number") for item in measures),
                html.Td(formats.NOTHING, className="number"),
            ],
            className="off",
        )
        for rule in training.baselines
    ]
    models = [_row(known, training, measures, best, is_shown=known is shown) for known in training.contenders]
    return html.Table([html.Thead(html.Tr(headings)), html.Tbody([*rules, *models])], className="plain models-table")


def best_of(measure: Measure, training: Training) -> set[str]:
    """The models that have the best value of a measure, as it is written; nobody where all have the same."""
    values = {
        known.name: known.figures[measure.name]
        for known in training.contenders
        if known.figures.get(measure.name, float("nan")) == known.figures.get(measure.name)
    }
    if not values:
        return set()
    top = max(values.values()) if measure.is_higher_better else min(values.values())
    written = told(measure, top, training)
    best = {name for name, value in values.items() if told(measure, value, training) == written}
    return best if len(best) < len(training.contenders) else set()


def _row(
    known: Contender, training: Training, measures: Sequence[Measure], best: dict[str, set[str]], *, is_shown: bool
) -> html.Tr:
    about = known.about()
    is_best = known.name == training.best
    name = html.Button(
        [html.Span("★ ", className="best-star", title=say("Best in the folds")) if is_best else None, say(about.label)],
        className="row-name",
        type="button",
        title=say(about.meaning),
        **{"aria-pressed": "true" if is_shown else "false"},
    )
    cells = []
    for item in measures:
        value = told(item, known.figures.get(item.name), training)
        is_top = known.name in best[item.name]
        between = interval(item, known, training)
        cells.append(
            html.Td(
                [
                    html.Strong(value, title=say("The best of these")) if is_top else html.Span(value),
                    html.Div(between, className="between") if between else None,
                ],
                className="number",
            )
        )
    return html.Tr(
        [html.Th(name, scope="row"), *cells, html.Td(_seconds(known.fit_seconds), className="number")],
        id={"type": ROW, "learner": known.name},
        n_clicks=0,
        className="pickable picked" if is_shown else "pickable",
    )


def _seconds(value: float) -> str:
    return say("{n} s", n=formats.number(value, 1 if value >= 1 else 2))


def compared(training: Training, measure: Measure, shown: Contender) -> list[Compared]:
    """A figure of each rule of thumb and of each model."""
    rules = [
        Compared(
            rule.name,
            say(rule.label),
            rule.figures.get(measure.name, float("nan")),
            told(measure, rule.figures.get(measure.name), training),
            is_rule=True,
        )
        for rule in training.baselines
    ]
    models = []
    for known in training.contenders:
        low, high = known.intervals.get(measure.name, (None, None))
        value = known.figures.get(measure.name, float("nan"))
        models.append(
            Compared(
                known.name,
                say(known.about().label),
                value,
                told(measure, value, training),
                low,
                high,
                interval(measure, known, training),
                known.name == training.best,
                known is shown,
            )
        )
    return [*rules, *models]


def show_chart(told_view: Any, theme: Any) -> tuple[Any, ...]:
    """The chosen measure of every model, drawn."""
    view, mode = view_from_json(told_view), mode_of(theme)
    training = training_for(view)
    if training is None:
        return Chart(say("No models yet"), nothing(mode, say("Train models to compare them")), None).outputs()
    measure = measure_of(view, training)
    shown = contender_for(view, training)
    drawn = compared(training, measure, shown)
    heading = say(
        "{measure}, more is better" if measure.is_higher_better else "{measure}, less is better",
        measure=say(measure.label),
    )
    chart = dots(drawn, heading, ".0%" if measure.unit == "share" else "", mode)
    return Chart(_title(training, measure), chart, _behind(training, measure)).outputs()


def _title(training: Training, measure: Measure) -> str:
    best = training.contender()
    rules = [rule.figures.get(measure.name, float("nan")) for rule in training.baselines]
    known = [value for value in rules if value == value]  # noqa: PLR0124 - not-a-number differs from itself
    value = told(measure, best.figures.get(measure.name), training)
    if not known:
        return say(
            "{measure} of {model} is {value}", measure=say(measure.label), model=say(best.about().label), value=value
        )
    top = max(known) if measure.is_higher_better else min(known)
    return say(
        "{measure} of {model} is {value}; the best rule of thumb has {rule}",
        measure=say(measure.label),
        model=say(best.about().label),
        value=value,
        rule=told(measure, top, training),
    )


def _behind(training: Training, measure: Measure) -> Any:
    headings = [
        Heading(say("Model")),
        Heading(say("On the test part"), is_number=True),
        Heading(say("In 95 of 100 such parts"), is_number=True),
        Heading(say("In the folds"), is_number=True),
    ]
    rows = [
        [say(rule.label), told(measure, rule.figures.get(measure.name), training), formats.NOTHING, formats.NOTHING]
        for rule in training.baselines
    ]
    rows += [
        [
            say(known.about().label),
            told(measure, known.figures.get(measure.name), training),
            interval(measure, known, training) or formats.NOTHING,
            told(measure, known.in_folds.get(measure.name), training),
        ]
        for known in training.contenders
    ]
    return table(headings, rows)


def choose_learner(name: str, told_view: Any) -> dict[str, Any]:
    """Look at another model, at its own cut-off; the best one needs no name in the link."""
    view = view_from_json(told_view)
    training = training_for(view)
    names = [known.name for known in training.contenders] if training is not None else []
    if training is None or name not in names or name == contender_for(view, training).name:
        raise PreventUpdate
    return {"learner": None if name == training.best else name, "models_cut": None}


def _choose_row(clicks: Sequence[int | None], told_view: Any) -> dict[str, Any]:
    """The wiring of `choose_learner`: which row was clicked."""
    row = ctx.triggered_id
    if not row or not any(clicks):
        raise PreventUpdate
    return choose_learner(str(row["learner"]), told_view)


def choose_dot(clicked: Any, told_view: Any) -> dict[str, Any]:
    """The same, by a click on a dot; a rule of thumb is nothing to look at."""
    points = clicked.get("points") if isinstance(clicked, dict) else None
    first = points[0] if isinstance(points, list) and points else None
    name = first.get("customdata") if isinstance(first, dict) else None
    training = training_for(view_from_json(told_view))
    if training is None or not any(known.name == name for known in training.contenders):
        raise PreventUpdate
    return choose_learner(str(name), told_view)


def register_callbacks(app: Dash) -> None:
    app.callback(Output(TABLE, "children"), Input(REQUEST, "data"))(show_table)
    app.callback(*chart_outputs(CHART), Input(REQUEST, "data"), Input(THEME, "data"))(show_chart)
    changes(app, MEASURE, "models_measure", by_data=True)
    for wired, source in (
        (_choose_row, Input({"type": ROW, "learner": ALL}, "n_clicks")),
        (choose_dot, Input(CHART, "clickData")),
    ):
        app.callback(
            Output(CHANGE, "data", allow_duplicate=True), source, State(REQUEST, "data"), prevent_initial_call=True
        )(wired)
