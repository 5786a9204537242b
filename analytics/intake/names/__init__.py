"""The kinds of files that can be brought in, in the order of menus."""

from __future__ import annotations

from analytics.errors import RequestError
from analytics.intake.kinds import FileKind
from analytics.intake.names.customers import CUSTOMERS_FILE
from analytics.intake.names.events import EVENTS_FILE
from analytics.intake.names.labelled import LABELLED_FILE
from analytics.intake.names.orders import ORDERS
from analytics.intake.names.sessions import SESSIONS_FILE
from analytics.text import say

__all__ = ["CUSTOMERS_FILE", "EVENTS_FILE", "KINDS", "LABELLED_FILE", "ORDERS", "SESSIONS_FILE", "kind_named"]

KINDS: tuple[FileKind, ...] = (ORDERS, EVENTS_FILE, SESSIONS_FILE, CUSTOMERS_FILE, LABELLED_FILE)


def kind_named(name: str) -> FileKind:
    """The kind of file of that name.

    Raises:
        RequestError: there is none.
    """
    found = next((kind for kind in KINDS if kind.name == name), None)
    if found is None:
        raise RequestError(
            say("A file cannot hold '{name}'. Use {names}.", name=name, names=", ".join(kind.name for kind in KINDS))
        )
    return found
