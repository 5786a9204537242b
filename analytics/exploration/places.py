"""Where customers are: per country how many, what they order and pay, and how much they differ."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from analytics.customers import CustomerTable
from analytics.errors import EmptyDataError
from analytics.exploration.columns import rows_of
from analytics.exploration.countries import Country, country_named
from analytics.matching import Mask
from analytics.rules import Condition, Rule
from analytics.text import say

COUNTRY: Final = "country"


@dataclass(frozen=True, slots=True)
class Place:
    """What the customers of one country bring. The spread is of revenue per customer."""

    name: str
    """As the shop writes it; empty for customers whose country is not known."""
    country: Country | None
    """None where the name is not a country of the map."""
    customers: int
    orders: int
    revenue: float
    customer_share: float
    revenue_share: float
    order_value_mean: float
    """Revenue divided by orders."""
    revenue_per_customer: float
    sd: float | None
    """With n - 1 in the denominator; None for one customer."""
    lower_quartile: float
    median: float
    upper_quartile: float

    @property
    def rule(self) -> Rule:
        return Condition(COUNTRY, "equal to", self.name) if self.name else Condition(COUNTRY, "missing")

    def to_json(self) -> dict[str, Any]:
        return {
            "country": self.name or None,
            "iso_a3": self.country.iso_a3 if self.country else None,
            "customers": self.customers,
            "customer_share": self.customer_share,
            "orders": self.orders,
            "revenue": round(self.revenue, 4),
            "revenue_share": self.revenue_share,
            "order_value_mean": self.order_value_mean,
            "revenue_per_customer": self.revenue_per_customer,
            "revenue_per_customer_sd": self.sd,
            "revenue_per_customer_quartiles": [self.lower_quartile, self.median, self.upper_quartile],
        }


def has_geography(table: CustomerTable) -> bool:
    """Whether anything is known of where customers are."""
    return COUNTRY in table.frame.columns


def geography(table: CustomerTable, keep: Mask | None = None) -> tuple[Place, ...]:
    """Each country's customers, orders and revenue, highest revenue first.

    A customer counts with everything they ordered in one country: the one that their attributes name, else that of their
    latest order. Customers without a country come last, under an empty name.

    Raises:
        EmptyDataError: the data says nothing of countries.
    """
    if not has_geography(table):
        raise EmptyDataError(say("This dataset does not say in which country customers are."))
    rows = rows_of(keep)
    frame = table.frame if rows is None else table.frame.iloc[rows]
    values = frame[COUNTRY].astype("category")
    names = [str(name) for name in values.cat.categories]
    unknown = len(names)
    codes = values.cat.codes.to_numpy().astype(np.int32)
    codes = np.where(codes < 0, unknown, codes)
    revenue = frame["revenue_total"].to_numpy(dtype=float)
    orders = np.bincount(codes, frame["order_count"].to_numpy(dtype=float), unknown + 1)
    counts = np.bincount(codes, minlength=unknown + 1)
    parts = np.split(revenue[np.argsort(codes, kind="stable")], np.cumsum(counts)[:-1])
    total = float(revenue.sum())
    places = [
        _place(name, part, int(order), len(frame), total)
        for name, part, order in zip([*names, ""], parts, orders.tolist(), strict=True)
        if len(part)
    ]
    return tuple(sorted(places, key=lambda place: (not place.name, -place.revenue, place.name)))


def _place(name: str, revenue: np.ndarray[Any, Any], orders: int, everyone: int, total: float) -> Place:
    lower, median, upper = np.quantile(revenue, [0.25, 0.5, 0.75]).tolist()
    brought = float(revenue.sum())
    return Place(
        name,
        country_named(name) if name else None,
        len(revenue),
        orders,
        brought,
        len(revenue) / everyone,
        brought / total if total else 0.0,
        brought / orders if orders else 0.0,
        brought / len(revenue),
        float(revenue.std(ddof=1)) if len(revenue) > 1 else None,
        lower,
        median,
        upper,
    )


def off_the_map(places: tuple[Place, ...]) -> tuple[Place, ...]:
    """The places that no shape of the map stands for: regions, groups of countries, or no country at all."""
    return tuple(place for place in places if place.country is None)
