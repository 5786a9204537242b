"""Numbers, money and days as people write them."""

from __future__ import annotations

from datetime import date

import pytest

from dashboard import formats

NAN = float("nan")


@pytest.mark.parametrize("value", [None, NAN])
def test_what_is_missing_is_a_dash(value: float | None) -> None:
    """Missing is not zero, in any unit."""
    shown = {
        formats.number(value),
        formats.compact(value),
        formats.money(value, "EUR"),
        formats.compact_money(value, "EUR"),
        formats.share(value),
        formats.in_unit(value, "money", "EUR"),
        formats.in_unit(value, "share", ""),
    }
    assert shown == {formats.NOTHING}


def test_a_missing_metric_of_any_unit_is_a_dash() -> None:
    """A customer without a gap between orders has a dash there, whether None or not-a-number stands for it."""
    assert formats.in_unit(None, "days", "") == formats.NOTHING
    assert formats.in_unit(NAN, "days", "") == formats.NOTHING


@pytest.mark.parametrize(
    ("value", "digits", "shown"),
    [(0, 0, "0"), (1234567, 0, "1,234,567"), (1234.56, 1, "1,234.6"), (0.125, 3, "0.125"), (-1234, 0, "-1,234")],
)
def test_numbers_have_thousands_separators(value: float, digits: int, shown: str) -> None:
    """Thousands are parted, and there are as many decimals as asked for."""
    assert formats.number(value, digits) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (999, "999"),
        (9_999, "9,999"),
        (10_000, "10K"),
        (23_456, "23.5K"),
        (8_911_407, "8.91M"),
        (-89_114, "-89.1K"),
        (999_950, "1M"),
    ],
)
def test_large_numbers_can_be_said_aloud(value: float, shown: str) -> None:
    """From ten thousand on a number is short."""
    assert formats.compact(value) == shown


@pytest.mark.parametrize(
    ("value", "currency", "digits", "shown"),
    [
        (1234, "EUR", 0, "€1,234"),
        (1234.5, "GBP", 2, "£1,234.50"),
        (1234.5, "USD", 2, "$1,234.50"),
        (1500, "JPY", 0, "¥1,500"),
        (-5, "EUR", 2, "-€5.00"),
        (1234.5, "", 2, "1,234.50"),
    ],
)
def test_money_shows_its_currency(value: float, currency: str, digits: int, shown: str) -> None:
    """An amount shows the dataset's currency, or none where nobody said which it is."""
    assert formats.money(value, currency, digits) == shown


@pytest.mark.parametrize(
    ("value", "currency", "shown"),
    [
        (12.5, "EUR", "€12.50"),
        (1_234.5, "EUR", "€1,234"),
        (8_911_407.9, "GBP", "£8.91M"),
        (8_911_407.9, "", "8.91M"),
        (12.5, "", "12.50"),
    ],
)
def test_large_amounts_can_be_said_aloud(value: float, currency: str, shown: str) -> None:
    """Small amounts have cents, large ones are short."""
    assert formats.compact_money(value, currency) == shown


@pytest.mark.parametrize(
    ("value", "digits", "shown"), [(0.123, 1, "12.3%"), (0.5, 0, "50%"), (0, 1, "0.0%"), (1.25, 0, "125%")]
)
def test_shares_are_percentages(value: float, digits: int, shown: str) -> None:
    """A share of one is shown in percent."""
    assert formats.share(value, digits) == shown


@pytest.mark.parametrize(
    ("value", "points", "shown"),
    [(0.123, False, "+12.3%"), (-0.05, False, "−5.0%"), (0, False, "+0.0%"), (-0.021, True, "−2.1 pp")],
)
def test_changes_have_a_sign(value: float, points: bool, shown: str) -> None:
    """A change says up or down without colour; the change of a share is in percentage points."""
    assert formats.change(value, points=points) == shown


@pytest.mark.parametrize(
    ("value", "unit", "shown"),
    [
        (12.5, "money", "€12.50"),
        (1234.5, "money", "€1,234"),
        (0.05, "share", "5.0%"),
        (3.0, "orders", "3"),
        (3.25, "orders", "3.2"),
        (123.4, "days", "123"),
        (0.0253, "", "0.0253"),
        (0.0431, "orders", "0.0431"),
        (0.5, "", "0.5"),
        (0.004, "money", "€0.00"),
        (0.0004, "share", "0.0%"),
        (1e30, "", "1 × 10³⁰"),
        (-1e30, "money", "-€1 × 10³⁰"),
        (1e30, "seconds", "1 × 10³⁰ s"),
        (float("inf"), "share", "∞%"),
    ],
)
def test_a_metric_is_written_in_its_unit(value: float, unit: str, shown: str) -> None:
    """Money is money, shares are percentages, counts have decimals only where they are means and small."""
    assert formats.in_unit(value, unit, "EUR") == shown


def test_days_and_months_are_unmistakable() -> None:
    """The month is a word, so that nobody takes it for the day."""
    assert formats.day(date(2011, 12, 9)) == "9 Dec 2011"
    assert formats.month(date(2011, 12, 9)) == "Dec 2011"


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (None, "–"),
        (float("nan"), "–"),
        (0, "0 s"),
        (59.4, "59 s"),
        (59.6, "1 min"),
        (193, "3 min 13 s"),
        (3_600, "1 h"),
        (7_830, "2 h 10 min"),
        (172_800, "2 d"),
        (363_600, "4 d 5 h"),
    ],
)
def test_a_length_of_time_has_two_units(value: float | None, told: str) -> None:
    """Seconds are said as one says them, in the two largest units."""
    assert formats.seconds(value) == told
