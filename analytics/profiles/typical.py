"""Typical customers: of a segment, those who are nearest its centre."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

TYPICAL: Final = 3
"""How many are named for each segment."""


def typical_rows(
    matrix: np.ndarray[Any, np.dtype[np.float64]], codes: np.ndarray[Any, Any], segments: int, most: int = TYPICAL
) -> tuple[tuple[int, ...], ...]:
    """For each segment the row numbers of those nearest the mean of its coordinates, nearest first; ties by row number.

    Args:
        matrix: coordinates in the space that the segments are told apart in, shape (customers, coordinates).
        codes: which segment each customer is in, shape (customers,), counted from 0.
    """
    found: list[tuple[int, ...]] = []
    for code in range(segments):
        rows = np.flatnonzero(codes == code)
        mine = matrix[rows]
        if not len(rows):
            found.append(())
            continue
        far = ((mine - mine.mean(axis=0)) ** 2).sum(axis=1).round(12)  # a tie is not decided by the last digit
        limit = np.partition(far, most - 1)[most - 1] if len(far) > most else np.inf
        candidates = np.flatnonzero(far <= limit)
        nearest = candidates[np.argsort(far[candidates], kind="stable")][:most]
        found.append(tuple(int(row) for row in rows[nearest]))
    return tuple(found)
