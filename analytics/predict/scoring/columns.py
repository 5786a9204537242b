"""Score columns: what the models in use say of each customer, as columns of the customer table.

A column is there while a model is in use, `score_churn` for the question `churn`, and it says the same of the same customers
everywhere: it is computed from the version, the as-of date and the model alone, and kept beside the version. No training sees
it: models learn from `customer_table`, to which these columns are added afterwards.
"""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

from analytics.clusters.keeping import arrays_bytes, load_arrays
from analytics.customers import KEY, CustomerTable
from analytics.datasets import Version, open_version
from analytics.digest import code_digest
from analytics.errors import AnalyticsError
from analytics.predict.cases import Numbers
from analytics.predict.problems import problem
from analytics.predict.store.in_use import InUse, used_of
from analytics.predict.store.trainings import open_model
from analytics.predict.trained import Training
from analytics.schema import SCORED
from analytics.text import say

_HEADINGS: Final = {
    "churn": "Chance of being lost in {days} days",
    "revenue": "Revenue to expect in {days} days",
}
_MOST_IN_MEMORY: Final = 24
_IN_MEMORY: OrderedDict[tuple[Any, ...], tuple[Numbers, str] | None] = OrderedDict()
_LOCK: Final = threading.Lock()


def column_of(one: InUse) -> str:
    """The column that a model in use adds."""
    return f"{SCORED}{one.problem}"


def scoring_models(version: Version) -> tuple[InUse, ...]:
    """The models in use whose cases are customers, as the dataset itself knows them."""
    return tuple(one for one in used_of(version) if _is_of_customers(one.problem))


def _is_of_customers(name: str) -> bool:
    try:
        asked = problem(name)
    except AnalyticsError:  # of another release
        return False
    return asked.one_case_is == "customer" and asked.current is not None and not asked.needs_target


def with_scores(table: CustomerTable) -> CustomerTable:
    """The customer table with a column for each model in use; those that cannot be opened or asked are left out."""
    version = table.source.stored if table.source is not None else None
    if version is None:
        return table
    stale = [name for name in table.attributes if name.startswith(SCORED)]
    if stale:
        attributes = tuple(name for name in table.attributes if name not in stale)
        labels = {name: label for name, label in table.labels.items() if name not in stale}
        table = replace(table, frame=table.frame.drop(columns=stale), attributes=attributes, labels=labels, _kept={})
    columns, labels = {}, dict(table.labels)
    for one in scoring_models(version):
        found = _scores(one, table, version)
        if found is not None:
            columns[column_of(one)], labels[column_of(one)] = found
    return replace(table.with_columns(**columns), labels=labels) if columns else table


def scores_stamp(version: Version) -> str:
    """A text that is another one as soon as another model is in use; empty where none is."""
    told = [(one.model, column_of(one)) for one in scoring_models(version)]
    return hashlib.sha256(repr(told).encode()).hexdigest()[:12] if told else ""


def stamp_for(columns: tuple[str, ...], version: Version) -> str:
    """The stamp, where any of the columns is a score: what is found by scores is found anew with another model. Else empty."""
    return scores_stamp(version) if any(name.startswith(SCORED) for name in columns) else ""


def are_scored(version: Version, as_of: date) -> bool:
    """Whether the customers of a day were scored before, so that the scores only have to be read."""
    return all(_path(one, version, as_of).is_file() for one in scoring_models(version))


def heading_of(training: Training) -> str:
    """The heading of the column of scores."""
    asked = training.request.problem
    if asked in _HEADINGS:
        return say(_HEADINGS[asked], days=training.request.horizon_days)
    return say("Score: {problem}", problem=say(training.asked.label))


def unit_of(column: str) -> str:
    """What a column of scores is measured in: `share` where it is a chance, else the unit of its question."""
    asked = problem(column.removeprefix(SCORED))
    return "share" if asked.kind == "classification" else asked.unit


def _scores(one: InUse, table: CustomerTable, version: Version) -> tuple[Numbers, str] | None:
    """The score of each customer and the heading; None where the model cannot be used on them."""
    key = (version.key, table.as_of, len(table), one.model)
    with _LOCK:
        if key in _IN_MEMORY:
            _IN_MEMORY.move_to_end(key)
            return _IN_MEMORY[key]
    found = _stored_or_scored(one, table, version)
    with _LOCK:
        _IN_MEMORY[key] = found
        while len(_IN_MEMORY) > _MOST_IN_MEMORY:
            _IN_MEMORY.popitem(last=False)
    return found


def _stored_or_scored(one: InUse, table: CustomerTable, version: Version) -> tuple[Numbers, str] | None:
    path = _path(one, version, table.as_of)
    read = load_arrays(path)
    if read is not None and len(read[0]["scores"]) == len(table):
        return read[0]["scores"], str(read[1]["heading"])
    try:
        training, contender = open_model(one.model, home=version.path.parents[2])
        current = training.asked.current
        assert current is not None  # noqa: S101 - `scoring_models` has looked
        request = replace(training.request, version=version.manifest.version, as_of=table.as_of)
        cases = current(table.reopened(), request)
        scores = _in_order(contender.fitted.score(cases.frame), cases.ids, table)
    except AnalyticsError:  # it is refused, or these customers lack what it reads: it is as if the column were missing
        return None
    heading = heading_of(training)
    version.keep(path.name, arrays_bytes({"scores": scores}, {"heading": heading}))
    return scores, heading


def _in_order(scores: Numbers, ids: pd.Series[Any], table: CustomerTable) -> Numbers:
    """The scores in the order of the customer table; customers who are no cases have none."""
    by_customer = pd.Series(scores, index=pd.Index(ids.astype("string")))
    found = by_customer.reindex(pd.Index(table.frame[KEY].astype("string")))
    return np.asarray(found.to_numpy(dtype=float, na_value=np.nan), dtype=np.float64)


def _path(one: InUse, version: Version, as_of: date) -> Path:
    return version.cache_path(f"scores-{as_of.isoformat()}-{one.model}-{code_digest()}.npz")


def score_headings(dataset: str, version: str | None = None) -> dict[str, str]:
    """Column → heading, of the models in use of a dataset.

    Raises:
        NotFoundError: there is no such dataset or version.
    """
    headings = {}
    known = open_version(dataset, version)
    for one in scoring_models(known):
        headings[column_of(one)] = heading_of(open_model(one.model, home=known.path.parents[2])[0])
    return headings
