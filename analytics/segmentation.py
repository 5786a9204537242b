"""Every customer in a segment: `segment(request, source)`, by RFM rules or by a clustering."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd

from analytics import clusters, profiles, rfm
from analytics.clusters import KPanel, KQuality, Projection
from analytics.clusters.choose_k import DEFAULT_KS, Report
from analytics.customers import CustomerTable, customer_table
from analytics.errors import RequestError
from analytics.metrics import Metric, metrics_named
from analytics.profiles import Profile
from analytics.recommend import Play, play_for, play_for_mix
from analytics.request import AnalysisRequest
from analytics.sources import Source
from analytics.text import say

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
    return _by_clusters(request, scored, report)


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


def _by_clusters(request: AnalysisRequest, table: CustomerTable, report: Report | None) -> Segmentation:
    algorithm = clusters.algorithm(request.algorithm)
    measured = metrics_named(request.metrics)
    missing = [metric.name for metric in measured if metric.name not in table.frame.columns]
    if missing:
        raise RequestError(f"This dataset does not have {', '.join(missing)}. Choose among the metrics that it has.")
    if len(table) < 2:
        raise RequestError("There is one customer; groups need two or more. Choose a later as-of date or more data.")
    scaled = clusters.scale(table.frame, request.metrics)
    ks = DEFAULT_KS if request.k is None else sorted({*DEFAULT_KS, request.k})
    panel = clusters.choose_k(scaled.matrix, algorithm, ks, seed=request.seed, report=report)
    return _described(request, table, panel, measured, scaled, report)


def _described(
    request: AnalysisRequest,
    table: CustomerTable,
    panel: KPanel,
    measured: tuple[Metric, ...],
    scaled: clusters.Scaled,
    report: Report | None,
) -> Segmentation:
    k = panel.proposed if request.k is None else request.k
    if k not in panel.fits:
        possible = max(panel.fits)
        raise RequestError(f"{k} groups need {k} different customers. Ask for {possible} groups or fewer.")
    if report:
        report(0.95, say("Describing the groups"))
    frame = table.frame
    labels = panel.fits[k].labels
    # Group numbers mean nothing; the group that brings the most per customer comes first.
    revenue = np.bincount(labels, weights=frame["revenue_total"].to_numpy(), minlength=k) / np.bincount(
        labels, minlength=k
    )
    rank = np.empty(k, dtype=np.int16)
    rank[np.argsort(-revenue, kind="stable")] = np.arange(k)
    codes = rank[labels]
    described = profiles.profiles(frame, codes, k, table.metrics)
    named = profiles.names(described, measured)
    rfm_codes = frame[rfm.SEGMENT].cat.codes.to_numpy()
    rfm_names = frame[rfm.SEGMENT].cat.categories
    segments = []
    for code, name in enumerate(named):
        inside = codes == code
        mix = np.bincount(rfm_codes[inside], minlength=len(rfm_names))
        play = play_for_mix(dict(zip(rfm_names, mix.tolist(), strict=True)))
        segments.append(_segment(name, _sentence(described[code], measured), frame, inside, described[code], play))
    quality = next(tried for tried in panel.qualities if tried.k == k)
    clustered = pd.Categorical.from_codes(codes, categories=pd.Index(named), ordered=True)
    with_clusters = CustomerTable(
        frame.assign(**{CLUSTER: clustered}),
        table.as_of,
        table.currency,
        table.key,
        table.metrics,
        (*table.attributes, CLUSTER),
    )
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
        panel.qualities,
        panel.proposed,
        clusters.project(scaled.matrix),
        _notes(quality, scaled, measured),
    )


def _notes(quality: KQuality, scaled: clusters.Scaled, measured: tuple[Metric, ...]) -> tuple[str, ...]:
    notes = [quality.degenerate] if quality.degenerate else []
    labels = {metric.name: metric.label for metric in measured}
    notes += [
        say(
            "{metric} is missing for {n} customers; the median of the others stands in.",
            metric=labels[name],
            n=f"{count:,}",
        )
        for name, count in scaled.filled.items()
    ]
    return tuple(notes)


def _sentence(profile: Profile, measured: tuple[Metric, ...]) -> str:
    """The two facts that set a cluster apart, with their numbers."""
    by_name = {metric.name: metric for metric in measured}
    facts = sorted((item for item in profile.metrics if item.metric in by_name), key=lambda item: -abs(item.effect))[:2]
    told = [
        say(
            "{metric} typically {median} (others {rest})",
            metric=say(by_name[item.metric].label),
            median=_number(item.median),
            rest=_number(item.rest_median),
        )
        for item in facts
    ]
    return say("{a}; {b}.", a=told[0], b=told[1]) if len(told) == 2 else say("{a}.", a=told[0])


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:,.0f}" if abs(value) >= 10 else f"{value:,.1f}"


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
