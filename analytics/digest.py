"""A digest of the code that computes: what is kept beside a version is found anew when any of it has changed."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path


@cache
def code_digest() -> str:
    """Twelve letters that change with any module of `analytics`, however deep, but the commands.

    Which modules a result depends on is more than anyone keeps listed: a digest of all of them forgets none.
    """
    root = Path(__file__).parent
    files = (file for file in sorted(root.rglob("*.py")) if file.parent.name != "commands")
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:12]
