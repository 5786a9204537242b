"""The command that scores a file of cases with a kept model."""

from __future__ import annotations

from pathlib import Path

import click

from analytics.commands.base import answer, as_json_option, helpful
from analytics.errors import RequestError
from analytics.text import say, say_count


@click.command()
@click.argument("model")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), required=True, help="The file to write: .csv or .xlsx.")
@as_json_option
@helpful
def predict(model: str, file: Path, out: Path, as_json: bool) -> None:
    """Score the cases of a CSV, Excel or Parquet file: all its columns, and the score beside them.

    MODEL is a training, sample.churn.0001, of which the best model scores, or one of its models, sample.churn.0001.logistic.
    """
    from analytics.predict.scoring.scores import score_file

    if out.suffix.lower() not in (".csv", ".xlsx"):
        raise RequestError(
            say("'{file}' would be neither CSV nor Excel. Let the name end in .csv or .xlsx.", file=out.name)
        )
    scored = score_file(model, file, out)
    lines = [
        say_count(
            scored.rows,
            "{n} case scored to {file}. The mean score is {mean:,.4g}.",
            "{n} cases scored to {file}. The mean score is {mean:,.4g}.",
            file=out,
            mean=scored.mean,
        )
    ]
    if scored.yes is not None:
        lines.append(
            say_count(
                scored.yes,
                "{n} is yes, at the cut-off {threshold:.4g}.",
                "{n} are yes, at the cut-off {threshold:.4g}.",
                threshold=scored.threshold,
            )
        )
    lines += [
        say("{label}: {words} (PSI {index:.2f})", label=moved.label, words=moved.words, index=moved.index)
        for moved in scored.drift
        if moved.verdict != "stable"
    ]
    answer({"model": model, "file": str(out), **scored.to_json()}, as_json, "\n".join([*lines, *scored.notes]))
