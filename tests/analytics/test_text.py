"""Numbers inside sentences: with the signs and units that charts and tables have."""

from __future__ import annotations

import pytest

from analytics.text import in_unit
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
