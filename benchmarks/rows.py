"""Rows to customers: RFM against the scan that no engine can do without, and against the usual notebook."""

from __future__ import annotations

import os

import duckdb
import pandas as pd

from analytics.customers import customer_table
from analytics.rfm import with_segments
from analytics.sources import open_source
from benchmarks.measure import Line, in_process, in_turn
from benchmarks.shop import HOME, NAME, NOTEBOOK


def our_rfm() -> None:
    """From the dataset's name to every customer's scores and segment."""
    os.environ["CLIENTELE_HOME"] = str(HOME)
    with_segments(customer_table(open_source(NAME), metrics=("recency_days", "order_count", "revenue_total")))


def pandas_notebook(path: str) -> None:
    """What most notebooks do: read the lines, group them, cut each measure into five."""
    lines = pd.read_parquet(path, columns=["customer_id", "order_id", "ordered_at", "revenue"])
    snapshot = lines["ordered_at"].max() + pd.Timedelta(days=1)
    table = lines.groupby("customer_id").agg(
        recency=("ordered_at", "max"),
        frequency=("order_id", "nunique"),
        monetary=("revenue", "sum"),
    )
    table["recency"] = (snapshot - table["recency"]).dt.days
    table["R"] = pd.qcut(table["recency"].rank(method="first"), 5, labels=[5, 4, 3, 2, 1])
    table["F"] = pd.qcut(table["frequency"].rank(method="first"), 5, labels=[1, 2, 3, 4, 5])
    table["M"] = pd.qcut(table["monetary"].rank(method="first"), 5, labels=[1, 2, 3, 4, 5])


def run() -> list[Line]:
    stored = open_source(NAME).stored
    assert stored is not None
    path = str(stored.table_path("order_lines"))
    engine = duckdb.connect()

    def scan() -> None:
        lines = engine.read_parquet(path)
        lines.aggregate("max(customer_id), max(order_id), max(ordered_at), sum(revenue)").fetchall()

    ours, theirs, ratio = in_turn(our_rfm, scan, 7)
    mine = [in_process("benchmarks.rows", "our_rfm") for _ in range(5)]
    notebook = [in_process("benchmarks.rows", "pandas_notebook", str(NOTEBOOK)) for _ in range(5)]
    faster = sorted(n["seconds"] / m["seconds"] for n, m in zip(notebook, mine, strict=True))[2]
    memory = sorted(m["peak_mb"] / n["peak_mb"] for n, m in zip(notebook, mine, strict=True))[2]
    peak, peak_notebook = (sorted(item["peak_mb"] for item in runs)[2] for runs in (mine, notebook))
    rows = stored.manifest.tables["order_lines"]
    return [
        Line(
            "RFM ÷ DuckDB's scan of four columns",
            ratio,
            "×",
            most=1.5,
            remark=f"{ours:.2f} s, {theirs:.2f} s, {rows:,} lines",
        ),
        Line("the pandas notebook ÷ RFM, seconds, both in a fresh process", faster, "×", least=5),
        Line(
            "RFM ÷ the pandas notebook, peak memory",
            memory,
            "×",
            most=1 / 3,
            remark=f"{peak:,.0f} MB, {peak_notebook:,.0f} MB",
        ),
    ]
