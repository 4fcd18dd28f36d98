"""The code that runs: its file, its text and hash, its name within the project, and the process it runs in."""

from __future__ import annotations

import os
import platform
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from provgraph.probes.environment import in_environment

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

OWN_FOLDER: Final = str(Path(__file__).parents[1]) + os.sep
"""Where provgraph itself lies: its frames are never the user's code."""
OUTSIDE: Final = "file:"
"""The first part of the key of a file outside of the project; its whole path follows, as in a `file:` URL."""
START_TOLERANCE: Final = 5.0
"""Seconds by which two readings of one process's start may differ, as they count from the clock at boot."""


@dataclass(frozen=True)
class SourceFacts:
    """A source file: its path, its normalised text, and the BLAKE3 hash (hexadecimal) of that text's bytes."""

    path: Path
    text: str
    hash: str


@dataclass(frozen=True)
class ProcessFacts:
    """The running process: its arguments, host, id, start (epoch seconds), Python's version, working directory."""

    argv: list[str]
    host: str
    pid: int
    pid_started: float
    python: str
    cwd: str


def caller_script() -> Path | None:
    """Give the absolute path of the user's script that runs in this process.

    For `python script.py` and `python -m package.module` that is the file of `__main__`. Where a tool is `__main__`
    (pytest, streamlit, coverage, a profiler), it is the outermost file on the call stack that belongs neither to the
    environment nor to provgraph: the test file, the app. None for `python -c`, standard input, a prompt, a notebook.
    """
    file = getattr(sys.modules.get("__main__"), "__file__", None)
    files = [file, *reversed([frame.f_code.co_filename for frame in _frames()])] if file else []
    return next((_absolute(Path(each)) for each in files if _is_users(each)), None)


def source_of(path: Path) -> SourceFacts:
    r"""Read a source file and hash its normalised text: CRLF becomes LF, a byte order mark goes.

    For a notebook the text is its code and markdown, without outputs. Bytes that are not UTF-8 count in the hash, and
    are replaced in the text. Raises `MissingFileError`, `WrongFileTypeError`, `UnreadableFileError`,
    `StorageError`, and `InvalidValueError` for a damaged notebook.
    """
    from provgraph.probes import ipynb

    if path.suffix == ".ipynb":
        return _source(path, ipynb.notebook_code(path).encode("utf-8", "backslashreplace"))
    return _source(path, ipynb.read_bytes(path))


def is_as_started(path: Path, text: str) -> bool:
    """Tell whether the program that runs from this file was made of this text; True where it cannot be known.

    CPython keeps no text of a program, but its compiled code: that is compared with the code of the text.
    """
    running = next((each.f_code for each in _frames() if _is_program(each, path)), None)
    if running is None:
        return True
    try:
        return compile(text, running.co_filename, "exec", dont_inherit=True) == running
    except (SyntaxError, ValueError):
        return False


def content_hash(data: bytes) -> str:
    r"""Give the BLAKE3 hash of normalised source bytes, as 64 hexadecimal digits.

    >>> content_hash(b"a = 1\r\n") == content_hash(b"a = 1\n")
    True
    """
    from blake3 import blake3

    return blake3(normalised(data)).hexdigest()


def normalised(data: bytes) -> bytes:
    r"""Write source bytes as every system would: LF line ends, no byte order mark.

    >>> normalised(b"\xef\xbb\xbfa\r\nb")
    b'a\nb'
    """
    return data.removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n")


def transform_key(path: Path, root: Path) -> str:
    """Name a file within its project: the POSIX path relative to `root`, or outside of it `file:` and the whole path.

    No two files share a key: below a folder of the project that is itself called `file:` keys begin with `file::`.

    >>> transform_key(Path("/p/notebooks/a.ipynb"), Path("/p")), transform_key(Path("/q/b.py"), Path("/p"))
    ('notebooks/a.ipynb', 'file:/q/b.py')
    """
    real, lexical = root.resolve(), _absolute(path)
    for file, folder in ((lexical, _absolute(root)), (lexical, real), (path.resolve(), real)):
        if file.is_relative_to(folder):
            inside = file.relative_to(folder).as_posix()
            return storable(f"file:{inside.removeprefix('file')}" if _begins_alike(inside) else inside)
    return whole_key(path)


def whole_key(path: Path) -> str:
    """Name a file by its whole path.

    >>> whole_key(Path("/q/b.py"))
    'file:/q/b.py'
    """
    return storable(f"{OUTSIDE}/{_absolute(path).as_posix().lstrip('/')}")


def path_of_key(key: str, root: Path) -> Path:
    """Give the path of the file that `transform_key` names so.

    >>> path_of_key("notebooks/a.ipynb", Path("/p")).as_posix(), path_of_key("file:/q/b.py", Path("/p")).as_posix()
    ('/p/notebooks/a.ipynb', '/q/b.py')
    """
    first, _, rest = key.partition("/")
    if first == OUTSIDE:
        return Path(root.anchor, rest)
    return root / (f"file{key.removeprefix(OUTSIDE)}" if _begins_alike(key) else key)


def _begins_alike(path: str) -> bool:
    """Say whether a path's first part is `file` and nothing but colons."""
    return re.match(r"file:+(/|$)", path) is not None


def storable(text: str) -> str:
    r"""Write a name from the system so that it can be stored as UTF-8: bytes that are not, as escapes.

    >>> storable("r\udce9sum\udce9")
    'r\\udce9sum\\udce9'
    """
    return text.encode("utf-8", "backslashreplace").decode()


def process_facts() -> ProcessFacts:
    """Describe this process; the arguments are `sys.argv` as it is now.

    >>> process_facts().pid == os.getpid()
    True
    """
    import psutil

    argv = [storable(each) for each in getattr(sys, "argv", [])]
    started = psutil.Process().create_time()
    return ProcessFacts(argv, platform.node(), os.getpid(), started, platform.python_version(), storable(_folder()))


def process_alive(host: str, pid: int, pid_started: float) -> bool | None:
    """Tell whether a process of `process_facts` still runs; None when it belongs to another host.

    A later process that got the same id is told apart by its start. A zombie has ended.

    >>> facts = process_facts()
    >>> process_alive(facts.host, facts.pid, facts.pid_started), process_alive("elsewhere", 1, 0.0)
    (True, None)
    """
    import psutil

    if host != platform.node():
        return None
    try:
        process = psutil.Process(pid)
        same = abs(process.create_time() - pid_started) <= START_TOLERANCE
        return same and process.status() not in {psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD}
    except (psutil.NoSuchProcess, ValueError, OverflowError):
        return False
    except psutil.AccessDenied:
        return True


def _frames() -> Iterator[FrameType]:
    frame: FrameType | None = sys._getframe(1)  # noqa: SLF001 - inspect.stack() reads every source file
    while frame is not None:
        yield frame
        frame = frame.f_back


def _is_program(frame: FrameType, path: Path) -> bool:
    """Tell whether a frame is that of the file as `python file.py` or `python -m file` runs it, unchanged by tools."""
    below = frame.f_back.f_code.co_filename if frame.f_back is not None else "<frozen runpy>"
    code = frame.f_code
    return (code.co_name, below) == ("<module>", "<frozen runpy>") and _absolute(Path(code.co_filename)) == path


def _is_users(file: str) -> bool:
    full = _absolute(Path(file))
    if file.startswith("<") or in_environment(str(full)) or not full.is_file():
        return False
    return not str(full).startswith(OWN_FOLDER) or file == getattr(sys.modules.get("__main__"), "__file__", None)


def _absolute(path: Path) -> Path:
    """Make a path absolute without following links, so that a linked script keeps its place in the project."""
    return Path(os.path.normpath(path.absolute()))


def _source(path: Path, data: bytes) -> SourceFacts:
    return SourceFacts(path, normalised(data).decode("utf-8", "replace"), content_hash(data))


def _folder() -> str:
    try:
        return str(Path.cwd())
    except FileNotFoundError:
        return ""
