"""How far a segment's numbers lie from everyone else's, and which of the differences are more than chance.

One ranking per metric serves all segments: the sums of ranks give Cliff's delta and the test, the sorted values of each
segment its mean, median and spread. So a million customers take a fraction of a second per metric.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from typing import Any, Final, Literal

import numpy as np
import pandas as pd

from analytics.customers import measurable

Numbers = np.ndarray[Any, np.dtype[np.float64]]
Codes = np.ndarray[Any, np.dtype[Any]]
Verdict = Literal["counts", "chance", "too few"]

FALSE_DISCOVERIES: Final = 0.05
"""Of the differences that are said to count, the share that may be chance (Benjamini & Hochberg 1995, q)."""
_FLAT: Final = 1e-24


@dataclass(frozen=True, slots=True)
class MetricProfile:
    """One metric inside a segment and outside it; missing values are left out, None where nothing is left."""

    metric: str
    mean: float | None
    median: float | None
    rest_mean: float | None
    rest_median: float | None
    difference: float | None
    """Mean inside minus mean outside."""
    effect: float
    """The difference of the means of log(1 + value) in pooled standard deviations (Cohen 1988, d); 0 where there is no spread."""
    standardised: float = 0.0
    """The mean of log(1 + value) as standard deviations of everyone's from everyone's mean; 0 where there is no spread."""
    delta: float = 0.0
    """How much more often a customer inside has more than one outside than less, -1 to 1 (Cliff 1993)."""
    p_value: float | None = None
    """Of the two-sided rank test (Mann & Whitney 1947), by its normal approximation with ties; None where there is no test."""
    q_value: float | None = None
    """The share of false discoveries that one would accept by calling this one (Benjamini & Hochberg 1995)."""
    verdict: Verdict = "too few"
    """Whether the difference counts, could be chance, or cannot be told because there are too few customers."""
    customers: int = 0
    """Customers inside whose value is known."""

    @property
    def counts(self) -> bool:
        return self.verdict == "counts"

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def effects(
    frame: pd.DataFrame, codes: Codes, segments: int, columns: Sequence[str]
) -> tuple[tuple[MetricProfile, ...], ...]:
    """For each segment, each column against everyone else.

    Args:
        frame: the customers; every column is a number.
        codes: which segment each is in, shape (customers,), counted from 0.
        segments: how many there are; one may be empty.
    """

    def one(name: str) -> list[MetricProfile]:
        return _effects_of(name, measurable(frame[name].to_numpy(dtype=float, na_value=np.nan)), codes, segments)

    with ThreadPoolExecutor(2) as pool:  # sorting and logarithms leave Python's lock
        by_column = list(pool.map(one, columns))
    judged = _judged([item for column in by_column for item in column])
    return tuple(tuple(judged[place * segments + code] for place in range(len(columns))) for code in range(segments))


@dataclass(frozen=True, slots=True)
class _Part:
    """The sums of one segment's known values of one metric."""

    n: int
    total: float
    median: float | None
    log_total: float
    log_squares: float
    """Sum of squared distances from the mean of the logarithms."""
    ranks: float


def _effects_of(name: str, values: Numbers, codes: Codes, segments: int) -> list[MetricProfile]:
    rows = np.flatnonzero(~np.isnan(values))
    rows = rows[np.argsort(values[rows])]
    ordered, of_row = values[rows], codes[rows].astype(np.int16, copy=False)
    ranks, ties = _ranks(ordered)
    # The places, in the order of values, of each segment's customers: a stable sort of small whole numbers is a radix sort
    by_segment = np.argsort(of_row, kind="stable")
    ends = np.cumsum(np.bincount(of_row, minlength=segments))
    places = [by_segment[start:end] for start, end in zip([0, *ends[:-1]], ends, strict=True)]
    logs = np.sign(ordered) * np.log1p(np.abs(ordered))
    parts = [_part(ordered[mine], logs[mine], ranks[mine]) for mine in places]
    return [_against_the_rest(name, code, parts, places[code], ordered, ties) for code in range(segments)]


def _ranks(ordered: Numbers) -> tuple[Numbers, float]:
    """Ranks from 1 of sorted values, ties in the middle of their places; and the sum of t³ - t over ties of t."""
    n = len(ordered)
    if not n:
        return np.zeros(0), 0.0
    starts = np.flatnonzero(np.concatenate(([True], ordered[1:] != ordered[:-1])))
    sizes = np.diff(np.append(starts, n)).astype(np.float64)
    return np.repeat(starts + (sizes + 1) / 2, sizes.astype(np.intp)), float((sizes**3 - sizes).sum())


def _part(values: Numbers, logs: Numbers, ranks: Numbers) -> _Part:
    n = len(values)
    if not n:
        return _Part(0, 0.0, None, 0.0, 0.0, 0.0)
    middle = (float(values[(n - 1) // 2]) + float(values[n // 2])) / 2
    log_total = float(logs.sum())
    return _Part(n, float(values.sum()), middle, log_total, float(((logs - log_total / n) ** 2).sum()), ranks.sum())


def _against_the_rest(
    name: str, code: int, parts: Sequence[_Part], mine: Codes, ordered: Numbers, ties: float
) -> MetricProfile:
    inside = parts[code]
    others = [part for place, part in enumerate(parts) if place != code and part.n]
    n_others = sum(part.n for part in others)
    mean = inside.total / inside.n if inside.n else None
    rest_mean = math.fsum(part.total for part in others) / n_others if n_others else None
    difference = None if mean is None or rest_mean is None else mean - rest_mean
    found = MetricProfile(
        name, mean, inside.median, rest_mean, _median_of_others(mine, ordered), difference, 0.0, customers=inside.n
    )
    if not inside.n or not n_others:
        return found
    above = inside.ranks - inside.n * (inside.n + 1) / 2
    delta = 2 * above / (inside.n * n_others) - 1
    return replace(
        found,
        effect=_cohens_d(inside, others),
        standardised=_standardised(inside, others),
        delta=float(delta),
        **_rank_test(inside.n, n_others, above, ties),
    )


def _median_of_others(mine: Codes, ordered: Numbers) -> float | None:
    """The middle of the sorted values that are not in `mine`, ascending places, without listing them."""
    left = len(ordered) - len(mine)
    if not left:
        return None
    others_before = mine - np.arange(len(mine))
    low, high = (
        float(ordered[middle + int(np.searchsorted(others_before, middle, side="right"))])
        for middle in ((left - 1) // 2, left // 2)
    )
    return (low + high) / 2


def _cohens_d(inside: _Part, others: Sequence[_Part]) -> float:
    n_others = sum(part.n for part in others)
    if inside.n < 2 or n_others < 2:
        return 0.0
    mean = inside.log_total / inside.n
    rest_mean = math.fsum(part.log_total for part in others) / n_others
    # Spreads of parts add up to the spread of the whole (Chan, Golub & LeVeque 1983)
    between = math.fsum(part.n * (part.log_total / part.n - rest_mean) ** 2 for part in others)
    squares = math.fsum(part.log_squares for part in others) + between
    pooled = (inside.log_squares + squares) / (inside.n + n_others - 2)
    return (mean - rest_mean) / math.sqrt(pooled) if pooled > _FLAT else 0.0


def _standardised(inside: _Part, others: Sequence[_Part]) -> float:
    everyone = [inside, *others]
    n = sum(part.n for part in everyone)
    mean = math.fsum(part.log_total for part in everyone) / n
    squares = math.fsum(part.log_squares + part.n * (part.log_total / part.n - mean) ** 2 for part in everyone)
    spread = math.sqrt(squares / n)
    return (inside.log_total / inside.n - mean) / spread if squares / n > _FLAT else 0.0


def _rank_test(n: int, n_others: int, above: float, ties: float) -> dict[str, Any]:
    """The test's p, and a verdict of `too few` where not even complete separation would be told from chance."""
    everyone = n + n_others
    product = n * n_others
    farthest = math.sqrt(3 * product / (everyone + 1))
    if _two_sided(farthest) > FALSE_DISCOVERIES:
        return {"p_value": None, "verdict": "too few"}
    variance = product / 12 * ((everyone + 1) - ties / (everyone * (everyone - 1)))
    if variance <= 0:  # all values are the same
        return {"p_value": 1.0, "verdict": "chance"}
    distance = max(abs(above - product / 2) - 0.5, 0.0)  # half a step, because ranks come in steps
    return {"p_value": _two_sided(distance / math.sqrt(variance)), "verdict": "chance"}


def _two_sided(deviations: float) -> float:
    return math.erfc(deviations / math.sqrt(2))


def _judged(found: Sequence[MetricProfile]) -> list[MetricProfile]:
    rates = false_discovery_rates([item.p_value for item in found])
    return [
        item if rate is None else replace(item, q_value=rate, verdict=verdict_of(rate))
        for item, rate in zip(found, rates, strict=True)
    ]


def verdict_of(q_value: float) -> Verdict:
    """What one says of a difference at which so many false discoveries are to be accepted."""
    return "counts" if q_value <= FALSE_DISCOVERIES else "chance"


def false_discovery_rates(p_values: Sequence[float | None]) -> list[float | None]:
    """For each test the smallest share of false discoveries at which it would be called (Benjamini & Hochberg 1995).

    The i-th smallest of m p-values becomes the least p · m / j over all ranks j ≥ i, at most 1. None is no test.
    """
    tested = [(p, place) for place, p in enumerate(p_values) if p is not None]
    rates: list[float | None] = [None] * len(p_values)
    least = 1.0
    for rank, (p, place) in reversed(list(enumerate(sorted(tested), start=1))):
        least = min(least, p * len(tested) / rank)
        rates[place] = least
    return rates


def effect_from_json(told: Mapping[str, Any]) -> MetricProfile:
    """The effect that `to_json` wrote."""
    return MetricProfile(**told)
