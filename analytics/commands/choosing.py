"""The command that says how many groups there are: every measure for every number, and which is proposed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import click

from analytics.clusters import Value
from analytics.commands.base import answer, as_json_option, helpful
from analytics.commands.grouping import Grouping, grouping_options
from analytics.errors import RequestError
from analytics.request import ALGORITHM_NAMES, FEWEST_GROUPS, MOST_GROUPS, RFM, AnalysisRequest
from analytics.text import say

if TYPE_CHECKING:
    from analytics.clusters import Panel, Quality

_COLUMNS: Final = (
    "silhouette",
    "davies_bouldin",
    "calinski_harabasz",
    "inertia",
    "elbow",
    "gap",
    "jaccard_min",
    "rank",
)
_HEADINGS: Final = ("silhouette", "D.-Bouldin", "C.-Harabasz", "inertia", "elbow", "gap", "Jaccard", "rank")
_DIGITS: Final = (3, 3, 0, 0, 3, 3, 2, 2)


@click.command("choose-k")
@click.argument("name")
@click.option("--k", "ks", help="The numbers of groups to try, as FEWEST:MOST; 2:10 if left out.")
@grouping_options([name for name in ALGORITHM_NAMES if name != RFM])
@as_json_option
@helpful
def choose_k(name: str, ks: str | None, grouping: Grouping, as_json: bool) -> None:
    """Try several numbers of groups, measure each, and propose one.

    Algorithms that find the number themselves try the parameter that decides it.
    """
    from analytics.segmentation import panel
    from analytics.sources import open_source

    if grouping.algorithm == RFM:
        raise RequestError("RFM segments follow from rules: there is no number to choose. Use --algorithm kmeans.")
    request = grouping.request(name)
    known = request.algorithm_used
    if ks is not None and known.varied != "k":
        raise RequestError(
            say(
                "{algorithm} finds the number of groups itself: leave --k out, and values of {varied} are tried.",
                algorithm=known.label,
                varied=known.varied,
            )
        )
    found = panel(request, open_source(name), values=_values(ks))
    answer(_told(request, found), as_json, _as_text(request, found))


def _values(ks: str | None) -> tuple[Value, ...] | None:
    """The numbers that 2:10 means; None, which are those usually tried, where nothing is said."""
    from analytics.clusters.kmeans import KS

    if ks is None:
        return None
    low, colon, high = ks.partition(":")
    ends = [int(end) if end.strip().isdecimal() else 0 for end in (low, high if colon else low)]
    if not FEWEST_GROUPS <= ends[0] <= ends[1] <= MOST_GROUPS:
        raise RequestError(
            f"'{ks}' is not possible for --k. Write FEWEST:MOST, from {FEWEST_GROUPS} to {MOST_GROUPS}, for example 2:10."
        )
    values = tuple(range(ends[0], ends[1] + 1))
    return None if values == KS else values


def _told(request: AnalysisRequest, found: Panel) -> dict[str, Any]:
    return {
        "algorithm": request.algorithm_used.name,
        "varied": request.algorithm_used.varied,
        "seed": request.seed,
        "metrics": list(request.metrics),
        "attributes": list(request.attributes),
        "scaling": request.scaling,
        "ks": [one.to_json() for one in found.qualities],
        "proposed": found.proposed,
        "near_ties": list(found.near_ties),
        "rule": found.rule,
        "notes": list(found.notes),
    }


def _as_text(request: AnalysisRequest, found: Panel) -> str:
    varied = request.algorithm_used.varied
    heading = f"{varied:>18}{'' if varied == 'k' else '    k'}" + "".join(f"{word:>13}" for word in _HEADINGS)
    lines = [heading + f"{'smallest':>10}"]
    for one in found.qualities:
        mark = "*" if one.value == found.proposed else "~" if one.value in found.near_ties else " "
        count = "" if varied == "k" else f"{one.k:>5}"
        figures = "".join(_figure(one, name, digits) for name, digits in zip(_COLUMNS, _DIGITS, strict=True))
        remark = one.degenerate or one.unstable
        lines.append(f"{mark:>2}{one.value:>16}{count}{figures}{one.smallest_share:>10.1%}  {remark}".rstrip())
    lines.append(say("* proposed, ~ nearly as good. {rule}", rule=found.rule))
    return "\n".join([*lines, *found.notes])


def _figure(one: Quality, name: str, digits: int) -> str:
    value = getattr(one, name)
    return f"{'–':>13}" if value is None else f"{value:>13,.{digits}f}"
