"""The curves of a model: by hand, against scikit-learn, and thinned without losing a corner."""

from __future__ import annotations

import numpy as np
import pytest

from analytics.predict.evaluation.curves import (
    MOST_POINTS,
    calibration,
    confusion,
    gains,
    precision_recall,
    residuals,
    roc,
    wilson,
)

TRUTH = np.array([1, 1, 0, 1, 0, 1, 0, 0, 0, 0], dtype=float)
SCORES = np.array([0.9, 0.8, 0.7, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1])
RNG = np.random.default_rng(0)
MANY = RNG.random(20_000)
CAME = (RNG.random(20_000) < MANY**3).astype(float)


def test_roc_of_ten_cases_by_hand() -> None:
    """From nobody to everybody, one point for each score; the two at .7 come together."""
    found = roc(TRUTH, SCORES)
    assert found.false_yes_rate * 6 == pytest.approx([0, 0, 0, 1, 2, 2, 3, 4, 5, 6])
    assert found.true_yes_rate * 4 == pytest.approx([0, 1, 2, 3, 3, 4, 4, 4, 4, 4])
    assert found.thresholds.tolist() == [np.inf, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1]


def test_precision_and_recall_of_ten_cases_by_hand() -> None:
    """Precision falls to the share of yes at the last score."""
    found = precision_recall(TRUTH, SCORES)
    assert found.recall[:5] * 4 == pytest.approx([1, 2, 3, 3, 4])
    assert found.precision[:5] == pytest.approx([1, 1, 3 / 4, 3 / 5, 4 / 6])
    assert found.precision[-1] == found.guessing == 0.4


def test_many_points_are_thinned_along_the_whole_curve() -> None:
    """400 at most, none of all the points further than a hundredth from the line, and about the same area below."""
    from sklearn.metrics import roc_curve

    found = roc(CAME, MANY)
    wrong, right, _ = roc_curve(CAME, MANY, drop_intermediate=False)
    assert 200 < len(found.thresholds) <= MOST_POINTS
    x, y = found.false_yes_rate, found.true_yes_rate
    along = np.append(0, np.cumsum(np.diff(x) + np.diff(y)))
    drawn = [np.interp(np.linspace(0, 2, 2_001), along, each) for each in (x, y)]
    beside = np.maximum(np.abs(wrong[::40, None] - drawn[0]), np.abs(right[::40, None] - drawn[1])).min(axis=1)
    assert beside.max() < 0.011
    assert np.trapezoid(found.true_yes_rate, found.false_yes_rate) == pytest.approx(found.area, abs=0.002)
    assert (found.false_yes_rate[-1], found.true_yes_rate[-1]) == (1, 1)
    assert len(precision_recall(CAME, MANY).recall) <= MOST_POINTS
    assert len(gains(CAME, MANY).lift) <= MOST_POINTS


def test_a_corner_stays() -> None:
    """Scores that part the answers perfectly have one corner, at the top left, among ten thousand points."""
    truth = np.repeat([0.0, 1.0], 5_000)
    found = roc(truth, np.arange(10_000.0))
    assert (0.0, 1.0) in zip(found.false_yes_rate.tolist(), found.true_yes_rate.tolist(), strict=True)
    assert found.area == 1.0


def test_confusion_by_hand() -> None:
    """At .7 four are called yes, three of them rightly, and one yes is missed."""
    found = confusion(TRUTH, SCORES, 0.7)
    assert (found.true_yes, found.false_yes, found.true_no, found.false_no) == (3, 1, 5, 1)
    assert (found.precision, found.recall, found.specificity, found.called_share) == (0.75, 0.75, 5 / 6, 0.4)
    assert np.isnan(confusion(np.zeros(3), SCORES[:3], 2.0).precision)


def test_calibration_bins_are_equal_in_size() -> None:
    """Five bins of two: mean score, share of yes, and an interval that holds it."""
    found = calibration(TRUTH, SCORES, bins=5)
    assert found.cases.tolist() == [2] * 5
    assert found.mean_score == pytest.approx([0.15, 0.35, 0.55, 0.7, 0.85])
    assert found.share_yes == pytest.approx([0, 0, 0.5, 0.5, 1])
    assert (found.low <= found.share_yes).all()
    assert (found.share_yes <= found.high).all()


def test_wilson_is_that_of_statistics() -> None:
    """The interval of shares of 0, 3 and 10 of ten equals SciPy's."""
    from scipy.stats import binomtest

    low, high = wilson(np.array([0, 0.3, 1]), np.full(3, 10.0))
    for place, yes in enumerate((0, 3, 10)):
        told = binomtest(yes, 10).proportion_ci(method="wilson")
        assert (low[place], high[place]) == pytest.approx((told.low, told.high), abs=1e-9)


def test_gains_by_hand() -> None:
    """The best fifth of ten cases holds half of the four yes: a lift of 2.5; a perfect model finds all in two fifths."""
    found = gains(TRUTH, SCORES)
    assert found.found_at(0.2) == pytest.approx(0.5)
    assert found.lift[2] == pytest.approx(2.5)
    assert found.found_at(0.3) == pytest.approx(0.625)  # half way through the two who share .7
    assert found.perfect[3] == pytest.approx(1.0)
    assert np.isnan(found.lift[0])
    assert np.isnan(gains(np.zeros(4), SCORES[:4]).share_found).all()


def test_gains_of_amounts() -> None:
    """The share of the whole amount."""
    assert gains(np.array([6.0, 3, 1]), np.array([3.0, 2, 1])).share_found == pytest.approx([0, 0.6, 0.9, 1])


def test_residuals_keep_the_largest_miss() -> None:
    """Of many cases few are drawn, the worst among them; every case is in the histogram."""
    truth = MANY * 100
    truth[777] += 5_000
    found = residuals(truth, MANY * 90)
    assert len(found.actual) <= MOST_POINTS
    assert found.actual.max() == truth.max()
    assert found.counts.sum() == len(truth)
    assert found.bias == pytest.approx((truth - MANY * 90).mean())
    assert (found.tenth_low <= found.tenth_actual).all()
    assert residuals(np.ones(3), np.ones(3)).counts.sum() == 3
    assert not len(residuals(np.zeros(0), np.zeros(0)).actual)


def test_rows_in_another_order_draw_the_same_curves() -> None:
    """Ties share a point, so nothing depends on which came first."""
    rows = np.random.default_rng(5).permutation(len(MANY))
    scores = MANY.round(2)
    for draw in (roc, precision_recall, calibration, gains, residuals):
        first, second = draw(CAME, scores), draw(CAME[rows], scores[rows])
        for name in first.__slots__:
            np.testing.assert_array_equal(getattr(first, name), getattr(second, name))
