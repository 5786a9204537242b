"""The rule language: the same condition as JSON, as a sentence and as a mask."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest

from analytics.errors import RequestError
from analytics.rules import DEEPEST, MOST_CONDITIONS, OPERATORS, AllOf, AnyOf, Condition, Not, rule_from_json

FRAME = pd.DataFrame(
    {
        "days": pd.Series([1, 2, 3, 4]),
        "spend": pd.Series([-1.5, 0.0, np.nan, 100.0]),
        "country": pd.Categorical(["France", "united kingdom", None, "Spain"]),
        "email": pd.Series(["Anna@Example.com", "bert@shop.org", None, "Groß@straße.de"], dtype="str"),
        "agreed": pd.Series([True, False, True, False]),
        "consent": pd.Series([True, False, None, True], dtype=object),
        "signed_up_on": pd.Series([date(2020, 1, 31), date(2020, 2, 1), None, date(2019, 12, 9)], dtype=object),
        "born_on": pd.Series(["2020-01-31", "2020-02-01", None, "2019-12-09"], dtype="datetime64[ms]"),
        "seen_at": pd.to_datetime(pd.Series(["2020-01-31 23:59", "2020-02-01 00:00", None, "2019-12-09 10:00"])),
    }
)


def kept(column: str, operator: str, value: Any = None) -> list[int]:
    """The rows that a condition keeps."""
    mask = rule_from_json({"column": column, "is": operator, "value": value}).mask(FRAME)
    assert mask.dtype == np.bool_
    assert mask.shape == (len(FRAME),)
    return np.flatnonzero(mask).tolist()


@pytest.mark.parametrize(
    ("operator", "value", "rows"),
    [
        ("equal to", 2, [1]),
        ("equal to", "2", [1]),
        ("not equal to", 2, [0, 2, 3]),
        ("one of", [1, 4, 9], [0, 3]),
        ("one of", [], []),
        ("at least", 3, [2, 3]),
        ("at most", 2, [0, 1]),
        ("above", 3, [3]),
        ("below", 2, [0]),
        ("between", [2, 3], [1, 2]),
        ("between", [3, 2], []),
        ("missing", None, []),
        ("known", None, [0, 1, 2, 3]),
        ("contains", 3, [2]),
    ],
)
def test_numbers(operator: str, value: Any, rows: list[int]) -> None:
    """Numbers compare as numbers, with both ends of a range inside it."""
    assert kept("days", operator, value) == rows


@pytest.mark.parametrize(
    ("operator", "value", "rows"),
    [
        ("at least", 0, [1, 3]),
        ("at most", 0, [0, 1]),
        ("below", 0, [0]),
        ("equal to", 0, [1]),
        ("not equal to", 0, [0, 2, 3]),
        ("one of", [0, 100], [1, 3]),
        ("between", [-2, 0], [0, 1]),
        ("missing", None, [2]),
        ("known", None, [0, 1, 3]),
    ],
)
def test_a_missing_number_is_not_zero(operator: str, value: Any, rows: list[int]) -> None:
    """A missing value is neither 0 nor below anything; it is only missing, and different from every value."""
    assert kept("spend", operator, value) == rows


@pytest.mark.parametrize(
    ("operator", "value", "rows"),
    [
        ("equal to", "FRANCE", [0]),
        ("equal to", "United Kingdom", [1]),
        ("not equal to", "france", [1, 2, 3]),
        ("one of", ["SPAIN", "france", "Mars"], [0, 3]),
        ("contains", "AN", [0]),
        ("does not contain", "an", [1, 2, 3]),
        ("starts with", "UNITED", [1]),
        ("ends with", "N", [3]),
        ("at least", "spain", [1, 3]),
        ("below", "SPAIN", [0]),
        ("between", ["G", "T"], [3]),
        ("missing", None, [2]),
        ("known", None, [0, 1, 3]),
    ],
)
def test_categories(operator: str, value: Any, rows: list[int]) -> None:
    """Categories compare as text, without regard to case."""
    assert kept("country", operator, value) == rows


@pytest.mark.parametrize(
    ("operator", "value", "rows"),
    [
        ("equal to", "ANNA@example.COM", [0]),
        ("not equal to", "anna@example.com", [1, 2, 3]),
        ("one of", ["BERT@SHOP.ORG"], [1]),
        ("contains", "SHOP", [1]),
        ("does not contain", "@", [2]),
        ("starts with", "b", [1]),
        ("ends with", ".COM", [0]),
        ("missing", None, [2]),
        ("contains", ".", [0, 1, 3]),
        ("contains", "e.m", []),
    ],
)
def test_text(operator: str, value: Any, rows: list[int]) -> None:
    """Text compares without regard to case, and what is looked for is no pattern: a full stop is a full stop."""
    assert kept("email", operator, value) == rows


@pytest.mark.parametrize("value", ["groß@straße.de", "Groß@Straße.de", "GROß@STRAßE.DE"])
def test_text_beyond_ascii_equals_itself(value: str) -> None:
    """A word with a sharp s equals itself, in whatever case the other letters are."""
    assert kept("email", "equal to", value) == [3]
    assert kept("email", "one of", [value]) == [3]
    assert kept("email", "contains", value[-8:]) == [3]


@pytest.mark.parametrize(("value", "rows"), [(True, [0, 2]), (False, [1, 3]), ("yes", [0, 2]), ("No", [1, 3])])
def test_flags(value: Any, rows: list[int]) -> None:
    """A flag is compared with yes and no, or with true and false as JSON has them."""
    assert kept("agreed", "equal to", value) == rows
    assert kept("agreed", "one of", [value]) == rows


def test_flags_with_missing_values() -> None:
    """Who did not say whether they agree neither agreed nor refused."""
    assert kept("consent", "equal to", "yes") == [0, 3]
    assert kept("consent", "equal to", False) == [1]
    assert kept("consent", "not equal to", True) == [1, 2]
    assert kept("consent", "missing") == [2]
    assert kept("consent", "known") == [0, 1, 3]


@pytest.mark.parametrize("column", ["signed_up_on", "born_on", "seen_at"])
def test_days(column: str) -> None:
    """Days compare by their ISO form: across months and years, and an instant belongs to its day's beginning."""
    assert kept(column, "at least", "2020-01-31") == [0, 1]
    assert kept(column, "below", "2020-01-31") == [3]
    assert kept(column, "between", ["2019-12-01", "2019-12-31"]) == [3]
    assert kept(column, "starts with", "2020-02") == [1]
    assert kept(column, "missing") == [2]
    assert kept(column, "known") == [0, 1, 3]


@pytest.mark.parametrize("column", ["signed_up_on", "born_on"])
def test_a_day_equals_its_iso_form(column: str) -> None:
    """A column of days has no hours: the day alone is equal, and the end of a range is in it."""
    assert kept(column, "equal to", "2020-02-01") == [1]
    assert kept(column, "one of", ["2020-02-01", "2019-12-09"]) == [1, 3]
    assert kept(column, "between", ["2020-01-31", "2020-02-01"]) == [0, 1]


def test_a_day_can_be_compared_with_a_day() -> None:
    """From Python a date is as good as its text."""
    assert np.flatnonzero(Condition("signed_up_on", "at most", date(2020, 1, 31)).mask(FRAME)).tolist() == [0, 3]


def test_all_any_not() -> None:
    """AND, OR and NOT nest."""
    told = {
        "all": [
            {"any": [{"column": "days", "is": "below", "value": 2}, {"column": "days", "is": "above", "value": 2}]},
            {"not": {"column": "country", "is": "equal to", "value": "Spain"}},
        ]
    }
    assert rule_from_json(told).mask(FRAME).tolist() == [True, False, True, False]


@pytest.mark.parametrize("operator", OPERATORS, ids=lambda operator: operator.name)
def test_not_is_the_rest(operator: Any) -> None:
    """Whatever the operator and the column, a condition and its negation part the customers: missing values too."""
    value = {"text": "1", "number": 1, "pair": [0, 1], "list": ["1", "0"], "none": None}[operator.value]
    for column in FRAME.columns:
        told = {"column": column, "is": operator.name, "value": value}
        mask = rule_from_json(told).mask(FRAME)
        assert (rule_from_json({"not": told}).mask(FRAME) == ~mask).all()


NESTED = {
    "any": [
        {
            "all": [
                {"column": "country", "is": "one of", "value": ["France", "Spain"]},
                {"column": "email", "is": "known"},
            ]
        },
        {"not": {"column": "days", "is": "between", "value": [2, 3.5]}},
        {"column": "consent", "is": "equal to", "value": True},
    ]
}


def test_json_round_trip() -> None:
    """A rule read from JSON and written again is the same JSON, and the same rule when it is read once more."""
    rule = rule_from_json(json.loads(json.dumps(NESTED)))
    assert json.loads(json.dumps(rule.to_json())) == NESTED
    assert rule_from_json(rule.to_json()) == rule
    assert hash(rule) == hash(rule_from_json(NESTED))


def test_sentence() -> None:
    """A rule reads as English, with brackets where AND meets OR."""
    assert rule_from_json(NESTED).sentence() == (
        "(country is one of France, Spain and email is known) or not (days is between 2 and 3.5) or consent is True"
    )


def test_sentence_with_labels() -> None:
    """Columns are called by the labels that the reader knows."""
    rule = AllOf((Condition("days", "at least", 3), Condition("spend", "missing")))
    assert rule.sentence(str.upper) == "DAYS is at least 3 and SPEND is missing"


def test_one_part_needs_no_brackets() -> None:
    """An AND of a single OR of a single condition is that condition."""
    rule = AllOf((AnyOf((Condition("days", "below", 3),)), Not(AnyOf((Condition("days", "below", 2),)))))
    assert rule.sentence() == "days is below 3 and not (days is below 2)"


@pytest.mark.parametrize(
    "told",
    [
        None,
        [],
        "days > 3",
        {},
        {"all": []},
        {"any": {}},
        {"all": [{}]},
        {"not": None},
        {"column": "days"},
        {"column": "days", "is": "like", "value": 1},
        {"column": 3, "is": "equal to", "value": 1},
        {"column": "days", "is": ["equal to"], "value": 1},
        {"all": [{"column": "days", "is": "missing"}], "any": [{"column": "days", "is": "known"}]},
        {"not": {"column": "days", "is": "missing"}, "column": "days"},
        {"column": "days", "is": "equal to", "value": 1, "or": 2},
    ],
)
def test_what_is_no_rule(told: Any) -> None:
    """Anything else is refused with what was said and what can be said; no key is dropped in silence."""
    with pytest.raises(RequestError, match=r"is not a rule\. Use all, any, not, did, or a column that is equal to, "):
        rule_from_json(told)


@pytest.mark.parametrize(
    ("operator", "value"),
    [
        ("equal to", None),
        ("equal to", [1]),
        ("at least", {"a": 1}),
        ("at least", float("nan")),
        ("one of", "France"),
        ("one of", [["France"]]),
        ("one of", [None]),
        ("between", 3),
        ("between", [1]),
        ("between", [1, 2, 3]),
        ("between", [1, None]),
    ],
)
def test_values_of_the_wrong_kind(operator: str, value: Any) -> None:
    """A value that an operator cannot take is refused, with the operator and the value."""
    with pytest.raises(RequestError, match=f"'days is {operator}' cannot be compared with"):
        rule_from_json({"column": "days", "is": operator, "value": value})


@pytest.mark.parametrize("value", ["many", 10**400], ids=["text", "huge"])
def test_a_number_is_compared_with_a_number(value: Any) -> None:
    """Text and numbers beyond all bounds are refused in a sentence."""
    with pytest.raises(RequestError, match=r"'days' is a number; '.*' is not\."):
        rule_from_json({"column": "days", "is": "at least", "value": value}).mask(FRAME)


def test_unknown_column() -> None:
    """A column that customers do not have is named, with those that they have."""
    with pytest.raises(RequestError, match=r"Customers have no 'age'\. They have days, spend, country"):
        rule_from_json({"column": "age", "is": "known"}).mask(FRAME)


LEAF = {"column": "days", "is": "known"}


def test_the_most_conditions() -> None:
    """A hundred conditions are possible, one more is not."""
    assert rule_from_json({"all": [LEAF] * MOST_CONDITIONS}).mask(FRAME).all()
    halves = [{"any": [LEAF] * 51}, {"any": [LEAF] * 50}]
    with pytest.raises(RequestError, match=r"The rule has 101 conditions\. 100 are the most\."):
        rule_from_json({"all": halves})


def nested(levels: int) -> Any:
    told: Any = LEAF
    for _ in range(levels - 1):
        told = {"not": told}
    return told


@pytest.mark.parametrize("levels", [DEEPEST + 1, 900])
def test_the_deepest_nesting(levels: int) -> None:
    """Eight levels are possible; nine, or as many as would exhaust the stack, are refused in a sentence."""
    assert rule_from_json(nested(DEEPEST)).mask(FRAME).tolist() == [False] * 4
    with pytest.raises(RequestError, match="nested more than 8 levels deep"):
        rule_from_json(nested(levels))
