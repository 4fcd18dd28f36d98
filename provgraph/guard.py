"""A lock among the threads of one process."""

from __future__ import annotations

import functools
import os
import threading
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

P = ParamSpec("P")
T = TypeVar("T")


class Guard:
    """A lock that its holder may take again; as a decorator it is held for a call.

    A forked child has one of its own, as that of its parent may be held by a thread that the child does not have.

    >>> guard = Guard()
    >>> with guard.lock, guard.lock:
    ...     pass
    """

    def __init__(self) -> None:
        """Nobody holds it yet."""
        self._lock, self._pid = threading.RLock(), os.getpid()

    @property
    def lock(self) -> AbstractContextManager[Any]:
        """What is held: Python's own lock, which `with` takes and gives back in one step.

        Where methods of ours do so, Ctrl-C between two of their lines leaves it held for ever.
        """
        if self._pid != os.getpid():
            self._lock, self._pid = threading.RLock(), os.getpid()
        return self._lock

    def __call__(self, function: Callable[P, T]) -> Callable[P, T]:
        """Hold it whenever `function` is called."""

        @functools.wraps(function)
        def held(*args: P.args, **kwargs: P.kwargs) -> T:
            with self.lock:
                return function(*args, **kwargs)

        return held
