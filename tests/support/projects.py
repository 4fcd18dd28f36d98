"""Projects as another process sees them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.support.processes import PATIENCE, started

if TYPE_CHECKING:
    from pathlib import Path


def config(project: Path) -> dict[str, Any]:
    """Read what a project's instance says."""
    found: dict[str, Any] = json.loads((project / ".provgraph" / "config.json").read_text())
    return found


def in_another_process(code: str) -> str:
    """Run code that has `pg` in the working directory, and give what it prints."""
    process = started(f"import provgraph as pg\n{code}")
    out, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, err
    return out.strip()
