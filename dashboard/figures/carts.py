"""The carts that were left, drawn."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from analytics.behaviour.carts import AGE_BANDS
from analytics.text import say
from dashboard import formats
from dashboard.figures.base import Figure, figure, nothing, typed
from dashboard.figures.funnel import escaped, or_none, short
from dashboard.theme import Mode, mixed, readable_on, tokens

Array = np.ndarray[Any, Any]


def age_labels() -> list[str]:
    """The bands of ages, newest first."""
    labels = [say("Yesterday")]
    labels += [say("{from_}–{to} days", from_=low + 1, to=high) for low, high in pairwise(AGE_BANDS)]
    return [*labels, say("More than {n} days", n=AGE_BANDS[-1])]


def age_rule(band: int) -> dict[str, int]:
    """What a `left_cart` deed says of a band of ages."""
    rule = {"within_days": AGE_BANDS[band]} if band < len(AGE_BANDS) else {}
    return rule | ({"older_than_days": AGE_BANDS[band - 1]} if band else {})


def value_labels(edges: Sequence[float], currency: str) -> list[str]:
    """The bands of values, smallest first."""
    if not edges:
        return []
    told = [formats.money(edge, currency, 0 if edge >= 10 or edge == int(edge) else 2) for edge in edges]
    between = [say("{from_} to {to}", from_=low, to=high) for low, high in pairwise(told)]
    return [say("Under {to}", to=told[0]), *between, say("{from_} or more", from_=told[-1])]


def value_rule(edges: Sequence[float], band: int) -> dict[str, float]:
    """What a `left_cart` deed says of a band of values."""
    rule = {"below_value": edges[band]} if band < len(edges) else {}
    return rule | ({"min_value": edges[band - 1]} if band else {})


def carts_by_age_and_value(
    counts: Array, values: Array, edges: Sequence[float], currency: str, mode: Mode, *, opens: bool
) -> Figure:
    """A cell per age and value: the carts left; a click means their known customers. Arrays have shape (ages, values)."""
    if not counts.sum():
        return nothing(mode, say("No carts left in this selection"))
    of = tokens(mode)
    most = int(counts.max())
    columns, rows = value_labels(edges, currency), age_labels()
    cells: dict[str, Any] = {
        "type": "heatmap",
        "x": columns,
        "y": rows,
        "z": typed(counts),
        "xgap": 3,
        "ygap": 3,
        "zmin": 0,
        "showscale": False,
        "colorscale": [[0, of["heat-low"]], [1, of["heat-high"]]],
        "hovertext": [
            [
                say(
                    "<b>{age}, {value}</b><br>{n} carts left<br>{sum} together",
                    age=rows[age],
                    value=columns[value],
                    n=formats.number(counts[age, value]),
                    sum=formats.money(values[age, value], currency),
                )
                for value in range(len(columns))
            ]
            for age in range(len(rows))
        ],
        "hovertemplate": "%{hovertext}<extra></extra>",
    }
    if opens:
        cells["customdata"] = [
            [cart_rule(age_rule(age) | value_rule(edges, value)) for value in range(len(columns))]
            for age in range(len(rows))
        ]
    notes = [
        {
            "x": value,
            "y": age,
            "text": _brief(int(counts[age, value])),
            "showarrow": False,
            "font": {
                "size": 13,
                "color": readable_on(mixed(of["heat-low"], of["heat-high"], counts[age, value] / most)),
            },
        }
        for age in range(len(rows))
        for value in range(len(columns))
    ]
    return figure(
        [cells],
        mode,
        annotations=notes,
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        xaxis={"type": "category", "side": "top", "showgrid": False, "fixedrange": True},
        yaxis={"type": "category", "autorange": "reversed", "showgrid": False, "ticksuffix": "  ", "fixedrange": True},
    )


def _brief(count: int) -> str:
    """A count that fits into a cell on a phone: 1.7K."""
    return formats.number(count) if count < 1_000 else say("{n}K", n=formats.number(count / 1_000, int(count < 10_000)))


def carts_by_age(counts: Array, mode: Mode, *, opens: bool) -> Figure:
    """A bar per age where no prices are known: the carts left; a click means their known customers."""
    if not counts.sum():
        return nothing(mode, say("No carts left in this selection"))
    of = tokens(mode)
    bars: dict[str, Any] = {
        "type": "bar",
        "orientation": "h",
        "x": typed(counts, "i4"),
        "y": age_labels(),
        "marker": {"color": of["accent"]},
        "text": [formats.number(count) for count in counts],
        "textposition": "outside",
        "cliponaxis": False,
        "textfont": {"color": of["ink-2"], "size": 12},
        "hovertemplate": "%{y}: %{x:,}<extra></extra>",
    }
    if opens:
        bars["customdata"] = [cart_rule(age_rule(band)) for band in range(len(counts))]
    return figure(
        [bars],
        mode,
        bargap=0.3,
        margin={"l": 8, "r": 54, "t": 6, "b": 8},
        xaxis={"visible": False, "rangemode": "tozero"},
        yaxis={"type": "category", "autorange": "reversed", "showgrid": False, "ticksuffix": "  "},
    )


def products_left(products: pd.DataFrame, currency: str, mode: Mode, *, opens: bool) -> Figure:
    """A bar per product: the carts it was left in; a click means their known customers."""
    if products.empty:
        return nothing(mode, say("No products in the carts of this selection"))
    of = tokens(mode)
    names = [str(name) for name in products["name"]]
    bars: dict[str, Any] = {
        "type": "bar",
        "orientation": "h",
        "x": typed(products["carts"], "i4"),
        "y": [str(place) for place in range(len(names))],
        "marker": {"color": of["accent"]},
        "text": [formats.number(count) for count in products["carts"]],
        "textposition": "outside",
        "cliponaxis": False,
        "textfont": {"color": of["ink-2"], "size": 12},
        "hovertext": [
            say(
                "<b>{name}</b> ({product})<br>left in {n} carts<br>{value} together",
                name=escaped(names[place]),
                product=escaped(str(products["product_id"].iloc[place])),
                n=formats.number(products["carts"].iloc[place]),
                value=formats.money(or_none(products["value"].iloc[place]), currency),
            )
            for place in range(len(names))
        ],
        "hovertemplate": "%{hovertext}<extra></extra>",
    }
    if opens:
        bars["customdata"] = [cart_rule({"product": str(code)}) for code in products["product_id"]]
    return figure(
        [bars],
        mode,
        bargap=0.3,
        margin={"l": 8, "r": 54, "t": 6, "b": 8},
        xaxis={"visible": False, "rangemode": "tozero"},
        yaxis={
            "type": "category",
            "autorange": "reversed",
            "showgrid": False,
            "tickvals": [str(place) for place in range(len(names))],
            "ticktext": [short(escaped(name)) + "  " for name in names],
        },
    )


def cart_rule(details: dict[str, Any]) -> str:
    """The known customers who left such a cart, as a rule's JSON."""
    return json.dumps({"did": "left_cart", "with": details})
