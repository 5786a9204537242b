"""What a training found, in sentences: in numbers that need no statistics, against a rule of thumb, and with its limits."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from analytics.predict import Contender, Fitted, Leak, Training, TrainingRequest
from analytics.predict.evaluation.intervals import bootstrap
from analytics.predict.evaluation.measures import MEASURES, figures
from analytics.predict.evaluation.model_words import TERMS, findings
from analytics.predict.trained import Baseline

RNG = np.random.default_rng(0)
CASES = 1_000
TRUTH = (np.arange(CASES) < 200).astype(float)
GOOD = np.where(np.arange(CASES) < 160, 0.9, np.where(np.arange(CASES) < 960, 0.1, 0.85))
"""Of 200 yes 160 are among the 200 with the highest scores."""


def training(truth: Any, kind: str = "classification", **scores: Any) -> Training:
    """A training by hand: models with those scores, the first is the best, against the mean."""
    request = TrainingRequest("shop", problem=kind, target="bought")
    made = tuple(
        Contender(
            name, {}, figures(kind, truth, each, 0.5), bootstrap(kind, truth, each, 0.5, draws=40),
            figures(kind, truth, each, 0.5), 0.5, 1.0, each, each, Fitted(kind, name, None, ()),
        )
        for name, each in scores.items()
    )  # fmt: skip
    mean = np.full(len(truth), truth.mean())
    rule = Baseline(
        "never", "Always no" if kind == "classification" else "Always the mean", figures(kind, truth, mean, 0.5)
    )
    return Training(
        "shop.x.0001", request, "GBP", "bought", "left", "", (), (), (rule,), made, next(iter(scores)),
        truth, truth, pd.DataFrame(index=range(len(truth))), pd.Series(range(len(truth))),
    )  # fmt: skip


def test_the_headline_counts_who_is_found() -> None:
    """160 of 200 are among the best fifth: eight of ten; guessing finds two."""
    told = findings(training(TRUTH, xgboost=GOOD, logistic=RNG.random(CASES)))
    assert told.headline == (
        "XGBoost finds 8 of 10 cases that are 'bought' among the 20% with the highest scores; guessing would find 2."
    )
    assert told.against == "It calls 92.0% of cases rightly; the rule “Always no” does for 80.0%."
    assert told.sureness.startswith("It is better than Logistic regression in 99 of 100")
    assert told.sentences[:3] == (told.headline, told.against, told.sureness)


def test_a_model_no_better_than_the_rule_is_said_to_be_so() -> None:
    """Scores that call nobody yes are right as often as “always no”, and cannot be told from another such model."""
    weak = RNG.random(CASES) * 0.4
    told = findings(training(TRUTH, xgboost=weak, logistic=RNG.random(CASES) * 0.4))
    assert told.against.endswith("no more than “Always no” with 80.0%.")
    ranked = np.where(TRUTH == 1, 0.3, 0.1) + RNG.random(CASES) * 0.19
    assert findings(training(TRUTH, xgboost=ranked)).against.endswith("what it adds is the order of cases.")
    assert told.sureness.startswith("It cannot be told from Logistic regression: in ")
    assert any("hardly tells the two answers apart" in limit for limit in told.limits)


def test_limits_are_told() -> None:
    """Few cases, a rare answer, chances that are off, and columns that know the answer."""
    truth = np.zeros(100)
    truth[:6] = 1
    made = training(truth, xgboost=np.linspace(0.9, 0.1, 100))
    made = replace(made, leaks=(Leak("price", "a copy", True), Leak("page", "nearly perfect", False)))
    told = " ".join(findings(made).limits)
    assert "Only 6 of the tested cases are 'bought'" in told
    assert "tested on 100 cases only" in told
    assert "points in the mean" in told
    assert "Left out, because they know the answer: price." in told
    assert "Used although they seem to know the answer: page." in told
    assert findings(made).sureness.startswith("Average precision lies between")


def test_a_test_part_without_a_yes_cannot_be_judged() -> None:
    """It is said so, and nothing is claimed."""
    told = findings(training(np.zeros(50), xgboost=np.linspace(0, 1, 50), logistic=np.linspace(1, 0, 50)))
    assert "could not be judged" in told.headline
    assert told.sureness == ""


def test_folds_that_were_better_than_the_test_part_are_told() -> None:
    """The cases have changed in between."""
    made = training(TRUTH, xgboost=GOOD)
    one = made.contenders[0]
    made = replace(made, contenders=(replace(one, in_folds={"average_precision": 0.999}),))
    assert any("unlike those it learnt from" in limit for limit in findings(made).limits)


@pytest.mark.parametrize(("off", "told"), [(2.0, "less"), (900.0, "no better")])
def test_amounts_are_told_in_their_unit(off: float, told: str) -> None:
    """By how much it is off, how large amounts are, and how much less than always the mean."""
    truth = RNG.random(400) * 100
    words = findings(training(truth, "regression", xgboost=truth + off, linear=truth + 1_000))
    assert words.headline.startswith(f"XGBoost is off by {off:.0f} in the mean, where amounts are ")
    assert told in words.against
    assert all(sentence.endswith(".") for sentence in words.sentences)


def test_the_glossary_explains_every_measure_and_each_word_once() -> None:
    """One sentence each, and no name twice."""
    names = [term.name for term in TERMS]
    assert len(set(names)) == len(names)
    assert {known.name for known in MEASURES} <= set(names)
    assert all(term.label and term.meaning.endswith(".") for term in TERMS)
