"""`pg.gc()`: find and remove what a crash left behind, and nothing else."""

from __future__ import annotations

import contextlib
import re
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from provgraph import statements, uids
from provgraph.errors import InvalidValueError, UsageError, check_flags
from provgraph.models import now_us
from provgraph.registries import Artifact, Run
from provgraph.storage import durable
from provgraph.storage.content import DRAFTS
from provgraph.store import current, sharing
from provgraph.store.instances import schema
from provgraph.store.instances.mark import marks, waiting
from provgraph.words import counted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from provgraph.store.store import Store

SAFE: Final = 24.0
"""Hours that a file is left alone; a save that began later than that ago may still want it."""
YOUNGEST: Final = 12.0
"""The fewest hours: twice the age at which a copy that is wanted again is made young."""
AT_ONCE: Final = 1_000
"""Copies that one statement asks for."""
COPY: Final = re.compile(r"[0-9a-f]{64}(?=\.|$)")
"""How the name of a copy begins: its hash."""
DIGITS: Final = 32
DRAFT: Final = re.compile(rf"\..+\.[0-9a-f]{{{DIGITS}}}")
"""The name of a file that was being written, see `provgraph.storage.durable`."""


@dataclass(frozen=True)
class Leftover:
    """A file that nothing needs: where it is, its `size` in bytes, and what it was."""

    path: Path
    size: int
    what: str

    def __str__(self) -> str:
        """Say it on one line."""
        return f"{self.path}: {self.what}, {counted(self.size, 'byte')}"


def gc(*, dry_run: bool = False, older_than: float = SAFE) -> list[Leftover]:
    """Remove the files that a crash left behind, and give them; `dry_run` only gives them.

    These are copies in the storage that no artifact of the graph has (deleted artifacts count, they can come back),
    files that were being written, and the kept cells of notebooks that are in the report of their run. Files younger
    than `older_than` hours are left alone: a save that goes on may want them. Nothing else is removed, and the graph is
    not changed.

    Raises `InvalidValueError` for fewer than 12 hours, `UsageError` when copies were also stored for another graph,
    or calls wait in the spool that cannot be brought in, which may want them, and `NoInstanceError` when there is no
    instance.

    >>> size = Path("a.txt").write_text("1")
    >>> saved = pg.Artifact("a.txt", key="a.txt").save()
    >>> pg.gc(dry_run=True)
    []
    """
    if isinstance(older_than, bool) or not isinstance(older_than, int | float) or not older_than >= YOUNGEST:
        raise InvalidValueError(f"older_than={older_than!r} hours is not safe", f"Give {YOUNGEST:g} or more.")
    check_flags(dry_run=dry_run)
    store = current.existing()
    _refuse_other_graphs(store)
    _refuse_waiting(store)
    before = now_us() / 1e6 - older_than * 3600
    found = [*_copies(store, before), *_drafts(store, before), *_cells(store, before)]
    return found if dry_run else [each for each in found if _removed(store, each, before)]


def _refuse_other_graphs(store: Store) -> None:
    copies, known = store.files.content.root, marks(store.root, store.files.root)
    own = known if store.instance.url is None else set(map(waiting, known))
    own.add(schema.known_identity(store.engine) or "")
    if others := [line for graph, line in sharing.noted(copies).items() if graph not in own]:
        raise UsageError(
            f"copies in {copies} were also stored for other graphs, which may want them",
            f"Once those are gone for good, take their lines out of the file '{sharing.GRAPHS}' there: "
            f"{'; '.join(others)}.",
        )


def _refuse_waiting(store: Store) -> None:
    store.ledger.bring_in()
    if left := store.ledger.spool.left():
        raise UsageError(
            f"calls that are not in the graph wait in {store.ledger.spool.folder}, and may want copies",
            f"Remove what is not wanted there: {'; '.join(left)}.",
        )


def _copies(store: Store, before: float) -> Iterator[Leftover]:
    """Give the old copies whose hash no artifact has."""
    old = [path for path in sorted(store.files.content.root.glob("??/*")) if _is_old(path, before)]
    hashed = [(found[0], path) for path in old if (found := COPY.match(path.name))]
    for start in range(0, len(hashed), AT_ONCE):
        some = hashed[start : start + AT_ONCE]
        known = _known(store, [hash_ for hash_, _ in some])
        lost = [path for hash_, path in some if hash_ not in known]
        yield from _leftovers(lost, "a copy that no artifact has")


def _known(store: Store, hashes: Sequence[str]) -> set[str]:
    return set(store.engine.read(statements.load("gc/known"), hashes=list(hashes))[0][0])


def _drafts(store: Store, before: float) -> Iterator[Leftover]:
    """Give what was being written when its process ended."""
    copies = store.files.content.root
    folders = (store.instance.folder, store.instance.folder / "runs", copies, *copies.glob("??"))
    named = [path for folder in folders for path in folder.glob(".*") if DRAFT.fullmatch(path.name)]
    found = (*named, *(copies / DRAFTS).glob("*"), *_drafts_beside(store))
    yield from _leftovers([path for path in found if _is_old(path, before)], "a file that was being written")


def _drafts_beside(store: Store) -> Iterator[Path]:
    """Give the drafts of files in the storage that a restore was bringing back; others' hidden files are like them."""
    begins: dict[Path, set[str]] = defaultdict(set)
    for location, root in Artifact.filter(space=store.space, placed="root").list("location", "storage__root"):
        path = store.files.now(root) / location
        begins[path.parent].add(durable.draft_of(path.name))
    for folder, known in begins.items():
        hidden = [path for path in folder.glob(".*") if DRAFT.fullmatch(path.name)]
        yield from (path for path in hidden if path.name[:-DIGITS] in known)


def _cells(store: Store, before: float) -> Iterator[Leftover]:
    """Give the kept cells of runs that have them as their report: its process was killed before it removed them."""
    old = [path for path in (store.instance.folder / "runs").glob("*.ipynb") if _is_old(path, before)]
    kept = set(Run.filter(uid__in=[path.stem for path in old], report__kind="report").uids()) if old else set()
    yield from _leftovers([path for path in old if path.stem in kept], "cells of a notebook that are in its report")


def _is_old(path: Path, before: float) -> bool:
    try:
        status = path.lstat()
    except OSError:
        return False
    return max(status.st_mtime, status.st_ctime) < before


def _leftovers(paths: Sequence[Path], what: str) -> Iterator[Leftover]:
    """Give those that are still there: somebody else may remove the same ones at once."""
    for path in paths:
        with contextlib.suppress(FileNotFoundError):
            yield Leftover(path, path.lstat().st_size, what)


def _removed(store: Store, leftover: Leftover, before: float) -> bool:
    """Remove a file; False when it is wanted meanwhile, or somebody else has removed it."""
    drafts = store.files.content.root / DRAFTS
    hash_ = COPY.match(leftover.path.name)
    with contextlib.suppress(FileNotFoundError):
        if hash_ is not None and leftover.path.parent != drafts:
            return _removed_copy(store, leftover.path, drafts / f"{leftover.path.name}.{uids.new('Writer')}", before)
        leftover.path.unlink()
        return True
    return False


def _removed_copy(store: Store, path: Path, aside: Path, before: float) -> bool:
    """Remove a copy, unless it is wanted: out of sight first, so that whoever comes now writes it anew.

    `aside` is no other process's, which may remove the same copy, and the one that is written anew.
    """
    durable.make_folder(aside.parent)
    path.rename(aside)
    if aside.lstat().st_mtime >= before or _known(store, [path.name.partition(".")[0]]):
        aside.rename(path)
        return False
    aside.unlink()
    return True
