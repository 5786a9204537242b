"""The command line: `python -m analytics …`. The same functions, arguments and numbers as on the screen."""

from __future__ import annotations

from typing import Any

import click

from analytics.commands import COMMANDS


class _Commands(click.Group):
    """Commands whose misuse is answered in one line, as every other error is."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except click.UsageError as problem:
            raise click.ClickException(
                f"{problem.format_message()} See {(problem.ctx or ctx).command_path} --help."
            ) from problem


@click.group(
    cls=_Commands, commands=COMMANDS, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110}
)
def main() -> None:
    """Customer segments from a shop's orders: import a file, score, segment, and take the list with you."""


if __name__ == "__main__":
    main(prog_name="python -m analytics")
