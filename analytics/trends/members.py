"""Which group each customer is in, as a table that the engine joins: reductions then come back by group, a few thousand rows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from analytics.customers import KEY, CustomerTable

Array = np.ndarray[Any, Any]
WHO = "who"
"""The group that a row counts in; without groups all customers are in one, 0."""


def members(table: CustomerTable, codes: Array) -> pa.Table:
    """Each customer with the group they are in, for the reductions of this package. `codes` has shape (customers,)."""
    ids = pa.array(table.frame[KEY], type=pa.large_string())
    return pa.table({KEY: ids, WHO: pa.array(codes.astype(np.int32))})


def members_kept(groups: pa.Table, keep: Array) -> pa.Table:
    """The members of the groups kept; `keep` has shape (groups,)."""
    return groups.filter(pa.array(keep[groups[WHO].to_numpy()]))


def joined(rows: Any, groups: pa.Table | None) -> Any:
    """Ibis rows with a `customer_id`, and the group of each as `who`. Without groups everyone is in group 0."""
    import ibis

    if groups is None:
        return rows.mutate(**{WHO: ibis.literal(0, "int32")})
    return rows.join(ibis.memtable(groups), KEY)
