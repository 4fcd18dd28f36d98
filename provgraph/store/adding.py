"""`provgraph add`: take in the files of a project that is there already, in place and without a run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from provgraph import uids
from provgraph.errors import FileChangedError, InvalidKeyError, NoInstanceError, StorageError, check_flags
from provgraph.models import now_us
from provgraph.probes.code import whole_key
from provgraph.registries import Artifact
from provgraph.storage.hashing import file_error, hash_files
from provgraph.storage.keys import check_key, given_path, upwards, working_directory
from provgraph.storage.progress import Progress
from provgraph.storage.scan import scan
from provgraph.store import current
from provgraph.store.instances import instance
from provgraph.store.messages import say, warn
from provgraph.words import first_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from provgraph.store.store import Store

BATCH: Final = 500
"""Files a transaction takes; what is done stays done when the rest is interrupted."""


def add(folder: str | Path, *, exclude: Sequence[str] = (), dry_run: bool = False) -> list[Path]:
    """Register every file below a folder as an artifact without a producer, where it lies, and give the files.

    Hidden folders, environments, `.snakemake` and Nextflow's `work/` are skipped, and what matches a pattern of
    `exclude` (as in .gitignore). `dry_run` only gives the files. Safe to repeat: hashes are remembered, known files
    are found again.

    A folder below it that cannot be listed is named and left out, and so is a file that cannot be read, or is no longer
    there when it is its turn, and one whose name cannot be a key. The key of one that lies in the storage is its path
    there, else its path in the project; that of one outside of the project, or whose path is also that of a file
    in the storage, is its whole path, after `file:`.
    Raises `MissingFileError`, `WrongFileTypeError` and `UnreadableFileError` when there is no such folder or it cannot
    be listed. Writes an Artifact for each new file.

    >>> for name in ("a.csv", "b.tmp"):
    ...     Path("data").mkdir(exist_ok=True)
    ...     size = Path("data", name).write_text(name)
    >>> [file.name for file in pg.add("data", exclude=["*.tmp"])]
    ['a.csv']
    >>> pg.Artifact.get(key="data/a.csv").run is None
    True
    """
    check_flags(dry_run=dry_run)
    only_looks = dry_run or current.is_off()
    there = current.found()
    project = there.root if there else _planned(only_looks=only_looks)
    root = _within(upwards(given_path(folder, "folder")), project)
    closed: list[Path] = []
    files = list(scan(root, exclude, closed))
    if closed:
        names = [str(each) for each in closed]
        warn(f"nothing in {first_of(names, 3)} is added: what is there cannot be listed")
    keys = _keys(files, project)
    left = _closed(files) if only_looks else _save(current.store(), keys)
    if left:
        warn(f"{first_of(list(left.values()), 3, '; ')}: left out")
    return [file for file in keys if file not in left]


def _planned(*, only_looks: bool) -> Path:
    """Give the folder of the project that would be made; who only looks needs none."""
    here = working_directory()
    try:
        return instance.default_root(here)
    except NoInstanceError:
        if only_looks:
            return here
        raise


def _within(folder: Path, project: Path) -> Path:
    """Give a folder by its way through the project, also when links lead there."""
    real, root = folder.resolve(), project.resolve()
    is_linked = not folder.is_relative_to(project) and real.is_relative_to(root)
    return project / real.relative_to(root) if is_linked else folder


def _closed(files: Sequence[Path]) -> dict[Path, str]:
    """Say which of the files cannot be opened, without reading any."""
    closed = {}
    for file in files:
        try:
            file.open("rb").close()
        except OSError as error:
            closed[file] = file_error(file, error).happened
    return closed


def _keys(files: Sequence[Path], base: Path) -> dict[Path, str]:
    """Give the files whose paths below the project, else whole paths, can be keys, with these; name the others."""
    keys, unfit = {}, []
    for file in files:
        own = file.relative_to(base).as_posix() if file.is_relative_to(base) else whole_key(file)
        try:
            keys[file] = check_key(own)
        except InvalidKeyError as error:
            unfit.append(error.happened)
    if unfit:
        warn(f"{first_of(unfit, 3, '; ')}: left out, rename to add")
    return keys


def _save(store: Store, keys: dict[Path, str]) -> dict[Path, str]:
    """Save the files, those that lie in the storage under their paths there, and name those that have changed.

    Gives those that were left out, with the reason.
    """
    files, begun = list(keys), now_us()
    new, changed = 0, list[str]()
    left: dict[Path, str] = {}
    with Progress("adding files", total=len(files)) as progress:
        for start in range(0, len(files), BATCH):
            batch = files[start : start + BATCH]
            for file, place in zip(batch, store.files.places(batch), strict=True):
                in_storage = place.placed == "root"
                keys[file] = place.location if in_storage else store.files.key_beside(keys[file], file)
            artifacts = _saved(store, {file: keys[file] for file in batch}, left)
            fresh = [each for each in artifacts if each.created_us >= begun]
            new += len(fresh)
            changed += [str(each.key) for each in fresh if uids.number(each.uid)]
            progress.advance(len(batch))
    if known := len(files) - len(left) - new:
        say(f"{known:,} of the files were known already")
    if changed:
        say(f"{first_of(changed, 3)} changed since, and became a new version")
    return left


def _saved(store: Store, keys: dict[Path, str], left: dict[Path, str]) -> list[Artifact]:
    """Save files in one transaction; those that cannot be read are left out."""
    while files := [file for file in keys if file not in left]:
        try:
            artifacts = [Artifact(file, keys[file], run=False, copy=False) for file in files]
            store.save(artifacts)
        except StorageError as error:
            faults = _faults(store, files)
            if not faults and not isinstance(error, FileChangedError):  # who wrote it may be done by now
                raise
            left.update(faults)
        else:
            return artifacts
    return []


def _faults(store: Store, files: Sequence[Path]) -> dict[Path, str]:
    """Read each file, and say which cannot be; the others' hashes are remembered."""
    faults = {}
    for file in files:
        try:
            hash_files([file], memory=store.files.memory)
        except StorageError as error:
            faults[file] = error.happened
    return faults
