"""The card of a model: what it is for, what it was made of, how good it is and how sure that is; a page that can be printed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from dash import Dash, Input, Output, State, html
from dash.exceptions import PreventUpdate

from analytics.errors import AnalyticsError
from analytics.predict import Training, measures_of
from analytics.predict.evaluation.measures import RANKED_BY
from analytics.predict.store.card import card_of
from analytics.predict.store.trainings import asked_in_words
from analytics.text import say
from dashboard import formats
from dashboard.components.basics import Heading, note, table, term
from dashboard.ids import CHANGE, REQUEST
from dashboard.results import asking, drifting, using
from dashboard.results.chosen_model import Chosen
from dashboard.state import View
from dashboard.tabs.models.states import with_model
from dashboard.tabs.models.words import interval, told

BACK: Final = "models-card-back"
FIRST_INPUTS: Final = 12
PSI: Final = (
    "The population stability index: how far today's values lie from those that the model learnt from. Below 0.1 they are "
    "alike, above 0.25 they are others."
)


def layout(view: View) -> list[Any]:
    back = html.Div(
        [
            html.Button(say("← All kept models"), id=BACK, className="button", n_clicks=0, type="button"),
            html.Button(say("Print"), className="button", type="button", **{"data-print": "card"}),
        ],
        className="row-line no-print",
    )
    return [back, *with_model(view, _card)]


def _card(view: View, one: Chosen) -> list[Any]:
    training = one.training
    return [
        html.Div(
            [
                _section(asked_in_words(training), _about(view, one)),
                _section(say("How good the models are"), _models(training)),
                _section(say("What to be careful with"), _careful(one)),
                _section(say("What it reads"), _reads(one)),
                _section(say("Today's customers against those it learnt from"), _drift(view, one)),
            ],
            className="model-card",
        )
    ]


def _section(heading: str, content: Any) -> Any:
    return html.Section([html.H2(heading), content], className="card-box") if content is not None else None


def _facts(facts: Sequence[tuple[str, Any]]) -> html.Dl:
    return html.Dl(
        [part for name, value in facts if value for part in (html.Dt(name), html.Dd(value))], className="card-facts"
    )


def _about(view: View, one: Chosen) -> Any:
    training, request = one.training, one.training.request
    used = using.used(view.request.dataset, training.id)
    rate = training.positive_rate
    return _facts(
        [
            (say("Model"), f"{one.model} ({say(one.contender.about().label)})"),
            (say("Made for"), card_of(training, one.contender, "").intended_use),
            (say("Trained"), training.made_at[:16].replace("T", " ")),
            (say("In use"), say("since {when}", when=used.since[:16].replace("T", " ")) if used else say("no")),
            (
                say("Data"),
                say("'{dataset}', version {version}", dataset=request.dataset, version=request.version or ""),
            ),
            (say("Known as of"), formats.day(training.as_of) if training.as_of else ""),
            (say("Cases"), formats.number(training.cases)),
            (
                say("Share of '{answer}'", answer=training.positive) if rate is not None else say("Share of yes"),
                formats.share(rate) if rate is not None else "",
            ),
            (say("How it was tested"), training.split),
            (say("Balance"), say(request.balance)),
            (say("Seed"), str(request.seed)),
            (say("Made with"), ", ".join(f"{name} {release}" for name, release in training.libraries.items())),
        ]
    )


def _models(training: Training) -> Any:
    """Each model and each rule of thumb with the measures that matter, and where they lie in 95 of 100 test parts."""
    kind = training.asked.kind
    first = next(known for known in measures_of(kind) if known.name == RANKED_BY[kind])
    others = [known for known in measures_of(kind) if known.name != first.name]
    shown = [first, *others]
    headings = [Heading(say("Model")), *(Heading(term(say(known.label), say(known.meaning)), True) for known in shown)]
    rows: list[list[Any]] = []
    for one in training.contenders:
        label = say(one.about().label)
        between = interval(first, one, training)
        value = told(first, one.figures.get(first.name), training)
        cell = html.Span([value, html.Span(f" ({between})", className="muted small") if between else None])
        name = html.Strong(say("{model} (best)", model=label)) if one.name == training.best else label
        rows.append([name, cell, *(told(known, one.figures.get(known.name), training) for known in others)])
    rows += [
        [html.Em(rule.label), *(told(known, rule.figures.get(known.name), training) for known in shown)]
        for rule in training.baselines
    ]
    return html.Div(table(headings, rows, caption=say("Models and rules of thumb")), className="table-scroll mt-2")


def _careful(one: Chosen) -> Any:
    """The limits of the model, and the columns that know too much."""
    about = card_of(one.training, one.contender, "")
    sentences = [*about.limits]
    if about.calibration_error is not None:
        told_error = formats.share(about.calibration_error)
        sentences.append(
            say("On cases that it has not seen its chances are off by {error} in the mean.", error=told_error)
        )
    sentences += [
        say("'{column}' was left out: {reason}", column=column, reason=reason)
        if is_out
        else say("'{column}' is used on purpose, although: {reason}", column=column, reason=reason)
        for column, reason, is_out in about.leaks
    ]
    return html.Ul([html.Li(sentence) for sentence in sentences], className="who")


def _reads(one: Chosen) -> Any:
    ordered = asking.ordered(one)
    named = ", ".join(item.label for item in ordered[:FIRST_INPUTS])
    if len(ordered) <= FIRST_INPUTS:
        return html.P(named)
    return html.P(say("{inputs}, and {n} more.", inputs=named, n=formats.number(len(ordered) - FIRST_INPUTS)))


def _drift(view: View, one: Chosen) -> Any:
    """How far today's customers are from those of the training, where the model is in use; nothing where it is not."""
    if not using.used(view.request.dataset, one.training.id):
        return None
    try:
        moved = drifting.of_today(view, one)
    except AnalyticsError as problem:
        return note(str(problem), "warn")
    if moved is None:
        return None
    far = [item for item in moved if item.verdict != "stable"]
    sentence = (
        say("All {n} inputs are as they were.", n=formats.number(len(moved)))
        if not far
        else say("{n} of {all} inputs have moved.", n=formats.number(len(far)), all=formats.number(len(moved)))
    )
    headings = [
        Heading(say("Input")),
        Heading(term(say("Moved by"), say(PSI)), is_number=True),
        Heading(say("That is")),
    ]
    rows = [[item.label, formats.number(item.index, 2), item.words] for item in moved[:FIRST_INPUTS]]
    return [html.P(sentence, className="mb-2"), html.Div(table(headings, rows), className="table-scroll")]


def go_back(clicks: int | None, _told: Any) -> dict[str, Any]:
    """The list again."""
    if not clicks:
        raise PreventUpdate
    return {"model_card": None, "lay_out_anew": True}


def register_callbacks(app: Dash) -> None:
    app.callback(
        Output(CHANGE, "data", allow_duplicate=True),
        Input(BACK, "n_clicks"),
        State(REQUEST, "data"),
        prevent_initial_call=True,
    )(go_back)
