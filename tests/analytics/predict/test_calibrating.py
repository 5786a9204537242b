"""Calibrating: scores become honest, and keep their order."""

from __future__ import annotations

import numpy as np
import pytest

from analytics.predict.evaluation.measures import calibration_error
from analytics.predict.learning.calibrating import calibrator, cross_fitted

rng = np.random.default_rng(0)
HONEST = rng.beta(1, 4, 8_000)
TARGET = (rng.random(8_000) < HONEST).astype(float)
FOLDS = np.arange(8_000) % 5
TOO_MUCH = HONEST * 4 / (HONEST * 4 + 1 - HONEST)
"""As a model says after yes was made four times as frequent."""


@pytest.mark.parametrize("method", ["sigmoid", "isotonic", "auto"])
def test_what_balancing_distorts_is_repaired(method: str) -> None:
    """Scores of a model that was told yes is four times as frequent are off by more than 0.15, and by less than 0.02 after."""
    made = calibrator(method, TOO_MUCH, TARGET, FOLDS)
    assert calibration_error(TARGET, TOO_MUCH) > 0.15
    assert calibration_error(TARGET, cross_fitted(made.method, TOO_MUCH, TARGET, FOLDS)) < 0.02
    assert made(TOO_MUCH) == pytest.approx(HONEST, abs=0.12)


@pytest.mark.parametrize("method", ["sigmoid", "isotonic"])
def test_a_higher_score_is_never_less_likely(method: str) -> None:
    """The way from scores to probabilities rises, stays between 0 and 1, and is certain of nothing."""
    made = calibrator(method, TOO_MUCH, TARGET, FOLDS)
    told = made(np.linspace(0, 1, 1_001))
    assert (np.diff(told) >= 0).all()
    assert 0 < told[0] < told[-1] < 1
    assert len(np.unique(made(np.sort(TOO_MUCH)))) > 0.99 * len(np.unique(TOO_MUCH))


def test_honest_scores_are_left_alone() -> None:
    """Where nothing is to be mended, auto leaves the scores as they are."""
    assert calibrator("auto", HONEST, TARGET, FOLDS).method == "none"


def test_no_fold_is_made_honest_by_its_own_answers() -> None:
    """Turning the answers of one fold around does not move the probabilities of that fold."""
    turned = np.where(FOLDS == 2, 1 - TARGET, TARGET)
    for method in ("sigmoid", "isotonic"):
        one, other = (cross_fitted(method, TOO_MUCH, answers, FOLDS) for answers in (TARGET, turned))
        assert (one[FOLDS == 2] == other[FOLDS == 2]).all()
        assert (one[FOLDS == 1] != other[FOLDS == 1]).any()


def test_scores_upside_down_become_the_mean() -> None:
    """A model that is wrong throughout is not turned around: it says the same of everyone."""
    made = calibrator("sigmoid", 1 - HONEST, TARGET, FOLDS)
    assert made(HONEST) == pytest.approx(np.full(8_000, TARGET.mean()), abs=0.01)
