"""Which raw column is which canonical one, and how sure we are: names that shops use, as data."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from analytics.errors import MappingError, RequestError
from analytics.schema import ORDER_LINES
from analytics.text import say

CERTAIN, SURE, LIKELY = 1.0, 0.9, 0.6


@dataclass(frozen=True, slots=True)
class Family:
    """A known export: it is recognised by its columns, and then says what they are."""

    name: str
    signature: frozenset[str]
    """Normalised headers that are all there in such a file."""
    columns: Mapping[str, tuple[str, ...]]
    """Canonical column → normalised headers, the best first."""
    not_these: frozenset[str] = field(default=frozenset())
    """Headers that look like a canonical column and are not: totals of the order repeated on each line, say."""


FAMILIES: tuple[Family, ...] = (
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

# Canonical column → (names that leave no doubt, names that are likely), the better first.
ALIASES: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
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


@dataclass(frozen=True, slots=True)
class Proposal:
    """One canonical column, the raw column it would come from, how sure that is (0 to 1) and why."""

    canonical: str
    column: str
    confidence: float
    reason: str


def normalised(header: str) -> str:
    """A header without case, spaces and punctuation: `Customer ID` and `customer_id` are the same name."""
    return re.sub(r"[\W_]+", "", header).casefold()


def propose_mapping(columns: Sequence[str]) -> tuple[Proposal, ...]:
    """Where each canonical column would come from, in the order of the canonical table.

    No raw column serves twice. Of equally good columns the one whose name stands first in `FAMILIES` or `ALIASES`
    wins, and then the one further to the left. A total that may be the order's, not the line's, is not
    taken where quantity and unit price are there.
    """
    found = _family_proposals(columns)
    family = _family_of(columns)
    not_these = family.not_these if family else frozenset()
    taken = {proposal.column for proposal in found.values()}
    candidates = sorted(
        (-confidence, place, position, rank, canonical, column)
        for rank, canonical in enumerate(ALIASES)
        if canonical not in found
        for position, column in enumerate(columns)
        if column not in taken and normalised(column) not in not_these
        for place, confidence in [_alias(canonical, column)]
        if confidence
    )
    for negated, _, _, _, canonical, column in candidates:
        if canonical not in found and column not in taken:
            taken.add(column)
            found[canonical] = Proposal(canonical, column, -negated, _reason(canonical, column, -negated))
    if "revenue" in found and found["revenue"].confidence <= LIKELY and {"quantity", "unit_price"} <= found.keys():
        del found["revenue"]
    return tuple(found[canonical] for canonical in ALIASES if canonical in found)


def choose_mapping(columns: Sequence[str], wanted: Mapping[str, str] | None = None) -> dict[str, str]:
    """Canonical column → raw column: the proposals, with the user's own choices put above them.

    An empty choice leaves that canonical column out.

    Raises:
        RequestError: a choice names no canonical column, or one raw column for two of them.
        MappingError: a choice names no column of the file, or a required column was not found.
    """
    wanted = dict(wanted or {})
    for canonical, column in wanted.items():
        if canonical not in ALIASES:
            raise RequestError(
                say(
                    "'{name}' is not a column that orders have. Use {allowed}.",
                    name=canonical,
                    allowed=", ".join(ALIASES),
                )
            )
        if column and column not in columns:
            raise MappingError(
                say(
                    "The file has no column '{column}' to take {canonical} from. It has {found}.",
                    column=column,
                    canonical=canonical,
                    found=listed(columns),
                )
            )
    chosen = {canonical: column for canonical, column in wanted.items() if column}
    for column in chosen.values():
        users = [canonical for canonical in chosen if chosen[canonical] == column]
        if len(users) > 1:
            raise RequestError(
                say(
                    "Column '{column}' cannot be {users} at once. Choose one.", column=column, users=" and ".join(users)
                )
            )
    for proposal in propose_mapping([column for column in columns if column not in chosen.values()]):
        if proposal.canonical not in wanted:
            chosen[proposal.canonical] = proposal.column
    missing = missing_columns(chosen)
    if missing:
        raise MappingError(missing_message(missing, columns))
    return {canonical: chosen[canonical] for canonical in ALIASES if canonical in chosen}


def missing_columns(mapping: Mapping[str, str]) -> tuple[str, ...]:
    """The required canonical columns that a mapping lacks.

    An order number may be missing: then what a customer bought at one instant is one order. Revenue may come from
    quantity and unit price.
    """
    missing = [name for name in ("customer_id", "ordered_at") if name not in mapping]
    if "revenue" not in mapping and not {"quantity", "unit_price"} <= mapping.keys():
        missing.append("revenue")
    return tuple(missing)


def missing_message(missing: Sequence[str], columns: Sequence[str]) -> str:
    """What is missing, what was found, and how to say which column it is."""
    words = [
        f"{name} ({ORDER_LINES.column(name).meaning.lower()})"
        if name != "revenue"
        else "revenue (or quantity and unit_price)"
        for name in missing
    ]
    return say(
        "No column was recognised as {missing}. The file has {found}. Say which one it is, for example "
        "--map {first}=COLUMN.",
        missing=", ".join(words),
        found=listed(columns),
        first=missing[0],
    )


def listed(columns: Sequence[str], at_most: int = 40) -> str:
    """Column names for a message: long ones cut, many ones counted."""
    names = [f"'{short(column)}'" for column in columns[:at_most]]
    more = len(columns) - len(names)
    return ", ".join(names) + (say(" and {n} more", n=more) if more > 0 else "")


def short(value: object, at_most: int = 60) -> str:
    """A value as a message can show it: one line, not too long."""
    text = "".join(letter if letter.isprintable() else "�" for letter in str(value)[: at_most + 1])
    return text if len(text) <= at_most else text[:at_most] + "…"


def _family_of(columns: Sequence[str]) -> Family | None:
    headers = {normalised(column) for column in columns}
    return next((family for family in FAMILIES if family.signature <= headers), None)


def _family_proposals(columns: Sequence[str]) -> dict[str, Proposal]:
    family = _family_of(columns)
    if family is None:
        return {}
    by_header: dict[str, str] = {}
    for column in columns:
        by_header.setdefault(normalised(column), column)
    found = {}
    for canonical, headers in family.columns.items():
        header = next((header for header in headers if header in by_header), None)
        if header is not None:
            reason = say(
                "The columns are those of {family}, where '{column}' is this: {meaning}.",
                family=family.name,
                column=by_header[header],
                meaning=ORDER_LINES.column(canonical).meaning,
            )
            found[canonical] = Proposal(canonical, by_header[header], CERTAIN, reason)
    return found


def _alias(canonical: str, column: str) -> tuple[int, float]:
    """Where a column's name stands among the names of a canonical column, and how sure that makes us."""
    header = normalised(column)
    if header == normalised(canonical):
        return 0, CERTAIN
    for names, confidence in zip(ALIASES[canonical], (SURE, LIKELY), strict=True):
        if header in names:
            return names.index(header), confidence
    return 0, 0.0


def _reason(canonical: str, column: str, confidence: float) -> str:
    meaning = ORDER_LINES.column(canonical).meaning
    if confidence >= CERTAIN:
        return say("'{column}' is our own name for it: {meaning}.", column=column, meaning=meaning)
    if confidence >= SURE:
        return say("'{column}' is a usual name for it: {meaning}.", column=column, meaning=meaning)
    return say("'{column}' may be it, please check: {meaning}.", column=column, meaning=meaning)
