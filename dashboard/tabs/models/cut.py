"""The cut-off of one model: a slider, the four numbers at it, and the figures that follow from them."""

from __future__ import annotations

import math
from typing import Any, Final

from dash import Dash, Input, Output, State, ctx, dcc, html
from dash.exceptions import PreventUpdate

from analytics.predict import Contender, Training, measures_of
from analytics.predict.evaluation.curves import Confusion
from analytics.text import say
from dashboard import formats
from dashboard.components.basics import Chart, Heading, chart_card, chart_outputs, table, term
from dashboard.figures.models_confusion import confusion_matrix
from dashboard.ids import CHANGE, REQUEST, THEME
from dashboard.results import model_curves as found
from dashboard.state import View
from dashboard.tabs.models.states import chosen_for
from dashboard.tabs.models.words import answer_is, answer_is_not
from dashboard.theme import mode_of

CUT: Final = "models-cut"
CUT_BACK: Final = "models-cut-back"
FACTS: Final = "models-cut-facts"
CONFUSION: Final = "models-confusion"
_STEPS: Final = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5)
"""Percent by which the cut-off moves: as fine as the highest score asks for."""


def cut_card(view: View, training: Training, shown: Contender) -> html.Div:
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


def _show_cut(dragged: Any, value: Any, told: Any, theme: Any) -> tuple[Any, ...]:
    """The wiring of `show_cut`: where the slider is while it is moved, and where it stands otherwise."""
    is_dragged = dragged is not None and f"{CUT}.drag_value" in ctx.triggered_prop_ids
    return show_cut(dragged if is_dragged else value, told, theme)


def register_callbacks(app: Dash) -> None:
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
    app.callback(
        Output(CHANGE, "data", allow_duplicate=True),
        Input(CUT, "value"),
        State(REQUEST, "data"),
        prevent_initial_call=True,
    )(choose_cut)
