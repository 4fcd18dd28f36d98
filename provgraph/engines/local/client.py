"""How a process finds the local engine of a folder, and starts it when it is not there."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Final

from provgraph.engines.contract import Address, Credentials
from provgraph.engines.local.files import DATABASE, EngineFiles, Owner
from provgraph.errors import EngineBusyError, EngineUnavailableError

if TYPE_CHECKING:
    from pathlib import Path

START_WITHIN: Final = 60.0
"""Seconds a start may take on a slow machine before it is given up."""

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
        self._child: subprocess.Popen[bytes] | None = None

    def locate(self) -> Address:
        """Give where it answers, after starting it when it does not run.

        Raises `EngineBusyError` when another host owns the store, `EngineUnavailableError` when it does not start.
        """
        owner = self.owner() or self._wait(self.start())
        return Address(
            f"bolt://127.0.0.1:{owner.port}",
            Credentials("root", owner.writer),
            Credentials("reader", owner.reader),
            DATABASE,
        )

    def in_use(self) -> None:
        """Note, every few seconds at most, that somebody uses the engine, so that it does not stop."""
        now = time.monotonic()
        if now - self._noted > USE_NOTED_EVERY:
            self._noted = now
            with contextlib.suppress(OSError):
                os.utime(self.files.activity)

    def owner(self) -> Owner | None:
        """Give the process that owns the store now, None when it must be started."""
        owner = self.files.owner()
        return owner if owner is not None and owner.is_alive() else None

    def start(self) -> subprocess.Popen[bytes]:
        """Start the process and return at once; it exits by itself when another one owns the store.

        Calling this before the imports that connecting needs lets both happen at the same time.
        """
        if self._child is None or self._child.poll() is not None:
            arguments = [str(self.files.folder), str(self.idle), str(self.ceiling)]
            with self.files.log.open("wb") as log:
                self._child = subprocess.Popen(  # noqa: S603 - our own module, with our own interpreter
                    [sys.executable, "-m", "provgraph.engines.local.sidecar", *arguments],
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    cwd=self.files.folder,
                    env=_environment(),
                    start_new_session=True,
                )
        return self._child

    def stop(self) -> bool:
        """Stop the engine and wait until its files are free; False when it did not run."""
        import filelock
        import psutil

        owner = self.owner()
        if owner is None:
            return False
        with contextlib.suppress(psutil.NoSuchProcess):
            psutil.Process(owner.pid).terminate()
        if self._child is not None and self._child.pid == owner.pid:
            self._child.wait(STOP_WITHIN)
        with filelock.FileLock(self.files.lock, timeout=STOP_WITHIN, mode=0o600):
            return True

    def _wait(self, child: subprocess.Popen[bytes]) -> Owner:
        """Wait until an owner answers; start anew when the one that was there stopped meanwhile."""
        end = time.monotonic() + START_WITHIN
        while time.monotonic() < end:
            if owner := self.owner():
                return owner
            if child.poll():
                raise EngineUnavailableError(f"the local engine did not start: {self._last_words()}", self._advice())
            if child.returncode == 0:
                self._check_other_host()
                time.sleep(LOOK_EVERY * 5)
                child = self.start()
            time.sleep(LOOK_EVERY)
        raise EngineUnavailableError(f"the local engine did not answer within {START_WITHIN:g} s", self._advice())

    def _check_other_host(self) -> None:
        owner = self.files.owner()
        if owner is not None and not owner.is_here():
            raise EngineBusyError(
                f"the host '{owner.host}' owns the store in {self.files.folder}",
                "Work there, or stop it there with 'provgraph stop'; for several hosts at once use a Neo4j server.",
            )

    def _last_words(self) -> str:
        lines = self.files.log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        return lines[-1] if lines else "it ended without a word"

    def _advice(self) -> str:
        return f"Its log is in {self.files.log} and {self.files.root / 'log'}."


def _environment() -> dict[str, str]:
    """Pass on the environment, and where modules are found when this process found them by `sys.path` alone."""
    paths = [path for path in sys.path if path]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
