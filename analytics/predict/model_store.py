"""The model store: trainings kept beside a dataset, sealed, listed, put in use and dropped.

<workspace>/datasets/<dataset>/models/<number>-<problem>/manifest.json, evaluation.npz, test.parquet, <learner>.skops|.ubj, seal
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from analytics.predict.trained import Training


@dataclass(frozen=True, slots=True)
class TrainingAbout:
    """What the manifest of a kept training says of it."""

    id: str
    dataset: str
    version: str
    problem: str
    target: str
    question: str
    made_at: str
    best: str
    figures: Mapping[str, float]
    """Of the best model, on the test part."""
    cases: int
    is_in_use: bool = False


def list_trainings(dataset: str | None = None, *, home: Path | None = None) -> tuple[TrainingAbout, ...]:
    """The trainings that are kept, the newest first; of one dataset, or of all."""
    del dataset, home
    return ()  # nothing can be kept yet


def keep_training(training: Training, *, home: Path | None = None) -> Training:
    """Keep a training beside its dataset; returns it with its id."""
    raise NotImplementedError


def open_training(model: str, *, home: Path | None = None) -> Training:
    """The training of that id, `<dataset>.<problem>.<number>`; a learner's name may follow, as `<id>.<learner>`."""
    raise NotImplementedError
