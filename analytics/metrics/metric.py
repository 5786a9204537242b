"""What a metric is: one number per customer, with its words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

Unit = Literal[
    "days", "orders", "money", "units", "lines", "products", "share", "returns", "sessions", "seconds", "views"
]
StandIn = Literal["median", "highest", "lowest", "zero"]


@dataclass(frozen=True, slots=True)
class Metric:
    """One number per customer: what it is called, what it is measured in, what it means and what 'missing' means."""

    name: str
    label: str
    unit: Unit
    meaning: str
    missing: str
    stand_in: StandIn
    """What a missing value counts as where customers are compared by their numbers, by what missing means: the highest known
    for days until something that has not come, zero for what never happened, the median where nothing can be concluded."""
    table: Literal["orders", "order_lines", "returns", "sessions", "customer"]
    """The canonical table whose rows are reduced; `customer` for a metric made of other metrics."""
    expression: Callable[[Any, date], Any]
    """(the table's rows before as_of, as_of) → an aggregate over one customer's rows, as an Ibis value."""
    high: str
    """In a word or two, the customers for whom it is high."""
    low: str
    """In a word or two, the customers for whom it is low."""
    without_rows: float | None = None
    """The value for a customer without rows in the table; None is missing."""
    ingredients: tuple[str, ...] = ()
    """For a metric made of other metrics: their names."""
