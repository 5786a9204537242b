"""The figures that models are judged by: by hand, against scikit-learn, and where they are not defined."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.errors import NotFoundError
from analytics.predict.evaluation.measures import MEASURES, best_threshold, calibration_error, figures, measure

TRUTH = np.array([1, 1, 0, 1, 0, 1, 0, 0, 0, 0], dtype=float)
SCORES = np.array([0.9, 0.8, 0.7, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1])
"""Ten cases; a yes and a no share the score .7."""


@st.composite
def judged(draw: st.DrawFn) -> tuple[Any, Any]:
    """Cases of both answers with scores in steps, so that there are ties."""
    count = draw(st.integers(2, 60))
    truth = draw(st.lists(st.booleans(), min_size=count, max_size=count).filter(lambda told: 0 < sum(told) < len(told)))
    scores = draw(st.lists(st.integers(0, 20), min_size=count, max_size=count))
    return np.array(truth, dtype=float), np.array(scores) / 20


def test_ten_cases_by_hand() -> None:
    """At .5 six are called yes and four of them are; a yes outranks a no in 21.5 of 24 pairs, ties counted half."""
    found = figures("classification", TRUTH, SCORES, 0.5)
    assert found["accuracy"] == 0.8
    assert found["precision"] == pytest.approx(4 / 6)
    assert found["recall"] == 1.0
    assert found["f1"] == pytest.approx(0.8)
    assert found["roc_auc"] == pytest.approx(21.5 / 24)
    assert found["average_precision"] == pytest.approx((1 + 1 + 3 / 4 + 4 / 6) / 4)
    assert found["brier"] == pytest.approx(0.154)
    yes, no = (0.9, 0.8, 0.7, 0.5), (0.7, 0.6, 0.4, 0.3, 0.2, 0.1)
    assert found["log_loss"] == pytest.approx(-sum(map(math.log, [*yes, *(1 - p for p in no)])) / 10)


def test_amounts_by_hand() -> None:
    """Errors of 1, -2 and 2 on amounts of 1, 2 and 6, whose mean is 3."""
    found = figures("regression", np.array([1.0, 2, 6]), np.array([0.0, 4, 4]), 0)
    assert found["mae"] == pytest.approx(5 / 3)
    assert found["mse"] == pytest.approx(3.0)
    assert found["rmse"] == pytest.approx(math.sqrt(3))
    assert found["r2"] == pytest.approx(1 - 9 / 14)


@settings(max_examples=60, deadline=None)
@given(judged(), st.integers(0, 21))
def test_classes_are_judged_as_scikit_learn_does(cases: tuple[Any, Any], step: int) -> None:
    """Every measure of yes and no equals its namesake, whatever the ties and the cut-off."""
    from sklearn import metrics

    truth, scores = cases
    threshold = step / 20
    called = scores >= threshold
    found = figures("classification", truth, scores, threshold)
    assert found["accuracy"] == pytest.approx(metrics.accuracy_score(truth, called))
    assert found["recall"] == pytest.approx(metrics.recall_score(truth, called))
    if called.any():
        assert found["precision"] == pytest.approx(metrics.precision_score(truth, called))
    assert found["f1"] == pytest.approx(metrics.f1_score(truth, called))
    assert found["roc_auc"] == pytest.approx(metrics.roc_auc_score(truth, scores))
    assert found["average_precision"] == pytest.approx(metrics.average_precision_score(truth, scores))
    assert found["log_loss"] == pytest.approx(metrics.log_loss(truth, scores))
    assert found["brier"] == pytest.approx(metrics.brier_score_loss(truth, scores))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.floats(-1e3, 1e3), st.floats(-1e3, 1e3)), min_size=2, max_size=40))
def test_amounts_are_judged_as_scikit_learn_does(pairs: list[tuple[float, float]]) -> None:
    """Every measure of amounts equals its namesake; where all amounts are the same there is no R²."""
    from sklearn import metrics

    truth, scores = (np.array(each) for each in zip(*pairs, strict=True))
    found = figures("regression", truth, scores, 0)
    assert found["mae"] == pytest.approx(metrics.mean_absolute_error(truth, scores))
    assert found["mse"] == pytest.approx(metrics.mean_squared_error(truth, scores))
    assert found["rmse"] == pytest.approx(metrics.root_mean_squared_error(truth, scores))
    if np.ptp(truth) > 1e-3:
        assert found["r2"] == pytest.approx(metrics.r2_score(truth, scores))
    elif np.ptp(truth) == 0:
        assert math.isnan(found["r2"])


def test_what_is_not_defined_is_missing_and_not_zero() -> None:
    """Nobody called yes has no precision, nobody who is yes no recall; one answer alone cannot be ranked."""
    none_called = figures("classification", TRUTH, SCORES, 0.95)
    assert math.isnan(none_called["precision"])
    assert none_called["recall"] == none_called["f1"] == 0.0
    all_no = figures("classification", np.zeros(10), SCORES, 0.95)
    assert all(math.isnan(all_no[name]) for name in ("precision", "recall", "f1", "roc_auc", "average_precision"))
    assert all_no["accuracy"] == 1.0
    assert math.isnan(figures("classification", np.ones(10), SCORES, 0.5)["roc_auc"])
    assert all(math.isnan(value) for value in figures("classification", np.zeros(0), np.zeros(0), 0.5).values())
    assert math.isnan(figures("regression", np.full(3, 0.1), np.array([0.1, 0.2, 0.3]), 0)["r2"])


def test_equal_scores_tell_nothing() -> None:
    """With one score for all, ROC-AUC is a half and average precision the share of yes."""
    found = figures("classification", TRUTH, np.full(10, 0.3), 0.5)
    assert found["roc_auc"] == 0.5
    assert found["average_precision"] == pytest.approx(0.4)


def test_one_wrong_certainty_is_not_infinite() -> None:
    """A probability of exactly 0 for a yes costs much, and a number still."""
    assert 30 < figures("classification", np.array([1.0, 0]), np.array([0.0, 0]), 0.5)["log_loss"] * 2 < 40


@settings(max_examples=40, deadline=None)
@given(judged(), st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_no_digit(cases: tuple[Any, Any], random: Any) -> None:
    """Figures, the best cut-off and the calibration error are the same to the last bit when rows are shuffled."""
    truth, scores = cases
    rows = list(range(len(truth)))
    random.shuffle(rows)
    assert figures("classification", truth, scores, 0.5) == pytest.approx(
        figures("classification", truth[rows], scores[rows], 0.5), rel=0, abs=0, nan_ok=True
    )
    assert best_threshold(truth, scores) == best_threshold(truth[rows], scores[rows])
    assert calibration_error(truth, scores) == calibration_error(truth[rows], scores[rows])


def test_the_best_cut_off_lies_between_two_scores() -> None:
    """F1 is best, .8, with all down to .5 called yes: the cut-off is in the middle between .5 and .4."""
    assert best_threshold(TRUTH, SCORES) == pytest.approx(0.45)
    assert best_threshold(np.zeros(4), SCORES[:4]) == 0.5
    assert best_threshold(TRUTH, np.full(10, 0.3)) == 0.3


@settings(max_examples=60, deadline=None)
@given(judged())
def test_no_cut_off_is_better_than_the_best(cases: tuple[Any, Any]) -> None:
    """F1 at the best cut-off is at least that at every score."""
    truth, scores = cases
    best = figures("classification", truth, scores, best_threshold(truth, scores))["f1"]
    assert all(figures("classification", truth, scores, cut)["f1"] <= best + 1e-12 for cut in np.unique(scores))


def test_calibration_error_by_hand() -> None:
    """Twenty cases in ten pairs: nine pairs are exact, one says .5 where none is yes: .5 in one bin of ten."""
    scores = np.repeat([0.0, 0.5], [10, 10])
    scores[10:] = np.linspace(0.5, 0.5, 10)
    truth = np.zeros(20)
    truth[10:] = [1, 0] * 5
    assert calibration_error(truth, scores) == pytest.approx(0.0)
    assert calibration_error(np.zeros(20), scores) == pytest.approx(0.25)
    assert math.isnan(calibration_error(np.zeros(0), np.zeros(0)))


@pytest.mark.parametrize("known", MEASURES, ids=lambda known: known.name)
def test_every_measure_explains_itself_in_a_sentence(known: Any) -> None:
    """A label, one sentence with a full stop, a unit that screens know, and better models have better figures."""
    assert known.label
    assert known.meaning.endswith(".")
    assert known.meaning.count(". ") == 0
    assert known.unit in ("share", "number", "target", "squared")
    truth, good = TRUTH, np.where(TRUTH == 1, 0.9, 0.1)
    better, worse = known.compute(truth, good, 0.5), known.compute(truth, 1 - good, 0.5)
    assert (better > worse) == known.is_higher_better
    assert measure(known.name) is known


def test_an_unknown_measure_is_named() -> None:
    """The error says what there is."""
    with pytest.raises(NotFoundError, match="roc_auc"):
        measure("gini")
