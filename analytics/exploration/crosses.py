"""How groups of customers cross: attributes by segment with an index, and any two columns with any measure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from analytics.customers import CustomerTable
from analytics.errors import RequestError
from analytics.exploration.columns import Array, Column, Groups, column, grouped, numbers, rows_of, values_of
from analytics.matching import Mask
from analytics.rfm import SEGMENT
from analytics.rules import AllOf, Rule
from analytics.text import say

PLAIN_MEASURES: Final = ("customers", "revenue")
STATISTICS: Final = ("mean", "median")


@dataclass(frozen=True, slots=True, eq=False)
class Demographics:
    """An attribute within each segment, against everyone."""

    attribute: Groups
    segments: Groups
    customers: Array
    """Shape (segments, groups)."""

    @property
    def shares(self) -> Array:
        """Each group's share of a segment's customers; not-a-number in an empty segment. Shape (segments, groups)."""
        totals = self.customers.sum(axis=1, keepdims=True)
        with np.errstate(invalid="ignore", divide="ignore"):
            return self.customers / np.where(totals > 0, totals, np.nan)

    @property
    def everyone(self) -> Array:
        """Each group's share of all customers counted. Shape (groups,)."""
        total = self.customers.sum()
        return self.customers.sum(axis=0) / (total if total else np.nan)  # type: ignore[no-any-return]  # NumPy: a quotient is Any

    @property
    def index(self) -> Array:
        """The share in a segment as a percentage of the share among everyone: 100 is as everyone. Shape (segments, groups)."""
        everyone = self.everyone
        with np.errstate(invalid="ignore", divide="ignore"):
            return 100 * self.shares / np.where(everyone > 0, everyone, np.nan)

    def rule(self, segment: int, group: int) -> Rule:
        """Who is in a cell."""
        return AllOf((self.segments.rules[segment], self.attribute.rules[group]))


def demographics(table: CustomerTable, name: str, keep: Mask | None = None, *, by: str = SEGMENT) -> Demographics:
    """Cross an attribute with the segments, for the customers kept; a missing value is a group of its own."""
    attribute, segments = grouped(table, name), grouped(table, by)
    return Demographics(attribute, segments, _counts(segments, attribute, rows_of(keep)))


@dataclass(frozen=True, slots=True, eq=False)
class Pivot:
    """A measure for every two groups, with how many customers it is over."""

    rows: Groups
    columns: Groups
    measure: str
    metric: Column | None
    """What is averaged; None where customers or revenue are added up."""
    values: Array
    """Shape (rows, columns); not-a-number where there is nothing to average."""
    customers: Array
    """Shape (rows, columns)."""
    measured: Array
    """How many of them have a value of the metric. Shape (rows, columns)."""

    def rule(self, row: int, place: int) -> Rule:
        """Who is in a cell."""
        return AllOf((self.rows.rules[row], self.columns.rules[place]))


def measure_parts(table: CustomerTable, measure: str) -> tuple[str, Column | None]:
    """What a measure says: `customers`, `revenue`, or `mean` or `median` with the metric, as in `median:order_count`.

    Raises:
        RequestError: it says none of them.
    """
    if measure in PLAIN_MEASURES:
        return measure, None
    statistic, _, name = measure.partition(":")
    if statistic in STATISTICS and name:
        found = column(table, name)
        if found.kind == "number":
            return statistic, found
    raise RequestError(
        say(
            "'{measure}' is not a measure. Use customers, revenue, mean:METRIC or median:METRIC with one of {names}.",
            measure=measure[:60],
            names=", ".join(item.name for item in numbers(table)),
        )
    )


def pivot(table: CustomerTable, rows: str, columns: str, measure: str = "customers", keep: Mask | None = None) -> Pivot:
    """Cross two columns, numbers parted into ranges, and give the measure of the customers in each cell.

    Raises:
        RequestError: a column or the measure is not there.
    """
    statistic, metric = measure_parts(table, measure)
    down, across = grouped(table, rows), grouped(table, columns)
    kept = rows_of(keep)
    counts = _counts(down, across, kept)
    if statistic == "customers":
        return Pivot(down, across, measure, None, counts.astype(float), counts, counts)
    values = values_of(table, metric.name if metric else "revenue_total", kept)
    cells = _cells(down, across, kept)
    size = len(down) * len(across)
    if statistic == "revenue":
        total = np.bincount(cells, values, size).reshape(counts.shape)
        return Pivot(down, across, measure, None, total, counts, counts)
    known = ~np.isnan(values)
    values, cells = values[known], cells[known]
    measured = np.bincount(cells, minlength=size)
    if statistic == "mean":
        with np.errstate(invalid="ignore", divide="ignore"):
            found = np.bincount(cells, values, size) / np.where(measured > 0, measured, np.nan)
    else:
        order = np.argsort(cells, kind="stable")
        parts = np.split(values[order], np.cumsum(measured)[:-1])
        found = np.array([np.median(part) if len(part) else np.nan for part in parts])
    shape = counts.shape
    return Pivot(down, across, measure, metric, found.reshape(shape), counts, measured.reshape(shape))


def _cells(down: Groups, across: Groups, rows: Array | None) -> Array:
    one, other = (down.codes, across.codes) if rows is None else (down.codes[rows], across.codes[rows])
    found: Array = one * np.int16(len(across)) + other
    return found


def _counts(down: Groups, across: Groups, rows: Array | None) -> Array:
    size = len(down) * len(across)
    found: Array = np.bincount(_cells(down, across, rows), minlength=size).reshape(len(down), len(across))
    return found
