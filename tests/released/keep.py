"""Keep a store of this version: `python -m tests.released.keep`, before each release.

It writes `VERSION.zip` beside this file: a project folder with its `.provgraph/`, as an engine that was stopped leaves
it, a backup of it, and what its graph held as JSON. Nothing in it tells the machine that made it.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import zipfile
from pathlib import Path
from typing import Any, Final
from unittest import mock

import provgraph as pg
from provgraph.models import slots
from provgraph.probes import environment
from provgraph.store import current
from provgraph.store.backups.values import packed_all
from tests.support.backups import flow

HERE: Final = Path(__file__).parent
PROJECT: Final = Path("/tmp/lab")  # noqa: S108 - a path that is nobody's stands in what is kept
HOST: Final = "lab"
LOGS: Final = ("engine/log/", "engine.log")
"""What the engine says of the machine that it runs on."""


def held(space: str) -> dict[str, Any]:
    """Give the nodes of a space by their uids, and the edges that begin there, as JSON knows them.

    Users and storages, which belong to no space, are named by their slots.
    """
    read = current.existing().engine.read
    nodes = read("MATCH (n) WHERE n.space = $space RETURN n.uid, labels(n), properties(n)", space=space)
    edges = read(
        "MATCH (n)-[e]->(m) WHERE n.space = $space "
        "RETURN n.uid, type(e), CASE WHEN m.space IS NULL THEN m.slot ELSE m.uid END, properties(e)",
        space=space,
    )
    return {
        "nodes": {uid: [sorted(labels), packed_all(facts)] for uid, labels, facts in nodes},
        "edges": sorted(([begin, kind, end, packed_all(facts)] for begin, kind, end, facts in edges), key=str),
    }


def main() -> None:
    """Make the store, and keep it."""
    os.environ |= {"PROVGRAPH_USER": "testuser1", "PROVGRAPH_BACKUPS": "off"}
    shutil.rmtree(PROJECT, ignore_errors=True)
    PROJECT.mkdir()
    os.chdir(PROJECT)
    sys.argv = ["analysis.py"]
    pg.init(name="lab")
    with mock.patch.object(environment, "environment_text", return_value=f"provgraph=={pg.__version__}\n"):
        flow()
    pg.cypher("MATCH (r:Run) SET r.host = $host", host=HOST, write=True)
    for row in pg.cypher("MATCH (s:Storage) RETURN s.uid AS uid, s.root AS root"):
        facts = {"host": HOST, "slot": slots.of_storage(HOST, row["root"])}
        pg.cypher("MATCH (s:Storage {uid: $uid}) SET s += $facts", uid=row["uid"], facts=facts, write=True)
    pg.backup("lab.zip", files=True)
    Path("graph.json").write_text(json.dumps(held("lab"), indent=1))
    pg.stop()
    with zipfile.ZipFile(HERE / f"{pg.__version__}.zip", "w", zipfile.ZIP_DEFLATED) as into:
        for path in sorted(each for each in PROJECT.rglob("*") if each.is_file()):
            if not any(log in path.as_posix() for log in LOGS):
                into.write(path, path.relative_to(PROJECT))
    shutil.rmtree(PROJECT)


if __name__ == "__main__":
    main()
