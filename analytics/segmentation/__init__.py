"""Every customer in a segment, by RFM rules or by a clustering: `segment(request, source)`; how many groups: `panel`."""

from __future__ import annotations

from analytics.segmentation.coming_back import cohort_table
from analytics.segmentation.comparing import Comparison, Pair, Side, compare, stored_comparison
from analytics.segmentation.finding import (
    are_profiled,
    panel,
    scored,
    segment,
    stored_panel,
    stored_profiles,
    stored_segmentation,
)
from analytics.segmentation.mapping import CustomerMap, customer_map, stored_map
from analytics.segmentation.naming import label_of, name_of, request_named
from analytics.segmentation.pinning import drop, keep, keep_rule, known_pin
from analytics.segmentation.pins import Pin, drift_of, pin_named, pins, problem_of, with_pins
from analytics.segmentation.segments import CLUSTER, Segment, Segmentation

__all__ = [
    "CLUSTER",
    "Comparison",
    "CustomerMap",
    "Pair",
    "Pin",
    "Segment",
    "Segmentation",
    "Side",
    "are_profiled",
    "cohort_table",
    "compare",
    "customer_map",
    "drift_of",
    "drop",
    "keep",
    "keep_rule",
    "known_pin",
    "label_of",
    "name_of",
    "panel",
    "pin_named",
    "pins",
    "problem_of",
    "request_named",
    "scored",
    "segment",
    "stored_comparison",
    "stored_map",
    "stored_panel",
    "stored_profiles",
    "stored_segmentation",
    "with_pins",
]
