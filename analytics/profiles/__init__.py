"""Who is in a segment: how far its numbers lie from everyone else's, in figures, in words, as a rule, and by example.

effects.py and attributes.py measure; words.py names and tells; splitting.py finds the rule; typical.py finds the examples.
"""

from __future__ import annotations

from analytics.profiles.attributes import ValueProfile
from analytics.profiles.effects import FALSE_DISCOVERIES, MetricProfile, effects, false_discovery_rates
from analytics.profiles.phrases import heading_of, label_of, unit_of
from analytics.profiles.profile import Profile, Shares, profile_from_json, profiles, shares
from analytics.profiles.splitting import FoundRule, find_rules, found_rule_from_json, rule_sentence
from analytics.profiles.spread import Spread, spread
from analytics.profiles.typical import TYPICAL, typical_rows
from analytics.profiles.words import names, sentence, size_of_d, size_of_delta

__all__ = [
    "FALSE_DISCOVERIES",
    "TYPICAL",
    "FoundRule",
    "MetricProfile",
    "Profile",
    "Shares",
    "Spread",
    "ValueProfile",
    "effects",
    "false_discovery_rates",
    "find_rules",
    "found_rule_from_json",
    "heading_of",
    "label_of",
    "names",
    "profile_from_json",
    "profiles",
    "rule_sentence",
    "sentence",
    "shares",
    "size_of_d",
    "size_of_delta",
    "spread",
    "typical_rows",
    "unit_of",
]
