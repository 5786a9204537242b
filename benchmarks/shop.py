"""The shop that is measured: a million customers, twelve million order lines, made once and kept in benchmarks/out."""

from __future__ import annotations

import os
import subprocess
import sys

from benchmarks.measure import OUT, ROOT

CUSTOMERS = 1_000_000
NAME = "million"
LINES = OUT / "million" / "order_lines.parquet"
CSV = OUT / "ten_million.csv"
CSV_LINES = 10_000_000
NOTEBOOK = OUT / "notebook.parquet"
"""The cleaned lines as a notebook would have them: money as floats."""
HOME = OUT / "workspace"


def prepare() -> None:
    """Make the files and the dataset that are not there yet; a few minutes the first time."""
    from analytics.datasets import list_datasets
    from analytics.intake import import_orders
    from analytics.sources import open_source, write_parquet

    os.environ["CLIENTELE_HOME"] = str(HOME)
    if not LINES.is_file():
        command = [sys.executable, "-m", "data.sample", "--customers", str(CUSTOMERS), "--out", str(LINES.parent)]
        subprocess.run([*command, "--tables", "order_lines,customers"], check=True, cwd=ROOT, stdout=subprocess.DEVNULL)
    if not CSV.is_file():
        from analytics.sources import connect

        engine = connect()
        rows = engine.read_parquet(LINES).limit(CSV_LINES)
        engine.to_csv(rows, CSV.with_suffix(".part"))
        CSV.with_suffix(".part").rename(CSV)
    if NAME not in {item.dataset for item in list_datasets()}:
        import_orders(LINES, name=NAME, currency="EUR", customers=LINES.with_name("customers.parquet"))
        NOTEBOOK.unlink(missing_ok=True)
    if not NOTEBOOK.is_file():
        lines = open_source(NAME).table("order_lines")
        write_parquet(lines.mutate(revenue=lines.revenue.cast("float64")), NOTEBOOK)
