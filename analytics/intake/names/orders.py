"""Order files: the columns they need, the names shops give them, and the exports that are known."""

from __future__ import annotations

from collections.abc import Mapping

from analytics.intake.kinds import Family, FileKind, Need
from analytics.schema import ORDER_LINES

_FAMILIES: tuple[Family, ...] = (
    Family(
        "a Shopify order export",
        frozenset({"name", "lineitemquantity", "lineitemprice"}),
        {
            "customer_id": ("customerid", "email"),
            "order_id": ("name",),
            "ordered_at": ("createdat", "paidat"),
            "quantity": ("lineitemquantity",),
            "unit_price": ("lineitemprice",),
            "product_id": ("lineitemsku",),
            "product_name": ("lineitemname",),
            "country": ("shippingcountry", "billingcountry"),
            "channel": ("source",),
        },
        frozenset({"total", "subtotal", "id", "phone", "vendor", "paymentmethod"}),
    ),
    Family(
        "a WooCommerce order export",
        frozenset({"itemname", "orderdate"}),
        {
            "customer_id": ("customerid", "customeruserid", "customeremail", "emailbilling", "billingemail"),
            "order_id": ("orderid", "ordernumber"),
            "ordered_at": ("orderdate",),
            "revenue": ("orderlinetotal", "itemtotal"),
            "quantity": ("quantity", "quantityrefund", "itemquantity"),
            "unit_price": ("itemcost", "itemprice"),
            "product_id": ("sku", "itemsku", "productid"),
            "product_name": ("itemname",),
            "category": ("category",),
            "country": ("countrycodeshipping", "countrycodebilling", "shippingcountry", "billingcountry"),
        },
        frozenset({"ordertotalamount", "ordertotal", "ordersubtotalamount", "customernote"}),
    ),
    Family(
        "UCI Online Retail",
        frozenset({"stockcode", "description", "quantity", "invoicedate", "customerid"}),
        {
            "customer_id": ("customerid",),
            "order_id": ("invoiceno", "invoice"),
            "ordered_at": ("invoicedate",),
            "quantity": ("quantity",),
            "unit_price": ("unitprice", "price"),
            "product_id": ("stockcode",),
            "product_name": ("description",),
            "country": ("country",),
        },
    ),
    Family(
        "dunnhumby's transactions",
        frozenset({"householdid", "basketid", "salesvalue"}),
        {
            "customer_id": ("householdid",),
            "order_id": ("basketid",),
            "ordered_at": ("transactiontimestamp",),
            "revenue": ("salesvalue",),
            "quantity": ("quantity",),
            "product_id": ("productid",),
        },
        frozenset({"storeid", "retaildisc", "coupondisc", "couponmatchdisc"}),
    ),
)

_ALIASES: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "customer_id": (
        ("customerid", "custid", "clientid", "customernumber", "customerno", "customernr", "customerkey", "householdid",
         "householdkey", "memberid", "buyerid", "shopperid", "customeremail", "clientnumber"),
        ("customer", "client", "buyer", "cust", "accountid", "userid", "email", "emailaddress", "household", "user"),
    ),
    "order_id": (
        ("orderid", "invoiceno", "invoiceid", "invoicenumber", "invoice", "ordernumber", "orderno", "ordernr",
         "basketid", "transactionid", "receiptid", "receiptno", "receiptnumber", "saleid"),
        ("order", "basket", "receipt", "transaction", "purchaseid", "ticket", "billno", "bill"),
    ),
    "ordered_at": (
        ("orderedat", "orderdate", "invoicedate", "orderdatetime", "transactiontimestamp", "transactiondate",
         "purchasedate", "orderpurchasetimestamp", "purchasetimestamp", "saledate", "ordertimestamp", "ordertime",
         "orderedon", "createdat", "datetime", "timestamp"),
        ("date", "day", "paidat", "createdon", "purchasedat", "time", "invoicetime"),
    ),
    "revenue": (
        ("revenue", "salesvalue", "linetotal", "lineamount", "linerevenue", "lineitemtotal", "orderlinetotal",
         "dollarvalue", "netsales", "salesamount", "netrevenue", "turnover", "itemtotal"),
        ("sales", "amount", "totalprice", "totalamount", "total", "spend", "value", "ordervalue", "ordertotal",
         "subtotal", "dollars", "totalsales", "monetaryvalue"),
    ),
    "quantity": (
        ("quantity", "qty", "units", "numberofcds", "lineitemquantity", "itemquantity", "quantitysold", "unitcount"),
        ("count", "pieces", "items", "amountofitems", "numberofitems", "cds", "volume"),
    ),
    "unit_price": (
        ("unitprice", "price", "itemprice", "itemcost", "lineitemprice", "priceperunit", "unitcost", "unitamount"),
        ("rate", "productprice", "sellingprice", "priceeach", "listprice"),
    ),
    "product_id": (
        ("productid", "stockcode", "sku", "itemid", "productcode", "itemcode", "articleid", "articlenumber",
         "lineitemsku", "variantsku", "productkey"),
        ("product", "item", "article", "ean", "upc", "asin", "productsku"),
    ),
    "product_name": (
        ("productname", "itemname", "lineitemname", "producttitle", "productdescription", "articlename"),
        ("description", "title", "itemdescription", "name"),
    ),
    "category": (
        ("category", "productcategory", "categoryname", "productcategoryname", "categorycode", "producttype"),
        ("department", "producttypename", "group", "productgroup", "family"),
    ),
    "country": (
        ("country", "shippingcountry", "countrycode", "countryname", "billingcountry", "customercountry"),
        ("shipcountry", "countrycodebilling", "countrybilling", "market"),
    ),
    "channel": (
        ("channel", "saleschannel", "orderchannel"),
        ("source", "medium", "platform", "orderedvia", "sourcename"),
    ),
}  # fmt: skip

ORDERS = FileKind(
    "orders",
    "Orders",
    "one product on one order",
    ORDER_LINES,
    (
        Need("customer_id", (frozenset({"customer_id"}),), "customer_id (who bought)"),
        Need("ordered_at", (frozenset({"ordered_at"}),), "ordered_at (when the order was placed)"),
        Need(
            "revenue",
            (frozenset({"revenue"}), frozenset({"quantity", "unit_price"})),
            "revenue (or quantity and unit_price)",
        ),
    ),
    _ALIASES,
    _FAMILIES,
)
