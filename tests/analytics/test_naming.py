"""Names of segmentations: what is written is what is read, and what is wrong is refused in a sentence."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.clusters import SCALINGS
from analytics.errors import RequestError
from analytics.metrics import METRICS
from analytics.request import AnalysisRequest
from analytics.segmentation import label_of, name_of, request_named

BASE = AnalysisRequest("shop", "0001-00000000", date(2024, 5, 1))
PLAIN = {"metrics": ("order_count", "revenue_total")}


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("kmeans", {}),
        ("kmeans:k=4", {"k": 4}),
        ("kmeans:k=6,metrics=order_count+revenue_total,scaling=robust", {"k": 6, "scaling": "robust", **PLAIN}),
        ("kmeans:attributes=gender+a%2Bb%20%3D%2C,seed=7", {"attributes": ("gender", "a+b =,"), "seed": 7}),
    ],
)
def test_a_name_is_a_request(name: str, told: dict[str, object]) -> None:
    """Each name means the request that it spells, on the dataset, version and day of the base; and is its name."""
    asked = AnalysisRequest("shop", BASE.version, BASE.as_of, algorithm="kmeans", **told)
    assert request_named(name, BASE) == asked
    assert name_of(asked) == name


def test_rfm_is_a_name() -> None:
    """`rfm` is the RFM segmentation, whatever the base asks for."""
    found = request_named(" rfm ", AnalysisRequest("shop", algorithm="kmeans", k=3))
    assert (found.algorithm, found.k, name_of(found), label_of(found)) == ("rfm", None, "rfm", "RFM")


@given(
    k=st.none() | st.integers(2, 20),
    metrics=st.lists(st.sampled_from([known.name for known in METRICS]), min_size=1, max_size=6, unique=True),
    attributes=st.lists(st.text(min_size=1, max_size=8), max_size=3, unique=True),
    scaling=st.sampled_from([known.name for known in SCALINGS]),
    seed=st.integers(0, 2**32 - 1),
)
def test_every_request_has_a_name_that_means_it(
    k: int | None, metrics: list[str], attributes: list[str], scaling: str, seed: int
) -> None:
    """Whatever a clustering is asked for, columns with strange letters too, reading its name gives it again."""
    asked = AnalysisRequest(
        "shop",
        BASE.version,
        BASE.as_of,
        algorithm="kmeans",
        k=k,
        metrics=tuple(metrics),
        attributes=tuple(attributes),
        scaling=scaling,
        seed=seed,
    )
    assert request_named(name_of(asked), BASE) == asked


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("", "There is no segmentation ''"),
        ("kmean", "There is no segmentation 'kmean'. Write rfm, an algorithm such as kmeans:k=4"),
        ("rfm:k=3", "RFM segments follow from rules"),
        ("kmeans:k", "'k' is not a setting. Write name=value"),
        ("kmeans:k=4,", "'' is not a setting"),
        ("kmeans:k=4,k=5", "'k' is set twice"),
        ("kmeans:k=four", "'four' is not possible for k. Use a whole number."),
        ("kmeans:k=99", "'99' is not possible for k"),
        ("kmeans:seed=-1", "'-1' is not possible for seed"),
        ("kmeans:eps=3", "K-Means has no setting 'eps'. It has k"),
        ("kmeans:scaling=x", "'x' is not possible for scaling"),
        ("kmeans:metrics=order_count+nonsense", "nonsense"),
        ("kmeans:metrics=", "one metric or more"),
        ("../../etc/passwd", "There is no segmentation"),
    ],
)
def test_what_is_no_name_is_refused(name: str, said: str) -> None:
    """A name that means nothing is refused in a sentence that says what is wrong with it."""
    with pytest.raises(RequestError) as refused:
        request_named(name, BASE)
    assert said in str(refused.value)


def test_a_label_says_the_settings() -> None:
    """On a screen a clustering is its algorithm with what it was told."""
    assert label_of(request_named("kmeans:k=4", BASE)) == "K-Means (k = 4)"
    assert label_of(request_named("kmeans", BASE)) == "K-Means"
    by_gender = AnalysisRequest("shop", algorithm="kmeans", metrics=(), attributes=("gender",))
    assert label_of(by_gender) == "K-Means (metrics = none, attributes = gender)"
    assert label_of(request_named("kmeans:metrics=order_count+revenue_total", BASE)).endswith(
        "(metrics = order_count + revenue_total)"
    )
