"""The inside of a job's own process: find the function, call it, and answer in lines of JSON."""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import threading
import time
from collections.abc import Callable
from typing import Any, Final

from dash._utils import to_json
from dash.exceptions import PreventUpdate

from dashboard.errors import explain
from dashboard.logs import log_as_json
from dashboard.processes import kill_tree

LARGEST_RESULT_BYTES: Final = 256_000
"""A result is an id or a few numbers. What is larger is somebody's rows, and those do not go through the cache."""
NO_UPDATE: Final = {"_dash_no_update": "_dash_no_update"}
_REPORT_SECONDS: Final = 0.1


def work() -> None:
    """Call the function that the first line of the input names, and answer on the output."""
    # The pipes move out of the way of code that prints, and of processes that the job starts
    orders, answers = os.dup(0), os.fdopen(os.dup(1), "w", encoding="utf-8")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)

    order = json.loads(_first_line(orders))
    threading.Thread(target=_end_with_server, args=(orders,), daemon=True).start()

    log_as_json(order["log_level"])

    def answer(kind: str, value: object) -> None:
        answers.write(json.dumps([kind, value]) + "\n")
        answers.flush()

    kind, value = _outcome(order, answer)
    with contextlib.suppress(BrokenPipeError):
        answer(kind, value)


def _outcome(order: dict[str, Any], answer: Callable[[str, object], None]) -> tuple[str, Any]:
    last = -_REPORT_SECONDS

    def report(share: float, sentence: str) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last >= _REPORT_SECONDS:  # nobody sees more of them
            last = now
            answer("progress", [percent(share), sentence])

    try:
        function: Any = importlib.import_module(order["module"])
        for part in order["name"].split("."):
            function = getattr(function, part)
        args = order["args"]
        value = function(report, **args) if isinstance(args, dict) else function(report, *args)
        text = to_json(value)
        if len(text) > LARGEST_RESULT_BYTES:
            raise ValueError(f"{order['name']} returned {len(text)} characters. Return an id; keep the rows in a file.")  # noqa: TRY301 - told below
        return "result", json.loads(text)
    except PreventUpdate:
        return "result", NO_UPDATE
    except Exception as problem:  # noqa: BLE001 - whatever it is, the user is told
        return "failed", explain(problem)


def _first_line(pipe: int) -> bytes:
    line = bytearray()
    while not line.endswith(b"\n"):
        more = os.read(pipe, 65536)
        if not more:
            os._exit(1)  # the server is gone
        line += more
    return bytes(line)


def _end_with_server(orders: int) -> None:
    """Wait for the end of the input, which is the end of the server process, and end too."""
    while os.read(orders, 1024):
        pass
    kill_tree(os.getpid())
    os._exit(1)


def percent(share: float) -> float:
    return round(100 * min(max(share, 0.0), 1.0), 1)
