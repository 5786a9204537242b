"""Scoring: one case, a frame and a file say the same of the same case, and what is wrong with them is said."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from analytics.customers import customer_table
from analytics.datasets import erase_dataset
from analytics.errors import DataError, MissingColumnsError, RequestError, StoreError
from analytics.predict import Training, TrainingRequest, keep_training, train_on
from analytics.predict.cases import Cases, features
from analytics.predict.inputs import checked_frame, inputs_of
from analytics.predict.learners import LEARNERS
from analytics.predict.scoring import files
from analytics.predict.scoring.columns import heading_of
from analytics.predict.scoring.drift import drift
from analytics.predict.scoring.scores import score_case, score_file, score_frame
from analytics.predict.store import trainings as store
from analytics.request import AnalysisRequest
from analytics.rules import Condition
from analytics.segmentation import scored
from analytics.selection import selected
from analytics.sources import open_source
from tests.analytics.predict.test_model_store import cases, trained
from tests.conftest import Publish, varied_shop

FIRST = pd.DataFrame({"noise": [0.5, None, -1.0], "pages": [9.0, 2.0, 4.0], "browser": ["a", "=c", None]})


@pytest.fixture
def kept(publish: Publish) -> Training:
    publish(varied_shop(6), name="shop")
    return keep_training(trained())


def rows(count: int) -> pd.DataFrame:
    frame = cases(count).frame.copy()
    return frame.assign(browser=frame["browser"].astype("string"))


def test_one_case_scores_as_it_does_in_bulk_and_in_a_file(kept: Training, tmp_path: Path) -> None:
    """The same case alone, in a frame and in a CSV file: one score, to the last bit, for either model."""
    frame = rows(150)
    frame.to_csv(tmp_path / "cases.csv", index=False)
    for one in kept.contenders:
        bulk = score_frame(one.fitted, frame)
        score_file(f"{kept.id}.{one.name}", tmp_path / "cases.csv", tmp_path / "out.csv")
        assert np.array_equal(pd.read_csv(tmp_path / "out.csv")["score"].to_numpy(), bulk)
        for row in range(5):
            told = {name: None if pd.isna(value) else value for name, value in frame.iloc[row].items()}
            assert score_case(kept, one.name, told).score == bulk[row]


def test_the_order_of_rows_and_columns_plays_no_part(kept: Training) -> None:
    """Turned round, every case keeps its score."""
    frame = rows(70)
    one = kept.contender("logistic").fitted
    assert np.array_equal(score_frame(one, frame[list(frame.columns)[::-1]].iloc[::-1])[::-1], score_frame(one, frame))


def test_reasons_add_up_to_the_score(kept: Training) -> None:
    """What the reasons start from, and all they add, is the score."""
    for one in kept.contenders:
        found = score_case(kept, one.name, {"pages": 8, "browser": "a"})
        assert found.usual + sum(part.effect for part in found.reasons) == pytest.approx(found.score, abs=1e-9)
        assert found.sentences
        assert f"{found.score:.1%}" in found.words


def test_what_is_typed_is_checked(kept: Training) -> None:
    """Numbers may come as text; a word instead of one is named, and so is an input that does not exist."""
    assert score_case(kept, "", {"pages": " 8 "}).score == score_case(kept, "", {"pages": 8, "noise": ""}).score
    with pytest.raises(RequestError, match="'many' is no number, and 'pages' needs one"):
        score_case(kept, "", {"pages": "many"})
    with pytest.raises(RequestError, match="no input 'colour'"):
        score_case(kept, "", {"colour": "red"})


def test_what_the_model_has_not_seen_is_noted(kept: Training, tmp_path: Path) -> None:
    """A new text and numbers beyond what was seen are notes with counts; missing values are none."""
    told = score_case(kept, "", {"pages": 400, "browser": "lynx"})
    assert any("beyond what the model has seen: 0 to 9" in note for note in told.notes)
    assert any("never seen 'lynx' as browser" in note for note in told.notes)
    frame = rows(20)
    frame.loc[[1, 2, 3], "browser"] = "lynx"
    frame.loc[[4, 5], "pages"] = [-1.0, 40.0]
    frame.assign(extra="x").to_csv(tmp_path / "cases.csv", index=False)
    notes = score_file(kept.id, tmp_path / "cases.csv", tmp_path / "out.csv").notes
    assert any("'browser' has values that the model has not seen in 3 rows (first: 'lynx')" in note for note in notes)
    assert any("below all that the model has seen in 1 row: -1" in note for note in notes)
    assert any("above all that the model has seen in 1 row: 40" in note for note in notes)
    assert any("extra" in note for note in notes)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("problem", ["classification", "regression"])
def test_every_learner_scores_any_number(problem: str) -> None:
    """A number too large for the floats that a learner computes with is as large as can be: there is a score and no warning."""
    names = tuple(
        one.name for one in LEARNERS if one.kind == problem and one.name not in ("boosting", "forest", "neural")
    )
    training = trained(problem, names)
    for one in training.contenders:
        for sign in ("", "-"):
            scores = {
                score_case(training, one.name, {"pages": sign + size, "browser": "a"}).score
                for size in ("1e30", "1e39", "1.7e308")
            }
            assert len(scores) == 1
            assert math.isfinite(scores.pop())


def test_a_file_comes_back_whole_and_harmless(kept: Training, tmp_path: Path) -> None:
    """All columns, the score and the answer; text that a spreadsheet would run is neutralised, and `score` is not overwritten."""
    FIRST.assign(score="mine").to_csv(tmp_path / "cases.csv", index=False)
    found = score_file(kept.id, tmp_path / "cases.csv", tmp_path / "out.csv")
    read = pd.read_csv(tmp_path / "out.csv")
    assert list(read.columns) == ["noise", "pages", "browser", "score", "score_2", "is_yes"]
    assert read["browser"].tolist()[1] == "'=c"
    assert read["score"].tolist() == ["mine"] * 3
    threshold = kept.contender().threshold
    assert read["is_yes"].tolist() == (read["score_2"] >= threshold).tolist()
    assert found.yes == read["is_yes"].sum()
    assert found.mean == pytest.approx(read["score_2"].mean())


@pytest.mark.parametrize("suffix", [".xlsx", ".parquet"])
def test_other_formats_are_read_as_well(kept: Training, tmp_path: Path, suffix: str) -> None:
    """A workbook and a Parquet file give the scores of the frame; a workbook can be written."""
    frame = (
        rows(12).replace({"browser": {"=c": "b"}}).drop(columns="noise").assign(noise=1.5)
    )  # pandas writes =c as a formula
    path = tmp_path / f"cases{suffix}"
    frame.to_excel(path, index=False, engine="xlsxwriter") if suffix == ".xlsx" else frame.to_parquet(path)
    score_file(kept.id, path, tmp_path / "out.xlsx")
    read = pd.read_excel(tmp_path / "out.xlsx", engine="calamine")
    assert read["score"].to_numpy() == pytest.approx(score_frame(kept.contender().fitted, frame), abs=1e-12)


def test_a_place_that_is_not_there_is_said(kept: Training, tmp_path: Path) -> None:
    """The sentence names the file that was asked for, not the one aside."""
    FIRST.to_csv(tmp_path / "cases.csv", index=False)
    with pytest.raises(StoreError, match=r"^Cannot write 'out.csv': No such file or directory. Choose another place.$"):
        score_file(kept.id, tmp_path / "cases.csv", tmp_path / "gone" / "out.csv")


def test_headings_may_be_written_otherwise(kept: Training, tmp_path: Path) -> None:
    """`Pages`, `NOISE` and `browser` are found, in any order; a lacking column is named with all others that lack."""
    renamed = FIRST.rename(columns={"pages": "Pages", "noise": "NOISE"})
    renamed.to_csv(tmp_path / "cases.csv", index=False)
    assert score_file(kept.id, tmp_path / "cases.csv", tmp_path / "out.csv").rows == 3
    FIRST[["noise"]].assign(x=1).to_csv(tmp_path / "cases.csv", index=False)
    with pytest.raises(MissingColumnsError) as problem:
        score_file(kept.id, tmp_path / "cases.csv", tmp_path / "none.csv")
    assert problem.value.missing == ("browser", "pages")
    assert (
        str(problem.value)
        == "2 columns that the model reads are not there: browser, pages. Add them; cells may be empty."
    )
    assert not (tmp_path / "none.csv").exists()


def test_text_where_numbers_were_is_named(kept: Training, tmp_path: Path) -> None:
    """The column, the row and the value; and nothing is left half-written."""
    frame = rows(30).astype({"pages": object})
    frame.loc[17, "pages"] = "many"
    frame.to_csv(tmp_path / "cases.csv", index=False)
    with pytest.raises(DataError, match=r"Column 'pages' has 1 value that is no number \('many' in row 18\)"):
        score_file(kept.id, tmp_path / "cases.csv", tmp_path / "out.csv")
    assert sorted(path.name for path in tmp_path.iterdir() if "out" in path.name) == []


def test_all_columns_with_text_are_named_as_the_file_has_them(kept: Training, tmp_path: Path) -> None:
    """Both columns, by the headings of the file that is scored, each with its first wrong value; a number far down counts."""
    frame = rows(30).astype({"pages": object, "noise": object})
    frame.loc[[3, 7], "pages"] = ["007", "many"]
    frame.loc[2, "noise"] = "1.5 or so"
    frame.rename(columns={"pages": "PAGES", "noise": "Noise"}).to_csv(tmp_path / "cases.csv", index=False)
    with pytest.raises(DataError) as problem:
        score_file(kept.id, tmp_path / "cases.csv", tmp_path / "out.csv")
    assert str(problem.value) == (
        "2 columns have values that are no numbers, and the model learnt from numbers: 'Noise' ('1.5 or so' in row 3), "
        "'PAGES' ('many' in row 8). Mend them, or leave the cells empty."
    )


def test_many_columns_with_text_are_counted() -> None:
    """A sentence names some, and says how many more there are; a frame is checked as a file is."""
    frame = pd.DataFrame({f"c{place}": [1.0, 2.0] for place in range(9)})
    known = inputs_of(Cases(frame, np.zeros(2), pd.Series(["a", "b"])), np.arange(2))
    with pytest.raises(DataError, match=r"^9 columns have .*'C5' \('x' in row 12\), 3 more\. Mend them"):
        checked_frame(frame.astype(object).replace(2.0, "x"), known, before=10, called={"c5": "C5"})


def test_days_are_read_as_the_moments_that_were_learnt(publish: Publish, tmp_path: Path) -> None:
    """A model that learnt from moments reads a file whose moments are all midnights, be it text or days of Parquet."""
    publish(varied_shop(6), name="shop")
    made = cases()
    at = pd.Timestamp("2024-01-01 12:00") + pd.to_timedelta(np.arange(len(made)) % 300, unit="D")
    learnt = replace(made, frame=features(made.frame[["pages"]].assign(at=at)))
    kept = keep_training(
        train_on(learnt, TrainingRequest("shop", problem="classification", target="bought", models=("logistic",)))
    )
    days = pd.DataFrame({"pages": [1.0, 8.0], "at": pd.to_datetime(["2024-01-05", "2024-03-01"])})
    days.to_csv(tmp_path / "days.csv", index=False)
    days.assign(at=days["at"].dt.date).to_parquet(tmp_path / "days.parquet")
    for name in ("days.csv", "days.parquet"):
        score_file(kept.id, tmp_path / name, tmp_path / "out.csv")
        assert (
            pd.read_csv(tmp_path / "out.csv")["score"].tolist() == score_frame(kept.contender().fitted, days).tolist()
        )


@pytest.mark.parametrize("separator", [";", "\t"])
def test_decimal_commas_are_read(kept: Training, tmp_path: Path, separator: str) -> None:
    """A file with decimal commas has the scores of the same file with points: whole numbers, long ones and exponents too."""
    frame = rows(40).assign(noise=np.linspace(-1, 1, 40) / 7)
    frame.loc[3, "noise"] = -1.5e-07
    frame.loc[:2, "noise"] = [0.125, 1.25, np.nan]
    frame.to_csv(tmp_path / "points.csv", index=False)
    frame.to_csv(tmp_path / "commas.csv", index=False, sep=separator, decimal=",")
    found = [
        score_file(kept.id, tmp_path / f"{name}.csv", tmp_path / f"{name}_out.csv") for name in ("points", "commas")
    ]
    scores = [pd.read_csv(tmp_path / f"{name}_out.csv")["score"].to_numpy() for name in ("points", "commas")]
    assert np.array_equal(*scores)
    assert found[0] == found[1]
    frame.iloc[:2].to_csv(tmp_path / "commas.csv", index=False, sep=separator, decimal=",")
    score_file(kept.id, tmp_path / "commas.csv", tmp_path / "out.csv")
    assert np.array_equal(pd.read_csv(tmp_path / "out.csv")["score"].to_numpy(), scores[0][:2])


def test_one_decimal_comma_too_few_is_named(kept: Training, tmp_path: Path) -> None:
    """Where all but one value have decimal commas, that one is wrong, and the others are not."""
    (tmp_path / "cases.csv").write_text("noise;pages;browser\n0,1;1;a\n0,2;1;a\n1,5e;1;a\n")
    with pytest.raises(DataError, match=r"Column 'noise' has 1 value that is no number \('1,5e' in row 3\)"):
        score_file(kept.id, tmp_path / "cases.csv", tmp_path / "out.csv")


def test_codes_and_infinite_numbers_are_numbers_where_the_model_learnt_numbers(kept: Training, tmp_path: Path) -> None:
    """007 is 7, an infinite number is missing: the model knows that the column holds numbers."""
    (tmp_path / "cases.csv").write_text("noise,pages,browser\ninf,007,a\n1,4,b\n")
    (tmp_path / "plain.csv").write_text("noise,pages,browser\n,7,a\n1,4,b\n")
    for name in ("cases", "plain"):
        score_file(kept.id, tmp_path / f"{name}.csv", tmp_path / f"{name}_out.csv")
    found, plain = (pd.read_csv(tmp_path / f"{name}_out.csv")["score"].tolist() for name in ("cases", "plain"))
    assert found == plain


def test_the_furthest_value_of_a_long_file_is_told(
    kept: Training, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file is read in parts: what is said of it is true of all of them, and in the words of its own headings."""
    monkeypatch.setattr(files, "_ROWS_AT_ONCE", 5)
    frame = rows(20)
    frame.loc[[2, 17], "pages"] = [40.0, 4e6]
    frame.rename(columns={"pages": "Pages"}).to_csv(tmp_path / "cases.csv", index=False)
    notes = score_file(kept.id, tmp_path / "cases.csv", tmp_path / "out.csv").notes
    assert any("Column 'Pages' is above all" in note and "in 2 rows (up to 4,000,000;" in note for note in notes)


def test_a_cancelled_file_is_not_written(kept: Training, tmp_path: Path) -> None:
    """Whoever reports may stop the work by an exception: nothing is there then, not even a part."""
    rows(30).to_csv(tmp_path / "cases.csv", index=False)

    def stop(share: float, sentence: str) -> None:
        if "scored" in sentence:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        score_file(kept.id, tmp_path / "cases.csv", tmp_path / "out.csv", report=stop)
    assert not any("out" in path.name for path in tmp_path.iterdir())


def test_drift_is_that_of_the_formula() -> None:
    """A text of 1:1 then and 3:1 now has the index (.75-.5)·ln 1.5 + (.25-.5)·ln .5; the same cases have none."""
    made = cases(400)
    half = made.frame.assign(browser=pd.Categorical(["a", "b"] * 200))
    inputs = inputs_of(type(made)(half, made.target, made.ids), np.arange(400))
    assert max(moved.index for moved in drift(inputs, half)) == pytest.approx(0, abs=1e-12)
    now = half.assign(browser=pd.Categorical(["a", "a", "a", "b"] * 100))
    moved = drift(inputs, now)[0]
    assert moved.feature == "browser"
    assert moved.index == pytest.approx(0.25 * math.log(1.5) - 0.25 * math.log(0.5))
    assert moved.verdict == "changed"


def test_few_cases_do_not_drift() -> None:
    """One case lies in one bin of ten, and twenty in a few: that is chance. Hundreds that all have the largest value are not."""
    made = cases(1_000)
    inputs = inputs_of(made, np.arange(1_000))
    for few in (1, 20):
        moved = drift(inputs, made.frame.iloc[:few])
        assert {one.verdict for one in moved} == {"stable"}
    one = drift(inputs, made.frame.iloc[:1])[0]
    assert one.index > 1
    assert (one.is_chance, one.words) == (True, "Too few cases to tell")
    largest = made.frame["noise"].nlargest(200).index
    changed = {one.feature: one for one in drift(inputs, made.frame.loc[largest])}["noise"]
    assert (changed.verdict, changed.is_chance) == ("changed", False)


def lost(publish: Publish, **more: Any) -> Training:
    """A kept model of who will be lost, of a shop whose customers were seen for two years."""
    source = publish(varied_shop(80), name="shop")
    asked = TrainingRequest(
        "shop", problem="churn", models=("logistic",), folds=2, horizon_days=60, split="random", **more
    )
    return keep_training(train_on(asked.asked.cases(source, asked), asked))


def test_a_model_in_use_is_a_column_of_the_customers(publish: Publish) -> None:
    """`score_churn` is there while a model is in use, says of each customer what the model says, and rules ask for it."""
    kept = lost(publish)
    request = AnalysisRequest("shop", where=Condition("score_churn", "at least", 0.5))
    table = scored(request, open_source("shop"))
    assert "score_churn" not in table.frame.columns
    with pytest.raises(RequestError, match="no model for it is in use"):
        selected(request, table)
    store.put_in_use(kept.id)
    table = scored(request, open_source("shop"))
    scores = table.frame["score_churn"]
    current = kept.asked.current(open_source("shop"), kept.request)
    assert dict(zip(current.ids, kept.contender().fitted.score(current.frame), strict=True)) == dict(
        zip(table.frame["customer_id"], scores, strict=True)
    )
    assert selected(request, table).tolist() == (scores >= 0.5).tolist()
    assert table.labels["score_churn"] == heading_of(kept) == "Chance of being lost in 60 days"
    store.take_out_of_use(kept.id)
    assert "score_churn" not in scored(request, open_source("shop"), table).frame.columns


def test_scores_of_an_erased_dataset_do_not_come_back(publish: Publish) -> None:
    """The same data imported anew numbers its trainings from the start: the scores are of the new model, not of its namesake."""
    request = AnalysisRequest("shop")
    first = lost(publish)
    store.put_in_use(first.id, at="2026-01-01")
    before = scored(request, open_source("shop")).frame["score_churn"]
    erase_dataset("shop")
    second = lost(publish, leave_out=("recency_days",))
    store.put_in_use(second.id, at="2026-01-02")
    assert second.id == first.id
    table = scored(request, open_source("shop"))
    current = second.asked.current(open_source("shop"), second.request)
    now = second.contender().fitted.score(current.frame)
    assert dict(zip(current.ids, now, strict=True)) == dict(
        zip(table.frame["customer_id"], table.frame["score_churn"], strict=True)
    )
    assert not np.array_equal(before, table.frame["score_churn"])


def test_no_model_learns_from_a_score(publish: Publish) -> None:
    """With a model in use the next training sees the same columns as before: a score is made of the answer."""
    kept = lost(publish)
    before = [item.name for item in kept.inputs]
    store.put_in_use(kept.id)
    cases_now = kept.asked.cases(open_source("shop"), kept.request)
    assert not any(name.startswith("score_churn") for name in [*cases_now.frame.columns, *before])
    assert "score_churn" not in customer_table(open_source("shop")).frame.columns


def test_a_shops_own_score_is_its_own(publish: Publish) -> None:
    """An attribute that came as `score_churn` becomes `own_score_churn`: it is not taken for a model's."""
    orders = varied_shop(6)
    ids = sorted({order.customer_id for order in orders})
    own = pa.table({"customer_id": ids, "score_churn": [0.1] * len(ids)})
    table = customer_table(publish(orders, customers=own))
    assert "own_score_churn" in table.frame.columns
    assert "score_churn" not in table.frame.columns


def test_features_keep_unseen_texts() -> None:
    """A text that is new is new, and not missing: the two score differently where missing was seen."""
    made = cases()
    frame = made.frame.assign(browser=made.frame["browser"].where(made.frame["pages"] > 3))
    request = TrainingRequest("shop", problem="classification", target="bought", models=("logistic",), folds=2)
    fitted = train_on(type(made)(features(frame), made.target, made.ids), request).contender().fitted
    asked = pd.DataFrame({"pages": [5.0, 5.0], "noise": [0.0, 0.0], "browser": ["lynx", None]})
    new, missing = score_frame(fitted, asked)
    assert new != missing
