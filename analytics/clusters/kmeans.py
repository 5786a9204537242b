"""K-Means (Lloyd 1982, k-means++ starts): round groups around k centres."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from typing import Any, Final, TypeVar

import numpy as np

from analytics.clusters.algorithm import (
    Algorithm,
    Fit,
    Labels,
    Matrix,
    Parameter,
    Report,
    Settings,
    distinct_rows,
)
from analytics.errors import RequestError
from analytics.text import say, say_count

SAMPLE: Final = 50_000
K: Final = Parameter("k", "Groups", "How many groups to find.", "whole", None, 2, 20)
"""The number of groups, for every algorithm that is told it; left out, it is proposed."""
KS: Final = tuple(range(2, 11))
_STARTS: Final = 10
_QUICK_STARTS: Final = 3
_FULL_STEPS: Final = 10
_WORKERS: Final = 2
"""Fits at the same time. Each has one thread of its own: sums are then added in one order on every machine."""

T = TypeVar("T")
R = TypeVar("R")
Single = np.ndarray[Any, np.dtype[np.float32]]


def fit(matrix: Matrix, settings: Settings, seed: int) -> Fit:
    """Fit k centres: the best of ten seeded starts.

    Above 50,000 customers the ten starts run on a seeded sample, and the winner takes at most ten steps on everyone:
    the same inertia in a tenth of the time.

    Raises:
        RequestError: there are fewer different customers than groups.
    """
    k = int(settings["k"])
    enough_different(matrix, k)
    with _one_thread_each(), _fewer_groups_are_no_warning():
        if not _is_sampled(matrix, k, seed):
            return _placed(_best(matrix, k, seed), matrix, k)
        drawn, everyone = _sample(matrix, seed), matrix.astype(np.float32)
        starts = _at_once(lambda start: _start(drawn, k, seed + start), range(_STARTS))
        first = min((starts[start] for start in range(_STARTS)), key=lambda found: found[1])
        return _placed(_last_steps(everyone, first[0]), matrix, k)


def fit_many(matrix: Matrix, wanted: Sequence[Settings], seed: int, report: Report | None) -> list[Fit]:
    """Each of several numbers of groups as `fit` finds it; above 50,000 customers two at the same time.

    Raises:
        RequestError: there are fewer different customers than groups.
    """
    ks = [int(settings["k"]) for settings in wanted]
    enough_different(matrix, max(ks))
    sampled = [k for k in ks if _is_sampled(matrix, k, seed)]
    drawn, everyone = (_sample(matrix, seed), matrix.astype(np.float32)) if sampled else (None, None)

    def one(k: int) -> Fit:
        if drawn is None or everyone is None or k not in sampled:
            return _placed(_best(matrix, k, seed), matrix, k)
        first = min((_start(drawn, k, seed + start) for start in range(_STARTS)), key=lambda found: found[1])
        return _placed(_last_steps(everyone, first[0]), matrix, k)

    def tell(done: int, k: int) -> None:
        if report:
            report(done / len(ks), say("Trying {k} groups", k=k))

    with _one_thread_each(), _fewer_groups_are_no_warning():
        if sampled:
            found = _at_once(one, ks[::-1], tell)  # the longest first: the last one has nobody beside it
            return [found[k] for k in ks]
        fits = []
        for done, k in enumerate(ks):
            tell(done, k)
            fits.append(one(k))
        return fits


def refit(matrix: Matrix, settings: Settings, seed: int) -> Fit:
    """A quicker fit, of three starts, for the many that say how stable groups are and how far from chance.

    Nobody asks it whether there are enough different customers: whoever asks for many has seen to that.
    """
    from sklearn.cluster import KMeans

    with _fewer_groups_are_no_warning():
        found = KMeans(int(settings["k"]), n_init=_QUICK_STARTS, random_state=seed).fit(matrix)
    return Fit(found.labels_.astype(np.intp), {"centers": found.cluster_centers_}, dict(settings))


def enough_different(matrix: Matrix, k: int) -> None:
    """Check that k groups are possible.

    Raises:
        RequestError: there are fewer different customers than groups.
    """
    distinct = distinct_rows(matrix, k)
    if distinct < k:
        raise RequestError(
            say_count(
                distinct,
                "{k} groups need {k} different customers; there is one. Ask for fewer groups.",
                "{k} groups need {k} different customers; there are {n}. Ask for fewer groups.",
                k=k,
            )
        )


def _is_sampled(matrix: Matrix, k: int, seed: int) -> bool:
    """Whether the starts run on a sample: not where it would hold fewer different customers than groups."""
    return len(matrix) > SAMPLE and distinct_rows(_sample(matrix, seed).astype(np.float64), k) >= k


def _sample(matrix: Matrix, seed: int) -> Single:
    rows = np.random.default_rng(seed).choice(len(matrix), SAMPLE, replace=False)
    return matrix[np.sort(rows)].astype(np.float32)


def _best(matrix: Matrix, k: int, seed: int) -> Matrix:
    from sklearn.cluster import KMeans

    centers: Matrix = KMeans(k, n_init=_STARTS, random_state=seed).fit(matrix).cluster_centers_
    return centers


def _start(drawn: Single, k: int, seed: int) -> tuple[Single, float]:
    from sklearn.cluster import KMeans

    found = KMeans(k, n_init=1, random_state=seed % 2**32).fit(drawn)
    return found.cluster_centers_, float(found.inertia_)


def _last_steps(everyone: Single, centers: Single) -> Matrix:
    from sklearn.cluster import KMeans

    found = KMeans(len(centers), init=centers, n_init=1, max_iter=_FULL_STEPS).fit(everyone)
    moved: Matrix = found.cluster_centers_.astype(np.float64)
    return moved


def _placed(centers: Matrix, matrix: Matrix, k: int) -> Fit:
    # The last centres decide, so that a customer is placed now as it would be placed later
    labels = place({"centers": centers}, matrix)
    used = np.bincount(labels, minlength=len(centers)) > 0
    if not used.all():  # equal distances can leave a centre without anyone
        centers = centers[used]
        labels = place({"centers": centers}, matrix)
    return Fit(labels, {"centers": centers}, {"k": k}, len(matrix) <= SAMPLE)


@contextmanager
def _one_thread_each() -> Iterator[None]:
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):
        yield


@contextmanager
def _fewer_groups_are_no_warning() -> Iterator[None]:
    """Beside a customer a billion times as far out, the others can be too alike to be parted: the figures tell of it."""
    from sklearn.exceptions import ConvergenceWarning

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        yield


def _at_once(work: Callable[[T], R], items: Iterable[T], tell: Callable[[int, T], None] | None = None) -> dict[T, R]:
    """The work done for each item, two at the same time; `tell` hears of each that is done."""
    with ThreadPoolExecutor(_WORKERS, initializer=_be_alone) as pool:
        waiting = {pool.submit(work, item): item for item in items}
        found: dict[T, R] = {}
        for done in as_completed(waiting):
            found[waiting[done]] = done.result()
            if tell:
                tell(len(found), waiting[done])
    return found


def _be_alone() -> None:
    """OpenMP counts threads for each thread that calls it: a new one has to be told too."""
    from threadpoolctl import threadpool_limits

    threadpool_limits(1, user_api="openmp")


def place(model: Mapping[str, np.ndarray[Any, Any]], matrix: Matrix) -> Labels:
    """The nearest centre of each customer."""
    from sklearn.metrics import pairwise_distances_argmin

    labels: Labels = pairwise_distances_argmin(matrix, model["centers"]).astype(np.intp)
    return labels


def tried(_matrix: Matrix, _settings: Settings) -> tuple[int, ...]:
    """The numbers of groups that are looked at, whatever the customers."""
    return KS


KMEANS = Algorithm(
    name="kmeans",
    label="K-Means",
    meaning="Round groups around centres; everyone belongs to the nearest one. You choose how many.",
    parameters=(K,),
    varied="k",
    tried=tried,
    exact_up_to=SAMPLE,
    above="Above {n} customers the starts are tried on a sample; everyone then takes part in the last steps.",
    placing="A new customer joins the group whose centre is nearest.",
    fit=fit,
    place=place,
    fit_many=fit_many,
    refit=refit,
)
