"""The spool's files: what could not be written to the graph, an entry a line, one append-only file for each process.

A line is the first 16 digits of the BLAKE3 hash of what follows, a blank, and the entry as JSON. An entry is flushed
before `append` returns. A line that a crash cut short was never acknowledged; a whole line that is not what its hash
says was damaged afterwards.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import blake3

from provgraph.errors import DiskFullError, ReadOnlyStorageError, StorageError
from provgraph.storage import durable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SUFFIX: Final = ".jsonl"
DIGITS: Final = 16
LOOKS: Final = 10
"""Times that the spool is looked at while its files grow, before it is read as it is."""

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
            with _locked(self.path) as handle:
                _append(handle, line)
            durable.flush(self.path.parent)
        except OSError as error:
            raise _error(self.path, error) from error


@dataclass
class Kept:
    """What a file of the spool held when it was read."""

    path: Path
    entries: list[Entry] = field(default_factory=list)
    damaged: list[int] = field(default_factory=list)
    """The numbers of the lines that are not what was written."""
    size: int = 0
    """Bytes that were read."""

    def remove(self, aside: Path | None = None) -> bool:
        """Remove the file, or move it aside; False when something was added to it since it was read."""
        try:
            with _locked(self.path, os.O_WRONLY) as handle:
                if os.fstat(handle).st_size != self.size:
                    return False
                if aside is None:
                    self.path.unlink()
                else:
                    self.path.rename(aside)
        except OSError:
            return False
        return True


def reach(folder: Path) -> tuple[dict[Path, int], bool]:
    """Say how many bytes each file of a spool has, and whether all at one moment: two looks one after the other agree.

    Then whoever reads them this far gets with each entry those that it stands on, also from other processes' files.
    """
    sizes = _sizes(folder)
    for _ in range(LOOKS):
        before, sizes = sizes, _sizes(folder)
        if before == sizes:
            return sizes, True
    return sizes, False


def _sizes(folder: Path) -> dict[Path, int]:
    """Look at open files: what another host wrote is known of those alone."""
    sizes = {}
    for path in sorted(folder.glob(f"*{SUFFIX}")):
        with contextlib.suppress(FileNotFoundError), path.open("rb") as file:
            sizes[path] = os.fstat(file.fileno()).st_size
    return sizes


def read(path: Path, up_to: int = -1) -> Kept:
    """Read a file of the spool, or so many bytes of it; its process may be writing to it.

    What is not there holds nothing.
    """
    kept = Kept(path)
    try:
        with path.open("rb") as file:
            data = file.read(up_to)
    except FileNotFoundError:
        return kept
    kept.size = len(data)
    for number, line in enumerate(data.split(b"\n")[:-1], 1):
        entry = opened(line)
        if entry is None:
            kept.damaged.append(number)
        else:
            kept.entries.append(entry)
    return kept


@contextlib.contextmanager
def _locked(path: Path, flags: int = os.O_WRONLY | os.O_APPEND | os.O_CREAT) -> Iterator[int]:
    """Open a file and lock it, so that nobody removes it while another one appends to it.

    Who waited for the lock of a file that is gone meanwhile begins a new one. Where there are no such locks (Windows, a
    file system without them) an open file stays.
    """
    while True:
        handle = os.open(path, flags, 0o600)
        try:
            _lock(handle)
            if _is_at(path, handle):
                yield handle
                return
        finally:
            os.close(handle)


def _lock(handle: int) -> None:
    with contextlib.suppress(ImportError, OSError):
        import fcntl

        fcntl.flock(handle, fcntl.LOCK_EX)


def _is_at(path: Path, handle: int) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(handle))
    except FileNotFoundError:
        return False


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
    except BaseException:
        os.ftruncate(handle, length)
        raise


def _error(path: Path, error: OSError) -> StorageError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return DiskFullError(f"the disk of {path.parent} is full", "Free some space; nothing of this call is kept.")
    if error.errno in (errno.EROFS, errno.EACCES, errno.EPERM, errno.ENOTDIR):
        return ReadOnlyStorageError(f"{path.parent} cannot be written ({error.strerror})", "Mend its permissions.")
    return StorageError(f"{path} cannot be written ({error.strerror})", durable.advice(error))
