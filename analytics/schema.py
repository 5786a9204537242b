"""The canonical tables: what every shop's data becomes, whatever it looked like before."""

from __future__ import annotations

from dataclasses import dataclass

MONEY = "decimal(18, 4)"
"""Money is exact: sums of it do not depend on the order of the rows."""
PINNED = "pinned_"
"""How the columns of the customer table begin that kept segmentations add; no other column may begin so."""
SCORED = "score_"
"""How the columns of the customer table begin that models in use add; no other column may begin so."""


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
        Column(
            "session", "int64", "The visit's number in this dataset, given at import, counted from 0", required=True
        ),
        Column("position", "int64", "The click's place in its visit, counted from 1", required=True),
        Column("visitor_id", "string", "Whose click: a visitor, known as a customer or not"),
        Column("occurred_at", "timestamp(6)", "When, in UTC; missing where the data has no clock time"),
        Column("occurred_on", "date", "On which day"),
        Column("session_id", "string", "Which visit, if the data came with visits"),
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

GIVEN_AT_IMPORT = ("session", "position")
"""Columns of events that no file has to bring."""

SESSIONS = Table(
    "sessions",
    "one visit: derived from events at import, or as it came; columns beyond these are kept as they came",
    (
        Column("session", "int64", "The visit's number in this dataset, counted from 0", required=True),
        Column("session_id", "string", "The visit's own name, if the data came with visits"),
        Column("visitor_id", "string", "Whose visit"),
        Column("customer_id", "string", "The customer, where the visitor was known"),
        Column("started_at", "timestamp(6)", "When it began, in UTC; missing where the data has no clock time"),
        Column("started_on", "date", "On which day it began"),
        Column(
            "session_seconds",
            "float64",
            "Seconds from the first click to the last; the time on the last page is not known",
        ),
        Column("click_count", "int64", "Clicks", required=True),
        Column("view_count", "int64", "Clicks that looked at something"),
        Column("cart_count", "int64", "Clicks that put something into the cart"),
        Column("purchase_count", "int64", "Clicks that bought something"),
        Column("product_count", "int64", "Different products looked at"),
        Column("is_bounce", "boolean", "Whether it had one click only"),
        Column("has_cart", "boolean", "Whether something was put into the cart"),
        Column("has_purchase", "boolean", "Whether something was bought"),
        Column("entry_page", "string", "The first page"),
        Column("exit_page", "string", "The last page"),
        Column("main_category", "string", "The category with most clicks"),
        Column("visitor_type", "string", "new, returning or other: whether the visitor had been here before"),
        Column("days_since_last", "int64", "Calendar days since the visitor's visit before; missing for the first"),
        Column("country", "string", "The visitor's country"),
        Column("device", "string", "phone, tablet, desktop"),
        Column("source", "string", "Where the visit came from: search, e-mail, …"),
    ),
    open_ended=True,
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

LABELLED = Table(
    "labelled",
    "one case for a model, its answer known; columns beyond these are kept as they came, under tidy names",
    (
        Column(
            "case",
            "int64",
            "The row's number, counted from 1 over the training file and then the test file, given at import",
            required=True,
        ),
        Column("is_test", "boolean", "Whether it came in the test file; the column is there only where one came"),
        Column("customer_id", "string", "The customer, where the case is about one: scores meet customers by it"),
    ),
    open_ended=True,
)

TABLES: tuple[Table, ...] = (ORDER_LINES, ORDERS, RETURNS, EVENTS, SESSIONS, CUSTOMERS, LABELLED)


def table(name: str) -> Table:
    """The canonical table of that name."""
    return next(table for table in TABLES if table.name == name)
