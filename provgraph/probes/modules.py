"""The user's own modules that a run imported: the bug that is found later usually sits there."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from functools import cache
from importlib.util import source_from_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from provgraph.probes.code import OWN_FOLDER, content_hash, storable
from provgraph.probes.environment import in_environment

if TYPE_CHECKING:
    from collections.abc import Iterator

LARGEST: Final = 5_000_000
"""Bytes of a module that are kept at most; a larger one is only named."""


@dataclass(frozen=True)
class ModuleFacts:
    """One imported module: its POSIX path below the project's root, its hash (BLAKE3, normalised) and its bytes.

    `changed_since_import` tells that the file is newer than the process, so the bytes may not be what ran. `note`
    says why hash and content are empty: the file is too large or could not be read.
    """

    path: str
    hash: str
    content: bytes
    changed_since_import: bool
    note: str = ""


def local_modules(root: Path, main: Path | None) -> list[ModuleFacts]:
    """List the imported modules whose `.py` file lies below `root`, by path, as they are on disk now.

    Left out are `main` (the script itself), environments below `root`, and provgraph's own files. Nothing is
    imported and nothing is raised: a file that is gone or unreadable is listed with a note.
    """
    folder, started = root.resolve(), _process_start()
    script = main.resolve() if main is not None else None
    files = {real for file in _sources() if (real := _real(file)).is_relative_to(folder)}
    kept = (each for each in files if each != script and not in_environment(str(each), str(folder)))
    return sorted((_facts(each, folder, started) for each in kept), key=lambda facts: facts.path)


def _sources() -> Iterator[str]:
    """Give the source files of all imported modules; a `.pyc` stands for the `.py` beside it."""
    main = sys.modules.get("__main__")
    for module in list(sys.modules.values()):
        file = getattr(module, "__file__", None)
        if module is main or not isinstance(file, str) or file.startswith(OWN_FOLDER) or in_environment(file):
            continue
        if source := _source_file(file):
            yield source


def _source_file(file: str) -> str | None:
    if file.endswith(".py"):
        return file
    if not file.endswith(".pyc"):
        return None
    try:
        source = source_from_cache(file)
    except (ValueError, NotImplementedError):
        source = file.removesuffix("c")
    return source if Path(source).is_file() else None


def _real(file: str) -> Path:
    """Follow links, a folder once for all of its files."""
    path = Path(file)
    real = _real_folder(path.parent) / path.name
    return real.resolve() if real.is_symlink() else real


@cache
def _real_folder(folder: Path) -> Path:
    return folder.resolve()


def _facts(file: Path, root: Path, started: float) -> ModuleFacts:
    path = storable(file.relative_to(root).as_posix())
    try:
        state = file.stat()
        if state.st_size > LARGEST:
            return ModuleFacts(path, "", b"", state.st_mtime > started, f"not kept: {state.st_size} bytes")
        content = file.read_bytes()
    except OSError as error:
        return ModuleFacts(path, "", b"", changed_since_import=True, note=f"not read: {error.strerror}")
    return ModuleFacts(path, content_hash(content), content, state.st_mtime > started)


def _process_start() -> float:
    """Give when this process started, at the latest: the system counts from the boot, which it knows to a second."""
    import psutil

    return psutil.Process().create_time() + 1
