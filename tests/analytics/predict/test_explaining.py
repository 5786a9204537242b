"""What a model goes by: importance, dependence, and what each feature adds to one case; for every learner."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest

from analytics.errors import NotFoundError
from analytics.predict import LEARNERS, TrainingRequest
from analytics.predict.cases import Cases, features
from analytics.predict.explaining.contributions import background_of, contributions, reasons
from analytics.predict.explaining.dependence import partial_dependence
from analytics.predict.explaining.importance import alike, pairs_sentence, permutation
from analytics.predict.explaining.reasons import Contribution
from analytics.predict.inputs import inputs_of
from analytics.predict.learning.preparing import fitted_pipeline
from analytics.predict.trained import Calibrator, Fitted

ROWS = 600
BENT = Calibrator("isotonic", ((0.0, 0.05), (0.3, 0.3), (0.4, 0.75), (1.0, 0.98)))


def shop() -> pd.DataFrame:
    """Pages and a channel decide; `visits` follows pages closely; `same` has one value only."""
    rng = np.random.default_rng(0)
    pages = rng.lognormal(1, 1, ROWS).round(1)
    frame = pd.DataFrame(
        {
            "pages": np.where(np.arange(ROWS) % 9 == 0, np.nan, pages),
            "visits": pages.round() + rng.integers(0, 2, ROWS),
            "channel": rng.choice(["mail", "search", "shop"], ROWS),
            "hour": rng.integers(0, 24, ROWS).astype(float),
            "same": np.full(ROWS, 7.0),
        }
    )
    return features(frame)


@cache
def fitted(kind: str, name: str) -> tuple[Fitted, pd.DataFrame, Any]:
    frame = shop()
    drive = frame["visits"].to_numpy() + 4 * (frame["channel"] == "mail").to_numpy()
    noise = np.random.default_rng(1).normal(0, 1, ROWS)
    target = (drive + noise > 5).astype(float) if kind == "classification" else np.maximum(0, drive + noise - 3)
    request = TrainingRequest("shop", problem=kind, target="bought")
    learner = next(item for item in LEARNERS if item.kind == kind and item.name == name)
    inputs = inputs_of(Cases(frame, target, pd.Series(range(ROWS))), np.arange(ROWS))
    made = fitted_pipeline(request, learner, {}, frame, target)
    calibrator = BENT if kind == "classification" else Calibrator("none")
    return Fitted(kind, name, made, inputs, calibrator), frame, target


@pytest.mark.parametrize("known", LEARNERS, ids=lambda known: f"{known.kind}-{known.name}")
def test_contributions_add_up_to_the_score(known: Any) -> None:
    """Base and parts make the calibrated score of every row; the feature with one value adds nothing, and neither rows nor
    their order change a row's parts."""
    model, frame, _ = fitted(known.kind, known.name)
    some = frame.iloc[[3, 9, 18, 44]]
    found = contributions(model, some, frame)
    told = np.array([[part.effect for part in row] for row in found.rows])
    np.testing.assert_array_equal(found.scores, model.score(some))
    np.testing.assert_allclose(found.base + told.sum(axis=1), found.scores, atol=1e-9)
    assert [part.feature for part in found.rows[0]] == [item.name for item in model.inputs]
    same = [part.feature for part in found.rows[0]].index("same")
    np.testing.assert_allclose(told[:, same], 0, atol=1e-12)
    alone = contributions(model, some.iloc[[2]], frame)
    np.testing.assert_allclose([part.effect for part in alone.rows[0]], told[2], atol=1e-9)
    shuffled = frame.sample(frac=1, random_state=1)
    again = contributions(model, some, shuffled)
    np.testing.assert_allclose([[part.effect for part in row] for row in again.rows], told, atol=1e-9)


def test_sampled_contributions_of_a_sum_are_exact() -> None:
    """In a linear regression a feature adds its weight times its distance from the background's mean, in any order."""
    model, frame, _ = fitted("regression", "linear")
    ordinary = background_of(model, frame)
    found = contributions(model, frame.iloc[[5]], ordinary)
    prepare, linear = model.pipeline.named_steps["prepare"], model.pipeline.named_steps["model"]
    row = prepare.transform(frame.iloc[[5]])[0]
    by_column = linear.coef_ * (row - ordinary.matrix.mean(axis=0))
    expected = np.bincount(prepare.origins_, by_column, len(model.inputs))
    assert [part.effect for part in found.rows[0]] == pytest.approx(expected)
    assert found.base == pytest.approx(ordinary.scores.mean())


def test_the_columns_of_a_text_are_one_feature() -> None:
    """XGBoost's parts of a text's columns come as one, and the text that decides moves the score the right way."""
    model, frame, _ = fitted("classification", "xgboost")
    mail = frame.iloc[[int(np.flatnonzero(frame["channel"] == "mail")[0])]]
    parts = {part.feature: part for part in contributions(model, mail, frame).rows[0]}
    assert set(parts) == set(frame.columns)
    assert parts["channel"].value == "mail"
    assert parts["channel"].effect > 0


def test_reasons_say_the_value_and_whether_it_is_high() -> None:
    """High, low, a text, what is missing; the largest first, and nothing that rounds to no point."""
    parts = (
        Contribution("pv", "PageValues", 24.3, 0.31, "", 0.0, "high"),
        Contribution("d", "Recency", 3.0, -0.12, "days", 40.0, "low"),
        Contribution("c", "Channel", "mail", 0.01, "", "search", "other"),
        Contribution("m", "Income", None, 0.004, "", 5.0, "missing"),
    )
    assert reasons(parts) == (
        "PageValues of 24.3 is high (usual: 0): raises the chance by 31 points.",
        "Recency of 3 days is low (usual: 40 days): lowers the chance by 12 points.",
        "Channel is “mail” (most often: “search”): raises the chance by 1 point.",
    )
    assert reasons(parts[3:]) == ("Nothing about this case moves its score: it is that of the usual case.",)
    amounts = (
        Contribution("r", "Revenue", 900.0, -31.5, "money", 120.0, "high", False),
        Contribution("i", "Income", None, 8.0, "", 5.0, "missing", False),
    )
    assert reasons(amounts, unit="money", currency="GBP") == (
        "Revenue of £900 is high (usual: £120): lowers the prediction by £32.",
        "Income is not known: raises the prediction by £8.",
    )


def test_importance_ranks_what_decides() -> None:
    """What decides comes first, what has one value is worth nothing, and rows and their order play no part."""
    model, frame, target = fitted("classification", "xgboost")
    found = permutation(model, frame, target)
    by_name = {one.feature: one for one in found}
    assert found[0].feature in ("visits", "pages", "channel")
    assert by_name["same"].drop == 0.0
    assert abs(by_name["hour"].drop) < 0.05 < by_name["channel"].drop
    assert all(one.low <= one.drop <= one.high for one in found)
    rows = np.random.default_rng(2).permutation(ROWS)
    assert permutation(model, frame.iloc[rows], target[rows]) == found


def test_features_that_say_the_same_are_named() -> None:
    """Pages and visits go together; the hour with neither."""
    model, frame, _ = fitted("classification", "xgboost")
    pairs = alike(frame, model.inputs)
    assert [(pair.first, pair.second) for pair in pairs] == [("pages", "visits")]
    assert "pages and visits" in pairs_sentence(pairs)
    assert pairs_sentence(()) == ""
    assert alike(frame.iloc[:2], model.inputs) == ()


def test_a_text_and_a_number_can_say_the_same() -> None:
    """A country and its city, a band and its number: by Cramér's V and the correlation ratio."""
    rng = np.random.default_rng(0)
    place = rng.integers(0, 4, 400)
    frame = features(
        pd.DataFrame(
            {"city": np.array(list("abcd"))[place], "country": np.array(list("xxyy"))[place], "size": place * 10.0}
        )
    )
    inputs = inputs_of(Cases(frame, place.astype(float), pd.Series(place)), np.arange(400))
    found = {(pair.first, pair.second): pair.strength for pair in alike(frame, inputs)}
    assert found["city", "country"] == pytest.approx(1.0)
    assert found["city", "size"] == pytest.approx(1.0)


def test_dependence_of_a_sum_is_a_straight_line() -> None:
    """A linear regression rises by its weight; the shares of cases over all places, with those not known, are all of them."""
    model, frame, _ = fitted("regression", "linear")
    found = partial_dependence(model, frame, "visits")
    slopes = np.diff(found.scores) / np.diff(found.values)
    assert slopes == pytest.approx(np.full(len(slopes), slopes[0]))
    assert found.shares.sum() + found.missing == pytest.approx(1.0)
    pages = partial_dependence(model, frame, "pages")
    assert pages.missing == pytest.approx(np.isnan(frame["pages"]).mean())
    assert pages.shares.sum() + pages.missing == pytest.approx(1.0)
    assert len(pages.values) <= 20


def test_dependence_of_a_text_has_its_levels() -> None:
    """The most frequent first, each with its share; a feature with one value has one place; an unknown one is named."""
    model, frame, _ = fitted("classification", "forest")
    found = partial_dependence(model, frame, "channel")
    counts = frame["channel"].value_counts()
    assert list(found.levels) == sorted(counts.index, key=lambda level: (-counts[level], level))
    assert found.shares == pytest.approx([counts[level] / ROWS for level in found.levels])
    assert found.levels[int(np.argmax(found.scores))] == "mail"
    assert len(partial_dependence(model, frame, "same").scores) == 1
    with pytest.raises(NotFoundError, match="no feature 'colour'"):
        partial_dependence(model, frame, "colour")
