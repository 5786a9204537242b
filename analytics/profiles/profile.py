"""A segment's profile: its numbers, its attributes, and its share of the whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from analytics.customers import CustomerTable
from analytics.profiles.attributes import (
    ValueProfile,
    category_columns,
    number_columns,
    value_effects,
    value_from_json,
)
from analytics.profiles.effects import Codes, MetricProfile, effect_from_json, effects


@dataclass(frozen=True, slots=True)
class Shares:
    """What part of all customers, orders and revenue is a segment's, 0 to 1."""

    customers: float = 0.0
    orders: float = 0.0
    revenue: float = 0.0

    def to_json(self) -> dict[str, float]:
        return {"customers": self.customers, "orders": self.orders, "revenue": self.revenue}


@dataclass(frozen=True, slots=True)
class Profile:
    """A segment against the rest."""

    metrics: tuple[MetricProfile, ...]
    """Its metrics, in their order, and then the attributes that are numbers."""
    values: tuple[ValueProfile, ...] = ()
    """The frequent values of its other attributes."""
    shares: Shares = Shares()

    def of(self, metric: str) -> MetricProfile:
        return next(item for item in self.metrics if item.metric == metric)

    @property
    def is_too_small(self) -> bool:
        """Whether not even the largest possible difference could be told from chance."""
        return all(item.verdict == "too few" for item in self.metrics)

    def has(self, metric: str) -> bool:
        return any(item.metric == metric for item in self.metrics)


def profile_from_json(told: Mapping[str, Any]) -> Profile:
    """The profile of a segment that was written as JSON."""
    return Profile(
        tuple(effect_from_json(item) for item in told["profile"]),
        tuple(value_from_json(item) for item in told["attributes"]),
        Shares(*(told[f"{name}_share"] for name in ("customers", "orders", "revenue"))),
    )


def profiles(table: CustomerTable, codes: Codes, segments: int) -> tuple[Profile, ...]:
    """The profile of each segment: every metric and attribute of the table, against all other customers.

    Args:
        codes: which segment each customer is in, shape (customers,), counted from 0.
        segments: how many there are; one may be empty.
    """
    columns = (*(metric.name for metric in table.metrics), *number_columns(table))
    numbers = effects(table.frame, codes, segments, columns)
    values = value_effects(table.frame, codes, segments, category_columns(table))
    parts = shares(table, codes, segments)
    return tuple(Profile(*one) for one in zip(numbers, values, parts, strict=True))


def shares(table: CustomerTable, codes: Codes, segments: int) -> tuple[Shares, ...]:
    """Each segment's part of all customers, orders and revenue."""
    counts = np.bincount(codes, minlength=segments)
    orders = np.bincount(codes, table.frame["order_count"].to_numpy(dtype=float), segments)
    revenue = np.bincount(codes, table.frame["revenue_total"].to_numpy(dtype=float), segments)
    return tuple(
        Shares(*(float(one / (of.sum() or 1.0)) for one, of in zip(row, (counts, orders, revenue), strict=True)))
        for row in zip(counts, orders, revenue, strict=True)
    )
