"""Balancing: what is done about a rare yes among the cases that one fit learns from, and never among those it is tested on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from analytics.errors import DataError
from analytics.predict.cases import Numbers
from analytics.text import say

Matrix = np.ndarray[Any, Any]
NEIGHBOURS: Final = 5
"""Among how many of its like SMOTE draws a case that lies between (Chawla et al. 2002)."""


def balanced(
    how: str, matrix: Matrix, target: Numbers, choices: Sequence[tuple[int, int]], seed: int
) -> tuple[Matrix, Numbers, Numbers | None]:
    """(matrix, answers, weights or None) for a fit, as alike in yes and no as `how` asks for.

    SMOTE invents cases between a rare one and its neighbours. Between two texts there is nothing: an invented case has the text
    that most of the neighbours have (SMOTE-NC), so no case is half of one country and half of another.

    Args:
        choices: (first, end) of the matrix's columns that stand for a text, or for a flag.

    Raises:
        DataError: there are too few rare cases for SMOTE.
    """
    match how:
        case "weight":
            counts = np.bincount(target.astype(int), minlength=2)
            return matrix, target, (len(target) / (2 * counts))[target.astype(int)]
        case "undersample":
            from imblearn.under_sampling import RandomUnderSampler

            fewer, answers = RandomUnderSampler(random_state=seed).fit_resample(matrix, target)
            return fewer, answers, None
        case "smote":
            more, answers = _smote(matrix, target, choices, seed)
            return more, answers, None
        case _:
            return matrix, target, None


def _smote(matrix: Matrix, target: Numbers, choices: Sequence[tuple[int, int]], seed: int) -> tuple[Matrix, Numbers]:
    from imblearn.over_sampling import SMOTE, SMOTEN, SMOTENC

    rare = int(min(target.sum(), len(target) - target.sum()))
    if rare <= NEIGHBOURS:
        raise DataError(
            say(
                "SMOTE invents cases between a rare one and {neighbours} of its like, and a fold has only {n} of them. "
                "Choose weights for balance, or none.",
                neighbours=NEIGHBOURS,
                n=f"{rare:,}",
            )
        )
    if not choices:
        more, answers = SMOTE(random_state=seed, k_neighbors=NEIGHBOURS).fit_resample(matrix, target)
        return more.astype(matrix.dtype), answers
    folded, numbers = _folded(matrix, choices)
    if not numbers:
        more, answers = SMOTEN(random_state=seed, k_neighbors=NEIGHBOURS).fit_resample(folded, target)
    else:
        places = list(range(len(numbers), folded.shape[1]))
        sampler = SMOTENC(places, random_state=seed, k_neighbors=NEIGHBOURS)
        more, answers = sampler.fit_resample(folded, target)
    return _unfolded(more, matrix, choices, numbers), answers


def _folded(matrix: Matrix, choices: Sequence[tuple[int, int]]) -> tuple[Matrix, list[int]]:
    """(the numbers, then one column for each choice, the places of the numbers)."""
    chosen = {place for first, end in choices for place in range(first, end)}
    numbers = [place for place in range(matrix.shape[1]) if place not in chosen]
    codes = [_code(matrix[:, first:end]) for first, end in choices]
    return np.column_stack([matrix[:, numbers], *codes]).astype(float), numbers


def _code(block: Matrix) -> Numbers:
    """Which of the columns is 1, -1 where none is; the value itself of a single column."""
    if block.shape[1] == 1:
        return block[:, 0].astype(float)
    return np.where(block.any(axis=1), block.argmax(axis=1), -1).astype(float)


def _unfolded(folded: Matrix, matrix: Matrix, choices: Sequence[tuple[int, int]], numbers: list[int]) -> Matrix:
    made = np.zeros((len(folded), matrix.shape[1]), dtype=matrix.dtype)
    made[:, numbers] = folded[:, : len(numbers)]
    for column, (first, end) in zip(folded[:, len(numbers) :].T, choices, strict=True):
        if end - first == 1:
            made[:, first] = column
            continue
        told = np.flatnonzero(column >= 0)
        made[told, first + column[told].astype(int)] = 1
    return made
