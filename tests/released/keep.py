"""Keep a store of this version: `python -m tests.released.keep`, before each release.

It writes `VERSION.zip` beside this file: a project folder with its `.provgraph/`, as an engine that was stopped leaves
it, a backup of it, and what its graph held as JSON. Nothing in it tells the machine that made it.
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

import provgraph as pg
from provgraph.probes import code, environment
from provgraph.registries import storage
from provgraph.store import current, files
from provgraph.store.backups.values import packed_all
from tests.support.backups import flow
from tests.support.isolation import alone

if TYPE_CHECKING:
    from types import ModuleType

HERE: Final = Path(__file__).parent
PROJECT: Final = Path("/tmp/lab")  # noqa: S108 - a path that is nobody's stands in what is kept
HOST: Final = "lab"
LOGS: Final = ("engine/log/", "engine.log")
"""What the engine says of the machine that it runs on."""


def held(space: str) -> dict[str, Any]:
    """Give the nodes of a space by their uids, and the edges that begin there, as JSON knows them.

    With users and storages by their slots: they belong to no space, and a graph may know them under another uid.
    """
    read = current.existing().engine.read
    nodes = read("MATCH (n) WHERE n.space = $space RETURN n.uid, labels(n), properties(n)", space=space)
    shared = read(
        "MATCH (n)-->(s) WHERE n.space = $space AND s.space IS NULL "
        "RETURN DISTINCT s.slot, labels(s), s {.*, uid: null, created_us: null, created_at: null}",
        space=space,
    )
    edges = read(
        "MATCH (n)-[e]->(m) WHERE n.space = $space "
        "RETURN n.uid, type(e), CASE WHEN m.space IS NULL THEN m.slot ELSE m.uid END, properties(e)",
        space=space,
    )
    return {
        "nodes": {uid: [sorted(labels), packed_all(facts)] for uid, labels, facts in [*nodes, *shared]},
        "edges": sorted(([begin, kind, end, packed_all(facts)] for begin, kind, end, facts in edges), key=str),
    }


class Elsewhere:
    """A module of the system as a machine of another name has it."""

    def __init__(self, module: ModuleType) -> None:
        """Stand in for it."""
        self._module = module

    def __getattr__(self, name: str) -> Any:
        """Give the machine's name, and else what the module has."""
        return (lambda: HOST) if name in {"gethostname", "node"} else getattr(self._module, name)


def main() -> None:
    """Make the store, and keep it; it must not be there yet, nor must the folder."""
    PROJECT.mkdir()
    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory() as base:
        alone(Path(base), patch)
        patch.setenv("PROVGRAPH_BACKUPS", "off")
        patch.chdir(PROJECT)
        patch.setattr(sys, "argv", ["analysis.py"])
        patch.setattr(environment, "environment_text", lambda: f"provgraph=={pg.__version__}\n")
        for module, name in ((files, "socket"), (storage, "socket"), (code, "platform")):
            patch.setattr(module, name, Elsewhere(getattr(module, name)))
        made()
    with zipfile.ZipFile(HERE / f"{pg.__version__}.zip", "x", zipfile.ZIP_DEFLATED) as into:
        for path in sorted(each for each in PROJECT.rglob("*") if each.is_file()):
            if not any(log in path.as_posix() for log in LOGS):
                into.write(path, path.relative_to(PROJECT))
    shutil.rmtree(PROJECT)


def made() -> None:
    """Fill the working directory."""
    pg.init(name="lab")
    flow()
    pg.backup("lab.zip", files=True)
    Path("graph.json").write_text(json.dumps(held("lab"), indent=1))
    pg.stop()


if __name__ == "__main__":
    main()
