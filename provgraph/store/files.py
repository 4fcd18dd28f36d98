"""Where the files of artifacts lie: inside the storage, copied into it, or left where they are."""

from __future__ import annotations

import socket
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, Final, Literal

from provgraph import uids
from provgraph.errors import MissingFileError
from provgraph.models import slots, stamp
from provgraph.probes.code import whole_key
from provgraph.storage.content import ContentStore, disk_errors
from provgraph.storage.hashing import HASH_TYPE, FileFacts, file_status, hash_files
from provgraph.storage.keys import whole_suffix
from provgraph.storage.memory import HashMemory
from provgraph.storage.progress import Progress
from provgraph.storage.seeing import is_file, is_there, size_at
from provgraph.store import sharing
from provgraph.store.instances.instance import FOLDER
from provgraph.store.instances.mark import WAITING, waiting
from provgraph.store.messages import warn
from provgraph.words import first_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from provgraph.models.nodes import Placement
    from provgraph.storage.content import Stored

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
    """Relative to the storage's root; absolute when it was registered in place outside of the project."""
    storage: dict[str, Any]
    """The properties of the storage's node."""
    key: str | None
    """The path below the storage root, for a file that lies there."""

    def properties(self) -> dict[str, Any]:
        """Give the properties of an artifact that say what its content is, and where."""
        content = {"hash": self.facts.hash, "hash_type": HASH_TYPE, "size": self.facts.size}
        return content | {"placed": self.placed, "location": self.location}


@dataclass(frozen=True)
class Found:
    """Where a file lies before it is saved: below which folder, and its path there (absolute when below none)."""

    placed: Literal["root", "place"]
    root: Path
    location: str


class Files:
    """The storage root of one store: takes files in, and finds them again."""

    def __init__(  # noqa: PLR0913, PLR0917 - what they are made of
        self,
        root: Path,
        project: Path,
        space: str,
        copy_max: Callable[[], int],
        graph: Callable[[], str],
        own: Path | None = None,
    ) -> None:
        """Use the storage folder `root` of a project; copy files of up to `copy_max()` bytes into it, for a graph.

        `own` is the project's own storage, when this process uses another one.
        """
        self.root = root
        self._own = own or root
        self.project = project
        self.copies = f"{CONTENT_FOLDER}/{space}"
        self.host = socket.gethostname()
        self.memory = HashMemory(project / FOLDER / "hashes.sqlite")
        self.content = ContentStore(root / self.copies, self.memory)
        self._copy_max = copy_max
        self._graph = graph
        self._is_noted = False
        self._storages: dict[str, dict[str, Any]] = {}

    def take(self, sources: Sequence[Source]) -> list[Placed]:
        """Hash the files and place each; nothing is copied when one of them cannot be read."""
        paths = [each.path for each in sources]
        with Progress("hashing files", total=sum(file_status(path).st_size for path in paths)) as progress:
            facts = hash_files(paths, memory=self.memory, progress=progress.advance)
        found = list(self.places(paths))
        to_copy = [
            self._is_to_copy(source, each, place) for source, each, place in zip(sources, facts, found, strict=True)
        ]
        copied = iter(self._copied([each for each, copy in zip(facts, to_copy, strict=True) if copy]))
        _tell_left(
            [
                each
                for source, each, place, copy in zip(sources, facts, found, to_copy, strict=True)
                if source.copy is None and place.placed == "place" and not copy
            ]
        )
        return [
            self._stored(each, next(copied).path) if copy else self._left(each, place)
            for each, place, copy in zip(facts, found, to_copy, strict=True)
        ]

    def _copied(self, facts: Sequence[FileFacts]) -> list[Stored]:
        wanted = [(each.path, each, whole_suffix(each.path.name)) for each in facts]
        with Progress("copying files", total=sum(each.size for each in facts)) as progress:
            stored = self.content.put_many(wanted, progress.advance)
        if stored:
            self.note_graph()
        return stored

    def note_graph(self, reached: str | None = None) -> None:
        """Note beside the copies for which graph they are, before the first of them is in the graph."""
        if self._is_noted or not self.content.root.is_dir():
            return
        with disk_errors(self.content.root):
            graph = reached or self._graph()
            sharing.note(self.content.root, graph, self.project)
        self._is_noted = not graph.endswith(WAITING)

    def note_none_waits(self, mark: str) -> None:
        """Note that no copies wait for a server's graph any more, under the mark of this project."""
        with disk_errors(self.content.root):
            sharing.no_longer(self.content.root, waiting(mark))

    def take_bytes(self, data: bytes, suffix: str) -> Placed:
        """Store bytes that are in no file."""
        stored = self.content.put_bytes(data, suffix)
        self.note_graph()
        facts = FileFacts(self.content.root / stored.path, stored.size, stored.hash, 0, 0, 0)
        return self._stored(facts, stored.path)

    def find(self, root: str | None, host: str | None, location: str, placed: Placement, size: int) -> Path:
        """Give a file's path on this host; `MissingFileError` names host and path when it is not here.

        In a project that was moved or copied, its files are found below where it is now, rather than where it was; at
        last in the present storage, where a backup may have brought them. One that is nowhere seen, but may lie in a
        folder that cannot be entered, is given by its path there: whoever reads it is told.
        """
        path = Path(root or self.root) / location
        now = (self.project if placed == "place" else self.now(root)) / location
        if size_at(now) == size or (is_there(now) and not is_there(path)):
            return now
        if is_there(path):
            return path
        restored = self._own / location
        if placed != "place" and size_at(restored) == size:
            return restored
        if hidden := next((each for each in (now, path) if is_there(each, unseen=True)), None):
            return hidden
        where = "" if host in (None, self.host) else f" on the host '{host}'"
        raise MissingFileError(
            f"the file {path}{where} is not on this host", "Bring it back to this path, or work where it is."
        )

    def now(self, root: str | None) -> Path:
        """Say where a storage folder is, if it went along with the project: the present one, or another one in it."""
        own = self._own
        if root is None or not own.is_relative_to(self.project):
            return own
        within = own.relative_to(self.project).parts
        if not within:  # the project's own folder, whose name may have changed
            other = self.project / Path(root).name
            return other if other.is_dir() else own
        return own if Path(root).parts[-len(within) :] == within else self.project / Path(root).name

    def key_beside(self, key: str, path: Path) -> str:
        """Give the key of a file outside of the storage; where a file in the storage has this key, its whole path."""
        return whole_key(path) if is_file(self.root / key) else key

    def is_unchanged(self, path: Path, size: int, hash_: str) -> bool:
        """Say whether a file is what was saved, by its hash, which is remembered while the file stays as it is."""
        return file_status(path).st_size == size and hash_files([path], memory=self.memory)[0].hash == hash_

    def _is_to_copy(self, source: Source, facts: FileFacts, found: Found) -> bool:
        if found.placed == "root":
            return False
        return source.copy if source.copy is not None else facts.size <= self._copy_max()

    def places(self, paths: Sequence[Path]) -> Iterator[Found]:
        """Say where each file lies: below the storage root (stored copies do not count), the project, or elsewhere."""
        root, project = self.root.resolve(), self.project.resolve()
        for path in resolved(paths):
            if path.is_relative_to(root) and not path.is_relative_to(root / CONTENT_FOLDER):
                yield Found("root", self.root, path.relative_to(root).as_posix())
            elif path.is_relative_to(project):
                yield Found("place", self.project, path.relative_to(project).as_posix())
            else:
                yield Found("place", Path(path.anchor), str(path))

    def _stored(self, facts: FileFacts, path: str | Path) -> Placed:
        location = f"{self.copies}/{Path(path).as_posix()}"
        return Placed(facts, "store", location, self._storage(self.root), None)

    def _left(self, facts: FileFacts, found: Found) -> Placed:
        key = found.location if found.placed == "root" else None
        return Placed(facts, found.placed, found.location, self._storage(found.root), key)

    def _storage(self, root: Path) -> dict[str, Any]:
        """Give the properties of a storage's node."""
        name = str(root)
        if name not in self._storages:
            self._storages[name] = {
                "uid": uids.new("Storage"),
                "slot": slots.of_storage(self.host, name),
                "root": name,
                "host": self.host,
                "type": "local",
                "created_us": stamp(),
            }
        return self._storages[name]


def is_hidden(location: str) -> bool:
    """Say whether a path below a storage is hidden, and none of provgraph's own copies.

    >>> is_hidden(".git/config"), is_hidden("raw/.env"), is_hidden(".store/lab/fe/fe24.csv")
    (True, True, False)
    """
    parts = PurePosixPath(location).parts
    return parts[:1] != (CONTENT_FOLDER,) and any(part.startswith(".") for part in parts)


def resolved(paths: Sequence[Path]) -> Iterator[Path]:
    """Give the real path of each file; a folder that holds many of them is followed once."""
    folders: dict[Path, Path] = {}
    for path in paths:
        if path.is_symlink():
            yield path.resolve()
            continue
        if path.parent not in folders:
            folders[path.parent] = path.parent.resolve()
        yield folders[path.parent] / path.name


def _tell_left(large: list[FileFacts]) -> None:
    from provgraph.views.labels import size

    if large:
        names = first_of([f"{each.path} ({size(each.size)})" for each in large], 3)
        warn(f"larger than copy_max and so not copied, keep it where it is: {names}")
