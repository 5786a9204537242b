"""`python -m dashboard`: serve the page on this computer."""

from __future__ import annotations

import errno
import os
import socket
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from analytics.errors import AnalyticsError
from analytics.text import say
from dashboard.sample import ensure_dataset
from dashboard.settings import Settings, read_settings

if TYPE_CHECKING:
    from dash import Dash

    MakeApp = Callable[[Settings], Dash]


def main(make_app: MakeApp | None = None) -> int:
    """Serve until interrupted; the number is the exit code, 2 for a setting that cannot be."""
    try:
        settings = read_settings()
    except AnalyticsError as problem:
        return _refuse(str(problem), 2)
    # Before the imports, which take the better part of a second
    reason = why_not_free(settings)
    if reason:
        return _refuse(reason, 1)
    try:
        if make_app is None:
            os.environ["CLIENTELE_HOME"] = str(settings.home)
            ensure_dataset()
        serve(settings, make_app)
    except AnalyticsError as problem:
        return _refuse(str(problem), 2)
    return 0


def why_not_free(settings: Settings) -> str:
    """Why the port cannot be listened on, in one sentence; empty if it can."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as trial:
        if sys.platform != "win32":  # where it would let two servers share a port
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((settings.host, settings.port))
        except OSError as problem:
            if problem.errno == errno.EADDRINUSE:
                return say(
                    "Port {port} is in use, perhaps by Clientele itself. "
                    "Stop what uses it, or choose another one: CLIENTELE_PORT={other} python -m dashboard",
                    port=settings.port,
                    other=settings.port + 1 if settings.port < 65535 else 8051,
                )
            return say("Cannot listen on {address}: {why}.", address=settings.address, why=problem.strerror)
    return ""


def serve(settings: Settings, make_app: MakeApp | None = None) -> None:
    """Serve the app with gunicorn, or with Flask's own server where there is no gunicorn, as on Windows."""
    from dashboard.logs import log_as_json

    log_as_json(settings.log_level)
    try:
        from gunicorn.app.base import BaseApplication
    except ImportError:
        app = _make(settings, make_app)
        _announce(settings)
        app.server.run(host=settings.host, port=settings.port, threaded=True)
        return

    class Server(BaseApplication):  # type: ignore[misc]  # gunicorn has no types
        def load_config(self) -> None:
            for name, value in _gunicorn_options(settings).items():
                self.cfg.set(name, value)

        def load(self) -> Any:
            return _make(settings, make_app).server

    Server().run()


def _make(settings: Settings, make_app: MakeApp | None) -> Dash:
    if make_app is not None:
        return make_app(settings)
    from dashboard.app import create_app

    return create_app(settings)


def _gunicorn_options(settings: Settings) -> dict[str, Any]:
    return {
        "bind": settings.address.removeprefix("http://"),
        "worker_class": "gthread",
        "workers": settings.workers,
        "threads": settings.threads,
        # Imports are paid once and shared. Nothing may compute before the fork: OpenMP would hang after it
        "preload_app": True,
        "limit_request_line": 8_190,  # a link may be 8,000 letters long; by default half of that is refused
        "keepalive": 30,
        "timeout": 120,
        "graceful_timeout": 3,
        "loglevel": "warning",
        "accesslog": None,
        "control_socket_disable": True,
        "proc_name": "clientele",
        "when_ready": lambda _arbiter: _announce(settings),
        "post_worker_init": _warm_up,
    }


def _warm_up(worker: Any) -> None:
    """Make the page once in each worker, so that the first visitor does not wait for it."""
    server = worker.app.wsgi()
    server.test_client().get("/", headers={"Host": "127.0.0.1"})


def _announce(settings: Settings) -> None:
    sys.stdout.write(say("Clientele is at {address} (Ctrl+C stops it)", address=settings.address) + "\n")
    sys.stdout.flush()


def _refuse(message: str, code: int) -> int:
    sys.stderr.write(message + "\n")
    return code


if __name__ == "__main__":
    sys.exit(main())
