"""What the picture of the groups is made of: who is drawn, the space around them, and the range of the sizes.

All that depends on the groups alone is kept with them: a filter looks at the customers once, and sorts none.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pandas as pd

from analytics.clusters import FEWEST_MAPPED, Frame, Spread, can_map, fair_sample, frame_of, shuffled, spread_of
from analytics.errors import NotFoundError
from analytics.metrics import is_metric
from analytics.segmentation import CustomerMap, Segmentation, stored_map
from analytics.text import say
from dashboard import results
from dashboard.state import View

MOST_POINTS: Final = 20_000
"""Above this many customers a fair sample of them is drawn in three dimensions, by the graphics card."""
MOST_FLAT: Final = 6_000
"""In two dimensions each point is an element of the page."""
MOST_NARROW: Final = 2_500
"""On a phone, whose screen has a sixth of the room."""
Rows = np.ndarray[Any, Any]


def drawn_rows(found: Segmentation, keep: np.ndarray[Any, Any] | None, most: int = MOST_POINTS) -> Rows:
    """Row numbers of at most `most` customers that are drawn, of those that the filters keep."""
    order = found.table.once("cloud shuffled", lambda: shuffled(found.codes))
    return fair_sample(order, most, keep)


def shows_map(view: View) -> bool:
    """Whether the picture is the map by UMAP; never where that is not installed."""
    return view.one("clusters_dimensions") == "umap" and can_map()


def customer_map(view: View, found: Segmentation) -> CustomerMap | None:
    """The map that a job has made; None where none has yet."""
    kept: dict[str, CustomerMap] = found.table.once(("map", view.request.seed), dict)
    if "map" not in kept:
        made = stored_map(found, results.version_of(view.request), view.request.seed)
        if made is None:
            return None
        kept["map"] = made
    return kept["map"]


def waits_for_map(view: View, found: Segmentation) -> bool:
    """Whether the picture is a map that is still to be made."""
    return shows_map(view) and len(found.codes) >= FEWEST_MAPPED and customer_map(view, found) is None


def mapped_rows(found: Segmentation, laid_out: CustomerMap, keep: np.ndarray[Any, Any] | None, most: int) -> Rows:
    """At most `most` of the customers on the map whom the filters keep, as places among the map's rows, ascending."""
    there = np.zeros(len(found.codes), dtype=bool)
    there[laid_out.rows] = True
    rows = drawn_rows(found, there if keep is None else there & keep, most)
    places: Rows = np.searchsorted(laid_out.rows, rows)
    return places


def frame(found: Segmentation) -> Frame:
    """The space that the picture shows, whatever the filters."""
    assert found.clustering is not None  # noqa: S101 - it is one
    projection = found.clustering.projection
    kept: Frame = found.table.once("cloud frame", lambda: frame_of(projection, drawn_rows(found, None)))
    return kept


def size_metric(view: View, found: Segmentation) -> str:
    """The metric that points are as large as; none where the view wants all alike, recency where it names what is not there."""
    name = view.one("clusters_size")
    if name == "same":
        return ""
    return name if is_metric(name) and name in found.table.frame.columns else "recency_days"


def size_spread(found: Segmentation, name: str) -> Spread | None:
    """The range of the sizes among all customers; None where points are all alike."""
    if not name:
        return None
    column = found.table.frame[name]
    kept: Spread | None = found.table.once(
        ("cloud sizes", name), lambda: spread_of(column.to_numpy(dtype=float, na_value=np.nan))
    )
    return kept


def cluster_points_table(view: View) -> pd.DataFrame:
    """The points of the picture: customer, the three components or the place on the map, group. At most those that are drawn.

    Raises:
        NotFoundError: nobody has looked for groups yet.
    """
    found = results.clusters(view.request)
    if found is None or found.clustering is None:
        raise NotFoundError(say("No groups have been found for this view yet. Open the Clusters tab first."))
    keep, name = results.kept(view.request), "pc"
    laid_out = customer_map(view, found) if shows_map(view) else None
    if laid_out is not None:
        at = mapped_rows(found, laid_out, keep, MOST_FLAT)
        rows, points, name = laid_out.rows[at], laid_out.points[at], "umap"
    else:
        rows = drawn_rows(found, keep, MOST_FLAT if view.one("clusters_dimensions") == "2" else MOST_POINTS)
        points = found.clustering.projection.points[rows]
    points = points.astype(float).round(6)
    names = np.array([group.name for group in found.segments], dtype=object)
    return pd.DataFrame(
        {
            "customer_id": found.table.frame["customer_id"].take(rows).to_numpy(),
            **{f"{name}{place + 1}": points[:, place] for place in range(points.shape[1])},
            "segment": names[found.codes[rows]],
        }
    )
