"""Options: choices that concern only how something is shown. They live in the view and in its link, beside the request.

An entry of `OPTIONS` is all that a tab needs for a choice of its own: the link, its checks and the wiring of the control
(`components/controls.py`) follow from it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from analytics.errors import RequestError
from analytics.text import say

LONGEST: Final = 200


@dataclass(frozen=True, slots=True)
class Option:
    """A choice: its name in the link, what it is unless chosen, and what it may be."""

    name: str
    default: str = ""
    """Of an option with one value; one with many is empty unless chosen."""
    allowed: tuple[str, ...] = ()
    """Empty allows any text: the tab checks it against the data, and shows its default where it does not fit."""
    most: int = 1
    """How many values it may have; 1 for a choice of one."""
    longest: int = LONGEST
    """Letters of a value."""

    def checked(self, values: Sequence[str]) -> tuple[str, ...]:
        """The values themselves, if they are possible.

        Raises:
            RequestError: they are not.
        """
        if len(values) > self.most:
            raise RequestError(
                say("{name} can have {most} values at most, not {n}.", name=self.name, most=self.most, n=len(values))
            )
        for value in values:
            if self.allowed and value not in self.allowed:
                raise RequestError(
                    say(
                        "'{value}' is not possible for {name}. Allowed: {allowed}.",
                        value=value[:40],
                        name=self.name,
                        allowed=", ".join(self.allowed),
                    )
                )
            if len(value) > self.longest:
                raise RequestError(say("{name} is longer than {n} letters.", name=self.name, n=self.longest))
        return tuple(values)


OPTIONS: tuple[Option, ...] = (
    Option("measure", "customers", ("customers", "revenue")),  # what the RFM heatmap counts
    Option("clusters_part", "groups", ("groups", "number", "profiles", "features", "sides")),
    Option("clusters_dimensions", "3", ("3", "2", "umap")),  # the picture of the groups; a map where UMAP is installed
    Option("clusters_axes", "12", ("12", "13", "23")),  # the two components of the flat one
    Option("clusters_size", "recency_days"),  # what points are as large as; "same" for none
    Option("clusters_arrows", "on", ("on", "off")),  # whether it says what its directions mean
    Option(  # by what numbers of groups are compared
        "clusters_measure",
        "rank",
        ("rank", "silhouette", "davies_bouldin", "calinski_harabasz", "inertia", "gap", "jaccard", "smallest"),
    ),
    Option("sides", most=4, longest=800),  # segmentations by their names, which say all that they are made by
    Option("compare", most=20),  # the segments whose profiles are side by side; empty is the first ones
    Option("clusters_feature"),  # whose spread is drawn; empty is the one that scaling changes most
    Option("behaviour_part", "visits", ("visits", "paths", "funnel", "carts")),
    Option("visits_place", "page", ("page", "category")),
    Option("visits_by", "device"),  # what visits are broken down by
    Option("paths_by", "", ("page", "category", "event", "product")),  # what a step is; empty is what is usual
    Option("paths_merge", "yes", ("yes", "no")),  # whether repeats in a row are one step
    Option("paths_from", "start", ("start", "end")),
    Option("paths_steps", "4", ("2", "3", "4", "5", "6")),
    Option("paths_a"),  # the two groups of visits that are compared
    Option("paths_b"),
    Option("paths_compare", "steps", ("steps", "sequences")),
    Option("trends_measure", "revenue", ("revenue", "orders", "customers", "order_value_mean")),
    Option("trends_grain", "week", ("day", "week", "month")),
    Option("trends_year", "off", ("on", "off")),  # whether the year before is drawn beside
    Option("trends_items", "product", ("product", "category")),  # what rises and falls
    Option("trends_period", "30", ("30", "90", "month")),  # and from when to when
    Option("cohort_by", "month"),  # a kind of cohorts, or the column of a kept segmentation
    Option("cohort_cell", "share", ("share", "customers", "revenue", "value")),  # value is revenue per customer so far
    Option(
        "explore_part", "distributions", ("distributions", "relations", "geography", "people", "pivot", "completeness")
    ),
    Option("explore_metric", "revenue_total"),
    Option("explore_shape", "histogram", ("histogram", "box", "violin")),
    Option("explore_scale", "linear", ("linear", "log")),
    Option("explore_correlation", "pearson", ("pearson", "spearman")),
    Option("explore_matrix", most=6),  # the metrics side by side; empty is the first ones
    Option("explore_place", "customers", ("customers", "revenue", "orders", "order_value", "median")),
    Option("explore_attribute"),
    Option("explore_rows", "segment"),
    Option("explore_columns"),
    Option("explore_measure", "customers"),
    Option("profile_of"),  # the group whose profile is told
    Option("profile_metric", "revenue_total"),
    Option("profile_shape", "histogram", ("histogram", "violin")),
    Option("profile_scale", "log", ("log", "linear")),
    Option("profile_lines", "radar", ("radar", "parallel")),
    Option("steps", most=20),  # a funnel's, in order; empty is those that are suggested
    Option("within", "session", ("session", "30m", "2h", "1d", "7d", "30d")),  # and how long it may take
    Option("funnel_by", "", ("segment", "device", "source", "visitor_type")),
    Option("model"),  # the training that is shown; empty is the newest of the dataset
    Option("learner"),  # which of its models is looked at; empty is the best
    Option("models_part", "compare", ("compare", "curves", "profit", "why", "try", "kept")),
    Option("models_measure"),  # by which models are drawn side by side; empty is the one they are ranked by
    Option("models_cut"),  # the cut-off that is tried out, in percent; empty is the model's own
    # What a contact costs and brings, as it was typed; empty is what the data suggests. The cut-off is a share contacted
    Option("profit_cost", longest=20),
    Option("profit_worth", longest=20),
    Option("profit_won", longest=20),
    Option("profit_budget", longest=20),
    Option("profit_cut", longest=20),
    Option("why_feature"),  # whose dependence is drawn; empty is the most important one
    Option("kept_models", most=4),  # the trainings that are compared
    Option("model_card", "off", ("on", "off")),  # whether the card of the model takes the place of the list
)


def option(name: str) -> Option:
    """The option of that name.

    Raises:
        RequestError: there is none.
    """
    for known in OPTIONS:
        if known.name == name:
            return known
    raise RequestError(say("There is no option '{name}'.", name=name[:40]))


def is_option(name: str) -> bool:
    return any(known.name == name for known in OPTIONS)
