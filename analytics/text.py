"""What people read on the screen passes through `say`, so that a translation needs one catalogue and no detective.

The English sentence is its own key, with named places for values: `say("{n} customers", n="4,338")`. Sentences are
never glued together from pieces, because other languages put the pieces elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable

_translate: Callable[[str], str] = str


def say(message: str, **values: object) -> str:
    """The sentence in the user's language, with its values filled in."""
    translated = _translate(message)
    return translated.format(**values) if values else translated


def say_count(count: int, one: str, other: str, **values: object) -> str:
    """The sentence for one thing or for several; `{n}` is the count with thousands separators."""
    return say(one if count == 1 else other, n=f"{count:,}", **values)


def in_unit(value: float | None, unit: str, currency: str) -> str:
    """A number as a sentence has it: `219 days`, `£2,064`, `12.5%`, a bare count; a dash where there is none."""
    if value is None:
        return "–"
    if unit == "share":
        return f"{value:.1%}"
    if unit == "seconds" and value >= 60:
        minutes, seconds = divmod(round(value), 60)
        return say("{minutes} min {seconds} s", minutes=f"{minutes:,}", seconds=seconds)
    digits = 0 if value == int(value) or abs(value) >= 10 else 1
    number = f"{value:,.{digits}f}"
    if unit == "money" and currency:
        return with_sign(number, currency)
    if unit == "days":
        return say("{n} day" if number == "1" else "{n} days", n=number)
    if unit == "seconds":
        return say("{n} s", n=number)
    return number


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
