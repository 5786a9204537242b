"""`train`: compare models on a dataset's cases, and keep them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from analytics.calendar import parse_day
from analytics.commands.base import answer, as_json_option, helpful
from analytics.datasets import now_text

if TYPE_CHECKING:
    from analytics.predict import Training, TrainingRequest


def _names(_context: click.Context, _parameter: click.Parameter, text: str | None) -> tuple[str, ...]:
    return tuple(name.strip() for name in (text or "").split(",") if name.strip())


@click.command()
@click.argument("name")
@click.option(
    "--problem",
    required=True,
    help="What is asked: conversion, revenue, churn, abandonment, classification or regression.",
)
@click.option("--target", default="", help="The column to predict, of a labelled table.")
@click.option("--positive", default="", help="Which value of the target means yes, where it cannot be seen.")
@click.option(
    "--models",
    callback=_names,
    help="Which are compared, with commas: logistic,tree,forest,boosting,xgboost,neural of yes or no; linear,ridge,lasso,"
    "boosting,xgboost,two_part of amounts. All that suit if left out.",
)
@click.option(
    "--balance",
    default="none",
    show_default=True,
    help="What is done about a rare yes, inside each fold: none, weight, smote or undersample.",
)
@click.option("--scaling", default="standard", show_default=True, help="Of numbers: standard or minmax.")
@click.option("--encoding", default="onehot", show_default=True, help="Of texts: onehot or ordinal.")
@click.option(
    "--imputation", default="median", show_default=True, help="What stands for a missing number: median or mode."
)
@click.option(
    "--calibration",
    default="auto",
    show_default=True,
    help="How probabilities are made honest: auto, none, sigmoid or isotonic.",
)
@click.option(
    "--target-scale",
    default="auto",
    show_default=True,
    help="Whether amounts are predicted in logarithms: auto (where that helps in the folds), plain or log.",
)
@click.option(
    "--search-seconds",
    type=int,
    default=0,
    show_default=True,
    help="How long better settings are searched, all models together; 0 takes the usual ones.",
)
@click.option(
    "--horizon-days", type=int, default=90, show_default=True, help="How far a problem that looks ahead looks."
)
@click.option("--as-of", help="The day until which all is known, 2011-12-10; the day after the last order if left out.")
@click.option("--leave-out", callback=_names, help="Columns that models may not read, with commas.")
@click.option("--keep", callback=_names, help="Columns that the guard would leave out, and that are used on purpose.")
@click.option(
    "--split",
    default="auto",
    show_default=True,
    help="The test part: given (a file), time (later), random; auto is the first of these that is possible.",
)
@click.option("--test-percent", type=int, default=20, show_default=True, help="Of a test part drawn at random.")
@click.option("--folds", type=int, default=5, show_default=True, help="In which models are compared.")
@click.option("--seed", type=int, default=0, show_default=True, help="Of everything that is drawn.")
@click.option("--not-kept", is_flag=True, help="Compare only: keep no model.")
@as_json_option
@helpful
def train(
    name: str, problem: str, as_of: str | None, not_kept: bool, as_json: bool,
    **told: Any,
) -> None:  # fmt: skip
    """Train models on dataset NAME, compare them on cases that none has seen, and keep them.

    Columns that know the answer are named and left out. Settings, cut-offs and the best model are chosen in folds of the
    training part; the test part is scored once.
    """
    from analytics.predict import TrainingRequest, keep_training
    from analytics.predict import train as train_models
    from analytics.predict.store.trainings import check_room
    from analytics.sources import open_source

    request = TrainingRequest(name, problem=problem, as_of=parse_day(as_of) if as_of else None, **told)
    source = open_source(name)
    if not not_kept:
        check_room(name)
    made = train_models(request, source, made_at=now_text(datetime.now(UTC)), report=None if as_json else _progress)
    if not not_kept:
        made = keep_training(made)
    answer(training_told(made), as_json, _text(made))


def _progress(share: float, sentence: str) -> None:
    click.echo(f"{share:>4.0%} {sentence}", err=True)


def training_told(made: Training) -> dict[str, Any]:
    """A training as plain JSON: what is not defined is null."""
    from analytics.predict.evaluation.model_words import findings

    best = made.contender()
    request: TrainingRequest = made.request
    return {
        "problem": request.problem,
        "target": request.target or request.problem,
        "positive": made.positive if made.positive_rate is not None else None,
        "cases": made.cases,
        "training_cases": len(made.training_target),
        "test_cases": len(made.test_target),
        "positive_rate": made.positive_rate,
        "split": made.split,
        "leaks": [{"column": leak.column, "reason": leak.reason, "excluded": leak.excluded} for leak in made.leaks],
        "baseline": {"name": made.baselines[0].name, **_plain(made.baselines[0].figures)},
        "baselines": [{"name": one.name, "label": one.label, **_plain(one.figures)} for one in made.baselines],
        "models": [
            {
                "name": one.name,
                **_plain(one.figures),
                "threshold": one.threshold if made.positive_rate is not None else None,
                "fit_seconds": round(one.fit_seconds, 4),
                "in_folds": _plain(one.in_folds),
                "intervals": {measure: [_number(low), _number(high)] for measure, (low, high) in one.intervals.items()},
                "settings": dict(one.settings),
                "calibration": one.fitted.calibrator.method,
                "is_log": one.fitted.is_log,
            }
            for one in made.contenders
        ],
        "best": best.name,
        "findings": list(findings(made).sentences),
        "model": made.id or None,
        "notes": list(made.notes),
        "warnings": list(made.warnings),
        "request": request.to_json(),
        "libraries": dict(made.libraries),
    }


def _plain(figures: Mapping[str, float]) -> dict[str, float | None]:
    return {name: _number(value) for name, value in figures.items()}


def _number(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def _text(made: Training) -> str:
    from analytics.predict import measures_of
    from analytics.predict.evaluation.model_words import against_baseline, doubts, headline, sureness

    measures = measures_of(made.asked.kind)
    rate = f", {made.positive_rate:.1%} '{made.positive}'" if made.positive_rate is not None else ""
    lines = [
        f"{made.cases:,} cases{rate}: {len(made.training_target):,} to learn from, {len(made.test_target):,} to test on.",
        made.split,
        *(f"{'Left out' if leak.excluded else 'Kept on purpose'}: {leak.column}. {leak.reason}" for leak in made.leaks),
        "",
        f"{'On the test part':<28}" + "".join(f"{one.label[:17]:>18}" for one in measures) + f"{'Fit, seconds':>14}",
    ]
    for one in made.contenders:
        mark = "*" if one.name == made.best else " "
        lines.append(_row(f"{mark} {one.about().label}", one.figures, measures) + f"{one.fit_seconds:>14.2f}")
    lines += [_row(f"  {rule.label}", rule.figures, measures) for rule in made.baselines]
    lines += ["", f"* Best in the folds of the training part: {made.contender().about().label}."]
    if made.positive_rate is not None:
        lines.append(
            f"  It says yes from {made.contender().threshold:.3f} on: the cut-off with the best F1 in those folds."
        )
    best = made.contender()
    said = (headline(made, best), against_baseline(made, best), sureness(made, best), *doubts(made, best))
    lines += ["", *(sentence for sentence in said if sentence), ""]
    lines += [*(f"Note: {note}" for note in made.notes), *(f"Warning: {warning}" for warning in made.warnings)]
    return "\n".join([*lines, f"Kept as {made.id}." if made.id else "Not kept."])


def _row(label: str, figures: Mapping[str, float], measures: tuple[Any, ...]) -> str:
    return f"{label[:27]:<28}" + "".join(f"{_cell(figures[one.name]):>18}" for one in measures)


def _cell(value: float) -> str:
    if not math.isfinite(value):
        return "–"
    return f"{value:.3f}" if abs(value) < 100 else f"{value:,.1f}"
