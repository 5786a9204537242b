"""The command for kept models: list them, read a card, put one in use or out of it, drop a training."""

from __future__ import annotations

import math
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

import click

from analytics.commands.base import answer, as_json_option, helpful
from analytics.datasets import now_text
from analytics.errors import RequestError
from analytics.text import say


@click.command()
@click.argument("name", required=False)
@click.option("--card", help="Print the card of this model, sample.churn.0001 or sample.churn.0001.xgboost.")
@click.option(
    "--use", help="Put this model in use, in place of the one before: its scores become a column of the customers."
)
@click.option("--stop-using", help="Take this model out of use.")
@click.option("--drop", help="Forget this training with all its models.")
@as_json_option
@helpful
def models(
    name: str | None, card: str | None, use: str | None, stop_using: str | None, drop: str | None, as_json: bool
) -> None:
    """List the kept models of dataset NAME, or of all; or do one thing with one of them.

    To roll back, put an earlier model in use again: they stay listed until they are dropped.
    """
    from analytics.predict.store import trainings
    from analytics.predict.store.card import model_card

    asked = [option for option in (card, use, stop_using, drop) if option is not None]
    if len(asked) > 1 or (asked and name is not None):
        raise RequestError(say("Choose one: the list of a dataset, --card, --use, --stop-using or --drop."))
    if card is not None:
        found = model_card(card)
        answer(found.to_json(), as_json, found.text())
    elif use is not None:
        used = trainings.put_in_use(use, at=now_text(datetime.now(UTC)))
        lines = [say("'{model}' is in use.", model=used.model)]
        if used.earlier:
            lines.append(say("Before it was '{model}': put that in use again to roll back.", model=used.earlier[0]))
        answer(asdict(used), as_json, "\n".join(lines))
    elif stop_using is not None:
        trainings.take_out_of_use(stop_using)
        answer({"stopped": stop_using}, as_json, say("'{model}' is not in use any more.", model=stop_using))
    elif drop is not None:
        trainings.drop_training(drop)
        answer({"dropped": drop}, as_json, say("'{model}' is dropped.", model=drop))
    else:
        known, refused = trainings.list_trainings(name), trainings.refused_trainings(name)
        lines = [_line(about) for about in known] or [say("No model is kept yet. Train one first.")]
        told: dict[str, Any] = {
            "models": [_told(asdict(about)) for about in known],
            "refused": [{"id": model, "reason": reason} for model, reason in refused.items()],
        }
        answer(told, as_json, "\n".join([*lines, *refused.values()]))


def _line(about: Any) -> str:
    known = [(name, value) for name, value in about.figures.items() if not math.isnan(value)]
    figures = "  ".join(f"{name} {value:,.3g}" for name, value in known[:6])
    used = say(" · in use: {model}", model=about.used) if about.is_in_use else ""
    return f"{about.id:<28}{about.question}  {about.best}: {figures}{used}"


def _told(told: dict[str, Any]) -> dict[str, Any]:
    """As plain JSON: a figure that is not defined is null."""
    told["figures"] = {name: _known(value) for name, value in told["figures"].items()}
    told["models"] = {
        model: {name: _known(value) for name, value in figures.items()} for model, figures in told["models"].items()
    }
    return told


def _known(value: float) -> float | None:
    return None if value != value else value  # noqa: PLR0124 - not-a-number differs from itself
