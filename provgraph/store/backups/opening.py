"""Open a backup: all of it is read and checked before anything is done with it."""

from __future__ import annotations

import itertools
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from provgraph.errors import InvalidValueError, ProvgraphError, SetupError
from provgraph.storage.archive import UNFIT, Archive, is_inside
from provgraph.store.backups.reading import SHARED, End
from provgraph.store.backups.values import split
from provgraph.store.backups.writing import FORMAT, records_in
from provgraph.store.instances import instance, schema

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

AT_ONCE: Final = 1_000
"""Nodes that one transaction writes."""
EDGES_AT_ONCE: Final = 5_000
Line = dict[str, Any]


@dataclass(frozen=True)
class StoredFile:
    """A stored file of a backup: the entry that holds it, and where it lay below which storage's root."""

    entry: str
    storage: str
    location: str
    size: int
    hash: str
    placed: str


@dataclass
class CheckedBackup:
    """A backup that was found whole."""

    archive: Archive
    config: dict[str, Any]
    files: list[StoredFile] = field(default_factory=list)
    known: set[End] = field(default_factory=set)

    @property
    def manifest(self) -> dict[str, Any]:
        """What it says of itself."""
        return self.archive.manifest

    @property
    def path(self) -> Path:
        """Its file."""
        return self.archive.path

    @property
    def space(self) -> str:
        """The name of the project's space."""
        return str(self.manifest["space"])

    @property
    def spaces(self) -> list[str]:
        """All spaces that it holds."""
        return list(self.manifest["spaces"])

    @property
    def records(self) -> int:
        """How many records it holds."""
        return records_in(self.manifest)

    def nodes(self, *, shared: bool) -> Iterator[tuple[tuple[str, ...], list[Line]]]:
        """Give its users and storages, or its other nodes, in parts of equal labels."""
        lines = (each for each in self.archive.lines("nodes.jsonl") if (each["labels"][0] in SHARED) is shared)
        for labels, group in itertools.groupby(lines, key=lambda each: tuple(each["labels"])):
            while some := list(itertools.islice(group, AT_ONCE)):
                yield labels, some

    def edges(self) -> Iterator[list[Line]]:
        """Give its edges in parts; those that begin at one node are in one part."""
        part: list[Line] = []
        for _, group in itertools.groupby(self.archive.lines("edges.jsonl"), key=lambda each: each["from"]):
            more = list(group)
            if part and len(part) + len(more) > EDGES_AT_ONCE:
                yield part
                part = []
            part += more
        if part:
            yield part


@contextmanager
def opened(path: Path) -> Iterator[CheckedBackup]:
    """Give a backup, after reading and checking all of it.

    Raises `DamagedBackupError` when it is not what was written, or none; `SetupError` when a newer provgraph wrote it.
    """
    with Archive(path) as archive:
        try:
            backup = _checked(archive)
        except ProvgraphError as error:
            if isinstance(error, InvalidValueError):  # of a name that no space can have
                raise archive.damaged(error.happened) from error
            raise
        except (*UNFIT, IndexError) as error:
            raise archive.damaged(f"{type(error).__name__}: {error}") from error
        yield backup


def _checked(archive: Archive) -> CheckedBackup:
    manifest = archive.manifest
    if not 1 <= int(manifest["format"]) <= FORMAT:
        raise _newer(archive.path, f"format {manifest['format']}", str(FORMAT))
    if int(manifest["schema"]) > schema.newest():
        raise _newer(archive.path, f"schema {manifest['schema']}", str(schema.newest()))
    if int(manifest["schema"]) < 1:
        raise archive.damaged(f"its schema is {manifest['schema']}")
    for space in (manifest["space"], *manifest["spaces"]):
        instance.checked_space(space)
    backup = CheckedBackup(archive, instance.checked_config(archive.read(instance.CONFIG)))
    _check_graph(backup)
    if "files.jsonl" in archive.members:
        backup.files = [_file(archive, each) for each in archive.lines("files.jsonl")]
    if len(backup.files) != manifest.get("files", 0):
        raise archive.damaged("it holds another number of files than its manifest says")
    return backup


def _newer(path: Path, what: str, known: str) -> SetupError:
    return SetupError(f"{path} has {what} and this provgraph knows {known}", "Upgrade: pip install -U provgraph.")


def _check_graph(backup: CheckedBackup) -> None:
    """Raise where a node is there twice, an edge has no end, or the manifest counts others."""
    nodes: Counter[str] = Counter()
    edges: Counter[str] = Counter()
    beyond = 0
    for each in backup.archive.lines("nodes.jsonl"):
        _check_node(backup, each)
        nodes[each["labels"][0]] += 1
    for each in backup.archive.lines("edges.jsonl"):
        split(each["properties"])
        ends = sum((str(label), str(uid)) in backup.known for label, uid in (each["from"], each["to"]))
        if ends != (1 if each.get("beyond") else 2):
            raise backup.archive.damaged(f"an edge {each['type']} of {each['from'][1]} has no end")
        beyond += bool(each.get("beyond"))
        edges[each["type"]] += not each.get("beyond")
    manifest = backup.manifest
    if (dict(nodes), dict(+edges), beyond) != (manifest["nodes"], manifest["edges"], manifest["edges_beyond"]):
        raise backup.archive.damaged("it holds other numbers of nodes and edges than its manifest says")


def _check_node(backup: CheckedBackup, each: Line) -> None:
    label, uid, facts = each["labels"][0], each["uid"], each["properties"]
    split(facts)
    whose = "slot" if label in SHARED else "space"
    fits = facts["uid"] == uid and isinstance(facts[whose], str)
    if not fits or (label, uid) in backup.known or (label not in SHARED and facts["space"] not in backup.spaces):
        raise backup.archive.damaged(f"its {label} {uid} is not as it must be, or there twice")
    backup.known.add((label, uid))


def _file(archive: Archive, each: Line) -> StoredFile:
    found = StoredFile(**each)
    known = archive.members[found.entry]
    if found.storage not in {each["uid"] for each in archive.manifest["storages"]}:
        raise archive.damaged(f"nobody knows where its file {found.location!r} lay")
    if not is_inside(found.location):
        raise archive.damaged(f"its file {found.location!r} would lie outside of the storage")
    if (known["size"], known["blake3"]) != (found.size, found.hash):
        raise archive.damaged(f"its file {found.location} is not what was saved")
    return found
