"""What is written down is what there is: README against the code."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from analytics.__main__ import main
from dashboard.settings import PREFIX, Settings
from dashboard.tabs import TABS

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_is_documented(name: str) -> None:
    """README has each setting with the sentence that the code has for it."""
    assert f"| `{PREFIX}{name.upper()}` |" in README
    assert f"| {Settings.model_fields[name].description} |" in README


def test_no_setting_is_documented_that_does_not_exist() -> None:
    """Every setting in README's table is one."""
    told = set(re.findall(rf"^\| `{PREFIX}([A-Z_]+)` \|", README, re.M))
    assert told == {name.upper() for name in Settings.model_fields}


@pytest.mark.parametrize("command", sorted(main.commands))
def test_every_command_is_documented(command: str) -> None:
    """README shows each command of the command line."""
    assert f"python -m analytics {command}" in README


def test_every_tab_is_documented() -> None:
    """README's tour names the tabs, in the order shown."""
    toured = re.findall(r"^\| ([A-Z]\w+) \| ", README.split("## The tour")[1].split("## ")[0], re.M)
    assert toured == [tab.label for tab in TABS]


def test_the_picture_is_there_and_small() -> None:
    """README's screenshot is in the project and below 300 KB."""
    picture = ROOT / re.findall(r"!\[[^]]*\]\(([^)]+)\)", README)[0]
    assert 10_000 < picture.stat().st_size <= 300_000


def test_the_make_targets_are_there() -> None:
    """Every `make` command that README names exists."""
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M))
    assert set(re.findall(r"`?make ([a-z]+)", README)) <= targets


def test_nothing_generated_is_in_version_control() -> None:
    """No cache, workspace, benchmark output or environment is committed."""
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("the project was unpacked without its version control")
    unwanted = re.compile(r"__pycache__|\.pyc$|^\.venv/|^data/workspace|^benchmarks/out|_cache/|\.env$")
    assert [path for path in listed.stdout.splitlines() if unwanted.search(path)] == []
