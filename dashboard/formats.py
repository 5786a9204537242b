"""Numbers, money and days as people write them."""

from __future__ import annotations

from datetime import date
from typing import Final

from babel.dates import format_date
from babel.numbers import (
    format_compact_currency,
    format_compact_decimal,
    format_currency,
    format_decimal,
    format_percent,
)

from analytics.text import TOO_LONG, plain, say, with_sign

LOCALE: Final = "en"
NOTHING: Final = "–"
MINUS: Final = "−"


def number(value: float | None, digits: int = 0) -> str:
    """1,234 or, with digits, 1,234.5; a power of ten where it is too long to be read, a dash where there is none."""
    if value is None or value != value:  # noqa: PLR0124 - not-a-number differs from itself
        return NOTHING
    if abs(value) >= TOO_LONG:
        return plain(value)
    rounded = round(value, digits) + 0  # minus nothing is nothing
    return format_decimal(rounded, format="#,##0" + ("." + "0" * digits if digits else ""), locale=LOCALE)


def compact(value: float | None) -> str:
    """8.92M: a number to be said aloud, three figures of it."""
    if value is None or value != value:  # noqa: PLR0124 - not-a-number
        return NOTHING
    if abs(value) < 10_000:
        return number(value)
    if abs(value) >= TOO_LONG:
        return plain(value)
    return str(format_compact_decimal(_three_figures(value), fraction_digits=_after_the_point(value), locale=LOCALE))


def _three_figures(value: float) -> float:
    return float(f"{value:.3g}")


def _after_the_point(value: float) -> int:
    """Decimals of the compact form that leave three figures: 8.92M, 89.2K, 892K."""
    figures_before = (len(str(int(abs(_three_figures(value))))) - 1) % 3 + 1
    return 3 - figures_before


def money(value: float | None, currency: str, digits: int = 0) -> str:
    """€1,234 with the dataset's currency, or the bare number where nobody said which it is."""
    if value is None or value != value:  # noqa: PLR0124 - not-a-number
        return NOTHING
    if not currency:
        return number(value, digits)
    if abs(value) >= TOO_LONG:
        return with_sign(plain(value), currency)
    pattern = "¤#,##0" + ("." + "0" * digits if digits else "")
    return format_currency(round(value, digits) + 0, currency, format=pattern, locale=LOCALE, currency_digits=False)


def compact_money(value: float | None, currency: str) -> str:
    """€8.91M: an amount to be said aloud."""
    if value is None or value != value:  # noqa: PLR0124 - not-a-number
        return NOTHING
    if abs(value) < 10_000:
        return money(value, currency, 2 if abs(value) < 1_000 else 0)
    if not currency:
        return compact(value)
    if abs(value) >= TOO_LONG:
        return money(value, currency)
    rounded, digits = _three_figures(value), _after_the_point(value)
    return format_compact_currency(rounded, currency, fraction_digits=digits, locale=LOCALE)


def share(value: float | None, digits: int = 1) -> str:
    """12.3%."""
    if value is None or value != value:  # noqa: PLR0124 - not-a-number
        return NOTHING
    if abs(value) >= TOO_LONG / 100:
        return f"{plain(100 * value)}%"
    return format_percent(value, format="#,##0." + "0" * digits + "%" if digits else "#,##0%", locale=LOCALE)


def change(value: float, *, points: bool) -> str:
    """+12.3 %, or for a share the difference in percentage points, always with a sign."""
    if value != value:  # noqa: PLR0124 - not-a-number
        return NOTHING
    size = number(abs(value) * 100, 1)
    return f"{'+' if value >= 0 else MINUS}{size}{' pp' if points else '%'}"


def day(value: date) -> str:
    """9 Dec 2011."""
    return format_date(value, "d MMM yyyy", locale=LOCALE)


def month(value: date) -> str:
    """Dec 2011."""
    return format_date(value, "MMM yyyy", locale=LOCALE)


def seconds(value: float | None) -> str:
    """3 min 13 s, 2 h, 4 d 5 h: a length of time to be said aloud, two units of it."""
    if value is None or value != value:  # noqa: PLR0124 - not-a-number
        return NOTHING
    if abs(value) >= TOO_LONG:
        return say("{n} s", n=plain(value))
    whole = round(value)
    if whole < 60:
        return say("{n} s", n=whole)
    if whole < 3_600:
        return _two_units(*divmod(whole, 60), "{n} min", "{n} min {m} s")
    if whole < 2 * 86_400:
        return _two_units(*divmod(round(whole / 60), 60), "{n} h", "{n} h {m} min")
    return _two_units(*divmod(round(whole / 3_600), 24), "{n} d", "{n} d {m} h")


def _two_units(large: int, small: int, one: str, both: str) -> str:
    return say(both, n=f"{large:,}", m=small) if small else say(one, n=f"{large:,}")


def in_unit(value: float | None, unit: str, currency: str) -> str:
    """A metric's value with its unit."""
    if unit == "money":
        return money(value, currency, 0 if value is not None and abs(value) >= 1000 else 2)
    if unit == "share":
        return share(value)
    if unit == "seconds":
        return seconds(value)
    if value is None or value % 1 == 0 or abs(value) >= 100:
        return number(value)
    return plain(value) if abs(value) < 1 else number(value, 1)
