"""Columns that no canonical table has: kept as they came, under tidy names and with the type that all their values have."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from analytics.errors import DataError
from analytics.intake.mapping import short
from analytics.intake.parsing import (
    DATE_FORMS,
    NO_WORDS,
    NUMBER_FORMS,
    YES_WORDS,
    Form,
    choose_forms,
    known_text,
    trimmed,
)
from analytics.text import say

_LOOKED_AT = 300
_MOST_DIGITS = 15
"""A whole number of more digits than this is a code: as a number it would lose its last digits."""


def _word(text: Any) -> Any:
    import ibis

    word = text.lower()
    yes, no = (tuple(item for item in words if len(item) > 1 and item.isalpha()) for words in (YES_WORDS, NO_WORDS))
    return ibis.cases((word.isin(yes), True), (word.isin(no), False), else_=ibis.null("boolean"))


def _number(form: Form) -> Form:
    def read(text: Any) -> Any:
        is_code = text.re_search(rf"^[-+]?0\d|^[A-Z]{{1,3}}\d|^[-+]?\d{{{_MOST_DIGITS + 1},}}$")
        return is_code.ifelse(None, form.read(text))

    return Form(form.name, form.example, read, form.rival)


def _of_any_size(text: Any) -> Any:
    number = text.try_cast("float64")
    return (number.isnan() | number.isinf()).ifelse(None, number)


_FLAG = Form("true or false", "TRUE", _word)
_PLAIN = Form(NUMBER_FORMS[0].name, NUMBER_FORMS[0].example, _of_any_size)
"""A further column need not be money: it may hold 6.02e23."""
ANY_NUMBERS = (_PLAIN, *NUMBER_FORMS[1:])
"""How numbers are written where it is known that they are no codes."""

_NUMBERS = tuple(_number(form) for form in ANY_NUMBERS)
_DAYS = tuple(form for form in DATE_FORMS if "since 1970" not in form.name and "Excel" not in form.name)
_FAMILIES: tuple[tuple[Form, ...], ...] = ((_FLAG,), _NUMBERS, _DAYS)
_COLUMNS_AT_ONCE = 32
"""The engine's time to plan a query grows faster than the query: a wide table is asked about in parts."""


def tidy_names(columns: Iterable[str], taken: Iterable[str]) -> dict[str, str]:
    """Raw column → its name in small letters with underscores; one that is taken becomes `own_…`, a second one `…_2`."""
    canonical = set(taken)
    used = set(canonical)
    names = {}
    for column in columns:
        tidy = tidy_name(column)
        name = tidy = f"own_{tidy}" if tidy in canonical else tidy
        number = 1
        while name in used:
            number += 1
            name = f"{tidy}_{number}"
        used.add(name)
        names[column] = name
    return names


def tidy_name(column: str) -> str:
    """`PageValues` and `Page values` as `page_values`."""
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", column)
    return re.sub(r"[\W_]+", "_", parted).strip("_").lower() or "column"


def check_plain(table: Any, columns: Iterable[str], label: str) -> None:
    """
    Raises:
        DataError: a column holds lists, structures or bytes.
    """
    for name in columns:
        kind = table[name].type()
        if kind.is_binary() or kind.is_nested():
            raise DataError(
                say(
                    "Column '{column}' of '{file}' holds {kind} values. Turn them into text or numbers, or leave it out.",
                    column=short(name),
                    file=short(label),
                    kind=type(kind).__name__.lower(),
                )
            )


def typed(table: Any, columns: Sequence[str]) -> dict[str, Any]:
    """Expressions over a table's text columns: flags, whole numbers, numbers, days or instants where every value is one.

    Codes stay text: numbers with a leading zero, whole ones of more than 15 digits, letters and digits such as A13, which no
    currency stands before. Decimals may have any number of digits, and become the nearest float64. Columns that are not text
    stay as they are.
    """
    texts = [name for name in columns if table[name].type().is_string()]
    forms = forms_of(table, texts)
    values = {name: forms[name].read(trimmed(table[name])) for name in texts if name in forms}
    finer = {
        name: kind
        for part in batched(tuple(values), _COLUMNS_AT_ONCE)
        for name, kind in _finer(table, {name: values[name] for name in part}).items()
    }
    found: dict[str, Any] = {}
    for name in columns:
        if name not in texts:
            found[name] = table[name]
        elif name in values:
            found[name] = values[name].cast(finer[name]) if name in finer else values[name]
        else:
            found[name] = known_text(trimmed(table[name]))
    return found


def forms_of(table: Any, texts: Sequence[str]) -> Mapping[str, Form]:
    """The form of each text column that has one: guessed from a few rows, and true of all.

    A date has dozens of ways to be written, and each costs as much as a look at the column: they are tried on few rows,
    and only where neither flags nor numbers fit and there are digits at all. Numbers with two meanings, such as 1,250, are
    read as the other numbers of the table are: with a decimal comma where all others have one.
    """
    found: dict[str, Form] = {}
    for part in batched(texts, _COLUMNS_AT_ONCE):
        found |= _forms_of_some(table, part)
    return found | _as_the_others(table, found)


def _as_the_others(table: Any, found: Mapping[str, Form]) -> dict[str, Form]:
    """The other form of columns whose numbers have two meanings, where the columns with one meaning are all of that form."""
    others = {form.rival: form for form in _NUMBERS if form.rival}
    written = {name: form for name, form in found.items() if form.name in others}
    both: dict[str, Form] = {}
    for part in batched(tuple(written), _COLUMNS_AT_ONCE):
        texts = table.select(**{name: trimmed(table[name]) for name in part})
        both |= _readable(texts, {name: (others[written[name].name],) for name in part})
    sure = {form.name for name, form in written.items() if name not in both}
    return {name: form for name, form in both.items() if sure == {form.name}}


def _forms_of_some(table: Any, texts: Sequence[str]) -> dict[str, Form]:
    import ibis

    trim = {name: trimmed(table[name]) for name in texts}
    known = (
        table.aggregate(**{name: known_text(text).count() for name, text in trim.items()}).to_pyarrow().to_pylist()[0]
    )
    asked = {name: text for name, text in trim.items() if known[name]}
    if not asked:
        return {}
    texts_asked = table.select(**asked)
    few = ibis.memtable(texts_asked.limit(_LOOKED_AT).to_pyarrow())
    guessed: dict[str, Form] = {}
    for forms in _FAMILIES:
        left = [name for name in asked if name not in guessed]
        guessed |= _readable(few, dict.fromkeys(_with_digits(few, left) if forms is _DAYS else left, forms))
    found = _readable(texts_asked, {name: (form,) for name, form in guessed.items()})
    # The first rows may all be plain where later ones are not: the other ways of the same kind get their chance.
    again = {name: _family(form) for name, form in guessed.items() if name not in found}
    return found | _readable(texts_asked, again)


def _readable(table: Any, forms: Mapping[str, Sequence[Form]]) -> dict[str, Form]:
    if not forms:
        return {}
    fits = choose_forms(table.select(*forms), forms)
    return {name: fit.form for name, fit in fits.items() if not fit.unread}


def _with_digits(table: Any, names: Sequence[str]) -> list[str]:
    """The columns that have a digit somewhere."""
    if not names:
        return []
    row = table.aggregate(**{name: table[name].re_search(r"\d").any() for name in names}).to_pyarrow().to_pylist()[0]
    return [name for name in names if row[name]]


def batched(names: Sequence[str], at_once: int) -> Iterator[tuple[str, ...]]:
    """The names in runs of at most so many."""
    for start in range(0, len(names), at_once):
        yield tuple(names[start : start + at_once])


def _family(form: Form) -> tuple[Form, ...]:
    return next(forms for forms in _FAMILIES if form in forms)


def _finer(table: Any, values: Mapping[str, Any]) -> dict[str, str]:
    """Numbers that are all whole become whole numbers, instants that are all midnight become days."""
    tests = {
        name: (_is_no_whole(value) if value.type().is_numeric() else (value != value.truncate("D"))).sum()
        for name, value in values.items()
        if value.type().is_numeric() or value.type().is_timestamp()
    }
    if not tests:
        return {}
    row = table.aggregate(**tests).to_pyarrow().to_pylist()[0]
    return {name: "int64" if values[name].type().is_numeric() else "date" for name, others in row.items() if not others}


def _is_no_whole(number: Any) -> Any:
    """Whether a number has decimals, or is so large that a float cannot tell it from the next one."""
    told_apart = (number.abs() < 10.0**_MOST_DIGITS).ifelse(number, 0.5)
    return told_apart != told_apart.floor()
