"""A rule that finds a segment: exact where it can be, short, with human limits, and its figures counted by the rule itself."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

from analytics.customers import CustomerTable
from analytics.metrics import RFM_METRICS, metrics_named
from analytics.profiles import FoundRule, find_rules, found_rule_from_json
from analytics.profiles.rounding import digits, exact_threshold, human_threshold, roundest
from analytics.rules import rule_from_json


def shop(rows: int = 300, **columns: object) -> CustomerTable:
    """Customers with random recency, orders and revenue, and with what else is given."""
    draw = np.random.default_rng(11)
    frame = pd.DataFrame(
        {
            "customer_id": [f"C{row:04}" for row in range(rows)],
            "recency_days": draw.integers(1, 400, rows),
            "order_count": draw.integers(1, 30, rows),
            "revenue_total": draw.lognormal(5, 1, rows).round(2),
        }
    ).assign(**columns)
    others = tuple(name for name in frame.columns if name not in ("customer_id", *RFM_METRICS))
    return CustomerTable(frame, date(2024, 1, 1), "EUR", "made", metrics_named(RFM_METRICS), others)


def only(table: CustomerTable, inside: np.ndarray, made_by: tuple[str, ...] = RFM_METRICS) -> FoundRule:
    """The rule for those who are inside."""
    _, found = find_rules(table, np.asarray(inside).astype(np.int16), 2, made_by)
    assert isinstance(found, FoundRule)
    return found


def test_a_rule_finds_exactly_what_a_rule_made() -> None:
    """Customers told apart by two limits are found again, everyone and nobody else."""
    table = shop()
    frame = table.frame
    found = only(table, (frame["recency_days"] <= 90) & (frame["order_count"] >= 10))
    assert (found.precision, found.recall) == (1.0, 1.0)
    assert found.sentence in (
        "IF Recency is at most 90 days and Orders is at least 10",
        "IF Orders is at least 10 and Recency is at most 90 days",
    )


def test_a_rule_finds_values_and_flags() -> None:
    """A country and a flag make a rule too, and one country more than once does not."""
    draw = np.random.default_rng(5)
    country = pd.Categorical(draw.choice(["Spain", "France", "Peru"], 300))
    table = shop(country=country, is_member=draw.random(300) < 0.5)
    found = only(table, np.asarray(country == "Spain") & table.frame["is_member"].to_numpy(), ("country", "is_member"))
    assert (found.precision, found.recall) == (1.0, 1.0)
    assert "Country is Spain" in found.sentence
    assert "Is member is yes" in found.sentence
    assert found.sentence.count(" and ") == 1


def test_precision_and_recall_by_hand() -> None:
    """The figures are those of the rule as it stands: counted by putting it to everyone."""
    table = shop()
    draw = np.random.default_rng(8)
    inside = (table.frame["revenue_total"] > 200).to_numpy() ^ (draw.random(300) < 0.08)
    found = only(table, inside)
    caught = rule_from_json(found.rule.to_json()).mask(table.frame)
    assert found.customers == caught.sum()
    assert found.precision == (caught & inside).sum() / caught.sum()
    assert found.recall == (caught & inside).sum() / inside.sum()
    assert 0.8 < found.precision < 1.0


def test_a_short_rule_is_preferred() -> None:
    """A limit that adds next to nothing is left out, and a column says all it says in one condition where it can."""
    table = shop()
    revenue = table.frame["revenue_total"].to_numpy()
    inside = (revenue > 150) & ~((revenue > 150) & (np.arange(300) % 61 == 0))
    assert "and" not in only(table, inside).sentence
    middle = table.frame["order_count"].between(8, 15).to_numpy()
    assert only(table, middle).sentence == "IF Orders is between 8 and 15"


def test_a_rule_has_two_ways_where_one_is_not_enough() -> None:
    """Customers at both ends are found by either of two conditions."""
    table = shop()
    found = only(table, ~table.frame["order_count"].between(6, 24).to_numpy())
    assert (found.precision, found.recall) == (1.0, 1.0)
    assert found.sentence in (
        "IF Orders is at most 5 or Orders is at least 25",
        "IF Orders is at least 25 or Orders is at most 5",
    )


def test_missing_values_are_caught_by_no_limit() -> None:
    """Those whose number is missing are not below anything, and the figures say so."""
    gaps = np.where(np.arange(300) % 3 == 0, np.nan, np.linspace(0, 100, 300))
    table = shop(age=gaps)
    inside = np.nan_to_num(gaps, nan=0.0) < 50
    found = only(table, inside, ("age",))
    caught = found.rule.mask(table.frame)
    assert found.recall == (caught & inside).sum() / inside.sum() < 1.0


def test_the_order_of_customers_and_segments_does_not_matter() -> None:
    """The same customers in another order, or under other numbers, have the same rules."""
    table = shop()
    codes = np.digitize(table.frame["revenue_total"], [80, 200]).astype(np.int16)
    plain = find_rules(table, codes, 3, RFM_METRICS)
    turned = np.random.default_rng(2).permutation(300)
    frame = table.frame.iloc[turned].reset_index(drop=True)
    other = CustomerTable(frame, table.as_of, "EUR", "turned", table.metrics, ())
    assert find_rules(other, codes[turned], 3, RFM_METRICS) == plain
    assert find_rules(table, (2 - codes).astype(np.int16), 3, RFM_METRICS)[::-1] == plain


def test_above_the_limit_the_tree_grows_on_a_sample(monkeypatch: pytest.MonkeyPatch) -> None:
    """A sample with every segment in it finds the rule; its figures are of everyone."""
    monkeypatch.setattr("analytics.profiles.splitting.MOST_SPLIT", 500)
    monkeypatch.setattr("analytics.profiles.splitting._FEWEST_SAMPLED", 20)
    table = shop(4_000)
    inside = (table.frame["recency_days"] <= 8).to_numpy()
    found = only(table, inside)
    assert found == only(table, inside)
    assert found.customers == found.rule.mask(table.frame).sum()
    assert min(found.precision, found.recall) > 0.75


def test_where_there_is_no_rule_a_sentence_says_why() -> None:
    """For everyone, for a handful, for those in no group and for what follows no number there is none."""
    table = shop()
    nobody_else = find_rules(table, np.zeros(300, np.int16), 1, RFM_METRICS)
    assert nobody_else == ("Every customer is in this group: no rule is needed to find them.",)
    few = np.where(np.arange(300) < 3, 1, 0).astype(np.int16)
    assert find_rules(table, few, 2, RFM_METRICS)[1] == "There are too few customers in this group for a rule."
    half = (np.arange(300) % 2).astype(np.int16)
    assert find_rules(table, half, 2, RFM_METRICS, noise=True)[1] == (
        "They are in no group: there is no rule for what they have in common."
    )
    drawn = (np.random.default_rng(1).random(300) < 0.05).astype(np.int16)
    assert str(find_rules(table, drawn, 2, RFM_METRICS)[1]).startswith("No short rule finds them: the best one catches")


def test_constant_and_missing_columns_are_no_limits() -> None:
    """Where every number is the same, or missing, there is no rule and no failure."""
    table = shop(same=1.0, gone=np.nan)
    frame = table.frame.assign(recency_days=1, order_count=1, revenue_total=1.0)
    flat = CustomerTable(frame, table.as_of, "EUR", "flat", table.metrics, ("same", "gone"))
    half = (np.arange(300) % 2).astype(np.int16)
    assert all(isinstance(found, str) for found in find_rules(flat, half, 2, RFM_METRICS))


def test_a_rule_survives_json() -> None:
    """What is kept is the rule and its figures."""
    table = shop()
    found = only(table, table.frame["order_count"] >= 10)
    assert found_rule_from_json(found.to_json()) == found


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (3, 10, 10),
        (430.9, 431.3, 431),
        (0.11, 0.19, 0.15),
        (-5, 5, 0),
        (999, 1001, 1000),
        (-20, -10, -10),
        (5, 5, None),
    ],
)
def test_the_roundest_number_between(low: float, high: float, expected: float | None) -> None:
    """Above the lower, at most the upper, with the fewest digits."""
    assert roundest(low, high) == expected


def test_limits_are_human() -> None:
    """A narrow gap has a rounder limit near it; the exact one parts the two as they are."""
    assert human_threshold(442.0, 443.0) == 450.0
    assert exact_threshold(442.0, 443.0) == 443.0
    assert human_threshold(89.0, 131.0) == 100.0
    assert [digits(value) for value in (430, 0.125, 7, 1e-7, 443)] == [2, 3, 1, 1, 3]
