"""The one-line messages a person sees: `→` for what was done, `!` for what to look at."""

from __future__ import annotations

import sys
from typing import TextIO


def say(text: str) -> None:
    """Print what was done, to a notebook's output or else to the error stream, so that pipes stay clean."""
    print(f"→ {text}", file=_stream())


def warn(text: str) -> None:
    """Print what a person should look at."""
    print(f"! {text}", file=_stream())


def _stream() -> TextIO:
    """Find out where a person looks; a program that merely imported ipykernel is no notebook."""
    if "ipykernel" not in sys.modules:
        return sys.stderr
    from provgraph.probes.notebook import in_notebook

    return sys.stdout if in_notebook() else sys.stderr
