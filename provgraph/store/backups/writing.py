"""`pg.backup()`: write the records of a project, and if asked its stored files, into one file."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit, urlunsplit

from provgraph import statements
from provgraph.errors import InvalidValueError, StorageError, WrongFileTypeError, check_flags
from provgraph.models import iso, now_us
from provgraph.storage.archive import Archive, disk_errors_of, draft_beside, is_archive, publish
from provgraph.storage.hashing import hash_files
from provgraph.storage.keys import given_path
from provgraph.storage.progress import Progress
from provgraph.store import current
from provgraph.store.backups.reading import SHARED, WRITER, Found, line, read_graph
from provgraph.store.files import is_hidden
from provgraph.store.instances import instance, schema
from provgraph.store.ledger.spooling import FOLDER as SPOOL
from provgraph.store.messages import say, warn
from provgraph.version import __version__
from provgraph.words import counted, first_of

if TYPE_CHECKING:
    from pathlib import Path

    from provgraph.engines.contract import Engine
    from provgraph.storage.archive import Draft
    from provgraph.store.files import Files
    from provgraph.store.instances.instance import Instance

FORMAT: Final = 1
"""The number of the format; a provgraph reads its own and older ones."""
WHAT: Final = (
    "A backup of provgraph. Each line of nodes.jsonl is a node of the graph: its labels, its uid, its properties; each "
    "line of edges.jsonl an edge: from and to are the first label and the uid of its ends ('beyond': one of them is "
    "not here). A value of a type that JSON lacks is an object such as {'datetime': ISO 8601 text}. Stored files have "
    "the entries that files.jsonl names. 'entries' holds the size and the BLAKE3 hash of each; the zip's comment ends "
    "with that of all bytes before it."
)
NAMED: Final = 3
"""Files or records that a message names at most."""


@dataclass(frozen=True)
class Backup:
    """A backup: its file, from when it is, of which space, and how much it holds."""

    path: Path
    made_at: datetime
    space: str
    records: int
    edges: int
    files: int
    size: int
    """Bytes of the file."""

    def __str__(self) -> str:
        """Say it on one line."""
        files = f", {counted(self.files, 'file')}" if self.files else ""
        return (
            f"{self.path}: {counted(self.records, 'record')} of '{self.space}'{files}, {self.size:,} bytes, "
            f"of {self.made_at:%Y-%m-%d %H:%M:%S} UTC"
        )


def backup(path: str | Path, *, files: bool = False) -> Backup:
    """Write this project's records into a file, from which `pg.restore()` gets them back; `files` stored files, too.

    The file is a zip that any program reads: a line of JSON for each node in `nodes.jsonl` and for each edge in
    `edges.jsonl`, the configuration (no password is in it), calls that wait in the spool, and what all of it is in
    `manifest.json`. On the local engine it holds all of the graph, on a server this project's space and the users and
    storages that it uses. With `files` it holds the files in the storage too; those that are registered where they lie
    are not in it. Others may work meanwhile; nothing of the graph is in it by half. It appears under its name when it
    is whole, readable by its user alone; a backup that has this name is replaced.

    Raises `InvalidValueError` when another file has this name, `WrongFileTypeError`, `MissingFileError`,
    `ReadOnlyStorageError` and `DiskFullError` where it cannot be written, `ConflictError` when others write without a
    pause, `NoInstanceError` when there is no instance, and `EngineUnavailableError` and `EngineBusyError` while the
    graph cannot be reached. Nothing is written to the graph.

    >>> saved = pg.Transform(name="align").save()
    >>> pg.backup("lab.zip").records
    1
    """
    check_flags(files=files)
    target = _target(given_path(path))
    store = current.existing()
    with draft_beside(target) as draft:
        made = write(draft, store.engine, store.instance, store.files if files else None)
        _tell(made)
        publish(draft, target)
    found = described(target, made)
    say(f"wrote {found}")
    return found


def _target(path: Path) -> Path:
    """Give the file to be written, of a link the one that it leads to; raise where something else has the name."""
    with disk_errors_of(path):
        target = path.resolve() if path.is_symlink() else path
        if target.is_file() and not is_archive(target):
            raise InvalidValueError(f"{target} is there, and is no backup", "Give another name, or remove it.")
        if target.exists() and not (target.is_file() or target.is_dir()):
            raise WrongFileTypeError(f"{target} is neither a file nor a folder", "Name the file to be written.")
        return target


def write(path: Path, engine: Engine, of: Instance, files: Files | None = None) -> dict[str, Any]:
    """Write a backup's draft of an instance's graph, and give what its manifest holds; it is not published yet."""
    spooled = _spooled(of)  # before the graph: what is brought in meanwhile is then in both, and is known there
    spaces = spaces_of(engine, of)
    draft, found = read_graph(engine, spaces, path, of.folder, files=files is not None)
    try:
        draft.add(instance.CONFIG, _config(of))
        for name, data in spooled.items():
            draft.add(name, data)
        added = _add_files(draft, files, found) if files is not None else {}
        manifest = _manifest(engine, of, spaces, found) | added
        draft.close(manifest)
    except BaseException:
        draft.leave()
        raise
    return manifest | {"entries": draft.members}


def spaces_of(engine: Engine, of: Instance) -> list[str]:
    """Give the spaces that an instance's backup holds: its own one of a server, all of its local engine."""
    if of.url is not None:
        return [of.space]
    return sorted({of.space, *(space for space, _ in engine.read(statements.load("store/spaces")))})


def described(path: Path, manifest: dict[str, Any]) -> Backup:
    """Say what a backup is by its manifest."""
    return Backup(
        path,
        datetime.fromisoformat(manifest["made_at"]).astimezone(UTC),
        manifest["space"],
        records_in(manifest),
        sum(manifest["edges"].values()),
        int(manifest.get("files", 0)),
        path.stat().st_size,
    )


def records_in(manifest: dict[str, Any]) -> int:
    """Count the records of a backup: its nodes but users, storages and writers."""
    return sum(count for label, count in manifest["nodes"].items() if label not in (*SHARED, WRITER))


def manifest_of(path: Path) -> dict[str, Any]:
    """Read what a backup is, after checking all of it; `DamagedBackupError` when it is not whole."""
    with Archive(path) as archive:
        return archive.manifest


def _manifest(engine: Engine, of: Instance, spaces: list[str], found: Found) -> dict[str, Any]:
    return {
        "what": WHAT,
        "format": FORMAT,
        "provgraph": __version__,
        "schema": schema.version(engine),
        "graph": engine.read(statements.load("schema/identity"), name=schema.NAME)[0][0],
        "space": of.space,
        "spaces": spaces,
        "project": of.root.name,
        "made_at": iso(now_us()),
        "nodes": dict(sorted(found.nodes.items())),
        "edges": dict(sorted(found.edges.items())),
        "edges_beyond": found.beyond,
        "left_out": dict(sorted(found.left_out.items())),
        "seal": found.seal,
        "storages": sorted(found.storages.values(), key=lambda each: each["uid"]),
    }


def _config(of: Instance) -> bytes:
    """Write the configuration as the instance does, the server's address without a name and a password."""
    settings = (instance.there(of.root) or of).settings  # kept since this process opened it, perhaps
    config = {**of.config(), "url": _without_login(of.url) if of.url else None, "settings": settings}
    return f"{json.dumps(config, indent=2)}\n".encode()


def _without_login(url: str) -> str:
    """Give an address without the name and the password that may stand in it.

    >>> _without_login("neo4j://ada:secret@host:7687")
    'neo4j://host:7687'
    """
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def _spooled(of: Instance) -> dict[str, bytes]:
    """Read the files of the spool that hold something, by their names in a backup."""
    folder = of.folder / SPOOL
    found = {f"{SPOOL}/{each.relative_to(folder).as_posix()}": _read(each) for each in sorted(folder.rglob("*.jsonl*"))}
    return {name: data for name, data in found.items() if data}


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:  # brought in meanwhile
        return b""


def _add_files(draft: Draft, files: Files, found: Found) -> dict[str, int]:
    """Add the files that lie in storages, each once, and a list of them; say which of them cannot be had."""
    wanted, lost = _files(files, found)
    lines, names = [], dict[tuple[str, str], str]()
    with Progress("adding files", total=sum(facts["size"] for _, facts, _ in wanted)) as progress:
        for path, facts, storage in wanted:
            location, hash_ = facts["location"], facts["hash"]
            if (location, hash_) not in names:
                name = f"files/{location}"  # or else another storage has a file of this name
                names[location, hash_] = name if name not in draft.members else f"files of {storage}/{location}"
                draft.copy(names[location, hash_], path, hash_, progress.advance)
            about = {"size": facts["size"], "hash": hash_, "placed": facts["placed"]}
            entry = {"entry": names[location, hash_], "storage": storage, "location": location}
            lines.append(line(entry | about))
    draft.add("files.jsonl", b"".join(lines))
    if lost:
        warn(f"not in the backup, because they are missing, changed or hidden: {first_of(lost, NAMED, by='; ')}")
    return {"files": len(lines)}


def _files(files: Files, found: Found) -> tuple[list[tuple[Path, dict[str, Any], str]], list[str]]:
    """Find the files in storages whose bytes are what was saved, and say which others should be there."""
    there: list[tuple[Path, dict[str, Any], str]] = []
    lost: list[str] = []
    for uid, facts in sorted(found.artifacts.items()):
        storage = found.storages.get(found.stored_in.get(uid, ""), {})
        if facts["placed"] == "place" or not storage:
            continue
        try:
            path = files.find(storage["root"], storage["host"], facts["location"], facts["placed"], facts["size"])
            is_whole = hash_files([path], files.memory)[0].hash == facts["hash"]
            is_kept = is_whole and not is_hidden(facts["location"])  # a restore elsewhere refuses hidden ones
        except StorageError:
            is_kept = False
        if is_kept:
            there.append((path, facts, storage["uid"]))
        elif not (facts.get("replaced") or facts.get("deleted")):
            lost.append(facts["location"])
    return there, lost


def _tell(manifest: dict[str, Any]) -> None:
    """Say what of the graph is not in a backup: what a person wrote there that provgraph cannot know again."""
    if left := manifest["left_out"]:
        listed = ", ".join(f"{count} {name}" for name, count in left.items())
        warn(f"what is not provgraph's and has no uid or space is not in the backup: {listed}")
