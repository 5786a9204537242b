"""What the Overview's charts say, as tables that can be taken along."""

from __future__ import annotations

import pandas as pd

from analytics import rfm
from dashboard import results
from dashboard.state import View


def months_table(view: View) -> pd.DataFrame:
    """Revenue, orders and customers by month, and whether the data covers only a part of it."""
    monthly = results.months(view.request)
    found = monthly.by_month(results.kept_groups(view.request)).reset_index()
    found["month"] = [month.isoformat()[:7] for month in found["month"]]
    return found.assign(is_partial=monthly.partial)


def segments_table(view: View) -> pd.DataFrame:
    """Customers, orders, revenue and mean values by RFM segment."""
    known = results.groups(view.request).table
    return rfm.summarise(known, results.kept_groups(view.request)).reset_index()
