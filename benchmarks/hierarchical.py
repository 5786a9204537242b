"""Hierarchical clustering: exact Ward against scikit-learn's, a million customers, and how near micro-clusters come."""

from __future__ import annotations

import statistics

import numpy as np

from benchmarks.measure import Line, in_process

METRICS = 8
GROUPS = 6
SEPARABLE, OVERLAPPING = "2", "5"
"""The spread of each group around its middle; the middles lie up to 20 apart in each of eight metrics."""


def customers(count: int, spread: str, seed: int = 0) -> np.ndarray:
    """Six groups of customers by eight metrics, normal around middles in a cube from -10 to 10."""
    draw = np.random.default_rng(seed)
    middles = draw.uniform(-10, 10, (GROUPS, METRICS))
    return middles[draw.integers(0, GROUPS, count)] + draw.normal(0, float(spread), (count, METRICS))


def ours(count: str, spread: str) -> None:
    """The groups of the product's own tree."""
    from analytics.clusters import HIERARCHICAL

    HIERARCHICAL.fit(customers(int(count), spread), {"k": GROUPS}, 0)


def scikit_learn(count: str, spread: str) -> None:
    """The same by the usual class."""
    from sklearn.cluster import AgglomerativeClustering

    AgglomerativeClustering(GROUPS, linkage="ward").fit(customers(int(count), spread))


def agreement(count: int, spread: str, rounds: int) -> tuple[float, float]:
    """Mean adjusted Rand index with the whole tree: of micro-clusters, and of the tree of a random half of the customers."""
    import fastcluster
    from scipy.cluster.hierarchy import fcluster
    from sklearn.metrics import adjusted_rand_score

    from analytics.clusters import HIERARCHICAL, hierarchical

    by_micro, by_half = [], []
    for seed in range(rounds):
        matrix = customers(count, spread, seed)
        whole = fcluster(fastcluster.linkage_vector(matrix, "ward"), GROUPS, "maxclust")
        half = np.sort(np.random.default_rng(seed).choice(count, count // 2, replace=False))
        of_half = fcluster(fastcluster.linkage_vector(matrix[half], "ward"), GROUPS, "maxclust")
        by_half.append(adjusted_rand_score(whole[half], of_half))
        limit, hierarchical.EXACT = hierarchical.EXACT, 0
        try:
            by_micro.append(adjusted_rand_score(whole, HIERARCHICAL.fit(matrix, {"k": GROUPS}, seed).labels))
        finally:
            hierarchical.EXACT = limit
    return statistics.mean(by_micro), statistics.mean(by_half)


def like_scipy() -> float:
    """Adjusted Rand index of our groups and those of SciPy, 20,000 customers whose groups overlap."""
    from scipy.cluster.hierarchy import fcluster, linkage
    from sklearn.metrics import adjusted_rand_score

    from analytics.clusters import HIERARCHICAL

    matrix = customers(20_000, OVERLAPPING)
    theirs = fcluster(linkage(matrix, "ward"), GROUPS, "maxclust")
    return float(adjusted_rand_score(theirs, HIERARCHICAL.fit(matrix, {"k": GROUPS}, 0).labels))


def run() -> list[Line]:
    exact = [in_process("benchmarks.hierarchical", "ours", "20000", OVERLAPPING) for _ in range(3)]
    theirs = in_process("benchmarks.hierarchical", "scikit_learn", "20000", OVERLAPPING)
    many = in_process("benchmarks.hierarchical", "ours", "1000000", OVERLAPPING)
    took, peak = (statistics.median(one[what] for one in exact) for what in ("seconds", "peak_mb"))
    lines = [
        Line(
            "scikit-learn's Ward ÷ ours, 20,000 customers, seconds",
            theirs["seconds"] / took,
            "×",
            least=5,
            remark=f"{took:.1f} s, {theirs['seconds']:.1f} s",
        ),
        Line(
            "our Ward ÷ scikit-learn's, 20,000 customers, peak memory",
            peak / theirs["peak_mb"],
            "×",
            most=0.1,
            remark=f"{peak:,.0f} MB, {theirs['peak_mb']:,.0f} MB",
        ),
        Line("Ward of 1,000,000 customers by micro-clusters", many["seconds"], "s", most=30),
        Line("its peak memory", many["peak_mb"], "MB", most=2048),
    ]
    lines.append(Line("our groups and SciPy's, 20,000 customers: adjusted Rand", like_scipy(), "", least=1))
    for count, rounds in ((20_000, 5), (50_000, 2)):
        for spread, told in ((SEPARABLE, "apart"), (OVERLAPPING, "overlapping")):
            by_micro, by_half = agreement(count, spread, rounds)
            lines.append(
                Line(
                    f"micro-clusters and the whole tree, {count:,}, {told}: adjusted Rand",
                    by_micro,
                    "",
                    least=0.9 if spread == SEPARABLE else by_half,
                    remark=f"{by_micro:.3f}; the tree of a random half {by_half:.3f}",
                )
            )
    return lines
