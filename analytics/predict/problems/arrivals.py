"""Arrivals: what is known of a visit when it begins: when, from where, on what, and what the visitor did before.

Nothing in here changes when later clicks are added: of earlier visits only those count that were over when this one began.
The customer's number plays no part, since it may have become known by the purchase itself.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pandas as pd

from analytics.errors import EmptyDataError
from analytics.predict.cases import Numbers
from analytics.schema import SESSIONS
from analytics.sessions import complete
from analytics.sources import Source, fetch
from analytics.text import say

MOST_VISITS: Final = 1_000_000
"""Of more visits the latest count: models do not learn more from all of them."""
DAY: Final = "started_on"
_FROM_THE_VISIT: Final = ("entry_page", "visitor_type", "days_since_last", "country", "device", "source")
_HISTORY: Final = ("visits_before", "cart_visits_before", "purchase_visits_before")
LABELS: Final = {
    "hour": "Hour of the day",
    "weekday": "Day of the week, Monday is 1",
    "month_number": "Month",
    "visits_before": "Earlier visits",
    "cart_visits_before": "Earlier visits with a cart",
    "purchase_visits_before": "Earlier visits with a purchase",
    "days_since_purchase_visit": "Days since the last visit with a purchase",
    "first_category": "Category of the first click",
    "first_price": "Price at the first click",
}


def visits(source: Source) -> tuple[pd.DataFrame, bool]:
    """(all visits with the columns of SESSIONS and further ones, by session; whether they are only the latest)."""
    sessions = complete(source.table("sessions"), SESSIONS)
    count = int(fetch(sessions.aggregate(n=sessions.count()))["n"].iloc[0])
    if count > MOST_VISITS:
        latest = [sessions[name].desc(nulls_first=False) for name in (DAY, "started_at", "session")]
        sessions = sessions.order_by(latest).limit(MOST_VISITS)
    frame = fetch(sessions, at_most=None).sort_values("session", ignore_index=True)
    if frame.empty:
        raise EmptyDataError(say("There are no visits. Import a click file that has some."))
    return frame, count > MOST_VISITS


def arrivals(source: Source, told: pd.DataFrame) -> pd.DataFrame:
    """What is known of each visit as it begins; rows as in `told`, columns that nobody filled left out."""
    made = {name: told[name] for name in _FROM_THE_VISIT}
    if told[DAY].notna().any():
        day = told[DAY].astype("datetime64[us]")
        made |= {"weekday": day.dt.day_of_week + 1, "month_number": day.dt.month}
    if told["started_at"].notna().any():
        made["hour"] = told["started_at"].dt.hour
    made |= _history(told)
    if source.has("events"):
        made |= _first_clicks(source, told)
    frame = pd.DataFrame(made, index=told.index)
    return frame[[name for name in frame.columns if frame[name].notna().any()]]


def _history(told: pd.DataFrame) -> dict[str, pd.Series[Any]]:
    """Of the visitor's visits that were over when this one began: how many, with a cart, with a purchase, and since when.

    Without a clock, visits of one day are not told apart: only those of earlier days are over.
    """
    known = told["visitor_id"].notna() & told[DAY].notna()
    if not known.any():
        return {}
    rows = told[known]
    day = rows[DAY].astype("datetime64[us]")
    begins, ends = day, day + pd.Timedelta(days=1)
    if rows["started_at"].notna().all():
        begins = rows["started_at"].astype("datetime64[us]")
        ends = begins + pd.to_timedelta(rows["session_seconds"].fillna(0.0), unit="s").astype("timedelta64[us]")
        ends = ends.where(ends > begins, begins + pd.Timedelta(microseconds=1))
    has_cart = flags(rows["has_cart"])
    has_purchase = flags(rows["has_purchase"])
    visitor = rows["visitor_id"].astype("category").cat.codes.to_numpy()
    size = len(rows)
    times = np.concatenate([ends.to_numpy(), begins.to_numpy()])
    is_begin = np.repeat([0, 1], size)
    whose = np.concatenate([visitor, visitor])
    order = np.lexsort((np.arange(2 * size), is_begin, times, whose))
    place = order[is_begin[order] == 1] - size
    found: dict[str, pd.Series[Any]] = {}
    for name, values in zip(_HISTORY, (np.ones(size), has_cart, has_purchase), strict=True):
        if np.isnan(values).all():
            continue
        added = np.concatenate([np.nan_to_num(values), np.zeros(size)])[order]
        so_far = pd.Series(added).groupby(whose[order]).cumsum().to_numpy()[is_begin[order] == 1]
        found[name] = _placed(so_far, place, rows.index, told.index)
    if not np.isnan(has_purchase).all():
        bought = np.concatenate([np.where(has_purchase == 1, 1.0, np.nan), np.full(size, np.nan)])
        days = times.astype("datetime64[D]").astype(float)
        last = pd.Series((bought * days)[order]).groupby(whose[order]).ffill().to_numpy()[is_begin[order] == 1]
        since = days[size:][place] - last
        found["days_since_purchase_visit"] = _placed(since, place, rows.index, told.index)
    return found


def _placed(values: np.ndarray[Any, Any], place: np.ndarray[Any, Any], index: Any, whole: Any) -> pd.Series[Any]:
    back = np.empty(len(values))
    back[place] = values
    return pd.Series(back, index=index).reindex(whole)


def flags(values: pd.Series[Any]) -> Numbers:
    """1 and 0, missing where nobody knows."""
    return np.asarray(
        values.astype("boolean").astype("Float64").to_numpy(dtype=float, na_value=np.nan), dtype=np.float64
    )


def _first_clicks(source: Source, told: pd.DataFrame) -> dict[str, pd.Series[Any]]:
    """Category and price of the first click."""
    events = source.table("events")
    had = [name for name in ("category", "price") if name in events.columns]
    if not had:
        return {}
    first = fetch(
        events.filter(events["position"] == 1).select("session", **{f"first_{name}": events[name] for name in had}),
        at_most=None,
    ).set_index("session")
    found = first.reindex(told["session"])
    return {name: pd.Series(found[name].to_numpy(), index=told.index) for name in found.columns}
