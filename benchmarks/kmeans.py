"""K-Means of a million customers, and the panel over their number of groups, against scikit-learn with ten starts."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from benchmarks.measure import Line, in_turn, median_seconds, seconds

CUSTOMERS = 1_000_000
METRICS = 8
K = 6
FEW = 10_000
RUNS = 3
OVERLAPS = {"overlapping": 0.9, "further apart": 2.0}


@cache
def customers(count: int, apart: float) -> Any:
    """Customers around six middles that lie so many standard deviations apart, in no order. Shape (count, 8)."""
    draw = np.random.default_rng(7)
    middles = draw.normal(size=(K, METRICS)) * apart
    return middles[draw.integers(0, K, count)] + draw.normal(size=(count, METRICS))


def run() -> list[Line]:
    """K-Means with six groups, in turn with KMeans(n_init=10) on the same rows."""
    from sklearn.cluster import KMeans

    from analytics.clusters import KMEANS
    from analytics.clusters.quality import within_sum_of_squares

    lines = []
    for name, apart in OVERLAPS.items():
        matrix = customers(CUSTOMERS, apart)
        found: dict[str, Any] = {}

        def ours(matrix: Any = matrix, found: dict[str, Any] = found) -> None:
            found["ours"] = KMEANS.fit(matrix, {"k": K}, 0)

        def theirs(matrix: Any = matrix, found: dict[str, Any] = found) -> None:
            found["theirs"] = KMeans(K, n_init=10, random_state=0).fit(matrix)

        mine, other, ratio = in_turn(ours, theirs, RUNS, warm=False)
        inertia = within_sum_of_squares(matrix, found["ours"].labels, K) / found["theirs"].inertia_
        remark = f"{mine:.2f} s against {other:.2f} s"
        lines += [
            Line(f"K-Means, k = {K}, {CUSTOMERS:,} {name}: times faster", 1 / ratio, "x", least=5, remark=remark),
            Line(f"K-Means, k = {K}, {CUSTOMERS:,} {name}: inertia", 100 * inertia, "%", most=100.1),
        ]
    return lines


def panel() -> list[Line]:
    """Every measure for two to ten groups, as the job of the tab computes it."""
    from analytics.clusters import KMEANS, choose_k

    lines = []
    for count, most in ((FEW, 5), (CUSTOMERS, 60)):
        for name, apart in OVERLAPS.items():
            matrix = customers(count, apart)
            said: list[float] = []
            found: list[Any] = []

            def work(matrix: Any = matrix, said: list[float] = said, found: list[Any] = found) -> None:
                found[:] = [choose_k(matrix, KMEANS, report=lambda share, _: said.append(share))]

            took = median_seconds(work, RUNS) if count == FEW else seconds(work)
            remark = f"{len(set(said))} steps of progress; {found[0].proposed} of {K} groups proposed"
            lines.append(Line(f"panel of k = 2 to 10, {count:,} {name}", took, "s", most=most, remark=remark))
    return lines
