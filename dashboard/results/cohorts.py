"""What the Cohorts tab shows: made once for a dataset and a kind of cohorts, summed anew for each filter."""

from __future__ import annotations

import json

import pandas as pd

from analytics import cohorts
from analytics.cohorts import COHORT_KINDS, CohortCells, CohortKind, Cohorts, Members, kind_of_groups
from analytics.customers import KEY
from analytics.request import AnalysisRequest
from analytics.schema import PINNED
from analytics.sources import open_source
from dashboard import results
from dashboard.state import View

CLUSTER = "cluster"


def kinds(request: AnalysisRequest) -> dict[str, CohortKind]:
    """The kinds of cohorts that the dataset can answer, by name: by cluster where clusters have been found, and by each
    kept segmentation whose groups these customers can be placed in."""
    known = results.reduced(
        "cohort kinds", request, lambda asked: cohorts.available(open_source(results.version_of(asked)))
    )
    known = (*known, CLUSTER) if results.clusters(request) is not None else known
    own = [kind for kind in COHORT_KINDS if kind.name in known]
    labels = results.customers(request).labels.items()
    pinned = [kind_of_groups(column, label, column) for column, label in labels if column.startswith(PINNED)]
    return {kind.name: kind for kind in (*own, *pinned)}


def chosen(view: View) -> CohortKind:
    """The kind that the view asks for; months where the dataset does not know it."""
    known = kinds(view.request)
    return known.get(view.one("cohort_by"), known["month"])


def cells(request: AnalysisRequest, kind: CohortKind) -> CohortCells:
    """The cohorts by group of customers."""
    # Clusters differ by all that they are asked for; nothing else does
    which = json.dumps(request.clustering().to_json(), sort_keys=True) if kind.name == CLUSTER else ""

    def compute(asked: AnalysisRequest) -> CohortCells:
        table = results.customers(asked)
        labels = table.frame[kind.column] if kind.is_of_groups else None
        members = Members(table.frame[KEY], results.groups(asked).codes, labels)
        return cohorts.cohort_cells(open_source(results.version_of(asked)), asked.as_of, kind, members)

    return results.reduced(("cohorts", kind.name, which), request, compute)


def table(view: View) -> Cohorts:
    """The cohorts of the customers kept."""
    return cells(view.request, chosen(view)).table(results.kept_groups(view.request))


def cohorts_table(view: View) -> pd.DataFrame:
    """All cells with all their figures."""
    return table(view).frame()
