"""Numbers inside sentences: with the signs and units that charts and tables have."""

from __future__ import annotations

import pytest

from analytics.text import in_unit, plain
from dashboard import formats


@pytest.mark.parametrize(
    ("value", "currency", "said"),
    [
        (2064.0, "GBP", "£2,064"),
        (6.25, "EUR", "€6.2"),
        (-12.0, "USD", "-$12"),
        (500.0, "CHF", "CHF 500"),
        (500.0, "", "500"),
        (None, "EUR", "–"),
    ],
)
def test_money_in_a_sentence_has_the_sign_people_write(value: float | None, currency: str, said: str) -> None:
    """The currency's sign where there is one, its code where there is none, the bare number where nobody said which."""
    assert in_unit(value, "money", currency) == said


@pytest.mark.parametrize("currency", ["EUR", "GBP", "USD", "JPY", ""])
def test_sentences_and_tables_write_the_same_currency(currency: str) -> None:
    """A sentence and a table on one page do not call a currency by two names."""
    assert in_unit(2064.0, "money", currency) == formats.money(2064.0, currency).replace("\xa0", " ")


@pytest.mark.parametrize(
    ("value", "figures", "said"),
    [
        (0.0253, 3, "0.0253"), (0.0431, 3, "0.0431"), (0.5, 3, "0.5"), (-0.00012345, 3, "-0.000123"), (24.31, 3, "24.3"),
        (1234.5, 3, "1,234"), (1234.56, 6, "1,234.56"), (63973.5222, 6, "63,973.5"), (0.99996, 3, "1"), (-0.0, 3, "0"),
        (-1e9, 3, "-1,000,000,000"), (1e30, 3, "1 × 10³⁰"), (-6.0221e23, 3, "-6.02 × 10²³"), (1.5e-9, 3, "1.5 × 10⁻⁹"),
        (float("inf"), 3, "∞"), (float("-inf"), 3, "-∞"), (float("nan"), 3, "–"), (None, 3, "–"),
    ],
)  # fmt: skip
def test_plain_numbers(value: float | None, figures: int, said: str) -> None:
    """Small numbers keep their figures, large ones their thousands, and what nobody can count is a power of ten."""
    assert plain(value, figures) == said


@pytest.mark.parametrize(
    ("value", "unit", "said"),
    [(0.0253, "", "0.0253"), (0.04, "orders", "0.04"), (0.02, "days", "0.02 days"), (0.0253, "money", "€0.0"),
     (0.0253, "share", "2.5%"), (1e30, "money", "€1 × 10³⁰"), (-1e30, "days", "-1 × 10³⁰ days"), (1e30, "share", "1 × 10³²%")],
)  # fmt: skip
def test_small_and_large_numbers_in_a_sentence(value: float, unit: str, said: str) -> None:
    """A small number is not rounded to nothing; money and percentages have the decimals that they always have."""
    assert in_unit(value, unit, "EUR") == said
