"""A large dataset on a day that nobody has asked for yet: its customers are computed as a job, and the page waits for them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from dash import ClientsideFunction, Dash, Input, Output, State, dcc, html

from analytics.customers import customer_table
from analytics.request import AnalysisRequest, request_from_json
from analytics.sources import open_source
from analytics.text import say
from dashboard import formats, results
from dashboard.components.basics import HIDDEN, SHOWN, progress
from dashboard.jobs import Report, run_in_background

PREPARE: Final = "shell-prepare"
"""The request whose customers are wanted."""
PREPARED: Final = "shell-prepared"
"""The request whose customers are there now."""
_DONE: Final = "shell-prepare-done"
"""The same as the job's own answer. The page follows PREPARED: what follows a job's answer itself waits while any job runs."""
_BUSY: Final = "shell-preparing"
_BAR: Final = "shell-preparing-bar"
_LABEL: Final = "shell-preparing-label"
_CANCEL: Final = "shell-preparing-cancel"


def preparing() -> html.Div:
    """The shell's line that says how far the job is; hidden while none runs."""
    return html.Div(
        [
            dcc.Store(id=PREPARE),
            dcc.Store(id=_DONE),
            dcc.Store(id=PREPARED),
            progress(_BUSY, _BAR, _LABEL, _CANCEL),
        ],
        className="preparing",
    )


def waiting(request: AnalysisRequest, prepared: Any) -> html.Div:
    """What a tab shows meanwhile; `prepared` is what the last job was for, which must not have been this."""
    asked = results.resolved(request)
    assert asked.as_of is not None  # noqa: S101 - it is written out
    about = results.version_of(asked).manifest
    if prepared == wanted(request):
        sentence = say("The result could not be kept in the workspace folder. Is the disk full?")
    else:
        sentence = say(
            "{n} customers are being computed as of {day}, for the first time. It takes some seconds.",
            n=formats.number(about.customers),
            day=formats.day(asked.as_of),
        )
    back = dcc.Link(say("Back to the day after the last order"), href=f"/?dataset={asked.dataset}")
    return html.Div(
        [html.H2(say("One moment")), html.P(sentence), html.P(back)], className="card-box empty", role="status"
    )


def wanted(request: AnalysisRequest) -> dict[str, Any]:
    """What the job is asked for: the request without what plays no part."""
    asked = results.resolved(request)
    return AnalysisRequest(asked.dataset, version=asked.version, as_of=asked.as_of).to_json()


def prepare_customers(report: Report, told: Mapping[str, Any]) -> Mapping[str, Any]:
    """The job: compute the customers and keep them beside the version, where every server process finds them."""
    asked = request_from_json(told)
    report(0.1, say("Computing customers"))
    customer_table(open_source(results.version_of(asked)), asked.as_of)
    report(0.8, say("Placing them in what is kept"))
    results.placing(asked)
    return told


def add_preparing(app: Dash) -> None:
    run_in_background(
        app,
        prepare_customers,
        output=Output(_DONE, "data"),
        inputs=[Input(PREPARE, "data")],
        progress=(Output(_BAR, "value"), Output(_LABEL, "children")),
        cancel=[Input(_CANCEL, "n_clicks")],
        running=[(Output(_BUSY, "style"), SHOWN, HIDDEN)],
    )
    app.clientside_callback(
        ClientsideFunction("clientele", "pass_on"),
        Output(_DONE, "modified_timestamp"),
        Input(_DONE, "data"),
        State(PREPARED, "id"),
        prevent_initial_call=True,
    )
