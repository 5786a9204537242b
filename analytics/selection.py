"""Which customers a request means, and in which order: the same call for the screen, the command line and the export."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from analytics import deeds
from analytics.customers import CustomerTable
from analytics.errors import RequestError
from analytics.matching import Mask
from analytics.request import AnalysisRequest
from analytics.rfm import SEGMENT
from analytics.rules import AllOf, Condition, Rule, no_score
from analytics.schema import SCORED

_WORTH_A_THREAD: Final = 50_000


def rule_of(request: AnalysisRequest) -> Rule | None:
    """The request's countries, segments and conditions as one rule; None where nothing is asked."""
    parts: list[Rule] = []
    for column, names in (("country", request.countries), (SEGMENT, request.segments)):
        if len(names) == 1:
            parts.append(Condition(column, "equal to", names[0]))
        elif names:
            parts.append(Condition(column, "one of", names))
    if request.where is not None:
        parts.append(request.where)
    if not parts:
        return None
    return parts[0] if len(parts) == 1 else AllOf(tuple(parts))


def selected(request: AnalysisRequest, table: CustomerTable) -> Mask:
    """Which rows of the customer table the request's filters and search keep. Shape (customers,).

    Raises:
        RequestError: a filter names a column that customers do not have, or compares it with what it cannot be.
    """
    rule = rule_of(request)
    keep = (
        np.ones(len(table), dtype=bool) if rule is None else rule.mask(table.frame, lambda did: deeds.find(did, table))
    )
    if request.search.strip():
        keep &= _found(request.search.strip(), table)
    return keep


def selected_rows(request: AnalysisRequest, table: CustomerTable) -> np.ndarray[Any, Any]:
    """The row numbers of the customers that the request keeps, in its order. Shape (kept,)."""
    if request.sort not in table.frame.columns:
        if request.sort.startswith(SCORED):
            raise RequestError(no_score(request.sort))
        raise RequestError(
            f"Customers have no '{request.sort}' to sort by. They have {', '.join(table.frame.columns)}."
        )
    order = table.sorted_by(request.sort, descending=request.descending)
    rows: np.ndarray[Any, Any] = order[selected(request, table)[order]]
    return rows


def _found(words: str, table: CustomerTable) -> Mask:
    """Customers whose number, name, e-mail or phone contains the words, in large letters or small."""
    folded = pc.utf8_lower(pa.scalar(words)).as_py()  # as the table's texts are folded, which is not quite str.lower
    texts = table.searchable()
    half = len(texts) // 2

    def search(part: Any) -> Mask:
        # Twice as fast as pc.match_substring, which looks at every byte
        mask: Mask = pc.match_substring_regex(part, re.escape(folded)).to_numpy(zero_copy_only=False)
        return mask

    if half < _WORTH_A_THREAD:
        return search(texts)
    with ThreadPoolExecutor(2) as pool:
        return np.concatenate(list(pool.map(search, (texts[:half], texts[half:]))))
