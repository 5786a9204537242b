"""HDBSCAN and DBSCAN against their reference implementations, and against what can be counted by hand."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

import hdbscan
import numpy as np
import pytest
from sklearn.cluster import DBSCAN as REFERENCE
from sklearn.datasets import make_blobs, make_circles, make_moons
from sklearn.metrics import adjusted_rand_score
from sklearn.preprocessing import StandardScaler

from analytics.clusters import DBSCAN, HDBSCAN, NOISE, Algorithm, Matrix, Value, choose_k, k_distances
from analytics.clusters.density import proposed_size
from analytics.errors import RequestError
from analytics.request import AnalysisRequest
from analytics.segmentation import panel, segment
from tests.conftest import shop_in_memory, varied_shop

both = pytest.mark.parametrize("entry", [HDBSCAN, DBSCAN], ids=lambda entry: entry.name)
LINE = np.array([[0.0], [1], [2], [3], [5], [6], [7], [8], [20]])


def anisotropic() -> Matrix:
    points, _ = make_blobs(600, random_state=170)
    stretched: Matrix = points @ [[0.6, -0.6], [-0.4, 0.8]]
    return stretched


TOYS: dict[str, Callable[[], Matrix]] = {
    "moons": lambda: make_moons(600, noise=0.05, random_state=30)[0],
    "circles": lambda: make_circles(600, factor=0.5, noise=0.05, random_state=30)[0],
    "blobs": lambda: make_blobs(600, random_state=8)[0],
    "anisotropic": anisotropic,
    "varied": lambda: make_blobs(600, cluster_std=[1.0, 2.5, 0.5], random_state=170)[0],
    "nothing": lambda: np.random.default_rng(30).uniform(size=(600, 2)),
}
toys = pytest.mark.parametrize("toy", list(TOYS))


def toy_matrix(name: str) -> Matrix:
    scaled: Matrix = StandardScaler().fit_transform(TOYS[name]())
    return scaled


def many(customers: int, seed: int = 0) -> Matrix:
    """Four crowds with their own density among customers spread evenly."""
    draw = np.random.default_rng(seed)
    middles = np.array([[0.0, 0, 0], [6, 0, 0], [0, 6, 0], [6, 6, 6]])
    which = draw.integers(0, 5, customers)
    crowd = middles[which % 4] + draw.normal(size=(customers, 3)) * (0.3 + 0.1 * (which % 4))[:, None]
    return np.where((which < 4)[:, None], crowd, draw.uniform(-4, 10, (customers, 3)))


# HDBSCAN


@toys
@pytest.mark.parametrize("selection", ["eom", "leaf"])
@pytest.mark.parametrize("size", [5, 15, 40])
def test_hdbscan_equals_the_reference(toy: str, selection: str, size: int) -> None:
    """On toy sets the groups, the noise and the strength are those of the hdbscan package with the exact tree."""
    matrix = toy_matrix(toy)
    reference = hdbscan.HDBSCAN(
        min_cluster_size=size, cluster_selection_method=selection, approx_min_span_tree=False
    ).fit(matrix)
    fit = HDBSCAN.fit(matrix, {"min_cluster_size": size, "selection": selection}, 0)
    assert np.array_equal(fit.labels, reference.labels_)
    assert fit.strength == pytest.approx(reference.probabilities_, abs=1e-6)


@toys
@pytest.mark.parametrize("neighbours", [1, 10])
def test_hdbscan_equals_the_reference_with_its_neighbours(toy: str, neighbours: int) -> None:
    """Told how many neighbours make a crowd, it finds what the reference finds."""
    matrix = toy_matrix(toy)
    reference = hdbscan.HDBSCAN(min_cluster_size=15, min_samples=neighbours, approx_min_span_tree=False).fit(matrix)
    fit = HDBSCAN.fit(matrix, {"min_cluster_size": 15, "min_samples": neighbours}, 0)
    assert np.array_equal(fit.labels, reference.labels_)


def test_hdbscan_proposes_a_size() -> None:
    """One customer in a hundred, at least five, never more than half; neighbours as many."""
    assert [proposed_size(customers) for customers in (2, 3, 8, 10, 500, 501, 4_338)] == [2, 2, 4, 5, 5, 6, 44]
    assert HDBSCAN.fit(many(900), {}, 0).settings == {
        "min_cluster_size": 9,
        "min_samples": 9,
        "selection": "eom",
        "dimensions": "all",
        "noise": "segment",
    }
    assert HDBSCAN.tried(many(4_000), {}) == (10, 20, 40, 60, 80, 120)
    assert HDBSCAN.tried(many(6), {}) == (3,)


def test_hdbscan_on_three_components() -> None:
    """Among eight metrics, five of them noise, the crowds are lost; in three components they are found, and placed again."""
    draw = np.random.default_rng(0)
    matrix = np.hstack([many(800) * 4, draw.normal(size=(800, 5)) * 0.1])
    fit = HDBSCAN.fit(matrix, {"dimensions": "3", "min_cluster_size": 30}, 0)
    assert fit.model["points"].shape[1] == 3
    assert np.array_equal(HDBSCAN.place(fit.model, matrix), fit.labels)
    assert [HDBSCAN.place(fit.model, matrix[[row]])[0] for row in range(20)] == fit.labels[:20].tolist()
    plain = HDBSCAN.fit(many(800), {"min_cluster_size": 30}, 0)
    assert adjusted_rand_score(plain.labels, fit.labels) > 0.95
    three = HDBSCAN.fit(many(800), {"min_cluster_size": 30, "dimensions": "3"}, 0)
    assert np.array_equal(three.labels, plain.labels)


def test_hdbscan_places_within_reach() -> None:
    """Two crowds ten apart: who is near one joins it, who is further off than their gap is in no group."""
    crowd = np.random.default_rng(1).normal(size=(50, 2)) * 0.1
    matrix = np.vstack([crowd, crowd + np.array([10.0, 0])])
    fit = HDBSCAN.fit(matrix, {"min_cluster_size": 10}, 0)
    assert fit.groups == 2
    assert fit.model["reach"] == pytest.approx([10, 10], abs=0.6)
    left, right = fit.labels[0], fit.labels[50]
    asked = np.array([[1.0, 1], [9, 1], [0, 30], [-9, 0], [-11, 0]])
    assert HDBSCAN.place(fit.model, asked).tolist() == [left, right, NOISE, left, NOISE]
    joined = HDBSCAN.fit(matrix, {"min_cluster_size": 10, "noise": "nearest"}, 0)
    assert HDBSCAN.place(joined.model, asked).tolist() == [left, right, left, left, left]


def test_hdbscan_needs_as_many_customers() -> None:
    """A smallest group that is larger than the shop is refused; one that is larger than half leaves all in no group."""
    with pytest.raises(
        RequestError, match=r"Groups of 61 customers or more need as many; there are 60\. Ask for a smaller"
    ):
        HDBSCAN.fit(many(60), {"min_cluster_size": 61}, 0)
    fit = HDBSCAN.fit(many(60), {"min_cluster_size": 31}, 0)
    assert (fit.groups, set(fit.labels.tolist())) == (0, {NOISE})


def test_several_sizes_are_what_each_would_be() -> None:
    """Fitting sizes together shares work and changes nothing."""
    matrix = many(700)
    wanted = [{"min_cluster_size": size, "noise": noise} for size in (7, 30) for noise in ("segment", "nearest")]
    told: list[float] = []
    assert HDBSCAN.fit_many is not None
    for fit, settings in zip(
        HDBSCAN.fit_many(matrix, wanted, 0, lambda share, _: told.append(share)), wanted, strict=True
    ):
        assert np.array_equal(fit.labels, HDBSCAN.fit(matrix, settings, 0).labels)
    assert told == [0.0, 0.25, 0.5, 0.75]


# DBSCAN


@toys
@pytest.mark.parametrize("eps", [0.1, 0.18, 0.3, 0.6])
@pytest.mark.parametrize("neighbours", [4, 12])
def test_dbscan_equals_the_reference(toy: str, eps: float, neighbours: int) -> None:
    """On toy sets every label is scikit-learn's, those of border customers between two groups among them."""
    matrix = toy_matrix(toy)
    fit = DBSCAN.fit(matrix, {"eps": eps, "min_samples": neighbours}, 0)
    reference = REFERENCE(eps=eps, min_samples=neighbours).fit(matrix)
    assert np.array_equal(fit.labels, reference.labels_)
    assert fit.strength is not None
    assert np.array_equal(fit.strength > 0, reference.labels_ != NOISE)


@pytest.mark.parametrize("limits", [(4_000_000, 40), (300, 1)], ids=["few groups", "many groups, some at a time"])
def test_dbscan_links_groups_either_way(limits: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    """Groups are linked by searches for each, or by lists of neighbours a part at a time: the same groups."""
    monkeypatch.setattr("analytics.clusters.dbscan._AT_ONCE", limits[0])
    monkeypatch.setattr("analytics.clusters.dbscan._FEW", limits[1])
    monkeypatch.setattr("analytics.clusters.dbscan._NEARBY", 2)
    for eps in (0.2, 0.35, 0.6):
        fit = DBSCAN.fit(many(900), {"eps": eps, "min_samples": 6}, 0)
        assert np.array_equal(fit.labels, REFERENCE(eps=eps, min_samples=6).fit(many(900)).labels_)


def test_dbscan_by_hand() -> None:
    """On a line 0 1 2 3 · 5 6 7 8 · 20, with three neighbours within 1: 1, 2, 6 and 7 are core, the ends of both border."""
    fit = DBSCAN.fit(LINE, {"eps": 1.0, "min_samples": 3}, 0)
    assert fit.labels.tolist() == [0, 0, 0, 0, 1, 1, 1, 1, NOISE]
    assert np.unique(fit.model["cores"]).tolist() == [1, 2, 6, 7]
    assert DBSCAN.fit(LINE, {"eps": 2.0, "min_samples": 3}, 0).labels.tolist() == [0] * 8 + [NOISE]
    assert DBSCAN.fit(LINE, {"eps": 1.0, "min_samples": 4}, 0).labels.tolist() == [NOISE] * 9


def test_a_border_customer_between_two_groups() -> None:
    """Within reach of two groups a customer joins the one that was found first, though the other is nearer."""
    line = np.array([[0.0], [0], [0], [0.25], [3], [3.5], [3.5], [3.5], [1.75]])
    fit = DBSCAN.fit(line, {"eps": 1.5, "min_samples": 4}, 0)
    assert fit.labels.tolist() == [0, 0, 0, 0, 1, 1, 1, 1, 0]
    assert DBSCAN.fit(line[::-1], {"eps": 1.5, "min_samples": 4}, 0).labels[0] == 0  # the others are found first now
    assert DBSCAN.place(fit.model, np.array([[1.75], [1.76], [5], [5.01]])).tolist() == [0, 1, 1, NOISE]


def test_dbscan_lets_everyone_join() -> None:
    """With everyone in a group, who was in none is with the nearest core customer, far away or not; the others stay."""
    fit = DBSCAN.fit(LINE, {"eps": 1.0, "min_samples": 3, "noise": "nearest"}, 0)
    assert fit.labels.tolist() == [0, 0, 0, 0, 1, 1, 1, 1, 1]
    assert fit.strength is not None
    assert fit.strength.tolist() == [1] * 8 + [0]
    assert DBSCAN.place(fit.model, np.array([[-50.0], [50.0]])).tolist() == [0, 1]


def test_the_knee_by_hand() -> None:
    """Ten customers 1 apart, one 5 and one 15 further on: the second neighbour is 1 away for eight, 2 for the ends …"""
    points = np.array([*range(10), 14.0, 29.0])[:, None]
    curve = k_distances(points, 3)
    assert curve.distances.tolist() == [1] * 8 + [2, 2, 6, 20]
    assert curve.ranks.tolist() == list(range(1, 13))
    # Below the chord: 10/11 - 5/19 = .646 at 6, 9/11 - 1/19 = .766 at the last 2
    assert (curve.knee, curve.eps, curve.customers) == (9, 2.0, 12)
    assert DBSCAN.fit(points, {"min_samples": 3}, 0).settings["eps"] == 2.0


def test_the_curve_is_thinned() -> None:
    """Of many customers 500 points are left, the ends among them, ascending; neighbours are twice the metrics, four at least."""
    curve = k_distances(many(3_000))
    assert len(curve.distances) == len(curve.ranks) == 500
    assert (curve.ranks[0], curve.ranks[-1]) == (1, 3_000)
    assert (np.diff(curve.distances) >= 0).all()
    assert curve.min_samples == 6
    assert k_distances(many(50)[:, :1]).min_samples == 4
    assert k_distances(np.zeros((9, 2))).eps == 1.0
    assert k_distances(np.vstack([np.zeros((90, 2)), [[3.0, 4.0]] * 3]), 4).eps == 5.0


def test_distances_are_tried_around_the_knee() -> None:
    """Seven distances from half the knee's to twice it, by the neighbours that are asked for."""
    eps = k_distances(many(500), 10).eps
    found = DBSCAN.tried(many(500), {"min_samples": 10})
    assert len(found) == 7
    assert eps in found
    assert (found[0], found[-1]) == pytest.approx((eps / 2, 2 * eps), rel=1e-2)


# Both


@both
def test_everyone_joins_the_nearest(entry: Algorithm) -> None:
    """Letting everyone join changes nobody who was in a group, and leaves nobody out; strength says who only joined."""
    matrix = many(600)
    apart, joined = (entry.fit(matrix, {"noise": noise}, 0) for noise in ("segment", "nearest"))
    outside = apart.labels == NOISE
    assert 0.02 < outside.mean() < 0.5
    assert np.array_equal(joined.labels[~outside], apart.labels[~outside])
    assert (joined.labels != NOISE).all()
    assert np.array_equal(entry.place(joined.model, matrix), joined.labels)
    assert joined.strength is not None
    assert not joined.strength[outside].any()


@both
@pytest.mark.parametrize("noise", ["segment", "nearest"])
@pytest.mark.parametrize("dimensions", ["all", "3"])
def test_placing_agrees_with_fitting(entry: Algorithm, noise: str, dimensions: str) -> None:
    """Whatever the settings, everyone is placed where they were found, alike or alone, noise too."""
    draw = np.random.default_rng(4)
    matrix = np.hstack([many(500), draw.normal(size=(500, 2)) * 0.2])
    matrix[::7] = np.round(matrix[::7])
    matrix = np.vstack([matrix, matrix[:60]])
    settings: dict[str, Value] = {"noise": noise}
    if entry.has("dimensions"):
        settings["dimensions"] = dimensions
    fit = entry.fit(matrix, settings, 0)
    assert fit.groups > 1
    assert np.array_equal(entry.place(fit.model, matrix), fit.labels)
    assert [int(entry.place(fit.model, matrix[[row]])[0]) for row in range(0, 560, 8)] == fit.labels[::8].tolist()


@both
@pytest.mark.parametrize("settings", [{}, {"selection": "leaf"}, {"noise": "nearest"}])
def test_alike_customers_are_together(entry: Algorithm, settings: dict[str, Value]) -> None:
    """Nine different customers, hundreds of each: who is alike is together, in groups counted without a gap."""
    if not all(map(entry.has, settings)):
        settings = {}
    matrix = np.random.default_rng(0).integers(0, 3, size=(300, 2)).astype(float)
    fit = entry.fit(matrix, settings, 0)
    assert len(np.unique(np.column_stack([matrix, fit.labels]), axis=0)) == 9
    assert set(fit.labels.tolist()) - {NOISE} == set(range(fit.groups))


@both
@pytest.mark.parametrize("noise", ["segment", "nearest"])
@pytest.mark.parametrize("customers", [1, 2, 3, 40])
def test_customers_without_a_difference(entry: Algorithm, noise: str, customers: int) -> None:
    """Equal customers are one group or none, never several, and they are placed where they are."""
    matrix = np.full((customers, 2), 3.0)
    fit = entry.fit(matrix, {"noise": noise}, 0)
    assert fit.groups <= 1
    assert len(set(fit.labels.tolist())) == 1
    assert np.array_equal(entry.place(fit.model, matrix), fit.labels)


@both
def test_a_sample_places_everyone(entry: Algorithm, monkeypatch: pytest.MonkeyPatch) -> None:
    """Above the limit a seeded sample is fitted and everyone placed by it: repeatable, marked, and the same crowds."""
    matrix = many(2_500)
    whole = entry.fit(matrix, {}, 0)
    monkeypatch.setattr("analytics.clusters.density.EXACT_UP_TO", 1_200)
    one, two, other = (entry.fit(matrix, {}, seed) for seed in (3, 3, 4))
    assert (whole.exact, one.exact) == (True, False)
    assert np.array_equal(one.labels, two.labels)
    assert not np.array_equal(one.labels, other.labels)
    assert np.array_equal(entry.place(one.model, matrix), one.labels)
    crowds = (whole.labels != NOISE) & (one.labels != NOISE)
    assert crowds.mean() > 0.6
    assert adjusted_rand_score(whole.labels[crowds], one.labels[crowds]) > 0.98
    assert one.strength is not None
    assert ((one.strength >= 0) & (one.strength <= 1)).all()
    assert np.array_equal(one.strength > 0, one.labels != NOISE)
    assert one.settings == whole.settings or entry is DBSCAN


@both
def test_noise_is_counted(entry: Algorithm) -> None:
    """The share in no group is that of the last segment, and with everyone joining there is none."""
    shop = shop_in_memory(varied_shop(120))
    params: tuple[tuple[str, Value], ...] = (("eps", 0.4),) if entry is DBSCAN else (("min_cluster_size", 6),)
    found = segment(AnalysisRequest("shop", algorithm=entry.name, params=params), shop)
    outside = [group.customers for group in found.segments if group.is_noise]
    assert 0 < found.noise_share < 1
    assert found.noise_share == sum(outside) / 120
    assert found.segments[-1].is_noise
    assert found.k == len(found.segments) - 1
    joined = segment(AnalysisRequest("shop", algorithm=entry.name, params=(*params, ("noise", "nearest"))), shop)
    assert (joined.noise_share, joined.k) == (0.0, found.k)
    assert sum(group.customers for group in joined.segments) == 120


@both
def test_nobody_in_a_group(entry: Algorithm) -> None:
    """Where nobody is in a group there is one segment, of those in none, with a note; nobody can join anything."""
    shop = shop_in_memory(varied_shop(40))
    nobody: tuple[tuple[str, Value], ...] = (("min_samples", 41),) if entry is DBSCAN else (("min_cluster_size", 30),)
    for noise in ("segment", "nearest"):
        found = segment(AnalysisRequest("shop", algorithm=entry.name, params=(*nobody, ("noise", noise))), shop)
        assert [(group.name, group.customers, group.is_noise) for group in found.segments] == [
            ("In no group", 40, True)
        ]
        assert (found.k, found.noise_share) == (0, 1.0)
        assert "There are fewer than two groups." in found.notes


def test_too_many_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    """More groups than can be told apart are refused, with the next step; a panel shows them all the same."""
    monkeypatch.setattr(import_module("analytics.clusters.quality"), "MOST_GROUPS", 1)
    asked = AnalysisRequest("shop", algorithm="hdbscan", params=(("min_cluster_size", 2),))
    with pytest.raises(
        RequestError, match=r"groups are too many to tell apart; 1 are the most\. Ask for larger groups\."
    ):
        segment(asked, shop_in_memory(varied_shop(60)))
    assert panel(asked, shop_in_memory(varied_shop(60))).qualities


@both
def test_several_values_side_by_side(entry: Algorithm) -> None:
    """A panel has a fit for each value that is tried, with the share it leaves out."""
    found = choose_k(many(600), entry, settings={})
    assert [tried.value for tried in found.qualities] == list(entry.tried(many(600), {}))
    for tried in found.qualities:
        assert tried.noise_share == pytest.approx((found.fits[tried.value].labels == NOISE).mean())
        assert tried.k == found.fits[tried.value].groups
    assert found.proposed in found.fits
