"""How an instance and the copies in its storage are removed: all that can be, and what cannot is named."""

from __future__ import annotations

import errno
import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from provgraph.errors import ReadOnlyStorageError, StorageError
from provgraph.store.instances.instance import CONFIG

if TYPE_CHECKING:
    from provgraph.store.instances.instance import Instance

Fault = tuple[str, OSError]
"""What could not be removed, and why."""


def remove(instance: Instance) -> None:
    """Remove `.provgraph/`; a storage inside it stays while files lie there that provgraph did not write.

    The configuration goes last, so that this can be repeated. Raises what `remove_tree` raises.
    """
    folder, storage = instance.folder, instance.storage
    inside = storage.is_relative_to(folder) and storage != folder
    is_used = inside and any(not path.is_dir() for path in storage.rglob("*"))
    kept = {CONFIG, ".gitignore"} if is_used else {CONFIG}
    faults: list[Fault] = []
    for each in folder.iterdir() if folder.is_dir() else ():
        if each.name not in kept and not (inside and storage.is_relative_to(each)):
            _remove(each, faults)
    _raise(folder, faults)
    remove_tree(folder / CONFIG if is_used else folder)


def remove_tree(folder: Path) -> None:
    """Remove a folder with all in it, or a file, and of a link also what it leads to; not being there is no error.

    All is removed that can be. Raises `ReadOnlyStorageError` or `StorageError`, which names the first that cannot.
    """
    faults: list[Fault] = []
    _remove(folder, faults)
    _raise(folder, faults)


def _remove(path: Path, faults: list[Fault]) -> None:
    """Remove what is at a path, and what it leads to first; note what cannot be removed."""
    before = len(faults)
    _clear(Path(os.path.realpath(path)), faults)
    if path.is_symlink() and len(faults) == before:
        _clear(path, faults)


def _raise(folder: Path, faults: list[Fault]) -> None:
    """Raise an error of ours for the first fault, if there is one."""
    if faults:
        path, error = faults[0]
        kind = ReadOnlyStorageError if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS) else StorageError
        raise kind(
            f"{path} cannot be removed ({error.strerror}), so what is left of {folder} stays",
            "Mend that, and delete again: provgraph delete --force.",
        )


def _clear(path: Path, faults: list[Fault]) -> None:
    """Remove what is at a path, links as they are, and note what cannot be."""

    def note(_: object, name: str, error: BaseException) -> None:
        if isinstance(error, OSError) and not isinstance(error, FileNotFoundError):  # another one may remove it as well
            faults.append((name, error))

    try:
        if path.is_symlink() or not path.is_dir():
            path.unlink(missing_ok=True)
        elif sys.version_info >= (3, 12):
            shutil.rmtree(path, onexc=note)
        else:
            shutil.rmtree(path, onerror=lambda call, name, found: note(call, name, found[1]))
    except OSError as error:
        faults.append((str(path), error))
