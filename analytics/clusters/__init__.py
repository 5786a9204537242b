"""Clusterings: groups that the customers' own numbers suggest, how many there are, and a picture of them."""

from __future__ import annotations

from analytics.clusters.algorithm import NOISE, Algorithm, Fit, Labels, Matrix, Parameter, Report, Settings, Value
from analytics.clusters.choose_k import NEAR_RANK, Panel, choose_k, propose
from analytics.clusters.coordinates import coordinates
from analytics.clusters.dbscan import DBSCAN, KDistances, k_distances
from analytics.clusters.dendrogram import Tree, dendrogram
from analytics.clusters.density_tree import HDBSCAN
from analytics.clusters.drawn import DRAWN, Area, area_from_json, corners, inside, simplified
from analytics.clusters.hierarchical import HIERARCHICAL
from analytics.clusters.keeping import fit_arrays, fit_from_arrays, load_arrays, load_panel, panel_bytes
from analytics.clusters.kmeans import KMEANS
from analytics.clusters.mixture import MIXTURE
from analytics.clusters.neighbour_map import FEWEST_MAPPED, MOST_MAPPED, can_map, neighbour_map
from analytics.clusters.picture import Frame, Shuffled, Spread, fair_sample, frame_of, shuffled, spread_of
from analytics.clusters.projection import Projection, project
from analytics.clusters.quality import Quality, quality, quality_from_json, silhouette
from analytics.clusters.space import SCALINGS, Scaling, Space, fit_space, is_number, scaling, space_from_json
from analytics.errors import RequestError

ALGORITHMS: tuple[Algorithm, ...] = (KMEANS, HDBSCAN, DBSCAN, HIERARCHICAL, MIXTURE)


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
    "DBSCAN",
    "DRAWN",
    "FEWEST_MAPPED",
    "HDBSCAN",
    "HIERARCHICAL",
    "KMEANS",
    "MIXTURE",
    "MOST_MAPPED",
    "NEAR_RANK",
    "NOISE",
    "SCALINGS",
    "Algorithm",
    "Area",
    "Fit",
    "Frame",
    "KDistances",
    "Labels",
    "Matrix",
    "Panel",
    "Parameter",
    "Projection",
    "Quality",
    "Report",
    "Scaling",
    "Settings",
    "Shuffled",
    "Space",
    "Spread",
    "Tree",
    "Value",
    "algorithm",
    "area_from_json",
    "can_map",
    "choose_k",
    "coordinates",
    "corners",
    "dendrogram",
    "fair_sample",
    "fit_arrays",
    "fit_from_arrays",
    "fit_space",
    "frame_of",
    "inside",
    "is_number",
    "k_distances",
    "load_arrays",
    "load_panel",
    "neighbour_map",
    "panel_bytes",
    "project",
    "propose",
    "quality",
    "quality_from_json",
    "scaling",
    "shuffled",
    "silhouette",
    "simplified",
    "space_from_json",
    "spread_of",
]
