"""The files that shops export are recognised by their headers."""

from __future__ import annotations

import pytest

from analytics.errors import MappingError, MissingColumnsError, RequestError
from analytics.intake.mapping import choose_mapping, propose_mapping
from tests.analytics.intake.conftest import Import, rows_of

ONLINE_RETAIL = {
    "customer_id": "CustomerID", "order_id": "InvoiceNo", "ordered_at": "InvoiceDate", "quantity": "Quantity",
    "unit_price": "UnitPrice", "product_id": "StockCode", "product_name": "Description", "country": "Country",
}  # fmt: skip
FAMILIES = {
    "Online Retail": ("InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country", ONLINE_RETAIL),
    "Online Retail II": (
        "Invoice,StockCode,Description,Quantity,InvoiceDate,Price,Customer ID,Country",
        ONLINE_RETAIL | {"customer_id": "Customer ID", "order_id": "Invoice", "unit_price": "Price"},
    ),
    "Shopify": (
        "Name,Email,Financial Status,Paid at,Currency,Subtotal,Total,Created at,Lineitem quantity,Lineitem name,"
        "Lineitem price,Lineitem sku,Billing Country,Shipping Country,Id,Source,Phone",
        {
            "customer_id": "Email", "order_id": "Name", "ordered_at": "Created at", "quantity": "Lineitem quantity",
            "unit_price": "Lineitem price", "product_id": "Lineitem sku", "product_name": "Lineitem name",
            "country": "Shipping Country", "channel": "Source",
        },
    ),
    "WooCommerce": (
        "Order Number,Order Date,Email (Billing),Country Code (Billing),SKU,Item Name,Quantity,Item Cost,"
        "Order Line Total,Order Total Amount",
        {
            "customer_id": "Email (Billing)", "order_id": "Order Number", "ordered_at": "Order Date",
            "revenue": "Order Line Total", "quantity": "Quantity", "unit_price": "Item Cost", "product_id": "SKU",
            "product_name": "Item Name", "country": "Country Code (Billing)",
        },
    ),
    "CDNOW": (
        "customer_id,date,number_of_cds,dollar_value",
        {"customer_id": "customer_id", "ordered_at": "date", "revenue": "dollar_value", "quantity": "number_of_cds"},
    ),
    "dunnhumby": (
        "household_id,store_id,basket_id,product_id,quantity,sales_value,retail_disc,coupon_disc,coupon_match_disc,week,"
        "transaction_timestamp",
        {
            "customer_id": "household_id", "order_id": "basket_id", "ordered_at": "transaction_timestamp",
            "revenue": "sales_value", "quantity": "quantity", "product_id": "product_id",
        },
    ),
    "our own": (
        "customer_id,order_id,ordered_at,revenue,quantity,unit_price,product_id,product_name,category,country,channel",
        {name: name for name in (
            "customer_id", "order_id", "ordered_at", "revenue", "quantity", "unit_price", "product_id", "product_name",
            "category", "country", "channel",
        )},
    ),
    "a total that may be the order's": (
        "order_id,customer_id,order_date,qty,price,total",
        {
            "customer_id": "customer_id", "order_id": "order_id", "ordered_at": "order_date", "quantity": "qty",
            "unit_price": "price",
        },
    ),
}  # fmt: skip


@pytest.mark.parametrize("family", FAMILIES)
def test_family(family: str) -> None:
    """Each known export is mapped as its shop means it."""
    header, expected = FAMILIES[family]
    assert choose_mapping(header.split(",")) == expected


@pytest.mark.parametrize("family", FAMILIES)
def test_no_column_serves_twice(family: str) -> None:
    """A raw column is proposed for one canonical column only, with a confidence and a sentence."""
    proposals = propose_mapping(FAMILIES[family][0].split(","))
    assert len({proposal.column for proposal in proposals}) == len(proposals)
    assert all(0 < proposal.confidence <= 1 and proposal.column in proposal.reason for proposal in proposals)


def test_missing_columns_are_named() -> None:
    """The error names what is missing and what was found, and says nothing of options or menus."""
    with pytest.raises(MissingColumnsError, match=r"revenue \(or quantity and unit_price\).*'Kunde'") as caught:
        choose_mapping(["Kunde", "Datum"])
    assert caught.value.missing == ("customer_id", "ordered_at", "revenue")
    assert "--" not in str(caught.value)


def test_user_choices_win() -> None:
    """A column that the user chose is taken, is not proposed for anything else, and an empty choice leaves one out."""
    columns = ["customer_id", "email", "order_id", "ordered_at", "revenue", "amount", "country"]
    chosen = choose_mapping(columns, {"customer_id": "email", "revenue": "amount", "country": ""})
    assert chosen == {"customer_id": "email", "order_id": "order_id", "ordered_at": "ordered_at", "revenue": "amount"}


def test_choices_are_checked() -> None:
    """A choice of an unknown column, on either side, or of one column for two things, is refused by name."""
    columns = ["customer_id", "ordered_at", "revenue"]
    with pytest.raises(RequestError, match="'turnover' is not a column"):
        choose_mapping(columns, {"turnover": "revenue"})
    with pytest.raises(MappingError, match="no column 'money'"):
        choose_mapping(columns, {"revenue": "money"})
    with pytest.raises(RequestError, match="'revenue' cannot be quantity and revenue at once"):
        choose_mapping(columns, {"quantity": "revenue", "revenue": "revenue"})


def test_shopify_lines_become_orders(bring: Import, home) -> None:
    """In a Shopify export the time zone is applied, and a country on the first line only is the order's."""
    bring(
        "Name,Email,Created at,Lineitem quantity,Lineitem price,Lineitem name,Shipping Country\n"
        "#1001,a@x.org,2024-05-01 00:30:00 +0200,2,10.00,Mug,DE\n"
        "#1001,a@x.org,2024-05-01 00:30:00 +0200,1,5.50,Cup,\n"
    )
    (order,) = rows_of(home, "orders")
    assert (order["customer_id"], order["order_id"], order["country"]) == ("a@x.org", "#1001", "DE")
    assert (str(order["ordered_at"]), float(order["revenue"]), order["line_count"]) == ("2024-04-30 22:30:00", 25.5, 2)
