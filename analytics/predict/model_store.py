"""The model store: trainings kept beside a dataset, sealed, listed, put in use and dropped.

<workspace>/datasets/<dataset>/models/<number>-<problem>/manifest.json, evaluation.npz, test.parquet, <learner>.skops|.ubj, seal
"""

from __future__ import annotations

from pathlib import Path

from analytics.predict.trained import Training


def keep_training(training: Training, *, home: Path | None = None) -> Training:
    """Keep a training beside its dataset; returns it with its id."""
    raise NotImplementedError


def open_training(model: str, *, home: Path | None = None) -> Training:
    """The training of that id, `<dataset>.<problem>.<number>`; a learner's name may follow, as `<id>.<learner>`."""
    raise NotImplementedError
