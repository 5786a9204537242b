"""Profiles on the screen: the same cards and charts for the clusters of one tab and the RFM segments of another.

place.py says what the two have of their own, cards.py draws a segment in words, charts.py all segments in charts.
"""

from __future__ import annotations

from dashboard.profiles.cards import opens_examples, segment_words
from dashboard.profiles.charts import layout, register_callbacks
from dashboard.profiles.place import GROUPS, SEGMENTS, Place

__all__ = ["GROUPS", "SEGMENTS", "Place", "layout", "opens_examples", "register_callbacks", "segment_words"]
