"""Ten million lines from CSV: cleaned, with a ledger, published; against DuckDB's own copy of the CSV to Parquet."""

from __future__ import annotations

import duckdb

from benchmarks.measure import OUT, Line, in_turn
from benchmarks.shop import CSV, CSV_LINES


def run() -> list[Line]:
    from analytics.datasets import erase_dataset
    from analytics.intake import import_orders

    engine = duckdb.connect()
    copied = OUT / "copied.parquet"

    def ours() -> None:
        import_orders(CSV, name="imported")
        erase_dataset("imported")

    def theirs() -> None:
        engine.read_csv(str(CSV)).write_parquet(str(copied))
        copied.unlink()

    mine, copy, ratio = in_turn(ours, theirs, 5, warm=False)
    remark = f"{mine:.1f} s, {copy:.1f} s, {CSV_LINES:,} lines"
    return [Line("import of a CSV ÷ DuckDB's copy of it to Parquet", ratio, "×", most=2.5, remark=remark)]
