"""Lists of customers that leave the system. Beside each list goes a manifest: which dataset, as of when, which rule, how many."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from analytics import deeds
from analytics.customers import CustomerTable
from analytics.datasets import open_version, write_atomically
from analytics.errors import AnalyticsError, RequestError, StoreError
from analytics.metrics import heading
from analytics.predict.scoring.columns import score_headings
from analytics.request import AnalysisRequest
from analytics.rules import Rule, columns_of
from analytics.schema import PINNED, SCORED
from analytics.segmentation import pins
from analytics.selection import rule_of, selected_rows
from analytics.text import say
from analytics.writing import write_csv, write_excel


@dataclass(frozen=True, slots=True)
class AudienceManifest:
    """What a list is: from which data, by which rule, how many."""

    dataset: str
    version: str
    as_of: str
    rule: str
    """The rule as an English sentence."""
    request: dict[str, Any]
    customers: int
    revenue: float
    currency: str
    columns: tuple[str, ...]
    format: str
    exported_at: str


@dataclass(frozen=True, slots=True)
class AudienceFormat:
    """A file format for lists."""

    name: str
    label: str
    suffix: str
    media_type: str
    write: Callable[[pd.DataFrame], bytes]


def audience(request: AnalysisRequest, table: CustomerTable) -> pd.DataFrame:
    """The customers that a request keeps, in its order: the rows of the grid, all of them.

    Raises:
        RequestError: a filter or the order names what customers do not have.
    """
    return table.frame.iloc[selected_rows(request, table)]


def describe(request: AnalysisRequest, label: Callable[[str], str] | None = None) -> str:
    """The request's filters as an English sentence."""
    rule = rule_of(request)
    told = say("All customers") if rule is None else rule.sentence(label or _labels_of(request, rule), deeds.tell)
    return (
        say("{rule}; found by '{words}'", rule=told, words=request.search.strip()) if request.search.strip() else told
    )


def _labels_of(request: AnalysisRequest, rule: Rule) -> Callable[[str], str]:
    """The headings of the columns of a request's rule: what is kept bears the name that it was given."""
    labels: dict[str, str] = {}
    asked = columns_of(rule)
    if any(name.startswith(SCORED) for name in asked):
        with contextlib.suppress(AnalyticsError):
            labels |= score_headings(request.dataset, request.version)
    if any(name.startswith(PINNED) for name in asked):
        with contextlib.suppress(AnalyticsError):  # without its dataset a rule still has a sentence
            labels |= {pin.column: pin.name for pin in pins(open_version(request.dataset, request.version))}
    return lambda name: labels.get(name) or column_label(name)


def column_label(name: str) -> str:
    """The heading of a column of the customer table, in the user's words."""
    if name.startswith(PINNED):
        return name.removeprefix(PINNED).replace("_", " ").capitalize()
    if name.startswith(SCORED):
        return say("Score: {problem}", problem=name.removeprefix(SCORED).replace("_", " "))
    return say(_HEADINGS[name]) if name in _HEADINGS else heading(name)


_HEADINGS = {
    "customer_id": "Customer",
    "email": "E-mail",
    "recency_score": "R",
    "frequency_score": "F",
    "monetary_score": "M",
    "has_email_consent": "E-mail consent",
}


def manifest(
    request: AnalysisRequest, table: CustomerTable, listed: pd.DataFrame, form: AudienceFormat, *, exported_at: str
) -> AudienceManifest:
    """What is to be known about a list."""
    dataset, _, version = table.key.partition("@")
    return AudienceManifest(
        dataset,
        version,
        table.as_of.isoformat(),
        describe(request),
        request.to_json(),
        len(listed),
        round(float(listed["revenue_total"].sum()), 4),
        table.currency,
        tuple(listed.columns),
        form.name,
        exported_at,
    )


def write_audience(
    request: AnalysisRequest, table: CustomerTable, file: Path, form: AudienceFormat, *, exported_at: str
) -> AudienceManifest:
    """Write a list and, beside it, `<file>.manifest.json`.

    Raises:
        StoreError: the file cannot be written.
    """
    listed = audience(request, table)
    about = manifest(request, table, listed, form, exported_at=exported_at)
    try:
        write_atomically(file, form.write(listed))
        text = json.dumps(asdict(about), indent=1, ensure_ascii=False)
        write_atomically(file.with_name(f"{file.name}.manifest.json"), text.encode())
    except OSError as problem:
        raise StoreError(f"Cannot write '{file}': {problem.strerror}. Choose another place.") from problem
    return about


def audience_format(name: str) -> AudienceFormat:
    """The format of that name.

    Raises:
        RequestError: there is none.
    """
    for form in AUDIENCE_FORMATS:
        if form.name == name:
            return form
    raise RequestError(f"There is no format '{name}'. There is {', '.join(form.name for form in AUDIENCE_FORMATS)}.")


AUDIENCE_FORMATS: tuple[AudienceFormat, ...] = (
    AudienceFormat("csv", "CSV", ".csv", "text/csv; charset=utf-8", write_csv),
    AudienceFormat(
        "xlsx", "Excel", ".xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", write_excel
    ),
)
