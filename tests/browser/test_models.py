"""The Models tab in a browser: ask who will be lost, train, compare, move the cut-off; stop a training."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import Page, expect

from analytics.predict.store.trainings import list_trainings, open_training
from tests.browser.visitors import JOB_MS, Visitor, held_job, in_link, no_jobs, settled, wait_for


def choose_models(page: Page, *labels: str) -> None:
    """Choose models from the list of the form."""
    page.locator("#models-learners").click()
    for label in labels:
        page.get_by_role("option", name=label).click()
    page.keyboard.press("Escape")


def start(page: Page, *labels: str) -> None:
    """Ask who will be lost, and press the button."""
    settled(page)  # a form that is still being filled in folds again
    if not page.locator("#models-question").is_visible():
        page.locator(".models-form > summary").click()
    page.locator("#models-question label", has_text="Lost customers").click()
    settled(page)
    choose_models(page, *labels)
    page.locator("#models-train").click()


def training_page(visitor: Visitor, *labels: str) -> Page:
    """A page on which these models are being trained."""
    page = visitor.open("/models?dataset=sample")
    expect(page.locator("#models-train")).to_be_attached()
    start(page, *labels)
    expect(page.locator("#models-progress-label")).to_have_text(re.compile("Trying|Gathering"), timeout=JOB_MS)
    return page


def test_from_a_question_to_a_cut_off(visitor: Visitor, home: Path) -> None:
    """Two models are trained; their table, their curves and the four fields say what the kept training says."""
    page = training_page(visitor, "Logistic regression", "Decision tree")
    expect(page.locator("#models-table tbody tr")).not_to_have_count(0, timeout=2 * JOB_MS)
    expect(page).to_have_url(re.compile(r"model=sample\.churn\.\d{4}"))
    kept = open_training(list_trainings("sample")[0].id)
    rows = page.locator("#models-table tbody tr")
    expect(rows).to_have_count(len(kept.baselines) + len(kept.contenders))
    best = kept.contender()
    expect(page.locator("#models-table .picked")).to_contain_text(f"{best.figures['roc_auc']:.3f}")
    page.locator("#models-table .pickable:not(.picked) button").click()
    other = next(known for known in kept.contenders if known is not best)
    expect(page).to_have_url(re.compile(f"learner={other.name}"))
    expect(page.locator("#models-table .picked")).to_contain_text(other.about().label)

    page.locator("#models-part label", has_text="Curves").click()
    fields = page.locator("#models-confusion .annotation-text")
    called = (other.scores >= other.threshold) & (kept.test_target == 1)
    expect(fields.first).to_contain_text(f"{int(called.sum()):,}")
    expect(page.locator("#models-roc .scatterlayer .trace")).not_to_have_count(0)
    settled(page)
    page.locator("#models-cut [role=slider], .models-slider [role=slider]").last.focus()
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    wait_for(lambda: in_link(page, "models_cut"), lambda: "the cut-off is not in the link")
    settled(page)
    cut = float(in_link(page, "models_cut")[0])
    called = (other.scores >= cut / 100) & (kept.test_target == 1)
    expect(fields.first).to_contain_text(f"{int(called.sum()):,}")


def test_a_training_can_be_stopped(visitor: Visitor, home: Path) -> None:
    """Cancel ends the job and its process; nothing is kept, the page says so, and the button can be pressed again."""
    before = [about.id for about in list_trainings("sample")]
    page = training_page(visitor, "Random forest")
    with held_job(visitor.server):
        page.locator("#models-cancel").click()
        expect(page.locator("#models-busy")).to_be_hidden()
        no_jobs(visitor.server)
    expect(page.locator("#models-said")).to_contain_text("was stopped before it was done")
    expect(page.locator("#models-train")).to_be_enabled()
    assert [about.id for about in list_trainings("sample")] == before


def test_a_training_goes_on_over_a_reload(visitor: Visitor, home: Path) -> None:
    """Who reloads while models train is told so, and sees the models when they are there."""
    before = [about.id for about in list_trainings("sample")]
    page = training_page(visitor, "Logistic regression")
    with held_job(visitor.server):
        expect(page.locator("#models-running")).to_be_hidden()  # the bar says more
        page.reload()
        expect(page.locator("#models-running")).to_contain_text("A training of this dataset has been running for")
    wait_for(lambda: len(list_trainings("sample")) > len(before), lambda: "nothing was kept")
    new = list_trainings("sample")[0].id
    expect(page).to_have_url(re.compile(f"model={re.escape(new)}"), timeout=JOB_MS)
    expect(page.locator("#models-table tbody tr")).not_to_have_count(0)
    expect(page.locator("#models-running")).not_to_contain_text("running")


def test_a_training_can_be_stopped_after_a_reload(visitor: Visitor, home: Path) -> None:
    """The page that started it is gone: the one that came after it ends the job, and says that nothing is kept."""
    before = [about.id for about in list_trainings("sample")]
    page = training_page(visitor, "Random forest")
    with held_job(visitor.server):
        page.reload()
        page.locator("#models-running button", has_text="Cancel").click()
        no_jobs(visitor.server)
    expect(page.locator("#models-running")).to_contain_text("nothing of it is kept")
    assert [about.id for about in list_trainings("sample")] == before
