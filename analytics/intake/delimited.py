"""Text files to tables: which separator, which encoding, where the header is, and which row is broken."""

from __future__ import annotations

import codecs
import csv
import io
import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from analytics.errors import EmptyDataError, UnreadableFileError
from analytics.intake.mapping import short
from analytics.text import say

csv.field_size_limit(64_000_000)  # Python's own limit of 131,072 letters is less than a description may have

DELIMITERS = (",", ";", "\t", "|")
ENCODINGS = ("cp1252", "cp1250", "cp1251", "iso8859_2", "iso8859_15", "cp1253", "cp1254", "shift_jis", "gb18030")
"""Where UTF-8 is ruled out, the encodings that are considered; the first where nothing speaks for another."""

_HEAD_BYTES = 1 << 18
_MOST_HEAD_BYTES = 1 << 25
_PIECE_BYTES = 1 << 16
_PIECES = 8
_NO_TABLE: tuple[tuple[bytes, str], ...] = (
    (b"%PDF", "a PDF"),
    (b"\x89PNG", "an image"),
    (b"\xff\xd8\xff", "an image"),
    (b"GIF8", "an image"),
    (b"PK\x03\x04", "a zip archive or an Excel workbook"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook"),
    (b"PAR1", "a Parquet file"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"SQLite format", "a database"),
)


@dataclass(frozen=True, slots=True)
class TextTable:
    """A UTF-8 text file with one separator, and what was found out about it."""

    path: Path
    delimiter: str
    columns: tuple[str, ...]
    lines_before_rows: int
    """Lines of the file up to and including the header."""
    sample: tuple[tuple[str | None, ...], ...]
    """Rows from the beginning and from all over the file; an empty value is missing."""
    warnings: tuple[str, ...] = ()


def open_text_table(file: Path, label: str, scratch: Path, *, is_utf8: bool | None = None) -> TextTable:
    """Find out how a text file is written; it is rewritten into `scratch` where it is not plain UTF-8.

    Raises:
        UnreadableFileError: it is no table.
        EmptyDataError: it has no rows.
    """
    with file.open("rb") as stream:
        head = stream.read(_HEAD_BYTES)
        while head.count(b"\n") < 3 and len(head) < _MOST_HEAD_BYTES and (more := stream.read(len(head))):
            head += more  # the first rows hold very long texts
        is_whole = not stream.read(1)
        pieces = [head, *_pieces(stream, len(head), file.stat().st_size)]
    _refuse_other_files(head, label)
    encoding = _encoding(pieces) if is_utf8 is not False else _single_byte_encoding(file)
    if encoding != "utf-8":
        file = _transcode(file, scratch / "utf8.txt", encoding)
        return open_text_table(file, label, scratch)
    lines = _lines(head, is_whole=is_whole)
    first = next((number for number, line in enumerate(lines) if line.strip()), None)
    if first is None:
        raise EmptyDataError(
            say("'{label}' is empty. Choose a file with a header and at least one row.", label=short(label))
        )
    told = re.fullmatch(r"sep=(.)", lines[first].strip("\r\n\ufeff "))
    if told:
        first += 1
    body = "".join(lines[first:])
    delimiter = told.group(1) if told else _delimiter(body)
    if not delimiter:
        if _is_padded(lines[first:]):
            return open_text_table(_unpad(file, scratch / "unpadded.txt"), label, scratch)
        delimiter = ","
    reader = csv.reader(io.StringIO(body, newline=""), delimiter=delimiter)
    header = next(reader, [])
    columns = _unique([name.strip("\ufeff \t\r\n\x00") for name in header])
    if not any(row for row in itertools.islice(reader, 1)):
        raise EmptyDataError(
            say(
                "'{label}' has a header and no rows. Export it again with rows, or choose another file.",
                label=short(label),
            )
        )
    if len(columns) < 2:
        raise UnreadableFileError(
            say(
                "'{label}' has one column only ('{column}'). Separate the columns by comma, semicolon, tab or '|'.",
                label=short(label),
                column=short(columns[0]) if columns else "",
            )
        )
    return TextTable(
        path=file,
        delimiter=delimiter,
        columns=columns,
        lines_before_rows=first + _line_count(body, delimiter),
        sample=_sample(body, pieces[1:], delimiter, len(columns)),
        warnings=_header_warnings(header, columns),
    )


def write_text_table(rows: Sequence[Sequence[Any]], path: Path, warnings: tuple[str, ...] = ()) -> TextTable:
    """Rows of a spreadsheet, the first of them the header, as a text table."""
    width = max(len(row) for row in rows)
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        for row in rows:
            writer.writerow([_as_text(value) for value in row] + [""] * (width - len(row)))
    columns = _unique([_as_text(value).strip() for value in rows[0]] + [""] * (width - len(rows[0])))
    sample = tuple(
        tuple(_as_text(value) or None for value in row) + (None,) * (width - len(row)) for row in rows[1:2_001]
    )
    lines = _line_count(path.read_text(encoding="utf-8")[:_HEAD_BYTES], ",")
    return TextTable(path, ",", columns, lines, sample, warnings)


def broken_row(text: TextTable) -> tuple[int, int] | None:
    """The first data row whose number of values is not the header's, and how many it has; rows count from 1."""
    with text.path.open(encoding="utf-8", newline="", errors="replace") as stream:
        for _ in range(text.lines_before_rows):
            stream.readline()
        rows = (row for row in csv.reader(stream, delimiter=text.delimiter) if row)
        for number, row in enumerate(rows, 1):
            if len(row) != len(text.columns):
                return number, len(row)
    return None


def _pieces(stream: io.BufferedReader, start_at: int, size: int) -> Iterator[bytes]:
    """Whole lines from all over a file that is longer than its head."""
    for number in range(1, _PIECES + 1):
        offset = start_at + (size - start_at) * number // _PIECES - _PIECE_BYTES
        if offset > start_at:
            stream.seek(offset)
            piece = stream.read(_PIECE_BYTES)
            start, end = piece.find(b"\n") + 1, piece.rfind(b"\n") + 1
            if start and end > start:
                yield piece[start:end]


def _refuse_other_files(head: bytes, label: str) -> None:
    found = next((name for start, name in _NO_TABLE if head.startswith(start)), None)
    if found is None and re.match(rb"\s*(<!doctype|<html|<\?xml|<svg)", head, re.IGNORECASE):
        found = "a web page"
    is_wide = head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or _wide_encoding(head)
    if found is None and not is_wide:
        controls = sum(head.count(bytes([code])) for code in (*range(9), *range(14, 27), *range(28, 32)))
        if controls > len(head) // 20:
            found = "not text"
    if found:
        raise UnreadableFileError(
            say(
                "'{label}' is {found}, not a table of text. Choose a CSV, Excel or Parquet file.",
                label=short(label),
                found=found,
            )
        )


def _wide_encoding(head: bytes) -> str:
    """UTF-16 without a mark: every other byte of plain letters is zero."""
    if len(head) < 8:
        return ""
    even, odd = head[::2].count(0), head[1::2].count(0)
    if odd > len(head) // 5 and even < len(head) // 50:
        return "utf-16-le"
    return "utf-16-be" if even > len(head) // 5 and odd < len(head) // 50 else ""


def _encoding(pieces: Sequence[bytes]) -> str:
    head = pieces[0]
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    wide = _wide_encoding(head)
    if wide:
        return wide
    try:
        for piece in pieces:
            codecs.getincrementaldecoder("utf-8")().decode(piece)
    except UnicodeDecodeError:
        return _likeliest([line for piece in pieces for line in piece.splitlines()])
    return "utf-8"


def _single_byte_encoding(file: Path) -> str:
    with file.open("rb") as stream:
        lines = list(itertools.islice((line for line in stream if not line.isascii()), 2_000))
    return _likeliest(lines)


def _likeliest(lines: Iterable[bytes]) -> str:
    from charset_normalizer import from_bytes

    telling = b"\n".join(line for line in lines if not line.isascii())[:100_000]
    best = from_bytes(telling, cp_isolation=list(ENCODINGS)).best()
    guess = best.encoding if best else ENCODINGS[0]
    # Western shops are by far the most, and a few accents look alike in every encoding: doubt speaks for the first.
    return guess if best and len(telling) > 400 else ENCODINGS[0]


def _transcode(file: Path, target: Path, encoding: str) -> Path:
    with (
        file.open(encoding=encoding, newline="", errors="replace") as source,
        target.open("w", encoding="utf-8", newline="") as sink,
    ):
        while chunk := source.read(1 << 20):
            sink.write(chunk)
    return target


def _lines(head: bytes, *, is_whole: bool) -> list[str]:
    text = codecs.getincrementaldecoder("utf-8")().decode(head)
    lines = io.StringIO(text, newline="").readlines()
    # The head may end within a line; the last one counts only where the file itself ends.
    return lines if is_whole or len(lines) < 2 else lines[:-1]


def _delimiter(body: str) -> str:
    """The separator that splits the header, and the rows after it into as many values."""
    best, best_score = "", (0, 0)
    for delimiter in DELIMITERS:
        rows = [
            row for row in itertools.islice(csv.reader(io.StringIO(body, newline=""), delimiter=delimiter), 50) if row
        ]
        if rows and len(rows[0]) > 1:
            score = (sum(len(row) == len(rows[0]) for row in rows), len(rows[0]))
            if score > best_score:
                best, best_score = delimiter, score
    return best


def _is_padded(lines: Sequence[str]) -> bool:
    counts = {len(line.split()) for line in lines[:50] if line.strip()}
    return len(counts) == 1 and counts.pop() > 1


def _unpad(file: Path, target: Path) -> Path:
    """A file whose columns are padded with blanks, with tabs instead."""
    with file.open(encoding="utf-8") as source, target.open("w", encoding="utf-8", newline="") as sink:
        for line in source:
            if line.strip():
                sink.write("\t".join(line.replace('"', '""').split()) + "\n")
    return target


def _unique(names: Sequence[str]) -> tuple[str, ...]:
    """Header names, none empty and none twice: a second `price` becomes `price.1`."""
    taken: set[str] = set()
    unique = []
    for position, given in enumerate(names, 1):
        name = base = given or f"column {position}"
        for number in itertools.count(1):
            if name.casefold() not in taken:  # the engine does not tell Price from price
                break
            name = f"{base}.{number}"
        taken.add(name.casefold())
        unique.append(name)
    return tuple(unique)


def _header_warnings(header: Sequence[str], columns: Sequence[str]) -> tuple[str, ...]:
    renamed = [
        column
        for given, column in zip(header, columns, strict=True)
        if given.strip("\ufeff \t\r\n\x00") and column.casefold() != given.strip("\ufeff \t\r\n\x00").casefold()
    ]
    if not renamed:
        return ()
    return (say("Columns of the same name were told apart: {columns}.", columns=", ".join(map(repr, renamed))),)


def _line_count(body: str, delimiter: str) -> int:
    """Lines that the header takes: a quoted name may run over several."""
    reader = csv.reader(io.StringIO(body, newline=""), delimiter=delimiter)
    next(reader)
    return reader.line_num


def _sample(body: str, pieces: Iterable[bytes], delimiter: str, width: int) -> tuple[tuple[str | None, ...], ...]:
    texts = [body, *(piece.decode("utf-8", errors="replace") for piece in pieces)]
    rows: list[tuple[str | None, ...]] = []
    for number, text in enumerate(texts):
        found = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        wanted = itertools.islice(found, 1, 1_000) if number == 0 else itertools.islice(found, 200)
        # A piece may begin within a quoted value: what does not fit the header is no row.
        rows.extend(tuple(value or None for value in row) for row in wanted if len(row) == width)
    return tuple(rows)


def _as_text(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return str(int(value))  # a sheet knows no whole numbers
    if isinstance(value, (date, time, timedelta)):
        return str(value)
    return str(value)
