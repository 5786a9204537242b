"""Talk to the dashboard's server as a browser does."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.measure import ROOT


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextlib.contextmanager
def served(home: Path) -> Iterator[tuple[int, float]]:
    """Start the dashboard; gives its port and the seconds until the page answered. Stops it at the end."""
    port = free_port()
    environment = {**os.environ, "CLIENTELE_HOME": str(home), "CLIENTELE_PORT": str(port)}
    start = time.perf_counter()
    server = subprocess.Popen([sys.executable, "-m", "dashboard"], cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)
    try:
        yield port, _until_page(port, start)
    finally:
        server.terminate()
        server.wait(20)


def _until_page(port: int, start: float) -> float:
    while time.perf_counter() - start < 60:
        with contextlib.suppress(OSError):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
            connection.request("GET", "/")
            if connection.getresponse().status == 200:
                return time.perf_counter() - start
        time.sleep(0.01)
    raise TimeoutError("The page did not answer within a minute.")


def callback_body(outputs: list[tuple[str, str]], inputs: list[tuple[str, str, Any]]) -> bytes:
    """What the browser posts when inputs change."""
    told = [{"id": identifier, "property": name} for identifier, name in outputs]
    joined = "...".join(f"{identifier}.{name}" for identifier, name in outputs)
    return json.dumps(
        {
            "output": f"..{joined}.." if len(outputs) > 1 else joined,
            "outputs": told if len(outputs) > 1 else told[0],
            "inputs": [{"id": identifier, "property": name, "value": value} for identifier, name, value in inputs],
            "changedPropIds": [f"{inputs[0][0]}.{inputs[0][1]}"],
            "state": [],
        }
    ).encode()
