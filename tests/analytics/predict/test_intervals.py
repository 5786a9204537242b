"""Bootstrap intervals: around the figure, as wide as theory says, the same whatever the order of rows."""

from __future__ import annotations

import math

import numpy as np
import pytest

from analytics.predict.evaluation import intervals
from analytics.predict.evaluation.intervals import bootstrap, difference, resampled
from analytics.predict.evaluation.measures import figures

RNG = np.random.default_rng(3)
SCORES = RNG.random(2_000).round(2)
TRUTH = (RNG.random(2_000) < SCORES).astype(float)


@pytest.mark.parametrize(("kind", "truth"), [("classification", TRUTH), ("regression", 10 * TRUTH + SCORES)])
def test_every_figure_lies_in_its_interval(kind: str, truth: np.ndarray) -> None:
    """Of both kinds, with as many intervals as figures."""
    found = bootstrap(kind, truth, SCORES, 0.5)
    told = figures(kind, truth, SCORES, 0.5)
    assert found.keys() == told.keys()
    assert all(low < told[name] < high for name, (low, high) in found.items())


@pytest.mark.parametrize(("kind", "truth"), [("classification", TRUTH), ("regression", 10 * TRUTH + SCORES)])
def test_a_draw_is_judged_like_the_cases_it_repeats(kind: str, truth: np.ndarray) -> None:
    """Weights of 0, 1, 2 … give what the measures give on the rows so often repeated."""
    weights = np.random.default_rng(1).integers(0, 4, len(truth)).astype(float)
    repeated = np.repeat(np.arange(len(truth)), weights.astype(int))
    judge = intervals._judge(kind, truth, SCORES, 0.4)
    assert judge(weights) == pytest.approx(figures(kind, truth[repeated], SCORES[repeated], 0.4))


def test_the_width_is_that_of_the_binomial() -> None:
    """The interval of accuracy is as wide as 1.96 standard errors on either side, a fifth more or less."""
    share = figures("classification", TRUTH, SCORES, 0.5)["accuracy"]
    low, high = bootstrap("classification", TRUTH, SCORES, 0.5, draws=1_000)["accuracy"]
    assert (high - low) / 2 == pytest.approx(1.96 * math.sqrt(share * (1 - share) / len(TRUTH)), rel=0.2)


def test_rows_in_another_order_give_the_same_interval() -> None:
    """To the last digit."""
    rows = np.random.default_rng(5).permutation(len(TRUTH))
    assert bootstrap("classification", TRUTH, SCORES, 0.5, draws=20) == bootstrap(
        "classification", TRUTH[rows], SCORES[rows], 0.5, draws=20
    )


def test_a_tiny_class_is_in_every_draw() -> None:
    """With three yes in a hundred each draw has three: otherwise one in twenty had none, and nothing to rank."""
    truth = np.zeros(100)
    truth[:3] = 1
    assert all(weights[:3].sum() == 3 for weights in resampled(truth, "classification", 0, 50))
    low, high = bootstrap("classification", truth, np.linspace(1, 0, 100), 0.5)["recall"]
    assert (low, high) == (1.0, 1.0)


def test_what_has_no_figure_has_no_interval() -> None:
    """NaN on both sides: of one class only, and of one case."""
    assert all(map(math.isnan, bootstrap("classification", np.zeros(9), SCORES[:9], 2.0)["precision"]))
    assert all(map(math.isnan, bootstrap("classification", np.ones(1), SCORES[:1], 0.5)["accuracy"]))


def test_a_sample_of_many_cases_has_the_width_of_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """Drawing from a tenth of the cases gives about the interval that all of them give, and says so."""
    scores = np.random.default_rng(8).random(20_000)
    truth = (np.random.default_rng(9).random(20_000) < scores).astype(float)
    whole = bootstrap("classification", truth, scores, 0.5)["roc_auc"]
    monkeypatch.setattr(intervals, "MOST_CASES", 2_000)
    part = bootstrap("classification", truth, scores, 0.5)["roc_auc"]
    assert part[1] - part[0] == pytest.approx(whole[1] - whole[0], rel=0.35)
    assert part[0] < figures("classification", truth, scores, 0.5)["roc_auc"] < part[1]
    assert "2,000 of the 20,000" in intervals.sampling_note(20_000)
    assert not intervals.sampling_note(2_000)


def test_two_models_are_compared_on_the_same_draws() -> None:
    """A model is not better than itself in any draw, and surely better than one that guesses."""
    same = difference("classification", "roc_auc", TRUTH, (SCORES, 0.5), (SCORES, 0.5))
    assert (same.value, same.low, same.high, same.better) == (0, 0, 0, 0.5)
    guessing = np.random.default_rng(2).random(len(TRUTH))
    gap = difference("classification", "log_loss", TRUTH, (SCORES, 0.5), (guessing, 0.5))
    assert gap.is_sure
    assert gap.value < 0
    assert gap.better == 1.0
