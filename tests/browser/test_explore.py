"""Explore in a browser: the map without another host, a click that opens people, a chart taken along, a phone."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from analytics.customers import CustomerTable, customer_table
from analytics.sources import open_source
from dashboard import formats
from tests.browser.visitors import PHONE, Visitor, address, fits, settled, still


@pytest.fixture
def table(home: Path) -> CustomerTable:
    """The sample shop's customers, as the analytics have them."""
    return customer_table(open_source("sample"))


def drawn(page: Page, chart: str) -> None:
    expect(page.locator(f"#{chart} .js-plotly-plot .main-svg").first).to_be_visible()
    expect(page.locator(f"#{chart}-title")).not_to_be_empty()
    settled(page)


def test_a_country_opens_into_its_people(visitor: Visitor, table: CustomerTable) -> None:
    """The map is drawn from our own shapes alone, and a click on a country shows its customers."""
    page = visitor.open("/explore?dataset=sample&explore_part=geography")
    shapes = page.locator("#explore-map .choroplethlayer .trace").nth(1).locator("path")
    expect(shapes).to_have_count(table.frame["country"].nunique())
    largest = page.locator("#explore-places .barlayer .point").first
    still(page, largest)
    largest.click(force=True)
    drawer = page.locator("#shell-drawer-body")
    country = table.frame["country"].value_counts()
    expect(drawer).to_contain_text(f"Country is {country.index[0]}")
    expect(drawer).to_contain_text(formats.number(int(country.iloc[0])))


@pytest.mark.parametrize("form", ["png", "svg"])
def test_a_chart_is_taken_along_as_a_picture(form: str, visitor: Visitor) -> None:
    """A button under the map saves it, with its title, and nothing is fetched from elsewhere for it."""
    page = visitor.open("/explore?dataset=sample&explore_part=geography")
    expect(page.locator("#explore-map .choroplethlayer path").first).to_be_attached()
    drawn(page, "explore-map")
    with page.expect_download() as waiting:
        page.locator(f"[data-chart=explore-map][data-form={form}]").click()
    assert re.fullmatch(rf"[\w-]+-of-customers-[\d-]+\.{form}", waiting.value.suggested_filename)
    content = Path(waiting.value.path()).read_bytes()
    assert content.startswith(b"\x89PNG" if form == "png" else b"<svg")
    if form == "svg":
        assert "of customers" in content.decode("utf-8")


def test_the_numbers_of_a_chart_are_those_of_the_view(visitor: Visitor, table: CustomerTable) -> None:
    """The CSV of a chart has the metric and the filters that the page's address has."""
    page = visitor.open("/explore?dataset=sample&explore_metric=order_count&country=France")
    drawn(page, "explore-distribution")
    with page.expect_download() as waiting:
        page.locator("[data-table]").first.click()
    lines = Path(waiting.value.path()).read_text("utf-8-sig").splitlines()
    assert lines[0].startswith('"order_count"')
    counted = sum(int(float(line.rsplit(",", 1)[1].strip('"'))) for line in lines[1:])
    assert counted == (table.frame["country"] == "France").sum()


def test_a_choice_goes_into_the_link_and_changes_the_chart(visitor: Visitor) -> None:
    """A part, a shape and a scale that are chosen are in the address; whoever opens it sees the same chart."""
    page = visitor.open("/explore?dataset=sample")
    drawn(page, "explore-distribution")
    page.locator("#explore-shape label", has_text="Violin").click()
    page.locator("#explore-scale label", has_text="Logarithmic").click()
    expect(page).to_have_url(re.compile("(?=.*explore_shape=violin)(?=.*explore_scale=log)"))
    expect(page.locator("#explore-distribution .scatterlayer .trace").first).to_be_attached()
    settled(page)
    title = page.locator("#explore-distribution-title").inner_text()
    other = visitor.open(address(page))
    expect(other.locator("#explore-distribution-title")).to_have_text(title)
    page.locator("#explore-part label", has_text="Relations").click()
    drawn(page, "explore-correlations")
    drawn(page, "explore-matrix")


def test_what_is_chosen_in_one_go_is_chosen(visitor: Visitor) -> None:
    """A choice that is made before the one before it was answered takes nothing back: a country, a shape and a scale."""
    page = visitor.open("/explore?dataset=sample")
    drawn(page, "explore-distribution")
    page.locator("#shell-countries").click()
    expect(page.get_by_role("option", name="France").first).to_be_visible()
    page.evaluate(
        """() => {
        const choose = (place, words) => [...document.querySelectorAll(place)].find((one) => one.textContent.includes(words));
        choose("[role=option]", "France").click();
        choose("#explore-shape label", "Violin").querySelector("input").click();
        choose("#explore-scale label", "Logarithmic").querySelector("input").click();
        }"""
    )
    expect(page).to_have_url(re.compile("(?=.*country=France)(?=.*explore_shape=violin)(?=.*explore_scale=log)"))
    expect(page.locator("#shell-countries")).to_contain_text("France")


@pytest.mark.parametrize(
    ("part", "scheme"),
    [
        ("distributions", "light"),
        ("relations", "dark"),
        ("geography", "light"),
        ("people", "dark"),
        ("pivot", "light"),
        ("completeness", "dark"),
    ],
)
def test_every_part_fits_a_phone(part: str, scheme: str, visit: Callable[..., Visitor]) -> None:
    """No part of the tab is wider than a phone, and none makes the page complain."""
    page = visit(PHONE, scheme).open(f"/explore?dataset=sample&explore_part={part}")
    expect(page.locator(".js-plotly-plot .main-svg").first).to_be_visible()
    fits(page, PHONE["width"])
