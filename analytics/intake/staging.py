"""Raw columns to typed canonical ones: one expression over the raw table, and what to say of values that cannot be read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
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
    utc,
)
from analytics.intake.readers import RawTable
from analytics.schema import MONEY, ORDER_LINES
from analytics.text import say

NUMBERS = ("revenue", "quantity", "unit_price")
TEXTS = ("product_id", "product_name", "category", "country", "channel")

_KINDS: Mapping[str, tuple[str, tuple[Form, ...]]] = {
    "ordered_at": ("dates", DATE_FORMS),
    **dict.fromkeys(NUMBERS, ("numbers", NUMBER_FORMS)),
}


@dataclass(frozen=True, slots=True)
class Reading:
    """How the raw columns are read: canonical → raw column, and for texts that are parsed, canonical → form."""

    mapping: Mapping[str, str]
    fits: Mapping[str, Fit]


def choose_reading(raw: RawTable, mapping: Mapping[str, str], *, whole: bool = False) -> Reading:
    """The form of each column that has to be parsed, from the sample or, if `whole`, from every row."""
    table = raw.table if whole else raw.sample
    wanted = {
        name: forms for name, (_, forms) in _KINDS.items() if name in mapping and _is_parsed(name, table[mapping[name]])
    }
    texts = table.select(**{name: _text(table[mapping[name]]) for name in wanted}) if wanted else table
    return Reading(mapping, choose_forms(texts, wanted))


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
    return known_text(_text(column))


def _customer(column: Any, *, mended: bool) -> tuple[Any, Any]:
    """The customer id, and whether it is written otherwise in the file."""
    import ibis

    kind = column.type()
    text = _text(column)
    if not mended:
        return text.nullif(""), ibis.literal(False)
    if not kind.is_string():
        return text, column.notnull() & text.notnull() if kind.is_floating() else ibis.literal(False)
    ends = text.strip()
    is_decimal = ends.endswith(".0") & ends.try_cast("float64").notnull()
    given = is_decimal.ifelse(ends.substr(0, ends.length() - 2), ends)
    number = known_text(given)
    return number, text.notnull() & (number.isnull() | (number != text))


def staged_lines(raw: RawTable, reading: Reading, is_enabled: Mapping[str, bool]) -> Any:
    """Every raw row as a canonical order line, with `is_changed`, `is_unread` and the number of the rule that catches it."""
    import ibis

    table, mapping = raw.table, reading.mapping
    if is_enabled["exact_duplicate"]:
        everything = [table[column] for column in raw.columns]
        table = table.mutate(repetition=ibis.row_number().over(group_by=everything))
    values: dict[str, Any] = {}
    unread: list[Any] = []
    values["customer_id"], values["is_changed"] = _customer(table[mapping["customer_id"]], mended=is_enabled["id_form"])
    if "order_id" in mapping:
        values["order_id"] = identifier(table[mapping["order_id"]])
    for name in _KINDS:
        if name in mapping:
            column = table[mapping[name]]
            if name in reading.fits:
                text = _text(column)
                values[name] = reading.fits[name].form.parse(text)
                unread.append(values[name].isnull().ifelse(is_present(text), False))
            elif name == "ordered_at":
                values[name] = utc(column)
            else:
                values[name] = finite(column.cast("float64"))
        elif name != "revenue":
            values[name] = ibis.null("float64")
    for name in TEXTS:
        values[name] = known_text(table[mapping[name]].cast("string")) if name in mapping else ibis.null("string")
    values["is_unread"] = ibis.or_(*unread) if unread else ibis.literal(False)
    if is_enabled["exact_duplicate"]:
        values["repetition"] = table.repetition
    lines = table.select(**values)
    added: dict[str, Any] = {}
    if "revenue" not in mapping:
        added["revenue"] = (lines.quantity * lines.unit_price).try_cast(MONEY)
    else:
        added["revenue"] = lines.revenue.try_cast(MONEY)
    if "order_id" not in mapping:
        # Without order numbers, what a customer bought at one instant is one order.
        added["order_id"] = lines.customer_id + " " + lines.ordered_at.cast("string")
    lines = lines.mutate(**added)
    return lines.select(
        **{column.name: lines[column.name].cast(column.type) for column in ORDER_LINES.columns},
        is_changed=lines.is_changed.fill_null(False),
        is_unread=lines.is_unread.fill_null(False),
        rule=rule_number(lines, is_enabled),
    )


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
            kind=_KINDS[name][0],
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
    fit, column, (kind, forms) = reading.fits[bad], reading.mapping[bad], _KINDS[bad]
    rows = raw.table.select(value=_text(raw.table[column])).mutate(row=ibis.row_number())
    rows = rows.filter(is_present(rows.value) & fit.form.parse(rows.value).isnull())
    first = rows.order_by("row").limit(1).to_pyarrow().to_pylist()[0]
    return DataError(
        say(
            "Column '{column}' has {n:,} {values} that are not {kind} (first: '{value}' in row {row:,}, not counting the "
            "header). Mend them in the file, or choose another column for {canonical}; {kind} are written like {examples}.",
            column=short(column),
            n=fit.unread,
            values="values" if fit.unread > 1 else "value",
            kind=kind,
            value=short(first["value"]),
            row=first["row"] + 1,
            canonical=bad,
            examples=fit.form.example if fit.form is not forms[0] else " or ".join(form.example for form in forms[:3]),
        )
    )
