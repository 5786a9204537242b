"""Bad files get a sentence that helps, and nothing is published."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from analytics.datasets import list_versions, open_version
from analytics.errors import AnalyticsError, DataError, EmptyDataError, MappingError, RequestError, UnreadableFileError
from analytics.intake import import_orders, preview, readers
from analytics.schema import EVENTS
from tests.analytics.intake.conftest import Import, rows_of

HEADER = "customer_id,order_id,ordered_at,revenue,quantity\n"
GOOD = HEADER + "a,1,2011-12-09,5,1\n"


CASES: dict[str, tuple[bytes | str, str, type[AnalyticsError], str]] = {
    "empty": ("", "x.csv", EmptyDataError, "'x.csv' is empty"),
    "blank lines": ("\n\n \n", "x.csv", EmptyDataError, "'x.csv' is empty"),
    "header only": (HEADER, "x.csv", EmptyDataError, "a header and no rows"),
    "one word": ("hello\nworld\n", "x.csv", UnreadableFileError, "one column only"),
    "binary": (bytes(range(256)) * 40, "x.csv", UnreadableFileError, "not text"),
    "image": (b"\x89PNG\r\n\x1a\n" + b"\0" * 99, "x.csv", UnreadableFileError, "an image"),
    "PDF": (b"%PDF-1.7 and so on", "x.csv", UnreadableFileError, "a PDF"),
    "web page": ("<!DOCTYPE html><html><body>Sign in, please</body></html>", "x.csv", UnreadableFileError, "a web page"),
    "unknown suffix": (GOOD, "x.docx", UnreadableFileError, r"\.csv, .*\.xlsx"),
    "text called Parquet": (GOOD, "x.parquet", UnreadableFileError, "not a Parquet file"),
    "broken Parquet": (b"PAR1 and nothing behind it PAR1", "x.parquet", UnreadableFileError, "cannot be read as a table"),
    "text called Excel": (GOOD, "x.xlsx", UnreadableFileError, "not an Excel workbook"),
    "broken Excel": (b"PK\x03\x04 and nothing behind it", "x.xlsx", UnreadableFileError, "cannot be read as a table"),
    "ragged": (
        HEADER + "a,1,2011-12-09,5,1\n" * 3 + "a,1,2011-12-09,5,1,7\n" + "a,1,2011-12-09,5,1\n",
        "x.csv", UnreadableFileError, r"Row 4 of 'x.csv' \(not counting the header\) has 6 values where the header has 5",
    ),
    "short row": (HEADER + "a,1,2011-12-09,5,1\na,1\n", "x.csv", UnreadableFileError, "Row 2 .* has 2 values"),
    "missing column": ("customer_id,quantity\na,1\n", "x.csv", MappingError, "No column was recognised as ordered_at"),
    "not dates": (
        HEADER + "a,1,2011-12-09,5,1\n" * 1_203 + "a,1,2011-13-01,5,1\n" + "a,1,soon,5,1\n",
        "x.csv", DataError, r"'ordered_at' has 2 values that are not dates \(first: '2011-13-01' in row 1,204",
    ),
    "not numbers": (
        HEADER + "a,1,2011-12-09,5,1\na,2,2011-12-09,5,many\n", "x.csv", DataError,
        r"'quantity' has 1 value that is not a number \('many' in row 2, ",
    ),
    "no customers": (HEADER + ",1,2011-12-09,5,1\n" * 3, "x.csv", EmptyDataError, "rule 'No customer' took 3"),
    "all returned": (HEADER + "a,1,2011-12-09,-5,-1\n", "x.csv", EmptyDataError, "rule 'Returned goods' took 1"),
    "a value in the wrong century": (HEADER + "a,1,0211-12-09,5,1\n", "x.csv", DataError, "0211-12-09"),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_bad_file(case: str, bring: Import, home: Path) -> None:
    """The message says what is wrong; the version published before is still the only one, and whole."""
    bring(GOOD)
    content, label, error, message = CASES[case]
    with pytest.raises(error, match=message) as caught:
        bring(content, label=label)
    assert len(str(caught.value)) < 700
    assert len(list_versions("shop", home=home)) == 1
    assert [row["customer_id"] for row in rows_of(home, "orders")] == ["a"]
    assert not [path for path in (home / "datasets" / "shop").iterdir() if path.name.startswith(".")]


def test_a_workbook_that_unpacks_to_too_much(bring: Import, monkeypatch: pytest.MonkeyPatch) -> None:
    """A small zip that holds a huge sheet is refused before it is parsed, with both sizes."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"\0" * 2_100_000)
    monkeypatch.setattr(readers, "MOST_UNPACKED_BYTES", 2_000_000)
    with pytest.raises(UnreadableFileError, match="unpacks to 2,100,000 bytes; a workbook may have 2,000,000"):
        bring(content.getvalue(), label="x.xlsx")


def test_a_bad_first_import_leaves_no_dataset(bring: Import, home: Path) -> None:
    """Nothing is published where there was nothing."""
    with pytest.raises(EmptyDataError):
        bring(HEADER)
    assert list_versions("shop", home=home) == ()


def test_one_customer_and_one_order_are_enough(bring: Import) -> None:
    """The smallest shop is a shop."""
    manifest = bring(GOOD)
    assert manifest.tables == {"order_lines": 1, "orders": 1}
    assert (manifest.customers, manifest.revenue, manifest.currency) == (1, 5.0, "")


def test_the_label_is_never_a_path(bring: Import, home: Path, tmp_path: Path) -> None:
    """A label that looks like a path decides the format and nothing else."""
    before = {path for path in tmp_path.rglob("*") if home not in path.parents}
    manifest = bring(GOOD, label="../../etc/'; DROP TABLE orders; --.csv")
    assert manifest.source == "../../etc/'; DROP TABLE orders; --.csv"
    assert {path.name for path in tmp_path.rglob("*") if home not in path.parents} - {path.name for path in before} == {
        "0123456789abcdef", "home",
    }  # fmt: skip


@pytest.mark.parametrize("name", ["orders [1].csv", "what's *new?.csv"])
def test_odd_paths(name: str, tmp_path: Path) -> None:
    """Brackets, quotes and stars in the file's own path mean nothing."""
    folder = tmp_path / "it's [a] *home"
    folder.mkdir()
    (folder / name).write_text(GOOD)
    (folder / name.replace("*", "x").replace("[1]", "1")).write_text("a file that the pattern would match as well")
    assert import_orders(folder / name, name="shop", home=folder).customers == 1


def test_rules_are_checked(bring: Import) -> None:
    """An unknown rule, or one that cannot be switched off, is refused by name."""
    with pytest.raises(RequestError, match="no cleaning rule 'tidy'"):
        bring(GOOD, rules={"tidy": True})
    with pytest.raises(RequestError, match="'no_customer' cannot be switched off"):
        bring(GOOD, rules={"no_customer": False})


def _parquet(path: Path, columns: dict[str, list[object]]) -> Path:
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.table(columns), path)
    return path


def test_companions(bring: Import, home: Path, tmp_path: Path) -> None:
    """Customers keep their further columns, events get the canonical types, and ids match those of the orders."""
    customers = _parquet(tmp_path / "c", {"customer_id": [17850.0, 2.0], "age": [31, 47]})
    events = _parquet(tmp_path / "e", {"visitor_id": [1, 2], "occurred_at": ["2011-12-09 08:26:00"] * 2, "odd": [1, 2]})
    manifest = bring(HEADER + "17850,1,2011-12-09,5,1\n", customers=customers, events=events)
    assert manifest.tables == {"order_lines": 1, "orders": 1, "customers": 2, "events": 2, "sessions": 2}
    assert (manifest.first_event_on, manifest.last_event_on) == ("2011-12-09", "2011-12-09")
    assert rows_of(home, "customers") == [{"customer_id": "17850", "age": 31}, {"customer_id": "2", "age": 47}]
    assert tuple(rows_of(home, "events")[0]) == EVENTS.names  # what no canonical column has is not kept of clicks
    assert [(row["visitor_id"], row["click_count"]) for row in rows_of(home, "sessions")] == [("1", 1), ("2", 1)]


def test_clicks_of_nobody(bring: Import, tmp_path: Path) -> None:
    """A click without a visitor and without a visit of its own is left out, and a sentence says how many there are."""
    events = _parquet(tmp_path / "e", {"visitor_id": ["1", None], "occurred_at": ["2011-12-09 08:26:00"] * 2})
    manifest = bring(HEADER + "17850,1,2011-12-09,5,1\n", events=events)
    assert (manifest.tables["events"], manifest.tables["sessions"]) == (1, 1)
    assert [sentence for sentence in manifest.warnings if sentence.startswith("Of 2 rows of 'e' 1 were removed.")]


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"number": [1]}, "No column was recognised as customer_id"),
        ({"customer_id": ["a", "a"]}, "customer 'a' 2 times"),
        ({"customer_id": [None]}, "rule 'No customer' took 1"),
        ({"customer_id": ["a"], "tags": [["x"]]}, "'tags' .* holds array values"),
    ],
)
def test_bad_customers(
    columns: dict[str, list[object]], message: str, bring: Import, home: Path, tmp_path: Path
) -> None:
    """A customers file that does not fit is refused, and the orders with it."""
    with pytest.raises(DataError, match=message):
        bring(GOOD, customers=_parquet(tmp_path / "c", columns))
    assert list_versions("shop", home=home) == ()


def test_preview_of_an_unmapped_file(tmp_path: Path) -> None:
    """A preview does not fail for want of a column: it shows the rows and says what is missing."""
    file = tmp_path / "x"
    file.write_text("who,when\na,2011-12-09\n")
    seen = preview(file, label="x.csv")
    assert (seen.columns, seen.rows) == (("who", "when"), (("a", "2011-12-09"),))
    assert seen.missing == ("customer_id", "ordered_at", "revenue")


def test_progress_only_grows(bring: Import) -> None:
    """Progress goes from 0 to 1 with a sentence each time."""
    told: list[tuple[float, str]] = []
    bring(GOOD, progress=lambda fraction, sentence: told.append((fraction, sentence)))
    assert [fraction for fraction, _ in told] == sorted(fraction for fraction, _ in told)
    assert told[-1][0] == 1
    assert all(sentence for _, sentence in told)


def test_an_unknown_failure_is_not_swallowed(bring: Import, home: Path) -> None:
    """What nobody foresaw comes out as it is, and nothing is published."""

    def fail(fraction: float, sentence: str) -> None:
        if fraction > 0.6:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        bring(GOOD, progress=fail)
    with pytest.raises(AnalyticsError):
        open_version("shop", home=home)
