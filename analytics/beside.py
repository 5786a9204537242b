"""What is kept beside a dataset, whatever its version: pins.

    <workspace>/datasets/<name>/pins/<digest>.npz

It is written aside, flushed to the disk and put into place, as versions are, and erased with its dataset.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from pathlib import Path

from analytics.datasets import Version, flush, sweep_folder
from analytics.errors import RequestError, StoreError


def pin_files(version: Version) -> tuple[Path, ...]:
    """The files of what is kept of a version's dataset."""
    folder = _pins(version)
    return tuple(sorted(folder.glob("*.npz"))) if folder.is_dir() else ()


def write_pin(version: Version, name: str, content: bytes, *, replacing: bool = False) -> None:
    """Keep something of a version's dataset, for all its versions, under a name that is not a path.

    Raises:
        RequestError: there is something under that name, and it is not to be replaced.
        StoreError: the folder cannot be written.
    """
    path = _pin_path(version, name)
    aside = path.with_name(f".staging-{os.getpid()}-{secrets.token_hex(4)}")
    try:
        path.parent.mkdir(exist_ok=True)
        sweep_folder(path.parent)
        try:
            aside.write_bytes(content)
            flush(aside)
            if replacing:
                aside.replace(path)
            else:
                os.link(aside, path)  # unlike a renaming, it fails where something is there already
        finally:
            aside.unlink(missing_ok=True)
        flush(path.parent)
    except FileExistsError:
        raise RequestError(f"'{name}' is kept already. Choose another name, or replace it.") from None
    except OSError as problem:
        raise StoreError(f"Cannot write to dataset '{version.manifest.dataset}': {problem.strerror}.") from problem


def drop_pin(version: Version, name: str) -> None:
    """Forget what is kept of a version's dataset under a name; nothing happens where nothing is."""
    try:
        _pin_path(version, name).unlink(missing_ok=True)
    except OSError as problem:
        raise StoreError(f"Cannot write to dataset '{version.manifest.dataset}': {problem.strerror}.") from problem


def _pin_path(version: Version, name: str) -> Path:
    return _pins(version) / f"{hashlib.sha256(name.encode()).hexdigest()[:16]}.npz"


def _pins(version: Version) -> Path:
    return version.path.parent / "pins"
