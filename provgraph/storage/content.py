"""The content store: copies of files under the hash of their bytes, each written whole or not at all.

A copy lies at `<first two of the hash>/<hash><suffix>`: written as a temporary file, flushed, renamed, its folder
flushed, read-only. So it is right without the graph, and equal content is stored once.
"""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import stat
import time
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

from provgraph.errors import DiskFullError, FileChangedError, MissingFileError, ReadOnlyStorageError, StorageError
from provgraph.storage.durable import advice, flush, make_folder
from provgraph.storage.hashing import FileFacts, bytes_hash, file_error, file_status, hash_file, hash_files, new_hasher

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from provgraph.storage.memory import HashMemory

FICLONE: Final = 0x40049409
"""Linux's ioctl that shares a file's blocks with another (`man 2 ioctl_ficlone`)."""
CHUNK: Final = 4 << 20
DRAFTS: Final = "drafts"
READ_ONLY: Final = 0o444
"""What remains of the mode that the umask gives a copy."""
OLD: Final = 6 * 3600
"""Seconds after which a copy that is wanted again is made young: well below the age at which any is removed."""


@dataclass(frozen=True)
class Stored:
    """A stored copy: its path relative to the content store, its hash and its size in bytes."""

    path: Path
    hash: str
    size: int


class ContentStore:
    """A folder of content-addressed files."""

    def __init__(self, root: Path, memory: HashMemory | None = None) -> None:
        """Use the folder `root`; it is made when something is stored. `memory` keeps the hashes of copies."""
        self.root = root
        self._memory = memory
        self._copying: set[int] = set()
        """Devices whose files cannot share their blocks with copies here."""

    def path_of(self, hash_: str, suffix: str) -> Path:
        """Give where content with this hash lies, relative to the root.

        >>> ContentStore(Path("/s")).path_of("af13", ".csv").as_posix()
        'af/af13.csv'
        """
        return Path(hash_[:2]) / f"{hash_}{suffix}"

    def put_many(
        self, files: Sequence[tuple[Path, FileFacts, str]], progress: Callable[[int], None] = lambda _: None
    ) -> list[Stored]:
        """Store files, each given with its facts and suffix; what is there already is not written.

        All are written and flushed before the first gets its name, so that one flush of the disk serves many.
        `progress` is told the bytes written.

        Raises `DiskFullError` (checked before anything is written), `ReadOnlyStorageError`, `FileChangedError`.
        """
        stored = [Stored(self.path_of(facts.hash, suffix), facts.hash, facts.size) for _, facts, suffix in files]
        there = self._there(stored)
        missing = {
            each.path: (path, facts)
            for each, (path, facts, _) in zip(stored, files, strict=True)
            if each.path not in there
        }
        if missing:
            self._write(
                {target: self._copier(path, facts, progress) for target, (path, facts) in missing.items()},
                sum(facts.size for _, facts in missing.values()),
            )
        return stored

    def put_bytes(self, data: bytes, suffix: str) -> Stored:
        """Store bytes that are in no file."""
        hash_ = bytes_hash(data)
        stored = Stored(self.path_of(hash_, suffix), hash_, len(data))
        if not self._there([stored]):
            self._write({stored.path: lambda draft: _write_bytes(draft, data)}, len(data))
        return stored

    @contextlib.contextmanager
    def draft(self, suffix: str) -> Iterator[Path]:
        """Give an empty file to be written before it is stored; afterwards it is gone.

        Raises `ReadOnlyStorageError`, `DiskFullError`.
        """
        path = self.root / DRAFTS / f"{uuid.uuid4().hex}{suffix}"
        with disk_errors(self.root):
            make_folder(path.parent)
            path.touch()
        try:
            yield path
        finally:
            with contextlib.suppress(OSError):  # what went wrong before is to be told
                path.unlink(missing_ok=True)

    def _there(self, wanted: Sequence[Stored]) -> set[Path]:
        """Say which copies are there and what their names say; one that somebody changes is written again."""
        present = [each for each in dict.fromkeys(wanted) if _wanted_again(self.root / each.path, each.size)]
        for folder in {(self.root / each.path).parent for each in present}:
            with contextlib.suppress(OSError):
                flush(folder)  # who named a copy in it may have been killed before the disk had the name
        try:
            facts = hash_files([self.root / each.path for each in present], self._memory)
        except (FileChangedError, MissingFileError):
            return {path for each in present for path in self._there([each])} if len(present) > 1 else set()
        return {each.path for each, found in zip(present, facts, strict=True) if found.hash == each.hash}

    def _write(self, writers: dict[Path, Callable[[Path], None]], size: int) -> None:
        with disk_errors(self.root):
            drafts = self.root / DRAFTS
            make_folder(drafts)
            free = shutil.disk_usage(self.root).free
            if size > free:
                raise _full(self.root, f": {size} bytes are needed and {free} are free")
            written: dict[Path, Path] = {}
            try:
                for target, write in writers.items():
                    draft = drafts / uuid.uuid4().hex
                    written[target] = draft
                    write(draft)
                self._publish(written)
            finally:
                for draft in written.values():
                    draft.unlink(missing_ok=True)

    def _publish(self, written: dict[Path, Path]) -> None:
        """Flush the drafts, give them their names, and flush the folders."""
        for draft in written.values():
            draft.chmod(stat.S_IMODE(draft.stat().st_mode) & READ_ONLY | stat.S_IRUSR)
            flush(draft)
        folders = {(self.root / target).parent for target in written}
        for folder in folders:
            folder.mkdir(exist_ok=True)
        for target, draft in written.items():
            draft.replace(self.root / target)
        for folder in (*folders, self.root):
            flush(folder)

    def _copier(self, source: Path, facts: FileFacts, progress: Callable[[int], None]) -> Callable[[Path], None]:
        def copy(draft: Path) -> None:
            with _opened(source) as file:
                is_shared = facts.device not in self._copying and _clone(file, draft)
                if is_shared:
                    progress(facts.size)
                    copied = facts.hash
                else:
                    self._copying.add(facts.device)
                    copied = _copy(file, draft, facts.size, progress)
            now = file_status(source)
            if is_shared and now.st_ctime_ns != facts.ctime_ns:
                copied = hash_file(draft).hash
            if (copied, now.st_size, now.st_mtime_ns) != (facts.hash, facts.size, facts.mtime_ns):
                raise FileChangedError(
                    f"the file {source} changed while it was copied", "Wait until it is written; save it again."
                )

        return copy


def _wanted_again(path: Path, size: int) -> bool:
    """Say whether a copy of this size is there; an old one is made young, so that nobody removes it meanwhile."""
    try:
        status = path.stat()
        if status.st_size == size and time.time() - status.st_mtime > OLD:
            with contextlib.suppress(PermissionError):
                os.utime(path)
    except OSError:
        return False
    return status.st_size == size


def _opened(source: Path) -> BinaryIO:
    try:
        return source.open("rb")
    except OSError as error:
        raise file_error(source, error) from None


def _copy(file: BinaryIO, draft: Path, size: int, progress: Callable[[int], None]) -> str:
    """Copy a file and give the hash of what was copied, so that a copy is what its name says."""
    hasher = new_hasher(size)
    with draft.open("wb") as write:
        while chunk := file.read(CHUNK):
            write.write(chunk)
            hasher.update(chunk)
            progress(len(chunk))
    return hasher.hexdigest()


def _clone(file: BinaryIO, draft: Path) -> bool:
    """Share the file's blocks where the disk can (Btrfs, XFS); False where it cannot."""
    try:
        import fcntl

        with draft.open("wb") as write:
            fcntl.ioctl(write.fileno(), FICLONE, file.fileno())
    except (OSError, ImportError):
        return False
    return True


def _write_bytes(draft: Path, data: bytes) -> None:
    draft.write_bytes(data)


@contextlib.contextmanager
def disk_errors(root: Path) -> Iterator[None]:
    """Turn what the system says of a disk into our errors."""
    try:
        yield
    except StorageError:
        raise
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise _full(root) from None
        if error.errno in (errno.EROFS, errno.EACCES, errno.EPERM, errno.ENOTDIR, errno.EEXIST):
            raise ReadOnlyStorageError(
                f"the storage {root} may not be written ({error.strerror})", "Choose another: pg.init(storage=...)."
            ) from error
        raise StorageError(f"the storage {root} cannot be written ({error.strerror})", advice(error)) from None


def _full(root: Path, shortage: str = "") -> DiskFullError:
    return DiskFullError(
        f"the disk of {root} is full{shortage}", "Free some space (or files, when it has no room for more of them)."
    )


__all__ = ["ContentStore", "FileFacts", "Stored", "disk_errors"]
