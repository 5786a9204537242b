"""Sealing: a folder of files that is read only as it was written, and only in the workspace that wrote it.

The seal holds the digest of every file, and an HMAC-SHA256 (RFC 2104) over these and the folder's own name with the key of
the workspace. Bytes are digested as they are read, so that what is used is what was checked.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from analytics.errors import StoreError
from analytics.text import say

SEAL: Final = "seal"


@dataclass(frozen=True, slots=True)
class Sealed:
    """A folder whose seal was found to be of this workspace: its files can be read."""

    path: Path
    name: str
    digests: Mapping[str, str]

    def read(self, file: str) -> bytes:
        """The bytes of a file, as they were sealed.

        Raises:
            StoreError: it was changed since, or is gone.
        """
        if file not in self.digests:
            raise refused(say("Model '{name}' is not opened: it has no '{file}'.", name=self.name, file=file))
        try:
            content = (self.path / file).read_bytes()
        except OSError as problem:
            raise refused(
                say("Model '{name}' is not opened: '{file}' cannot be read.", name=self.name, file=file)
            ) from problem
        if not hmac.compare_digest(hashlib.sha256(content).hexdigest(), self.digests[file]):
            raise refused(
                say(
                    "Model '{name}' is not opened: '{file}' was changed after it was written.",
                    name=self.name,
                    file=file,
                )
            )
        return content


def seal_folder(path: Path, name: str, key: bytes) -> None:
    """Seal the files of a folder under its name."""
    digests = {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in sorted(path.iterdir())}
    told = {"files": digests, "seal": seal_of({"name": name, "files": digests}, key)}
    (path / SEAL).write_text(json.dumps(told, indent=1), encoding="utf-8")


def opened(path: Path, name: str, key: bytes) -> Sealed:
    """The folder, if its seal is right.

    Raises:
        StoreError: it is not whole, was changed, or comes from elsewhere.
    """
    try:
        told = json.loads((path / SEAL).read_bytes())
        digests, given = dict(told["files"]), str(told["seal"])
        present = {file.name for file in path.iterdir()} - {SEAL}
    except (OSError, ValueError, TypeError, KeyError) as problem:
        raise refused(say("Model '{name}' is not opened: its seal cannot be read.", name=name)) from problem
    if not hmac.compare_digest(given.encode(), seal_of({"name": name, "files": digests}, key).encode()):
        raise refused(
            say("Model '{name}' is not opened: it was not made in this workspace, or was changed since.", name=name)
        )
    for file in sorted(present - set(digests)):
        raise refused(say("Model '{name}' is not opened: '{file}' was added to it.", name=name, file=file))
    for file in sorted(set(digests) - present):
        raise refused(say("Model '{name}' is not opened: '{file}' is gone.", name=name, file=file))
    return Sealed(path, name, digests)


def seal_of(told: Mapping[str, Any], key: bytes) -> str:
    """The seal of a value that is plain JSON."""
    return hmac.new(key, json.dumps(told, sort_keys=True).encode(), hashlib.sha256).hexdigest()


def refused(sentence: str) -> StoreError:
    """The error of a training that is not to be trusted: what is wrong, and what to do."""
    return StoreError(f"{sentence} {say('Train it again, or put its folder back from a backup of this workspace.')}")
