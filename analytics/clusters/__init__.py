"""Clusterings: groups that the customers' own numbers suggest, how many there are, and a picture of them."""

from __future__ import annotations

from analytics.clusters.algorithm import Algorithm, Fit, Parameter
from analytics.clusters.choose_k import KPanel, KQuality, choose_k, propose, quality, silhouette
from analytics.clusters.kmeans import KMEANS
from analytics.clusters.panel import Panel, load_panel, make_panel, panel_bytes
from analytics.clusters.projection import Projection, project
from analytics.clusters.scaling import SCALINGS, Scaled, scale
from analytics.errors import RequestError

ALGORITHMS: tuple[Algorithm, ...] = (KMEANS,)


def algorithm(name: str) -> Algorithm:
    """The algorithm of that name.

    Raises:
        RequestError: there is none.
    """
    for known in ALGORITHMS:
        if known.name == name:
            return known
    raise RequestError(f"There is no algorithm '{name}'. There is {', '.join(known.name for known in ALGORITHMS)}.")


__all__ = [
    "ALGORITHMS",
    "SCALINGS",
    "Algorithm",
    "Fit",
    "KPanel",
    "KQuality",
    "Panel",
    "Parameter",
    "Projection",
    "Scaled",
    "algorithm",
    "choose_k",
    "load_panel",
    "make_panel",
    "panel_bytes",
    "project",
    "propose",
    "quality",
    "scale",
    "silhouette",
]
