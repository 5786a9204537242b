"""What every response has, whichever tab made it: a strict security policy, compression, a log line without data."""

from __future__ import annotations

import functools
import gzip
import mimetypes
import secrets
import time
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import structlog
from dash import Dash
from dash._get_app import app_context
from dash._utils import to_json
from flask import Flask, Response, g, jsonify, request
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge, SecurityError

from analytics.text import say
from dashboard.errors import NOTICES, explain, notice
from dashboard.settings import Settings

CALLBACKS = "/_dash-update-component"
HEALTH = "/health"

_SLOW_SECONDS = 1.0
_YEAR_SECONDS = 31_536_000
_LEAST_COMPRESSED_BYTES = 1_000
_LONGEST_DRAIN_BYTES = 4 * 2**30
_COMPRESSED_TYPES = {
    "application/json",
    "application/geo+json",
    "application/javascript",
    "text/javascript",
    "text/css",
    "text/html",
    "text/plain",
    "image/svg+xml",
}
_QUIET_PATHS = ("/_dash-component-suites/", "/assets/", "/bootstrap/", HEALTH)

_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}

_log = structlog.get_logger("clientele.server")
mimetypes.add_type("application/geo+json", ".geojson")  # not every system knows it


def harden(server: Flask, app: Dash, settings: Settings) -> None:
    """Give the server its limits, headers, health page, compression and log. Call it once, after the layout is set."""
    # Half again as much, because Dash sends a file as base64, and a little for what surrounds it
    server.config["MAX_CONTENT_LENGTH"] = settings.upload_limit_mb * 2**20 * 3 // 2 + 2**20
    # A page elsewhere that has its name resolve to this computer would otherwise read everything: there is no login
    server.config["TRUSTED_HOSTS"] = sorted({"127.0.0.1", "localhost", "[::1]", settings.host.strip("[]")})

    @server.before_request
    def begin() -> Response | None:
        app_context.set(app)  # Dash would take the app that this thread served last, where there are several
        g.request_id = secrets.token_hex(6)
        g.started = time.perf_counter()
        if request.method not in {"GET", "HEAD", "OPTIONS"} and request.headers.get("Sec-Fetch-Site") == "cross-site":
            return Response(say("Another site may not do that."), 403, mimetype="text/plain")
        return None

    @server.before_request
    def check_call() -> Response | None:
        if request.method == "POST" and request.path == CALLBACKS and not _is_call(request.get_json(silent=True), app):
            return Response(say("That is not what this page sends. Reload it."), 400, mimetype="text/plain")
        return None

    @server.get(HEALTH)
    def health() -> Response:
        return jsonify(status="ok", version=_version())

    @server.after_request
    def finish(response: Response) -> Response:
        _set_headers(response, _policy(app))
        _compress(response)
        _log_request(response)
        return response

    server.register_error_handler(RequestEntityTooLarge, functools.partial(_too_large, settings.upload_limit_mb))
    server.register_error_handler(Exception, _failed)

    # The first hook must come before Dash's own, which answers some requests itself; the other after them, because they
    # register the callbacks
    hooks = server.before_request_funcs[None]
    hooks.insert(0, hooks.pop(hooks.index(begin)))


def _is_call(told: Any, app: Dash) -> bool:
    """Whether it calls one of the page's callbacks, with as many values as that one takes. What they are is not checked."""
    known = app.callback_map.get(str(told.get("output"))) if isinstance(told, dict) else None
    if known is None:
        return False
    written, changed = told.get("outputs"), told.get("changedPropIds", [])
    names = str(told["output"]).split("...")
    return (
        _are_places(told.get("inputs", []), len(known["inputs"]))
        and _are_places(told.get("state", []), len(known["state"]))
        and (known.get("no_output") or _are_places(written if isinstance(written, list) else [written], len(names)))
        and isinstance(changed, list)
        and all(isinstance(item, str) for item in changed)
    )


def _are_places(told: Any, count: int) -> bool:
    """Whether it is a list of that many properties of components; of a pattern there are lists of them."""
    return (
        isinstance(told, list)
        and len(told) == count
        and all(
            isinstance(item, list) or (isinstance(item, dict) and {"id", "property"} <= item.keys()) for item in told
        )
    )


def content_security_policy(script_hashes: list[str]) -> str:
    """What the page may load and run: its own files, and the inline scripts with these hashes."""
    # Plotly and React set styles on elements, and Plotly draws pictures from data and blobs. Nothing may evaluate text
    # as a script: no 'unsafe-eval' here, ever.
    rules = {
        "default-src": "'self'",
        "script-src": " ".join(["'self'", *script_hashes]),
        "style-src": "'self' 'unsafe-inline'",
        "img-src": "'self' data: blob:",
        "font-src": "'self' data:",
        "connect-src": "'self'",
        "worker-src": "'self'",
        "object-src": "'none'",
        "base-uri": "'self'",
        "form-action": "'self'",
        "frame-ancestors": "'none'",
    }
    return "; ".join(f"{name} {value}" for name, value in rules.items())


def _policy(app: Dash) -> str:
    # Callbacks may be registered until the first request, and the scripts with them; adding them up once is enough
    policy: str | None = getattr(app, "_clientele_policy", None)
    if policy is None:
        policy = content_security_policy(list(app.csp_hashes()))
        if app._got_first_request["setup_server"]:
            app._clientele_policy = policy
    return policy


def _set_headers(response: Response, policy: str) -> None:
    response.headers["Content-Security-Policy"] = policy
    for name, value in _HEADERS.items():
        response.headers[name] = value
    if response.status_code >= 400 or response.mimetype in {"text/html", "application/json"}:
        response.headers["Cache-Control"] = "no-store"  # customers' data stays out of the browser's cache
    elif _is_fingerprinted(response):
        response.headers["Cache-Control"] = f"public, max-age={_YEAR_SECONDS}, immutable"


def _is_fingerprinted(response: Response) -> bool:
    """Whether the file's address changes with its content: Dash puts its time or its version into it."""
    if request.path.startswith("/assets/"):
        return "m" in request.args
    return (response.cache_control.max_age or 0) >= _YEAR_SECONDS


def _compress(response: Response) -> None:
    if (
        response.mimetype not in _COMPRESSED_TYPES
        or response.status_code != 200
        or (response.is_streamed and not response.direct_passthrough)
        or "Content-Encoding" in response.headers
    ):
        return
    response.vary.add("Accept-Encoding")
    if not request.accept_encodings["gzip"] or (request.method != "GET" and request.path != CALLBACKS):
        return
    response.direct_passthrough = False
    content = response.get_data()
    if len(content) < _LEAST_COMPRESSED_BYTES:
        return
    if _is_fingerprinted(response) or response.mimetype.endswith(("javascript", "css")):
        compressed = _compressed_file(content)
    else:
        compressed = gzip.compress(content, compresslevel=3, mtime=0)
    response.set_data(compressed)
    response.headers["Content-Encoding"] = "gzip"
    etag, _ = response.get_etag()
    if etag:
        response.set_etag(etag, weak=True)  # the same content, in other bytes


@functools.lru_cache(maxsize=96)
def _compressed_file(content: bytes) -> bytes:
    return gzip.compress(content, compresslevel=6, mtime=0)


def _log_request(response: Response) -> None:
    seconds = time.perf_counter() - g.get("started", time.perf_counter())
    if response.status_code >= 500:
        say_it = _log.error
    elif response.status_code >= 400 or (seconds >= _SLOW_SECONDS and not request.path.startswith(_QUIET_PATHS)):
        say_it = _log.info
    else:
        say_it = _log.debug
    request_id = g.get("request_id", "")
    response.headers["X-Request-Id"] = request_id
    # The path alone: what follows it holds filters, and those name customers
    say_it(
        "request",
        request_id=request_id,
        method=request.method,
        path=request.path[:200],
        status=response.status_code,
        ms=round(1000 * seconds, 1),
    )


def _too_large(limit_mb: int, _problem: RequestEntityTooLarge) -> Response:
    message = say("That is more than {limit} MB. Split the file, or raise CLIENTELE_UPLOAD_LIMIT_MB.", limit=limit_mb)
    _drain()
    if request.path == CALLBACKS:
        # The page shows nothing for an error status; this it shows as a notice
        update: dict[str, Any] = {NOTICES: {"children": [notice(message)]}}
        answer = {"multi": True, "response": {}, "sideUpdate": update}
        return Response(to_json(answer), mimetype="application/json")
    return Response(message, 413, mimetype="text/plain")


def _drain() -> None:
    """Read what is still being sent, and forget it: a browser reads no answer before it has sent everything."""
    left = min(request.content_length or 0, _LONGEST_DRAIN_BYTES)
    while left > 0:
        chunk = request.environ["wsgi.input"].read(min(left, 2**20))
        if not chunk:
            return
        left -= len(chunk)


def _failed(problem: Exception) -> Response | HTTPException:
    if isinstance(problem, SecurityError):
        return Response(say("Clientele answers at 127.0.0.1 and localhost only."), 400, mimetype="text/plain")
    if isinstance(problem, HTTPException):
        return problem
    return Response(explain(problem), 500, mimetype="text/plain")


@functools.cache
def _version() -> str:
    try:
        return version("clientele")
    except PackageNotFoundError:
        return "0.1.0"
