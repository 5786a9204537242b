"""`train` on the command line: the same comparison, as a table and as JSON."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from analytics.__main__ import main
from analytics.intake import import_labelled

KEYS = {"problem", "target", "cases", "positive_rate", "leaks", "baseline", "models", "best", "model"}
CLASSES = {"accuracy", "precision", "recall", "f1", "threshold", "roc_auc", "average_precision", "log_loss", "brier"}
AMOUNTS = {"mae", "mse", "rmse", "r2"}


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A labelled table of 160 visits whose pages say something of whether they buy; `paid` is known afterwards only."""
    folder = tmp_path_factory.mktemp("train")
    rows = ["pages,seconds,device,paid,bought"]
    for row in range(160):
        bought = row * 7 % 10 + row % 4 > 8
        device = ("phone", "laptop")[row % 3 > 0]
        rows.append(
            f"{row * 7 % 10},{row * 13 % 97}.5,{device},{20 + row % 9 if bought else 0},{'yes' if bought else 'no'}"
        )
    file = folder / "visits.csv"
    file.write_text("\n".join(rows), encoding="utf-8")
    import_labelled(file, name="visits", home=folder / "home")
    return folder / "home"


@pytest.fixture
def visits(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The dataset's name, imported once for all tests of this file."""
    monkeypatch.setenv("CLIENTELE_HOME", str(workspace))
    return "visits"


def run(*arguments: str) -> str:
    done = CliRunner().invoke(main, ["train", *arguments], catch_exceptions=False)
    assert done.exit_code == 0, done.stderr
    return done.stdout


def test_yes_or_no_as_json(visits: str) -> None:
    """All that is promised of each model is there, the leaking column is named, and the model has an id."""
    told = json.loads(
        run(
            visits,
            "--problem",
            "classification",
            "--target",
            "bought",
            "--models",
            "logistic,tree",
            "--folds",
            "2",
            "--json",
        )
    )
    assert set(told) >= KEYS
    assert (told["problem"], told["target"], told["cases"]) == ("classification", "bought", 160)
    assert 0.1 < told["positive_rate"] < 0.5
    assert [(leak["column"], leak["excluded"]) for leak in told["leaks"]] == [("paid", True)]
    assert told["leaks"][0]["reason"]
    assert [one["name"] for one in told["models"]] == ["logistic", "tree"]
    assert all(CLASSES | {"fit_seconds"} <= set(one) for one in told["models"])
    assert told["baseline"]["recall"] == 0
    assert told["best"] in ("logistic", "tree")
    assert told["model"] == "visits.classification.0001"
    assert any("cases only." in sentence for sentence in told["findings"])


def test_amounts_as_json(visits: str) -> None:
    """Amounts have their own figures, no share of yes, and nothing is kept where that is asked for."""
    told = json.loads(
        run(
            visits,
            "--problem",
            "regression",
            "--target",
            "seconds",
            "--models",
            "ridge",
            "--folds",
            "2",
            "--not-kept",
            "--json",
        )
    )
    assert set(told) >= KEYS
    assert told["positive_rate"] is None
    assert set(told["models"][0]) >= AMOUNTS | {"fit_seconds"}
    assert set(told["baseline"]) >= AMOUNTS
    assert told["model"] is None


def test_a_table_for_people(visits: str) -> None:
    """Without --json a table says which model is best, what was left out and why, and what always no is worth."""
    told = run(
        visits,
        "--problem",
        "classification",
        "--target",
        "bought",
        "--models",
        "logistic",
        "--folds",
        "2",
        "--not-kept",
    )
    assert "* Logistic regression" in told
    assert "Left out: paid." in told
    assert "Always no" in told
    assert "Logistic regression: " in told
    assert "cases only." in told
    assert told.rstrip().endswith("Not kept.")


def test_scores_go_to_csv_or_excel(visits: str, tmp_path: Path) -> None:
    """Another ending of the file's name is refused, before anything is read."""
    done = CliRunner().invoke(
        main, ["predict", "visits.classification.0001", "x.csv", "--out", str(tmp_path / "o.parquet")]
    )
    assert done.exit_code == 1
    assert done.stderr == "'o.parquet' would be neither CSV nor Excel. Let the name end in .csv or .xlsx.\n"


def test_every_setting_says_what_it_is_for() -> None:
    """--help has a sentence for each setting."""
    options = [option for option in main.commands["train"].params if option.param_type_name == "option"]
    assert len(options) > 15
    assert all(getattr(option, "help", None) for option in options)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--problem", "weather"), "There is no problem 'weather'"),
        (("--problem", "classification"), "needs a target"),
        (("--problem", "classification", "--target", "bought", "--models", "linear"), "There is no model 'linear'"),
        (
            ("--problem", "classification", "--target", "bought", "--balance", "more"),
            "'more' is not possible for balance",
        ),
        (("--problem", "classification", "--target", "sold"), "'sold'"),
        (("--problem", "classification", "--target", "bought", "--folds", "1"), "from 2 to 10"),
        (("--problem", "regression", "--target", "device"), "no numbers"),
    ],
    ids=lambda told: " ".join(told) if isinstance(told, tuple) else "",
)
def test_misuse_is_answered_in_a_sentence(visits: str, arguments: tuple[str, ...], sentence: str) -> None:
    """What is not possible is named, with what is, and nothing is kept."""
    done = CliRunner().invoke(main, ["train", visits, *arguments])
    assert done.exit_code == 1
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr
