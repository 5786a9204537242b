"""The command line: the numbers of the analytics as JSON, and one helpful line where something is wrong."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from click.testing import CliRunner, Result
from python_calamine import CalamineWorkbook

from analytics.__main__ import main
from analytics.audiences import audience
from analytics.clusters.feature_sets import feature_sets
from analytics.customers import customer_table
from analytics.metrics import METRICS, needs_sessions
from analytics.request import AnalysisRequest
from analytics.rfm import with_segments
from analytics.segmentation import segment
from analytics.sources import Source, open_source
from tests.conftest import Publish, varied_shop

CSV = """Order,Customer ID,Date,Quantity,Unit Price,Country
1,17850,2020-01-05 10:00,2,2.55,France
1,17850,2020-01-05 10:00,1,1.00,France
2,13047,2020-01-06 11:00,3,10.00,Spain
C3,13047,2020-01-07 12:00,-1,10.00,Spain
4,,2020-01-08 12:00,1,99.00,Spain
"""


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


def told(*arguments: str) -> Any:
    """The JSON that a command answers with."""
    result = run(*arguments, "--json")
    assert (result.exit_code, result.stderr) == (0, "")
    return json.loads(result.stdout)


@pytest.fixture
def shop(publish: Publish) -> Source:
    return publish(varied_shop())


@pytest.fixture
def orders(tmp_path: Path) -> Path:
    file = tmp_path / "orders.csv"
    file.write_text(CSV)
    return file


def test_import(orders: Path, home: Path) -> None:
    """An order file becomes a dataset, and what cleaning did is told rule by rule."""
    answer = told("import", str(orders), "--name", "shop", "--currency", "GBP")
    expected = {"dataset": "shop", "order_lines": 3, "orders": 2, "customers": 2, "revenue": 36.1, "currency": "GBP"}
    assert {key: answer[key] for key in expected} == expected
    assert answer["version"] == open_source("shop").version
    assert (answer["source"], answer["rows_read"]) == ("orders.csv", 5)
    ledger = {entry["rule"]: entry for entry in answer["ledger"]}
    assert {"rule", "rows", "customers", "revenue"} <= set(answer["ledger"][0])
    assert (ledger["no_customer"]["rows"], ledger["no_customer"]["revenue"]) == (1, 99.0)
    assert (ledger["cancelled_order"]["rows"], ledger["cancelled_order"]["customers"]) == (1, 1)


def test_import_with_a_mapping_and_a_rule(orders: Path, home: Path) -> None:
    """A column can be named and a rule switched off; the next import is the next version."""
    first = told("import", str(orders), "--name", "shop")
    second = told(
        "import", str(orders), "--name", "shop", "--map", "customer_id=Country", "--rule", "cancelled_order=off"
    )
    assert (first["version"][:4], second["version"][:4]) == ("0001", "0002")
    assert second["customers"] == 2
    assert second["order_lines"] == 4
    assert {entry["rule"]: entry["enabled"] for entry in second["ledger"]}["cancelled_order"] is False


def test_import_in_words(orders: Path, home: Path) -> None:
    """Without --json the same figures are sentences."""
    result = run("import", str(orders), "--name", "shop")
    assert "3 order lines, 2 orders, 2 customers, revenue 36.10" in result.stdout
    assert "Of 5 rows read:" in result.stdout


def test_datasets(shop: Source) -> None:
    """The datasets of the workspace, with their newest versions."""
    answer = told("datasets")["datasets"]
    assert [item["dataset"] for item in answer] == ["shop"]
    assert answer[0]["version"] == shop.version
    assert "shop  version" in run("datasets").stdout


def test_datasets_of_an_empty_workspace(home: Path) -> None:
    """Where there are none the way to one is told."""
    assert told("datasets") == {"datasets": []}
    assert "Make one: python -m analytics import FILE --name NAME" in run("datasets").stdout


def test_erase(shop: Source) -> None:
    """Erasing asks first; without a yes nothing is erased."""
    assert run("erase", "shop").exit_code == 1
    assert len(told("datasets")["datasets"]) == 1
    assert run("erase", "shop", "--yes").exit_code == 0
    assert told("datasets") == {"datasets": []}


def test_rfm(shop: Source) -> None:
    """Each segment's customers, orders and revenue, best first, as the analytics have them."""
    answer = told("rfm", "shop")
    found = segment(AnalysisRequest("shop"), shop)
    assert (answer["as_of"], answer["preset"]) == ("2021-12-26", "grid")
    assert [[row[key] for key in ("name", "customers", "orders", "revenue")] for row in answer["segments"]] == [
        [item.name, item.customers, item.orders, round(item.revenue, 4)] for item in found.segments
    ]
    assert sum(row["customers"] for row in answer["segments"]) == 60
    assert "Champions" in run("rfm", "shop").stdout


def test_rfm_as_of_a_day(shop: Source) -> None:
    """The as-of date counts only what happened before it."""
    answer = told("rfm", "shop", "--as-of", "2021-02-01")
    before = {order.customer_id for order in varied_shop() if order.ordered_at < "2021-02-01"}
    assert answer["as_of"] == "2021-02-01"
    assert sum(row["customers"] for row in answer["segments"]) == len(before) < 60


def test_segment(shop: Source) -> None:
    """The groups with their profiles, as the analytics have them, for the k, metrics and seed asked for."""
    answer = told("segment", "shop", "--k", "4", "--seed", "3", "--metrics", "order_count, tenure_days")
    request = AnalysisRequest("shop", algorithm="kmeans", k=4, seed=3, metrics=("order_count", "tenure_days"))
    assert answer == json.loads(json.dumps(segment(request, shop).to_json()))
    assert (answer["algorithm"], answer["k"], answer["seed"]) == ("kmeans", 4, 3)
    assert -1 <= answer["silhouette"] <= 1
    assert sum(row["customers"] for row in answer["segments"]) == 60
    measured = {metric.name for metric in METRICS if not needs_sessions(metric)} - {"product_count"}
    for row in answer["segments"]:
        assert {item["metric"] for item in row["profile"]} == measured
        assert row["recommendation"]["action"]


def test_segment_by_a_set_of_features(shop: Source) -> None:
    """A set of features is written out as the dataset has it; the answer is that for the metrics it stands for."""
    answer = told("segment", "shop", "--k", "3", "--features", "everything")
    metrics, attributes = feature_sets(customer_table(shop))["everything"]
    assert (answer["metrics"], answer["attributes"]) == (list(metrics), list(attributes))
    assert answer == told("segment", "shop", "--k", "3", "--metrics", ",".join(metrics))


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (
            ("--features", "all"),
            "'all' is not possible for features. Allowed: rfm, behaviour, everything, demographics.",
        ),
        (("--features", "behaviour"), "This dataset does not allow 'behaviour'. It needs visits"),
        (("--features", "rfm", "--metrics", "order_count"), "leave out --metrics and --attributes"),
        (("--features", "rfm", "--algorithm", "rfm"), "RFM segments follow from rules"),
    ],
)
def test_features_that_cannot_be(shop: Source, options: tuple[str, ...], sentence: str) -> None:
    """A set that does not exist, that the dataset does not allow, or that is given twice, is refused in a sentence."""
    assert shop.has("orders")
    refused = run("segment", "shop", *options)
    assert refused.exit_code != 0
    assert sentence in refused.stderr


def test_segment_proposes_a_number(shop: Source) -> None:
    """Without --k the number is the one proposed."""
    answer = told("segment", "shop")
    assert answer["k"] == answer["proposed"]
    assert f"{answer['k']} groups, silhouette 0." in run("segment", "shop").stdout


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_audience(shop: Source, form: str, tmp_path: Path) -> None:
    """The rows of the file are the customers of the segments asked for; a manifest lies beside it."""
    out = tmp_path / f"list.{form}"
    counts = {row["name"]: row["customers"] for row in told("rfm", "shop")["segments"]}
    asked = [name for name, customers in counts.items() if customers][:2]
    arguments = [part for name in asked for part in ("--segment", name)]
    answer = told("audience", "shop", *arguments, "--format", form, "--out", str(out))
    content = out.read_bytes()
    if form == "csv":
        listed = pd.read_csv(io.BytesIO(content))["customer_id"].tolist()
    else:
        sheet = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()
        listed = [row[0] for row in sheet[1:]]
    assert len(listed) == answer["customers"] == sum(counts[name] for name in asked)
    table = with_segments(customer_table(shop))
    assert listed == audience(AnalysisRequest("shop", segments=tuple(asked)), table)["customer_id"].tolist()
    assert answer["file"] == str(out)
    assert json.loads((tmp_path / f"list.{form}.manifest.json").read_text())["customers"] == len(listed)


def test_audience_of_everyone(shop: Source, tmp_path: Path) -> None:
    """With --all everyone is on the list."""
    result = run("audience", "shop", "--all", "--out", str(tmp_path / "all.csv"))
    assert result.stdout.startswith("60 customers written to ")
    assert len(pd.read_csv(tmp_path / "all.csv")) == 60


WRONG = {
    "unknown dataset": (["rfm", "nosuch"], "There is no dataset 'nosuch'. There is shop."),
    "bad dataset name": (["rfm", "../shop"], "'../shop' cannot be a dataset's name."),
    "unknown segment": (["audience", "shop", "--segment", "Best", "--out", "OUT"], "There is no segment 'Best'."),
    "unknown metric": (["segment", "shop", "--metrics", "loyalty"], "There is no metric 'loyalty'."),
    "unknown algorithm": (["segment", "shop", "--algorithm", "magic"], "'magic' is not possible for algorithm."),
    "k too small": (
        ["segment", "shop", "--k", "1"],
        "'1' is not possible for k. Allowed: a whole number from 2 to 20.",
    ),
    "k too large": (["segment", "shop", "--k", "21"], "'21' is not possible for k."),
    "k no number": (["segment", "shop", "--k", "many"], "'many' is not a valid integer."),
    "bad seed": (["segment", "shop", "--seed", "-1"], "'-1' is not possible for seed."),
    "bad as-of": (["rfm", "shop", "--as-of", "10.12.2011"], "'10.12.2011' is not a day."),
    "as-of too far": (["rfm", "shop", "--as-of", "0001-01-01"], "'0001-01-01' is not possible for as_of."),
    "as-of too early": (["segment", "shop", "--as-of", "2020-12-31"], "Nobody ordered before 2020-12-31"),
    "missing file": (
        ["import", "nosuch.csv", "--name", "new"],
        "'nosuch.csv' cannot be read: No such file or directory.",
    ),
    "bad switch": (["import", "FILE", "--name", "new", "--rule", "no_customer=maybe"], "is not possible for --rule."),
    "bad map": (["import", "FILE", "--name", "new", "--map", "customer_id"], "Write OURS=THEIRS."),
    "bad name": (["import", "FILE", "--name", "New Shop"], "'New Shop' cannot be a dataset's name."),
    "unknown format": (["audience", "shop", "--all", "--format", "pdf", "--out", "OUT"], "There is no format 'pdf'."),
    "nobody named": (["audience", "shop", "--out", "OUT"], "Say who: --segment"),
    "both": (["audience", "shop", "--all", "--segment", "Lost", "--out", "OUT"], "Say who: --segment"),
    "no such folder": (["audience", "shop", "--all", "--out", "OUT/list.csv"], "Cannot write '"),
    "a folder": (
        ["audience", "shop", "--all", "--out", "/"],
        "Cannot write '/': Is a directory. Choose another place.",
    ),
    "unknown command": (["magic"], "No such command 'magic'. See main --help."),
    "missing argument": (["rfm"], "Missing argument 'NAME'. See main rfm --help."),
    "missing option": (["import", "FILE"], "Missing option '--name'."),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_one_helpful_line(wrong: str, shop: Source, orders: Path, tmp_path: Path) -> None:
    """What is wrong is said in one line on stderr, with an exit code that is not 0; nothing is answered, nothing written."""
    arguments, sentence = WRONG[wrong]
    places = {"OUT": str(tmp_path / "out"), "FILE": str(orders)}
    filled = [places.get(part, part.replace("OUT", places["OUT"])) for part in arguments]
    result = run(*filled)
    assert result.exit_code not in (0, None)
    assert isinstance(result.exception, SystemExit)
    assert result.stdout == ""
    lines = result.stderr.splitlines()
    assert len(lines) == 1
    assert sentence in lines[0]
    assert not (tmp_path / "out").exists()
    assert [item["dataset"] for item in told("datasets")["datasets"]] == ["shop"]


def test_the_module_is_a_program(shop: Source) -> None:
    """`python -m analytics` answers and fails as a program does."""
    command = [sys.executable, "-m", "analytics", "rfm"]
    good = subprocess.run([*command, "shop", "--json"], capture_output=True, text=True, check=False)
    assert (good.returncode, good.stderr) == (0, "")
    assert json.loads(good.stdout) == told("rfm", "shop")
    bad = subprocess.run([*command, "nosuch"], capture_output=True, text=True, check=False)
    assert (bad.returncode, bad.stdout) == (1, "")
    assert bad.stderr == "There is no dataset 'nosuch'. There is shop.\n"


def test_one_group_or_none_has_no_silhouette(shop: Source) -> None:
    """Where everyone is in one group, or nobody in any, there is no silhouette to tell, and one group is no "groups"."""
    whole = ["segment", "shop", "--algorithm", "dbscan", "--param"]
    assert run(*whole, "eps=1000").stdout.startswith("1 group\n")
    assert run(*whole, "eps=0.000001").stdout.startswith("0 groups\n")


def test_groups_are_not_kept_under_no_name(shop: Source) -> None:
    """An empty name is an error, and not as if nothing was to be kept."""
    result = run("segment", "shop", "--k", "3", "--keep", "")
    assert (result.exit_code, result.stderr) == (1, "A kept segmentation needs a name of 1 to 40 letters.\n")
