"""Scoring: a million rows by XGBoost against its bare `predict_proba`, and one form's answer with its reasons."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from benchmarks.measure import Line, in_turn, median_seconds

ROWS = 1_000_000
LEARNT_FROM = 12_000
NUMBERS = 10


def run() -> list[Line]:
    """A million cases of ten numbers and two texts; and a case that is typed in."""
    from analytics.predict import TrainingRequest, train_on
    from analytics.predict.cases import Cases, features
    from analytics.predict.scoring.scores import score_case, score_frame

    frame, bought = _cases(ROWS)
    learnt = features(frame.iloc[:LEARNT_FROM])
    request = TrainingRequest(
        "shop", problem="classification", target="bought", models=("logistic", "xgboost"), folds=2
    )
    ids = pd.Series(range(LEARNT_FROM)).astype("string")
    training = train_on(Cases(learnt, bought[:LEARNT_FROM], ids), request)
    fitted = training.contender("xgboost").fitted
    steps = fitted.pipeline.named_steps
    matrix = steps["prepare"].transform(
        frame[sorted(frame.columns)]
    )  # the bare model is handed what it reads, for nothing
    ours, theirs, ratio = in_turn(lambda: score_frame(fitted, frame), lambda: steps["model"].predict_proba(matrix), 3)
    row: dict[str, Any] = {name: frame[name].iloc[7] for name in frame.columns}
    lines = [
        Line(
            "1,000,000 rows scored / bare predict_proba",
            ratio,
            "×",
            most=1.5,
            remark=f"{ours:.2f} s against {theirs:.2f} s",
        )
    ]
    for name in ("xgboost", "logistic"):
        answer = 1_000 * median_seconds(lambda name=name: score_case(training, name, row), 31)  # type: ignore[misc]
        lines.append(Line(f"One form answer with reasons, {name}", answer, "ms", most=50))
    return lines


def _cases(count: int) -> tuple[pd.DataFrame, np.ndarray[Any, Any]]:
    random = np.random.default_rng(7)
    made: dict[str, Any] = {f"n{place}": random.gamma(1.5, 2, count) for place in range(NUMBERS)}
    made["n3"][random.random(count) < 0.1] = np.nan
    for name, levels in (("browser", 6), ("country", 40)):
        codes = random.integers(0, levels, count)
        made[name] = pd.Categorical.from_codes(codes, [f"{name} {level:02d}" for level in range(levels)])
    frame = pd.DataFrame(made)
    pull = frame["n0"] - frame["n1"] + 2 * (frame["browser"].cat.codes == 1) + random.normal(0, 2, count)
    return frame, (pull > 2).to_numpy(dtype=float)
