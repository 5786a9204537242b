"""The model store: trainings kept beside a dataset, sealed, listed and dropped.

    <workspace>/datasets/<dataset>/models/<number>-<problem>/
        manifest.json        what was asked, what came out, what it was made with
        evaluation.npz       the answers and the scores, of the test part and of the training part
        test.parquet         the features of the test part
        <learner>.skops      the steps of each model that score; <learner>.ubj: its boosted trees
        seal                 the digest of each file, and an HMAC over these

Nothing in it can run: it is JSON, plain arrays, and models whose types are on a list. What was changed or comes from another
workspace is refused.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as library_version
from io import BytesIO
from pathlib import Path
from typing import Any, Final

import pandas as pd

from analytics.beside import drop_training_folder, keeping_training, training_folder, training_folders, workspace_key
from analytics.clusters.keeping import arrays_bytes, arrays_from_bytes
from analytics.datasets import Version, list_datasets, open_version
from analytics.errors import AnalyticsError, NotFoundError, RequestError, StoreError
from analytics.predict.request import training_request_from_json
from analytics.predict.store.files import LaterSteps, estimator_files
from analytics.predict.store.in_use import InUse, ModelName, history_of, model_name, used_of, write_used
from analytics.predict.store.plain import (
    coded_columns,
    frame_from_columns,
    training_arrays,
    training_from_json,
    training_json,
)
from analytics.predict.store.sealing import SEAL, Sealed, opened, seal_folder
from analytics.predict.trained import Contender, Training
from analytics.text import say

__all__ = [
    "InUse",
    "ModelName",
    "TrainingAbout",
    "check_room",
    "drop_training",
    "in_use",
    "keep_training",
    "list_trainings",
    "model_name",
    "open_model",
    "open_training",
    "put_in_use",
    "refused_trainings",
    "seal_digest",
    "take_out_of_use",
]

MOST_TRAININGS: Final = 60
"""Of one dataset. A forest takes some 20 MB, most models less than one."""
FORMAT: Final = 1
"""Of the folder; another one is another number."""
_MANIFEST: Final = "manifest.json"
_EVALUATION: Final = "evaluation.npz"
_TEST: Final = "test.parquet"
_DECIDING: Final = {"scikit-learn": 2, "xgboost-cpu": 1, "xgboost": 1}
"""Libraries whose models another release may read wrongly, and how much of the version has to be the same."""


@dataclass(frozen=True, slots=True)
class TrainingAbout:
    """What the manifest of a kept training says of it."""

    id: str
    dataset: str
    version: str
    problem: str
    target: str
    question: str
    made_at: str
    best: str
    figures: Mapping[str, float]
    """Of the best model, on the test part."""
    cases: int
    is_in_use: bool = False
    used: str = ""
    """Which of its models is in use; empty where none is."""
    models: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    """Each of its models with its figures."""


def check_room(dataset: str, *, home: Path | None = None) -> None:
    """
    Raises:
        RequestError: as many trainings are kept of the dataset as may be.
    """
    if len(training_folders(open_version(dataset, home=home))) >= MOST_TRAININGS:
        raise RequestError(
            say(
                "{n} trainings of '{dataset}' are kept already, which is the most. Drop one of them first.",
                n=MOST_TRAININGS,
                dataset=dataset,
            )
        )


def keep_training(training: Training, *, home: Path | None = None) -> Training:
    """Keep a training beside its dataset; returns it with its id.

    Raises:
        RequestError: as many as may be are kept already.
        StoreError: the folder cannot be written.
    """
    request = training.request
    check_room(request.dataset, home=home)
    version = open_version(request.dataset, home=home)
    with keeping_training(version, request.problem) as (folder, number):
        kept = replace(training, id=f"{request.dataset}.{request.problem}.{number}")
        boosters = {}
        for one in kept.contenders:
            files, boosters[one.name] = estimator_files(one.fitted.pipeline, one.name)
            for name, content in files.items():
                (folder / name).write_bytes(content)
        (folder / _EVALUATION).write_bytes(arrays_bytes(training_arrays(kept), {}))
        coded_columns(kept.test_frame).to_parquet(folder / _TEST, index=False)
        told = {"format": FORMAT, **training_json(kept), "question": asked_in_words(kept), "boosters": boosters}
        (folder / _MANIFEST).write_text(
            json.dumps(told, indent=1, ensure_ascii=False, allow_nan=False), encoding="utf-8"
        )
        seal_folder(folder, kept.id, workspace_key(version))
    return kept


def open_training(model: str, *, home: Path | None = None) -> Training:
    """The training of that id, `<dataset>.<problem>.<number>`; a learner's name may follow, as `<id>.<learner>`.

    Raises:
        NotFoundError: there is none.
        StoreError: it was changed, comes from another workspace, is not whole, or was made with other libraries.
    """
    return _read_training(model_name(model), home)


def open_model(model: str, *, home: Path | None = None) -> tuple[Training, Contender]:
    """The training of an id, and the model that is meant: the one that is named, otherwise the best.

    Raises:
        NotFoundError: there is none.
        StoreError: it is refused; the sentence says why.
    """
    name = model_name(model)
    training = _read_training(name, home)
    return training, training.contender(name.learner)


def list_trainings(dataset: str | None = None, *, home: Path | None = None) -> tuple[TrainingAbout, ...]:
    """The trainings that are kept, the newest first; of one dataset, or of all. One that is refused is left out:
    `refused_trainings` says why.

    Raises:
        NotFoundError: there is no such dataset.
    """
    kept = (about for version in _versions(dataset, home) for about in _abouts(version).values())
    found = [about for about in kept if not isinstance(about, str)]
    return tuple(sorted(found, key=lambda about: about.made_at, reverse=True)) if dataset is None else tuple(found)


def refused_trainings(dataset: str | None = None, *, home: Path | None = None) -> dict[str, str]:
    """Training id → why it is refused, in a sentence, of those that are kept and are not to be trusted."""
    kept = (item for version in _versions(dataset, home) for item in _abouts(version).items())
    return {model: about for model, about in kept if isinstance(about, str)}


def drop_training(model: str, *, home: Path | None = None) -> None:
    """Forget a training, even one that is refused.

    Raises:
        NotFoundError: there is none.
        RequestError: one of its models is in use.
    """
    name = model_name(model)
    version, folder = _found(name, home)
    if any(one.training == name.training for one in used_of(version)):
        raise RequestError(
            say("'{id}' is in use: its scores are a column of the customers. Stop using it first.", id=name.training)
        )
    drop_training_folder(version, folder)


def put_in_use(model: str, *, at: str = "", home: Path | None = None) -> InUse:
    """Let a model answer its question from now on, in place of the one that did: the best of a training, or the one named.

    Raises:
        NotFoundError: there is none.
        StoreError: it is refused; the sentence says why.
    """
    name = model_name(model)
    training, contender = open_model(model, home=home)
    version, _ = _found(name, home)
    asked, target = training.request.problem, training.request.target
    told = {"model": f"{training.id}.{contender.name}", "since": at}
    write_used(version, asked, target, [*history_of(version, asked, target), told], is_on=True)
    return next(one for one in used_of(version) if (one.problem, one.target) == (asked, target))


def take_out_of_use(model: str, *, home: Path | None = None) -> None:
    """Let a model answer its question no more; nothing answers it then.

    Raises:
        NotFoundError: the model is not in use.
    """
    name = model_name(model)
    version = open_version(name.dataset, home=home)
    for one in used_of(version):
        if one.training == name.training and name.learner in ("", one.learner):
            write_used(version, one.problem, one.target, history_of(version, one.problem, one.target), is_on=False)
            return
    known = ", ".join(one.model for one in used_of(version))
    raise NotFoundError(
        say("'{id}' is not in use. In use: {known}.", id=model, known=known)
        if known
        else say("'{id}' is not in use. No model of '{dataset}' is.", id=model, dataset=name.dataset)
    )


def in_use(dataset: str, *, home: Path | None = None) -> tuple[InUse, ...]:
    """The models in use of a dataset: one for each problem and target.

    Raises:
        NotFoundError: there is no such dataset.
    """
    return used_of(open_version(dataset, home=home))


def seal_digest(model: str, *, home: Path | None = None) -> str:
    """The SHA-256 of a training's seal, which covers every file of it.

    Raises:
        NotFoundError: there is none.
    """
    _, folder = _found(model_name(model), home)
    return hashlib.sha256((folder / SEAL).read_bytes()).hexdigest()


def asked_in_words(training: Training) -> str:
    """The question that a training answers, as a person asks it."""
    request = training.request
    return say(training.asked.question, days=request.horizon_days, target=_target_words(training))


def _target_words(training: Training) -> str:
    target = training.request.target
    return f"{target} = {training.positive}" if target and training.asked.kind == "classification" else target


def sealed_training(version: Version, name: ModelName) -> tuple[Sealed, dict[str, Any]]:
    """The folder of a training whose seal is right, and its manifest.

    Raises:
        NotFoundError: there is none.
        StoreError: it is refused; the sentence says why.
    """
    folder = training_folder(version, name.number, name.problem)
    if folder is None:
        raise _unknown(version, name)
    sealed = opened(folder, name.training, workspace_key(version))
    told: dict[str, Any] = json.loads(sealed.read(_MANIFEST))
    return sealed, told


def _read_training(name: ModelName, home: Path | None) -> Training:
    version, _ = _found(name, home)
    sealed, told = sealed_training(version, name)
    _check_readable(name, told)
    files = {file: sealed.read(file) for file in sealed.digests}  # one changed anywhere is not used in part
    arrays, _ = arrays_from_bytes(files[_EVALUATION])
    frame = frame_from_columns(pd.read_parquet(BytesIO(files[_TEST])), arrays)
    pipelines = {one: LaterSteps(_files_of(one, files), one, boosters) for one, boosters in told["boosters"].items()}
    return training_from_json(told, arrays, frame, pipelines)


def _files_of(learner: str, files: Mapping[str, bytes]) -> dict[str, bytes]:
    return {file: content for file, content in files.items() if file.startswith((f"{learner}.", f"{learner}-"))}


def _check_readable(name: ModelName, told: Mapping[str, Any]) -> None:
    """
    Raises:
        StoreError: it was made with other libraries, whose models these may read wrongly.
    """
    if told["format"] != FORMAT:
        raise StoreError(say("'{id}' was kept by another release of Clientele. Train it again.", id=name.training))
    for library, places in _DECIDING.items():
        made_with = told["libraries"].get(library)
        if made_with is None:
            continue
        here = _installed(library)
        if here.split(".")[:places] != made_with.split(".")[:places]:
            raise StoreError(
                say(
                    "'{id}' was made with {library} {made_with}, and here is {here}: it might score differently. Train it again.",
                    id=name.training,
                    library=library,
                    made_with=made_with,
                    here=here or say("none"),
                )
            )


def _installed(library: str) -> str:
    try:
        return library_version(library)
    except PackageNotFoundError:
        return ""


def _found(name: ModelName, home: Path | None) -> tuple[Version, Path]:
    version = open_version(name.dataset, home=home)
    folder = training_folder(version, name.number, name.problem)
    if folder is None:
        raise _unknown(version, name)
    return version, folder


def _unknown(version: Version, name: ModelName) -> NotFoundError:
    known = ", ".join(_id_of(version, folder) for folder in training_folders(version)[:12])
    if not known:
        return NotFoundError(
            say(
                "There is no model '{id}'. No model of '{dataset}' is kept yet: train one first.",
                id=name.training,
                dataset=name.dataset,
            )
        )
    return NotFoundError(say("There is no model '{id}'. There is {known}.", id=name.training, known=known))


def _id_of(version: Version, folder: Path) -> str:
    number, _, asked = folder.name.partition("-")
    return f"{version.manifest.dataset}.{asked}.{number}"


def _versions(dataset: str | None, home: Path | None) -> list[Version]:
    if dataset is not None:
        return [open_version(dataset, home=home)]
    return [open_version(known.dataset, home=home) for known in list_datasets(home=home)]


def _abouts(version: Version) -> dict[str, TrainingAbout | str]:
    """Training id → what it is, or why it is refused; in the order of `training_folders`, as they are at this moment."""
    used = {one.training: one.learner for one in used_of(version)}
    key = workspace_key(version)
    found: dict[str, TrainingAbout | str] = {}
    for folder in training_folders(version):
        name = _id_of(version, folder)
        try:
            about = _about(folder, name, key)
        except (AnalyticsError, OSError, ValueError, KeyError, TypeError) as refusal:
            if folder.is_dir():  # else somebody has dropped it just now
                found[name] = str(refusal)
            continue
        found[name] = replace(about, is_in_use=name in used, used=used.get(name, ""))
    return found


def _about(folder: Path, name: str, key: bytes) -> TrainingAbout:
    told = json.loads(opened(folder, name, key).read(_MANIFEST))
    request = training_request_from_json(told["request"])
    models = {one["name"]: _known(one["figures"]) for one in told["contenders"]}
    return TrainingAbout(
        name,
        request.dataset,
        request.version or "",
        request.problem,
        request.target,
        told["question"],
        told["made_at"],
        told["best"],
        models[told["best"]],
        told["cases"],
        models=models,
    )


def _known(figures: Mapping[str, float | None]) -> dict[str, float]:
    return {name: float("nan") if value is None else value for name, value in figures.items()}
