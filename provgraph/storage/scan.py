"""Find the files of a project that is there already."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final, NoReturn

from provgraph.errors import InvalidValueError, MissingFileError, UnreadableFileError, WrongFileTypeError
from provgraph.probes.environment import ENVIRONMENT_MARKS
from provgraph.storage.seeing import is_file, is_there

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    Excludes = Callable[[str], bool]

SKIPPED: Final = frozenset({"__pycache__", "node_modules", "site-packages"})


def scan(folder: Path, exclude: Sequence[str] = (), closed: list[Path] | None = None) -> Iterator[Path]:
    """Give every file below a folder, sorted, that is the project's own.

    Skipped are hidden files and folders, environments, caches, Nextflow's `work/`, and what the patterns of `exclude`
    match, written as in a .gitignore of the folder. Links to folders are not followed. Folders below it that cannot be
    listed are put into `closed`; without it they are an error.

    Raises `MissingFileError` and `WrongFileTypeError` when there is no such folder, `UnreadableFileError` for a folder
    that cannot be listed, `InvalidValueError` for what is no pattern. Source of the patterns:
    https://git-scm.com/docs/gitignore.
    """
    excludes = _patterns(exclude)
    _check(folder)
    return _found(folder, excludes, closed)


def every_file(folder: Path) -> Iterator[Path]:
    """Give everything below a folder that is no folder, sorted, hidden or not; links to folders are followed.

    provgraph's own folders are left out. Raises what `scan` raises for the folder, `UnreadableFileError` for one below
    it that cannot be listed, and `WrongFileTypeError` for a link that leads back to a folder in which it lies.
    """
    _check(folder)
    for place, folders, files in os.walk(folder, onerror=_refuse, followlinks=True):
        here = Path(place)
        folders[:] = sorted(name for name in folders if not _is_ours(here / name))
        for name in folders:
            _check_link(here / name)
        yield from (here / name for name in sorted(files))


def _check(folder: Path) -> None:
    if not folder.exists():
        raise MissingFileError(f"there is no folder {folder}", "Check the path.")
    if not folder.is_dir():
        what = "a file" if folder.is_file() else "no folder"
        raise WrongFileTypeError(f"{folder} is {what}", "Give a folder, or save the file: pg.Artifact(path).save().")


def _check_link(path: Path) -> None:
    if _is_link(path) and path.resolve() in {each.resolve() for each in path.parents}:
        raise WrongFileTypeError(f"the link {path} leads back to a folder in which it lies", "Remove the link.")


def _is_ours(path: Path) -> bool:
    """Say whether a folder is an instance, or holds the store's copies, beside which the graphs are named."""
    if path.name == ".provgraph":
        return is_there(path / "config.json")
    return path.name == ".store" and any(path.glob("*/graphs"))


def _patterns(exclude: Sequence[str]) -> Excludes:
    if isinstance(exclude, str):
        raise InvalidValueError(f"exclude is the text {exclude!r}", f"Give a list of patterns: [{exclude!r}].")
    if exclude is not None and not hasattr(exclude, "__iter__"):
        raise InvalidValueError(f"exclude={exclude!r} is no list", "Give a list of patterns, such as ['*.tmp'].")
    if not exclude:
        return lambda _: False
    from pathspec import GitIgnoreSpec

    try:
        return GitIgnoreSpec.from_lines(exclude).match_file
    except (ValueError, TypeError, AttributeError) as error:
        raise InvalidValueError(
            f"{list(exclude)} are no patterns ({error})", "Write them as in .gitignore, such as '*.tmp' or 'raw/'."
        ) from error


def _found(folder: Path, excludes: Excludes, closed: list[Path] | None) -> Iterator[Path]:
    def refused(error: OSError) -> None:
        if closed is None or Path(error.filename) == folder:
            _refuse(error)
        closed.append(Path(error.filename))

    for place, folders, files in os.walk(folder, onerror=refused):
        here = Path(place)
        inside = here.relative_to(folder)
        caches = SKIPPED | {"work"} if _is_nextflow([*folders, *files]) else SKIPPED
        folders[:] = sorted(
            name
            for name in folders
            if name not in caches and not _is_skipped(here / name) and not excludes(f"{(inside / name).as_posix()}/")
        )
        for name in sorted(files):
            if not name.startswith(".") and is_file(here / name) and not excludes((inside / name).as_posix()):
                yield here / name


def _refuse(error: OSError) -> NoReturn:
    raise UnreadableFileError(
        f"the folder {error.filename} cannot be listed ({error.strerror})", "Ask its owner, or leave it out."
    ) from error


def _is_skipped(path: Path) -> bool:
    return path.name.startswith(".") or _is_link(path) or any(is_there(path / mark) for mark in ENVIRONMENT_MARKS)


def _is_link(path: Path) -> bool:
    return os.path.islink(path)  # noqa: PTH114 - pathlib raises in a folder that may be listed but not entered


def _is_nextflow(names: Sequence[str]) -> bool:
    return any(name.startswith(".nextflow") or name == "nextflow.config" for name in names)
