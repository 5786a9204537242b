"""Balancing: weights, fewer cases, invented cases."""

from __future__ import annotations

import numpy as np
import pytest

from analytics.errors import DataError
from analytics.predict.learning.balancing import balanced

rng = np.random.default_rng(0)
TARGET = np.array([1.0] * 8 + [0.0] * 32)
NUMBERS = rng.normal(size=(40, 2)).astype(np.float32)
TOWNS = np.eye(3, dtype=np.float32)[rng.integers(0, 3, 40)]
MATRIX = np.hstack([NUMBERS, TOWNS])


def test_weights_by_hand() -> None:
    """Yes and no weigh the same in all: 40 / (2 · 8) and 40 / (2 · 32)."""
    matrix, _, weights = balanced("weight", MATRIX, TARGET, (), 0)
    assert matrix is MATRIX
    assert weights is not None
    assert weights[:8].tolist() == [2.5] * 8
    assert weights[8:].tolist() == [0.625] * 32


def test_undersampling_drops_frequent_cases_only() -> None:
    """All rare cases stay, and as many of the others, each of them a real one."""
    matrix, target, _ = balanced("undersample", MATRIX, TARGET, (), 0)
    assert (target.sum(), len(target)) == (8, 16)
    real = {tuple(row) for row in MATRIX.tolist()}
    assert {tuple(row) for row in matrix.tolist()} <= real


def test_smote_invents_no_half_texts() -> None:
    """Invented cases have one town each, and numbers between those of rare cases."""
    matrix, target, _ = balanced("smote", MATRIX, TARGET, ((2, 5),), 0)
    assert (target.sum(), len(target)) == (32, 64)
    invented = matrix[40:]
    assert matrix.dtype == np.float32
    assert (np.sort(invented[:, 2:], axis=1) == [0, 0, 1]).all()
    rare = NUMBERS[:8]
    assert (invented[:, :2] >= rare.min(axis=0) - 1e-6).all()
    assert (invented[:, :2] <= rare.max(axis=0) + 1e-6).all()
    assert not {tuple(row) for row in invented[:, :2].tolist()} <= {tuple(row) for row in rare.tolist()}


@pytest.mark.parametrize(("matrix", "choices"), [(NUMBERS, ()), (TOWNS, ((0, 3),))], ids=["numbers", "texts"])
def test_smote_of_numbers_or_texts_alone(matrix: np.ndarray, choices: tuple[tuple[int, int], ...]) -> None:
    """SMOTE works where all features are numbers, and where all are texts."""
    made, target, _ = balanced("smote", matrix, TARGET, choices, 0)
    assert made.shape == (64, matrix.shape[1])
    assert target.mean() == 0.5


def test_too_few_rare_cases_for_neighbours() -> None:
    """Five rare cases have four neighbours each: it is said, with the way out."""
    target = np.array([1.0] * 5 + [0.0] * 35)
    with pytest.raises(DataError, match=r"only 5 of them\. Choose weights"):
        balanced("smote", MATRIX, target, (), 0)
