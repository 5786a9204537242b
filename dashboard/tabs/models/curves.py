"""One model in curves: what it gets right at a movable cut-off, how it ranks, and whether its scores are honest."""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np
from dash import Dash, Input, Output, State, ctx, dcc, html
from dash.exceptions import PreventUpdate

from analytics.predict import Contender, Training, measures_of
from analytics.predict.curves import Calibration, Confusion, Gains
from analytics.predict.problems.definition import Kind
from analytics.text import say
from dashboard import formats
from dashboard.components.basics import Chart, Heading, chart_card, chart_outputs, table, term
from dashboard.components.controls import dropdown
from dashboard.figures import models_curves as drawn
from dashboard.figures.base import nothing
from dashboard.figures.models_confusion import confusion_matrix
from dashboard.ids import CHANGE, REQUEST, THEME
from dashboard.results import model_curves as found
from dashboard.results.models import contender_for, training_for
from dashboard.state import View, view_from_json
from dashboard.tabs.models.compare import choose_learner
from dashboard.tabs.models.words import amount, answer_is, answer_is_not
from dashboard.theme import Mode, mode_of

LEARNER: Final = "models-learner"
CUT: Final = "models-cut"
CUT_BACK: Final = "models-cut-back"
FACTS: Final = "models-cut-facts"
CONFUSION: Final = "models-confusion"
ROC: Final = "models-roc"
PRECISION: Final = "models-precision"
CALIBRATION: Final = "models-calibration"
GAINS: Final = "models-gains"
LIFT: Final = "models-lift"
AMOUNTS: Final = "models-amounts"
ERRORS: Final = "models-errors"
_STEPS: Final = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5)
"""Percent by which the cut-off moves: as fine as the highest score asks for."""
_MOST_CASES: Final = 1_000_000
"""Scores of all models together up to which the others are drawn beside the one that is looked at."""
_TABLE_ROWS: Final = 21


def layout(view: View) -> list[Any]:
    training = training_for(view)
    if training is None:
        return []
    shown = contender_for(view, training)
    names = {known.name: say(known.about().label) for known in training.contenders}
    choice = html.Div(
        [
            html.Div(
                [html.Label(say("Model"), htmlFor=LEARNER), dropdown(LEARNER, shown.name, names)],
                className="field control",
            ),
            html.P(say(shown.about().meaning), className="muted small"),
        ],
        className="models-learner",
    )
    is_classes = training.asked.kind == "classification"
    return [choice, *(_classes(view, training, shown) if is_classes else _amounts())]


def _classes(view: View, training: Training, shown: Contender) -> list[Any]:
    return [
        _cut_card(view, training, shown),
        html.Div(
            [
                chart_card(
                    ROC,
                    say(
                        "The nearer to the upper left corner, the better. The ring is the cut-off; thin lines are other models."
                    ),
                    height=340,
                    table_name="models_roc",
                ),
                chart_card(
                    PRECISION,
                    say(
                        "Calling more cases finds more of them, and is right less often. The dashed line is calling at random."
                    ),
                    height=340,
                    table_name="models_precision_recall",
                ),
                chart_card(
                    CALIBRATION,
                    say(
                        "On the dashed line, three in ten of the cases with a score of 30% are yes. Whiskers are 95% intervals."
                    ),
                    height=340,
                    table_name="models_calibration",
                ),
                *_ranking(),
            ],
            className="columns",
        ),
    ]


def _ranking() -> list[Any]:
    return [
        chart_card(
            GAINS,
            say("Take the cases with the highest scores first: how much of everything is among them?"),
            height=340,
            table_name="models_gains",
        ),
        chart_card(LIFT, say("How many times better than picking at random."), height=340, table_name="models_gains"),
    ]


def _amounts() -> list[Any]:
    return [
        html.Div(
            [
                chart_card(
                    AMOUNTS,
                    say("On the dashed line as much came as was predicted."),
                    height=360,
                    table_name="models_residuals",
                ),
                chart_card(
                    ERRORS,
                    say("Right of 0 more came than was predicted, left of it less."),
                    height=360,
                    table_name="models_errors",
                ),
                *_ranking(),
            ],
            className="columns",
        )
    ]


def _cut_card(view: View, training: Training, shown: Contender) -> html.Div:
    most, step = slider_range(found.largest_score(training, shown))
    slider = dcc.Slider(
        id=CUT,
        min=0,
        max=most,
        step=step,
        value=min(most, found.cut_of(view, shown) * 100),
        marks={value: f"{value:g}%" for value in _marks(most)},
        updatemode="mouseup",
        allow_direct_input=False,  # the figures below say where it stands
        className="models-slider",
    )
    controls = html.Section(
        [
            html.H2(say("Where to draw the line")),
            html.Label(say("Call a case '{answer}' from this score on", answer=answer_is(training)), htmlFor=CUT),
            slider,
            html.P(
                [
                    say(
                        "{cut} is the model's own cut-off: it was best in the training part, by F1.",
                        cut=formats.share(shown.threshold),
                    ),
                    " ",
                    html.Button(say("Back to it"), id=CUT_BACK, className="button quiet", n_clicks=0),
                ],
                className="muted small",
            ),
            html.Div(id=FACTS, className="facts"),
        ],
        className="card-box models-cut",
    )
    return html.Div([controls, chart_card(CONFUSION, height=270, table_name="models_confusion")], className="columns")


def slider_range(largest: float) -> tuple[float, float]:
    """(end, step) in percent of a slider over scores up to the largest one: two hundred steps or so."""
    most = min(100.0, math.ceil(max(largest, 0.001) * 1_000) / 10)
    step = next((size for size in _STEPS if most / size <= 250), _STEPS[-1])
    return math.ceil(round(most / step, 6)) * step, step


def _marks(most: float) -> list[float]:
    size = next(size for size in (0.1, 0.2, 0.5, 1, 2, 5, 10, 20) if most / size <= 5)
    return [round(place * size, 2) for place in range(int(most / size + 1e-9) + 1)]


def chosen_for(told: Any, kind: Kind | None = "classification") -> tuple[View, Training | None, Contender | None]:
    """The view with its training and the model that is looked at; none where that answers another kind of question, as it
    is for a moment when other models are chosen."""
    view = view_from_json(told)
    training = training_for(view)
    if training is not None and kind not in (None, training.asked.kind):
        training = None
    return view, training, contender_for(view, training) if training is not None else None


def show_cut(dragged: Any, told: Any, theme: Any) -> tuple[Any, ...]:
    """The four numbers at the cut-off that the slider stands on, and the figures that follow from them."""
    _, training, shown = chosen_for(told)
    mode = mode_of(theme)
    if training is None or shown is None or not isinstance(dragged, int | float):
        raise PreventUpdate
    cut = shown.threshold if _is_own(dragged / 100, training, shown) else dragged / 100
    at = found.confusion_at(training, shown, cut)
    answers = (answer_is(training), answer_is_not(training))
    called = at.true_yes + at.false_yes
    title = (
        say(
            "{called} of {all} cases are called '{answer}', and {right} of them are",
            called=formats.number(called),
            all=formats.number(called + at.true_no + at.false_no),
            answer=answers[0],
            right=formats.share(at.precision, 0),
        )
        if called
        else say("Nobody is called '{answer}' from this score on", answer=answers[0])
    )
    headings = [Heading(""), *(Heading(say("called '{answer}'", answer=answer), is_number=True) for answer in answers)]
    rows = [
        [say("are '{answer}'", answer=answers[0]), formats.number(at.true_yes), formats.number(at.false_no)],
        [say("are '{answer}'", answer=answers[1]), formats.number(at.false_yes), formats.number(at.true_no)],
    ]
    chart = Chart(title, confusion_matrix(at, answers, mode), table(headings, rows))
    return (*chart.outputs(), facts_at(at))


def _is_own(cut: float, training: Training, shown: Contender) -> bool:
    """Whether the slider stands as near to the model's own cut-off as its steps allow."""
    _, step = slider_range(found.largest_score(training, shown))
    return abs(100 * (cut - shown.threshold)) <= 0.51 * step


def facts_at(at: Confusion) -> list[Any]:
    """The figures that depend on the cut-off, each with its sentence."""
    meanings = {item.name: (say(item.label), say(item.meaning)) for item in measures_of("classification")}
    values = {"accuracy": at.accuracy, "precision": at.precision, "recall": at.recall, "f1": at.f1}
    facts = [(term(*meanings[name]), formats.share(value)) for name, value in values.items() if name in meanings]
    facts.append((say("Cut-off"), formats.share(at.threshold)))
    facts.append(
        (term(say("Called"), say("The share of all cases that are called yes.")), formats.share(at.called_share))
    )
    return [html.Div([html.Span(label, className="muted small"), html.Strong(value)]) for label, value in facts]


def choose_cut(value: Any, told: Any) -> dict[str, Any]:
    """Keep the cut-off in the link once the slider is let go."""
    view, training, shown = chosen_for(told)
    if training is None or shown is None or not isinstance(value, int | float):
        raise PreventUpdate
    told_cut = "" if _is_own(value / 100, training, shown) else f"{value:.2f}".rstrip("0").rstrip(".")
    if told_cut == view.one("models_cut"):
        raise PreventUpdate
    return {"models_cut": told_cut or None}


def go_back(clicks: int | None, told: Any) -> float:
    """The slider at the model's own cut-off."""
    _, _, shown = chosen_for(told)
    if not clicks or shown is None:
        raise PreventUpdate
    return 100 * shown.threshold


def choose_from_list(name: Any, told: Any) -> dict[str, Any]:
    """Another model, whose curves and slider take the place of these."""
    return {**choose_learner(str(name), told), "lay_out_anew": True}


def _absent(mode: Mode) -> tuple[Any, ...]:
    return Chart(say("No models yet"), nothing(mode, say("Train models to see how good they are")), None).outputs()


def show_roc(told: Any, theme: Any) -> tuple[Any, ...]:
    """The ROC curve of the model, over those of the others."""
    view, training, shown = chosen_for(told)
    mode = mode_of(theme)
    if training is None or shown is None:
        return _absent(mode)
    curve = found.roc_of(training, shown)
    others = {
        say(known.about().label): found.roc_of(training, known)
        for known in training.contenders
        if known is not shown and len(training.contenders) * len(training.test_target) <= _MOST_CASES
    }
    title = (
        say(
            "{n} in 100 times a '{answer}' scores higher than one that is not",
            n=formats.number(100 * curve.area),
            answer=answer_is(training),
        )
        if math.isfinite(curve.area)
        else say("There is nothing to tell apart")
    )
    headings = [_number(say("Cut-off")), _number(say("Of yes, found")), _number(say("Of no, called yes"))]
    rows = _rows(curve.thresholds, curve.true_yes_rate, curve.false_yes_rate)
    return Chart(
        title, drawn.roc_curve(curve, others, found.cut_of(view, shown), mode), table(headings, rows)
    ).outputs()


def show_precision(told: Any, theme: Any) -> tuple[Any, ...]:
    """Precision over recall."""
    view, training, shown = chosen_for(told)
    mode = mode_of(theme)
    if training is None or shown is None:
        return _absent(mode)
    curve = found.precision_recall_of(training, shown)
    title = say(
        "Average precision {value}; calling at random has {guess}",
        value=formats.share(curve.average_precision),
        guess=formats.share(curve.guessing),
    )
    headings = [_number(say("Cut-off")), _number(say("Precision")), _number(say("Recall"))]
    rows = _rows(curve.thresholds, curve.precision, curve.recall)
    figure = drawn.precision_recall_curve(curve, found.cut_of(view, shown), mode)
    return Chart(title, figure, table(headings, rows)).outputs()


def show_calibration(told: Any, theme: Any) -> tuple[Any, ...]:
    """Whether scores are honest."""
    _, training, shown = chosen_for(told)
    mode = mode_of(theme)
    if training is None or shown is None:
        return _absent(mode)
    curve = found.calibration_of(training, shown)
    return Chart(_honesty(curve.error), drawn.calibration_curve(curve, mode), _calibration_table(curve)).outputs()


def _honesty(error: float) -> str:
    if not math.isfinite(error):
        return say("Whether scores are honest cannot be seen on so few cases")
    points = formats.number(100 * error, 1)
    if error <= 0.03:
        return say("Scores are honest: off by {points} points in the mean", points=points)
    if error <= 0.1:
        return say("Scores are roughly right: off by {points} points in the mean", points=points)
    return say("Do not take scores at their word: they are off by {points} points in the mean", points=points)


def _calibration_table(curve: Calibration) -> Any:
    headings = [
        _number(say("Cases")),
        _number(say("Mean score")),
        _number(say("Share that is yes")),
        _number(say("In 95 of 100 draws")),
    ]
    rows = [
        [
            formats.number(float(cases)),
            formats.share(float(score)),
            formats.share(float(share)),
            say("{low} to {high}", low=formats.share(float(low)), high=formats.share(float(high))),
        ]
        for cases, score, share, low, high in zip(
            curve.cases, curve.mean_score, curve.share_yes, curve.low, curve.high, strict=True
        )
    ]
    return table(headings, rows)


def show_gains(told: Any, theme: Any) -> tuple[Any, ...]:
    """What is found among the best."""
    _, training, shown = chosen_for(told, None)
    mode = mode_of(theme)
    if training is None or shown is None:
        return _absent(mode)
    curve = found.gains_of(training, shown)
    share = curve.found_at(0.2)
    title = say("The best 20% hold {share} of everything there is to find", share=formats.share(share, 0))
    if not math.isfinite(share):
        title = say("There is nothing to find")
    return Chart(title, drawn.gains_curve(curve, mode), _gains_table(curve)).outputs()


def show_lift(told: Any, theme: Any) -> tuple[Any, ...]:
    """How many times better than chance."""
    _, training, shown = chosen_for(told, None)
    mode = mode_of(theme)
    if training is None or shown is None:
        return _absent(mode)
    curve = found.gains_of(training, shown)
    times = curve.found_at(found.TOP_SHARE) / found.TOP_SHARE
    title = say("The best 10% hold {times} times as much as any 10%", times=formats.number(times, 1))
    if not math.isfinite(times):
        title = say("There is nothing to find")
    return Chart(title, drawn.lift_curve(curve, mode), _gains_table(curve)).outputs()


def _gains_table(curve: Gains) -> Any:
    headings = [_number(say("The best")), _number(say("Hold")), _number(say("Times chance"))]
    rows = [
        [
            formats.share(share, 0),
            formats.share(curve.found_at(share)),
            formats.number(curve.found_at(share) / share, 2),
        ]
        for share in (0.01, 0.02, 0.05, *(place / 10 for place in range(1, 11)))
    ]
    return table(headings, rows)


def show_amounts(told: Any, theme: Any) -> tuple[Any, ...]:
    """What came against what was predicted."""
    _, training, shown = chosen_for(told, "regression")
    mode = mode_of(theme)
    if training is None or shown is None:
        return _absent(mode)
    curve = found.residuals_of(training, shown)
    unit, currency = training.asked.unit, training.currency
    bias = amount(abs(curve.bias), training)
    title = (
        say("In the mean {bias} more comes than is predicted", bias=bias)
        if curve.bias >= 0
        else say("In the mean {bias} less comes than is predicted", bias=bias)
    )
    headings = [_number(say("Predicted, mean of the tenth")), _number(say("Came")), _number(say("In 95 of 100 draws"))]
    rows = [
        [
            amount(float(predicted), training),
            amount(float(actual), training),
            say("{low} to {high}", low=amount(float(low), training), high=amount(float(high), training)),
        ]
        for predicted, actual, low, high in zip(
            curve.tenth_predicted, curve.tenth_actual, curve.tenth_low, curve.tenth_high, strict=True
        )
    ]
    return Chart(title, drawn.amounts_compared(curve, unit, currency, mode), table(headings, rows)).outputs()


def show_errors(told: Any, theme: Any) -> tuple[Any, ...]:
    """How far off predictions are."""
    _, training, shown = chosen_for(told, "regression")
    mode = mode_of(theme)
    if training is None or shown is None:
        return _absent(mode)
    curve = found.residuals_of(training, shown)
    off = np.abs(training.test_target - shown.scores)
    title = say("Half of all predictions are off by {off} or less", off=amount(float(np.median(off)), training))
    headings = [_number(say("From")), _number(say("To")), _number(say("Cases"))]
    rows = [
        [amount(float(low), training), amount(float(high), training), formats.number(float(count))]
        for low, high, count in zip(curve.edges[:-1], curve.edges[1:], curve.counts, strict=True)
        if count
    ]
    figure = drawn.errors_histogram(curve, training.asked.unit, training.currency, mode)
    return Chart(title, figure, table(headings, rows)).outputs()


def _number(label: str) -> Heading:
    return Heading(label, is_number=True)


def _rows(*columns: Any) -> list[list[str]]:
    """Points of a curve for its table: evenly as many as one reads."""
    count = len(columns[0])
    places = np.unique(np.linspace(0, max(0, count - 1), min(count, _TABLE_ROWS)).astype(np.intp))
    return [
        [formats.share(float(column[place])) if math.isfinite(column[place]) else formats.NOTHING for column in columns]
        for place in places
    ]


def register_callbacks(app: Dash) -> None:
    for chart, show in (
        (ROC, show_roc),
        (PRECISION, show_precision),
        (CALIBRATION, show_calibration),
        (GAINS, show_gains),
        (LIFT, show_lift),
        (AMOUNTS, show_amounts),
        (ERRORS, show_errors),
    ):
        app.callback(*chart_outputs(chart), Input(REQUEST, "data"), Input(THEME, "data"))(show)
    app.callback(
        *chart_outputs(CONFUSION),
        Output(FACTS, "children"),
        Input(CUT, "drag_value"),
        Input(CUT, "value"),
        Input(REQUEST, "data"),
        Input(THEME, "data"),
    )(_show_cut)
    app.callback(Output(CUT, "value"), Input(CUT_BACK, "n_clicks"), State(REQUEST, "data"), prevent_initial_call=True)(
        go_back
    )
    for control, chosen in ((CUT, choose_cut), (LEARNER, choose_from_list)):
        app.callback(
            Output(CHANGE, "data", allow_duplicate=True),
            Input(control, "value"),
            State(REQUEST, "data"),
            prevent_initial_call=True,
        )(chosen)


def _show_cut(dragged: Any, value: Any, told: Any, theme: Any) -> tuple[Any, ...]:
    """The wiring of `show_cut`: where the slider is while it is moved, and where it stands otherwise."""
    is_dragged = dragged is not None and f"{CUT}.drag_value" in ctx.triggered_prop_ids
    return show_cut(dragged if is_dragged else value, told, theme)
