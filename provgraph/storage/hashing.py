"""Hashes: BLAKE3 over every byte of a file."""

from __future__ import annotations

import os
import stat
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import blake3

from provgraph.errors import FileChangedError, MissingFileError, UnreadableFileError, WrongFileTypeError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from provgraph.storage.memory import HashMemory

HASH_TYPE: Final = "blake3"
LARGE: Final = 4 << 20
"""Bytes from which a file is mapped and hashed with several threads."""


@dataclass(frozen=True)
class FileFacts:
    """A file as it was hashed: its path, size in bytes, hash (64 hexadecimal digits), and what tells a change."""

    path: Path
    size: int
    hash: str
    device: int
    inode: int
    mtime_ns: int


def hash_file(path: Path) -> FileFacts:
    """Hash one file.

    Raises `MissingFileError`, `WrongFileTypeError` (a folder, a pipe, a device), `UnreadableFileError`, and
    `FileChangedError` when the file changed meanwhile.
    """
    before = file_status(path)
    hasher = blake3.blake3(max_threads=blake3.blake3.AUTO if before.st_size > LARGE else 1)
    try:
        if before.st_size > LARGE:
            hasher.update_mmap(path)
        else:
            hasher.update(path.read_bytes())
    except PermissionError as error:
        raise _unreadable(path) from error
    except FileNotFoundError as error:
        raise _missing(path) from error
    after = file_status(path)
    if (before.st_size, before.st_mtime_ns, before.st_ino) != (after.st_size, after.st_mtime_ns, after.st_ino):
        raise FileChangedError(
            f"the file {path} changed while it was hashed", "Wait until it is written, and save it again."
        )
    return FileFacts(path, after.st_size, hasher.hexdigest(), after.st_dev, after.st_ino, after.st_mtime_ns)


def hash_files(
    paths: Sequence[Path],
    memory: HashMemory | None = None,
    progress: Callable[[int], None] = lambda _: None,
) -> list[FileFacts]:
    """Hash many files at once, in their order; what `memory` knows is not read again.

    `progress` is told the bytes done. Raises what `hash_file` raises, for the first file that fails.
    """
    statuses = [file_status(path) for path in paths]
    known = memory.recall(statuses) if memory is not None else [None] * len(paths)

    def one(place: int) -> FileFacts:
        status, hash_ = statuses[place], known[place]
        facts = (
            hash_file(paths[place])
            if hash_ is None
            else FileFacts(paths[place], status.st_size, hash_, status.st_dev, status.st_ino, status.st_mtime_ns)
        )
        progress(facts.size)
        return facts

    if len(paths) < 8 or None not in known:  # noqa: PLR2004 - threads cost more than so few small files
        found = [one(place) for place in range(len(paths))]
    else:
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            found = list(pool.map(one, range(len(paths))))
    if memory is not None:
        memory.remember([facts for facts, hash_ in zip(found, known, strict=True) if hash_ is None])
    return found


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
    except FileNotFoundError as error:
        raise _missing(path) from error
    except PermissionError as error:
        raise _unreadable(path) from error
    if stat.S_ISDIR(status.st_mode):
        raise WrongFileTypeError(
            f"{path} is a folder", "Give a file, or save a folder's files: pg.Artifact.from_dir(path)."
        )
    if not stat.S_ISREG(status.st_mode):
        raise WrongFileTypeError(f"{path} is neither a file nor a folder", "Give a regular file.")
    return status


def _missing(path: Path) -> MissingFileError:
    if path.is_symlink():
        return MissingFileError(f"the link {path} leads to {path.readlink()}, which is not there", "Mend the link.")
    return MissingFileError(f"there is no file {path}", "Check the path; it is relative to the working directory.")


def _unreadable(path: Path) -> UnreadableFileError:
    return UnreadableFileError(f"the file {path} may not be read by you", "Ask its owner, or run: chmod u+r.")
