"""The screen with a million customers: a filter changes; how soon is the answer ready, for one person and for sixteen?"""

from __future__ import annotations

import http.client
import itertools
import statistics
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.measure import Line, seconds
from benchmarks.page import callback_body, served
from benchmarks.shop import HOME, NAME

CLIENTS = 16
REQUESTS_EACH = 40
_SEGMENTS = ("Champions", "Loyal", "At Risk", "Lost", "New", "Hibernating")


def _views(count: int) -> list[dict[str, Any]]:
    """Different filters, so that no answer was kept."""
    from analytics.request import AnalysisRequest
    from dashboard import results
    from dashboard.state import View

    countries = list(results.customers(AnalysisRequest(NAME)).frame["country"].cat.categories)
    pairs = [
        (one, some)
        for size in range(1, len(_SEGMENTS) + 1)
        for some in itertools.combinations(_SEGMENTS, size)
        for one in countries
    ]
    return [
        View(AnalysisRequest(NAME, countries=(one,), segments=some)).to_json()
        for one, some in pairs[:: max(len(pairs) // count, 1)]
    ][:count]


def run() -> list[Line]:
    from dashboard.tabs import customers, overview, rfm

    views = _views(40)
    order = {"colId": "recency_days", "sort": "asc"}
    often = {"order_count": {"filterType": "number", "type": "greaterThan", "filter": 2}}

    def rows(view: Any, filters: dict[str, Any]) -> Any:
        return customers.show_rows({"startRow": 0, "endRow": 100, "filterModel": filters, "sortModel": [order]}, view)

    def found(view: Any) -> Any:
        searched = {**view, "request": {**view["request"], "search": "anna"}}
        return customers.show_rows({"startRow": 0, "endRow": 100, "filterModel": {}, "sortModel": []}, searched)

    lines = [
        _line("grid: a column filter", lambda view: rows(view, often), views, 100),
        _line("grid: a search", found, views, 100),
        _line("Overview: key figures", overview.show_key_figures, views, 50),
        _line("Overview: revenue by month", lambda view: overview.show_months(view, "light"), views, 50),
        _line("Overview: revenue by segment", lambda view: overview.show_segments(view, "light"), views, 50),
        _line("RFM: treemap", lambda view: rfm.show_treemap(view, "light"), views, 50),
        _line("RFM: heatmap", lambda view: rfm.show_heatmap(view, "light"), views, 50),
        _line("RFM: table", lambda view: rfm.show_table(view, "light"), views, 50),
    ]
    return lines + _many_clients(_views(CLIENTS * 8))


def _line(name: str, work: Callable[[Any], Any], views: list[Any], most: float) -> Line:
    work(views[0])
    times = [1000 * seconds(lambda view=view: work(view)) for view in views[1:]]
    return Line(
        f"{name}, median in the server",
        statistics.median(times),
        "ms",
        most=most,
        remark=f"highest {max(times):.0f} ms",
    )


def _many_clients(views: list[dict[str, Any]]) -> list[Line]:
    theme = ("shell-theme", "data", "light")
    chart = "{0}-title.children {0}.figure {0}-table.children"
    charts = ("overview-months", "overview-segments", "rfm-treemap", "rfm-heatmap")
    asked = [
        ([("overview-kpis", "children"), ("overview-period-sentence", "children")], []),
        *((_outputs(chart.format(name)), [theme]) for name in charts),
        ([("rfm-table", "children")], [theme]),
    ]
    bodies = [
        callback_body(outputs, [("shell-request", "data", view), *more]) for view in views for outputs, more in asked
    ]
    times: list[float] = []
    failures: list[int] = []
    with served(HOME) as (port, _):
        for body in bodies[: len(asked)] * 6:  # each worker computes what it keeps once
            _post(port, body)
        clients = [
            threading.Thread(target=_client, args=(port, bodies, number, times, failures)) for number in range(CLIENTS)
        ]
        start = time.perf_counter()
        for client in clients:
            client.start()
        for client in clients:
            client.join()
        took = time.perf_counter() - start
    remark = f"median {1000 * statistics.median(times):.0f} ms, {len(times) / took:.0f} answers a second"
    return [
        Line(
            f"{CLIENTS} clients without a pause, 95th percentile",
            1000 * statistics.quantiles(times, n=20)[-1],
            "ms",
            400,
            remark=remark,
        ),
        Line(f"{CLIENTS} clients, failures", len(failures), "", most=0, remark=f"of {len(times)} requests"),
    ]


def _outputs(text: str) -> list[tuple[str, str]]:
    return [(part.rsplit(".", 1)[0], part.rsplit(".", 1)[1]) for part in text.split()]


def _client(port: int, bodies: list[bytes], number: int, times: list[float], failures: list[int]) -> None:
    for turn in range(REQUESTS_EACH):
        start = time.perf_counter()
        status = _post(port, bodies[(number * 53 + turn * 7) % len(bodies)])
        times.append(time.perf_counter() - start)
        if status != 200:
            failures.append(status)


def _post(port: int, body: bytes) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request("POST", "/_dash-update-component", body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        answer.read()
        return answer.status
    finally:
        connection.close()


def start() -> list[Line]:
    """From the command to a served page, everything installed and the sample shop published."""
    with tempfile.TemporaryDirectory() as home:
        with served(Path(home)) as (_, first):
            pass
        times = []
        for _ in range(5):
            with served(Path(home)) as (_, took):
                times.append(took)
    return [
        Line(
            "from the command to a served page",
            statistics.median(times),
            "s",
            most=3,
            remark=f"the very first time {first:.1f} s",
        ),
    ]
