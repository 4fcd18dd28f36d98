"""A project in which every mistake is made: its files, its records, and what is counted before and after."""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import provgraph as pg
from provgraph.store import current

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from provgraph.store.store import Store

LEFT_OUT = (".sqlite", ".sqlite-wal", ".sqlite-shm", ".lock", "server.json", "activity", "servers")
"""Ends of the names of what holds no record: hashes that are remembered, who owns the local engine."""
COUNT = """
MATCH (n) WHERE n.space = $space OR ($alone AND (n:User OR n:Storage))
WITH collect(n) AS nodes, sum(size(keys(n))) AS properties
OPTIONAL MATCH (a)-[e]->() WHERE a.space = $space
RETURN size(nodes), properties, count(e)
"""


@dataclass
class World:
    """An open store, and the names that a person types in it."""

    store: Store
    folder: Path
    names: dict[str, Any] = field(default_factory=dict)
    known: Any = None
    """What was counted last."""

    def state(self) -> tuple[Any, ...]:
        """Count nodes, properties and edges of the graph, and name every file of the project with its size."""
        alone = self.store.instance.url is None  # a server is shared by tests that run at the same time
        return self.store.engine.read(COUNT, space=self.store.space, alone=alone), files(self.folder)

    def back(self) -> None:
        """Go on with the store that is open now; a call may have closed the one before."""
        self.store = current._current or current.use(self.store.instance, quiet=True)

    def while_on(self, call: Callable[[], object]) -> object:
        """Call while a run is on, as between `pg.track()` and `pg.finish()`."""
        self.store.running.begin(self.names["run"])
        try:
            return call()
        finally:
            self.store.running.begin(None)


def files(folder: Path) -> list[tuple[str, int]]:
    """Give every file below a folder, the configuration and the spool too."""
    engine = folder / ".provgraph" / "engine"
    found = (each for each in folder.rglob("*") if not each.name.endswith(LEFT_OUT) and engine not in each.parents)
    return sorted((str(each.relative_to(folder)), -1 if each.is_dir() else each.lstat().st_size) for each in found)


def write_files(folder: Path) -> None:
    """Write what a person may name by mistake."""
    for name in (
        "a.csv",
        "in.csv",
        "out.csv",
        "old.csv",
        "lost.csv",
        "folder/c.csv",
        "b.tsv.gz",
        "broken.parquet",
        "a.ipynb",
    ):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(f"x\n{name} of {folder.parent.name} of {folder.parent.parent.name}\n")
    (folder / "empty").mkdir()
    (folder / "dangling.csv").symlink_to("nowhere.csv")
    (folder / "loop.csv").symlink_to("loop.csv")
    (folder / "round").mkdir()
    (folder / "round" / "again").symlink_to("../round")
    os.mkfifo(folder / "pipe.csv")
    with socket.socket(socket.AF_UNIX) as made:
        made.bind("socket.csv")


def coded(code: str) -> pg.Transform:
    """Name one version of a script, with this code."""
    transform = pg.Transform(key="a.py", name="a", type="script", version="1")
    transform.hash = code
    return transform


def build(store: Store, folder: Path) -> World:
    """Save a record of each kind."""
    write_files(folder)
    transform = pg.Transform(name="Cell Ranger", version="7.2.0").save()
    run = pg.Run(transform, name="first", params={"rate": 0.1}).save()
    source = pg.Artifact("in.csv", key="in.csv", run=False).save()
    source.cache(is_run_input=run)
    artifact = pg.Artifact("out.csv", key="out.csv", description="the hits", run=run).save()
    deleted = pg.Artifact("old.csv", key="old.csv", run=False).save()
    deleted.delete()
    lost = pg.Artifact("lost.csv", key="lost.csv", run=False, copy=False).save()
    (folder / "lost.csv").unlink()
    broken = pg.Artifact("broken.parquet", key="broken.parquet", run=False).save()
    gone = pg.Transform(name="gone").save()
    spent = pg.Run(gone).save()
    for record in (spent, gone):
        type(record).get(record.uid).delete(permanent=True)
    collection = pg.Collection([source], name="raw").save()
    coded("x").save()
    names: dict[str, Any] = {
        "transform": transform,
        "run": run,
        "source": source,
        "artifact": artifact,
        "deleted": deleted,
        "lost": lost,
        "broken": broken,
        "gone": gone,
        "spent": spent,
        "collection": collection,
        "storage": pg.Storage.filter(root=str(store.instance.storage)).one(),
        "user": pg.User.get(handle="testuser1"),
        "recoded": coded("y"),
        "new_transform": pg.Transform(name="new"),
        "new_run": pg.Run(transform),
        "new_artifact": pg.Artifact("a.csv", key="a.csv", run=False),
        "new_collection": pg.Collection([source], name="newer"),
        "new_user": pg.User("newcomer"),
        "new_storage": pg.Storage("elsewhere"),
    }
    world = World(store, folder, names)
    names["while_on"] = world.while_on
    return world
