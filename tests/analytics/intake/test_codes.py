"""Codes of letters and digits are no amounts: a product A13 is not the number 13."""

from __future__ import annotations

from pathlib import Path

import pytest

from analytics.intake import import_labelled
from analytics.sources import fetch, open_source


@pytest.mark.parametrize(
    ("written", "kind"),
    [
        (("A13", "B4"), "string"),
        (("SKU1", "SKU2"), "string"),
        (("007", "013"), "string"),
        (("EUR 10", "EUR 12.50"), "float64"),
        (("£10", "£12"), "int64"),
        (("13", "4"), "int64"),
    ],
)
def test_codes_stay_text(home: Path, tmp_path: Path, written: tuple[str, str], kind: str) -> None:
    """Letters right before digits make a code; a currency's sign, or its letters and a blank, an amount."""
    file = tmp_path / "cases.csv"
    file.write_text("code,answer\n" + "".join(f'"{written[row % 2]}",{row}\n' for row in range(6)), encoding="utf-8")
    import_labelled(file, name="cases")
    table = open_source("cases").table("labelled")
    assert str(table.schema()["code"]) == kind
    if kind == "string":
        assert fetch(table.order_by("case"))["code"].tolist()[:2] == list(written)
