"""What every response has, how the server starts and refuses to, and what its log leaves out."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import os
import re
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from dash import Dash, Input, Output, State, dcc, html
from dash.exceptions import PreventUpdate
from flask import Flask, Response, request
from flask.testing import FlaskClient

from analytics.errors import NotFoundError
from dashboard.errors import NOTICES, explain, guarded, show_error
from dashboard.logs import log_as_json
from dashboard.server import CALLBACKS, harden
from dashboard.settings import Settings

SECRET = "ann@example.org"


def open_name(name: str) -> str:
    if name == "advice":
        raise NotFoundError("There is no dataset 'advice'. There is demo.")
    if name == "bug":
        raise ValueError(f"could not convert '{SECRET}'")
    if name == "nothing":
        raise PreventUpdate
    return name.upper()


def create_app(settings: Settings) -> Dash:
    """A page as small as can be, with an asset, an inline script and a callback."""
    assets = settings.home / "assets"
    assets.mkdir(parents=True, exist_ok=True)
    (assets / "page.css").write_text("body { color: black }\n" * 100)
    server = Flask("server_test")
    app = Dash(
        "server_test",
        server=server,
        assets_folder=str(assets),
        on_error=show_error,
        use_pages=False,
        add_log_handler=False,
    )
    app.layout = html.Div([html.Div(id=NOTICES), dcc.Input(id="in"), dcc.Graph(id="out"), html.Div(id="twice")])
    app.callback(Output("out", "figure"), Input("in", "value"), State("in", "type"))(lambda name, _: open_name(name))
    app.clientside_callback("function (x) { return x + x; }", Output("twice", "children"), Input("in", "value"))

    @server.get("/broken")
    def broken() -> Response:
        raise ValueError(SECRET)

    @server.post("/upload")
    def upload() -> str:
        return str(len(request.get_data()))

    harden(server, app, settings)
    return app


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path, upload_limit_mb=1, log_level="debug")


class Client(FlaskClient):
    """A browser that reads each response to its end."""

    def open(self, *args: Any, **options: Any) -> Any:
        return super().open(*args, buffered=True, **options)


@pytest.fixture
def client(settings: Settings) -> FlaskClient:
    log_as_json(settings.log_level)
    server = create_app(settings).server
    server.test_client_class = Client
    return server.test_client()


def ask(client: FlaskClient, value: str, **options: Any) -> Any:
    body = {
        "output": "out.figure",
        "outputs": {"id": "out", "property": "figure"},
        "inputs": [{"id": "in", "property": "value", "value": value}],
        "state": [{"id": "in", "property": "type", "value": None}],
        "changedPropIds": ["in.value"],
    }
    return client.post(CALLBACKS, json=body, **options)


def notice_in(reply: Any) -> str:
    message: str = reply.json["sideUpdate"][NOTICES]["children"][0]["props"]["children"]
    return message


@pytest.mark.parametrize("path", ["/", "/assets/page.css", "/_dash-layout", "/health", "/broken"])
def test_every_response_carries_the_policy(client: FlaskClient, path: str) -> None:
    """Pages, files, data and failures alike forbid evaluating text as script, other hosts and frames."""
    headers = client.get(path).headers
    policy = headers["Content-Security-Policy"]
    assert "unsafe-eval" not in policy
    assert "http" not in policy
    script = re.search(r"script-src ([^;]*)", policy)
    assert script
    assert "unsafe-inline" not in script[1]
    for rule in ("default-src 'self'", "object-src 'none'", "frame-ancestors 'none'", "connect-src 'self'"):
        assert rule in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "camera=()" in headers["Permissions-Policy"]


def test_the_policy_allows_exactly_the_scripts_of_the_page(client: FlaskClient) -> None:
    """Each inline script of the page is allowed by its hash, and there is no hash of anything else."""
    for _ in range(2):
        reply = client.get("/")
        page = re.sub(r"<!--.*?-->", "", reply.text, flags=re.DOTALL)  # scripts for Internet Explorer are in comments
        scripts = re.findall(r"<script(?![^>]*(?:src=|application/json))[^>]*>(.*?)</script>", page, re.DOTALL)
        hashes = {base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in scripts}
        assert set(re.findall(r"'sha256-([^']+)'", reply.headers["Content-Security-Policy"])) == hashes
        assert len(hashes) >= 2


def test_health_says_ok_and_nothing_of_the_shop(client: FlaskClient, settings: Settings) -> None:
    """The health page is a status and a version."""
    reply = client.get("/health")
    assert reply.json.keys() == {"status", "version"}
    assert reply.json["status"] == "ok"


def test_files_are_compressed_and_unpack_to_themselves(client: FlaskClient) -> None:
    """A browser that asks for gzip gets it, one that does not gets the file, and caches keep the two apart."""
    plain = client.get("/assets/page.css")
    packed = client.get("/assets/page.css", headers={"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == plain.data
    assert len(packed.data) == int(packed.headers["Content-Length"]) < len(plain.data) / 5
    for reply in (plain, packed):
        assert "Accept-Encoding" in reply.headers["Vary"]
    again = client.get("/assets/page.css", headers={"Accept-Encoding": "gzip", "If-None-Match": packed.headers["ETag"]})
    assert again.status_code == 304


def test_answers_of_callbacks_are_compressed_and_never_kept(client: FlaskClient) -> None:
    """Customers' numbers travel compressed and stay out of the browser's cache."""
    reply = ask(client, "x" * 5000, headers={"Accept-Encoding": "gzip"})
    assert reply.headers["Content-Encoding"] == "gzip"
    assert json.loads(gzip.decompress(reply.data))["response"]["out"]["figure"] == "X" * 5000
    assert reply.headers["Cache-Control"] == "no-store"
    assert client.get("/").headers["Cache-Control"] == "no-store"


def test_only_files_whose_address_changes_are_kept_for_long(client: FlaskClient) -> None:
    """A fingerprinted file is kept for a year; the same file by its bare name is asked after each time."""
    page = client.get("/").text
    for path in re.findall(r'(?:src|href)="(/[^"]+\.(?:js|css)[^"]*)"', page):
        assert "max-age=31536000" in client.get(path).headers["Cache-Control"], path
    assert "max-age" not in client.get("/assets/page.css").headers.get("Cache-Control", "")


def test_too_large_an_upload_is_explained(client: FlaskClient) -> None:
    """Above the limit there is a sentence with the limit: as a notice where the page asked, else with status 413."""
    reply = ask(client, "x" * 3_000_000)
    assert notice_in(reply).startswith("That is more than 1 MB.")
    assert reply.json["response"] == {}
    assert client.post("/upload", data=b"x" * 3_000_000).status_code == 413


def test_a_callback_that_fails_leaves_a_notice(client: FlaskClient, capfd: pytest.CaptureFixture[str]) -> None:
    """Our sentences arrive as they are; anything else as a reference that is in the log, without the data."""
    reply = ask(client, "advice")
    assert notice_in(reply) == "There is no dataset 'advice'. There is demo."
    assert reply.json["response"] == {}
    reply = ask(client, "bug")
    message = notice_in(reply)
    assert re.fullmatch(r"Something went wrong on our side\. Reference [2-9A-Z]{6}\.", message)
    log = capfd.readouterr().err
    assert message[-7:-1] in log
    assert "open_name" in log
    assert SECRET not in log + reply.text


def test_a_callback_may_change_nothing(client: FlaskClient) -> None:
    """PreventUpdate is no failure, neither for Dash nor for the functions that show failures."""
    assert ask(client, "nothing").status_code == 204
    with pytest.raises(PreventUpdate):
        show_error(PreventUpdate())
    with pytest.raises(PreventUpdate):
        guarded(open_name)("nothing")
    assert guarded(open_name)("a") == "A"


def test_a_page_that_fails_shows_a_reference(client: FlaskClient, capfd: pytest.CaptureFixture[str]) -> None:
    """A failure outside callbacks is a reference number too, and no traceback."""
    reply = client.get("/broken")
    assert reply.status_code == 500
    assert "Reference" in reply.text
    assert SECRET not in reply.text + capfd.readouterr().err
    assert "Traceback" not in reply.text


def test_references_differ() -> None:
    """Two failures are told apart."""
    log_as_json("error")
    assert len({explain(ValueError()) for _ in range(50)}) == 50


def test_names_that_are_not_ours_are_refused(client: FlaskClient) -> None:
    """A page elsewhere whose name resolves to this computer reads nothing."""
    assert client.get("/_dash-layout", headers={"Host": "evil.example.org"}).status_code == 400
    assert client.get("/_dash-layout", headers={"Host": "localhost:8050"}).status_code == 200


def test_other_sites_may_not_ask(client: FlaskClient) -> None:
    """What a page of another site posts is refused."""
    assert ask(client, "a", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert ask(client, "a", headers={"Sec-Fetch-Site": "same-origin"}).status_code == 200


def test_the_log_is_json_without_what_follows_the_path(client: FlaskClient, capfd: pytest.CaptureFixture[str]) -> None:
    """A line says which request, how it ended and how long it took, under an id that the response has too."""
    reply = client.get(f"/_dash-layout?customer={SECRET}")
    lines = [json.loads(line) for line in capfd.readouterr().err.splitlines()]
    line = next(line for line in lines if line["event"] == "request")
    assert line["path"] == "/_dash-layout"
    assert line["status"] == 200
    assert line["request_id"] == reply.headers["X-Request-Id"]
    assert line["ms"] >= 0
    assert SECRET not in json.dumps(lines)


# The server itself


def free_port() -> int:
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        port: int = trial.getsockname()[1]
        return port


_START = """
import sys
sys.path[:0] = sys.argv[1:3]
from dashboard.__main__ import main
def create_app(settings):
    from test_server import create_app
    return create_app(settings)
sys.exit(main(create_app))
"""


def start(tmp_path: Path, **environment: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", _START, str(Path(__file__).parents[2]), str(Path(__file__).parent)],
        env={**os.environ, "CLIENTELE_HOME": str(tmp_path), **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_the_page_is_there_when_it_says_so(tmp_path: Path) -> None:
    """The one line that is printed is true: the page answers at that address, and Ctrl+C ends it cleanly."""
    port = free_port()
    with start(tmp_path, CLIENTELE_PORT=str(port)) as server:
        try:
            assert server.stdout
            assert server.stdout.readline().startswith(f"Clientele is at http://127.0.0.1:{port} ")
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=60) as reply:
                assert json.load(reply)["status"] == "ok"
        finally:
            server.terminate()
        _, errors = server.communicate(timeout=60)
        assert server.returncode == 0
        assert "Traceback" not in errors


def test_a_port_in_use_is_one_sentence(tmp_path: Path) -> None:
    """It is found out at once, before anything heavy is imported."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        began = os.times()
        with start(tmp_path, CLIENTELE_PORT=str(port)) as server:
            output, errors = server.communicate(timeout=60)
        done = os.times()
        worked = done.children_user + done.children_system - began.children_user - began.children_system
        assert worked < 5  # what others do on this computer meanwhile is not counted
    assert server.returncode == 1
    assert output == ""
    assert errors.startswith(f"Port {port} is in use")
    assert errors.count("\n") == 1


def test_a_bad_setting_is_one_sentence(tmp_path: Path) -> None:
    """A setting that cannot be ends with exit code 2 and no traceback."""
    with start(tmp_path, CLIENTELE_HOST="0.0.0.0") as server:
        output, errors = server.communicate(timeout=60)
    assert (server.returncode, output, errors.count("\n")) == (2, "", 1)
    assert "no login yet" in errors


def test_starting_imports_nothing_heavy() -> None:
    """Settings and the check of the port come before Dash, and long before what computes."""
    code = "import sys, dashboard.__main__; print([m for m in ('dash', 'pandas', 'duckdb', 'sklearn') if m in sys.modules])"
    reply = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert reply.stdout.strip() == "[]"
