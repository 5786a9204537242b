"""What is public is what `analytics/__init__.py` says, and nothing else."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import analytics


def _imported_for_types() -> list[str]:
    """The names that the module imports for type checkers."""
    tree = ast.parse(Path(str(analytics.__file__)).read_text())
    block = next(node for node in tree.body if isinstance(node, ast.If))
    return [alias.name for node in block.body if isinstance(node, ast.ImportFrom) for alias in node.names]


def test_all_names_are_the_ones_that_type_checkers_see() -> None:
    """`__all__`, the imports for type checkers and `dir` are one list, each name once."""
    assert sorted(analytics.__all__) == sorted(_imported_for_types())
    assert len(set(analytics.__all__)) == len(analytics.__all__)
    assert dir(analytics) == sorted(analytics.__all__)


@pytest.mark.parametrize("name", analytics.__all__)
def test_each_name_resolves(name: str) -> None:
    """Each public name is there when it is asked for; a function or class comes from this package."""
    value = getattr(analytics, name)
    assert isinstance(value, tuple) or value.__module__.startswith("analytics.")


def test_other_names_are_not_there() -> None:
    """A name that is not public is an AttributeError, as in any module."""
    with pytest.raises(AttributeError, match="analytics has no magic"):
        _ = analytics.magic
    assert not hasattr(analytics, "_private")


def test_importing_loads_nothing_heavy() -> None:
    """The package alone loads no engine and no learning library: each comes with the name that needs it."""
    code = "import sys, analytics; print(*sorted({'ibis', 'duckdb', 'sklearn', 'pandas'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == ""
