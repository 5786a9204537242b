"""Try it: a form made of the model's own inputs, answered as one types, with the reasons."""

from __future__ import annotations

from typing import Any, Final

from dash import ALL, Dash, Input, Output, State, ctx, dcc, html
from dash.exceptions import PreventUpdate

from analytics.errors import AnalyticsError
from analytics.predict import inputs
from analytics.predict.forms import EXAMPLES, ExampleCase, example_case, grouped_inputs
from analytics.text import say, say_count
from dashboard import formats
from dashboard.components.basics import Chart, Heading, chart_outputs, graph, note, table, term
from dashboard.figures.base import nothing
from dashboard.figures.models_case import effect_words, reason_bars, score_scale
from dashboard.figures.models_why import score_words, value_words, with_unit
from dashboard.ids import REQUEST, THEME
from dashboard.results import asking, explaining
from dashboard.results.chosen_model import Chosen, chosen
from dashboard.state import View, view_from_json
from dashboard.tabs.models import bulk
from dashboard.tabs.models.states import with_model
from dashboard.theme import mode_of

FIELD: Final = "models-case"
"""The type of the ids of the form's fields; `name` is the input's."""
EXAMPLE: Final = "models-example"
TAKE: Final = "models-example-take"
CLEAR: Final = "models-example-clear"
TAKEN: Final = "models-example-taken"
ANSWER: Final = "models-answer"
SCALE: Final = "models-answer-scale"
REASONS: Final = "models-reasons"
WORDS: Final = "models-reasons-words"
FIRST: Final = 8
"""Inputs that are asked for at once; the others are folded."""


def layout(view: View) -> list[Any]:
    return with_model(view, _parts)


def _parts(view: View, one: Chosen) -> list[Any]:
    return [
        html.Div([_form(view, one), _answer(one)], className="columns models-try"),
        bulk.card(one),
    ]


def _form(view: View, one: Chosen) -> html.Section:
    ordered, is_importance = explaining.by_weight(view, one)
    first, rest = ordered[:FIRST], ordered[FIRST:]
    folded = [
        html.Details(
            [
                html.Summary(say_count(len(rest), "One more input", "{n} more inputs")),
                *(
                    part
                    for label, items in grouped_inputs(rest).items()
                    for part in (
                        html.H3(label),
                        html.Div([_field(item, one) for item in items], className="case-fields"),
                    )
                ),
            ],
            className="behind case-rest",
        )
    ]
    examples = dcc.Dropdown(
        id=EXAMPLE,
        options=[{"label": say(label), "value": name} for name, label in EXAMPLES.items()],
        value="high",
        clearable=False,
        searchable=False,
    )
    sentence = (
        say("It starts from the usual case; a field that you empty is missing. The weightiest inputs come first.")
        if is_importance
        else say(
            "It starts from the usual case; a field that you empty is missing. Inputs that move along with the score come first."
        )
    )
    return html.Section(
        [
            html.Div(
                [html.Div([html.H2(say("One case")), html.P(sentence, className="muted small")])], className="card-head"
            ),
            html.Div(
                [
                    html.Div(examples, className="dropdown"),
                    html.Button(say("Take a real case"), id=TAKE, className="button", n_clicks=0, type="button"),
                    html.Button(
                        say("Back to the usual case"), id=CLEAR, className="button quiet", n_clicks=0, type="button"
                    ),
                ],
                className="row-line middle",
            ),
            html.P(id=TAKEN, className="small case-taken", role="status"),
            html.Div([_field(item, one) for item in first], className="case-fields"),
            *(folded if rest else []),
        ],
        className="card-box",
    )


def _answer(one: Chosen) -> html.Section:
    return html.Section(
        [
            html.Div(html.H2(one.score_label), className="card-head"),
            html.Div(id=ANSWER, className="case-answer", **{"aria-live": "polite"}),
            html.Div(graph(SCALE, 96), style=None if one.is_share else {"display": "none"}),
            html.Div(html.H2(id=f"{REASONS}-title"), className="mt-3"),
            graph(REASONS, 300),
            html.Div(id=WORDS),
            html.Details(
                [html.Summary(say("As a table")), html.Div(id=f"{REASONS}-table", className="table-scroll")],
                className="behind",
            ),
        ],
        className="card-box",
    )


def _field(item: inputs.Input, one: Chosen) -> html.Div:
    """The control for an input: numbers with their usual value and range, texts with their usual values."""
    name = {"type": FIELD, "name": item.name}
    currency = one.training.currency
    if item.kind == "text":
        shown = dcc.Dropdown(
            id=name,
            options=[{"label": level, "value": level} for level in item.levels],
            value=_usual(item),
            placeholder=say("missing"),
            searchable=len(item.levels) > 8,
        )
        others = (
            say_count(item.other_levels, " One rarer value counts as 'other'.", " {n} rarer values count as 'other'.")
            if item.other_levels
            else ""
        )
        meaning = say("A text. Usual: {value}.{others}", value=item.usual or formats.NOTHING, others=others)
        control: Any = html.Div(shown, className="dropdown")
    else:
        usual, low, high = (value_words(value, item.unit, currency) for value in (item.usual, item.low, item.high))
        control = dcc.Input(
            id=name,
            type="text",  # a number field complains of being emptied, and says nothing of what is no number
            inputMode="decimal",
            debounce=0.25,
            className="text-input",
            value=_usual(item),
            placeholder=say("missing; usual: {value}", value=usual),
            autoComplete="off",
        )
        meaning = say("A number. Usual: {usual}; seen: {low} to {high}.", usual=usual, low=low, high=high)
    return html.Div([html.Label(term(with_unit(item.label, item.unit), meaning)), control], className="field control")


def _usual(item: inputs.Input) -> float | str | None:
    """The value that the field starts from: the median, or the most frequent text."""
    if item.kind == "text":
        return item.usual if item.usual in item.levels else None
    return _short(item.usual)


def _short(value: float | str | None) -> float | str | None:
    """A number without the digits that nobody typed."""
    return float(f"{value:.10g}") if isinstance(value, float) else value


def show_answer(
    values: list[Any], theme: Any, fields: list[Any], told: Any
) -> tuple[Any, dict[str, Any], str, dict[str, Any], Any, Any]:
    """The score of the form's case, where it stands, and what pushed it there: chart, table and sentences."""
    view, mode = view_from_json(told), mode_of(theme)
    one = chosen(view)
    if one is None:
        raise PreventUpdate
    try:
        answer = asking.answer(one, _case(values, fields))
    except AnalyticsError as problem:
        blank = nothing(mode, say("The reasons appear when the case can be scored."))
        return note(str(problem), "bad"), nothing(mode, ""), say("Why"), blank, None, None
    said = score_words(answer.score, is_share=one.is_share, currency=one.currency)
    shown = [
        html.Div(said, className="case-score"),
        html.P(answer.words),
        *(note(sentence, "warn") for sentence in answer.notes),
    ]
    scale = (
        score_scale(answer.score, one.contender.threshold, answer.usual, mode) if one.is_share else nothing(mode, "")
    )
    moved = [part for part in answer.reasons if part.effect]
    values_said = [_value(one, part.feature, part.value) for part in moved]
    labels, effects = [part.label for part in moved], [part.effect for part in moved]
    first = FIRST if len(moved) > FIRST + 1 else len(moved)
    rest = [say("{n} other inputs", n=len(moved) - first)] if first < len(moved) else []
    chart = Chart(
        _title(one, answer.score, answer.usual),
        reason_bars(
            [*labels[:first], *rest],
            [*values_said[:first], *(say("together") for _ in rest)],
            [*effects[:first], *(sum(effects[first:]) for _ in rest)],
            is_share=one.is_share,
            currency=one.currency,
            mode=mode,
        ),
        table(
            [Heading(say("Input")), Heading(say("Value")), Heading(say("Effect on the score"), is_number=True)],
            [
                [part.label, value, effect_words(part.effect, is_share=one.is_share, currency=one.currency)]
                for part, value in zip(moved, values_said, strict=True)
            ],
        ),
    )
    sentences = html.Ul([html.Li(sentence) for sentence in answer.sentences], className="case-reasons")
    return shown, scale, *chart.outputs(), sentences if answer.sentences else None


def _title(one: Chosen, score: float, usual: float) -> str:
    values = {
        "score": score_words(score, is_share=one.is_share, currency=one.currency),
        "usual": score_words(usual, is_share=one.is_share, currency=one.currency),
    }
    if values["score"] == values["usual"]:
        return say("Why {score}, as usual", **values)
    return say("Why {score}, and not {usual} as usual", **values)


def _value(one: Chosen, feature: str, value: Any) -> str:
    known = one.input(feature)
    return value_words(value, known.unit if known is not None else "", one.training.currency)


def _case(values: list[Any], fields: list[Any]) -> dict[str, Any]:
    """The form's values by their inputs; what is empty is left out."""
    if not isinstance(values, list) or not isinstance(fields, list):
        raise PreventUpdate
    told: dict[str, Any] = {}
    for field, value in zip(fields, values, strict=False):
        name = field.get("name") if isinstance(field, dict) else None
        if isinstance(name, str) and isinstance(value, str | int | float) and value != "":
            told[name] = value
    return told


def take_example(clicks: int | None, kind: Any, fields: list[Any], told: Any) -> tuple[list[Any], str]:
    """Fill the form with a tested case: each press takes the next one of its kind; and say what was true of it."""
    if not clicks or not isinstance(fields, list):
        raise PreventUpdate
    one = chosen(view_from_json(told))
    if one is None:
        raise PreventUpdate
    case = example_case(one.training, one.contender, str(kind), clicks - 1)
    values = [_shown(one, case, field) for field in fields]
    if not one.is_share:
        true = score_words(case.truth, is_share=False, currency=one.currency)
        return values, say("Case {name} of the test part. In truth it was {value}.", name=case.name, value=true)
    told_yes = one.training.positive if case.truth == 1 else one.training.negative
    return values, say("Case {name} of the test part. In truth: {answer}.", name=case.name, answer=told_yes)


def _shown(one: Chosen, case: ExampleCase, field: Any) -> float | str | None:
    """A case's value as its field can show it: a text that the model does not tell apart counts as missing."""
    name = field.get("name") if isinstance(field, dict) else None
    known, value = one.input(str(name)), case.values.get(str(name))
    if known is not None and known.kind == "text" and value not in known.levels:
        return None
    return _short(value)


def usual_case(clicks: int | None, fields: list[Any], told: Any) -> tuple[list[Any], str]:
    """Every field at its usual value again."""
    if not clicks or not isinstance(fields, list):
        raise PreventUpdate
    one = chosen(view_from_json(told))
    if one is None:
        raise PreventUpdate
    known = [one.input(str(field.get("name"))) if isinstance(field, dict) else None for field in fields]
    return [_usual(item) if item is not None else None for item in known], ""


def fill_form(taken: int | None, cleared: int | None, kind: Any, fields: list[Any], told: Any) -> tuple[list[Any], str]:
    """The wiring of both buttons."""
    if ctx.triggered_id == CLEAR:
        return usual_case(cleared, fields, told)
    return take_example(taken, kind, fields, told)


def register_callbacks(app: Dash) -> None:
    fields = {"type": FIELD, "name": ALL}
    app.callback(
        Output(ANSWER, "children"),
        Output(SCALE, "figure"),
        *chart_outputs(REASONS),
        Output(WORDS, "children"),
        Input(fields, "value"),
        Input(THEME, "data"),
        State(fields, "id"),
        State(REQUEST, "data"),
    )(show_answer)
    app.callback(
        Output(fields, "value"),
        Output(TAKEN, "children"),
        Input(TAKE, "n_clicks"),
        Input(CLEAR, "n_clicks"),
        State(EXAMPLE, "value"),
        State(fields, "id"),
        State(REQUEST, "data"),
        prevent_initial_call=True,
    )(fill_form)
    bulk.register_callbacks(app)
