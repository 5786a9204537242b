"""The canonical tables: what every shop's data becomes, whatever it looked like before."""

from __future__ import annotations

from dataclasses import dataclass

MONEY = "decimal(18, 4)"
"""Money is exact: sums of it do not depend on the order of the rows."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a canonical table; `type` is an Ibis type."""

    name: str
    type: str
    meaning: str
    required: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A canonical table: what one row is, and its columns in order."""

    name: str
    one_row_is: str
    columns: tuple[Column, ...]
    open_ended: bool = False
    """Whether further columns are kept as they came."""

    @property
    def required(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns if column.required)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)

    def column(self, name: str) -> Column:
        return next(column for column in self.columns if column.name == name)


CUSTOMER_ID = Column(
    "customer_id", "string", "Who bought: the shop's own number or name for the customer", required=True
)
ORDER_ID = Column("order_id", "string", "Which order or invoice", required=True)
_PRODUCT = (
    Column("product_id", "string", "The product's code"),
    Column("product_name", "string", "The product's name"),
    Column("category", "string", "The product's category"),
)
_PLACE = (
    Column("country", "string", "The country of the order"),
    Column("channel", "string", "Where the order came from, for example web or store"),
)

ORDER_LINES = Table(
    "order_lines",
    "one product on one order",
    (
        CUSTOMER_ID,
        ORDER_ID,
        Column("ordered_at", "timestamp(6)", "When the order was placed, in UTC", required=True),
        Column("revenue", MONEY, "Quantity × unit price, after cleaning, in the dataset's currency", required=True),
        Column("quantity", "float64", "Units of the product"),
        Column("unit_price", "float64", "Price of one unit"),
        *_PRODUCT,
        *_PLACE,
    ),
)

ORDERS = Table(
    "orders",
    "one order, added up from its lines",
    (
        CUSTOMER_ID,
        ORDER_ID,
        Column("ordered_at", "timestamp(6)", "When the order was placed: the instant of its first line", required=True),
        Column("revenue", MONEY, "The order's value", required=True),
        Column("line_count", "int64", "Lines on the order", required=True),
        Column("unit_count", "float64", "Units on the order"),
        *_PLACE,
    ),
)

RETURNS = Table(
    "returns",
    "one product sent back or cancelled: taken out of the sales by cleaning, kept to measure returns",
    (
        CUSTOMER_ID,
        ORDER_ID,
        Column("returned_at", "timestamp(6)", "When it was sent back or cancelled, in UTC", required=True),
        Column("refund", MONEY, "Money given back, as a positive amount", required=True),
        Column("quantity", "float64", "Units given back, as a positive number"),
        *_PRODUCT,
        *_PLACE,
    ),
)

EVENTS = Table(
    "events",
    "one click",
    (
        Column("visitor_id", "string", "Whose click: a visitor, known as a customer or not", required=True),
        Column("occurred_at", "timestamp(6)", "When, in UTC"),
        Column("session_id", "string", "Which visit, if the data came with visits"),
        Column("position", "int64", "The click's place in its visit"),
        Column("customer_id", "string", "The customer, where the visitor was known"),
        Column("event_type", "string", "view, cart, purchase, …"),
        Column("page", "string", "The page"),
        Column("category", "string", "The category looked at"),
        Column("product_id", "string", "The product looked at"),
        Column("price", "float64", "Its price"),
        Column("country", "string", "The visitor's country"),
        Column("device", "string", "phone, tablet, desktop"),
        Column("source", "string", "Where the visit came from: search, e-mail, …"),
    ),
)

CUSTOMERS = Table(
    "customers",
    "one customer's attributes; columns beyond these are kept as they came",
    (
        CUSTOMER_ID,
        Column("email", "string", "E-mail address"),
        Column("phone", "string", "Phone number"),
        Column("first_name", "string", "First name"),
        Column("last_name", "string", "Last name"),
        Column("country", "string", "Country"),
        Column("city", "string", "City"),
        Column("gender", "string", "Gender"),
        Column("age_band", "string", "Age band"),
        Column("income_band", "string", "Income band"),
        Column("channel", "string", "How the customer was acquired"),
        Column("signed_up_on", "date", "When the customer signed up"),
        Column("has_email_consent", "boolean", "Whether the customer agreed to e-mail"),
    ),
    open_ended=True,
)

TABLES: tuple[Table, ...] = (ORDER_LINES, ORDERS, RETURNS, EVENTS, CUSTOMERS)


def table(name: str) -> Table:
    """The canonical table of that name."""
    return next(table for table in TABLES if table.name == name)
