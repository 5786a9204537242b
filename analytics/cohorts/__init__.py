"""Do customers come back? Those whose first orders have something in common, and what they did in each period since.

`cohort_table` asks the engine; `cohort_cells` keeps what it says by group of customers, so that a filter is a sum in memory.
"""

from __future__ import annotations

from datetime import date

from analytics.cohorts.cells import CohortCells, Members, available, cohort_cells, cohort_customers
from analytics.cohorts.kinds import COHORT_KINDS, EVERYONE, CohortKind, kind_named, kind_of_groups, tell
from analytics.cohorts.periods import Calendar, calendar_of, key_of, start_of
from analytics.cohorts.tables import Cohorts
from analytics.customers import KEY, customer_table, resolve_as_of
from analytics.errors import RequestError
from analytics.rfm import SEGMENT, with_segments
from analytics.sources import Source
from analytics.text import say


def cohort_table(source: Source, as_of: date | None = None, by: str = "month") -> Cohorts:
    """All cohorts of a source: customers, and in each period since their first order who was active and what they paid.

    Raises:
        RequestError: there is no such kind of cohorts, or the dataset does not know what it needs.
        EmptyDataError: nobody ordered before `as_of`.
    """
    kind = kind_named(by)
    if kind.column == "cluster":
        raise RequestError(
            say(
                "Cohorts by cluster need the clusters. Name a clustering, for example kmeans:k=4, or use the Cohorts tab."
            )
        )
    members = None
    if kind.column == SEGMENT:
        # The segments of the same day; their names are categories from best to worst
        known = with_segments(
            customer_table(
                source, resolve_as_of(source, as_of), metrics=("recency_days", "order_count", "revenue_total")
            )
        )
        members = Members(known.frame[KEY], labels=known.frame[SEGMENT])
    return cohort_cells(source, as_of, by, members).table()


__all__ = [
    "COHORT_KINDS",
    "EVERYONE",
    "Calendar",
    "CohortCells",
    "CohortKind",
    "Cohorts",
    "Members",
    "available",
    "calendar_of",
    "cohort_cells",
    "cohort_customers",
    "cohort_table",
    "key_of",
    "kind_named",
    "kind_of_groups",
    "start_of",
    "tell",
]
