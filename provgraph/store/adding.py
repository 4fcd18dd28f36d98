"""`provgraph add`: take in the files of a project that is there already, in place and without a run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from provgraph.errors import InvalidKeyError, check_flags
from provgraph.registries import Artifact
from provgraph.storage.keys import check_key, given_path
from provgraph.storage.progress import Progress
from provgraph.storage.scan import scan
from provgraph.store import current
from provgraph.store.messages import warn
from provgraph.words import counted, first_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

BATCH: Final = 500
"""Files a transaction takes; what is done stays done when the rest is interrupted."""


def add(folder: str | Path, *, exclude: Sequence[str] = (), dry_run: bool = False) -> list[Path]:
    """Register every file below a folder as an artifact without a producer, where it lies, and give the files.

    Hidden folders, environments, `.snakemake` and Nextflow's `work/` are skipped, and what matches a pattern of
    `exclude` (as in .gitignore). `dry_run` only gives the files. Safe to repeat: hashes are remembered, known files
    are found again.

    A folder below it that cannot be listed is named and left out, and so is a file whose name cannot be a key. One that
    lies in the storage has its path there as its key. Raises `MissingFileError`, `WrongFileTypeError` and
    `UnreadableFileError` when there is no such folder or it cannot be listed. Writes an Artifact for each new
    file.

    >>> for name in ("a.csv", "b.tmp"):
    ...     Path("data").mkdir(exist_ok=True)
    ...     size = Path("data", name).write_text(name)
    >>> [file.name for file in pg.add("data", exclude=["*.tmp"])]
    ['a.csv']
    >>> pg.Artifact.get(key="data/a.csv").run is None
    True
    """
    check_flags(dry_run=dry_run)
    root = given_path(folder, "folder")
    closed: list[Path] = []
    files = list(scan(root, exclude, closed))
    if closed:
        others = f" and {counted(len(closed) - 1, 'other folder')}" if len(closed) > 1 else ""
        warn(f"{closed[0]}{others} cannot be listed: nothing in there is added")
    files = _without_unfit(files, root)
    if dry_run or current.is_off():
        return files
    store = current.store()
    base = store.instance.root if root.is_relative_to(store.instance.root) else root.parent
    with Progress("adding files", total=len(files)) as progress:
        for batch in _batches(files):
            keys = [
                place.location if place.placed == "root" else file.relative_to(base).as_posix()
                for file, place in zip(batch, store.files.places(batch), strict=True)
            ]
            store.save([Artifact(*each, run=False, copy=False) for each in zip(batch, keys, strict=True)])
            progress.advance(len(batch))
    return files


def _without_unfit(files: Sequence[Path], root: Path) -> list[Path]:
    """Give the files whose names can be keys; name the others."""
    fit, unfit = [], []
    for file in files:
        try:
            check_key(file.relative_to(root.parent).as_posix())
        except InvalidKeyError as error:
            unfit.append(error.happened)
        else:
            fit.append(file)
    if unfit:
        warn(f"{first_of(unfit, 3, '; ')}: left out, rename to add")
    return fit


def _batches(files: Sequence[Path]) -> Iterator[Sequence[Path]]:
    for start in range(0, len(files), BATCH):
        yield files[start : start + BATCH]
