"""Groups of sessions set against each other: what is offered, what is refused, and that the two sides stay apart."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

from analytics.behaviour.sides import Side, mask_of, offered_sides, pair, side_of
from analytics.behaviour.visits import Visits, load_visits
from analytics.customers import CustomerTable
from analytics.errors import RequestError
from tests.analytics.click_shops import Click, clicks_in_memory

DAY = date(2024, 2, 1)
FRAME = pd.DataFrame({"customer_id": ["a", "b"], "segment": pd.Categorical(["Loyal", "Lost"], ["Loyal", "Lost"])})
CUSTOMERS = CustomerTable(FRAME, DAY, "EUR", "shop@1", (), ("segment",))


def twelve_visits() -> list[Click]:
    """Visits of a, b and a stranger in turn, one click each; every second on a phone, the last one buys."""
    return [
        Click(
            visitor_id="xyz"[n % 3],
            session_id=f"s{n:02d}",
            position=1,
            page="Home",
            customer_id=("a", "b", None)[n % 3],
            device="phone" if n % 2 else None,
            event_type="purchase" if n == 11 else "view",
        )
        for n in range(36)
    ]


def visits(table: CustomerTable | None = CUSTOMERS) -> Visits:
    return load_visits(clicks_in_memory(twelve_visits()), DAY, table)


def test_groups_are_read_from_text() -> None:
    """A bare name is a segment; others name their kind; what is neither is refused with an example."""
    assert side_of("Champions") == Side("segment", "Champions")
    assert side_of("country=France") == Side("country", "France")
    assert str(side_of("device=phone")) == "device=phone"
    for text in ("colour=red", "country="):
        with pytest.raises(RequestError, match="country=France"):
            side_of(text)


def test_every_session_is_in_its_groups() -> None:
    """Segments come from the session's customer; a stranger is in none, and an unknown device in no group."""
    known = visits()
    offered = {str(side): count for side, count in offered_sides(known)}
    assert offered == {"segment=Loyal": 12, "segment=Lost": 12, "device=phone": 18, "bought=no": 35}
    assert mask_of(known, side_of("bought=yes")).sum() == 1  # there, but too few to be offered


def test_sessions_in_both_groups_are_in_neither() -> None:
    """Loyal customers on phones are left out of Loyal against phone, so that the two are independent."""
    known = visits()
    loyal, phone = mask_of(known, side_of("Loyal")), mask_of(known, side_of("device=phone"))
    a, b = pair(known, side_of("Loyal"), side_of("device=phone"))
    assert (loyal & phone).any()
    assert not (a & b).any()
    np.testing.assert_array_equal(a, loyal & ~phone)


def test_groups_that_cannot_be_compared() -> None:
    """A group against itself, an unknown value and a kind that the data does not say are refused."""
    known = visits(None)
    with pytest.raises(RequestError, match="with itself"):
        pair(known, side_of("device=phone"), side_of("device=phone"))
    with pytest.raises(RequestError, match=r"'television'\. There is phone"):
        mask_of(known, side_of("device=television"))
    with pytest.raises(RequestError, match="No visit of this dataset says its RFM segment"):
        mask_of(known, side_of("Champions"))
