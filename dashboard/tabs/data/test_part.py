"""The test file of cases with a known answer: a second upload, which has to have the columns of the first."""

from __future__ import annotations

import base64
import binascii
from typing import Any

from dash import Dash, Input, Output, State, dcc, html
from dash.exceptions import PreventUpdate

from analytics.datasets import discard_upload, new_upload, upload_path
from analytics.errors import DataError, RequestError
from analytics.intake import preview, same_columns
from analytics.text import say
from dashboard.components.basics import HIDDEN, SHOWN, note

UPLOAD = "data-test-upload"
FILE = "data-test-file"
CLEAR = "data-test-clear"
TESTED = "data-tested"


def layout() -> list[Any]:
    """Where a test file is dropped, what came of it, and the way to do without."""
    return [
        dcc.Store(id=TESTED),
        html.P(say("A test file of its own, if there is one"), className="small mb-1"),
        dcc.Upload(
            id=UPLOAD,
            children=html.Span(say("Choose the test file, with the same columns")),
            className="drop",
            style={},
            style_active={},
            multiple=False,
        ),
        html.Div(id=FILE, className="mt-2"),
        html.Button(say("Leave the test file out"), id=CLEAR, className="button", n_clicks=0, style=HIDDEN),
    ]


def choose_test(contents: str | None, filename: str | None, uploaded: Any) -> tuple[Any, Any, dict[str, str]]:
    """Keep the upload of a test file; where its columns are not those of the training file, say which, and forget it."""
    if not contents or not isinstance(uploaded, dict):
        raise PreventUpdate
    label = (filename or "upload")[:200]
    token = new_upload(decoded(contents))
    columns = [str(column) for column in uploaded.get("columns", ())]
    try:
        seen = preview(upload_path(token), label=label, kind="labelled")
        same_columns(dict(zip(columns, columns, strict=True)), str(uploaded["label"]), seen.columns, label)
    except DataError as problem:
        discard_upload(token)
        return None, note(str(problem), "bad"), HIDDEN
    sentence = say("The test part comes from '{file}'. No model learns from it.", file=label)
    return {"token": token, "label": label}, note(sentence), SHOWN


def show_no_test(_uploaded: Any, _clicks: int | None) -> tuple[None, None, dict[str, str], None]:
    """A new training file, or the wish to go without, lets the test file go."""
    return None, None, HIDDEN, None


def decoded(contents: str) -> bytes:
    """The bytes of an upload as a browser sends it.

    Raises:
        RequestError: they did not arrive whole.
    """
    _, _, encoded = contents.partition(",")
    try:
        return base64.b64decode(encoded, validate=True)
    except binascii.Error:
        raise RequestError("The upload did not arrive whole. Choose the file again.") from None


def register_callbacks(app: Dash, uploaded: str) -> None:
    """`uploaded` is the store of the training file."""
    app.callback(
        Output(TESTED, "data"),
        Output(FILE, "children"),
        Output(CLEAR, "style"),
        Input(UPLOAD, "contents"),
        State(UPLOAD, "filename"),
        State(uploaded, "data"),
        prevent_initial_call=True,
    )(choose_test)
    app.callback(
        Output(TESTED, "data", allow_duplicate=True),
        Output(FILE, "children", allow_duplicate=True),
        Output(CLEAR, "style", allow_duplicate=True),
        Output(UPLOAD, "contents"),
        Input(uploaded, "data"),
        Input(CLEAR, "n_clicks"),
        prevent_initial_call=True,
    )(show_no_test)
