"""Cases with a known answer become the labelled table: every column typed, every row kept, training and test file alike."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from analytics.__main__ import main
from analytics.datasets import list_datasets, list_versions, open_version
from analytics.errors import DataError, EmptyDataError, MissingColumnsError, RequestError, UnreadableFileError
from analytics.intake import (
    CaseColumn,
    case_columns,
    columns_by_heading,
    import_labelled,
    import_orders,
    import_sessions,
    kept_and_replaced,
    likely_kind,
    preview,
)
from analytics.intake.cases import MOST_COLUMNS
from analytics.manifest import Manifest
from analytics.sources import open_source

Label = Callable[..., Manifest]

CASES = """Page Values,Month,Weekend,When,Zip,price 2,CustomerID
1.5,Feb,TRUE,2024-01-05,01067,1,17850.0
0,May,FALSE,2024-02-01,75001,2,bob
,May,FALSE,,,2,
"""


@pytest.fixture
def label(tmp_path: Path, home: Path) -> Label:
    """Write a text, or two, to files and import them as cases."""

    def run(content: str | pa.Table, test: str | pa.Table | None = None, **options: Any) -> Manifest:
        files = [_file(tmp_path, "train", content), None if test is None else _file(tmp_path, "test", test)]
        return import_labelled(files[0], name="cases", test=files[1], home=home, **options)

    return run


def _file(folder: Path, name: str, content: str | pa.Table) -> Path:
    if isinstance(content, pa.Table):
        pq.write_table(content, folder / f"{name}.parquet")
        return folder / f"{name}.parquet"
    (folder / f"{name}.csv").write_text(content)
    return folder / f"{name}.csv"


def cases(home: Path, name: str = "cases") -> list[dict[str, Any]]:
    """The published cases in the order of the file."""
    rows: list[dict[str, Any]] = pq.read_table(open_version(name, home=home).table_path("labelled")).to_pylist()
    assert [row["case"] for row in rows] == sorted(row["case"] for row in rows)
    return rows


def test_a_table_of_cases(label: Label, home: Path) -> None:
    """Columns get tidy names and the type that their values have; codes keep their zeros, an id loses its .0."""
    manifest = label(CASES)
    assert (manifest.kind, manifest.tables, manifest.rows_read) == ("labelled", {"labelled": 3}, 3)
    assert (manifest.source, manifest.test_cases, manifest.warnings) == ("train.csv", 0, ())
    assert manifest.mapping == {
        "page_values": "Page Values", "month": "Month", "weekend": "Weekend", "when": "When", "zip": "Zip",
        "price_2": "price 2", "customer_id": "CustomerID",
    }  # fmt: skip
    nothing = {"page_values": None, "when": None, "zip": None, "customer_id": None}
    assert cases(home) == [
        {"case": 1, "customer_id": "17850", "page_values": 1.5, "month": "Feb", "weekend": True,
         "when": date(2024, 1, 5), "zip": "01067", "price_2": 1},
        {"case": 2, "customer_id": "bob", "page_values": 0.0, "month": "May", "weekend": False,
         "when": date(2024, 2, 1), "zip": "75001", "price_2": 2},
        {"case": 3, "month": "May", "weekend": False, "price_2": 2, **nothing},
    ]  # fmt: skip
    assert case_columns(open_version("cases", home=home)) == (
        CaseColumn("page_values", "Page Values", "number", 1),
        CaseColumn("month", "Month", "text", 0),
        CaseColumn("weekend", "Weekend", "true or false", 0),
        CaseColumn("when", "When", "day", 1),
        CaseColumn("zip", "Zip", "text", 1),
        CaseColumn("price_2", "price 2", "number", 0),
        CaseColumn("customer_id", "CustomerID", "customer", 1),
    )


def test_names_that_are_ours_already(label: Label, home: Path) -> None:
    """A column that is called as one of ours is told apart from it, two columns of one name from each other."""
    manifest = label("case,is_test,price,Price\n7,1,2,3\n8,0,4,5\n", mapping={"customer_id": ""})
    assert manifest.mapping == {"own_case": "case", "own_is_test": "is_test", "price": "price", "price_1": "Price.1"}
    assert [(row["case"], row["own_case"], row["price_1"]) for row in cases(home)] == [(1, 7, 3), (2, 8, 5)]
    assert manifest.warnings == ("Columns of the same name were told apart: 'Price.1'.",)


def test_a_doubtful_customer_is_said_and_can_be_refused(label: Label, home: Path) -> None:
    """A column `id` is taken for the customer, which is said; whoever says otherwise keeps it as a number."""
    manifest = label("id,age,bought\n1,30,yes\n2,40,no\n")
    assert "Column 'id' was taken for the customer's number" in manifest.warnings[0]
    assert cases(home)[0]["customer_id"] == "1"
    assert label("id,age,bought\n1,30,yes\n2,40,no\n", mapping={"customer_id": ""}).warnings == ()
    assert cases(home)[0] == {"case": 1, "id": 1, "age": 30, "bought": True}


def test_a_test_file(label: Label, home: Path) -> None:
    """Cases are numbered through both files, in whatever order the test file has its columns."""
    manifest = label("size,colour\n1,red\n2,blue\n", "Colour,size\ngreen,3\n")
    assert (manifest.tables, manifest.test_cases, manifest.source) == ({"labelled": 3}, 1, "train.csv, test.csv")
    assert manifest.rows_read == 3
    assert cases(home) == [
        {"case": 1, "is_test": False, "size": 1, "colour": "red"},
        {"case": 2, "is_test": False, "size": 2, "colour": "blue"},
        {"case": 3, "is_test": True, "size": 3, "colour": "green"},
    ]


def test_a_column_is_of_one_kind_in_both_files(label: Label, home: Path) -> None:
    """A column that is numbers in one file only is text in both, and the first value that made it so is named."""
    manifest = label("a,b,c\n1,x,2024-01-05\n2,y,2024-01-06\n", "a,b,c\n3,7,2024-02-01\nmany,8,2024-02-02\n")
    assert [row["a"] for row in cases(home)] == ["1", "2", "3", "many"]
    assert [row["c"] for row in cases(home)][3] == date(2024, 2, 2)
    assert manifest.warnings == (
        "Column 'a' is text: every value in 'train.csv' is a number, but 'test.csv' has 'many'. Mend that if it should not be "
        "text.",
        "Column 'b' is text: every value in 'test.csv' is a number, but 'train.csv' has 'x'. Mend that if it should not be "
        "text.",
    )
    assert label("a,b\n1,2\n2,3\n", "a,b\n1.5,\n2,\n").warnings == ()
    assert [row["a"] for row in cases(home)] == [1.0, 2.0, 1.5, 2.0]


def test_decimals_of_many_digits_are_numbers(label: Label, home: Path) -> None:
    """Floats as pandas writes them, with 17 figures, are numbers in both files; whole numbers of so many digits are codes."""
    label("v,code,answer\n-1.8829080367785338,1234567890123456,1\n2,1,0\n", "v,code,answer\n6.02214076e-05,2,1\n")
    assert [row["v"] for row in cases(home)] == [-1.8829080367785338, 2.0, 6.02214076e-05]
    assert [row["code"] for row in cases(home)] == ["1234567890123456", "1", "2"]


def test_types_of_their_own(label: Label, home: Path) -> None:
    """Parquet and text meet in one type; what is no number, or infinite, is missing, and the infinite is said."""
    trained = pa.table(
        {
            "n": pa.array([1, 2, 3], pa.int32()),
            "x": [1.5, float("nan"), float("inf")],
            "at": [datetime.fromisoformat("2024-01-05T10:00"), None, datetime.fromisoformat("2024-01-06")],
            "money": pa.array([1, 2, 3], pa.decimal128(9, 2)),
            "none": pa.nulls(3),
        }
    )
    manifest = label(trained, "n,x,at,money,none\n4,2,2024-01-07,4.5,\n")
    rows = cases(home)
    assert [row["n"] for row in rows] == [1, 2, 3, 4]
    assert [row["x"] for row in rows] == [1.5, None, None, 2.0]
    assert [row["money"] for row in rows] == [1.0, 2.0, 3.0, 4.5]
    assert [row["at"] for row in rows][::3] == [
        datetime.fromisoformat("2024-01-05T10:00"),
        datetime.fromisoformat("2024-01-07"),
    ]
    assert manifest.warnings == ("Column 'x' has 1 infinite value; it counts as missing.",)
    types = {item.name: item.type for item in case_columns(open_version("cases", home=home))}
    assert types == {"n": "number", "x": "number", "at": "time", "money": "number", "none": "text"}


def test_rows_that_are_alike_stay(label: Label, home: Path) -> None:
    """Every row that says the same as an earlier one is counted and kept; those on both sides are said besides."""
    manifest = label("a,b\n1,x\n1,x\n1,x\n2,y\n3,z\n", "a,b\n1,x\n3,z\n9,q\n9,q\n")
    assert len(cases(home)) == 9
    # 1,x four times, 3,z twice, 9,q twice: 3 + 1 + 1 say the same as an earlier row, and two of the test rows are known.
    assert manifest.warnings == (
        "5 rows say exactly the same as an earlier one. They stay, and are kept on one side of every split.",
        "2 rows of the test file are in the training file as well: what a model shows on them, it may know by heart.",
    )


def test_empty_rows_are_dropped_and_told(label: Label, home: Path) -> None:
    """A row without any value is no case; the others keep the numbers that they have in their files."""
    manifest = label("a,b\n1,x\n,\nn/a,\n2,y\n", "a,b\n,\n3,z\n")
    assert [(row["case"], row["is_test"], row["a"]) for row in cases(home)] == [
        (1, False, 1),
        (4, False, 2),
        (6, True, 3),
    ]
    assert (manifest.rows_read, manifest.tables, manifest.test_cases) == (6, {"labelled": 3}, 1)
    (entry,) = manifest.ledger
    assert (entry.rule, entry.action, entry.rows, entry.customers) == ("empty_row", "removed", 3, 0)


def test_cases_keep_the_order_of_a_long_file(label: Label, home: Path) -> None:
    """The number of a case is its row, in a file of several parts too."""
    label(pa.table({"row": list(range(300_000)), "half": [number // 2 for number in range(300_000)]}))
    found = pq.read_table(open_version("cases", home=home).table_path("labelled"))
    assert found["case"].to_pylist() == list(range(1, 300_001))
    assert found["row"].to_pylist() == list(range(300_000))


def test_cases_beside_a_shop(label: Label, home: Path, tmp_path: Path) -> None:
    """Cases added to a shop keep its orders; orders imported again keep the cases, their headings and their test part."""
    orders = tmp_path / "orders.csv"
    orders.write_text("customer,order,date,quantity,price\nann,1,2024-01-05,2,10\n")
    import_orders(orders, name="cases", currency="GBP", home=home)
    added = label("price 2,b\n1,x\n2,y\n", "price 2,b\n3,z\n")
    assert (added.tables["orders"], added.tables["labelled"]) == (1, 3)
    assert (added.revenue, added.currency, added.customers) == (20, "GBP", 1)
    assert any(warning.startswith("Orders were kept from version 0001-") for warning in added.warnings)
    assert kept_and_replaced(added, "labelled") == (("orders",), ("cases",))
    import_orders(orders, name="cases", currency="GBP", home=home)
    about = open_version("cases", home=home).manifest
    assert (about.kind, about.tables["labelled"], about.test_cases) == ("orders", 3, 1)
    assert about.mapping_of("labelled") == {"price_2": "price 2", "b": "b"}
    assert any("Cases with a known answer were kept from version 0002-" in warning for warning in about.warnings)
    assert [item.name for item in case_columns(open_version("cases", home=home))] == ["price_2", "b"]
    again = label("b,c\n1,x\n2,y\n")
    assert (again.tables["labelled"], again.test_cases, len(again.carried)) == (2, 0, 1)
    assert len(list_versions("cases", home=home)) == 4
    assert open_source("cases", home=home).table("labelled").columns == ("case", "b", "c")


def test_headings_are_found_again() -> None:
    """`price 2`, `price_2` and `Price 2` are one column; what is written exactly so goes first, and none serves twice."""
    known = {"price_2": "price 2", "price_2_2": "price_2", "page_values": "PageValues"}
    found = columns_by_heading(known, ["page_values", "price_2", "price 2", "more"])
    assert found.columns == {"price_2": "price 2", "price_2_2": "price_2", "page_values": "page_values"}
    assert (found.missing, found.extra) == ((), ("more",))
    found = columns_by_heading(known, ["Page Values", "PRICE 2"])
    assert found.columns == {"price_2": "PRICE 2", "page_values": "Page Values"}
    assert found.missing == ("price_2_2",)


WIDE = ",".join(f"c{number}" for number in range(3_000)) + "\n"


@pytest.mark.parametrize(
    ("content", "test", "error", "sentence"),
    [
        ("a,b\n", None, EmptyDataError, "'train.csv' has a header and no rows"),
        ("a,b\n1,2\n", None, DataError, "'train.csv' has one row with values only. A model learns"),
        ("a,b\n1,2\n,\n", None, DataError, "bring at least two"),
        ("a,b\n,\n,\n", None, EmptyDataError, "Nothing is left of 2 rows: rule 'Empty row' took 2 of them"),
        ("a\n1\n2\n", None, UnreadableFileError, "'train.csv' has one column only ('a')"),
        (
            WIDE + WIDE + WIDE,
            None,
            DataError,
            f"'train.csv' has 3,000 columns; a table of cases may have {MOST_COLUMNS:,}",
        ),
        (pa.table({"customer_id": ["a", "b"]}), None, DataError, "'train.parquet' has no column besides 'customer_id'"),
        (pa.table({"a": [1, 2], "b": [[1], [2]]}), None, DataError, "Column 'b' of 'train.parquet' holds array values"),
        (
            pa.table({"a": [1, 2], "b": [b"1", b"2"]}),
            None,
            DataError,
            "Column 'b' of 'train.parquet' holds binary values",
        ),
        (
            "a,b\n1,2\n3,4\n",
            pa.table({"a": [1, 2], "b": [{"x": 1}, {"x": 2}]}),
            DataError,
            "Column 'b' of 'test.parquet' holds struct values",
        ),
        ("a,b,c\n1,2,3\n4,5,6\n", "a,b\n1,2\n", DataError, "'test.csv' has no column 'c', and 'train.csv' has."),
        ("a,b\n1,2\n4,5\n", "a,b,d\n1,2,3\n", DataError, "'test.csv' has a column 'd', and 'train.csv' has not."),
        ("a,b\n1,2\n4,5\n", "", EmptyDataError, "'test.csv' is empty"),
        ("a,b\n1,2\n4,5\n", "a,b\n", EmptyDataError, "'test.csv' has a header and no rows"),
        ("a,b\n1,2\n4,5\n", "a,b\n,\n", EmptyDataError, "Nothing is left of 1 rows: rule 'Empty row'"),
    ],
)
def test_bad_tables(
    content: str | pa.Table,
    test: str | pa.Table | None,
    error: type[DataError],
    sentence: str,
    label: Label,
    home: Path,
) -> None:
    """What is no table of cases is refused in a sentence that says what and what to do, and nothing is published."""
    with pytest.raises(error) as problem:
        label(content, test)
    assert sentence in str(problem.value)
    assert str(problem.value).endswith((".", "!"))
    assert list_datasets(home=home) == ()


def test_a_broken_row_is_named(label: Label) -> None:
    """A row with too many values is named with its file, in the test file as well."""
    with pytest.raises(UnreadableFileError, match=r"Row 2 of 'test.csv' \(not counting the header\) has 3 values"):
        label("a,b\n1,2\n3,4\n", "a,b\n1,2\n3,4,5\n")


def test_a_guess_never_says_cases(tmp_path: Path) -> None:
    """A file is proposed as orders, clicks, visits or customers; cases are a way on where nothing else fits."""
    for columns in (["a", "b"], ["customer_id", "age"], ["month", "weekend", "revenue"], ["case", "is_test"]):
        assert likely_kind(columns).name != "labelled"
    file = _file(tmp_path, "odd", "colour,size\nred,1\n")
    seen = preview(file, label="odd.csv")
    assert (seen.kind, seen.missing != ()) == ("orders", True)
    assert "bring it as cases with a known answer" in seen.warnings[-1]
    with pytest.raises(MissingColumnsError, match="bring it as cases with a known answer"):
        import_orders(file, name="odd", home=tmp_path)
    visits = _file(tmp_path, "visits", "visits,page\n1,/\n")
    with pytest.raises(MissingColumnsError):
        import_sessions(visits, name="odd", home=tmp_path)


def test_the_command(tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command says how many cases there are and how many for the test; what does not go with cases is refused."""
    monkeypatch.setenv("CLIENTELE_HOME", str(home))
    train = str(_file(tmp_path, "train", "a,b\n1,x\n1,x\n"))
    test = str(_file(tmp_path, "test", "a,b\n2,y\n"))
    run = CliRunner().invoke
    done = run(main, ["import", train, "--as", "labelled", "--name", "c", "--test", test, "--json"])
    told = json.loads(done.output)
    assert (told["kind"], told["cases"], told["test_cases"], told["rows_read"]) == ("labelled", 3, 1, 3)
    assert told["mapping"] == {"a": "a", "b": "b"}
    assert "3 cases, 1 of them for the test" in run(main, ["datasets"]).output
    wrong = {
        ("--as", "events", "--test", test): "It goes with --as labelled",
        ("--test", test): "It goes with --as labelled",
        ("--as", "labelled", "--currency", "GBP"): "--currency goes with orders",
        ("--as", "labelled", "--events", test): "--events goes with orders",
        ("--as", "labelled", "--gap", "5"): "It goes with --as events",
        ("--as", "labelled", "--rule", "empty_row=off"): "leave it out",
        ("--as", "labelled", "--map", "target=a"): "target",
        ("--as", "labelled", "--test", str(tmp_path / "gone.csv")): "gone.csv",
        (): "cases with a known answer come by --as labelled",
    }
    for options, sentence in wrong.items():
        failed = run(main, ["import", train, "--name", "c", *options])
        assert failed.exit_code == 1
        assert sentence in failed.output
        assert "Traceback" not in failed.output
    assert len(list_versions("c", home=home)) == 1


def test_an_impossible_mapping(label: Label) -> None:
    """Only the customer's number is a column of ours that a file may bring."""
    with pytest.raises(RequestError):
        label("a,b\n1,2\n3,4\n", mapping={"case": "a"})


def test_online_shoppers(real_data: Path, home: Path) -> None:
    """Online Shoppers (Sakar et al. 2018): 12,330 visits, 125 duplicates, 1,908 buyers, each column of its type."""
    manifest = import_labelled(real_data / "online_shoppers_intention.csv", name="cases", home=home)
    assert manifest.tables == {"labelled": 12_330}
    assert manifest.warnings == (
        "125 rows say exactly the same as an earlier one. They stay, and are kept on one side of every split.",
    )
    found = pq.read_table(open_version("cases", home=home).table_path("labelled"))
    assert sum(found["revenue"].to_pylist()) == 1_908
    types = {item.name: item.type for item in case_columns(open_version("cases", home=home))}
    assert len(types) == 18
    assert (types["month"], types["weekend"], types["revenue"]) == ("text", "true or false", "true or false")
    assert (types["page_values"], types["visitor_type"]) == ("number", "text")


def test_e_shop_clothing_by_month(real_data: Path, tmp_path: Path, home: Path) -> None:
    """E-shop clothing 2008: 151,326 clicks of April to July to learn from, 14,148 of August for the test."""
    header, *lines = (real_data / "e-shop clothing 2008.csv").read_text().splitlines()
    parts = {"train": [header], "test": [header]}
    for line in lines:
        parts["test" if line.split(";")[1] == "8" else "train"].append(line)
    train, test = (_file(tmp_path, name, "\n".join(rows) + "\n") for name, rows in parts.items())
    manifest = import_labelled(train, name="cases", test=test, home=home)
    assert (manifest.tables, manifest.test_cases) == ({"labelled": 165_474}, 14_148)
    found = pq.read_table(open_version("cases", home=home).table_path("labelled"))
    assert set(found.filter(found["is_test"])["month"].to_pylist()) == {8}
    assert found["case"].to_pylist() == list(range(1, 165_475))
    assert Counter(found["price_2"].to_pylist()) == {1: 84_695, 2: 80_779}
    assert manifest.mapping["price_2"] == "price 2"
    assert manifest.mapping["page_2_clothing_model"] == "page 2 (clothing model)"
    text = pacsv.read_csv(train, parse_options=pacsv.ParseOptions(delimiter=";"))
    assert found.slice(0, text.num_rows)["price"].to_pylist() == text["price"].to_pylist()


def test_marketing_campaign(real_data: Path, home: Path) -> None:
    """iFood: 2,240 customers × 29 columns, 24 incomes missing, 334 responses; days are days."""
    manifest = import_labelled(real_data / "marketing_campaign.csv", name="cases", home=home)
    columns = {item.heading: item for item in case_columns(open_version("cases", home=home))}
    assert (manifest.tables, len(columns)) == ({"labelled": 2_240}, 29)
    assert (columns["Income"].type, columns["Income"].missing) == ("number", 24)
    assert (columns["ID"].type, columns["Dt_Customer"].type) == ("customer", "day")
    found = pq.read_table(open_version("cases", home=home).table_path("labelled"))
    assert sum(found["response"].to_pylist()) == 334
