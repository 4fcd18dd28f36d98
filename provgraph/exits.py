"""With which status the program is left. Python tells nobody at its end, so `sys.exit` is watched from the beginning.

This is imported with provgraph itself: in `sys.exit(main())` Python looks `sys.exit` up before `main()` calls
`pg.track()`. What was looked up before even that, by `from sys import exit`, is replaced where it stands.

What `sys.exit` raises is still a SystemExit, but one of ours, which says when it is gone. CPython lets go of the one by
which the program is left before anything is called at the exit, when no code of Python's runs any more
(`_Py_HandleSystemExit` in https://github.com/python/cpython/blob/3.13/Python/pythonrun.c). One that was caught is told
from it by where the frame that caught it last went on.
"""

from __future__ import annotations

import dis
import functools
import sys
import threading
import weakref
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from types import CodeType, FrameType

_left: list[Any] = []
"""The status with which the program was left, once it is."""
_known: list[weakref.ref[_Exit]] = []
"""The exits of the main thread that may still be under way."""


RAISED_AGAIN: Final = frozenset({("RAISE_VARARGS", 0), ("RERAISE", 0)})
"""The instructions by which a handler raises again what it handles."""


class _Exit(SystemExit):
    """A SystemExit that notes its status when the program was left by it."""

    def __del__(self) -> None:
        """Note the status when no code runs any more."""
        if _left is not None and not _left and sys._getframe().f_back is None and _was_uncaught(self):  # noqa: SLF001
            _left.append(self.code)

    def __reduce__(self) -> tuple[type[SystemExit], tuple[Any, ...]]:
        """Cross a process border as what it stands for."""
        return SystemExit, self.args


_Exit.__name__ = _Exit.__qualname__ = "SystemExit"
_Exit.__module__ = "builtins"


def noting(leave: Any) -> Any:
    """Give a function that does what `leave` does, and whose SystemExit notes its status."""

    @functools.wraps(leave, updated=())
    def noted(status: Any = None, /) -> Any:
        try:
            leave(status)
        except SystemExit as error:
            if type(error) is not SystemExit or threading.current_thread() is not threading.main_thread():
                raise
            given = error.args
        raise _noted(_Exit(*given))

    return noted


def watch() -> None:
    """Watch `sys.exit`, once in a process, also where it goes by a name of its own already."""
    original: Any = sys.exit
    if getattr(original, "__wrapped__", None) is not None:
        return
    sys.exit = noting(original)
    plain = {name: vars(each) for name, each in list(sys.modules.items()) if type(each) is ModuleType}
    for module, values in plain.items():
        names = list(values) if module == "__main__" else ["exit"]
        values.update({name: sys.exit for name in names if values.get(name) is original})


def statuses() -> list[Any]:
    """Give the status of the watched exit by which the program was left; nothing when it was left in another way."""
    alive = [each for reference in _known if (each := reference()) is not None]
    return _left or [each.code for each in alive if _was_uncaught(each)]


def last_instruction(frame: FrameType) -> dis.Instruction | None:
    """Give the instruction at which a frame is, or with which it ended."""
    return next((each for each in dis.get_instructions(frame.f_code) if each.offset == frame.f_lasti), None)


def _noted(exit_: _Exit) -> _Exit:
    _known[:] = [*(each for each in _known if each() is not None), weakref.ref(exit_)]
    return exit_


def _was_uncaught(exit_: _Exit) -> bool:
    """Say of an exit that goes on no more whether the frame that met it last let it pass.

    Then the frame ended where it met it, or in the handler that it came to: by `raise`, after `finally`, or at an
    `except` for something else.
    """
    met = exit_.__traceback__
    if met is None or met.tb_lasti == met.tb_frame.f_lasti:
        return True
    last, code = last_instruction(met.tb_frame), met.tb_frame.f_code
    if last is None or (last.opname, last.arg) not in RAISED_AGAIN:
        return False
    return _end_of_handler(code, last.offset) == _end_of_handler(code, _handler(code, met.tb_lasti))


def _handler(code: CodeType, offset: int | None) -> int | None:
    """Give where an instruction leads when it raises."""
    entries: Any = dis.Bytecode(code).exception_entries  # type: ignore[attr-defined]  # typeshed has it not
    return next((each.target for each in entries if offset is not None and each.start <= offset < each.end), None)


def _end_of_handler(code: CodeType, offset: int | None) -> int | None:
    """Give where the handler to which an instruction belongs is left by an exception; it begins with COPY."""
    names = {each.offset: each.opname for each in dis.get_instructions(code)}
    while (offset := _handler(code, offset)) is not None and names[offset] != "COPY":
        pass
    return offset
