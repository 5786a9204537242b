"""One kind of value for a column of two files: what both can be read as, and what is said where they disagree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from analytics.intake.further import forms_of
from analytics.intake.mapping import short
from analytics.intake.parsing import DATE_FORMS, Form, is_present, trimmed, utc
from analytics.intake.readers import RawTable
from analytics.intake.reading import as_text
from analytics.text import say, say_count

TEXT: Final = "string"
MISSING: Final = "null"
_NUMBERS: Final = ("int64", "float64")
_MOST_SAID: Final = 20
_DAYS: Final = frozenset(form.name for form in DATE_FORMS)


def common_kinds(types: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Name → one kind for the column in every file, from its engine types; text where they have nothing in common."""
    kinds: dict[str, str] = {}
    for file in types:
        for name, type_ in file.items():
            kinds[name] = _both(kinds.get(name, MISSING), _kind(type_))
    return {name: TEXT if kind == MISSING else kind for name, kind in kinds.items()}


def _kind(type_: Any) -> str:
    if type_.is_null():
        return MISSING
    if type_.is_integer():
        return "float64" if type_.is_uint64() else "int64"
    if type_.is_floating() or type_.is_decimal():
        return "float64"
    if type_.is_timestamp():
        return "timestamp(6)"
    return "boolean" if type_.is_boolean() else "date" if type_.is_date() else TEXT


def _both(one: str, other: str) -> str:
    if MISSING in (one, other) or one == other:
        return other if one == MISSING else one
    return "float64" if one in _NUMBERS and other in _NUMBERS else TEXT


def of_kind(column: Any, kind: str) -> Any:
    """A column as values of a kind; what is no number or infinite is missing."""
    if column.type().is_floating():
        column = (column.isnan() | column.isinf()).ifelse(None, column)
    if kind == TEXT:
        return as_text(column)
    if kind == "timestamp(6)":
        return utc(column)
    return column.cast(kind)


def infinite_values(raw: RawTable, names: Mapping[str, str]) -> list[str]:
    """A sentence for each column of numbers that has infinite ones: they are taken for missing."""
    columns = [column for column in names.values() if raw.table[column].type().is_floating()]
    if not columns:
        return []
    counts = {f"c{place}": raw.table[column].isinf().sum() for place, column in enumerate(columns)}
    row = raw.table.aggregate(**counts).to_pyarrow().to_pylist()[0]
    return [
        say_count(
            int(row[f"c{place}"]),
            "Column '{column}' has {n} infinite value; it counts as missing.",
            "Column '{column}' has {n} infinite values; they count as missing.",
            column=short(column),
        )
        for place, column in enumerate(columns)
        if row[f"c{place}"]
    ]


def mixed_columns(
    parts: Sequence[tuple[str, Any]], columns: Mapping[str, str], headings: Mapping[str, str], row: str
) -> list[str]:
    """A sentence for each column of text that would be something else in one of the files alone, with an example.

    `parts` are the files' labels and rows, `columns` name → column of those rows, `headings` name → what people call it.
    """
    forms = [forms_of(rows, list(columns.values())) for _, rows in parts]
    told: list[str] = []
    for name, column in columns.items():
        for here, there in ((0, 1), (1, 0)):
            form = forms[here].get(column)
            example = None if form is None else _unread(parts[there][1], column, form, row)
            if form is not None and example is not None and len(told) < _MOST_SAID:
                told.append(
                    say(
                        "Column '{column}' is text: every value in '{file}' is {kind}, but '{other}' has '{example}'. "
                        "Mend that if it should not be text.",
                        column=short(headings[name]),
                        file=short(parts[here][0]),
                        other=short(parts[there][0]),
                        kind=_word(form),
                        example=short(example),
                    )
                )
                break
    return told


def _unread(rows: Any, column: str, form: Form, row: str) -> str | None:
    """The first value that a form does not read."""
    values = rows.select(row, value=trimmed(rows[column]))
    left = values.filter(is_present(values.value) & form.read(values.value).isnull())
    first = left.order_by(row).limit(1).to_pyarrow().to_pylist()
    return str(first[0]["value"]) if first else None


def _word(form: Form) -> str:
    if form.name in _DAYS:
        return say("a day")
    return say("true or false") if form.name == "true or false" else say("a number")
