"""Numbers as people read them: any float is written, in few letters, and none as a computer would."""

from __future__ import annotations

import re

from hypothesis import example, given
from hypothesis import strategies as st

from analytics.predict.explaining.reasons import written
from analytics.text import in_unit, plain
from dashboard import formats
from dashboard.figures.explore import short
from dashboard.figures.models_case import effect_words
from dashboard.figures.models_why import score_words, small, value_words

UNITS = ("", "money", "share", "seconds", "days", "orders")
CURRENCIES = ("", "EUR", "CHF", "JPY")
LONGEST = 40


def every_way(value: float, unit: str, currency: str) -> list[str]:
    """A number in each of the ways that a page or a sentence has for it."""
    return [
        plain(value),
        plain(value, 6),
        in_unit(value, unit, currency),
        written(value, unit, currency),
        formats.number(value),
        formats.number(value, 2),
        formats.compact(value),
        formats.money(value, currency, 2),
        formats.compact_money(value, currency),
        formats.share(value),
        formats.change(value, points=False),
        formats.seconds(value),
        formats.in_unit(value, unit, currency),
        small(value),
        value_words(value, unit, currency),
        score_words(value, is_share=unit == "share", currency=currency),
        effect_words(value, is_share=unit == "share", currency=currency),
        short(value, unit, currency),
    ]


@given(st.floats(), st.sampled_from(UNITS), st.sampled_from(CURRENCIES))
@example(1e30, "", "")
@example(-1e30, "money", "EUR")
@example(999_999_999_999_999.9, "money", "EUR")
@example(1e308, "share", "")
@example(float("inf"), "seconds", "")
@example(float("nan"), "days", "EUR")
@example(5e-324, "orders", "")
@example(-0.0, "", "")
def test_every_number_can_be_written(value: float, unit: str, currency: str) -> None:
    """Whatever the number, there is something short to read, without an exponent, `inf`, `nan` or a minus before nothing."""
    for told in every_way(value, unit, currency):
        assert 0 < len(told) <= LONGEST, told
        assert not re.search(r"\de[-+]?\d|\binf|\bnan", told), told
    assert not {plain(value), formats.number(value, 2), formats.in_unit(value, "", "")} & {"-0", "-0.00", "-0.0"}


@given(st.floats(min_value=1e-300, max_value=1e300))
def test_a_number_that_is_not_nothing_is_not_written_as_nothing(value: float) -> None:
    """Three figures are left of however small a number: what can be read is within half a percent of it."""
    told = plain(value).translate(str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")).replace(" × 10", "e").replace(",", "")
    assert abs(float(told) - value) <= 0.005 * value
    assert plain(-value) == f"-{plain(value)}"
