"""The digest of the code: what was kept by other code is found anew."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from analytics import digest


def test_all_code_that_computes_is_in_the_digest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A change anywhere but in the commands gives another digest, in however deep a room."""
    package = tmp_path / "analytics"
    shutil.copytree(Path(digest.__file__).parent, package, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(digest, "__file__", str(package / "digest.py"))

    def digested() -> str:
        return digest.code_digest.__wrapped__()

    first = digested()
    for name in (
        "metrics/orders.py",
        "profiles/words.py",
        "rules.py",
        "segmentation/keeping.py",
        "behaviour/people.py",
    ):
        file = package / name
        before = file.read_text()
        file.write_text(before + "\n")
        assert digested() != first, name
        file.write_text(before)
    (package / "commands" / "segments.py").write_text("")
    assert digested() == first
