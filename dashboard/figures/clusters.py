"""What the charts of clusters have in common."""

from __future__ import annotations

import json

from analytics.segmentation import CLUSTER


def people_of(cluster: str) -> str:
    """The rule that a click on a cluster means."""
    return json.dumps({"column": CLUSTER, "is": "equal to", "value": cluster})
