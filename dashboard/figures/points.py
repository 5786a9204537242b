"""What one point of the cloud is like: its shape, its colour, its size, and the card that it shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from analytics.clusters import Spread
from analytics.metrics import metric
from analytics.segmentation import Segment, Segmentation
from analytics.text import say
from dashboard import formats
from dashboard.figures.base import typed
from dashboard.theme import SYMBOLS, Mode, cluster_color, tokens

Rows = np.ndarray[Any, Any]
_FEW: Final = 6_000
"""More points than this are smaller."""
_NOISE_SYMBOL: Final = "circle-open"
_SHAPES: Final = tuple(shape for shape in SYMBOLS if shape not in (_NOISE_SYMBOL, "x"))
"""Not the x: in three dimensions it is a letter that few fonts have."""
_HOVER_VALUES: Final = 40_000
"""Values that all points together carry for their hover cards: eight each where there are few, two where there are many."""
_MOST_HOVER: Final = 8
_TENTHS: Final = 10
"""Diameters are sent in tenths of a pixel, one byte each."""


@dataclass(frozen=True, slots=True)
class Look:
    """How the reader wants the picture."""

    axes: tuple[int, int] | None = None
    """The two components that are shown, counted from 1; None shows all three."""
    size: str = ""
    """The metric that points are as large as; none where they are all alike."""
    with_arrows: bool = True
    is_narrow: bool = False
    area: Sequence[tuple[float, float]] = ()
    """What was drawn around customers, in two components."""
    camera: Mapping[str, Any] | None = None
    """Where the reader has turned the picture to; None is where it is seen from at first."""
    basis: str = ""
    """What the area is an area of; the browser gives it back with what is drawn."""


def diameters(values: np.ndarray[Any, Any], spread: Spread, smallest: float, largest: float) -> np.ndarray[Any, Any]:
    """Diameters in tenths of a pixel: a point's area grows with its value, and stays as it is beyond the spread."""
    share = np.clip((np.nan_to_num(values, nan=spread.low) - spread.low) / (spread.high - spread.low), 0, 1)
    sized: np.ndarray[Any, Any] = np.round(_TENTHS * np.sqrt(smallest**2 + share * (largest**2 - smallest**2)))
    return sized


def shape_of(code: int, group: Segment) -> str:
    """The symbol of a group's points; customers in no group have one that no group has."""
    return _NOISE_SYMBOL if group.is_noise else _SHAPES[code % len(_SHAPES)]


def color_of(code: int, group: Segment, mode: Mode) -> str:
    """The colour of a group's points: grey for those in none."""
    return tokens(mode)["ink-3"] if group.is_noise else cluster_color(code, mode)


def places(points: np.ndarray[Any, Any], look: Look) -> dict[str, Any]:
    if look.axes is None:
        return {"type": "scatter3d", **{axis: typed(points[:, at]) for at, axis in enumerate("xyz")}}
    x, y = look.axes
    faded = {"selected": {"marker": {"opacity": 1}}, "unselected": {"marker": {"opacity": 0.12}}}
    # Not scattergl: it makes its shaders out of text, which the page's security policy forbids.
    return {"type": "scatter", "x": typed(points[:, x - 1]), "y": typed(points[:, y - 1]), **faded}


def sizes(values: np.ndarray[Any, Any] | None, spread: Spread | None, look: Look, drawn: int) -> dict[str, Any]:
    few = 1.0 if drawn <= _FEW else 0.8
    smallest, largest = (3.0 * few, 9.0 * few) if look.axes is None else (4.0 * few, 11.0 * few)
    if values is None or spread is None:
        return {"size": 4.0 * few if look.axes is None else 6.0 * few}
    return {
        "size": typed(diameters(values, spread, smallest, largest), "i1"),
        "sizeref": _TENTHS,
        "sizemode": "diameter",
    }


@dataclass(frozen=True, slots=True)
class Hover:
    ids: np.ndarray[Any, Any]
    values: list[np.ndarray[Any, Any]]
    """A column for each value of the card, shape (points,) each."""
    template: str


def hover_metrics(found: Segmentation, size: str, drawn: int) -> tuple[str, ...]:
    """The metrics on a hover card: that of the sizes, revenue, and those of the groups as far as so many points allow."""
    wanted = dict.fromkeys(name for name in (size, "revenue_total", *found.metrics) if name)
    known = [name for name in wanted if name in found.table.frame.columns]
    return tuple(known[: min(_MOST_HOVER, max(2, _HOVER_VALUES // max(drawn, 1)))])


def hover_card(found: Segmentation, rows: Rows, look: Look) -> Hover:
    lines = ["<b>%{meta}</b>", say("customer {id}", id="%{text}")]
    columns: list[Rows] = []
    for name in hover_metrics(found, look.size, len(rows)):
        known = metric(name)
        values = numbers_of(found, name, rows)
        column, shown = _carried(values, known.unit, found.table.currency, len(columns))
        columns.append(column)
        lines.append(say("{metric}: {value}", metric=say(known.label), value=shown))
    strength = found.clustering.strength if found.clustering else None
    if strength is not None:
        lines.append(say("Belongs to the group: {share}", share=f"%{{customdata[{len(columns)}]:.0%}}"))
        columns.append(np.round(strength[rows].astype(float), 3).astype(object))
    return Hover(
        found.table.frame["customer_id"].take(rows).to_numpy(), columns, "<br>".join(lines) + "<extra></extra>"
    )


def numbers_of(found: Segmentation, name: str, rows: Rows) -> Rows:
    """A metric of the customers of `rows`, missing as NaN."""
    return found.table.frame[name].take(rows).to_numpy(dtype=float, na_value=np.nan)


def _carried(values: np.ndarray[Any, Any], unit: str, currency: str, place: int) -> tuple[np.ndarray[Any, Any], str]:
    """What points carry of a metric, and how the card shows it. Numbers are formatted in the browser; with gaps, here."""
    missing = np.isnan(values)
    if unit == "seconds":
        return np.array(
            [formats.seconds(value) for value in values.tolist()], dtype=object
        ), f"%{{customdata[{place}]}}"
    is_whole = unit != "share" and bool((values[~missing] % 1 == 0).all())
    digits = 2 if unit == "money" else 0 if is_whole else 1
    form = ".1%" if unit == "share" else f",.{digits}f"
    around = formats.money(0, currency) if unit == "money" else say("{n} days", n="0") if unit == "days" else "0"
    if missing.any():
        told = [around.replace("0", format(value, form)) for value in values.tolist()]
        return np.where(missing, formats.NOTHING, np.array(told, dtype=object)), f"%{{customdata[{place}]}}"
    short = np.round(values).astype(np.int64) if is_whole else np.round(values, 4 if unit == "share" else digits)
    return short.astype(object), around.replace("0", f"%{{customdata[{place}]:{form}}}")
