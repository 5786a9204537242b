"""Searching settings: by a clock of its own, so that no test waits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import pytest

from analytics.predict.cases import features
from analytics.predict.learners import LEARNERS, Learner, learner
from analytics.predict.learning import searching
from analytics.predict.learning.searching import drawn_settings, searched
from analytics.predict.request import TrainingRequest

REQUEST = TrainingRequest("shop", problem="classification", target="bought")
rng = np.random.default_rng(0)
FRAME = features(pd.DataFrame({"a": rng.normal(size=120), "b": rng.normal(size=120)}))
TARGET = (FRAME["a"] + rng.normal(size=120) > 0).to_numpy(dtype=float)


class Clock:
    """A clock that goes on by what a fit takes."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Fits that take two seconds each, and are real otherwise."""
    clock, fit = Clock(), searching.fitted_pipeline

    def slowly(*given: Any) -> Any:
        clock.now += 2.0
        return fit(*given)

    monkeypatch.setattr(searching, "fitted_pipeline", slowly)
    return clock


@pytest.mark.parametrize("seconds", [1, 7, 20, 60])
def test_a_search_ends_in_time(clock: Clock, seconds: int) -> None:
    """No try is begun that would not end within the budget; a budget below one fit costs one."""
    found = searched(REQUEST, learner("tree", "classification"), FRAME, TARGET, seconds, clock=clock)
    assert found.seconds <= max(2.0, seconds)
    if seconds >= 20:
        assert found.seconds >= 0.8 * seconds


def test_a_budget_without_room_for_more_takes_the_usual_settings(clock: Clock) -> None:
    """Two seconds are gone after the usual settings: nothing else was compared, so nothing else is chosen."""
    found = searched(REQUEST, learner("tree", "classification"), FRAME, TARGET, 2, clock=clock)
    assert (found.settings, found.tried) == ({}, 1)


def test_no_budget_no_fit(clock: Clock) -> None:
    """Without seconds nothing is fitted at all; nor for a learner that has nothing to vary."""
    assert searched(REQUEST, learner("tree", "classification"), FRAME, TARGET, 0, clock=clock).tried == 0
    amounts = TrainingRequest("shop", problem="regression", target="spent")
    assert searched(amounts, learner("linear", "regression"), FRAME, TARGET, 60, clock=clock).tried == 0
    assert clock.now == 0


def test_where_a_rare_answer_is_not_among_those_looked_at_nothing_is_searched(clock: Clock) -> None:
    """With one yes, two folds of three have none: the usual settings are taken, and nothing breaks."""
    target = np.zeros(120)
    target[5] = 1.0
    found = searched(REQUEST, learner("logistic", "classification"), FRAME, target, 60, clock=clock)
    assert (found.settings, found.tried, clock.now) == ({}, 0, 0)


def test_better_settings_are_found(clock: Clock) -> None:
    """What is chosen does better in the same folds than what was usual; the same again with the same seed and time."""
    # An answer that a tree finds only if its leaves may be small
    frame = features(pd.DataFrame({"a": np.arange(120.0) // 12, "b": rng.normal(size=120)}))
    target = np.where(frame["a"] % 2 == 0, 1.0, 0.0)
    seen: list[int] = []
    one = searched(REQUEST, learner("tree", "classification"), frame, target, 120, clock=clock, report=seen.append)
    assert one.settings["min_samples_leaf"] == 10
    assert seen == list(range(2, one.tried + 1))
    other = searched(REQUEST, learner("tree", "classification"), frame, target, 120, clock=clock)
    assert (other.settings, other.tried) == (one.settings, one.tried)


@pytest.mark.parametrize("entry", LEARNERS, ids=lambda entry: f"{entry.kind} {entry.name}")
def test_every_setting_can_be_tried(entry: Learner) -> None:
    """Each value of each setting is one that the estimator knows and accepts, and none is tried twice."""
    for setting in entry.settings:
        assert len(set(setting.values)) == len(setting.values) >= 2
        for value in setting.values:
            made = entry.make({setting.name: value}, 0)
            if entry.name not in ("xgboost", "two_part"):  # these say so in the fit
                made._validate_params()
    some = [told for told, _ in zip(drawn_settings(entry, 0), range(50), strict=False)]
    assert len({_key(told) for told in some}) == len(some)


def _key(told: Mapping[str, Any]) -> tuple[tuple[str, Any], ...]:
    return tuple(sorted(told.items()))
