"""Fitted estimators as bytes that cannot run: scikit-learn's by skops with a list of trusted types, XGBoost's as UBJSON."""

from __future__ import annotations

import copy
import math
import threading
from collections.abc import Callable, Mapping
from typing import Any, Final

TRUSTED: Final = (
    "analytics.predict.learning.encoder.Encoder",
    "analytics.predict.learners.two_part.TwoPart",
    "numpy.dtype",
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
    "sklearn.neural_network._stochastic_optimizers.AdamOptimizer",
    "sklearn.tree._tree.Tree",
)
"""Types that a kept model may hold beside those that skops trusts anyway: plain holders of numbers, and our own estimators."""
_BOOSTER: Final = "xgboost"
_STEPS: Final = ("prepare", "model")
"""The steps of a pipeline that score: what balances cases is for fitting only, and is not kept."""


def estimator_files(pipeline: Any, name: str) -> tuple[dict[str, bytes], list[dict[str, Any]]]:
    """(file name → bytes, what is to be known of each booster) of a fitted pipeline of `prepare` and `model`."""
    from skops.io import dumps

    boosters: list[Any] = []

    def take(booster: Any) -> dict[str, int]:
        boosters.append(booster)
        return {_BOOSTER: len(boosters) - 1}

    steps = {step: _replaced(pipeline.named_steps[step], _is_booster, take) for step in _STEPS}
    files = {f"{name}.skops": dumps(steps)}
    for place, booster in enumerate(boosters):
        files[_booster_file(name, place)] = bytes(booster.get_booster().save_raw("ubj"))
    return files, [{"type": type(booster).__name__, "params": _params(booster)} for booster in boosters]


def estimator_from_files(read: Callable[[str], bytes], name: str, boosters: list[Mapping[str, Any]]) -> Any:
    """The pipeline that `estimator_files` took apart; `read` gives the bytes of a file.

    Raises:
        UntrustedTypesFoundException: it holds a type that is not on the list.
    """
    from sklearn.pipeline import Pipeline
    from skops.io import loads

    def put(place: Mapping[str, int]) -> Any:
        import xgboost

        about = boosters[place[_BOOSTER]]
        made = {"XGBClassifier": xgboost.XGBClassifier, "XGBRegressor": xgboost.XGBRegressor}[about["type"]]
        estimator = made(**about["params"])
        estimator.load_model(bytearray(read(_booster_file(name, place[_BOOSTER]))))
        return estimator

    steps = loads(read(f"{name}.skops"), trusted=list(TRUSTED))
    return Pipeline([(step, _replaced(steps[step], _is_place, put)) for step in _STEPS])


class LaterSteps:
    """The steps of a kept model, put together when they are first asked for: most models of a training are only read about.

    It holds the bytes that were checked against the seal, so that what is used later is what was checked.
    """

    def __init__(self, files: Mapping[str, bytes], name: str, boosters: list[Mapping[str, Any]]) -> None:
        self._kept: tuple[Mapping[str, bytes], str, list[Mapping[str, Any]]] | None = (files, name, boosters)
        self._steps: Any = None
        self._lock = threading.Lock()

    @property
    def named_steps(self) -> Any:
        """The steps by their names, as a pipeline has them.

        Raises:
            UntrustedTypesFoundException: they hold a type that is not on the list.
        """
        with self._lock:
            if self._kept is not None:
                files, name, boosters = self._kept
                self._steps = estimator_from_files(files.__getitem__, name, boosters).named_steps
                self._kept = None  # the bytes are needed no more
            return self._steps


def _replaced(value: Any, is_wanted: Callable[[Any], bool], by: Callable[[Any], Any]) -> Any:
    """The value with certain parts of it replaced, however deep in estimators; what it came from stays as it was."""
    if is_wanted(value):
        return by(value)
    if isinstance(value, list | tuple) and type(value) in (list, tuple):
        parts = [_replaced(part, is_wanted, by) for part in value]
        return value if all(new is old for new, old in zip(parts, value, strict=True)) else type(value)(parts)
    if not hasattr(value, "get_params") or isinstance(value, type):
        return value
    changed = {
        attribute: new for attribute, part in vars(value).items() if (new := _replaced(part, is_wanted, by)) is not part
    }
    if not changed:
        return value
    twin = copy.copy(value)
    vars(twin).update(changed)
    return twin


def _is_booster(value: Any) -> bool:
    return type(value).__module__.startswith("xgboost.") and hasattr(value, "get_booster")


def _is_place(value: Any) -> bool:
    return isinstance(value, dict) and set(value) == {_BOOSTER}


def _params(booster: Any) -> dict[str, Any]:
    """What a booster was made with, as plain JSON: what says nothing is left out."""
    told = booster.get_params()
    return {
        name: value
        for name, value in told.items()
        if value is not None and not (isinstance(value, float) and math.isnan(value))
    }


def _booster_file(name: str, place: int) -> str:
    return f"{name}.ubj" if not place else f"{name}-{place + 1}.ubj"
