"""Training in the background: the job, how far it is, and what the reader is told when it ends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

from dash import ALL, ClientsideFunction, Dash, Input, Output, State, ctx, dcc, html, no_update
from dash.exceptions import PreventUpdate

from analytics.datasets import now_text
from analytics.errors import AnalyticsError
from analytics.predict import keep_training, train, training_request_from_json
from analytics.sources import open_source
from analytics.text import say
from dashboard import formats
from dashboard.components.basics import HIDDEN, SHOWN, note, progress
from dashboard.ids import CHANGE, REQUEST
from dashboard.jobs import Report, run_in_background, stop_job, this_job
from dashboard.results.models import training_for, trainings_of
from dashboard.results.running import Running, marked, running
from dashboard.state import View, to_query, view_from_json
from dashboard.tabs.models.form import TRAIN, sentence_of
from dashboard.tabs.models.typed import FORM_STATES, Typed, request_of

NEEDED: Final = "models-needed"
"""What the button last asked for."""
READY: Final = "models-ready"
"""What the job left: the training that was kept, or why there is none."""
ARRIVED: Final = "models-arrived"
"""The same, once it is there: the page follows this one, because what follows a job's answer itself waits while it runs."""
BUSY: Final = "models-busy"
BAR: Final = "models-progress"
BAR_LABEL: Final = "models-progress-label"
CANCEL: Final = "models-cancel"
SAID: Final = "models-said"
PROBLEM: Final = "models-problem"
RUNNING: Final = "models-running"
"""What is said of trainings that were running when the tab was laid out: started before a reload, or in another window."""
STOP: Final = "models-stop"
"""The buttons that stop one of them; their `job` says which."""
LOOK: Final = "models-look"
KNOWN: Final = "models-known"
"""The trainings that were kept by then."""
USE_ANYWAY: Final = "models-use-anyway"
"""The buttons that train again with a column that was left out; their `column` says which."""
_KEEPING: Final = 0.97
_LOOK_MS: Final = 3_000
_FRESH: Final = {"learner": None, "models_part": None, "models_cut": None, "models_measure": None}
"""What was chosen of the models that were shown, and is not of the new ones."""


def layout(view: View) -> list[Any]:
    now = running(view.request.dataset)
    known = [about.id for about in trainings_of(view.request.dataset)]
    return [
        html.Div(
            [
                dcc.Store(id=NEEDED),
                dcc.Store(id=READY),
                dcc.Store(id=ARRIVED),
                html.Div(progress(BUSY, BAR, BAR_LABEL, CANCEL), className="models-busy"),
                html.Div(id=PROBLEM, role="alert"),
                html.Div(id=SAID),
                html.Div(_running_words(now, view), id=RUNNING),
                dcc.Store(id=KNOWN, data=known),
                dcc.Interval(id=LOOK, interval=_LOOK_MS, disabled=not now),
            ],
            className="models-job",
        )
    ]


def _running_words(now: Sequence[Running], view: View) -> Any:
    """Which trainings run, and for how long; nothing where none does."""
    if not now:
        return None
    lines = [
        html.Div(
            [
                html.Span(
                    say(
                        "A training of this dataset has been running for {time}: {question} Its models appear here when they "
                        "are ready.",
                        time=formats.seconds(one.seconds),
                        question=sentence_of(one.request, view),
                    )
                ),
                html.Button(say("Cancel"), id={"type": STOP, "job": one.job}, className="button quiet", n_clicks=0)
                if one.job
                else None,
            ],
            className="row-line between",
        )
        for one in now
    ]
    return note(lines)


def stoppable(job: str, told: Any) -> str:
    """The job, if a training of the dataset that is looked at runs in it."""
    if not job or all(one.job != job for one in running(view_from_json(told).request.dataset)):
        raise PreventUpdate
    return job


def look(times: int | None, known: Any, told: Any) -> tuple[Any, Any, Any]:
    """(what is said of trainings that run, whether to stop looking, the change that shows what one has left)."""
    if not times:  # it was laid out, perhaps where nothing runs
        raise PreventUpdate
    view = view_from_json(told)
    now = running(view.request.dataset)
    if now:
        return _running_words(now, view), False, no_update
    before = known if isinstance(known, list) else []
    new = [about.id for about in trainings_of(view.request.dataset) if about.id not in before]
    if not new:
        return note(say("The training has ended, and nothing of it is kept.")), True, no_update
    shown = view.one("model")
    if shown in new:
        return None, True, no_update
    if shown:  # somebody has chosen to look at that one
        link = dcc.Link(say("Look at them"), href=f"/models{to_query(view.choosing(model=new[0], **_FRESH))}")
        return note([say("The new models are ready."), " ", link]), True, no_update
    return None, True, {"model": new[0], **_FRESH, "lay_out_anew": True}


def ask(clicks: int | None, *told: Any) -> tuple[Any, Any]:
    """What the form asks for, as the job's order; or the sentence on what it cannot be asked with."""
    if not clicks:
        raise PreventUpdate
    *typed, view = told
    try:
        request = request_of(Typed(*typed), view_from_json(view))
    except AnalyticsError as problem:
        return no_update, note(str(problem), "warn")
    return {"request": request.to_json(), "click": f"train {clicks}"}, None


def ask_with(column: str, clicks: int, told: Any) -> dict[str, Any]:
    """The training that is shown, asked for once more with a column that it left out."""
    found = training_for(view_from_json(told))
    if found is None or not any(leak.column == column for leak in found.leaks):
        raise PreventUpdate
    request = replace(found.request, keep=(*found.request.keep, column))
    return {"request": request.to_json(), "click": f"{column} {clicks}"}


def _ask_with(clicks: Sequence[int | None], told: Any) -> dict[str, Any]:
    """The wiring of `ask_with`: which button was pressed, and how often."""
    pressed = ctx.triggered_id
    count = max((count or 0 for count in clicks), default=0)
    if not pressed or not count:
        raise PreventUpdate
    return ask_with(str(pressed["column"]), count, told)


def train_models(report: Report, needed: Any) -> dict[str, Any]:
    """The job: train what was asked for and keep it beside the dataset, where every server process finds it."""
    report(0.01, say("Reading the data"))
    try:
        request = training_request_from_json(needed["request"])
        source = open_source(request.dataset, request.version)
        with marked(request, this_job()):
            made = train(
                request,
                source,
                made_at=now_text(datetime.now(UTC)),
                report=lambda share, words: report(_KEEPING * share, words),
            )
            report(_KEEPING, say("Keeping the models"))
            return {"model": keep_training(made).id, "click": needed["click"]}
    except AnalyticsError as problem:  # it stays on the page: a notice goes by itself
        return {"problem": str(problem), "click": needed["click"]}


def show_end(busy: Any, ready: Any, needed: Any, told: Any) -> Any:
    """What there is to say once the job has ended: why it left nothing; nothing where its models are shown."""
    if busy == SHOWN or not isinstance(needed, dict):
        return None
    if not isinstance(ready, dict) or ready.get("click") != needed.get("click"):
        return note(
            say("The training was stopped before it was done; nothing of it is kept. Train again when you like.")
        )
    if "problem" in ready:
        return note(str(ready["problem"]), "warn")
    view = view_from_json(told)
    if all(about.id != ready.get("model") for about in trainings_of(view.request.dataset)):
        return note(say("The models are ready: '{model}', of another dataset.", model=str(ready.get("model"))[:80]))
    return None


def show_new(ready: Any, told: Any) -> dict[str, Any]:
    """Show the training that the job has kept, if it is of the dataset that is looked at."""
    view = view_from_json(told)
    made = ready.get("model") if isinstance(ready, dict) else None
    if not made or all(about.id != made for about in trainings_of(view.request.dataset)):
        raise PreventUpdate
    return {"model": made, **_FRESH, "lay_out_anew": True}


def register_callbacks(app: Dash) -> None:
    app.callback(
        Output(NEEDED, "data"),
        Output(PROBLEM, "children"),
        Input(TRAIN, "n_clicks"),
        *FORM_STATES,
        State(REQUEST, "data"),
        prevent_initial_call=True,
    )(ask)
    app.callback(
        Output(NEEDED, "data", allow_duplicate=True),
        Input({"type": USE_ANYWAY, "column": ALL}, "n_clicks"),
        State(REQUEST, "data"),
        prevent_initial_call=True,
    )(_ask_with)

    def stop(clicks: Sequence[int | None], told: Any) -> Any:
        pressed = ctx.triggered_id
        if not pressed or not any(clicks):
            raise PreventUpdate
        stop_job(app, stoppable(str(pressed["job"]), told))
        return note(say("The training is being stopped."))

    app.callback(
        Output(RUNNING, "children", allow_duplicate=True),
        Input({"type": STOP, "job": ALL}, "n_clicks"),
        State(REQUEST, "data"),
        prevent_initial_call=True,
    )(stop)
    run_in_background(
        app,
        train_models,
        output=Output(READY, "data"),
        inputs=[Input(NEEDED, "data")],
        progress=(Output(BAR, "value"), Output(BAR_LABEL, "children")),
        cancel=[Input(CANCEL, "n_clicks")],
        running=[
            (Output(BUSY, "style"), SHOWN, HIDDEN),
            (Output(TRAIN, "disabled"), True, False),
            (Output(SAID, "style"), HIDDEN, SHOWN),  # what was said of the last one is not of this one
            (Output(RUNNING, "style"), HIDDEN, SHOWN),  # the bar says more
        ],
    )
    app.clientside_callback(
        ClientsideFunction("clientele", "pass_on"),
        Output(READY, "modified_timestamp"),
        Input(READY, "data"),
        State(ARRIVED, "id"),
        prevent_initial_call=True,
    )
    app.clientside_callback(
        ClientsideFunction("models", "show_busy"),
        Output(BUSY, "style"),
        Output(TRAIN, "disabled"),
        Output(RUNNING, "style"),
        Input(BAR_LABEL, "children"),
        prevent_initial_call=True,
    )
    app.callback(
        Output(RUNNING, "children"),
        Output(LOOK, "disabled"),
        Output(CHANGE, "data", allow_duplicate=True),
        Input(LOOK, "n_intervals"),
        State(KNOWN, "data"),
        State(REQUEST, "data"),
        prevent_initial_call=True,
    )(look)
    app.callback(
        Output(SAID, "children"),
        Input(BUSY, "style"),
        Input(READY, "data"),
        State(NEEDED, "data"),
        State(REQUEST, "data"),
        prevent_initial_call=True,
    )(show_end)
    app.callback(
        Output(CHANGE, "data", allow_duplicate=True),
        Input(ARRIVED, "data"),
        State(REQUEST, "data"),
        prevent_initial_call=True,
    )(show_new)
