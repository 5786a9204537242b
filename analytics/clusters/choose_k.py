"""How many groups: several values of the parameter that decides it, side by side, with one proposed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from analytics.clusters import gap, stability
from analytics.clusters.algorithm import (
    NOISE,
    Algorithm,
    Fit,
    Labels,
    Matrix,
    Report,
    Settings,
    Value,
    distinct_rows,
)
from analytics.clusters.quality import Quality, mean_silhouettes, quality, within_sum_of_squares
from analytics.errors import RequestError
from analytics.text import say

NEAR_RANK: Final = 1.0
"""A mean rank this much behind the best is nearly as good: one place by every measure."""
NEAR_SCORE: Final = 0.02
"""And so is a silhouette this much below the best, where groups are not counted: ten times its standard error."""
_FITS, _FIGURES, _GAPS = 0.55, 0.65, 0.75
"""How far a panel is, as a share, after its fits, its figures and its gaps; stability is the rest."""


@dataclass(frozen=True, slots=True, eq=False)
class Panel:
    """Every value that was tried with its fit and its figures, and the proposal."""

    qualities: tuple[Quality, ...]
    fits: Mapping[Value, Fit]
    proposed: Value
    near_ties: tuple[Value, ...]
    """Values that are as good as the proposed one, or nearly, itself among them."""
    rule: str = ""
    """How the proposal was reached, in a sentence."""
    notes: tuple[str, ...] = ()
    """What the reader should know of the figures, in sentences."""


def choose_k(
    matrix: Matrix,
    algorithm: Algorithm,
    values: Iterable[Value] | None = None,
    *,
    settings: Settings | None = None,
    seed: int = 0,
    report: Report | None = None,
) -> Panel:
    """Fit every value of the parameter that the algorithm varies, measure each, and propose one.

    Numbers of groups above the distinct customers are left out. The gap statistic and the stability of each group are
    measured where groups are counted and nobody is left out of them.

    Raises:
        RequestError: no number of groups fits the customers.
    """
    asked = sorted(set(algorithm.tried(matrix, settings or {}) if values is None else values), key=float)
    counted = algorithm.varied == "k"
    possible = _possible(matrix, asked) if counted else asked
    wanted = [{**(settings or {}), algorithm.varied: value} for value in possible]
    fits = dict(zip(possible, _fits(matrix, algorithm, wanted, seed, _part(report, 0.0, _FITS)), strict=True))
    if report:
        report(_FITS, say("Measuring the groups"))
    means = mean_silhouettes(matrix, [fit.labels for fit in fits.values()], seed)
    qualities = [
        quality(matrix, fit, value, seed, mean) for (value, fit), mean in zip(fits.items(), means, strict=True)
    ]
    notes: list[str] = []
    if counted:
        qualities = _with_elbows(matrix, qualities)
        if not any((fit.labels == NOISE).any() for fit in fits.values()):
            qualities, notes = _resampled(matrix, algorithm, wanted, fits, qualities, seed, report)
    ranked, best, near = propose(qualities, counted=counted)
    return Panel(tuple(ranked), fits, best, near, rule(counted=counted), tuple(notes))


def _possible(matrix: Matrix, asked: Sequence[Value]) -> list[Value]:
    distinct = distinct_rows(matrix, int(asked[-1]))
    possible = [k for k in asked if int(k) <= distinct]
    if not possible:
        raise RequestError(
            f"{distinct} different customers cannot be parted into {asked[0]} groups or more. Choose a later as-of date."
        )
    return possible


def _part(report: Report | None, low: float, high: float) -> Report | None:
    return None if report is None else lambda share, words: report(low + (high - low) * share, words)


def _fits(
    matrix: Matrix, algorithm: Algorithm, wanted: Sequence[Settings], seed: int, report: Report | None
) -> list[Fit]:
    if algorithm.fit_many is not None:
        return algorithm.fit_many(matrix, wanted, seed, report)
    fits = []
    for done, settings in enumerate(wanted):
        if report:
            report(done / len(wanted), _trying(algorithm, settings[algorithm.varied]))
        fits.append(algorithm.fit(matrix, settings, seed))
    return fits


def _trying(algorithm: Algorithm, value: Value) -> str:
    if algorithm.varied == "k":
        return say("Trying {k} groups", k=value)
    return say("Trying {value} as {name}", name=say(algorithm.parameter(algorithm.varied).label), value=value)


def _with_elbows(matrix: Matrix, qualities: Sequence[Quality]) -> list[Quality]:
    """The qualities with their distance from the chord, from one group to the most.

    The chord is the straight line from the inertia of one group to that of the most groups; the elbow is where the
    curve lies farthest below it (Satopää, Albrecht, Irwin & Raghavan 2011). The distance is a share of the whole fall.
    """
    whole = float(((matrix - matrix.mean(axis=0)) ** 2).sum())
    last = qualities[-1]
    fall = whole - last.inertia
    if fall <= 0 or last.k < 2:
        return list(qualities)
    return [
        replace(one, elbow=(whole - one.inertia) / fall - (one.k - 1) / (last.k - 1))
        for one in qualities
    ]  # fmt: skip


def _resampled(
    matrix: Matrix,
    algorithm: Algorithm,
    wanted: Sequence[Settings],
    fits: Mapping[Value, Fit],
    qualities: Sequence[Quality],
    seed: int,
    report: Report | None,
) -> tuple[list[Quality], list[str]]:
    """The qualities with gap and stability, and on how many customers these rest."""
    from threadpoolctl import threadpool_limits

    def regroup(rows: Matrix, draw: int) -> dict[Value, Labels]:
        draw %= 2**32
        distinct = distinct_rows(rows, max(int(settings["k"]) for settings in wanted))
        ready = [settings for settings in wanted if int(settings["k"]) <= distinct]
        return {it["k"]: fit.labels for it, fit in zip(ready, _refits(rows, algorithm, ready, draw), strict=True)}

    if report:
        report(_FIGURES, say("Comparing with customers without groups"))
    tell = _part(report, _GAPS, 1.0)
    most, resamples = stability.draws(len(matrix), algorithm.resampled, algorithm.resamples)
    with threadpool_limits(1):  # threads that wait for one another cost more than they bring on so few rows
        by_gap = gap.gaps(matrix, _inertias(regroup), seed, min(gap.REFERENCES, algorithm.resamples))
        by_draw = stability.jaccards(
            matrix,
            {value: fit.labels for value, fit in fits.items()},
            regroup,
            seed,
            most=most,
            resamples=resamples,
            told=None if tell is None else lambda share: tell(share, say("Drawing customers anew")),
        )
    told = []
    for one in qualities:
        known = by_gap.get(one.value)
        told.append(
            replace(
                one,
                gap=known.gap if known else None,
                gap_error=known.error if known else None,
                jaccard=by_draw.get(one.value, ()),
            )
        )
    return told, _sampling_notes(len(matrix), algorithm)


def _refits(rows: Matrix, algorithm: Algorithm, wanted: Sequence[Settings], seed: int) -> list[Fit]:
    if not wanted:
        return []
    if algorithm.refit is not None:
        return [algorithm.refit(rows, settings, seed) for settings in wanted]
    return _fits(rows, algorithm, wanted, seed, None)


def _inertias(regroup: Callable[[Matrix, int], dict[Value, Labels]]) -> gap.Inertias:
    def inertias(rows: Matrix, seed: int) -> dict[Value, float]:
        found = regroup(rows, seed)
        return {value: within_sum_of_squares(rows, labels, int(labels.max()) + 1) for value, labels in found.items()}

    return inertias


def _sampling_notes(customers: int, algorithm: Algorithm) -> list[str]:
    notes = []
    if customers > gap.SAMPLE:
        notes.append(
            say(
                "The gap is measured on a sample of {n} customers, against {times} draws without groups.",
                n=f"{gap.SAMPLE:,}",
                times=min(gap.REFERENCES, algorithm.resamples),
            )
        )
    most, resamples = stability.draws(customers, algorithm.resampled, algorithm.resamples)
    if customers > most:
        notes.append(
            say(
                "Stability is measured by grouping {n} customers anew, {times} times.",
                n=f"{most:,}",
                times=resamples,
            )
        )
    return notes


def propose(qualities: Sequence[Quality], *, counted: bool = True) -> tuple[list[Quality], Value, tuple[Value, ...]]:
    """The qualities with their ranks, the value that is proposed, and those that are as good or nearly.

    Where groups are `counted`, each measure (silhouette, Davies-Bouldin, Calinski-Harabasz, elbow, gap, stability)
    ranks those that are neither degenerate nor unstable; the best mean rank is proposed, of equals the fewest groups,
    and what is within one rank of it is nearly as good. Elsewhere it is the silhouette times the share of customers in
    a group. Where every value is degenerate or unstable, the same is done with what is left: first the unstable ones.
    """
    sound = [one for one in qualities if not one.degenerate and not one.unstable]
    whole = [one for one in qualities if not one.degenerate]
    chosen = sound or whole or list(qualities)
    scores = _mean_ranks(chosen) if counted else [-one.silhouette * (1.0 - one.noise_share) for one in chosen]
    best = min(scores)
    proposed = next(one.value for one, score in zip(chosen, scores, strict=True) if score == best)
    margin = NEAR_RANK if counted else NEAR_SCORE
    near = tuple(one.value for one, score in zip(chosen, scores, strict=True) if score <= best + margin + 1e-9)
    ranks = {one.value: score for one, score in zip(chosen, scores, strict=True)} if counted else {}
    return [replace(one, rank=ranks.get(one.value)) for one in qualities], proposed, near


def rule(*, counted: bool = True) -> str:
    """How a proposal is reached, in a sentence."""
    if counted:
        return say(
            "Each measure ranks the numbers of groups that are neither degenerate nor unstable; the best mean rank is "
            "proposed, and whatever is within one rank of it is nearly as good."
        )
    return say(
        "Of the values that split off no handful, the one with the highest silhouette times the share of customers in a "
        "group is proposed; whatever is within {margin} of it is nearly as good.",
        margin=NEAR_SCORE,
    )


def _mean_ranks(qualities: Sequence[Quality]) -> list[float]:
    """The mean of each quality's ranks, 1 the best, equals sharing theirs; a measure that one of them lacks has no say."""
    ranks = []
    for measure in MEASURES:
        values = [measure(one) for one in qualities]
        if all(value is not None for value in values):
            told = np.array(values, dtype=float)
            better = (told[:, None] < told[None, :]).sum(axis=1)
            equal = (told[:, None] == told[None, :]).sum(axis=1)
            ranks.append(better + (equal + 1) / 2)
    return [float(mean) for mean in np.mean(ranks, axis=0)]


def _compactness(one: Quality) -> float | None:
    """Calinski-Harabasz; without bound where nobody differs from the others of the group."""
    if one.davies_bouldin is None:
        return None
    return np.inf if one.calinski_harabasz is None else one.calinski_harabasz


MEASURES: Final[tuple[Callable[[Quality], float | None], ...]] = (
    lambda one: one.silhouette,
    lambda one: None if one.davies_bouldin is None else -one.davies_bouldin,
    _compactness,
    lambda one: one.elbow,
    lambda one: one.gap,
    lambda one: one.jaccard_min,
)
"""What ranks the numbers of groups; more is better in each."""
