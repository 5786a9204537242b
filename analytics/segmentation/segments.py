"""What a segmentation is: every customer assigned to a segment, with the words and numbers for each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Final

import numpy as np

from analytics.clusters import Projection, Quality, Settings, Space, Value
from analytics.customers import CustomerTable
from analytics.profiles import FoundRule, Profile, found_rule_from_json, profile_from_json
from analytics.recommend import Play, play_for

CLUSTER: Final = "cluster"
"""The column of the customer table that says which cluster a customer is in."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A group of customers: its name, who they are, what they bring, how they differ and what to do."""

    name: str
    meaning: str
    customers: int
    orders: int
    revenue: float
    profile: Profile
    play: Play
    is_noise: bool = False
    """Whether these are the customers whom a clustering leaves in no group."""
    sentence: str = ""
    """The two or three facts that set it apart, with their numbers."""
    rule: FoundRule | None = None
    """A rule that finds its customers."""
    no_rule: str = ""
    """Why there is no rule, in a sentence."""
    typical: tuple[str, ...] = ()
    """The numbers of the customers nearest its centre, nearest first."""

    def to_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "meaning": self.meaning,
            "sentence": self.sentence,
            "customers": self.customers,
            "orders": self.orders,
            "revenue": round(self.revenue, 4),
            "is_noise": self.is_noise,
            **{f"{name}_share": share for name, share in self.profile.shares.to_json().items()},
            "profile": [item.to_json() for item in self.profile.metrics],
            "attributes": [item.to_json() for item in self.profile.values],
            "rule": self.rule.to_json() if self.rule else None,
            "no_rule": self.no_rule or None,
            "typical_customers": list(self.typical),
            "recommendation": asdict(self.play),
        }


def segment_from_json(told: Mapping[str, Any]) -> Segment:
    """The segment that `to_json` wrote."""
    return Segment(
        told["name"],
        told["meaning"],
        told["customers"],
        told["orders"],
        told["revenue"],
        profile_from_json(told),
        play_for(told["recommendation"]["segment"]),
        told["is_noise"],
        told["sentence"],
        found_rule_from_json(told["rule"]) if told["rule"] else None,
        told["no_rule"] or "",
        tuple(told["typical_customers"]),
    )


@dataclass(frozen=True, slots=True, eq=False)
class Clustering:
    """What a segmentation has that was found by a clustering, beside its segments."""

    settings: Settings
    """Every parameter with the value that was used."""
    attributes: tuple[str, ...]
    scaling: str
    quality: Quality
    exact: bool
    """Whether every customer took part in the fit."""
    strength: np.ndarray[Any, np.dtype[np.float32]] | None
    """How firmly each customer belongs, 0 to 1, shape (customers,), where the algorithm says so."""
    space: Space
    projection: Projection
    model: Mapping[str, np.ndarray[Any, Any]]
    """What placing new customers needs; with it, and `rank`, comes the code of each."""
    rank: np.ndarray[Any, np.dtype[np.int16]]
    """The fit's label → the segment's code, shape (groups,)."""
    qualities: tuple[Quality, ...] = ()
    """What was tried, where the number of groups was left open."""
    proposed: Value | None = None
    near_ties: tuple[Value, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Segmentation:
    """Every customer assigned to a segment, best first, customers in no group last."""

    algorithm: str
    seed: int
    table: CustomerTable
    """The customer table with RFM scores and `segment`; with `cluster` too where a clustering was asked for."""
    column: str
    """The column of the table that holds this segmentation."""
    codes: np.ndarray[Any, Any]
    """Which of `segments` each customer is in, shape (customers,), counted from 0."""
    segments: tuple[Segment, ...]
    metrics: tuple[str, ...]
    clustering: Clustering | None = None
    """None for RFM."""
    notes: tuple[str, ...] = field(default=())
    """What the reader should know, in sentences."""

    @property
    def k(self) -> int:
        """How many groups there are, without the customers in none."""
        return sum(not group.is_noise for group in self.segments)

    @property
    def noise_share(self) -> float:
        """Share of the customers who are in no group."""
        outside = sum(group.customers for group in self.segments if group.is_noise)
        return outside / max(len(self.codes), 1)

    @property
    def silhouette(self) -> float | None:
        return self.clustering.quality.silhouette if self.clustering else None

    def to_json(self) -> dict[str, Any]:
        found = self.clustering
        return {
            "algorithm": self.algorithm,
            "as_of": self.table.as_of.isoformat(),
            "k": self.k,
            "seed": self.seed,
            "metrics": list(self.metrics),
            "attributes": list(found.attributes) if found else [],
            "scaling": found.scaling if found else None,
            "settings": dict(found.settings) if found else {},
            "silhouette": self.silhouette,
            "quality": found.quality.to_json() if found else None,
            "noise_share": self.noise_share,
            "exact": found.exact if found else True,
            "proposed": found.proposed if found else None,
            "near_ties": list(found.near_ties) if found else [],
            "ks": [tried.to_json() for tried in found.qualities] if found else [],
            "explained_variance": list(found.projection.explained) if found else None,
            "loadings": _loadings(found) if found else None,
            "notes": list(self.notes),
            "segments": [segment.to_json() for segment in self.segments],
        }


def _loadings(found: Clustering) -> list[dict[str, float]]:
    """How much each metric weighs in each component of the picture."""
    return [dict(zip(found.space.names, weights, strict=True)) for weights in found.projection.loadings]
