"""Kept models: every training of the dataset, what it is worth, which is in use, and what can be done with it."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Any, Final

from dash import ALL, Dash, Input, Output, State, ctx, dcc, html, no_update
from dash.exceptions import PreventUpdate

from analytics.datasets import now_text
from analytics.errors import AnalyticsError, RequestError
from analytics.predict import measures_of
from analytics.predict.evaluation.measures import RANKED_BY, Measure
from analytics.predict.store.trainings import (
    TrainingAbout,
    drop_training,
    put_in_use,
    refused_trainings,
    take_out_of_use,
)
from analytics.text import say, say_count
from dashboard import formats, results
from dashboard.components.basics import Heading, note, table, term
from dashboard.errors import NOTICES, success
from dashboard.ids import CHANGE, PINS, REQUEST
from dashboard.results import using
from dashboard.results.models import shown_about, trainings_of
from dashboard.state import View, view_from_json
from dashboard.tabs.models import card

LIST: Final = "models-kept-list"
ASKED: Final = "models-kept-asked"
COMPARE: Final = "models-kept-compare"
SIDES: Final = "models-kept-sides"
ACT: Final = "models-kept-act"
"""The type of the ids of the buttons: `what` is open, card, use, stop, back, drop, really or keep, `model` the training's id."""
MOST: Final = 4
"""Trainings that stand side by side."""


def layout(view: View) -> list[Any]:
    if view.one("model_card") == "on":
        return card.layout(view)
    known, refused = trainings_of(view.request.dataset), refused_trainings(view.request.dataset)
    if not known and not refused:
        return [
            html.Div(
                [html.H2(say("No model is kept")), html.P(say("Train models above: each training is kept by itself."))],
                className="card-box empty",
            )
        ]
    sentence = say("The newest first. One model per question is in use: its scores are a column of every customer.")
    return [
        html.Section(
            [
                html.Div(
                    html.Div([html.H2(_heading(known)), html.P(sentence, className="muted small")]),
                    className="card-head",
                ),
                html.Div(id=ASKED),
                html.Div(_table(view, known), id=LIST, className="table-scroll kept-models") if known else None,
                _refused(refused),
            ],
            className="card-box",
        ),
        _comparing(view, known) if len(known) > 1 else None,
    ]


def refused_alone(view: View) -> list[Any]:
    """Where no training can be shown, those that are refused, with their reasons; nothing where there are none."""
    refused = refused_trainings(view.request.dataset)
    return [html.Section([html.Div(id=ASKED), _refused(refused)], className="card-box")] if refused else []


def _refused(refused: dict[str, str]) -> Any:
    """The trainings that are not to be trusted, each with its reason, and the way to be rid of it."""
    if not refused:
        return None
    lines = [
        html.Div(
            [
                html.Span([html.Strong(say("'{id}' is not used.", id=model)), " ", reason]),
                html.Button(
                    say("Drop…"), id=_button("drop", model), type="button", n_clicks=0, className="button small-button"
                ),
            ],
            className="row-line between",
        )
        for model, reason in sorted(refused.items())
    ]
    return html.Div([note(line, "bad") for line in lines], className="kept-refused")


def _heading(known: tuple[TrainingAbout, ...]) -> str:
    used = formats.number(sum(about.is_in_use for about in known))
    return say_count(len(known), "One training, {used} in use", "{n} trainings, {used} in use", used=used)


def _table(view: View, known: tuple[TrainingAbout, ...]) -> html.Table:
    newest = results.version_of(view.request).manifest.version
    headings = [
        Heading(say("Question")),
        Heading(say("Best model")),
        Heading(say("Figure"), is_number=True),
        Heading(say("Cases"), is_number=True),
        Heading(say("Trained")),
        Heading(say("Data")),
        Heading(say("In use")),
        Heading(""),
    ]
    shown = _shown_id(view)
    return table(headings, [_row(about, known, newest, shown) for about in known], caption=say("Kept trainings"))


def _shown_id(view: View) -> str:
    try:
        about = shown_about(view)
    except AnalyticsError:  # the one that the link names is gone
        return ""
    return about.id if about is not None else ""


def _row(about: TrainingAbout, known: tuple[TrainingAbout, ...], newest: str, shown: str) -> list[Any]:
    open_it = html.Button(
        about.question,
        id=_button("open", about.id),
        type="button",
        n_clicks=0,
        className="opens-people count kept-question",
    )
    name = html.Span([open_it, html.Span(about.id, className="small muted kept-id")])
    data: Any = (
        say("this version") if about.version == newest else html.Span(say("an earlier version"), title=about.version)
    )
    return [
        html.Span([name, html.Span(say("shown above"), className="chip")]) if about.id == shown else name,
        using.learner_label(about),
        _figure(about),
        formats.number(about.cases),
        _day(about.made_at),
        data,
        html.Span(using.learner_label(about, about.used), className="chip in-use")
        if about.is_in_use
        else formats.NOTHING,
        html.Span(_actions(about, known), className="kept-actions"),
    ]


def _actions(about: TrainingAbout, known: tuple[TrainingAbout, ...]) -> list[Any]:
    buttons: list[tuple[str, str]] = []
    one = using.used(about.dataset, about.id) if about.is_in_use else None
    if one is not None:
        buttons.append(("stop", say("Stop using")))
        if using.before(one, known):
            buttons.append(("back", say("Roll back")))
    elif using.is_usable(about.problem):
        buttons.append(("use", say("Use")))
    return [
        html.Button(label, id=_button(what, about.id), type="button", n_clicks=0, className="button small-button")
        for what, label in [*buttons, ("card", say("Card")), ("drop", say("Drop…"))]
    ]


def _button(what: str, model: str) -> dict[str, str]:
    return {"type": ACT, "what": what, "model": model}


def _figure(about: TrainingAbout) -> Any:
    measure = ranked_by(about)
    if measure is None or measure.name not in about.figures:
        return formats.NOTHING
    return html.Span(
        [_written(measure, about.figures[measure.name]), " ", html.Span(say(measure.label), className="muted small")]
    )


def ranked_by(about: TrainingAbout) -> Measure | None:
    """The measure that a training's models were ranked by; None where the question is not known any more."""
    kind = using.kind_of(about.problem)
    if kind is None:
        return None
    return next((known for known in measures_of(kind) if known.name == RANKED_BY[kind]), None)


def _written(measure: Measure, value: float) -> str:
    if math.isnan(value):
        return formats.NOTHING
    if measure.unit == "share":
        return formats.share(value)
    return formats.number(value, 3 if abs(value) < 10 else 2)


def _day(made_at: str) -> str:
    try:
        return formats.day(datetime.fromisoformat(made_at).date())
    except ValueError:
        return formats.NOTHING


# Side by side


def _comparing(view: View, known: tuple[TrainingAbout, ...]) -> html.Section:
    options = [
        {
            "label": say("{question} ({day}, {id})", question=about.question, day=_day(about.made_at), id=about.id),
            "value": about.id,
        }
        for about in known
    ]
    there = {about.id for about in known}
    picked = [name for name in view.many("kept_models") if name in there] or _first_two(view)
    return html.Section(
        [
            html.Div(
                [
                    html.Div(
                        [
                            html.H2(say("Side by side")),
                            html.P(
                                say("Two to four trainings; the better figure of a row is bold."),
                                className="muted small",
                            ),
                        ]
                    ),
                ],
                className="card-head",
            ),
            html.Div(
                dcc.Dropdown(
                    id=COMPARE, options=options, value=picked[:MOST], multi=True, placeholder=say("Choose trainings")
                ),
                className="dropdown mb-2",
            ),
            html.Div(id=SIDES, className="table-scroll"),
        ],
        className="card-box",
    )


def choose_compared(values: Any, told: Any) -> dict[str, Any]:
    """The trainings side by side become part of the link; the first four of what is chosen."""
    view = view_from_json(told)
    picked = [value for value in values or () if isinstance(value, str)][:MOST] if isinstance(values, list) else []
    if tuple(picked) == view.many("kept_models") or (not view.many("kept_models") and picked == _first_two(view)):
        raise PreventUpdate
    return {"kept_models": picked or None}


def _first_two(view: View) -> list[str]:
    """The newest training and the one before it that answers the same question; none where there is no such one."""
    known = trainings_of(view.request.dataset)
    alike = [about for about in known if (about.problem, about.target) == (known[0].problem, known[0].target)]
    return [about.id for about in alike[:2]] if len(alike) > 1 else []


def show_sides(told: Any) -> Any:
    """The figures of the chosen trainings, a column each."""
    view = view_from_json(told)
    known = {about.id: about for about in trainings_of(view.request.dataset)}
    picked = [known[name] for name in view.many("kept_models") or _first_two(view) if name in known][:MOST]
    if len(picked) < 2:
        return note(say("Choose two trainings or more. There is another one after the next training."))
    kinds = {measure.kind for about in picked if (measure := ranked_by(about)) is not None}
    rows: list[list[Any]] = [
        [say("Question"), *(about.question for about in picked)],
        [say("Trained"), *(_day(about.made_at) for about in picked)],
        [say("Data"), *(about.version for about in picked)],
        [say("Cases"), *(formats.number(about.cases) for about in picked)],
        [say("Best model"), *(using.learner_label(about) for about in picked)],
    ]
    for kind in ("classification", "regression"):
        if kind in kinds:
            shown = [measure for measure in measures_of(kind) if any(measure.name in about.figures for about in picked)]
            rows += [_measured(measure, picked) for measure in shown]
    headings = [Heading(""), *(Heading(about.id, is_number=True) for about in picked)]
    aside = note(say("These are models of yes or no and of amounts: their figures cannot be compared."), "warn")
    return [aside if len(kinds) > 1 else None, table(headings, rows)]


def _measured(measure: Measure, picked: list[TrainingAbout]) -> list[Any]:
    values = [about.figures.get(measure.name, float("nan")) for about in picked]
    known = [value for value in values if not math.isnan(value)]
    best = (max if measure.is_higher_better else min)(known) if len(set(known)) > 1 else None
    cells = [
        html.Strong(_written(measure, value)) if best is not None and value == best else _written(measure, value)
        for value in values
    ]
    return [term(say(measure.label), say(measure.meaning)), *cells]


# What can be done


def press(what: str, model: str, told: Any) -> dict[str, Any]:
    """What a button does: `change` is asked of the shell, `asked` stands above the list, `done` is said.

    Raises:
        AnalyticsError: the model is gone, or cannot be used.
    """
    view = view_from_json(told)
    known = trainings_of(view.request.dataset)
    about = next((one for one in known if one.id == model), None)
    anew = {"lay_out_anew": True}
    match what:
        case "keep":
            return {"asked": None}
        case "drop":
            return {"asked": _question(model, about)}
        case "open":
            return {"change": {"model": model, "learner": None, "models_part": None, **anew}}
        case "card":
            return {"change": {"model": model, "learner": None, "models_part": "kept", "model_card": "on", **anew}}
        case "use":
            put_in_use(model, at=now_text(datetime.now(UTC)))
            done = say("The model is in use: its score is a column of the customers, of rules and of lists.")
        case "stop":
            take_out_of_use(model)
            done = say("The model is not in use any more: its column is gone from the customers.")
        case "back":
            one = using.used(view.request.dataset, model)
            before = using.before(one, known) if one is not None else ""
            if not before:
                raise RequestError(say("No model that was in use before '{id}' is kept any more.", id=model[:80]))
            put_in_use(before, at=now_text(datetime.now(UTC)))
            done = say("'{id}' is in use again.", id=before)
        case "really":
            if about is not None and about.is_in_use:
                take_out_of_use(model)
            drop_training(model)
            done = say("'{id}' is dropped.", id=model)
            if view.one("model") == model:
                return {"change": {"model": None, "learner": None, **anew}, "done": done, "asked": None, "stamp": True}
        case _:
            raise PreventUpdate
    return {"change": anew, "done": done, "asked": None, "stamp": True}


def _question(model: str, about: TrainingAbout | None) -> html.Div:
    told = say("Drop '{id}'? Its models and figures are gone for good.", id=model[:80])
    if about is not None and about.is_in_use:
        told = say(
            "Drop '{id}'? It is in use: its score leaves the customers, and filters that ask for it say that it is gone.",
            id=model[:80],
        )
    buttons = [
        html.Button(say("Drop it"), id=_button("really", model), type="button", n_clicks=0, className="button"),
        html.Button(say("Keep it"), id=_button("keep", model), type="button", n_clicks=0, className="button quiet"),
    ]
    return note(
        html.Div([html.Span(told), html.Span(buttons, className="row-line")], className="row-line between"), "warn"
    )


def act(clicks: list[Any], told: Any) -> tuple[Any, Any, Any, Any]:
    """The wiring of `press`: which button it was, and what stays as it is."""
    pressed = ctx.triggered_id
    if not any(clicks or ()) or not isinstance(pressed, dict):  # the buttons were drawn, not pressed
        raise PreventUpdate
    done = press(str(pressed.get("what")), str(pressed.get("model")), told)
    return (
        done.get("change", no_update),
        done.get("asked", no_update),
        [success(done["done"])] if "done" in done else no_update,
        using.stamp(view_from_json(told)) if "stamp" in done else no_update,
    )


def register_callbacks(app: Dash) -> None:
    app.callback(
        Output(CHANGE, "data", allow_duplicate=True),
        Output(ASKED, "children"),
        Output(NOTICES, "children", allow_duplicate=True),
        Output(PINS, "data", allow_duplicate=True),
        Input({"type": ACT, "what": ALL, "model": ALL}, "n_clicks"),
        State(REQUEST, "data"),
        prevent_initial_call=True,
    )(act)
    app.callback(
        Output(CHANGE, "data", allow_duplicate=True),
        Input(COMPARE, "value"),
        State(REQUEST, "data"),
        prevent_initial_call=True,
    )(choose_compared)
    app.callback(Output(SIDES, "children"), Input(REQUEST, "data"))(show_sides)
    card.register_callbacks(app)
