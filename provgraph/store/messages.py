"""The one-line messages a person sees: `→` for what was done, `!` for what to look at."""

from __future__ import annotations

import contextlib
import sys
from typing import TextIO

from provgraph.errors import escaped


def say(text: str) -> None:
    """Print what was done, to a notebook's output or else to the error stream, so that pipes stay clean."""
    _print(f"→ {text}")


def warn(text: str) -> None:
    """Print what a person should look at."""
    _print(f"! {text}")


def note(text: str) -> None:
    """Print a line beside the answer of a command, so that pipes stay clean."""
    _print(text)


def _print(text: str) -> None:
    """Print a line, if somebody can still read it: what is only said never ends a computation.

    What a terminal would obey is shown as in errors.
    """
    if (stream := _stream()) is not None:
        with contextlib.suppress(OSError, ValueError):
            print(escaped(text), file=stream)


def _stream() -> TextIO | None:
    """Find out where a person looks; a program that merely imported ipykernel is no notebook."""
    if "ipykernel" not in sys.modules:
        return sys.stderr
    from provgraph.probes.notebook import in_notebook

    return sys.stdout if in_notebook() else sys.stderr
