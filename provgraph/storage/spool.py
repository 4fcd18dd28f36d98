"""The spool's files: what could not be written to the graph, an entry a line, one append-only file for each process.

A line is the first 16 digits of the BLAKE3 hash of what follows, a blank, and the entry as JSON. An entry is flushed
before `append` returns. A line that a crash cut short was never acknowledged; a whole line that is not what its hash
says was damaged afterwards.
"""

from __future__ import annotations

import errno
import json
import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import blake3

from provgraph.errors import DiskFullError, ReadOnlyStorageError, StorageError
from provgraph.storage import durable

if TYPE_CHECKING:
    from pathlib import Path

SUFFIX: Final = ".jsonl"
DIGITS: Final = 16

Entry = dict[str, Any]


class SpoolFile:
    """A file that this process appends to."""

    def __init__(self, path: Path) -> None:
        """Name the file; it is made by the first entry."""
        self.path = path

    def append(self, entry: Entry) -> None:
        """Add an entry, whole or not at all, and flush it.

        Raises `DiskFullError`, `ReadOnlyStorageError`, or `StorageError` for what else keeps it from being written.
        """
        line = sealed(entry)
        try:
            durable.make_folder(self.path.parent)
            is_new = not self.path.exists()
            handle = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            try:
                _append(handle, line)
            finally:
                os.close(handle)
            if is_new:
                durable.flush(self.path.parent)
        except OSError as error:
            raise _error(self.path, error) from error


@dataclass
class Kept:
    """What a file of the spool holds."""

    path: Path
    entries: list[Entry] = field(default_factory=list)
    damaged: list[int] = field(default_factory=list)
    """The numbers of the lines that are not what was written."""


def read(path: Path) -> Kept:
    """Read a file of the spool, which its process may be writing to; what is not there holds nothing."""
    kept = Kept(path)
    try:
        lines = path.read_bytes().split(b"\n")[:-1]
    except FileNotFoundError:
        return kept
    for number, line in enumerate(lines, 1):
        entry = opened(line)
        if entry is None:
            kept.damaged.append(number)
        else:
            kept.entries.append(entry)
    return kept


def sealed(entry: Entry) -> bytes:
    r"""Write an entry as a line.

    >>> opened(sealed({"number": 1}).rstrip(b"\n"))
    {'number': 1}
    """
    text = json.dumps(entry, separators=(",", ":")).encode()
    return b"%s %s\n" % (_hash(text), text)


def opened(line: bytes) -> Entry | None:
    """Read a line; None when it is not what its hash says.

    >>> opened(b"0123456789abcdef {}") is None
    True
    """
    hash_, _, text = line.partition(b" ")
    if hash_ != _hash(text):
        return None
    entry: Entry = json.loads(text)
    return entry


def _hash(text: bytes) -> bytes:
    return blake3.blake3(text).hexdigest()[:DIGITS].encode()


def _append(handle: int, line: bytes) -> None:
    """Write all of a line or nothing, so that the next one begins where a line begins."""
    length = os.fstat(handle).st_size
    try:
        written = 0
        while written < len(line):
            written += os.write(handle, line[written:])
        os.fsync(handle)
    except OSError:
        os.ftruncate(handle, length)
        raise


def _error(path: Path, error: OSError) -> StorageError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return DiskFullError(f"the disk of {path.parent} is full", "Free some space; nothing of this call is kept.")
    if error.errno in (errno.EROFS, errno.EACCES, errno.EPERM, errno.ENOTDIR):
        return ReadOnlyStorageError(f"{path.parent} cannot be written ({error.strerror})", "Mend its permissions.")
    return StorageError(f"{path} cannot be written ({error.strerror})", "Look after its disk, and try again.")
