"""How a segment differs from the rest, by hand, and the words for it."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from analytics.metrics import metrics_named
from analytics.profiles import MetricProfile, Profile, names, profiles

ORDERS, SPEND = metrics_named(("order_count", "revenue_total"))
GAP = metrics_named(("days_between_orders_mean",))[0]


def one(values: list[float], codes: list[int], segment: int = 0) -> MetricProfile:
    """The profile of one metric in one segment of those there are."""
    frame = pd.DataFrame({"order_count": values})
    return profiles(frame, np.array(codes), max(codes) + 1, [ORDERS])[segment].metrics[0]


def test_by_hand() -> None:
    """1 and 3 against 7 and 15: log(1 + x) is 1 2 3 4 times log 2, so d is −2 log 2 over log 2 / √2, which is −2 √2."""
    inside = one([1, 7, 3, 15], [0, 1, 0, 1])
    assert (inside.mean, inside.median, inside.rest_mean, inside.rest_median) == (2.0, 2.0, 11.0, 11.0)
    assert inside.difference == -9.0
    assert inside.effect == pytest.approx(-2 * math.sqrt(2))


def test_two_segments_mirror_each_other() -> None:
    """Of two segments each is the other's rest."""
    inside, outside = (one([1, 7, 3, 15], [0, 1, 0, 1], segment) for segment in (0, 1))
    assert (inside.mean, inside.rest_mean) == (outside.rest_mean, outside.mean)
    assert inside.effect == -outside.effect


def test_the_spread_is_pooled_by_size() -> None:
    """Cohen's d pools the variances by degrees of freedom: (2 · 1 + 1 · 4) / 3 = 2 here, in units of log 2."""
    powers = [[1, 2, 3], [5, 5 + 2 * math.sqrt(2)]]
    values = [2**power - 1 for part in powers for power in part]
    found = one(values, [0, 0, 0, 1, 1])
    assert found.effect == pytest.approx((2 - (5 + math.sqrt(2))) / math.sqrt(2))


def test_the_median_is_not_the_mean() -> None:
    """One large customer moves the mean and not the median."""
    found = one([1, 2, 99, 5, 5, 5], [0, 0, 0, 1, 1, 1])
    assert (found.mean, found.median) == (34.0, 2.0)


def test_missing_values_are_left_out() -> None:
    """A missing value is not 0: it takes no part in any figure."""
    with_gaps = one([1, np.nan, 3, 7, 15, np.nan], [0, 0, 0, 1, 1, 1])
    assert with_gaps == one([1, 3, 7, 15], [0, 0, 1, 1])


def test_nothing_known_is_none() -> None:
    """Where a segment or its rest has no value there is no figure, and no effect."""
    nobody = one([np.nan, np.nan, 7, 15], [0, 0, 1, 1])
    assert (nobody.mean, nobody.median, nobody.difference, nobody.effect) == (None, None, None, 0.0)
    assert (nobody.rest_mean, nobody.rest_median) == (11.0, 11.0)


@pytest.mark.parametrize(("values", "codes"), [([5, 5, 5, 5], [0, 0, 1, 1]), ([1, 9, 9], [0, 1, 1])])
def test_no_spread_no_effect(values: list[float], codes: list[int]) -> None:
    """Constant values, or a segment of one customer, have no effect size rather than an infinite one."""
    assert one(values, codes).effect == 0.0


def test_negative_values_have_a_logarithm() -> None:
    """Money can be negative; its effect is as large as that of the positive amounts mirrored."""
    values = [1, 3, 7, 15]
    assert one([-value for value in values], [0, 0, 1, 1]).effect == pytest.approx(-one(values, [0, 0, 1, 1]).effect)


def told(*effects: float) -> Profile:
    """A profile that has only effects."""
    metrics = (ORDERS, SPEND, GAP)
    pairs = zip(metrics, effects, strict=False)
    return Profile(tuple(MetricProfile(metric.name, 1, 1, 1, 1, 0, effect) for metric, effect in pairs))


MEASURED = (ORDERS, SPEND, GAP)


def test_a_name_says_what_sets_a_segment_apart() -> None:
    """The two largest effects, the larger first, high or low by their sign."""
    assert names([told(-0.5, 1.2, 0.1)], MEASURED) == ("High spend, rare",)


def test_a_small_difference_is_not_worth_a_word() -> None:
    """An effect below .3 is left unsaid; where there is no other the segment is close to average."""
    assert names([told(0.9, 0.29, -0.29)], MEASURED) == ("Frequent",)
    assert names([told(0.29, -0.29, 0.0)], MEASURED) == ("Close to average",)


def test_names_differ() -> None:
    """Two segments that would have one name are told apart by a further fact, and by a number where there is none."""
    assert names([told(1, 0.9, 0.5), told(1, 0.9, -0.5)], MEASURED) == (
        "Frequent, high spend",
        "Frequent, high spend, short gaps",
    )
    assert names([told(1, 0.9, 0)] * 3, MEASURED) == (
        "Frequent, high spend",
        "Frequent, high spend (2)",
        "Frequent, high spend (3)",
    )
    assert names([told(0, 0, 0)] * 2, MEASURED) == ("Close to average", "Close to average (2)")


def test_only_the_metrics_asked_for_name_a_segment() -> None:
    """A metric that the groups were not made by does not name them, however large its effect."""
    assert names([told(0.5, 9.0, 0.0)], (ORDERS, GAP)) == ("Frequent",)


def test_profile_of_a_metric() -> None:
    """A profile finds a metric by name."""
    assert told(1, 2, 3).of("revenue_total").effect == 2
