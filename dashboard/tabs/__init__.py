"""The tabs, in the order shown."""

from __future__ import annotations

from dashboard.tab import Tab
from dashboard.tabs import behaviour, clusters, cohorts, customers, data, explore, models, overview, rfm, trends

TABS: tuple[Tab, ...] = (
    overview.TAB,
    trends.TAB,
    behaviour.TAB,
    cohorts.TAB,
    explore.TAB,
    rfm.TAB,
    clusters.TAB,
    models.TAB,
    customers.TAB,
    data.TAB,
)
