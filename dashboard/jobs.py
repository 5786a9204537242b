"""Background work: started, followed, cancelled and, when it fails, failing where the user can see it.

A job is a function of a module, with ordinary arguments that are plain JSON, called in a process of its own:

    def fit_clusters(report: Report, request: dict[str, Any]) -> str:
        report(0.2, say("Choosing k"))
        …
        return result_id

The process is a fresh interpreter, never a fork: a fork of a process in which OpenMP has run hangs in its first
K-Means. It speaks to the thread that started it through two pipes, in lines of JSON, so that nothing is pickled and the
cache, which every server process reads, is written on this side alone. When the server dies, the job's input ends, and
it ends itself; when the job dies, its output ends, and the thread writes down why.

    waiting ──► running ──► a result, no result, or a notice
       └───────────┴──────► cancelled
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Literal, TypeVar

import diskcache
import structlog
from dash import Dash, DiskcacheManager, Input, Output, State

from analytics.errors import RequestError
from analytics.text import say
from dashboard.errors import NOTICES, explain, notice
from dashboard.job_process import NO_UPDATE
from dashboard.processes import identity, is_alive, kill_tree
from dashboard.settings import Settings

Report = Callable[[float, str], None]
"""How a job says how far it is: a share from 0 to 1, and a sentence on what it is doing."""

Arguments = Sequence[Any] | Mapping[str, Any]

_CACHE_BYTES = 64 * 2**20
_KEPT_SECONDS = 3600
_JOB = "CLIENTELE_JOB"
_LINE = "line"
_LOOK_SECONDS = 0.2
_BOOT = "import json, sys; sys.path[:] = json.loads(sys.argv[1]); from dashboard.job_process import work; work()"

T = TypeVar("T")

_log = structlog.get_logger("clientele.jobs")


def job_manager(settings: Settings) -> DiskcacheManager:
    """What `Dash(background_callback_manager=…)` is given."""
    return SpawnedJobs(settings)


def run_in_background(
    app: Dash,
    function: Callable[..., Any],
    *,
    output: Output | Sequence[Output],
    inputs: Sequence[Input],
    state: Sequence[State] = (),
    progress: tuple[Output, Output],
    cancel: Sequence[Input] = (),
    running: Sequence[tuple[Output, Any, Any]] = (),
    prevent_initial_call: bool = True,
) -> None:
    """Wire `function(report, *inputs, *state)` so that it runs as a job.

    Args:
        progress: a bar's value in percent, and its label.
        cancel: what stops it: a button's clicks.
        running: (output, value while it runs, value afterwards).
    """
    app.callback(
        output,
        list(inputs),
        list(state),
        background=True,
        interval=500,
        progress=list(progress),
        progress_default=[0, ""],
        cancel=list(cancel) or None,
        running=list(running) or None,
        prevent_initial_call=prevent_initial_call,
    )(function)


def this_job() -> str:
    """The key of the job that this process works for, by which any page can stop it; empty where it works for none."""
    return os.environ.get(_JOB, "")


def stop_job(app: Dash, key: str) -> None:
    """Stop a job, whichever page started it; that page hears that it was cancelled."""
    app._background_manager.terminate_job(key)


@dataclass(frozen=True, slots=True)
class _Job:
    """A function by its name, which is all of it that another process is told."""

    module: str
    name: str


class SpawnedJobs(DiskcacheManager):  # type: ignore[misc]  # Dash has no types
    """Dash's manager of background callbacks, with one fresh process per job on this computer.

    What Dash calls a job's id is the key of its call, never a process id: ids of processes are used again by others.
    """

    def __init__(self, settings: Settings) -> None:
        folder = settings.home / "jobs"
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            cache = diskcache.Cache(str(folder), disk=diskcache.JSONDisk, size_limit=_CACHE_BYTES)
        except OSError as problem:
            raise RequestError(
                say("Cannot write to the workspace folder {home}: {why}.", home=settings.home, why=problem.strerror)
            ) from problem
        self._settings = settings
        super().__init__(cache)
        cache.close()  # each thread, and each process that is forked from this one, opens its own connection

    # What Dash asks of a manager

    def build_cache_key(self, *_args: object, **_kwargs: object) -> str:
        """A key of its own for every call: two people who ask the same at once get a result each."""
        return secrets.token_hex(16)

    def make_job_fn(self, fn: Callable[..., Any], progress: object, key: object = None) -> _Job:  # noqa: ARG002 - Dash asks for it
        """The function's name, once it is sure that another process will find the function by it."""
        found: Any = sys.modules.get(fn.__module__)
        for part in fn.__qualname__.split("."):
            found = getattr(found, part, None)
        # While its module is still being imported, a decorated function is not there yet
        if fn.__module__ == "__main__" or "<" in fn.__qualname__ or (found is not None and found is not fn):
            raise TypeError(f"{fn.__qualname__} cannot run as a job: make it an ordinary function of a module.")
        return _Job(fn.__module__, fn.__qualname__)

    def call_job_fn(self, key: str, job_fn: _Job, args: Arguments, context: object) -> str:  # noqa: ARG002 - Dash asks for it
        """Put the job in line; a thread of this process sees it through to its end."""
        self._write(_record_key(key), {"state": "waiting", "server": identity(os.getpid()), "process": None})
        threading.Thread(target=self._see_through, args=(key, job_fn, args), name=f"job-{key[:6]}", daemon=True).start()
        return key

    def get_progress(self, key: str) -> list[Any] | None:
        """What was reported last: every time, for a page that was left and is looked at again."""
        progress: list[Any] | None = self.handle.get(self._make_progress_key(key))
        return progress

    def get_result(self, key: str, job: str | None) -> Any:  # noqa: ARG002 - Dash asks for it
        """The result, which is forgotten here once it was read; `UNDEFINED` while there is none."""
        result = self.handle.get(key, self.UNDEFINED)
        if result is self.UNDEFINED and not self._is_at_work(key):
            result = self.handle.get(key, self.UNDEFINED)  # it may have ended between the two looks
            record = self.handle.get(_record_key(key))
            if result is self.UNDEFINED and record and record["state"] != "cancelled":
                self._fail(key, say("Clientele was restarted while this was running. Please start it again."))
                result = self.handle.get(key, self.UNDEFINED)
        if result is not self.UNDEFINED:
            for used in (key, _record_key(key), self._make_progress_key(key)):
                self.handle.delete(used)
        return result

    def get_updated_props(self, key: str) -> dict[str, Any]:
        """The notice of a job that failed, for the shell to show: with its answer, and not before."""
        with self.handle.transact():
            if key in self.handle:  # the job has failed since its answer was looked for
                return {}
            message = self.handle.pop(self._make_set_props_key(key))
        return {NOTICES: {"children": [notice(message)]}} if message else {}

    def job_running(self, job: str) -> bool:
        """Whether the page has something to wait for: a job that works, or an answer that it has not read.

        Dash asks this right after it found no result, and takes no for cancelled; the job may have ended in between.
        """
        record = self.handle.get(_record_key(job))
        return bool(record) and record["state"] != "cancelled"

    def _is_at_work(self, job: str) -> bool:
        """Whether the job waits or works, and the server process that sees to it is alive."""
        record = self.handle.get(_record_key(job))
        return bool(record) and record["state"] in {"waiting", "running"} and is_alive(record["server"])

    def terminate_job(self, job: str | None) -> None:
        """Stop the job, if it has not ended by itself, with every process that it started."""
        if job is None:
            return
        record = self._move(job, "cancelled")
        if record and record["process"] and is_alive(record["process"]):
            kill_tree(record["process"][0])

    def terminate_unhealthy_job(self, job: str | None) -> bool:
        """Stop the job if nobody sees to it any more."""
        if job is None or self._is_at_work(job):
            return False
        self.terminate_job(job)
        return True

    def get_or_create_signing_secret(self, generate: Callable[[], bytes]) -> bytes:
        """The secret that every server process signs its ids with; the cache holds text, not bytes."""
        self.handle.add(self.SIGNING_SECRET_KEY, generate().hex())
        return bytes.fromhex(self.handle.get(self.SIGNING_SECRET_KEY))

    def stop_all(self) -> None:
        """Stop every job that this server process sees to."""
        here = identity(os.getpid())
        for key, server in self.handle.get(_LINE, []):
            if server == here:
                self.terminate_job(key)

    # One job from its place in line to its end, in a thread of its own

    def _see_through(self, key: str, job: _Job, args: Arguments) -> None:
        try:
            with self._turn(key) as has_turn:
                if has_turn:
                    self._run(key, job, args)
        except Exception as problem:  # noqa: BLE001 - whatever it is, the user is told
            self._fail(key, explain(problem))
        finally:
            self.handle.close()

    @contextlib.contextmanager
    def _turn(self, key: str) -> Iterator[bool]:
        """Wait until fewer than `most_jobs` are ahead. The line is shared by all server processes; those that died leave it."""
        try:
            ahead = self._join_line(key)
            if ahead >= self._settings.most_jobs:
                self._report(key, 0, say("Waiting for another job to finish"))
            while ahead >= self._settings.most_jobs and self._state(key) == "waiting":
                time.sleep(_LOOK_SECONDS)
                ahead = self._join_line(key)
            yield self._move(key, "running") is not None
        finally:
            with self.handle.transact():
                self._write(_LINE, [entry for entry in self.handle.get(_LINE, []) if entry[0] != key])

    def _join_line(self, key: str) -> int:
        """How many are ahead in the line, in which this job now stands."""
        with self.handle.transact():
            line = [entry for entry in self.handle.get(_LINE, []) if is_alive(entry[1])]
            if all(entry[0] != key for entry in line):
                line.append([key, identity(os.getpid())])
            self._write(_LINE, line)
        return [entry[0] for entry in line].index(key)

    def _run(self, key: str, job: _Job, args: Arguments) -> None:
        started = time.monotonic()
        self._report(key, 0, say("Starting"))
        process = subprocess.Popen(  # noqa: S603 - our own interpreter, and the function's name travels as data
            [sys.executable, "-c", _BOOT, json.dumps([str(Path(entry).absolute()) for entry in sys.path])],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "CLIENTELE_HOME": str(self._settings.home), _JOB: key},
            start_new_session=True,
        )
        overdue = threading.Event()
        watch = threading.Timer(self._settings.job_deadline_seconds, _stop_late, (process, overdue))
        watch.daemon = True
        watch.start()
        try:
            if not self._note_process(key, process.pid):
                return  # cancelled while it was starting
            assert process.stdin is not None and process.stdout is not None  # noqa: S101, PT018 - they are pipes
            with contextlib.suppress(BrokenPipeError):
                process.stdin.write(_order(job, args, self._settings.log_level))
                process.stdin.flush()
            has_answered = self._listen(key, process.stdout)
            if not has_answered and self._state(key) == "running":
                self._fail(key, self._why(overdue.is_set()))
        finally:
            watch.cancel()
            kill_tree(process.pid)
            process.wait()
            for pipe in (process.stdin, process.stdout):
                with contextlib.suppress(BrokenPipeError):
                    pipe.close()  # type: ignore[union-attr]  # it was opened as a pipe
            _log.debug("job ended", job=job.name, seconds=round(time.monotonic() - started, 2))

    def _listen(self, key: str, answers: IO[bytes]) -> bool:
        """Pass on what the job says, until it has given its answer; False if it ended without one."""
        for line in answers:
            kind, value = json.loads(line)
            if kind == "progress":
                self._report(key, *value)
            elif kind == "failed":
                self._fail(key, value)
                return True
            elif kind == "result":
                with self.handle.transact():
                    if self._move(key, "done"):
                        self._write(key, value)
                return True
        return False

    def _why(self, is_overdue: bool) -> str:
        if not is_overdue:
            return say(
                "This was stopped before it finished, most likely because memory ran out. "
                "Try again with fewer customers or a shorter period."
            )
        return say(
            "This took longer than {minutes} minutes and was stopped. Try again with fewer customers or a shorter period.",
            minutes=f"{self._settings.job_deadline_seconds / 60:.3g}",
        )

    # The cache, in which everything is JSON and nothing stays

    def _write(self, key: str, value: object) -> None:
        self.handle.set(key, value, expire=self._settings.job_deadline_seconds + _KEPT_SECONDS)

    def _report(self, key: str, percent: float, sentence: str) -> None:
        self._write(self._make_progress_key(key), [percent, sentence])

    def _state(self, key: str) -> str | None:
        record = self.handle.get(_record_key(key))
        return record["state"] if record else None

    def _move(self, key: str, state: Literal["running", "done", "failed", "cancelled"]) -> dict[str, Any] | None:
        """The job's record in its new state, or None if the job has ended already."""
        with self.handle.transact():
            record: dict[str, Any] | None = self.handle.get(_record_key(key))
            if record is None or record["state"] not in {"waiting", "running"}:
                return None
            record["state"] = state
            self._write(_record_key(key), record)
            return record

    def _note_process(self, key: str, pid: int) -> bool:
        """Write down which process works for the job; False if it was cancelled meanwhile."""
        with self.handle.transact():
            record = self.handle.get(_record_key(key))
            if record is None or record["state"] != "running":
                return False
            record["process"] = identity(pid)
            self._write(_record_key(key), record)
            return True

    def _fail(self, key: str, message: str) -> None:
        with self.handle.transact():
            if self._move(key, "failed"):
                self._write(self._make_set_props_key(key), message)
                self._write(key, NO_UPDATE)


def _order(job: _Job, args: Arguments, log_level: str) -> bytes:
    plain = dict(args) if isinstance(args, Mapping) else list(args)
    return json.dumps({"module": job.module, "name": job.name, "args": plain, "log_level": log_level}).encode() + b"\n"


def _stop_late(process: subprocess.Popen[bytes], overdue: threading.Event) -> None:
    overdue.set()
    kill_tree(process.pid)


def _record_key(key: str) -> str:
    return f"{key}-job"
