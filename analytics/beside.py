"""What is kept beside a dataset, whatever its version: pins and trainings; and the key that trainings are sealed with.

    <workspace>/datasets/<name>/pins/<digest>.npz
    <workspace>/datasets/<name>/models/<number>-<problem>/: a training; in-use-<digest>.json: which model is in use;
        running-<token>.json: a training that is not done yet
    <workspace>/keys/models.key

It is written aside, flushed to the disk and put into place, as versions are, and erased with its dataset.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from analytics.datasets import Version, flush, sweep_folder, write_atomically
from analytics.errors import RequestError, StoreError

_TRAINING: Final = re.compile(r"(\d{4,})-([a-z_]+)")
_CLAIMED: Final = re.compile(r"\.claimed-(\d{4,})")
_KEY_BYTES: Final = 32


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


def training_folders(version: Version) -> tuple[Path, ...]:
    """The folders of the trainings that are kept of a version's dataset, the newest first."""
    folder = _models(version)
    found = [path for path in folder.iterdir() if _TRAINING.fullmatch(path.name)] if folder.is_dir() else []
    return tuple(sorted(found, key=_training_number, reverse=True))


def training_folder(version: Version, number: str, problem: str) -> Path | None:
    """The folder of one training; None where there is none."""
    path = _models(version) / f"{number}-{problem}"
    return path if _TRAINING.fullmatch(path.name) and path.is_dir() else None


@contextlib.contextmanager
def keeping_training(version: Version, problem: str) -> Iterator[tuple[Path, str]]:
    """(a folder to write a training into, its number): it is kept, whole, when the block ends without an error.

    A number is never given again, so that the name of a training that was dropped does not come to mean another.
    """
    folder = _models(version)
    aside = folder / f".staging-{os.getpid()}-{secrets.token_hex(4)}"
    try:
        folder.mkdir(exist_ok=True)
        sweep_folder(folder)
        aside.mkdir()
        try:
            number = _claimed_number(folder)
            yield aside, number
            for file in aside.iterdir():
                flush(file)
            flush(aside)
            aside.rename(folder / f"{number}-{problem}")
            flush(folder)
        finally:
            shutil.rmtree(aside, ignore_errors=True)
    except OSError as problem_found:
        raise _unwritable(version, problem_found) from problem_found


def _claimed_number(folder: Path) -> str:
    """A number that no other process has or had. The last claim stays, as a memory of it."""
    while True:
        number = 1 + _highest(folder)
        claim = folder / f".claimed-{number:04d}"
        try:
            claim.mkdir()
        except FileExistsError:
            continue
        if _highest(folder) > number:  # others were faster, and may have cleared this very number away
            continue
        for path in folder.glob(".claimed-*"):
            if int(path.name.partition("-")[2]) < number:
                with contextlib.suppress(FileNotFoundError):
                    path.rmdir()
        return f"{number:04d}"


def _highest(folder: Path) -> int:
    found = (_TRAINING.fullmatch(path.name) or _CLAIMED.fullmatch(path.name) for path in folder.iterdir())
    return max((int(match.group(1)) for match in found if match), default=0)


def drop_training_folder(version: Version, path: Path) -> None:
    """Remove a training; whoever opens it at that moment reads it whole or finds nothing."""
    aside = path.with_name(f".erased-{path.name}-{secrets.token_hex(4)}")
    try:
        path.rename(aside)
        shutil.rmtree(aside)
    except FileNotFoundError:
        return  # someone else has dropped it
    except OSError as problem:
        raise _unwritable(version, problem) from problem


@contextlib.contextmanager
def marking_training(version: Version, content: bytes) -> Iterator[None]:
    """A mark beside a dataset for as long as the block runs; it stays behind where the process is killed.

    Raises:
        StoreError: the folder cannot be written.
    """
    path = _models(version) / f"running-{secrets.token_hex(8)}.json"
    try:
        path.parent.mkdir(exist_ok=True)
        write_atomically(path, content)
    except OSError as problem:
        raise _unwritable(version, problem) from problem
    try:
        yield
    finally:
        drop_training_mark(path)


def training_marks(version: Version) -> dict[Path, bytes]:
    """The marks that are there, also those of processes that died."""
    found = {}
    for path in sorted(_models(version).glob("running-*.json")):
        with contextlib.suppress(OSError):  # it has just ended
            found[path] = path.read_bytes()
    return found


def drop_training_mark(path: Path) -> None:
    with contextlib.suppress(OSError):  # who looks sees by the process in it whether it counts
        path.unlink(missing_ok=True)


def pointer_files(version: Version) -> tuple[bytes, ...]:
    """What the files say that tell which models are in use."""
    folder = _models(version)
    return tuple(path.read_bytes() for path in sorted(folder.glob("in-use-*.json"))) if folder.is_dir() else ()


def write_pointer(version: Version, name: str, content: bytes) -> None:
    """Say which model is in use, under a name that is not a path."""
    path = _pointer_path(version, name)
    try:
        write_atomically(path, content)
        flush(path.parent)
    except OSError as problem:
        raise _unwritable(version, problem) from problem


def read_pointer(version: Version, name: str) -> bytes | None:
    """What `write_pointer` wrote under that name; None where there is nothing."""
    try:
        return _pointer_path(version, name).read_bytes()
    except FileNotFoundError:
        return None


def workspace_key(version: Version) -> bytes:
    """The key of the workspace that a version lies in, made when it is first asked for; only its owner may read it.

    Raises:
        StoreError: it cannot be read or written, or is damaged.
    """
    path = version.path.parents[2] / "keys" / "models.key"
    try:
        if not path.is_file():
            _make_key(path)
        key = path.read_bytes()
    except OSError as problem:
        raise StoreError(
            f"The key of models in {path.parent} cannot be read or written: {problem.strerror}."
        ) from problem
    if len(key) != _KEY_BYTES:
        raise StoreError(
            f"The key of models, {path}, is damaged. Put it back from a backup, or delete it and train the models again."
        )
    return key


def _make_key(path: Path) -> None:
    path.parent.mkdir(mode=0o700, exist_ok=True)
    aside = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    handle = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(secrets.token_bytes(_KEY_BYTES))
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):  # another process was faster: its key is the key
            os.link(aside, path)
        flush(path.parent)
    finally:
        aside.unlink(missing_ok=True)


def _training_number(path: Path) -> int:
    return int(path.name.partition("-")[0])


def _pointer_path(version: Version, name: str) -> Path:
    return _models(version) / f"in-use-{hashlib.sha256(name.encode()).hexdigest()[:16]}.json"


def _models(version: Version) -> Path:
    return version.path.parent / "models"


def _unwritable(version: Version, problem: OSError) -> StoreError:
    return StoreError(f"Cannot write to dataset '{version.manifest.dataset}': {problem.strerror}.")
