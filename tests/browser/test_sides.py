"""Two segmentations are kept and put side by side, in a real browser."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page, expect

from analytics.datasets import open_version
from analytics.request import AnalysisRequest
from analytics.segmentation import compare, drop, keep, pins, segment
from analytics.sources import open_source
from tests.browser.visitors import JOB_MS, Visitor, settled, still


def keep_on_page(page: Page, visitor: Visitor, name: str, k: int) -> None:
    """Keep k groups under a name. They are there already: finding them in a job has tests of its own."""
    segment(AnalysisRequest("sample", algorithm="kmeans", k=k), open_source("sample"))
    visitor.go(page, f"/clusters?dataset=sample&algorithm=kmeans&k={k}")
    expect(page.locator("#clusters-cards .card-box")).to_have_count(k, timeout=JOB_MS)
    settled(page)
    page.get_by_text("Keep these groups…").click()
    page.locator("#clusters-keep-name").fill(name)
    page.locator("#clusters-keep").click()
    expect(page.get_by_text(f"'{name}' is kept.")).to_be_visible()  # first, as it leaves by itself
    expect(page.locator("#shell-kept-box")).to_be_visible()


def test_two_are_kept_and_compared(visitor: Visitor, home: Path) -> None:
    """Keep three groups and, on the page, five; compare them by their names: the title has the index that the analytics have,
    a click on a band opens into its people, and the bar offers every kept segment."""
    page = visitor.page()
    try:
        three = AnalysisRequest("sample", algorithm="kmeans", k=3)
        keep(segment(three, open_source("sample")), three, "Three kinds", kept_at="2026-01-01T00:00:00Z")
        keep_on_page(page, visitor, "Five kinds", 5)
        visitor.go(
            page, "/clusters?dataset=sample&algorithm=kmeans&k=5&clusters_part=sides&sides=Three+kinds&sides=Five+kinds"
        )
        expect(page.locator("#clusters-sides-flows .sankey-node")).to_have_count(8, timeout=JOB_MS)
        found = compare(AnalysisRequest("sample"), open_source("sample"), ["Three kinds", "Five kinds"])
        expect(page.locator("#clusters-sides-cross-title")).to_contain_text(f"{found.pairs[0].adjusted_rand:.2f}")
        expect(page.locator("#clusters-sides-kept tbody tr")).to_have_count(2)
        node = page.locator("#clusters-sides-flows .sankey-node rect").first
        still(page, node)
        node.click(force=True)
        drawer = page.locator("#shell-drawer-body")
        expect(drawer).to_contain_text(f"Three kinds is {found.sides[0].segments[0]}")
        expect(drawer.locator(".drawer-figures")).to_contain_text(f"{found.sides[0].customers[0]:,}")
    finally:
        version = open_version("sample")
        for pin in pins(version):
            drop(version, pin.name)
