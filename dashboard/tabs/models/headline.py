"""The head of what the models found: the answer in a sentence, what is to be predicted, how it was tested, what was left out."""

from __future__ import annotations

from typing import Any, Final

from dash import Dash, Input, Output, State, html
from dash.exceptions import PreventUpdate

from analytics.predict import Leak, Training, measures_of, problem
from analytics.predict.store.trainings import TrainingAbout
from analytics.text import say
from dashboard import formats, results
from dashboard.components.basics import Chart, Heading, chart_card, chart_outputs, empty, note, table, term
from dashboard.components.controls import dropdown, shown_unasked, unasked_id
from dashboard.figures.base import nothing
from dashboard.figures.models_balance import amounts_histogram, balance_bars
from dashboard.ids import CHANGE, REQUEST, THEME
from dashboard.results.model_curves import balance_of, findings_of
from dashboard.results.models import training_for, trainings_of
from dashboard.results.trainable import heading_of
from dashboard.state import View, view_from_json
from dashboard.tabs.models.form import sentence_of
from dashboard.tabs.models.training import USE_ANYWAY
from dashboard.tabs.models.words import amount, answer_is, answer_is_not, interval, ranking, told
from dashboard.theme import mode_of

MODEL: Final = "models-model"
BALANCE: Final = "models-balance"


def inviting() -> html.Div:
    """What is shown before the first training."""
    return empty(
        say("No models of this dataset yet"),
        say(
            "Choose a question above and press Train models. Several models learn from what happened before; you see how "
            "good they are on cases that they have never seen, and where it pays to act on them."
        ),
    )


def layout(view: View, training: Training) -> list[Any]:
    is_classes = training.asked.kind == "classification"
    balance = chart_card(
        BALANCE,
        say("Among the cases that models learnt from, and among those that they are tested on.")
        if is_classes
        else say("How many cases have which amount; the largest hundredth is in the last bar."),
        height=170 if is_classes else 230,
        table_name="models_balance",
    )
    return [
        _headline(view, training),
        *(note(warning, "bad") for warning in training.warnings),
        html.Div([balance, _tested(view, training)], className="columns"),
    ]


def _headline(view: View, training: Training) -> html.Section:
    kept, said = trainings_of(view.request.dataset), findings_of(training)
    choice = dropdown(MODEL, training.id, {about.id: name_of(about, view) for about in kept})
    return html.Section(
        [
            html.Div(
                [
                    html.P(sentence_of(training.request, view), className="models-asked"),
                    html.Div(
                        [html.Label(say("Models shown"), htmlFor=MODEL), choice, shown_unasked(MODEL, training.id)],
                        className="field control models-which",
                    ),
                ],
                className="card-head",
            ),
            html.P(said.headline, className="models-answer"),
            html.P(" ".join(part for part in (said.against, said.sureness) if part), className="models-sure"),
            html.Div(_facts(training), className="facts"),
        ],
        className="card-box models-headline",
    )


def name_of(about: TrainingAbout, view: View) -> str:
    """A kept training in a line: when, and what was asked."""
    heading = heading_of(view, about.target) if about.target else ""
    label = say(problem(about.problem).label)
    day = about.made_at[:16].replace("T", " ")
    if heading:
        return say("{day} · {question}: {column}", day=day, question=label, column=heading)
    return say("{day} · {question}", day=day, question=label)


def _facts(training: Training) -> list[Any]:
    best = training.contender()
    first = next(known for known in measures_of(training.asked.kind) if known.name == ranking(training))
    told_value = told(first, best.figures.get(first.name), training)
    between = interval(first, best, training)
    return [
        _fact(say("Best model"), say(best.about().label)),
        _fact(term(say(first.label), say(first.meaning)), told_value, between),
        _fact(say("Cases"), formats.number(training.cases), _parts(training)),
        _fact(say("Models compared"), formats.number(len(training.contenders))),
    ]


def _parts(training: Training) -> str:
    return say(
        "{learnt} learnt from, {tested} tested on",
        learnt=formats.number(len(training.training_target)),
        tested=formats.number(len(training.test_target)),
    )


def _fact(label: Any, value: str, small: str = "") -> html.Div:
    return html.Div(
        [
            html.Span(label, className="muted small"),
            html.Strong(value),
            html.Span(small, className="muted small") if small else None,
        ]
    )


def _tested(view: View, training: Training) -> html.Section:
    """How the test part came about, what was left out and why, and what else the reader should know."""
    out = [leak for leak in training.leaks if leak.excluded]
    used = [leak for leak in training.leaks if not leak.excluded]
    notes = [html.Li(sentence) for sentence in dict.fromkeys((*findings_of(training).limits, *training.notes))]
    about = results.version_of(view.request).manifest
    if training.request.version not in (None, about.version):
        notes.insert(
            0, html.Li(say("These models learnt from an earlier version of the data. Train again to use all of it."))
        )
    parts: list[Any] = [html.H2(say("How this was tested")), html.P(training.split, className="mb-2")]
    if out:
        parts += [
            html.H3(say("Left out, because they know too much")),
            html.Ul([_leak(leak, training) for leak in out], className="leaks"),
        ]
    if used:
        parts += [
            html.H3(say("Used on purpose, although they may know too much")),
            html.Ul([_leak(leak, training) for leak in used], className="leaks"),
        ]
    if not training.leaks:
        parts.append(html.P(say("No column was found that knows the answer beforehand."), className="muted"))
    if notes:
        parts.append(html.Ul(notes, className="model-notes"))
    return html.Section(parts, className="card-box models-tested")


def _leak(leak: Leak, training: Training) -> html.Li:
    label = next((item.label for item in training.inputs if item.name == leak.column), leak.column)
    button = html.Button(
        say("Use it all the same"),
        id={"type": USE_ANYWAY, "column": leak.column},
        className="button quiet",
        n_clicks=0,
        title=say("Train again with this column"),
    )
    return html.Li([html.Strong(label), html.Span(leak.reason), button if leak.excluded else None])


def show_balance(told_view: Any, theme: Any) -> tuple[Any, ...]:
    """How many are yes, or how amounts are spread."""
    training, mode = training_for(view_from_json(told_view)), mode_of(theme)
    if training is None:
        return Chart(say("Nothing to predict yet"), nothing(mode, say("No models yet")), None).outputs()
    found = balance_of(training)
    if training.asked.kind == "classification":
        answers = (answer_is(training), answer_is_not(training))
        drawn = balance_bars(found.parts, answers, mode)
        title = say(
            "Of all cases {share} are '{answer}'", share=formats.share(training.positive_rate), answer=answers[0]
        )
        headings = [Heading(say("Part")), *(Heading(answer, is_number=True) for answer in answers)]
        rows = [[label, *(formats.number(count) for count in counts)] for label, counts in found.parts.items()]
        return Chart(title, drawn, table(headings, rows)).outputs()
    drawn = amounts_histogram(found.amounts, training.asked.unit, training.currency, mode)
    shares = [(say("Mean"), amount(found.mean, training)), (say("Median"), amount(found.median, training))]
    for label, target in (
        (say("Mean of those learnt from"), training.training_target),
        (say("Mean of those tested on"), training.test_target),
    ):
        shares.append((label, amount(float(target.mean()), training)))
    shares.append((say("Share that is 0"), formats.share(found.share_zero)))
    title = (
        say(
            "{share} of all cases bring nothing; the mean of all is {mean}",
            share=formats.share(found.share_zero, 0),
            mean=shares[0][1],
        )
        if found.share_zero >= 0.01
        else say("The mean of all cases is {mean}, half are above {median}", mean=shares[0][1], median=shares[1][1])
    )
    behind = table([Heading(say("Of all cases")), Heading("", is_number=True)], [list(row) for row in shares])
    return Chart(title, drawn, behind).outputs()


def choose_model(value: Any, shown: Any) -> dict[str, Any]:
    """Look at other models than those that are shown: newer ones may have come since, and nobody chose between them."""
    if not isinstance(value, str) or value == shown:
        raise PreventUpdate
    return {"model": value, "learner": None, "models_cut": None, "models_measure": None, "lay_out_anew": True}


def register_callbacks(app: Dash) -> None:
    app.callback(*chart_outputs(BALANCE), Input(REQUEST, "data"), Input(THEME, "data"))(show_balance)
    app.callback(
        Output(CHANGE, "data", allow_duplicate=True),
        Input(MODEL, "value"),
        State(unasked_id(MODEL), "data"),
        prevent_initial_call=True,
    )(choose_model)
