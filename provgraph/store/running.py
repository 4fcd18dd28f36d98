"""Which run is on: the process has one, and a thread that tracks something else has its own."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from provgraph.registries import Run


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
