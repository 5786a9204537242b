"""The tabs, in the order shown."""

from __future__ import annotations

from dashboard.tab import Tab
from dashboard.tabs import clusters, customers, data, explore, overview, rfm, trends

TABS: tuple[Tab, ...] = (overview.TAB, trends.TAB, explore.TAB, rfm.TAB, clusters.TAB, customers.TAB, data.TAB)
