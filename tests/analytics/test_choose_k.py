"""How many groups: each measure against a hand-computed case or a reference, and the rule that proposes a number."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from math import e, log, sqrt

import numpy as np
import pytest
from sklearn.datasets import make_blobs
from sklearn.metrics import silhouette_samples, silhouette_score

from analytics.clusters import KMEANS, NOISE, Algorithm, Fit, Matrix, choose_k, propose
from analytics.clusters.algorithm import Labels, Settings, Value
from analytics.clusters.gap import SAMPLE, Gap, gaps
from analytics.clusters.quality import Quality, mean_silhouettes, quality, quality_from_json, silhouettes
from analytics.clusters.stability import best_matches, draws, jaccards

BLOBS, TRUE = make_blobs(200, centers=[[0, 0], [9, 0], [0, 9], [9, 9]], cluster_std=0.8, random_state=1)


# Silhouettes


def test_silhouettes_equal_the_reference() -> None:
    """Each customer's silhouette is scikit-learn's, for several groupings at once, a customer alone in a group included."""
    draw = np.random.default_rng(0)
    labellings = [TRUE, draw.integers(0, 3, 200), np.r_[1, np.zeros(199, dtype=int)]]
    for labels, found in zip(labellings, silhouettes(BLOBS, labellings), strict=True):
        assert found == pytest.approx(silhouette_samples(BLOBS, labels))


def test_silhouettes_of_many_equal_the_reference() -> None:
    """Above 500 customers, part by part and with half the digits, they are the same to the fourth place."""
    many, labels = make_blobs(1_300, centers=4, n_features=3, cluster_std=3, center_box=(90, 110), random_state=0)
    assert silhouettes(many, [labels])[0] == pytest.approx(silhouette_samples(many, labels), abs=2e-4)


def test_silhouettes_beside_customers_far_out_equal_the_reference() -> None:
    """A few customers a million times as far out do not take the digits that the others' distances need."""
    near, labels = make_blobs(900, n_features=3, centers=2, random_state=0)
    matrix = np.vstack([near, np.full((10, 3), 1e6)])
    labels = np.append(labels, [2] * 10)
    assert mean_silhouettes(matrix, [labels], 0)[0] == pytest.approx(silhouette_score(matrix, labels), abs=1e-9)


def test_thousands_of_groups_are_not_measured_and_never_proposed() -> None:
    """What splits customers into thousands of groups is degenerate, says so, and takes no memory for each pair of them."""
    matrix = np.random.default_rng(0).normal(size=(20_000, 2))
    pairs = Fit(np.repeat(np.arange(10_000), 2), {}, {})
    found = quality(matrix, pairs, 0.1, 0)
    assert (found.k, found.silhouette, found.davies_bouldin) == (10_000, 0.0, None)
    assert found.inertia == pytest.approx(((matrix[::2] - matrix[1::2]) ** 2).sum() / 2)
    assert "10,000 groups are too many" in found.degenerate
    two = quality(matrix, Fit((matrix[:, 0] > 0).astype(np.intp), {}, {}), 0.5, 0)
    assert propose([found, two], counted=False)[1:] == (0.5, (0.5,))


def test_silhouettes_leave_noise_out() -> None:
    """A grouping with customers in no group is measured among the others, whatever is measured beside it."""
    noisy = TRUE.copy()
    noisy[:50] = NOISE
    found = mean_silhouettes(BLOBS, [TRUE, noisy], 0)
    assert found == pytest.approx([silhouette_score(BLOBS, TRUE), silhouette_score(BLOBS[50:], TRUE[50:])])
    assert mean_silhouettes(BLOBS, [np.full(200, NOISE)], 0) == [0.0]


# The elbow


def test_the_elbow_is_farthest_below_the_chord() -> None:
    """By hand: three pairs on a line have 401.5 in one group, 101.5 in two, 1.5 in three and 1 in four.

    The chord falls by 133.5 with each group: two groups lie 300 - 133.5 below it, three 400 - 267, of a fall of 400.5.
    """
    line = np.array([[0.0], [1.0], [10.0], [11.0], [20.0], [21.0]])
    found = choose_k(line, KMEANS, (2, 3, 4)).qualities
    assert [one.inertia for one in found] == pytest.approx([101.5, 1.5, 1.0])
    assert [one.elbow for one in found] == pytest.approx([166.5 / 400.5, 133 / 400.5, 0.0])


# The gap


def test_the_gap_by_hand() -> None:
    """With inertias e and e³ where there are no groups, and 1 among the customers, the gap is 2 and its error √1.5."""
    given = iter([1.0, e, e**3])
    found = gaps(BLOBS, lambda _rows, _seed: {2: next(given)}, 0, references=2)
    assert found == {2: Gap(pytest.approx(2.0), pytest.approx(1.0 * sqrt(1.5)))}


def test_the_reference_fills_the_box_of_the_components() -> None:
    """Customers on a slanted line are compared with others on that line, between its ends and evenly spread."""
    along = np.random.default_rng(1).beta(5, 1, 300)
    line = np.column_stack([along, 2 * along + 1])
    seen: list[Matrix] = []
    gaps(line, lambda rows, _seed: seen.append(rows) or {2: 1.0}, 0, references=3)
    assert len(seen) == 4
    for reference in seen[1:]:
        assert reference.shape == line.shape
        assert reference[:, 1] == pytest.approx(2 * reference[:, 0] + 1)
        assert reference[:, 0].min() >= along.min() - 1e-9
        assert reference[:, 0].max() <= along.max() + 1e-9
        assert reference[:, 0].mean() == pytest.approx((along.min() + along.max()) / 2, abs=0.06)


def test_the_gap_of_many_is_that_of_a_sample() -> None:
    """Above the most customers that take part a seeded sample does, the same each time."""
    many = np.random.default_rng(0).normal(size=(SAMPLE + 500, 2))
    seen: list[Matrix] = []
    for _ in range(2):
        gaps(many, lambda rows, _seed: seen.append(rows) or {2: 1.0}, 3, references=1)
    assert [len(rows) for rows in seen] == [SAMPLE] * 4
    assert np.array_equal(seen[0], seen[2])
    assert np.array_equal(seen[1], seen[3])


def test_groups_of_equal_customers_have_no_gap() -> None:
    """Where nobody differs within the groups the logarithm is without bound: there is no gap rather than a wrong one."""
    assert gaps(BLOBS, lambda rows, _seed: {2: 0.0 if rows is BLOBS else 1.0, 3: 1.0}, 0).keys() == {3}


def test_the_gap_is_largest_at_the_true_number() -> None:
    """Of four groups that lie apart, four stand out most from chance."""
    qualities = choose_k(BLOBS, KMEANS, range(2, 7)).qualities
    assert max(qualities, key=lambda one: one.gap or -log(9)).k == 4


# Stability


def test_best_matches_by_hand() -> None:
    """Three and two customers, of whom one has changed sides: two of three are shared, whatever the groups are called."""
    old, new = np.array([0, 0, 0, 1, 1]), np.array([1, 1, 0, 0, 0])
    assert best_matches(old, new, 3).tolist() == [2 / 3, 2 / 3, 0.0]


def test_groups_that_lie_apart_come_back() -> None:
    """Four groups far from one another are found in every resample; a fifth, which halves one of them, is not."""
    panel = choose_k(BLOBS, KMEANS, (4, 5))
    four, five = panel.qualities
    assert four.jaccard == (1.0,) * 4
    assert four.unstable == ""
    assert five.jaccard_min is not None
    assert five.jaccard_min < 0.6
    assert "when customers are drawn anew" in five.unstable
    assert five.rank is None


def test_stability_looks_at_who_was_drawn() -> None:
    """A resample has as many customers as there are, each once, at most the number allowed; a different one every time."""
    seen: list[Matrix] = []

    def regroup(rows: Matrix, _seed: int) -> Mapping[Value, Labels]:
        seen.append(rows)
        return {2: (rows[:, 0] >= 500).astype(np.intp)}

    customers = np.arange(1_000.0)[:, None]
    labels = {2: (customers[:, 0] >= 500).astype(np.intp)}
    assert jaccards(customers, labels, regroup, 0, most=5_000, resamples=3) == {2: (1.0, 1.0)}
    assert jaccards(customers, labels, regroup, 0, most=100, resamples=3) == {2: (1.0, 1.0)}
    for rows in seen:
        assert len(np.unique(rows)) == len(rows)
    assert all(600 < len(rows) < 670 for rows in seen[:3])  # 1 - 1/e of them
    assert all(len(rows) <= 100 for rows in seen[3:])
    assert not np.array_equal(seen[0], seen[1])


def test_how_many_are_drawn_and_how_often() -> None:
    """Few customers are drawn as often as is usual, many less often and not all of them, with slow algorithms fewer still."""
    assert draws(5_000, 5_000, 100) == (5_000, 100)
    assert draws(5_001, 5_000, 100) == (3_000, 40)
    assert draws(1_000_000, 1_500, 20) == (1_500, 20)


def test_a_group_that_is_never_drawn_is_not_judged() -> None:
    """Where a group has nobody in any resample there is no figure, instead of a wrong one."""
    labels = {2: np.r_[np.zeros(99_999, dtype=np.intp), 1]}
    rows = np.arange(100_000.0)[:, None]
    assert (
        jaccards(rows, labels, lambda drawn, _seed: {2: np.zeros(len(drawn), np.intp)}, 0, most=10, resamples=3) == {}
    )


# The proposal


def tried(k: int, *measures: float | None, degenerate: str = "", jaccard: float | None = None) -> Quality:
    """A quality with silhouette, Davies-Bouldin, Calinski-Harabasz, elbow and gap."""
    silhouette, davies, calinski, elbow, gap = measures
    assert silhouette is not None
    stable = () if jaccard is None else (1.0, jaccard)
    return Quality(
        k, k, silhouette, davies, calinski, 1.0, 0.5, gap=gap, elbow=elbow, degenerate=degenerate, jaccard=stable
    )


def test_no_measure_decides_alone() -> None:
    """Two groups have the best silhouette, four are better by the four other measures: four are proposed.

    By hand, ranks of 2, 3, 4: silhouette 1 2 3, Davies-Bouldin 3 2 1, Calinski-Harabasz 3 2 1, elbow 3 2 1, gap 3 1.5 1.5.
    """
    qualities = [
        tried(2, 0.5, 1.2, 100, 0.1, 0.1),
        tried(3, 0.4, 1.1, 200, 0.2, 0.5),
        tried(4, 0.3, 1.0, 300, 0.3, 0.5),
    ]
    ranked, proposed, near = propose(qualities)
    assert [one.rank for one in ranked] == pytest.approx([13 / 5, 9.5 / 5, 7.5 / 5])
    assert (proposed, near) == (4, (3, 4))


@pytest.mark.parametrize(
    ("jaccards_", "degenerate", "proposed", "near"),
    [
        ((0.9, 0.9, 0.9), ("", "", ""), 2, (2, 4)),
        ((0.5, 0.9, 0.9), ("", "", ""), 4, (4, 6)),
        ((0.9, 0.9, 0.9), ("few", "", ""), 4, (4, 6)),
        ((0.9, 0.5, 0.9), ("", "", "few"), 2, (2,)),
        ((0.5, 0.9, 0.9), ("", "few", "few"), 2, (2,)),
        ((0.5, 0.5, 0.9), ("few", "", "few"), 4, (4,)),
        ((0.9, 0.9, 0.9), ("few", "few", "few"), 2, (2, 4)),
    ],
)
def test_only_sound_numbers_are_ranked(
    jaccards_: tuple[float, ...], degenerate: tuple[str, ...], proposed: int, near: tuple[int, ...]
) -> None:
    """What splits off a handful or does not come back is not proposed while anything sound is there; 2 is best throughout."""
    qualities = [
        tried(k, 0.9 - k / 10, 1.0 + k, 100 - k, 0.5 - k / 10, 0.5 - k / 10, degenerate=flag, jaccard=stable)
        for k, flag, stable in zip((2, 4, 6), degenerate, jaccards_, strict=True)
    ]
    ranked, found, ties = propose(qualities)
    assert (found, ties) == (proposed, near)
    assert {one.value for one in ranked if one.rank is not None} >= set(near)


def test_equals_are_near_ties_and_the_fewest_groups_are_proposed() -> None:
    """Two numbers that nothing tells apart are both as good; the smaller one is proposed."""
    same = (0.4, 1.0, 100.0, 0.2, 0.3)
    ranked, proposed, near = propose([tried(2, *same), tried(3, *same)])
    assert (proposed, near) == (2, (2, 3))
    assert [one.rank for one in ranked] == [1.5, 1.5]


def test_a_measure_that_one_lacks_has_no_say() -> None:
    """Without a gap for one number, the gap ranks none."""
    one, two = tried(2, 0.5, 1.0, 100, 0.4, None), tried(3, 0.4, 1.1, 90, 0.3, 9.0)
    ranked, proposed, _ = propose([one, two])
    assert proposed == 2
    assert [one.rank for one in ranked] == [1.0, 2.0]


def test_groups_that_count_themselves_are_proposed_by_silhouette_and_noise() -> None:
    """Where an algorithm finds the number itself, a silhouette bought by leaving half of the customers out does not win."""
    loud = replace(tried(5, 0.8, 1.0, 1.0, None, None), noise_share=0.5)
    quiet = replace(tried(10, 0.5, 1.0, 1.0, None, None), noise_share=0.1)
    close = replace(tried(15, 0.44, 1.0, 1.0, None, None), noise_share=0.0)
    _, proposed, near = propose([loud, quiet, close], counted=False)
    assert (proposed, near) == (10, (10, 15))


def test_progress_is_reported() -> None:
    """Each number of groups is announced, then what is measured, with a share that rises from 0 and stays below 1."""
    told: list[tuple[float, str]] = []
    choose_k(BLOBS, KMEANS, (2, 3), report=lambda share, sentence: told.append((share, sentence)))
    shares = [share for share, _ in told]
    assert shares == sorted(shares)
    assert shares[0] == 0.0
    assert shares[-1] < 1.0
    assert list(dict.fromkeys(sentence for _, sentence in told)) == [
        "Trying 2 groups",
        "Trying 3 groups",
        "Measuring the groups",
        "Comparing with customers without groups",
        "Drawing customers anew",
    ]


def test_the_same_seed_gives_the_same_panel() -> None:
    """Gap and stability are drawn by the seed: the same each time, others with another one."""
    one, two, other = (choose_k(BLOBS, KMEANS, (3, 5), seed=seed) for seed in (4, 4, 5))
    assert one.qualities == two.qualities
    assert [it.gap for it in one.qualities] != [it.gap for it in other.qualities]


def test_no_more_than_the_allowed_take_part_in_a_resample() -> None:
    """An algorithm that says how many customers its quick fits have is asked for no more, and the panel says how many."""
    seen: list[int] = []

    def refit(matrix: Matrix, settings: Settings, seed: int) -> Fit:
        seen.append(len(matrix))
        return Fit(np.arange(len(matrix)) % int(settings["k"]), {}, settings)

    slow: Algorithm = replace(KMEANS, refit=refit, resampled=100)
    panel = choose_k(BLOBS, slow, (2, 3))
    assert max(seen[42:]) <= 100
    assert panel.notes == ("Stability is measured by grouping 100 customers anew, 100 times.",)


@pytest.mark.parametrize("rows", [2, 3, 8])
def test_hardly_any_customers(rows: int) -> None:
    """Two, three or eight customers have a panel too: what cannot be measured on them is left out."""
    panel = choose_k(np.arange(float(rows))[:, None] ** 2, KMEANS)
    assert [one.k for one in panel.qualities] == list(range(2, rows + 1))
    assert panel.proposed in panel.fits


def test_a_quality_as_json_and_back() -> None:
    """What is flagged is true or false with its reason, and all of it can be read again."""
    one = tried(3, 0.4, 1.0, 10.0, 0.1, 0.2, degenerate="One group holds 2.", jaccard=0.5)
    told = one.to_json()
    assert (told["degenerate"], told["reason"], told["jaccard_min"]) == (True, "One group holds 2.", 0.5)
    assert told["remark"] == "One group does not come back when customers are drawn anew: its Jaccard is 0.50."
    assert quality_from_json(told) == one
    assert tried(3, 0.4, 1.0, 10.0, 0.1, 0.2).to_json()["degenerate"] is False
