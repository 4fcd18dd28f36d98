"""The instance: a project's `.provgraph/` folder, which says where the graph and the files are.

It is found from the working directory upwards, as git finds `.git`.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import re
import tempfile
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from provgraph.engines.local.files import EngineFiles, is_anothers, owned_by
from provgraph.errors import (
    DamagedInstanceError,
    InvalidValueError,
    NoInstanceError,
    ProvgraphError,
    ReadOnlyStorageError,
    WrongFileTypeError,
)
from provgraph.storage import durable
from provgraph.storage.keys import given_path

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

FOLDER: Final = ".provgraph"
STORAGE: Final = "storage"
"""The storage in `.provgraph/`, when no other one was chosen: a person's files may lie there and nowhere else in it."""
CONFIG: Final = "config.json"
LOCK: Final = "config.lock"
"""The file whose lock whoever changes the configuration holds."""
CHANGED_WITHIN: Final = 10.0
"""Seconds after which somebody else's change of the configuration is waited for no longer."""
LOCAL: Final = "local"
"""What stands for the local engine where a server's URL is asked for."""
RESTORING: Final = "restoring"
"""The file in `.provgraph/` that is there while a backup is restored: its path, a null byte, and how far that is."""
SPACE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
FITS: Final[dict[str, Callable[[Any], bool]]] = {
    "space": lambda value: isinstance(value, str) and SPACE.fullmatch(value) is not None,
    "storage": lambda value: isinstance(value, str) and bool(value) and "\0" not in value,
    "url": lambda value: value is None or isinstance(value, str),
    "settings": lambda value: value is None or isinstance(value, dict),
}
"""Whether a field of the configuration is what it may be."""


@dataclass(frozen=True)
class Instance:
    """A project's folder and what its configuration says."""

    root: Path
    """The project's folder, which holds `.provgraph/`."""
    space: str
    """The name under which the project's records stand in the graph."""
    storage: Path
    """The folder in which files lie."""
    url: str | None = None
    """A Neo4j server; None for the local engine."""
    settings: dict[str, Any] = field(default_factory=dict)
    before: Instance | None = field(default=None, compare=False, repr=False)
    """What it was planned from: others may change the rest until it is written."""

    @property
    def folder(self) -> Path:
        """The `.provgraph/` folder."""
        return self.root / FOLDER

    @property
    def file(self) -> Path:
        """The file that holds the configuration."""
        return self.folder / CONFIG

    def checked(self) -> Instance:
        """Give it; `DamagedInstanceError` when the local engine's graph was removed, as an empty one would seem it."""
        if self.url is None:
            EngineFiles(self.folder).check_graph()
        return self

    def check_restored(self) -> None:
        """Raise `DamagedInstanceError` when a restore into it was cut off: what it holds looks whole and is not."""
        mark = self.folder / RESTORING
        if mark.exists():
            path = os.fsdecode(mark.read_bytes().partition(b"\0")[0])
            raise DamagedInstanceError(
                f"a restore into {self.root} was cut off, so that it may lack something",
                f"Repeat it: provgraph restore {path!r}; it completes what is there.",
            )

    def joined(self) -> Instance:
        """Give it with what others have changed since it was planned, and it has not."""
        now = there(self.root)
        if now is None or self.before is None:
            return self
        mine = {name: getattr(self, name) for name in FITS}
        return replace(now, **{name: value for name, value in mine.items() if value != getattr(self.before, name)})

    def config(self) -> dict[str, Any]:
        """Give the configuration as it is written: a storage in the project by its path there."""
        storage = str(self.storage)
        if self.storage.is_relative_to(self.root):
            storage = self.storage.relative_to(self.root).as_posix()
        return {"space": self.space, "storage": storage, "url": self.url, "settings": self.settings}

    def save(self) -> None:
        """Write the configuration, whole or not at all."""
        durable.write(self.file, f"{json.dumps(self.config(), indent=2)}\n".encode())


def whole(path: str | Path) -> Path:
    """Give the whole path of a folder that a person named, without `..`; links are left as they are.

    >>> whole("/data/screen/../shared").as_posix()
    '/data/shared'
    """
    return Path(os.path.normpath(given_path(path, "folder")))


def find(start: Path) -> Instance | None:
    """Find the instance of a folder, there or upwards; None when there is none.

    Raises `DamagedInstanceError` when `.provgraph` is a file, cannot be read, or belongs to another user.
    """
    root = find_root(start)
    return read(root) if root is not None else None


def find_root(start: Path) -> Path | None:
    """Find the nearest folder, there or upwards, that has an instance, usable or not."""
    places = (each for each in (start, *start.parents) if os.path.lexists(each / FOLDER))
    return next((each for each in places if not _is_left_over(each / FOLDER)), None)


def around(root: Path) -> Path | None:
    """Give the folder above that has an instance, while this one has none."""
    return None if os.path.lexists(root / FOLDER) else find_root(root.parent)


def read(root: Path) -> Instance:
    """Read the instance of exactly this project's folder; `DamagedInstanceError` when it is not usable."""
    config = _config(root)
    for name, fits in FITS.items():
        if not fits(config.get(name)):
            raise _damaged(root, f"its {name} is {config.get(name)!r}")
    return _instance(root, config)


def _config(root: Path) -> dict[str, Any]:
    _check(root / FOLDER)
    try:
        config = json.loads((root / FOLDER / CONFIG).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise _damaged(root, str(error)) from None
    if not isinstance(config, dict):
        raise _damaged(root, f"it holds {config!r}")
    return config


def _instance(root: Path, config: dict[str, Any]) -> Instance:
    """Take from a configuration what fits, and for the rest what a new one has."""
    known = {name: config[name] for name, fits in FITS.items() if config.get(name) is not None and fits(config[name])}
    return Instance(
        root,
        known.get("space") or default_space(root),
        whole(root / known.get("storage", f"{FOLDER}/{STORAGE}")),
        known.get("url"),
        known.get("settings", {}),
    )


def checked_config(data: bytes) -> dict[str, Any]:
    """Read the text of a configuration; `ValueError` when it is none, or holds what does not fit."""
    config = json.loads(data)
    if not isinstance(config, dict):
        raise ValueError(f"it holds {config!r}")  # noqa: TRY004 - what JSON holds is a value
    for name, fits in FITS.items():
        if not fits(config.get(name)):
            raise ValueError(f"its {name} is {config.get(name)!r}")
    return config


def _damaged(root: Path, why: str) -> DamagedInstanceError:
    return DamagedInstanceError(
        f"the configuration {root / FOLDER / CONFIG} cannot be used ({why})",
        "Run 'provgraph init' in that folder to write it anew; the records are not touched.",
    )


def planned(root: Path, *, space: str | None = None, storage: Path | None = None, url: str | None = None) -> Instance:
    """Say what the instance of a folder will be, without writing it: what is given, else what is there already.

    The `url` "local" stands for the local engine. Raises `InvalidValueError` for a name that is not letters, digits,
    dots, dashes and underscores.
    """
    before = there(root) or Instance(root, default_space(root), root / FOLDER / STORAGE)
    return Instance(
        root,
        checked_space(before.space if space is None else space),
        storage or before.storage,
        before.url if url is None else None if url == LOCAL else url,
        before.settings,
        before,
    )


def can_be_storage(folder: Path, instance: Path | None = None) -> Path:
    """Give a folder back in which files can be stored, for the instance in this folder, which may be a link.

    Raises `WrongFileTypeError` when it is a file or below one, and `InvalidValueError` for what goes with an instance
    that is deleted.
    """
    real = _real(folder)
    places = [folder.parts, real.parts]
    if instance is not None and real.is_relative_to(_real(instance)):
        places.append((FOLDER, *real.relative_to(_real(instance)).parts))
    if any(map(is_ours, places)):
        raise InvalidValueError(
            f"{folder} is a part of {FOLDER}, which is removed as a whole when the project's store is deleted",
            f"Choose a folder outside of it, or {FOLDER}/{STORAGE}.",
        )
    in_the_way = next(each for each in (folder, *folder.parents) if os.path.lexists(each))
    if not in_the_way.is_dir():
        raise WrongFileTypeError(f"{in_the_way} is no folder, so no files can be stored there", "Choose another one.")
    return folder


def _real(path: Path) -> Path:
    """Follow links; a link in a circle is left as it is."""
    return Path(os.path.realpath(path))


def is_ours(parts: Sequence[str]) -> bool:
    """Say whether a path lies in an instance's folder, and not in the storage there.

    >>> is_ours(("lab", ".provgraph", "engine")), is_ours((".provgraph", "storage", "raw"))
    (True, False)
    """
    return any(part == FOLDER and below != STORAGE for part, below in itertools.zip_longest(parts, parts[1:]))


def write(instance: Instance) -> Instance:
    """Make the storage and `.provgraph/`, and write the configuration; give it as it is written.

    What was planned is joined with what others have written since. Raises what `can_be_storage` raises, and
    `ReadOnlyStorageError` when something cannot be written; where the storage cannot be made, nothing is.
    """
    can_be_storage(instance.storage, instance.folder)
    with _writing(instance.root):
        if not instance.storage.is_relative_to(instance.folder):
            durable.make_folder(instance.storage)
        durable.make_folder(instance.folder)
        with _alone(instance.folder):
            return _write(instance.joined())


def change(root: Path, alter: Callable[[Instance], Instance]) -> Instance:
    """Read the instance of a project's folder, alter and write it while nobody else does; raise what these raise."""
    folder = read(root).folder
    with _writing(root), _alone(folder):
        return _write(alter(read(root)))


def _write(instance: Instance) -> Instance:
    durable.write(instance.folder / ".gitignore", b"*\n")
    durable.make_folder(instance.storage)
    instance.save()
    return instance


@contextlib.contextmanager
def _writing(root: Path) -> Iterator[None]:
    """Tell what keeps the instance of a folder from being written."""
    try:
        yield
    except ProvgraphError:
        raise
    except OSError as error:
        raise ReadOnlyStorageError(
            f"{error.filename or root} cannot be written ({error.strerror})",
            "Choose another folder: pg.init(path), pg.init(storage=...).",
        ) from error


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Change the configuration while nobody else does; where there are no locks, or one stays held, nobody is stopped.

    A change takes milliseconds: who holds the lock for longer stands still, and is no reason to end a computation.
    """
    from filelock import FileLock, Timeout

    with contextlib.ExitStack() as stack:
        with contextlib.suppress(NotImplementedError, Timeout):
            stack.enter_context(FileLock(folder / LOCK, mode=0o600).acquire(timeout=CHANGED_WITHIN))
        yield


def default_root(start: Path) -> Path:
    """Say where an instance is made when nobody said where: the git root, else the folder itself.

    A repository of the whole home folder makes it no project. Raises `NoInstanceError` for the home folder, `/` and the
    temporary folder themselves.
    """
    none = {Path.home().resolve(), Path(start.anchor), Path(tempfile.gettempdir()).resolve()}
    if start.resolve() in none:
        raise NoInstanceError(
            f"provgraph makes no instance in {start} by itself",
            "Go to your project's folder, or name one: pg.init(path), provgraph init PATH.",
        )
    places = (each for each in (start, *start.parents) if each.resolve() not in none)
    return next((each for each in places if (each / ".git").exists()), start)


def default_space(root: Path) -> str:
    """Make a space's name of a folder's name.

    >>> default_space(Path("/data/My project (2)"))
    'My-project-2'
    """
    return re.sub(r"[^A-Za-z0-9._-]+", "-", root.name).strip("-._")[:100] or "project"


def checked_space(space: str) -> str:
    """Give the name back when it can name a space; `InvalidValueError` when not."""
    if not isinstance(space, str) or not SPACE.fullmatch(space):
        raise InvalidValueError(
            f"{space!r} cannot name a space", "Use letters, digits, dots, dashes and underscores, 100 at most."
        )
    return space


def there(root: Path) -> Instance | None:
    """Give the instance that is in a folder, None when there is none; of a damaged configuration what can be used."""
    if not os.path.lexists(root / FOLDER):
        return None
    _check(root / FOLDER)
    try:
        config = _config(root)
    except DamagedInstanceError:
        return None
    return _instance(root, config) if {"space", "storage"} <= config.keys() else None


def _is_left_over(folder: Path) -> bool:
    """Say whether there is no instance yet: another process just makes it, or a deleted one left a person's files."""
    if not folder.is_dir() or not os.access(folder, os.R_OK):
        return False
    names = [each.name for each in folder.iterdir()]
    return all(name in {".gitignore", STORAGE, LOCK} or _is_made(name) for name in names)


def _is_made(name: str) -> bool:
    return any(durable.is_draft(name, made) for made in (CONFIG, ".gitignore"))


def _check(folder: Path) -> None:
    if not folder.parent.is_dir():
        why = "is a file" if folder.parent.exists() else "is not there"
        raise NoInstanceError(
            f"{folder.parent} {why}, so it has no instance",
            "Give a project's folder, or a server: provgraph connect URL.",
        )
    if not os.path.lexists(folder):
        raise NoInstanceError(f"there is no instance in {folder.parent}", f"Make one: provgraph init {folder.parent}.")
    if not folder.is_dir():
        raise DamagedInstanceError(f"{folder} is not a folder", "Move it away; provgraph needs this name for its own.")
    if is_anothers(status := folder.stat()):
        raise DamagedInstanceError(
            f"{folder} belongs to {owned_by(status)}",
            "Work on a copy, or share the records through a Neo4j server: PROVGRAPH_URL.",
        )
