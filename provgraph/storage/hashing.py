"""Hashes: BLAKE3 over every byte of a file."""

from __future__ import annotations

import errno
import os
import stat
import threading
import time
from concurrent.futures import CancelledError, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

import blake3

from provgraph.errors import (
    FileChangedError,
    MissingFileError,
    StorageError,
    UnreadableFileError,
    WrongFileTypeError,
)
from provgraph.storage import durable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from io import FileIO
    from pathlib import Path

    from provgraph.storage.memory import HashMemory

HASH_TYPE: Final = "blake3"
LARGE: Final = 4 << 20
"""Bytes from which a file is hashed with several threads."""
CHUNK: Final = 4 << 20
"""Bytes read at once. Files are not mapped: one that is cut short while it is mapped ends the process (SIGBUS)."""
FEW: Final = 8
SMALL: Final = 1 << 20
"""Bytes on the average, and number of files, below which threads cost more than they bring (measured)."""
READINGS: Final = 3
"""Times that a file is read at most while its inode changes and its bytes seem to stay: it gets another name, say."""
NOWHERE: Final = frozenset({errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.ENAMETOOLONG})


@dataclass(frozen=True)
class FileFacts:
    """A file as it was hashed: its path, size in bytes, hash (64 hexadecimal digits), and what tells a change."""

    path: Path
    size: int
    hash: str
    device: int
    inode: int
    mtime_ns: int
    ctime_ns: int = 0
    """When the inode changed last; 0 in what an earlier version kept in a spool."""

    @classmethod
    def of(cls, path: Path, status: os.stat_result, hash_: str) -> Self:
        """Join a file's status and its hash."""
        times = status.st_mtime_ns, status.st_ctime_ns
        return cls(path, status.st_size, hash_, status.st_dev, status.st_ino, *times)


def hash_file(path: Path, progress: Callable[[int], None] = lambda _: None) -> FileFacts:
    """Hash one file; `progress` is told the bytes of each part that is done.

    A file that got another name or mode meanwhile is read again, as its inode does not say whether its bytes stayed.
    Raises `MissingFileError`, `WrongFileTypeError` (a folder, a pipe, a device), `UnreadableFileError`, and
    `FileChangedError` when the file changed meanwhile.
    """
    before = file_status(path)
    for _ in range(READINGS):
        read, hash_ = _read(path, before.st_size, progress)
        after = file_status(path)
        if (read, _identity(before)) != (after.st_size, _identity(after)):
            break
        if before.st_ctime_ns == after.st_ctime_ns:
            return FileFacts.of(path, after, hash_)
        before, progress = after, lambda _: None
    raise FileChangedError(
        f"the file {path} changed while it was hashed", "Wait until it is written, and save it again."
    )


def _read(path: Path, size: int, progress: Callable[[int], None]) -> tuple[int, str]:
    """Give how many bytes were read of a file that had so many, and their hash; one that grows is left."""
    hasher = new_hasher(size)
    read = 0
    try:
        for part in _parts(path, size):
            hasher.update(part)
            read += len(part)
            progress(len(part))
            if read > size:
                break
    except OSError as error:
        raise file_error(path, error) from None
    return read, hasher.hexdigest()


def _parts(path: Path, size: int) -> Iterator[memoryview]:
    """Give a file's bytes in parts, each good until the next; of a large file the next is read meanwhile."""
    ready = memoryview(bytearray(min(CHUNK, size + 1)))
    with path.open("rb", buffering=0) as file:
        if size > LARGE:
            yield from _ahead(file, ready, memoryview(bytearray(CHUNK)))
        else:
            while read := file.readinto(ready):
                yield ready[:read]


def _ahead(file: FileIO, ready: memoryview, coming: memoryview) -> Iterator[memoryview]:
    with ThreadPoolExecutor(1) as reader:
        read = file.readinto(ready)
        while read:
            later = reader.submit(file.readinto, coming)
            yield ready[:read]
            read = later.result()
            ready, coming = coming, ready


def _identity(status: os.stat_result) -> tuple[int, int, int]:
    return status.st_dev, status.st_ino, status.st_mtime_ns


def hash_files(
    paths: Sequence[Path],
    memory: HashMemory | None = None,
    progress: Callable[[int], None] = lambda _: None,
) -> list[FileFacts]:
    """Hash many files at once, in their order; what `memory` knows is not read again.

    `progress` is told the bytes done, by several threads. Raises what `hash_file` raises, for the first that fails;
    then, and after an interruption, the others are not read to their ends.
    """
    began = time.time_ns()
    ending = threading.Event()
    statuses = [file_status(path) for path in paths]
    known = memory.recall(statuses) if memory is not None else [None] * len(paths)

    def one(place: int) -> FileFacts:
        path, status, hash_ = paths[place], statuses[place], known[place]
        if hash_ is None:
            return hash_file(path, told)
        progress(status.st_size)
        return FileFacts.of(path, status, hash_)

    def told(done: int) -> None:
        if ending.is_set():
            raise CancelledError
        progress(done)

    sizes = [status.st_size for status, hash_ in zip(statuses, known, strict=True) if hash_ is None]
    if len(sizes) < FEW or sum(sizes) < SMALL * len(sizes):
        found = [one(place) for place in range(len(paths))]
    else:
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            try:
                found = list(pool.map(one, range(len(paths))))
            except BaseException:
                ending.set()
                raise
    if memory is not None:
        memory.remember([facts for facts, hash_ in zip(found, known, strict=True) if hash_ is None], began)
    return found


def new_hasher(size: int) -> blake3.blake3:
    """Make a hasher for so many bytes; those of a large file are hashed with several threads."""
    return blake3.blake3(max_threads=blake3.blake3.AUTO if size > LARGE else 1)


def bytes_hash(data: bytes) -> str:
    """Hash bytes as a file with this content is hashed.

    >>> bytes_hash(b"")[:16]
    'af1349b9f5f9a1a6'
    """
    return blake3.blake3(data).hexdigest()


def file_status(path: Path) -> os.stat_result:
    """Give a regular file's status; an error of ours for what is not one, or is not there."""
    try:
        status = path.stat()
    except (OSError, ValueError) as error:
        raise file_error(path, error) from None
    if stat.S_ISDIR(status.st_mode):
        raise WrongFileTypeError(
            f"{path} is a folder", "Give a file, or save a folder's files: pg.Artifact.from_dir(path)."
        )
    if not stat.S_ISREG(status.st_mode):
        raise WrongFileTypeError(f"{path} is neither a file nor a folder", "Give a regular file.")
    return status


def file_error(path: Path, error: OSError | ValueError) -> StorageError:
    """Say what the system answers about a file: it is not there, it may not be read, or the disk fails."""
    if isinstance(error, PermissionError):
        return UnreadableFileError(
            f"the file {path} may not be read by you", f"Ask its owner, or run: chmod u+r '{path}'."
        )
    if isinstance(error, OSError) and error.errno not in NOWHERE:
        return StorageError(f"the file {path} cannot be read ({error.strerror})", durable.advice(error))
    if os.path.islink(path):  # noqa: PTH114 - pathlib raises for names that no file can have
        return MissingFileError(f"the link {path} leads to {path.readlink()}, which is not there", "Mend the link.")
    return MissingFileError(
        f"there is no file {path}", "Check the path; a relative one begins in the working directory."
    )
