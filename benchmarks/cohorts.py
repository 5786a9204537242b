"""Cohorts of ten million orders by month, against the scan of their columns that no engine can do without."""

from __future__ import annotations

from benchmarks.measure import OUT, Line, in_turn, seconds
from benchmarks.shop import HOME

ORDERS = 10_000_000
CUSTOMERS = 1_000_000
FILE = OUT / "cohorts" / "orders.parquet"
NAME = "cohorts"


def prepare() -> None:
    """Two years of orders as a dataset, a few seconds to make: in the order of customers, as an import leaves them."""
    from analytics.datasets import list_datasets, publishing
    from analytics.manifest import Manifest

    if not FILE.is_file():
        _make_orders()
    if NAME not in {item.dataset for item in list_datasets(home=HOME)}:
        with publishing(NAME, home=HOME) as staging:
            (staging.path / "orders.parquet").hardlink_to(FILE)
            staging.manifest = Manifest(
                dataset=NAME,
                version="",
                source="made for measuring",
                created_at="",
                currency="",
                tables={"orders": ORDERS},
                customers=CUSTOMERS,
                revenue=0.0,
                first_order_on="2022-01-01",
                last_order_on="2023-12-31",
                rows_read=ORDERS,
            )


def _make_orders() -> None:
    import duckdb

    FILE.parent.mkdir(parents=True, exist_ok=True)
    part = FILE.with_suffix(".part")
    engine = duckdb.connect()
    engine.execute("select setseed(0.5)")
    # Some customers order often and most seldom: the power bends an even draw
    engine.execute(
        f"""copy (
            select (1000000 + floor(power(random(), 1.6) * {CUSTOMERS}))::bigint::varchar as customer_id,
                   number::varchar as order_id,
                   timestamp '2022-01-01' + to_microseconds(floor(random() * 730 * 86400e6)::bigint) as ordered_at,
                   exp(3 + 2 * random())::decimal(18, 4) as revenue,
                   1::bigint as line_count, 1::double as unit_count,
                   ['France', 'Germany', 'Spain'][1 + floor(random() * 3)::int] as country, 'web' as channel
            from range({ORDERS}) as orders(number) order by customer_id
        ) to '{part}' (format parquet, compression snappy)"""
    )
    part.replace(FILE)


def run() -> list[Line]:
    import duckdb

    from analytics.cohorts import cohort_table
    from analytics.sources import open_source

    prepare()
    source = open_source(NAME, home=HOME)
    engine = duckdb.connect()

    def by_month() -> None:
        found = cohort_table(source)
        assert found.active.shape == (24, 24)

    def scan() -> None:
        rows = engine.read_parquet(str(FILE))
        rows.aggregate("max(customer_id), max(ordered_at), sum(revenue)").fetchall()

    ours, theirs, ratio = in_turn(by_month, scan, 9)
    remark = f"{ours:.2f} s, {theirs:.2f} s, {ORDERS:,} orders, {CUSTOMERS:,} customers"
    week, country = (
        seconds(lambda: cohort_table(source, None, "week")),
        seconds(lambda: cohort_table(source, None, "country")),
    )
    return [
        Line("cohorts by month ÷ DuckDB's scan of three columns", ratio, "×", most=4, remark=remark),
        Line("cohorts by week", week, "s"),
        Line("cohorts by first country", country, "s"),
    ]
