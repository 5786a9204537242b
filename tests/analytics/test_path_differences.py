"""Two groups of sessions compared: the z-test and the control of false discoveries against numbers worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from analytics.behaviour.differences import (
    benjamini_hochberg,
    differences,
    index_moves,
    sequence_differences,
    step_differences,
)
from analytics.behaviour.sequences import index_grams
from tests.analytics.test_paths import walks


def test_the_two_proportion_test() -> None:
    """30 of 100 against 20 of 100: pooled .25, z = .1 / √(.25 × .75 × .02) = 1.633, two-sided p = .1025."""
    (found,) = differences([(0, 1)], np.array([30]), np.array([100]), np.array([20]), np.array([100]))
    assert (found.share_a, found.share_b) == (0.3, 0.2)
    assert found.difference == pytest.approx(0.1)
    assert found.p == pytest.approx(0.10247, abs=1e-5)
    assert not found.is_significant


def test_the_false_discovery_rate() -> None:
    """The example of Benjamini & Hochberg (1995), table 1: of 15 p-values the four smallest are significant at 5 %."""
    p = [.0001, .0004, .0019, .0095, .0201, .0278, .0298, .0344, .0459, .3240, .4262, .5719, .6528, .7590, 1.0]  # fmt: skip
    adjusted = benjamini_hochberg(np.array(p))
    assert (adjusted <= 0.05).sum() == 4
    assert adjusted[3] == pytest.approx(0.0095 * 15 / 4)
    assert (np.diff(adjusted) >= 0).all()


def test_what_was_not_tested_does_not_count() -> None:
    """A missing p-value stays missing and makes the others no stricter."""
    np.testing.assert_allclose(benjamini_hochberg(np.array([0.02, np.nan, 0.03])), [0.03, np.nan, 0.03])


def test_too_few_sessions_are_not_tested() -> None:
    """Below five expected sessions there is a difference, but no p-value and no colour."""
    (found,) = differences([(0, 1)], np.array([4]), np.array([10]), np.array([0]), np.array([10]))
    assert found.difference == 0.4
    assert (found.p, found.q, found.is_significant) == (None, None, False)


def test_a_group_without_the_state_has_no_share() -> None:
    """Nobody there is missing, not zero, and comes last."""
    found = differences([(0, 1), (1, 2)], np.array([0, 5]), np.array([0, 10]), np.array([1, 1]), np.array([9, 10]))
    assert [(item.path, item.share_a, item.difference) for item in found] == [((1, 2), 0.5, 0.4), ((0, 1), None, None)]


LETTERS = ("hc", "hp", "hcp", "hpb", "h", "hchc", "chp", "pc") * 40


def halves() -> tuple[np.ndarray, np.ndarray]:
    a = np.arange(len(LETTERS)) % 8 < 3
    return a, ~a


def test_steps_are_shares_of_the_sessions_that_were_there() -> None:
    """Each share is counted by hand over sessions: those that went on so, of those that were in the state."""
    a, b = halves()
    found = step_differences(index_moves(walks(*LETTERS)), a, b)
    assert (found.sessions_a, found.sessions_b) == (120, 200)
    names = (*found.states.names, "left")
    told = {tuple(names[code] for code in item.path): item for item in found.found}
    home_category = told["Home", "Category"]
    assert (home_category.a, home_category.a_of) == (80, 120)  # hc, hcp of hc, hp, hcp
    assert (home_category.b, home_category.b_of) == (40, 160)  # hchc of hpb, h, hchc, chp
    assert home_category.is_significant
    left = told["Home", "left"]
    assert (left.a, left.b, left.b_of) == (0, 40, 160)


def test_a_against_b_is_b_against_a_turned_round() -> None:
    """Changing sides changes the sign of each difference and nothing of its significance."""
    a, b = halves()
    many = walks(*LETTERS)
    for compare, index in ((step_differences, index_moves(many)), (sequence_differences, index_grams(many))):
        forth = {item.path: item for item in compare(index, a, b).found}
        back = {item.path: item for item in compare(index, b, a).found}
        assert forth.keys() == back.keys()
        assert forth
        for path, item in forth.items():
            assert (item.share_a, item.share_b) == (back[path].share_b, back[path].share_a)
            if item.difference is None:
                assert back[path].difference is None
            else:
                assert item.difference == pytest.approx(-back[path].difference)
            assert item.q == (None if back[path].q is None else pytest.approx(back[path].q))


def test_a_group_does_not_differ_from_its_like() -> None:
    """Two groups with the same sessions have no difference and no significance."""
    many = walks(*LETTERS, *LETTERS)
    a = np.arange(2 * len(LETTERS)) < len(LETTERS)
    found = step_differences(index_moves(many), a, ~a).found
    assert found
    assert all(item.difference == 0 and not item.is_significant for item in found)
