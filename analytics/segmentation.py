"""Every customer in a segment: `segment(request, source)`, by RFM rules or by a clustering."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from analytics import clusters, customers, profiles, rfm
from analytics import metrics as metric_registry
from analytics.clusters import KQuality, Panel, Projection
from analytics.clusters.choose_k import DEFAULT_KS, Report
from analytics.customers import CustomerTable, customer_table
from analytics.datasets import Version, code_digest
from analytics.errors import RequestError
from analytics.metrics import Metric, metrics_named
from analytics.profiles import Profile
from analytics.recommend import Play, play_for
from analytics.request import AnalysisRequest
from analytics.sources import Source
from analytics.text import in_unit, say

CLUSTER = "cluster"


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

    def to_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "meaning": self.meaning,
            "customers": self.customers,
            "orders": self.orders,
            "revenue": round(self.revenue, 4),
            "profile": [item.to_json() for item in self.profile.metrics],
            "recommendation": asdict(self.play),
        }


@dataclass(frozen=True, slots=True, eq=False)
class Segmentation:
    """Every customer assigned to a segment, best first."""

    algorithm: str
    k: int
    seed: int
    table: CustomerTable
    """The customer table with RFM scores and `segment`; with `cluster` too where a clustering was asked for."""
    column: str
    """The column of the table that holds this segmentation."""
    codes: np.ndarray[Any, Any]
    """Which of `segments` each customer is in, shape (customers,), counted from 0."""
    segments: tuple[Segment, ...]
    metrics: tuple[str, ...]
    silhouette: float | None = None
    qualities: tuple[KQuality, ...] = ()
    proposed: int | None = None
    projection: Projection | None = None
    notes: tuple[str, ...] = ()
    """What the reader should know, in sentences."""

    def to_json(self) -> dict[str, Any]:
        return {
            "algorithm": self.algorithm,
            "as_of": self.table.as_of.isoformat(),
            "k": self.k,
            "seed": self.seed,
            "metrics": list(self.metrics),
            "silhouette": self.silhouette,
            "proposed": self.proposed,
            "ks": [asdict(tried) for tried in self.qualities],
            "explained_variance": list(self.projection.explained) if self.projection else None,
            "notes": list(self.notes),
            "segments": [segment.to_json() for segment in self.segments],
        }


def segment(
    request: AnalysisRequest, source: Source, *, report: Report | None = None, table: CustomerTable | None = None
) -> Segmentation:
    """Segment everyone in a source as the request says; its filters play no part, they choose what is shown.

    `table` is the customer table, where the caller has it already.

    Raises:
        RequestError: the request cannot be answered on these customers.
        EmptyDataError: nobody ordered before the as-of date.
    """
    known = table if table is not None else customer_table(source, request.as_of)
    scored = rfm.with_segments(known, rfm.preset(request.preset))
    if request.algorithm == "rfm":
        return _by_rfm(request, scored)
    return _by_clusters(request, source, scored, report)


def _by_rfm(request: AnalysisRequest, table: CustomerTable) -> Segmentation:
    naming = rfm.preset(request.preset)
    codes = table.frame[rfm.SEGMENT].cat.codes.to_numpy()
    described = profiles.profiles(table.frame, codes, len(naming.segments), table.metrics)
    segments = tuple(
        _segment(known.name, known.meaning, table.frame, codes == code, described[code], play_for(known.name))
        for code, known in enumerate(naming.segments)
    )
    return Segmentation(
        "rfm",
        len(segments),
        request.seed,
        table,
        rfm.SEGMENT,
        codes,
        segments,
        ("recency_days", "order_count", "revenue_total"),
    )


def stored_clusters(
    request: AnalysisRequest, version: Version, table: Callable[[], CustomerTable]
) -> Segmentation | None:
    """The clusters that `segment` has found before on a stored version; None where it has not, or not with this k.

    `table` gives the customer table with RFM scores; it is asked only when there are clusters.
    """
    panel = clusters.load_panel(_panel_path(request, version))
    if panel is None or (request.k is not None and request.k not in panel.labels):
        return None
    return _described(request, table(), panel)


def _by_clusters(request: AnalysisRequest, source: Source, table: CustomerTable, report: Report | None) -> Segmentation:
    algorithm = clusters.algorithm(request.algorithm)
    missing = [name for name in request.metrics if name not in table.frame.columns]
    if missing:
        raise RequestError(f"This dataset does not have {', '.join(missing)}. Choose among the metrics that it has.")
    if len(table) < 2:
        raise RequestError("There is one customer; groups need two or more. Choose a later as-of date or more data.")
    ks = DEFAULT_KS if request.k is None else sorted({*DEFAULT_KS, request.k})
    path = _panel_path(request, source.stored) if source.stored else None
    panel = clusters.load_panel(path) if path else None
    if panel is None or (request.k is not None and request.k not in panel.labels):
        panel = clusters.make_panel(table.frame, request.metrics, algorithm, ks, seed=request.seed, report=report)
        if path and source.stored:
            source.stored.keep(path.name, clusters.panel_bytes(panel))
    if report:
        report(0.95, say("Describing the groups"))
    return _described(request, table, panel)


def _panel_path(request: AnalysisRequest, version: Version) -> Path:
    as_of = request.as_of or version.manifest.default_as_of
    asked = json.dumps([request.algorithm, as_of.isoformat(), request.metrics, request.seed, _definitions()])
    return version.cache_path(f"clusters-{hashlib.sha256(asked.encode()).hexdigest()[:16]}.parquet")


@cache
def _definitions() -> str:
    return code_digest(str(clusters.__file__), str(customers.__file__), str(metric_registry.__file__))


def _described(request: AnalysisRequest, table: CustomerTable, panel: Panel) -> Segmentation:
    measured = metrics_named(request.metrics)
    # What was tried for an earlier request lies in the panel too, and must not change the answer to this one.
    tried = tuple(known for known in panel.qualities if known.k in (*DEFAULT_KS, request.k))
    proposed = clusters.propose(known for known in tried if known.k in DEFAULT_KS)
    k = proposed if request.k is None else request.k
    if k not in panel.labels:
        raise RequestError(f"{k} groups need {k} different customers. Ask for {max(panel.labels)} groups or fewer.")
    frame = table.frame
    labels = panel.labels[k]
    # Group numbers mean nothing; the group that brings the most per customer comes first.
    revenue = np.bincount(labels, weights=frame["revenue_total"].to_numpy(), minlength=k) / np.bincount(
        labels, minlength=k
    )
    rank = np.empty(k, dtype=np.int16)
    rank[np.argsort(-revenue, kind="stable")] = np.arange(k)
    codes = rank[labels]
    described = profiles.profiles(frame, codes, k, table.metrics)
    named = profiles.names(described, measured)
    segments = []
    for code, name in enumerate(named):
        inside = codes == code
        play = play_for(rfm.typical_segment(frame.loc[inside], rfm.preset(request.preset)).name)
        segments.append(
            _segment(name, _sentence(described[code], measured, table.currency), frame, inside, described[code], play)
        )
    quality = next(known for known in tried if known.k == k)
    clustered = pd.Categorical.from_codes(codes, categories=pd.Index(named), ordered=True)
    with_clusters = table.with_columns(**{CLUSTER: clustered})
    return Segmentation(
        request.algorithm,
        k,
        request.seed,
        with_clusters,
        CLUSTER,
        codes,
        tuple(segments),
        request.metrics,
        quality.silhouette,
        tried,
        proposed,
        panel.projection,
        _notes(quality, panel, measured),
    )


def _notes(quality: KQuality, panel: Panel, measured: tuple[Metric, ...]) -> tuple[str, ...]:
    notes = [quality.degenerate] if quality.degenerate else []
    labels = {metric.name: metric.label for metric in measured}
    notes += [
        say(
            "{metric} is missing for {n} customers; the median of the others stands in.",
            metric=labels[name],
            n=f"{count:,}",
        )
        for name, count in panel.filled.items()
    ]
    return tuple(notes)


def _sentence(profile: Profile, measured: tuple[Metric, ...], currency: str) -> str:
    """The two facts that set a cluster apart, with their numbers and units."""
    by_name = {metric.name: metric for metric in measured}
    facts = sorted((item for item in profile.metrics if item.metric in by_name), key=lambda item: -abs(item.effect))[:2]
    told = [
        say(
            "{metric} typically {median}, for others {rest}",
            metric=say(by_name[item.metric].label),
            median=in_unit(item.median, by_name[item.metric].unit, currency),
            rest=in_unit(item.rest_median, by_name[item.metric].unit, currency),
        )
        for item in facts
    ]
    return say("{a}; {b}.", a=told[0], b=told[1]) if len(told) == 2 else say("{a}.", a=told[0])


def _segment(
    name: str, meaning: str, frame: pd.DataFrame, inside: np.ndarray[Any, Any], profile: Profile, play: Play
) -> Segment:
    return Segment(
        name,
        meaning,
        int(inside.sum()),
        int(frame["order_count"].to_numpy()[inside].sum()),
        float(frame["revenue_total"].to_numpy()[inside].sum()),
        profile,
        play,
    )
