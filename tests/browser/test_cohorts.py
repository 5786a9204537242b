"""Cohorts in a real browser: a cell opens into its people, and they leave as a list."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
from playwright.sync_api import expect

from analytics.cohorts import cohort_table
from analytics.sources import open_source
from dashboard import formats
from tests.browser.test_gestures import choose
from tests.browser.visitors import Visitor, address, in_link, point_at, settled, wait_for


def test_a_cell_opens_into_people_who_leave_as_a_list(visitor: Visitor, home: Path, tmp_path: Path) -> None:
    """Click a cell: the drawer says who they are and how many; the export has as many rows."""
    found = cohort_table(open_source("sample"), None, "category")
    page = visitor.open("/cohorts?dataset=sample&cohort_by=category&cohort_cell=customers")
    active = formats.number(found.active[0, 1])
    cell = page.locator("#cohorts-triangle .bartext", has_text=active).first
    point_at(page, cell, page.locator("#cohorts-triangle .hoverlayer"), " customers ordered: ")
    page.mouse.down()
    page.mouse.up()
    drawer = page.locator("#shell-drawer-body")
    expect(drawer).to_contain_text(f"First bought from {found.labels[0]} and ordered again in the month after")
    expect(drawer.locator(".drawer-figures")).to_contain_text(active)
    with page.expect_download() as download:
        drawer.get_by_text("Export CSV").click()
    download.value.save_as(tmp_path / "list.csv")
    assert len(pd.read_csv(tmp_path / "list.csv")) == found.active[0, 1]


def test_another_kind_is_in_the_link_and_in_the_file(visitor: Visitor, home: Path, tmp_path: Path) -> None:
    """Choose countries: the chart, the link and the table that is taken along change with it."""
    found = cohort_table(open_source("sample"), None, "country")
    page = visitor.open("/cohorts?dataset=sample")
    expect(page.locator("#cohorts-triangle-title")).to_contain_text("Of a month's new customers")
    choose(page, "cohorts-by", "First country")
    expect(page.locator("#cohorts-triangle-title")).to_contain_text("come back most")
    expect(page.locator("#cohorts-triangle .ytick").last).to_be_attached()
    wait_for(lambda: in_link(page, "cohort_by") == ["country"], lambda: address(page))
    settled(page)
    with page.expect_download() as download:
        page.locator("a[data-table='/export/table/cohorts.csv']").first.click()
    download.value.save_as(tmp_path / "cohorts.csv")
    frame = pd.read_csv(tmp_path / "cohorts.csv", keep_default_na=False)
    assert frame["cohort"].unique().tolist() == [key or "" for key in found.keys]
