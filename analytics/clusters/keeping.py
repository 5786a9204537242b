"""Fits and panels as one file of plain arrays: nothing in it can run, and any NumPy reads it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import IO, Any, Final
from zipfile import BadZipFile

import numpy as np

from analytics.clusters.algorithm import Fit
from analytics.clusters.choose_k import Panel
from analytics.clusters.quality import quality_from_json

_ABOUT: Final = "about"
_DAMAGED: Final = (OSError, EOFError, ValueError, KeyError, TypeError, RuntimeError, BadZipFile)
"""What reading a file may end in that was cut off, emptied or overwritten; a RuntimeError is one whose bits say `encrypted`."""
Arrays = Mapping[str, np.ndarray[Any, Any]]


def arrays_bytes(arrays: Arrays, about: Mapping[str, Any]) -> bytes:
    """Arrays by name, and what is said of them as plain JSON. An array that has several names is written once."""
    written: dict[str, np.ndarray[Any, Any]] = {}
    places: dict[str, str] = {}
    seen: dict[int, str] = {}
    for name, values in arrays.items():
        place = seen.setdefault(id(values), f"a{len(written)}")
        written.setdefault(place, values)
        places[name] = place
    told = json.dumps({"about": about, "places": places}).encode()
    target = BytesIO()
    np.savez(target, allow_pickle=False, **written, **{_ABOUT: np.frombuffer(told, dtype=np.uint8)})
    return target.getvalue()


def load_arrays(path: Path) -> tuple[dict[str, np.ndarray[Any, Any]], Any] | None:
    """What `arrays_bytes` wrote; None where there is no such file, or a damaged one."""
    try:
        with path.open("rb") as opened:
            return _arrays(opened)
    except _DAMAGED:
        return None


def arrays_from_bytes(content: bytes) -> tuple[dict[str, np.ndarray[Any, Any]], Any]:
    """What `arrays_bytes` gave. Bytes that are anything else end in one of many errors."""
    return _arrays(BytesIO(content))


def _arrays(opened: IO[bytes]) -> tuple[dict[str, np.ndarray[Any, Any]], Any]:
    with np.load(opened, allow_pickle=False) as file:
        told = json.loads(file[_ABOUT].tobytes())
        read = {name: file[name] for name in set(told["places"].values())}
    return {name: read[place] for name, place in told["places"].items()}, told["about"]


def fit_arrays(fit: Fit, name: str = "fit") -> tuple[dict[str, np.ndarray[Any, Any]], dict[str, Any]]:
    """A fit as arrays whose names begin with `name`, and as JSON."""
    arrays: dict[str, np.ndarray[Any, Any]] = {f"{name}/labels": fit.labels.astype(np.int16)}
    arrays |= {f"{name}/model/{part}": values for part, values in fit.model.items()}
    if fit.strength is not None:
        arrays[f"{name}/strength"] = fit.strength
    return arrays, {"settings": dict(fit.settings), "exact": fit.exact}


def fit_from_arrays(arrays: Arrays, about: Mapping[str, Any], name: str = "fit") -> Fit:
    """The fit that `fit_arrays` took apart."""
    part = f"{name}/model/"
    model = {key.removeprefix(part): values for key, values in arrays.items() if key.startswith(part)}
    labels = arrays[f"{name}/labels"].astype(np.intp)
    return Fit(labels, model, about["settings"], about["exact"], arrays.get(f"{name}/strength"))


def panel_bytes(panel: Panel) -> bytes:
    """A panel as one file."""
    arrays: dict[str, np.ndarray[Any, Any]] = {}
    fits = []
    for place, (value, fit) in enumerate(panel.fits.items()):
        parts, about = fit_arrays(fit, str(place))
        arrays |= parts
        fits.append({"value": value, **about})
    about = {
        "qualities": [tried.to_json() for tried in panel.qualities],
        "fits": fits,
        "proposed": panel.proposed,
        "near_ties": list(panel.near_ties),
        "rule": panel.rule,
        "notes": list(panel.notes),
    }
    return arrays_bytes(arrays, about)


def load_panel(path: Path) -> Panel | None:
    """The panel in a file; None where there is no such file, or a damaged one."""
    read = load_arrays(path)
    if read is None:
        return None
    arrays, about = read
    fits = {told["value"]: fit_from_arrays(arrays, told, str(place)) for place, told in enumerate(about["fits"])}
    qualities = tuple(quality_from_json(told) for told in about["qualities"])
    return Panel(qualities, fits, about["proposed"], tuple(about["near_ties"]), about["rule"], tuple(about["notes"]))
