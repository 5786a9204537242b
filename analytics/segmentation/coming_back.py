"""Cohorts by any segmentation: a kept one, or one that is named as `compare` names it."""

from __future__ import annotations

from datetime import date

import pandas as pd

from analytics import cohorts
from analytics.cohorts import COHORT_KINDS, Cohorts, Members, kind_of_groups
from analytics.customers import KEY
from analytics.errors import RequestError
from analytics.request import RFM, AnalysisRequest
from analytics.rfm import SEGMENT
from analytics.schema import PINNED
from analytics.segmentation.comparing import meant
from analytics.segmentation.finding import scored, segment
from analytics.segmentation.naming import label_of, name_of
from analytics.segmentation.pins import Pin, problem_of
from analytics.segmentation.segments import CLUSTER
from analytics.sources import Source
from analytics.text import say


def cohort_table(source: Source, as_of: date | None = None, by: str = "month") -> Cohorts:
    """All cohorts of a source: customers, and in each period since their first order who was active and what they paid.

    Args:
        by: a kind of `COHORT_KINDS`; the name of a kept segmentation, or its column; or a segmentation such as `kmeans:k=4`.

    Raises:
        RequestError: `by` means nothing, or these customers cannot be grouped so.
        EmptyDataError: nobody ordered before `as_of`.
    """
    if by in {kind.name for kind in COHORT_KINDS}:
        return cohorts.cohort_table(source, as_of, by)
    plain = AnalysisRequest(source.name, as_of=as_of)
    try:
        which = meant(plain, source.stored, by.removeprefix(PINNED))
    except RequestError as problem:
        # Whoever mistyped a kind is told the kinds as well
        kinds = ", ".join(kind.name for kind in COHORT_KINDS if kind.name != CLUSTER)
        told = say("Cohorts are by {kinds}, or by a segmentation. {problem}", kinds=kinds, problem=problem)
        raise RequestError(told) from None
    if isinstance(which, Pin):
        return _by_pin(which, source, plain)
    if which.algorithm == RFM:
        return cohorts.cohort_table(source, as_of, SEGMENT)
    found = segment(which, source, profiled=False)
    names = [group.name for group in found.segments]
    labels = pd.Series(pd.Categorical.from_codes(found.codes, categories=pd.Index(names), ordered=True))
    kind = kind_of_groups(name_of(which), label_of(which), CLUSTER)
    return cohorts.cohort_cells(source, as_of, kind, Members(found.table.frame[KEY], labels=labels)).table()


def _by_pin(pin: Pin, source: Source, plain: AnalysisRequest) -> Cohorts:
    table = scored(plain, source)
    if pin.column not in table.frame.columns:
        raise RequestError(
            problem_of(pin, table)
            or say("'{name}' cannot be placed on these customers. Drop it, or keep it again.", name=pin.name)
        )
    members = Members(table.frame[KEY], labels=table.frame[pin.column])
    return cohorts.cohort_cells(source, plain.as_of, kind_of_groups(pin.column, pin.name, pin.column), members).table()
