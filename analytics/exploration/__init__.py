"""What the numbers look like, before anyone asks a question of them.

A column of the customer table can be looked at alone (`distribution`, `boxes`, `violins`), with others (`correlations`,
`fair_sample`), on the map (`geography`), within segments (`demographics`) and crossed with any other (`pivot`); and
`completeness` says what is not known. All are pure functions of the customer table and of a mask of the customers to keep,
fast enough to be asked again after every filter. Where something is drawn, its rule says who it stands for.
"""

from __future__ import annotations

from analytics.exploration.columns import Column, Groups, column, columns, grouped, numbers, values_of
from analytics.exploration.countries import Country, country_named
from analytics.exploration.crosses import Demographics, Pivot, demographics, measure_parts, pivot
from analytics.exploration.gaps import Completeness, Gap, Pattern, completeness
from analytics.exploration.places import Place, geography, has_geography, off_the_map
from analytics.exploration.relations import METHODS, Correlations, correlations, fair_sample, strongest
from analytics.exploration.spread import (
    Bin,
    Box,
    Distribution,
    Violin,
    boxes,
    boxes_json,
    distribution,
    violins,
)

__all__ = [
    "METHODS",
    "Bin",
    "Box",
    "Column",
    "Completeness",
    "Correlations",
    "Country",
    "Demographics",
    "Distribution",
    "Gap",
    "Groups",
    "Pattern",
    "Pivot",
    "Place",
    "Violin",
    "boxes",
    "boxes_json",
    "column",
    "columns",
    "completeness",
    "correlations",
    "country_named",
    "demographics",
    "distribution",
    "fair_sample",
    "geography",
    "grouped",
    "has_geography",
    "measure_parts",
    "numbers",
    "off_the_map",
    "pivot",
    "strongest",
    "values_of",
    "violins",
]
