"""What changed: key figures against the period before, revenue by day, week and month, and what is behind it.

    headline   key figures of a period against the one before
    months     revenue, orders and customers by month, for each customer
    series     revenue, orders, customers and average order value by day, week or month; rolling mean, a year before
    orderers   who ordered in one of these periods
    seasons    trend, season and rest
    unusual    periods far from the usual, each with its reason
    bridge     from one month's revenue to the next: new, retained, reactivated, lost
    movers     products and categories that rise and fall
    lorenz     how much the best customers bring

The engine reduces orders to one row per period and group of customers; any filter on customers that does not part a group
is then a sum in memory.
"""

from __future__ import annotations

from analytics.trends.bridge import PARTS, Bridge, movement_customers, movement_sentence, revenue_bridge
from analytics.trends.headline import (
    KEY_FIGURES,
    KeyFigure,
    Period,
    PeriodOrders,
    Totals,
    key_figures,
    last_day,
    period_orders,
    resolve_period,
)
from analytics.trends.lorenz import Best, Concentration, concentration, concentration_of
from analytics.trends.members import members, members_kept
from analytics.trends.months import MOST_MONTHS_PER_CUSTOMER, MonthlyOrders, monthly_orders
from analytics.trends.movers import FEWEST_LINES, MOVER_PERIODS, ItemSales, Span, item_sales, mover_span
from analytics.trends.orderers import orderers, orderers_sentence
from analytics.trends.periods import GRAINS, Grain, Periods, period_label, periods_of
from analytics.trends.seasons import STRONG, Phase, Seasonality, knows_the_usual, seasonality
from analytics.trends.series import (
    TREND_MEASURES,
    PeriodicOrders,
    TrendMeasure,
    orders_by,
    rolling_mean,
    year_before,
)
from analytics.trends.unusual import FEWEST_PERIODS, Anomaly, anomalies, with_reasons

__all__ = [
    "FEWEST_LINES",
    "FEWEST_PERIODS",
    "GRAINS",
    "KEY_FIGURES",
    "MOST_MONTHS_PER_CUSTOMER",
    "MOVER_PERIODS",
    "PARTS",
    "STRONG",
    "TREND_MEASURES",
    "Anomaly",
    "Best",
    "Bridge",
    "Concentration",
    "Grain",
    "ItemSales",
    "KeyFigure",
    "MonthlyOrders",
    "Period",
    "PeriodOrders",
    "PeriodicOrders",
    "Periods",
    "Phase",
    "Seasonality",
    "Span",
    "Totals",
    "TrendMeasure",
    "anomalies",
    "concentration",
    "concentration_of",
    "item_sales",
    "key_figures",
    "knows_the_usual",
    "last_day",
    "members",
    "members_kept",
    "monthly_orders",
    "movement_customers",
    "movement_sentence",
    "mover_span",
    "orderers",
    "orderers_sentence",
    "orders_by",
    "period_label",
    "period_orders",
    "periods_of",
    "resolve_period",
    "revenue_bridge",
    "rolling_mean",
    "seasonality",
    "with_reasons",
    "year_before",
]
