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


def test_the_headline_says_how_much_the_best_hold() -> None:
    """160 of 200 yes are among the best fifth; and a share is not rounded to tenths: 150 are 75%."""
    told = findings(training(TRUTH, xgboost=GOOD, logistic=RNG.random(CASES)))
    assert told.headline == "XGBoost: the best 20% of cases hold 80% of those that are 'bought'; chance would hold 20%."
    assert told.against == "It calls 92.0% of cases rightly; the rule “Always no” does for 80.0%."
    assert told.sureness.startswith("It is better than Logistic regression in 99 of 100")
    assert told.sentences[:3] == (told.headline, told.against, told.sureness)
    some = np.where(np.arange(CASES) < 150, 0.9, np.where(np.arange(CASES) < 950, 0.1, 0.85))
    assert "hold 75% of" in findings(training(TRUTH, xgboost=some)).headline


@pytest.mark.parametrize(
    ("problem", "rare", "common"),
    [
        ("classification", "of those that are 'bought'", "are 'bought'; of all tested"),
        ("conversion", "of visits hold 80% of those with a purchase", "end with a purchase; of all tested"),
        ("churn", "hold 80% of those who will be lost", "will be lost; of all tested"),
        ("abandonment", "hold 80% of those that are left", "are left; of all tested"),
    ],
)
def test_the_headline_uses_the_words_of_the_problem(problem: str, rare: str, common: str) -> None:
    """Where yes is rare and where it is not."""
    mostly = (np.arange(CASES) < 540).astype(float)
    target = "bought" if problem == "classification" else ""
    for truth, scores, words in ((TRUTH, GOOD, rare), (mostly, 0.9 * mostly + 0.05, common)):
        made = training(truth, xgboost=scores)
        told = findings(replace(made, request=replace(made.request, problem=problem, target=target)))
        assert words in told.headline


def test_where_yes_is_not_rare_the_headline_says_how_many_of_the_best_are_right() -> None:
    """With 54% yes the best fifth can hold 37% of them at most: a perfect model and a good one have to differ."""
    truth = (np.arange(CASES) < 540).astype(float)
    perfect, good = np.linspace(1, 0, CASES), np.linspace(1, 0, CASES)
    good[:20], good[-20:] = good[-20:].copy(), good[:20].copy()
    start = "XGBoost: of the 20% of cases with the highest score "
    assert findings(training(truth, xgboost=perfect)).headline == f"{start}100% are 'bought'; of all tested 54%."
    assert findings(training(truth, xgboost=good)).headline == f"{start}90% are 'bought'; of all tested 54%."


@pytest.mark.parametrize("yes", [40, 200, 540, 950])
def test_a_useless_model_is_said_to_be_no_better_than_chance(yes: int) -> None:
    """One that gives all the same score, and one that draws lots; no rule of thumb is beaten by saying always yes."""
    truth = (np.arange(CASES) < yes).astype(float)
    told = findings(training(truth, xgboost=np.full(CASES, 0.9)))
    assert told.headline == "XGBoost is no better than chance: it gives every case the same score."
    assert "no more than" in told.against
    drawn = findings(training(truth, xgboost=np.random.default_rng(5).permutation(CASES) / CASES))
    assert drawn.headline == "XGBoost is no better than chance: drawing the tested cases by lot would do as well."


def test_few_cases_prove_nothing() -> None:
    """An order that looks good on so few that lots may give it."""
    truth, scores = np.array([1, 0, 1, 0, 0, 1.0]), np.array([0.9, 0.8, 0.7, 0.3, 0.2, 0.1])
    scores[5] = 0.75
    told = findings(training(truth, xgboost=scores))
    assert told.headline == "XGBoost cannot be told from chance: the tested cases are too few."


def test_a_model_no_better_than_the_rule_is_said_to_be_so() -> None:
    """Scores that call nobody yes are right as often as “always no”, and cannot be told from another such model."""
    draws = np.random.default_rng(1)  # which of two draws is better depends on them
    weak = draws.random(CASES) * 0.4
    told = findings(training(TRUTH, xgboost=weak, logistic=draws.random(CASES) * 0.4))
    assert told.against.endswith("no more than “Always no” with 80.0%.")
    ranked = np.where(TRUTH == 1, 0.3, 0.1) + draws.random(CASES) * 0.19
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
    hardly = one.figures["average_precision"] + 0.001
    narrow = replace(
        one, in_folds={"average_precision": hardly}, intervals={"average_precision": (0.0, hardly - 0.0005)}
    )
    assert not [limit for limit in findings(replace(made, contenders=(narrow,))).limits if "unlike those" in limit]


@pytest.mark.parametrize(("off", "told"), [(2.0, "less"), (900.0, "no better")])
def test_amounts_are_told_in_their_unit(off: float, told: str) -> None:
    """By how much it is off, how large amounts are, and how much less than always the mean."""
    truth = RNG.random(400) * 100
    words = findings(training(truth, "regression", xgboost=truth + off, linear=truth + 1_000))
    assert words.headline.startswith(
        f"XGBoost is off by {off:.0f} in the mean, where the amounts that it was tested on are "
    )
    assert told in words.against
    assert all(sentence.endswith(".") for sentence in words.sentences)


def test_a_mean_of_amounts_that_is_far_off_is_told() -> None:
    """A model that predicts half of what comes makes wrong sums; one whose mean is off by less than chance is not named."""
    truth = 50 + RNG.random(400) * 100
    half = findings(training(truth, "regression", xgboost=truth / 2)).limits
    assert any("in the mean of the tested cases" in limit and "no sum of them" in limit for limit in half)
    told = findings(training(np.linspace(50, 150, 400), "regression", xgboost=np.linspace(25, 75, 400)))
    assert any(
        limit.startswith("It predicts 50 in the mean of the tested cases, and 100 came") for limit in told.limits
    )
    right = findings(training(truth, "regression", xgboost=truth + RNG.normal(0, 20, 400))).limits
    assert not any("no sum of them" in limit for limit in right)
    rare = np.zeros(400)
    rare[0] = 1_000.0  # one customer brings it all: the mean says nothing
    assert not any(
        "no sum of them" in limit for limit in findings(training(rare, "regression", xgboost=np.full(400, 1.0))).limits
    )


def test_the_glossary_explains_every_measure_and_each_word_once() -> None:
    """One sentence each, and no name twice."""
    names = [term.name for term in TERMS]
    assert len(set(names)) == len(names)
    assert {known.name for known in MEASURES} <= set(names)
    assert all(term.label and term.meaning.endswith(".") for term in TERMS)
