"""How the raw columns are read: texts as dates, numbers and flags, each column by one form, and what cannot be read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from analytics.errors import DataError
from analytics.intake.kinds import FileKind
from analytics.intake.mapping import parts_of, short
from analytics.intake.parsing import (
    DATE_FORMS,
    FLAG_FORMS,
    NUMBER_FORMS,
    SECONDS_FORMS,
    WHOLE_FORMS,
    Fit,
    Form,
    choose_forms,
    finite,
    first_unread,
    is_present,
    known_text,
    trimmed,
    usual_formats_first,
    utc,
)
from analytics.intake.readers import RawTable
from analytics.text import say, say_count


@dataclass(frozen=True, slots=True)
class Kind:
    """What the texts of a column are parsed to, in words, and the forms that they may have."""

    one: str
    many: str
    forms: tuple[Form, ...]


DATES, NUMBERS = Kind("date", "dates", DATE_FORMS), Kind("number", "numbers", NUMBER_FORMS)
WHOLES = Kind("whole number", "whole numbers", WHOLE_FORMS)
SECONDS = Kind("number of seconds", "numbers of seconds", SECONDS_FORMS)
FLAGS = Kind("yes or no", "yes or no", FLAG_FORMS)


def value_kind(name: str, kind: FileKind) -> Kind | None:
    """What the texts of a canonical column are parsed to; None where they stay text. `click_count/2` is a part of a sum."""
    canonical = name.partition("/")[0]
    type_ = kind.column(canonical).type
    if type_.startswith(("timestamp", "date")):
        return DATES
    if canonical.endswith("_seconds"):
        return SECONDS
    return {"int64": WHOLES, "boolean": FLAGS, "string": None}.get(type_, NUMBERS)


@dataclass(frozen=True, slots=True)
class Reading:
    """How the raw columns are read: canonical → raw column, and for texts that are parsed, canonical → form.

    A sum's parts have a place each: `click_count/0`, `click_count/1`.
    """

    kind: FileKind
    mapping: Mapping[str, str]
    fits: Mapping[str, Fit]


def with_days_joined(raw: RawTable, mapping: Mapping[str, str], kind: FileKind) -> RawTable:
    """The raw table, with a column of text for each day that comes as year, month and day, or as a day and a time."""
    joined = {
        column: parts
        for canonical, column in mapping.items()
        if canonical not in kind.sums and len(parts := parts_of(column, raw.columns)) > 1
    }
    if not joined:
        return raw
    return replace(
        raw,
        table=raw.table.mutate(**{name: _joined_day(raw.table, parts) for name, parts in joined.items()}),
        sample=raw.sample.mutate(**{name: _joined_day(raw.sample, parts) for name, parts in joined.items()}),
    )


def _joined_day(table: Any, parts: tuple[str, ...]) -> Any:
    texts = [as_text(table[part]).strip() for part in parts]
    if len(parts) == 2:
        # A day that came as an instant at midnight takes the clock of the other column.
        return texts[0].re_replace(r"[ T]00:00(:00(\.0+)?)?$", "") + " " + texts[1]
    year, month, day = texts
    return year + "-" + month.lpad(2, "0") + "-" + day.lpad(2, "0")


def flat(mapping: Mapping[str, str], raw: RawTable, kind: FileKind) -> dict[str, str]:
    """The mapping with a place of its own for each part of a sum."""
    flattened = {}
    for canonical, column in mapping.items():
        parts = parts_of(column, raw.columns) if canonical in kind.sums else ()
        if len(parts) > 1:
            flattened.update({f"{canonical}/{place}": part for place, part in enumerate(parts)})
        else:
            flattened[canonical] = column
    return flattened


def choose_reading(raw: RawTable, mapping: Mapping[str, str], kind: FileKind, *, whole: bool = False) -> Reading:
    """The form of each column that has to be parsed, from the sample or, if `whole`, from every row."""
    wanted = {
        name: found.forms
        for name, column in mapping.items()
        if (found := value_kind(name, kind)) and _is_parsed(found, raw.table[column])
    }
    if not wanted:
        return Reading(kind, mapping, {})
    texts = {name: trimmed(as_text(raw.sample[mapping[name]])) for name in wanted}
    sample = raw.sample.select(**texts)
    table = (
        raw.table.select(**{name: trimmed(as_text(raw.table[mapping[name]])) for name in wanted}) if whole else sample
    )
    return Reading(kind, mapping, usual_formats_first(sample, choose_forms(table, wanted)))


def _is_parsed(kind: Kind, column: Any) -> bool:
    type_ = column.type()
    if kind is DATES:
        return not (type_.is_timestamp() or type_.is_date())
    if kind is FLAGS:
        return not (type_.is_boolean() or type_.is_numeric())
    if kind is WHOLES:
        return not type_.is_integer()  # a decimal column may hold halves: its texts are looked at
    return not type_.is_numeric()


def as_text(column: Any) -> Any:
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
    return known_text(trimmed(as_text(column)))


def mended(text: Any) -> Any:
    """A trimmed customer id without the .0 of a number that was stored as a decimal."""
    is_decimal = text.endswith(".0").ifelse(text.try_cast("float64").notnull(), False)
    return known_text(is_decimal.ifelse(text.substr(0, text.length() - 2), text))


def unparsed(name: str, column: Any, reading: Reading) -> Any:
    """A raw column of its own type that needs no parsing, or its trimmed text, to be read by `parsed`."""
    found = value_kind(name, reading.kind)
    if found is None or name in reading.fits:
        return trimmed(as_text(column))
    if found is DATES:
        return utc(column)
    if found is FLAGS:
        return column if column.type().is_boolean() else column > 0
    return finite(column.cast("float64"))


def parsed(name: str, value: Any, reading: Reading) -> Any:
    """What `unparsed` gave, read by its form; ids and other texts that say nothing are missing."""
    if name in reading.fits:
        return reading.fits[name].form.read(value)
    return known_text(value) if value_kind(name, reading.kind) is None else value


def is_unread(values: Any, texts: Mapping[str, Any], reading: Reading) -> Any:
    """Whether a row has a text that the form of its column does not fit."""
    import ibis

    unread = [values[name].isnull().ifelse(is_present(texts[name]), False) for name in reading.fits]
    return ibis.or_(*unread).fill_null(False) if unread else ibis.literal(False)


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
            kind=_kind_of(name, reading).many,
        )
        for name, fit in reading.fits.items()
        if fit.unread
    )


def _kind_of(name: str, reading: Reading) -> Kind:
    found = value_kind(name, reading.kind)
    assert found is not None  # noqa: S101 - what has a form has a kind
    return found


def unread_error(raw: RawTable, reading: Reading) -> DataError | None:
    """The sentence for the first column that holds values of no known form; None where there is none."""
    bad = next((name for name, fit in reading.fits.items() if fit.unread), None)
    if bad is None:
        return None
    fit, column, kind = reading.fits[bad], reading.mapping[bad], _kind_of(bad, reading)
    row, value = first_unread(trimmed(as_text(raw.table[column])), fit.form)
    return DataError(
        say_count(
            fit.unread,
            "Column '{column}' has {n} value that is not a {kind} ('{value}' in row {row}, not counting the header). Mend it "
            "in the file, or choose another column for {canonical}. {many} are written like {examples}.",
            "Column '{column}' has {n} values that are not {many_inside} (first: '{value}' in row {row}, not counting the "
            "header). Mend them in the file, or choose another column for {canonical}. {many} are written like {examples}.",
            column=short(column),
            kind=kind.one,
            many=kind.many.capitalize(),
            many_inside=kind.many,
            value=short(value),
            row=f"{row:,}",
            canonical=bad.partition("/")[0],
            examples=fit.form.example
            if fit.form.name != kind.forms[0].name
            else " or ".join(form.example for form in kind.forms[:3]),
        )
    )
