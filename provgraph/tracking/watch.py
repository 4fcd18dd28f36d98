"""What happens to this process while its run is on: exceptions, exits, and the cells of a notebook."""

from __future__ import annotations

import builtins
import dis
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
        self.error: str | None = None
        self.pid = 0
        self._program: FrameType | None = None

    def begin(
        self, at_exit: Callable[[], None], after_cell: Callable[[], None], in_thread: Callable[[str], None]
    ) -> None:
        """From the first call in a process on, look out for exceptions, the exit, and a notebook's cells.

        `after_cell` is called after each cell, `in_thread` with the traceback of an exception that ended a thread.
        """
        import atexit

        self.error = None
        if self.pid == os.getpid():
            return
        self.pid = os.getpid()
        atexit.register(at_exit)
        self._watch_exceptions(in_thread)
        if notebook.in_notebook():
            self._watch_cells(after_cell)
        else:
            self._watch_exits()

    def outcome(self) -> tuple[str, str | None]:
        """Give the status and the error of runs that end with the program.

        CPython shows nobody the status of a SystemExit that was raised without `sys.exit`, unless the program's own
        last line has it; such an end counts as errored, and that is said.
        """
        if self.error:
            return "errored", self.error
        if self._program is None or not _was_left(self._program):
            return "completed", None
        known = _raised(self._program) or exits.STATUSES
        if not known:
            warn("it ended by SystemExit, whose status Python tells nobody: it counts as errored; use sys.exit(status)")
            return "errored", "it ended by SystemExit, with a status that is not known"
        return ("completed", None) if known[0] in (None, 0) else ("errored", f"it ended by sys.exit({known[0]!r})")

    def _watch_exceptions(self, in_thread: Callable[[str], None]) -> None:
        previous, of_threads = sys.excepthook, threading.excepthook

        def hook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
            self.error = "".join(traceback.format_exception(kind, error, trace))
            previous(kind, error, trace)

        def thread_hook(args: threading.ExceptHookArgs, /) -> None:
            in_thread("".join(traceback.format_exception(args.exc_type, args.exc_value, args.exc_traceback)))
            of_threads(args)

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
        exits.STATUSES.clear()
        if not hasattr(sys, "ps1"):
            for name in {"exit", "quit"} & vars(builtins).keys():
                setattr(builtins, name, exits.noting(getattr(builtins, name)))


def _outermost() -> FrameType | None:
    """Give the outermost frame of the main thread: when it is left, the program ends."""
    frame = sys._current_frames().get(threading.main_thread().ident or 0)  # noqa: SLF001 - no other way is as cheap
    while frame is not None and frame.f_back is not None:
        frame = frame.f_back
    return frame


def _was_left(frame: FrameType) -> bool:
    """Say whether a frame that has ended was left by an exception: its last instruction did not return."""
    return _last(frame) not in RETURNS


def _last(frame: FrameType) -> str | None:
    instructions = dis.get_instructions(frame.f_code)
    return next((each.opname for each in instructions if each.offset == frame.f_lasti), None)


def _raised(frame: FrameType) -> list[Any]:
    """Give the status of a `raise SystemExit(4)` that stands in the frame that was left; nothing when it does not."""
    before = (each for each in dis.get_instructions(frame.f_code) if each.offset < frame.f_lasti)
    match [each for each in before if each.opname.startswith("LOAD_")][-2:]:
        case [kind, status] if kind.argval == "SystemExit" and status.opname == "LOAD_CONST":
            return [status.argval] if _last(frame) == "RAISE_VARARGS" else []
    return []
