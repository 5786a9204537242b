"""`funnel` and `carts` on the command line: the numbers as JSON and as text, and one sentence where something is wrong."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow.csv
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner, Result

from analytics.__main__ import main
from analytics.behaviour.funnels import summarise
from analytics.behaviour.reaching import find_funnel, is_kept
from analytics.behaviour.steps import read_steps
from analytics.customers import customer_table, resolve_as_of
from analytics.intake import import_events, import_orders
from analytics.request import request_from_json
from analytics.selection import selected
from analytics.sources import open_source

ORDERS = "customer,order,date,product,quantity,price\nada,1,2024-01-01 10:20,Cup,2,10\nbo,2,2024-01-09 10:00,Pot,1,40\n"
CLICKS = (
    "visitor,time,customer,event,page,product,price,device\n"
    "va,2024-01-01 10:00,ada,view,home,,,phone\n"
    "va,2024-01-01 10:10,ada,cart,product,Cup,10,phone\n"
    "va,2024-01-01 10:20,ada,purchase,thanks,Cup,10,phone\n"
    "vb,2024-01-01 10:00,bo,view,home,,,desktop\n"
    "vb,2024-01-01 11:00,bo,cart,product,Pot,40,desktop\n"
    "ve,2024-01-08 10:00,,view,home,,,phone\n"
)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


def told(*arguments: str) -> Any:
    """The JSON that a command answers with."""
    result = run(*arguments, "--json")
    assert (result.exit_code, result.stderr) == (0, "")
    return json.loads(result.stdout)


def refused(*arguments: str) -> str:
    """The one sentence of a command that fails."""
    result = run(*arguments)
    assert result.exit_code == 1
    assert result.stdout == ""
    assert "Traceback" not in result.stderr
    return result.stderr


@pytest.fixture
def shop(home: Path, tmp_path: Path) -> Path:
    """A shop with orders and clicks, by the name of shop."""
    for name, text in (("orders", ORDERS), ("clicks", CLICKS)):
        (tmp_path / f"{name}.csv").write_text(text)
    import_orders(tmp_path / "orders.csv", name="shop", currency="EUR")
    import_events(tmp_path / "clicks.csv", name="shop")
    return home


@pytest.mark.usefixtures("shop")
def test_a_funnel_of_sessions() -> None:
    """Each step has its sessions, its share of the first, those lost and the typical time; the unit is named."""
    found = told("funnel", "shop", "--steps", "view,cart,purchase")
    assert found["unit"] == "sessions"
    assert found["steps"] == [
        {
            "step": "view",
            "meaning": "event:view",
            "sessions": 3,
            "share": 1.0,
            "of_previous": None,
            "lost": 0,
            "median_seconds": None,
        },
        {
            "step": "cart",
            "meaning": "event:cart",
            "sessions": 1,
            "share": 1 / 3,
            "of_previous": 1 / 3,
            "lost": 2,
            "median_seconds": 600.0,
        },
        {
            "step": "purchase",
            "meaning": "event:purchase",
            "sessions": 1,
            "share": 1 / 3,
            "of_previous": 1.0,
            "lost": 0,
            "median_seconds": 600.0,
        },
    ]
    text = run("funnel", "shop", "--steps", "view,cart").stdout
    assert "event:cart" in text
    assert "33.3%" in text


@pytest.mark.usefixtures("shop")
def test_a_funnel_of_visitors() -> None:
    """Within an hour Bo's cart counts, though it is another session; the key of the counts is visitors."""
    found = told("funnel", "shop", "--steps", "view,cart", "--within", "60M")
    assert (found["unit"], found["within"]) == ("visitors", "60m")
    assert [step["visitors"] for step in found["steps"]] == [3, 2]
    assert [
        step["visitors"] for step in told("funnel", "shop", "--steps", "view,cart", "--within", "59m")["steps"]
    ] == [3, 1]


@pytest.mark.usefixtures("shop")
def test_a_funnel_of_groups() -> None:
    """Groups add up to the whole where every session has one."""
    found = told("funnel", "shop", "--steps", "view,cart", "--by", "device")
    assert found["groups"] == [
        {"group": "desktop", "reached": [1, 0], "shares": [1.0, 0.0]},
        {"group": "phone", "reached": [2, 1], "shares": [1.0, 0.5]},
    ]
    by_segment = told("funnel", "shop", "--steps", "view,cart", "--within", "1d", "--by", "segment")["groups"]
    assert sum(group["reached"][1] for group in by_segment) == 2
    assert "do not know their source" in refused("funnel", "shop", "--steps", "view,cart", "--by", "source")


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize(
    ("steps", "more", "why"),
    [
        ("view", (), "needs 2 steps or more; 1 was given"),
        ("", (), "needs 2 steps or more; 0 was given"),
        (",".join(["view"] * 21), (), "at most 20 steps; 21"),
        ("view,moon", (), "No click is 'moon'. There is event:view, event:cart, event:purchase; page:home"),
        ("view,cart", ("--within", "soon"), "'soon' is not possible for within"),
        ("view,cart", ("--as-of", "soon"), "'soon' is not a day"),
    ],
)
def test_impossible_funnels(steps: str, more: tuple[str, ...], why: str) -> None:
    """What cannot be is refused in a sentence."""
    assert why in refused("funnel", "shop", "--steps", steps, *more)


def test_a_dataset_without_clicks(home: Path, tmp_path: Path) -> None:
    """Both commands say that there are none."""
    file = tmp_path / "orders.csv"
    file.write_text(ORDERS)
    import_orders(file, name="shop")
    assert "has no events" in refused("funnel", "shop", "--steps", "view,cart")
    assert "has no events" in refused("carts", "shop")


@pytest.mark.usefixtures("shop")
def test_a_result_is_kept_and_read_again() -> None:
    """The second time the funnel comes from beside the version, the same to the last second; a damaged file is found anew."""
    source = open_source("shop")
    steps, day = read_steps(["view", "cart", "purchase"], source), resolve_as_of(source, None)
    stored = source.stored
    assert stored is not None
    for within in ("", "1d"):
        assert not is_kept(stored, steps, within, day)
        first = find_funnel(source, steps, within)
        assert is_kept(stored, steps, within, day)
        again = find_funnel(open_source("shop"), steps, within)
        assert again.deepest.tolist() == first.deepest.tolist()
        assert summarise(again) == summarise(first)
    for file in stored.cache_path("x").parent.glob("funnel-*"):
        file.write_bytes(b"PAR1 what was a file")
    assert summarise(find_funnel(open_source("shop"), steps)) == summarise(find_funnel(source, steps))


@pytest.mark.usefixtures("shop")
def test_the_people_lost_are_an_audience() -> None:
    """A rule that asks who was lost at a step chooses those customers, with filters and their contrary."""
    lost = {"did": "lost_in_funnel", "with": {"steps": ["event:view", "event:cart"], "step": 2}}
    reached = {"did": "reached_in_funnel", "with": {"steps": ["event:view", "event:cart"], "step": 2}}
    left = {"did": "left_cart", "with": {"within_days": 30}}
    table = customer_table(open_source("shop"))
    for rule, expected in ((lost, ["bo"]), (reached, ["ada"]), (left, ["bo"]), ({"not": left}, ["ada"])):
        keep = selected(request_from_json({"dataset": "shop", "where": rule}), table)
        assert table.frame["customer_id"][keep].tolist() == expected


@pytest.mark.usefixtures("shop")
def test_carts() -> None:
    """One of two carts is left, worth 40, nine days before the as-of date; Bo ordered later."""
    found = told("carts", "shop")
    assert (found["filled"], found["left"], found["share"], found["value"]) == (2, 1, 0.5, 40.0)
    assert (found["customers"], found["unknown"], found["with_consent"], found["bought_later"]) == (1, 0, None, 1.0)
    assert found["as_of"] == "2024-01-10"
    assert [(age["from_days"], age["to_days"]) for age in found["ages"] if age["carts"]] == [(8, 30)]
    assert found["products"] == [{"product": "Pot", "name": "Pot", "carts": 1, "value": 40.0}]
    assert "2 carts filled, 1 left (50.0%), worth 40.00 EUR." in run("carts", "shop").stdout
    assert told("carts", "shop", "--as-of", "2024-01-02")["bought_later"] == 0.0


def test_the_e_shop(real_data: Path, home: Path) -> None:
    """E-shop clothing 2008 (Łapczyński & Białowąs 2013): the same as following each session's rows one by one."""
    file = real_data / "e-shop clothing 2008.csv"
    import_events(file, name="eshop")
    found = told("funnel", "eshop", "--steps", "category:1,category:2")
    rows = pyarrow.csv.read_csv(file, parse_options=pyarrow.csv.ParseOptions(delimiter=";")).to_pandas()
    rows = rows.sort_values(["session ID", "order"])
    first = second = 0
    for _, categories in rows.groupby("session ID")["page 1 (main category)"]:
        visited = categories.tolist()
        if 1 in visited:
            first += 1
            second += 2 in visited[visited.index(1) :]
    assert [step["sessions"] for step in found["steps"]] == [first, second] == [13_082, 3_795]
    assert found["steps"][1]["share"] == second / first
    assert found["steps"][1]["median_seconds"] is None
    assert "no clock time" in refused("funnel", "eshop", "--steps", "category:1,category:2", "--within", "2h")
    assert "'1' can be page:1 or category:1" in refused("funnel", "eshop", "--steps", "1,category:2")
    assert "no kinds of events" in refused("carts", "eshop")


def test_the_sample_shop_is_as_its_clicks_say(home: Path, tmp_path: Path) -> None:
    """The sample's own clicks, parted into sessions, give the same funnel as a plain walk along them."""
    clicks = pq.read_table("data/sample/events.parquet").slice(0, 6_000)
    pq.write_table(clicks, tmp_path / "clicks.parquet")
    import_events(tmp_path / "clicks.parquet", name="some")
    found = told("funnel", "some", "--steps", "view,cart,page:checkout,purchase")
    events = open_source("some").table("events").to_pyarrow().to_pandas().sort_values(["session", "position"])
    wanted = [("event_type", "view"), ("event_type", "cart"), ("page", "checkout"), ("event_type", "purchase")]
    counts = [0] * len(wanted)
    for _, session in events.groupby("session"):
        depth = 0
        for click in session.to_dict("records"):
            if depth < len(wanted) and click[wanted[depth][0]] == wanted[depth][1]:
                depth += 1
        for step in range(depth):
            counts[step] += 1
    assert [step["sessions"] for step in found["steps"]] == counts
    assert counts[-1] > 100
