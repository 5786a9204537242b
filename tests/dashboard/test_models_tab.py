"""The Models tab: its questions, its form, its job, and what it says of models that were trained."""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from dash import no_update
from dash.exceptions import PreventUpdate
from flask.testing import FlaskClient
from plotly import graph_objects as go

from analytics.datasets import open_version
from analytics.errors import NotFoundError, RequestError
from analytics.predict import PROBLEMS, Training, TrainingRequest, keep_training, learners_of, measures_of, problem
from analytics.predict import train as train_models
from analytics.predict.evaluation.model_words import doubts, findings
from analytics.predict.store.trainings import drop_training
from analytics.predict.targets import Target
from analytics.request import AnalysisRequest
from dashboard.components.basics import HIDDEN, SHOWN
from dashboard.results import model_curves, models, running
from dashboard.results.model_tables import MODEL_TABLES
from dashboard.state import View
from dashboard.tabs.models import TAB, compare, curves, cut, form, headline, questions, training
from dashboard.tabs.models.settings import SETTINGS, chosen_settings, setting_styles
from dashboard.tabs.models.typed import Typed, request_of
from dashboard.tabs.models.words import amount
from tests.dashboard.trainings import made_up
from tests.dashboard.visible import told

pytestmark = pytest.mark.usefixtures("home")

SAMPLE = View(AnalysisRequest("sample"))
SMALL = View(AnalysisRequest("small"))
SETTING_IDS = [{"type": "models-setting", "name": known.name} for known in SETTINGS]


def silent(_share: float, _sentence: str) -> None:
    """A job's report that nobody reads."""


@pytest.fixture(scope="module")
def kept(workspace: Path) -> Iterator[dict[str, Training]]:
    """A kept training of yes or no, and one of amounts; dropped afterwards."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CLIENTELE_HOME", str(workspace))
        made = {kind: keep_training(made_up(kind)) for kind in ("regression", "classification")}
        yield made
        for one in made.values():
            drop_training(one.id)


def view_of(one: Training, **options: str) -> View:
    return SAMPLE.choosing(model=one.id, **options)


def typed(**said: Any) -> Typed:
    """A form as it comes up, but for what a test types into it."""
    told_: dict[str, Any] = {
        "question": "churn", "horizon": 90, "target": None, "positive": None, "learners": [], "leave_out": [], "keep": [],
        "seed": "0", "ids": [], "values": [],
    }  # fmt: skip
    return Typed(**{**told_, **said})


# Questions and the form


def test_every_question_is_offered_or_says_what_it_lacks() -> None:
    """All problems have a card; those that a dataset cannot answer cannot be chosen, come last, and name what is missing."""
    about = open_version("small").manifest
    offered = questions.question_options(about, 30, "")
    assert {item["value"] for item in offered} == {known.name for known in PROBLEMS}
    off = [item["disabled"] for item in offered]
    assert off == sorted(off)
    for item in offered:
        missing = questions.lacking(problem(item["value"]), about)
        assert item["disabled"] == bool(missing)
        assert ("came without" in told(item["label"])) == bool(missing)
    churn = next(item for item in offered if item["value"] == "churn")
    assert "Who will not order in the next 30 days?" in told(churn["label"])


def test_the_form_asks_for_what_it_says() -> None:
    """Each choice of the form stands in the request, with the version and the day of the view."""
    view = View(AnalysisRequest("sample", as_of=open_version("sample").manifest.default_as_of))
    values = [{"folds": 3, "balance": "weight", "search_seconds": 30}.get(known.name) for known in SETTINGS]
    asked = request_of(
        typed(horizon=30, learners=["xgboost"], leave_out=["recency_days"], seed="7", ids=SETTING_IDS, values=values),
        view,
    )
    assert (asked.problem, asked.horizon_days, asked.models, asked.leave_out) == (
        "churn",
        30,
        ("xgboost",),
        ("recency_days",),
    )
    assert (asked.folds, asked.balance, asked.search_seconds, asked.seed) == (3, "weight", 30, 7)
    assert (asked.version, asked.as_of) == (open_version("sample").manifest.version, view.request.as_of)


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"question": None}, "Choose a question first"),
        ({"question": "classification"}, "came without what this question needs"),
        ({"seed": "x"}, "Seed: use a whole number"),
        ({"learners": ["linear"]}, "There is no model 'linear'"),
        ({"horizon": 100_000}, "not possible for horizon_days"),
        ({"leave_out": "recency_days"}, "not readable"),
    ],
)
def test_a_form_that_cannot_be_is_told_on_the_tab(said: dict[str, Any], sentence: str) -> None:
    """What is not possible is said beside the form, and no job is asked for."""
    states = typed(**said)
    fields = [getattr(states, name) for name in Typed.__dataclass_fields__]
    needed, problem_told = training.ask(1, *fields, SMALL.to_json())
    assert needed is no_update
    assert sentence in told(problem_told)


def test_settings_of_the_other_kind_of_question_are_not_asked() -> None:
    """Balance is for yes or no, the scale of amounts for amounts: neither is shown nor sent for the other."""
    styles = dict(zip([known.name for known in SETTINGS], setting_styles("regression", SETTING_IDS), strict=True))
    assert styles["balance"] == {"display": "none"}
    assert styles["target_scale"] == {}
    values = [known.choices[-1][0] for known in SETTINGS]
    assert "balance" not in chosen_settings("regression", SETTING_IDS, values)
    assert "target_scale" not in chosen_settings("classification", SETTING_IDS, values)


def test_another_question_brings_its_own_models() -> None:
    """Models of amounts do not stay chosen for a question of yes or no; how far ahead is asked only where it matters."""
    shown = form.show_fields(
        "churn", 60, None, None, ["ridge", "xgboost"], ["gone", "recency_days"], [], SETTING_IDS, SAMPLE.to_json()
    )
    assert [item["value"] for item in shown[8]] == [known.name for known in learners_of("classification")]
    assert shown[9] == ["xgboost"]
    assert shown[1] == {}
    assert shown[2] == {"display": "none"}
    assert "recency_days" in [item["value"] for item in shown[11]]
    assert shown[12] == ["recency_days"]
    assert shown[13] == shown[11]


def test_a_column_that_is_not_offered_is_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who looks for a column with one value only reads why it is not there; not where no column is asked for."""
    one = {"y": 1}
    for found, sentence in (
        (one, "'y' has one value only: there is nothing to learn."),
        ({"y": 1, "x": 1}, "These columns have one value only, so there is nothing to learn: 'y', 'x'."),
        ({"z": 0}, "Columns without any value: 'z'."),
    ):
        monkeypatch.setattr(form, "untellable_of", lambda _view, found=found: found)
        assert sentence in told(form.layout(SAMPLE))
    for question, style in (("churn", HIDDEN), ("classification", {})):
        assert form.show_fields(question, 60, None, None, [], [], [], SETTING_IDS, SAMPLE.to_json())[-1] == style


def test_a_yes_is_found_by_its_name_or_by_being_rare() -> None:
    """Of 0 and 1 it is 1 although it is more frequent; of two words the rarer one; of amounts nothing is offered."""
    assert form.usual_yes(Target("bought", True, ("1", "0"))) == "1"
    assert form.usual_yes(Target("left", False, ("stays", "goes"))) == "goes"
    columns = [Target("price", True), Target("colour", False, ("red", "blue")), Target("name", False)]
    assert [item.name for item in form.choosable(columns, problem("classification"))] == ["colour"]
    assert [item.name for item in form.choosable(columns, problem("regression"))] == ["price"]


# The job


def test_the_job_trains_keeps_and_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the form asks for is trained and kept, and the page then shows it at its first part."""
    made = made_up("classification", seed=3)
    asked: list[Any] = []

    def quick(request: Any, source: Any, **_: Any) -> Training:
        asked.append((request, source.name))
        return made

    monkeypatch.setattr(training, "train", quick)
    fields = [getattr(typed(), name) for name in Typed.__dataclass_fields__]
    needed, problem_told = training.ask(2, *fields, SAMPLE.to_json())
    assert problem_told is None
    ready = training.train_models(silent, json.loads(json.dumps(needed)))
    try:
        assert asked[0][0].problem == "churn"
        assert asked[0][1] == "sample"
        assert ready["click"] == needed["click"]
        change = training.show_new(ready, SAMPLE.choosing(learner="tree", models_part="kept").to_json())
        assert (change["model"], change["models_part"], change["learner"]) == (ready["model"], None, None)
        assert training.show_end(HIDDEN, ready, needed, SAMPLE.to_json()) is None
        assert "of another dataset" in told(training.show_end(HIDDEN, ready, needed, SMALL.to_json()))
        with pytest.raises(PreventUpdate):
            training.show_new(ready, SMALL.to_json())
    finally:
        drop_training(ready["model"])


def test_a_training_that_runs_is_told_to_who_lays_the_tab_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever reloads, or looks from another window, hears of it until it is over, and then sees what it left."""
    made = made_up("classification", seed=4)
    shown: list[Any] = []

    def watched(*_: Any, **__: Any) -> Training:
        shown.append(TAB.layout(SAMPLE))
        shown.append(training.look(1, [], SAMPLE.to_json()))
        return made

    monkeypatch.setattr(training, "train", watched)
    needed, _ = training.ask(3, *[getattr(typed(), name) for name in Typed.__dataclass_fields__], SAMPLE.to_json())
    before = [about.id for about in models.trainings_of("sample")]
    ready = training.train_models(silent, needed)
    try:
        page, (words, is_over, change) = shown
        sentence = "A training of this dataset has been running for 0 s: Who will not order"
        assert sentence in told(page)
        assert sentence in told(words)
        assert (is_over, change) == (False, no_update)
        words, is_over, change = training.look(2, before, SAMPLE.to_json())
        assert (words, is_over, change["model"], change["lay_out_anew"]) == (None, True, ready["model"], True)
        other = SAMPLE.choosing(model="sample.churn.0001")  # who has chosen one keeps it
        words, is_over, change = training.look(2, before, other.to_json())
        assert f"model={ready['model']}" in str(words)
        assert (is_over, change) == (True, no_update)
        assert "has been running" not in told(TAB.layout(SAMPLE))
        assert "nothing of it is kept" in told(training.look(3, [*before, ready["model"]], SAMPLE.to_json())[0])
    finally:
        drop_training(ready["model"])


def test_the_mark_of_a_process_that_died_does_not_count() -> None:
    """A job that was killed leaves its mark; neither it nor one that cannot be read is shown, and the next job clears them."""
    request = TrainingRequest("sample", problem="churn")
    version = open_version("sample")
    left = {"process": [os.getpid(), 1.0], "started": 1.0, "request": request.to_json()}  # an id that was given again
    folder = version.path.parent / "models"
    folder.mkdir(exist_ok=True)
    for number, content in enumerate((json.dumps(left), "{", "[]", '{"process": []}')):
        (folder / f"running-{number}.json").write_text(content, encoding="utf-8")
    assert running.running("sample") == ()
    with running.marked(request, "a job"):
        assert [one.request for one in running.running("sample")] == [request]
        assert training.stoppable("a job", SAMPLE.to_json()) == "a job"
        for job, view in (("another", SAMPLE), ("", SAMPLE), ("a job", SMALL)):
            with pytest.raises(PreventUpdate):
                training.stoppable(job, view.to_json())
        assert len(list(folder.glob("running-*"))) == 1
    assert not list(folder.glob("running-*"))


def test_a_training_that_cannot_be_is_said_on_the_tab() -> None:
    """Three months of orders are too few for a look of two years: the sentence is the analytics' own, and it stays."""
    needed, _ = training.ask(
        1, *[getattr(typed(horizon=365), name) for name in Typed.__dataclass_fields__], SMALL.to_json()
    )
    ready = training.train_models(silent, needed)
    from analytics.predict import training_request_from_json
    from analytics.sources import open_source

    with pytest.raises(Exception, match=r".") as problem_:
        train_models(training_request_from_json(needed["request"]), open_source("small"))
    assert ready["problem"] == str(problem_.value)
    assert ready["problem"] in told(training.show_end(HIDDEN, ready, needed, SMALL.to_json()))


def test_a_training_that_was_stopped_is_said() -> None:
    """While it runs nothing is said; once it has ended without leaving anything, that is said."""
    needed = {"request": {"dataset": "sample"}, "click": "train 2"}
    for ready in (None, {"model": "sample.churn.0009", "click": "train 1"}):
        assert training.show_end(SHOWN, ready, needed, SAMPLE.to_json()) is None
        assert "was stopped" in told(training.show_end(HIDDEN, ready, needed, SAMPLE.to_json()))
    assert training.show_end(HIDDEN, None, None, SAMPLE.to_json()) is None


def test_a_column_is_used_all_the_same(kept: dict[str, Training]) -> None:
    """The gesture asks for the same training with that column kept; for a column that was not left out it asks for nothing."""
    one = kept["classification"]
    view = view_of(one)
    assert "It is written after the purchase" in told(headline.layout(view, one))
    needed = training.ask_with("receipt", 1, view.to_json())
    assert needed["request"]["keep"] == ["receipt"]
    assert {**needed["request"], "keep": None} == {**one.request.to_json(), "keep": None}
    with pytest.raises(PreventUpdate):
        training.ask_with("pages", 1, view.to_json())


# What is shown


def test_without_data_or_models_the_tab_shows_the_way_on() -> None:
    """No dataset, no question that can be answered, no models: each is a sentence and never an empty page."""
    assert "Load your data" in told(TAB.layout(None))
    assert "No models of this dataset yet" in told(TAB.layout(SMALL))
    assert form.TRAIN in str(TAB.layout(SMALL))


def test_models_that_are_gone_or_changed_are_said(kept: dict[str, Training], home: Path) -> None:
    """A link to models that are not there, and models whose files were changed, give a sentence and no figures."""
    assert "These models cannot be shown" in told(TAB.layout(SAMPLE.choosing(model="sample.churn.9999")))
    with pytest.raises(NotFoundError, match="no model 'x'"):
        models.training_for(SAMPLE.choosing(model="x"))
    one = keep_training(made_up("classification", seed=5))
    folder = next(
        path for path in (home / "datasets" / "sample" / "models").glob("*classification") if one.id[-4:] in path.name
    )
    (folder / "evaluation.npz").write_bytes(b"changed")
    try:
        shown = told(TAB.layout(view_of(one)))
        assert "These models cannot be shown" in shown
        assert "Look at the newest models" in shown
        assert kept["classification"].id != one.id
    finally:
        drop_training(one.id)


def test_the_headline_is_the_analytics_own(kept: dict[str, Training]) -> None:
    """What the head of the tab says of the best model is what the analytics say: the answer, the rule of thumb, how sure."""
    for one in kept.values():
        said = findings(one)
        shown = told(headline.layout(view_of(one), one))
        for sentence in (said.headline, said.against, said.sureness, *doubts(one, one.contender())):
            assert sentence in shown
        for leak in one.leaks:  # once, with its reason
            assert shown.count(leak.column) == 1
            assert leak.reason in shown


def test_means_say_of_which_cases_they_are(kept: dict[str, Training]) -> None:
    """The mean of all cases stands beside that of the tested ones: each says whose it is."""
    one = kept["regression"]
    title, _, table = headline.show_balance(view_of(one).to_json(), "light")
    assert "of all cases" in title
    assert "the mean of all is" in title
    text = told(table)
    for label, target in (("learnt from", one.training_target), ("tested on", one.test_target)):
        assert f"Mean of those {label}" in text
        assert amount(float(target.mean()), one) in text
    assert "the amounts that it was tested on" in told(headline.layout(view_of(one), one))


def test_every_measure_of_every_model_is_in_the_table(kept: dict[str, Training]) -> None:
    """Rules of thumb come first; each heading explains itself; one row is picked, and the best is starred."""
    for one in kept.values():
        shown = compare.show_table(view_of(one).to_json())
        text = told(shown)
        for measure in measures_of(one.asked.kind):
            assert measure.label in text
        rows = shown.children[1].children
        assert len(rows) == len(one.baselines) + len(one.contenders)
        assert [row.className for row in rows[: len(one.baselines)]] == ["off"] * len(one.baselines)
        assert [row.className for row in rows].count("pickable picked") == 1
        assert text.count("★") == 1


def test_a_row_and_a_dot_choose_a_model(kept: dict[str, Training]) -> None:
    """Another model is looked at by its row or its dot; the best needs no name in the link, and a rule is nothing to look at."""
    one = kept["classification"]
    other = next(known.name for known in one.contenders if known.name != one.best)
    view = view_of(one)
    assert compare.choose_learner(other, view.to_json())["learner"] == other
    assert compare.choose_learner(one.best, view.choosing(learner=other).to_json())["learner"] is None
    assert compare.choose_dot({"points": [{"customdata": other}]}, view.to_json())["learner"] == other
    for nothing in ({"points": [{"customdata": one.baselines[0].name}]}, None, {"points": 3}):
        with pytest.raises(PreventUpdate):
            compare.choose_dot(nothing, view.to_json())


def test_figures_are_figures(kept: dict[str, Training]) -> None:
    """Every chart of the tab is one that Plotly takes, light and dark, with a title and a table behind it."""
    shows = {
        "classification": [
            curves.show_roc,
            curves.show_precision,
            curves.show_calibration,
            curves.show_gains,
            curves.show_lift,
        ],
        "regression": [curves.show_amounts, curves.show_errors, curves.show_gains, curves.show_lift],
    }
    for kind, one in kept.items():
        for show in (*shows[kind], headline.show_balance, compare.show_chart):
            for mode in ("light", "dark"):
                title, figure, table = show(view_of(one).to_json(), mode)
                assert title
                assert go.Figure(figure).data
                assert told(table)


def test_the_confusion_matrix_counts_as_by_hand(kept: dict[str, Training]) -> None:
    """At any place of the slider the four fields are those that counting gives, and they add up to all cases."""
    one = kept["classification"]
    best = one.contender()
    for percent in (5, 20.0, 55):
        title, figure, _, facts = cut.show_cut(percent, view_of(one).to_json(), "light")
        called, is_yes = best.scores >= percent / 100, one.test_target == 1
        by_hand = [
            (called & is_yes).sum(),
            (~called & is_yes).sum(),
            (called & ~is_yes).sum(),
            (~called & ~is_yes).sum(),
        ]
        drawn = [
            int(re.search(r"<b>([\d,]+)</b>", note["text"])[1].replace(",", ""))
            for note in figure["layout"]["annotations"]
        ]
        assert drawn == by_hand
        assert sum(drawn) == len(best.scores)
        assert f"{called.sum():,} of {len(called):,}" in title or not called.any()
        assert f"{by_hand[0] / is_yes.sum():.1%}" in told(facts)


def test_the_cut_off_is_kept_in_the_link(kept: dict[str, Training]) -> None:
    """Letting the slider go puts the cut-off into the link; at the model's own place it is taken out again."""
    one = kept["classification"]
    own = 100 * one.contender().threshold
    view = view_of(one)
    assert cut.choose_cut(1, view.to_json()) == {"models_cut": "1"}
    moved = view.choosing(models_cut="1")
    assert model_curves.cut_of(moved, one.contender()) == 0.01
    assert cut.go_back(1, moved.to_json()) == pytest.approx(own)
    assert cut.choose_cut(own, moved.to_json()) == {"models_cut": None}
    with pytest.raises(PreventUpdate):
        cut.choose_cut(own, view.to_json())
    assert model_curves.cut_of(view.choosing(models_cut="nonsense"), one.contender()) == one.contender().threshold


@pytest.mark.parametrize("largest", [0.0, 0.004, 0.03, 0.31, 0.97, 1.0])
def test_the_slider_is_as_fine_as_the_scores(largest: float) -> None:
    """It ends where the scores do, and has neither few places nor thousands."""
    most, step = cut.slider_range(largest)
    assert most >= min(100.0, 100 * largest)
    assert most <= 100.5
    assert most / step <= 260


def test_a_million_cases_are_called_while_one_drags(kept: dict[str, Training], monkeypatch: pytest.MonkeyPatch) -> None:
    """Moving the cut-off over a million test cases takes a few milliseconds: it does not sort them anew."""
    one = kept["classification"]
    random = np.random.default_rng(0)
    scores = random.random(1_000_000)
    large = replace(
        one,
        test_target=(random.random(1_000_000) < scores).astype(float),
        contenders=tuple(replace(known, scores=scores) for known in one.contenders),
    )
    monkeypatch.setattr(curves, "training_for", lambda _view: large)
    cut.show_cut(50, view_of(one).to_json(), "light")
    taken = []
    for percent in (10, 30, 60, 80, 90):
        started = time.process_time()
        cut.show_cut(percent, view_of(one).to_json(), "light")
        taken.append(time.process_time() - started)
    assert min(taken) < 0.05


def test_what_is_shown_can_be_taken_along(kept: dict[str, Training], client: FlaskClient) -> None:
    """Every table of the tab is a file for the kind of question that has it, and a sentence for the other."""
    for kind, one in kept.items():
        for name in MODEL_TABLES:
            reply = client.get(f"/export/table/{name}.csv?dataset=sample&model={one.id}")
            assert reply.status_code in {200, 400}, (name, reply.text)
            if reply.status_code == 400:
                assert "these models" in reply.text.lower(), (kind, name)
            else:
                assert len(reply.text.splitlines()) >= 2


def test_a_bad_measure_or_model_in_a_link_shows_the_usual(kept: dict[str, Training]) -> None:
    """A link may name a measure or a model that this training has not: the usual one is shown."""
    one = kept["classification"]
    view = view_of(one, models_measure="mae", learner="nobody")
    assert compare.measure_of(view, one).name == compare.measure_of(view_of(one), one).name
    assert models.contender_for(view, one).name == one.best
    with pytest.raises(RequestError):
        view.choosing(models_part="nowhere")


def test_models_that_came_meanwhile_are_not_chosen_against() -> None:
    """The list of models fires as it is laid out: what it shows then is no choice, whatever was trained since."""
    with pytest.raises(PreventUpdate):
        headline.choose_model("sample.churn.0001", "sample.churn.0001")
    assert headline.choose_model("sample.churn.0002", "sample.churn.0001")["model"] == "sample.churn.0002"


def test_a_page_that_is_laid_out_looks_for_no_training() -> None:
    """The clock fires once as it is laid out, also where nothing runs: what was kept before is not taken for new."""
    with pytest.raises(PreventUpdate):
        training.look(0, [], SAMPLE.to_json())
