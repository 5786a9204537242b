"""The funnel in a browser: build one, click where people are lost, leave with the list."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pyarrow.csv
import pytest
from playwright.sync_api import Page, expect

from analytics.audiences import audience
from analytics.customers import CustomerTable, customer_table
from analytics.request import request_from_json
from analytics.rfm import with_segments
from analytics.sources import open_source
from dashboard import formats
from tests.browser.visitors import PHONE, Visitor, fits, settled, still


@pytest.fixture
def table(home: Path) -> CustomerTable:
    """The sample shop's customers, as the analytics have them."""
    return with_segments(customer_table(open_source("sample")))


def lost(table: CustomerTable, *steps: str) -> str:
    """How many customers were lost at the last of some steps, as the page writes it."""
    rule = {"did": "lost_in_funnel", "with": {"steps": list(steps), "step": len(steps)}}
    return formats.number(len(audience(request_from_json({"dataset": "sample", "where": rule}), table)))


def add_step(page: Page, label: str) -> None:
    """Add a step at the end, as a hand would."""
    settled(page)
    page.locator("#behaviour-funnel-add").click()
    page.locator(".dash-dropdown-search").fill(label)
    page.get_by_role("option", name=re.compile(rf"^{re.escape(label)} \(")).first.click()


def test_a_funnel_is_built_and_its_lost_are_taken_along(visitor: Visitor, table: CustomerTable) -> None:
    """Steps are taken away and added; a hatched bar opens the drawer with those lost there; the export has as many rows."""
    page = visitor.open("/behaviour?dataset=sample&behaviour_part=funnel")
    steps = page.locator("#behaviour-funnel-steps .chip")
    expect(steps).to_have_count(4)
    for step in ("Event: Purchase", "Page: Checkout"):
        settled(page)
        page.get_by_role("button", name=f"Remove: {step}").click()
        expect(steps.filter(has_text=step)).to_have_count(0)
    add_step(page, "Page: Basket")
    expect(steps).to_have_text(
        [re.compile("1. Event: View"), re.compile("2. Event: Cart"), re.compile("3. Page: Basket")]
    )
    settled(page)
    page.get_by_role("button", name="One step earlier: Page: Basket").click()
    expect(steps.nth(1)).to_contain_text("2. Page: Basket")
    settled(page)
    page.get_by_role("button", name="One step later: Page: Basket").click()
    expect(steps.nth(2)).to_contain_text("3. Page: Basket")

    count = lost(table, "event:view", "event:cart", "page:basket")
    bar = page.locator("#behaviour-funnel-bars .barlayer .trace").nth(1).locator(".point path").nth(1)
    expect(bar).to_be_visible()
    expect(page.locator("#behaviour-funnel-lost tr", has_text="Cart → Basket").locator("button")).to_have_text(count)
    still(page, bar)
    bar.click(force=True)
    drawer = page.locator(".offcanvas.show")
    expect(drawer).to_contain_text("Reached Cart and never Basket, within one visit")
    expect(drawer.locator(".drawer-figures strong").first).to_have_text(count)
    with page.expect_download() as started:
        drawer.get_by_role("link", name="Export CSV").click()
    rows = pyarrow.csv.read_csv(io.BytesIO(Path(started.value.path()).read_bytes()))
    assert formats.number(rows.num_rows) == count


def test_a_link_brings_the_funnel_back(visitor: Visitor) -> None:
    """Steps, their order and the time are in the address."""
    query = "steps=page%3Ahome&steps=event%3Acart&steps=event%3Acart&within=7d"
    page = visitor.open(f"/behaviour?dataset=sample&behaviour_part=funnel&{query}")
    expect(page.locator("#behaviour-funnel-steps .chip")).to_have_count(3)
    expect(page.locator("#behaviour-funnel-bars-title")).to_contain_text("of the visitors go no further")


def test_left_carts_open_into_those_to_remind(visitor: Visitor, table: CustomerTable) -> None:
    """The list of all who left a cart has the people that the analytics find."""
    rule = {"did": "left_cart", "with": {}}
    count = formats.number(len(audience(request_from_json({"dataset": "sample", "where": rule}), table)))
    page = visitor.open("/behaviour?dataset=sample&behaviour_part=carts")
    expect(page.locator("#behaviour-carts-people")).not_to_be_empty()
    settled(page)
    page.locator("#behaviour-carts-people").get_by_role("button", name="See who").last.click()
    expect(page.locator(".offcanvas.show .drawer-figures strong").first).to_have_text(count)


@pytest.mark.parametrize("part", ["funnel", "carts"])
def test_a_dataset_without_clicks_says_how_to_load_them(visitor: Visitor, part: str) -> None:
    """There is nothing to follow: the page says what it needs and where to get it."""
    page = visitor.open(f"/behaviour?dataset=nasty&behaviour_part={part}")
    expect(page.locator(".empty h2")).to_have_text("This needs clicks")
    expect(page.locator("#shell-content").get_by_role("link", name=re.compile("Data|Load")).first).to_be_visible()


@pytest.mark.parametrize("part", ["funnel", "carts"])
def test_a_phone_scrolls_down_and_not_sideways(visit: object, part: str) -> None:
    """On a phone the part is as wide as the screen."""
    visitor: Visitor = visit(PHONE)
    page = visitor.open(f"/behaviour?dataset=sample&behaviour_part={part}")
    expect(page.locator("#shell-content h2").first).not_to_be_empty()
    expect(page.locator(".js-plotly-plot .main-svg").first).to_be_visible()
    fits(page, PHONE["width"])
