"""Forms: inputs in the order of their weight, in groups, and tested cases that stand for a kind."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from analytics.errors import RequestError
from analytics.predict import Training, TrainingRequest, train_on
from analytics.predict.cases import Cases, features
from analytics.predict.forms import EXAMPLES, example_case, grouped_inputs, ordered_inputs
from analytics.predict.inputs import Input

ASKED = TrainingRequest("shop", problem="classification", target="bought", models=("logistic",))


def cases(count: int = 300) -> Cases:
    """Whoever looks at many pages buys; a browser plays a small part, noise and a constant none."""
    random = np.random.default_rng(3)
    pages = random.integers(0, 10, count).astype(float)
    browser = random.choice(["a", "b"], count)
    frame = pd.DataFrame(
        {
            "pages": pages,
            "browser": browser,
            "noise": random.normal(size=count),
            "nothing": np.ones(count),
        }
    )
    bought = (pages + (browser == "a") + random.normal(0, 1, count) > 5).astype(float)
    return Cases(features(frame), bought, pd.Series([f"v{number:03d}" for number in range(count)]))


@pytest.fixture(scope="module")
def training() -> Training:
    return train_on(cases(), ASKED)


def test_the_input_that_the_score_follows_comes_first(training: Training) -> None:
    """Pages decide, and the constant column, which decides nothing, comes last."""
    names = [item.name for item in ordered_inputs(training, training.contender())]
    assert names[0] == "pages"
    assert names[-1] == "nothing"
    assert sorted(names) == ["browser", "noise", "nothing", "pages"]


def test_the_order_of_columns_changes_nothing(training: Training) -> None:
    """Columns in another order give the same order of inputs."""
    made = cases()
    turned = Cases(made.frame[list(made.frame.columns)[::-1]], made.target, made.ids)
    again = train_on(turned, ASKED)
    told = [[item.name for item in ordered_inputs(each, each.contender())] for each in (training, again)]
    assert told[0] == told[1]


def test_examples_are_what_they_are_called(training: Training) -> None:
    """High has the highest score of all tested cases, low the lowest, wrong is on the wrong side of the cut-off."""
    one = training.contender()
    high, low, edge, wrong = (example_case(training, one, name, 0) for name in ("high", "low", "edge", "wrong"))
    assert high.score == one.scores.max()
    assert low.score == one.scores.min()
    assert abs(edge.score - one.threshold) == np.abs(one.scores - one.threshold).min()
    assert (wrong.score >= one.threshold) != (wrong.truth == 1)


def test_an_example_scores_as_it_says(training: Training) -> None:
    """The values that are given for an example are those that its score came from."""
    one = training.contender()
    for name in EXAMPLES:
        told = example_case(training, one, name, 0)
        assert one.fitted.score(pd.DataFrame([told.values]))[0] == pytest.approx(told.score, abs=1e-12)
        assert told.truth == training.test_target[training.test_ids == told.name][0]


def test_after_the_last_example_comes_the_first(training: Training) -> None:
    """Asking on and on goes round, and each place is another case."""
    one, count = training.contender(), len(training.test_target)
    assert example_case(training, one, "high", count) == example_case(training, one, "high", 0)
    assert len({example_case(training, one, "high", place).name for place in range(count)}) == count


def test_an_unknown_kind_is_named(training: Training) -> None:
    """The message says which kinds there are."""
    with pytest.raises(RequestError, match="no cases of kind 'best'"):
        example_case(training, training.contender(), "best", 0)


def test_missing_values_of_an_example_are_none() -> None:
    """What was missing is given as nothing, not as a number that JSON cannot hold."""
    made = cases()
    frame = made.frame.assign(noise=np.nan, browser=made.frame["browser"].where(made.frame["pages"] > 4))
    frame.loc[:5, "noise"] = 1.0
    told: Any = train_on(Cases(frame, made.target, made.ids), ASKED)
    low = example_case(told, told.contender(), "low", 0)
    assert low.values["noise"] is None
    assert low.values["browser"] is None


def test_inputs_are_grouped_by_what_they_are_about() -> None:
    """Metrics stand with those of their table, whatever order they came in; columns of a file come last."""
    made = tuple(Input(name, name, "number") for name in ("pages", "recency_days", "shade", "revenue_total"))
    groups = grouped_inputs(made)
    assert list(groups) == ["Orders", "Further inputs"]
    assert [item.name for item in groups["Orders"]] == ["recency_days", "revenue_total"]
    assert [item.name for item in groups["Further inputs"]] == ["pages", "shade"]
