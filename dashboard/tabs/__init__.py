"""The tabs, in the order shown."""

from __future__ import annotations

from dashboard.tab import Tab
from dashboard.tabs import clusters, customers, data, overview, rfm

TABS: tuple[Tab, ...] = (overview.TAB, rfm.TAB, clusters.TAB, customers.TAB, data.TAB)
