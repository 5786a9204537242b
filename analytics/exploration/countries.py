"""Countries by the names that shops write for them: their ISO codes, and where the small ones lie on a map."""

from __future__ import annotations

import csv
import unicodedata
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_FILE = Path(__file__).with_name("countries.csv")


@dataclass(frozen=True, slots=True)
class Country:
    """A country or territory that the map has a shape for."""

    iso_a2: str
    iso_a3: str
    name: str
    bounds: tuple[float, float, float, float]
    """West, east, south and north end of its largest part, in degrees."""
    place: tuple[float, float] | None
    """Longitude and latitude of a country that is too small to be seen on a map of the world; None for the others."""


def country_named(text: str) -> Country | None:
    """The country that a shop means by a name or an ISO 3166-1 code of two or three letters; None where it means none."""
    return _by_name().get(_plain(text))


@cache
def countries() -> tuple[Country, ...]:
    """Every country that the map has a shape for, by code."""
    return tuple(country for country, _ in _read())


@cache
def _by_name() -> dict[str, Country]:
    return {
        _plain(name): country
        for country, also in _read()
        for name in (country.iso_a2, country.iso_a3, country.name, *also)
    }


@cache
def _read() -> tuple[tuple[Country, tuple[str, ...]], ...]:
    found = []
    with _FILE.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            is_small = bool(row["longitude"])
            place = (float(row["longitude"]), float(row["latitude"])) if is_small else None
            west, east, south, north = (float(row[name]) for name in ("west", "east", "south", "north"))
            country = Country(row["iso_a2"], row["iso_a3"], row["name"], (west, east, south, north), place)
            found.append((country, tuple(name for name in row["also"].split("|") if name)))
    return tuple(found)


def _plain(text: str) -> str:
    """A name without accents, punctuation and case; "and" and "&" are one."""
    letters = unicodedata.normalize("NFKD", text.replace("&", " and ")).casefold()
    kept = "".join(letter if letter.isalnum() else " " for letter in letters if not unicodedata.combining(letter))
    return " ".join(kept.split())
