"""How many groups: click a number and look at its groups; stop a search that takes too long."""

from __future__ import annotations

import contextlib
import re
from pathlib import Path

from playwright.sync_api import Page, expect

from analytics.datasets import open_version
from tests.browser.visitors import JOB_MS, Visitor, held_job, in_link, no_jobs, point_at, wait_for


def click_number(page: Page, place: int, k: int) -> None:
    """Click the point of the chart that has this place, as a hand would: go there, read what it is, and press.

    A chart that is just drawn anew does not notice; then a hand presses once more.
    """
    point = page.locator("#clusters-curves .scatterlayer .points path").nth(place)
    hover = page.locator("#clusters-curves .hoverlayer")

    def is_noticed() -> bool:
        point_at(page, point, hover, f"{k} groups")
        page.mouse.down()
        page.mouse.up()
        with contextlib.suppress(AssertionError):
            wait_for(lambda: in_link(page, "k") == [str(k)], lambda: "", 5_000)
            return True
        return False

    wait_for(is_noticed, lambda: f"pressing {k} groups does nothing")


def test_a_click_on_a_number_shows_its_groups(visitor: Visitor) -> None:
    """Clicking another number changes the link, the silhouettes and the cards to as many groups; a measure can be chosen."""
    page = visitor.open("/clusters?dataset=sample&clusters_part=number")
    expect(page.locator("#clusters-curves-title")).to_contain_text("groups are the best supported", timeout=JOB_MS)
    expect(page.locator("#clusters-curves-rule")).to_contain_text("the best mean rank is proposed")
    bands = page.locator("#clusters-silhouettes .scatterlayer .trace")
    expect(bands).to_have_count(2)
    for place, k in ((2, 4), (1, 3)):
        click_number(page, place, k)
        expect(bands).to_have_count(k, timeout=JOB_MS)
        expect(page).to_have_url(re.compile(rf"[?&]k={k}(&|$)"))
    page.locator("#clusters-curves-measure label", has_text="Gap").click()
    expect(page.locator("#clusters-curves .ytitle")).to_have_text("Gap, more is better")
    expect(page).to_have_url(re.compile("clusters_measure=gap"))
    page.locator("#clusters-part label", has_text="Groups").click()
    expect(page.locator("#clusters-cards section")).to_have_count(3)


def test_a_cancelled_panel_leaves_nothing(visitor: Visitor, home: Path) -> None:
    """Cancel stops the comparison of numbers and its process: nothing is kept, and the chart says that nothing is there."""
    cache = open_version("sample").path / "cache"
    no_jobs(visitor.server)
    before = sorted(cache.glob("panel-*.npz"))
    page = visitor.open("/clusters?dataset=sample&clusters_part=number&algorithm=mixture&seed=77")
    expect(page.locator("#clusters-progress-label")).to_have_text(
        re.compile("Trying|Measuring|Comparing|Drawing"), timeout=JOB_MS
    )
    with held_job(visitor.server):
        page.locator("#clusters-cancel").click()
        expect(page.locator("#clusters-busy")).to_be_hidden()
        no_jobs(visitor.server)
    expect(page.locator("#clusters-curves")).to_contain_text("There are no groups to show")
    expect(page.locator("#clusters-find")).to_be_enabled()
    expect(page.locator(".notices .toast")).to_have_count(0)
    assert sorted(cache.glob("panel-*.npz")) == before
