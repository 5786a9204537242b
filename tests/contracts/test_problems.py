"""What every problem keeps to, so that the form, the store and the scores of customers can follow from it."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from analytics.errors import NotFoundError
from analytics.predict import PROBLEMS, Problem, TrainingRequest, problem
from analytics.predict.cases import Cases
from analytics.predict.guard.leaks import find_leaks
from analytics.schema import TABLES
from analytics.sources import Source
from tests.analytics.click_shops import Click, clicks_in_memory
from tests.analytics.predict.labelled_tables import labelled_in_memory
from tests.conftest import shop_in_memory, varied_shop

ALL = pytest.mark.parametrize("asked", PROBLEMS, ids=lambda asked: asked.name)


def clicks() -> Source:
    """Visits of ten visitors over 40 days: a third fill a cart, half of those buy."""
    begin = datetime.fromisoformat("2024-01-01T09:00")
    made = []
    for number in range(120):
        at = begin + timedelta(hours=8 * number)
        steps = ["view"] * (1 + number % 4) + ["cart"] * (number % 3 == 0) + ["purchase"] * (number % 6 == 0)
        for place, step in enumerate(steps):
            when = (at + timedelta(seconds=20 * place + number % 7)).isoformat()
            made.append(
                Click(
                    f"v{number % 10}",
                    when,
                    step,
                    f"p{number % 3}",
                    f"c{number % 5}",
                    f"i{number % 11}",
                    float(number % 9),
                )
            )
    return clicks_in_memory(made, as_of=date(2024, 3, 1))


def source_of(asked: Problem) -> Source:
    if "labelled" in asked.needs:
        rows = range(80)
        return labelled_in_memory(
            {
                "x": [float(row * 7 % 11) for row in rows],
                "kind": [f"k{row % 4}" for row in rows],
                "y": [row % 2 for row in rows],
            }
        )
    return clicks() if {"sessions", "events"} & set(asked.needs) else shop_in_memory(varied_shop())


def request_of(asked: Problem) -> TrainingRequest:
    return TrainingRequest("shop", problem=asked.name, target="y" if asked.needs_target else "", horizon_days=60)


@pytest.fixture(scope="module")
def made() -> dict[str, Cases]:
    return {asked.name: asked.cases(source_of(asked), request_of(asked)) for asked in PROBLEMS}


@ALL
def test_words(asked: Problem) -> None:
    """A name in small letters, a label, a question with a question mark, what one case is, and tables that exist."""
    assert re.fullmatch(r"[a-z]+", asked.name)
    assert asked.label[0].isupper()
    assert asked.question.endswith("?")
    assert asked.one_case_is in ("customer", "visit", "cart", "row")
    assert set(asked.needs) <= {table.name for table in TABLES}
    assert asked.looks_ahead == ("{days}" in asked.question)
    assert asked.needs_target == ("{target}" in asked.question)
    assert problem(asked.name) is asked


def test_names_are_unique_and_an_unknown_one_lists_them() -> None:
    """Six problems, each by its own name."""
    names = [asked.name for asked in PROBLEMS]
    assert sorted(set(names)) == sorted(names)
    with pytest.raises(NotFoundError, match=", ".join(names)):
        problem("weather")


@ALL
def test_cases_are_features_and_answers(asked: Problem, made: dict[str, Cases]) -> None:
    """Numbers and categories in the order of their names, an answer and a name for each case, sentences in every note."""
    cases = made[asked.name]
    assert list(cases.frame.columns) == sorted(cases.frame.columns)
    assert all(isinstance(kind, pd.CategoricalDtype) or kind == np.float64 for kind in cases.frame.dtypes)
    assert len(cases.frame) == len(cases.target) == len(cases.ids) > 0
    assert np.isfinite(cases.target).all()
    assert cases.frame.index.equals(pd.RangeIndex(len(cases)))
    assert not cases.frame.isna().all().any()
    if asked.kind == "classification":
        assert set(cases.target) == {0.0, 1.0}
        assert cases.positive
        assert cases.negative
    assert (cases.is_test is None) == (not cases.split)
    if cases.is_test is not None:
        assert 0 < cases.is_test.sum() < len(cases)
    for sentence in (*cases.notes, *cases.suspects.values(), *filter(None, [cases.split])):
        assert sentence.endswith(".")
        assert sentence[0].isupper() or sentence[0] == "'" or sentence[0].isdigit()
    for values in cases.naive.values():
        assert np.isfinite(values).all()
        assert asked.kind == "regression" or ((values >= 0) & (values <= 1)).all()
    assert not {"customer_id", "visitor_id", "session", "session_id", "case", "is_test", "email"} & set(cases.frame)


@ALL
def test_cases_are_the_same_each_time(asked: Problem, made: dict[str, Cases]) -> None:
    """A request and a version decide them."""
    again = asked.cases(source_of(asked), request_of(asked))
    pd.testing.assert_frame_equal(made[asked.name].frame, again.frame)
    assert made[asked.name].target.tolist() == again.target.tolist()


@ALL
def test_current_cases_have_every_feature(asked: Problem, made: dict[str, Cases]) -> None:
    """Those of whom it is asked now have what models learn from, and no answer."""
    if asked.current is None:
        assert asked.one_case_is in ("visit", "row")
        return
    source = source_of(asked)
    request = request_of(asked).resolved(source.version, source.default_as_of)
    if asked.one_case_is == "cart":
        source = clicks_in_memory([Click("v", "2024-01-01T10:00", "cart")], as_of=date(2024, 1, 2))
    now = asked.current(source, request)
    assert np.isnan(now.target).all()
    assert len(now) == len(now.ids) > 0
    if asked.one_case_is == "customer":
        assert set(made[asked.name].frame) <= set(now.frame)
        assert now.ids.is_unique


@ALL
def test_the_guard_leaves_something_to_learn_from(asked: Problem, made: dict[str, Cases]) -> None:
    """Suspects are named where they are features; each leak has a reason, and not all columns go."""
    cases = made[asked.name]
    found = find_leaks(cases, np.arange(len(cases)), kind=asked.kind)
    assert {leak.column for leak in found} >= set(cases.suspects) & set(cases.frame)
    assert all(leak.reason.endswith(".") and leak.excluded for leak in found)
    assert len(found) < len(cases.frame.columns)
