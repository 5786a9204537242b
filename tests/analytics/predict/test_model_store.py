"""The model store: what was kept comes back exactly, and nothing that was changed comes back at all."""

from __future__ import annotations

import json
import math
import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields, is_dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from analytics.beside import training_folders, workspace_key
from analytics.datasets import erase_dataset, open_version
from analytics.errors import AnalyticsError, NotFoundError, RequestError, StoreError
from analytics.predict import LEARNERS, Training, TrainingRequest, keep_training, open_training, train_on
from analytics.predict.cases import Cases, features
from analytics.predict.store import files as model_files
from analytics.predict.store import trainings as store
from analytics.predict.store.card import model_card
from analytics.predict.store.files import estimator_files, estimator_from_files
from analytics.predict.trained import Contender, Fitted
from tests.conftest import Publish, varied_shop


def cases(count: int = 260) -> Cases:
    """Whoever looks at many pages buys; some values are missing, and one browser is rare."""
    random = np.random.default_rng(3)
    pages = random.integers(0, 10, count).astype(float)
    browser = random.choice(["a", "b", "=c"], count, p=[0.5, 0.45, 0.05])
    noise = np.where(random.random(count) < 0.1, np.nan, random.normal(size=count))
    frame = pd.DataFrame({"pages": pages, "browser": browser, "noise": noise})
    bought = (pages + (browser == "a") + random.normal(0, 1, count) > 5).astype(float)
    return Cases(features(frame), bought, pd.Series([f"v{number:03d}" for number in range(count)]))


@cache
def trained(problem: str = "classification", models: tuple[str, ...] = ("logistic", "xgboost")) -> Training:
    made = cases()
    if problem == "regression":
        made = replace(made, target=made.target * (made.frame["pages"].to_numpy() + 1))
    return train_on(made, TrainingRequest("shop", problem=problem, target="bought", models=models, folds=2))


@pytest.fixture
def shop(publish: Publish) -> str:
    """The name of a published dataset, beside which trainings are kept."""
    publish(varied_shop(6), name="shop")
    return "shop"


def folder_of(model: str) -> Path:
    name = store.model_name(model)
    return next(path for path in training_folders(open_version(name.dataset)) if path.name.startswith(name.number))


def same(one: Any, other: Any) -> bool:
    """Whether two values are equal, arrays and frames included, not-a-number being itself."""
    if isinstance(one, pd.DataFrame | pd.Series):
        return bool(one.equals(other.astype(one.dtype) if isinstance(one, pd.Series) else other))
    if isinstance(one, np.ndarray):
        return np.array_equal(one, other, equal_nan=True)
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, tuple):
        return len(one) == len(other) and all(same(each, its) for each, its in zip(one, other, strict=True))
    if is_dataclass(one):
        return all(same(getattr(one, item.name), getattr(other, item.name)) for item in fields(one))
    return bool(one == other) or (isinstance(one, float) and math.isnan(one) and math.isnan(other))


@pytest.mark.parametrize("learner", LEARNERS, ids=lambda item: f"{item.kind}-{item.name}")
def test_a_model_comes_back_with_identical_scores(learner: Any) -> None:
    """Contract of every learner: taken apart and put together it scores the same, to the last bit, and so does a case alone."""
    training = trained(learner.kind, tuple(item.name for item in LEARNERS if item.kind == learner.kind))
    one = training.contender(learner.name)
    files, boosters = estimator_files(one.fitted.pipeline, one.name)
    again = replace(one.fitted, pipeline=estimator_from_files(files.__getitem__, one.name, boosters))
    assert np.array_equal(again.score(training.test_frame), one.scores)
    alone = [again.score(training.test_frame.iloc[[row]])[0] for row in range(8)]
    assert alone == one.scores[:8].tolist()


def test_a_training_comes_back_as_it_was(shop: str) -> None:
    """Every field of a training, of its models and of what they are fitted to is what it was when it was kept."""
    kept = keep_training(trained())
    read = open_training(kept.id)
    assert kept.id == "shop.classification.0001"
    for item in fields(Training):
        if item.name not in ("contenders",):
            assert same(getattr(kept, item.name), getattr(read, item.name)), item.name
    for one in kept.contenders:
        other = read.contender(one.name)
        for item in fields(Contender):
            if item.name != "fitted":
                assert same(getattr(one, item.name), getattr(other, item.name)), item.name
        for item in fields(Fitted):
            if item.name not in ("pipeline", "calibrator"):
                assert same(getattr(one.fitted, item.name), getattr(other.fitted, item.name)), item.name
        assert one.fitted.calibrator.points == other.fitted.calibrator.points
        assert np.array_equal(other.fitted.score(read.test_frame), one.scores)


def test_a_model_that_is_not_asked_is_not_put_together(shop: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Opening reads and checks every file, and makes an estimator of none; a score makes one, once, even after a drop."""
    made: list[str] = []

    def noted(read: Any, name: str, boosters: Any) -> Any:
        made.append(name)
        return estimator_from_files(read, name, boosters)

    monkeypatch.setattr(model_files, "estimator_from_files", noted)
    kept = keep_training(trained())
    read = open_training(kept.id)
    assert made == []
    store.drop_training(kept.id)
    for _ in range(2):
        assert np.array_equal(read.contender("xgboost").fitted.score(read.test_frame), kept.contender("xgboost").scores)
    assert made == ["xgboost"]


def test_any_changed_file_is_refused(shop: str) -> None:
    """One bit in any file, the seal itself included, and the training is not opened; changed back, it is."""
    kept = keep_training(trained())
    for path in sorted(folder_of(kept.id).iterdir()):
        content = path.read_bytes()
        middle = len(content) // 2
        path.write_bytes(content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :])
        with pytest.raises(StoreError, match=r"is not opened.*Train it again"):
            open_training(kept.id)
        path.write_bytes(content)
    assert open_training(kept.id).id == kept.id


def test_swapped_missing_and_added_files_are_refused(shop: str) -> None:
    """Two models cannot change places, and a folder has the files that were sealed, no fewer and no more."""
    kept = keep_training(trained())
    folder = folder_of(kept.id)
    one, other = folder / "logistic.skops", folder / "xgboost.skops"
    first, second = one.read_bytes(), other.read_bytes()
    one.write_bytes(second)
    other.write_bytes(first)
    with pytest.raises(StoreError, match="was changed after it was written"):
        open_training(kept.id)
    one.unlink()
    with pytest.raises(StoreError, match=r"'logistic\.skops' is gone"):
        open_training(kept.id)
    one.write_bytes(first)
    other.write_bytes(second)
    (folder / "more.skops").write_bytes(b"x")
    with pytest.raises(StoreError, match=r"'more\.skops' was added"):
        open_training(kept.id)


def test_a_foreign_training_is_refused_and_can_be_dropped(shop: str) -> None:
    """Sealed with another key, or moved to another number, it is not opened: it is said why, and it can be dropped."""
    kept = keep_training(trained())
    folder = folder_of(kept.id)
    shutil.copytree(folder, folder.with_name("0007-classification"))
    with pytest.raises(StoreError, match="not made in this workspace"):
        open_training("shop.classification.0007")
    key = open_version("shop").path.parents[2] / "keys" / "models.key"
    key.unlink()
    with pytest.raises(StoreError, match="not made in this workspace"):
        open_training(kept.id)
    assert store.list_trainings("shop") == ()
    assert set(store.refused_trainings("shop")) == {kept.id, "shop.classification.0007"}
    store.drop_training(kept.id)
    assert set(store.refused_trainings("shop")) == {"shop.classification.0007"}


def test_a_model_of_other_libraries_is_refused(shop: str) -> None:
    """What another scikit-learn has written is not read: it says which, and what to do."""
    older = replace(trained(), libraries={**trained().libraries, "scikit-learn": "1.2.0"})
    kept = keep_training(older)
    with pytest.raises(StoreError, match=r"made with scikit-learn 1\.2\.0, and here is .* Train it again"):
        open_training(kept.id)


@pytest.mark.parametrize(
    "told", ["shop", "../shop.classification.0001", "shop.classification.0001/../x", "shop.classification.١٢٣٤"]
)
def test_an_id_is_no_path(shop: str, told: str) -> None:
    """Ids are names of one form: whatever else is refused before anything is looked at."""
    with pytest.raises(RequestError, match="is no model"):
        open_training(told)


def test_an_unknown_model_is_named_with_those_there_are(shop: str) -> None:
    """The message helps on: what there is, or that nothing is yet."""
    with pytest.raises(NotFoundError, match="train one first"):
        open_training("shop.classification.0001")
    keep_training(trained())
    with pytest.raises(NotFoundError, match=r"There is shop\.classification\.0001\."):
        open_training("shop.classification.0002")


def test_the_key_is_its_owners_alone(shop: str) -> None:
    """The key is made once, however many ask for it first, and nobody else may read it."""
    version = open_version("shop")
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(lambda _: workspace_key(version), range(16)))
    assert len(keys) == 1
    assert (version.path.parents[2] / "keys" / "models.key").stat().st_mode & 0o777 == 0o600


def test_trainings_kept_at_the_same_time_have_numbers_of_their_own(shop: str) -> None:
    """Six threads keep the same training: six numbers, every one of them whole; a dropped number is not given again."""
    with ThreadPoolExecutor(6) as pool:
        ids = set(pool.map(lambda _: keep_training(trained()).id, range(6)))
    assert len(ids) == 6
    assert {about.id for about in store.list_trainings("shop")} == ids
    last = max(ids)
    store.drop_training(last)
    assert keep_training(trained()).id > last


def test_a_process_that_dies_while_keeping_leaves_nothing(shop: str) -> None:
    """Killed before the last file is in place, there is no training, and the next one sweeps what was left."""
    code = (
        "import os, signal\n"
        "from analytics import beside\n"
        "from analytics.datasets import open_version\n"
        "with beside.keeping_training(open_version('shop'), 'churn') as (folder, number):\n"
        "    (folder / 'manifest.json').write_text('half')\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": str(Path.cwd())}, check=False)
    assert done.returncode == -9
    assert store.list_trainings("shop") == ()
    models = open_version("shop").path.parent / "models"
    assert any(path.name.startswith(".staging") for path in models.iterdir())
    keep_training(trained())
    assert not any(path.name.startswith(".staging") for path in models.iterdir())


def test_there_is_a_most(shop: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """As many are kept as may be; then one is told to drop one."""
    monkeypatch.setattr(store, "MOST_TRAININGS", 1)
    keep_training(trained())
    with pytest.raises(RequestError, match="Drop one of them first"):
        keep_training(trained())


def test_one_model_is_in_use_and_the_one_before_can_be_again(shop: str) -> None:
    """The second takes the place of the first; putting the first in use again is the way back, and none is in use at the end."""
    first, second = keep_training(trained()), keep_training(trained())
    assert store.in_use("shop") == ()
    store.put_in_use(first.id, at="2026-01-01")
    used = store.put_in_use(f"{second.id}.logistic", at="2026-01-02")
    assert (used.training, used.learner, used.since) == (second.id, "logistic", "2026-01-02")
    assert used.earlier == (f"{first.id}.{first.best}",)
    assert [about.id for about in store.list_trainings("shop") if about.is_in_use] == [second.id]
    with pytest.raises(RequestError, match="is in use"):
        store.drop_training(second.id)
    assert store.put_in_use(used.earlier[0]).model == f"{first.id}.{first.best}"
    assert len(store.in_use("shop")) == 1
    store.take_out_of_use(first.id)
    assert store.in_use("shop") == ()
    with pytest.raises(NotFoundError, match="is not in use"):
        store.take_out_of_use(first.id)


def test_a_pointer_that_was_tampered_with_counts_for_nothing(shop: str) -> None:
    """Whoever rewrites which model is in use without the key has put none in use."""
    first, second = keep_training(trained()), keep_training(trained())
    store.put_in_use(first.id)
    path = next((open_version("shop").path.parent / "models").glob("in-use-*.json"))
    told = json.loads(path.read_text())
    told["told"]["models"][-1]["model"] = f"{second.id}.logistic"
    path.write_text(json.dumps(told))
    assert store.in_use("shop") == ()


def test_without_a_readable_key_no_model_is_in_use(shop: str) -> None:
    """Customers are looked at as if there were no model; whoever asks for the models themselves is told of the key."""
    store.put_in_use(keep_training(trained()).id)
    version = open_version("shop")
    (version.path.parents[2] / "keys" / "models.key").write_bytes(b"short")
    assert store.in_use("shop") == ()
    with pytest.raises(StoreError, match=r"models\.key, is damaged"):
        store.list_trainings("shop")


def test_what_is_dropped_while_it_is_listed_is_not_there(shop: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is neither listed nor called refused, and what stays is listed as itself."""
    first, second = keep_training(trained()), keep_training(trained())
    read = store._about

    def late(folder: Path, name: str, key: bytes) -> Any:
        if name == second.id and folder.is_dir():
            store.drop_training(second.id)
        return read(folder, name, key)

    monkeypatch.setattr(store, "_about", late)
    assert [about.id for about in store.list_trainings("shop")] == [first.id]
    assert store.refused_trainings("shop") == {}


def test_erasing_the_dataset_erases_its_models(shop: str, publish: Publish) -> None:
    """Nothing of a training is left, and its name is unknown afterwards."""
    kept = keep_training(trained())
    erase_dataset("shop")
    with pytest.raises(AnalyticsError):
        open_training(kept.id)
    publish(varied_shop(6), name="shop")
    assert store.list_trainings("shop") == ()


def test_a_card_says_what_the_training_says(shop: str) -> None:
    """The card's figures are those of the test part, as JSON that has no not-a-number, and its text names what it reads."""
    kept = keep_training(trained())
    card = model_card(f"{kept.id}.logistic")
    one = kept.contender("logistic")
    assert {figure.name: figure.value for figure in card.figures if figure.value is not None} == {
        name: value for name, value in one.figures.items() if not math.isnan(value)
    }
    assert (card.training_cases, card.test_cases) == (len(kept.training_target), len(kept.test_target))
    json.dumps(card.to_json(), allow_nan=False)
    assert "browser, noise, pages" in card.text()
    assert f"It was tested on {len(kept.test_target)} cases only." in card.limits
