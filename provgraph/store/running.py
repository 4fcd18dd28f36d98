"""Which run is on: the process has one, and a thread that tracks something else has its own.

The workers of multiprocessing, which begin as new processes, know it by an environment variable. It reaches every
child, so it also says whose workers it is for: by the key that multiprocessing gives to a program and to all its
workers, and to no other program (https://docs.python.org/3/library/multiprocessing.html#multiprocessing.Process.authkey).
"""

from __future__ import annotations

import hashlib
import multiprocessing
import os
import threading
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from provgraph.registries import Run

FOR_WORKERS: Final = "PROVGRAPH_RUN"
"""The environment variable: the uid of a run, and a digest of the key of those whose workers belong to it."""


def tell_workers(uid: str) -> None:
    """Let the workers that this program starts from now on belong to a run."""
    os.environ[FOR_WORKERS] = f"{uid} {_program()}"


def tell_no_workers(uid: str) -> None:
    """Let workers no longer belong to a run, when they did."""
    if os.environ.get(FOR_WORKERS, "").split(" ")[0] == uid:
        del os.environ[FOR_WORKERS]


def told_worker() -> str | None:
    """Give the uid of the run to which this process belongs as a worker; None when it is none, or of no run."""
    uid, _, program = os.environ.get(FOR_WORKERS, "").partition(" ")
    return uid if multiprocessing.parent_process() is not None and program == _program() else None


def _program() -> str:
    return hashlib.sha256(b"provgraph " + multiprocessing.current_process().authkey).hexdigest()[:16]


class _OfThread(threading.local):
    run: Run | None = None


class Running:
    """The runs that are on in this process.

    The first one belongs to the process: all its threads read and save for it. Another thread that begins a run while
    it is on has that run for itself.
    """

    def __init__(self) -> None:
        """Begin with none."""
        self._of_process: Run | None = None
        self._thread: int | None = None
        self._own = _OfThread()

    @property
    def run(self) -> Run | None:
        """The run to which this thread belongs."""
        return self._own.run or self._of_process

    @property
    def is_of_another_thread(self) -> bool:
        """Whether the run that is on was begun by another thread of this process."""
        return self._own.run is None and self._of_process is not None and self._thread != threading.get_ident()

    @property
    def is_of_this_thread_alone(self) -> bool:
        """Whether this thread has a run for itself."""
        return self._own.run is not None

    def begin(self, run: Run | None) -> None:
        """Let a run be on; None ends the one that is on for this thread."""
        if run is None and self._own.run is not None:
            self._own.run = None
        elif run is not None and self.is_of_another_thread:
            self._own.run = run
        else:
            self._of_process, self._thread = run, threading.get_ident()
