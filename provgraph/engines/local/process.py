"""Start the local engine's process: apart from its starter, silent, with modules from the same places."""

from __future__ import annotations

import importlib.util
import os
import site
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from provgraph.errors import DamagedInstanceError, EngineUnavailableError

if TYPE_CHECKING:
    from provgraph.engines.local.files import EngineFiles

NEEDED: Final = (
    "provgraph", "filelock", "psutil", "arcadedb", "arcadedb_embedded", "blake3", "neo4j", "platformdirs", "pydantic",
)  # fmt: skip
"""What the process imports, and the one that keeps a backup for it."""
LARGEST_LOG: Final = 200_000
"""Bytes of the process's own log that are kept when it starts again."""


class Detached(subprocess.Popen[bytes]):
    """A process that is meant to outlive its starter: nobody is warned that it still runs."""

    def __del__(self) -> None:
        """Leave the process alone."""


def launch(files: EngineFiles, idle: float, ceiling: float) -> Detached:
    """Start the process; `DamagedInstanceError` when the folder cannot be written, `EngineUnavailableError` else."""
    arguments = [str(files.folder.absolute()), str(idle), str(ceiling)]
    try:
        log = _log(files.log)
    except OSError as error:
        raise DamagedInstanceError(
            f"{files.folder} cannot be written ({error.strerror})", "Mend its permissions, or free some space."
        ) from error
    try:
        return Detached(
            [sys.executable, "-P", "-m", "provgraph.engines.local.sidecar", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=files.folder,
            env=_environment(),
            start_new_session=True,
        )
    except OSError as error:
        raise EngineUnavailableError(
            f"the local engine cannot be started: {sys.executable} does not run ({error.strerror})",
            "Mend this Python, or use a Neo4j server: PROVGRAPH_URL.",
        ) from error
    finally:
        os.close(log)


def _log(path: Path) -> int:
    """Open the log for appending, so that those who start at once do not overwrite each other's words."""
    small = not path.exists() or path.stat().st_size < LARGEST_LOG
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | (0 if small else os.O_TRUNC), 0o600)


def _environment() -> dict[str, str]:
    """Pass on the environment, and where the needed modules lie when this process found them by `sys.path` alone.

    The rest of `sys.path` is not passed on: a `random.py` beside a person's script would hide Python's own.
    """
    usual = {Path(place) for place in (*site.getsitepackages(), site.getusersitepackages())}
    places = [place for place in dict.fromkeys(map(_place, NEEDED)) if place is not None and place not in usual]
    given = os.environ.get("PYTHONPATH")
    return {**os.environ, "PYTHONPATH": os.pathsep.join([*map(str, places), *([given] if given else [])])}


def _place(module: str) -> Path | None:
    """Find the folder on `sys.path` from which a package is imported."""
    found = importlib.util.find_spec(module)
    return Path(found.origin).absolute().parent.parent if found and found.origin else None
