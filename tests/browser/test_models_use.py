"""From a model to its use: the line of highest profit, the model in use, the people above the line, and one case typed in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Page, expect

from analytics import rfm
from analytics.customers import customer_table
from analytics.predict import TrainingRequest, keep_training, train
from analytics.predict.scoring.columns import with_scores
from analytics.predict.store.trainings import drop_training, in_use, take_out_of_use
from analytics.request import AnalysisRequest
from analytics.sources import open_source
from dashboard import formats
from dashboard.results import targeting
from dashboard.results.chosen_model import chosen
from dashboard.state import View
from tests.browser.visitors import Visitor, in_link, settled

PATIENCE_MS = 120_000
"""Customers are scored and tables made anew meanwhile, on a computer that may have other work."""


@pytest.fixture
def model(home: Path) -> Iterator[str]:
    """A model of who will be lost, kept in the server's workspace; gone afterwards."""
    asked = TrainingRequest("sample", problem="churn", models=("logistic",))
    training = keep_training(train(asked, open_source("sample"), made_at="2026-03-01T10:00:00+00:00"))
    yield training.id
    for one in in_use("sample"):
        take_out_of_use(one.training)
    drop_training(training.id)


def part(visitor: Visitor, model: str, name: str, **options: str) -> Page:
    page = visitor.page()
    page.set_default_timeout(PATIENCE_MS)
    page.goto(
        f"{visitor.server.address}/models?{urlencode({'dataset': 'sample', 'model': model, 'models_part': name, **options})}"
    )
    expect(page.locator("#models-holder > *").first).to_be_visible(timeout=PATIENCE_MS)
    return page


def test_from_profit_to_the_people_above_the_line(visitor: Visitor, model: str) -> None:
    """The best line is drawn, the model is put in use, and the list that opens has as many as score above the line."""
    view = View(AnalysisRequest("sample")).choosing(model=model, profit_cost="2", profit_worth="30", profit_won="25")
    one = chosen(view)
    assert one is not None
    line = targeting.line(view, one)
    page = part(visitor, model, "profit", profit_cost="2", profit_worth="30", profit_won="25")
    title = page.locator("#models-profit-title")
    expect(title).to_contain_text(re.compile(f"best {line.share:.1%} brings most"), timeout=PATIENCE_MS)
    expect(page.locator("#models-profit-meeting")).to_contain_text(f"{line.cases:,} customers")
    page.locator("#models-profit-use").click()
    opens = page.locator("#models-profit-list button")
    expect(opens).to_contain_text(re.compile(r"See the [\d,]+ customers"), timeout=PATIENCE_MS)
    table = with_scores(rfm.with_segments(customer_table(open_source("sample"))))
    threshold = int(line.threshold * 10_000) / 10_000
    count = formats.number(int((table.frame["score_churn"] >= threshold).sum()))
    expect(opens).to_contain_text(count)
    opens.click()
    drawer = page.locator(".offcanvas.show")
    expect(drawer.locator(".drawer-figures strong").first).to_have_text(count, timeout=PATIENCE_MS)
    drawer.get_by_role("link", name="Open in Customers").click()
    expect(page.locator("#customers-count")).to_contain_text(re.compile(rf"^{count} of "), timeout=PATIENCE_MS)


def test_one_case_is_answered_while_it_is_typed(visitor: Visitor, model: str) -> None:
    """A real case fills the form and is answered; another number in a field is another answer, without a button."""
    page = part(visitor, model, "try")
    score = page.locator("#models-answer .case-score")
    expect(score).to_contain_text("%", timeout=PATIENCE_MS)
    page.locator("#models-example-take").click()
    expect(page.locator("#models-example-taken")).to_contain_text("In truth:", timeout=PATIENCE_MS)
    before = score.inner_text()
    field = page.locator(".case-fields input[inputmode=decimal]").first
    field.fill("1")
    expect(score).not_to_have_text(before, timeout=PATIENCE_MS)
    expect(page.locator("#models-reasons .js-plotly-plot")).to_be_visible(timeout=PATIENCE_MS)


def test_what_nobody_chose_is_not_in_the_link(visitor: Visitor, model: str) -> None:
    """Why finds the most important input after it was laid out, and draws its dependence; only a choice gets into the link."""
    page = part(visitor, model, "why")
    title = page.locator("#models-importance-title")
    expect(title).to_contain_text("The model goes by", timeout=PATIENCE_MS)
    first = re.sub(r"^The model goes by (.+?)( most, then by .+)?$", r"\1", title.inner_text())
    expect(page.locator("#models-dependence-title")).to_contain_text(first)
    page.locator("#models-part label", has_text="Compare").click()
    expect(page.locator("#models-compare-title")).not_to_be_empty()
    settled(page)
    assert in_link(page, "why_feature") == in_link(page, "models_measure") == []
