"""Weighing: the importance of a kept model's features, found once and kept beside the version, where every process finds it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from pathlib import Path

from analytics.datasets import Version
from analytics.digest import code_digest
from analytics.predict.explaining.importance import Importance, permutation
from analytics.predict.trained import Contender, Training


def stored_importance(version: Version, training: Training, contender: Contender) -> tuple[Importance, ...] | None:
    """The importance that was found before; None where it was not, or was forgotten."""
    try:
        told = json.loads(_path(version, training, contender).read_bytes())
        return tuple(Importance(**one) for one in told)
    except (OSError, ValueError, TypeError):  # it can be found again
        return None


def weigh(version: Version, training: Training, contender: Contender) -> tuple[Importance, ...]:
    """The importance of each feature, the most important first, on the test part: it takes seconds for a large model."""
    found = stored_importance(version, training, contender)
    if found is None:
        found = permutation(contender.fitted, training.test_frame, training.test_target, seed=training.request.seed)
        content = json.dumps([asdict(one) for one in found], ensure_ascii=False).encode()
        version.keep(_path(version, training, contender).name, content)
    return found


def _path(version: Version, training: Training, contender: Contender) -> Path:
    # A number is given again once its training was dropped; the time at which it was made is not
    told = f"{training.id} {training.made_at} {contender.name} {code_digest()}"
    return version.cache_path(f"importance-{hashlib.sha256(told.encode()).hexdigest()[:16]}.json")
