"""The space that customers are grouped in: scaling, attributes, and what stands in for a missing value."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest

from analytics.clusters import SCALINGS, fit_space, space_from_json
from analytics.clusters.space import CategoryAxis, NumberAxis
from analytics.errors import EmptyDataError, RequestError


def scaled(frame: pd.DataFrame, metrics: tuple[str, ...], how: str = "log") -> np.ndarray:
    """The coordinates of the customers that the space is fitted on."""
    return fit_space(frame, metrics, (), how).matrix(frame)


def test_log_scaling_by_hand() -> None:
    """log(1 + x) of 0 1 3 is 0 1 2 times log 2; standardised that is −√1.5, 0, √1.5."""
    assert scaled(pd.DataFrame({"x": [0, 1, 3]}), ("x",))[:, 0] == pytest.approx([-np.sqrt(1.5), 0, np.sqrt(1.5)])


def test_negative_values_are_mirrored() -> None:
    """−3 lies as far below 0 as 3 lies above."""
    assert scaled(pd.DataFrame({"x": [-3, 0, 3]}), ("x",))[:, 0] == pytest.approx([-np.sqrt(1.5), 0, np.sqrt(1.5)])


def test_standard_scaling() -> None:
    """Without the logarithm a metric is only centred and divided by its standard deviation."""
    frame = pd.DataFrame({"x": [0.0, 2.0], "y": [5.0, 1.0]})
    assert scaled(frame, ("y", "x"), "standard").tolist() == [[1, -1], [-1, 1]]


def test_robust_scaling() -> None:
    """The median is 0, and the quartiles lie as far apart as in a standard normal distribution, whatever the largest is."""
    found = scaled(pd.DataFrame({"x": [1.0, 2, 3, 4, 1e9]}), ("x",), "robust")[:, 0]
    assert found[2] == 0
    assert found[3] - found[1] == pytest.approx(1.349)


def test_a_constant_metric_is_zero() -> None:
    """A metric that is the same for all says nothing, and does not divide by zero."""
    for how in ("log", "robust", "standard"):
        assert scaled(pd.DataFrame({"x": [0.1] * 3}), ("x",), how).tolist() == [[0.0]] * 3


def test_a_missing_value_is_the_median_of_the_others() -> None:
    """A missing value counts as the median, and how many did is told; it is not 0."""
    frame = pd.DataFrame({"x": [1, np.nan, 3, 100, np.nan], "y": [1, 2, 3, 4, 5]})
    assert fit_space(frame, ("x", "y")).filled == {"x": 2}
    assert scaled(frame, ("x", "y"))[:, 0] == pytest.approx(scaled(frame.assign(x=[1, 3, 3, 100, 3]), ("x",))[:, 0])


def test_a_metric_that_nobody_has_cannot_be_scaled() -> None:
    """A metric missing for every customer is named."""
    with pytest.raises(EmptyDataError, match="'x' is missing for every customer"):
        fit_space(pd.DataFrame({"x": [np.nan, np.nan]}), ("x",))


@pytest.mark.parametrize(("stand_in", "value"), [("median", 3), ("highest", 100), ("lowest", 1), ("zero", 0)])
def test_what_stands_in_for_a_missing_value(stand_in: str, value: float) -> None:
    """A missing value lies where the median, the highest or the lowest of the others does, or where 0 would."""
    frame = pd.DataFrame({"x": [1, np.nan, 3, 100]})
    space = fit_space(frame, ("x",), stand_ins={"x": stand_in})
    assert space.matrix(frame)[:, 0] == pytest.approx(scaled(frame.fillna(value), ("x",))[:, 0])
    assert space.matrix(frame.iloc[1:2])[0, 0] == space.matrix(pd.DataFrame({"x": [float(value)]}))[0, 0]


@pytest.mark.parametrize("how", [known.name for known in SCALINGS])
def test_a_place_on_the_axis_is_a_number_again(how: str) -> None:
    """Every scaling can be undone: where a number lies says which it was, negative ones included."""
    frame = pd.DataFrame({"x": [-3.0, 0, 0.5, 12, 4_000]})
    (axis,) = fit_space(frame, ("x",), (), how).axes
    assert isinstance(axis, NumberAxis)
    assert axis.unscaled(axis.scaled(axis.numbers(frame))) == pytest.approx(frame["x"].to_numpy())


def test_infinite_is_missing() -> None:
    """A number without an end is no number: it is taken as the others are."""
    frame = pd.DataFrame({"x": [1.0, np.inf, 3, -np.inf, 5]})
    assert fit_space(frame, ("x",)).filled == {"x": 2}
    assert np.isfinite(scaled(frame, ("x",))).all()


@pytest.mark.parametrize(
    "column",
    [
        pd.Series([1, None, 3, 4], dtype="Int64"),
        pd.Series([1, None, 3, 4], dtype="Float64"),
        pd.Series([Decimal(1), None, Decimal(3), Decimal(4)], dtype=object),
        pd.Series([1, None, 3.0, Decimal(4)], dtype=object),
    ],
    ids=["Int64", "Float64", "decimals", "mixed"],
)
def test_numbers_of_any_type_are_numbers(column: Any) -> None:
    """Nullable numbers and decimals lie where plain numbers do, their missing values at the median."""
    expected = scaled(pd.DataFrame({"x": [1.0, 3, 3, 4]}), ("x",))
    frame = pd.DataFrame({"x": column})
    assert fit_space(frame, (), ("x",)).matrix(frame) == pytest.approx(expected)


@pytest.mark.parametrize("dtype", ["datetime64[ms]", "datetime64[ns, Europe/Berlin]", object])
def test_days_are_counted_backwards(dtype: Any) -> None:
    """A day is the days from it to the as-of date, as recency is; the scale stays when later customers are placed."""
    days = pd.Series([date(2024, 3, 1), date(2024, 2, 27), None, date(2024, 3, 10)])
    column = days if dtype is object else pd.to_datetime(days).astype("datetime64[ms]")
    if "Berlin" in str(dtype):
        column = column.dt.tz_localize("Europe/Berlin")
    frame = pd.DataFrame({"joined_on": column, "days": [10.0, 13, 10, 1]})
    space = fit_space(frame, (), ("joined_on",), as_of=date(2024, 3, 11))
    assert space.matrix(frame) == pytest.approx(scaled(frame, ("days",)))
    again = space_from_json(json.loads(json.dumps(space.to_json())))
    assert again == space
    assert again.matrix(frame) == pytest.approx(space.matrix(frame))


def test_an_attribute_weighs_as_one_number() -> None:
    """The coordinates of an attribute's values together vary as much as one standardised metric does."""
    frame = pd.DataFrame({"city": ["a", "b", "b", None, "c", "a"]})
    matrix = fit_space(frame, (), ("city",)).matrix(frame)
    assert matrix.shape == (6, 4)
    assert matrix.var(axis=0).sum() == pytest.approx(1.0)
    assert matrix.mean(axis=0) == pytest.approx(np.zeros(4))


def test_an_attribute_by_hand() -> None:
    """Of a a b -: shares 1/2, 1/4, 1/4, and the sum of p(1 - p) is 5/8; a coordinate is (1 or 0, minus share) / sqrt(5/8)."""
    frame = pd.DataFrame({"city": ["a", "a", "b", None]})
    space = fit_space(frame, (), ("city",))
    assert space.names == ("City: a", "City: b", "City: missing")
    expected = (np.array([[1, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]]) - [0.5, 0.25, 0.25]) / np.sqrt(0.625)
    assert space.matrix(frame) == pytest.approx(expected)


def test_two_flags_are_as_far_apart_as_two_numbers() -> None:
    """Mean squared distance of two customers is the same by a flag, by a text of ten values and by a standardised metric: 2."""
    flag = pd.Series([True, False, False, True, False] * 20)
    frame = pd.DataFrame({"flag": flag, "text": [f"t{n % 10}" for n in range(100)], "x": np.arange(100.0)})
    for metrics, attributes in (((), ("flag",)), ((), ("text",)), (("x",), ())):
        matrix = fit_space(frame, metrics, attributes, "standard").matrix(frame)
        apart = ((matrix[:, None] - matrix[None]) ** 2).sum(axis=2)
        assert apart.mean() == pytest.approx(2.0)


@pytest.mark.parametrize(
    "column",
    [
        pd.Series([True, False, None], dtype=object),
        pd.Series([True, False, None], dtype="boolean"),
        pd.Series(["yes", "no", None], dtype="str"),
        pd.Series(["yes", "no", None], dtype="category"),
    ],
    ids=["objects", "boolean", "text", "category"],
)
def test_flags_of_any_type_are_values(column: Any) -> None:
    """A flag is yes, no or missing, whatever it came as; it is no number."""
    frame = pd.DataFrame({"member": column})
    space = fit_space(frame, (), ("member",))
    assert space.names == ("Member: no", "Member: yes", "Member: missing")
    assert len(np.unique(space.matrix(frame), axis=0)) == 3


def test_rare_values_are_together() -> None:
    """The twelve most frequent values are told apart; the others, and those of less than 1 % of customers, are one."""
    frame = pd.DataFrame({"city": [f"c{n:02d}" for n in range(14) for _ in range(14 - n)] + ["x"] * 1})
    (axis,) = fit_space(frame, (), ("city",)).axes
    assert isinstance(axis, CategoryAxis)
    assert axis.levels == tuple(f"c{n:02d}" for n in range(12))
    assert axis.values[-1] == "other"
    matrix = fit_space(frame, (), ("city",)).matrix(frame)
    assert np.array_equal(matrix[-1], matrix[-2])
    rare = pd.DataFrame({"city": ["a"] * 150 + ["b"] * 149 + ["c"]})
    assert fit_space(rare, (), ("city",)).names == ("City: a", "City: b", "City: other")


def test_an_attribute_of_thousands_of_values_is_one_coordinate() -> None:
    """Where every value is rare there is nothing to tell customers apart by: all lie at 0."""
    frame = pd.DataFrame({"card": [f"k{n}" for n in range(10_000)]})
    matrix = fit_space(frame, (), ("card",)).matrix(frame)
    assert matrix.shape == (10_000, 1)
    assert not matrix.any()


@pytest.mark.parametrize("dtype", [object, "category", "str", "datetime64[ms]"])
def test_an_attribute_that_nobody_has_cannot_be_used(dtype: Any) -> None:
    """An attribute missing for every customer is named, whatever its type."""
    with pytest.raises(EmptyDataError, match="'city' is missing for every customer"):
        fit_space(pd.DataFrame({"city": pd.Series([None, None], dtype=dtype)}), (), ("city",))


def test_new_customers_are_placed_in_the_same_coordinates() -> None:
    """What a value means does not depend on who came with it; a value never seen is none of the known ones."""
    frame = pd.DataFrame({"x": [1.0, 2, 4], "city": pd.Categorical(["a", "b", "a"])})
    space = fit_space(frame, ("x",), ("city",))
    again = space_from_json(json.loads(json.dumps(space.to_json())))
    assert again == space
    new = pd.DataFrame({"x": [2.0, np.nan, 1.0], "city": ["z", "a", None]})
    assert again.matrix(new)[0, 0] == space.matrix(frame)[1, 0]
    assert again.matrix(new)[1, 1:] == pytest.approx(space.matrix(frame)[0, 1:])
    assert (again.matrix(new)[[0, 2], 1:] < 0).all()
    with pytest.raises(RequestError, match="These customers do not have city"):
        space.matrix(frame[["x"]])
