"""The ledger adds up, and the order of the rows is of no consequence."""

from __future__ import annotations

import csv
import io
import random
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.errors import EmptyDataError
from analytics.intake import CLEANING_RULES, import_orders
from tests.analytics.intake.conftest import rows_of

COLUMNS = ("customer_id", "order_id", "ordered_at", "quantity", "unit_price", "country")
LINE = st.tuples(
    st.sampled_from(["a", "b", "17850.0", "00001", "", "nan"]),
    st.sampled_from(["1", "2", "C3", "c4", ""]),
    st.sampled_from(["2011-12-09 08:26:00", "2011-12-10", ""]),
    st.sampled_from(["1", "2.5", "0", "-1", ""]),
    st.sampled_from(["0.1", "2.55", "0", "-3", ""]),
    st.sampled_from(["DE", "FR", ""]),
)
SWITCHES = st.dictionaries(st.sampled_from([rule.name for rule in CLEANING_RULES if rule.is_optional]), st.booleans())


def _text(lines: list[tuple[str, ...]]) -> str:
    stream = io.StringIO()
    csv.writer(stream).writerows([COLUMNS, ("z", "good", "2011-12-09", "1", "1", "DE"), *lines])
    return stream.getvalue()


def _import(lines: list[tuple[str, ...]], rules: dict[str, bool]) -> tuple[Any, list[Any], list[Any]]:
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        (home / "file").write_text(_text(lines))
        manifest = import_orders(home / "file", name="shop", label="x.csv", rules=rules, home=home)
        return manifest, rows_of(home, "order_lines"), rows_of(home, "orders")


@given(lines=st.lists(LINE, max_size=30), rules=SWITCHES)
@settings(max_examples=15, deadline=None)
def test_the_ledger_adds_up(lines: list[tuple[str, ...]], rules: dict[str, bool]) -> None:
    """Rows read are rows kept, removed and returned; orders and lines have the same revenue; nothing required is missing."""
    manifest, kept, orders = _import(lines, rules)
    caught = sum(entry.rows for entry in manifest.ledger if entry.action != "changed")
    assert manifest.rows_read == len(lines) + 1 == len(kept) + caught
    returned = sum(entry.rows for entry in manifest.ledger if entry.action == "kept as returns")
    assert manifest.tables.get("returns", 0) == returned
    assert sum(row["revenue"] for row in kept) == sum(row["revenue"] for row in orders)
    assert float(sum(row["revenue"] for row in kept)) == manifest.revenue
    assert all(row["customer_id"] and row["order_id"] and row["ordered_at"] is not None for row in kept)
    assert [entry.rule for entry in manifest.ledger] == [rule.name for rule in CLEANING_RULES]
    assert all(not entry.rows for entry in manifest.ledger if not entry.enabled)


@given(lines=st.lists(LINE, min_size=2, max_size=30), seed=st.integers(0, 2**32))
@settings(max_examples=8, deadline=None)
def test_shuffling_rows_changes_nothing(lines: list[tuple[str, ...]], seed: int) -> None:
    """Lines, orders, ledger and totals are the same whatever the order of the rows."""
    shuffled = random.Random(seed).sample(lines, len(lines))
    first, second = _import(lines, {"exact_duplicate": True}), _import(shuffled, {"exact_duplicate": True})
    assert first[1:] == second[1:]
    assert (first[0].ledger, first[0].revenue) == (second[0].ledger, second[0].revenue)


def test_every_rule_can_leave_nothing() -> None:
    """When all rows are caught, the sentence names the rule that took most of them."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "x.csv"
        file.write_text(_text([]).replace("2011-12-09,1,1", "2011-12-09,0,1"))
        with pytest.raises(EmptyDataError, match="rule 'No units' took 1"):
            import_orders(file, name="shop", home=Path(folder))
