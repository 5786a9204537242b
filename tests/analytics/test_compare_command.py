"""The commands that compare, keep, list and drop segmentations: the numbers of the analytics, and one sentence where wrong."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from analytics.request import AnalysisRequest
from analytics.segmentation import compare, segment
from analytics.sources import Source
from tests.analytics.test_cli import run, told
from tests.conftest import Publish, varied_shop

FRENCH = '{"column": "country", "is": "equal to", "value": "France"}'


@pytest.fixture
def shop(publish: Publish) -> Source:
    return publish(varied_shop())


def test_compare_says_what_the_analytics_say(shop: Source) -> None:
    """Two segmentations: both indices and the table; three: every two of them as well."""
    found = told("compare", "shop", "rfm", "kmeans:k=3")
    assert found == json.loads(json.dumps(compare(AnalysisRequest("shop"), shop, ["rfm", "kmeans:k=3"]).to_json()))
    assert {"segmentations", "adjusted_rand", "adjusted_mutual_information", "table"} <= set(found)
    assert sum(map(sum, found["table"]["customers"])) == 60
    three = told("compare", "shop", "rfm", "kmeans:k=3", "kmeans:k=5")
    assert three["adjusted_rand"] == found["adjusted_rand"]
    assert len(three["pairs"]) == 3


def test_compare_is_read_by_people_too(shop: Source) -> None:
    """Without --json there is a line for each segmentation and each cell that is not empty."""
    lines = run("compare", "shop", "rfm", "kmeans:k=3").stdout.splitlines()
    assert lines[1].startswith("rfm")
    assert any("adjusted Rand index" in line for line in lines)
    assert any(" → " in line for line in lines)


def test_keep_list_replace_and_drop(shop: Source) -> None:
    """What is kept is listed with its segments and its drift, refused twice, replaced on request, and dropped."""
    found = told("segment", "shop", "--k", "3", "--keep", "Spring")
    listed = told("segmentations", "shop")["segmentations"]
    assert [(pin["name"], pin["column"], pin["kind"]) for pin in listed] == [("Spring", "pinned_spring", "clustering")]
    assert [(group["name"], group["customers"]) for group in listed[0]["segments"]] == [
        (group["name"], group["customers"]) for group in found["segments"]
    ]
    assert listed[0]["drift"]["verdict"] == "stable"
    assert listed[0]["problem"] is None
    again = run("segment", "shop", "--k", "2", "--keep", "Spring")
    assert (again.exit_code, again.stderr) == (1, "'Spring' is kept already. Choose another name, or replace it.\n")
    assert "Kept as 'Spring'" in run("segment", "shop", "--k", "2", "--keep", "Spring", "--replace").stdout
    assert len(told("segmentations", "shop")["segmentations"][0]["segments"]) == 2
    assert told("segmentations", "shop", "--drop", "Spring")["segmentations"] == []
    gone = run("segmentations", "shop", "--drop", "Spring")
    assert (gone.exit_code, gone.stderr) == (1, "'Spring' is not kept. Nothing is kept of this dataset yet.\n")
    assert run("segmentations", "shop").stdout == "Nothing is kept.\n"


def test_a_rule_is_kept_and_exported(shop: Source, tmp_path: Path) -> None:
    """A rule becomes a segment, and an audience of that segment holds its customers with the column."""
    told("segmentations", "shop", "--keep", "The French", "--where", FRENCH)
    file = tmp_path / "french.csv"
    rule = '{"column": "pinned_the_french", "is": "equal to", "value": "The French"}'
    about = told("audience", "shop", "--where", rule, "--out", str(file))
    frame = pd.read_csv(file)
    assert about["rule"] == "The French is The French"
    assert len(frame) == about["customers"] == 20
    assert frame["pinned_the_french"].eq("The French").all()
    assert frame["country"].eq("France").all()


def test_drift_of_the_next_version_is_listed(shop: Source, publish: Publish) -> None:
    """Where all customers spend a hundred times as much, revenue has changed; what did not move is stable."""
    told("segment", "shop", "--k", "3", "--keep", "Spring")
    publish([order._replace(revenue=f"{float(order.revenue) * 100:.2f}") for order in varied_shop()])
    moved = told("segmentations", "shop")["segmentations"][0]["drift"]
    verdicts = {item["column"]: item["verdict"] for item in moved["features"]}
    assert verdicts == {"revenue_total": "changed", "order_count": "stable", "recency_days": "stable"}
    assert moved["verdict"] == "changed"
    assert segment(AnalysisRequest("shop"), shop).table.labels == {"pinned_spring": "Spring"}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("compare", "shop", "rfm"), "Compare 2 to 4 segmentations, not 1."),
        (("compare", "shop", "rfm", "spring"), "There is no segmentation 'spring'."),
        (("segmentations", "shop", "--keep", "x"), "Give --keep and --where together"),
        (("segmentations", "shop", "--keep", "x", "--where", "{"), "'{' is not a rule. Write it as JSON"),
        (("segmentations", "shop", "--keep", "x:y", "--where", FRENCH), "'x:y' cannot be a kept segmentation's name"),
        (("segment", "shop", "--algorithm", "rfm", "--keep", "x"), "RFM segments are always there"),
        (("audience", "shop", "--out", "x.csv"), "Say who"),
    ],
)
def test_what_cannot_be_is_one_sentence(arguments: tuple[str, ...], said: str, shop: Source) -> None:
    """A command that cannot answer says why on stderr, in one sentence and without a traceback."""
    result = run(*arguments)
    assert result.exit_code == 1
    assert said in result.stderr
    assert "Traceback" not in result.stderr
