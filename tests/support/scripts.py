"""Scripts as a scientist runs them: in processes of their own."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

from tests.support.processes import surroundings


def script(path: str, body: str) -> Path:
    """Write a script that imports provgraph as pg."""
    there = Path(path)
    there.parent.mkdir(parents=True, exist_ok=True)
    there.write_text("import provgraph as pg\n" + textwrap.dedent(body))
    return there


def execute(path: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a script of the working directory, with more variables; how it ended is for the caller to look at."""
    return subprocess.run(
        [sys.executable, path, *arguments],
        capture_output=True,
        text=True,
        check=False,
        env=surroundings(**environment),
    )
