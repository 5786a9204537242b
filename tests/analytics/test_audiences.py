"""Lists that leave the system: nothing in them runs, nothing in them is changed, and the manifest says what they are."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from python_calamine import CalamineWorkbook

from analytics.audiences import (
    AUDIENCE_FORMATS,
    audience,
    column_label,
    describe,
    write_audience,
)
from analytics.customers import CustomerTable, customer_table
from analytics.errors import DataError, RequestError, StoreError
from analytics.request import AnalysisRequest
from analytics.rfm import with_segments
from analytics.rules import Condition
from analytics.writing import neutralised
from tests.conftest import Order, shop_in_memory, varied_shop

CSV, EXCEL = AUDIENCE_FORMATS
DANGEROUS = ['=HYPERLINK("http://x.example","win")', "+1", "-1", "@x", "\tx", "\rx", "=1+1\n2"]
HARMLESS = ["a=b", "1-1", "mail@x.org", "'quoted'", 'say "hi", twice', "ä ö ü €", " =1", "007"]


def read_csv(content: bytes) -> list[list[Any]]:
    """Header and rows as text, as they are in the file."""
    frame = pd.read_csv(io.BytesIO(content), header=None, dtype=str, keep_default_na=False, lineterminator="\n")
    return frame.to_numpy().tolist()


def read_excel(content: bytes) -> list[list[Any]]:
    return CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()


READ: dict[str, Callable[[bytes], list[list[Any]]]] = {"csv": read_csv, "xlsx": read_excel}


@pytest.fixture(params=AUDIENCE_FORMATS, ids=lambda form: form.name)
def form(request: pytest.FixtureRequest) -> Any:
    return request.param


@pytest.mark.parametrize("text", DANGEROUS)
@pytest.mark.parametrize("dtype", ["str", "category", "object"])
def test_formulas_are_neutralised(form: Any, text: str, dtype: str) -> None:
    """Text that a spreadsheet would run has an apostrophe before it, as a value of any type and as a header."""
    listed = pd.DataFrame({text: pd.Series([text, "fine"], dtype=dtype), "other": ["x", "y"]})
    rows = READ[form.name](form.write(listed))
    assert rows[0] == [f"'{text}", "other"]
    assert rows[1:] == [[f"'{text}", "x"], ["fine", "y"]]


@pytest.mark.parametrize("text", HARMLESS)
def test_other_text_is_left_as_it_is(form: Any, text: str) -> None:
    """Text that no spreadsheet runs is the same in the file: quotes, commas, umlauts, leading zeros."""
    listed = pd.DataFrame({text: [text], "other": ["x"]})
    assert READ[form.name](form.write(listed)) == [[text, "other"], [text, "x"]]
    assert neutralised(text) == text


def test_excel_cells_are_text_and_not_formulas() -> None:
    """No cell of the workbook is a formula or a link."""
    import zipfile

    listed = pd.DataFrame({"=1+1": [*DANGEROUS, "http://x.example", "=A1"]})
    with zipfile.ZipFile(io.BytesIO(EXCEL.write(listed))) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet
    assert "<hyperlink" not in sheet


def test_numbers_stay_numbers(form: Any) -> None:
    """Negative numbers are numbers, not text with an apostrophe; a missing one is an empty cell, not 0."""
    listed = pd.DataFrame({"whole": [-1, 2], "share": [-0.25, np.nan], "small": pd.array([None, -3], dtype="Int64")})
    rows = READ[form.name](form.write(listed))[1:]
    if form is EXCEL:
        assert rows == [[-1.0, -0.25, ""], [2.0, "", -3.0]]
        assert all(isinstance(value, float) for value in (rows[0][0], rows[0][1], rows[1][2]))
    else:
        assert rows == [["-1", "-0.25", ""], ["2", "", "-3"]]


def test_numbers_keep_their_digits(form: Any) -> None:
    """A sum of money comes back from the file as the same number; Excel has fifteen digits."""
    values = [0.1 + 0.2, 8_911_407.904, 1e-7, 123456789.123]
    rows = READ[form.name](form.write(pd.DataFrame({"x": values})))[1:]
    assert [float(row[0]) for row in rows] == pytest.approx(values, rel=1e-15 if form is EXCEL else 0, abs=0)


def test_flags_and_days(form: Any) -> None:
    """Flags are true and false, days are days."""
    listed = pd.DataFrame({"agreed": [True, False], "on": pd.Series([date(2020, 2, 29), None], dtype=object)})
    rows = READ[form.name](form.write(listed))[1:]
    if form is EXCEL:
        assert rows == [[True, date(2020, 2, 29)], [False, ""]]
    else:
        assert rows == [["true", "2020-02-29"], ["false", ""]]


def test_instants_and_infinities_can_be_written(form: Any) -> None:
    """An instant with a time zone and an infinite number, which Excel does not know, do not stop the list."""
    listed = pd.DataFrame(
        {
            "customer": ["a", "b"],
            "seen": pd.to_datetime([datetime(2020, 1, 1, 5, tzinfo=UTC), None], utc=True),
            "odds": [np.inf, 1.0],
        }
    )
    rows = READ[form.name](form.write(listed))
    assert [row[0] for row in rows] == ["customer", "a", "b"]
    assert "2020-01-01" in str(rows[1][1])


def test_more_rows_than_excel_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    """A list that Excel would cut off is refused, with the way out; exactly as many as fit are written."""
    monkeypatch.setattr("analytics.writing.MOST_EXCEL_ROWS", 2)
    assert len(read_excel(EXCEL.write(pd.DataFrame({"x": [1, 2]})))) == 3
    with pytest.raises(DataError, match=r"Excel holds 2 rows; this list has 3\. Export it as CSV\."):
        EXCEL.write(pd.DataFrame({"x": [1, 2, 3]}))


@pytest.fixture(scope="module")
def table() -> CustomerTable:
    customers = pa.table(
        {"customer_id": ["c001", "c002"], "first_name": ["=cmd()", 'Zoë, "the" one'], "city": ["@home", "x"]}
    )
    return with_segments(customer_table(shop_in_memory(varied_shop(), customers=customers)))


REQUESTS = [
    AnalysisRequest("shop"),
    AnalysisRequest("shop", countries=("France", "Spain"), sort="recency_days", descending=False),
    AnalysisRequest("shop", segments=("Champions", "Lost"), where=Condition("order_count", "at least", 2)),
    AnalysisRequest("shop", search="c00"),
    AnalysisRequest("shop", search="nobody is called that"),
]


@pytest.mark.parametrize("asked", REQUESTS)
def test_the_list_is_the_selection(form: Any, asked: AnalysisRequest, table: CustomerTable, tmp_path: Path) -> None:
    """The rows of the file are the customers that the request keeps, all of them, in its order; the manifest counts them."""
    listed = audience(asked, table)
    file = tmp_path / f"list{form.suffix}"
    about = write_audience(asked, table, file, form, exported_at="2026-01-01T00:00:00+00:00")
    rows = READ[form.name](file.read_bytes())
    assert rows[0] == list(listed.columns)
    assert [row[0] for row in rows[1:]] == listed["customer_id"].tolist()
    assert about.customers == len(rows) - 1 == len(listed)
    column = rows[0].index("revenue_total")
    assert about.revenue == pytest.approx(sum(float(row[column]) for row in rows[1:]), abs=1e-4)
    told = json.loads((tmp_path / f"list{form.suffix}.manifest.json").read_text())
    assert told == {
        "dataset": "shop",
        "version": table.key.partition("@")[2],
        "as_of": "2021-12-26",
        "rule": describe(asked),
        "request": asked.to_json(),
        "customers": about.customers,
        "revenue": about.revenue,
        "currency": "GBP",
        "columns": list(listed.columns),
        "format": form.name,
        "exported_at": "2026-01-01T00:00:00+00:00",
    }


def test_csv_round_trip(table: CustomerTable) -> None:
    """Read back with pandas, every number and flag of a list is what it was."""
    listed = audience(AnalysisRequest("shop"), table)
    again = pd.read_csv(io.BytesIO(CSV.write(listed)), dtype={"customer_id": str})
    assert list(again.columns) == list(listed.columns)
    for name in listed.select_dtypes("number").columns:
        assert np.array_equal(again[name].to_numpy(dtype=float), listed[name].to_numpy(dtype=float), equal_nan=True)
    for name in ("customer_id", "country", "segment"):
        assert again[name].tolist() == listed[name].tolist()
    names = again.set_index("customer_id")["first_name"].dropna().to_dict()
    assert names == {"c001": "'=cmd()", "c002": 'Zoë, "the" one'}


def test_a_list_that_cannot_be_written(table: CustomerTable, tmp_path: Path) -> None:
    """A place that cannot be written is named, and no customer is left behind under another name."""
    for place in (tmp_path, tmp_path / "no folder" / "list.csv", Path("/"), Path()):
        with pytest.raises(StoreError, match=r"Cannot write '.*': .*\. Choose another place\."):
            write_audience(AnalysisRequest("shop"), table, place, CSV, exported_at="")
    assert list(tmp_path.iterdir()) == []
    assert not list(tmp_path.parent.glob(f".{tmp_path.name}*"))


def test_describe() -> None:
    """The filters as a sentence, in the labels of the screen."""
    assert [describe(asked) for asked in REQUESTS[:4]] == [
        "All customers",
        "Country is one of France, Spain",
        "Segment is one of Champions, Lost and Orders is at least 2",
        "All customers; found by 'c00'",
    ]


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("recency_days", "Recency"),
        ("customer_id", "Customer"),
        ("frequency_score", "F"),
        ("favourite_colour", "Favourite colour"),
    ],
)
def test_column_labels(name: str, label: str) -> None:
    """A metric has its label, a known column its heading, any other its name in words."""
    assert column_label(name) == label


def test_unknown_filter_column(table: CustomerTable) -> None:
    """A filter on what customers do not have gives no list."""
    with pytest.raises(RequestError, match="Customers have no 'age'"):
        audience(AnalysisRequest("shop", where=Condition("age", "known")), table)


def test_a_customer_called_minus_one(form: Any) -> None:
    """A customer number that is text stays text: -1 is neutralised though it looks like a number."""
    table = customer_table(shop_in_memory([Order("-1", "2020-01-01", "5")]))
    rows = READ[form.name](form.write(audience(AnalysisRequest("shop"), table)))
    assert rows[1][0] == "'-1"
