"""What happens to this process while its run is on: exceptions, exits, and the cells of a notebook."""

from __future__ import annotations

import builtins
import os
import sys
import threading
import traceback
from typing import TYPE_CHECKING, Any, Final

from provgraph import exits
from provgraph.probes import notebook
from provgraph.store.messages import warn

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType, TracebackType

    from provgraph.tracking.subject import Subject

RETURNS: Final = frozenset({"RETURN_VALUE", "RETURN_CONST"})


class Watch:
    """How the program of this process ends, and what its runs track, by the runs' uids."""

    def __init__(self) -> None:
        """Watch nothing yet."""
        self.subjects: dict[str, Subject] = {}
        self.ending: dict[str, tuple[str, str | None]] = {}
        """Status and error of the runs whose end is being written, or was when that was interrupted: they may have
        ended, and are not ended in another way."""
        self.interrupted: set[str] = set()
        """Runs that may be written and that nobody has: `pg.track()` was interrupted."""
        self.error: str | None = None
        self.pid = 0
        self._program: FrameType | None = None

    def begin(
        self,
        at_exit: Callable[[], None],
        after_cell: Callable[[], None],
        in_thread: Callable[[str, str | None], None],
    ) -> None:
        """From the first call in a process on, look out for exceptions, the exit, and a notebook's cells.

        `after_cell` is called after each cell, `in_thread` with the status and the error of a thread that an exception
        ended, within that thread.
        """
        import atexit

        self.error = None
        if self.pid == os.getpid():
            return
        atexit.unregister(at_exit)
        atexit.register(at_exit)
        self._watch_exceptions(in_thread)
        if notebook.in_notebook():
            self._watch_cells(after_cell)
        else:
            self._watch_exits()
        self.pid = os.getpid()  # at last: what was interrupted before is done again, which harms nothing

    def outcome(self) -> tuple[str, str | None]:
        """Give the status and the error of runs that end with the program.

        CPython shows nobody the status of a SystemExit that was raised without `sys.exit`; such an end counts as
        errored, and that is said.
        """
        if self.error:
            return "errored", self.error
        last = exits.last_instruction(self._program) if self._program else None
        if self._program is None or (last and last[0] in RETURNS):
            return "completed", None
        left = exits.uncaught()
        if not left:
            warn(
                "it ended by SystemExit, whose status Python tells nobody: it counts as errored; leave by "
                "sys.exit(status), or call pg.finish() before"
            )
            return "errored", "it ended by SystemExit, with a status that is not known"
        return _left_by(left[0])

    def _watch_exceptions(self, in_thread: Callable[[str, str | None], None]) -> None:
        previous, of_threads = sys.excepthook, threading.excepthook

        def hook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
            self.error = "".join(traceback.format_exception(kind, error, trace))
            previous(kind, error, trace)

        def thread_hook(args: threading.ExceptHookArgs, /) -> None:
            try:
                of_threads(args)
            finally:
                in_thread(*_ended(args))

        sys.excepthook, threading.excepthook = hook, thread_hook

    def _watch_cells(self, after_cell: Callable[[], None]) -> None:
        from IPython import get_ipython

        def after(result: Any) -> None:
            failed = getattr(result, "error_before_exec", None) or getattr(result, "error_in_exec", None)
            self.error = "".join(traceback.format_exception(failed)) if failed else None
            after_cell()

        get_ipython().events.register("post_run_cell", after)

    def _watch_exits(self) -> None:
        """Watch the ways to leave a program; at a prompt `exit` stays what it is."""
        self._program = _outermost()
        if not hasattr(sys, "ps1"):
            for name in {"exit", "quit"} & vars(builtins).keys():
                setattr(builtins, name, exits.noting(getattr(builtins, name)))


def _ended(thread: threading.ExceptHookArgs) -> tuple[str, str | None]:
    """Give the status and the error of a thread that an exception ended; an exit ends it as it ends a program."""
    if isinstance(thread.exc_value, SystemExit):
        return _left_by(thread.exc_value.code)
    return "errored", "".join(traceback.format_exception(thread.exc_type, thread.exc_value, thread.exc_traceback))


def _left_by(code: Any) -> tuple[str, str | None]:
    """Give the status and the error of what was left by `sys.exit(code)`."""
    is_good = code is None or (isinstance(code, int) and code == 0)
    return ("completed", None) if is_good else ("errored", f"it ended by sys.exit({code!r})")


def _outermost() -> FrameType | None:
    """Give the frame of the main thread's program: when it is left, the program ends.

    That is the module which is started; below it may only be what started it for `python -m`.
    """
    frames = []
    frame = sys._current_frames().get(threading.main_thread().ident or 0)  # noqa: SLF001 - no other way is as cheap
    while frame is not None:
        frames.append(frame)
        frame = frame.f_back
    modules = (each for each in reversed(frames) if each.f_code.co_name == "<module>")
    return next((each for each in modules if each.f_globals.get("__name__") == "__main__"), frames[-1])
