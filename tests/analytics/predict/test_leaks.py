"""The guard: columns that are the answer in another dress are named; those that merely help are not."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from analytics.predict.cases import Cases, features
from analytics.predict.guard.alone import alone, auc, auc_within, dealt_folds, is_beyond_chance, unseen_answers
from analytics.predict.guard.leaks import find_leaks, straddling
from analytics.predict.guard.oversampled import multiplied


def made(columns: Any, target: Any, **more: Any) -> Cases:
    frame = features(pd.DataFrame(columns))
    return Cases(frame, np.asarray(target, dtype=float), pd.Series([f"r{row}" for row in range(len(frame))]), **more)


def leaks(columns: Any, target: Any, kind: str = "classification", **more: Any) -> dict[str, str]:
    cases = made(columns, target)
    found = find_leaks(cases, np.arange(len(cases)), kind=kind, **more)
    return {leak.column: leak.reason for leak in found}


RNG = np.random.default_rng(7)
COUNT = 600
NOISE = RNG.normal(size=COUNT)
YES = (NOISE + RNG.normal(size=COUNT) > 0.5).astype(float)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (YES, "It is the answer itself"),
        (1 - YES, "It is the answer in other words"),
        (np.where(YES == 1, "sold", "open"), "It is the answer in other words"),
        (np.where(YES == 1, np.nan, 3.0), "It is the answer in other words"),
        (YES * 10 + np.abs(NOISE) % 1, "It decides the answer: one cut-off"),
        ([f"{'ab'[int(y)]}{row % 40}" for row, y in enumerate(YES)], "Its values decide the answer"),
        (np.where(YES == 1, np.arange(COUNT) % 7, np.nan), "Its values decide the answer"),
        (np.where(np.arange(COUNT) < 2, 1 - YES, YES) + 0.001 * NOISE, "It is nearly perfect alone: ROC-AUC 0.99"),
    ],
    ids=["equal", "negated", "recoded text", "missing where yes", "cut", "levels", "known where yes", "two errors"],
)
def test_the_answer_in_another_dress_is_named(values: Any, words: str) -> None:
    """Equal, turned round, recoded, told by being missing, parted by one cut-off or decided by levels; noise is not."""
    found = leaks({"x": values, "noise": NOISE}, YES)
    assert list(found) == ["x"]
    assert found["x"].startswith(words)


def test_a_text_with_many_values_is_not_perfect_by_chance() -> None:
    """A name of its own for every second case decides all cases that were seen, and none that were not."""
    names = [f"n{row // 2}" for row in RNG.permutation(COUNT)]
    assert leaks({"name": names, "noise": NOISE}, YES) == {}


def test_a_helpful_column_stays() -> None:
    """An area of .9 alone, as PageValues has on Online Shoppers, is no leak."""
    helpful = YES * 1.8 + RNG.normal(size=COUNT)
    folds = dealt_folds(features(pd.DataFrame({"x": helpful})), YES, "classification")
    assert 0.85 < alone(pd.Series(helpful), YES, folds, "classification").figure < 0.95
    assert leaks({"x": helpful}, YES) == {}


def test_a_column_that_decides_among_alike_cases_is_named() -> None:
    """A price above its category's mean: nearly perfect alone it is not, with the category it is."""
    category = np.arange(COUNT) % 3
    price = 40 + 6 * category + RNG.integers(-15, 16, COUNT)
    dear = (price > 40 + 6 * category).astype(float)
    columns = {"price": price, "category": np.array(["a", "b", "c"])[category], "noise": NOISE}
    assert auc(price.astype(float), dear) < 0.99
    assert leaks(columns, dear) == {
        "price": "With 'category' it decides the answer: ROC-AUC 1.000 among cases with the same 'category'."
    }
    assert leaks({"dear": dear, "category": columns["category"], "noise": NOISE}, price, "regression") == {
        "dear": "It is made from the answer: among cases with the same 'category', it says whether the answer is high or low "
        "(ROC-AUC 1.000)."
    }


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (lambda y: y, "It is the answer itself"),
        (lambda y: -3 * y + 1, "It moves in step with the answer"),
        (np.log1p, "It moves in step with the answer"),
        (lambda y: [f"p{amount:.0f}" for amount in y], "It is the answer in other words"),
        (lambda y: y + 0.01 * NOISE, "It is nearly perfect alone: R² 1.000"),
    ],
    ids=["equal", "negated", "logarithm", "codes", "with noise"],
)
def test_the_amount_in_another_dress_is_named(values: Any, words: str) -> None:
    """Equal, turned round, on another scale, as codes, or with a little noise."""
    amount = RNG.integers(0, 60, COUNT).astype(float)
    found = leaks({"x": values(amount), "noise": NOISE}, amount, "regression")
    assert list(found) == ["x"]
    assert found["x"].startswith(words)


def test_what_helps_to_tell_an_amount_stays() -> None:
    """Half the variance, a category, and a flag with overlap are no leaks."""
    amount = np.exp(RNG.normal(size=COUNT))
    columns = {
        "x": amount + RNG.normal(size=COUNT),
        "kind": np.where(NOISE > 0, "a", "b"),
        "flag": amount + NOISE > 1.5,
    }
    assert leaks(columns, amount, "regression") == {}


def test_suspects_are_named_and_kept_on_purpose() -> None:
    """What the problem says is named with its reason; `keep` takes the name or the heading, and the column stays."""
    cases = made(
        {"end": NOISE, "x": YES}, YES, suspects={"end": "It comes later.", "gone": "Not there."}, labels={"x": "X y"}
    )
    rows = np.arange(COUNT)
    found = find_leaks(cases, rows, kind="classification", keep=("X y",))
    assert [(leak.column, leak.excluded) for leak in found] == [("end", True), ("x", False)]
    assert found[0].reason == "It comes later."
    assert [leak.excluded for leak in find_leaks(cases, rows, kind="classification", keep=("end",))] == [False, True]


def test_only_the_training_part_is_looked_at() -> None:
    """A column that is the answer among the tested cases only is not seen."""
    copied = np.where(np.arange(COUNT) < 300, NOISE, YES)
    cases = made({"x": copied}, YES)
    assert find_leaks(cases, np.arange(300), kind="classification") == ()
    assert len(find_leaks(cases, np.arange(300, COUNT), kind="classification")) == 1


def test_a_handful_of_cases_proves_nothing() -> None:
    """With 10 cases a column parts them by chance too often; with 40 it does not."""
    few = np.array([0.0, 1.0] * 5)
    assert leaks({"x": few}, few) == {}
    assert not is_beyond_chance(few, 1, "classification")
    assert is_beyond_chance(np.tile(few, 4), 10, "classification")


def test_order_plays_no_part() -> None:
    """Permuting rows and columns leaves leaks and reasons as they are."""
    frame = pd.DataFrame(
        {"x": YES * 10 + NOISE, "code": [f"{'ab'[int(y)]}{row % 40}" for row, y in enumerate(YES)], "n": NOISE}
    )
    mixed = RNG.permutation(COUNT)
    assert leaks(frame, YES) == leaks(frame.iloc[mixed][["n", "code", "x"]].reset_index(drop=True), YES[mixed])


def test_unseen_answers_by_hand() -> None:
    """Value 0 has answers 1, 1 and 0 in folds 0, 1, 2; for the first case the others say (1 + 0 + mean) / 3."""
    codes, folds = np.array([0, 0, 0, 1]), np.array([0, 1, 2, 0])
    answers, is_seen = unseen_answers(codes, np.array([1.0, 1.0, 0.0, 0.0]), folds)
    assert answers.tolist() == [1.5 / 3, 1.5 / 3, 2.5 / 3, 0.5]
    assert is_seen.tolist() == [True, True, True, False]


def test_area_within_groups_by_hand() -> None:
    """Scores of two groups with other levels: within each group every pair is right, over all half of them are not."""
    scores = np.array([1.0, 2.0, 11.0, 12.0])
    target = np.array([0.0, 1.0, 0.0, 1.0])
    assert auc(scores, target) == 0.75
    assert auc_within(scores, target, np.array([0, 0, 1, 1])) == 1.0
    assert np.isnan(auc_within(scores, target, np.arange(4)))


def points(count: int, seed: int = 0) -> np.ndarray[Any, Any]:
    return np.random.default_rng(seed).normal(size=(count, 5))


def frame_of(values: np.ndarray[Any, Any]) -> pd.DataFrame:
    return features(pd.DataFrame(values, columns=[f"x{place}" for place in range(values.shape[1])]))


def between(real: np.ndarray[Any, Any], count: int) -> np.ndarray[Any, Any]:
    """Points at random places between neighbours, as SMOTE makes them."""
    rng = np.random.default_rng(1)
    first = rng.integers(0, len(real), count)
    distance = np.square(real[first][:, None, :] - real[None]).sum(axis=2)
    second = np.argsort(distance, axis=1)[np.arange(count), rng.integers(1, 6, count)]
    return real[first] + rng.random(count)[:, None] * (real[second] - real[first])


def test_points_between_others_are_seen() -> None:
    """A rare answer filled up with points between two of its own is named, with its share; as it was, it is not."""
    real = points(900)
    target = np.array([1.0] * 100 + [0.0] * 800)
    assert multiplied(frame_of(real), target) is None
    filled = np.vstack([real, between(real[:100], 700)])
    seen = multiplied(frame_of(filled), np.append(target, np.ones(700)))
    assert seen is not None
    assert (seen.is_yes, seen.how) == (True, "between")
    assert seen.share > 0.5
    assert seen.other_share == 0


def test_copies_of_a_rare_answer_are_seen() -> None:
    """Drawn again and again, the rare answer has equals where the other has none; where both have, nobody was copied."""
    real = points(900)
    target = np.array([0.0] * 100 + [1.0] * 800)
    copied = np.vstack([real, real[:100], real[:100]])
    seen = multiplied(frame_of(copied), np.append(target, np.zeros(200)))
    assert seen is not None
    assert (seen.is_yes, seen.how, seen.share, seen.other_share) == (False, "copies", 1.0, 0.0)
    assert multiplied(frame_of(np.vstack([real, real])), np.append(target, target)) is None


def test_whole_numbers_on_a_grid_are_not_made_up() -> None:
    """Counts lie between each other all the time: for both answers alike, so nothing is said."""
    counts = np.random.default_rng(2).integers(0, 5, (900, 5)).astype(float)
    assert multiplied(frame_of(counts), np.array([1.0] * 150 + [0.0] * 750)) is None


def test_cases_on_both_sides_are_counted() -> None:
    """Two of three test cases have an equal in the training part."""
    frame = features(pd.DataFrame({"x": [1, 2, 3, 1, 2, 9], "t": ["a", "b", "c", "a", "b", "c"]}))
    seen = straddling(frame, np.array([False, False, False, True, True, True]))
    assert (seen.cases, round(seen.share, 3)) == (2, 0.667)
    assert seen.words().startswith("2 of the test cases (67%) are in the training part too")
