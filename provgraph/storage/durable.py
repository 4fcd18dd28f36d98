"""Files and folders that outlast a loss of power: flushed, and named by a flushed folder."""

from __future__ import annotations

import os
import uuid
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def flush(path: Path) -> None:
    """Let the disk have what was written to a file, or the names in a folder (Windows has no such call for folders)."""
    if os.name == "nt" and path.is_dir():
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def make_folder(folder: Path) -> None:
    """Make a folder and those above it that are not there, and flush what names each new one.

    >>> make_folder(Path("a/b/c"))
    >>> Path("a/b/c").is_dir()
    True
    """
    if folder.is_dir():
        return
    make_folder(folder.parent)
    folder.mkdir(exist_ok=True)
    flush(folder.parent)


def write(path: Path, data: bytes) -> None:
    """Write a file, whole or not at all: after a loss of power it holds what it held before, or this.

    >>> write(Path("a.txt"), b"1")
    >>> Path("a.txt").read_text(), len(list(Path().iterdir()))
    ('1', 1)
    """
    draft = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
    try:
        with draft.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    flush(path.parent)
