"""Where the files of artifacts lie: inside the storage, copied into it, or left where they are."""

from __future__ import annotations

import socket
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from provgraph import uids
from provgraph.errors import MissingFileError
from provgraph.models import slots, stamp
from provgraph.storage.content import ContentStore
from provgraph.storage.hashing import FileFacts, file_status, hash_files
from provgraph.storage.keys import whole_suffix
from provgraph.storage.memory import HashMemory
from provgraph.storage.progress import Progress

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from provgraph.models.nodes import Placement

CONTENT_FOLDER: Final = ".store"
"""The folder of content-addressed copies inside a storage root; in it a folder for each space."""


@dataclass(frozen=True)
class Source:
    """A file to be saved: its path, whether it may be copied (None: as the settings say)."""

    path: Path
    copy: bool | None = None


@dataclass(frozen=True)
class Placed:
    """A file that is where it will stay: its content, and where it is."""

    facts: FileFacts
    placed: Placement
    location: str
    """Relative to the storage root; absolute when registered in place."""
    storage: dict[str, Any]
    """The properties of the storage's node."""
    key: str | None
    """The path below the storage root, for a file that lies there."""


class Files:
    """The storage root of one store: takes files in, and finds them again."""

    def __init__(self, root: Path, space: str, memory: Path, copy_max: Callable[[], int]) -> None:
        """Use the storage folder `root`, remember hashes in `memory`, copy files of up to `copy_max()` bytes."""
        self.root = root
        self.copies = f"{CONTENT_FOLDER}/{space}"
        self.host = socket.gethostname()
        self.memory = HashMemory(memory)
        self.content = ContentStore(root / self.copies)
        self._copy_max = copy_max

    def take(self, sources: Sequence[Source]) -> list[Placed]:
        """Hash the files and place each; nothing is copied when one of them cannot be read."""
        paths = [each.path for each in sources]
        with Progress("hashing files", total=sum(file_status(path).st_size for path in paths)) as progress:
            facts = hash_files(paths, memory=self.memory, progress=progress.advance)
        plans = [self._plan(source, each) for source, each in zip(sources, facts, strict=True)]
        to_copy = [
            (each.path, each, whole_suffix(each.path.name))
            for each, plan in zip(facts, plans, strict=True)
            if plan == "store"
        ]
        copied = iter(self.content.put_many(to_copy))
        return [
            self._stored(each, next(copied).path) if plan == "store" else self._left(each, plan)
            for each, plan in zip(facts, plans, strict=True)
        ]

    def take_bytes(self, data: bytes, suffix: str) -> Placed:
        """Store bytes that are in no file."""
        stored = self.content.put_bytes(data, suffix)
        facts = FileFacts(self.content.root / stored.path, stored.size, stored.hash, 0, 0, 0)
        return self._stored(facts, stored.path)

    def find(self, root: str | None, host: str | None, location: str) -> Path:
        """Give a file's path on this host; `MissingFileError` names host and path when it is not here."""
        here = self.root if root is None or Path(root) == self.root else Path(root)
        path = here / location
        if path.exists():
            return path
        if location.startswith(f"{self.copies}/") and (self.root / location).exists():
            return self.root / location  # the project was moved; a copy is known by its content
        where = "" if host in (None, self.host) else f" on the host '{host}'"
        raise MissingFileError(
            f"the file {path}{where} is not on this host", "Bring it back to this path, or work where it is."
        )

    def is_unchanged(self, path: Path, placed: str, size: int, hash_: str) -> bool:
        """Say whether a file is what was saved: a stored copy by its size, others by their remembered hash."""
        if path.stat().st_size != size:
            return False
        return placed == "store" or hash_files([path], memory=self.memory)[0].hash == hash_

    def place_of(self, path: Path) -> str | None:
        """Give the path below the storage root of a file that lies there as itself, not as a stored copy."""
        root = self.root.resolve()
        resolved = path.resolve()
        if not resolved.is_relative_to(root):
            return None
        relative = resolved.relative_to(root).as_posix()
        return None if relative.startswith(CONTENT_FOLDER + "/") else relative

    def _plan(self, source: Source, facts: FileFacts) -> Placement:
        if self.place_of(source.path) is not None:
            return "root"
        may_copy = source.copy if source.copy is not None else facts.size <= self._copy_max()
        return "store" if may_copy else "place"

    def _stored(self, facts: FileFacts, path: str | Path) -> Placed:
        location = f"{self.copies}/{Path(path).as_posix()}"
        return Placed(facts, "store", location, self._storage(self.root), None)

    def _left(self, facts: FileFacts, plan: Placement) -> Placed:
        if plan == "root":
            key = self.place_of(facts.path)
            return Placed(facts, "root", str(key), self._storage(self.root), key)
        path = facts.path.resolve()
        return Placed(facts, "place", str(path), self._storage(Path(path.anchor)), None)

    def _storage(self, root: Path) -> dict[str, Any]:
        name = str(root)
        return {
            "uid": uids.new("Storage"),
            "slot": slots.of_storage(self.host, name),
            "root": name,
            "host": self.host,
            "type": "local",
            "created_us": stamp(),
        }
