"""The form of the Models tab: which question, of which column, by which models; its button trains."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from dash import ALL, Dash, Input, Output, State, dcc, html, no_update

from analytics.intake.mapping import listed
from analytics.predict import Problem, TrainingRequest, learners_of, problem
from analytics.predict.problems.definition import Kind
from analytics.predict.targets import Target
from analytics.text import say
from dashboard import results
from dashboard.components.basics import field, term
from dashboard.ids import REQUEST
from dashboard.results.trainable import features_of, heading_of, last_request, targets, untellable_of
from dashboard.state import View, view_from_json
from dashboard.tabs.models.questions import answerable, question_of, question_options
from dashboard.tabs.models.settings import (
    SETTING_BOX,
    setting_controls,
    setting_styles,
    shown,
)

QUESTION: Final = "models-question"
HORIZON: Final = "models-horizon"
HORIZON_BOX: Final = "models-horizon-box"
TARGET: Final = "models-target"
TARGET_BOX: Final = "models-target-box"
NOT_OFFERED: Final = "models-not-offered"
POSITIVE: Final = "models-positive"
POSITIVE_BOX: Final = "models-positive-box"
LEARNERS: Final = "models-learners"
LEAVE_OUT: Final = "models-leave-out"
KEEP: Final = "models-keep"
SEED: Final = "models-seed"
TRAIN: Final = "models-train"
HORIZONS: Final = (30, 60, 90, 180, 365)
_MOST_NAMED: Final = 8


def layout(view: View) -> html.Details:
    """The form; it is folded where there is something to look at already."""
    about = results.version_of(view.request).manifest
    before = last_request(view)
    offered = answerable(about)
    if not offered:
        head = html.Summary(html.Strong(say("'{name}' cannot answer any of these questions yet", name=about.dataset)))
        cards = question_options(about, HORIZONS[2], "")
        return _folds(head, [switch_of(cards, None), _ways_on()], is_open=True)
    base = before or _usual(view, offered[0])
    asked = base.asked
    head = html.Summary(
        [
            html.Strong(say("What do you want to know?") if before is None else say("Ask something else")),
            html.Span(say("Choose a question and train models on it."), className="muted small"),
        ]
    )
    body = [
        switch_of(question_options(about, base.horizon_days, base.target), asked.name),
        html.Div(_basics(view, base), className="models-basics"),
        html.Details(
            [
                html.Summary(say("More settings")),
                html.Div([*setting_controls(base, asked.kind), *_columns(view, base)], className="models-settings"),
            ],
            className="behind",
        ),
    ]
    return _folds(head, body, is_open=before is None)


def _folds(head: html.Summary, body: list[Any], *, is_open: bool) -> html.Details:
    return html.Details(
        [head, html.Div(body, className="models-form-body")], open=is_open, className="card-box models-form"
    )


def switch_of(cards: list[dict[str, Any]], value: str | None) -> dcc.RadioItems:
    """The questions as cards, one chosen."""
    return dcc.RadioItems(id=QUESTION, options=cards, value=value, className="questions")


def _ways_on() -> html.P:
    return html.P(
        dcc.Link(say("Load orders, clicks or a table of cases"), href="/data", className="button"), className="mt-2"
    )


def _usual(view: View, asked: Problem) -> TrainingRequest:
    """What is asked for unless somebody chooses: of a table, the first column that says yes or no, or an amount."""
    target, positive = "", ""
    if asked.needs_target:
        columns = choosable(targets(view), asked)
        target = columns[-1].name if columns else "?"  # the answer is mostly the last column
        positive = usual_yes(columns[-1]) if columns and asked.kind == "classification" else ""
    return TrainingRequest(view.request.dataset, problem=asked.name, target=target, positive=positive)


def choosable(columns: Sequence[Target], asked: Problem) -> list[Target]:
    """Of the columns those that answer the kind of question."""
    if asked.kind == "regression":
        return [item for item in columns if item.is_number]
    return [item for item in columns if item.values]


def usual_yes(column: Target) -> str:
    """The value that mostly means yes: the one that is so by its name, else the rarer one."""
    named = [value for value in column.values if value.lower() in ("1", "1.0", "true", "yes", "y", "t")]
    return (named or list(column.values[-1:]) or [""])[0]


def _basics(view: View, base: TrainingRequest) -> list[Any]:
    asked = base.asked
    columns = choosable(targets(view), asked)
    chosen = next((item for item in columns if item.name == base.target), None)
    days = sorted({*HORIZONS, base.horizon_days})
    return [
        html.Div(
            field(
                say("Look ahead"),
                dcc.Dropdown(
                    id=HORIZON,
                    options=[{"label": say("{n} days", n=n), "value": n} for n in days],
                    value=base.horizon_days,
                    clearable=False,
                    searchable=False,
                ),
                HORIZON,
            ),
            id=HORIZON_BOX,
            style=shown(asked.looks_ahead),
        ),
        html.Div(
            field(
                say("Column to predict"),
                dcc.Dropdown(
                    id=TARGET, options=_target_options(view, columns), value=base.target or None, clearable=False
                ),
                TARGET,
            ),
            id=TARGET_BOX,
            style=shown(asked.needs_target),
        ),
        html.Div(
            field(
                say("Which value means yes"),
                dcc.Dropdown(
                    id=POSITIVE,
                    options=_value_options(chosen),
                    value=base.positive or (usual_yes(chosen) if chosen else None),
                    clearable=False,
                    searchable=False,
                ),
                POSITIVE,
            ),
            id=POSITIVE_BOX,
            style=shown(asked.needs_target and asked.kind == "classification"),
        ),
        html.Div(
            field(
                say("Models to compare"),
                dcc.Dropdown(
                    id=LEARNERS,
                    options=_learner_options(asked.kind),
                    value=list(base.models),
                    multi=True,
                    placeholder=say("All {n} that suit the question", n=len(learners_of(asked.kind))),
                ),
                LEARNERS,
            ),
            className="models-learners",
        ),
        html.Button(say("Train models"), id=TRAIN, className="button primary", n_clicks=0),
        html.Div(
            [html.P(sentence) for sentence in _not_offered(view)],
            id=NOT_OFFERED,
            className="models-not-offered muted small",
            style=shown(asked.needs_target),
        ),
    ]


def _columns(view: View, base: TrainingRequest) -> list[Any]:
    """Which columns are left out, or kept on purpose; and the seed."""
    features = features_of(view, base.asked, base.target)
    out = dcc.Dropdown(
        id=LEAVE_OUT,
        options=_column_options(features, base.leave_out),
        value=list(base.leave_out),
        multi=True,
        placeholder=say("None"),
    )
    keep = dcc.Dropdown(
        id=KEEP,
        options=_column_options(features, base.keep),
        value=list(base.keep),
        multi=True,
        placeholder=say("None"),
    )
    seed = dcc.Input(
        id=SEED, type="text", inputMode="numeric", value=str(base.seed), autoComplete="off", className="text-input"
    )
    kept = say("Columns that know too much are left out by themselves. Those named here are used all the same.")
    drawn = say("The same seed draws the same cases and gives the same models.")
    left = say("Models do not see these columns.")
    return [
        _wide(term(say("Leave out columns"), left), out),
        _wide(term(say("Use in any case"), kept), keep),
        html.Div([html.Label(term(say("Seed"), drawn)), seed], className="field control"),
    ]


def _column_options(features: Mapping[str, str], chosen: Sequence[str] = ()) -> list[dict[str, str]]:
    """The columns in their order, then those that were chosen and are not among them: nobody knows of a leak beforehand."""
    return [{"label": features.get(name, name), "value": name} for name in dict.fromkeys((*features, *chosen))]


def _wide(label: Any, control: Any) -> html.Div:
    return html.Div([html.Label(label), control], className="field control wide")


def _target_options(view: View, columns: Sequence[Target]) -> list[dict[str, str]]:
    return [{"label": heading_of(view, item.name), "value": item.name} for item in columns]


def _not_offered(view: View) -> list[str]:
    """Why columns of the table are not among those to predict."""
    found = untellable_of(view)
    same = [heading_of(view, name) for name, count in found.items() if count]
    bare = [heading_of(view, name) for name, count in found.items() if not count]
    said = []
    if same:
        said.append(
            say("'{column}' has one value only: there is nothing to learn.", column=same[0])
            if len(same) == 1
            else say(
                "These columns have one value only, so there is nothing to learn: {columns}.",
                columns=listed(same, _MOST_NAMED),
            )
        )
    if bare:
        said.append(say("Columns without any value: {columns}.", columns=listed(bare, _MOST_NAMED)))
    return said


def _value_options(column: Target | None) -> list[dict[str, str]]:
    return [{"label": value, "value": value} for value in column.values] if column is not None else []


def _learner_options(kind: Kind) -> list[dict[str, str]]:
    return [
        {"label": say(known.label), "value": known.name, "title": say(known.meaning)} for known in learners_of(kind)
    ]


def show_fields(
    question: Any,
    horizon: Any,
    target: Any,
    positive: Any,
    learners: Any,
    leave_out: Any,
    keep: Any,
    ids: Sequence[Mapping[str, Any]],
    told: Any,
) -> tuple[Any, ...]:
    """What the chosen question has to be told: how far ahead, which column, which value means yes; and its models."""
    view = view_from_json(told)
    asked = problem(str(question))
    columns = choosable(targets(view), asked) if asked.needs_target else []
    chosen = next((item for item in columns if item.name == target), columns[-1] if columns else None)
    values = chosen.values if chosen is not None else ()
    yes = positive if positive in values else (usual_yes(chosen) if chosen is not None and values else None)
    names = {known.name for known in learners_of(asked.kind)}
    kept = [name for name in learners if name in names] if isinstance(learners, list) else []
    is_yes_or_no = asked.needs_target and asked.kind == "classification"
    about = results.version_of(view.request).manifest
    days = horizon if isinstance(horizon, int) else HORIZONS[2]
    heading = heading_of(view, chosen.name) if chosen is not None else ""
    features = features_of(view, asked, chosen.name if chosen is not None else "")
    return (
        question_options(about, days, heading),
        shown(asked.looks_ahead),
        shown(asked.needs_target),
        _target_options(view, columns) if asked.needs_target else no_update,
        chosen.name if chosen is not None else no_update,
        shown(is_yes_or_no),
        _value_options(chosen),
        yes,
        _learner_options(asked.kind),
        kept if kept != learners else no_update,
        say("All {n} that suit the question", n=len(names)),
        _column_options(features),
        _among(leave_out, features),
        _column_options(features),
        _among(keep, features),
        setting_styles(asked.kind, ids),
        shown(asked.needs_target),
    )


def _among(names: Any, features: Mapping[str, str]) -> Any:
    """What is chosen, without columns that the question does not have."""
    kept = [name for name in names if name in features] if isinstance(names, list) else []
    return kept if kept != names else no_update


def sentence_of(request: TrainingRequest, view: View) -> str:
    """The question that a request asks."""
    return question_of(request.asked, request.horizon_days, heading_of(view, request.target) if request.target else "")


def register_callbacks(app: Dash) -> None:
    app.callback(
        Output(QUESTION, "options"),
        Output(HORIZON_BOX, "style"),
        Output(TARGET_BOX, "style"),
        Output(TARGET, "options"),
        Output(TARGET, "value"),
        Output(POSITIVE_BOX, "style"),
        Output(POSITIVE, "options"),
        Output(POSITIVE, "value"),
        Output(LEARNERS, "options"),
        Output(LEARNERS, "value"),
        Output(LEARNERS, "placeholder"),
        Output(LEAVE_OUT, "options"),
        Output(LEAVE_OUT, "value"),
        Output(KEEP, "options"),
        Output(KEEP, "value"),
        Output({"type": SETTING_BOX, "name": ALL}, "style"),
        Output(NOT_OFFERED, "style"),
        Input(QUESTION, "value"),
        Input(HORIZON, "value"),
        Input(TARGET, "value"),
        State(POSITIVE, "value"),
        State(LEARNERS, "value"),
        State(LEAVE_OUT, "value"),
        State(KEEP, "value"),
        State({"type": SETTING_BOX, "name": ALL}, "id"),
        State(REQUEST, "data"),
        prevent_initial_call=True,
    )(show_fields)
