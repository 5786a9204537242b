"""A dendrogram as data: which bundles of customers join, how high, and which groups a cut gives; nothing is fitted again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from analytics.errors import RequestError
from analytics.text import say

MOST_BUNDLES: Final = 40
"""Leaves of a tree that is shown: the last 39 merges; what joined before is together as a bundle."""
Numbers = np.ndarray[Any, np.dtype[np.intp]]
Heights = np.ndarray[Any, np.dtype[np.float64]]


@dataclass(frozen=True, slots=True, eq=False)
class Tree:
    """The upper part of a hierarchical clustering."""

    merges: Numbers
    """The two nodes that each merge joins, lowest first, shape (bundles - 1, 2). Nodes are counted from 0: the bundles, then
    what each merge makes."""
    heights: Heights
    """How far apart the two are, as the linkage measures it, ascending, shape (bundles - 1,)."""
    sizes: Numbers
    """Customers in each bundle, shape (bundles,)."""
    groups: Numbers
    """The group, of the fit's cut, that each bundle is in, shape (bundles,)."""

    @property
    def bundles(self) -> int:
        return len(self.sizes)

    @property
    def k(self) -> int:
        """How many groups the fit's cut gives."""
        return int(self.groups.max()) + 1


def dendrogram(model: Mapping[str, np.ndarray[Any, Any]]) -> Tree:
    """The tree of a hierarchical fit, out of its model.

    Raises:
        RequestError: the model is of an algorithm that makes no tree.
    """
    if "merges" not in model:
        raise RequestError(say("This method makes no tree. Choose the hierarchical method to see which groups join."))
    merges, heights, sizes, groups = (model[name] for name in ("merges", "heights", "sizes", "groups"))
    return Tree(merges.astype(np.intp), heights.astype(np.float64), sizes.astype(np.intp), groups.astype(np.intp))


def upper_part(
    linkage: np.ndarray[Any, Any], sizes: Numbers, most: int = MOST_BUNDLES
) -> tuple[Numbers, Heights, Numbers, Numbers]:
    """The last merges of a whole linkage.

    Args:
        linkage: SciPy's form, shape (points - 1, 4), by height.
        sizes: customers at each point, shape (points,).
        most: bundles that are left apart at most.

    Returns:
        (merges, heights, sizes) as `Tree` has them, and the bundle of each point, shape (points,).
    """
    children = linkage[:, :2].astype(np.intp)
    points = len(children) + 1
    kept = min(most, points) - 1
    roots, bundle_of = _parted(children, kept)
    below = points - 1 - kept
    number = np.zeros(points + len(children), dtype=np.intp)
    number[roots] = np.arange(len(roots))
    number[points + below :] = np.arange(kept) + len(roots)
    counted = np.bincount(bundle_of, weights=sizes, minlength=len(roots)).astype(np.intp)
    return number[children[below:]], linkage[below:, 2].astype(np.float64), counted, bundle_of


def _parted(children: Numbers, undone: int) -> tuple[Numbers, Numbers]:
    """With the last `undone` merges undone: the nodes that then stand alone, ascending, and which of them each leaf is under."""
    leaves = len(children) + 1
    nodes = leaves + len(children) - undone
    roots = np.sort(children[len(children) - undone :].ravel()) if undone else np.array([nodes - 1])
    roots = roots[roots < nodes]
    under = np.empty(nodes, dtype=np.intp)
    under[roots] = np.arange(len(roots))
    for merge in range(len(children) - undone - 1, -1, -1):
        under[children[merge]] = under[leaves + merge]
    return roots, under[:leaves]


def order(merges: Numbers, sizes: Numbers) -> Numbers:
    """The bundles from left to right, so that no branches cross, the larger branch of each merge first. Shape (bundles,)."""
    bundles = len(sizes)
    weight = [*map(int, sizes)]
    for one, other in merges:
        weight.append(weight[one] + weight[other])
    waiting, found = [bundles + len(merges) - 1], []
    while waiting:
        node = waiting.pop()
        if node < bundles:
            found.append(node)
        else:
            waiting += sorted(map(int, merges[node - bundles]), key=lambda child: (weight[child], -child))
    return np.array(found, dtype=np.intp)


def cut(merges: Numbers, sizes: Numbers, k: int) -> Numbers:
    """The group of each bundle where there are k groups, counted from 0 from left to right. Shape (bundles,).

    Raises:
        RequestError: the tree has fewer bundles than groups.
    """
    if not 1 <= k <= len(sizes):
        raise RequestError(
            say("'{k}' is not possible for k. Allowed: a whole number from 1 to {most}.", k=k, most=len(sizes))
        )
    _, under = _parted(merges, k - 1)
    first = list(dict.fromkeys(under[order(merges, sizes)].tolist()))
    number = np.empty(k, dtype=np.intp)
    number[first] = np.arange(k)
    return number[under]


def groups_at(tree: Tree, height: float) -> int:
    """How many groups a cut at a height gives: as many as the branches that it crosses."""
    return 1 + int((tree.heights > height).sum())


def span(tree: Tree, k: int) -> tuple[float, float]:
    """The heights between which a cut gives k groups; both are the same where merges are equally high.

    Above the last merge there is one group, at any height.
    """
    low = float(tree.heights[tree.bundles - 1 - k]) if k < tree.bundles else 0.0
    high = float(tree.heights[tree.bundles - k]) if k > 1 else float("inf")
    return low, high


@dataclass(frozen=True, slots=True)
class Join:
    """One step of the tree: two groups become one."""

    groups: int
    """How many groups there are before it."""
    height: float
    """How far apart the two are, as the linkage measures it."""
    customers: tuple[int, int]
    """How many customers each of the two has, the larger first."""


def joins(tree: Tree) -> tuple[Join, ...]:
    """Every merge of the tree, the last one first."""
    sizes = tree.sizes.tolist()
    for one, other in tree.merges:
        sizes.append(sizes[one] + sizes[other])
    pairs = [sorted((sizes[one], sizes[other]), reverse=True) for one, other in tree.merges]
    steps = [
        Join(tree.bundles - place, float(height), (pair[0], pair[1]))
        for place, (height, pair) in enumerate(zip(tree.heights, pairs, strict=True))
    ]
    return tuple(steps[::-1])
