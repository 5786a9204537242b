"""What the Cohorts tab shows: made once for a dataset and a kind of cohorts, summed anew for each filter."""

from __future__ import annotations

import pandas as pd

from analytics import cohorts
from analytics.cohorts import COHORT_KINDS, CohortCells, Cohorts, Members
from analytics.customers import KEY
from analytics.request import AnalysisRequest
from analytics.rfm import SEGMENT
from analytics.sources import open_source
from dashboard import results
from dashboard.state import View

CLUSTER = "cluster"


def kinds(request: AnalysisRequest) -> tuple[str, ...]:
    """The kinds of cohorts that the dataset can answer; by cluster where clusters have been found."""
    known = results.reduced(
        "cohort kinds", request, lambda asked: cohorts.available(open_source(results.version_of(asked)))
    )
    known = (*known, CLUSTER) if results.clusters(request) is not None else known
    return tuple(kind.name for kind in COHORT_KINDS if kind.name in known)


def chosen(view: View) -> str:
    """The kind that the view asks for; months where the dataset does not know it."""
    by = view.one("cohort_by")
    return by if by in kinds(view.request) else "month"


def cells(request: AnalysisRequest, by: str) -> CohortCells:
    """The cohorts by group of customers."""
    # Clusters differ by what they are asked for; nothing else does
    which = (request.k, request.metrics, request.seed) if by == CLUSTER else ()

    def compute(asked: AnalysisRequest) -> CohortCells:
        table = results.customers(asked)
        labels = table.frame[SEGMENT] if by == SEGMENT else table.frame[CLUSTER] if by == CLUSTER else None
        members = Members(table.frame[KEY], results.groups(asked).codes, labels)
        return cohorts.cohort_cells(open_source(results.version_of(asked)), asked.as_of, by, members)

    return results.reduced(("cohorts", by, which), request, compute)


def table(view: View) -> Cohorts:
    """The cohorts of the customers kept."""
    return cells(view.request, chosen(view)).table(results.kept_groups(view.request))


def cohorts_table(view: View) -> pd.DataFrame:
    """All cells with all their figures."""
    return table(view).frame()
