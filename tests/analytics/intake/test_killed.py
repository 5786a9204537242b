"""An import that is killed at any moment leaves the version before or the version after, whole."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from analytics.datasets import open_version
from analytics.intake import import_orders

IMPORTER = """
import os, signal, sys, warnings
from pathlib import Path

warnings.simplefilter("ignore")
import duckdb, ibis, pyarrow.parquet
from analytics import intake

file, homes, first, last = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
import_file = getattr(intake, sys.argv[5])
originals = {name: getattr(os, name) for name in ("fsync", "rename", "mkdir", "link")}

def run(home, death):
    passed = 0

    def step(*_):
        nonlocal passed
        passed += 1
        if passed == death:
            os.kill(os.getpid(), signal.SIGKILL)

    def guarded(function):
        def call(*arguments, **options):
            step()
            answer = function(*arguments, **options)
            if function is not originals["fsync"]:
                step()  # nothing is to be seen of a flush that is done
            return answer
        return call

    for name, function in originals.items():
        setattr(os, name, guarded(function))
    import_file(file, name="shop", label="x.csv", home=home, progress=step)
    return passed

if last == 0:
    print(run(homes / "0", 0))
for death in range(first, last + 1):
    child = os.fork()
    if not child:
        run(homes / str(death), death)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    print("killed" if os.WIFSIGNALED(status) else "lived")
"""


def _run(file: Path, homes: Path, first: int, last: int, how: str = "import_orders") -> list[str]:
    command = [sys.executable, "-c", IMPORTER, str(file), str(homes), str(first), str(last), how]
    done = subprocess.run(command, capture_output=True, text=True, cwd=Path(__file__).parents[3], check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def _whole(home: Path) -> float:
    """The revenue of the newest version, after its files were found to agree with its manifest."""
    version = open_version("shop", home=home)
    manifest = version.manifest
    tables = {name: pq.read_table(version.table_path(name)) for name in manifest.tables}
    assert {name: table.num_rows for name, table in tables.items()} == manifest.tables
    for name in ("order_lines", "orders"):
        assert float(sum(tables[name]["revenue"].to_pylist())) == manifest.revenue
    return manifest.revenue


def _file(path: Path, price: int) -> Path:
    rows = "".join(
        f"c{number % 50},{number},2011-12-09,{-1 if number % 9 == 0 else 1},{price}\n" for number in range(500)
    )
    path.write_text("customer_id,order_id,ordered_at,quantity,unit_price\n" + rows)
    return path


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL and fork are POSIX")
def test_killed_at_every_step(tmp_path: Path) -> None:
    """Killed before and after each flush, rename and folder made, and each report of progress, 20 moments or more."""
    homes = tmp_path / "homes"
    newer = _file(tmp_path / "new.csv", 2)
    old = import_orders(_file(tmp_path / "old.csv", 1), name="shop", home=homes / "old").revenue
    shutil.copytree(homes / "old", homes / "0")
    steps = int(_run(newer, homes, 0, 0)[0])
    assert steps >= 20
    for death in range(1, steps + 1):
        shutil.copytree(homes / "old", homes / str(death))
    assert _run(newer, homes, 1, steps) == ["killed"] * steps
    found = [_whole(homes / str(death)) for death in range(1, steps + 1)]
    assert set(found) == {old, 2 * old}
    assert found == sorted(found)

    survivor = homes / str(steps // 2)
    import_orders(newer, name="shop", home=survivor)
    assert _whole(survivor) == 2 * old
    assert not [path for path in (survivor / "datasets" / "shop").iterdir() if path.name.startswith(".")]


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL and fork are POSIX")
@pytest.mark.parametrize(("how", "table"), [("import_events", "events"), ("import_labelled", "labelled")])
def test_killed_while_adding(how: str, table: str, tmp_path: Path) -> None:
    """Killed at any step, a shop has its orders with the clicks or cases or without, and the orders whole both ways."""
    homes = tmp_path / "homes"
    clicks = tmp_path / "clicks.csv"
    clicks.write_text(
        "visitor,timestamp\n" + "".join(f"c{number % 9},2011-12-09 08:{number:02}\n" for number in range(50))
    )
    revenue = import_orders(_file(tmp_path / "old.csv", 1), name="shop", home=homes / "old").revenue
    shutil.copytree(homes / "old", homes / "0")
    steps = int(_run(clicks, homes, 0, 0, how)[0])
    assert steps >= 20
    for death in range(1, steps + 1):
        shutil.copytree(homes / "old", homes / str(death))
    assert _run(clicks, homes, 1, steps, how) == ["killed"] * steps
    assert {_whole(homes / str(death)) for death in range(1, steps + 1)} == {revenue}
    has_them = [table in open_version("shop", home=homes / str(death)).manifest.tables for death in range(1, steps + 1)]
    assert set(has_them) == {False, True}
    assert has_them == sorted(has_them)
