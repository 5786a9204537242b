"""Processes of this computer: which one it is, whether it lives, and its end with all that it started."""

from __future__ import annotations

import contextlib
import os
import signal

import psutil


def identity(pid: int) -> list[float]:
    """A process as no other one is: its id, and when it started."""
    try:
        return [pid, psutil.Process(pid).create_time()]
    except psutil.NoSuchProcess:
        return [pid, 0.0]


def is_alive(identity: list[float]) -> bool:
    try:
        process = psutil.Process(int(identity[0]))
        # The clock that start times are read from may be adjusted by a little
        started_at: float = process.create_time()
        return abs(started_at - identity[1]) < 2 and bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def kill_tree(pid: int) -> None:
    """Kill a job's process with those that it started. It leads a group of its own, which finds also orphans."""
    family: list[psutil.Process] = []
    with contextlib.suppress(psutil.NoSuchProcess):
        family = psutil.Process(pid).children(recursive=True)
    if hasattr(os, "killpg"):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(pid, signal.SIGKILL)
    for process in family:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    with contextlib.suppress(psutil.NoSuchProcess):
        psutil.Process(pid).kill()
