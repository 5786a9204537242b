"""What people do: click a number, pass on a link, load a file, look for groups, filter, export."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlencode

import pyarrow.csv
import pytest
from playwright.sync_api import Locator, Page, expect

from analytics import rfm
from analytics.audiences import audience
from analytics.customers import CustomerTable, customer_table
from analytics.datasets import erase_dataset, list_datasets, open_version
from analytics.errors import NotFoundError
from analytics.request import AnalysisRequest
from analytics.rules import Condition
from analytics.sources import open_source
from dashboard import formats
from tests.browser.visitors import JOB_MS, Visitor, address, held_job, in_link, no_jobs, settled, still, wait_for

SAMPLE = AnalysisRequest("sample")


@pytest.fixture
def table(home: Path) -> CustomerTable:
    """The sample shop's customers, as the analytics have them."""
    return rfm.with_segments(customer_table(open_source("sample")))


def counted(request: AnalysisRequest, table: CustomerTable) -> str:
    """How many customers a request keeps, as the page writes it."""
    return formats.number(len(audience(request, table)))


def choose(page: Page, control: str, *labels: str) -> None:
    """Choose in a dropdown, as a hand would."""
    settled(page)
    page.locator(f"#{control}").click()
    for label in labels:
        page.get_by_role("option", name=label).first.click()
    page.keyboard.press("Escape")
    expect(page.locator(".dash-dropdown-content")).to_have_count(0)


def says_count(page: Page, count: str) -> None:
    expect(page.locator("#customers-count")).to_contain_text(re.compile(rf"^{count} of "))


def open_tile(page: Page, tile: Locator) -> None:
    """Click a tile of the treemap, once a click on it opens its people."""
    expect(page.locator("#rfm-treemap .js-plotly-plot")).to_have_attribute("data-steady", "yes")
    still(page, tile)
    tile.click()


def test_a_tile_opens_into_its_people(visitor: Visitor, table: CustomerTable) -> None:
    """A click on a segment's tile opens the drawer with the segment's customers; the list that it leads to has as many."""
    count = counted(replace(SAMPLE, segments=("Champions",)), table)
    page = visitor.open("/rfm")
    open_tile(page, page.locator("#rfm-treemap g.slice", has_text="Champions").locator("path"))
    drawer = page.locator(".offcanvas.show")
    expect(drawer.locator(".drawer-figures strong").first).to_have_text(count)
    expect(drawer).to_contain_text("Segment is Champions")
    drawer.get_by_role("link", name="Open in Customers").click()
    expect(page.locator("#shell-title")).to_have_text("Customers")
    says_count(page, count)
    expect(page.locator(".offcanvas.show")).to_have_count(0)
    expect(page.get_by_label("Segment Filter Input")).to_have_value("Champions")
    expect(page.locator("#rfm-treemap")).to_have_count(0)


def test_a_link_gives_the_same_view_to_someone_else(visit: Callable[..., Visitor], table: CustomerTable) -> None:
    """Who opens the address of a filtered view in another browser sees the same customers and the same controls."""
    request = replace(SAMPLE, countries=("France",), segments=("Loyal", "Champions"))
    count = counted(request, table)
    page = visit().open("/customers")
    choose(page, "shell-countries", "France")
    choose(page, "shell-segments", "Loyal", "Champions")
    says_count(page, count)
    wait_for(lambda: len(in_link(page, "segment")) == 2, lambda: address(page))
    settled(page)
    other = visit().open(address(page))
    says_count(other, count)
    for name in ("shell-dataset", "shell-countries", "shell-segments"):
        chosen = page.locator(f"#{name}").inner_text()
        expect(other.locator(f"#{name}")).to_have_text(re.compile(re.escape(chosen).replace("\\\n", r"\s*")))
    expect(other.locator("#shell-countries")).to_contain_text("France")


def test_two_visitors_do_not_see_each_others_choices(visit: Callable[..., Visitor], table: CustomerTable) -> None:
    """What one person chooses stays in that person's browser, also when the other one goes on and reloads."""
    everyone = formats.number(len(table))
    mine, yours = visit().open("/customers"), visit().open("/customers")
    choose(mine, "shell-countries", "France")
    says_count(mine, counted(replace(SAMPLE, countries=("France",)), table))
    yours.reload()
    says_count(yours, everyone)
    yours.locator(".side").get_by_role("link", name="RFM").click()
    expect(yours.locator("#rfm-treemap-title")).to_contain_text(f"{everyone} customers")
    expect(mine.locator("#shell-countries")).to_contain_text("France")


def test_going_back_brings_the_view_back(visitor: Visitor, table: CustomerTable) -> None:
    """The browser's back button undoes a choice, in the list and in the control."""
    page = visitor.open("/customers")
    says_count(page, formats.number(len(table)))
    choose(page, "shell-countries", "France")
    says_count(page, counted(replace(SAMPLE, countries=("France",)), table))
    wait_for(lambda: in_link(page, "country") == ["France"], lambda: address(page))
    page.go_back()
    says_count(page, formats.number(len(table)))
    expect(page.locator("#shell-countries")).to_contain_text("All countries")


# The grid


def test_a_filter_in_the_grid_is_in_the_link_and_survives_a_reload(visitor: Visitor, table: CustomerTable) -> None:
    """What is typed above a column changes the count and the address, and is there again after a reload."""
    count = counted(replace(SAMPLE, where=Condition("country", "contains", "fran")), table)
    page = visitor.open("/customers")
    settled(page)
    page.get_by_label("Country Filter Input").fill("fran")
    says_count(page, count)
    wait_for(lambda: in_link(page, "where"), lambda: address(page))
    assert json.loads(in_link(page, "where")[0]) == {"column": "country", "is": "contains", "value": "fran"}
    page.reload()
    says_count(page, count)
    expect(page.get_by_label("Country Filter Input")).to_have_value("fran")
    expect(page.locator(".ag-center-cols-container .ag-row").first).to_contain_text("France")
    settled(page)
    page.get_by_role("button", name="Clear filters").click()
    says_count(page, formats.number(len(table)))
    expect(page.get_by_label("Country Filter Input")).to_have_value("")


@pytest.mark.parametrize(
    "where",
    [
        Condition("signed_up_on", "equal to", "2024-11-30"),
        Condition("order_count", "between", (3, 5)),
        Condition("days_between_orders_mean", "missing"),
        Condition("country", "one of", ("France", "Italy")),
    ],
    ids=lambda where: f"{where.column} {where.operator}",
)
def test_a_linked_filter_stays_when_the_grid_takes_it_over(
    where: Condition, visitor: Visitor, table: CustomerTable
) -> None:
    """A rule in the link, of text, numbers or days, or beyond the grid, is still the rule once the grid has its rows."""
    request = replace(SAMPLE, where=where)
    count = counted(request, table)
    first = audience(request, table)["customer_id"].iloc[0]
    page = visitor.open("/customers?" + urlencode({"dataset": "sample", "where": json.dumps(where.to_json())}))
    says_count(page, count)
    expect(page.locator(".ag-pinned-left-cols-container .ag-row[row-index='0']")).to_contain_text(first)
    settled(page)
    says_count(page, count)
    assert json.loads(in_link(page, "where")[0]) == where.to_json()


def test_the_exported_file_has_the_rows_of_the_grid(visitor: Visitor, table: CustomerTable) -> None:
    """The file behind the link has exactly the customers that the page counts, in the grid's order."""
    request = replace(SAMPLE, countries=("France",), where=Condition("order_count", "at least", 9))
    listed = audience(request, table)
    page = visitor.open(
        "/customers?" + urlencode({"country": "France", "where": json.dumps(request.where and request.where.to_json())})
    )
    says_count(page, formats.number(len(listed)))
    with page.expect_download() as started:
        page.get_by_role("link", name="Export CSV").click()
    content = Path(started.value.path()).read_bytes()
    assert started.value.suggested_filename == "sample-customers-2026-01-01.csv"
    rows = pyarrow.csv.read_csv(io.BytesIO(content))
    assert rows["customer_id"].to_pylist() == listed["customer_id"].tolist()


def test_names_that_are_code_are_shown_as_text(visitor: Visitor) -> None:
    """Scripts, pictures and formulas that are customers' names and countries stand there, letter for letter, and do nothing."""
    page = visitor.open("/customers?dataset=nasty")
    names = page.locator(".ag-pinned-left-cols-container")
    for name in ('=HYPERLINK("x")', "<script>document.title='run'</script>", "<img src=x onerror=alert(1)>"):
        expect(names.get_by_text(name, exact=True)).to_be_visible()
    settled(page)
    page.locator("#shell-countries").click()
    expect(page.get_by_role("option", name="<img src=x onerror=alert(1)>")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".dash-dropdown-content")).to_have_count(0)
    page.locator(".side").get_by_role("link", name="RFM").click()
    open_tile(page, page.locator("#rfm-treemap g.slice path").last)
    expect(page.locator(".offcanvas.show .drawer-figures")).to_be_visible()
    page.locator(".offcanvas.show .btn-close").click()
    page.locator(".side").get_by_role("link", name="Overview").click()
    page.locator("#overview-period label", has_text="All time").click()
    expect(page.locator(".kpi-value").first).to_have_text("4")
    expect(page).to_have_title("Overview · Clientele")
    assert page.locator("img[src='x']").count() == 0


# Files


@pytest.fixture
def forgotten(home: Path) -> Iterator[None]:
    """Datasets that the test publishes are erased after it, so that the sample shop is the newest one again."""
    before = {item.dataset for item in list_datasets()}
    yield
    for item in list_datasets():
        if item.dataset not in before:
            erase_dataset(item.dataset)


def test_an_uploaded_file_becomes_a_dataset(visitor: Visitor, forgotten: None, tmp_path: Path) -> None:
    """A file is chosen, looked at, imported with a bar, and shown on the overview."""
    file = tmp_path / "My Orders.csv"
    file.write_text(
        "Customer ID,Invoice,InvoiceDate,Quantity,UnitPrice\n"
        + "".join(f"c{row % 7},{row},2024-0{1 + row % 9}-11 10:00,2,{row}\n" for row in range(1, 60))
    )
    page = visitor.open("/data")
    page.locator("#data-upload input[type=file]").set_input_files(file)
    expect(page.locator("#data-preview")).to_contain_text("ordered at")
    expect(page.locator("#data-name")).to_have_value("my-orders")
    assert "my-orders" not in {item.dataset for item in list_datasets()}
    page.locator("#data-import").click()
    expect(page.locator("#data-datasets")).to_contain_text("my-orders (shown)", timeout=JOB_MS)
    expect(page.locator("#shell-dataset")).to_contain_text("my-orders")
    page.locator(".side").get_by_role("link", name="Overview").click()
    page.locator("#overview-period label", has_text="All time").click()
    expect(page.locator(".kpi-value").first).to_have_text("7")
    expect(page.locator(".kpi-value").nth(1)).to_have_text(formats.compact_money(2.0 * sum(range(1, 60)), ""))
    expect(page.locator(".notices .toast")).to_have_count(0)


def test_a_bad_file_shows_its_sentence_and_publishes_nothing(visitor: Visitor, home: Path, tmp_path: Path) -> None:
    """A file that is no order file says what it lacks, and its button waits."""
    file = tmp_path / "weather.csv"
    file.write_text("day,rain\n2024-01-01,3\n")
    before = [item.dataset for item in list_datasets()]
    page = visitor.open("/data")
    page.locator("#data-upload input[type=file]").set_input_files(file)
    expect(page.locator("#data-check .note")).to_contain_text("customer_id (who bought)")
    expect(page.locator("#data-import")).to_be_disabled()
    assert [item.dataset for item in list_datasets()] == before


def test_a_cancelled_import_publishes_nothing(visitor: Visitor, forgotten: None, tmp_path: Path) -> None:
    """Cancel stops the import and its process and says so; there is no dataset, and the file can be imported again."""
    file = tmp_path / "large.csv"
    lines = (f"c{row % 5_000},{row},2024-01-{1 + row % 28:02d},Cup {row % 900},2,{row % 97}" for row in range(60_000))
    file.write_text("customer,order,date,product,quantity,price\n" + "\n".join(lines) + "\n")
    no_jobs(visitor.server)
    page = visitor.open("/data")
    page.locator("#data-upload input[type=file]").set_input_files(file)
    page.locator("#data-import").click()
    with held_job(visitor.server):
        expect(page.locator("#data-busy")).to_be_visible()
        page.locator("#data-cancel").click()
        expect(page.locator("#data-busy")).to_be_hidden()
        no_jobs(visitor.server)
    expect(page.locator(".notices .toast")).to_contain_text("The import was cancelled. Nothing was changed")
    with pytest.raises(NotFoundError):
        open_version("large")
    expect(page.locator("#data-import")).to_be_enabled()
    expect(page.locator("body")).not_to_contain_text("Traceback")


# Clusters


def test_groups_appear_and_another_number_gives_as_many(visitor: Visitor) -> None:
    """Groups are found with a bar to watch; choosing a number gives that many cards at once, and a link with it."""
    no_jobs(visitor.server)
    page = visitor.open("/clusters?dataset=sample&seed=5")
    with held_job(visitor.server):
        expect(page.locator("#clusters-busy")).to_be_visible()
        expect(page.locator("#clusters-progress-label")).to_have_text(
            re.compile("Reading|Trying|Drawing|Describing|Starting")
        )
    cards = page.locator("#clusters-cards section")
    expect(cards.first).to_be_visible(timeout=JOB_MS)
    expect(page.locator("#clusters-busy")).to_be_hidden()
    for k in (3, 5):
        choose(page, r"\{\"algorithm\"\:\"kmeans\"\,\"name\"\:\"k\"\,\"type\"\:\"clusters-parameter\"\}", str(k))
        page.locator("#clusters-find").click()
        expect(cards).to_have_count(k, timeout=JOB_MS)
        expect(page.locator("#clusters-cloud-title")).to_contain_text(f"{k} groups")
        wait_for(lambda k=k: in_link(page, "k") == [str(k)], lambda: address(page))


def test_a_cancelled_search_for_groups_leaves_nothing(visitor: Visitor, home: Path) -> None:
    """Cancel stops the search and its process; nothing is kept, and nothing is complained about."""
    cache = open_version("sample").path / "cache"
    no_jobs(visitor.server)
    before = sorted(cache.glob("*.npz"))
    page = visitor.open("/clusters?dataset=sample&seed=6")
    with held_job(visitor.server):
        expect(page.locator("#clusters-busy")).to_be_visible()
        page.locator("#clusters-cancel").click()
        expect(page.locator("#clusters-busy")).to_be_hidden()
        no_jobs(visitor.server)
    expect(page.locator("#clusters-find")).to_be_enabled()
    expect(page.locator("#clusters-cards section")).to_have_count(0)
    expect(page.locator("body")).not_to_contain_text("Traceback")
    expect(page.locator(".notices .toast")).to_have_count(0)
    assert sorted(cache.glob("*.npz")) == before
