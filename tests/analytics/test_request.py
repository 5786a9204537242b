"""The request: validated where it is made, the same in JSON and back, defaults left out."""

from __future__ import annotations

import json
from dataclasses import FrozenInstanceError, fields
from datetime import date
from typing import Any

import pytest

from analytics.errors import RequestError
from analytics.request import ALGORITHM_NAMES, AnalysisRequest, request_from_json
from analytics.rules import Condition

FULL = AnalysisRequest(
    "shop",
    version="0001-abcdef01",
    as_of=date(2011, 12, 10),
    period="90",
    algorithm="kmeans",
    k=5,
    params=(),
    metrics=("order_count", "tenure_days"),
    attributes=("city",),
    scaling="robust",
    seed=7,
    countries=("France", "Spain"),
    segments=("Champions",),
    where=Condition("order_count", "at least", 2),
    search="anna",
    sort="order_count",
    descending=False,
)


def test_defaults_are_left_out() -> None:
    """A request that asks for nothing special is its dataset's name: links stay short."""
    assert AnalysisRequest("shop").to_json() == {"dataset": "shop"}
    assert request_from_json({"dataset": "shop"}) == AnalysisRequest("shop")


def test_json_round_trip() -> None:
    """Every field survives JSON; the two requests are equal and so are their keys in a cache."""
    told = json.loads(json.dumps(FULL.to_json()))
    assert request_from_json(told) == FULL
    assert hash(request_from_json(told)) == hash(FULL)
    told_fields = {item.name for item in fields(AnalysisRequest)} - {"preset", "params"}
    assert set(told) == told_fields, "a new field belongs into FULL"


def test_null_is_the_default() -> None:
    """Where None is the default, null may be said."""
    told = {"dataset": "shop", "version": None, "as_of": None, "k": None, "where": None}
    assert request_from_json(told) == AnalysisRequest("shop")


def test_unfiltered() -> None:
    """Without its filters a request still asks for the same analysis."""
    assert FULL.unfiltered().to_json() == {
        "dataset": "shop",
        "version": "0001-abcdef01",
        "as_of": "2011-12-10",
        "algorithm": "kmeans",
        "k": 5,
        "metrics": ["order_count", "tenure_days"],
        "attributes": ["city"],
        "scaling": "robust",
        "seed": 7,
    }


def test_frozen() -> None:
    """A request does not change once it is made."""
    with pytest.raises(FrozenInstanceError):
        FULL.k = 6


@pytest.mark.parametrize(
    ("key", "value", "sentence"),
    [
        ("dataset", "../etc", "'../etc' cannot be a dataset's name"),
        ("dataset", 3, "'3' is not possible for dataset"),
        ("dataset", None, "'None' is not possible for dataset"),
        ("version", 3, "'3' is not possible for version"),
        ("as_of", "2011-13-01", "'2011-13-01' is not a day"),
        ("as_of", 20111210, "'20111210' is not a day"),
        ("as_of", "0001-01-01", "'0001-01-01' is not possible for as_of. Allowed: a day from 1900-01-01 to 2199-12-31"),
        ("as_of", "9999-12-31", "'9999-12-31' is not possible for as_of"),
        ("period", "7", "'7' is not possible for period. Allowed: auto, 30, 90, 365, all"),
        ("period", 30, "'30' is not possible for period"),
        ("algorithm", "magic", "'magic' is not possible for algorithm. Allowed: rfm, kmeans"),
        ("preset", "stars", "There is no RFM preset 'stars'"),
        ("k", 1, "'1' is not possible for k. Allowed: a whole number from 2 to 20"),
        ("k", 21, "'21' is not possible for k"),
        ("k", 2.5, "'2.5' is not possible for k"),
        ("k", "3", "'3' is not possible for k"),
        ("k", True, "'True' is not possible for k"),
        ("metrics", [], "'' is not possible for metrics. Allowed: one metric or more"),
        ("metrics", ["loyalty"], "There is no metric 'loyalty'"),
        ("metrics", ["order_count", "order_count"], "A metric is named twice"),
        ("metrics", "order_count", "'order_count' is not possible for metrics. Allowed: a list of names"),
        ("metrics", [1], "is not possible for metrics"),
        ("seed", -1, "'-1' is not possible for seed"),
        ("seed", 2**32, "'4294967296' is not possible for seed"),
        ("seed", None, "'None' is not possible for seed"),
        ("countries", "France", "'France' is not possible for countries. Allowed: a list of names"),
        ("countries", ["x"] * 501, "'501 values' is not possible for countries. Allowed: 500 values at most"),
        ("segments", [None], "is not possible for segments"),
        ("where", {"column": "x"}, "is not a rule"),
        ("search", "x" * 201, "is not possible for search. Allowed: 200 letters at most"),
        ("search", None, "'None' is not possible for search"),
        ("sort", 1, "'1' is not possible for sort"),
        ("descending", "yes", "'yes' is not possible for descending. Allowed: true or false"),
        ("colour", "red", "'colour' is not possible for request. Allowed: algorithm, as_of, attributes"),
    ],
)
def test_each_bad_value_is_named(key: str, value: Any, sentence: str) -> None:
    """What is out of range is refused with the value and what is allowed."""
    with pytest.raises(RequestError) as caught:
        request_from_json({"dataset": "shop", key: value})
    assert sentence in str(caught.value)


@pytest.mark.parametrize("k", [2, 20])
def test_the_ends_of_the_range_of_k(k: int) -> None:
    """Two and twenty groups are possible."""
    assert AnalysisRequest("shop", algorithm="kmeans", k=k).k == k


def test_every_algorithm_can_be_asked_for() -> None:
    """RFM and every clustering of the registry are the algorithms of a request."""
    from analytics.clusters import ALGORITHMS

    clusterings = tuple(algorithm.name for algorithm in ALGORITHMS)
    assert clusterings == ALGORITHM_NAMES[1:]
    assert ALGORITHM_NAMES[0] == "rfm"
