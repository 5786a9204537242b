"""Finding groups, and keeping what was found beside the version, where every process finds it again.

Two files: a panel, which is several numbers of groups with their fits, and a segmentation, which is one of them
described. Each is named by a digest of all that it depends on, the code included.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from analytics import clusters, rfm
from analytics.clusters import Fit, Panel, Report, Space, Value
from analytics.clusters.quality import too_many
from analytics.customers import CustomerTable, customer_table
from analytics.datasets import Version
from analytics.digest import code_digest
from analytics.errors import RequestError
from analytics.predict.scoring.columns import stamp_for
from analytics.request import RFM, AnalysisRequest
from analytics.segmentation import describing, keeping
from analytics.segmentation.pins import with_pins
from analytics.segmentation.segments import Segmentation
from analytics.sources import Source
from analytics.text import say


def segment(
    request: AnalysisRequest,
    source: Source,
    *,
    report: Report | None = None,
    table: CustomerTable | None = None,
    profiled: bool = True,
) -> Segmentation:
    """Segment everyone in a source as the request says; its filters play no part, they choose what is shown.

    `table` is the customer table, where the caller has it already. Without `profiled`, RFM segments come with the means of
    what they are made by and no more, which takes no time.

    Raises:
        RequestError: the request cannot be answered on these customers.
        EmptyDataError: nobody ordered before the as-of date.
    """
    whole = scored(request, source, table)
    if request.algorithm == RFM:
        return _by_rfm(request, source, whole) if profiled else describing.by_rfm(request, whole)
    version = source.stored
    if version is not None:
        kept = stored_segmentation(request, version, lambda: whole)
        if kept is not None:
            return kept
    found = _found(request, source, whole, report)
    if version is not None:
        version.keep(_segmentation_path(request, version).name, keeping.segmentation_bytes(found))
    return found


def _by_rfm(request: AnalysisRequest, source: Source, table: CustomerTable) -> Segmentation:
    """RFM segments with their profiles, which are kept beside a stored version."""
    version = source.stored
    kept = stored_profiles(request, version, table) if version is not None else None
    if kept is not None:
        return kept
    segments = describing.rfm_segments(request, table)
    if version is not None:
        version.keep(_profiles_path(request, version).name, keeping.segments_bytes(segments))
    return describing.by_rfm(request, table, segments)


def stored_profiles(request: AnalysisRequest, version: Version, table: CustomerTable) -> Segmentation | None:
    """What `segment` has found before for RFM segments of a stored version; None where it has not.

    `table` is the customer table with RFM scores.
    """
    segments = keeping.load_segments(_profiles_path(request, version))
    return None if segments is None else describing.by_rfm(request, table, segments)


def are_profiled(request: AnalysisRequest, version: Version) -> bool:
    """Whether `segment` has profiled the RFM segments of a stored version before, so that they only have to be read."""
    return _profiles_path(request, version).is_file()


def _profiles_path(request: AnalysisRequest, version: Version) -> Path:
    as_of = request.as_of or version.manifest.default_as_of
    told = json.dumps([as_of.isoformat() if as_of else None, request.preset, code_digest()])
    return version.cache_path(f"rfm-{hashlib.sha256(told.encode()).hexdigest()[:16]}.json")


def scored(request: AnalysisRequest, source: Source, table: CustomerTable | None = None) -> CustomerTable:
    """The customer table with RFM scores and segments, and with what is kept of the dataset: what rules are about.

    `table` is the customer table, where the caller has it already.

    Raises:
        EmptyDataError: nobody ordered before the as-of date.
    """
    known = table if table is not None else customer_table(source, request.as_of)
    return with_pins(rfm.with_segments(known, rfm.preset(request.preset)))


def panel(
    request: AnalysisRequest,
    source: Source,
    *,
    values: tuple[Value, ...] | None = None,
    report: Report | None = None,
    table: CustomerTable | None = None,
) -> Panel:
    """Several numbers of groups side by side, or several values of what the algorithm varies instead; one is proposed.

    Without `values` it is those that the algorithm usually tries, and what is found is kept beside a stored version.

    Raises:
        RequestError: the request cannot be answered on these customers.
        EmptyDataError: nobody ordered before the as-of date, or a metric is missing for every customer.
    """
    version = source.stored if values is None else None
    kept = stored_panel(request, version) if version is not None else None
    if kept is not None:
        return kept
    known = table if table is not None else customer_table(source, request.as_of)
    _, matrix = _coordinates(request, known)
    algorithm = request.algorithm_used
    settings = {name: value for name, value in request.settings().items() if name != algorithm.varied}
    found = clusters.choose_k(matrix, algorithm, values, settings=settings, seed=request.seed, report=report)
    if version is not None:
        version.keep(_panel_path(request, version).name, clusters.panel_bytes(found))
    return found


def stored_segmentation(
    request: AnalysisRequest, version: Version, table: Callable[[], CustomerTable]
) -> Segmentation | None:
    """What `segment` has found before for a clustering of a stored version; None where it has not.

    `table` gives the customer table with RFM scores; it is asked only when there is something.
    """
    read = clusters.load_arrays(_segmentation_path(request, version))
    return None if read is None else keeping.segmentation_from_arrays(*read, table=table())


def stored_panel(request: AnalysisRequest, version: Version) -> Panel | None:
    """What `panel` has found before for a stored version; None where it has not."""
    return clusters.load_panel(_panel_path(request, version))


def _found(request: AnalysisRequest, source: Source, table: CustomerTable, report: Report | None) -> Segmentation:
    algorithm = request.algorithm_used
    space, matrix = _coordinates(request, table)
    tried: Panel | None = None
    if algorithm.varied == "k" and request.k is None:
        tried = panel(request, source, report=_share(report, 0.0, 0.85), table=table)
        fit = tried.fits[tried.proposed]
        quality = next(known for known in tried.qualities if known.value == tried.proposed)
    else:
        if report:
            report(0.1, say("Finding groups"))
        fit = _fit(request, source, matrix)
        problem = too_many(fit.groups)
        if problem:
            raise RequestError(problem)
        quality = clusters.quality(matrix, fit, fit.settings.get(algorithm.varied, 0), request.seed)
    if report:
        report(0.9, say("Describing the groups"))
    return describing.by_clusters(request, table, space, matrix, fit, quality, tried)


def _fit(request: AnalysisRequest, source: Source, matrix: clusters.Matrix) -> Fit:
    """The fit that is asked for; out of the panel where that is there already, which gives the same."""
    algorithm = request.algorithm_used
    settings = request.settings()
    kept = stored_panel(request, source.stored) if source.stored is not None else None
    if kept is not None and settings.get(algorithm.varied) in kept.fits:
        return kept.fits[settings[algorithm.varied]]
    return algorithm.fit(matrix, settings, request.seed)


def _share(report: Report | None, low: float, high: float) -> Report | None:
    """A report whose shares are a part of a longer way."""
    return None if report is None else lambda share, words: report(low + (high - low) * share, words)


def _coordinates(request: AnalysisRequest, table: CustomerTable) -> tuple[Space, clusters.Matrix]:
    return clusters.coordinates(table, request.metrics, request.attributes, request.scaling)


def _segmentation_path(request: AnalysisRequest, version: Version) -> Path:
    return version.cache_path(f"segments-{_digest(request, version, request.settings(), request.preset)}.npz")


def _panel_path(request: AnalysisRequest, version: Version) -> Path:
    settings = {name: value for name, value in request.settings().items() if name != request.algorithm_used.varied}
    return version.cache_path(f"panel-{_digest(request, version, settings)}.npz")


def _digest(request: AnalysisRequest, version: Version, *more: Any) -> str:
    as_of = request.as_of or version.manifest.default_as_of
    asked = [request.algorithm_used.name, as_of.isoformat() if as_of else None, request.metrics, request.attributes]
    scored_by = stamp_for(request.attributes, version)
    told = json.dumps([*asked, request.scaling, request.seed, *more, scored_by, code_digest()], sort_keys=True)
    return hashlib.sha256(told.encode()).hexdigest()[:16]
