"""`paths` on the command line: a small shop worked out by hand, and the e-shop's clicks against a count of their own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from click.testing import CliRunner, Result

from analytics.__main__ import main
from analytics.intake import import_events, import_orders
from analytics.sources import open_source

pytestmark = pytest.mark.usefixtures("home")


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["paths", *arguments])


def told(*arguments: str) -> Any:
    """The JSON that the command answers with."""
    result = run(*arguments, "--json")
    assert (result.exit_code, result.stderr) == (0, "")
    return json.loads(result.stdout)


def import_visits(folder: Path, *visits: tuple[str, str]) -> None:
    """A click file: a device and the letters of each visit, b buys."""
    pages = {"h": "Home", "c": "Category", "p": "Product", "b": "Basket"}
    lines = [
        f"v{number},s{number},{place},{pages[letter]},{'purchase' if letter == 'b' else 'view'},{device}"
        for number, (device, letters) in enumerate(visits)
        for place, letter in enumerate(letters, start=1)
    ]
    file = folder / "clicks.csv"
    file.write_text("\n".join(["visitor_id,session_id,position,page,event_type,device", *lines]))
    import_events(file, name="clicks")


def test_a_small_shop(tmp_path: Path) -> None:
    """Transitions, entries, exits, flows, sequences and the base rate are those that one counts by hand."""
    import_visits(tmp_path, *[("phone", "hcpb"), ("phone", "hhc"), ("desktop", "p")] * 10)
    found = told("clicks", "--steps", "3")
    assert (found["by"], found["sessions"], found["base_rate"]) == ("page", 30, pytest.approx(1 / 3))
    went = {(item["from"], item["to"]): (item["count"], item["share"]) for item in found["transitions"]}
    assert went == {
        ("Home", "Category"): (20, 1.0),
        ("Category", "Product"): (10, 0.5),
        ("Product", "Basket"): (10, 0.5),
    }
    entries = {item["state"]: item["sessions"] for item in found["entries"]}
    assert entries == {"Home": 20, "Product": 10, "Category": 0, "Basket": 0}
    exits = {item["state"]: (item["sessions"], item["exit_rate"]) for item in found["exits"]}
    assert exits == {"Home": (0, 0.0), "Product": (10, 0.5), "Category": (10, 0.5), "Basket": (10, 1.0)}
    assert {"step": 2, "from": "Category", "to": "(left)", "sessions": 10} in found["flows"]
    listed = {tuple(item["path"]): item for item in found["sequences"]}
    assert listed.keys() == {("Home", "Category"), ("Category", "Product"), ("Home", "Category", "Product")}
    first = listed["Home", "Category"]
    assert (first["sessions"], first["support"]) == (20, pytest.approx(2 / 3))
    assert (first["conversion"], first["lift"]) == (0.5, pytest.approx(1.5))
    assert found["fewest_sessions"] == 10


def test_the_last_steps(tmp_path: Path) -> None:
    """From the end, the flows lead to the last step, and who came later begins at a later one."""
    import_visits(tmp_path, ("phone", "hcp"), ("phone", "hp"))
    found = told("clicks", "--from-end", "--steps", "3")
    assert found["from_end"]
    assert sorted((item["step"], item["from"], item["to"]) for item in found["flows"]) == [
        (1, "(began)", "Home"),
        (1, "Home", "Category"),
        (2, "Category", "Product"),
        (2, "Home", "Product"),
    ]


def test_two_groups_compared(tmp_path: Path) -> None:
    """Phones against desktops: 30 of 30 visits at home go on to a category against 10 of 30, and chance does not explain it."""
    import_visits(tmp_path, *[("phone", "hc")] * 30, *[("desktop", "hc")] * 10, *[("desktop", "hp")] * 20)
    arguments = ("clicks", "--segment", "device=phone", "--against", "device=desktop")
    compared = told(*arguments)["differences"]
    assert (compared["sessions_a"], compared["sessions_b"]) == (30, 30)
    step = next(item for item in compared["steps"] if (item["from"], item["to"]) == ("Home", "Category"))
    assert (step["a"], step["a_of"], step["b"], step["b_of"]) == (30, 30, 10, 30)
    assert step["difference"] == pytest.approx(2 / 3)
    assert step["significant"]
    assert "Home → Category: 100.0% against 33.3%, +66.7 percentage points" in run(*arguments).stdout


def test_people_read_sentences(tmp_path: Path) -> None:
    """Without --json the answer is text: where visits go next, and what they buy."""
    import_visits(tmp_path, *[("phone", "hcb")] * 10)
    shown = run("clicks").stdout
    assert "10 visits, by page" in shown
    assert "100.00% of all visits buy something" in shown
    assert "Home → Category   buy 100.0%" in shown


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--by", "colour"), "'colour' is not possible for by. Allowed: page, category, event, product."),
        (("--by", "product"), "No click of dataset 'clicks' says its product."),
        (("--steps", "9"), "'9' is not possible for steps. Use 2 to 6."),
        (("--segment", "device=phone"), "Compare two groups: --segment A --against B."),
        (("--segment", "device=phone", "--against", "device=phone"), "cannot be compared with itself"),
        (("--segment", "device=fridge", "--against", "device=phone"), "No visit has the device 'fridge'."),
        (("--segment", "Champions", "--against", "Lost"), "has no orders, so it has no customers"),
    ],
)
def test_what_is_not_possible_gets_a_sentence(tmp_path: Path, arguments: tuple[str, ...], sentence: str) -> None:
    """What cannot be asked is said in one line, with what can be."""
    import_visits(tmp_path, ("phone", "hc"), ("desktop", "hp"))
    result = run("clicks", *arguments)
    assert result.exit_code == 1
    assert result.stdout == ""
    assert sentence in result.stderr


def test_a_shop_without_clicks(tmp_path: Path) -> None:
    """A dataset of orders alone has no paths, and the answer says how it gets some."""
    file = tmp_path / "orders.csv"
    file.write_text("customer,order,date,product,quantity,price\nada,1,2024-01-10,Cup,2,10\n")
    import_orders(file, name="orders")
    result = run("orders")
    assert result.exit_code == 1
    assert "has no clicks" in result.stderr
    assert "--as events --name orders" in result.stderr


def test_the_e_shop(real_data: Path) -> None:
    """E-shop clothing (Łapczyński & Białowąs 2013) by category: 24,026 sessions, and a count of its own of every transition."""
    file = real_data / "e-shop clothing 2008.csv"
    import_events(file, name="eshop")
    found = told("eshop", "--by", "category")
    raw = pd.read_csv(file, sep=";").rename(columns={"session ID": "session", "page 1 (main category)": "category"})
    raw = raw.sort_values(["session", "order"])
    steps = raw[raw["category"] != raw.groupby("session")["category"].shift()]
    following = steps.groupby("session")["category"].shift(-1)
    expected = steps.assign(to=following).dropna().groupby(["category", "to"]).size()
    went = {(int(item["from"]), float(item["to"])): item["count"] for item in found["transitions"]}
    assert (found["by"], found["sessions"]) == ("category", 24_026)
    assert went == expected.to_dict()
    first = raw.groupby("session")["category"].first().value_counts()
    last = raw.groupby("session")["category"].last().value_counts()
    assert {int(item["state"]): item["sessions"] for item in found["entries"]} == first.to_dict()
    assert {int(item["state"]): item["sessions"] for item in found["exits"]} == last.to_dict()
    assert found["base_rate"] is None  # the file does not say what was bought
    assert open_source("eshop").table("events").count().execute() == 165_474


def test_only_visits_before_the_day_count(tmp_path: Path) -> None:
    """With an as-of date, visits that began on it or later are not there."""
    file = tmp_path / "clicks.csv"
    file.write_text(
        "visitor_id,occurred_at,page\na,2024-01-05 10:00,Home\na,2024-01-05 10:01,Product\nb,2024-01-06 10:00,Home\n"
    )
    import_events(file, name="clicks")
    assert told("clicks")["sessions"] == 2
    early = told("clicks", "--as-of", "2024-01-06")
    assert early["sessions"] == 1
