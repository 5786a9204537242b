"""Customers by where they lie: an area that someone drew in the picture of principal components, as a rule.

The rule holds all that the picture depends on. Whoever opens it finds the same customers, on another computer too, and
everyone inside counts, whether or not the picture drew them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import numpy as np

from analytics.clusters.coordinates import coordinates
from analytics.clusters.projection import DIMENSIONS, project
from analytics.clusters.space import scaling
from analytics.customers import KEY, customer_table
from analytics.errors import RequestError
from analytics.metrics import is_metric, metric
from analytics.sources import Source
from analytics.text import say

DRAWN: Final = "drawn_around"
MOST_CORNERS: Final = 40
FEWEST_CORNERS: Final = 3
_MOST_TOLD: Final = 2_000
"""Corners that a hand's line may have before it is simplified; of a longer one every second, third … is taken."""
_FURTHEST: Final = 1e9
_FIGURES: Final = 4

Points = np.ndarray[Any, np.dtype[np.float64]]
"""Shape (points, 2)."""
Mask = np.ndarray[Any, np.dtype[np.bool_]]


@dataclass(frozen=True, slots=True)
class Area:
    """A polygon over two principal components of scaled metrics."""

    around: tuple[tuple[float, float], ...]
    """The corners, in order; the last is joined to the first."""
    axes: tuple[int, int]
    """Which components go to the right and upwards, counted from 1."""
    metrics: tuple[str, ...]
    attributes: tuple[str, ...] = ()
    scaling: str = "log"

    def to_json(self) -> dict[str, Any]:
        """The details of the deed `drawn_around`."""
        return {
            "around": [list(corner) for corner in self.around],
            "axes": list(self.axes),
            "metrics": list(self.metrics),
            "attributes": list(self.attributes),
            "scaling": self.scaling,
        }


def area_from_json(told: Mapping[str, Any]) -> Area:
    """The area that the details mean; nothing in them is trusted.

    Raises:
        RequestError: a detail is missing, unknown or not possible.
    """
    for name in told:
        if name not in ("around", "axes", "metrics", "attributes", "scaling"):
            raise RequestError(say("An area has no '{name}'. Draw it again in the picture of the groups.", name=name))
    metrics, attributes = _names(told, "metrics"), _names(told, "attributes")
    for name in metrics:
        metric(name)
    if not metrics and not attributes:
        raise RequestError(say("The area does not say by what customers are laid out. Draw it again."))
    scaled = told.get("scaling", "log")
    axes = told.get("axes")
    if not (
        isinstance(axes, list) and len(axes) == 2 and all(_is_whole(axis) and 1 <= axis <= DIMENSIONS for axis in axes)
    ):
        raise RequestError(say("'{value}' are not two components. There are 1 to {n}.", value=axes, n=DIMENSIONS))
    if axes[0] == axes[1]:
        raise RequestError(say("The area needs two different components, not {n} twice.", n=axes[0]))
    around = corners(told.get("around"))
    if len(around) > MOST_CORNERS:
        raise RequestError(say("The area has {n} corners; {most} are the most.", n=len(around), most=MOST_CORNERS))
    return Area(around, (axes[0], axes[1]), metrics, attributes, scaling(str(scaled)).name)


def corners(told: object) -> tuple[tuple[float, float], ...]:
    """The corners of a polygon, as JSON has them.

    Raises:
        RequestError: they are fewer than three, or not pairs of numbers.
    """
    pairs = told if isinstance(told, list) else []
    are_places = all(isinstance(pair, list) and len(pair) == 2 and all(map(_is_place, pair)) for pair in pairs)
    if len(pairs) < FEWEST_CORNERS or not are_places:
        raise RequestError(say("The area is not readable: it needs three corners or more. Draw it again."))
    return tuple((float(x), float(y)) for x, y in pairs)


def _names(told: Mapping[str, Any], key: str) -> tuple[str, ...]:
    names = told.get(key, [])
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names) or len(set(names)) < len(names):
        raise RequestError(say("'{value}' is not possible for {name}. Use a list of names.", value=names, name=key))
    return tuple(names)


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_place(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= _FURTHEST


def drawn_sentence(details: Mapping[str, Any]) -> str:
    """`Lies in an area drawn in the picture of Recency, Orders and Revenue (PC1 and PC2)`."""
    area = area_from_json(details)
    names = [say(metric(name).label) if is_metric(name) else name for name in (*area.metrics, *area.attributes)]
    listed = names[0] if len(names) == 1 else say("{some} and {last}", some=", ".join(names[:-1]), last=names[-1])
    return say(
        "Lies in an area drawn in the picture of {names} (PC{x} and PC{y})",
        names=listed,
        x=area.axes[0],
        y=area.axes[1],
    )


def drawn_customers(source: Source, as_of: date, details: Mapping[str, Any]) -> Any:
    """The customers of that day who lie in the area, of all that there are.

    Raises:
        RequestError: a detail is not possible, or the dataset does not have a metric.
    """
    area = area_from_json(details)
    table = customer_table(source, as_of)
    _, matrix = coordinates(table, area.metrics, area.attributes, area.scaling)
    points = project(matrix).points[:, [axis - 1 for axis in area.axes]]
    return table.frame[KEY][inside(points, area.around)]


def inside(points: np.ndarray[Any, Any], around: Sequence[tuple[float, float]]) -> Mask:
    """Which points lie in a polygon, by the even-odd rule (Shimrat 1962); those on an edge or a corner do. Shape (points,)."""
    polygon = np.asarray(around, dtype=np.float64)
    low, high = polygon.min(axis=0), polygon.max(axis=0)
    found: Mask = ((points >= low) & (points <= high)).all(axis=1)
    rows = np.flatnonzero(found)
    x, y = np.asarray(points[rows], dtype=np.float64).T
    is_odd, on_edge = np.zeros(len(rows), dtype=bool), np.zeros(len(rows), dtype=bool)
    for one, other in zip(polygon, np.roll(polygon, -1, axis=0), strict=True):
        # From the lower end to the upper one, so that it does not matter which way round the area was drawn.
        (x0, y0), (x1, y1) = sorted((tuple(one), tuple(other)), key=lambda end: (end[1], end[0]))
        side = (x1 - x0) * (y - y0) - (x - x0) * (y1 - y0)
        within = (y >= y0) & (y <= y1) & (x >= min(x0, x1)) & (x <= max(x0, x1))
        on_edge |= (side == 0) & within
        is_odd ^= (y >= y0) & (y < y1) & (side > 0)
    found[rows] = is_odd | on_edge
    return found


def simplified(around: Sequence[tuple[float, float]], most: int = MOST_CORNERS) -> tuple[tuple[float, float], ...]:
    """A line drawn by hand as a polygon of at most `most` corners, rounded to four figures of its size.

    The corner whose triangle with its neighbours is smallest goes first (Visvalingam and Whyatt 1993).
    """
    polygon = np.asarray(around, dtype=np.float64)
    polygon = polygon[:: -(-len(polygon) // _MOST_TOLD)]
    moved = np.any(polygon != np.roll(polygon, 1, axis=0), axis=1)
    polygon = polygon[moved] if moved.sum() >= FEWEST_CORNERS else polygon
    while len(polygon) > max(most, FEWEST_CORNERS):
        before, after = np.roll(polygon, 1, axis=0), np.roll(polygon, -1, axis=0)
        polygon = np.delete(polygon, int(_areas(before, polygon, after).argmin()), axis=0)
    size = float(np.ptp(polygon, axis=0).max())
    digits = max(0, _FIGURES - 1 - math.floor(math.log10(size))) if size > 0 else _FIGURES
    return tuple((float(x), float(y)) for x, y in np.round(polygon, min(digits, 12)))


def _areas(before: Points, here: Points, after: Points) -> np.ndarray[Any, np.dtype[np.float64]]:
    one, other = before - here, after - here
    areas: np.ndarray[Any, np.dtype[np.float64]] = np.abs(one[:, 0] * other[:, 1] - one[:, 1] * other[:, 0])
    return areas
