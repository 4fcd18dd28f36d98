"""What tells a project's own graph from those of other projects, in a storage that several use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from provgraph import uids
from provgraph.storage import durable
from provgraph.storage.content import disk_errors
from provgraph.store.instances.instance import FOLDER

if TYPE_CHECKING:
    from pathlib import Path

MARKS: Final = "marks"
"""The folder in `.provgraph/` that holds the marks, each as a file's name behind the folder for which it was made."""
WAITING: Final = ":waiting"
"""What the mark has at its end where it stands for a server's graph that could not be reached."""


def mark(root: Path) -> str:
    """Give the mark of a project, which is made when it is asked for first.

    It belongs to the folder itself: a project that was moved keeps it, and a copy gets one of its own, wherever the
    other one is. One that was moved to another disk was copied. Raises `ReadOnlyStorageError` where it cannot be
    written.
    """
    if not (own := _own(root)):
        with disk_errors(root / FOLDER):
            durable.make_folder(root / FOLDER / MARKS)
            (root / FOLDER / MARKS / f"{_identity(root)}.{uids.new('Graph')}").touch(exist_ok=False)
            durable.flush(root / FOLDER / MARKS)
        own = _own(root)
    return min(own)


def marks(root: Path, storage: Path) -> set[str]:
    """Give the marks by which a storage knows a project; nothing is written.

    Where the storage lies in the project and was copied with it, it knows the project by the marks from before, too.
    """
    is_within = storage.resolve().is_relative_to(root.resolve())
    return {mark for _, mark in _all(root)} if is_within else _own(root)


def waiting(mark: str) -> str:
    """Name a server's graph that could not be reached, by the mark of the project whose calls wait for it."""
    return f"{mark}{WAITING}"


def _own(root: Path) -> set[str]:
    """Give the marks of this very folder: one, or two when two processes were the first at the same time."""
    every = _all(root)
    here = _identity(root) if every else ""
    return {mark for identity, mark in every if identity == here}


def _all(root: Path) -> list[tuple[str, str]]:
    try:
        names = [each.name.partition(".") for each in (root / FOLDER / MARKS).iterdir()]
    except OSError:
        return []
    return [(identity, mark) for identity, _, mark in names if mark]


def _identity(root: Path) -> str:
    """Tell the folder from its copies, by inodes; a device's number may be another one after each start."""
    folder = root / FOLDER
    return f"{folder.stat().st_ino:x}-{(folder / MARKS).stat().st_ino:x}"
