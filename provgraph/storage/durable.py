"""Files and folders that outlast a loss of power: flushed, and named by a flushed folder."""

from __future__ import annotations

import contextlib
import errno
import os
import uuid
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def advice(error: OSError) -> str:
    """Say what to do about an error of the system for which there is nothing better to say.

    >>> advice(OSError(errno.EMFILE, "Too many open files"))
    'Close files that are no longer needed, or raise the limit (ulimit -n).'
    """
    if error.errno in (errno.EMFILE, errno.ENFILE):
        return "Close files that are no longer needed, or raise the limit (ulimit -n)."
    return "Look after its disk, and try again."


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


def replace(path: Path, data: bytes) -> None:
    """Write a file, whole or not at all.

    >>> replace(Path("a.txt"), b"1")
    >>> Path("a.txt").read_text(), len(list(Path().iterdir()))
    ('1', 1)
    """
    with drafted(path) as draft:
        with draft.open("wb") as file:
            _write(file, data)
        draft.replace(path)


@contextlib.contextmanager
def drafted(path: Path) -> Iterator[Path]:
    """Give the path of a draft beside a file, which is gone afterwards unless it was given the file's name.

    >>> with drafted(Path("a.txt")) as draft:
    ...     _ = draft.write_text("1")
    >>> list(Path().iterdir())
    []
    """
    draft = path.with_name(f"{draft_of(path.name)}{uuid.uuid4().hex}")
    try:
        yield draft
    finally:
        with contextlib.suppress(OSError):  # what went wrong before is to be told
            draft.unlink(missing_ok=True)


def is_draft(name: str, of: str) -> bool:
    """Say whether a file of this name is a draft of the one named `of`: of a process that writes it, or was killed.

    >>> with drafted(Path("a.txt")) as draft:
    ...     is_draft(draft.name, "a.txt"), is_draft(draft.name, "b.txt")
    (True, False)
    """
    return name.startswith(draft_of(of))


def draft_of(name: str) -> str:
    """Give what the names of a file's drafts begin with; 32 hexadecimal digits follow."""
    return f".{name[:40]}."


def write(path: Path, data: bytes) -> None:
    """Write a file, whole or not at all: after a loss of power it holds what it held before, or this.

    >>> write(Path("a.txt"), b"1")
    >>> Path("a.txt").read_text(), len(list(Path().iterdir()))
    ('1', 1)
    """
    replace(path, data)
    flush(path.parent)


def append(path: Path, data: bytes) -> None:
    """Write to the end of a file, which several processes may do at once.

    >>> append(Path("a.txt"), b"1")
    >>> append(Path("a.txt"), b"2")
    >>> Path("a.txt").read_text()
    '12'
    """
    with path.open("ab") as file:
        _write(file, data)
    flush(path.parent)


def _write(file: BinaryIO, data: bytes) -> None:
    file.write(data)
    file.flush()
    os.fsync(file.fileno())
