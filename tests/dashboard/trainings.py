"""Trainings on cases that are made up, for tests that look at models and have no time to train on a shop."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from analytics.predict import Training, TrainingRequest, train_on
from analytics.predict.cases import Cases, features

COUNT = 400


def made_up(kind: str, *, seed: int = 0, models: tuple[str, ...] = (), made_at: str = "", **asked: Any) -> Training:
    """A training of yes or no, or of amounts: whoever looks at many pages says yes, or brings more; one column knows it all."""
    random = np.random.default_rng(seed)
    is_classes = kind == "classification"
    pages = random.integers(0, 12, COUNT).astype(float)
    is_yes = pages + random.normal(0, 2, COUNT) > 8
    target = is_yes.astype(float) if is_classes else np.where(is_yes, 20 + pages, 0.0)
    frame = pd.DataFrame({"pages": pages, "minutes": random.exponential(4, COUNT).round(1), "receipt": target * 3 + 1})
    cases = Cases(
        features(frame),
        target,
        pd.Series([f"v{number:03d}" for number in range(COUNT)]),
        positive="bought" if is_classes else "",
        negative="left" if is_classes else "",
        suspects={"receipt": "It is written after the purchase."},
        naive={} if is_classes else {"Same as last time": np.roll(target, 1)},
    )
    models = models or (("logistic", "tree") if is_classes else ("linear", "ridge"))
    request = TrainingRequest("sample", problem=kind, target="bought", models=models, folds=3, seed=seed, **asked)
    return train_on(cases, request, "EUR", made_at=made_at or f"2026-03-0{seed + 1}T10:00:00+00:00")
