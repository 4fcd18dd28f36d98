"""`provgraph add`: take in the files of a project that is there already, in place and without a run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from provgraph.errors import check_flags
from provgraph.registries import Artifact
from provgraph.storage.keys import given_path
from provgraph.storage.progress import Progress
from provgraph.storage.scan import scan
from provgraph.store import current
from provgraph.store.messages import warn
from provgraph.words import counted

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

    A folder below it that cannot be listed is named and left out. Raises `MissingFileError`, `WrongFileTypeError` and
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
    if dry_run or current.is_off():
        return files
    store = current.store()
    base = store.instance.root if root.is_relative_to(store.instance.root) else root.parent
    with Progress("adding files", total=len(files)) as progress:
        for batch in _batches(files):
            store.save([Artifact(file, file.relative_to(base).as_posix(), run=False, copy=False) for file in batch])
            progress.advance(len(batch))
    return files


def _batches(files: Sequence[Path]) -> Iterator[Sequence[Path]]:
    for start in range(0, len(files), BATCH):
        yield files[start : start + BATCH]
