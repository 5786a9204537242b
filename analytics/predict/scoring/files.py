"""Files of cases: read by the readers of the import, scored part by part, and written with the score as a further column."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from analytics.datasets import open_version, write_atomically
from analytics.errors import AnalyticsError, DataError, StoreError
from analytics.intake.further import ANY_NUMBERS, batched, check_plain, typed
from analytics.intake.headings import Found, columns_by_heading
from analytics.intake.mapping import listed
from analytics.intake.parsing import choose_forms, first_unread, known_text, trimmed
from analytics.intake.readers import RawTable, read_raw
from analytics.intake.reading import as_text
from analytics.predict.inputs import Input, Wrong, checked_frame, lacking_error, wrong_error
from analytics.predict.scoring.drift import Counted, Moved
from analytics.predict.scoring.unusual import Unusual
from analytics.predict.store.trainings import open_model
from analytics.predict.trained import Contender, Training
from analytics.sources import connect, write_parquet
from analytics.text import say
from analytics.writing import MOST_EXCEL_ROWS, csv_file, write_excel

_ROWS_AT_ONCE: Final = 100_000
_READ: Final = "_read/"
_COLUMNS_AT_ONCE: Final = 32


Report = Callable[[float, str], None]


@dataclass(frozen=True, slots=True)
class Scored:
    """What became of a file of cases."""

    rows: int
    mean: float
    """The mean score."""
    yes: int | None
    """How many are at the threshold or above it; None for amounts."""
    threshold: float
    drift: tuple[Moved, ...]
    """Of each input, the largest first."""
    notes: tuple[str, ...]
    columns: tuple[str, ...]
    """Of the file that was written."""

    def to_json(self) -> dict[str, Any]:
        return {
            "rows": self.rows,
            "mean": self.mean,
            "yes": self.yes,
            "threshold": self.threshold if self.yes is not None else None,
            "drift": [one.to_json() for one in self.drift],
            "notes": list(self.notes),
            "columns": list(self.columns),
        }


def score_file(
    model: str,
    path_in: Path,
    path_out: Path,
    *,
    label: str = "",
    report: Report | None = None,
    home: Path | None = None,
) -> Scored:
    """Score the cases of a CSV, Excel or Parquet file: all its columns are written out, and the score beside them.

    Headings may be those of the file that the model learnt from, or its names of columns; they may come in any order. `label` is
    the file's name where the path does not end as it does. What is written is CSV, or Excel where the path out ends in .xlsx;
    until all is scored there is nothing.

    Raises:
        NotFoundError: there is no such model.
        StoreError: the model is refused, or the file cannot be written.
        MissingColumnsError: columns that the model reads are not there.
        DataError: the file cannot be read, or has text where numbers were.
    """
    tell = report or (lambda _share, _sentence: None)
    tell(0.02, say("Opening the model"))
    training, contender = open_model(model, home=home)
    inputs = contender.fitted.inputs
    with tempfile.TemporaryDirectory(prefix="clientele-score-") as folder:
        tell(0.05, say("Reading the cases"))
        raw = read_raw(path_in, label or path_in.name, connect(), Path(folder))
        check_plain(raw.table, raw.columns, raw.label)
        headings = _headings(training, inputs, home)
        found = columns_by_heading(headings, raw.columns)
        if found.missing:
            raise lacking_error(found.missing, headings)
        read = Path(folder) / "read.parquet"
        write_parquet(_with_inputs(raw, inputs, found.columns), read)
        tell(0.2, say("Scoring the cases"))
        try:
            return _written(training, contender, raw, read, found, path_out, tell)
        except OSError as problem:
            raise StoreError(
                say("Cannot write '{file}': {why}. Choose another place.", file=path_out.name, why=_why(problem))
            ) from problem


def _why(problem: OSError) -> str:
    """What went wrong, without the place aside that was written to."""
    return os.strerror(problem.errno) if problem.errno else str(problem)


def _headings(training: Training, inputs: Sequence[Input], home: Path | None) -> dict[str, str]:
    """Input → its heading in the file that the model learnt from, or the one that it has on the screen."""
    request = training.request
    mapping: Mapping[str, Any] = {}
    with suppress(AnalyticsError):  # where the version is gone, names are enough
        manifest = open_version(request.dataset, request.version, home=home).manifest
        files = [(part.kind, part.mapping) for part in manifest.carried] + [(manifest.kind, manifest.mapping)]
        mapping = dict(files).get("labelled", {})
    headings = {}
    for item in inputs:
        heading = mapping.get(item.name) if training.asked.one_case_is == "row" else None
        headings[item.name] = heading if isinstance(heading, str) else item.label
    return headings


def _with_inputs(raw: RawTable, inputs: Sequence[Input], columns: Mapping[str, str]) -> Any:
    """The raw table with what the model reads of it, typed as an import would type it; what would be codes are numbers here.

    Raises:
        DataError: a text is where numbers were.
    """
    numbers = [_READ + item.name for item in inputs if item.kind == "number"]
    named = raw.table.mutate(**{_READ + name: raw.table[column] for name, column in columns.items()})
    values = typed(named, numbers)
    values |= _as_numbers(named, [name for name in numbers if values[name].type().is_string()], columns)
    read: dict[str, Any] = {}
    for item in inputs:
        name = _READ + item.name
        value = values[name] if item.kind == "number" else known_text(trimmed(as_text(named[name])))
        kind = value.type()
        if kind.is_date() and item.kind == "number":
            read[name] = value.cast("timestamp(6)")
        else:
            read[name] = value.cast("float64") if kind.is_decimal() or kind.is_boolean() else value
    return named.select(*raw.columns, **read)


def _as_numbers(named: Any, names: Sequence[str], columns: Mapping[str, str]) -> dict[str, Any]:
    """Columns of text as numbers, each read by the form that most of its values have; infinite ones are missing.

    Raises:
        DataError: a value is no number.
    """
    found: dict[str, Any] = {}
    wrong: list[Wrong] = []
    for part in batched(names, _COLUMNS_AT_ONCE):
        texts = {name: _finite_text(trimmed(named[name])) for name in part}
        table = named.select(**texts)
        for name, fit in choose_forms(table, dict.fromkeys(part, ANY_NUMBERS)).items():
            found[name] = fit.form.read(texts[name])
            if fit.unread:
                row, value = first_unread(table[name], fit.form)
                wrong.append(Wrong(columns[name.removeprefix(_READ)], fit.unread, value, row))
    if wrong:
        raise wrong_error(wrong)
    return found


def _finite_text(text: Any) -> Any:
    return text.re_search(r"^[-+]?(?i:inf|infinity)$").ifelse(None, text)


def _written(
    training: Training,
    contender: Contender,
    raw: RawTable,
    read: Path,
    found: Found,
    path_out: Path,
    tell: Report,
) -> Scored:
    fitted, is_classes = contender.fitted, training.asked.kind == "classification"
    unusual, counted = Unusual(fitted.inputs, called=found.columns), Counted(fitted.inputs)
    score_name = _free("score", raw.columns)
    yes_name = _free("is_yes", raw.columns)
    rows, added, yes = 0, 0.0, 0
    with pq.ParquetFile(read) as file, _target(path_out) as write:
        total = max(1, file.metadata.num_rows)
        for batch in file.iter_batches(_ROWS_AT_ONCE):
            part = pa.Table.from_batches([batch])
            known = checked_frame(_inputs_of(part, fitted.inputs), fitted.inputs, before=rows, called=found.columns)
            scores = fitted.score_known(known)
            unusual.add(known)
            counted.add(known)
            told = part.select(list(raw.columns)).append_column(score_name, pa.array(scores))
            if is_classes:
                is_yes = scores >= contender.threshold
                yes += int(is_yes.sum())
                told = told.append_column(yes_name, pa.array(is_yes))
            write(told)
            rows += len(scores)
            added += float(scores.sum())
            tell(0.2 + 0.78 * min(1.0, rows / total), say("{n} cases scored", n=f"{rows:,}"))
    notes = [*unusual.notes(), *raw.warnings]
    if found.extra:
        notes.append(say("Taken along as it is, and not read by the model: {columns}.", columns=listed(found.extra, 8)))
    if score_name != "score":
        notes.append(say("The file has a column 'score' already: the model's is '{name}'.", name=score_name))
    columns = (*raw.columns, score_name, *((yes_name,) if is_classes else ()))
    return Scored(
        rows,
        added / max(1, rows),
        yes if is_classes else None,
        contender.threshold,
        counted.moved(),
        tuple(notes),
        columns,
    )


def _inputs_of(part: pa.Table, inputs: Sequence[Input]) -> pd.DataFrame:
    """What the model reads of a part, texts as categories."""
    made = {}
    for item in inputs:
        values = part[_READ + item.name]
        made[item.name] = (values.dictionary_encode() if item.kind == "text" else values).to_pandas()
    return pd.DataFrame(made)


@contextmanager
def _target(path: Path) -> Iterator[Any]:
    """What takes the parts: CSV as they come, a workbook when they are all there."""
    if path.suffix.lower() != ".xlsx":
        with csv_file(path) as write:
            yield write
        return
    parts: list[pa.Table] = []

    def keep(part: pa.Table) -> None:
        parts.append(part)
        rows = sum(one.num_rows for one in parts)
        if rows > MOST_EXCEL_ROWS:
            raise DataError(
                say("Excel holds {most} rows, and there are more. Write to a CSV file.", most=f"{MOST_EXCEL_ROWS:,}")
            )

    yield keep
    write_atomically(path, write_excel(pa.concat_tables(parts).to_pandas()))


def _free(name: str, taken: Sequence[str]) -> str:
    lowered = {column.casefold() for column in taken}
    number = 1
    found = name
    while found in lowered:
        number += 1
        found = f"{name}_{number}"
    return found
