"""Scripts as a scientist runs them: in processes of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import provgraph as pg


def execute(path: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a script of the working directory, with more variables; how it ended is for the caller to look at."""
    return subprocess.run(
        [sys.executable, path, *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(Path(pg.__file__).parents[1]), **environment},
    )
