"""`pg.use()`: a run takes a raw file that nobody registered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from provgraph.errors import NotTrackingError
from provgraph.probes.code import transform_key
from provgraph.registries import Artifact
from provgraph.storage.hashing import file_status
from provgraph.storage.keys import given_path
from provgraph.store import current
from provgraph.store.files import Source
from provgraph.store.saving.artifacts import Item
from provgraph.store.saving.intents import Use

if TYPE_CHECKING:
    from pathlib import Path


def use(path: str | Path, *, key: str | None = None, description: str | None = None) -> Path:
    """Record that the run which is on reads this file, and give its path.

    It is the artifact that lies there, or the one whose key is its path in the storage or the project (`key` names
    another), with its origin; else it becomes an artifact without a producer, registered where it lies. Equal content
    under another key is another file, and a file that has changed since it was recorded a new version of it; both are
    only said. Writes the Artifact (when new) and its INPUT_OF.

    Raises `NotTrackingError` when no run is on, and the errors of a file that cannot be read.

    >>> size = Path("raw.csv").write_text("1")
    >>> run = pg.track(transform=pg.Transform(name="nightly", type="function"))
    >>> pg.use("raw.csv").read_text()
    '1'
    >>> run.inputs.list("key")
    ['raw.csv']
    >>> pg.finish()
    """
    file = given_path(path)
    if current.is_off():
        file_status(file)
        return file
    store = current.store() if current.found() is not None else None
    if store is None or store.run is None:
        raise NotTrackingError(f"no run is on that could use '{path}'", "Call pg.track() first.")
    (placed,) = store.files.take([Source(file, copy=False)])
    own = placed.key or store.files.key_beside(transform_key(file, store.instance.root), file)
    name = own if key is None else key
    artifact = Artifact(file, name, description=description, run=False, copy=False)
    store.transact(Use(store.run.uid, Item(artifact, placed), by_key=key is not None))
    return file
