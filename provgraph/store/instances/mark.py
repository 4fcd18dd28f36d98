"""What tells a project's own graph from those of other projects, in a storage that several use."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from pathlib import Path
from typing import Any, Final

from provgraph import uids
from provgraph.storage import durable
from provgraph.storage.content import disk_errors
from provgraph.store.instances.instance import FOLDER

MARKS: Final = "marks"
"""The folder in `.provgraph/` with a file for each place where the project has been."""
WAITING: Final = ":waiting"
"""What the mark has at its end where it stands for a server's graph that could not be reached."""


def mark(root: Path) -> str:
    """Give the mark of a project, which is made when it is asked for first.

    A project that was moved keeps it. A copy gets one of its own: where it was made from is still there then, with the
    same mark. Raises `ReadOnlyStorageError` where it cannot be written.
    """
    own = _file(root)
    if (noted := _read(own)) is None:
        former = max(own.parent.glob("*.json"), key=lambda each: each.stat().st_mtime_ns, default=None)
        known = _read(former) if former is not None else None
        is_moved = known is not None and not _is_at(known, root)
        noted = {"mark": known["mark"] if known is not None and is_moved else uids.new("Graph"), "root": _real(root)}
        _write_first(own, noted)
    return str((_read(own) or noted)["mark"])


def _file(root: Path) -> Path:
    name = hashlib.sha256(_real(root).encode("utf-8", "surrogateescape")).hexdigest()[:16]
    return root / FOLDER / MARKS / f"{name}.json"


def _real(root: Path) -> str:
    return os.path.realpath(root)


def _read(file: Path) -> dict[str, Any] | None:
    try:
        noted = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return noted if isinstance(noted, dict) and {"mark", "root"} <= noted.keys() else None


def _is_at(known: dict[str, Any], root: Path) -> bool:
    """Say whether a project with this mark is still where it was, and that is not this one."""
    there = Path(known["root"])
    with contextlib.suppress(OSError):
        noted = _read(_file(there))
        return noted is not None and noted["mark"] == known["mark"] and not there.samefile(root)
    return False


def _write_first(file: Path, noted: dict[str, Any]) -> None:
    """Write the file unless another process has written it meanwhile."""
    with disk_errors(file.parent):
        _write_if_missing(file, json.dumps(noted).encode())


def _write_if_missing(file: Path, data: bytes) -> None:
    durable.make_folder(file.parent)
    with durable.drafted(file) as draft:
        durable.write(draft, data)
        try:
            os.link(draft, file)
        except OSError:  # it is there, or the file system has no links
            if _read(file) is None:
                draft.replace(file)
    durable.flush(file.parent)
