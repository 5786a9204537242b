"""The store: named datasets, each a row of immutable versions. With `beside` the only code that touches the workspace folder.

    <workspace>/datasets/<name>/<version>/manifest.json, order_lines.parquet, orders.parquet, …, cache/

A version is published by writing it aside, flushing every file to the disk, and renaming the folder into place;
the manifest is written last. Whenever the process dies, the dataset is the version before or the version after.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import re
import secrets
import shutil
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path

from analytics.errors import NotFoundError, RequestError, StoreError
from analytics.manifest import Manifest, manifest_from_json

MANIFEST = "manifest.json"
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
_VERSION = re.compile(r"\d{4,}-[0-9a-f]{8}")
_UPLOAD_SECONDS = 86_400
_MOST_CACHED = 400
_MOST_CACHED_BYTES = 1_000_000_000
"""Beside a version. Of a million customers a table takes 100 MB, a panel up to 60 and a segmentation 20; of a few thousand
none takes more than one."""
_STAGING = re.compile(r"\.staging-(\d+)-[0-9a-f]+")


@dataclass(frozen=True, slots=True)
class Version:
    """A published version: its manifest and the folder that holds its tables."""

    manifest: Manifest
    path: Path

    @property
    def key(self) -> str:
        """A text that no other version of any dataset has."""
        return f"{self.manifest.dataset}@{self.manifest.version}"

    def table_path(self, table: str) -> Path:
        return self.path / f"{table}.parquet"

    def cache_path(self, name: str) -> Path:
        """Where a result computed from this version may be kept beside it; whoever asks for it is taken to use it."""
        folder = self.path / "cache"
        try:
            folder.mkdir(exist_ok=True)
        except OSError as problem:
            raise StoreError(f"Cannot write beside dataset '{self.manifest.dataset}': {problem.strerror}.") from problem
        path = folder / name
        with contextlib.suppress(OSError):  # mostly it is not there yet
            os.utime(path, ns=(time.time_ns(), path.stat().st_mtime_ns))
        return path

    def keep(self, name: str, content: bytes) -> None:
        """Keep a result beside the version, with those that were used last.

        It can be computed again, so a full disk is no error.
        """
        with contextlib.suppress(OSError):
            write_atomically(self.cache_path(name), content)
            _forget_oldest(self.path / "cache")


def _forget_oldest(folder: Path) -> None:
    """Leave the files that were used last, as many and as large as may be, and the last one in any case."""
    by_age = []
    for file in folder.iterdir():
        with contextlib.suppress(FileNotFoundError):  # another process has replaced or forgotten it
            about = file.stat()
            by_age.append((about.st_atime_ns, about.st_size, file))
    total = 0
    for place, (_, size, file) in enumerate(sorted(by_age, reverse=True)):
        total += size
        if place and (place >= _MOST_CACHED or total > _MOST_CACHED_BYTES):
            file.unlink(missing_ok=True)


def workspace() -> Path:
    """The workspace folder: `CLIENTELE_HOME`, or `data/workspace` beside the code."""
    home = os.environ.get("CLIENTELE_HOME")
    return Path(home).expanduser() if home else Path(__file__).resolve().parent.parent / "data" / "workspace"


def check_name(name: str) -> str:
    """The name itself, if a dataset may bear it.

    Raises:
        RequestError: it may not.
    """
    if not _NAME.fullmatch(name):
        raise RequestError(
            f"'{name}' cannot be a dataset's name. Use up to 63 small letters, digits, '-' and '_', "
            "starting with a letter or a digit."
        )
    return name


@dataclass(slots=True)
class Staging:
    """A version being written: put the tables into `path`, then set the manifest."""

    path: Path
    manifest: Manifest | None = None


@contextlib.contextmanager
def publishing(name: str, *, home: Path | None = None) -> Iterator[Staging]:
    """Write a version aside; it becomes the dataset's newest when the block ends without an error.

    The block sets `staging.manifest`; its `version` is filled in here. On an error, or if the process dies, nothing is
    published.
    """
    folder = (home or workspace()) / "datasets" / check_name(name)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        sweep(home=home)
        staging = Staging(folder / f".staging-{os.getpid()}-{secrets.token_hex(4)}")
        staging.path.mkdir()
    except OSError as problem:
        raise StoreError(f"Cannot write to the workspace folder {folder}: {problem.strerror}.") from problem
    try:
        yield staging
        if staging.manifest is None:
            raise StoreError(f"Nothing was written for dataset '{name}'.")
        _commit(folder, staging)
    except OSError as problem:
        raise StoreError(f"Cannot write dataset '{name}': {problem.strerror}.") from problem
    finally:
        shutil.rmtree(staging.path, ignore_errors=True)


def _commit(folder: Path, staging: Staging) -> None:
    assert staging.manifest is not None  # noqa: S101 - publishing() checked it
    for file in staging.path.iterdir():
        flush(file)
    number = _next_number(folder)
    while not _claim(folder, number) or number < _next_number(folder):
        number = max(number + 1, _next_number(folder))
    # The digest tells a dataset that was erased and imported again from its namesake.
    seed = json.dumps(asdict(staging.manifest), sort_keys=True) + staging.path.name
    version = f"{number:04d}-{hashlib.sha256(seed.encode()).hexdigest()[:8]}"
    manifest = replace(staging.manifest, version=version)
    target = staging.path / MANIFEST
    target.write_text(json.dumps(asdict(manifest), indent=1, ensure_ascii=False), encoding="utf-8")
    flush(target)
    flush(staging.path)
    staging.path.rename(folder / version)
    flush(folder)
    (folder / _claimed(number)).rmdir()


def _next_number(folder: Path) -> int:
    return 1 + max((_number(path) for path in _version_folders(folder)), default=0)


def _claim(folder: Path, number: int) -> bool:
    """Take a version's number; False if another process, which publishes at the same time, has it."""
    try:
        (folder / _claimed(number)).mkdir()
    except FileExistsError:
        return False
    return True


def _claimed(number: int) -> str:
    return f".claimed-{number:04d}"


def list_datasets(*, home: Path | None = None) -> tuple[Manifest, ...]:
    """The newest version of every dataset, by name. One that cannot be read is left out; `open_version` says why."""
    root = (home or workspace()) / "datasets"
    names = sorted(path.name for path in root.iterdir() if _NAME.fullmatch(path.name)) if root.is_dir() else []
    found = []
    for name in names:
        with contextlib.suppress(StoreError, NotFoundError):
            found.append(open_version(name, home=home).manifest)
    return tuple(found)


def list_versions(name: str, *, home: Path | None = None) -> tuple[Manifest, ...]:
    """Every version of a dataset, newest first."""
    folder = (home or workspace()) / "datasets" / check_name(name)
    return tuple(_read_manifest(path) for path in sorted(_version_folders(folder), key=_number, reverse=True))


def open_version(name: str, version: str | None = None, *, home: Path | None = None) -> Version:
    """A version of a dataset, the newest unless one is named.

    Raises:
        NotFoundError: there is no such dataset or version.
    """
    folder = (home or workspace()) / "datasets" / check_name(name)
    newest = _newest(folder)
    if newest is None:
        root = folder.parent
        known = (
            sorted(p.name for p in root.iterdir() if _NAME.fullmatch(p.name) and _newest(p)) if root.is_dir() else []
        )
        hint = f"There is {', '.join(known)}." if known else "There are none yet: import a file first."
        raise NotFoundError(f"There is no dataset '{name}'. {hint}")
    if version is None:
        return Version(_read_manifest(newest), newest)
    if not _VERSION.fullmatch(version) or not (folder / version / MANIFEST).is_file():
        raise NotFoundError(f"Dataset '{name}' has no version '{version}'. The newest is {newest.name}.")
    return Version(_read_manifest(folder / version), folder / version)


def erase_dataset(name: str, *, home: Path | None = None) -> None:
    """Remove a dataset with all its versions and everything computed from them."""
    path = open_version(name, home=home).path.parent
    aside = path.with_name(f".erased-{path.name}-{secrets.token_hex(4)}")
    try:
        path.rename(aside)
        shutil.rmtree(aside)
    except OSError as problem:
        raise StoreError(f"Cannot erase dataset '{name}': {problem.strerror}.") from problem


def write_atomically(path: Path, content: bytes) -> None:
    """A file that is there whole or not at all."""
    if not path.name:
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    aside = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    try:
        aside.write_bytes(content)
        aside.replace(path)
    except BaseException:
        aside.unlink(missing_ok=True)
        raise


def sweep(*, home: Path | None = None) -> None:
    """Remove what was left behind: versions that a process died over, interrupted erasures, uploads of days before."""
    root = home or workspace()
    for folder in (root / "datasets", *(root / "datasets").glob("*")):
        if folder.is_dir():
            sweep_folder(folder)
    for upload in (root / "uploads").glob("*"):
        with contextlib.suppress(FileNotFoundError):
            if time.time() - upload.stat().st_mtime > _UPLOAD_SECONDS:
                upload.unlink()


def upload_path(token: str, *, home: Path | None = None) -> Path:
    """Where an uploaded file waits for its import; the token is ours, the user's file name is only a label.

    Raises:
        RequestError: the token is not one that `new_upload` gave.
    """
    if not re.fullmatch(r"[0-9a-f]{32}", token):
        raise RequestError("That upload is not known any more. Choose the file again.")
    folder = (home or workspace()) / "uploads"
    folder.mkdir(parents=True, exist_ok=True)
    return folder / token


def new_upload(content: bytes, *, home: Path | None = None) -> str:
    """Keep uploaded bytes until they are imported; returns their token."""
    token = secrets.token_hex(16)
    write_atomically(upload_path(token, home=home), content)
    return token


def discard_upload(token: str, *, home: Path | None = None) -> None:
    """Forget uploaded bytes."""
    upload_path(token, home=home).unlink(missing_ok=True)


def now_text(now: datetime) -> str:
    """An instant as manifests write it."""
    return now.isoformat(timespec="seconds")


def _version_folders(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return [path for path in folder.iterdir() if _VERSION.fullmatch(path.name) and (path / MANIFEST).is_file()]


def _number(path: Path) -> int:
    return int(path.name.split("-")[0])


def _newest(folder: Path) -> Path | None:
    return max(_version_folders(folder), key=_number, default=None)


def _read_manifest(path: Path) -> Manifest:
    try:
        return manifest_from_json(json.loads((path / MANIFEST).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError, KeyError) as problem:
        raise StoreError(f"The manifest in {path} cannot be read. Import the dataset again.") from problem


def sweep_folder(folder: Path) -> None:
    """Remove what a process that died left behind."""
    for path in folder.iterdir():
        staged = _STAGING.fullmatch(path.name)
        if path.name.startswith(".erased-") or (staged and not _is_alive(int(staged.group(1)))):
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def flush(path: Path) -> None:
    """Have the operating system put a file or a folder onto the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
