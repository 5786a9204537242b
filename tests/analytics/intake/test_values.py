"""Dates, numbers, ids and encodings are read as their owners mean them."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from analytics.intake import preview
from tests.analytics.intake.conftest import Import, rows_of


def _at(*parts: int) -> datetime:
    """An instant in UTC without a zone, as the canonical tables hold it."""
    return datetime(*parts)  # noqa: DTZ001 - canonical instants are UTC without a zone


HEADER = "customer_id,order_id,ordered_at,revenue"

DATES = {
    "2011-12-09 08:26:00": ("2011-12-09 08:26:00", _at(2011, 12, 9, 8, 26)),
    "T and Z": ("2011-12-09T08:26:00Z", _at(2011, 12, 9, 8, 26)),
    "zone with colon": ("2011-12-09T08:26:00+02:00", _at(2011, 12, 9, 6, 26)),
    "zone without colon": ("2011-12-09 00:26:00 +0200", _at(2011, 12, 8, 22, 26)),
    "zone west": ("2011-12-09 22:26:00 -0500", _at(2011, 12, 10, 3, 26)),
    "fraction": ("2011-12-09 08:26:00.250", _at(2011, 12, 9, 8, 26, 0, 250_000)),
    "day alone": ("2011-12-09", _at(2011, 12, 9)),
    "yearmonthday": ("20111209", _at(2011, 12, 9)),
    "as UCI publishes": ("12/19/2011 8:26", _at(2011, 12, 19, 8, 26)),
    "day first": ("19/12/2011 8:26", _at(2011, 12, 19, 8, 26)),
    "afternoon": ("12/19/2011 8:26 PM", _at(2011, 12, 19, 20, 26)),
    "points": ("9.12.2011", _at(2011, 12, 9)),
    "points and clock": ("09.12.2011 08:26", _at(2011, 12, 9, 8, 26)),
    "two digits": ("12/19/11 8:26", _at(2011, 12, 19, 8, 26)),
    "words": ("9 Dec 2011", _at(2011, 12, 9)),
    "Excel": ("40886.3513888889", _at(2011, 12, 9, 8, 26)),
}  # fmt: skip


@pytest.mark.parametrize("kind", DATES)
def test_dates(kind: str, bring: Import, home: Path) -> None:
    """Each way of writing an instant is read, in UTC."""
    text, expected = DATES[kind]
    bring(f"{HEADER}\na,1,{text},5\n")
    assert abs((rows_of(home, "order_lines")[0]["ordered_at"] - expected).total_seconds()) < 0.01


def test_the_order_of_day_and_month_is_decided_over_the_whole_column(bring: Import, home: Path) -> None:
    """One value with a day above 12, far down the file, makes day/month of all of them."""
    early = "".join(f"c,{number},0{1 + number % 9}/02/2011 10:00,1\n" for number in range(3_000))
    bring(f"{HEADER}\n{early}c,last,25/02/2011 10:00,1\n{early}")
    assert {row["ordered_at"].month for row in rows_of(home, "order_lines")} == {2}


def test_an_undecidable_order_of_day_and_month_is_said(tmp_path: Path) -> None:
    """Where no value decides, month/day is taken and the preview says so."""
    file = tmp_path / "x"
    file.write_text(f"{HEADER}\na,1,02/03/2011,5\n")
    assert "reads both as month/day/year" in " ".join(preview(file, label="x.csv").warnings)


NUMBERS = {
    "plain": ("12.5", 12.5), "negative decimal point": ("1,234.50", 1234.5), "comma": ("12,50", 12.5),
    "comma and points": ("1.234,56", 1234.56), "euro before": ("€ 12,50", 12.5), "euro after": ("12,50 €", 12.5),
    "code": ("EUR 12,50", 12.5), "dollar": ("$1,234.50", 1234.5), "pound": ("£0.99", 0.99),
    "apostrophe": ("CHF 1'234.50", 1234.5),
    "less than one": ("0,125 €", 0.125), "no thousands": ("0,500", 0.5),
    "blank thousands": ("1 234,50", 1234.5), "exponent": ("1e2", 100.0),
}  # fmt: skip


@pytest.mark.parametrize("kind", NUMBERS)
def test_numbers(kind: str, bring: Import, home: Path) -> None:
    """Decimal commas, thousands and currency signs are read properly."""
    text, expected = NUMBERS[kind]
    bring(f'{HEADER}\na,1,2011-12-09,"{text}"\n')
    assert float(rows_of(home, "order_lines")[0]["revenue"]) == expected


def test_decimal_comma_is_decided_per_column(bring: Import, home: Path) -> None:
    """1.234 is a thousand and more where the column has decimal commas, and 1.234 where it has none."""
    bring(f"{HEADER.replace(',', ';')};quantity\na;1;2011-12-09;1.234;1.234\na;2;2011-12-09;1,5;2\n")
    assert [(float(row["revenue"]), row["quantity"]) for row in rows_of(home, "order_lines")] == [
        (1234, 1.234),
        (1.5, 2),
    ]


def test_ids(bring: Import, home: Path) -> None:
    """17850.0 becomes 17850, leading zeros stay, blanks go, words for nothing are no customer."""
    ids = ["17850.0", "00001", " 7 ", "nan", "", "NULL", "a.0", "10.0.0"]
    manifest = bring(HEADER + "\n" + "".join(f"{id_},{n},2011-12-09,5\n" for n, id_ in enumerate(ids)))
    assert {row["customer_id"] for row in rows_of(home, "orders")} == {"17850", "00001", "7", "a.0", "10.0.0"}
    ledger = {entry.rule: entry.rows for entry in manifest.ledger}
    assert (ledger["id_form"], ledger["no_customer"]) == (4, 3)


ENCODINGS = ["utf-8", "utf-8-sig", "cp1252", "latin-1", "utf-16", "utf-16-le", "utf-16-be"]


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_encodings(encoding: str, bring: Import, home: Path) -> None:
    """Names with accents and quoted separators survive every usual encoding."""
    text = f'{HEADER},product_name\nJosé,1,2011-12-09,5,"Crème, brûlée"\n"Zoë ""Z""",2,2011-12-09,5,"two\nlines"\n'
    bring(text.encode(encoding))
    rows = rows_of(home, "order_lines")
    assert [(row["customer_id"], row["product_name"]) for row in rows] == [
        ("José", "Crème, brûlée"),
        ('Zoë "Z"', "two\nlines"),
    ]


def test_a_foreign_byte_far_down(bring: Import, home: Path) -> None:
    """A file that is plain ASCII for a megabyte and then is not UTF-8 is read all the same."""
    plain = "".join(f"c{number},{number},2011-12-09,5\n" for number in range(60_000)).encode()
    bring(HEADER.encode() + b"\n" + plain + "Jos\xe9,x,2011-12-09,5\n".encode("latin-1") + plain)
    assert "José" in {row["customer_id"] for row in rows_of(home, "orders")}


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiters(delimiter: str, bring: Import) -> None:
    """Comma, semicolon, tab and bar are told apart."""
    assert bring(f"{HEADER}\na,1,2011-12-09,5\n".replace(",", delimiter), label="x.txt").customers == 1


def test_long_texts_and_nuls(bring: Import, home: Path) -> None:
    """A text of 1 MB and one with a NUL in it are kept."""
    bring(f"{HEADER},product_name\na,1,2011-12-09,5,{'x' * 1_000_000}\nb,2,2011-12-09,5,y\0z\n")
    assert sorted(len(row["product_name"]) for row in rows_of(home, "order_lines")) == [3, 1_000_000]


def test_headers_of_the_same_name(tmp_path: Path) -> None:
    """A second column of the same name gets a number, and the preview says so."""
    file = tmp_path / "x"
    file.write_text("customer_id,price,price,\na,1,2,3\n")
    seen = preview(file, label="x.csv")
    assert seen.columns == ("customer_id", "price", "price.1", "column 4")
    assert any("price.1" in warning for warning in seen.warnings)


def _excel(path: Path, rows: list[list[Any]], first_sheet: list[list[Any]] | None = None) -> bytes:
    import xlsxwriter

    with xlsxwriter.Workbook(path, {"default_date_format": "dd.mm.yyyy hh:mm"}) as book:
        for sheet_rows in [first_sheet, rows] if first_sheet is not None else [rows]:
            sheet = book.add_worksheet()
            for number, row in enumerate(sheet_rows):
                sheet.write_row(number, 0, row)
    return path.read_bytes()


def test_excel(bring: Import, home: Path, tmp_path: Path) -> None:
    """A workbook comes through with its dates, numbers and ids; a cover sheet without a table is passed over."""
    rows = [
        ["Customer ID", "Order ID", "Order Date", "Quantity", "Unit Price"],
        [17850, "0007", _at(2011, 12, 9, 8, 26), 3, 2.55],
    ]
    bring(_excel(tmp_path / "book", rows, [["Our shop's orders"]]), label="orders.xlsx")
    (line,) = rows_of(home, "order_lines")
    assert (line["customer_id"], line["order_id"], line["ordered_at"]) == (
        "17850",
        "0007",
        _at(2011, 12, 9, 8, 26),
    )
    assert (line["quantity"], line["unit_price"], float(line["revenue"])) == (3, 2.55, 7.65)
