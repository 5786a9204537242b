"""One model in curves: what it gets right at a movable cut-off, how it ranks, and whether its scores are honest."""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np
from dash import Dash, Input, Output, State, html

from analytics.predict import Contender, Training
from analytics.predict.evaluation.curves import Calibration, Gains
from analytics.text import say
from dashboard import formats
from dashboard.components.basics import Chart, Heading, chart_card, chart_outputs, table
from dashboard.components.controls import dropdown
from dashboard.figures import models_curves as drawn
from dashboard.figures.base import nothing
from dashboard.ids import CHANGE, REQUEST, THEME
from dashboard.results import model_curves as found
from dashboard.results.models import contender_for, training_for
from dashboard.state import View
from dashboard.tabs.models import cut
from dashboard.tabs.models.compare import choose_learner
from dashboard.tabs.models.states import chosen_for
from dashboard.tabs.models.words import amount, answer_is
from dashboard.theme import Mode, mode_of

LEARNER: Final = "models-learner"
ROC: Final = "models-roc"
PRECISION: Final = "models-precision"
CALIBRATION: Final = "models-calibration"
GAINS: Final = "models-gains"
LIFT: Final = "models-lift"
AMOUNTS: Final = "models-amounts"
ERRORS: Final = "models-errors"
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
        cut.cut_card(view, training, shown),
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
        Output(CHANGE, "data", allow_duplicate=True),
        Input(LEARNER, "value"),
        State(REQUEST, "data"),
        prevent_initial_call=True,
    )(choose_from_list)
    cut.register_callbacks(app)
