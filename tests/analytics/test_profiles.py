"""How a segment differs from the rest, by hand, against reference implementations, and whatever the order of the rows."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from analytics.profiles import MetricProfile, effects, false_discovery_rates
from analytics.profiles.attributes import value_effects
from analytics.profiles.typical import typical_rows


def one(values: Sequence[float], codes: Sequence[int], segment: int = 0) -> MetricProfile:
    """The profile of one metric in one segment of those there are."""
    frame = pd.DataFrame({"order_count": values})
    return effects(frame, np.array(codes), max(codes) + 1, ["order_count"])[segment][0]


def crowd(seed: int = 0, rows: int = 400, segments: int = 4) -> tuple[pd.DataFrame, np.ndarray]:
    """Customers with a number that differs by segment, one that does not, one with gaps, and one that is the same for all."""
    draw = np.random.default_rng(seed)
    codes = draw.integers(0, segments, rows)
    frame = pd.DataFrame(
        {
            "whole": draw.poisson(3 + 2 * codes).astype(float),
            "chance": draw.lognormal(size=rows),
            "gaps": np.where(draw.random(rows) < 0.3, np.nan, draw.normal(size=rows) + codes),
            "same": 5.0,
            "missing": np.nan,
        }
    )
    return frame, codes


def test_by_hand() -> None:
    """1 and 3 against 7 and 15: log(1 + x) is 1 2 3 4 times log 2, so d is −2 log 2 over log 2 / √2, which is −2 √2."""
    inside = one([1, 7, 3, 15], [0, 1, 0, 1])
    assert (inside.mean, inside.median, inside.rest_mean, inside.rest_median) == (2.0, 2.0, 11.0, 11.0)
    assert inside.difference == -9.0
    assert inside.effect == pytest.approx(-2 * math.sqrt(2))
    assert inside.delta == -1.0


def test_cliffs_delta_by_hand() -> None:
    """1 3 3 against 2 3: of the six pairs two are above, two equal, two below; with 4 for the last 3, four above, one below."""
    assert one([1, 3, 3, 2, 3], [0, 0, 0, 1, 1]).delta == 0.0
    assert one([1, 3, 4, 2, 3], [0, 0, 0, 1, 1]).delta == pytest.approx((3 - 2) / 6)
    assert one([5, 6, 7, 2, 3], [0, 0, 0, 1, 1]).delta == 1.0


def test_the_rank_test_is_the_published_one() -> None:
    """p is SciPy's for Mann & Whitney's test by the normal approximation with ties, and delta follows from its U."""
    frame, codes = crowd()
    found = effects(frame, codes, 4, ["whole", "chance", "gaps"])
    for code in range(4):
        for item in found[code]:
            values = frame[item.metric].to_numpy()
            known = ~np.isnan(values)
            mine, rest = values[known & (codes == code)], values[known & (codes != code)]
            expected = stats.mannwhitneyu(mine, rest, method="asymptotic")
            assert item.p_value == pytest.approx(expected.pvalue, rel=1e-9)
            assert item.delta == pytest.approx(2 * expected.statistic / (len(mine) * len(rest)) - 1)


def test_middles_are_the_plain_ones() -> None:
    """Means and medians, inside and outside, are pandas' of the same customers, and d that of two samples put side by side."""
    frame, codes = crowd(1)
    for code, row in enumerate(effects(frame, codes, 4, ["whole", "chance", "gaps"])):
        for item in row:
            mine, rest = frame[item.metric][codes == code], frame[item.metric][codes != code]
            told = (item.mean, item.median, item.rest_mean, item.rest_median)
            assert told == pytest.approx((mine.mean(), mine.median(), rest.mean(), rest.median()))
            one_, other = (np.sign(part) * np.log1p(part.abs()) for part in (mine.dropna(), rest.dropna()))
            pooled = ((len(one_) - 1) * one_.var() + (len(other) - 1) * other.var()) / (len(one_) + len(other) - 2)
            assert item.effect == pytest.approx((one_.mean() - other.mean()) / math.sqrt(pooled))


def test_two_segments_mirror_each_other() -> None:
    """Of two segments each is the other's rest."""
    inside, outside = (one([1, 7, 3, 15], [0, 1, 0, 1], segment) for segment in (0, 1))
    assert (inside.mean, inside.rest_mean) == (outside.rest_mean, outside.mean)
    assert (inside.effect, inside.delta) == (-outside.effect, -outside.delta)


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
    """Where a segment or its rest has no value there is no figure, no effect and no test."""
    nobody = one([np.nan, np.nan, 7, 15], [0, 0, 1, 1])
    assert (nobody.mean, nobody.median, nobody.difference, nobody.effect) == (None, None, None, 0.0)
    assert (nobody.rest_mean, nobody.rest_median) == (11.0, 11.0)
    assert (nobody.p_value, nobody.verdict) == (None, "too few")


@pytest.mark.parametrize(("values", "codes"), [([5, 5, 5, 5], [0, 0, 1, 1]), ([1, 9, 9], [0, 1, 1])])
def test_no_spread_no_effect(values: list[float], codes: list[int]) -> None:
    """Constant values, or a segment of one customer, have no effect size rather than an infinite one."""
    assert one(values, codes).effect == 0.0


def test_negative_values_have_a_logarithm() -> None:
    """Money can be negative; its effect is as large as that of the positive amounts mirrored."""
    values = [1, 3, 7, 15]
    assert one([-value for value in values], [0, 0, 1, 1]).effect == pytest.approx(-one(values, [0, 0, 1, 1]).effect)


def test_rows_in_another_order_are_the_same_segments() -> None:
    """Neither the order of the customers nor that of the segments changes a single figure."""
    frame, codes = crowd(2)
    columns = list(frame.columns)
    plain = effects(frame, codes, 4, columns)
    turned = np.random.default_rng(9).permutation(len(codes))
    assert effects(frame.iloc[turned], codes[turned], 4, columns) == plain
    renumbered = np.array([2, 0, 3, 1])
    others = effects(frame, renumbered[codes], 4, columns)
    for code in range(4):
        for here, there in zip(plain[code], others[renumbered[code]], strict=True):
            assert here.mean == there.mean
            assert (here.effect, here.delta) == pytest.approx((there.effect, there.delta))
            assert here.verdict == there.verdict


def test_false_discoveries_by_hand() -> None:
    """Benjamini & Hochberg's steps: .01 .02 .03 .5 of four tests are .04 .04 .04 .5; a later smaller one lowers those before."""
    assert false_discovery_rates([0.02, 0.5, 0.01, 0.03]) == pytest.approx([0.04, 0.5, 0.04, 0.04])
    assert false_discovery_rates([0.04, 0.041]) == pytest.approx([0.041, 0.041])
    assert false_discovery_rates([None, 0.03, None]) == [None, 0.03, None]
    assert false_discovery_rates([]) == []


def test_false_discoveries_are_scipys() -> None:
    """The rates are those of SciPy's own control, for p-values of any size."""
    p_values = np.random.default_rng(3).random(200) ** 4
    assert false_discovery_rates(p_values.tolist()) == pytest.approx(stats.false_discovery_control(p_values))


def test_a_real_difference_counts_and_chance_does_not() -> None:
    """A metric that follows the segments counts for the outer ones; one that is drawn at random, or constant, for none."""
    frame, codes = crowd(4)
    found = effects(frame, codes, 4, ["whole", "chance", "same"])
    assert [found[code][0].verdict for code in (0, 3)] == ["counts", "counts"]
    assert {found[code][place].verdict for code in range(4) for place in (1, 2)} == {"chance"}


def test_a_handful_cannot_be_told() -> None:
    """Where not even the farthest ranks would pass the test nothing is claimed: one customer of a hundred, two of four."""
    assert one([99.0, *range(98)], [0, *[1] * 98]).verdict == "too few"
    assert one([1, 2, 30, 40], [0, 0, 1, 1]).verdict == "too few"
    assert one([99.0, 98.0, *range(90)], [0, 0, *[1] * 90]).verdict == "counts"


def test_attributes_by_hand() -> None:
    """Six of ten from Spain inside, ten of fifty outside: 60 % against 20 %, a lift of 3, and Cohen's h of 1.772 - .927."""
    country = pd.Categorical(["Spain"] * 6 + ["France"] * 4 + ["Spain"] * 10 + ["France"] * 40)
    frame = pd.DataFrame({"country": country})
    codes = np.array([0] * 10 + [1] * 50)
    found = {item.value: item for item in value_effects(frame, codes, 2, ["country"])[0]}
    spain = found["Spain"]
    assert (spain.customers, spain.share, spain.rest_share, spain.lift) == (6, 0.6, 0.2, pytest.approx(3.0))
    assert spain.effect == pytest.approx(2 * math.asin(math.sqrt(0.6)) - 2 * math.asin(math.sqrt(0.2)))
    assert spain.effect == pytest.approx(-found["France"].effect)
    assert spain.verdict == "too few"  # 10 · 16 / 60 is below five


def test_shares_are_tested_as_published() -> None:
    """The test of two shares is the chi-square test of the two-by-two table without correction."""
    flags = [True] * 30 + [False] * 20 + [True] * 40 + [False] * 110
    codes = np.array([0] * 50 + [1] * 150)
    (consent,) = value_effects(pd.DataFrame({"consent": flags}), codes, 2, ["consent"])[0]
    expected = stats.chi2_contingency([[30, 20], [40, 110]], correction=False).pvalue
    assert consent.p_value == pytest.approx(expected)
    assert (consent.value, consent.share, consent.verdict) == ("yes", 0.6, "counts")


def test_missing_attributes_are_nobodys() -> None:
    """A share is of all customers of the segment, those whose value is missing among them."""
    frame = pd.DataFrame({"city": pd.Categorical(["Oslo", None, None, "Oslo"])})
    (oslo,) = value_effects(frame, np.array([0, 0, 0, 1]), 2, ["city"])[0]
    assert (oslo.customers, oslo.share, oslo.rest_share) == (1, pytest.approx(1 / 3), 1.0)


def test_typical_customers_by_hand() -> None:
    """Of 0 1 2 3 10 the centre is 3.2: nearest are 3, then 2 and then 1; an empty segment has none, a small one all it has."""
    matrix = np.array([[0.0], [1], [2], [3], [10], [7]])
    codes = np.array([0, 0, 0, 0, 0, 2])
    assert typical_rows(matrix, codes, 3) == ((3, 2, 1), (), (5,))


def test_of_equally_typical_customers_the_first_is_named() -> None:
    """Ties go by the order of the customers."""
    assert typical_rows(np.ones((6, 2)), np.array([1, 0, 0, 0, 0, 1]), 2) == ((1, 2, 3), (0, 5))
