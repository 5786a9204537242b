"""Many cases at once: a file of cases, scored in the background, with what has moved since the model learnt."""

from __future__ import annotations

import base64
import binascii
from typing import Any, Final

from dash import Dash, Input, Output, State, dcc, html
from dash.exceptions import PreventUpdate

from analytics.datasets import discard_upload, new_upload, upload_path
from analytics.errors import AnalyticsError, RequestError
from analytics.predict.scoring.drift import is_told
from analytics.predict.scoring.scores import score_file
from analytics.text import say, say_count
from dashboard import formats
from dashboard.components.basics import HIDDEN, SHOWN, Heading, note, progress, table, term
from dashboard.errors import NOTICES, success
from dashboard.figures.models_why import score_words
from dashboard.ids import REQUEST
from dashboard.jobs import Report, run_in_background
from dashboard.results.chosen_model import Chosen, chosen
from dashboard.state import view_from_json

UPLOAD: Final = "models-cases"
ORDER: Final = "models-cases-order"
SCORED: Final = "models-cases-scored"
BUSY: Final = "models-cases-busy"
BAR: Final = "models-cases-progress"
BAR_LABEL: Final = "models-cases-progress-label"
CANCEL: Final = "models-cases-cancel"
RESULT: Final = "models-cases-result"
MOST_TOLD: Final = 12
"""Inputs whose drift a table holds."""
PSI: Final = (
    "The population stability index: how far the values of the file lie from those that the model learnt from. Below 0.1 they "
    "are alike, above 0.25 they are others."
)


def card(one: Chosen) -> html.Section:
    """The card that takes a file of cases."""
    names = [item.label for item in one.contender.fitted.inputs]
    needed = html.Details(
        [
            html.Summary(say_count(len(names), "The column it needs", "The {n} columns it needs")),
            html.P(", ".join(names), className="small case-columns"),
        ],
        className="behind",
    )
    drop = html.Div(
        [
            html.Strong(say("Drop a file of cases here, or choose one")),
            html.P(
                say("CSV or Excel, a case in each row. Further columns come back as they are."), className="small muted"
            ),
        ]
    )
    return html.Section(
        [
            html.Div(
                html.Div(
                    [
                        html.H2(say("Many cases at once")),
                        html.P(
                            say("Each row gets its score as a further column. The file is forgotten after a day."),
                            className="muted small",
                        ),
                    ]
                ),
                className="card-head",
            ),
            dcc.Upload(id=UPLOAD, children=drop, className="drop", style={}, style_active={}, multiple=False),
            needed,
            dcc.Store(id=ORDER),
            dcc.Store(id=SCORED),
            progress(BUSY, BAR, BAR_LABEL, CANCEL),
            html.Div(id=RESULT, className="mt-3", role="status"),
        ],
        className="card-box",
    )


def choose_cases(contents: Any, filename: Any, told: Any) -> tuple[dict[str, str], None]:
    """Keep the file and ask for its scores; what was said of the file before goes."""
    if not isinstance(contents, str) or not contents:
        raise PreventUpdate
    one = chosen(view_from_json(told))
    if one is None:
        raise PreventUpdate
    _, _, encoded = contents.partition(",")
    try:
        content = base64.b64decode(encoded, validate=True)
    except binascii.Error:
        raise RequestError(say("The upload did not arrive whole. Choose the file again.")) from None
    label = filename[:200] if isinstance(filename, str) and filename else "cases.csv"
    return {"token": new_upload(content), "label": label, "model": one.model}, None


def score_cases(report: Report, order: Any) -> dict[str, Any]:
    """The job: score the file, and keep the result where a download finds it for a day."""
    result = new_upload(b"")
    try:
        scored = score_file(
            order["model"],
            upload_path(order["token"]),
            upload_path(result),
            label=order["label"],
            report=report,
        )
    except AnalyticsError as problem:  # it stays beside the file, for as long as the reader needs it
        discard_upload(result)
        return {"label": order["label"], "problem": str(problem)}
    finally:
        discard_upload(order["token"])
    return {
        "label": order["label"],
        "token": result,
        "rows": scored.rows,
        "mean": scored.mean,
        "yes": scored.yes,
        "threshold": scored.threshold,
        "notes": list(scored.notes),
        "drift": [
            {
                "label": moved.label,
                "index": moved.index,
                "words": moved.words,
                "has_changed": moved.verdict == "changed",
            }
            for moved in scored.drift[:MOST_TOLD]
        ],
        "is_told": is_told(scored.drift),
    }


def show_scored(scored: Any, told: Any) -> Any:
    """How many were scored, the way to take them along, and what has moved."""
    if not isinstance(scored, dict):
        raise PreventUpdate
    if "problem" in scored:
        problem = say("'{file}' was not scored. {problem}", file=scored.get("label"), problem=scored["problem"])
        return note(problem, "bad")
    one = chosen(view_from_json(told))
    if one is None:
        raise PreventUpdate
    mean = score_words(float(scored["mean"]), is_share=one.is_share, currency=one.currency)
    sentence = say_count(
        int(scored["rows"]),
        "One case of '{file}' is scored: {mean}.",
        "{n} cases of '{file}' are scored. The mean score is {mean}.",
        file=scored["label"],
        mean=mean,
    )
    place = f"/export/scored/{scored['token']}.csv"
    return [
        html.P(sentence),
        *([html.P(_yes(scored, one))] if scored["yes"] is not None else []),
        *(note(text, "warn") for text in scored["notes"]),
        html.Div(
            html.A(say("Download the scores"), href=place, className="button primary", download=""), className="mt-2"
        ),
        _drift(scored["drift"], is_told=bool(scored["is_told"])),
    ]


def _yes(scored: dict[str, Any], one: Chosen) -> str:
    """How many are yes at the cut-off; of a single case, what it is."""
    rows, yes, training = int(scored["rows"]), int(scored["yes"]), one.training
    cut = formats.share(scored["threshold"])
    if rows == 1:
        answer = training.positive if yes else training.negative
        return say("At the cut-off of {cut} the answer is '{answer}'.", cut=cut, answer=answer)
    return say_count(
        yes,
        "{n} of them is '{positive}' at the cut-off of {cut}: {share}.",
        "{n} of them are '{positive}' at the cut-off of {cut}: {share}.",
        positive=training.positive,
        cut=cut,
        share=formats.share(yes / rows),
    )


def _drift(moved: list[dict[str, Any]], *, is_told: bool) -> Any:
    if not moved:
        return None
    if not is_told:
        sentence = say("Too few cases to tell whether they differ from those that the model learnt from.")
        return html.P(sentence, className="small muted mt-2")
    headings = [
        Heading(say("Input")),
        Heading(term(say("Moved by"), say(PSI)), is_number=True),
        Heading(say("That is")),
    ]
    rows = [[item["label"], formats.number(item["index"], 2), item["words"]] for item in moved]
    return html.Details(
        [
            html.Summary(say("How these cases differ from those it learnt from")),
            html.Div(table(headings, rows), className="table-scroll"),
        ],
        className="behind",
        open=any(item["has_changed"] for item in moved),
    )


def show_cancelled(clicks: int | None) -> list[Any]:
    """Say that nothing came of it."""
    if not clicks:
        raise PreventUpdate
    return [success(say("Scoring was cancelled. Nothing was kept."))]


def register_callbacks(app: Dash) -> None:
    app.callback(
        Output(ORDER, "data"),
        Output(RESULT, "children", allow_duplicate=True),
        Input(UPLOAD, "contents"),
        State(UPLOAD, "filename"),
        State(REQUEST, "data"),
        prevent_initial_call=True,
    )(choose_cases)
    run_in_background(
        app,
        score_cases,
        output=Output(SCORED, "data"),
        inputs=[Input(ORDER, "data")],
        progress=(Output(BAR, "value"), Output(BAR_LABEL, "children")),
        cancel=[Input(CANCEL, "n_clicks")],
        running=[(Output(BUSY, "style"), SHOWN, HIDDEN)],
    )
    app.callback(Output(RESULT, "children"), Input(SCORED, "data"), State(REQUEST, "data"), prevent_initial_call=True)(
        show_scored
    )
    app.callback(
        Output(NOTICES, "children", allow_duplicate=True), Input(CANCEL, "n_clicks"), prevent_initial_call=True
    )(show_cancelled)
