"""What customers are grouped by: suitable attributes, sets to start from, what scaling makes of each, and what stands in."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from analytics.clusters import SCALINGS
from analytics.clusters.feature_sets import (
    FEATURE_SETS,
    feature_set,
    feature_sets,
    features_of,
    suitable_attributes,
    unsuitable,
    without_copies,
)
from analytics.clusters.features import describe_space, feature_spread, skewness
from analytics.customers import PERSONAL, CustomerTable, customer_table
from analytics.errors import EmptyDataError, RequestError
from analytics.metrics import METRICS, RFM_METRICS, metrics_named
from analytics.request import AnalysisRequest
from analytics.segmentation import segment
from tests.conftest import shop_in_memory, varied_shop

DAY = date(2024, 6, 1)
ROWS = 200
RANDOM = np.random.default_rng(5)
ABOUT = {
    "gender": pd.Categorical(["female", "male"] * (ROWS // 2)),
    "age": pd.array([20 + n % 50 if n % 9 else None for n in range(ROWS)], dtype="Int64"),
    "income": RANDOM.normal(40_000, 8_000, ROWS),
    "joined_on": pd.to_datetime([DAY - timedelta(days=n * 5) for n in range(ROWS)]),
    "is_member": pd.Series([n % 3 == 0 if n % 11 else None for n in range(ROWS)], dtype=object),
    "email": [f"c{n}@example.com" for n in range(ROWS)],
    "loyalty_id": [f"L{n}" for n in range(ROWS)],
    "card": pd.Categorical([f"K{n:05d}" for n in range(ROWS)]),
    "account": np.arange(ROWS) * 7 + 100_000,
    "postcode": np.arange(ROWS) % 30 + 10_000,
    "has_email_consent": [n % 2 == 0 for n in range(ROWS)],
    "sms_opt_out": pd.Categorical(["yes", "no"] * (ROWS // 2)),
    "segment": pd.Categorical(["Lost", "Loyal"] * (ROWS // 2)),
    "own_segment": pd.Categorical(["A", "B"] * (ROWS // 2)),
    "pinned_spring": pd.Categorical(["A", "B"] * (ROWS // 2)),
    "currency": pd.Categorical(["EUR"] * ROWS),
}
SUITABLE = ("gender", "age", "income", "joined_on", "is_member")


def table_of(metrics: dict[str, Any] | None = None, about: dict[str, Any] | None = None) -> CustomerTable:
    """Customers made by hand: their metrics and their attributes."""
    measured = metrics or {
        "recency_days": RANDOM.integers(1, 300, ROWS),
        "order_count": RANDOM.integers(1, 9, ROWS),
        "revenue_total": RANDOM.lognormal(4, 1, ROWS),
    }
    about = ABOUT if about is None else about
    frame = pd.DataFrame({**measured, **about})
    frame.insert(0, "customer_id", [f"c{n:04d}" for n in range(len(frame))])
    return CustomerTable(frame, DAY, "EUR", "by hand", metrics_named(measured), tuple(about))


@pytest.fixture(scope="module")
def table() -> CustomerTable:
    return table_of()


# Attributes


def test_suitable_attributes(table: CustomerTable) -> None:
    """Numbers, days, flags and categories of few values are offered, and nothing else."""
    assert suitable_attributes(table) == SUITABLE


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("customer_id", "names a person"),
        ("email", "names a person"),
        ("loyalty_id", "names a person"),
        ("card", "200 different values, and most customers have a rare one"),
        ("account", "a number that only names"),
        ("postcode", "a number that only names"),
        ("has_email_consent", "what customers allow"),
        ("sms_opt_out", "what customers allow"),
        ("segment", "a group that customers are in already"),
        ("own_segment", "a group that customers are in already"),
        ("pinned_spring", "a group that customers are in already"),
        ("currency", "the same for nearly all customers"),
    ],
)
def test_why_an_attribute_is_not_suitable(table: CustomerTable, name: str, why: str) -> None:
    """Whoever asks for one all the same is told why not, and what can be had."""
    assert why in unsuitable(table, name)
    assert unsuitable(table, name).endswith(".")
    if name not in PERSONAL:
        with pytest.raises(RequestError, match=rf"{why}.*Choose among gender, age, income, joined_on, is_member\."):
            describe_space(table, RFM_METRICS, (name,))


# Sets to start from


def test_sets_of_a_shop_without_visits(table: CustomerTable) -> None:
    """Without visits there is no behaviour; demographics are the suitable attributes, each set with RFM."""
    found = feature_sets(table)
    assert found["rfm"] == (RFM_METRICS, ())
    assert "behaviour" not in found
    assert found["everything"] == (RFM_METRICS, ())
    assert found["demographics"] == (RFM_METRICS, SUITABLE)
    with pytest.raises(
        RequestError, match=r"does not allow 'behaviour'\. It needs visits .* Allowed: rfm, everything, demo"
    ):
        features_of("behaviour", table)
    with pytest.raises(RequestError, match=r"'all' is not possible for features\. Allowed: rfm, behaviour, everything"):
        feature_set("all")


def test_sets_of_a_shop_without_attributes() -> None:
    """Where nothing is known of who customers are, there are no demographics."""
    found = feature_sets(table_of(about={}))
    assert list(found) == ["rfm", "everything"]


def test_behaviour_is_what_differs_between_visitors() -> None:
    """The metrics of visits that somebody has and that differ are in, besides RFM."""
    some = np.arange(ROWS)
    metrics = {
        "recency_days": RANDOM.permutation(some),
        "order_count": RANDOM.permutation(some) % 7,
        "revenue_total": RANDOM.permutation(some),
        "session_count": RANDOM.permutation(some),
        "session_seconds_mean": np.full(ROWS, np.nan),
        "bounce_rate": np.full(ROWS, 0.5),
    }
    assert feature_sets(table_of(metrics, {}))["behaviour"] == ((*RFM_METRICS, "session_count"), ())


def test_copies_are_left_out() -> None:
    """Of metrics that say the same in logarithms the first stays; one that goes the other way is a copy too."""
    some = RANDOM.permutation(np.arange(1.0, ROWS + 1))
    metrics = {
        "recency_days": RANDOM.permutation(some),
        "order_count": some,
        "revenue_total": some * 10 + RANDOM.normal(0, 0.1, ROWS),
        "order_value_mean": 1_000 / some,
        "tenure_days": RANDOM.permutation(some),
    }
    found = without_copies(table_of(metrics, {}), tuple(metrics))
    assert found == ("recency_days", "order_count", "tenure_days")


def test_every_set_can_be_clustered() -> None:
    """Of a shop with everything, each set that is allowed gives coordinates for everyone."""
    shop = shop_in_memory(varied_shop(), customers=people(60))
    known = customer_table(shop)
    for name, (metrics, attributes) in feature_sets(known).items():
        assert feature_set(name) in FEATURE_SETS
        assert len(describe_space(known, metrics, attributes).features) == len(metrics) + len(attributes) > 0


# What scaling makes of them


def test_features_of_a_request(table: CustomerTable) -> None:
    """Each feature is told with its label, kind, what stands in for how many, and its weight; weights add up to 1."""
    found = describe_space(table, ("recency_days", "revenue_total"), ("age", "joined_on", "is_member", "gender"))
    assert [item.name for item in found.features] == [
        "recency_days", "revenue_total", "age", "joined_on", "is_member", "gender",
    ]  # fmt: skip
    kinds = {item.name: (item.kind, item.stand_in, item.missing_customers) for item in found.features}
    assert kinds["age"] == ("number", "median", sum(n % 9 == 0 for n in range(ROWS)))
    assert kinds["joined_on"] == ("day", "median", 0)
    assert kinds["is_member"] == ("flag", "own", sum(n % 11 == 0 for n in range(ROWS)))
    assert kinds["gender"] == ("category", "own", 0)
    assert [item.weight for item in found.features] == pytest.approx([1 / 6] * 6)
    assert found.customers == ROWS
    assert found.features[2].label == "Age"
    assert all(item.meaning.endswith(".") and item.missing.endswith(".") for item in found.features)


def test_skewness_by_hand() -> None:
    """Of 0 0 0 4: mean 1, m2 = 3, m3 = 6, and 6 / 3^1.5; without spread there is none."""
    assert skewness(np.array([0.0, 0, 0, 4])) == pytest.approx(6 / 3**1.5)
    assert skewness(np.array([1.0, 2, 3])) == pytest.approx(0)
    assert skewness(np.array([7.1, 7.1, 7.1])) is None


def test_the_logarithm_takes_the_skew_away() -> None:
    """Lognormal revenue is skewed as it is and hardly afterwards; standardising alone changes nothing of it."""
    found = {how: describe_space(table_of(), ("revenue_total",), (), how).features[0] for how in ("log", "standard")}
    assert found["log"].skew_before is not None
    assert found["log"].skew_after is not None
    assert found["standard"].skew_after is not None
    assert found["log"].skew_before > 1
    assert abs(found["log"].skew_after) < 0.6
    assert found["standard"].skew_after == pytest.approx(found["standard"].skew_before)


def test_robust_scaling_may_give_one_feature_all_the_weight() -> None:
    """A few far values outweigh everything where only the middle half decides the width; the weight says so."""
    far = np.where(np.arange(ROWS) % 50 == 0, 1e6, RANDOM.normal(50, 5, ROWS))
    metrics = {"recency_days": RANDOM.normal(100, 9, ROWS), "order_count": np.arange(ROWS), "revenue_total": far}
    weights = {
        item.name: item.weight for item in describe_space(table_of(metrics, {}), RFM_METRICS, (), "robust").features
    }
    assert weights["revenue_total"] > 0.99
    assert sum(weights.values()) == pytest.approx(1)


def test_pairs_that_say_the_same_are_pointed_out() -> None:
    """From r = .9 on a pair is told, strongest first, whichever way it goes; below it is not."""
    some = RANDOM.normal(0, 1, ROWS)
    metrics = {
        "recency_days": some,
        "order_count": some + RANDOM.normal(0, 0.25, ROWS),
        "revenue_total": -some + RANDOM.normal(0, 0.15, ROWS),
        "tenure_days": some + RANDOM.normal(0, 2, ROWS),
    }
    found = describe_space(table_of(metrics, {}), tuple(metrics), (), "standard")
    expected = np.corrcoef(np.array(list(metrics.values())))
    assert [(pair.one, pair.other) for pair in found.pairs] == [
        ("recency_days", "revenue_total"), ("recency_days", "order_count"), ("order_count", "revenue_total"),
    ]  # fmt: skip
    assert found.pairs[0].r == pytest.approx(expected[0, 2])
    assert found.pairs[1].sentence.startswith("Recency and Orders say nearly the same (r = .9")
    assert "one up where the other is down (r = -.9" in found.pairs[0].sentence


def test_a_constant_feature_weighs_nothing() -> None:
    """A metric that all share has no skew, no pair and no weight."""
    metrics = {"recency_days": np.full(ROWS, 3), "order_count": np.arange(ROWS), "revenue_total": np.arange(ROWS)}
    found = describe_space(table_of(metrics, {}), RFM_METRICS)
    assert (found.features[0].weight, found.features[0].skew_after) == (0, None)
    assert [(pair.one, pair.other) for pair in found.pairs] == [("order_count", "revenue_total")]


# Before and after


@pytest.mark.parametrize("how", [known.name for known in SCALINGS])
@pytest.mark.parametrize("name", [*RFM_METRICS, "age", "income", "joined_on", "is_member", "gender"])
def test_bars_have_everyone_once_and_their_people(table: CustomerTable, name: str, how: str) -> None:
    """Before and after scaling every customer is in one bar, and a bar's rule keeps exactly those who have such a value."""
    found = feature_spread(table, name, how)
    missing = int(table.frame[name].isna().sum())
    for bars in (found.before, found.after):
        assert sum(bar.customers + bar.stood_in for bar in bars) == ROWS
        assert sum(bar.stood_in for bar in bars) == (0 if found.labels else missing)
        for bar in bars:
            assert int(bar.rule.mask(table.frame).sum()) == bar.customers
        assert all(one.high == other.low for one, other in pairwise(bars))


def test_labels_of_named_values(table: CustomerTable) -> None:
    """Each value of a flag is a bar, the missing one is the last."""
    assert feature_spread(table, "is_member").labels == ("no", "yes", "missing")


def test_a_spread_of_one_value() -> None:
    """A metric that all share is one bar."""
    metrics = {"recency_days": np.full(ROWS, 3.5), "order_count": np.arange(ROWS), "revenue_total": np.arange(ROWS)}
    found = feature_spread(table_of(metrics, {}), "recency_days")
    assert [bar.customers for bar in found.before] == [bar.customers for bar in found.after] == [ROWS]


# End to end


def people(count: int) -> pa.Table:
    """Attributes of customers: every type that a shop may have."""
    return pa.table(
        {
            "customer_id": [f"c{n:03d}" for n in range(count)],
            "gender": [("f", "m", None)[n % 3] for n in range(count)],
            "age": pa.array([30 + n % 20 if n % 7 else None for n in range(count)], pa.int64()),
            "is_member": pa.array([n % 2 == 0 if n % 5 else None for n in range(count)], pa.bool_()),
            "joined_on": pa.array([date(2020, 1, 1) + timedelta(days=3 * n) for n in range(count)], pa.date32()),
            "has_email_consent": [True, False] * (count // 2),
        }
    )


def test_groups_by_attributes_alone() -> None:
    """Without any metric, attributes make groups with names of their own; everyone is in one."""
    shop = shop_in_memory(varied_shop(), customers=people(60))
    request = AnalysisRequest("shop", algorithm="kmeans", k=3, metrics=(), attributes=("gender",))
    found = segment(request, shop)
    assert sum(group.customers for group in found.segments) == 60
    assert len({group.name for group in found.segments}) == 3
    genders = found.table.frame["gender"].astype("object").fillna("missing")
    assert len(set(zip(genders, found.codes, strict=True))) == 3


def test_groups_by_metrics_and_attributes() -> None:
    """Numbers, days, flags and texts are mixed in, and what stood in is told: the median age, not a median of flags."""
    shop = shop_in_memory(varied_shop(), customers=people(60))
    request = AnalysisRequest("shop", algorithm="kmeans", k=4, attributes=("gender", "age", "is_member", "joined_on"))
    found = segment(request, shop)
    assert found.clustering is not None
    assert found.clustering.space.columns == (*RFM_METRICS, "gender", "age", "is_member", "joined_on")
    median = found.table.frame["age"].astype("float64").median()
    assert f"Age is missing for 9 customers; {median:g}, the median of the others, stands in." in found.notes
    with pytest.raises(RequestError, match="'has_email_consent' says what customers allow"):
        segment(replace(request, attributes=("has_email_consent",)), shop)


@pytest.mark.parametrize(
    "entry", [metric for metric in METRICS if metric.stand_in == "highest"], ids=lambda entry: entry.name
)
def test_who_did_not_come_back_lies_at_the_far_end(entry: Any) -> None:
    """Where days are missing because nobody came back, nobody lies further out than those."""
    values = np.where(np.arange(ROWS) % 4 == 0, np.nan, RANDOM.integers(1, 99, ROWS))
    known = table_of({"order_count": np.arange(ROWS), entry.name: values}, {})
    found = feature_spread(known, entry.name)
    assert found.after[-1].stood_in == sum(n % 4 == 0 for n in range(ROWS))


def test_a_column_that_nobody_has(table: CustomerTable) -> None:
    """A metric missing for everyone is an error with a sentence, as when groups are found."""
    with pytest.raises(EmptyDataError, match="missing for every customer"):
        describe_space(table_of({"order_count": np.arange(ROWS), "tenure_days": [None] * ROWS}, {}), ("tenure_days",))
    with pytest.raises(RequestError, match="This dataset does not have product_count"):
        describe_space(table, ("product_count",))
