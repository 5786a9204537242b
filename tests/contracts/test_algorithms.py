"""What every clustering algorithm keeps to, whatever it finds."""

from __future__ import annotations

import contextlib
from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

from analytics.clusters import ALGORITHMS, NOISE, Algorithm, Fit, Matrix, choose_k, fit_space
from analytics.customers import customer_table
from analytics.errors import AnalyticsError
from analytics.metrics import RFM_METRICS
from analytics.request import AnalysisRequest
from analytics.segmentation import segment
from tests.conftest import Order, shop_in_memory, varied_shop

each = pytest.mark.parametrize("entry", ALGORITHMS, ids=lambda entry: entry.name)


def asked(entry: Algorithm, k: int = 3) -> dict[str, int]:
    """Settings for k groups, of an algorithm that is told how many."""
    return {"k": k} if entry.has("k") else {}


def matrix_of(customers: int = 60) -> Matrix:
    frame = customer_table(shop_in_memory(varied_shop(customers))).frame
    return fit_space(frame, RFM_METRICS).matrix(frame)


def is_whole(fit: Fit, customers: int) -> bool:
    """Whether every customer has one label, and the groups are counted from 0 without a gap."""
    found = set(fit.labels.tolist()) - {NOISE}
    return fit.labels.shape == (customers,) and found == set(range(len(found)))


@each
def test_every_customer_is_in_exactly_one_group(entry: Algorithm) -> None:
    """Every customer has one label, the settings say every parameter, and what is said of strength is a share."""
    fit = entry.fit(matrix_of(), asked(entry), 7)
    assert is_whole(fit, 60)
    assert set(fit.settings) == {parameter.name for parameter in entry.parameters}
    for name, value in fit.settings.items():
        assert entry.parameter(name).checked(value) == value
    assert fit.exact
    if fit.strength is not None:
        assert fit.strength.shape == (60,)
        assert ((fit.strength >= 0) & (fit.strength <= 1)).all()


@each
def test_the_same_seed_gives_the_same_groups(entry: Algorithm) -> None:
    """Two fits with one seed are equal to the last customer."""
    matrix = matrix_of()
    one, two = (entry.fit(matrix, asked(entry), 7) for _ in range(2))
    assert np.array_equal(one.labels, two.labels)
    assert all(np.array_equal(one.model[name], two.model[name]) for name in one.model)


@each
def test_placing_agrees_with_fitting(entry: Algorithm) -> None:
    """Those whom it was fitted on are placed where they were found, alone or together, in any order."""
    matrix = matrix_of()
    fit = entry.fit(matrix, asked(entry), 7)
    assert np.array_equal(entry.place(fit.model, matrix), fit.labels)
    assert np.array_equal(entry.place(fit.model, matrix[::-1]), fit.labels[::-1])
    assert entry.place(fit.model, matrix[5:6]).tolist() == [fit.labels[5]]


@each
def test_models_are_plain_arrays(entry: Algorithm) -> None:
    """What is kept to place new customers is numbers, which cannot run."""
    fit = entry.fit(matrix_of(), asked(entry), 7)
    assert fit.model
    assert all(values.dtype.kind in "fiub" for values in fit.model.values())


@each
def test_a_constant_metric_parts_nobody(entry: Algorithm) -> None:
    """A coordinate that all share leaves the others their say."""
    matrix = matrix_of()
    plain = entry.fit(matrix, asked(entry), 7)
    constant = entry.fit(np.hstack([matrix, np.zeros((60, 1))]), asked(entry), 7)
    assert adjusted_rand_score(plain.labels, constant.labels) == 1.0


@each
def test_the_order_of_the_orders_does_not_matter(entry: Algorithm) -> None:
    """The shop's rows in another order are the same customers in the same groups."""
    orders = varied_shop()
    shuffled = [orders[row] for row in np.random.default_rng(3).permutation(len(orders))]
    request = AnalysisRequest("shop", algorithm=entry.name, k=3 if entry.has("k") else None)
    one, two = (segment(request, shop_in_memory(rows)) for rows in (orders, shuffled))
    assert one.to_json() == two.to_json()
    assert np.array_equal(one.codes, two.codes)


@each
def test_everyone_is_in_one_segment(entry: Algorithm) -> None:
    """Asked for by name, the segments have everyone once, under names of their own, noise among them."""
    found = segment(
        AnalysisRequest("shop", algorithm=entry.name, k=3 if entry.has("k") else None), shop_in_memory(varied_shop())
    )
    assert found.algorithm == entry.name
    assert sum(group.customers for group in found.segments) == 60
    assert len({group.name for group in found.segments}) == len(found.segments)
    assert sum(group.is_noise for group in found.segments) == (found.noise_share > 0)


@each
@pytest.mark.parametrize(
    "orders",
    [
        [Order("a", "2020-01-01")],
        [Order("a", "2020-01-01"), Order("b", "2020-01-01")],
        [Order("a", "2020-01-01"), Order("b", "2020-01-01"), Order("c", "2020-01-01")],
        [Order("a", "2020-01-01", "5"), Order("b", "2020-02-01", "50")],
    ],
    ids=["one", "two alike", "three alike", "two"],
)
def test_a_handful_of_customers(entry: Algorithm, orders: list[Order]) -> None:
    """Of hardly any customers there is either a segmentation with everyone in it, or a sentence that says why not."""
    found: list[int] = []
    with contextlib.suppress(AnalyticsError):
        groups = segment(AnalysisRequest("shop", algorithm=entry.name), shop_in_memory(orders)).segments
        found = [group.customers for group in groups]
    assert sum(found) in (0, len(orders))


@each
@pytest.mark.parametrize("k", [4, 20])
def test_more_groups_than_different_customers(entry: Algorithm, k: int) -> None:
    """Three different customers, however often each is there, are never four groups."""
    matrix = np.tile(np.array([[0.0, 0], [5, 5], [9, 0]]), (20, 1))
    if entry.has("k"):
        with pytest.raises(AnalyticsError, match=rf"{k} groups need {k} different customers; there are 3"):
            entry.fit(matrix, {"k": k}, 0)
    else:
        assert entry.fit(matrix, {}, 0).groups <= 3


@each
@pytest.mark.parametrize("far", [1e6, 1e9])
def test_one_customer_far_out_breaks_nothing(entry: Algorithm, far: float) -> None:
    """Beside a customer a billion times as far out as the others, every number of groups has figures that are numbers."""
    matrix = np.vstack([np.random.default_rng(0).normal(size=(60, 2)), [[far, far]]])
    panel = choose_k(matrix, replace(entry, resamples=2, resampled=60))
    for one in panel.qualities:
        assert np.isfinite([one.silhouette, one.inertia, one.smallest_share, one.noise_share]).all()
        assert is_whole(panel.fits[one.value], 61)
