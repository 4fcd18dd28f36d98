"""Which run is on: the process has one, and a thread that tracks something else has its own.

The workers of a program work for the run of the program: those of multiprocessing and joblib, forked or begun as new
processes, also when they were there before the run or are kept for the next one. So they look for it each time, in a
file that goes by the key that multiprocessing gives to a program and to all its workers, and to no other program
(https://docs.python.org/3/library/multiprocessing.html#multiprocessing.Process.authkey).
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import multiprocessing
import os
import threading
import time
from typing import TYPE_CHECKING, Any, Final

from provgraph.probes.code import process_alive, process_facts

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from provgraph.models import Node
    from provgraph.registries import Run

FOLDER: Final = "workers"
OLD: Final = 30 * 24 * 3600
"""Seconds after which the file of a program is removed of which this host does not know whether it runs."""


class Workers:
    """What a program tells its workers: the uid of its run, in a file of `.provgraph/workers/`."""

    def __init__(self, instance: Path) -> None:
        """Use the folder of an instance; nothing is written yet."""
        self._folder = instance / FOLDER

    def tell(self, uid: str) -> None:
        """Let this program's workers belong to a run."""
        with contextlib.suppress(OSError):
            self._folder.mkdir(exist_ok=True)
            draft = self._file.with_suffix(f".{os.getpid()}")
            facts = process_facts()
            process = [facts.host, facts.pid, facts.pid_started]
            draft.write_text(json.dumps({"run": uid, "process": process}), encoding="utf-8")
            draft.replace(self._file)
            for each in self._folder.iterdir():
                if _is_left(each):
                    each.unlink(missing_ok=True)

    def tell_none(self, uid: str) -> None:
        """Let workers no longer belong to a run, when they did."""
        if self.told() == uid:
            self._file.unlink(missing_ok=True)

    def told(self) -> str | None:
        """Give the uid of the run to which this program and its workers belong."""
        return _read(self._file).get("run")

    @property
    def _file(self) -> Path:
        key = multiprocessing.current_process().authkey
        return self._folder / hashlib.sha256(b"provgraph " + key).hexdigest()[:16]


def _read(file: Path) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found


def _is_left(file: Path) -> bool:
    """Say whether a file's program is gone."""
    process = _read(file).get("process")
    lives = process_alive(*process) if process else None
    return lives is False or (lives is None and time.time() - file.stat().st_mtime > OLD)


class _OfThread(threading.local):
    run: Run | None = None


class Running:
    """The runs that are on in this process.

    The first one belongs to the process: all its threads read and save for it. Another thread that begins a run while
    it is on has that run for itself. A process that began or ended none belongs to the run of its program.
    """

    def __init__(self, workers: Workers, find: Callable[[str], Run | None]) -> None:
        """Begin with none; `find` gives the run of a uid."""
        self.workers = workers
        self._find = find
        self._of_process: Run | None = None
        self._pid = 0
        self._thread: threading.Thread | None = None
        self._own = _OfThread()

    def anew(self) -> Running:
        """Give what a process has that begins a run of its own."""
        fresh = Running(self.workers, self._find)
        fresh._pid = os.getpid()
        return fresh

    @property
    def run(self) -> Run | None:
        """The run to which this thread belongs."""
        if self._own.run is None and self._pid != os.getpid():
            self._follow()
        return self._own.run or self._of_process

    @property
    def is_of_another_thread(self) -> bool:
        """Whether the run that is on was begun by another thread of this process."""
        return self._own.run is None and self._of_process is not None and self._thread is not threading.current_thread()

    @property
    def is_of_this_thread_alone(self) -> bool:
        """Whether this thread has a run for itself."""
        return self._own.run is not None

    def has(self, run: Node) -> bool:
        """Say whether a run is on for this thread or for the process, without looking for that of the program."""
        return run is self._own.run or run is self._of_process

    def begin(self, run: Run | None) -> None:
        """Let a run be on; None ends the one that is on for this thread."""
        if run is None and self._own.run is not None:
            self._own.run = None
        elif run is not None and self.is_of_another_thread:
            self._own.run = run
        else:
            self._of_process, self._thread, self._pid = run, threading.current_thread(), os.getpid()

    def _follow(self) -> None:
        """Belong to the run that the program has now."""
        uid = self.workers.told()
        if uid is None or self._of_process is None or self._of_process.uid != uid:
            self._of_process = self._find(uid) if uid else None
