"""Fifty million clicks to sessions: ours against DuckDB, Polars and NumPy, each written by hand for the same numbers."""

from __future__ import annotations

import math
import statistics
import time
from typing import Any

import numpy as np

from benchmarks import clicks
from benchmarks.clicks import FILE
from benchmarks.measure import OUT, Line, in_process, seconds

GAP_MINUTES = 30
GAP = GAP_MINUTES * 60_000_000
MEMORY_LIMIT = "3GB"
"""The engine's share, ours and theirs; what does not fit waits on the disk. Python needs some memory beside it."""
MOST_MB = 4_096
RUNS = 3

Numbers = tuple[float, ...]
"""Sessions, visitors, clicks, bounce rate, clicks per session mean, median and most, seconds mean, cart and purchase rate."""


def ours(path: str = str(FILE)) -> Numbers:
    """What `sessions NAME --gap` does."""
    from analytics.sessions import summarise_clicks
    from analytics.sources import connect

    engine = connect(memory_limit=MEMORY_LIMIT, temp_directory=str(OUT / "spill"))
    found = summarise_clicks(engine.read_parquet(path).select("visitor_id", "occurred_at", "event_type"), GAP_MINUTES)
    engine.disconnect()
    assert found.visitors is not None
    assert found.seconds_per_session_mean is not None
    assert found.cart_rate is not None
    assert found.purchase_rate is not None
    return (
        found.sessions,
        found.visitors,
        found.clicks,
        found.bounce_rate,
        found.clicks_per_session_mean,
        found.clicks_per_session_median,
        found.clicks_per_session_max,
        found.seconds_per_session_mean,
        found.cart_rate,
        found.purchase_rate,
    )


_SESSIONS = """
  select count(*) as clicks, (max(moment) - min(moment)) / 1e6 as seconds,
         bool_or(cart) as cart, bool_or(purchase) as purchase, any_value(visitor_id) as visitor_id
"""
_SUMMARY = """
select count(*), count(distinct visitor_id), sum(clicks), avg((clicks = 1)::int), avg(clicks), median(clicks), max(clicks),
       avg(seconds), avg(cart::int), avg(purchase::int)
"""


def duckdb_textbook(path: str = str(FILE)) -> Numbers:
    """LAG, then a running sum, then a group for each session: what most people write."""
    return _duckdb(
        f"""
        with clicks as (
          select visitor_id, epoch_us(occurred_at) as moment, event_type = 'cart' as cart, event_type = 'purchase' as purchase,
                 coalesce(epoch_us(occurred_at) - lag(epoch_us(occurred_at)) over visits > {GAP}, true) as begins
          from read_parquet('{path}') window visits as (partition by visitor_id order by occurred_at)),
        parted as (
          select *, sum(begins::int) over (partition by visitor_id order by moment rows unbounded preceding) as session
          from clicks),
        sessions as ({_SESSIONS} from parted group by visitor_id, session)
        {_SUMMARY} from sessions
        """
    )


def duckdb_by_edges(path: str = str(FILE)) -> Numbers:
    """One window, then only the clicks that begin or end a session, and the next cart and purchase of each by ASOF."""
    return _duckdb(
        f"""
        with few as materialized (
          select visitor_id, place, moment, coalesce(moment - before > {GAP}, true) as begins,
                 coalesce(after - moment > {GAP}, true) as ends, cart, purchase
          from (select visitor_id, epoch_us(occurred_at) as moment, event_type = 'cart' as cart,
                       event_type = 'purchase' as purchase, row_number() over visits as place,
                       epoch_us(lag(occurred_at) over visits) as before, epoch_us(lead(occurred_at) over visits) as after
                from read_parquet('{path}') window visits as (partition by visitor_id order by occurred_at))
          where before is null or after is null or moment - before > {GAP} or after - moment > {GAP} or cart or purchase),
        edges as (
          select visitor_id, place, moment, begins, case when ends then place else lead(place) over visits end as last_place,
                 case when ends then moment else lead(moment) over visits end as last_at
          from few where begins or ends window visits as (partition by visitor_id order by place)),
        sessions as (
          select edges.visitor_id, last_place - edges.place + 1 as clicks, (last_at - moment) / 1e6 as seconds,
                 coalesce(carts.place <= last_place, false) as cart, coalesce(buys.place <= last_place, false) as purchase
          from (from edges where begins) as edges
          asof left join (select visitor_id, place from few where cart) as carts
            on edges.visitor_id = carts.visitor_id and edges.place <= carts.place
          asof left join (select visitor_id, place from few where purchase) as buys
            on edges.visitor_id = buys.visitor_id and edges.place <= buys.place)
        {_SUMMARY} from sessions
        """
    )


def _duckdb(query: str) -> Numbers:
    import duckdb

    engine = duckdb.connect(config={"memory_limit": MEMORY_LIMIT, "temp_directory": str(OUT / "spill")})
    row = engine.sql(query).fetchone()
    engine.close()
    assert row is not None
    return tuple(float(value) for value in row)


def polars(path: str = str(FILE)) -> Numbers:
    """Sort by visitor and time, compare each row with the one before it, group by the running sum."""
    import polars as pl

    clicks = pl.scan_parquet(path).select(
        "visitor_id",
        pl.col("occurred_at").cast(pl.Int64).alias("at"),
        (pl.col("event_type") == "cart").alias("cart"),
        (pl.col("event_type") == "purchase").alias("purchase"),
    )
    in_order = clicks.with_columns(pl.col("visitor_id").cast(pl.Categorical).to_physical()).sort("visitor_id", "at")
    is_other = pl.col("visitor_id") != pl.col("visitor_id").shift()
    begins = is_other | (pl.col("at").diff() > GAP)
    sessions = (
        in_order.with_columns(session=begins.fill_null(True).cum_sum())
        .group_by("session")
        .agg(
            pl.len().alias("clicks"),
            ((pl.col("at").max() - pl.col("at").min()) / 1e6).alias("seconds"),
            pl.col("cart").any(),
            pl.col("purchase").any(),
            pl.col("visitor_id").first(),
        )
    )
    found = sessions.select(
        pl.len().alias("sessions"),
        pl.col("visitor_id").n_unique(),
        pl.col("clicks").sum().alias("all_clicks"),
        (pl.col("clicks") == 1).mean().alias("bounces"),
        pl.col("clicks").mean().alias("mean"),
        pl.col("clicks").median().alias("median"),
        pl.col("clicks").max().alias("most"),
        pl.col("seconds").mean(),
        pl.col("cart").mean(),
        pl.col("purchase").mean(),
    ).collect()
    return tuple(float(value) for value in found.row(0))


def numpy(path: str = str(FILE)) -> Numbers:
    """Visitors as codes, one sort of visitor and time, differences and sums between the places where a session begins."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns = ["visitor_id", "occurred_at", "event_type"]
    table = pq.read_table(path, columns=columns, read_dictionary=["visitor_id", "event_type"]).unify_dictionaries()
    visitors = _codes(table["visitor_id"]).astype(np.int64)
    at = np.array(table["occurred_at"].combine_chunks().cast(pa.int64()))
    kinds = table["event_type"].chunk(0).dictionary.to_pylist()
    kind = _codes(table["event_type"])
    del table
    at -= at.min()
    unit = int(np.gcd.reduce(at))
    at //= unit
    # visitor, then time, in one number: one sort of whole numbers instead of two
    span = int(at.max()) + 1
    assert (int(visitors.max()) + 1) * span < 2**63
    key = visitors * span + at
    order = np.argsort(key)
    key = key[order]
    carts = (kind == kinds.index("cart"))[order]
    purchases = (kind == kinds.index("purchase"))[order]
    del order, kind, at, visitors
    visitor, at = np.divmod(key, span)
    is_other = np.diff(visitor) != 0
    begins = np.concatenate([[0], np.flatnonzero(is_other | (np.diff(at) * unit > GAP)) + 1])
    lengths = np.diff(begins, append=len(key))
    session_seconds = (at[begins + lengths - 1] - at[begins]) * unit / 1e6
    return (
        len(begins),
        int(is_other.sum()) + 1,
        len(key),
        (lengths == 1).mean(),
        lengths.mean(),
        float(np.median(lengths)),
        lengths.max(),
        session_seconds.mean(),
        np.logical_or.reduceat(carts, begins).mean(),
        np.logical_or.reduceat(purchases, begins).mean(),
    )


def _codes(column: Any) -> np.ndarray[Any, Any]:
    return np.concatenate([np.asarray(chunk.indices) for chunk in column.chunks])


RIVALS = {
    "DuckDB, the textbook way": duckdb_textbook,
    "DuckDB, by edges": duckdb_by_edges,
    "Polars": polars,
    "NumPy": numpy,
}


def run() -> list[Line]:
    clicks.prepare_file()
    expected = ours()
    took: dict[str, float] = {}
    for name, rival in RIVALS.items():  # one run of each shows that the numbers are the same, and who is fast
        begun = time.perf_counter()
        found = rival()
        took[name] = time.perf_counter() - begun
        is_same = all(math.isclose(one, other, rel_tol=1e-9) for one, other in zip(expected, found, strict=True))
        assert is_same, f"{name} counts otherwise: {found}, ours {expected}"
    fast = sorted(RIVALS, key=took.__getitem__)[:2]
    turns = [{"ours": seconds(ours), **{name: seconds(RIVALS[name]) for name in fast}} for _ in range(RUNS)]
    medians = {name: statistics.median(turn[name] for turn in turns) for name in turns[0]}
    fastest = min(fast, key=medians.__getitem__)
    ratio = statistics.median(turn["ours"] / turn[fastest] for turn in turns)
    remark = f"{medians['ours']:.1f} s, " + ", ".join(
        f"{name} {medians.get(name, took[name]):.1f} s" for name in RIVALS
    )
    peak = in_process("benchmarks.behaviour", "ours")["peak_mb"]
    return [
        Line("sessions of 50,000,000 clicks ÷ the fastest rival", ratio, "×", most=2.5, remark=remark),
        Line("the same, peak memory in a fresh process", peak, "MB", most=MOST_MB),
    ]
