"""Find out that the code runs in a notebook's kernel, which cells ran, and which file the notebook is.

A kernel is not told its notebook, so the ways to find it are tried from the surest to the dearest: VS Code's variable,
papermill's parameters, the environment of Jupyter's server, its sessions, and at last the notebooks themselves.
"""

from __future__ import annotations

import os
import re
import sys
import textwrap
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from provgraph.errors import InvalidValueError, ProvgraphError, UsageError
from provgraph.probes import ipynb
from provgraph.probes.environment import ENVIRONMENT_MARKS
from provgraph.probes.sessions import existing_notebook, session_notebook

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

How = Literal["path", "vscode", "papermill", "session", "cells"]

NOTEBOOKS: Final = 2_000
"""Notebooks that are read at most to find the one whose cells were executed."""
FOLDERS: Final = 10_000
"""Folders that are looked into at most."""
SKIPPED: Final = frozenset({"__pycache__", "node_modules", "site-packages", "dist-packages"})
_taken: dict[Path, set[str]] = {}
"""Notebooks that were taken for the running one by their cells alone, with the cells they had."""
WORDS: Final = re.compile(r"[A-Za-z0-9_ .]+")


@dataclass(frozen=True)
class NotebookFacts:
    """The file of the running notebook, the name in its first heading (or None), and how it was found."""

    path: Path
    name: str | None
    how: How


def in_notebook() -> bool:
    """Tell whether this code runs in an ipykernel; False in scripts and in IPython's terminal.

    >>> in_notebook()
    False
    """
    shell = _shell()
    return shell is not None and hasattr(shell, "kernel") and "IPKernelApp" in getattr(shell, "config", {})


def executed_cells() -> list[str]:
    """Give the sources of the cells that this kernel executed, in their order, the running one included.

    A cell that ran twice is there twice, as it was each time. Empty outside of IPython.

    >>> executed_cells()
    []
    """
    history = getattr(_shell(), "history_manager", None)
    return [str(each) for each in getattr(history, "input_hist_raw", [])[1:]]


def find_notebook(
    root: Path,
    cells: list[str],
    hint: Path | None = None,
    namespace: Mapping[str, object] | None = None,
) -> NotebookFacts:
    """Find the file of the running notebook.

    `root` is the folder below which notebooks are searched when none below the working directory fits, `cells` what was
    executed, `hint` the path a user gave (relative to the working directory), `namespace` the user's variables (by
    default those of the kernel).

    Raises `UsageError` when nothing names the notebook, `InvalidValueError` when several notebooks begin with the
    executed cells or `hint` is no .ipynb file, and a `StorageError` when `hint` cannot be read.
    """
    if hint is not None:
        return _given(hint.expanduser().absolute())
    variables = _variables() if namespace is None else namespace
    ways: dict[How, Iterator[Path | None]] = {
        "vscode": _vscode(variables),
        "papermill": _papermill(variables, cells),
        "session": _session(),
    }
    for how, found in ways.items():
        if path := next(filter(None, found), None):
            return NotebookFacts(path, _name(path), how)
    path = _by_cells(root, cells)
    _taken[path] = _code(path)
    return NotebookFacts(path, _name(path), "cells")


def mismatch(path: Path, cells: list[str]) -> str | None:
    """Say that this notebook has not a cell that was executed, when nothing but its first cells named it; say it once.

    Another notebook that begins alike may run from memory, where it has no file. None while all cells are its own, also
    such as were written into it since.
    """
    if path not in _taken:
        return None
    executed = _comparable(cells)
    if not all(cell in _taken[path] for cell in executed):
        _taken[path] |= _code(path)
    strange = next((cell for cell in executed if cell not in _taken[path]), None)
    if strange is None:
        return None
    del _taken[path]
    shown = textwrap.shorten(strange, 60)
    return (
        f"{path.name} was taken for the notebook that runs here, as it begins with the same cells, but it has no cell "
        f"{shown!r}: if another one runs, name it: pg.track(path='analysis.ipynb')"
    )


def matching_notebooks(root: Path, cells: list[str]) -> list[Path]:
    """List the notebooks below `root` that begin with the executed cells, the nearest to `root` first.

    Hidden folders, environments, checkpoints and nbconvert's copies are passed over, damaged files too. Papermill's
    injected parameters and cells tagged `skip-execution` are allowed for. Files are only read.
    """
    executed = _comparable(cells)
    if not executed:
        return []
    needle = max(WORDS.findall("\n".join(executed)), key=len, default="").encode()
    found = [path for path in _notebooks(root.absolute()) if _begins_with(path, executed, needle)]
    copies = {path.with_name(f"{path.stem}.nbconvert.ipynb") for path in found}
    return _originals([path for path in found if path not in copies])


def _originals(found: list[Path]) -> list[Path]:
    """Leave out what papermill wrote, while there is a notebook that it did not write."""
    return [path for path in found if not ipynb.is_papermills(path)] or found if len(found) > 1 else found


def _shell() -> Any:
    module = sys.modules.get("IPython")
    return module.get_ipython() if module is not None and hasattr(module, "get_ipython") else None


def _variables() -> Mapping[str, object]:
    return getattr(_shell(), "user_ns", None) or {}


def _name(path: Path) -> str | None:
    try:
        return ipynb.first_heading(ipynb.read_cells(path))
    except ProvgraphError:
        return None


def _given(path: Path) -> NotebookFacts:
    cells = ipynb.read_cells(path)
    if path.suffix != ".ipynb":
        happened = f"path={str(path)!r} is not a notebook: its suffix is {path.suffix!r}"
        raise InvalidValueError(happened, "Give the path of the .ipynb file that runs.")
    return NotebookFacts(path, ipynb.first_heading(cells), "path")


def _vscode(variables: Mapping[str, object]) -> Iterator[Path | None]:
    if named := variables.get("__vsc_ipynb_file__"):
        yield existing_notebook(Path(str(named)))


def _papermill(variables: Mapping[str, object], cells: list[str]) -> Iterator[Path | None]:
    """Follow `--inject-paths`, whose parameters are relative to papermill's folder; the environment may be another's.

    Source: https://papermill.readthedocs.io/en/latest/usage-cli.html
    """
    for key in ("PAPERMILL_INPUT_PATH", "PAPERMILL_OUTPUT_PATH"):
        if named := variables.get(key):
            yield existing_notebook(Path(str(named)))
            yield existing_notebook(_parent_folder() / str(named))
        if (named := os.environ.get(key)) and (path := existing_notebook(Path(named))):
            yield path if _begins_with(path, _comparable(cells), b"") else None


def _session() -> Iterator[Path | None]:
    """Follow the server's variable, unless this process only inherited it from another notebook; then its sessions."""
    named = os.environ.get("JPY_SESSION_NAME")
    if named and _parent_environment().get("JPY_SESSION_NAME") != named:
        yield existing_notebook(Path(named))
    if file := _connection_file():
        yield session_notebook(file.stem.removeprefix("kernel-"), file.parent)


def _connection_file() -> Path | None:
    """Give this kernel's own file in the runtime folder; its name holds the kernel's id."""
    module = sys.modules.get("ipykernel.connect")
    try:
        return Path(module.get_connection_file()) if module is not None else None
    except (RuntimeError, OSError):
        return None


def _by_cells(root: Path, cells: list[str]) -> Path:
    named = _named_by_parent()
    candidates = _originals([path for path in named if _begins_with(path, _comparable(cells), b"")])
    places = dict.fromkeys((Path.cwd(), root.absolute()))
    found = candidates or next(filter(None, (matching_notebooks(place, cells) for place in places)), [])
    if not found:
        happened = f"nothing names the notebook that runs here, and none below {root} begins with the executed cells"
        raise UsageError(happened, "Name it: pg.track(path='analysis.ipynb').")
    if len(found) > 1:
        listed = ", ".join(str(path) for path in found)
        happened = f"{len(found)} notebooks begin with the executed cells: {listed}"
        first = os.path.relpath(found[0])
        raise InvalidValueError(happened, f"Say which one runs: pg.track(path={first!r}).")
    return found[0]


def _named_by_parent() -> list[Path]:
    """List the notebooks on the command line that started this kernel."""
    import psutil

    try:
        command = psutil.Process(os.getppid()).cmdline()
    except (psutil.Error, OSError):
        return []
    folder = _parent_folder()
    return list(dict.fromkeys(path for word in command if (path := existing_notebook(folder / word))))


def _parent_folder() -> Path:
    import psutil

    try:
        return Path(psutil.Process(os.getppid()).cwd())
    except (psutil.Error, OSError):
        return Path.cwd()


def _parent_environment() -> dict[str, str]:
    import psutil

    try:
        return psutil.Process(os.getppid()).environ()
    except (psutil.Error, OSError):
        return {}


def _notebooks(root: Path) -> Iterator[Path]:
    """Walk breadth first, so that what lies near the root is within the bounds."""
    waiting, room = [root], NOTEBOOKS
    for folder in waiting:
        below, notebooks = _look_into(folder)
        yield from notebooks[:room]
        room = max(room - len(notebooks), 0)
        waiting.extend(below[: max(FOLDERS - len(waiting), 0)] if room else [])


def _look_into(folder: Path) -> tuple[list[Path], list[Path]]:
    try:
        with os.scandir(folder) as scan:
            entries = sorted((each for each in scan if not each.name.startswith(".")), key=lambda each: each.name)
    except OSError:
        return [], []
    if {*ENVIRONMENT_MARKS} & {each.name for each in entries}:
        return [], []
    below = [folder / each.name for each in entries if each.is_dir(follow_symlinks=False) and each.name not in SKIPPED]
    return below, [folder / each.name for each in entries if each.name.endswith(".ipynb") and each.is_file()]


def _comparable(cells: list[str]) -> list[str]:
    """Drop what does not tell notebooks apart: blank cells, trailing blanks, papermill's injected parameters."""
    texts = [cell.replace("\r\n", "\n").rstrip() for cell in cells]
    return [text for text in texts if text and text.partition("\n")[0] != "# Parameters"]


def _code(path: Path) -> set[str]:
    try:
        return set(_comparable([cell.source for cell in ipynb.read_cells(path) if cell.kind == "code"]))
    except ProvgraphError:
        return set()


def _begins_with(path: Path, executed: list[str], needle: bytes) -> bool:
    """Tell whether a notebook's code begins with the executed cells; `needle` spares parsing most of the others."""
    try:
        data = ipynb.read_bytes(path)
        if needle not in data:
            return False
        code = _comparable([cell.source for cell in ipynb.parse_cells(data, path) if cell.executes])
    except ProvgraphError:
        return False
    return bool(executed) and code[: len(executed)] == executed
