"""The dendrogram in a browser: its line is dragged, its buttons are pressed, and the groups follow."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from analytics.clusters import Tree, dendrogram
from analytics.clusters.dendrogram import span
from analytics.request import AnalysisRequest
from analytics.segmentation import segment
from analytics.sources import open_source
from tests.browser.visitors import JOB_MS, PHONE, Visitor, address, fits, in_link, point_at, settled, still, wait_for

ADDRESS = "/clusters?dataset=sample&algorithm=hierarchical&k=3&clusters_part=number"


@pytest.fixture
def tree(home: object) -> Tree:
    """The sample shop's tree, as the analytics have it."""
    found = segment(AnalysisRequest("sample", algorithm="hierarchical", k=3), open_source("sample"))
    assert found.clustering is not None
    return dendrogram(found.clustering.model)


def opened(visitor: Visitor) -> Page:
    """The page with the tree, once its branches have the colours of their groups."""
    page = visitor.open(ADDRESS)
    is_cut_into(page, 3)
    still(page, page.locator("#clusters-tree"))
    return page


def is_cut_into(page: Page, k: int) -> None:
    expect(page.locator("#clusters-tree-title")).to_have_text(f"This cut gives {k} groups", timeout=JOB_MS)
    expect(page.locator("#clusters-tree .legend .traces")).to_have_count(k)
    expect(page.locator("#clusters-busy")).to_be_hidden(timeout=JOB_MS)


def drag_to(page: Page, height: float, tree: Tree) -> None:
    """Take the line and drop it at a height, as the axis has it."""
    line = still(page, page.locator("#clusters-tree .shapelayer path").first)
    plot = still(page, page.locator("#clusters-tree .nsewdrag").first)
    top = page.evaluate("document.querySelector('#clusters-tree .js-plotly-plot').layout.yaxis.range[1]")
    across, up = line["x"] + 0.4 * line["width"], line["y"] + line["height"] / 2
    page.mouse.move(across, up)
    page.mouse.down()
    page.mouse.move(across, plot["y"] + plot["height"] * (1 - height / top), steps=8)
    page.mouse.up()


def press(page: Page, button: str, key: str) -> None:
    """Reach a button and press it, with the keyboard alone."""
    settled(page)
    page.locator(button).focus()
    expect(page.locator(button)).to_be_focused()
    page.keyboard.press(key)


def test_dragging_the_cut_gives_other_groups(visitor: Visitor, tree: Tree) -> None:
    """The line is dropped where five branches are crossed: five groups, in the tree, in the link and on their cards."""
    page = opened(visitor)
    drag_to(page, sum(span(tree, 5)) / 2, tree)
    is_cut_into(page, 5)
    wait_for(lambda: in_link(page, "k") == ["5"], lambda: address(page))
    drag_to(page, sum(span(tree, 2)) / 2, tree)
    is_cut_into(page, 2)
    page.locator("#clusters-part label", has_text="Groups").click()
    expect(page.locator("#clusters-cards section")).to_have_count(2)


def test_a_keyboard_cuts_the_tree_as_well(visitor: Visitor) -> None:
    """The buttons beside the tree are reached and pressed without a mouse, one group at a time."""
    page = opened(visitor)
    press(page, "#clusters-tree-more", "Enter")
    is_cut_into(page, 4)
    press(page, "#clusters-tree-fewer", "Space")
    is_cut_into(page, 3)


def test_a_branch_opens_the_people_of_its_group(visitor: Visitor, tree: Tree) -> None:
    """A click on a leaf lists as many customers as all leaves of its group have."""
    page = opened(visitor)
    hover = page.locator("#clusters-tree .hoverlayer")
    point_at(page, page.locator("#clusters-tree .scatterlayer .points path").first, hover, " customers")
    name = hover.locator("text").first.text_content() or ""
    count = re.search(r": ([\d,]+) customers", name)
    assert count
    assert int(count[1].replace(",", "")) in [int(tree.sizes[tree.groups == group].sum()) for group in range(3)]
    page.mouse.down()
    page.mouse.up()
    drawer = page.locator(".offcanvas.show")
    expect(drawer.locator(".drawer-figures strong").first).to_have_text(count[1])


def test_a_phone_shows_the_tree_too(visit: Callable[..., Visitor]) -> None:
    """On a phone the tree scrolls within its card, the page does not, and the buttons are there to cut it."""
    page = opened(visit(PHONE, "dark"))
    fits(page, PHONE["width"])
    page.locator("#clusters-tree-more").click()
    is_cut_into(page, 4)
