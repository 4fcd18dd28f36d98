"""How a process finds the local engine of a folder, and starts it when it is not there."""

from __future__ import annotations

import contextlib
import os
import shutil
import time
from typing import TYPE_CHECKING, Final

from provgraph.engines.contract import Address, Credentials
from provgraph.engines.local.files import DATABASE, EngineFiles, Owner
from provgraph.engines.local.process import launch
from provgraph.errors import DamagedInstanceError, DiskFullError, EngineBusyError, EngineUnavailableError

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path

    from provgraph.errors import ProvgraphError

START_WITHIN: Final = 60.0
"""Seconds a start may take on a slow machine before it is given up."""

KILLED_AT_MOST: Final = 2
"""How often the process may be killed from outside during one start before that is given up."""

NEEDED_SPACE: Final = 4 << 20
"""Bytes of free disk below which the engine's own errors are put down to the disk."""

STOP_WITHIN: Final = 20.0
LOOK_EVERY: Final = 0.004
USE_NOTED_EVERY: Final = 5.0


class LocalEngine:
    """The local engine of one `.provgraph/` folder: locate, start, stop.

    `idle` is the time in seconds after which it stops by itself, `ceiling` the longest any command may run.
    """

    def __init__(self, folder: Path, *, idle: float = 900.0, ceiling: float = 300.0) -> None:
        """Keep the settings; nothing is started yet."""
        self.files = EngineFiles(folder)
        self.idle = idle
        self.ceiling = ceiling
        self._noted = 0.0
        self._has_served = False
        """Whether this process has used the engine: the graph is there then, or was removed."""
        self._child: tuple[int, subprocess.Popen[bytes]] | None = None

    def locate(self) -> Address:
        """Give where it answers, after starting it when it does not run.

        Raises `DamagedInstanceError` when the folder is missing or belongs to another user, or the graph was removed
        since this process used it, `EngineBusyError` when another host, or another container that does not share this
        network, owns the store, `EngineUnavailableError` when it does not start.
        """
        self.files.check()
        self._check_graph()
        found = _address(self.owner() or self._wait(self.start()))
        self._has_served = True
        return found

    def answering(self) -> Address | None:
        """Give where it answers, None when it does not run; it is not started, nor is it noted that it is used."""
        owner = self.owner()
        return _address(owner) if owner is not None else None

    def in_use(self) -> None:
        """Note, every few seconds at most, that somebody uses the engine, so that it does not stop.

        Raises `DamagedInstanceError` when its graph was removed meanwhile: it goes on, and writes what nobody can read.
        """
        now = time.monotonic()
        if now - self._noted > min(USE_NOTED_EVERY, self.idle / 4):
            self._noted = now
            with contextlib.suppress(OSError):
                os.utime(self.files.activity)
            self._check_graph()

    def trouble(self, fault: ProvgraphError | None = None) -> ProvgraphError | None:
        """Say when the disk is too full for the engine to write on it, and when its files may be damaged."""
        if shutil.disk_usage(self.files.folder).free < NEEDED_SPACE:
            return DiskFullError(f"the disk of {self.files.folder} is full", "Free some space; what was saved is safe.")
        return fault and DamagedInstanceError(
            f"the graph of {self.files.folder.parent} cannot be read as it should ({fault.happened})",
            "Ask again after 'PROVGRAPH_BACKUPS=off provgraph stop', which keeps no backup of it. If that is no better "
            f"its files are damaged: move {self.files.database} away and get the last backup back, "
            "provgraph restore --last; what was recorded since is not in it.",
        )

    def owner(self) -> Owner | None:
        """Give the process that owns the store now, None when it must be started.

        One that cannot be seen from here, as in a container, runs for as long as it holds the lock.
        """
        owner = self.files.owner()
        if owner is None:
            return None
        runs = owner.is_alive() if owner.is_here() else owner.is_near() and not self.files.is_free()
        return owner if runs else None

    def start(self) -> subprocess.Popen[bytes]:
        """Start the process and return at once; it exits by itself when another one owns the store.

        Calling this before the imports that connecting needs lets both happen at the same time. Raises
        `DamagedInstanceError` as `locate` does, and when the folder cannot be written.
        """
        self.files.check()
        starter, child = self._child or (0, None)
        if child is None or starter != os.getpid() or child.poll() is not None:
            child = launch(self.files, self.idle, self.ceiling)
            self._child = os.getpid(), child
        return child

    def stop(self) -> bool:
        """Stop the engine and wait until its files are free; False when it did not run.

        An engine that is just starting is waited for and stopped. Raises `EngineBusyError` when another host, or a
        process that cannot be seen from here, owns the store, or it does not end within 20 s, `DamagedInstanceError`
        when the folder cannot be written.
        """
        import psutil

        end = time.monotonic() + STOP_WITHIN
        stopped: Owner | None = None
        while time.monotonic() < end:
            if (owner := self.owner()) is not None and owner != stopped and owner.is_alive():
                with contextlib.suppress(psutil.NoSuchProcess):
                    psutil.Process(owner.pid).terminate()
                stopped = owner
            if (stopped is None or not stopped.is_alive()) and self.files.is_free():
                return stopped is not None
            self._check_other_host()
            time.sleep(LOOK_EVERY)
        raise EngineBusyError(
            f"the local engine of {self.files.folder} did not stop within {STOP_WITHIN:g} s",
            f"Others may be starting it again; its process is {stopped.pid if stopped else 'not known'}.",
        )

    def _check_graph(self) -> None:
        if self._has_served:
            self.files.check_graph()

    def _wait(self, child: subprocess.Popen[bytes]) -> Owner:
        """Wait until an owner answers; start anew when the one that was there stopped or was killed meanwhile."""
        end = time.monotonic() + START_WITHIN
        killed = 0
        while time.monotonic() < end:
            if owner := self.owner():
                return owner
            if (code := child.poll()) is not None:
                killed += code < 0
                if code > 0 or killed > KILLED_AT_MOST:
                    raise self.trouble() or EngineUnavailableError(
                        f"the local engine did not start: {self._last_words()}", self._advice()
                    )
                self._check_other_host()
                child = self.start()
            time.sleep(LOOK_EVERY)
        raise EngineUnavailableError(f"the local engine did not answer within {START_WITHIN:g} s", self._advice())

    def _check_other_host(self) -> None:
        owner = self.files.owner()
        if owner is None or owner.is_here():
            return
        work = "It runs in a container, or on another host of this name: work" if owner.is_named_as_here() else "Work"
        raise EngineBusyError(
            f"{owner.who()} owns the store in {self.files.folder}",
            f"{work} there, or stop it there with 'provgraph stop'; for several hosts at once use a Neo4j server.",
        )

    def _last_words(self) -> str:
        lines = self.files.log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        return lines[-1] if lines else "it ended without a word"

    def _advice(self) -> str:
        return f"Its log is in {self.files.log} and {self.files.root / 'log'}."


def _address(owner: Owner) -> Address:
    return Address(
        f"bolt://127.0.0.1:{owner.port}",
        Credentials("root", owner.writer),
        Credentials("reader", owner.reader),
        DATABASE,
    )
