"""Raw columns to typed canonical ones: one expression over the raw table, and what to say of values that cannot be read."""

from __future__ import annotations

import glob
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from analytics.errors import DataError
from analytics.intake.cleaning import rule_number
from analytics.intake.mapping import short
from analytics.intake.parsing import (
    DATE_FORMS,
    NUMBER_FORMS,
    Fit,
    Form,
    choose_forms,
    finite,
    is_present,
    known_text,
    trimmed,
    usual_formats_first,
    utc,
)
from analytics.intake.readers import RawTable
from analytics.schema import MONEY, ORDER_LINES
from analytics.text import say, say_count

NUMBERS = ("revenue", "quantity", "unit_price")
TEXTS = ("product_id", "product_name", "category", "country", "channel")

FATE = ("rule", "is_changed", "is_unread")
"""The columns that say what becomes of a line: one file for each combination."""


@dataclass(frozen=True, slots=True)
class Kind:
    """What the texts of a column are parsed to, in words, and the forms that they may have."""

    one: str
    many: str
    forms: tuple[Form, ...]


_DATES, _NUMBERS = Kind("date", "dates", DATE_FORMS), Kind("number", "numbers", NUMBER_FORMS)
_KINDS: Mapping[str, Kind] = {"ordered_at": _DATES, **dict.fromkeys(NUMBERS, _NUMBERS)}


@dataclass(frozen=True, slots=True)
class Reading:
    """How the raw columns are read: canonical → raw column, and for texts that are parsed, canonical → form."""

    mapping: Mapping[str, str]
    fits: Mapping[str, Fit]


def choose_reading(raw: RawTable, mapping: Mapping[str, str], *, whole: bool = False) -> Reading:
    """The form of each column that has to be parsed, from the sample or, if `whole`, from every row."""
    wanted = {
        name: kind.forms
        for name, kind in _KINDS.items()
        if name in mapping and _is_parsed(name, raw.table[mapping[name]])
    }
    if not wanted:
        return Reading(mapping, {})
    texts = {name: trimmed(_text(raw.sample[mapping[name]])) for name in wanted}
    sample = raw.sample.select(**texts)
    table = raw.table.select(**{name: trimmed(_text(raw.table[mapping[name]])) for name in wanted}) if whole else sample
    return Reading(mapping, usual_formats_first(sample, choose_forms(table, wanted)))


def _is_parsed(name: str, column: Any) -> bool:
    kind = column.type()
    return not (kind.is_timestamp() or kind.is_date() if name == "ordered_at" else kind.is_numeric())


def _text(column: Any) -> Any:
    """Any column as text; whole numbers without a fraction."""
    kind = column.type()
    if kind.is_string():
        return column
    if kind.is_floating() or kind.is_decimal():
        number = column.cast("float64")
        whole = number.try_cast("int64")
        return (whole.cast("float64") == number).ifelse(
            whole.cast("string"), number.nullif(float("nan")).cast("string")
        )
    return column.cast("string")


def identifier(column: Any) -> Any:
    """An id as text. Decimals from a number column lose their .0; ids that came as text keep every digit."""
    return known_text(trimmed(_text(column)))


def _mended(text: Any) -> Any:
    """A trimmed customer id without the .0 of a number that was stored as a decimal."""
    is_decimal = text.endswith(".0").ifelse(text.try_cast("float64").notnull(), False)
    return known_text(is_decimal.ifelse(text.substr(0, text.length() - 2), text))


def staged_lines(raw: RawTable, reading: Reading, is_enabled: Mapping[str, bool], engine: Any) -> Any:
    """Every raw row as a canonical order line, with `is_changed`, `is_unread` and the number of the rule that catches it.

    The layers are views, because nested in one expression each step would be computed again for every use of it.
    """
    texts = engine.create_view("texts", _texts(raw, reading, is_enabled), overwrite=True)
    values = engine.create_view("values_read", _values(texts, reading, is_enabled), overwrite=True)
    lines = engine.create_view("lines", _lines(values, reading), overwrite=True)
    return lines.select(
        **{column.name: lines[column.name] for column in ORDER_LINES.columns},
        rule=rule_number(lines, is_enabled),
        is_changed=lines.is_changed.cast("int8"),
        is_unread=lines.is_unread.cast("int8"),
    )


def _texts(raw: RawTable, reading: Reading, is_enabled: Mapping[str, bool]) -> Any:
    """The mapped columns by their canonical names: texts trimmed, numbers and instants as they came."""
    import ibis

    table, mapping = raw.table, reading.mapping
    chosen: dict[str, Any] = {}
    for name, raw_name in mapping.items():
        column = table[raw_name]
        if name in _KINDS and name not in reading.fits:
            chosen[name] = utc(column) if name == "ordered_at" else finite(column.cast("float64"))
        else:
            chosen[name] = trimmed(_text(column))
    customer = table[mapping["customer_id"]]
    kind = customer.type()
    if not is_enabled["id_form"]:
        chosen["customer_id"] = customer.cast("string")
    elif kind.is_string():
        chosen["customer_given"] = customer
    else:
        # A decimal column shows every id as 17850.0, whatever the file calls it.
        chosen["is_changed"] = (customer.notnull() & ~customer.isnan()) if kind.is_floating() else ibis.literal(False)
    if is_enabled["exact_duplicate"]:
        chosen["repetition"] = ibis.row_number().over(group_by=[table[column] for column in raw.columns])
    return table.select(**chosen)


def _values(texts: Any, reading: Reading, is_enabled: Mapping[str, bool]) -> Any:
    """Texts read by their forms."""
    import ibis

    values: dict[str, Any] = {name: texts[name] for name in texts.columns}
    for name in ("order_id", *TEXTS):
        values[name] = known_text(texts[name]) if name in texts.columns else ibis.null("string")
    for name in _KINDS:
        if name in reading.fits:
            values[name] = reading.fits[name].form.read(texts[name])
            values[f"{name}_text"] = texts[name]
        elif name not in texts.columns:
            values[name] = ibis.null("float64")
    if is_enabled["id_form"]:
        values["customer_id"] = _mended(texts.customer_id)
    else:
        values["customer_id"] = texts.customer_id.nullif("")
    return texts.select(**values)


def _lines(values: Any, reading: Reading) -> Any:
    """The canonical columns, and what is known of each row beside them."""
    import ibis

    lines: dict[str, Any] = {
        column.name: values[column.name].cast(column.type) for column in ORDER_LINES.columns if column.name != "revenue"
    }
    revenue = values.revenue if "revenue" in reading.mapping else values.quantity * values.unit_price
    lines["revenue"] = revenue.try_cast(MONEY)
    if "order_id" not in reading.mapping:
        # Without order numbers, what a customer bought at one instant is one order.
        lines["order_id"] = values.customer_id + " " + values.ordered_at.cast("string")
    if "customer_given" in values.columns:
        given, mended = values.customer_given, values.customer_id
        lines["is_changed"] = (given.notnull() & (mended.isnull() | (given != mended))).fill_null(False)
    elif "is_changed" in values.columns:
        lines["is_changed"] = values.is_changed
    else:
        lines["is_changed"] = ibis.literal(False)
    unread = [values[name].isnull().ifelse(is_present(values[f"{name}_text"]), False) for name in reading.fits]
    lines["is_unread"] = ibis.or_(*unread).fill_null(False) if unread else ibis.literal(False)
    if "repetition" in values.columns:
        lines["repetition"] = values.repetition
    return values.select(**lines)


@dataclass(frozen=True, slots=True)
class Staged:
    """Lines on the disk, in a file for each fate: which rule caught them, whether they were changed."""

    table: Any
    kept_files: tuple[Path, ...]


def write_staged(lines: Any, folder: Path, engine: Any) -> Staged | None:
    """Run the one pass over the raw rows; None where there are none.

    Lines are parted while they are written, so that those that stay need not be written again.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    engine.to_parquet(lines, folder, partition_by=FATE, compression="snappy")
    files = sorted(folder.rglob("*.parquet"))
    if not files:
        return None
    table = engine.read_parquet([glob.escape(str(file)) for file in files], hive_partitioning=True)
    return Staged(table, tuple(file for file in files if "rule=-1" in file.parts))


def reading_warnings(reading: Reading) -> tuple[str, ...]:
    """What could be read in two ways."""
    return tuple(
        say(
            "Column '{column}' reads both as {form} ({example}) and as {rival}; it was taken for {form}.",
            column=short(reading.mapping[name]),
            form=fit.form.name,
            example=fit.form.example,
            rival=fit.rival.name,
        )
        for name, fit in reading.fits.items()
        if fit.rival is not None
    )


def sample_problems(reading: Reading) -> tuple[str, ...]:
    """What a look at some rows says will not be read."""
    return tuple(
        say(
            "Column '{column}' has values that are not {kind}; the import will say which.",
            column=short(reading.mapping[name]),
            kind=_KINDS[name].many,
        )
        for name, fit in reading.fits.items()
        if fit.unread
    )


def unread_error(raw: RawTable, reading: Reading) -> DataError | None:
    """The sentence for the first column that holds values of no known form; None where there is none."""
    import ibis

    bad = next((name for name, fit in reading.fits.items() if fit.unread), None)
    if bad is None:
        return None
    fit, column = reading.fits[bad], reading.mapping[bad]
    rows = raw.table.select(value=trimmed(_text(raw.table[column]))).mutate(row=ibis.row_number())
    rows = rows.filter(is_present(rows.value) & fit.form.read(rows.value).isnull())
    first = rows.order_by("row").limit(1).to_pyarrow().to_pylist()[0]
    forms = _KINDS[bad].forms
    return DataError(
        say_count(
            fit.unread,
            "Column '{column}' has {n} value that is not a {kind} ('{value}' in row {row}, not counting the header). Mend it "
            "in the file, or choose another column for {canonical}. {many} are written like {examples}.",
            "Column '{column}' has {n} values that are not {many_inside} (first: '{value}' in row {row}, not counting the "
            "header). Mend them in the file, or choose another column for {canonical}. {many} are written like {examples}.",
            column=short(column),
            kind=_KINDS[bad].one,
            many=_KINDS[bad].many.capitalize(),
            many_inside=_KINDS[bad].many,
            value=short(first["value"]),
            row=f"{first['row'] + 1:,}",
            canonical=bad,
            examples=fit.form.example if fit.form is not forms[0] else " or ".join(form.example for form in forms[:3]),
        )
    )
