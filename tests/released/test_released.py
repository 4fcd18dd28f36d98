"""A store of an older version opens in this one, and so does its backup."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

import provgraph as pg
from provgraph.store.backups.writing import manifest_of
from tests.released.keep import HERE, held
from tests.support.backups import written

KEPT = sorted(HERE.glob("*.zip"))


def test_this_version_is_kept() -> None:
    """Each release brings its own: `python -m tests.released.keep`."""
    assert pg.__version__ in [each.stem for each in KEPT]


def extracted(path: Path, *names: str) -> dict[str, Any]:
    """Put what was kept into the working directory, and give what its graph held."""
    with zipfile.ZipFile(path) as kept:
        kept.extractall(members=names or None)
        graph: dict[str, Any] = json.loads(kept.read("graph.json"))
    return graph


def still_there(kept: dict[str, Any], now: dict[str, Any]) -> None:
    """Every node, edge and property of what was kept is there; a newer version may add some."""
    assert kept["nodes"].keys() <= now["nodes"].keys()
    for uid, (labels, facts) in kept["nodes"].items():
        labels_now, facts_now = now["nodes"][uid]
        assert (set(labels) <= set(labels_now), facts) == (True, {name: facts_now.get(name) for name in facts})
    for *ends, facts in kept["edges"]:
        assert any(there == ends and facts.items() <= more.items() for *there, more in now["edges"]), ends


@pytest.mark.parametrize("path", KEPT, ids=lambda path: path.stem)
def test_a_store_of_an_older_version_opens(path: Path) -> None:
    """With all that it holds, without a finding, and more can be saved."""
    kept = extracted(path)
    still_there(kept, held("lab"))
    assert pg.check() == []
    assert pg.verify().is_well
    run = pg.Run.filter(outputs__key="b.csv").one()
    assert (run.inputs.list("key"), pg.Transform.filter(runs=run).list("name")) == (["a.csv"], ["Read"])
    older = pg.Artifact.get(key="a.csv")
    newer = pg.Artifact(written("a.csv", "3"), key="a.csv").save()
    assert (newer.uid[:16], newer.uid > older.uid) == (older.uid[:16], True)


@pytest.mark.parametrize("path", KEPT, ids=lambda path: path.stem)
@pytest.mark.usefixtures("setup")
def test_a_backup_of_an_older_version_is_restored(path: Path) -> None:
    """On either engine."""
    kept = extracted(path, "lab.zip")
    restored = pg.restore("lab.zip")
    assert (restored.space, restored.is_new, restored.files) == ("lab", True, manifest_of(Path("lab.zip"))["files"])
    still_there(kept, held("lab"))
