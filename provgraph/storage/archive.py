"""Archives: zips whose every byte is vouched for, written whole or not at all.

Any program that knows zips reads them. The last entry, `manifest.json`, names all others with their sizes and BLAKE3
hashes; the zip's comment ends with the BLAKE3 hash of all that is before it, in 64 hexadecimal digits.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import struct
import time
import zipfile
import zlib
from pathlib import Path, PurePosixPath
from typing import IO, TYPE_CHECKING, Any, Final, Self

from provgraph.errors import (
    DamagedBackupError,
    DiskFullError,
    FileChangedError,
    MissingFileError,
    ProvgraphError,
    ReadOnlyStorageError,
    StorageError,
    WrongFileTypeError,
)
from provgraph.storage import durable
from provgraph.storage.hashing import file_error, new_hasher

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MANIFEST: Final = "manifest.json"
SEAL: Final = b"provgraph blake3 "
DIGITS: Final = 64
CHUNK: Final = 1 << 20
PERMISSIONS: Final = 0o100600 << 16
"""A file that its user alone may read, as zips write it."""
LINK: Final = 0o120000
KIND: Final = 0o170000
UNFIT: Final = (
    zipfile.BadZipFile, zlib.error, struct.error, OSError, EOFError, RuntimeError, ValueError, KeyError, TypeError,
    AttributeError,
)  # fmt: skip
"""What reading an archive raises that somebody made by hand, and not as ours are."""
LEFT: Final = 3600
"""Seconds after which a draft is one that its process has left behind."""


class Draft:
    """An archive that is being written."""

    def __init__(self, file: IO[bytes]) -> None:
        """Write it to an open, empty file, which is closed with it."""
        self._file = file
        self._zip = zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, allowZip64=True)
        self.members: dict[str, dict[str, Any]] = {}

    @contextlib.contextmanager
    def entry(self, name: str) -> Iterator[Callable[[bytes], None]]:
        """Give what adds bytes to a new entry."""
        info = _plain(name)
        hasher, size = new_hasher(0), 0
        with self._zip.open(info, "w", force_zip64=True) as into:

            def add(data: bytes) -> None:
                nonlocal size
                into.write(data)
                hasher.update(data)
                size += len(data)

            yield add
        self.members[name] = {"size": size, "blake3": hasher.hexdigest()}

    def add(self, name: str, data: bytes) -> None:
        """Add an entry."""
        with self.entry(name) as add:
            add(data)

    def copy(self, name: str, path: Path, hash_: str, progress: Callable[[int], None]) -> None:
        """Add a file whose hash is known; `FileChangedError` when its bytes are others meanwhile."""
        with self.entry(name) as add:
            for chunk in _chunks(path):
                add(chunk)
                progress(len(chunk))
        if self.members[name]["blake3"] != hash_:
            raise FileChangedError(f"the file {path} changed while it was read", "Wait until it is written; try again.")

    def close(self, manifest: dict[str, Any]) -> None:
        """Write the manifest, and leave room for the seal."""
        text = json.dumps({**manifest, "entries": self.members}, indent=1, ensure_ascii=False)
        self._zip.writestr(_plain(MANIFEST), text.encode())
        self._zip.comment = SEAL + b"0" * DIGITS
        self._zip.close()
        self._file.close()

    def leave(self) -> None:
        """Close it although it is not whole: nobody will read it."""
        with contextlib.suppress(OSError, ValueError):
            self._zip.close()
        with contextlib.suppress(OSError):
            self._file.close()


def _chunks(path: Path) -> Iterator[bytes]:
    """Give a file's bytes in parts; an error of ours for one that cannot be read."""
    try:
        with path.open("rb") as file:
            while chunk := file.read(CHUNK):
                yield chunk
    except OSError as error:
        raise file_error(path, error) from None


def _plain(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, time.gmtime()[:6])
    info.compress_type, info.external_attr = zipfile.ZIP_DEFLATED, PERMISSIONS
    return info


@contextlib.contextmanager
def draft_beside(path: Path) -> Iterator[Path]:
    """Give a file beside `path` to be written, which is gone afterwards unless it was published.

    Raises `WrongFileTypeError` for a folder, `MissingFileError` when the folder is not there, `DiskFullError`,
    `ReadOnlyStorageError`, and `StorageError` for what else keeps it from being written.
    """
    with disk_errors_of(path):
        _check_place(path)
        _remove_left(path)
        with durable.drafted(path) as draft:
            os.close(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
            yield draft


@contextlib.contextmanager
def disk_errors_of(path: Path) -> Iterator[None]:
    """Turn what the system says of a file that is to be written, or of its draft, into our errors."""
    try:
        yield
    except ProvgraphError:
        raise
    except OSError as error:
        if error.filename is not None and Path(os.fsdecode(error.filename)).parent != path.parent:
            raise
        raise _trouble(path, error) from error


def _check_place(path: Path) -> None:
    if path.is_dir():
        raise WrongFileTypeError(f"{path} is a folder", "Name the file to be written, such as backup.zip.")
    if not path.parent.is_dir():
        raise MissingFileError(f"there is no folder {path.parent}", "Make it first, or name a file in another one.")


def _remove_left(path: Path) -> None:
    """Remove drafts of this file whose processes were killed."""
    for each in path.parent.glob(f".{_escaped(path.name[:40])}.{'[0-9a-f]' * 32}"):
        with contextlib.suppress(OSError):
            if time.time() - each.stat().st_mtime > LEFT:
                each.unlink()


def _escaped(name: str) -> str:
    return "".join(f"[{each}]" if each in "*?[" else each for each in name)


def _trouble(path: Path, error: OSError) -> StorageError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return DiskFullError(f"the disk of {path} is full", "Free some space, or name a file on another disk.")
    if error.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
        return ReadOnlyStorageError(f"{path} cannot be written ({error.strerror})", "Name a file in another folder.")
    return StorageError(f"{path} cannot be written ({error.strerror})", durable.advice(error))


def publish(draft: Path, path: Path) -> None:
    """Seal a draft, flush it, and give it its name."""
    with draft.open("r+b") as file:
        digest = _hash(file, file.seek(0, os.SEEK_END) - DIGITS)
        file.write(digest)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    durable.flush(path.parent)


def _hash(file: IO[bytes], size: int) -> bytes:
    """Hash so many bytes from the beginning, and stand behind them."""
    hasher = new_hasher(size)
    file.seek(0)
    left = size
    while left and (chunk := file.read(min(4 * CHUNK, left))):
        hasher.update(chunk)
        left -= len(chunk)
    return hasher.hexdigest().encode()


def is_archive(path: Path) -> bool:
    """Say whether a file looks like an archive of ours; only reading it says whether it is whole."""
    try:
        with path.open("rb") as file:
            file.seek(-DIGITS - len(SEAL), os.SEEK_END)
            return file.read(len(SEAL)) == SEAL
    except OSError:
        return False


class Archive:
    """An archive that was found whole when it was opened. It is used as a context."""

    def __init__(self, path: Path) -> None:
        """Read every byte of it; `DamagedBackupError` says what is not as it was written, `MissingFileError` where."""
        self.path = path
        self.digest = ""
        """The hash of all of it, which tells it from any other."""
        self._file = _opened(path)
        try:
            self._check_seal()
            self._zip = zipfile.ZipFile(self._file)
            self.manifest = self._read_manifest()
            self.members: dict[str, dict[str, Any]] = self.manifest["entries"]
            self._check_names()
            self._check_contents()
        except DamagedBackupError:
            self._file.close()
            raise
        except UNFIT as error:
            self._file.close()
            raise self.damaged(f"{type(error).__name__}: {error}") from error

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the file."""
        self._zip.close()
        self._file.close()

    def damaged(self, why: str) -> DamagedBackupError:
        """Make the error for this archive."""
        return DamagedBackupError(
            f"{self.path} is no whole backup ({why})",
            "Use another one; provgraph restore --last takes the newest of those that were kept by themselves.",
        )

    def lines(self, name: str) -> Iterator[Any]:
        """Give the values of an entry that holds one as JSON on each line."""
        with self._zip.open(name) as file:
            for line in file:
                yield json.loads(line)

    def read(self, name: str) -> bytes:
        """Give what an entry holds."""
        return self._zip.read(name)

    def chunks(self, name: str) -> Iterator[bytes]:
        """Give what an entry holds in parts."""
        with self._zip.open(name) as file:
            while chunk := file.read(CHUNK):
                yield chunk

    def named(self, folder: str) -> list[str]:
        """Give the entries below a folder."""
        return [name for name in self.members if name.startswith(f"{folder}/")]

    def _check_seal(self) -> None:
        size = self._file.seek(0, os.SEEK_END)
        if not is_archive(self.path):
            raise self.damaged("it was cut short, or is something else")
        digest = _hash(self._file, size - DIGITS)
        if self._file.read() != digest:
            raise self.damaged("its bytes are not those that were written")
        self.digest = digest.decode()

    def _read_manifest(self) -> dict[str, Any]:
        manifest = json.loads(self._zip.read(MANIFEST))
        if not isinstance(manifest, dict):
            raise self.damaged("its manifest is none")
        return manifest

    def _check_names(self) -> None:
        """Raise where an entry would lie outside of the folder it is taken into, or the manifest knows others."""
        infos = self._zip.infolist()
        for info in infos:
            if not is_inside(info.filename) or (info.external_attr >> 16) & KIND == LINK:
                raise self.damaged(f"its entry {info.filename!r} would lead out of the project")
        if sorted(each.filename for each in infos) != sorted([*self.members, MANIFEST]):
            raise self.damaged("it holds other entries than its manifest names")

    def _check_contents(self) -> None:
        for name, known in self.members.items():
            hasher, size = new_hasher(int(known["size"])), 0
            for chunk in self.chunks(name):
                hasher.update(chunk)
                size += len(chunk)
            if (size, hasher.hexdigest()) != (known["size"], known["blake3"]):
                raise self.damaged(f"its entry {name} is not what was written")


def _opened(path: Path) -> IO[bytes]:
    try:
        return path.open("rb")
    except IsADirectoryError as error:
        raise WrongFileTypeError(f"{path} is a folder", "Name the file that 'provgraph backup' wrote.") from error
    except OSError as error:
        raise file_error(path, error) from None


def is_inside(name: str) -> bool:
    r"""Say whether a name stays below the folder to which it is relative, on every system.

    >>> [is_inside(each) for each in ("a/b.csv", "../b", "/b", "a/../b", "C:\\b", "a\\b", "c:b", "")]
    [True, False, False, False, False, False, False, False]
    """
    parts = PurePosixPath(name).parts
    plain = not set("\\\0") & set(name) and "".join(parts[:1])[1:2] != ":"
    return bool(parts) and plain and not name.startswith("/") and ".." not in parts
