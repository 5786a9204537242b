"""An area drawn in the picture: who lies in it, how it is written, and that it stays what it is."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics import deeds, rfm
from analytics.audiences import audience, describe
from analytics.clusters import Area, coordinates, inside, project, simplified
from analytics.clusters.drawn import MOST_CORNERS
from analytics.customers import CustomerTable, customer_table
from analytics.errors import RequestError
from analytics.request import request_from_json
from analytics.rules import Did, rule_from_json
from analytics.sources import Source
from tests.conftest import Publish, shop_in_memory, varied_shop

METRICS = ("recency_days", "order_count", "revenue_total")
EVERYWHERE = ((-1e3, -1e3), (1e3, -1e3), (1e3, 1e3), (-1e3, 1e3))
L = [(0, 0), (4, 0), (4, 2), (2, 2), (2, 4), (0, 4)]
"""An L: a square of 4 without its upper right quarter."""
places = st.floats(-10, 10, allow_nan=False).map(lambda value: round(value, 2))
polygons = st.lists(st.tuples(places, places), min_size=3, max_size=30)


def test_inside_an_l() -> None:
    """Points in the two arms are inside, points in the missing quarter are not, those on an edge or a corner are."""
    points = np.array([[1, 1], [3, 1], [1, 3], [3, 3], [5, 1], [-1, 1], [2, 3], [3, 2], [0, 0], [2, 2], [4, 4]])
    expected = [True, True, True, False, False, False, True, True, True, True, False]
    assert inside(points, L).tolist() == expected


def test_what_is_drawn_twice_over_is_outside() -> None:
    """The middle of a five-pointed star drawn in one line is outside, by the even-odd rule; its points are inside."""
    turns = np.arange(5) * 4 * np.pi / 5
    star = [(float(x), float(y)) for x, y in zip(np.sin(turns), np.cos(turns), strict=True)]
    assert inside(np.array([[0.0, 0.0], [0.0, 0.9], [0.0, 1.1]]), star).tolist() == [False, True, False]


@settings(deadline=None, max_examples=60)
@given(polygon=polygons, turned=st.integers(0, 29), points=st.lists(st.tuples(places, places), min_size=1, max_size=20))
def test_where_the_line_begins_and_which_way_round_it_goes_do_not_matter(
    polygon: list[tuple[float, float]], turned: int, points: list[tuple[float, float]]
) -> None:
    """The same corners from another start, or backwards, hold the same points; every corner is inside."""
    table = np.array(points)
    found = inside(table, polygon).tolist()
    turned %= len(polygon)
    assert inside(table, polygon[turned:] + polygon[:turned]).tolist() == found
    assert inside(table, polygon[::-1]).tolist() == found
    assert inside(np.array(polygon), polygon).all()


def test_it_agrees_with_a_reference() -> None:
    """On ten thousand random points the answer is the rule written out for one point: crossings of a ray to the right."""
    draw = np.random.default_rng(3)
    polygon = draw.normal(size=(25, 2))
    points = draw.normal(size=(10_000, 2))

    def crossings(x: float, y: float) -> int:
        ends = list(zip(polygon, np.roll(polygon, -1, axis=0), strict=True))
        return sum((a[1] > y) != (b[1] > y) and x < (b[0] - a[0]) * (y - a[1]) / (b[1] - a[1]) + a[0] for a, b in ends)

    expected = [crossings(x, y) % 2 == 1 for x, y in points]
    assert inside(points, [tuple(corner) for corner in polygon]).tolist() == expected


def test_a_line_by_hand_becomes_few_corners() -> None:
    """A circle of a thousand points keeps its shape in forty corners; a square keeps its four and loses those on its sides."""
    turns = np.linspace(0, 2 * np.pi, 1_000, endpoint=False)
    circle = simplified(list(zip(3 * np.cos(turns), 3 * np.sin(turns), strict=True)))
    assert len(circle) == MOST_CORNERS
    grid = np.stack(np.meshgrid(np.linspace(-4, 4, 81), np.linspace(-4, 4, 81)), axis=-1).reshape(-1, 2)
    far = np.hypot(*grid.T)
    assert inside(grid, circle)[far < 2.95].all()
    assert not inside(grid, circle)[far > 3.01].any()
    side = np.linspace(0, 1, 100, endpoint=False)
    halves = [*((t, 0.0) for t in side), *((1.0, t) for t in side)]
    square = [*halves, *((1 - x, 1 - y) for x, y in halves)]
    assert set(simplified(square, 4)) == {(0, 0), (1, 0), (1, 1), (0, 1)}


@settings(deadline=None, max_examples=60)
@given(polygon=polygons)
def test_a_simplified_area_is_a_rule(polygon: list[tuple[float, float]]) -> None:
    """Whatever is drawn, the corners that are written fit into a rule, and are read as they were written."""
    area = Area(simplified(polygon), (1, 2), METRICS)
    rule = rule_from_json({"did": "drawn_around", "with": area.to_json()})
    assert rule.to_json() == {"did": "drawn_around", "with": area.to_json()}
    assert describe(request_from_json({"dataset": "shop", "where": rule.to_json()}))


# Of customers


def points_of(table: CustomerTable, axes: tuple[int, int]) -> np.ndarray[Any, Any]:
    """Where the picture draws them."""
    _, matrix = coordinates(table, METRICS)
    return project(matrix).points[:, [axis - 1 for axis in axes]]


def people_in(area: Area, source: Source) -> list[str]:
    """The list that the rule gives."""
    table = rfm.with_segments(customer_table(source))
    request = request_from_json({"dataset": "shop", "where": {"did": "drawn_around", "with": area.to_json()}})
    return sorted(audience(request, table)["customer_id"])


@pytest.mark.parametrize("axes", [(1, 2), (3, 1)])
def test_the_people_are_those_whose_points_are_inside(axes: tuple[int, int]) -> None:
    """The right half of the picture is the customers whose first component is at or above the cut; both halves are all."""
    shop = shop_in_memory(varied_shop(60))
    table = customer_table(shop)
    points = points_of(table, axes)
    right = Area(((0.125, -1e3), (1e3, -1e3), (1e3, 1e3), (0.125, 1e3)), axes, METRICS)
    left = Area(((-1e3, -1e3), (0.125, -1e3), (0.125, 1e3), (-1e3, 1e3)), axes, METRICS)
    assert people_in(right, shop) == sorted(table.frame["customer_id"][points[:, 0] >= 0.125])
    assert 0 < len(people_in(right, shop)) < len(table)
    assert sorted(people_in(right, shop) + people_in(left, shop)) == sorted(table.frame["customer_id"])
    assert people_in(Area(EVERYWHERE, axes, METRICS), shop) == sorted(table.frame["customer_id"])


def test_the_order_of_the_data_does_not_matter() -> None:
    """The same orders in another order, as on another computer, give the same people."""
    orders = [order._replace(order_id=str(place)) for place, order in enumerate(varied_shop(60))]
    area = Area(((-1.0, -1.0), (1.5, -0.5), (0.5, 2.0)), (1, 2), METRICS)
    found = people_in(area, shop_in_memory(orders))
    assert found
    assert people_in(area, shop_in_memory(orders[::-1])) == found


def test_a_stored_dataset_answers_as_of_the_tables_own_day(publish: Publish) -> None:
    """The picture of that day is drawn again: customers who came later are not in it."""
    source = publish(varied_shop(60))
    days = source.default_as_of, date(2024, 4, 1)
    for day in days:
        table = customer_table(source, day)
        assert deeds.find(Did.of("drawn_around", **Area(EVERYWHERE, (1, 2), METRICS).to_json()), table).all()


def test_it_is_said_in_english() -> None:
    """The sentence names what the picture is of."""
    told = Did.of("drawn_around", **Area(EVERYWHERE, (1, 3), METRICS).to_json())
    assert deeds.tell(told) == "Lies in an area drawn in the picture of Recency, Orders and Revenue (PC1 and PC3)"
    one = Did.of("drawn_around", **Area(EVERYWHERE, (1, 3), (), ("country",)).to_json())
    assert deeds.tell(one) == "Lies in an area drawn in the picture of country (PC1 and PC3)"


GOOD = Area(EVERYWHERE, (1, 2), METRICS).to_json()


@pytest.mark.parametrize(
    "changed",
    [
        {"around": None},
        {"around": [[0, 0], [1, 1]]},
        {"around": [[0, 0], [1, 1], [1]]},
        {"around": [[0, 0], [1, 1], ["1", 2]]},
        {"around": [[0, 0], [1, 1], [True, 2]]},
        {"around": [[0, 0], [1, 1], [float("nan"), 2]]},
        {"around": [[0, 0], [1, 1], [float("inf"), 2]]},
        {"around": [[0, 0], [1, 1], [10**400, 2]]},
        {"around": [[0, 0]] * 41},
        {"around": {"0": [1, 2]}},
        {"axes": [1]},
        {"axes": [1, 1]},
        {"axes": [0, 1]},
        {"axes": [1, 4]},
        {"axes": [True, 2]},
        {"axes": ["1", "2"]},
        {"axes": {}},
        {"metrics": []},
        {"metrics": "recency_days"},
        {"metrics": ["__class__"]},
        {"metrics": [["recency_days"]]},
        {"metrics": ["order_count", "order_count"]},
        {"attributes": [None]},
        {"scaling": "none"},
        {"scaling": {}},
        {"further": 1},
    ],
    ids=str,
)
def test_what_is_no_area_is_refused(changed: dict[str, Any]) -> None:
    """A detail that is not possible is refused in a sentence, when the rule is said and when it is looked up."""
    details = {**GOOD, **changed}
    known = next(deed for deed in deeds.DEEDS if deed.name == "drawn_around")
    with pytest.raises(RequestError, match=r"\.$"):
        known.sentence(details)
    with pytest.raises(RequestError, match=r"\.$"):
        known.customers(shop_in_memory(varied_shop(5)), date(2024, 12, 1), details)


@pytest.mark.parametrize("attribute", ["customer_id", "shoe_size"])
def test_what_the_customers_do_not_have_is_refused(attribute: str) -> None:
    """An attribute that is not there, or that names a person, lays nobody out."""
    shop = shop_in_memory(varied_shop(5))
    details = {**GOOD, "attributes": [attribute]}
    with pytest.raises(RequestError, match=f"does not have {attribute}"):
        next(deed for deed in deeds.DEEDS if deed.name == "drawn_around").customers(shop, shop.default_as_of, details)
