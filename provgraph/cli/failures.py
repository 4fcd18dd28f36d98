"""What a shell user sees when a command fails: one line, and an exit code."""

from __future__ import annotations

import sys
import traceback
from typing import Any, Final

import click

from provgraph.engines.driver import give_nothing_of_theirs
from provgraph.errors import ProvgraphError

INTERRUPTED: Final = 130
"""The exit code of a program that Ctrl-C has ended, as shells have it."""
CLICKS: Final = (click.ClickException, click.exceptions.Exit, click.Abort, BrokenPipeError)
"""What click tells by itself; a reader who has gone, as in `| head -1`, is told nothing."""


class Commands(click.Group):
    """Shows errors as one line, without a stack unless `--debug` asks for it."""

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        """Be the program of this process."""
        give_nothing_of_theirs()
        return super().__call__(*arguments, **options)

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; exit with 1 when it raises an error, with 130 when Ctrl-C ends it."""
        try:
            return super().invoke(ctx)
        except CLICKS:
            raise
        except KeyboardInterrupt:
            click.echo("Interrupted", err=True)
            sys.exit(INTERRUPTED)
        except Exception as error:  # noqa: BLE001 - whatever it is, a person at a shell wants a line
            if ctx.params.get("debug"):
                traceback.print_exc()
            click.echo(f"Error: {_told(error)}", err=True)
            sys.exit(1)


def _told(error: Exception) -> str:
    if isinstance(error, ProvgraphError):
        return str(error)
    if isinstance(error, OSError):
        return f"{error}. Look at the disk, the file or the rights that it names; provgraph --debug shows more."
    name = type(error).__name__
    return f"something that was not foreseen ({name}: {error}). Run it as provgraph --debug, and report what it shows."
