"""With which status the program is left. Python tells nobody at its end, so `sys.exit` is watched from the beginning.

This is imported with provgraph itself: in `sys.exit(main())` Python looks `sys.exit` up before `main()` calls
`pg.track()`.
"""

from __future__ import annotations

import functools
import sys
import threading
from typing import Any

STATUSES: list[Any] = []
"""The last status with which the main thread was to be left, if any; that may have been caught."""


def noting(leave: Any) -> Any:
    """Give a function that notes the status it is called with, and then does what `leave` does."""

    @functools.wraps(leave, updated=())
    def noted(status: Any = None, /) -> Any:
        if threading.current_thread() is threading.main_thread():
            STATUSES[:] = [status]
        leave(status)

    return noted


def watch() -> None:
    """Watch `sys.exit`, once in a process."""
    if getattr(sys.exit, "__wrapped__", None) is None:
        sys.exit = noting(sys.exit)
