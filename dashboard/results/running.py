"""Trainings that run at this moment, whoever started them: a mark beside the dataset says so while the job's process lives."""

from __future__ import annotations

import contextlib
import json
import os
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from analytics.beside import drop_training_mark, marking_training, training_marks
from analytics.datasets import Version, open_version
from analytics.errors import AnalyticsError
from analytics.predict import TrainingRequest, training_request_from_json
from dashboard.processes import identity, is_alive


@dataclass(frozen=True, slots=True)
class Running:
    """A training that is not done yet."""

    request: TrainingRequest
    seconds: float
    """For how long it has been running."""
    job: str = ""
    """By which it can be stopped; empty where it cannot."""


def marked(request: TrainingRequest, job: str = "") -> AbstractContextManager[None]:
    """Let everyone who looks at the dataset know that this process trains on it."""
    version = open_version(request.dataset)
    for path, one in _marks(version):
        if one is None:
            drop_training_mark(path)
    told = {"process": identity(os.getpid()), "started": time.time(), "request": request.to_json(), "job": job}
    return marking_training(version, json.dumps(told).encode())


def running(dataset: str) -> tuple[Running, ...]:
    """The trainings of a dataset that run now, the one that runs longest first."""
    found = [one for _, one in _marks(open_version(dataset)) if one is not None]
    return tuple(sorted(found, key=lambda one: -one.seconds))


def _marks(version: Version) -> Iterator[tuple[Path, Running | None]]:
    """Each mark with its training; None where the process that made it is gone, or it cannot be read."""
    for path, content in training_marks(version).items():
        one = None
        with contextlib.suppress(AnalyticsError, ValueError, KeyError, TypeError, IndexError):
            told = json.loads(content)
            if is_alive(told["process"]):
                seconds = max(0.0, time.time() - float(told["started"]))
                one = Running(training_request_from_json(told["request"]), seconds, str(told["job"]))
        yield path, one
