"""Why: which features a model goes by, and what it says over the values of each of them."""

from __future__ import annotations

from typing import Any, Final

from dash import Dash, Input, Output, State, dcc, html, no_update
from dash.exceptions import PreventUpdate

from analytics.errors import AnalyticsError
from analytics.predict.explaining.importance import Importance
from analytics.predict.explaining.weighing import weigh
from analytics.predict.inputs import Input as Known
from analytics.predict.store.trainings import open_model
from analytics.sources import open_source
from analytics.text import say
from dashboard import formats
from dashboard.components.basics import HIDDEN, SHOWN, Chart, Heading, chart_card, chart_outputs, note, progress, table
from dashboard.components.controls import changes, shown_unasked, unasked_id
from dashboard.figures import models_why as figures
from dashboard.figures.base import nothing
from dashboard.ids import CHANGE, REQUEST, THEME
from dashboard.jobs import Report, run_in_background
from dashboard.results import explaining
from dashboard.results.chosen_model import Chosen, chosen
from dashboard.state import View, view_from_json
from dashboard.tabs.models.states import with_model
from dashboard.theme import mode_of

NEEDED: Final = "models-why-needed"
READY: Final = "models-why-ready"
BUSY: Final = "models-why-busy"
BAR: Final = "models-why-progress"
BAR_LABEL: Final = "models-why-progress-label"
CANCEL: Final = "models-why-cancel"
BARS: Final = "models-importance"
LINE: Final = "models-dependence"
FEATURE: Final = "models-why-feature"
WORDS: Final = "models-why-words"
LINE_WORDS: Final = "models-dependence-words"
SHOWN_AT_MOST: Final = 15
"""Features that the chart has; the table has all."""


def layout(view: View) -> list[Any]:
    return with_model(view, _parts)


def _parts(view: View, one: Chosen) -> list[Any]:
    chosen_feature = explaining.feature_of(view, one)
    options = [{"label": item.label, "value": item.name} for item in explaining.by_weight(view, one)[0]]
    sentence = say(
        "Each input is shuffled in turn, so that it says nothing any more: the worse the model gets, the more it goes by it. "
        "Click a bar to see how."
    )
    return [
        dcc.Store(id=NEEDED),
        dcc.Store(id=READY),
        progress(BUSY, BAR, BAR_LABEL, CANCEL),
        html.Div(
            [
                chart_card(BARS, sentence, height=_height(len(options)), table_name="models_importance"),
                chart_card(
                    LINE,
                    html.Span("", id=LINE_WORDS),
                    height=_height(len(options)),
                    extra=html.Div(
                        [
                            dcc.Dropdown(id=FEATURE, options=options, value=chosen_feature, clearable=False),
                            shown_unasked(FEATURE, explaining.usual_feature(view, one)),
                        ],
                        className="dropdown",
                    ),
                    table_name="models_dependence",
                ),
            ],
            className="columns",
        ),
        html.Div(id=WORDS),
    ]


def _height(count: int) -> int:
    return max(260, 90 + 26 * min(count, SHOWN_AT_MOST))


def ask_for_weights(told: Any, needed: Any) -> tuple[Any, Any]:
    """Either the importance is there already, or a job is asked to find it: once for each model."""
    view = view_from_json(told)
    one = chosen(view)
    if one is None:
        raise PreventUpdate
    if explaining.weights(view, one) is not None:
        return no_update, {"model": one.model}
    wanted = {"model": one.model, "dataset": view.request.dataset, "version": view.request.version}
    return (no_update if wanted == needed else wanted), None


def find_weights(report: Report, needed: Any) -> dict[str, Any]:
    """The job: shuffle each feature in turn, and keep what came of it beside the version."""
    report(0.05, say("Opening the model"))
    try:
        training, contender = open_model(needed["model"])
        source = open_source(needed["dataset"], needed["version"])
        report(0.2, say("Shuffling each input in turn"))
        if source.stored is not None:
            weigh(source.stored, training, contender)
    except AnalyticsError as problem:  # it stays on the page
        return {"model": needed["model"], "problem": str(problem)}
    return {"model": needed["model"]}


def show_weights(told: Any, ready: Any, theme: Any) -> tuple[Any, ...]:
    """The bars with their title and table, and what they say in words."""
    view, mode = view_from_json(told), mode_of(theme)
    one = chosen(view)
    if one is None:
        raise PreventUpdate
    problem = ready.get("problem") if isinstance(ready, dict) else None
    found = explaining.weights(view, one)
    if found is None:
        waiting = say("The inputs appear here when each has been shuffled.")
        title = say("What the model goes by")
        said = note(str(problem), "bad") if problem else None
        return *Chart(title, nothing(mode, str(problem) if problem else waiting), None).outputs(), said
    shown = found[:SHOWN_AT_MOST]
    measure = explaining.measure_label(one)
    drawn = figures.importance_bars(
        [item.feature for item in shown],
        [item.label for item in shown],
        [item.drop for item in shown],
        [item.low for item in shown],
        [item.high for item in shown],
        chosen=explaining.feature_of(view, one),
        measure=measure,
        mode=mode,
    )
    headings = [
        Heading(say("Input")),
        Heading(say("{measure} is worse by", measure=measure), is_number=True),
        Heading(say("From shuffle to shuffle"), is_number=True),
    ]
    rows = [
        [
            item.label,
            figures.small(item.drop),
            say("{low} to {high}", low=figures.small(item.low), high=figures.small(item.high)),
        ]
        for item in found
    ]
    return *Chart(_title(found), drawn, table(headings, rows)).outputs(), _words(one, found)


def _title(found: tuple[Importance, ...]) -> str:
    counting = explaining.counting(found)
    if not counting:
        return say("No single input decides: without any one of them the model is as good")
    if len(counting) == 1:
        return say("The model goes by {first}", first=counting[0].label)
    return say("The model goes by {first} most, then by {second}", first=counting[0].label, second=counting[1].label)


def _words(one: Chosen, found: tuple[Importance, ...]) -> Any:
    idle = [item.label for item in found if item.high <= 0 or item.drop <= 0]
    sentences = [
        say(
            "Inputs that move together share their weight: each alone may seem to matter little, because the other says it too."
        )
    ]
    if alike := explaining.pairs_words(one):
        sentences = [alike]
    if idle:
        sentences.append(
            say(
                "Without {n} of its {all} inputs the model would be no worse: {names}.",
                n=formats.number(len(idle)),
                all=formats.number(len(found)),
                names=", ".join(idle[:8]) + ("…" if len(idle) > 8 else ""),
            )
        )
    sentences.append(say("What a model goes by is no cause: changing it for a customer need not change what they do."))
    return note(html.Ul([html.Li(sentence) for sentence in sentences], className="who"))


def show_dependence(told: Any, ready: Any, theme: Any) -> tuple[Any, ...]:
    """The mean score over the values of the feature, in a chart, a table and a sentence; whose it is, and whose unless chosen."""
    view, mode = view_from_json(told), mode_of(theme)
    one = chosen(view)
    if one is None:
        raise PreventUpdate
    del ready  # what is most important is known when it is
    known = one.input(explaining.feature_of(view, one))
    if known is None:
        return (
            *Chart(
                say("What it says of each value"), nothing(mode, say("This model reads no inputs.")), None
            ).outputs(),
            "",
            no_update,
            no_update,
        )
    found = explaining.dependence_of(one, known.name)
    told_rows = explaining.rows(found)
    if known.kind == "text":
        drawn = figures.dependence_bars(
            [str(value) for value, _, _ in told_rows],
            [score for _, score, _ in told_rows],
            [share for _, _, share in told_rows],
            label=known.label,
            score=_mean_label(one),
            is_share=one.is_share,
            currency=one.currency,
            mode=mode,
        )
    else:
        drawn = figures.dependence_line(
            [float(value) for value, _, _ in told_rows],
            [score for _, score, _ in told_rows],
            [share for _, _, share in told_rows],
            label=known.label,
            unit=known.unit,
            score=_mean_label(one),
            is_share=one.is_share,
            currency=one.training.currency,
            mode=mode,
        )
    headings = [
        Heading(figures.with_unit(known.label, known.unit), is_number=known.kind == "number"),
        Heading(_mean_label(one), is_number=True),
        Heading(say("Share of cases"), is_number=True),
    ]
    rows = [
        [
            figures.value_words(value, known.unit, one.training.currency),
            figures.score_words(score, is_share=one.is_share, currency=one.currency),
            formats.share(share),
        ]
        for value, score, share in told_rows
    ]
    words = say("All else as it is, every case is given each value in turn. Values that few cases have are guesses.")
    unasked = explaining.usual_feature(view, one)
    return *Chart(_moves(one, known, told_rows), drawn, table(headings, rows)).outputs(), words, known.name, unasked


def _moves(one: Chosen, item: Known, told: list[tuple[Any, float, float]]) -> str:
    """What the dependence shows, in a sentence."""
    if len(told) < 2:
        return say("All cases have the same {label}", label=item.label)
    low, high = min(told, key=lambda row: row[1]), max(told, key=lambda row: row[1])
    shown = [figures.score_words(row[1], is_share=one.is_share, currency=one.currency) for row in (low, high)]
    if shown[0] == shown[1]:
        return say("{label} alone moves nothing", label=item.label)
    return say(
        "{label}: from {least} at {low} to {most} at {high}",
        label=item.label,
        least=shown[0],
        low=figures.value_words(low[0], item.unit, one.training.currency),
        most=shown[1],
        high=figures.value_words(high[0], item.unit, one.training.currency),
    )


def _mean_label(one: Chosen) -> str:
    return say("Mean probability") if one.is_share else say("Mean prediction")


def choose_bar(clicked: Any, told: Any) -> dict[str, Any]:
    """The feature whose bar was clicked."""
    points = clicked.get("points") if isinstance(clicked, dict) else None
    first = points[0] if isinstance(points, list) and points else None
    name = first.get("customdata") if isinstance(first, dict) else None
    view = view_from_json(told)
    one = chosen(view)
    if one is None or not isinstance(name, str) or one.input(name) is None or name == view.one("why_feature"):
        raise PreventUpdate
    return {"why_feature": name}


def register_callbacks(app: Dash) -> None:
    app.callback(Output(NEEDED, "data"), Output(READY, "data"), Input(REQUEST, "data"), State(NEEDED, "data"))(
        ask_for_weights
    )
    run_in_background(
        app,
        find_weights,
        output=Output(READY, "data", allow_duplicate=True),
        inputs=[Input(NEEDED, "data")],
        progress=(Output(BAR, "value"), Output(BAR_LABEL, "children")),
        cancel=[Input(CANCEL, "n_clicks")],
        running=[(Output(BUSY, "style"), SHOWN, HIDDEN)],
    )
    app.callback(
        *chart_outputs(BARS),
        Output(WORDS, "children"),
        Input(REQUEST, "data"),
        Input(READY, "data"),
        Input(THEME, "data"),
    )(show_weights)
    app.callback(
        *chart_outputs(LINE),
        Output(LINE_WORDS, "children"),
        Output(FEATURE, "value"),
        Output(unasked_id(FEATURE), "data"),
        Input(REQUEST, "data"),
        Input(READY, "data"),
        Input(THEME, "data"),
    )(show_dependence)
    changes(app, FEATURE, "why_feature", by_data=True)
    app.callback(
        Output(CHANGE, "data", allow_duplicate=True),
        Input(BARS, "clickData"),
        State(REQUEST, "data"),
        prevent_initial_call=True,
    )(choose_bar)
