"""From groups to segments: an order, a name, a sentence, a profile and something to do for each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

import numpy as np
import pandas as pd

from analytics import clusters, profiles, rfm
from analytics.clusters import NOISE, Fit, Panel, Quality, Space
from analytics.clusters.features import stand_in_notes
from analytics.customers import KEY, CustomerTable
from analytics.metrics import RFM_METRICS
from analytics.profiles import Profile
from analytics.recommend import Play, play_for
from analytics.request import RFM, AnalysisRequest
from analytics.segmentation.keeping import with_clusters
from analytics.segmentation.segments import CLUSTER, Clustering, Segment, Segmentation
from analytics.text import say

_OUTSIDE: Final = "In no group"
_OUTSIDE_MEANING: Final = "Customers who are like too few others to be a group."


def by_rfm(request: AnalysisRequest, table: CustomerTable, segments: tuple[Segment, ...] | None = None) -> Segmentation:
    """The segments of the request's preset; without `segments` with the means of what they are made by, and no more."""
    codes = table.frame[rfm.SEGMENT].cat.codes.to_numpy()
    if segments is None:
        known = rfm.preset(request.preset).segments
        means = profiles.effects(table.frame, codes, len(known), RFM_METRICS)
        parts = profiles.shares(table, codes, len(known))
        segments = tuple(
            _segment(kind.name, kind.meaning, table.frame, codes == code, Profile(means[code], (), parts[code]))
            for code, kind in enumerate(known)
        )
    return Segmentation(RFM, request.seed, table, rfm.SEGMENT, codes, segments, RFM_METRICS)


def rfm_segments(request: AnalysisRequest, table: CustomerTable) -> tuple[Segment, ...]:
    """The segments of the request's preset with all that is said of them. The table has RFM scores and segments."""
    known = rfm.preset(request.preset).segments
    codes = table.frame[rfm.SEGMENT].cat.codes.to_numpy()
    described = profiles.profiles(table, codes, len(known))
    space = clusters.fit_space(table.frame, RFM_METRICS)
    told = _told(table, codes, described, RFM_METRICS, space.matrix(table.frame), request.seed)
    return tuple(
        replace(_segment(kind.name, kind.meaning, table.frame, codes == code, described[code]), **told[code])
        for code, kind in enumerate(known)
    )


def _told(
    table: CustomerTable,
    codes: np.ndarray[Any, Any],
    described: Sequence[Profile],
    made_by: Sequence[str],
    matrix: clusters.Matrix,
    seed: int,
    *,
    noise: bool = False,
) -> list[dict[str, Any]]:
    """Of each segment its sentence, its rule and its typical customers, as fields of `Segment`.

    `matrix` has the customers' coordinates in the space that the segments are told apart in; `noise` is whether the last
    segment is of those in no group.
    """
    count = len(described)
    rules = profiles.find_rules(table, codes, count, made_by, seed, noise=noise)
    typical = profiles.typical_rows(matrix, codes, count - noise)
    ids = table.frame[KEY]
    return [
        {
            "sentence": profiles.sentence(profile, made_by, table.currency),
            "rule": rule if not isinstance(rule, str) else None,
            "no_rule": rule if isinstance(rule, str) else "",
            "typical": tuple(str(ids.iloc[row]) for row in rows),
        }
        for profile, rule, rows in zip(described, rules, [*typical, *([()] * noise)], strict=True)
    ]


def by_clusters(
    request: AnalysisRequest,
    table: CustomerTable,
    space: Space,
    matrix: clusters.Matrix,
    fit: Fit,
    quality: Quality,
    tried: Panel | None,
) -> Segmentation:
    """The segments of a fit. Group numbers mean nothing: the group that brings the most per customer comes first, noise last."""
    frame = table.frame
    rank = _ranked(fit, frame["revenue_total"].to_numpy(dtype=float))
    codes = np.where(fit.labels == NOISE, fit.groups, rank[fit.labels]) if len(rank) else np.zeros(len(frame), np.int16)
    has_noise = bool((fit.labels == NOISE).any())
    count = fit.groups + has_noise
    made_by = (*request.metrics, *request.attributes)
    described = profiles.profiles(table, codes, count)
    told = _told(table, codes, described, made_by, matrix, request.seed, noise=has_noise)
    names = profiles.names(described[: fit.groups], made_by, (say(_OUTSIDE),))
    segments = []
    for code in range(count):
        inside = codes == code
        play = play_for(rfm.typical_segment(frame.loc[inside], rfm.preset(request.preset)).name)
        is_noise = code == fit.groups
        name = say(_OUTSIDE) if is_noise else names[code]
        meaning = say(_OUTSIDE_MEANING) if is_noise else told[code]["sentence"]
        group = _segment(name, meaning, frame, inside, described[code], play, is_noise=is_noise)
        segments.append(replace(group, **told[code]))
    clustering = Clustering(
        fit.settings,
        request.attributes,
        request.scaling,
        quality,
        fit.exact,
        fit.strength,
        space,
        clusters.project(matrix),
        fit.model,
        rank,
        tried.qualities if tried else (),
        tried.proposed if tried else None,
        tried.near_ties if tried else (),
    )
    return Segmentation(
        request.algorithm_used.name,
        request.seed,
        with_clusters(table, codes, [group.name for group in segments]),
        CLUSTER,
        codes,
        tuple(segments),
        request.metrics,
        clustering,
        _notes(request, quality, space, fit, table),
    )


def _ranked(fit: Fit, revenue: np.ndarray[Any, Any]) -> np.ndarray[Any, np.dtype[np.int16]]:
    """The fit's label → the place of its group by revenue per customer."""
    grouped = fit.labels != NOISE
    labels = fit.labels[grouped]
    means = np.bincount(labels, weights=revenue[grouped], minlength=fit.groups) / np.bincount(
        labels, minlength=fit.groups
    )
    rank = np.empty(fit.groups, dtype=np.int16)
    rank[np.argsort(-means, kind="stable")] = np.arange(fit.groups)
    return rank


def _notes(request: AnalysisRequest, quality: Quality, space: Space, fit: Fit, table: CustomerTable) -> tuple[str, ...]:
    notes = [quality.degenerate] if quality.degenerate else []
    if not fit.exact:
        notes.append(say(request.algorithm_used.above, n=f"{request.algorithm_used.exact_up_to:,}"))
    return (*notes, *stand_in_notes(space, table.metrics, table.currency))


def _segment(
    name: str,
    meaning: str,
    frame: pd.DataFrame,
    inside: np.ndarray[Any, Any],
    profile: Profile,
    play: Play | None = None,
    *,
    is_noise: bool = False,
) -> Segment:
    return Segment(
        name,
        meaning,
        int(inside.sum()),
        int(frame["order_count"].to_numpy()[inside].sum()),
        float(frame["revenue_total"].to_numpy()[inside].sum()),
        profile,
        play or play_for(name),
        is_noise,
    )
