"""Tables of cases whose answer is known: any columns will do, and only a customer's number has a meaning of its own."""

from __future__ import annotations

from analytics.intake.kinds import FileKind
from analytics.intake.names.customers import CUSTOMERS_FILE
from analytics.schema import LABELLED

LABELLED_FILE = FileKind(
    "labelled",
    "Cases with a known answer",
    "one case for a model",
    LABELLED,
    (),
    {"customer_id": CUSTOMERS_FILE.aliases["customer_id"]},
)
