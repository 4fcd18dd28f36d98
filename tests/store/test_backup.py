"""Backups: what was recorded can be got back from one file, on either engine, as it was."""

from __future__ import annotations

import math
import random
import shutil
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from neo4j.spatial import CartesianPoint
from neo4j.time import Date, Duration

import provgraph as pg
from provgraph import statements
from provgraph.errors import (
    DamagedInstanceError,
    InvalidValueError,
)
from provgraph.statements import files
from provgraph.store import current
from provgraph.store.instances import schema
from provgraph.store.setup import keep_setting
from tests.support.backups import config, flow, graph, kept_waiting, lose, small, unfinished, written
from tests.support.graphs import random_graph, write

if TYPE_CHECKING:
    from provgraph.store.store import Store
    from tests.conftest import Setup
    from tests.support.neo4j_server import Neo4jServer

pytestmark = pytest.mark.usefixtures("own_engine")


def test_everything_comes_back_as_it_was(store: Store, setup: Setup) -> None:
    """Node by node and edge by edge, with the types of all values, and again when it is restored twice."""
    flow()
    run = unfinished()
    pg.settings.deadline = 30.0
    keep_setting("rows_max", 77)
    before = graph(store.space)
    made = pg.backup("lab.zip", files=True)
    lose()
    restored = pg.restore("lab.zip")
    assert (restored.is_new, restored.records, restored.files) == (True, made.records, made.files)
    assert graph(store.space) == before
    assert (pg.info()["space"], config()["settings"]["rows_max"]) == (store.space, 77)
    assert pg.Run.get(run.uid).status == "running"
    assert pg.check() == []
    assert pg.verify().findings == []
    assert pg.Artifact.get(key="own/root.csv").cache().read_text() == "root"
    again = pg.restore("lab.zip")
    assert (again.is_new, again.files) == (False, 0)
    assert graph(store.space) == before


@pytest.mark.parametrize("seed", range(4))
def test_any_graph_comes_back_as_it_was(store: Store, seed: int) -> None:
    """Also one with cycles, several makers, missing edges, and values of every kind anywhere."""
    made, chosen = random_graph(seed), random.Random(seed)
    moment = datetime(2024, 1, 2, 3, 4, 5, 678, UTC)
    plain = ["", "ß\n\u2028", 0, -(2**63), 2**63 - 1, 0.1, 1e300, -math.inf, True, False, b"\x00", moment]
    others = [[], ["a", ""], [1, 2], Date(2024, 2, 29), Duration(months=1, days=-2), CartesianPoint((1.0, -2.0))]
    for label, nodes in made.nodes.items():
        for facts in nodes.values():
            facts["space"] = store.space
            if label in ("User", "Storage"):
                del facts["space"]
            else:
                facts.update({f"p {number}": value for number, value in enumerate(chosen.sample([*plain, *others], 5))})
    write(store.engine, made)
    before = graph(store.space)
    pg.backup("lab.zip")
    lose()
    pg.restore("lab.zip")
    assert graph(store.space) == before


@pytest.mark.usefixtures("store")
def test_work_goes_on_after_it() -> None:
    """Versions, counters and lineage continue where they were."""
    flow()
    pg.backup("lab.zip", files=True)
    lose()
    pg.restore("lab.zip")
    pg.track(transform=pg.Transform.get(name="Other"))
    old = pg.Artifact.get(key="b.csv")
    old.cache()
    new = pg.Artifact(written("b.csv", "b2"), key="b.csv").save()
    pg.finish()
    assert new.uid[:16] == old.uid[:16]
    assert [each.key for each in pg.sources(new)] == []
    assert sorted(pg.Transform.get(name="Other").predecessors.list("name")) == ["Read"]
    assert pg.check() == []


def test_it_may_come_back_elsewhere(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In another folder the files of the storage are found below it, as in a project that was moved."""
    flow()
    pg.backup(tmp_path / "lab.zip", files=True)
    lose()
    (tmp_path / "other").mkdir()
    monkeypatch.chdir(tmp_path / "other")
    pg.restore(tmp_path / "lab.zip")
    for key in ("a.csv", "b.csv", "own/root.csv"):
        assert pg.Artifact.get(key=key).cache().is_relative_to(tmp_path / "other")
    assert (pg.info()["space"], pg.check()) == (store.space, [])
    pg.delete(force=True)


def test_all_spaces_of_a_local_engine_come_back() -> None:
    """Its graph goes as a whole: records of an earlier name, and edges between spaces."""
    pg.init(name="before")
    made = pg.Artifact(written("a.csv", "1"), key="a.csv", run=pg.Run(pg.Transform(name="Make").save()).save()).save()
    pg.init(name="after")
    pg.track(transform=pg.Transform(name="Read").save())
    made.cache()
    pg.finish()
    before = [graph(name) for name in ("before", "after")]
    pg.backup("lab.zip")
    lose()
    pg.restore("lab.zip")
    assert [graph(name) for name in ("before", "after")] == before
    assert pg.info()["space"] == "after"


def test_edges_between_projects_of_a_server_come_back_with_both(
    neo4j_server: Neo4jServer, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One project's backup holds no record of the other; the edges come when both ends are there."""
    for name, value in neo4j_server.environment().items():
        monkeypatch.setenv(name, value)
    names = [f"{project.parent.name}-{part}" for part in ("one", "two")]
    for part in ("one", "two"):
        (project / part).mkdir()
    pg.init(project / "one", name=names[0], shared=True)
    made = pg.Artifact(written("a.csv", "1"), key="a.csv", run=pg.Run(pg.Transform(name="Make").save()).save()).save()
    pg.backup("before.zip")
    pg.init(project / "two", name=names[1], shared=True)
    pg.track(transform=pg.Transform(name="Read").save())
    made.cache()
    pg.finish()
    before = [graph(name) for name in names]
    pg.backup("two.zip")
    pg.connect(project / "one")
    pg.backup("one.zip")
    for name in names:
        pg.connect(project / name.rpartition("-")[2])
        pg.delete(force=True)
    for name in reversed(names):
        monkeypatch.chdir(project / name.rpartition("-")[2])
        pg.restore(f"../{Path.cwd().name}.zip")
        current.close()
    pg.connect(project / "one")
    assert [graph(name) for name in names] == before
    assert pg.check() == []
    for name in names:
        pg.connect(project / name.rpartition("-")[2])
        pg.delete(force=True)


def test_a_local_project_moves_to_a_server(neo4j_server: Neo4jServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a URL it is restored there, and uses the server from then on; who is known there stays known."""
    pg.init()
    flow()
    space = pg.info()["space"]
    before = graph(space)
    pg.backup("lab.zip", files=True)
    lose()
    for name, value in neo4j_server.environment().items():
        if name != "PROVGRAPH_URL":
            monkeypatch.setenv(name, value)
    restored = pg.restore("lab.zip", url=neo4j_server.url)
    try:
        assert restored.is_new
        nodes, edges = graph(space)
        assert [each for each in nodes if "['User']" not in each] == [
            each for each in before[0] if "User" not in each[:9]
        ]
        assert len(edges) == len(before[1])
        assert pg.info()["engine"] == config()["url"] == neo4j_server.url
        assert (pg.check(), pg.restore("lab.zip").is_new) == ([], False)
    finally:
        pg.delete(force=True)


def test_what_waits_comes_along(setup: Setup) -> None:
    """Calls in the spool are in the backup, and are brought in once, however often it is restored."""
    pg.init(name=f"{setup.name}-{Path.cwd().parent.name}", shared=True)
    pg.Transform(name="Make").save()
    kept_waiting("Waits")
    pg.backup("lab.zip")
    lose()
    assert pg.restore("lab.zip").records == 1
    assert sorted(pg.Transform.filter().list("name")) == ["Make", "Waits"]
    with zipfile.ZipFile("lab.zip") as held:
        (name,) = [each for each in held.namelist() if each.startswith("spool/")]
        Path(".provgraph", name).write_bytes(held.read(name))
    current.close()
    assert pg.sync().applied == 0
    assert sorted(pg.Transform.filter().list("name")) == ["Make", "Waits"]


@pytest.mark.parametrize("lost", ["everything, and nothing else was there", "the folder alone"])
def test_what_waits_comes_along_where_the_graph_lacks_nothing(lost: str, setup: Setup) -> None:
    """Calls that wait are of the project's folder: they are lost with it, whatever a server still holds."""
    pg.init(name=f"{setup.name}-{Path.cwd().parent.name}", shared=True)
    if lost == "the folder alone":
        pg.Transform(name="Make").save()
    kept_waiting("Waits")
    pg.backup("lab.zip")
    if lost == "the folder alone":
        current.local_engine(current.existing().instance).stop()
        current.close()
        shutil.rmtree(".provgraph")
    else:
        lose()
    pg.restore("lab.zip")
    assert pg.Transform.filter(name="Waits").exists()


# Where it is restored


def test_a_store_with_other_records_is_refused(store: Store, setup: Setup) -> None:
    """Nothing of it changes; the error says what to do."""
    pg.Transform(name="Make").save()
    pg.backup("lab.zip")
    pg.Transform(name="Later").save()
    before = graph(store.space)
    with pytest.raises(InvalidValueError, match=r"1 record besides those of the backup.*delete --force"):
        pg.restore("lab.zip")
    assert graph(current.existing().space) == before


def test_a_changed_record_is_refused(store: Store) -> None:
    """It would be lost."""
    made = pg.Transform(name="Make").save()
    pg.backup("lab.zip")
    made.description = "changed"
    made.save()
    with pytest.raises(InvalidValueError, match=f"Transform {made.uid}"):
        pg.restore("lab.zip")
    assert pg.Transform.get(made.uid).description == "changed"


def test_an_empty_store_takes_it(project: Path) -> None:
    """With the backup's space; where its files lie stays as it was chosen."""
    path = small()
    pg.init(name="other", storage="mydata")
    assert pg.restore(path).is_new
    assert (pg.info()["space"], pg.info()["storage"]) == ("lab", str(project / "mydata"))
    assert pg.Artifact.get(key="a.csv").cache().is_relative_to(project / "mydata")


def test_files_that_are_there_with_another_content_stay(capsys: pytest.CaptureFixture[str]) -> None:
    """They are named."""
    pg.init(name="lab")
    pg.Artifact(written(".provgraph/storage/root.csv", "saved")).save()
    pg.backup("lab.zip", files=True)
    lose()
    written(".provgraph/storage/root.csv", "other")
    pg.restore("lab.zip")
    assert "root.csv" in capsys.readouterr().err
    assert Path(".provgraph/storage/root.csv").read_text() == "other"


def test_one_that_was_cut_off_is_not_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody takes half a graph for the whole; restoring again completes it, and deleting begins anew."""
    path = small()

    def fail(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("provgraph.store.backups.graph._add_edges", fail)
        with pytest.raises(KeyboardInterrupt):
            pg.restore(path)
    with pytest.raises(DamagedInstanceError, match=r"was cut off.*provgraph restore '.*lab\.zip'"):
        pg.Transform.filter().count()
    assert pg.restore(path).is_new
    assert (pg.Artifact.filter().count(), pg.check()) == (1, [])


def test_an_older_schema_is_brought_up_to_date(setup: Setup, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was written at an older version is migrated, into a new graph and into one that is up to date."""
    pg.init(name=f"{setup.name}-{tmp_path.name}", shared=True)
    old = pg.Transform(name="Make").save()
    pg.backup("lab.zip")
    lose()
    copied = tmp_path / "cypher"
    shutil.copytree(files.folder(), copied)
    monkeypatch.setattr(files, "folder", lambda: copied)
    monkeypatch.setattr(schema, "NAME", f"provgraph of {tmp_path.name}")
    text = f"MATCH (t:Transform {{uid: '{old.uid}'}}) SET t.description = coalesce(t.description, '') + 'new';"
    header = "// mode: write\n// returns: none\n// parameters: none\n"
    (copied / "migrations" / f"{schema.newest() + 1:04}_test.cypher").write_text(header + text)
    try:
        for _ in range(2):
            pg.init(name=f"{setup.name}-{tmp_path.name}", shared=True)
            pg.restore("lab.zip")
            assert pg.Transform.get(old.uid).description == "new"
            assert schema.version(current.existing().engine) == schema.newest()
            lose()
    finally:
        statements.load.cache_clear()
        statements.script.cache_clear()
