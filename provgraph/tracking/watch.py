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
FILLING: Final = frozenset({"PUSH_NULL", "PRECALL", "NOP", "EXTENDED_ARG", "CACHE"})
"""Instructions that say nothing about what is called or raised."""


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
        last line has it, as a number or by a name; such an end counts as errored, and that is said.
        """
        if self.error:
            return "errored", self.error
        if self._program is None or not _was_left(self._program):
            return "completed", None
        known = exits.statuses() or _raised(self._program)
        if not known:
            warn(
                "it ended by SystemExit, whose status Python tells nobody: it counts as errored; leave by "
                "sys.exit(status), or call pg.finish() before"
            )
            return "errored", "it ended by SystemExit, with a status that is not known"
        is_good = known[0] is None or (isinstance(known[0], int) and known[0] == 0)
        return ("completed", None) if is_good else ("errored", f"it ended by sys.exit({known[0]!r})")

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
        if not hasattr(sys, "ps1"):
            for name in {"exit", "quit"} & vars(builtins).keys():
                setattr(builtins, name, exits.noting(getattr(builtins, name)))


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


def _was_left(frame: FrameType) -> bool:
    """Say whether a frame that has ended was left by an exception: its last instruction did not return."""
    last = exits.last_instruction(frame)
    return last is None or last.opname not in RETURNS


def _raised(frame: FrameType) -> list[Any]:
    """Give the status of a `raise SystemExit(4)` that stands in the frame that was left; nothing when it does not."""
    *before, last = _straight(frame)
    if last.opname != "RAISE_VARARGS":
        return []
    if last.arg == 2 and before and _value(frame, before[-1]):  # noqa: PLR2004 - with a cause
        before.pop()
    match before[-3:]:
        case [*_, kind] if _is_exit(frame, kind):
            return [None]
        case [*_, kind, call] if _is_exit(frame, kind) and (call.opname, call.arg) == ("CALL", 0):
            return [None]
        case [kind, status, call] if _is_exit(frame, kind) and (call.opname, call.arg) == ("CALL", 1):
            return _value(frame, status)
    return []


def _straight(frame: FrameType) -> list[dis.Instruction]:
    """Give the instructions that ran last in a frame, one after another without a jump."""
    found: list[dis.Instruction] = []
    for each in reversed([each for each in dis.get_instructions(frame.f_code) if each.offset <= frame.f_lasti]):
        if each.opname not in FILLING:
            found.insert(0, each)
        if each.is_jump_target:
            break
    return found


def _is_exit(frame: FrameType, instruction: dis.Instruction) -> bool:
    return any(each is SystemExit for each in _value(frame, instruction))


def _value(frame: FrameType, instruction: dis.Instruction) -> list[Any]:
    """Give what an instruction of a module loads, a constant or what a name stands for; nothing when it loads none."""
    if instruction.opname in {"LOAD_CONST", "LOAD_SMALL_INT"}:
        return [instruction.argval]
    names = {**vars(builtins), **frame.f_globals} if instruction.opname in {"LOAD_NAME", "LOAD_GLOBAL"} else {}
    return [names[instruction.argval]] if instruction.argval in names else []
