"""How metrics go together: correlations in an order that puts alike ones side by side, and a fair sample to look at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np

from analytics.customers import CustomerTable
from analytics.errors import RequestError
from analytics.exploration.columns import Array, Column, column, grouped, numbers, rows_of, values_of
from analytics.matching import Mask
from analytics.rfm import SEGMENT
from analytics.text import say

Method = Literal["pearson", "spearman"]
METHODS: Final[tuple[Method, ...]] = ("pearson", "spearman")
MOST_RANKED: Final = 50_000
"""Ranking more customers than this takes too long for a screen; a sample of them stands in (standard error at most .0045)."""
MOST_DRAWN: Final = 2_000
_FEWEST: Final = 3
_AT_LEAST: Final = 15
"""Of a small segment so many are in the sample, where it has them."""
_CHUNK: Final = 65_536


@dataclass(frozen=True, slots=True, eq=False)
class Correlations:
    """The correlation of every two metrics, over the customers who have both."""

    method: Method
    columns: tuple[Column, ...]
    """In an order that puts those side by side that go together."""
    r: Array
    """Shape (columns, columns); not-a-number where fewer than three customers have both, or have them without spread."""
    customers: Array
    """How many customers have both. Shape (columns, columns)."""
    constant: tuple[Column, ...]
    """Left out: the same for everyone who has a value, or nobody has one."""
    sampled: int | None = None
    """How many customers were drawn to stand for all; None where all were counted."""


def correlations(
    table: CustomerTable,
    names: tuple[str, ...] = (),
    keep: Mask | None = None,
    *,
    method: Method = "pearson",
    seed: int = 0,
) -> Correlations:
    """Correlate metrics over the customers kept, each pair over those who have both; without names all numbers.

    Pearson's r, or Spearman's: Pearson's of the ranks, ties sharing their mean rank, ranked among the customers who have
    both. The order of the columns is that of the leaves of average linkage over 1 - |r|.

    Raises:
        RequestError: a column is not a number, or the method is not known.
    """
    if method not in METHODS:
        raise RequestError(
            say("'{method}' is not a correlation. Use {names}.", method=method, names=", ".join(METHODS))
        )
    known = tuple(column(table, name) for name in names) if names else numbers(table)
    rows, sampled = rows_of(keep), None
    total = len(table) if rows is None else len(rows)
    if method == "spearman" and total > MOST_RANKED:
        rows = _drawn(np.arange(total) if rows is None else rows, MOST_RANKED, seed)
        sampled = MOST_RANKED
    values = [values_of(table, item.name, rows) for item in known]
    varies = [_varies(item) for item in values]
    constant = tuple(item for item, does in zip(known, varies, strict=True) if not does)
    kept = [item for item, does in zip(known, varies, strict=True) if does]
    taken = [item for item, does in zip(values, varies, strict=True) if does]
    if not kept:
        return Correlations(method, (), np.empty((0, 0)), np.empty((0, 0), dtype=np.int64), constant, sampled)
    r, counts = _pearson(taken) if method == "pearson" else _spearman(taken)
    order = _order(r)
    return Correlations(
        method, tuple(kept[place] for place in order), r[np.ix_(order, order)], counts[np.ix_(order, order)],
        constant, sampled,
    )  # fmt: skip


def _varies(values: Array) -> bool:
    inside = values[~np.isnan(values)]
    return bool(len(inside)) and bool(inside.min() < inside.max())


def _pearson(values: list[Array]) -> tuple[Array, Array]:
    """Pearson's r of every two columns over the rows that have both, from sums that one pass gives."""
    size = len(values)
    which, patterns = _patterns(values)
    # Any shift and scale gives the same r; these keep the sums small, so that no digits are lost
    centres, scales = (np.empty(size), np.empty(size))
    for place, item in enumerate(values):
        some = item[~np.isnan(item)][:_CHUNK] if patterns[which[place]] is not None else item[:_CHUNK]
        centres[place], scales[place] = (some.mean(), some.std() or 1.0) if len(some) else (0.0, 1.0)
    masked = len(patterns)
    counts, sums = np.zeros((masked, masked)), np.zeros((size, masked))
    squares, products = np.zeros((size, masked)), np.zeros((size, size))
    for start in range(0, len(values[0]), _CHUNK):
        rows = slice(start, start + _CHUNK)
        part = np.array([item[rows] for item in values])
        part = (part - centres[:, None]) / scales[:, None]
        np.nan_to_num(part, copy=False)
        has = np.array([np.ones(part.shape[1]) if mask is None else mask[rows] for mask in patterns], dtype=float)
        counts += has @ has.T
        sums += part @ has.T
        squares += (part * part) @ has.T
        products += part @ part.T
    counts, sums, squares = counts[np.ix_(which, which)], sums[:, which], squares[:, which]
    with np.errstate(divide="ignore", invalid="ignore"):
        # sums[i, j] adds up column i over the rows that have both i and j
        covariance = products - sums * sums.T / counts
        spread = squares - sums * sums / counts
        r = covariance / np.sqrt(spread * spread.T)
        # what is left of a column without spread is rounding
        flat = (spread <= 1e-12 * np.maximum(squares, 1e-300)) | (counts < _FEWEST)
    r[flat | flat.T] = np.nan
    np.fill_diagonal(r, np.where(np.isnan(np.diag(r)), np.nan, 1.0))
    return np.clip(r, -1.0, 1.0), counts.astype(np.int64)


def _patterns(values: list[Array]) -> tuple[list[int], list[Array | None]]:
    """For each column, which of the different patterns of known values it has; None is known for everyone."""
    patterns: list[Array | None] = []
    which: list[int] = []
    for item in values:
        known = ~np.isnan(item)
        mask = None if known.all() else known
        place = next((at for at, other in enumerate(patterns) if _is_same(other, mask)), len(patterns))
        if place == len(patterns):
            patterns.append(mask)
        which.append(place)
    return which, patterns


def _is_same(one: Array | None, other: Array | None) -> bool:
    if one is None or other is None:
        return one is other
    return bool(np.array_equal(one, other))


def _spearman(values: list[Array]) -> tuple[Array, Array]:
    """Pearson's r of ranks among the rows that both columns have; columns missing for the same rows are ranked once."""
    from scipy.stats import rankdata

    size = len(values)
    which, patterns = _patterns(values)
    everyone = np.ones(len(values[0]), dtype=bool)
    r, counts = np.full((size, size), np.nan), np.zeros((size, size), dtype=np.int64)
    for one in range(len(patterns)):
        for other in range(one, len(patterns)):
            first, second = patterns[one], patterns[other]
            both = (everyone if first is None else first) & (everyone if second is None else second)
            mine = [place for place in range(size) if which[place] in (one, other)]
            ranked = [np.asarray(rankdata(values[place][both]), dtype=float) for place in mine]
            number = int(both.sum())
            found = _pearson(ranked)[0] if number else np.full((len(mine), len(mine)), np.nan)
            for a, i in enumerate(mine):
                for b, j in enumerate(mine):
                    if {which[i], which[j]} == {one, other}:
                        r[i, j], counts[i, j] = found[a, b], number
    return r, counts


def _order(r: Array) -> list[int]:
    """Leaves of average linkage over 1 - |r|."""
    from scipy.cluster.hierarchy import leaves_list, linkage
    from scipy.spatial.distance import squareform

    if len(r) < 3:
        return list(range(len(r)))
    apart = 1 - np.abs(np.nan_to_num(r, nan=0.0))
    np.fill_diagonal(apart, 0.0)
    tree = linkage(squareform((apart + apart.T) / 2, checks=False), method="average")
    return [int(place) for place in leaves_list(tree)]


def _drawn(rows: Array, most: int, seed: int) -> Array:
    chosen: Array = np.sort(np.random.default_rng(seed).choice(rows, most, replace=False))
    return chosen


def fair_sample(
    table: CustomerTable, keep: Mask | None = None, *, most: int = MOST_DRAWN, seed: int = 0, by: str = SEGMENT
) -> Array:
    """Row numbers of at most `most` customers, sorted: each segment in proportion, and every one that has customers present."""
    rows = rows_of(keep)
    rows = np.arange(len(table)) if rows is None else rows
    if len(rows) <= most:
        return rows
    codes = grouped(table, by).codes[rows]
    sizes = np.bincount(codes)
    least = np.minimum(sizes, _AT_LEAST)
    rest = most - int(least.sum())
    wanted = least + ((sizes - least) / (len(rows) - least.sum()) * rest).astype(np.int64)
    draw = np.random.default_rng(seed)
    taken = [draw.choice(rows[codes == code], size, replace=False) for code, size in enumerate(wanted) if size]
    found: Array = np.sort(np.concatenate(taken))
    return found


def strongest(found: Correlations) -> tuple[Column, Column, float] | None:
    """The two different metrics that go together most; None where no two have a correlation."""
    if len(found.columns) < 2:
        return None
    upper: Any = np.triu(np.abs(np.nan_to_num(found.r)), 1)
    i, j = np.unravel_index(int(upper.argmax()), upper.shape)
    return (found.columns[i], found.columns[j], float(found.r[i, j])) if upper[i, j] > 0 else None
