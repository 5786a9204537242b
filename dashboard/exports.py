"""The download of a list: the same request as the screen, written by the one writer."""

from __future__ import annotations

from typing import Final

from flask import Flask, Response, request

from analytics import audiences
from analytics.errors import AnalyticsError, RequestError
from analytics.text import say
from dashboard import results
from dashboard.state import from_query

MOST_EXCEL_ROWS: Final = 50_000
"""A larger workbook takes longer to write than a request may."""


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
    listed = audiences.audience(view.request, table)
    if chosen.name == "xlsx" and len(listed) > MOST_EXCEL_ROWS:
        raise RequestError(
            say(
                "An Excel file of {n} customers takes minutes. Export CSV, filter to {most} or fewer, or use the command line.",
                n=f"{len(listed):,}",
                most=f"{MOST_EXCEL_ROWS:,}",
            )
        )
    content = chosen.write(listed)
    name = f"{view.request.dataset}-customers-{table.as_of.isoformat()}{chosen.suffix}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(content, 200, headers, content_type=chosen.media_type)
