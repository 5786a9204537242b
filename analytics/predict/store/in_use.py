"""Which models are in use: one for each question of a dataset, with those that were before it, sealed as models are."""

from __future__ import annotations

import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from analytics.beside import pointer_files, read_pointer, training_folder, workspace_key, write_pointer
from analytics.datasets import Version
from analytics.errors import RequestError, StoreError
from analytics.predict.store.sealing import seal_of
from analytics.text import say

MOST_REMEMBERED: Final = 20
"""Models that were in use before, of one question."""
_ID: Final = re.compile(
    r"(?P<dataset>[a-z0-9][a-z0-9_-]{0,62})\.(?P<problem>[a-z_]{1,40})\.(?P<number>[0-9]{4,9})"
    r"(?:\.(?P<learner>[a-z0-9_]{1,40}))?"
)


@dataclass(frozen=True, slots=True)
class ModelName:
    """The id of a training or of one of its models, taken apart."""

    dataset: str
    problem: str
    number: str
    learner: str = ""
    """Empty where the training is meant."""

    @property
    def training(self) -> str:
        return f"{self.dataset}.{self.problem}.{self.number}"


def model_name(told: str) -> ModelName:
    """The parts of `<dataset>.<problem>.<number>` or `<dataset>.<problem>.<number>.<learner>`.

    Raises:
        RequestError: it is neither.
    """
    found = _ID.fullmatch(told)
    if found is None:
        raise RequestError(
            say(
                "'{id}' is no model. A model is called like 'sample.churn.0001', or 'sample.churn.0001.xgboost' for one of "
                "those that were compared. See them with: python -m analytics models",
                id=told[:80],
            )
        )
    return ModelName(found["dataset"], found["problem"], found["number"], found["learner"] or "")


@dataclass(frozen=True, slots=True)
class InUse:
    """The model whose scores answer a question."""

    problem: str
    target: str
    """Empty where the problem needs none."""
    training: str
    learner: str
    since: str
    """When it was put in use; empty where nobody said."""
    earlier: tuple[str, ...] = ()
    """The models that were in use before it, the last first: putting one of them in use again is the way back."""

    @property
    def model(self) -> str:
        return f"{self.training}.{self.learner}"


def used_of(version: Version) -> tuple[InUse, ...]:
    """The models in use of a version's dataset, by problem and target. What was tampered with is as good as none."""
    found = [_used(version, content) for content in pointer_files(version)]
    return tuple(sorted((one for one in found if one is not None), key=lambda one: (one.problem, one.target)))


def history_of(version: Version, problem: str, target: str) -> list[dict[str, str]]:
    """(model, since) of every model that was in use for a question, the last one last."""
    content = read_pointer(version, _pointer(problem, target))
    told = _trusted(version, content) if content is not None else None
    return list(told["models"]) if told is not None else []


def write_used(version: Version, problem: str, target: str, models: list[dict[str, str]], *, is_on: bool) -> None:
    """Say which models were in use for a question, the last one last, and whether that one is now."""
    told = {
        "dataset": version.manifest.dataset,
        "problem": problem,
        "target": target,
        "models": models[-MOST_REMEMBERED:],
        "is_on": is_on,
    }
    content = {"told": told, "seal": seal_of(told, workspace_key(version))}
    write_pointer(version, _pointer(problem, target), json.dumps(content, indent=1, ensure_ascii=False).encode())


def _used(version: Version, content: bytes) -> InUse | None:
    told = _trusted(version, content)
    if told is None or not told["is_on"]:
        return None
    *before, last = told["models"]
    name = model_name(last["model"])
    if training_folder(version, name.number, name.problem) is None:
        return None
    earlier = dict.fromkeys(one["model"] for one in reversed(before) if one["model"] != last["model"])
    return InUse(told["problem"], told["target"], name.training, name.learner, last["since"], tuple(earlier))


def _trusted(version: Version, content: bytes) -> Mapping[str, Any] | None:
    try:
        read = json.loads(content)
        told, seal = read["told"], read["seal"]
        is_ours = hmac.compare_digest(str(seal).encode(), seal_of(told, workspace_key(version)).encode())
    except (ValueError, TypeError, KeyError, StoreError):  # without the key nothing is known to be ours
        return None
    return told if is_ours and told["dataset"] == version.manifest.dataset else None


def _pointer(problem: str, target: str) -> str:
    return f"{problem}/{target}"
