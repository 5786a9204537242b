"""The download of a list: the same request as the screen, written by the one writer."""

from __future__ import annotations

from flask import Flask, Response, request

from analytics import audiences
from analytics.errors import AnalyticsError
from dashboard import results
from dashboard.state import from_query


def add_exports(server: Flask) -> None:
    """Serve `/export/customers.csv?…` and `.xlsx`, for the query that the page's own URL has."""

    @server.get("/export/customers.<form>")
    def export_customers(form: str) -> Response:
        try:
            return _exported(form, request.query_string.decode("utf-8", "replace"))
        except AnalyticsError as problem:
            return Response(str(problem), 400, mimetype="text/plain")


def _exported(form: str, query: str) -> Response:
    chosen = audiences.audience_format(form)
    view = from_query(query, results.default_dataset())
    table = results.customers(view.request)
    content = chosen.write(audiences.audience(view.request, table))
    name = f"{view.request.dataset}-customers-{table.as_of.isoformat()}{chosen.suffix}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(content, 200, headers, content_type=chosen.media_type)
