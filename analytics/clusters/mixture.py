"""Gaussian mixture (Dempster, Laird & Rubin 1977): stretched groups that overlap, each customer in one with a probability."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from analytics.clusters import kmeans
from analytics.clusters.algorithm import Algorithm, Fit, Labels, Matrix, Parameter, Settings, whole_settings
from analytics.clusters.kmeans import K, enough_different

EXACT_UP_TO: Final = 20_000
COVARIANCE: Final = Parameter(
    "covariance",
    "Shape",
    "How free the groups are: stretched in any direction, along the metrics only, round, or all of one shape.",
    "choice",
    "full",
    choices=(
        ("full", "Any direction"),
        ("diag", "Along the metrics"),
        ("spherical", "Round"),
        ("tied", "One shape for all"),
    ),
)
PARAMETERS: Final = (K, COVARIANCE)
_STEPS: Final = 200
_QUICK_STEPS: Final = 30
_QUICK_ROWS: Final = 1_500
_RESAMPLES: Final = 20
_FLOOR: Final = 1e-6
"""What is added to every variance, so that customers who are alike do not make a group without width."""
_NARROWEST: Final = 1e-9
"""And at least this share of the widest metric's variance: beside a group a billion times as wide, arithmetic finds no width."""
_AT_ONCE: Final = 100_000

Model = dict[str, np.ndarray[Any, Any]]


def fit(matrix: Matrix, settings: Settings, seed: int) -> Fit:
    """Fit k normal distributions by expectation-maximisation, from the groups of K-Means.

    Above 20,000 customers a seeded sample is fitted, and everyone is placed in it. Where the steps end before the
    likelihood has settled, `model["converged"]` is False. A distribution that nobody is most likely of is left out.

    Raises:
        RequestError: there are fewer different customers than groups.
    """
    k = int(settings["k"])
    enough_different(matrix, k)
    told = whole_settings(PARAMETERS, settings)
    rows = matrix
    if len(matrix) > EXACT_UP_TO:
        drawn = np.random.default_rng(seed).choice(len(matrix), EXACT_UP_TO, replace=False)
        rows = matrix[np.sort(drawn)]
        rows = matrix if len(np.unique(rows, axis=0)) < k else rows
    start = kmeans.fit(rows, {"k": k}, seed).labels
    model = _fitted(rows, start, str(told["covariance"]), _STEPS)
    labels, strength = _placed(model, matrix)
    used = np.bincount(labels, minlength=len(model["weights"])) > 0
    if not used.all():
        kept = {name: model[name][used] for name in ("weights", "means", "whitening")}
        model = {**model, **kept, "weights": kept["weights"] / kept["weights"].sum()}
        labels, strength = _placed(model, matrix)
    used_settings: Settings = {"k": k, "covariance": str(told["covariance"])}
    return Fit(labels, model, used_settings, len(matrix) <= EXACT_UP_TO, strength)


def refit(matrix: Matrix, settings: Settings, seed: int) -> Fit:
    """A quicker fit, of thirty steps, for the many that say how stable groups are and how far from chance."""
    start = kmeans.refit(matrix, {"k": int(settings["k"])}, seed).labels
    told = whole_settings(PARAMETERS, settings)
    model = _fitted(matrix, start, str(told["covariance"]), _QUICK_STEPS)
    return Fit(place(model, matrix), model, dict(settings))


def _fitted(rows: Matrix, start: Labels, covariance: str, steps: int) -> Model:
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.mixture import GaussianMixture

    weights, means, precisions = first_guess(rows, start, covariance)
    mixture = GaussianMixture(
        len(weights),
        covariance_type=covariance,
        reg_covar=_floor(rows),
        max_iter=steps,
        weights_init=weights,
        means_init=means,
        precisions_init=precisions,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # the model says whether it has settled
        mixture.fit(rows)
    return {
        "weights": mixture.weights_,
        "means": mixture.means_,
        "whitening": _whitening(mixture.precisions_cholesky_, covariance, *mixture.means_.shape),
        "bic": np.array([mixture.bic(rows)]),
        "converged": np.array([mixture.converged_]),
    }


def _floor(rows: Matrix) -> float:
    return max(_FLOOR, _NARROWEST * float(rows.var(axis=0).max()))


def first_guess(
    rows: Matrix, labels: Labels, covariance: str
) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Weights, means and precisions of some groups: where expectation-maximisation begins.

    The shape of the precisions is that of the kind of covariance: (k, d, d), (k, d), (k,) or (d, d).
    """
    names, labels = np.unique(labels, return_inverse=True)
    sizes = np.bincount(labels)
    means = np.stack([rows[labels == group].mean(axis=0) for group in range(len(names))])
    away = rows - means[labels]
    spreads = np.stack([away[labels == group].T @ away[labels == group] / sizes[group] for group in range(len(names))])
    weights = sizes / len(rows)
    least = _floor(rows)
    floor = np.eye(rows.shape[1]) * least
    variances = np.diagonal(spreads, axis1=1, axis2=2) + least
    match covariance:
        case "full":
            return weights, means, np.linalg.inv(spreads + floor)
        case "diag":
            return weights, means, 1.0 / variances
        case "spherical":
            return weights, means, 1.0 / variances.mean(axis=1)
        case _:
            return weights, means, np.linalg.inv(np.tensordot(weights, spreads, 1) + floor)


def _whitening(cholesky: Matrix, covariance: str, groups: int, metrics: int) -> Matrix:
    """The Cholesky factor of each group's precision as a matrix, whatever kind of covariance it is. Shape (k, d, d)."""
    match covariance:
        case "full":
            return cholesky
        case "diag":
            return cholesky[:, :, None] * np.eye(metrics)
        case "spherical":
            return cholesky[:, None, None] * np.eye(metrics)
        case _:
            return np.repeat(cholesky[None], groups, axis=0)


def posterior(model: Mapping[str, np.ndarray[Any, Any]], matrix: Matrix) -> Matrix:
    """How likely each customer is of each group, shape (customers, groups); each row adds up to 1."""
    weights, means, whitening = model["weights"], model["means"], model["whitening"]
    logs = np.empty((len(matrix), len(weights)))
    for group, (mean, factor) in enumerate(zip(means, whitening, strict=True)):
        squares = (((matrix - mean) @ factor) ** 2).sum(axis=1)
        # what all groups have in common falls away
        logs[:, group] = np.log(weights[group]) + np.log(np.diag(factor)).sum() - squares / 2
    logs -= logs.max(axis=1, keepdims=True)
    shares = np.exp(logs)
    told: Matrix = shares / shares.sum(axis=1, keepdims=True)
    return told


def _placed(
    model: Mapping[str, np.ndarray[Any, Any]], matrix: Matrix
) -> tuple[Labels, np.ndarray[Any, np.dtype[np.float32]]]:
    labels = np.empty(len(matrix), dtype=np.intp)
    strength = np.empty(len(matrix), dtype=np.float32)
    for start in range(0, len(matrix), _AT_ONCE):
        part = slice(start, start + _AT_ONCE)
        shares = posterior(model, matrix[part])
        labels[part] = shares.argmax(axis=1)
        strength[part] = shares.max(axis=1)
    return labels, strength


def place(model: Mapping[str, np.ndarray[Any, Any]], matrix: Matrix) -> Labels:
    """The group that each customer is most likely of."""
    return _placed(model, matrix)[0]


MIXTURE = Algorithm(
    name="mixture",
    label="Gaussian mixture",
    meaning="Stretched groups that may overlap; everyone has a probability for each. You choose how many.",
    parameters=PARAMETERS,
    varied="k",
    tried=kmeans.tried,
    exact_up_to=EXACT_UP_TO,
    above="Above {n} customers the groups are fitted to a sample; everyone is then placed in the likeliest one.",
    placing="A new customer joins the group that it is most likely of.",
    fit=fit,
    place=place,
    refit=refit,
    resampled=_QUICK_ROWS,
    resamples=_RESAMPLES,
)
