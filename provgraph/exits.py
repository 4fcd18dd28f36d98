"""With which status the program is left. Python tells nobody at its end, so `sys.exit` is watched from the beginning.

This is imported with provgraph itself: in `sys.exit(main())` Python looks `sys.exit` up before `main()` calls
`pg.track()`. In a program that looked it up even before, by `from sys import exit`, it is replaced where it stands.
"""

from __future__ import annotations

import dis
import functools
import sys
import threading
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from types import FrameType, TracebackType

AGAIN: Final = frozenset({("RERAISE", 0), ("RERAISE", 1), ("RAISE_VARARGS", 0)})
"""The instructions by which `finally`, `with` and a bare `raise` let an exception go on."""

_last: list[SystemExit] = []
"""What the main thread's last exit raised, if there was any; it may have been caught."""


def noting(leave: Any) -> Any:
    """Give a function that does what `leave` does, and notes what it raises."""

    @functools.wraps(leave, updated=())
    def noted(*status: Any, **by_name: Any) -> Any:
        try:
            leave(*status, **by_name)
        except SystemExit as error:
            if threading.current_thread() is threading.main_thread():
                _last[:] = [error]
            raise

    noted.is_watched = True  # type: ignore[attr-defined]
    return noted


def watch() -> None:
    """Watch `sys.exit`, once in a process."""
    original: Any = sys.exit
    if not getattr(original, "is_watched", False):
        sys.exit = noting(original)
        program = vars(sys.modules["__main__"])
        program.update({name: sys.exit for name, value in program.items() if value is original})


def uncaught() -> list[Any]:
    """Give the status of the last watched exit, when nothing caught it for good; asked when the program has ended.

    Where it was caught last, the frame ended at that very place or let it go on.
    """
    return [error.code for error in _last if (at := error.__traceback__) is None or _went_on(at)]


def last_instruction(frame: FrameType) -> tuple[str, int | None] | None:
    """Give name and argument of the instruction with which a frame ended, None when that is within one."""
    found = (each for each in dis.get_instructions(frame.f_code) if each.offset == frame.f_lasti)
    return next(((each.opname, each.arg) for each in found), None)


def _went_on(at: TracebackType) -> bool:
    return at.tb_lasti == at.tb_frame.f_lasti or last_instruction(at.tb_frame) in AGAIN
