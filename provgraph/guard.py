"""A lock among the threads of one process."""

from __future__ import annotations

import os
import threading
from contextlib import ContextDecorator


class Guard(ContextDecorator):
    """A lock that its holder may take again; as a decorator it is held for a call.

    A forked child has one of its own, as that of its parent may be held by a thread that the child does not have.

    >>> guard = Guard()
    >>> with guard, guard:
    ...     pass
    """

    def __init__(self) -> None:
        """Nobody holds it yet."""
        self._lock, self._pid = threading.RLock(), os.getpid()

    def __enter__(self) -> None:
        """Wait until no other thread holds it."""
        if self._pid != os.getpid():
            self._lock, self._pid = threading.RLock(), os.getpid()
        self._lock.acquire()

    def __exit__(self, *_: object) -> None:
        """Let others in."""
        self._lock.release()
