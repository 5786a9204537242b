"""The figures published for UCI Online Retail and CDNOW come out of the import."""

from __future__ import annotations

from pathlib import Path

import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
import pytest

from analytics.datasets import Manifest, open_version
from analytics.intake import import_orders


@pytest.fixture(scope="module", params=["parquet", "csv", "csv as published"])
def imported(
    request: pytest.FixtureRequest, online_retail: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Manifest, Path]:
    folder = tmp_path_factory.mktemp("online_retail")
    file = online_retail
    if request.param != "parquet":
        table = pq.read_table(online_retail)
        if request.param == "csv as published":
            place = table.schema.get_field_index("InvoiceDate")
            text = pc.strftime(table["InvoiceDate"], format="%m/%d/%Y %H:%M")
            table = table.set_column(place, "InvoiceDate", text)
        file = folder / "online_retail.csv"
        pa_csv.write_csv(table, file)
    return import_orders(file, name="shop", home=folder, created_at="2011-12-10"), folder


def test_lines_customers_orders_and_revenue(imported: tuple[Manifest, Path]) -> None:
    """TRUTHS: 397,884 lines, 4,338 customers, 18,532 orders, revenue 8,911,407.904 are left after cleaning."""
    manifest, _ = imported
    assert manifest.tables == {"order_lines": 397_884, "orders": 18_532, "returns": 8_905}
    assert (manifest.customers, manifest.revenue, manifest.rows_read) == (4_338, 8_911_407.904, 541_909)
    assert (manifest.first_order_on, manifest.last_order_on) == ("2010-12-01", "2011-12-09")


def test_ledger(imported: tuple[Manifest, Path]) -> None:
    """TRUTHS: 135,080 lines have no customer, 8,905 of the others are on cancellations, 40 have no price."""
    manifest, _ = imported
    rows = {entry.rule: entry.rows for entry in manifest.ledger}
    assert (rows["no_customer"], rows["cancelled_order"], rows["price_not_positive"]) == (135_080, 8_905, 40)
    assert rows["negative_quantity"] == rows["zero_quantity"] == rows["incomplete"] == rows["exact_duplicate"] == 0


def test_united_kingdom(imported: tuple[Manifest, Path]) -> None:
    """TRUTHS: the United Kingdom has 354,321 lines, 3,920 customers, 16,646 orders, revenue 7,308,391.554."""
    _, home = imported
    version = open_version("shop", home=home)
    orders = pq.read_table(version.table_path("orders"))
    uk = orders.filter(pc.field("country") == "United Kingdom")
    assert uk.num_rows == 16_646
    assert pc.count_distinct(uk["customer_id"]).as_py() == 3_920
    assert float(pc.sum(uk["revenue"]).as_py()) == 7_308_391.554
    assert pc.sum(uk["line_count"]).as_py() == 354_321


def test_without_duplicates(online_retail: Path, tmp_path: Path) -> None:
    """TRUTHS: 392,692 lines and revenue 8,887,208.894 are left when exact duplicates go as well."""
    manifest = import_orders(online_retail, name="shop", home=tmp_path, rules={"exact_duplicate": True})
    assert (manifest.tables["order_lines"], manifest.revenue) == (392_692, 8_887_208.894)


def test_cdnow(online_retail: Path, tmp_path: Path) -> None:
    """CDNOW's blank-padded file: 69,659 rows of 23,570 customers; rows of one customer and day are one order."""
    manifest = import_orders(online_retail.with_name("CDNOW_master.txt"), name="cdnow", home=tmp_path)
    assert (manifest.rows_read, manifest.tables["order_lines"], manifest.customers) == (69_659, 69_659, 23_570)
    customers = pq.read_table(open_version("cdnow", home=tmp_path).table_path("orders"))["customer_id"].to_pylist()
    assert customers[0] == "00001"
    assert customers.count("00002") == 1
    assert (manifest.first_order_on, manifest.last_order_on) == ("1997-01-01", "1998-06-30")
    sample = [customer for customer in set(customers) if int(customer) % 10 == 4]
    assert len(sample) == 2_357
