"""Profit: by hand, within the budget, never more contacts when they are dearer, and in a sentence to repeat."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.errors import DataError, RequestError
from analytics.predict.evaluation.profit_words import profit_notes, profit_sentence
from analytics.predict.evaluation.targeting import Offer, profit, targeted_profile

TRUTH = np.array([1, 1, 0, 1, 0, 1, 0, 0, 0, 0], dtype=float)
SCORES = np.array([0.9, 0.8, 0.7, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1])


def test_profit_of_ten_cases_by_hand() -> None:
    """A contact costs 1, a yes brings 3: 2, 4, (4.5), 5, 4, 6 for the best one to six, then one less with each more."""
    found = profit(TRUTH, SCORES, Offer(1, 3))
    at = [found.nearest(share) for share in (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 1)]
    assert found.profits[at] == pytest.approx([2, 4, 4.5, 5, 4, 6, 2])
    assert (found.contacted, found.threshold, found.expected) == (6, 0.5, pytest.approx(6))
    assert (found.everyone, found.at_random) == (pytest.approx(2), pytest.approx(1.2))
    assert found.break_even_share == 1
    assert found.break_even_score == pytest.approx(1 / 3)
    assert found.found[found.best] == pytest.approx(4)
    assert found.expected_low <= found.expected <= found.expected_high


def test_tested_cases_stand_for_everybody() -> None:
    """A thousand people are a hundred times the ten tested ones."""
    found = profit(TRUTH, SCORES, Offer(1, 3), population=1_000)
    assert (found.contacted, found.expected) == (600, pytest.approx(600))


@pytest.mark.parametrize(
    ("offer", "contacted", "expected", "threshold"),
    [
        (Offer(1, 3, budget=4), 4, 5, 0.7),
        (Offer(1, 3, most_contacts=4), 4, 5, 0.7),
        (Offer(1, 3, budget=3.9), 3, 4.5, 0.7),  # of the two at .7 one, at random
        (Offer(1, 3, budget=2, most_contacts=5), 2, 4, 0.8),
        (Offer(1, 3, budget=0.5), 0, 0, math.inf),
        (Offer(0, 3, budget=0), 6, 12, 0.5),  # what costs nothing needs no budget, and only four say yes
        (Offer(0.1, 3, budget=0.3), 3, 7.2, 0.7),  # .3 / .1 is less than 3 to a computer
        (Offer(1, 12, response_share=0.25), 6, 6, 0.5),
        (Offer(5, 3), 0, 0, math.inf),
    ],
)
def test_the_line_by_hand(offer: Offer, contacted: int, expected: float, threshold: float) -> None:
    """Who is contacted, what it brings and where the line is, with budgets, limits and shares won."""
    found = profit(TRUTH, SCORES, offer)
    assert (found.contacted, found.expected, found.threshold) == (contacted, pytest.approx(expected), threshold)


def test_amounts_by_hand() -> None:
    """A tenth of 100, 50 and 5 is margin, a contact costs 2: 8, 11, 9.5."""
    found = profit(np.array([50.0, 100, 5]), np.array([40.0, 90, 6]), Offer(2, 0.1))
    assert (found.contacted, found.expected, found.threshold) == (2, pytest.approx(11), 40)
    assert found.everyone == pytest.approx(9.5)
    assert found.break_even_score == pytest.approx(20)


def test_break_even_lies_where_the_curve_crosses_nothing() -> None:
    """A contact costs 2: with 3 for a yes the best six bring back what they cost; with 2.9 four leave .7 and five lose 1.3."""
    assert profit(TRUTH, SCORES, Offer(2, 3)).break_even_share == pytest.approx(0.6)
    assert profit(TRUTH, SCORES, Offer(2, 2.9)).break_even_share == pytest.approx(0.435)
    assert profit(TRUTH, SCORES, Offer(2, 0)).break_even_share == 0


judged = st.lists(st.tuples(st.booleans(), st.integers(0, 8)), min_size=1, max_size=40)


@settings(max_examples=60, deadline=None)
@given(judged, st.integers(0, 12), st.integers(0, 12), st.integers(0, 30), st.none() | st.integers(0, 60))
def test_a_dearer_contact_never_contacts_more(
    cases: list[tuple[bool, int]], cost: int, dearer: int, margin: int, budget: int | None
) -> None:
    """Whatever the cases, the margin and the budget; and the budget is kept."""
    truth, scores = np.array([float(yes) for yes, _ in cases]), np.array([score / 8 for _, score in cases])
    cheap = profit(truth, scores, Offer(cost, margin, budget), draws=2)
    dear = profit(truth, scores, Offer(cost + dearer, margin, budget), draws=2)
    assert dear.contacted <= cheap.contacted
    assert dear.expected <= cheap.expected + 1e-9
    assert cheap.expected >= -1e-9
    if budget is not None:
        assert cheap.contacts[cheap.best] * cost <= budget + 1e-9


@settings(max_examples=30, deadline=None)
@given(judged, st.randoms(use_true_random=False))
def test_rows_in_another_order_earn_the_same(cases: list[tuple[bool, int]], random: Any) -> None:
    """The curve, its band and the best line, to the last digit."""
    truth, scores = np.array([float(yes) for yes, _ in cases]), np.array([score / 8 for _, score in cases])
    rows = list(range(len(truth)))
    random.shuffle(rows)
    first, second = (profit(truth[each], scores[each], Offer(1, 3), draws=4) for each in (slice(None), rows))
    for name in first.__slots__:
        np.testing.assert_array_equal(getattr(first, name), getattr(second, name))


def test_a_line_that_was_found_in_noise_is_mostly_optimism() -> None:
    """Scores that say nothing, and a yes worth just what it costs: what the best line promises is owed to choosing it."""
    rng = np.random.default_rng(4)
    truth = (rng.random(400) < 0.5).astype(float)
    found = profit(truth, rng.random(400), Offer(1, 2))
    assert found.optimism > 0.5 * found.expected
    assert profit(TRUTH, TRUTH, Offer(1, 3)).optimism == pytest.approx(0, abs=1)


@pytest.mark.parametrize(
    "wrong", [{"cost_per_contact": -1}, {"margin": math.nan}, {"response_share": 1.1}, {"budget": math.inf}]
)
def test_impossible_terms_are_refused(wrong: dict[str, float]) -> None:
    """The name and what is allowed are said."""
    name = next(iter(wrong)).replace("_", " ")
    with pytest.raises(RequestError, match=name):
        Offer(**{"cost_per_contact": 1, "margin": 3, **wrong})


def test_without_cases_there_is_no_profit() -> None:
    """A sentence, not a division by zero."""
    with pytest.raises(DataError, match="no tested cases"):
        profit(np.zeros(0), np.zeros(0), Offer(1, 3))


def test_the_sentence_a_manager_repeats() -> None:
    """How many, from which chance, how much, and between what."""
    rng = np.random.default_rng(0)
    scores = rng.random(4_000) ** 3
    truth = (rng.random(4_000) < scores).astype(float)
    found = profit(truth, scores, Offer(1, 10, response_share=0.5))
    told = profit_sentence(found, "classification", "GBP")
    assert told.startswith(f"Contact the {found.contacted:,} customers with a chance of ")
    assert "more than contacting nobody (between £" in told
    assert any("chosen at random" in note for note in profit_notes(found, "GBP"))
    nobody = profit_sentence(profit(truth, scores, Offer(50, 10)), "classification", "GBP", one_case_is="visit")
    assert (
        nobody
        == "Contact nobody: at £50 for each contact, not even the visits with the highest scores bring back what they cost."
    )
    poor = profit_sentence(profit(truth, scores, Offer(5, 10, budget=1)), "classification", "GBP")
    assert poor == "Contact nobody: the budget does not pay for a single contact."
    everyone = profit(np.ones(10), SCORES, Offer(1, 3))
    assert profit_sentence(everyone, "classification", "GBP").startswith("Contact all 10 customers: about £20 more")
    assert any("without being contacted" in note or "not contacted" in note for note in profit_notes(everyone, "GBP"))


def test_who_is_above_the_line_in_words() -> None:
    """What sets them apart, numbers and texts, with both sides' figures; everybody and nobody have their own sentence."""
    rng = np.random.default_rng(1)
    targeted = np.arange(400) < 100
    frame = pd.DataFrame(
        {
            "pages": np.where(targeted, 40.0, 4.0) + rng.integers(0, 3, 400),
            "kind": pd.Categorical(np.where(targeted, "new", "old")),
        }
    )
    found = targeted_profile(frame, targeted)
    assert (found.cases, found.share) == (100, 0.25)
    assert "pages is 41, for others 5" in found.sentence
    assert "new" in found.sentence
    assert found.name
    assert "nobody to set them apart" in targeted_profile(frame, np.ones(400, dtype=bool)).sentence
    assert "No customer" in targeted_profile(frame, np.zeros(400, dtype=bool)).sentence
