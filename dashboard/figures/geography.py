"""Where customers are, drawn: a map whose shapes come from this server alone, and bars that say the same."""

from __future__ import annotations

import hashlib
import json
import math
from functools import cache
from typing import Any, Final

from analytics.exploration import Place
from analytics.exploration.countries import Country, countries
from analytics.rules import AnyOf
from analytics.text import say
from dashboard import formats
from dashboard.figures.base import Figure, figure, nothing
from dashboard.theme import ASSETS, Mode, mixed, tokens

MEASURES: Final = {
    "customers": "Customers",
    "revenue": "Revenue",
    "orders": "Orders",
    "order_value": "Average order value",
    "median": "Median revenue per customer",
}
ADDED: Final = ("customers", "revenue", "orders")
"""Measures that add up; colours of them are logarithmic, because one country mostly has nearly all."""
SHAPES: Final = "countries.geojson"
_NAMELESS: Final = ("CYN", "SOL")
"""Shapes without an ISO code of their own."""
_MOST_BARS: Final = 15
_WIDE: Final = 1.45
"""How much wider than high the map's card is."""


def value_of(place: Place, measure: str) -> float:
    """What a place has of a measure."""
    return float(
        {
            "customers": place.customers,
            "revenue": place.revenue,
            "orders": place.orders,
            "order_value": place.order_value_mean,
            "median": place.median,
        }[measure]
    )


def shown(value: float, measure: str, currency: str) -> str:
    """A value of a measure as people write it."""
    return formats.number(value) if measure in ("customers", "orders") else formats.in_unit(value, "money", currency)


@cache
def shapes_address() -> str:
    """Where the browser finds the shapes; the address changes when they do, so that it may keep them."""
    digest = hashlib.sha256((ASSETS / SHAPES).read_bytes()).hexdigest()[:12]
    return f"/assets/{SHAPES}?m={digest}"


def country_map(places: tuple[Place, ...], measure: str, currency: str, mode: Mode) -> Figure:
    """Each country in the colour of its measure, small ones as dots; a click means its people."""
    on_it = _by_country(places)
    if not on_it:
        return nothing(
            mode, say("None of these places is on the map") if places else say("No customers in this selection")
        )
    of = tokens(mode)
    values = [_together(group, measure) for _, group in on_it]
    z = [math.log10(max(value, 1e-9)) if measure in ADDED else value for value in values]
    low, high = min(z), max(z)
    if low == high:
        low = low - 1
    people = [_rule(group) for _, group in on_it]
    hover = [_hover(country, group, currency) for country, group in on_it]
    scale = [[0.0, mixed(of["heat-low"], of["heat-high"], 0.18)], [1.0, of["heat-high"]]]
    ground = {
        "type": "choropleth",
        "geojson": shapes_address(),
        "featureidkey": "id",
        "locations": [*(country.iso_a3 for country in countries()), *_NAMELESS],
        "z": [0] * (len(countries()) + len(_NAMELESS)),
        "colorscale": [[0, of["surface-2"]], [1, of["surface-2"]]],
        "showscale": False,
        "marker": {"line": {"color": of["line"], "width": 0.5}},
        "hoverinfo": "skip",
    }
    filled = {
        "type": "choropleth",
        "geojson": shapes_address(),
        "featureidkey": "id",
        "locations": [country.iso_a3 for country, _ in on_it],
        "z": z,
        "zmin": low,
        "zmax": high,
        "colorscale": scale,
        "colorbar": _scale_bar(low, high, measure, currency),
        "marker": {"line": {"color": of["surface"], "width": 0.7}},
        "customdata": people,
        "hovertext": hover,
        "hovertemplate": "%{hovertext}<extra></extra>",
    }
    small = [at for at, (country, _) in enumerate(on_it) if country.place is not None]
    dots = {
        "type": "scattergeo",
        "lon": [_place(on_it[at][0])[0] for at in small],
        "lat": [_place(on_it[at][0])[1] for at in small],
        "mode": "markers",
        "marker": {
            "size": 9,
            "color": [z[at] for at in small],
            "cmin": low,
            "cmax": high,
            "colorscale": scale,
            "line": {"color": of["ink-3"], "width": 1},
        },
        "customdata": [people[at] for at in small],
        "hovertext": [hover[at] for at in small],
        "hovertemplate": "%{hovertext}<extra></extra>",
        "showlegend": False,
    }
    hidden = {f"show{part}": False for part in ("coastlines", "land", "ocean", "lakes", "rivers", "countries", "frame")}
    west, east, south, north = _window([country for country, _ in on_it])
    return figure(
        [ground, filled, *([dots] if small else [])],
        mode,
        margin={"l": 0, "r": 0, "t": 0, "b": 0},
        dragmode="pan",
        geo={
            **hidden,
            "bgcolor": of["surface"],
            "projection": {"type": "natural earth" if east - west > 150 else "mercator"},
            "lonaxis": {"range": [west, east]},
            "lataxis": {"range": [south, north]},
        },
    )


def country_bars(places: tuple[Place, ...], measure: str, currency: str, mode: Mode) -> Figure:
    """A bar for each country, highest first; a click means its people."""
    if not places:
        return nothing(mode, say("No customers in this selection"))
    ordered = sorted(places, key=lambda place: -value_of(place, measure))[:_MOST_BARS]
    values = [value_of(place, measure) for place in ordered]
    total = sum(value_of(place, measure) for place in places)
    bars = {
        "type": "bar",
        "orientation": "h",
        "y": [place.name or say("not known") for place in ordered],
        "x": values,
        "marker": {"color": tokens(mode)["accent"]},
        "text": [
            formats.share(value / total) if measure in ADDED and total else shown(value, measure, currency)
            for value in values
        ],
        "textposition": "outside",
        "cliponaxis": False,
        "customdata": [json.dumps(place.rule.to_json(), ensure_ascii=False) for place in ordered],
        "hovertext": [_words(place.name or say("not known"), place, currency) for place in ordered],
        "hovertemplate": "%{hovertext}<extra></extra>",
    }
    return figure(
        [bars],
        mode,
        bargap=0.3,
        margin={"l": 8, "r": 60, "t": 6, "b": 8},
        xaxis={"tickformat": "~s", "rangemode": "tozero", "nticks": 5, "title": {"text": say(MEASURES[measure])}},
        yaxis={"autorange": "reversed", "type": "category", "showgrid": False, "ticksuffix": "  "},
    )


def _by_country(places: tuple[Place, ...]) -> list[tuple[Country, list[Place]]]:
    """The places of each country: a shop may write one in two ways."""
    found: dict[str, tuple[Country, list[Place]]] = {}
    for place in places:
        if place.country is not None:
            found.setdefault(place.country.iso_a3, (place.country, []))[1].append(place)
    return list(found.values())


def _together(group: list[Place], measure: str) -> float:
    if measure in ADDED:
        return sum(value_of(place, measure) for place in group)
    if measure == "order_value":
        orders = sum(place.orders for place in group)
        return sum(place.revenue for place in group) / orders if orders else 0.0
    return value_of(max(group, key=lambda place: place.customers), measure)


def _rule(group: list[Place]) -> str:
    rules = tuple(place.rule for place in group)
    return json.dumps((rules[0] if len(rules) == 1 else AnyOf(rules)).to_json(), ensure_ascii=False)


def _hover(country: Country, group: list[Place], currency: str) -> str:
    return "<br><br>".join(_words(place.name or country.name, place, currency) for place in group)


def _words(name: str, place: Place, currency: str) -> str:
    return say(
        "<b>{name}</b><br>{customers} customers ({share})<br>{revenue} revenue ({part})<br>{orders} orders of {value} on "
        "average<br>half of the customers paid {lower} to {upper}",
        name=name,
        customers=formats.number(place.customers),
        share=formats.share(place.customer_share),
        revenue=formats.money(place.revenue, currency),
        part=formats.share(place.revenue_share),
        orders=formats.number(place.orders),
        value=formats.in_unit(place.order_value_mean, "money", currency),
        lower=formats.in_unit(place.lower_quartile, "money", currency),
        upper=formats.in_unit(place.upper_quartile, "money", currency),
    )


def _scale_bar(low: float, high: float, measure: str, currency: str) -> dict[str, Any]:
    bar: dict[str, Any] = {"thickness": 10, "len": 0.5, "x": 0.01, "xanchor": "left", "y": 0.04, "yanchor": "bottom"}
    bar |= {"outlinewidth": 0, "tickfont": {"size": 11}}
    if measure in ADDED:
        steps = (1,) if high - low > 3 else (1, 2, 5)
        powers = range(math.floor(low), math.floor(high) + 1)
        marks = [power + math.log10(step) for power in powers for step in steps]
        marks = [mark for mark in marks if low <= mark <= high] or [high]
    else:
        marks = [low, (low + high) / 2, high]
    values = [10.0**mark if measure in ADDED else mark for mark in marks]
    texts = [
        formats.compact(v) if measure in ("customers", "orders") else formats.compact_money(v, currency) for v in values
    ]
    return bar | {"tickvals": marks, "ticktext": texts}


def _place(country: Country) -> tuple[float, float]:
    return country.place if country.place is not None else (0.0, 0.0)


def _window(shown_countries: list[Country]) -> tuple[float, float, float, float]:
    """What of the world is looked at: west, east, south, north, with a margin, and about as wide as the card."""
    boxes = [country.bounds for country in shown_countries]
    west, east = min(box[0] for box in boxes), max(box[1] for box in boxes)
    south, north = max(min(box[2] for box in boxes) - 3, -58.0), min(max(box[3] for box in boxes) + 3, 84.0)
    aside = max(4.0, 0.06 * (east - west), (_WIDE * (_mercator(north) - _mercator(south)) - (east - west)) / 2)
    return max(west - aside, -180.0), min(east + aside, 180.0), south, north


def _mercator(latitude: float) -> float:
    """How far from the equator a latitude is drawn, in degrees of longitude."""
    return math.degrees(math.asinh(math.tan(math.radians(latitude))))
