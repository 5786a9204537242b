"""The store: versions that are there whole or not at all."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from analytics.beside import pin_files, write_pin
from analytics.datasets import (
    Manifest,
    discard_upload,
    erase_dataset,
    list_datasets,
    list_versions,
    new_upload,
    now_text,
    open_version,
    publishing,
    upload_path,
    workspace,
    write_atomically,
)
from analytics.errors import NotFoundError, RequestError, StoreError
from analytics.manifest import UNDATED, LedgerEntry
from analytics.sources import open_source
from tests.conftest import Order, Publish

ABOUT = Manifest(
    dataset="shop",
    version="",
    source="Orders.csv",
    created_at="2026-01-01T00:00:00+00:00",
    currency="GBP",
    tables={},
    customers=2,
    revenue=10.5,
    first_order_on="2020-01-01",
    last_order_on="2020-02-29",
    rows_read=3,
    mapping={"customer_id": "Customer ID"},
    ledger=(LedgerEntry("no_customer", "No customer", "A line without a customer.", "removed", 1, 0, 2.5),),
)


def put(name: str = "shop", content: str = "x") -> str:
    """Publish a version with one file; returns its name."""
    with publishing(name) as staging:
        (staging.path / "orders.parquet").write_text(content)
        staging.manifest = replace(ABOUT, dataset=name)
    return open_version(name).manifest.version


def leftovers(home: Path) -> list[str]:
    return [path.name for path in (home / "datasets").rglob(".*")]


def test_a_version_is_published_whole(home: Path) -> None:
    """Until the block ends there is nothing; then there is everything, and nothing else."""
    with publishing("shop") as staging:
        (staging.path / "orders.parquet").write_text("x")
        staging.manifest = ABOUT
        assert list_datasets() == ()
        with pytest.raises(NotFoundError):
            open_version("shop")
    version = open_version("shop")
    assert version.table_path("orders").read_text() == "x"
    assert {path.name for path in version.path.iterdir()} == {"orders.parquet", "manifest.json"}
    assert leftovers(home) == []


def test_the_manifest_comes_back_as_it_was(home: Path) -> None:
    """A manifest read from the disk is the one that was set, with its version and its ledger."""
    put()
    read = open_version("shop").manifest
    assert read == replace(ABOUT, version=read.version)
    assert read.default_as_of == date(2020, 3, 1)


def test_versions_increase(home: Path) -> None:
    """Each publication is a new version, the newest first; the older ones stay as they were."""
    names = [put(content=str(number)) for number in range(11)]
    assert [name.split("-")[0] for name in names] == [f"{number:04d}" for number in range(1, 12)]
    assert [manifest.version for manifest in list_versions("shop")] == names[::-1]
    assert open_version("shop").manifest.version == names[-1]
    for number, name in enumerate(names):
        assert open_version("shop", name).table_path("orders").read_text() == str(number)


def test_keys_are_never_used_again(home: Path) -> None:
    """A dataset that is erased and imported again has another key than before, so that no kept result is taken for its own."""
    first = put()
    erase_dataset("shop")
    assert put() != first


def test_a_failed_block_publishes_nothing(home: Path) -> None:
    """When writing fails half-way the dataset is the version before, and nothing is left lying about."""
    before = put()

    def fail() -> None:
        with publishing("shop") as staging:
            (staging.path / "orders.parquet").write_text("half")
            staging.manifest = ABOUT
            raise ValueError("bad row")

    with pytest.raises(ValueError, match="bad row"):
        fail()
    assert [manifest.version for manifest in list_versions("shop")] == [before]
    assert leftovers(home) == []


def test_a_full_disk_is_said(home: Path) -> None:
    """An error of the operating system becomes a sentence, and nothing is published."""

    def fail() -> None:
        with publishing("shop"):
            raise OSError(28, "No space left on device")

    with pytest.raises(StoreError, match=r"Cannot write dataset 'shop': No space left on device\."):
        fail()
    assert list_datasets() == ()


def test_nothing_written_is_an_error(home: Path) -> None:
    """A block that sets no manifest has published nothing, and says so."""
    with pytest.raises(StoreError, match="Nothing was written for dataset 'shop'"), publishing("shop"):
        pass
    assert list_versions("shop") == ()


def test_a_workspace_that_cannot_be_made(tmp_path: Path) -> None:
    """A workspace that is a file is named in a sentence."""
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(StoreError, match="Cannot write to the workspace folder"),
        publishing("shop", home=tmp_path / "file"),
    ):
        pass


def test_what_the_dead_left_is_swept(home: Path) -> None:
    """The folder of a process that died is removed at the next publication; that of a living one is not touched."""
    put()
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    folder = home / "datasets" / "shop"
    for pid in (dead.pid, os.getpid()):
        (folder / f".staging-{pid}-00ff").mkdir()
        (folder / f".staging-{pid}-00ff" / "orders.parquet").write_text("half")
    put()
    assert leftovers(home) == [f".staging-{os.getpid()}-00ff"]


def test_a_staging_folder_is_no_version(home: Path) -> None:
    """Neither a folder without a manifest nor one with another kind of name is ever opened."""
    name = put()
    folder = home / "datasets" / "shop"
    (folder / "0009-0123abcd").mkdir()
    (folder / "latest").mkdir()
    (folder / "latest" / "manifest.json").write_text("{}")
    assert [manifest.version for manifest in list_versions("shop")] == [name]
    for version in ("0009-0123abcd", "latest", "../shop", "", f"{name}/"):
        with pytest.raises(NotFoundError, match=f"Dataset 'shop' has no version '.*'. The newest is {name}"):
            open_version("shop", version)


@pytest.mark.parametrize(
    "name", ["", ".", "..", "../x", "a/b", "Shop", "a b", "-a", "_a", "a" * 64, "shop\n", "schön", "a\0"]
)
def test_names_that_are_refused(name: str, home: Path) -> None:
    """A name that could be a path, or that differs only in case, is refused before anything is touched."""
    for use in (open_version, list_versions, erase_dataset):
        with pytest.raises(RequestError, match="cannot be a dataset's name"):
            use(name)
    with pytest.raises(RequestError, match="cannot be a dataset's name"), publishing(name):
        pass
    assert not home.exists()


@pytest.mark.parametrize("name", ["a", "0", "online-retail_2", "a" * 63])
def test_names_that_are_allowed(name: str, home: Path) -> None:
    """Small letters, digits, '-' and '_', up to 63 of them."""
    put(name)
    assert [manifest.dataset for manifest in list_datasets()] == [name]


def test_unknown_dataset(home: Path) -> None:
    """A dataset that does not exist is named, with those that do, or with the way to one."""
    with pytest.raises(NotFoundError, match=r"There is no dataset 'shop'\. There are none yet: import a file first\."):
        open_version("shop")
    put("b")
    put("a")
    with pytest.raises(NotFoundError, match=r"There is no dataset 'shop'\. There is a, b\."):
        open_version("shop")
    assert list_versions("shop") == ()


def test_erase(publish: Publish, home: Path) -> None:
    """An erased dataset leaves nothing behind: no version, no kept result; its neighbour stays."""
    source = publish([Order("a", "2020-01-01")])
    assert source.stored is not None
    source.stored.cache_path("kept").write_text("x")
    put("other")
    put()
    erase_dataset("shop")
    assert [path.name for path in (home / "datasets").iterdir()] == ["other"]
    with pytest.raises(NotFoundError):
        open_source("shop")
    with pytest.raises(NotFoundError):
        erase_dataset("shop")


def test_a_damaged_manifest_is_said(home: Path) -> None:
    """A manifest that cannot be read is an error with a way out, not a crash."""
    put()
    path = open_version("shop").path / "manifest.json"
    for content in ("{", "[]", "{}", json.dumps({"ledger": [], "colour": "red"})):
        path.write_text(content)
        with pytest.raises(StoreError, match=r"The manifest in .* cannot be read\. Import the dataset again\."):
            open_version("shop")


def test_the_as_of_date_follows_the_last_order_or_else_the_last_click() -> None:
    """The default as-of date is the day after the last order; without orders after the last click; else a fixed day."""
    clicked = replace(ABOUT, last_event_on="2031-01-01")
    assert clicked.default_as_of == ABOUT.default_as_of
    assert replace(clicked, last_order_on="").default_as_of == date(2031, 1, 2)
    assert replace(ABOUT, last_order_on="").default_as_of == UNDATED


def test_a_manifest_of_a_newer_version_is_read(home: Path, publish: Publish) -> None:
    """A field that this Clientele does not know is passed over: the dataset stays readable."""
    publish([Order("ada", "2024-01-10")])
    path = open_version("shop").path / "manifest.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "flavour": "sweet"}))
    assert open_version("shop").manifest.customers == 1


def test_the_workspace_is_where_the_environment_says(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`CLIENTELE_HOME` is the workspace; without it, or with an empty one, it lies beside the code."""
    assert workspace() == home
    for text in ("", None):
        monkeypatch.setenv("CLIENTELE_HOME", text) if text is not None else monkeypatch.delenv("CLIENTELE_HOME")
        assert workspace().parts[-2:] == ("data", "workspace")


def test_uploads(home: Path) -> None:
    """Uploaded bytes wait under a token of ours, and are gone once they are discarded."""
    one, two = new_upload(b"orders"), new_upload(b"orders")
    assert one != two
    assert upload_path(one).read_bytes() == b"orders"
    discard_upload(one)
    discard_upload(one)
    assert not upload_path(one).exists()
    assert upload_path(two).exists()


@pytest.mark.parametrize("token", ["", "../../etc/passwd", "A" * 32, "a" * 31, "a" * 33, "a" * 32 + "\n", "/" * 32])
def test_upload_tokens_that_are_refused(token: str, home: Path) -> None:
    """A token that is not of our making is refused before any path is made of it."""
    for use in (upload_path, discard_upload):
        with pytest.raises(RequestError, match="That upload is not known any more"):
            use(token)
    assert not home.exists()


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When a file cannot be moved into place the old one stays, and the new one is not left beside it."""
    file = tmp_path / "list.csv"
    write_atomically(file, b"old")

    def fail(self: Path, target: Path) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(OSError, match="Input/output error"):
        write_atomically(file, b"new")
    assert file.read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["list.csv"]


def test_an_instant_in_a_manifest() -> None:
    """Instants are written to the second, with their zone."""
    assert now_text(datetime(2026, 1, 2, 3, 4, 5, 678, tzinfo=UTC)) == "2026-01-02T03:04:05+00:00"


def test_what_an_interrupted_erasure_left_is_removed(home: Path) -> None:
    """Customers' data that was being erased when the process died goes with the next publication."""
    left = home / "datasets" / ".erased-shop-0badcafe"
    left.mkdir(parents=True)
    (left / "customers.parquet").write_bytes(b"left behind")
    put("other")
    assert not left.exists()


def test_a_number_is_claimed_once(home: Path) -> None:
    """Two processes that publish at once get different numbers."""
    first = put("shop")
    (home / "datasets" / "shop" / ".claimed-0002").mkdir()
    second = put("shop")
    assert first.startswith("0001-")
    assert second.startswith("0003-")
    assert [item.version for item in list_versions("shop")] == [second, first]


def test_one_damaged_dataset_hides_no_other(home: Path) -> None:
    """A dataset whose manifest cannot be read is left out of the list, and says so when it is opened."""
    version = put("broken")
    put("whole")
    (home / "datasets" / "broken" / version / "manifest.json").write_text("{", encoding="utf-8")
    assert [item.dataset for item in list_datasets()] == ["whole"]
    with pytest.raises(StoreError, match="cannot be read"):
        open_version("broken")


def test_results_are_kept_by_their_last_use(publish: Publish, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beside a version are the results that were used last, by number and by size; the newest stays however large it is."""
    source = publish([Order("a", "2020-01-01")])
    assert source.stored is not None
    version = source.stored
    folder = version.cache_path("first").parent
    monkeypatch.setattr("analytics.datasets._MOST_CACHED", 3)
    monkeypatch.setattr("analytics.datasets._MOST_CACHED_BYTES", 100)

    def keep(name: str, size: int) -> set[str]:
        version.keep(name, b"x" * size)
        for age, file in enumerate(sorted(folder.iterdir(), key=lambda file: -file.stat().st_atime_ns), start=1):
            os.utime(file, (1_000_000 - age, 1_000_000 - age))
        return {file.name for file in folder.iterdir()}

    assert keep("one", 10) >= {"one"}
    assert keep("two", 10) >= {"one", "two"}
    assert keep("three", 10) == {"one", "two", "three"}
    version.cache_path("one")
    assert keep("four", 10) == {"one", "three", "four"}
    assert keep("large", 85) == {"large", "four"}
    assert keep("huge", 1_000) == {"huge"}


def test_a_pin_left_half_written_by_a_dead_process_is_swept(publish: Publish) -> None:
    """What a process that died was writing is no pin, and is gone when the next one is written; a living one's stays."""
    source = publish([Order("a", "2020-01-01")])
    assert source.stored is not None
    write_pin(source.stored, "one", b"x")
    folder = source.stored.path.parent / "pins"
    dead, living = folder / ".staging-999999999-aa", folder / f".staging-{os.getpid()}-aa"
    for path in (dead, living):
        path.write_bytes(b"half")
    assert len(pin_files(source.stored)) == 1
    write_pin(source.stored, "two", b"x")
    assert len(pin_files(source.stored)) == 2
    assert (dead.exists(), living.exists()) == (False, True)
