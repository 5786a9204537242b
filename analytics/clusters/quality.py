"""How good a grouping is, in the field's own figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np

from analytics.clusters.algorithm import NOISE, Fit, Labels, Matrix, Value
from analytics.text import say

DEGENERATE_SHARE: Final = 0.01
"""A grouping whose smallest group holds less of the customers than this splits outliers off; it describes nobody."""
UNSTABLE: Final = 0.6
"""Hennig (2007): groups whose mean Jaccard similarity is below this come and go with the customers that were drawn."""
SILHOUETTE_SAMPLE: Final = 10_000
_AT_ONCE: Final = 500
_FAR_OUT: Final = 100.0
MOST_GROUPS: Final = 100
"""Groups that are told apart: methods that are not told how many to find may split customers into thousands."""

Numbers = np.ndarray[Any, np.dtype[np.float64]]


@dataclass(frozen=True, slots=True)
class Quality:
    """How good one grouping is. Customers in no group are left out of every figure but `noise_share`."""

    value: Value
    """What the algorithm was told of the parameter that is varied: k, where groups are counted."""
    k: int
    """Groups found, without noise."""
    silhouette: float
    """Mean silhouette (Rousseeuw 1987), -1 to 1: how much nearer customers are to their own group than to the next."""
    davies_bouldin: float | None
    """Davies & Bouldin 1979: how wide groups are for their distance; less is better. None for fewer than two groups."""
    calinski_harabasz: float | None
    """Calinski & Harabasz 1974: variance between groups for the variance within; more is better. None as above."""
    inertia: float
    """Sum of squared distances to the means of the groups; its elbow is where more groups stop helping."""
    smallest_share: float
    """Share of the customers in the smallest group."""
    noise_share: float = 0.0
    """Share of the customers in no group."""
    gap: float | None = None
    """Gap statistic (Tibshirani, Walther & Hastie 2001): log inertia expected without groups, minus that found."""
    gap_error: float | None = None
    """Its standard error, the simulation included."""
    jaccard: tuple[float, ...] = ()
    """For each group its mean Jaccard similarity with its like in resampled customers (Hennig 2007); empty where not computed."""
    degenerate: str = ""
    """Why this grouping should not be trusted; empty if nothing is wrong."""
    elbow: float | None = None
    """How far the inertia lies below the straight line from one group to the most groups, as a share of its whole fall."""
    rank: float | None = None
    """The mean of its ranks by each measure, 1 the best, among those that were ranked; None where it was not."""

    @property
    def jaccard_min(self) -> float | None:
        """The least stable group's Jaccard similarity."""
        return min(self.jaccard) if self.jaccard else None

    @property
    def unstable(self) -> str:
        """Which part of the grouping comes and goes, in a sentence; empty where none does."""
        shaky = sum(value < UNSTABLE for value in self.jaccard)
        if not shaky:
            return ""
        least = f"{min(self.jaccard):.2f}"
        if shaky == 1:
            return say(
                "One group does not come back when customers are drawn anew: its Jaccard is {least}.", least=least
            )
        return say(
            "{n} groups do not come back when customers are drawn anew: the least Jaccard is {least}.",
            n=shaky,
            least=least,
        )

    def to_json(self) -> dict[str, Any]:
        told = asdict(self)
        return {
            **told,
            "jaccard": list(self.jaccard),
            "jaccard_min": self.jaccard_min,
            "degenerate": bool(self.degenerate),
            "reason": self.degenerate,
            "remark": self.unstable,
        }


def quality_from_json(told: Mapping[str, Any]) -> Quality:
    """The figures that `to_json` wrote."""
    values = {name: value for name, value in told.items() if name not in ("jaccard_min", "reason", "remark")}
    return Quality(**{**values, "jaccard": tuple(values["jaccard"]), "degenerate": told["reason"]})


def silhouette_rows(customers: int, seed: int) -> Labels:
    """The customers whose silhouettes are taken, ascending: all up to 10,000, above that a seeded sample of as many."""
    if customers <= SILHOUETTE_SAMPLE:
        return np.arange(customers)
    drawn: Labels = np.random.default_rng(seed).choice(customers, SILHOUETTE_SAMPLE, replace=False)
    return np.sort(drawn)


def silhouettes(matrix: Matrix, labellings: Sequence[Labels]) -> list[Numbers]:
    """Each customer's silhouette (Rousseeuw 1987), shape (rows,), for each of several groupings of the same customers.

    Labels count from 0. The distances, which are what takes time, are computed once for all groupings. A customer who
    is a group alone has 0, and everyone has where there are fewer than two groups.
    """
    counts = [np.bincount(labels, minlength=1) for labels in labellings]
    member = np.hstack([np.zeros((len(matrix), 0)), *map(_memberships, labellings)])
    ends = np.cumsum([0, *map(len, counts)])
    found = [np.zeros(len(matrix)) for _ in labellings]
    if not len(matrix):
        return found
    points = matrix - matrix.mean(axis=0)
    # Half the digits are enough for a mean of many distances, and take half the time; unless someone is very far out,
    # beside whom the others' distances would be lost
    kind = np.float32 if len(points) > _AT_ONCE and np.abs(points).max() < _FAR_OUT else np.float64
    points, member = points.astype(kind), member.astype(kind)
    squares = (points**2).sum(axis=1)
    for start in range(0, len(matrix), _AT_ONCE):
        rows = np.arange(start, min(start + _AT_ONCE, len(matrix)))
        distances = points[rows] @ points.T
        distances *= -2.0
        distances += squares[None, :]
        distances += squares[rows, None]
        np.sqrt(np.maximum(distances, 0.0, out=distances), out=distances)
        distances[np.arange(len(rows)), rows] = 0.0  # rounding may have left a little
        sums = (distances @ member).astype(np.float64)
        for values, labels, sizes, low, high in zip(found, labellings, counts, ends, ends[1:], strict=False):
            if (sizes > 0).sum() > 1:
                values[rows] = _silhouettes(sums[:, low:high], labels[rows], sizes)
    return found


def _memberships(labels: Labels) -> Matrix:
    """1 where a customer is in the group, shape (rows, groups)."""
    member: Matrix = (labels[:, None] == np.arange(int(labels.max(initial=0)) + 1)).astype(np.float64)
    return member


def _silhouettes(sums: Matrix, labels: Labels, sizes: Labels) -> Numbers:
    """From the sum of distances to each group, shape (rows, groups)."""
    rows = np.arange(len(labels))
    own = sums[rows, labels] / np.maximum(sizes[labels] - 1, 1)
    others = sums / np.maximum(sizes, 1)
    others[:, sizes == 0] = np.inf
    others[rows, labels] = np.inf
    nearest = others.min(axis=1)
    widest = np.maximum(own, nearest)
    return np.where((sizes[labels] > 1) & (widest > 0), (nearest - own) / np.where(widest > 0, widest, 1.0), 0.0)


def silhouette(matrix: Matrix, labels: Labels, seed: int) -> float:
    """The mean silhouette, on a seeded sample of 10,000 above that many customers (standard error below .002).

    The silhouette is not defined for a single group; it is then 0.
    """
    return mean_silhouettes(matrix, [labels], seed)[0]


def mean_silhouettes(matrix: Matrix, labellings: Sequence[Labels], seed: int) -> list[float]:
    """The mean silhouette of several groupings, as `silhouette` has it; customers in no group are left out.

    Groupings that leave nobody out share one sample and its distances. More than 100 groups are not measured: they have 0.
    """
    found = [0.0] * len(labellings)
    measured = [place for place, labels in enumerate(labellings) if labels.max(initial=NOISE) < MOST_GROUPS]
    whole = [place for place in measured if (labellings[place] != NOISE).all()]
    rows = silhouette_rows(len(matrix), seed)
    for place, values in zip(whole, silhouettes(matrix[rows], [labellings[it][rows] for it in whole]), strict=True):
        found[place] = _mean(values, labellings[place][rows])
    for place in set(measured) - set(whole):
        inside = np.flatnonzero(labellings[place] != NOISE)
        rows = inside[silhouette_rows(len(inside), seed)]
        labels = labellings[place][rows]
        found[place] = _mean(silhouettes(matrix[rows], [labels])[0], labels)
    return found


def _mean(values: Numbers, labels: Labels) -> float:
    return float(values.mean()) if 1 < len(np.unique(labels)) < len(labels) else 0.0


def within_sum_of_squares(matrix: Matrix, labels: Labels, groups: int) -> float:
    """Sum of squared distances to the groups' means; labels count from 0."""
    sizes = np.maximum(np.bincount(labels, minlength=groups), 1)[:, None]
    sums = np.column_stack([np.bincount(labels, column, groups) for column in matrix.T])
    return float(((matrix - (sums / sizes)[labels]) ** 2).sum())


def quality(matrix: Matrix, fit: Fit, value: Value, seed: int, mean_silhouette: float | None = None) -> Quality:
    """The figures of one fit; those that need many fits are left out.

    `mean_silhouette` is that of the fit where the caller has it already.
    """
    problem = too_many(fit.groups)
    if problem:
        return _unmeasured(matrix, fit, value, problem)
    grouped = fit.labels != NOISE
    rows, labels = (matrix, fit.labels) if grouped.all() else (matrix[grouped], fit.labels[grouped])
    groups = max(fit.groups, 1)
    sizes = np.bincount(labels, minlength=groups)
    means = np.column_stack([np.bincount(labels, column, groups) for column in rows.T]) / np.maximum(sizes, 1)[:, None]
    squares = ((rows - means[labels]) ** 2).sum(axis=1)
    inertia = float(squares.sum())
    is_defined = 1 < fit.groups < len(rows)
    widths = np.bincount(labels, np.sqrt(squares), groups) / np.maximum(sizes, 1)
    if mean_silhouette is None and is_defined:
        mean_silhouette = mean_silhouettes(matrix, [fit.labels], seed)[0]
    return Quality(
        value,
        fit.groups,
        mean_silhouette if is_defined and mean_silhouette is not None else 0.0,
        _davies_bouldin(means, widths) if is_defined else None,
        _calinski_harabasz(means, sizes, inertia) if is_defined else None,
        inertia,
        int(sizes.min()) / len(matrix),
        1.0 - len(rows) / len(matrix),
        degenerate=_degenerate(fit.groups, sizes, len(matrix)),
    )


def _unmeasured(matrix: Matrix, fit: Fit, value: Value, problem: str) -> Quality:
    """The figures that take no time and no memory for however many groups."""
    grouped = fit.labels != NOISE
    sizes = np.bincount(fit.labels[grouped])
    return Quality(
        value,
        fit.groups,
        0.0,
        None,
        None,
        within_sum_of_squares(matrix[grouped], fit.labels[grouped], fit.groups),
        int(sizes.min()) / len(matrix),
        1.0 - int(sizes.sum()) / len(matrix),
        degenerate=problem,
    )


def too_many(groups: int) -> str:
    """Why so many groups are of no use, in a sentence; empty where they are not too many."""
    if groups <= MOST_GROUPS:
        return ""
    return say(
        "{n} groups are too many to tell apart; {most} are the most. Ask for larger groups.",
        n=f"{groups:,}",
        most=MOST_GROUPS,
    )


def _davies_bouldin(means: Matrix, widths: Numbers) -> float:
    """The mean over the groups of the largest (width + width of another) / distance of their means."""
    distances = np.sqrt(((means[:, None, :] - means[None, :, :]) ** 2).sum(axis=2))
    distances[distances == 0] = np.inf
    np.fill_diagonal(distances, np.inf)
    return float(((widths[:, None] + widths[None, :]) / distances).max(axis=1).mean())


def _calinski_harabasz(means: Matrix, sizes: Labels, inertia: float) -> float | None:
    """Variance between the groups over that within, each over its degrees of freedom; None where nobody differs within."""
    count = int(sizes.sum())
    middle = sizes @ means / count
    between = float((sizes * ((means - middle) ** 2).sum(axis=1)).sum())
    if inertia <= 1e-12 * between:
        return None
    return (between / (len(sizes) - 1)) / (inertia / (count - len(sizes)))


def _degenerate(groups: int, sizes: np.ndarray[Any, Any], customers: int) -> str:
    if groups < 2:
        return say("There are fewer than two groups.")
    if sizes.min() < DEGENERATE_SHARE * customers:
        return say(
            "One group holds only {n} of {total} customers: it splits off outliers.",
            n=f"{sizes.min():,}",
            total=f"{customers:,}",
        )
    return ""
