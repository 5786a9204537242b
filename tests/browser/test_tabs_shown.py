"""Each tab in a real browser: it says the analytics' numbers, complains of nothing, and fits the screen."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from analytics import rfm, trends
from analytics.behaviour.pages import load_page_clicks, page_table
from analytics.cohorts import cohort_table
from analytics.customers import customer_table
from analytics.datasets import open_version
from analytics.sources import open_source
from dashboard import formats
from dashboard.tabs import TABS
from tests.browser.visitors import JOB_MS, PHONE, WIDE, Visitor, address, settled, wait_for

LARGEST_FIRST_PAGE_BYTES = 2_000_000


def expected(tab: str) -> dict[str, str]:
    """What the analytics say of the sample shop: a place on the page → the text that is to be in it."""
    source = open_source("sample")
    table = rfm.with_segments(customer_table(source))
    total = formats.number(len(table))
    if tab == "overview":
        figures = {figure.name: figure.value for figure in trends.key_figures(trends.period_orders(source))}
        return {
            ".kpi:nth-child(1) .kpi-value": formats.compact(figures["customers"]),
            ".kpi:nth-child(2) .kpi-value": formats.compact_money(figures["revenue"], "EUR"),
            ".kpi:nth-child(3) .kpi-value": formats.compact(figures["orders"]),
        }
    if tab == "rfm":
        counts = rfm.summarise(table)["customers"]
        return {
            "#rfm-treemap-title": f"{total} customers",
            "#rfm-table tbody tr:nth-child(1) td:nth-child(2)": formats.number(counts.iloc[0]),
        }
    if tab == "customers":
        return {"#customers-count": f"{total} of {total} customers"}
    if tab == "clusters":
        return {"#clusters-cloud-title": f"{total} customers"}
    if tab == "cohorts":
        size = cohort_table(source).largest(24).size[0]  # of the row at the top
        return {"#cohorts-sentence": f"{total} customers in", "#cohorts-triangle .bartext": formats.number(size)}
    if tab == "trends":
        found = trends.concentration(table)
        best = found.of_best(0.2)
        assert best is not None
        return {
            "#trends-share-title": f"The best 20% of customers bring {formats.share(best.revenue_share, 0)}",
            "#trends-gini": formats.number(found.gini, 2),
        }
    if tab == "behaviour":
        pages = page_table(load_page_clicks(source, "page"))
        return {
            "#behaviour-pages-table tbody tr:nth-child(1) td:nth-child(1)": str(pages.index[0]),
            "#behaviour-pages-table tbody tr:nth-child(1) td:nth-child(2)": formats.number(pages["views"].iloc[0]),
        }
    if tab == "explore":
        return {"#explore-facts": formats.money(float(table.frame["revenue_total"].median()), "EUR", 2)}
    if tab == "models":
        return {"#models-question": "Who will not order in the next 90 days?"}
    about = open_version("sample").manifest
    return {"#data-ledger": f"{total} customers", "#data-datasets": formats.number(about.tables["orders"])}


def looks_whole(page: Page, tab: str) -> None:
    """The tab's numbers are there, its charts are drawn, and nothing sticks out sideways."""
    for place, text in expected(tab).items():
        expect(page.locator(place).first).to_contain_text(text, timeout=JOB_MS)
    for chart in page.locator(".dash-graph").all():
        expect(chart.locator(".main-svg, .gl-container canvas").first).to_be_attached()
    settled(page)
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
    expect(page.locator(".notices .toast")).to_have_count(0)


@pytest.mark.parametrize(
    ("viewport", "scheme"), [(WIDE, "light"), (PHONE, "dark")], ids=["wide and light", "phone and dark"]
)
@pytest.mark.parametrize("tab", TABS, ids=lambda tab: tab.id)
def test_each_tab_is_whole(
    tab: Any, viewport: dict[str, int], scheme: str, visit: Callable[..., Visitor], home: Path
) -> None:
    """On a wide screen and on a phone, light and dark, each tab shows the analytics' numbers and scrolls only downwards."""
    page = visit(viewport, scheme).open(tab.path)
    expect(page.locator("#shell-title")).to_have_text(tab.label)
    expect(page.locator("#shell-question")).to_have_text(tab.question)
    expect(page.locator("html")).to_have_attribute("data-bs-theme", scheme)
    expect(page).to_have_title(f"{tab.label} · Clientele")
    looks_whole(page, tab.id)


def test_complaints_are_heard(visitor: Visitor) -> None:
    """The tests here would notice a warning on the console, a file that is missing, and a request to another host."""
    page = visitor.open("/data")
    settled(page)
    assert visitor.complaints == []
    page.evaluate("console.warn('look')")
    page.evaluate("fetch('/assets/missing.css').then(() => 1)")
    page.evaluate("fetch('http://example.com/').catch(() => 1)")
    for complaint in ("console warning: look", "status 404", "Content Security Policy"):
        wait_for(
            lambda complaint=complaint: address(page) and complaint in " ".join(visitor.complaints),
            lambda complaint=complaint: f"'{complaint}' is not in {visitor.complaints}",
        )
    visitor.complaints.clear()


@pytest.mark.parametrize("viewport", [PHONE], ids=["phone"])
def test_the_menu_of_a_phone_leads_everywhere(viewport: dict[str, int], visit: Callable[..., Visitor]) -> None:
    """On a phone the tabs are behind a button, and the menu closes when one is chosen."""
    page = visit(viewport).open("/")
    expect(page.locator(".side")).to_be_hidden()
    page.locator("#shell-menu-button").click()
    page.locator(".offcanvas.show").get_by_role("link", name="Customers").click()
    expect(page.locator("#shell-title")).to_have_text("Customers")
    expect(page.locator(".offcanvas.show")).to_have_count(0)


def test_light_and_dark_are_a_choice_that_is_remembered(visitor: Visitor) -> None:
    """The switch changes page and charts at once, and a reload keeps it."""
    page = visitor.open("/")
    root, paper = page.locator("html"), page.locator("#overview-months .main-svg").first
    expect(root).to_have_attribute("data-bs-theme", "light")
    expect(paper).to_have_css("background-color", "rgb(255, 255, 255)")
    page.locator("#shell-theme-button").click()
    expect(root).to_have_attribute("data-bs-theme", "dark")
    expect(paper).not_to_have_css("background-color", "rgb(255, 255, 255)")
    page.reload()
    expect(root).to_have_attribute("data-bs-theme", "dark")
    expect(paper).not_to_have_css("background-color", "rgb(255, 255, 255)")
    page.locator("#shell-theme-button").click()
    expect(root).to_have_attribute("data-bs-theme", "light")


def test_the_keyboard_reaches_navigation_and_controls(visitor: Visitor) -> None:
    """With the tab key alone one gets to every tab and every control, in the order in which they stand, and Enter opens."""
    page = visitor.open("/")
    expect(page.locator(".kpi-value").first).to_be_visible()
    settled(page)
    seen: list[str] = []
    for _ in range(24):
        page.keyboard.press("Tab")
        seen.append(
            page.evaluate(
                "(() => { const e = document.activeElement;"
                " return e.getAttribute('href') || (e.closest('[id]') || {}).id || e.tagName; })()"
            )
        )
    paths = [place for place in seen if place.startswith("/")]
    assert paths[: len(TABS) + 1] == ["/", *(tab.path for tab in TABS)]
    controls = ["shell-copy", "shell-theme-button", "shell-dataset", "shell-as-of", "shell-countries", "shell-segments"]
    found = [next((n for n, place in enumerate(seen) if place.startswith(name)), None) for name in controls]
    assert None not in found, seen
    assert found == sorted(found), seen
    page.locator(".side a[href='/rfm']").focus()
    expect(page.locator(".side a[href='/rfm']")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#shell-title")).to_have_text("RFM")


def test_the_first_page_is_light(visit: Callable[..., Visitor]) -> None:
    """Everything that the first look at the sample shop transfers, Plotly's own script aside, is at most 2 MB."""
    visitor = visit()
    page = visitor.page()
    session = visitor.context.new_cdp_session(page)
    session.send("Network.enable")
    addresses: dict[str, str] = {}
    transferred: dict[str, int] = {}
    session.on(
        "Network.requestWillBeSent", lambda event: addresses.update({event["requestId"]: event["request"]["url"]})
    )
    session.on(
        "Network.loadingFinished",
        lambda event: transferred.update({event["requestId"]: int(event["encodedDataLength"])}),
    )
    visitor.go(page, "/")
    expect(page.locator("#overview-months .main-svg").first).to_be_visible()
    expect(page.locator("#overview-segments .main-svg").first).to_be_visible()
    settled(page)
    page.wait_for_load_state("networkidle")
    by_address = {addresses[number]: size for number, size in transferred.items()}
    plotly = [address for address in by_address if re.search(r"plotly[^/]*\.min\.", address)]
    assert len(plotly) == 1
    rest = sum(size for address, size in by_address.items() if address not in plotly)
    assert 100_000 < rest <= LARGEST_FIRST_PAGE_BYTES, sorted(by_address.items(), key=lambda item: -item[1])[:8]
