"""The sample shop keeps its promises: it can be made again, and what was planted in it is there."""

from __future__ import annotations

import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from analytics import schema
from data import sample
from data._behaviour import BEHAVIOUR_TYPES, DROP_OFF_MONTH, FIRST_DAY, LAST_DAY
from data._shop import AFFINITIES, COUNTRIES, PRODUCTS

ROOT = Path(__file__).resolve().parents[2]


def read(name: str) -> pd.DataFrame:
    return pd.read_parquet(sample.SAMPLE / f"{name}.parquet")


@pytest.fixture(scope="module")
def lines() -> pd.DataFrame:
    """The raw export."""
    return read("order_lines")


@pytest.fixture(scope="module")
def sales(lines: pd.DataFrame) -> pd.DataFrame:
    """What known customers paid for, each line once."""
    sold = lines[lines.customer_id.notna() & (lines.quantity > 0) & (lines.unit_price > 0)].drop_duplicates()
    return sold.assign(revenue=sold.quantity * sold.unit_price)


@pytest.fixture(scope="module")
def orders(sales: pd.DataFrame) -> pd.DataFrame:
    """One row per order of a known customer."""
    return sales.groupby("order_id", as_index=False).agg(
        customer_id=("customer_id", "first"),
        ordered_at=("ordered_at", "first"),
        revenue=("revenue", "sum"),
        line_count=("product_id", "size"),
        channel=("channel", "first"),
    )


@pytest.fixture(scope="module")
def events() -> pd.DataFrame:
    """The clicks."""
    return read("events")


@pytest.fixture(scope="module")
def behaviour() -> pd.Series[str]:
    """The planted type of each customer."""
    return read("truth").set_index("customer_id").behaviour_type


@pytest.fixture(scope="module")
def metrics(orders: pd.DataFrame) -> pd.DataFrame:
    """Recency, frequency, value and tenure of each customer on the day after the last."""
    by_customer = orders.groupby("customer_id")
    after = pd.Timestamp(LAST_DAY + timedelta(days=1))
    return pd.DataFrame(
        {
            "recency_days": (after - by_customer.ordered_at.max().dt.normalize()).dt.days,
            "order_count": by_customer.size(),
            "revenue_total": by_customer.revenue.sum(),
            "order_value_mean": by_customer.revenue.mean(),
            "tenure_days": (after - by_customer.ordered_at.min().dt.normalize()).dt.days,
        }
    )


def test_the_committed_files_are_what_the_generator_makes(tmp_path: Path) -> None:
    """Whoever runs the generator gets the files in the repository, row by row."""
    sample.write_sample(tmp_path)
    for name in sample.TABLE_NAMES:
        made, committed = (pq.read_table(folder / f"{name}.parquet") for folder in (tmp_path, sample.SAMPLE))
        assert made.schema == committed.schema
        assert made.equals(committed), name


def test_the_files_stay_small() -> None:
    """The sample takes less than 3 MB of the repository, and nothing else lies beside it."""
    files = list(sample.SAMPLE.iterdir())
    assert sorted(file.name for file in files) == sorted(f"{name}.parquet" for name in sample.TABLE_NAMES)
    assert sum(file.stat().st_size for file in files) < 3_000_000


def test_another_seed_is_another_shop() -> None:
    """The seed decides the content, and the same seed decides it in the same way."""
    first, again, other = (next(sample.make_chunks(200, seed=seed)) for seed in (1, 1, 2))
    assert all(first[name].equals(again[name]) for name in sample.TABLE_NAMES)
    assert not first["order_lines"].equals(other["order_lines"])


def test_chunks_do_not_know_what_follows_them() -> None:
    """A larger shop begins with the smaller one: chunk by chunk, each chunk is no larger than it may be."""
    small = list(sample.make_chunks(3_000, chunk_customers=1_500))
    large = list(sample.make_chunks(6_000, chunk_customers=1_500))
    assert [len(chunk["customers"]) for chunk in large] == [1_500] * 4
    for smaller, larger in zip(small, large[:2], strict=True):
        assert all(smaller[name].equals(larger[name]) for name in sample.TABLE_NAMES)


def test_ids_run_on_from_chunk_to_chunk() -> None:
    """No two chunks share a customer, an order or a visitor."""
    chunks = list(sample.make_chunks(900, chunk_customers=300))
    for table, column in (("customers", "customer_id"), ("order_lines", "order_id"), ("events", "visitor_id")):
        ids = [set(chunk[table].column(column).to_pylist()) for chunk in chunks]
        assert len(set.union(*ids)) == sum(map(len, ids)), column


@pytest.mark.parametrize("table", sample.TABLE_NAMES)
def test_choosing_tables_does_not_change_them(table: str) -> None:
    """A table made alone is the table made with the others."""
    alone = next(sample.make_chunks(300, tables=(table,)))
    assert list(alone) == [table]
    assert alone[table].equals(next(sample.make_chunks(300))[table])


@pytest.mark.parametrize("customers", [1, 7, 400])
def test_every_shop_ends_on_the_same_day(customers: int) -> None:
    """However few customers there are, the last sale is on 31 December 2025 and none is outside the two years."""
    made = next(sample.make_chunks(customers, seed=5, tables=("order_lines",)))["order_lines"].to_pandas()
    days = made.ordered_at.dt.date
    assert days[made.quantity > 0].max() == date(2025, 12, 31)
    assert days.min() >= FIRST_DAY
    assert days.max() == LAST_DAY


def test_the_sample_covers_two_years(lines: pd.DataFrame) -> None:
    """Orders begin on 1 January 2024 and end on 31 December 2025."""
    assert (lines.ordered_at.min().date(), lines.ordered_at.max().date()) == (FIRST_DAY, LAST_DAY)


@pytest.mark.parametrize("table", [schema.EVENTS, schema.CUSTOMERS], ids=lambda table: table.name)
def test_events_and_customers_are_canonical(table: schema.Table) -> None:
    """Their columns are canonical columns, and the required ones are never missing, but for those that an import gives."""
    frame = read(table.name)
    assert set(frame.columns) <= set(table.names)
    needed = [name for name in table.required if name not in schema.GIVEN_AT_IMPORT]
    assert not frame[needed].isna().any().any()
    if table is schema.EVENTS:
        assert not frame[["visitor_id", "occurred_at"]].isna().any().any()


def test_order_lines_are_an_export_of_a_shop(lines: pd.DataFrame) -> None:
    """The raw file has the headers of an order export, instants in microseconds and no zone."""
    assert list(lines.columns) == [
        "order_id", "customer_id", "ordered_at", "product_id", "product_name",
        "category", "quantity", "unit_price", "country", "channel",
    ]  # fmt: skip
    field = pq.read_schema(sample.SAMPLE / "order_lines.parquet").field("ordered_at")
    assert field.type == pa.timestamp("us")


def test_the_export_has_realistic_dirt(lines: pd.DataFrame) -> None:
    """About one line in a hundred is a guest's; a few are free gifts, and a few are there twice."""
    assert 0.005 < lines.customer_id.isna().mean() < 0.015
    assert 0.001 < (lines.unit_price == 0).mean() < 0.01
    assert 0.0005 < lines.duplicated().mean() < 0.003
    assert (lines.unit_price >= 0).all()
    assert (lines.quantity != 0).all()


def test_planted_shares_are_there(behaviour: pd.Series[str]) -> None:
    """Each behaviour type has its share of the customers."""
    shares = behaviour.value_counts(normalize=True)
    for kind in BEHAVIOUR_TYPES:
        assert shares[kind.name] == pytest.approx(kind.share, abs=0.02), kind.name
    assert sum(kind.share for kind in BEHAVIOUR_TYPES) == pytest.approx(1)


def test_every_customer_has_orders_attributes_and_a_type(orders: pd.DataFrame, behaviour: pd.Series[str]) -> None:
    """The customers of the three files are the same."""
    ids = read("customers").customer_id
    assert ids.is_unique
    assert set(ids) == set(orders.customer_id) == set(behaviour.index)
    assert len(ids) == sample.SAMPLE_CUSTOMERS


def test_types_differ_as_their_sentences_say(metrics: pd.DataFrame, behaviour: pd.Series[str]) -> None:
    """Medians tell the types apart: who is gone, who is new, who spends, who buys cheaply, who bought once."""
    median = metrics.groupby(behaviour.reindex(metrics.index)).median()
    assert median.recency_days["faded_regular"] > 10 * median.recency_days["devoted_regular"]
    assert median.order_count["devoted_regular"] > 2 * median.order_count["seasonal_giver"]
    assert median.order_value_mean["seasonal_giver"] > 2 * median.order_value_mean["devoted_regular"]
    assert median.order_value_mean["bargain_hunter"] < median.order_value_mean["devoted_regular"] / 3
    assert median.tenure_days["new_enthusiast"] < 120
    once = metrics.order_count[behaviour.reindex(metrics.index) == "one_time_buyer"]
    assert (once == 1).all()


@pytest.mark.parametrize(("further", "at_least"), [((), 0.55), (("order_value_mean",), 0.7)])
def test_k_means_recovers_the_planted_types(
    metrics: pd.DataFrame, behaviour: pd.Series[str], further: tuple[str, ...], at_least: float
) -> None:
    """K-Means with six clusters finds the six types again, though not perfectly: they overlap as people do."""
    from sklearn.cluster import KMeans
    from sklearn.metrics import adjusted_rand_score
    from sklearn.preprocessing import StandardScaler

    columns = ["recency_days", "order_count", "revenue_total", *further]
    scaled = StandardScaler().fit_transform(np.log1p(metrics[columns]))
    found = KMeans(len(BEHAVIOUR_TYPES), n_init=10, random_state=0).fit_predict(scaled)
    assert at_least < adjusted_rand_score(behaviour.reindex(metrics.index), found) < 0.95


def test_refunds_refer_to_orders_and_never_exceed_them(lines: pd.DataFrame) -> None:
    """A refund names an earlier order of the same customer, the same product and price, and at most as many units."""
    key = ["order_id", "product_id"]
    back, sold = lines[lines.quantity < 0], lines[lines.quantity > 0].drop_duplicates()
    assert back.order_id.str.startswith("CO-").all()
    assert sold.order_id.str.startswith("O-").all()
    assert 0.01 < len(back) / len(sold) < 0.06
    assert not back.duplicated(key).any()
    matched = back.assign(order_id=back.order_id.str.slice(1)).merge(sold, on=key, suffixes=("", "_sold"))
    assert len(matched) == len(back)
    assert (-matched.quantity <= matched.quantity_sold).all()
    assert (matched.unit_price == matched.unit_price_sold).all()
    assert (matched.ordered_at > matched.ordered_at_sold).all()
    assert (matched.customer_id.fillna("") == matched.customer_id_sold.fillna("")).all()


def test_some_types_and_products_come_back_more(lines: pd.DataFrame, behaviour: pd.Series[str]) -> None:
    """Clay comes back more often than paper, and former regulars send back more than devoted ones."""
    known = lines[lines.customer_id.notna()]
    is_back = known.quantity < 0
    by_category = is_back.groupby(known.category).mean()
    by_type = is_back.groupby(known.customer_id.map(behaviour)).mean()
    assert by_category["Cups & Clay"] > 3 * by_category["Paper & Post"]
    assert by_type["faded_regular"] > 2 * by_type["devoted_regular"]


def test_the_drop_off_cohort_returns_less(orders: pd.DataFrame) -> None:
    """Of those who first ordered in June 2024, far fewer came back within three months than of other months of 2024."""
    month = orders.ordered_at.dt.year * 12 + orders.ordered_at.dt.month
    first = month.groupby(orders.customer_id).transform("min")
    came_back = ((month > first) & (month <= first + 3)).groupby([first, orders.customer_id]).max()
    returned = came_back.groupby(level=0).mean()
    dropped = returned[DROP_OFF_MONTH.year * 12 + DROP_OFF_MONTH.month]
    neighbours = returned[[2024 * 12 + number for number in (3, 4, 5, 7, 8, 9)]]
    assert dropped < 0.6 * neighbours.min()


def test_the_year_has_seasons(orders: pd.DataFrame) -> None:
    """November and December are the peak, early May stands out, evenings sell more than nights, and 2025 beats 2024."""
    day = orders.ordered_at.dt
    by_month = orders.revenue.groupby([day.year, day.month]).sum()
    for year in (2024, 2025):
        ordinary = by_month[year].drop([5, 11, 12])
        assert by_month[year][[11, 12]].min() > 2 * ordinary.median()
        assert 1.3 * by_month[year][[4, 6]].max() < by_month[year][5] < by_month[year][11]
    assert by_month[2025].sum() > 1.1 * by_month[2024].sum()
    by_hour = day.hour.value_counts()
    assert by_hour.idxmax() == 20
    assert by_hour.index.min() >= 6


@pytest.mark.parametrize("affinity", AFFINITIES, ids=lambda affinity: f"{affinity.product_id}+{affinity.goes_with}")
def test_what_goes_together_is_bought_together(sales: pd.DataFrame, affinity: object) -> None:
    """The pairs are on one order at least twice as often as chance would have it."""
    baskets = sales.groupby("product_id").order_id.agg(set)
    first, second = baskets[affinity.product_id], baskets[affinity.goes_with]
    lift = len(first & second) * sales.order_id.nunique() / (len(first) * len(second))
    assert lift > 2


def test_types_like_different_categories(sales: pd.DataFrame, behaviour: pd.Series[str]) -> None:
    """The category that a type buys more than others do is not the same for all types."""
    kind = sales.customer_id.map(behaviour)
    share = pd.crosstab(kind, sales.category, normalize="index")
    favourites = (share / share.mean()).idxmax(axis=1)
    assert favourites["seasonal_giver"] == "Midwinter"
    assert favourites["bargain_hunter"] == "Paper & Post"
    assert favourites.nunique() >= 4


def test_prices_are_those_of_the_shelf(sales: pd.DataFrame) -> None:
    """A product has one price, up to the rise of 2025 and the sales; prices have two decimals at most."""
    assert set(sales.product_id) == {product.product_id for product in PRODUCTS}
    assert sales.groupby("product_id").unit_price.nunique().max() <= 4
    assert np.allclose(sales.unit_price * 100, (sales.unit_price * 100).round(), atol=1e-9)


def test_customers_are_invented() -> None:
    """Every e-mail address is at example.com and nobody else's, and phone numbers are from ranges kept for fiction."""
    customers = read("customers")
    assert customers.email.str.fullmatch(r"[a-z]+\.[a-z]+\d+@example\.com").all()
    assert customers.email.is_unique
    for country in COUNTRIES:
        phones = customers.phone[customers.country == country.name].dropna()
        if country.phone_prefix:
            assert phones.str.fullmatch(rf"\{country.phone_prefix}\d{{{country.phone_digits}}}").all(), country.name
            assert len(phones)
        else:
            assert phones.empty, country.name


def test_nobody_ordered_before_signing_up(orders: pd.DataFrame) -> None:
    """A customer's sign-up is on the day of the first order or before it."""
    first = orders.groupby("customer_id").ordered_at.min().dt.date
    signed_up = read("customers").set_index("customer_id").signed_up_on
    assert (signed_up.reindex(first.index) <= first).all()


def test_purchases_are_the_online_orders(events: pd.DataFrame, lines: pd.DataFrame) -> None:
    """Each purchase click is a line of an order placed within the next minute, and each online line has its click."""
    sold = lines[(lines.quantity > 0) & (lines.unit_price > 0) & (lines.channel != "store")].drop_duplicates()
    bought = events[events.event_type == "purchase"]
    key = ["customer_id", "product_id", "unit_price"]
    bought = bought.assign(unit_price=bought.price, customer_id=bought.customer_id.fillna("guest"))
    sold = sold.assign(customer_id=sold.customer_id.fillna("guest"))
    matched = pd.merge_asof(
        bought.assign(at=bought.occurred_at.astype("datetime64[us]")).sort_values("at"),
        sold.assign(at=sold.ordered_at)[[*key, "at", "ordered_at"]].sort_values("at"),
        on="at",
        by=key,
        direction="forward",
        allow_exact_matches=False,
        tolerance=pd.Timedelta("1min"),
    )
    assert matched.ordered_at.notna().all()
    assert len(bought) == len(sold)


def test_visits_are_of_all_kinds(events: pd.DataFrame, behaviour: pd.Series[str]) -> None:
    """Found by the gap of 30 minutes, some visits end in a purchase, more do not, some leave a cart, some bounce."""
    is_new = (events.visitor_id != events.visitor_id.shift()) | (events.occurred_at.diff() > pd.Timedelta("30min"))
    session = is_new.cumsum().rename("session")
    has = pd.DataFrame({kind: (events.event_type == kind).groupby(session).any() for kind in ("cart", "purchase")})
    is_left = has.cart & ~has.purchase
    assert 25_000 < len(has) < 60_000
    assert 0.2 < has.purchase.mean() < 0.45
    assert (session.value_counts() == 1).mean() > 0.1
    kind = events.customer_id.groupby(session).first().map(behaviour)
    left = is_left.groupby(kind).mean()
    assert left.idxmax() == "bargain_hunter"
    assert left["bargain_hunter"] > 2 * left["devoted_regular"]


def test_events_are_in_order(events: pd.DataFrame) -> None:
    """Clicks are stored by visitor and time, and a visitor is never two customers."""
    is_same = events.visitor_id == events.visitor_id.shift()
    assert (events.occurred_at.diff()[is_same] >= pd.Timedelta(0)).all()
    assert events.visitor_id.is_monotonic_increasing
    assert events.dropna(subset="customer_id").groupby("visitor_id").customer_id.nunique().max() == 1


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--customers", "none"], "'none' is not a whole number"),
        (["--customers", "0"], "'0' is not a whole number from 1"),
        (["--tables", "orders"], "there is no table 'orders'; there are order_lines"),
        (["--customers", "10"], "name a folder with --out"),
        (["--seed", "-1"], "seed"),
        (["--out", "pyproject.toml"], "cannot write to 'pyproject.toml'"),
    ],
)
def test_bad_arguments_get_one_helpful_sentence(
    arguments: list[str], says: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is wrong is said in a line, and nothing is written."""
    monkeypatch.chdir(ROOT)
    with pytest.raises(SystemExit) as stopped:
        sample.main(arguments)
    assert stopped.value.code == 2
    complaint = capsys.readouterr().err
    assert says.lower() in complaint.lower()
    assert complaint.count("\n") == 1


def test_the_command_line_writes_what_was_asked_for(tmp_path: Path) -> None:
    """`python -m data.sample` writes the chosen tables, says how many rows, and leaves nothing half-made."""
    made = subprocess.run(
        [sys.executable, "-m", "data.sample", "--customers", "50", "--out", tmp_path / "x", "--tables", "truth,customers"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert sorted(path.name for path in (tmp_path / "x").iterdir()) == ["customers.parquet", "truth.parquet"]
    assert made.stdout.count("50 rows") == 2


def test_a_failure_leaves_nothing_half_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If making a chunk fails, the files that were there stay as they were."""
    sample.write_sample(tmp_path, 20, tables=("truth",))
    before = (tmp_path / "truth.parquet").read_bytes()

    def fail(*_: object, **__: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr("data._tables.truth_table", fail)
    with pytest.raises(OSError, match="disk full"):
        sample.write_sample(tmp_path, 40, tables=("truth",))
    assert [path.name for path in tmp_path.iterdir()] == ["truth.parquet"]
    assert (tmp_path / "truth.parquet").read_bytes() == before


def test_the_readme_describes_the_files() -> None:
    """Each file's columns are listed as they are, and each behaviour type with its share and its sentence."""
    readme = (ROOT / "data" / "README.md").read_text(encoding="utf-8")
    for name in sample.TABLE_NAMES:
        row = next(line for line in readme.splitlines() if line.startswith(f"| `{name}.parquet`"))
        columns = ", ".join(f"`{column}`" for column in pq.read_schema(sample.SAMPLE / f"{name}.parquet").names)
        assert row.endswith(f"| {columns} |"), name
    for kind in BEHAVIOUR_TYPES:
        assert f"| `{kind.name}` | {kind.share:.0%} | {kind.meaning} |".replace("%", " %") in readme
