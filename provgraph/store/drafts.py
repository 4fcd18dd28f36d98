"""The executed cells of notebooks, on disk until their run ends; those of a dead kernel become its run's report."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from provgraph.errors import ProvgraphError
from provgraph.registries import Artifact, Run
from provgraph.store.messages import warn
from provgraph.store.saving.artifacts import Item
from provgraph.store.saving.intents import Save

if TYPE_CHECKING:
    from pathlib import Path

    from provgraph.store.store import Store

FOLDER: Final = "runs"
SUFFIX: Final = ".ipynb"


def draft(store: Store, run: str) -> Path:
    """Name the file that holds the cells of a run which is on."""
    return store.instance.folder / FOLDER / f"{run}{SUFFIX}"


def keep_left(store: Store) -> None:
    """Write the cells that kernels left as reports of their runs, once these are known to be abandoned.

    What keeps that from being done is said, and the cells stay where they are.
    """
    left = {path.stem: path for path in (store.instance.folder / FOLDER).glob(f"*{SUFFIX}")}
    if not left or store.ledger.apart:
        return
    for run in _abandoned(list(left)):
        try:
            _keep(store, run, left[run.uid])
        except (ProvgraphError, OSError) as error:
            warn(f"cells of a kernel that died stay in {left[run.uid]}: {error}")


def _abandoned(uids: list[str]) -> list[Run]:
    try:
        return Run.filter(uid__in=uids, status="abandoned").list()
    except ProvgraphError:  # the next process that opens the store asks again
        return []


def _keep(store: Store, run: Run, path: Path) -> None:
    """Write the cells in the name of whose run it was."""
    placed = store.files.take_bytes(path.read_bytes(), SUFFIX)
    report = Artifact.hidden("report", run.transform.key if run.transform else None, SUFFIX)
    store.ledger.write(Save(items=[Item(report, placed, run.uid, "report")]), run.created_by or store.user)
    path.unlink(missing_ok=True)
