"""Training: parts, folds, what is decided where, and what is said of bad input."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest

from analytics.errors import AnalyticsError
from analytics.predict import Training, TrainingRequest, train_on
from analytics.predict.cases import Cases, Numbers, features
from analytics.predict.evaluation.measures import best_threshold, figures
from analytics.predict.learning.splitting import dealt, fingerprints

YES = TrainingRequest("shop", problem="classification", target="bought", folds=2)
AMOUNT = TrainingRequest("shop", problem="regression", target="spent", folds=2)


def made(target: Numbers | None = None, rows: int = 260, **more: Any) -> Cases:
    """Visits whose pages and town say something of whether they buy; some things are not known."""
    rng = np.random.default_rng(3)
    pages, price = rng.poisson(4, rows).astype(float), rng.lognormal(3, 1, rows)
    town = rng.choice(["Rome", "Oslo", "Bonn"], rows)
    likely = 1 / (1 + np.exp(-(0.6 * pages - 3.5 + (town == "Rome"))))
    bought = (rng.random(rows) < likely).astype(float)
    frame = pd.DataFrame({"pages": pages, "price": np.where(rng.random(rows) < 0.1, np.nan, price), "town": town})
    return Cases(
        features(frame), bought if target is None else target, pd.Series([f"v{row:03}" for row in range(rows)]), **more
    )


@cache
def of_classes() -> Training:
    return train_on(made(), YES)


@cache
def of_amounts() -> Training:
    return train_on(made(amounts()), AMOUNT)


def amounts() -> Numbers:
    cases = made()
    spent: Numbers = cases.target * np.exp(cases.frame["pages"].to_numpy() / 4) * 10
    return spent


@pytest.mark.parametrize(("whole", "request_"), [(of_classes, YES), (of_amounts, AMOUNT)], ids=["classes", "amounts"])
def test_the_order_of_rows_and_columns_plays_no_part(whole: Any, request_: TrainingRequest) -> None:
    """Every learner gives the same figures, scores, cut-offs and calibration to the last bit, whatever the order."""
    cases = made() if request_ is YES else made(amounts())
    shuffled = np.random.default_rng(9).permutation(len(cases))
    other = train_on(
        Cases(
            cases.frame.iloc[shuffled][["town", "price", "pages"]].reset_index(drop=True),
            cases.target[shuffled],
            cases.ids.iloc[shuffled].reset_index(drop=True),
        ),
        request_,
    )
    one = whole()
    assert other.best == one.best
    assert list(other.test_ids) == list(one.test_ids)
    assert len(one.contenders) == 6
    for first, second in zip(one.contenders, other.contenders, strict=True):
        assert first.name == second.name
        assert (first.scores == second.scores).all(), first.name
        assert (first.fold_scores == second.fold_scores).all(), first.name
        assert first.fitted.calibrator.points == second.fitted.calibrator.points
        np.testing.assert_equal(dict(second.figures), dict(first.figures))
        np.testing.assert_equal(dict(second.intervals), dict(first.intervals))


def test_every_learner_learns() -> None:
    """All six of each kind beat what says the same of everyone."""
    for one in of_classes().contenders:
        assert one.in_folds["roc_auc"] > 0.65, one.name
    nothing = next(rule for rule in of_amounts().baselines if rule.name == "mean")
    for one in of_amounts().contenders:
        assert one.figures["mae"] < nothing.figures["mae"], one.name


def test_cut_offs_come_from_the_folds() -> None:
    """The cut-off is that with the best F1 on scores of training cases that no fit has seen; the test part plays no part."""
    training = of_classes()
    for one in training.contenders:
        assert one.threshold == best_threshold(training.training_target, one.fold_scores)
        assert one.figures == figures("classification", training.test_target, one.scores, one.threshold)
        low, high = one.intervals["roc_auc"]
        assert low <= one.figures["roc_auc"] <= high


def test_the_best_is_chosen_in_the_folds() -> None:
    """Average precision in the folds decides between yes and no, the root of the squared error between amounts."""
    classes, amounts_ = of_classes(), of_amounts()
    assert classes.best == max(classes.contenders, key=lambda one: one.in_folds["average_precision"]).name
    assert amounts_.best == min(amounts_.contenders, key=lambda one: one.in_folds["rmse"]).name


def test_answers_of_the_test_part_change_nothing_but_its_figures() -> None:
    """With other answers in a given test part, models, cut-offs and the choice of the best stay to the last bit."""
    is_test = np.arange(260) % 4 == 0
    cases = made(is_test=is_test, split="As given.")
    turned = replace(cases, target=np.where(is_test, 1 - cases.target, cases.target))
    request = replace(YES, models=("logistic", "tree"), leave_out=("price",))
    one, other = train_on(cases, request), train_on(turned, request)
    assert (one.split, one.best) == ("As given.", other.best)
    assert sorted(one.test_ids) == [f"v{row:03}" for row in range(0, 260, 4)]
    for first, second in zip(one.contenders, other.contenders, strict=True):
        assert first.threshold == second.threshold
        assert dict(zip(one.test_ids, first.scores, strict=True)) == dict(
            zip(other.test_ids, second.scores, strict=True)
        )
        assert first.figures["roc_auc"] != second.figures["roc_auc"]


def test_equal_cases_stay_on_one_side() -> None:
    """Copies of a case, and cases of one customer, are never in two folds or parts, also where one hangs on another."""
    frame = features(pd.DataFrame({"a": np.repeat(np.arange(40.0), 3)}))
    ids = pd.Series([f"c{row // 3 // 2}" if row % 3 == 0 else f"own{row}" for row in range(120)])
    target = (np.arange(120) % 7 == 0).astype(float)
    part = dealt(frame, target, 4, 0, is_classes=True, ids=ids)
    for keys in (frame["a"], ids):
        assert pd.Series(part).groupby(keys.to_numpy()).nunique().max() == 1
    assert set(part) == {0, 1, 2, 3}
    assert len(np.unique(fingerprints(frame, 0))) == 40


def test_test_cases_that_were_learnt_from_are_named() -> None:
    """A test part that came with copies of training cases is warned of; one that is drawn here has none."""
    is_test = np.arange(260) >= 200
    cases = made(is_test=is_test, split="As given.")
    rows = np.concatenate([np.arange(200), np.arange(30), np.arange(230, 260)])
    copied = replace(cases, frame=cases.frame.iloc[rows].reset_index(drop=True), target=cases.target[rows])
    request = replace(YES, models=("logistic",))
    assert any("30 of the test cases (50%)" in told for told in train_on(copied, request).warnings)
    drawn = train_on(copied, replace(request, split="random"))
    assert not any("are in the training part too" in told for told in drawn.warnings)


def test_a_suspect_is_left_out_unless_kept() -> None:
    """What a problem knows to be too late is no feature, and is one again if it is kept on purpose."""
    cases = made(suspects={"price": "It is known afterwards."})
    request = replace(YES, models=("logistic",))
    one, other = train_on(cases, request), train_on(cases, replace(request, keep=("price",)))
    assert [(leak.column, leak.excluded) for leak in one.leaks] == [("price", True)]
    assert [item.name for item in one.inputs] == ["pages", "town"]
    assert [item.name for item in other.inputs] == ["pages", "price", "town"]
    assert not other.leaks[0].excluded
    assert any("'price' was kept on purpose" in told for told in other.warnings)


@pytest.mark.parametrize("balance", ["weight", "smote", "undersample"])
def test_balancing_does_not_spoil_probabilities(balance: str) -> None:
    """Whatever is done about a rare yes, the mean of the calibrated scores is the share of yes."""
    rare = made(rows=900)
    request = replace(YES, models=("logistic",), balance=balance, calibration="sigmoid")
    one = train_on(rare, request).contenders[0]
    assert one.fold_scores.mean() == pytest.approx(rare.target.mean(), abs=0.03)
    assert one.fitted.calibrator.method == "sigmoid"


def test_logarithms_where_they_help() -> None:
    """Amounts that grow by factors are predicted in logarithms, whose mean is brought back; others plainly."""
    rng = np.random.default_rng(5)
    cases = made()
    grown = np.exp(cases.frame["pages"].to_numpy() * 0.8 + rng.normal(0, 0.3, 260))
    request = replace(AMOUNT, models=("ridge",))
    by_factors = train_on(made(grown), request).contenders[0]
    assert by_factors.fitted.is_log
    assert by_factors.fold_scores.mean() == pytest.approx(grown.mean(), rel=0.2)
    assert by_factors.scores.max() <= grown.max() * (1 + 1e-12)
    assert (
        not train_on(made(cases.frame["pages"].to_numpy() + rng.normal(0, 0.3, 260)), request)
        .contenders[0]
        .fitted.is_log
    )


def test_what_was_chosen_by_a_search_is_recorded() -> None:
    """With a budget, settings that were found better are in the training, and the estimator has them."""
    one = train_on(made(), replace(YES, models=("logistic",), search_seconds=1)).contenders[0]
    model = one.fitted.pipeline.named_steps["model"]
    assert all(getattr(model, name) == value for name, value in one.settings.items())
    assert train_on(made(), replace(YES, models=("logistic",))).contenders[0].settings == {}


def test_progress_rises() -> None:
    """What is reported goes up, in sentences that name the model."""
    seen: list[tuple[float, str]] = []
    train_on(made(), replace(YES, models=("logistic", "tree")), report=lambda share, told: seen.append((share, told)))
    assert [share for share, _ in seen] == sorted(share for share, _ in seen)
    assert {"Trying Logistic regression", "Trying Decision tree"} <= {told for _, told in seen}
    assert 0 < seen[0][0] <= seen[-1][0] < 1


RARE = np.where(np.arange(260) < 3, 1.0, 0.0)
BAD = {
    "fewer rare cases than folds": (
        made(RARE),
        replace(YES, folds=5),
        "cases of the training part are 'yes', and 5 folds",
    ),
    "one answer in the test part": (
        made(is_test=made().target == 1),
        YES,
        "cases of the training part have the same answer, 'no'",
    ),
    "no feature left": (made(), replace(YES, leave_out=("pages", "price", "town")), "No column is left to learn from"),
    "a column that is not there": (made(), replace(YES, leave_out=("colour",)), "no column 'colour' to leave out"),
    "a column to keep that is not there": (made(), replace(YES, keep=("colour",)), "no column 'colour' to keep"),
    "too few for SMOTE": (
        made(np.where(np.arange(260) < 8, 1.0, 0.0)),
        replace(YES, balance="smote", models=("logistic",)),
        "Choose weights for balance",
    ),
    "a split that is not possible": (made(), replace(YES, split="time"), "choose auto or random for the split"),
    "refunds in logarithms": (
        made(amounts() - 1),
        replace(AMOUNT, target_scale="log", models=("ridge",)),
        "have no logarithm",
    ),
    "all cases alike": (
        replace(made(), frame=features(pd.DataFrame({"same": np.zeros(260)}))),
        YES,
        "the same answer|are alike|too few",
    ),
}


@pytest.mark.parametrize(("cases", "request_", "sentence"), BAD.values(), ids=BAD)
def test_bad_input_gets_a_sentence(cases: Cases, request_: TrainingRequest, sentence: str) -> None:
    """Each of these is said in a sentence that names what is wrong."""
    with pytest.raises(AnalyticsError, match=sentence):
        train_on(cases, request_)


def test_equal_amounts_are_not_called_too_good() -> None:
    """Of a test part whose amounts are all the same R² is not defined: nothing is said of it."""
    target = amounts()
    is_test = np.arange(260) >= 240
    target[is_test] = 10.0
    training = train_on(made(target, is_test=is_test), replace(AMOUNT, models=("linear",)))
    assert np.isnan(training.contender().figures["r2"])
    assert not any("too good" in told for told in training.warnings)


def test_a_column_that_is_never_known_does_no_harm() -> None:
    """An all-missing feature and a text of a thousand values are learnt from without complaint."""
    cases = made()
    frame = cases.frame.assign(never=np.nan, code=pd.Categorical([f"k{row}" for row in range(260)]))
    training = train_on(replace(cases, frame=frame), replace(YES, models=("logistic", "xgboost")))
    assert training.contenders[0].figures["roc_auc"] > 0.6


def test_nothing_is_noted_of_columns_that_are_not_used() -> None:
    """A text with many values is worth a note where it is used; not where it is left out, by somebody or by the guard."""
    cases = made(rows=400)
    cases = replace(cases, frame=features(cases.frame.assign(model=[f"m{row % 100}" for row in range(400)])))
    asked = replace(YES, models=("logistic",))
    assert any(note.startswith("'model' has 100 different values") for note in train_on(cases, asked).notes)
    assert train_on(cases, replace(asked, leave_out=("model",))).notes == ()
    assert train_on(replace(cases, suspects={"model": "It comes later."}), asked).notes == ()
