"""The sessions of a dataset on the command line: by hand, and on two published data sets."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from analytics.__main__ import main
from analytics.intake import import_events, import_sessions

CLICKS = """visitor_id,occurred_at,event_type
ann,2024-05-01T10:00:00,view
ann,2024-05-01T10:01:30,cart
ann,2024-05-01T10:40:00,purchase
bob,2024-05-01T10:00:00,view
"""


def told(*arguments: str) -> Any:
    result = CliRunner().invoke(main, ["sessions", *arguments, "--json"])
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


@pytest.fixture
def clicks(home: Path, tmp_path: Path) -> str:
    """Two sessions of ann, one of bob."""
    file = tmp_path / "clicks.csv"
    file.write_text(CLICKS, encoding="utf-8")
    import_events(file, name="clicks", home=home)
    return "clicks"


def test_sessions_as_json(clicks: str) -> None:
    """Sessions, clicks and rates, by hand."""
    assert told(clicks) == {
        "sessions": 3,
        "visitors": 2,
        "clicks": 4,
        "bounce_rate": 2 / 3,
        "clicks_per_session_mean": 4 / 3,
        "clicks_per_session_median": 1.0,
        "clicks_per_session_max": 2,
        "seconds_per_session_mean": 30.0,
        "cart_rate": 1 / 3,
        "purchase_rate": 1 / 3,
        "by_visitor_type": [
            {"visitor_type": "new", "sessions": 2, "buyers": 0, "purchase_rate": 0.0},
            {"visitor_type": "returning", "sessions": 1, "buyers": 1, "purchase_rate": 1.0},
        ],
        "gap_minutes": 30,
    }


def test_another_gap(clicks: str) -> None:
    """39 minutes join what 30 part; one minute parts every click."""
    assert [told(clicks, "--gap", gap)["sessions"] for gap in ("1", "38", "39")] == [4, 3, 2]


def test_sessions_in_words(clicks: str) -> None:
    """The text says what each number is and where a session ends."""
    shown = CliRunner().invoke(main, ["sessions", clicks, "--gap", "1"]).stdout
    assert "Sessions of new visitors              2, 0.0% with a purchase" in shown
    assert "A session ends after more than 1 minute without a click." in shown


def test_an_impossible_gap(clicks: str) -> None:
    """One sentence on stderr says what is allowed."""
    result = CliRunner().invoke(main, ["sessions", clicks, "--gap", "0"])
    assert result.exit_code == 1
    assert result.stderr == "'0' minutes cannot part visits. Choose a whole number from 1 to 43,200; 30 is usual.\n"


def test_e_shop_clothing(real_data: Path, home: Path) -> None:
    """E-shop clothing 2008 (Łapczyński & Białowąs 2013): sessions came with the data, and there is no clock."""
    import_events(real_data / "e-shop clothing 2008.csv", name="eshop", home=home)
    found = told("eshop")
    assert (found["sessions"], found["clicks"], found["clicks_per_session_max"]) == (24_026, 165_474, 195)
    assert found["bounce_rate"] == 5_042 / 24_026
    assert found["clicks_per_session_mean"] == pytest.approx(6.887, abs=0.0005)
    assert found["clicks_per_session_median"] == 4
    assert found["seconds_per_session_mean"] is None
    assert found["visitors"] is None
    assert found["purchase_rate"] is None
    assert found["gap_minutes"] is None
    text = CliRunner().invoke(main, ["sessions", "eshop"]).stdout
    assert "Length of a session, mean             not known" in text
    assert "no gap parts them" in text


def test_online_shoppers(real_data: Path, home: Path) -> None:
    """Online Shoppers Purchasing Intention (Sakar et al. 2018): 15.47 % buy, new visitors oftener than returning ones."""
    # the 125 repeated rows are visits of their own in the published figures
    import_sessions(
        real_data / "online_shoppers_intention.csv", name="visits", rules={"exact_duplicate": False}, home=home
    )
    found = told("visits")
    assert found["sessions"] == 12_330
    assert found["purchase_rate"] == 1_908 / 12_330
    kinds = {row["visitor_type"]: row for row in found["by_visitor_type"]}
    assert {kind: row["sessions"] for kind, row in kinds.items()} == {"new": 1_694, "returning": 10_551, "other": 85}
    assert kinds["new"]["purchase_rate"] == pytest.approx(0.249, abs=0.0005)
    assert kinds["returning"]["purchase_rate"] == pytest.approx(0.139, abs=0.0005)
    assert sum(row["buyers"] for row in kinds.values()) == 1_908
