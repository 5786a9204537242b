"""The picture of the groups in a browser: flat on a phone, drawn around with a mouse, and still there after a redraw."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from analytics.request import AnalysisRequest
from analytics.segmentation import segment
from analytics.sources import open_source
from tests.browser.visitors import PHONE, Visitor, fits, settled, still, wait_for

CLOUD = "#clusters-cloud"
LINE = [(0.3, 0.3), (0.6, 0.25), (0.7, 0.6), (0.45, 0.75), (0.28, 0.6)]
"""A line around some customers, in shares of the picture's width and height."""


@pytest.fixture(autouse=True)
def found(home: Any) -> None:
    """Four groups have been found."""
    segment(AnalysisRequest("sample", algorithm="kmeans", k=4), open_source("sample"))


def draw(page: Page) -> None:
    """Draw the line by hand."""
    box = still(page, page.locator(f"{CLOUD} .draglayer .nsewdrag").first)
    places = [(box["x"] + box["width"] * x, box["y"] + box["height"] * y) for x, y in LINE]
    page.mouse.move(*places[0])
    page.mouse.down()
    for place in (*places[1:], places[0]):
        page.mouse.move(*place, steps=6)
    page.mouse.up()


def chosen_points(page: Page) -> int:
    """How many points stand out."""
    told: int = page.evaluate(
        f"""document.querySelector('{CLOUD} .js-plotly-plot')._fullData
        .reduce((sum, trace) => sum + (trace.selectedpoints ? trace.selectedpoints.length : 0), 0)"""
    )
    return told


def test_a_phone_shows_the_flat_picture(visit: Callable[..., Visitor]) -> None:
    """On a phone the groups are two-dimensional, each with its name beside it, and the page is no wider than the phone."""
    page = visit(PHONE).open("/clusters?dataset=sample&k=4")
    expect(page.locator(f"{CLOUD} .scatterlayer .trace")).to_have_count(4)
    expect(page.locator(f"{CLOUD} .gl-container canvas, {CLOUD} #scene")).to_have_count(0)
    for card in page.locator("#clusters-cards section h2").all():
        first = card.inner_text().split()[0].strip(",")
        expect(page.locator(f"{CLOUD} .annotation-text", has_text=first).first).to_be_visible()
    expect(page.locator("#clusters-dimensions")).to_be_hidden()
    expect(page.locator("#clusters-by-hand")).to_be_visible()
    fits(page, PHONE["width"])


def test_what_is_drawn_around_opens_as_people(visitor: Visitor) -> None:
    """A line around points says how many customers are inside, and opens them; the list that it leads to has as many."""
    page = visitor.open("/clusters?dataset=sample&k=4&clusters_dimensions=2")
    expect(page.locator(f"{CLOUD} .scatterlayer .trace")).to_have_count(4)
    expect(page.locator("#clusters-chosen")).to_be_hidden()
    draw(page)
    words = page.locator("#clusters-chosen-words")
    expect(words).to_contain_text(re.compile(r"[\d,]+ customers chosen"))
    settled(page)
    count = words.inner_text().split()[0]
    assert (
        abs(chosen_points(page) - int(count.replace(",", ""))) <= 5
    )  # the line is simplified; all customers are drawn
    page.get_by_role("button", name="See who they are").click()
    drawer = page.locator(".offcanvas.show")
    expect(drawer.locator(".drawer-figures strong").first).to_have_text(count)
    expect(drawer).to_contain_text("Lies in an area drawn in the picture of Recency, Orders and Revenue (PC1 and PC2)")
    drawer.get_by_role("link", name="Open in Customers").click()
    expect(page.locator("#customers-count")).to_contain_text(re.compile(rf"^{count} of "))


def test_what_is_drawn_stays_until_it_is_cleared(visitor: Visitor) -> None:
    """Another colour scheme draws the picture anew with the same customers chosen; Escape chooses nobody."""
    page = visitor.open("/clusters?dataset=sample&k=4&clusters_dimensions=2")
    expect(page.locator(f"{CLOUD} .scatterlayer .trace")).to_have_count(4)
    draw(page)
    words = page.locator("#clusters-chosen-words")
    expect(words).to_contain_text("customers chosen")
    settled(page)
    said, points = words.inner_text(), chosen_points(page)
    scheme = page.locator("html").get_attribute("data-bs-theme")
    page.locator("#shell-theme-button").click()
    expect(page.locator("html")).not_to_have_attribute("data-bs-theme", str(scheme))
    paper = f"document.querySelector('{CLOUD} .js-plotly-plot').layout.selections"
    wait_for(lambda: abs(chosen_points(page) - points) <= 5 and page.evaluate(f"{paper}.length") == 1, page.content)
    expect(words).to_contain_text(said.splitlines()[0])
    page.keyboard.press("Escape")
    expect(page.locator("#clusters-chosen")).to_be_hidden()
    wait_for(lambda: chosen_points(page) == 0 and not page.evaluate(f"({paper} || []).length"), page.content)


def test_what_is_cleared_does_not_come_back(visitor: Visitor) -> None:
    """Escape while the picture is being drawn anew, with what was chosen on it, chooses nobody all the same."""
    page = visitor.open("/clusters?dataset=sample&k=4&clusters_dimensions=2")
    expect(page.locator(f"{CLOUD} .scatterlayer .trace")).to_have_count(4)
    draw(page)
    expect(page.locator("#clusters-chosen-words")).to_contain_text("customers chosen")
    settled(page)
    page.evaluate(
        """() => {
        document.getElementById("shell-theme-button").click();
        return new Promise((after) => setTimeout(() => {
          document.dispatchEvent(new KeyboardEvent("keydown", { key: "Escape", bubbles: true }));
          after();
        }, 0));
        }"""
    )
    expect(page.locator("#clusters-chosen")).to_be_hidden()
    settled(page)
    expect(page.locator("#clusters-chosen")).to_be_hidden()
    paper = f"document.querySelector('{CLOUD} .js-plotly-plot').layout.selections"
    wait_for(lambda: chosen_points(page) == 0 and not page.evaluate(f"({paper} || []).length"), page.content)
