"""What the Explore tab shows: each result kept for its filters, and as a table that can be taken along."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np
import pandas as pd

from analytics import exploration
from analytics.customers import CustomerTable
from analytics.exploration import (
    Box,
    Column,
    Completeness,
    Correlations,
    Demographics,
    Distribution,
    Groups,
    Pivot,
    Place,
    Violin,
)
from dashboard import results
from dashboard.state import View

T = TypeVar("T")
_FOUND = results.Kept(24)
_FIRST_METRICS = 4
_CLUSTER = "cluster"
_LIKED = ("gender", "age_band", "income_band", "channel", "city", "country")
"""Attributes that are shown first, where the data has them."""


def table(view: View) -> CustomerTable:
    return results.customers(view.request)


def _kept(view: View, name: str, *about: Any, compute: Callable[[Any], T]) -> T:
    """What `compute` makes of the mask of the view's countries and segments, kept under all that it depends on."""
    asked = results.resolved(view.request)
    known = table(view)
    filters = json.dumps([results.only_bar(asked).to_json().get(key) for key in ("countries", "segments", "where")])
    # Clusters differ by what they are asked for, and are a column like any other
    clusters = (asked.k, asked.metrics, asked.seed) if _CLUSTER in known.frame else ()
    key = (name, about, known.key, asked.as_of, asked.preset, clusters, filters, results.pins_stamp(asked))
    return _FOUND.get(key, lambda: compute(results.kept(view.request)))


def column_of(view: View, option: str, among: tuple[Column, ...]) -> Column:
    """The column that an option means; the first of them where the data does not have it."""
    asked = view.one(option)
    return next((item for item in among if item.name == asked), among[0])


def metric_of(view: View) -> Column:
    """What the distribution is of."""
    return column_of(view, "explore_metric", distributed(view))


def distributed(view: View) -> tuple[Column, ...]:
    """What a distribution can be shown of: numbers first, then everything that parts customers."""
    known = exploration.columns(table(view))
    return tuple(sorted(known, key=lambda item: item.kind != "number"))


def attributes(view: View) -> tuple[Column, ...]:
    """What can be crossed with segments: attributes that people know first, then every other column."""
    known = [item for item in exploration.columns(table(view)) if item.name not in ("segment", _CLUSTER)]

    def place(item: Column) -> int:
        return _LIKED.index(item.name) if item.name in _LIKED else len(_LIKED) + (item.kind == "number")

    return tuple(sorted(known, key=place))


def attribute_of(view: View) -> Column:
    return column_of(view, "explore_attribute", attributes(view))


def distribution(view: View) -> Distribution:
    name, log = metric_of(view).name, view.one("explore_scale") == "log"
    return _kept(
        view,
        "distribution",
        name,
        log,
        compute=lambda keep: exploration.distribution(table(view), name, keep, log=log),
    )


def boxes(view: View) -> tuple[Box, ...]:
    name, log = metric_of(view).name, view.one("explore_scale") == "log"
    return _kept(view, "boxes", name, log, compute=lambda keep: exploration.boxes(table(view), name, keep, log=log))


def violins(view: View) -> tuple[Violin, ...]:
    name, log = metric_of(view).name, view.one("explore_scale") == "log"
    return _kept(view, "violins", name, log, compute=lambda keep: exploration.violins(table(view), name, keep, log=log))


def categories(view: View) -> tuple[Groups, np.ndarray[Any, Any]]:
    """The groups of a column that is not a number, and how many customers are in each."""
    name = metric_of(view).name

    def count(keep: Any) -> tuple[Groups, np.ndarray[Any, Any]]:
        groups = exploration.grouped(table(view), name)
        codes = groups.codes if keep is None else groups.codes[keep]
        return groups, np.bincount(codes, minlength=len(groups))

    return _kept(view, "categories", name, compute=count)


def segments(view: View) -> Groups:
    """The segments with their rules."""
    return exploration.grouped(table(view), "segment")


def correlations(view: View) -> Correlations:
    method: Any = view.one("explore_correlation")
    return _kept(
        view,
        "correlations",
        method,
        compute=lambda keep: exploration.correlations(table(view), (), keep, method=method),
    )


def matrix_of(view: View) -> tuple[Column, ...]:
    """The metrics of the scatter matrix: those chosen that the data has, or the first that differ between customers."""
    known = exploration.numbers(table(view))
    chosen = tuple(item for name in view.many("explore_matrix") for item in known if item.name == name)
    return chosen if len(chosen) > 1 else known[:_FIRST_METRICS]


def sample(view: View) -> np.ndarray[Any, Any]:
    """Row numbers of the customers that are drawn: fewer where there are many pairs to draw them in."""
    most = 2_000 if len(matrix_of(view)) <= _FIRST_METRICS else 1_000
    return _kept(view, "sample", most, compute=lambda keep: exploration.fair_sample(table(view), keep, most=most))


def matrix_correlations(view: View) -> Correlations:
    names, method = tuple(item.name for item in matrix_of(view)), view.one("explore_correlation")
    told: Any = method
    return _kept(
        view,
        "matrix",
        names,
        method,
        compute=lambda keep: exploration.correlations(table(view), names, keep, method=told),
    )


def places(view: View) -> tuple[Place, ...]:
    return _kept(view, "places", compute=lambda keep: exploration.geography(table(view), keep))


def demographics(view: View) -> Demographics:
    name = attribute_of(view).name
    return _kept(view, "demographics", name, compute=lambda keep: exploration.demographics(table(view), name, keep))


def pivot_of(view: View) -> tuple[Column, Column, str]:
    """Rows, columns and measure of the pivot, with what fits where the view asks for something that is not there."""
    known = exploration.columns(table(view))
    rows = column_of(view, "explore_rows", tuple(sorted(known, key=lambda item: item.name != "segment")))
    columns = column_of(view, "explore_columns", tuple(item for item in attributes(view) if item != rows) or (rows,))
    measure = view.one("explore_measure")
    return rows, columns, measure if measure in measures(view) else "customers"


def measures(view: View) -> tuple[str, ...]:
    """Every measure that a pivot can have."""
    numbers = exploration.numbers(table(view))
    averaged = tuple(f"{statistic}:{item.name}" for item in numbers for statistic in ("mean", "median"))
    return ("customers", "revenue", *averaged)


def pivot(view: View) -> Pivot:
    rows, columns, measure = pivot_of(view)
    return _kept(
        view,
        "pivot",
        rows.name,
        columns.name,
        measure,
        compute=lambda keep: exploration.pivot(table(view), rows.name, columns.name, measure, keep),
    )


def completeness(view: View) -> Completeness:
    return _kept(view, "completeness", compute=lambda keep: exploration.completeness(table(view), keep))


# The tables behind the charts, with numbers as they are


def distribution_table(view: View) -> pd.DataFrame:
    """The bars of a histogram, with those who are in none of them; or the customers of each value of an attribute."""
    if metric_of(view).kind != "number":
        groups, counts = categories(view)
        return pd.DataFrame({groups.column.name: groups.labels, "customers": counts})
    found = distribution(view)
    rows: list[tuple[str, float | None, float | None, int]] = [
        ("bar", item.low, item.high, item.customers) for item in found.bins
    ]
    if found.not_positive:
        rows.append(("0 or less", None, None, found.not_positive))
    rows.append(("missing", None, None, found.missing))
    return pd.DataFrame(rows, columns=[found.column.name, "from", "to", "customers"])


def boxes_table(view: View) -> pd.DataFrame:
    """Each segment's box."""
    return pd.DataFrame(exploration.boxes_json(boxes(view)))


def shape_table(view: View) -> pd.DataFrame:
    """What the chart of a metric shows: bars, or a row per segment."""
    is_by_segment = metric_of(view).kind == "number" and view.one("explore_shape") != "histogram"
    return boxes_table(view) if is_by_segment else distribution_table(view)


def correlations_table(view: View) -> pd.DataFrame:
    """Every two metrics with their correlation and how many customers have both."""
    found = correlations(view)
    rows = [
        (one.name, other.name, None if np.isnan(found.r[i, j]) else float(found.r[i, j]), int(found.customers[i, j]))
        for i, one in enumerate(found.columns)
        for j, other in enumerate(found.columns)
        if i < j
    ]
    return pd.DataFrame(rows, columns=["metric", "other_metric", found.method, "customers"])


def matrix_table(view: View) -> pd.DataFrame:
    """The values that the scatter matrix draws, without saying whose they are."""
    drawn = table(view).frame.iloc[sample(view)]
    return drawn[["segment", *(item.name for item in matrix_of(view))]].reset_index(drop=True)


def places_table(view: View) -> pd.DataFrame:
    """Each country with its totals and its spread."""
    told = [place.to_json() for place in places(view)]
    quartiles = ("lower_quartile", "median", "upper_quartile")
    for row in told:
        row |= dict(zip(quartiles, row.pop("revenue_per_customer_quartiles"), strict=True))
    return pd.DataFrame(told)


def demographics_table(view: View) -> pd.DataFrame:
    """Each segment and each value of the attribute: customers, share and index."""
    found = demographics(view)
    shares, index = found.shares, found.index
    rows = [
        (segment, group, int(found.customers[i, j]), _known(shares[i, j]), _known(index[i, j]))
        for i, segment in enumerate(found.segments.labels)
        for j, group in enumerate(found.attribute.labels)
    ]
    return pd.DataFrame(rows, columns=["segment", found.attribute.column.name, "customers", "share", "index"])


def pivot_table(view: View) -> pd.DataFrame:
    """Each cell with its measure and its customers."""
    found = pivot(view)
    rows = [
        (row, column, _known(found.values[i, j]), int(found.customers[i, j]))
        for i, row in enumerate(found.rows.labels)
        for j, column in enumerate(found.columns.labels)
    ]
    # Both sides may be the same column
    return pd.DataFrame(rows, columns=[found.rows.column.name, f"by_{found.columns.column.name}", found.measure, "n"])


def gaps_table(view: View) -> pd.DataFrame:
    """Each column with how much of it is missing."""
    found = completeness(view)
    rows = [(gap.name, gap.missing, gap.share) for gap in found.gaps]
    return pd.DataFrame(rows, columns=["column", "missing", "share"])


def patterns_table(view: View) -> pd.DataFrame:
    """Which columns are missing together, and for how many customers."""
    found = completeness(view)
    rows = [(", ".join(item.missing), item.customers) for item in found.patterns]
    return pd.DataFrame(rows, columns=["missing_together", "customers"])


def _known(value: Any) -> float | None:
    return None if np.isnan(value) else float(value)
