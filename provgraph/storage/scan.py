"""Find the files of a project that is there already."""

from __future__ import annotations

import fnmatch
import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

from provgraph.errors import MissingFileError, WrongFileTypeError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

SKIPPED: Final = frozenset({"__pycache__", "node_modules", "site-packages"})
ENVIRONMENT_MARKS: Final = ("pyvenv.cfg", "conda-meta")


def scan(folder: Path, exclude: Sequence[str] = ()) -> Iterator[Path]:
    """Give every file below a folder, sorted, that is the project's own.

    Skipped are hidden files and folders, environments, caches, Nextflow's `work/`, what cannot be listed, and what a
    pattern of `exclude` matches, relative to the folder. Links to folders are not followed.

    Raises `MissingFileError` and `WrongFileTypeError` when there is no such folder.
    """
    if not folder.exists():
        raise MissingFileError(f"there is no folder {folder}", "Check the path.")
    if not folder.is_dir():
        raise WrongFileTypeError(f"{folder} is a file", "Give a folder, or save the file: pg.Artifact(path).save().")
    for place, folders, files in os.walk(folder):
        here = Path(place)
        folders[:] = sorted(name for name in folders if not _is_skipped(here / name, folder, exclude))
        for name in sorted(files):
            path = here / name
            if not name.startswith(".") and path.is_file() and not _matches(path, folder, exclude):
                yield path


def _is_skipped(path: Path, folder: Path, exclude: Sequence[str]) -> bool:
    return (
        path.name.startswith(".")
        or path.name in SKIPPED
        or path.is_symlink()
        or any((path / mark).exists() for mark in ENVIRONMENT_MARKS)
        or (path.name == "work" and _is_nextflow(path))
        or _matches(path, folder, exclude)
    )


def _is_nextflow(path: Path) -> bool:
    return any(path.parent.glob(".nextflow*")) or (path.parent / "nextflow.config").exists()


def _matches(path: Path, folder: Path, exclude: Sequence[str]) -> bool:
    relative = path.relative_to(folder).as_posix()
    return any(
        fnmatch.fnmatch(relative, pattern.rstrip("/")) or fnmatch.fnmatch(path.name, pattern.rstrip("/"))
        for pattern in exclude
    )
