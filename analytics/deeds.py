"""Deeds: what customers did, as an audience. A rule's leaf `{"did": "cohort", "with": {…}}` is looked up here.

A cell of the cohorts, a drop-off of a funnel or a cart that was left is people whom no column of the customer table
knows. Each such question is an entry of `DEEDS`: its sentence, and the customers that the data says.
"""

from __future__ import annotations

import contextlib
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from analytics import cohorts, trends
from analytics.behaviour import people, visited, walked
from analytics.clusters import drawn
from analytics.customers import KEY, CustomerTable
from analytics.errors import RequestError
from analytics.matching import Mask
from analytics.rules import Did
from analytics.sources import Source

MOST_KEPT: Final = 16
"""Answers that stay with a customer table: each is a byte a customer, and every point of a chart may be another question."""


@dataclass(frozen=True, slots=True)
class Deed:
    """One kind of thing that customers do."""

    name: str
    sentence: Callable[[Mapping[str, Any]], str]
    """(details) → who is meant, in English. Raises RequestError where a detail is not possible."""
    customers: Callable[[Source, date, Mapping[str, Any]], Any]
    """(source, as_of, details) → their `customer_id`s, each once or more often; as pandas, Arrow or a list."""


DEEDS: tuple[Deed, ...] = (
    Deed("cohort", cohorts.tell, cohorts.cohort_customers),
    Deed("lost_in_funnel", people.lost_sentence, people.lost_customers),
    Deed("reached_in_funnel", people.reached_sentence, people.reached_customers),
    Deed("left_cart", people.left_cart_sentence, people.left_cart_customers),
    Deed("ordered_in", trends.orderers_sentence, trends.orderers),
    Deed("month_movement", trends.movement_sentence, trends.movement_customers),
    Deed(visited.VISITED, visited.visited_sentence, visited.visited_customers),
    Deed(walked.WALKED, walked.walked_sentence, walked.walked_customers),
    Deed(drawn.DRAWN, drawn.drawn_sentence, drawn.drawn_customers),
)


def deed(name: str) -> Deed:
    """The deed of that name.

    Raises:
        RequestError: there is none.
    """
    for known in DEEDS:
        if known.name == name:
            return known
    raise RequestError(f"There is no deed '{name}'. There is {', '.join(known.name for known in DEEDS)}.")


def tell(did: Did) -> str:
    """The sentence for what people did."""
    return deed(did.deed).sentence(did.known())


def find(did: Did, table: CustomerTable) -> Mask:
    """Which rows of the customer table did it, shape (customers,); the last few questions are not asked again for a table.

    Raises:
        RequestError: there is no such deed, a detail is not possible, or the table does not know where it came from.
    """
    kept: OrderedDict[Did, Mask] = table.once("deeds", OrderedDict)
    mask = kept.pop(did, None)
    if mask is None:
        mask = _looked_up(did, table)
    kept[did] = mask
    with contextlib.suppress(KeyError):  # another thread was as quick to drop one
        while len(kept) > MOST_KEPT:
            kept.popitem(last=False)
    return mask


def _looked_up(did: Did, table: CustomerTable) -> Mask:
    wanted = deed(did.deed)
    found = wanted.customers(table.reopened(), table.as_of, did.known())
    is_arrow = isinstance(found, pa.Array | pa.ChunkedArray)
    ids = found.cast(pa.large_string()) if is_arrow else pa.array(found, pa.large_string(), from_pandas=True)
    rows = pa.array(table.frame[KEY], type=pa.large_string())
    mask: Mask = pc.is_in(rows, value_set=ids).to_numpy(zero_copy_only=False)
    return mask
