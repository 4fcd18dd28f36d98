"""`pg.restore()`: get a project's records, and stored files, back from a backup."""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from filelock import FileLock, Timeout

from provgraph.errors import DamagedBackupError, EngineBusyError, InvalidValueError, NotFoundError, StorageError
from provgraph.storage import durable
from provgraph.storage.archive import is_inside
from provgraph.storage.content import disk_errors
from provgraph.storage.hashing import hash_file
from provgraph.storage.keys import given_path, working_directory
from provgraph.storage.progress import Progress
from provgraph.storage.seeing import is_there
from provgraph.storage.turns import Turns
from provgraph.store import current
from provgraph.store.backups import automatic, stages
from provgraph.store.backups.graph import Target
from provgraph.store.backups.opening import CheckedBackup, opened
from provgraph.store.backups.writing import NAMED, described, spaces_of
from provgraph.store.files import Files, is_hidden
from provgraph.store.instances import instance, removing, schema, servers
from provgraph.store.integrity.checking import check
from provgraph.store.messages import say, warn
from provgraph.words import counted, first_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from provgraph.engines.contract import Engine
    from provgraph.store.backups.opening import StoredFile
    from provgraph.store.backups.writing import Backup
    from provgraph.store.instances.instance import Instance


@dataclass(frozen=True)
class Restored:
    """What was restored: from which file, and how many records, edges and files were not there before."""

    path: Path
    space: str
    records: int
    """Records that the backup holds."""
    files: int
    """Stored files that were written."""
    is_new: bool
    """Whether anything of it was not in the graph."""

    def __str__(self) -> str:
        """Say it on one line."""
        what = f"{counted(self.records, 'record')} of '{self.space}'"
        files = f", {counted(self.files, 'file')}" if self.files else ""
        if self.is_new:
            return f"restored {what}{files} from {self.path}"
        return f"{what} {'is' if self.records == 1 else 'are'} there already{files}"


def restore(path: str | Path | None = None, *, url: str | None = None) -> Restored:
    """Get the records of a backup back, into this project; with no path those of the newest that was kept by itself.

    Every byte of the file is checked before anything is written, and the graph after it. The project has no store yet,
    or an empty one, which then has the backup's space and settings; a store that holds these very records, or some of
    them because a restore was cut off, is completed, and restoring twice changes nothing. Nothing is ever removed, and
    whoever writes on this host meanwhile waits. Stored files come back where
    the backup holds them; one that is there with another content stays. `url` is a Neo4j server to restore to, which a
    project that was local uses from then on; "local" is the local engine.

    When an engine stops because it is idle, or by `pg.stop()`, a backup of its graph is kept in the user's data folder,
    the last five of each project; without `path` the newest of them is taken that belongs to the working directory or a
    folder above.

    Raises `DamagedBackupError` when the file is not what was written, `SetupError` when a newer provgraph wrote it,
    `NotFoundError` when no backup was kept, `InvalidValueError` when the store holds other records, and what `pg.init`
    raises. Opens the store.

    >>> saved = pg.Transform(name="align").save()
    >>> made = pg.backup("lab.zip")
    >>> pg.delete(force=True)
    >>> pg.restore("lab.zip").records, pg.Transform.filter().count()
    (1, 1)
    """
    if url not in {None, instance.LOCAL}:
        servers.address(str(url))
    root, source = _kept_last() if path is None else (_root(), given_path(path))
    with _opened(source, root, is_last=path is None) as backup:
        if path is None:
            _tell(described(source, backup.manifest), root)
        restored = Restoring(backup, root, url, trusts=path is None).run()
        if restored.is_new and "files" not in backup.manifest:
            say("it holds no stored files; provgraph verify names those that are not here")
    say(str(restored))
    return restored


def _tell(last: Backup, root: Path) -> None:
    """Say which backup is taken, and which there are of graphs that the project had before."""
    say(f"the last backup is {last}")
    if before := [str(each) for each in automatic.of_graphs(root)[:-1]]:
        say(f"of graphs that it had before: {first_of(before[::-1], NAMED)}")


@contextlib.contextmanager
def _opened(source: Path, root: Path, *, is_last: bool) -> Iterator[CheckedBackup]:
    """Open a backup; of one that was kept by itself and is damaged, the error names the one before."""
    with contextlib.ExitStack() as stack:
        try:
            backup = stack.enter_context(opened(source))
        except DamagedBackupError as error:
            if is_last and (older := automatic.kept(root)[:-1]):
                raise DamagedBackupError(error.happened, f"Take an older one: provgraph restore {older[-1]}") from error
            raise
        yield backup


def _root() -> Path:
    here = working_directory()
    return instance.find_root(here) or instance.default_root(here)


def _kept_last() -> tuple[Path, Path]:
    """Give the nearest folder, here or above, of which backups were kept, and the newest of them."""
    here = working_directory()
    for root in (here, *here.parents):
        if kept := automatic.kept(root):
            return root, kept[-1]
        if os.path.lexists(root / instance.FOLDER):
            break  # a project of its own
    others = first_of(list(map(str, automatic.newest_of_all())), NAMED)
    raise NotFoundError(
        f"no backup of {here} or a folder above was kept in {automatic.home()}",
        "Go to the folder in which .provgraph was, or give a file: provgraph restore FILE"
        + (f"; of other folders there are {others}." if others else "."),
    )


def _is_storage(named: str, *, trusts: bool) -> bool:
    """Say whether a backup may choose this folder: one from elsewhere no hidden one, which belongs to other tools."""
    parts = PurePosixPath(named).parts
    shown = parts[1:] if parts[0] == instance.FOLDER else parts
    return not instance.is_ours(parts) and (trusts or not any(part.startswith(".") for part in shown))


class Restoring:
    """One backup on its way into one project."""

    def __init__(self, backup: CheckedBackup, root: Path, url: str | None, *, trusts: bool) -> None:
        """Plan it; `trusts` a backup that this user's own engine wrote with where files lay outside of the project."""
        self._backup, self._trusts = backup, trusts
        self._before = instance.there(root)
        self._planned = self._plan(root, url)
        self._chosen = self._planned if url else servers.with_environment(self._planned)
        self._stage = stages.Stage(backup.archive.digest)
        self._now = Files(self._planned.storage, self._planned.root, self._planned.space, lambda: 0, lambda: "")

    def run(self) -> Restored:
        """Write what is missing, check it, and open the store."""
        current.refuse_run()
        places = [(each, self._path(each)) for each in self._backup.files]
        is_new_here = not self._chosen.folder.exists()
        current.check_can_open(self._chosen, restoring=True)
        current.close()
        durable.make_folder(self._chosen.folder)
        with self._alone(), Turns(self._chosen.folder).alone():
            try:
                if is_new_here and self._chosen.url is None:
                    self._begin()
                has_all, files = self._bring_back(places)
            except BaseException:
                if is_new_here and not self._chosen.file.exists():
                    with contextlib.suppress(StorageError):  # what went wrong before is to be told
                        removing.remove_tree(self._chosen.folder)
                raise
            self._end()
        self._look()
        return Restored(self._backup.path, self._backup.space, self._backup.records, files, not has_all)

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """Keep others from restoring here meanwhile."""
        lock = FileLock(self._chosen.folder / "restoring.lock", mode=0o600)
        try:
            with lock.acquire(blocking=False):
                yield
        except Timeout:
            raise EngineBusyError(
                f"another process restores into {self._chosen.root}", "Wait until it has ended."
            ) from None

    def _bring_back(self, places: Sequence[tuple[StoredFile, Path]]) -> tuple[bool, int]:
        """Write what is missing; say whether the graph lacked nothing, and how many files were written."""
        engine = current.engine_of(self._chosen)
        try:
            if self._is_written(engine):
                has_all, files = True, self._write_files(places)
            else:
                has_all, files = self._write_all(engine, places)
            if self._marker.exists():
                self._complete(engine)
        finally:
            engine.close()
        return has_all, files

    def _is_written(self, engine: Engine) -> bool:
        """Look how far an earlier try was, and say whether only its last steps are left."""
        self._stage = stages.noted(self._marker, self._stage.digest, schema.known_identity(engine))
        there = Target(engine, self._backup, self._backup.spaces).records()
        return self._stage.is_written and there >= self._backup.records

    def _write_all(self, engine: Engine, places: Sequence[tuple[StoredFile, Path]]) -> tuple[bool, int]:
        self._bring_up_schema(engine)
        target, is_new, has_all = self._judge(engine)
        if has_all and self._before is not None and not self._marker.exists():
            instance.write(self._planned)
        else:
            self._begin(graph=schema.identity(engine), is_written=False)
        files = self._write_files(places)
        if not has_all:
            self._write(target, is_new=is_new)
        return has_all, files

    def _plan(self, root: Path, url: str | None) -> Instance:
        """Say what the instance will be: as it is, else as the backup's configuration says."""
        if self._before is not None:
            planned = instance.planned(root, space=self._backup.space, url=url)
            return replace(planned, settings={**self._backup.config.get("settings", {}), **planned.settings})
        planned = instance.planned(root, space=self._backup.space, storage=self._storage(root), url=url)
        return replace(planned, settings=dict(self._backup.config.get("settings") or {}))

    def _storage(self, root: Path) -> Path | None:
        """Give the storage of the backup; one outside of the project only when it is there and this user's own."""
        named = str(self._backup.config["storage"])
        if named == "." or (is_inside(named) and _is_storage(named, trusts=self._trusts)):
            return root / named
        if self._trusts and Path(named).is_absolute() and Path(named).is_dir():
            return Path(named)
        warn(f"files lay in {named}; now they go into {instance.FOLDER}/storage: pg.init(storage=...) changes that")
        return None

    @property
    def _marker(self) -> Path:
        return self._chosen.folder / instance.RESTORING

    def _begin(self, **stage: Any) -> None:
        """Write the instance, and that it is being restored: until the end nobody takes it for whole."""
        self._note(**stage)
        instance.write(self._planned)

    def _note(self, **stage: Any) -> None:
        """Note how far it is."""
        self._stage = replace(self._stage, **stage)
        with disk_errors(self._planned.folder):
            durable.make_folder(self._planned.folder)
            self._stage.write(self._marker, self._backup.path)

    def _bring_up_schema(self, engine: Engine) -> None:
        """Bring an empty graph to the backup's schema, until all of it is there; another one to the newest."""
        if schema.version(engine) == 0:
            self._stage = replace(self._stage, schema=int(self._backup.manifest["schema"]))
        schema.bring_up_to_date(engine, until=self._stage.schema)

    def _judge(self, engine: Engine) -> tuple[Target, bool, bool]:
        """Give the target, whether it is empty, and whether it holds all of the backup; raise when it holds others."""
        spaces = self._backup.spaces
        if self._chosen.url is None:
            spaces = sorted({*spaces, *spaces_of(engine, self._chosen)})
        target = Target(engine, self._backup, spaces)
        self._refuse_own(engine)
        if target.records() == 0:
            return target, True, self._backup.records == 0
        found = target.difference()
        if found.others:
            raise InvalidValueError(
                f"the store of {self._chosen.root} holds records that are not those of {self._backup.path} "
                f"({first_of(found.others, NAMED, by='; ')})",
                "Restore into an empty folder, or delete this store first: provgraph delete --force.",
            )
        return target, False, found.is_none

    def _refuse_own(self, engine: Engine) -> None:
        """Raise when this project has records of its own on a server, in a space of another name."""
        before = self._before
        if before is None or before.space == self._backup.space or self._chosen.url is None:
            return
        if Target(engine, self._backup, [before.space]).records():
            raise InvalidValueError(
                f"the space '{before.space}' of {before.root} holds records, the backup is of '{self._backup.space}'",
                "Restore into an empty folder.",
            )

    def _write(self, target: Target, *, is_new: bool) -> None:
        manifest = self._backup.manifest
        total = sum(manifest["nodes"].values()) + sum(manifest["edges"].values()) + manifest["edges_beyond"]
        with Progress("restoring the graph", total=total) as progress:
            apart = target.write(is_new=is_new, progress=progress.advance)
        found = target.difference()
        if not found.is_none:
            raise DamagedBackupError(
                f"the graph is not what {self._backup.path} holds: missing nodes and edges: {found.missing}; others: "
                f"{first_of(found.others, NAMED, by='; ') or 'none'}",
                "Others may write to it; stop them, and restore again.",
            )
        if apart:
            edges = counted(apart, "edge")
            warn(f"not restored: {edges} to records of spaces that are not here; restoring these brings them")

    def _complete(self, engine: Engine) -> None:
        """Do what follows once the graph holds all of it; repeated, it changes nothing."""
        self._note(graph=schema.identity(engine), is_written=True)
        schema.migrate_again(engine, since=int(self._backup.manifest["schema"]))
        for name in self._backup.archive.named("spool"):
            self._write_spooled(name)

    def _write_spooled(self, name: str) -> None:
        path = self._chosen.folder / name
        durable.make_folder(path.parent)
        if not path.exists():
            durable.write(path, self._backup.archive.read(name))
            path.chmod(0o600)

    def _write_files(self, places: Sequence[tuple[StoredFile, Path]]) -> int:
        """Write the stored files that are not there; what is there with another content stays, and is named."""
        written, others, done = 0, [], set[Path]()
        with Progress("restoring files", total=sum(each.size for each in self._backup.files)) as progress:
            for each, path in places:
                if path not in done:
                    done.add(path)
                    if not is_there(path) or (each.placed == "store" and hash_file(path).hash != each.hash):
                        with disk_errors(self._planned.storage):
                            self._extract(each, path)
                        written += 1
                    elif hash_file(path).hash != each.hash:
                        others.append(str(path))
                progress.advance(each.size)
        if others:
            warn(f"files with another content stay: {first_of(others, NAMED)}; move them, and restore again")
        return written

    def _path(self, file: StoredFile) -> Path:
        """Say where a file goes: below the storage that the project has now, where it will be looked for.

        Hidden files of other tools are programs for them (`.git/config`): those of a backup from elsewhere are refused.
        """
        if not self._trusts and is_hidden(file.location):
            raise InvalidValueError(
                f"{self._backup.path} holds a hidden file, {file.location!r}, which could make other programs run code",
                "Ask who made it for one without it; nothing was written.",
            )
        storage = self._planned.storage
        root = next(each["root"] for each in self._backup.manifest["storages"] if each["uid"] == file.storage)
        if file.placed == "root" and not Path(root).name.startswith("."):
            storage = self._now.now(root)
        path = storage / file.location
        if not path.parent.resolve().is_relative_to(storage.resolve()) or path.is_symlink():
            raise self._backup.archive.damaged(f"its file {file.location!r} would lie outside of the storage")
        return path

    def _extract(self, file: StoredFile, path: Path) -> None:
        durable.make_folder(path.parent)
        with durable.drafted(path) as draft:
            with draft.open("wb") as into:
                for chunk in self._backup.archive.chunks(file.entry):
                    into.write(chunk)
                into.flush()
                os.fsync(into.fileno())
            if file.placed == "store":
                draft.chmod(0o444)
            draft.replace(path)
        durable.flush(path.parent)

    def _end(self) -> None:
        """Say that it is whole."""
        self._marker.unlink(missing_ok=True)
        durable.flush(self._chosen.folder)

    def _look(self) -> None:
        """Open the store, and say what is not as it must be."""
        servers.is_new_to(self._chosen)
        store = current.use(self._chosen, strict=True)
        store.ledger.note_copies()
        if found := check():
            findings = counted(len(found), "finding")
            warn(f"the graph has {findings}, as it had when the backup was made: provgraph check says more")
