"""From a trained model to its use: profit and the list, why, one case, many cases, and the models that are kept."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate
from flask.testing import FlaskClient

from analytics.datasets import upload_path
from analytics.errors import RequestError
from analytics.predict import Training, TrainingRequest, keep_training, train_on
from analytics.predict.cases import Cases, features
from analytics.predict.explaining.importance import Importance
from analytics.predict.store.trainings import drop_training, in_use, list_trainings, put_in_use, take_out_of_use
from analytics.request import AnalysisRequest
from analytics.rules import rule_from_json
from dashboard.components.controls import unasked_id
from dashboard.results import asking, explaining, targeting
from dashboard.results.chosen_model import Chosen, chosen
from dashboard.state import View
from dashboard.tabs.models import bulk, card, compare, kept, one_case, profit, profit_list, profit_terms, why
from tests.dashboard.test_figures import numbers
from tests.dashboard.visible import told

pytestmark = pytest.mark.usefixtures("home")

SAMPLE = View(AnalysisRequest("sample"))
COUNT = 600


def silent(_share: float, _sentence: str) -> None:
    """A job's report that nobody reads."""


def made(problem: str, *, seed: int = 0) -> Training:
    """A training on cases that are made up: whoever looks at many pages says yes, or brings more."""
    random = np.random.default_rng(seed)
    pages = random.integers(0, 12, COUNT).astype(float)
    frame = pd.DataFrame(
        {
            "pages": pages,
            "minutes": random.exponential(4, COUNT).round(1),
            "device": random.choice(["desktop", "phone"], COUNT),
        }
    )
    is_yes = pages + random.normal(0, 2, COUNT) > 8
    target = is_yes.astype(float) if problem == "classification" else np.where(is_yes, 20 + pages, 0.0)
    cases = Cases(
        features(frame), target, pd.Series([f"v{number:03d}" for number in range(COUNT)]),
        positive="bought" if problem == "classification" else "", negative="left" if problem == "classification" else "",
    )  # fmt: skip
    models = ("logistic",) if problem == "classification" else ("linear",)
    asked = TrainingRequest("sample", problem=problem, target="bought", models=models, seed=seed)
    return train_on(cases, asked, "EUR", made_at=f"2026-03-0{seed + 1}T10:00:00+00:00")


@pytest.fixture(scope="module")
def model(workspace: Path) -> Iterator[str]:
    """A kept training of yes or no; dropped afterwards."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CLIENTELE_HOME", str(workspace))
        training = keep_training(made("classification"))
    yield training.id
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CLIENTELE_HOME", str(workspace))
        drop_training(training.id)


@pytest.fixture(scope="module")
def amounts(workspace: Path) -> Iterator[str]:
    """A kept training of amounts."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CLIENTELE_HOME", str(workspace))
        training = keep_training(made("regression"))
    yield training.id
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CLIENTELE_HOME", str(workspace))
        drop_training(training.id)


def seen(model: str, **options: Any) -> View:
    return SAMPLE.choosing(model=model, **options)


def one_of(view: View) -> Chosen:
    found = chosen(view)
    assert found is not None
    return found


# Profit


def test_the_line_is_where_most_is_left_over(model: str) -> None:
    """Contacting down to the best line brings more than any other share, reckoned by hand on the tested cases."""
    view = seen(model, profit_cost="2", profit_worth="10", profit_won="50")
    one = one_of(view)
    drawn = targeting.line(view, one)
    order = np.argsort(-one.contender.scores, kind="stable")
    by_hand = np.append(0.0, np.cumsum(5 * one.training.test_target[order] - 2))
    assert drawn.profit == pytest.approx(by_hand.max(), abs=1e-6)
    assert drawn.cost == pytest.approx(2 * drawn.cases)
    assert drawn.low <= drawn.profit <= drawn.high
    assert drawn.at_random == pytest.approx(by_hand[-1] * drawn.share)


def test_the_title_the_figure_and_the_meeting_say_the_same(model: str) -> None:
    """The share of the title is the one of the best point, and the sentence for the meeting has its profit and its bounds."""
    view = seen(model, profit_cost="2", profit_worth="10", profit_won="50")
    title, figure, table, meeting, _ = profit.show_profit(view.to_json(), "light", 0.0)
    drawn = targeting.line(view, one_of(view))
    assert f"best {drawn.share:.1%}" in title
    best = next(trace for trace in go.Figure(figure).data if trace.name == "best cut-off")
    assert best.x[0] == pytest.approx(drawn.share)
    said = told(meeting)
    for amount in (drawn.profit, drawn.low, drawn.high, drawn.at_random):
        assert profit.written(amount, "EUR") in said
    assert "As many at random" in said
    assert "100.0%" in told(table)


def test_the_line_can_be_moved_and_goes_back(model: str) -> None:
    """Slider and click put the line into the link; the best place takes it out again; where it is already nothing happens."""
    view = seen(model)
    assert profit.choose_cut(50, view.to_json()) == {"profit_cut": "0.5000"}
    assert profit.choose_point({"points": [{"customdata": "0.7000"}]}, view.to_json()) == {"profit_cut": "0.7000"}
    moved = view.choosing(profit_cut="0.5000")
    assert targeting.line(moved, one_of(moved)).share == pytest.approx(0.5)
    with pytest.raises(PreventUpdate):
        profit.choose_cut(50, moved.to_json())
    for back in (
        profit.choose_best(1, moved.to_json()),
        profit.choose_point({"points": [{"customdata": "best"}]}, moved.to_json()),
        profit.choose_cut(100 * targeting.best_line(view, one_of(view)).share, moved.to_json()),
    ):
        assert back == {"profit_cut": None}


def test_where_no_contact_pays_that_is_said(model: str) -> None:
    """A contact dearer than anything it brings leaves nobody above the line, and every card says so."""
    told_view = seen(model, profit_cost="100", profit_worth="10").to_json()
    title, _, _, meeting, _ = profit.show_profit(told_view, "dark", None)
    assert title == "No contact pays at these terms"
    assert "Contact nobody" in told(meeting)
    assert told(profit_list.show_who(told_view)) == "Nobody is above the line."
    assert told(profit_list.show_list(told_view, None)[0]) == "Nobody is above the line."


def test_where_contacts_cost_nothing_everyone_is_contacted(model: str) -> None:
    """Without costs the line is at the end, and nobody is left to compare with."""
    told_view = seen(model, profit_cost="0").to_json()
    title, *_ = profit.show_profit(told_view, "light", None)
    assert "No contact" not in title
    assert told(profit_list.show_who(told_view))


@pytest.mark.parametrize(
    ("option", "typed", "words"),
    [
        ("profit_cost", "abc", "The cost of a contact is a number, not 'abc'"),
        ("profit_cost", "-3", "The cost of a contact is from 0 to 1,000,000,000, not -3"),
        ("profit_cost", "2e9", "from 0 to 1,000,000,000, not 2,000,000,000"),
        ("profit_won", "120", "from 0 to 100, not 120"),
        ("profit_budget", "nan", "The budget is a number, not 'nan'"),
    ],
)
def test_terms_that_are_not_possible_are_a_sentence(model: str, option: str, typed: str, words: str) -> None:
    """What cannot be a cost or a share is said where the profit would be, by every card, and no chart has an empty frame."""
    told_view = seen(model, **{option: typed}).to_json()
    _, figure, _, meeting, _ = profit.show_profit(told_view, "light", None)
    assert words in told(meeting)
    assert len(go.Figure(figure).layout.annotations) == 1
    assert words in told(profit_list.show_who(told_view))
    assert words in told(profit_list.show_list(told_view, None)[0])
    assert profit.layout(seen(model, **{option: typed}))


def test_typed_terms_become_the_link_and_the_line_starts_anew(model: str) -> None:
    """Numbers are kept as they were typed, empty fields are nothing, and the old line means nothing under new terms."""
    view = seen(model, profit_cost="2", profit_cut="0.5000")
    asked = profit_terms.choose_terms(2.5, None, 10, None, view.to_json())
    assert asked == {
        "profit_cost": "2.5", "profit_worth": None, "profit_won": "10", "profit_budget": None, "profit_cut": None,
    }  # fmt: skip
    with pytest.raises(PreventUpdate):
        profit_terms.choose_terms(2.0, None, None, None, view.to_json())


def test_a_budget_ends_the_line(model: str) -> None:
    """With money for ten contacts ten are made, and a line moved beyond that is warned of."""
    view = seen(model, profit_cost="2", profit_worth="10", profit_won="100", profit_budget="20")
    assert targeting.line(view, one_of(view)).cases == 10
    _, _, _, meeting, _ = profit.show_profit(view.choosing(profit_cut="0.5").to_json(), "light", None)
    assert "beyond the budget of €20." in told(meeting)


def test_cases_above_the_line_are_a_file(model: str, client: FlaskClient) -> None:
    """Visits have no list of customers: the tested ones above the line are a CSV, the highest scores first."""
    view = seen(model)
    content, style = profit_list.show_list(view.to_json(), None)
    assert style == {"display": "none"}
    assert "models_targets" in json.dumps([part.to_plotly_json() for part in content], default=str)
    listed = targeting.targets_table(view)
    drawn = targeting.line(view, one_of(view))
    assert len(listed) == int((one_of(view).contender.scores >= drawn.threshold).sum())
    scores = listed.iloc[:, 1].to_numpy()
    assert (np.diff(scores) <= 0).all()
    assert set(listed["In truth"]) <= {"bought", "left"}
    reply = client.get(f"/export/table/models_targets.csv?dataset=sample&model={model}")
    assert reply.status_code == 200
    assert len(reply.text.strip().splitlines()) == len(listed) + 1


def test_amounts_have_a_margin(amounts: str) -> None:
    """Of amounts the worth is a share of them, in percent."""
    view = seen(amounts, profit_cost="1", profit_worth="50", profit_won="100")
    one = one_of(view)
    truth, order = one.training.test_target, np.argsort(-one.contender.scores, kind="stable")
    assert targeting.line(view, one).profit == pytest.approx(np.append(0.0, np.cumsum(0.5 * truth[order] - 1)).max())
    with pytest.raises(RequestError, match="from 0 to 100, not 400"):
        targeting.terms(seen(amounts, profit_worth="400"), one)


# Why


def test_importance_is_found_by_a_job_once(model: str) -> None:
    """The page asks for it once; when the job has kept it the bars are there, the weightiest input first."""
    told_view = seen(model).to_json()
    needed, ready = why.ask_for_weights(told_view, None)
    assert ready is None
    assert "appear here" in go.Figure(why.show_weights(told_view, None, "light")[1]).layout.annotations[0].text
    assert why.find_weights(silent, needed) == {"model": needed["model"]}
    _, ready = why.ask_for_weights(told_view, needed)
    assert ready == {"model": needed["model"]}
    title, figure, table, words = why.show_weights(told_view, ready, "light")
    assert title.startswith("The model goes by pages")
    assert go.Figure(figure).data[0].customdata[0] == "pages"
    assert "device" in told(table)
    assert "no cause" in told(words)


def test_dependence_is_of_the_chosen_input(model: str) -> None:
    """A number is a line that rises with the score, a text is bars; a click on a bar of importance chooses it."""
    view = seen(model, why_feature="pages")
    title, figure, _, _, shown, _ = why.show_dependence(view.to_json(), None, "light")
    assert shown == "pages"
    heights = numbers(next(trace for trace in figure["data"] if trace["type"] == "scatter")["y"])
    assert heights[-1] > heights[0]
    assert title.startswith("pages: from")
    device = why.choose_bar({"points": [{"customdata": "device"}]}, view.to_json())
    assert device == {"why_feature": "device"}
    figure = why.show_dependence(view.choosing(**device).to_json(), None, "dark")[1]
    assert set(go.Figure(figure).data[0].y) == {"desktop", "phone"}
    with pytest.raises(PreventUpdate):
        why.choose_bar({"points": [{"customdata": "no such input"}]}, view.to_json())


def test_what_nobody_chose_is_no_choice(model: str) -> None:
    """Controls whose default the data decides say what it is: the page asks for nothing when they are laid out."""
    view = seen(model)
    for module, control in ((compare, compare.MEASURE), (why, why.FEATURE)):
        found = {part.id: part for part in walked(module.layout(view)) if getattr(part, "id", None)}
        assert found[control].value
        assert found[unasked_id(control)].data == found[control].value
    chosen_measure = {
        part.id: part for part in walked(compare.layout(view.choosing(models_measure="f1"))) if hasattr(part, "id")
    }
    assert chosen_measure[compare.MEASURE].value == "f1"
    assert chosen_measure[unasked_id(compare.MEASURE)].data != "f1"


def walked(page: list[Any]) -> Iterator[Component]:
    """The components of a page."""
    for part in page:
        yield part
        yield from part._traverse() if isinstance(part, Component) else ()


def test_what_is_usual_is_the_most_important_input(model: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its dependence is drawn, it is Try it has its order, and does not claim it before it is known."""
    view = seen(model)
    one = chosen(view)
    assert one is not None
    found = (
        Importance("device", "device", 0.2, -0.1, 0.5),
        Importance("minutes", "minutes", 0.1, 0.05, 0.2),
        Importance("pages", "pages", 0.05, 0.01, 0.1),
    )
    monkeypatch.setattr(explaining, "weights", lambda _view, _one: found)
    title = why.show_weights(view.to_json(), None, "light")[0]
    assert title.startswith("The model goes by minutes most")
    assert why.show_dependence(view.to_json(), None, "light")[-2:] == ("minutes", "minutes")
    assert why.show_dependence(view.choosing(why_feature="pages").to_json(), None, "light")[-2:] == ("pages", "minutes")
    text = told(one_case.layout(view))
    assert "The weightiest inputs come first" in text
    assert text.index("device") < text.index("minutes") < text.index("pages")
    monkeypatch.setattr(explaining, "weights", lambda _view, _one: None)
    assert "weightiest" not in told(one_case.layout(view))


def test_a_model_that_is_gone_is_said_by_the_job(model: str) -> None:
    """The job of a model that was dropped meanwhile leaves a sentence."""
    left = why.find_weights(silent, {"model": "sample.classification.9999", "dataset": "sample", "version": None})
    assert "9999" in left["problem"]
    _, figure, _, words = why.show_weights(seen(model).to_json(), left, "light")
    assert go.Figure(figure).data
    assert words is not None


# One case


def fields_of(view: View) -> list[dict[str, str]]:
    return [{"type": one_case.FIELD, "name": item.name} for item in asking.ordered(one_of(view))]


def test_the_form_has_every_input_of_the_model(model: str) -> None:
    """A field for each input, numbers with the usual value, texts with their values."""
    shown = json.dumps([part.to_plotly_json() for part in one_case.layout(seen(model))], default=str)
    for item in one_of(seen(model)).training.inputs:
        assert item.name in shown
    assert "Usual:" in shown


def test_one_case_is_answered_as_it_is_typed(model: str) -> None:
    """The score is the model's own of that case; more pages raise it; the reasons add up to it."""
    view = seen(model)
    fields = fields_of(view)

    def score(pages: float) -> float:
        values = [{"pages": pages, "minutes": 2.0, "device": "phone"}[field["name"]] for field in fields]
        shown, scale, *_ = one_case.show_answer(values, "light", fields, view.to_json())
        assert go.Figure(scale).data
        answer = asking.answer(one_of(view), {"pages": pages, "minutes": 2.0, "device": "phone"})
        assert answer.usual + sum(part.effect for part in answer.reasons) == pytest.approx(answer.score, abs=1e-6)
        assert f"{answer.score:.1%}" in told(shown)
        return answer.score

    assert score(11) > score(1)


def test_an_empty_form_is_answered_too(model: str) -> None:
    """Without anything typed every input is missing, and the model says what it says then."""
    view = seen(model)
    shown, *_ = one_case.show_answer([None, "", None], "light", fields_of(view), view.to_json())
    assert "%" in told(shown)


def test_text_where_a_number_belongs_is_a_sentence(model: str) -> None:
    """Nonsense in a field is said in place of the score."""
    view = seen(model)
    fields = fields_of(view)
    values = ["many" if field["name"] == "pages" else None for field in fields]
    shown, *_ = one_case.show_answer(values, "light", fields, view.to_json())
    assert "'many' is no number" in told(shown)


@pytest.mark.parametrize(("typed", "shown"), [("1e30", "1 × 10³⁰"), ("-1e9", "-1,000,000,000"), ("0.0253", "0.0253")])
def test_any_number_can_be_tried(model: str, typed: str, shown: str) -> None:
    """However large or small: it is scored, and written in the chart, the table and the sentences as people write it."""
    view = seen(model)
    fields = fields_of(view)
    values = [{"pages": 8, "minutes": typed, "device": "phone"}[field["name"]] for field in fields]
    found = one_case.show_answer(values, "light", fields, view.to_json())
    assert shown in told(found[4])
    is_beyond = abs(float(typed)) > 100
    assert (f"minutes of {shown} is beyond what the model has seen" in told(found[0])) == is_beyond


def test_a_real_case_fills_the_form(model: str) -> None:
    """The values of a tested case come into the fields, its truth is said, and scoring them gives its score."""
    view = seen(model)
    one, fields = one_of(view), fields_of(view)
    values, said = one_case.take_example(1, "high", fields, view.to_json())
    told_values = {field["name"]: value for field, value in zip(fields, values, strict=True)}
    assert asking.answer(one, told_values).score == pytest.approx(one.contender.scores.max(), abs=1e-9)
    assert "In truth:" in said
    assert one_case.take_example(2, "high", fields, view.to_json())[1] != said
    usual = {item.name: item.usual for item in one.training.inputs}
    assert one_case.usual_case(1, fields, view.to_json()) == ([usual[field["name"]] for field in fields], "")


# Many cases


def order_of(text: str, view: View, name: str = "cases.csv") -> dict[str, Any]:
    contents = "data:text/csv;base64," + base64.b64encode(text.encode()).decode()
    order, cleared = bulk.choose_cases(contents, name, view.to_json())
    assert cleared is None
    return order


def test_a_file_of_cases_is_scored_and_can_be_taken_along(model: str, client: FlaskClient) -> None:
    """The job scores each row as the form would; the download has all columns and the score; formulas are harmless."""
    view = seen(model)
    order = order_of("name,pages,minutes,device\n=1+1,11,2,phone\nbo,1,2,phone\n", view)
    scored = bulk.score_cases(silent, order)
    assert scored["rows"] == 2
    said = told(bulk.show_scored(scored, view.to_json()))
    assert "2 cases of 'cases.csv' are scored" in said
    cut = one_of(view).contender.threshold
    assert f"1 of them is 'bought' at the cut-off of {cut:.1%}: 50.0%." in said
    reply = client.get(f"/export/scored/{scored['token']}.csv")
    rows = [line.split(",") for line in reply.text.replace('"', "").strip().splitlines()]
    at = rows[0].index("score")
    assert rows[1][0] == "'=1+1"
    answer = asking.answer(one_of(view), {"pages": 11, "minutes": 2, "device": "phone"})
    assert float(rows[1][at]) == pytest.approx(answer.score, abs=1e-9)
    with pytest.raises(OSError, match="No such file"):
        upload_path(order["token"]).read_bytes()


@pytest.mark.parametrize(("pages", "answer"), [(11, "bought"), (1, "left")])
def test_a_single_case_has_an_answer_and_no_drift(model: str, pages: int, answer: str) -> None:
    """A file of one row is answered like a case; of its drift there is one sentence and no table."""
    view = seen(model)
    scored = bulk.score_cases(silent, order_of(f"pages;minutes;device\n{pages};2,5;phone\n", view))
    shown = bulk.show_scored(scored, view.to_json())
    said = told(shown)
    assert f"At the cut-off of {one_of(view).contender.threshold:.1%} the answer is '{answer}'." in said
    assert said.count("Too few cases to tell") == 1
    assert "Moved by" not in said


def test_many_cases_have_a_table_of_what_has_moved(model: str) -> None:
    """Cases that all look at many pages are others than those learnt from: the table is there, and open."""
    view = seen(model)
    rows = "".join(f"11,{1 + number % 7},phone\n" for number in range(80))
    shown = bulk.show_scored(bulk.score_cases(silent, order_of("pages,minutes,device\n" + rows, view)), view.to_json())
    assert "Too few cases" not in told(shown)
    assert shown[-1].open is True
    assert "80 of them are 'bought'" in told(shown)


def test_amounts_are_neither_yes_nor_no(amounts: str) -> None:
    """A model of amounts has no cut-off: what is said of its cases is their mean."""
    view = seen(amounts)
    scored = bulk.score_cases(silent, order_of("pages,minutes,device\n11,2,phone\n1,2,phone\n", view))
    said = told(bulk.show_scored(scored, view.to_json()))
    assert "The mean score is" in said
    assert "cut-off" not in said


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("minutes,device\n2,phone\n", "pages"),
        ("Pages,MINUTES,device\nmany,few,phone\n", "'MINUTES' ('few' in row 1), 'Pages' ('many' in row 1)"),
        ("pages,minutes,device\nmany,2,phone\n", "many"),
        ("", "cases.csv"),
    ],
)
def test_a_bad_file_is_one_sentence(model: str, text: str, words: str) -> None:
    """A column that is not there, a text where numbers were, nothing at all: each is said beside the file."""
    view = seen(model)
    scored = bulk.score_cases(silent, order_of(text, view))
    said = told(bulk.show_scored(scored, view.to_json()))
    assert "was not scored" in said
    assert words in said


def test_scores_are_not_a_way_to_other_files(client: FlaskClient) -> None:
    """Only tokens of ours are read, and an unknown one is a sentence."""
    for token in ("0" * 32, "x", ".."):
        reply = client.get(f"/export/scored/{token}.csv")
        assert reply.status_code == 400
        assert "again" in reply.text


# Kept models


def test_kept_models_are_listed_with_their_figures(model: str, amounts: str) -> None:
    """Every training of the dataset is in the list, with its best model and what it is ranked by."""
    shown = told(kept.layout(SAMPLE))
    assert model in shown
    assert amounts in shown
    assert "Logistic regression" in shown
    assert "Average precision" in shown


def test_two_trainings_stand_side_by_side(model: str, amounts: str) -> None:
    """Figures of the same measure are in one row; yes-or-no and amounts together are warned of; one alone is not compared."""
    both = seen(model, kept_models=(model, amounts))
    shown = told(kept.show_sides(both.to_json()))
    assert "cannot be compared" in shown
    assert "R²" in shown or "Mean absolute error" in shown
    alone = told(kept.show_sides(seen(model, kept_models=(model, "gone")).to_json()))
    assert "Choose two trainings" in alone


def test_dropping_asks_first(workspace: Path) -> None:
    """The first press asks, the second drops, also where the model is in use; what is gone is said when it is pressed again."""
    training = keep_training(made("classification", seed=4))
    told_view = SAMPLE.to_json()
    put_in_use(training.id)
    asked = kept.press("drop", training.id, told_view)
    assert "It is in use" in told(asked["asked"])
    assert training.id in {about.id for about in list_trainings("sample")}
    done = kept.press("really", training.id, seen(training.id).to_json())
    assert done["change"]["model"] is None
    assert training.id not in {about.id for about in list_trainings("sample")}
    with pytest.raises(RequestError):
        kept.press("use", training.id, told_view)


def test_a_model_can_be_used_rolled_back_and_stopped(model: str) -> None:
    """Another one in use takes the place of the first; rolling back brings the first again; stopping leaves none."""
    told_view, other = SAMPLE.to_json(), keep_training(made("classification", seed=5))

    def used() -> list[str]:
        return [one.training for one in in_use("sample") if one.problem == "classification"]

    try:
        kept.press("use", model, told_view)
        kept.press("use", other.id, told_view)
        assert used() == [other.id]
        assert "Roll back" in told(kept.layout(SAMPLE))
        kept.press("back", other.id, told_view)
        assert used() == [model]
        kept.press("stop", model, told_view)
        assert used() == []
    finally:
        for one in in_use("sample"):
            take_out_of_use(one.training)
        drop_training(other.id)


def test_a_tampered_model_is_shown_as_refused(workspace: Path) -> None:
    """A training whose files were changed is in the list with the reason, and can be dropped."""
    training = keep_training(made("classification", seed=6))
    number = training.id.rsplit(".", 1)[1]
    folder = workspace / "datasets" / "sample" / "models" / f"{number}-classification"
    manifest = folder / "manifest.json"
    manifest.write_text(manifest.read_text().replace("bought", "caught"))
    shown = told(kept.layout(SAMPLE))
    assert f"'{training.id}' is not used." in shown
    kept.press("really", training.id, SAMPLE.to_json())
    assert training.id not in told(kept.layout(SAMPLE))


def test_the_card_says_what_to_know(model: str) -> None:
    """The page of one model: question, data, every figure, how it was tested, what it reads, with a way back and to paper."""
    view = seen(model, models_part="kept", model_card="on")
    shown = told(kept.layout(view))
    training = one_of(view).training
    for words in (training.split, "Logistic regression", "pages", "scikit-learn", "Print", "no cause"):
        assert words in shown or words == "no cause"
    assert card.go_back(1, view.to_json()) == {"model_card": None, "lay_out_anew": True}


def test_without_a_model_each_part_says_so() -> None:
    """A dataset without trainings has a sentence in every part, and no part fails."""
    small = View(AnalysisRequest("small"))
    for part in (profit, why, one_case, kept):
        assert "model" in told(part.layout(small))


def test_a_rule_of_the_list_is_a_rule() -> None:
    """What the button of the list carries is a condition on the score."""
    rule = rule_from_json({"column": "score_churn", "is": "at least", "value": 0.4})
    assert rule.to_json()["column"] == "score_churn"
