"""Downloads: a list of customers, or the table behind a chart; the same view as the screen, written by the one writer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import pandas as pd
from flask import Flask, Response, request

from analytics import audiences
from analytics.datasets import upload_path
from analytics.errors import AnalyticsError, NotFoundError, RequestError
from analytics.text import say
from dashboard import results
from dashboard.results import (
    behaviour,
    drawing,
    explaining,
    exploration,
    features,
    funnels,
    paths,
    segmenting,
    targeting,
    trending,
)
from dashboard.results.cohorts import cohorts_table
from dashboard.results.density import distances_table
from dashboard.results.model_tables import MODEL_TABLES
from dashboard.results.overview import months_table, segments_table
from dashboard.results.profiles import PROFILE_TABLES
from dashboard.results.sides import sides_table
from dashboard.results.silhouetting import cluster_silhouettes_table
from dashboard.state import View, from_query

MOST_EXCEL_ROWS: Final = 50_000
"""A larger workbook takes longer to write than a request may."""

TABLES: Final[dict[str, Callable[[View], pd.DataFrame]]] = {
    "months": months_table,
    "segments": segments_table,
    "scores": segmenting.scores_table,
    "cluster_ks": segmenting.cluster_ks_table,
    "cluster_silhouettes": cluster_silhouettes_table,
    "cluster_tree": segmenting.cluster_tree_table,
    "cluster_sides": sides_table,
    "cluster_components": segmenting.cluster_components_table,
    "cluster_points": drawing.cluster_points_table,
    "cluster_distances": distances_table,
    **PROFILE_TABLES,
    "cluster_features": features.features_table,
    "cluster_feature_spread": features.feature_spread_table,
    "visits": behaviour.visits_table,
    "visits_by": behaviour.visits_by_table,
    "visits_by_hour": behaviour.hours_table,
    "visits_clicks": behaviour.clicks_table,
    "visits_seconds": behaviour.seconds_table,
    "visits_gaps": behaviour.gaps_table,
    "visits_first": behaviour.first_purchases_table,
    "paths_flows": paths.flows_table,
    "paths_transitions": paths.transitions_table,
    "paths_differences": paths.differences_table,
    "funnel_steps": funnels.steps_table,
    "carts_ages": funnels.carts_table,
    "carts_products": funnels.cart_products_table,
    "cohorts": cohorts_table,
    "trends": trending.series_table,
    "trends_seasons": trending.seasons_table,
    "trends_bridge": trending.bridge_table,
    "trends_movers": trending.moves_table,
    "trends_concentration": trending.concentration_table,
    "explore_distribution": exploration.shape_table,
    "explore_correlations": exploration.correlations_table,
    "explore_points": exploration.matrix_table,
    "explore_places": exploration.places_table,
    "explore_people": exploration.demographics_table,
    "explore_pivot": exploration.pivot_table,
    "explore_gaps": exploration.gaps_table,
    "explore_patterns": exploration.patterns_table,
    "models_profit": targeting.profit_table,
    "models_targets": targeting.targets_table,
    "models_importance": explaining.importance_table,
    "models_dependence": explaining.dependence_table,
    **MODEL_TABLES,
}
"""The tables behind charts: what a chart card names as its `table_name` → the table of a view, headings in its columns."""


def add_exports(server: Flask) -> None:
    """Serve `/export/customers.csv?…` and `.xlsx`, and `/export/table/<name>.csv?…`, for the query of the page's own URL;
    and `/export/scored/<token>.csv`, the cases that a job has scored."""

    @server.get("/export/customers.<form>")
    def export_customers(form: str) -> Response:
        try:
            return _customers(form, _query())
        except AnalyticsError as problem:
            return Response(str(problem), 400, mimetype="text/plain")

    @server.get("/export/table/<name>.csv")
    def export_table(name: str) -> Response:
        try:
            return _table(name, _query())
        except AnalyticsError as problem:
            return Response(str(problem), 400, mimetype="text/plain")

    @server.get("/export/scored/<token>.csv")
    def export_scored(token: str) -> Response:
        try:
            return _scored(token)
        except AnalyticsError as problem:
            return Response(str(problem), 400, mimetype="text/plain")


def _scored(token: str) -> Response:
    """What scoring wrote; like an upload it is forgotten after a day."""
    try:
        content = upload_path(token).read_bytes()
    except OSError:
        raise NotFoundError(say("These scores are not kept any more. Score the file again.")) from None
    headers = {"Content-Disposition": 'attachment; filename="scores.csv"', "Cache-Control": "no-store"}
    return Response(content, 200, headers, content_type=audiences.audience_format("csv").media_type)


def _query() -> str:
    return request.query_string.decode("utf-8", "replace")


def _customers(form: str, query: str) -> Response:
    chosen = audiences.audience_format(form)
    view = from_query(query, results.default_dataset())
    table = results.customers(view.request)
    listed = audiences.audience(view.request, table)
    if chosen.name == "xlsx" and len(listed) > MOST_EXCEL_ROWS:
        raise RequestError(
            say(
                "An Excel file of {n} customers takes minutes. Export CSV, filter to {most} or fewer, or use the command line.",
                n=f"{len(listed):,}",
                most=f"{MOST_EXCEL_ROWS:,}",
            )
        )
    return _file(view, "customers", chosen, listed)


def _table(name: str, query: str) -> Response:
    if name not in TABLES:
        raise NotFoundError(say("There is no table '{name}'. There is {known}.", name=name, known=", ".join(TABLES)))
    view = from_query(query, results.default_dataset())
    return _file(view, name, audiences.audience_format("csv"), TABLES[name](view))


def _file(view: View, name: str, form: audiences.AudienceFormat, rows: pd.DataFrame) -> Response:
    as_of = results.resolved(view.request).as_of
    file = f"{view.request.dataset}-{name}-{as_of}{form.suffix}"
    headers = {"Content-Disposition": f'attachment; filename="{file}"', "Cache-Control": "no-store"}
    return Response(form.write(rows), 200, headers, content_type=form.media_type)
