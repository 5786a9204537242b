"""Customers who are alike in country and RFM scores, counted together: a filter on those never parts a group.

A million customers are a few thousand groups, so a filter over countries and segments is a sum over a few thousand rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from analytics.customers import CustomerTable
from analytics.rfm import SCORES, SEGMENT
from analytics.rules import Condition

CUSTOMERS = "customers"
"""The column that says how many customers a row stands for; a table without it has one customer to a row."""
_ADDED = ("order_count", "revenue_total", "recency_days")


@dataclass(frozen=True, slots=True, eq=False)
class Groups:
    """The groups as a table, and which of them each customer is in."""

    table: CustomerTable
    """One row per group: country, scores, segment, `customers`, and the sums of orders, revenue and recency."""
    codes: np.ndarray[Any, Any]
    """Shape (customers,), counted from 0."""


def group(table: CustomerTable, by: Sequence[str] = ()) -> Groups:
    """Count together those who are alike, in further categories too. The table has RFM scores and segments.

    Raises:
        RequestError: the table does not have one of the categories.
    """
    frame = table.frame
    cells = np.zeros(len(frame), dtype=np.int64)
    for name in SCORES:
        cells = cells * 5 + (frame[name].to_numpy(dtype=np.int64) - 1)
    has_country = "country" in frame.columns
    if has_country:
        country = frame["country"].astype("category")
        cells += (country.cat.codes.to_numpy(dtype=np.int64) + 1) * 125
    for name in by:
        if name not in frame.columns:
            Condition(name, "known").mask(frame)  # which says what to do
        own = frame[name].cat
        cells = cells * (len(own.categories) + 1) + own.codes.to_numpy(dtype=np.int64) + 1
    _, first, codes = np.unique(cells, return_index=True, return_inverse=True)
    kept = [*(["country"] if has_country else []), *SCORES, SEGMENT, *by]
    grouped = frame.iloc[first][kept].reset_index(drop=True)
    added = {name: np.bincount(codes, frame[name].to_numpy(dtype=float)) for name in _ADDED}
    grouped = pd.concat([grouped, pd.DataFrame({CUSTOMERS: np.bincount(codes), **added})], axis=1)
    return Groups(replace(table, frame=grouped, _kept={}), codes)
