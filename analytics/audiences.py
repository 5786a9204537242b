"""Lists that leave the system: the only writer of CSV and Excel.

Text that a spreadsheet would take for a formula is neutralised in every cell, headers included. Beside each list goes a manifest:
which dataset, as of when, which rule, how many.
"""

from __future__ import annotations

import contextlib
import io
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from analytics import deeds
from analytics.customers import CustomerTable
from analytics.datasets import open_version, write_atomically
from analytics.errors import AnalyticsError, DataError, RequestError, StoreError
from analytics.metrics import is_metric, metric
from analytics.request import AnalysisRequest
from analytics.rules import Rule, columns_of
from analytics.schema import PINNED
from analytics.segmentation import pins
from analytics.selection import rule_of, selected_rows
from analytics.text import say

_DANGEROUS: Final = ("=", "+", "-", "@", "\t", "\r")
_DANGEROUS_START: Final = r"^[=+\-@\t\r]"
MOST_EXCEL_ROWS: Final = 1_048_575


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


def neutralised(text: str) -> str:
    """The text with an apostrophe before it if a spreadsheet would run it as a formula."""
    return f"'{text}" if text.startswith(_DANGEROUS) else text


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
    if any(name.startswith(PINNED) for name in columns_of(rule)):
        with contextlib.suppress(AnalyticsError):  # without its dataset a rule still has a sentence
            labels = {pin.column: pin.name for pin in pins(open_version(request.dataset, request.version))}
    return lambda name: labels.get(name) or column_label(name)


def column_label(name: str) -> str:
    """The heading of a column of the customer table, in the user's words."""
    if is_metric(name):
        return say(metric(name).label)
    if name.startswith(PINNED):
        return name.removeprefix(PINNED).replace("_", " ").capitalize()
    return say(_HEADINGS.get(name, name.replace("_", " ").capitalize()))


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


def _write_csv(listed: pd.DataFrame) -> bytes:
    columns = {neutralised(name): _safe_column(listed[name]) for name in listed.columns}
    target = io.BytesIO()
    pyarrow.csv.write_csv(pa.table(columns), target, pyarrow.csv.WriteOptions(quoting_style="needed"))
    return target.getvalue()


def _safe_column(values: pd.Series[Any]) -> pa.Array:
    """A column for CSV: numbers and days as they are, text with dangerous beginnings neutralised."""
    array = pa.array(values, from_pandas=True)
    if is_day(values):
        return array.cast(pa.date32())
    if pa.types.is_dictionary(array.type):
        safe = pa.array([neutralised(str(item)) for item in array.dictionary.to_pylist()], type=pa.large_string())
        return pa.DictionaryArray.from_arrays(array.indices, safe).cast(pa.large_string())
    is_plain = pa.types.is_boolean(array.type) or pa.types.is_temporal(array.type)
    if not (is_plain or pa.types.is_integer(array.type) or pa.types.is_floating(array.type)):
        texts, empty = array.cast(pa.large_string()), pa.scalar("", pa.large_string())
        quoted = pc.binary_join_element_wise(pa.scalar("'", pa.large_string()), texts, empty)
        return pc.if_else(pc.match_substring_regex(texts, _DANGEROUS_START), quoted, texts)
    return array


def is_day(values: pd.Series[Any]) -> bool:
    """Whether a column holds days: instants that are all at midnight."""
    return pd.api.types.is_datetime64_any_dtype(values.dtype) and bool(
        (values.dropna().dt.normalize() == values.dropna()).all()
    )


def _write_excel(listed: pd.DataFrame) -> bytes:
    import xlsxwriter

    if len(listed) > MOST_EXCEL_ROWS:
        raise DataError(f"Excel holds {MOST_EXCEL_ROWS:,} rows; this list has {len(listed):,}. Export it as CSV.")
    target = io.BytesIO()
    options = {
        "constant_memory": True,
        "in_memory": False,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "nan_inf_to_errors": True,
        "remove_timezone": True,
    }
    book = xlsxwriter.Workbook(target, options)
    sheet = book.add_worksheet("Customers")
    sheet.freeze_panes(1, 0)
    bold, day = book.add_format({"bold": True}), book.add_format({"num_format": "yyyy-mm-dd"})
    for place, name in enumerate(listed.columns):
        sheet.write_string(0, place, neutralised(name), bold)
        sheet.set_column(place, place, max(10, min(28, len(name) + 2)))
    columns = [listed[name].astype(object).where(listed[name].notna(), None).tolist() for name in listed.columns]
    for row, values in enumerate(zip(*columns, strict=True), start=1):
        for place, value in enumerate(values):
            if value is None:
                continue
            if isinstance(value, bool):
                sheet.write_boolean(row, place, value)
            elif isinstance(value, int | float):
                sheet.write_number(row, place, value)
            elif hasattr(value, "isoformat"):
                sheet.write_datetime(row, place, value, day)
            else:
                sheet.write_string(row, place, neutralised(str(value)))
    book.close()
    return target.getvalue()


AUDIENCE_FORMATS: tuple[AudienceFormat, ...] = (
    AudienceFormat("csv", "CSV", ".csv", "text/csv; charset=utf-8", _write_csv),
    AudienceFormat(
        "xlsx", "Excel", ".xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", _write_excel
    ),
)
