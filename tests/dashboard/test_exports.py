"""The download: exactly the rows of the grid, in its order, with nothing in it that a spreadsheet would run."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pytest
from flask.testing import FlaskClient
from python_calamine import CalamineWorkbook

from analytics.audiences import AUDIENCE_FORMATS, column_label
from analytics.datasets import open_version
from analytics.predict import keep_training
from analytics.predict.explaining.weighing import weigh
from analytics.predict.store.trainings import drop_training
from analytics.request import AnalysisRequest
from analytics.rules import AllOf, AnyOf, Condition, Not
from analytics.segmentation import compare, panel, segment
from analytics.sources import open_source
from dashboard import results, tabs
from dashboard.exports import TABLES
from dashboard.results import sides
from dashboard.state import View, grid_from_rule, to_query
from dashboard.tabs.customers import show_rows
from tests.dashboard.trainings import made_up

SAMPLE = AnalysisRequest("sample")
VIEWS = {
    "everyone": SAMPLE,
    "a country": replace(SAMPLE, countries=("France",)),
    "a segment": replace(SAMPLE, segments=("Champions", "Hibernating")),
    "found by words": replace(SAMPLE, search="anna"),
    "a rule": replace(
        SAMPLE,
        where=AllOf((Condition("order_count", "at least", 3), Condition("country", "starts with", "F"))),
    ),
    "a rule beyond the grid": replace(
        SAMPLE,
        where=AnyOf((Condition("revenue_total", "above", 2_000), Not(Condition("order_count", "at most", 9)))),
    ),
    "everything at once": replace(
        SAMPLE,
        countries=("Germany", "France"),
        where=Condition("revenue_total", "between", (50, 500)),
        search="e",
        sort="recency_days",
        descending=False,
    ),
    "ordered by a text": replace(SAMPLE, countries=("Italy",), sort="email", descending=False),
    "as of another day": AnalysisRequest("sample", as_of=date(2025, 3, 1), countries=("France",)),
    "nobody": replace(SAMPLE, search="nobody is called that"),
}


def rows_in(form: str, content: bytes) -> list[list[Any]]:
    """The cells of a file, headings first, as a spreadsheet would have them."""
    if form == "csv":
        options = pyarrow.csv.ReadOptions(use_threads=False)
        strings = pyarrow.csv.read_csv(io.BytesIO(content), options)
        texts = pyarrow.csv.ConvertOptions(
            column_types=dict.fromkeys(strings.column_names, pa.string()), strings_can_be_null=False
        )
        table = pyarrow.csv.read_csv(io.BytesIO(content), options, convert_options=texts)
        return [table.column_names, *map(list, zip(*(column.to_pylist() for column in table.columns), strict=True))]
    sheet: list[list[Any]] = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()
    return sheet


def in_grid(view: View) -> tuple[int, list[str]]:
    """How many customers the grid says that there are, and who they are, page after page."""
    asked = {
        "startRow": 0,
        "endRow": 500,
        "filterModel": grid_from_rule(view.request.where) or {},
        "sortModel": [{"colId": view.request.sort, "sort": "desc" if view.request.descending else "asc"}],
    }
    customers: list[str] = []
    while True:
        page = show_rows(asked, view.to_json())
        customers += [row["customer_id"] for row in page["rowData"]]
        if len(customers) >= page["rowCount"]:
            return page["rowCount"], customers
        asked |= {"startRow": len(customers), "endRow": len(customers) + 500}


@pytest.mark.parametrize("form", [form.name for form in AUDIENCE_FORMATS])
@pytest.mark.parametrize("name", VIEWS)
def test_the_file_is_the_grid(name: str, form: str, client: FlaskClient) -> None:
    """The file of a view has as many rows as the grid says, the same customers, in the same order."""
    view = View(VIEWS[name])
    count, customers = in_grid(view)
    reply = client.get(f"/export/customers.{form}{to_query(view)}")
    assert reply.status_code == 200
    heading, *rows = rows_in(form, reply.data)
    place = [str(text) for text in heading].index("customer_id")
    assert len(rows) == count
    assert [str(row[place]) for row in rows] == customers
    assert (count == 0) == (name == "nobody")


@pytest.mark.parametrize("form", AUDIENCE_FORMATS, ids=lambda form: form.name)
def test_a_file_says_what_it_is(form: Any, client: FlaskClient) -> None:
    """The file is named by its dataset and day, of its own type, downloaded, and not kept by the browser."""
    reply = client.get(f"/export/customers.{form.name}?dataset=small")
    assert reply.headers["Content-Type"] == form.media_type
    assert reply.headers["Content-Disposition"] == (f'attachment; filename="small-customers-2024-03-21{form.suffix}"')
    assert reply.headers["Cache-Control"] == "no-store"


def test_the_file_has_the_numbers_of_the_customers(client: FlaskClient) -> None:
    """Ada's three orders of €70 in all, and everyone else's, are in the file as numbers."""
    heading, *rows = rows_in("xlsx", client.get("/export/customers.xlsx?dataset=small").data)
    told = [dict(zip(heading, row, strict=True)) for row in rows]
    shown = [(row["customer_id"], row["order_count"], row["revenue_total"], row["country"]) for row in told]
    assert shown == [
        ("ada", 3, 70, "France"),
        ("cem", 2, 60, "Spain"),
        ("bo", 2, 50, "Spain"),
        ("dee", 1, 25, "Åland"),
    ]


@pytest.mark.parametrize("form", [form.name for form in AUDIENCE_FORMATS])
def test_formulas_arrive_as_text(form: str, client: FlaskClient) -> None:
    """From the shop's own file to the download, names that a spreadsheet would run are text with an apostrophe before it."""
    reply = client.get(f"/export/customers.{form}?dataset=nasty")
    heading, *rows = rows_in(form, reply.data)
    cells = {str(cell) for row in rows for cell in row}
    assert {'\'=HYPERLINK("x")', "'+1,2", "'-7", "'@SUM(A1)", "<script>alert(1)</script>"} <= cells
    texts = [str(row[[*heading].index(name)]) for row in rows for name in ("customer_id", "country")]
    assert len(texts) == 8
    assert not [text for text in texts if text.startswith(("=", "+", "-", "@", "\t", "\r"))]


def test_excel_holds_no_formulas_and_no_links(client: FlaskClient) -> None:
    """The workbook itself has no formula and no hyperlink in it."""
    import zipfile

    content = client.get("/export/customers.xlsx?dataset=nasty").data
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        sheet = parts.read("xl/worksheets/sheet1.xml").decode()
    assert "<row" in sheet
    assert "<f>" not in sheet
    assert "<hyperlink" not in sheet


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("?dataset=../../etc", "cannot be a dataset's name"),
        ("?dataset=unknown", "unknown"),
        ("?dataset=sample&version=../x", "../x"),
        ("?as_of=1999-01-01", "Nobody ordered before 1999-01-01"),
        ("?as_of=soon", "'soon' is not a day"),
        ("?sort=height", "Customers have no 'height' to sort by"),
        ("?where={}", "is not a rule"),
        ('?where={"column":"height","is":"above","value":3}', "Customers have no 'height'"),
        ('?where={"column":"revenue_total","is":"above","value":"much"}', "'much' is not"),
        ("?where=" + "[" * 7_000, "not readable"),
        ("?" + "x" * 9_000, "too long"),
        ("?search=%ff%fe%00", ""),
    ],
)
def test_a_bad_query_is_refused_with_a_sentence(query: str, says: str, client: FlaskClient) -> None:
    """What cannot be exported is refused in plain text, with a sentence that says why; nothing fails on our side."""
    reply = client.get(f"/export/customers.csv{query}")
    if says:
        assert reply.status_code == 400
        assert reply.mimetype == "text/plain"
        assert says in reply.text
        assert reply.text.endswith(".")
    else:
        assert reply.status_code == 200  # odd letters are looked for, and nobody is found
        assert len(rows_in("csv", reply.data)) == 1


@pytest.mark.parametrize("form", ["pdf", "exe", "csv.exe", "%2e%2e"])
def test_other_formats_are_refused(form: str, client: FlaskClient) -> None:
    """A format that does not exist is refused with those that do."""
    reply = client.get(f"/export/customers.{form}")
    assert reply.status_code == 400
    assert "csv, xlsx" in reply.text


def test_columns_of_the_file_are_those_of_the_customer_table(client: FlaskClient, home: Path) -> None:
    """Every column is exported, under its own name, which a label can be looked up for."""
    heading, *_ = rows_in("csv", client.get("/export/customers.csv?dataset=sample&search=anna").data)
    assert heading == list(results.customers(SAMPLE).frame.columns)
    assert all(column_label(name) for name in heading)


# The tables behind charts


@pytest.fixture(scope="module")
def trainings(workspace: Path) -> Iterator[dict[str, str]]:
    """A training of yes or no and one of amounts, the importance of their inputs known; dropped afterwards."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CLIENTELE_HOME", str(workspace))
        kept = {kind: keep_training(made_up(kind)) for kind in ("classification", "regression")}
        version = open_version("sample")
        for training in kept.values():
            weigh(version, training, training.contender())
        yield {kind: training.id for kind, training in kept.items()}
        for training in kept.values():
            drop_training(training.id)


@pytest.mark.parametrize("name", TABLES)
def test_every_table_can_be_taken_along(name: str, client: FlaskClient, trainings: dict[str, str]) -> None:
    """Each registered table comes as a CSV file with headings and rows, named by dataset, table and day."""
    asked = trainings["regression" if name in ("models_residuals", "models_errors") else "classification"]
    method = {"cluster_distances": "dbscan", "cluster_tree": "hierarchical"}.get(name, "kmeans")
    if name.startswith("cluster_"):
        panel(AnalysisRequest("sample", algorithm=method), open_source("sample"))
        segment(AnalysisRequest("sample", algorithm=method), open_source("sample"))
    if name == "cluster_sides":
        compare(AnalysisRequest("sample", algorithm=method), open_source("sample"), sides.chosen(View(SAMPLE)))
    reply = client.get(f"/export/table/{name}.csv?dataset=sample&algorithm={method}&model={asked}")
    assert reply.status_code == 200, reply.text
    as_of = results.resolved(SAMPLE).as_of
    assert reply.headers["Content-Disposition"] == f'attachment; filename="sample-{name}-{as_of}.csv"'
    heading, *rows = rows_in("csv", reply.data)
    assert len(set(heading)) == len(heading) > 1
    assert rows


def test_cards_name_tables_that_are_there() -> None:
    """The CSV link under each chart leads to a table."""
    pages = (Path(tabs.__file__).parent).rglob("*.py")
    named = {name for page in pages for name in re.findall(r'table_name="([^"]*)"', page.read_text("utf-8"))}
    assert named <= TABLES.keys()


def test_groups_that_nobody_has_found_are_no_table(client: FlaskClient) -> None:
    """Before groups are found (no other test finds any by this seed) their tables are a sentence with the next step."""
    reply = client.get("/export/table/cluster_ks.csv?dataset=small&seed=4000000001")
    assert reply.status_code == 400
    assert "Open the Clusters tab first" in reply.text


def test_the_scores_add_up_to_the_customers(client: FlaskClient) -> None:
    """The table behind the grid of scores has its 25 cells, which hold every customer."""
    _, *rows = rows_in("csv", client.get("/export/table/scores.csv?dataset=sample").data)
    assert len(rows) == 25
    assert sum(int(row[2]) for row in rows) == len(results.customers(SAMPLE).frame)


def test_a_table_is_of_the_view(client: FlaskClient) -> None:
    """Spain's months by hand: 40 in January, 60 in February, 10 in March, which the data covers in part, as January."""
    _, *rows = rows_in("csv", client.get("/export/table/months.csv?dataset=small&country=Spain").data)
    assert rows == [
        ["2024-01", "40", "1", "1", "true"],
        ["2024-02", "60", "2", "1", "false"],
        ["2024-03", "10", "1", "1", "true"],
    ]


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("nothing.csv", "There is no table 'nothing'. There is months, segments"),
        ("%2e%2e.csv", "There is no table '..'"),
        ("months.csv?dataset=unknown", "unknown"),
        ("months.csv?as_of=soon", "'soon' is not a day"),
    ],
)
def test_a_table_that_cannot_be_is_refused(path: str, says: str, client: FlaskClient) -> None:
    """A table that does not exist, or a query that means nothing, gets a sentence in plain text."""
    reply = client.get(f"/export/table/{path}")
    assert (reply.status_code, reply.mimetype) == (400, "text/plain")
    assert says in reply.text
