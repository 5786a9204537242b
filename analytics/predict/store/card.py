"""The model card: everything that someone who is to rely on a model should know of it, as one value, as JSON and as text.

The headings follow Mitchell et al. (2019), Model Cards for Model Reporting.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from analytics.predict.evaluation.measures import calibration_error, measures_of
from analytics.predict.evaluation.model_words import doubts
from analytics.predict.store.trainings import asked_in_words, open_model, seal_digest
from analytics.predict.trained import Contender, Training
from analytics.text import say


@dataclass(frozen=True, slots=True)
class CardFigure:
    """A measure of the model on the test part, beside those of the rules of thumb."""

    name: str
    label: str
    value: float | None
    low: float | None
    high: float | None
    """Between which it lies in 95 of 100 such test parts; None where it was not measured."""
    baselines: Mapping[str, float | None]


@dataclass(frozen=True, slots=True)
class ModelCard:
    """What is to be known of a model."""

    id: str
    label: str
    question: str
    intended_use: str
    dataset: str
    version: str
    as_of: str | None
    target: str
    positive: str
    training_cases: int
    test_cases: int
    positive_rate: float | None
    split: str
    seed: int
    threshold: float | None
    figures: tuple[CardFigure, ...]
    calibration: str
    calibration_error: float | None
    """Of a yes or no: how far chances are off, in the mean, on the test part."""
    leaks: tuple[tuple[str, str, bool], ...]
    """(column, why it knows too much, whether it was left out)."""
    columns: tuple[tuple[str, str, str], ...]
    """(name, heading, number or text) of what it reads."""
    settings: Mapping[str, Any]
    limits: tuple[str, ...]
    """What it is not good for, and what to know before one relies on it."""
    made_at: str
    libraries: Mapping[str, str]
    digest: str
    """SHA-256 of the seal that covers every file of the training."""

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    def text(self) -> str:
        """The card for reading, a line for each thing."""
        lines = [
            f"{self.label} · {self.id}",
            self.question,
            "",
            say("Use: {use}", use=self.intended_use),
            say("Data: {dataset}, version {version}", dataset=self.dataset, version=self.version),
            say(
                "Cases: {training:,} to learn from, {test:,} to test on",
                training=self.training_cases,
                test=self.test_cases,
            ),
            self.split,
            "",
            *(_figure_line(one) for one in self.figures),
        ]
        if self.calibration_error is not None:
            lines.append(
                say(
                    "Chances are off by {error:.1%} in the mean ({method}).",
                    error=self.calibration_error,
                    method=self.calibration,
                )
            )
        lines += ["", say("Columns: {names}", names=", ".join(name for name, _, _ in self.columns))]
        for column, reason, is_out in self.leaks:
            pattern = "Left out: {column}. {reason}" if is_out else "Kept on purpose: {column}. {reason}"
            lines.append(say(pattern, column=column, reason=reason))
        lines += ["", *self.limits, ""]
        lines.append(
            say(
                "Made: {at}; with {libraries}",
                at=self.made_at or "–",
                libraries=", ".join(f"{name} {number}" for name, number in self.libraries.items()),
            )
        )
        lines.append(say("Seal: {digest}", digest=self.digest))
        return "\n".join(lines)


def model_card(model: str, *, home: Path | None = None) -> ModelCard:
    """The card of a kept model: the one that is named, or the best of a training.

    Raises:
        NotFoundError: there is none.
        StoreError: it is refused; the sentence says why.
    """
    training, contender = open_model(model, home=home)
    return card_of(training, contender, seal_digest(model, home=home))


def card_of(training: Training, contender: Contender, digest: str) -> ModelCard:
    """The card of one model of a training."""
    request, is_classes = training.request, training.asked.kind == "classification"
    return ModelCard(
        f"{training.id}.{contender.name}",
        say(contender.about().label),
        asked_in_words(training),
        _use(training),
        request.dataset,
        request.version or "",
        request.as_of.isoformat() if request.as_of else None,
        request.target,
        training.positive if is_classes else "",
        len(training.training_target),
        len(training.test_target),
        training.positive_rate,
        training.split,
        request.seed,
        contender.threshold if is_classes else None,
        tuple(_figures(training, contender)),
        contender.fitted.calibrator.method,
        float(calibration_error(training.test_target, contender.scores)) if is_classes else None,
        tuple((leak.column, leak.reason, leak.excluded) for leak in training.leaks),
        tuple((item.name, item.label, item.kind) for item in contender.fitted.inputs),
        dict(contender.settings),
        _limits(training, contender),
        training.made_at,
        dict(training.libraries),
        digest,
    )


def _figures(training: Training, contender: Contender) -> list[CardFigure]:
    found = []
    for measure in measures_of(training.asked.kind):
        low, high = contender.intervals.get(measure.name, (None, None))
        found.append(
            CardFigure(
                measure.name,
                say(measure.label),
                _known(contender.figures.get(measure.name)),
                _known(low),
                _known(high),
                {one.label: _known(one.figures.get(measure.name)) for one in training.baselines},
            )
        )
    return found


def _use(training: Training) -> str:
    case = training.asked.one_case_is
    if training.asked.kind == "classification":
        return say(
            "To rank cases (each is a {case}) and to decide whom to act on; not to judge a single one alone.",
            case=say(case),
        )
    return say(
        "To plan with sums and to rank cases (each is a {case}); a single amount can be far off.", case=say(case)
    )


def _limits(training: Training, contender: Contender) -> tuple[str, ...]:
    limits = [
        *doubts(training, contender),
        say("It knows cases like those it learnt from. Watch the drift when it scores, and train again as it grows."),
        say("What it goes by goes together with the answer; that it brings it about is not said."),
    ]
    if training.request.search_seconds:
        limits.append(say("Settings were searched within a budget of seconds: another run may choose others."))
    return (*limits, *training.notes, *training.warnings)


def _figure_line(one: CardFigure) -> str:
    told = "–" if one.value is None else f"{one.value:,.4g}"
    if one.low is not None and one.high is not None:
        told = f"{told} ({one.low:,.4g} – {one.high:,.4g})"
    besides = "; ".join(f"{label} {value:,.4g}" for label, value in one.baselines.items() if value is not None)
    return f"{one.label:<26}{told:<30}{besides}".rstrip()


def _known(value: float | None) -> float | None:
    return None if value is None or value != value else float(value)  # noqa: PLR0124 - not-a-number differs from itself
