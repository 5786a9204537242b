"""Texts to numbers and instants: the forms they come in, and one form chosen for a whole column, never per value."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from typing import Any

MISSING_WORDS = (
    "",
    "nan",
    "NaN",
    "NAN",
    "null",
    "NULL",
    "Null",
    "none",
    "None",
    "NONE",
    "NaT",
    "n/a",
    "N/A",
    "#N/A",
    "<NA>",
)
"""Texts that stand for no value. NA is not among them: it is Namibia's code."""

_LONGEST_WORD = max(map(len, MISSING_WORDS))
FIRST_YEAR, LAST_YEAR = 1900, 2199
"""A date outside these years is a misread date."""

_EXCEL_EPOCH_MICROSECONDS = -2_209_161_600_000_000
_DAY_MICROSECONDS = 86_400_000_000


@dataclass(frozen=True, slots=True)
class Form:
    """A way of writing a number or an instant; what is not written so is missing after parsing."""

    name: str
    example: str
    parse: Callable[..., Any]
    """Trimmed Ibis text → Ibis number or instant in UTC; where the form has formats, they follow."""
    rival: str = ""
    """The form that reads the same texts with another meaning."""
    formats: tuple[str, ...] = ()
    """The ways of writing that belong to the form; no text fits two of them with different meanings."""

    def read(self, text: Any) -> Any:
        return self.parse(text, self.formats) if self.formats else self.parse(text)


@cache
def _engine_function(name: str, arguments: tuple[str, ...], answer: str) -> Callable[..., Any]:
    """A function of the engine's that Ibis has no name for."""
    import ibis

    def function(*_: Any) -> Any:
        """The engine has the body."""

    function.__name__ = name
    places = [inspect.Parameter(f"a{place}", inspect.Parameter.POSITIONAL_ONLY) for place in range(len(arguments))]
    function.__signature__ = inspect.Signature(places)  # type: ignore[attr-defined]  # Ibis reads it
    named: Callable[..., Any] = ibis.udf.scalar.builtin(function, name=name, signature=(arguments, answer))
    return named


def _from_microseconds(microseconds: Any) -> Any:
    return _engine_function("make_timestamp", ("int64",), "timestamp")(microseconds)


def trimmed(text: Any) -> Any:
    """Text without blanks at either end."""
    # All blanks sort before "!", and few texts have any: only those are copied.
    return ((text < "!") | text.endswith(" ")).ifelse(text.strip(), text)


def known_text(text: Any) -> Any:
    """Trimmed text, missing where it is a word for nothing."""
    # Only short texts are compared with the words, which is much the dearer of the two comparisons.
    return (text.length() <= _LONGEST_WORD).ifelse(text.isin(MISSING_WORDS), False).ifelse(None, text)


def is_present(text: Any) -> Any:
    """Whether a trimmed text says anything: it is neither empty nor a word for nothing."""
    return text.notnull() & text.notin(MISSING_WORDS)


def utc(instant: Any) -> Any:
    """An instant of any kind as UTC without a zone."""
    if instant.type().is_timestamp() and instant.type().timezone:
        return _from_microseconds(_engine_function("epoch_us", ("timestamp('UTC')",), "int64")(instant))
    return instant.cast("timestamp(6)")


def _credible(instant: Any) -> Any:
    return instant.between(f"{FIRST_YEAR}-01-01", f"{LAST_YEAR}-12-31 23:59:59.999999").ifelse(instant, None)


def _formatted(text: Any, formats: Sequence[str]) -> Any:
    return _credible(
        _engine_function("try_strptime", ("string", "array<string>"), "timestamp")(text, list(formats)).cast(
            "timestamp(6)"
        )
    )


def _iso(text: Any) -> Any:
    import ibis

    is_plain = (text.length() <= 16) | ((text.length() == 19) & (text.substr(16, 1) == ":"))
    is_zoned = text.re_search(r"(Z|UTC|[+-]\d\d:?(\d\d)?)$") & text.contains(":")
    with_colon = text.re_replace(r"\s*([+-]\d\d):?(\d\d)$", r"\1:\2")
    zoned = utc(with_colon.try_cast("timestamp('UTC')"))
    naive = text.try_cast("timestamp(6)")
    # A year of two digits would be read as the year 12: the years that are credible catch it.
    return _credible(ibis.cases((is_plain, naive), (is_zoned, zoned), else_=naive))


def _compact(text: Any, formats: Sequence[str]) -> Any:
    return _formatted(text.endswith(".0").ifelse(text.substr(0, text.length() - 2), text), formats)


def _excel_serial(text: Any) -> Any:
    days = text.try_cast("float64")
    days = days.between(20_000, 80_000).ifelse(days, None)
    # Excel keeps a day's fraction with some 1e-10 of noise: whole milliseconds are what was meant.
    milliseconds = (days * (_DAY_MICROSECONDS // 1000)).round().cast("int64")
    return _from_microseconds(milliseconds * 1000 + _EXCEL_EPOCH_MICROSECONDS).cast("timestamp(6)")


def _epoch(text: Any, *, per_second: int) -> Any:
    count = text.try_cast("int64")
    low, high = 500_000_000 * per_second, 7_000_000_000 * per_second
    microseconds = count.between(low, high).ifelse(count, None) * (1_000_000 // per_second)
    return _from_microseconds(microseconds).cast("timestamp(6)")


def _clocked(day: str) -> tuple[str, ...]:
    clocks = ("%H:%M", "%H:%M:%S", "%I:%M %p", "%I:%M:%S %p", "%H:%M:%S.%f")
    return (day, *(f"{day} {clock}" for clock in clocks))


def _days(name: str, example: str, *days: str, rival: str = "") -> Form:
    return Form(name, example, _formatted, rival, tuple(format_ for day in days for format_ in _clocked(day)))


DATE_FORMS: tuple[Form, ...] = (
    Form("year-month-day", "2011-12-09 08:26:00", _iso),
    Form("yearmonthday", "20111209", _compact, formats=("%Y%m%d", "%Y%m%d%H%M%S", "%Y%m%d%H%M")),
    _days("month/day/year", "12/9/2011 8:26", "%m/%d/%Y", rival="day/month/year"),
    _days("day/month/year", "9/12/2011 8:26", "%d/%m/%Y", rival="month/day/year"),
    _days("day.month.year", "9.12.2011 08:26", "%d.%m.%Y"),
    _days("day-month-year", "9-12-2011 08:26", "%d-%m-%Y", rival="month-day-year"),
    _days("month-day-year", "12-9-2011 08:26", "%m-%d-%Y", rival="day-month-year"),
    _days("month/day/year of two digits", "12/9/11 8:26", "%m/%d/%y", rival="day/month/year of two digits"),
    _days("day/month/year of two digits", "9/12/11 8:26", "%d/%m/%y", rival="month/day/year of two digits"),
    _days("day.month.year of two digits", "9.12.11 08:26", "%d.%m.%y"),
    _days("day month year in words", "9 Dec 2011", "%d %b %Y", "%d-%b-%Y", "%d %B %Y", "%d-%b-%y"),
    _days("month day, year in words", "Dec 9, 2011", "%b %d, %Y", "%B %d, %Y"),
    Form("Excel's day number", "40886.35", _excel_serial),
    Form("seconds since 1970", "1323418000", partial(_epoch, per_second=1)),
    Form("milliseconds since 1970", "1323418000000", partial(_epoch, per_second=1000)),
    Form("microseconds since 1970", "1323418000000000", partial(_epoch, per_second=1_000_000)),
)


def finite(number: Any) -> Any:
    """A number that money can be counted with: not infinite, not NaN, below 10¹⁵."""
    return (number.abs() < 1e15).ifelse(number, None)


def _plain(text: Any) -> Any:
    # The engine would read 1_000 as a thousand; a shop that writes so has not been seen.
    return finite(text.try_cast("float64"))


def _bare(text: Any) -> Any:
    """A number without its currency, blanks and apostrophes between thousands."""
    text = text.re_replace(r"^\s*([-+(]*)\s*(?:[A-Z]{1,3}[$]?|\p{Sc}|[kK]r\.?)\s*", r"\1")
    text = text.re_replace(r"\s*(?:[A-Z]{3}|\p{Sc}|[kK]r\.?)\s*(\)?)\s*$", r"\1")
    text = text.re_replace(r"^\s*\((.*)\)\s*$", r"-\1")
    return text.re_replace(r"[\s\x{a0}\x{202f}'’]", "")


def _with_point(text: Any) -> Any:
    bare = _bare(text)
    fits = bare.re_search(r"^[-+]?(\d+|[1-9]\d{0,2}(,\d{3})+)?(\.\d*)?$") & bare.re_search(r"\d")
    return finite(fits.ifelse(bare.replace(",", ""), None).try_cast("float64"))


def _with_comma(text: Any) -> Any:
    bare = _bare(text)
    fits = bare.re_search(r"^[-+]?(\d+|[1-9]\d{0,2}(\.\d{3})+)?(,\d*)?([eE][-+]?\d{1,3})?$") & bare.re_search(r"\d")
    return finite(fits.ifelse(bare.replace(".", "").replace(",", "."), None).try_cast("float64"))


NUMBER_FORMS: tuple[Form, ...] = (
    Form("plain", "1234.56", _plain),
    Form("decimal point", "$1,234.56", _with_point, "decimal comma"),
    Form("decimal comma", "1.234,56 €", _with_comma, "decimal point"),
)


def _whole(text: Any) -> Any:
    number = _with_point(text)
    return (number == number.floor()).ifelse(number, None)


WHOLE_FORMS: tuple[Form, ...] = (Form("whole", "12", _whole),)


def _clock(text: Any) -> Any:
    """Hours, minutes and seconds as seconds."""
    fits = text.re_search(r"^(\d+:)?\d{1,3}:[0-5]?\d(\.\d+)?$")
    parts = text.split(":")
    places = [parts[parts.length() - place].try_cast("float64") for place in (1, 2)]
    hours = (parts.length() > 2).ifelse(parts[0].try_cast("float64"), 0.0)
    return fits.ifelse(places[0] + 60 * places[1] + 3600 * hours, None)


SECONDS_FORMS: tuple[Form, ...] = (*NUMBER_FORMS, Form("hours:minutes:seconds", "0:12:30", _clock))

YES_WORDS = ("true", "t", "yes", "y", "1", "1.0", "x")
NO_WORDS = ("false", "f", "no", "n", "0", "0.0")


def _flag(text: Any) -> Any:
    import ibis

    word = text.lower()
    return ibis.cases((word.isin(YES_WORDS), True), (word.isin(NO_WORDS), False), else_=ibis.null("boolean"))


def _above_zero(text: Any) -> Any:
    return _with_point(text) > 0


FLAG_FORMS: tuple[Form, ...] = (
    Form("yes or no", "TRUE", _flag),
    Form("a number above zero", "12.50", _above_zero),
)


@dataclass(frozen=True, slots=True)
class Fit:
    """The form that a column is read by, and what it leaves unread."""

    form: Form
    unread: int
    """Values that are there and are not of the form."""
    rival: Form | None = None
    """Another form that reads the whole column just as well, with another meaning."""


def choose_forms(table: Any, wanted: Mapping[str, Sequence[Form]]) -> dict[str, Fit]:
    """For each text column of a table, the first form that reads all its values, or the one that reads most.

    Two aggregates over the table at most, whatever the number of columns and forms: most files need the first form of
    each only, and it has no rival.
    """
    fits = _fits(table, {column: forms[:1] for column, forms in wanted.items()})
    return fits | _fits(table, {column: forms for column, forms in wanted.items() if fits[column].unread})


def _fits(table: Any, wanted: Mapping[str, Sequence[Form]]) -> dict[str, Fit]:
    if not wanted:
        return {}
    counts = {
        f"{column_number}_{form_number}": (is_present(table[column]) & form.read(table[column]).isnull()).sum()
        for column_number, (column, forms) in enumerate(wanted.items())
        for form_number, form in enumerate(forms)
    }
    row = table.aggregate(**counts).to_pyarrow().to_pylist()[0]
    fits = {}
    for column_number, (column, forms) in enumerate(wanted.items()):
        unread = [int(row[f"{column_number}_{form_number}"] or 0) for form_number in range(len(forms))]
        best = unread.index(min(unread))
        form = forms[best]
        rival = next(
            (
                other
                for other, left in zip(forms, unread, strict=True)
                if other.name == form.rival and left == unread[best] == 0
            ),
            None,
        )
        fits[column] = Fit(form, unread[best], rival)
    return fits


def first_unread(text: Any, form: Form) -> tuple[int, str]:
    """The first value of a trimmed text column that is there and not of the form: its row, counted from 1, and what it says."""
    import ibis

    values = text.name("value").as_table().mutate(row=ibis.row_number())
    left = values.filter(is_present(values.value) & form.read(values.value).isnull())
    first = left.order_by("row").limit(1).to_pyarrow().to_pylist()[0]
    return int(first["row"]) + 1, str(first["value"])


def usual_formats_first(table: Any, fits: Mapping[str, Fit]) -> dict[str, Fit]:
    """The same fits, each form trying its most frequent format first: every miss costs as much as a hit."""
    formats = {column: fit.form.formats for column, fit in fits.items() if fit.form.formats}
    if not formats:
        return dict(fits)
    counts = {
        f"{column}_{number}": _formatted(table[column], [format_]).count()
        for column, ways in formats.items()
        for number, format_ in enumerate(ways)
    }
    row = table.aggregate(**counts).to_pyarrow().to_pylist()[0]
    ordered = dict(fits)
    for column, ways in formats.items():
        ranked = sorted(range(len(ways)), key=lambda number, column=column: (-row[f"{column}_{number}"], number))  # type: ignore[misc]  # bound now
        form = replace(fits[column].form, formats=tuple(ways[number] for number in ranked))
        ordered[column] = replace(fits[column], form=form)
    return ordered
