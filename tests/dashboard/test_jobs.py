"""Background jobs, for real: a Dash app, its long-callback protocol, and processes that succeed, fail and are killed."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import pytest
from dash import Dash, Input, Output, State, html
from dash.exceptions import PreventUpdate

from analytics.errors import EmptyDataError
from dashboard.errors import NOTICES, show_error
from dashboard.job_process import LARGEST_RESULT_BYTES
from dashboard.jobs import Report, SpawnedJobs, job_manager, run_in_background
from dashboard.server import harden
from dashboard.settings import Settings

PATIENCE = 60.0
"""Seconds that anything may take; a test that passes does not wait for it."""
REFERENCE = re.compile(r"Something went wrong on our side\. Reference [2-9A-Z]{6}\.")


# The jobs: ordinary functions of a module


def add(report: Report, first: int, second: int) -> int:
    report(0.5, "Adding")
    return first + second


def announce_and_wait(report: Report, mark: str, _unused: object = None) -> str:
    """Write down the process that this is and one that it starts, then wait to be stopped."""
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    aside = Path(mark + ".part")
    aside.write_text(json.dumps([os.getpid(), child.pid]))
    aside.rename(mark)
    report(0.25, "Waiting")
    threading.Event().wait(600)
    return "never"


def wait_for_file(report: Report, mark: str, gate: str) -> str:
    Path(mark).touch()
    report(0.1, "Working")
    until(lambda: Path(gate).exists(), 2 * PATIENCE)
    return mark


def fail_with_advice(report: Report, _first: object, _second: object) -> None:
    raise EmptyDataError("No customers are left. Choose a longer period.")


def fail_with_a_secret(report: Report, _first: object, _second: object) -> None:
    raise ValueError("could not convert 'ann@example.org'")


def change_nothing(report: Report, _first: object, _second: object) -> None:
    raise PreventUpdate


def return_too_much(report: Report, _first: object, _second: object) -> str:
    return "x" * (LARGEST_RESULT_BYTES + 1)


def print_and_add(report: Report, first: int, second: int) -> int:
    print("a library talks")  # noqa: T201
    sys.stdout.flush()
    return first + second


def where_home_is(report: Report, _first: object, _second: object) -> list[str]:
    return [os.environ["CLIENTELE_HOME"], str("dashboard.app" in sys.modules), str("gunicorn" in sys.modules)]


def cluster(report: Report, rows: int, _second: object) -> int:
    return fit(rows)


JOBS = (
    add,
    announce_and_wait,
    wait_for_file,
    fail_with_advice,
    fail_with_a_secret,
    change_nothing,
    return_too_much,
    print_and_add,
    where_home_is,
    cluster,
)


def fit(rows: int) -> int:
    import numpy as np
    from sklearn.cluster import KMeans

    points = np.random.default_rng(7).normal(size=(rows, 4))
    return int(KMeans(3, n_init=2, random_state=7).fit(points).n_clusters)


def until(condition: Callable[[], Any], seconds: float = PATIENCE) -> Any:
    """What the condition gives once it is true; a failure when it is not in time."""
    pause, end = threading.Event(), time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < end, "not in time"
        pause.wait(0.05)
    return found


def make_app(settings: Settings) -> Dash:
    app = Dash("jobs_test", background_callback_manager=job_manager(settings), on_error=show_error, use_pages=False)
    rooms = [
        html.Div([html.Button(id=f"{job.__name__}-{part}") for part in ("go", "more", "stop", "out", "bar", "label")])
        for job in JOBS
    ]
    app.layout = html.Div([html.Div(id=NOTICES), *rooms])
    for job in JOBS:
        name = job.__name__
        run_in_background(
            app,
            job,
            output=Output(f"{name}-out", "children"),
            inputs=[Input(f"{name}-go", "value")],
            state=[State(f"{name}-more", "value")],
            progress=(Output(f"{name}-bar", "value"), Output(f"{name}-label", "children")),
            cancel=[Input(f"{name}-stop", "n_clicks")],
        )
    harden(app.server, app, settings)
    return app


@dataclass
class Visitor:
    """What the page does: it starts a job, asks after it until there is an answer, and may cancel it."""

    app: Dash
    name: str
    first: Any = None
    second: Any = None
    seen: list[list[Any]] = field(default_factory=list)
    answer: dict[str, Any] | None = None
    handles: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.client = self.app.server.test_client()
        config = re.search(r'id="_dash-config"[^>]*>(.*?)</script>', self.client.get("/").text)
        assert config
        self.end_id = json.loads(config[1])["end_id"]

    def post(self, output: str, changed: str, inputs: list[Any], state: list[Any], **query: str) -> Any:
        name, prop = output.rsplit(".", 1)
        body = {
            "output": output,
            "outputs": {"id": name, "property": prop},
            "inputs": inputs,
            "state": state,
            "changedPropIds": [changed],
        }
        return self.client.post("/_dash-update-component", json=body, query_string={"endId": self.end_id, **query})

    def ask(self, first: Any, second: Any, **query: str) -> Any:
        name = self.name
        inputs = [{"id": f"{name}-go", "property": "value", "value": first}]
        state = [{"id": f"{name}-more", "property": "value", "value": second}]
        return self.post(f"{name}-out.children", f"{name}-go.value", inputs, state, **query)

    def start(self) -> Visitor:
        reply = self.ask(self.first, self.second)
        assert reply.status_code == 200, reply.text
        self.handles = {"cacheKey": reply.json["cacheKey"], "job": reply.json["job"]}
        return self

    def look(self) -> bool:
        """Ask once; True when the job has ended for this page."""
        reply = self.ask(None, None, **self.handles)
        if reply.status_code == 204:
            self.answer = {}
            return True
        assert reply.status_code == 200, reply.text
        if "progress" in reply.json:
            self.seen.append(list(reply.json["progress"].values()))
        if "response" in reply.json:
            self.answer = reply.json
            assert "Traceback" not in reply.text
        return self.answer is not None

    def finish(self, seconds: float = PATIENCE) -> Visitor:
        until(self.look, seconds)
        return self

    def cancel(self) -> None:
        name = self.name
        output = next(key for key in self.app.callback_map if key.startswith(f"{name}-stop.id"))
        inputs = [{"id": f"{name}-stop", "property": "n_clicks", "value": 1}]
        reply = self.post(output, f"{name}-stop.n_clicks", inputs, [], cancelJob=self.handles["job"])
        assert reply.status_code in {200, 204}, reply.text

    @property
    def result(self) -> Any:
        assert self.answer
        return self.answer["response"][f"{self.name}-out"]["children"]

    @property
    def notice(self) -> str:
        assert self.answer
        assert not self.answer["response"]
        message: str = self.answer["sideUpdate"][NOTICES]["children"][0]["props"]["children"]
        return message


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home", most_jobs=2, job_deadline_seconds=600)


@pytest.fixture
def app(settings: Settings) -> Iterator[Dash]:
    app = make_app(settings)
    yield app
    manager = app._background_manager
    manager.stop_all()
    until(lambda: not manager.handle.get("line", []))
    manager.handle.close()


def announced(mark: Path) -> list[int]:
    """The processes of a job that has begun."""
    until(mark.exists)
    pids: list[int] = json.loads(mark.read_text())
    return pids


def all_gone(pids: list[int]) -> bool:
    return not any(psutil.pid_exists(pid) and psutil.Process(pid).status() != "zombie" for pid in pids)


def own_zombies() -> list[int]:
    return [child.pid for child in psutil.Process().children() if child.status() == psutil.STATUS_ZOMBIE]


def test_a_job_reports_progress_and_gives_its_result(app: Dash, tmp_path: Path) -> None:
    """What a job reports is seen while it runs, and what it returns arrives."""
    mark, gate = tmp_path / "mark", tmp_path / "gate"
    visitor = Visitor(app, "wait_for_file", str(mark), str(gate)).start()
    until(lambda: visitor.look() or [10, "Working"] in visitor.seen)
    assert visitor.answer is None
    gate.touch()
    assert visitor.finish().result == str(mark)
    assert Visitor(app, "add", 2, 3).start().finish().result == 5


def test_nothing_of_a_job_stays_in_the_cache(app: Dash) -> None:
    """A result that was read is forgotten, with everything else that was kept for the job."""
    Visitor(app, "add", 2, 3).start().finish()
    manager = app._background_manager
    until(lambda: not manager.handle.get("line"))
    assert set(manager.handle.iterkeys()) <= {manager.SIGNING_SECRET_KEY, "line"}
    until(lambda: not own_zombies())


def test_the_same_question_twice_gives_each_asker_an_answer(app: Dash) -> None:
    """Two people who start the same job at once get a result each."""
    visitors = [Visitor(app, "add", 2, 3).start() for _ in range(2)]
    assert len({visitor.handles["cacheKey"] for visitor in visitors}) == 2
    assert [visitor.finish().result for visitor in visitors] == [5, 5]


@pytest.mark.parametrize("job", ["add", "fail_with_advice"])
def test_a_job_that_ends_while_it_is_asked_after_has_its_answer(
    app: Dash, monkeypatch: pytest.MonkeyPatch, job: str
) -> None:
    """Dash looks for a result, then whether the job runs: one that ended in between is not taken for cancelled."""
    manager = app._background_manager
    visitor = Visitor(app, job, 2, 3).start()

    def look_too_early(key: str, _job: str) -> object:
        monkeypatch.undo()
        until(lambda: key in manager.handle)
        return manager.UNDEFINED

    monkeypatch.setattr(manager, "get_result", look_too_early)
    assert not visitor.look()
    visitor.finish()
    if job == "add":
        assert visitor.result == 5
    else:
        assert visitor.notice == "No customers are left. Choose a longer period."


def test_a_cancelled_job_ends_with_everything_it_started(app: Dash, tmp_path: Path) -> None:
    """Cancelling kills the job and its own child processes, and the page hears no complaint."""
    visitor = Visitor(app, "announce_and_wait", str(tmp_path / "mark")).start()
    pids = announced(tmp_path / "mark")
    visitor.cancel()
    until(lambda: all_gone(pids))
    assert visitor.finish().answer == {}
    until(lambda: not own_zombies())


def test_an_error_for_the_user_arrives_as_it_is(app: Dash) -> None:
    """The sentence of an AnalyticsError is the notice."""
    visitor = Visitor(app, "fail_with_advice").start().finish()
    assert visitor.notice == "No customers are left. Choose a longer period."


def test_any_other_error_is_a_reference_number(app: Dash, capfd: pytest.CaptureFixture[str]) -> None:
    """The user gets a reference, the log gets it with the place of the error, and neither gets the data in its message."""
    visitor = Visitor(app, "fail_with_a_secret").start().finish()
    assert REFERENCE.fullmatch(visitor.notice)
    log = capfd.readouterr().err
    assert visitor.notice.removesuffix(".")[-6:] in log
    assert "fail_with_a_secret" in log
    assert "ann@example.org" not in log + json.dumps(visitor.answer)


def test_a_job_may_change_nothing(app: Dash) -> None:
    """PreventUpdate in a job leaves the page as it was."""
    visitor = Visitor(app, "change_nothing").start().finish()
    assert not (visitor.answer or {}).get("response")
    assert "sideUpdate" not in (visitor.answer or {})


def test_rows_are_not_a_result(app: Dash) -> None:
    """A result too large to be an id is refused, so that no customers' rows pass through the cache."""
    assert REFERENCE.fullmatch(Visitor(app, "return_too_much").start().finish().notice)


def test_what_a_job_prints_does_not_disturb_it(app: Dash) -> None:
    """A library that prints inside a job does no harm."""
    assert Visitor(app, "print_and_add", 1, 1).start().finish().result == 2


def test_a_job_knows_the_workspace_and_starts_no_server(app: Dash, settings: Settings) -> None:
    """A job's process has the server's workspace, and imports neither the app nor a server."""
    assert Visitor(app, "where_home_is").start().finish().result == [str(settings.home), "False", "False"]


def test_a_killed_job_shows_a_failure_within_ten_seconds(app: Dash, tmp_path: Path) -> None:
    """When the system kills a job, the user is told, and what it had started is gone."""
    visitor = Visitor(app, "announce_and_wait", str(tmp_path / "mark")).start()
    pids = announced(tmp_path / "mark")
    os.kill(pids[0], signal.SIGKILL)
    assert "stopped before it finished" in visitor.finish(10).notice
    until(lambda: all_gone(pids))
    until(lambda: not own_zombies())


def test_a_job_that_takes_too_long_is_stopped(settings: Settings, tmp_path: Path) -> None:
    """At its deadline a job is killed with its children, and the notice says so."""
    for seconds in (4.0, 16.0, 64.0):  # until it is long enough for the job to begin
        mark = tmp_path / f"mark-{seconds}"
        app = make_app(settings.model_copy(update={"job_deadline_seconds": seconds}))
        visitor = Visitor(app, "announce_and_wait", str(mark)).start()
        until(lambda mark=mark, visitor=visitor: mark.exists() or visitor.look(), seconds + PATIENCE)
        if mark.exists():
            break
    pids = announced(mark)
    if visitor.answer is None:
        visitor.finish(seconds + PATIENCE)
    assert visitor.notice.startswith(f"This took longer than {seconds / 60:.3g} minutes and was stopped.")
    until(lambda: all_gone(pids))


def test_jobs_wait_in_line(settings: Settings, tmp_path: Path) -> None:
    """With every place taken the next job waits, says so, and starts when one is free."""
    app = make_app(settings.model_copy(update={"most_jobs": 1}))
    gate = tmp_path / "gate"
    first = Visitor(app, "wait_for_file", str(tmp_path / "first"), str(gate)).start()
    until((tmp_path / "first").exists)
    second = Visitor(app, "wait_for_file", str(tmp_path / "second"), str(gate)).start()
    until(lambda: second.look() or second.seen)
    assert second.seen[0] == [0, "Waiting for another job to finish"]
    assert not (tmp_path / "second").exists()
    third = Visitor(app, "add", 1, 2).start()
    third.cancel()
    assert third.finish().answer == {}
    gate.touch()
    assert first.finish().result == str(tmp_path / "first")
    assert second.finish().result == str(tmp_path / "second")


def test_a_job_dies_with_its_server(settings: Settings, tmp_path: Path) -> None:
    """A killed server leaves no job behind, its place in line is free, and another server process says what happened."""
    mark = tmp_path / "mark"
    server = subprocess.Popen(
        [sys.executable, "-c", _SERVER, str(Path.cwd()), str(Path(__file__).parent), str(mark)],
        env={**os.environ, "CLIENTELE_HOME": str(settings.home), "CLIENTELE_MOST_JOBS": "1"},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert server.stdout
    with server, server.stdout:
        key = server.stdout.readline().strip()
        pids = announced(mark)
        server.kill()
    until(lambda: all_gone(pids))
    manager = SpawnedJobs(settings.model_copy(update={"most_jobs": 1}))
    assert manager.get_result(key, key) == {"_dash_no_update": "_dash_no_update"}
    message = manager.get_updated_props(key)[NOTICES]["children"][0].children
    assert message == "Clientele was restarted while this was running. Please start it again."
    assert manager._join_line("next") == 0
    manager.handle.close()


_SERVER = """
import sys, threading
sys.path[:0] = sys.argv[1:3]
from dashboard.jobs import SpawnedJobs
from dashboard.settings import read_settings
from test_jobs import announce_and_wait
manager = SpawnedJobs(read_settings())
print(manager.call_job_fn("k" * 32, manager.make_job_fn(announce_and_wait, True), [sys.argv[3]], {}), flush=True)
threading.Event().wait(600)
"""


def test_clusters_after_clusters(app: Dash) -> None:
    """K-Means in the server, which starts OpenMP's threads, does not hang a K-Means in a job after it."""
    assert fit(5_000) == 3
    assert Visitor(app, "cluster", 5_000).start().finish(2 * PATIENCE).result == 3


def test_only_functions_of_a_module_can_be_jobs(settings: Settings) -> None:
    """A function that another process could not find is refused when it is wired, not when a user starts it."""
    manager = SpawnedJobs(settings)
    with pytest.raises(TypeError, match="ordinary function of a module"):
        manager.make_job_fn(lambda report: None, True)
    manager.handle.close()


def test_forged_handles_stop_nothing(app: Dash, tmp_path: Path) -> None:
    """A job's handle that this server did not sign neither stops nor reads a job."""
    visitor = Visitor(app, "announce_and_wait", str(tmp_path / "mark")).start()
    pids = announced(tmp_path / "mark")
    genuine = visitor.handles["job"]
    visitor.handles["job"] = genuine.split("~")[0] + "~" + "0" * 64
    visitor.cancel()
    visitor.handles["job"] = genuine
    assert not visitor.look()
    assert all(psutil.pid_exists(pid) for pid in pids)
    visitor.cancel()
    until(lambda: all_gone(pids))
