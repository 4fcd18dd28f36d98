"""`pg.verify()`: whether each file is still what was saved, by reading every byte of it."""

from __future__ import annotations

import os
import random
import time
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

from provgraph import statements
from provgraph.errors import InvalidValueError, MissingFileError, NotFoundError, StorageError, check_flags, shown
from provgraph.registries.naming import named
from provgraph.registries.record import Record
from provgraph.storage.hashing import FileFacts, hash_files
from provgraph.storage.memory import HashMemory
from provgraph.storage.progress import Progress
from provgraph.storage.seeing import is_file
from provgraph.store import current
from provgraph.store.integrity.checking import Finding, check
from provgraph.store.messages import say
from provgraph.words import counted, is_count

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from provgraph.models.nodes import Placement
    from provgraph.store.store import Store

PAGE: Final = 5_000
"""Files that one statement asks for."""
AT_ONCE: Final = 200
"""Files that are read at most before it is noted that they were."""
AS_MUCH: Final = 1 << 30
"""Bytes after which no further file is read before that is noted."""
WEEK: Final = 7 * 24 * 3600
"""Seconds after which a verification that was interrupted begins anew."""
State = Literal["as saved", "changed", "another size", "missing", "unreadable", "replaced", "elsewhere"]
NO_FAULT: Final = frozenset({"replaced", "elsewhere"})


class Kept(NamedTuple):
    """A file as the graph knows it."""

    uid: str
    key: str | None
    kind: str
    hash: str
    size: int
    placed: Placement
    location: str
    replaced: bool
    root: str | None
    host: str | None

    @property
    def title(self) -> str:
        """What a person knows it by."""
        return self.key or f"{self.kind} {self.uid}"

    @property
    def place(self) -> str:
        """Where it was saved."""
        return str(Path(self.root or "/") / self.location)


@dataclass(frozen=True)
class Verified:
    """What was found of one file: the artifact's `uid` and `key`, the file's `path`, its state and why, in words."""

    uid: str
    key: str | None
    path: str
    state: State
    detail: str = ""

    def __str__(self) -> str:
        """Say it on one line."""
        return f"{self.state}: {self.key or self.uid} ({self.path}){': ' * bool(self.detail)}{self.detail}"


@dataclass(frozen=True)
class Verification:
    """What `pg.verify()` found: how many files and bytes it read, and what is not as it was saved.

    `findings` are faults of files, `graph` those of the graph's own rules. `known` are files that are no fault: saved
    anew under their name since, or on another host, where they have to be verified.
    """

    files: int = 0
    size: int = 0
    findings: list[Verified] = field(default_factory=list)
    known: list[Verified] = field(default_factory=list)
    graph: list[Finding] = field(default_factory=list)

    @property
    def is_well(self) -> bool:
        """Whether nothing is wrong."""
        return not self.findings and not self.graph

    def as_dict(self) -> dict[str, Any]:
        """Give it as values that JSON knows."""
        return {"is_well": self.is_well, **asdict(self)}

    def __str__(self) -> str:
        """Say what is wrong, a line each, and how much was read."""
        lines = [*map(str, self.findings), *map(str, self.graph)]
        wrong = counted(len(lines), "finding") if lines else "all as it was saved"
        others = f", {len(self.known)} replaced or elsewhere" if self.known else ""
        return "\n".join([*lines, f"{counted(self.files, 'file')} read, {counted(self.size, 'byte')}{others}: {wrong}"])

    __repr__ = __str__


def verify(*things: Any, sample: int | None = None, restart: bool = False) -> Verification:
    """Read every byte of this space's files, or of some, and say which are no longer what was saved.

    `things` are artifacts, keys, uids or files on disk; without any, all files are read, also source code and
    environments, and the graph is checked as by `pg.check()`. `sample` reads so many, chosen at random. Several files
    are read at once. A whole verification that was interrupted goes on where it stopped, unless `restart` or after a
    week. Nothing is written to the graph.

    Raises `InvalidValueError` for a sample that is no number of files, or beside things; `NotFoundError` for what
    names no artifact, and `NoInstanceError` when there is no instance.

    >>> size = Path("a.txt").write_text("1")
    >>> saved = pg.Artifact("a.txt", key="a.txt", copy=False).save()
    >>> pg.verify().is_well
    True
    >>> size = Path("a.txt").write_text("2")
    >>> [(each.key, each.state) for each in pg.verify("a.txt").findings]
    [('a.txt', 'changed')]
    """
    if sample is not None and (things or not is_count(sample, least=1)):
        raise InvalidValueError(f"sample={sample!r} is no number of files", "Give 1 or more, and name no files.")
    check_flags(restart=restart)
    store = current.existing()
    listed = list(_all(store))
    if things:
        return _verified(store, [_meant(store, thing, listed) for thing in things])
    if sample is not None:
        return _verified(store, random.sample(listed, min(sample, len(listed))))
    notes = store.instance.folder / "verify.sqlite"
    if restart or (notes.exists() and time.time() - notes.stat().st_mtime > WEEK):
        notes.unlink(missing_ok=True)
    if notes.exists():
        say("going on where the last verification was interrupted")
    found = _verified(store, listed, HashMemory(notes))
    notes.unlink(missing_ok=True)
    return replace(found, graph=check())


def _all(store: Store) -> Iterator[Kept]:
    """Give the files of the space by uid, with a statement for each page."""
    after, page = "", None
    while page is None or len(page) == PAGE:
        rows = store.engine.read(statements.load("verify/files"), space=store.space, after=after, most=PAGE)
        page = [Kept(*row[:8], *(row[8][0] if row[8] else (None, None))) for row in rows[0][0]]
        after = page[-1].uid if page else after
        yield from page


def _meant(store: Store, thing: Any, listed: Sequence[Kept]) -> Kept:
    """Find the artifact that is named; a file that has changed is known by its path."""
    if isinstance(thing, str | os.PathLike) and not isinstance(thing, Record) and is_file(Path(thing)):
        path = Path(thing).resolve()
        if found := next((each for each in reversed(listed) if _path(store, each) == path), None):
            return found
    record = named(thing)
    if found := next((each for each in listed if each.uid == record.uid), None):
        return found
    record.must_be_saved()
    raise NotFoundError(f"{shown(record)} has no file in this space", "Name an artifact that is not deleted.")


def _verified(store: Store, listed: Sequence[Kept], notes: HashMemory | None = None) -> Verification:
    """Read the files, each once however many artifacts share it, and compare."""
    paths = {each.uid: _path(store, each) for each in listed}
    wanted = list(dict.fromkeys(path for path in paths.values() if path is not None))
    contents = _contents(wanted, notes)
    owners = {each.hash: each.title for each in reversed(listed)}
    found = [_compared(store, each, paths[each.uid], contents, owners) for each in listed]
    return Verification(
        sum(isinstance(each, FileFacts) for each in contents.values()),
        sum(each.size for each in contents.values() if isinstance(each, FileFacts)),
        [each for each in found if each.state not in {"as saved", *NO_FAULT}],
        [each for each in found if each.state in NO_FAULT],
    )


def _path(store: Store, kept: Kept) -> Path | None:
    try:
        return store.files.find(kept.root, kept.host, kept.location, kept.placed, kept.size).resolve()
    except MissingFileError:
        return None


def _contents(paths: Sequence[Path], notes: HashMemory | None) -> dict[Path, FileFacts | StorageError]:
    """Read files, and give the facts of each or why it cannot be read."""
    sizes = {path: _size(path) for path in paths}
    found: dict[Path, FileFacts | StorageError] = {}
    with Progress("verifying files", total=sum(sizes.values())) as progress:
        for some in _parts(sizes):
            try:
                found |= zip(some, hash_files(some, notes, progress.advance), strict=True)
            except StorageError:
                found |= {path: _content(path, notes) for path in some}
    return found


def _parts(sizes: dict[Path, int]) -> Iterator[list[Path]]:
    """Give the files in parts that are read and then noted."""
    part: list[Path] = []
    size = 0
    for path, more in sizes.items():
        part.append(path)
        size += more
        if len(part) == AT_ONCE or size >= AS_MUCH:
            yield part
            part, size = [], 0
    if part:
        yield part


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _content(path: Path, notes: HashMemory | None) -> FileFacts | StorageError:
    try:
        return hash_files([path], notes)[0]
    except StorageError as error:
        return error


def _compared(
    store: Store,
    kept: Kept,
    path: Path | None,
    contents: dict[Path, FileFacts | StorageError],
    owners: dict[str, str],
) -> Verified:
    if path is not None:
        return Verified(kept.uid, kept.key, str(path), *_state(kept, contents[path], owners))
    if kept.replaced:
        return Verified(kept.uid, kept.key, kept.place, "replaced", "saved anew under its name since")
    if kept.host in {None, store.files.host}:
        return Verified(kept.uid, kept.key, kept.place, "missing")
    return Verified(kept.uid, kept.key, kept.place, "elsewhere", f"it is on the host '{kept.host}'")


def _state(kept: Kept, content: FileFacts | StorageError, owners: dict[str, str]) -> tuple[State, str]:
    if isinstance(content, StorageError):
        return "unreadable", str(content)
    if content.hash == kept.hash:
        return "as saved", ""
    if kept.replaced:
        return "replaced", "saved anew under its name since"
    if content.size != kept.size:
        return "another size", f"{counted(content.size, 'byte')}; it had {kept.size:,} when it was saved"
    return "changed", f"it holds what was saved as {owners[content.hash]}" if content.hash in owners else ""
