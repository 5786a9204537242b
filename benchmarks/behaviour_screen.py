"""The Behaviour tab with a million visits: a filter changes; how soon is each chart ready?

Each chart is asked for under filters that it has not been asked for before, after what is kept for all filters is there.
"""

from __future__ import annotations

import itertools
import os
import statistics
import subprocess
import sys
from collections.abc import Callable
from typing import Any

from benchmarks.measure import OUT, ROOT, Line, seconds
from benchmarks.shop import HOME

CUSTOMERS = 90_000
"""So many make a million visits, of six million clicks."""
NAME = "visits"
FILES = OUT / "visits"
MOST_MS = 500
VIEWS = 12
_SEGMENTS = ("Champions", "Loyal", "At Risk", "Lost", "New", "Hibernating")


def prepare() -> None:
    """Make the shop with its visits where it is not there yet; a minute the first time."""
    from analytics.datasets import list_datasets
    from analytics.intake import import_orders

    os.environ["CLIENTELE_HOME"] = str(HOME)
    if not (FILES / "events.parquet").is_file():
        command = [sys.executable, "-m", "data.sample", "--customers", str(CUSTOMERS), "--out", str(FILES)]
        tables = "order_lines,events,customers"
        subprocess.run([*command, "--tables", tables], check=True, cwd=ROOT, stdout=subprocess.DEVNULL)
    if NAME not in {item.dataset for item in list_datasets()}:
        import_orders(
            FILES / "order_lines.parquet",
            name=NAME,
            currency="EUR",
            customers=FILES / "customers.parquet",
            events=FILES / "events.parquet",
        )


def _views(count: int) -> list[dict[str, Any]]:
    """Different filters, each of them over most of the visits: the more are kept, the more is summed."""
    from analytics.request import AnalysisRequest
    from dashboard import results
    from dashboard.state import View

    countries = list(results.customers(AnalysisRequest(NAME)).frame["country"].cat.categories)
    chosen = [
        (tuple(country for country in countries if country != left_out), segments)
        for left_out, segments in itertools.product(countries, ((), _SEGMENTS))
    ]
    return [
        View(AnalysisRequest(NAME, countries=some, segments=segments)).to_json() for some, segments in chosen[:count]
    ]


def run() -> list[Line]:
    prepare()
    from dashboard.results import behaviour
    from dashboard.state import view_from_json
    from dashboard.tabs.behaviour import carts, funnel

    views = _views(VIEWS)
    request = view_from_json(views[0]).request
    lines = [
        Line("all visits into memory, once for a dataset", seconds(lambda: behaviour.visits(request)), "s"),
        Line("the job of a funnel, once for its steps", _job(funnel.ask_for_funnel, funnel.find_funnel, views[0]), "s"),
        Line("the job of the carts, once for a dataset", _job(carts.ask_for_carts, carts.find_carts, views[0]), "s"),
        _line(
            "the visits that a filter keeps", lambda told: behaviour.kept_visits(view_from_json(told).request), views
        ),
    ]
    return lines + [_line(f"{part}: {name}", work, views) for part, charts in _charts() for name, work in charts]


def _job(ask: Callable[[Any], Any], find: Callable[[Any, Any], Any], view: dict[str, Any]) -> float:
    """How long it takes until there is something to draw, where a job finds it; next to nothing where it is kept already."""
    needed, _ = ask(view)
    return seconds(lambda: find(lambda *_: None, needed)) if isinstance(needed, dict) else 0.0


Charts = tuple[tuple[str, Callable[[Any], Any]], ...]


def _charts() -> tuple[tuple[str, Charts], ...]:
    """Every chart of the tab by its part: a view as JSON → what the chart's callback gives."""
    from dashboard.tabs.behaviour import carts, funnel, pages, path_differences, paths, visits

    def drawn(show: Callable[[Any, Any], Any]) -> Callable[[Any], Any]:
        return lambda told: show(told, "light")

    def found(show: Callable[[Any, Any, Any], Any]) -> Callable[[Any], Any]:
        return lambda told: show(told, True, "light")

    return (
        (
            "Visits",
            (
                ("key figures", visits.show_key_figures),
                ("by week", drawn(visits.show_weeks)),
                ("by hour", drawn(visits.show_hours)),
                ("by device", drawn(visits.show_groups)),
                ("clicks", drawn(visits.show_clicks)),
                ("length", drawn(visits.show_seconds)),
                ("who comes again", drawn(visits.show_gaps)),
                ("first purchases", drawn(visits.show_first)),
                ("pages", pages.show_pages),
            ),
        ),
        (
            "Paths",
            (
                ("first steps", drawn(paths.show_flows)),
                ("transitions", drawn(paths.show_matrix)),
                ("sequences", paths.show_sequences),
                ("differences", drawn(path_differences.show_differences)),
            ),
        ),
        (
            "Funnel",
            (
                ("steps", found(funnel.show_funnel)),
                ("who is lost", lambda told: funnel.show_lost(told, True)),
                ("groups", found(funnel.show_groups)),
            ),
        ),
        (
            "Carts",
            (
                ("key figures", lambda told: carts.show_key_figures(told, True)),
                ("by age and value", found(carts.show_ages)),
                ("products", found(carts.show_products)),
            ),
        ),
    )


def _line(name: str, work: Callable[[Any], Any], views: list[Any]) -> Line:
    first = seconds(lambda: work(views[0]))
    times = [1000 * seconds(lambda view=view: work(view)) for view in views[1:]]
    return Line(
        f"{name}, median in the server",
        statistics.median(times),
        "ms",
        most=MOST_MS,
        remark=f"highest {max(times):.0f} ms, the very first {first:.1f} s",
    )
