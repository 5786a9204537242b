"""What people read on the screen passes through `say`, so that a translation needs one catalogue and no detective.

The English sentence is its own key, with named places for values: `say("{n} customers", n="4,338")`. Sentences are
never glued together from pieces, because other languages put the pieces elsewhere.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final

NOTHING: Final = "–"
TOO_LONG: Final = 1e15
"""From here on a number is written as a power of ten: nobody counts so many digits."""
_TOO_SMALL: Final = 1e-5
_RAISED: Final = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")

_translate: Callable[[str], str] = str


def say(message: str, **values: object) -> str:
    """The sentence in the user's language, with its values filled in."""
    translated = _translate(message)
    return translated.format(**values) if values else translated


def say_count(count: int, one: str, other: str, **values: object) -> str:
    """The sentence for one thing or for several; `{n}` is the count with thousands separators."""
    return say(one if count == 1 else other, n=f"{count:,}", **values)


def plain(value: float | None, figures: int = 3) -> str:
    """A number as people write it: `0.0253`, `24.3`, `1,235`, `6.02 × 10²³`; a dash where there is none.

    Args:
        figures: that a number with decimals keeps. A whole one keeps all below 10¹⁵.
    """
    if value is None or math.isnan(value):
        return NOTHING
    size = abs(value)
    if math.isinf(size):
        return "∞" if value > 0 else "-∞"
    if size >= TOO_LONG or 0 < size < _TOO_SMALL:
        front, power = f"{value:.2e}".split("e")
        return f"{_shortened(front)} × 10{str(int(power)).translate(_RAISED)}"
    if value == int(value):
        return f"{int(value):,}"
    digits = max(0, figures - 1 - math.floor(math.log10(size)))
    return _shortened(f"{value:,.{digits}f}")


def _shortened(number: str) -> str:
    """Without zeros at the end of its decimals."""
    return number.rstrip("0").rstrip(".") if "." in number else number


def in_unit(value: float | None, unit: str, currency: str) -> str:
    """A number as a sentence has it: `219 days`, `£2,064`, `12.5%`, a bare count, `0.0253`; a dash where there is none."""
    if value is None or math.isnan(value):
        return NOTHING
    if unit == "share":
        return f"{value:.1%}" if abs(value) < TOO_LONG / 100 else f"{plain(100 * value)}%"
    if unit == "seconds" and 60 <= value < TOO_LONG:
        minutes, seconds = divmod(round(value), 60)
        return say("{minutes} min {seconds} s", minutes=f"{minutes:,}", seconds=seconds)
    number = _counted(value, is_money=unit == "money")
    if unit == "money" and currency:
        return with_sign(number, currency)
    if unit == "days":
        return say("{n} day" if number == "1" else "{n} days", n=number)
    if unit == "seconds":
        return say("{n} s", n=number)
    return number


def _counted(value: float, *, is_money: bool) -> str:
    if abs(value) >= TOO_LONG or (abs(value) < 1 and not is_money):
        return plain(value)
    return f"{value:,.{0 if value == int(value) or abs(value) >= 10 else 1}f}"


def with_sign(number: str, currency: str) -> str:
    """A written number with the sign people know, as charts and tables have it; with the code where there is no sign."""
    from babel.numbers import get_currency_symbol  # slow to load, and not every command speaks of money

    symbol = get_currency_symbol(currency, "en")
    if symbol == currency:
        return say("{currency} {n}", currency=currency, n=number)
    return f"-{symbol}{number[1:]}" if number.startswith("-") else f"{symbol}{number}"


def is_sound(text: str) -> bool:
    """Whether an engine can look a text up: a browser may send half a character, or the one that ends a text."""
    return "\0" not in text and not any("\ud800" <= letter <= "\udfff" for letter in text)
