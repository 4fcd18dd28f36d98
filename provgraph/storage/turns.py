"""Whose turn it is: processes of one host that write take theirs together, one that reads everything takes its alone.

There are two locks, so that whoever wants to be alone is not kept waiting by others who come and go: who writes passes
the first to get the second; who wants to be alone holds the first, and waits for the second. The system gives back the
locks of a process that is killed. Where there are no such locks nobody waits.
"""

from __future__ import annotations

import contextlib
import os
import time
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ALONE_WITHIN: Final = 30.0
"""Seconds after which whoever wants to be alone goes on all the same."""
LOOK_EVERY: Final = 0.005


class Turns:
    """The turns of those who work with one folder."""

    def __init__(self, folder: Path) -> None:
        """Name the folder; its lock files are made when they are first used."""
        self._door, self._room = folder / "door.lock", folder / "room.lock"

    @contextlib.contextmanager
    def together(self) -> Iterator[None]:
        """Work beside others, once nobody is alone any more."""
        with contextlib.ExitStack() as stack:
            with _locked(self._door, alone=False):
                stack.enter_context(_locked(self._room, alone=False))
            yield

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        """Work while none of those wait or work who take their turns together."""
        with _locked(self._door, alone=True), _locked(self._room, alone=True):
            yield


@contextlib.contextmanager
def _locked(path: Path, *, alone: bool) -> Iterator[None]:
    handle = None
    with contextlib.suppress(OSError):
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        if handle is not None:
            _lock(handle, alone=alone)
        yield
    finally:
        if handle is not None:
            _unlock(handle)
            os.close(handle)


def _lock(handle: int, *, alone: bool) -> None:
    with contextlib.suppress(ImportError, OSError):
        import fcntl

        if not alone:
            fcntl.flock(handle, fcntl.LOCK_SH)
            return
        end = time.monotonic() + ALONE_WITHIN
        while time.monotonic() < end:
            with contextlib.suppress(BlockingIOError):
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return
            time.sleep(LOOK_EVERY)


def _unlock(handle: int) -> None:
    """Give the lock back, also where a child that was forked meanwhile holds the same file open."""
    with contextlib.suppress(ImportError, OSError):
        import fcntl

        fcntl.flock(handle, fcntl.LOCK_UN)
