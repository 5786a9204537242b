"""Hierarchical clustering: against SciPy and scikit-learn, by hand, and by micro-clusters against the whole tree."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import fastcluster
import numpy as np
import pytest
from scipy.cluster.hierarchy import fcluster, is_valid_linkage, linkage
from sklearn.cluster import AgglomerativeClustering
from sklearn.datasets import make_blobs, make_circles, make_moons
from sklearn.metrics import adjusted_rand_score

from analytics.clusters import HIERARCHICAL, Matrix, choose_k, dendrogram, hierarchical, load_panel, panel_bytes
from analytics.clusters.dendrogram import MOST_BUNDLES, cut, groups_at, order, span, upper_part
from analytics.clusters.micro import micro_clusters, weighted_linkage
from analytics.errors import RequestError

LINKAGES = ("ward", "average")
LINE = np.array([[0.0], [1.0], [5.0], [8.0]])
"""0 and 1 join first, then 5 and 8, then both pairs, whose means lie 6 apart."""


def blobs(customers: int = 300, spread: float = 1.0, groups: int = 5, seed: int = 0) -> Matrix:
    matrix: Matrix = make_blobs(customers, 4, centers=groups, cluster_std=spread, random_state=seed)[0]
    return matrix


def anisotropic() -> Matrix:
    points: Matrix = make_blobs(400, random_state=170)[0] @ np.array([[0.6, -0.6], [-0.4, 0.8]])
    return points


TOYS: dict[str, Callable[[], Matrix]] = {
    "moons": lambda: make_moons(400, noise=0.05, random_state=30)[0],
    "circles": lambda: make_circles(400, factor=0.5, noise=0.05, random_state=30)[0],
    "blobs": lambda: make_blobs(400, random_state=30)[0],
    "anisotropic": anisotropic,
    "nothing": lambda: np.random.default_rng(30).random((400, 2)),
}


# Against the references


@pytest.mark.parametrize("name", LINKAGES)
@pytest.mark.parametrize("k", [2, 3, 7, 20])
@pytest.mark.parametrize("seed", [0, 1])
def test_the_groups_are_those_of_scipy(name: str, k: int, seed: int) -> None:
    """The tree cut into k groups parts the customers as SciPy's linkage does, on blobs that run into one another."""
    matrix = blobs(spread=3.0, seed=seed)
    fit = HIERARCHICAL.fit(matrix, {"k": k, "linkage": name}, 0)
    assert fit.exact
    assert fit.groups == k
    assert adjusted_rand_score(fcluster(linkage(matrix, name), k, "maxclust"), fit.labels) == 1.0


@pytest.mark.parametrize("name", LINKAGES)
def test_the_heights_are_those_of_scipy(name: str) -> None:
    """The last merges are as high as SciPy has them, and join as many customers."""
    matrix = blobs(spread=3.0)
    tree = dendrogram(HIERARCHICAL.fit(matrix, {"k": 4, "linkage": name}, 0).model)
    whole = linkage(matrix, name)
    assert tree.heights == pytest.approx(whole[-39:, 2])
    assert tree.sizes.sum() == len(matrix)
    joined = [*tree.sizes.tolist()]
    for one, other in tree.merges:
        joined.append(joined[one] + joined[other])
    assert joined[tree.bundles :] == whole[-39:, 3].tolist()


@pytest.mark.parametrize("toy", TOYS)
@pytest.mark.parametrize("name", LINKAGES)
def test_toy_sets_are_parted_as_scikit_learn_does(toy: str, name: str) -> None:
    """On scikit-learn's own toy sets the agreement with its implementation is complete."""
    matrix = TOYS[toy]()
    for k in (2, 3):
        theirs = AgglomerativeClustering(k, linkage=name).fit_predict(matrix)
        ours = HIERARCHICAL.fit(matrix, {"k": k, "linkage": name}, 0)
        assert adjusted_rand_score(theirs, ours.labels) == 1.0


# By hand


def test_the_heights_of_four_customers() -> None:
    """Ward: 1, 3, and √(2 · 2·2/(2+2)) · 6 = 6√2. Average: 1, 3, and the mean of 5, 8, 4 and 7, which is 6."""
    for name, last in (("ward", 6 * 2**0.5), ("average", 6.0)):
        tree = dendrogram(HIERARCHICAL.fit(LINE, {"k": 2, "linkage": name}, 0).model)
        assert tree.heights == pytest.approx([1, 3, last])
        assert tree.sizes.tolist() == [1, 1, 1, 1]
        assert tree.groups.tolist() == [0, 0, 1, 1]


@pytest.mark.parametrize(("height", "k"), [(0.0, 4), (0.99, 4), (1.0, 3), (2.9, 3), (3.0, 2), (8.4, 2), (8.5, 1)])
def test_a_cut_gives_the_groups_that_it_crosses(height: float, k: int) -> None:
    """At each height as many groups as branches are crossed; a merge counts at its own height."""
    assert groups_at(dendrogram(HIERARCHICAL.fit(LINE, {"k": 2}, 0).model), height) == k


def test_every_number_of_groups_has_its_heights() -> None:
    """A cut in the middle of a number's span gives that number."""
    tree = dendrogram(HIERARCHICAL.fit(blobs(), {"k": 5}, 0).model)
    for k in range(2, tree.bundles + 1):
        low, high = span(tree, k)
        assert groups_at(tree, (low + high) / 2) == k
    assert span(tree, 1) == (tree.heights[-1], float("inf"))
    assert span(tree, tree.bundles)[0] == 0.0


def test_branches_do_not_cross() -> None:
    """Left to right, what any merge joins stands side by side, the larger branch first; groups are counted from the left."""
    tree = dendrogram(HIERARCHICAL.fit(blobs(spread=3.0), {"k": 6}, 0).model)
    ordered = order(tree.merges, tree.sizes).tolist()
    assert sorted(ordered) == list(range(tree.bundles))
    under = [[bundle] for bundle in range(tree.bundles)]
    for one, other in tree.merges:
        places = [sorted(ordered.index(bundle) for bundle in under[node]) for node in (one, other)]
        first, second = sorted(places)
        assert [*first, *second] == list(range(first[0], second[-1] + 1))
        assert sum(tree.sizes[ordered[place]] for place in first) >= sum(tree.sizes[ordered[place]] for place in second)
        under.append(under[one] + under[other])
    groups = tree.groups[ordered].tolist()
    assert groups == sorted(groups)


def test_the_tree_has_the_cut_of_every_number() -> None:
    """Cutting the kept tree elsewhere gives what another fit would: a line that is dragged needs no fit."""
    matrix = blobs(spread=3.0)
    tree = dendrogram(HIERARCHICAL.fit(matrix, {"k": 4}, 0).model)
    for k in (2, 9, 20):
        fit = HIERARCHICAL.fit(matrix, {"k": k}, 0)
        assert np.array_equal(cut(tree.merges, tree.sizes, k), dendrogram(fit.model).groups)
        assert dendrogram(fit.model).k == k
    for k in (0, MOST_BUNDLES + 1):
        with pytest.raises(RequestError, match=rf"'{k}' is not possible for k. Allowed: a whole number from 1 to 40"):
            cut(tree.merges, tree.sizes, k)


def test_other_methods_make_no_tree() -> None:
    """Asked for the tree of centres, it says which method has one."""
    with pytest.raises(RequestError, match=r"This method makes no tree\. Choose the hierarchical method"):
        dendrogram({"centers": LINE})


def test_a_small_tree_is_whole() -> None:
    """Of three points every merge is there, and of two customers who are alike none parts them."""
    whole = linkage(np.array([[0.0], [1.0], [9.0]]), "average")
    merges, heights, sizes, bundle_of = upper_part(whole, np.array([1, 1, 1]))
    assert (merges.tolist(), heights.tolist(), sizes.tolist()) == ([[0, 1], [2, 3]], [1.0, 8.5], [1, 1, 1])
    assert bundle_of.tolist() == [0, 1, 2]
    tree = dendrogram(HIERARCHICAL.fit(np.array([[0.0], [0.0], [9.0]]), {"k": 2}, 0).model)
    assert sorted(tree.sizes.tolist()) == [1, 2]


# The order of the rows, and who is alike


@pytest.mark.parametrize("name", LINKAGES)
def test_ties_do_not_depend_on_the_order_of_the_rows(name: str) -> None:
    """On a grid, where nearly all distances are ties, shuffled customers are in the very same groups."""
    grid = np.array([[x, y] for x in range(8) for y in range(8)], dtype=float)
    shuffled = np.random.default_rng(4).permutation(len(grid))
    plain = HIERARCHICAL.fit(grid, {"k": 5, "linkage": name}, 0)
    other = HIERARCHICAL.fit(grid[shuffled], {"k": 5, "linkage": name}, 0)
    assert np.array_equal(plain.labels[shuffled], other.labels)


def test_customers_who_are_alike_are_together() -> None:
    """Those with the same numbers are in one group, however many groups there are, and those who are not may be parted."""
    points = np.random.default_rng(2).random((20, 3)) / 3
    matrix = np.repeat(points, 30, axis=0)
    for name in LINKAGES:
        labels = HIERARCHICAL.fit(matrix, {"k": 20, "linkage": name}, 0).labels.reshape(20, 30)
        assert (labels == labels[:, :1]).all()
        assert len(set(labels[:, 0])) == 20


def test_a_tree_is_grown_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nine numbers of groups are nine cuts of one tree, the same as each alone."""
    matrix, grown = blobs(), []
    whole = fastcluster.linkage_vector
    monkeypatch.setattr(fastcluster, "linkage_vector", lambda *told: (grown.append(1), whole(*told))[1])
    assert HIERARCHICAL.fit_many is not None
    fits = HIERARCHICAL.fit_many(matrix, [{"k": k} for k in range(2, 11)], 0, None)
    assert len(grown) == 1
    for k, fit in zip(range(2, 11), fits, strict=True):
        assert np.array_equal(fit.labels, HIERARCHICAL.fit(matrix, {"k": k}, 0).labels)
    assert choose_k(matrix, HIERARCHICAL).proposed == 5


def test_a_panel_keeps_its_trees(tmp_path: Path) -> None:
    """A tree that was written and read again is the same, with the cut of each fit."""
    panel = choose_k(blobs(), HIERARCHICAL)
    path = tmp_path / "panel.npz"
    path.write_bytes(panel_bytes(panel))
    read = load_panel(path)
    assert read is not None
    for k, fit in panel.fits.items():
        one, other = dendrogram(fit.model), dendrogram(read.fits[k].model)
        assert np.array_equal(one.merges, other.merges)
        assert np.array_equal(one.heights, other.heights)
        assert np.array_equal(one.groups, other.groups)
        assert other.k == k


# New customers


def test_a_new_customer_joins_whom_it_is_like() -> None:
    """The nearest known customer decides: 3.1 is nearer to 5 than to 1, and 2.9 is not."""
    fit = HIERARCHICAL.fit(LINE, {"k": 2}, 0)
    assert HIERARCHICAL.place(fit.model, np.array([[-9.0], [2.9], [3.1], [99.0]])).tolist() == [0, 0, 1, 1]


# Above the limit


@pytest.fixture
def low_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if 300 customers were too many, with 100 micro-clusters."""
    monkeypatch.setattr(hierarchical, "EXACT", 300)
    monkeypatch.setattr(hierarchical, "EXACT_AVERAGE", 300)
    monkeypatch.setattr(hierarchical, "COUNT", 100)
    monkeypatch.setattr(hierarchical, "SAMPLE", 1_000)


@pytest.mark.parametrize("name", LINKAGES)
def test_weights_of_one_are_the_ordinary_linkage(name: str) -> None:
    """Among points that weigh 1 each, the tree is SciPy's: the same merges, at the same heights, of the same sizes."""
    matrix = blobs(200, spread=3.0)
    ours, theirs = weighted_linkage(matrix, np.ones(len(matrix)), name), linkage(matrix, name)
    assert is_valid_linkage(ours)
    assert ours == pytest.approx(np.column_stack([np.sort(theirs[:, :2]), theirs[:, 2:]]))


@pytest.mark.parametrize("name", LINKAGES)
def test_a_weight_is_as_many_customers_as_it_says(name: str) -> None:
    """Points that weigh 1 to 5 join as so many customers in one place would, at the same heights."""
    points = blobs(60, spread=3.0)
    weights = np.random.default_rng(1).integers(1, 6, len(points))
    ours = weighted_linkage(points, weights.astype(float), name)
    theirs = linkage(np.repeat(points, weights, axis=0), name)[-len(ours) :]
    assert ours[:, 2:] == pytest.approx(theirs[:, 2:])


def test_micro_clusters_have_everyone_once() -> None:
    """Their weights add up to the customers, and each one's mean is that of those who are nearest to it."""
    matrix = blobs(2_000)
    found = micro_clusters(matrix, 3, count=50, sample=500)
    assert found.weights.sum() == 2_000
    assert 40 < len(found.points) <= 50
    for number in (0, 17, len(found.points) - 1):
        mine = matrix[found.members == number]
        assert len(mine) == found.weights[number]
        assert found.means[number] == pytest.approx(mine.mean(axis=0))


@pytest.mark.usefixtures("low_limits")
@pytest.mark.parametrize("name", LINKAGES)
def test_many_customers_are_grouped_by_micro_clusters(name: str) -> None:
    """On groups that lie apart the agreement with the whole tree is at least .9; it says that it is not exact."""
    matrix = blobs(2_000)
    fit = HIERARCHICAL.fit(matrix, {"k": 5, "linkage": name}, 0)
    assert not fit.exact
    assert adjusted_rand_score(fcluster(fastcluster.linkage(matrix, name), 5, "maxclust"), fit.labels) >= 0.9
    assert np.array_equal(fit.labels, HIERARCHICAL.fit(matrix, {"k": 5, "linkage": name}, 0).labels)
    assert np.array_equal(HIERARCHICAL.place(fit.model, matrix), fit.labels)
    assert [HIERARCHICAL.place(fit.model, row[None])[0] for row in matrix[:50]] == fit.labels[:50].tolist()
    assert dendrogram(fit.model).sizes.sum() == 2_000


@pytest.mark.usefixtures("low_limits")
def test_micro_clusters_differ_no_more_than_half_the_customers_do() -> None:
    """Where groups overlap, the whole tree is no nearer to that of a random half of the customers than to the micro-clusters'."""
    nearness, of_half = [], []
    for seed in range(6):
        matrix = blobs(2_000, spread=4.0, seed=seed)
        whole = fcluster(fastcluster.linkage_vector(matrix, "ward"), 5, "maxclust")
        half = np.sort(np.random.default_rng(seed).choice(2_000, 1_000, replace=False))
        by_half = fcluster(fastcluster.linkage_vector(matrix[half], "ward"), 5, "maxclust")
        nearness.append(adjusted_rand_score(whole, HIERARCHICAL.fit(matrix, {"k": 5}, seed).labels))
        of_half.append(adjusted_rand_score(whole[half], by_half))
    assert np.mean(nearness) >= np.mean(of_half)


@pytest.mark.usefixtures("low_limits")
def test_many_customers_of_few_kinds_are_grouped_exactly() -> None:
    """Where there are no more different customers than micro-clusters, the tree is the whole one, and says so."""
    points = blobs(60, spread=3.0)
    matrix = np.repeat(points, 20, axis=0)
    fit = HIERARCHICAL.fit(matrix, {"k": 6}, 0)
    assert fit.exact
    assert adjusted_rand_score(fcluster(linkage(matrix, "ward"), 6, "maxclust"), fit.labels) == 1.0


@pytest.mark.usefixtures("low_limits")
def test_the_few_who_differ_are_not_lost() -> None:
    """Of 5,000 customers, all alike but for seventy, as many groups are found as are asked for."""
    matrix = np.zeros((5_000, 2))
    matrix[100:170, 0] = np.arange(1, 71)
    fit = HIERARCHICAL.fit(matrix, {"k": 20}, 0)
    assert fit.groups == 20
    assert np.array_equal(HIERARCHICAL.place(fit.model, matrix), fit.labels)
