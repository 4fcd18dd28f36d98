"""The files by which the local engine and its clients find each other, all inside `.provgraph/`."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import stat
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Final

from provgraph.errors import DamagedInstanceError

DATABASE: Final = "prov"
OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO
START_TOLERANCE: Final = 5.0
"""Seconds by which two readings of one process's start may differ: the system counts from a boot that it knows to a
second, and two processes may read another one."""
BOOT: Final = Path("/proc/sys/kernel/random/boot_id")
"""What Linux calls this start of its kernel: other on each machine and after each start, equal in all containers."""


def place(namespace: str) -> str:
    """Name the kernel that runs here and one of the namespaces (namespaces(7)) of this process, such as "pid".

    It is empty where the system does not tell.
    """
    try:
        return f"{BOOT.read_text().strip()}:{Path('/proc/self/ns', namespace).stat().st_ino}"
    except OSError:
        return ""


@dataclass(frozen=True)
class Owner:
    """The process that owns the store: who it is, where it answers, and the passwords it made for this start."""

    host: str
    pid: int
    started: float
    """When the process started, seconds since the epoch as the operating system tells it; tells reused pids apart."""
    port: int
    writer: str = field(repr=False)
    reader: str = field(repr=False)
    folder: str = ""
    """The folder that it owns, by device and inode: a copy of a project brings its `server.json` along."""
    processes: str = ""
    """The place whose processes its number is one of; empty where the system, or an older provgraph, does not tell."""
    network: str = ""
    """The place whose loopback its port is on, as `processes` says it."""

    def is_alive(self) -> bool:
        """Say whether that very process still runs on this host; one that ended and was not waited for does not."""
        import psutil

        if not self.is_here():
            return False
        try:
            process = psutil.Process(self.pid)
            with process.oneshot():
                same = abs(process.create_time() - self.started) <= START_TOLERANCE
                return same and process.status() != psutil.STATUS_ZOMBIE
        except psutil.Error:
            return False

    def is_here(self) -> bool:
        """Say whether its number is one of the processes that are seen here; a host's name may change, or be another's.

        Where the system does not tell, the name decides.
        """
        here = place("pid")
        return self.processes == here if self.processes and here else self.is_named_as_here()

    def is_near(self) -> bool:
        """Say whether its port is on this loopback, though its process may be another container's."""
        return self.network != "" and self.network == place("net")

    def is_named_as_here(self) -> bool:
        """Say whether its host has the name of this one."""
        return self.host == socket.gethostname()

    def who(self) -> str:
        """Name it to a person from whom it cannot be seen."""
        if self.is_named_as_here():
            return f"the process {self.pid} of '{self.host}', which cannot be seen from here,"
        return f"the host '{self.host}'"


KINDS: Final[dict[str, type | tuple[type, ...]]] = {
    "host": str,
    "pid": int,
    "started": (int, float),
    "port": int,
    "writer": str,
    "reader": str,
    "folder": str,
    "processes": str,
    "network": str,
}
"""What a sound `server.json` holds."""


def is_anothers(status: os.stat_result) -> bool:
    """Say whether a file or folder belongs to another user than the one who works."""
    return hasattr(os, "geteuid") and status.st_uid != os.geteuid()


def owned_by(status: os.stat_result) -> str:
    """Name whom a file or folder belongs to.

    >>> owned_by(Path("/").stat())
    'root (uid 0)'
    """
    import pwd

    with contextlib.suppress(KeyError):
        return f"{pwd.getpwuid(status.st_uid).pw_name} (uid {status.st_uid})"
    return f"another user (uid {status.st_uid})"


@dataclass(frozen=True)
class EngineFiles:
    """The paths inside one `.provgraph/`."""

    folder: Path

    @property
    def server(self) -> Path:
        """The file that says who owns the store and where it answers; readable by its user alone."""
        return self.folder / "server.json"

    @property
    def lock(self) -> Path:
        """The file whose lock the owner holds for as long as it lives."""
        return self.folder / "server.lock"

    @property
    def activity(self) -> Path:
        """The file whose time says when a client last used the engine."""
        return self.folder / "activity"

    @property
    def root(self) -> Path:
        """The engine's own folder: databases, configuration, logs."""
        return self.folder / "engine"

    @property
    def config(self) -> Path:
        """The configuration of the instance, if the folder is one's."""
        return self.folder / "config.json"

    @property
    def log(self) -> Path:
        """What the process prints."""
        return self.folder / "engine.log"

    @property
    def database(self) -> Path:
        """The folder of the graph, made when an engine first serves."""
        return self.root / "databases" / DATABASE

    def check_graph(self) -> None:
        """Raise `DamagedInstanceError` when an engine served here once and its graph is gone: somebody removed it.

        Started without it, the engine would make an empty one.
        """
        if self.activity.exists() and not self.database.is_dir():
            raise DamagedInstanceError(
                f"the graph of {self.folder.parent} is gone: {self.database} is not there",
                "Get the last backup back: provgraph restore --last. Or begin with an empty graph: provgraph init.",
            )

    def check(self) -> None:
        """Raise `DamagedInstanceError` when the folder is missing, is none, or belongs to another user (as git does).

        The passwords in a folder that somebody else owns would lead to that person's server.
        """
        try:
            status = self.folder.stat()
        except OSError as error:
            raise DamagedInstanceError(
                f"{self.folder} cannot be opened ({error.strerror})", "Make the instance anew with 'provgraph init'."
            ) from error
        if not stat.S_ISDIR(status.st_mode):
            raise DamagedInstanceError(f"{self.folder} is a file", "Move it away, then run 'provgraph init'.")
        if is_anothers(status):
            raise DamagedInstanceError(
                f"{self.folder} and its engine belong to {owned_by(status)}",
                "Work in a project folder of your own; for several people use a Neo4j server: PROVGRAPH_URL.",
            )

    def keep_private(self) -> None:
        """Take from others what they may do with the engine's files: a copy, a restore or a chmod may have given it."""
        for path in (self.server, self.lock, self.activity, self.log, self.root, *self.root.rglob("*")):
            with contextlib.suppress(OSError):  # it is gone, or another user's
                mode = stat.S_IMODE(path.lstat().st_mode)
                if mode & OTHERS and not path.is_symlink():
                    path.chmod(mode & ~OTHERS)

    def owner(self) -> Owner | None:
        """Read who owns the store; None when nobody does, and when the file is damaged or another user's.

        What is not known in it is left.
        """
        try:
            with self.server.open(encoding="utf-8") as file:
                kept = {} if is_anothers(os.fstat(file.fileno())) else json.load(file)
            owner = Owner(**{name: kept[name] for name in KINDS if name in kept})
        except (OSError, ValueError, TypeError):
            return None
        fits = all(isinstance(getattr(owner, name), kinds) for name, kinds in KINDS.items())
        is_ours = owner.folder in ("", self.identity)
        return owner if fits and is_ours and owner.pid > 0 else None

    def is_free(self) -> bool:
        """Say whether no process holds the lock; `DamagedInstanceError` when it cannot be tried."""
        import filelock

        try:
            with filelock.FileLock(self.lock, mode=0o600).acquire(blocking=False):
                return True
        except filelock.Timeout:
            return False
        except OSError as error:
            raise DamagedInstanceError(
                f"{self.folder} cannot be written ({error.strerror})", "Mend its permissions, or its disk."
            ) from error

    @property
    def identity(self) -> str:
        """What tells this folder from a copy of it, and stays when it is moved."""
        status = self.folder.stat()
        return f"{status.st_dev}:{status.st_ino}"

    def publish(self, owner: Owner) -> None:
        """Write who owns the store, whole or not at all."""
        draft = self.server.with_suffix(f".{owner.pid}")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            json.dump(asdict(owner), file)
        draft.replace(self.server)
