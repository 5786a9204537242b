"""`explore` on the command line: the numbers of the analytics, as JSON and as text, and one line where something is wrong."""

from __future__ import annotations

import json
from typing import Any

import pytest
from click.testing import CliRunner, Result

from analytics import exploration, rfm
from analytics.__main__ import main
from analytics.customers import CustomerTable, customer_table
from tests.conftest import Publish, varied_shop


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ("explore", *arguments))


def told(*arguments: str) -> Any:
    result = run(*arguments, "--json")
    assert (result.exit_code, result.stderr) == (0, "")
    return json.loads(result.stdout)


@pytest.fixture
def table(publish: Publish) -> CustomerTable:
    return rfm.with_segments(customer_table(publish(varied_shop())))


def test_a_metric_is_told_as_json(table: CustomerTable) -> None:
    """The numbers are those of the analytics, the bars add up to those who have a value, and segments to all."""
    answer = told("shop", "--metric", "days_between_orders_mean")
    found = exploration.distribution(table, "days_between_orders_mean")
    keys = (
        "metric label unit customers missing mean median sd min max quantiles histogram as_of by_segment correlations"
    )
    assert set(answer) == set(keys.split())
    assert (answer["customers"], answer["missing"], answer["mean"]) == (60, found.missing, found.mean)
    assert found.missing > 0
    assert sum(bar["customers"] for bar in answer["histogram"]) == 60 - found.missing
    assert sum(box["customers"] for box in answer["by_segment"]) == 60
    assert [box["segment"] for box in answer["by_segment"]] == list(rfm.GRID.names)
    assert answer["metric"] not in answer["correlations"]
    assert all(-1 <= r <= 1 for r in answer["correlations"].values())


def test_countries_are_told_as_json(table: CustomerTable) -> None:
    """Each country has its totals and its code on the map; together they are everyone."""
    answer = told("shop", "--by", "country")
    assert {place["iso_a3"] for place in answer["countries"]} == {"FRA", "ESP", "GBR"}
    assert sum(place["customers"] for place in answer["countries"]) == len(table)
    assert sum(place["revenue_share"] for place in answer["countries"]) == pytest.approx(1)


@pytest.mark.usefixtures("table")
def test_people_read_a_text() -> None:
    """Without --json there are sentences, bars and a table."""
    shown = run("shop", "--metric", "revenue_total", "--log").stdout
    assert "Revenue: What the customer paid" in shown
    assert "60 customers." in shown
    assert "#####" in shown
    assert "Champions" in shown
    assert "France" in run("shop", "--by", "country").stdout


@pytest.mark.usefixtures("table")
@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("shop",), "Say what to explore"),
        (("shop", "--by", "moon"), "'moon' is not possible for --by"),
        (("shop", "--metric", "revenue_total", "--by", "country"), "Say what to explore"),
        (("shop", "--metric", "luck"), "no metric or attribute 'luck'"),
        (("shop", "--metric", "country"), "'country' is not a number"),
        (("nowhere", "--metric", "revenue_total"), "nowhere"),
    ],
)
def test_what_cannot_be_explored_is_one_sentence(arguments: tuple[str, ...], sentence: str) -> None:
    """Bad input gets a sentence with the next step, and an exit code that is not 0."""
    result = run(*arguments)
    assert result.exit_code == 1
    assert sentence in result.stderr
    assert "Traceback" not in result.output
