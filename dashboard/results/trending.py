"""What the Trends tab shows: made once for a dataset, summed anew for each filter."""

from __future__ import annotations

import pandas as pd
import pyarrow as pa

from analytics import trends
from analytics.errors import EmptyDataError
from analytics.request import AnalysisRequest
from analytics.sources import open_source
from analytics.text import say
from dashboard import results
from dashboard.state import View

MOST_REASONS = 8
"""Unusual periods that are told with their reason: the farthest from the usual."""


def members(request: AnalysisRequest) -> pa.Table:
    """Which group each customer is in."""
    return results.reduced(
        "members",
        request,
        lambda asked: trends.members(results.customers(asked), results.groups(asked).codes),
    )


def series(request: AnalysisRequest, grain: str) -> trends.PeriodicOrders:
    """Each group's orders by day, week or month."""
    return results.reduced(
        ("periods", grain),
        request,
        lambda asked: trends.orders_by(
            open_source(results.version_of(asked)), asked.as_of, grain, groups=members(asked)
        ),
    )


def totals(request: AnalysisRequest, grain: str) -> tuple[trends.Periods, pd.DataFrame]:
    """The periods, and what the customers kept did in each."""
    found = series(request, grain)
    return found.periods, found.totals(results.kept_groups(request))


def seasons(request: AnalysisRequest, grain: str, measure: str) -> trends.Seasonality | str:
    """Trend, season and rest of the customers kept; where that cannot be said, the sentence why."""

    def compute(_: AnalysisRequest) -> trends.Seasonality | str:
        periods, known = totals(request, grain)
        if not known["orders"].any():
            return say("No orders in this selection")
        try:
            return trends.seasonality(known, periods, measure)
        except EmptyDataError as missing:
            return str(missing)

    return results.reduced(("seasons", grain, measure, request.countries, request.segments), request, compute)


def unusual(request: AnalysisRequest, grain: str, measure: str) -> tuple[trends.Anomaly, ...]:
    """The unusual periods of the customers kept, in the order of time, without reasons."""

    def compute(_: AnalysisRequest) -> tuple[trends.Anomaly, ...]:
        periods, known = totals(request, grain)
        currency = results.version_of(request).manifest.currency
        return trends.anomalies(known, periods, measure, currency)

    return results.reduced(("unusual", grain, measure, request.countries, request.segments), request, compute)


def reasons(request: AnalysisRequest, grain: str, measure: str) -> tuple[trends.Anomaly, ...]:
    """The unusual periods that are farthest from the usual, each with its reason, the latest first."""

    def compute(asked: AnalysisRequest) -> tuple[trends.Anomaly, ...]:
        periods, known = totals(request, grain)
        found = sorted(unusual(request, grain, measure), key=lambda item: -abs(item.score))[:MOST_REASONS]
        keep = results.kept_groups(request)
        told = trends.with_reasons(
            sorted(found, key=lambda item: -item.place),
            known,
            periods,
            measure,
            open_source(results.version_of(asked)),
            asked.as_of,
            groups=None if keep is None else trends.members_kept(members(asked), keep),
        )
        return tuple(told)

    return results.reduced(("reasons", grain, measure, request.countries, request.segments), request, compute)


def bridge(request: AnalysisRequest) -> tuple[trends.Periods, pd.DataFrame]:
    """The months, and the bridge between each and the one before, of the customers kept: from the second month on."""
    found = results.reduced(
        "bridge",
        request,
        lambda asked: trends.revenue_bridge(open_source(results.version_of(asked)), asked.as_of, groups=members(asked)),
    )
    return found.months, found.totals(results.kept_groups(request))


def moves(request: AnalysisRequest, period: str, kind: str) -> tuple[trends.Span, pd.DataFrame] | str:
    """The period with the one before, and what each product or category did; where that cannot be said, the sentence why."""

    def compute(asked: AnalysisRequest) -> trends.ItemSales | str:
        source = open_source(results.version_of(asked))
        try:
            return trends.item_sales(source, asked.as_of, period, kind, groups=members(asked))
        except EmptyDataError as missing:
            return str(missing)

    found = results.reduced(("items", period, kind), request, compute)
    return found if isinstance(found, str) else (found.span, found.moves(results.kept_groups(request)))


def concentration(request: AnalysisRequest) -> trends.Concentration:
    """How much the best of the customers kept bring."""
    return results.reduced(
        ("concentration", request.countries, request.segments),
        request,
        lambda asked: trends.concentration(results.customers(asked), results.kept(request)),
    )


def series_table(view: View) -> pd.DataFrame:
    """Each period with its measures, and the rolling mean and the year before of the one that is shown."""
    measure, grain = view.one("trends_measure"), view.one("trends_grain")
    periods, known = totals(view.request, grain)
    told = known.reset_index()
    told["period"] = [start.isoformat() for start in periods.starts]
    told[f"{measure}_rolling_mean"] = trends.rolling_mean(known, periods, measure)
    told[f"{measure}_year_before"] = trends.year_before(known, periods, measure)
    return told.assign(is_partial=periods.partial)


def bridge_table(view: View) -> pd.DataFrame:
    """The bridge of each month, and whether the data covers only a part of it."""
    months, known = bridge(view.request)
    told = known.reset_index()
    told["month"] = [month.isoformat()[:7] for month in known.index]
    return told.assign(is_partial=months.partial[1:])


def moves_table(view: View) -> pd.DataFrame:
    """Products or categories from the largest rise to the largest fall.

    Raises:
        EmptyDataError: the data does not say.
    """
    found = moves(view.request, view.one("trends_period"), view.one("trends_items"))
    if isinstance(found, str):
        raise EmptyDataError(found)
    return found[1]


def concentration_table(view: View) -> pd.DataFrame:
    """The Lorenz curve, the least customers first."""
    found = concentration(view.request)
    return pd.DataFrame({"customers_share": found.lorenz_customers, "revenue_share": found.lorenz_revenue})


def seasons_table(view: View) -> pd.DataFrame:
    """Trend, season and rest of each complete period.

    Raises:
        EmptyDataError: the data is too short.
    """
    grain = view.one("trends_grain")
    found = seasons(view.request, grain, view.one("trends_measure"))
    if isinstance(found, str):
        raise EmptyDataError(found)
    starts = series(view.request, grain).periods.starts[found.complete]
    return pd.DataFrame(
        {
            "period": [start.isoformat() for start in starts],
            "trend": found.trend,
            "season": found.season,
            "rest": found.rest,
        }
    )
