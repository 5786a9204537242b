"""What the user sees when something fails: our own sentences as they are, anything else as a reference number.

The number is in the log, with where it happened. The log has no exception messages, because libraries quote the values
they stumble over, and those are customers' data; and the browser never gets a traceback.
"""

from __future__ import annotations

import functools
import secrets
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import ParamSpec, TypeVar

import dash_bootstrap_components as dbc
import structlog
from dash import no_update, set_props
from dash._no_update import NoUpdate
from dash.exceptions import PreventUpdate

from analytics.errors import AnalyticsError
from analytics.text import say

NOTICES = "shell-notices"
"""The id of the shell's area for notices; its children are replaced."""

_REFERENCE_LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # without those that are misread on the telephone

P = ParamSpec("P")
R = TypeVar("R")

_log = structlog.get_logger("clientele")


class NotReadyError(AnalyticsError):
    """What is asked for is being computed by a job; the page shows it when it is there."""


def explain(problem: BaseException) -> str:
    """The sentence for the user; a failure of ours is logged under the reference number that the sentence gives."""
    if isinstance(problem, AnalyticsError):
        return str(problem)
    reference = "".join(secrets.choice(_REFERENCE_LETTERS) for _ in range(6))
    _log.error("failed", reference=reference, problem=_kinds(problem), where=_where(problem))
    return say("Something went wrong on our side. Reference {reference}.", reference=reference)


def notice(message: str) -> dbc.Toast:
    """A sentence that asks for attention until it is dismissed."""
    return dbc.Toast(message, header=say("That did not work"), icon="danger", dismissable=True, is_open=True)


def success(message: str) -> dbc.Toast:
    """A sentence that something is done; it leaves by itself."""
    return dbc.Toast(message, header=say("Done"), icon="success", dismissable=True, is_open=True, duration=12_000)


def show_error(problem: Exception) -> None:
    """Dash's `on_error`: put a notice on the screen and leave the callback's outputs as they were."""
    if isinstance(problem, PreventUpdate):
        raise problem
    if isinstance(problem, NotReadyError):
        return  # the page says that it is being computed
    set_props(NOTICES, {"children": [notice(explain(problem))]})


def guarded(function: Callable[P, R]) -> Callable[P, R | NoUpdate]:
    """The function, with its failures shown as notices. For callbacks that Dash's `on_error` does not reach."""

    @functools.wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> R | NoUpdate:
        try:
            return function(*args, **kwargs)
        except PreventUpdate:
            raise
        except Exception as problem:  # noqa: BLE001 - whatever it is, the user is told
            show_error(problem)
            return no_update

    return call


def _kinds(problem: BaseException) -> list[str]:
    kinds: list[str] = []
    cause: BaseException | None = problem
    while cause is not None and len(kinds) < 8:
        kinds.append(type(cause).__qualname__)
        cause = cause.__cause__ or cause.__context__
    return kinds


def _where(problem: BaseException) -> list[str]:
    frames = traceback.extract_tb(problem.__traceback__)[-12:]
    return [f"{'/'.join(Path(frame.filename).parts[-2:])}:{frame.lineno} {frame.name}" for frame in frames]
