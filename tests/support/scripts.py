"""Scripts as a scientist runs them: in processes of their own."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING

from tests.support.processes import surroundings

if TYPE_CHECKING:
    from collections.abc import Sequence


def script(path: str, body: str) -> Path:
    """Write a script that imports provgraph as pg."""
    there = Path(path)
    there.parent.mkdir(parents=True, exist_ok=True)
    there.write_text("import provgraph as pg\n" + textwrap.dedent(body))
    return there


def execute(
    path: str, *arguments: str, under: Sequence[str] = (), **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run a script of the working directory, if need be by a command that runs it, with more variables.

    How it ended is for the caller to look at.
    """
    return subprocess.run(
        [*under, sys.executable, path, *arguments],
        capture_output=True,
        text=True,
        check=False,
        env=surroundings(**environment),
    )
