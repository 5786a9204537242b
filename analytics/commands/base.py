"""What every command shares: options, errors in one sentence, answers as text or as JSON."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from functools import wraps
from typing import Any, NoReturn, ParamSpec

import click

from analytics.errors import AnalyticsError, RequestError

P = ParamSpec("P")


def helpful(command: Callable[P, None]) -> Callable[P, None]:
    """Turn an error that is meant for people into one sentence on stderr and an exit code that is not 0."""

    @wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            command(*args, **kwargs)
        except AnalyticsError as problem:
            fail(str(problem))
        except OSError as problem:
            fail(f"Cannot read or write '{problem.filename or '?'}': {problem.strerror}.")

    return run


def fail(sentence: str) -> NoReturn:
    click.echo(sentence, err=True)
    sys.exit(1)


as_json_option = click.option("--json", "as_json", is_flag=True, help="Answer as JSON.")
as_of_option = click.option("--as-of", help="The as-of date, 2011-12-10; the day after the last order if left out.")


def pair(text: str, option: str, form: str) -> tuple[str, str]:
    """The two sides of OURS=THEIRS.

    Raises:
        RequestError: it has not that form.
    """
    left, equals, right = text.partition("=")
    if not (left.strip() and equals and right.strip()):
        raise RequestError(f"'{text}' is not possible for {option}. Write {form}.")
    return left.strip(), right.strip()


def answer(told: dict[str, Any], as_json: bool, text: str) -> None:
    """Print what a command has found: for people, or as JSON."""
    click.echo(json.dumps(told, ensure_ascii=False, indent=1) if as_json else text)
