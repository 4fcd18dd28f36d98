"""A project in which every mistake is made: its files, its records, and what is counted before and after."""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import provgraph as pg

if TYPE_CHECKING:
    from pathlib import Path

    from provgraph.store.store import Store

LEFT_OUT = (".sqlite", ".sqlite-wal", ".sqlite-shm", ".lock", "server.json", "activity")
"""Ends of the names of what is no record: hashes that are remembered, who owns the local engine."""
NODES = "MATCH (n) WHERE n.space = $space OR n:User OR n:Storage RETURN count(n)"
EDGES = "MATCH (n)-[e]->() WHERE n.space = $space RETURN count(e)"
PROPERTIES = "MATCH (n) WHERE n.space = $space UNWIND keys(n) AS name RETURN count(name)"


@dataclass
class World:
    """The open store with a record of each kind."""

    store: Store
    folder: Path
    transform: pg.Transform
    run: pg.Run
    source: pg.Artifact
    """What the run read."""
    artifact: pg.Artifact
    """What the run made."""
    collection: pg.Collection
    deleted: pg.Artifact
    """An artifact that is hidden."""
    gone: pg.Transform
    """A record that another process removed for good."""
    spent: pg.Run
    """A run that another process removed for good."""
    unsaved: dict[str, Any] = field(default_factory=dict)

    def state(self) -> tuple[Any, ...]:
        """What is in the graph, and every file of the project with its size."""
        graph = [self.store.engine.read(query, space=self.store.space) for query in (NODES, EDGES, PROPERTIES)]
        return graph, files(self.folder)


def files(folder: Path) -> list[tuple[str, int]]:
    """Give every file below a folder, the configuration and the spool too."""
    engine = folder / ".provgraph" / "engine"
    found = (each for each in folder.rglob("*") if not each.name.endswith(LEFT_OUT) and engine not in each.parents)
    return sorted((str(each.relative_to(folder)), -1 if each.is_dir() else each.lstat().st_size) for each in found)


def write_files(folder: Path) -> None:
    """Write what a person may name by mistake."""
    texts = {"a.csv": "x\n1\n", "in.csv": "x\n2\n", "out.csv": "x\n3\n", "old.csv": "x\n4\n", "b.tsv.gz": "no gzip"}
    texts |= {"folder/c.csv": "x\n5\n", "broken.parquet": "no parquet", "broken.h5ad": "none", "broken.json": "{"}
    for name, text in texts.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)
    (folder / "empty").mkdir()
    (folder / "dangling.csv").symlink_to("nowhere.csv")
    (folder / "loop.csv").symlink_to("loop.csv")
    os.mkfifo(folder / "pipe.csv")
    with socket.socket(socket.AF_UNIX) as made:
        made.bind("socket.csv")


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
    gone = pg.Transform(name="gone").save()
    spent = pg.Run(gone).save()
    for record in (spent, gone):
        type(record).get(record.uid).delete(permanent=True)
    collection = pg.Collection([source], name="raw").save()
    unsaved = {
        "transform": pg.Transform(name="new"),
        "run": pg.Run(transform),
        "artifact": pg.Artifact("a.csv", key="a.csv", run=False),
        "collection": pg.Collection([source], name="newer"),
        "user": pg.User("newcomer"),
    }
    return World(store, folder, transform, run, source, artifact, collection, deleted, gone, spent, unsaved)
