"""Crowds among a million customers: how long a sample and a placing take, and how far they are from the exact algorithm."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.metrics import adjusted_rand_score

from analytics.clusters import DBSCAN, HDBSCAN, Matrix
from analytics.clusters import density as limits
from benchmarks.measure import Line, seconds

MANY = 1_000_000
METRICS = 8
EXACT = 40_000
"""Customers on whom the exact algorithm is run to be compared with."""
SEEDS = (0, 1, 2)


def apart(customers: int) -> Matrix:
    """Six crowds that lie apart in eight metrics."""
    draw = np.random.default_rng(0)
    middles = draw.normal(size=(6, METRICS)) * 8
    return middles[draw.integers(0, 6, customers)] + draw.normal(size=(customers, METRICS))


def overlapping(customers: int, metrics: int = METRICS) -> Matrix:
    """Six crowds of different density that run into one another."""
    draw = np.random.default_rng(7)
    middles = draw.normal(size=(6, metrics)) * 1.9
    which = draw.integers(0, 6, customers)
    spread = np.array([0.5, 0.6, 0.8, 1.0, 1.2, 1.5])[which]
    return middles[which] + draw.normal(size=(customers, metrics)) * spread[:, None]


def exactly(matrix: Matrix) -> np.ndarray[Any, Any]:
    """The exact algorithm, whatever the number of customers."""
    before = limits.EXACT_UP_TO
    limits.EXACT_UP_TO = len(matrix)  # type: ignore[misc]  # for this run
    try:
        return HDBSCAN.fit(matrix, {}, 0).labels
    finally:
        limits.EXACT_UP_TO = before  # type: ignore[misc]  # for this run


def compared(make: Callable[[int], Matrix]) -> tuple[float, float, float]:
    """Adjusted Rand index with the exact algorithm: of a sample and placing, and of the exact one on random halves; and noise.

    The sample is 20,000 of 40,000, which is a half too.
    """
    matrix = make(EXACT)
    whole = exactly(matrix)
    ours, halves = [], []
    for seed in SEEDS:
        ours.append(adjusted_rand_score(whole, HDBSCAN.fit(matrix, {}, seed).labels))
        half = np.sort(np.random.default_rng(100 + seed).choice(EXACT, EXACT // 2, replace=False))
        halves.append(adjusted_rand_score(whole[half], exactly(matrix[half])))
    return float(np.mean(ours)), float(np.mean(halves)), float((whole < 0).mean())


def run() -> list[Line]:
    many = overlapping(MANY)
    took = {entry.name: seconds(lambda entry=entry: entry.fit(many, {}, 0)) for entry in (HDBSCAN, DBSCAN)}  # type: ignore[misc]  # for this run
    three = seconds(lambda: HDBSCAN.fit(many, {"dimensions": "3"}, 0))
    lines = [
        Line(f"HDBSCAN, {MANY:,} customers × {METRICS}, seconds", took["hdbscan"], "s", most=60),
        Line(f"HDBSCAN on three components, {MANY:,} customers", three, "s", most=60),
        Line(f"DBSCAN, {MANY:,} customers × {METRICS}, seconds", took["dbscan"], "s"),
    ]
    ours, half, noise = compared(apart)
    lines.append(
        Line(
            f"Sample and placing against exact, {EXACT:,} apart, ARI", ours, "", least=0.9,
            remark=f"a random half {half:.3f}; {noise:.0%} noise",
        )
    )  # fmt: skip
    for metrics in (METRICS, 3):
        ours, half, noise = compared(lambda customers, metrics=metrics: overlapping(customers, metrics))  # type: ignore[misc]  # for this run
        lines.append(
            Line(
                f"Sample and placing against exact, {EXACT:,} × {metrics} overlapping, ARI", ours, "", least=half,
                remark=f"a random half {half:.3f}; {noise:.0%} noise",
            )
        )  # fmt: skip
    return lines
