"""Backups: what was recorded can be got back from one file, on either engine, as it was."""

from __future__ import annotations

import json
import math
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import provgraph as pg
from provgraph import statements
from provgraph.errors import (
    ConflictError,
    DamagedBackupError,
    DamagedInstanceError,
    EngineUnavailableError,
    InvalidValueError,
    MissingFileError,
    NoInstanceError,
    NotFoundError,
    SetupError,
    WrongFileTypeError,
)
from provgraph.statements import files
from provgraph.storage import archive
from provgraph.store import current, instance, schema
from provgraph.store.backups import keeping, reading, writing
from tests.support.processes import PATIENCE, ROOT, until
from tests.support.projects import in_another_process
from tests.torture.trials import victim

if TYPE_CHECKING:
    from collections.abc import Callable

    from provgraph.store.store import Store
    from tests.conftest import Setup
    from tests.support.neo4j_server import Neo4jServer

pytestmark = pytest.mark.usefixtures("own_engine")

Graph = tuple[list[str], list[str]]

ODD = """
MATCH (a:Artifact {uid: $uid})
SET a.`my own` = 'ß🧬', a.whole = 1, a.part = 1.0, a.big = 9007199254740993, a.yes = true, a.no = $nan,
    a.list = [1.0, 2.0], a.none = [], a.measured = datetime('2024-01-02T03:04:05.123456789[Europe/Berlin]'),
    a.`at sea` = datetime('2024-01-02T03:04:05+05:30'), a.day = date('2024-01-02'),
    a.clock = localtime('10:11:12'), a.lasts = duration('P1DT2H'), a.place = point({x: 1.0, y: 2.0}),
    a.dates = [datetime('2024-01-02T03:04:05Z')], a.local = localdatetime('2024-01-02T03:04:05')
"""


def written(name: str, text: str) -> Path:
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def graph(space: str) -> Graph:
    """Every node of a space and every edge that begins there, as texts in an order, with the types of all values."""
    read = current.existing().engine.read
    nodes = read("MATCH (n) WHERE n.space = $space RETURN labels(n), properties(n)", space=space)
    shared = read("MATCH (n)-->(s) WHERE n.space = $space AND s.space IS NULL RETURN DISTINCT labels(s), properties(s)",
                  space=space)  # fmt: skip
    edges = read("MATCH (n)-[e]->(m) WHERE n.space = $space RETURN n.uid, type(e), m.uid, properties(e)", space=space)
    return (
        sorted(f"{sorted(labels)} {sorted(facts.items())!r}" for labels, facts in [*nodes, *shared]),
        sorted(f"{begin} {kind} {end} {sorted(facts.items())!r}" for begin, kind, end, facts in edges),
    )


def flow() -> None:
    """A little of everything: versions, a collection, an input, hidden records, edges and values by hand."""
    first = pg.Transform(name="Make").save()
    second = pg.Transform(name="Read", version="1").save()
    other = pg.Transform(name="Other").save()
    pg.cypher("MATCH (t:Transform {uid: $a}) MATCH (p:Transform {uid: $b}) CREATE (t)-[:PREDECESSOR {by: 'hand'}]->(p)",
              a=other.uid, b=second.uid, write=True)  # fmt: skip
    run = pg.track(transform=first, params={"cutoff": 0.01, "deep": {"n": [1, None]}})
    made = pg.Artifact(written("a.csv", "1"), key="a.csv", description="ß").save()
    pg.Artifact(written("a.csv", "2"), key="a.csv").save()
    pg.Artifact(written(".provgraph/storage/own/root.csv", "root")).save()
    pg.Artifact(written("data/place.csv", "place"), key="place.csv", copy=False).save()
    pg.finish()
    reader = pg.track(transform=second)
    made.cache()
    result = pg.Artifact(written("b.csv", "b"), key="b.csv").save()
    pg.Collection([made, result], name="both").save()
    pg.Collection([result], name="both").save()
    pg.Artifact(written("gone.csv", "gone"), key="gone.csv").save().delete()
    pg.cypher(ODD, uid=made.uid, nan=math.inf, write=True)
    pg.cypher("MATCH (a:Artifact {uid: $uid}) MATCH (r:Run {uid: $run}) CREATE (a)-[:`LOOKS like` {n: 1}]->(r), "
              "(a)-[:`LOOKS like` {n: 2}]->(r)", uid=made.uid, run=run.uid, write=True)  # fmt: skip
    pg.finish()
    assert reader.uid != run.uid


def unfinished() -> pg.Run:
    """A run of another host, which nobody here may end."""
    run = pg.Run(pg.Transform(name="Elsewhere").save(), name="goes on").save()
    pg.cypher("MATCH (r:Run {uid: $uid}) SET r.host = 'elsewhere'", uid=run.uid, write=True)
    return run


def lose() -> None:
    """Everything of the store is deleted: records, files, configuration."""
    pg.delete(force=True)
    shutil.rmtree(".provgraph", ignore_errors=True)


def config() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(Path(".provgraph/config.json").read_text())
    return found


# What comes back


def test_everything_comes_back_as_it_was(store: Store, setup: Setup) -> None:
    """Node by node and edge by edge, with the types of all values, and again when it is restored twice."""
    flow()
    run = unfinished()
    pg.settings.deadline = 30.0
    current.keep_setting("rows_max", 77)
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
    current.connect(project / "one")
    pg.backup("one.zip")
    for name in names:
        current.connect(project / name.rpartition("-")[2])
        pg.delete(force=True)
    for name in reversed(names):
        monkeypatch.chdir(project / name.rpartition("-")[2])
        pg.restore(f"../{Path.cwd().name}.zip")
        current.close()
    pg.connect(project / "one")
    assert [graph(name) for name in names] == before
    assert pg.check() == []
    for name in names:
        current.connect(project / name.rpartition("-")[2])
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
    current.init(name=f"{setup.name}-{Path.cwd().parent.name}", shared=True)
    pg.Transform(name="Make").save()
    kept = current.existing().ledger
    kept._part(EngineUnavailableError("it is away", "Wait."))
    kept._next_try = math.inf
    pg.Transform(name="Waits").save()
    kept.apart = None
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


# The file


def test_the_file_is_a_zip_for_everybody(store: Store) -> None:
    """Any program reads it: a line for each node and edge, and a manifest that counts them; its user alone may."""
    flow()
    pg.backup("lab.zip", files=True)
    assert Path("lab.zip").stat().st_mode & 0o777 == 0o600
    with zipfile.ZipFile("lab.zip") as held:
        manifest = json.loads(held.read("manifest.json"))
        nodes = [json.loads(each) for each in held.read("nodes.jsonl").splitlines()]
        edges = [json.loads(each) for each in held.read("edges.jsonl").splitlines()]
        assert held.testzip() is None
        assert held.read("files/own/root.csv") == b"root"
    assert (manifest["format"], manifest["schema"], manifest["space"]) == (1, schema.newest(), store.space)
    assert sum(manifest["nodes"].values()) == len(nodes)
    assert sum(manifest["edges"].values()) == len(edges)
    assert {"type", "from", "to", "properties"} == set(edges[0])
    assert [each for each in Path().iterdir() if each.name.startswith(".lab")] == []


def test_no_password_is_in_it() -> None:
    """An address may hold one."""
    pg.init()
    pg.Transform(name="Make").save()
    text = Path(".provgraph/config.json").read_text()
    current.close()
    chosen = instance.read(Path.cwd())
    from dataclasses import replace

    assert b"secret" not in writing._config(replace(chosen, url="neo4j://ada:secret@host:7687"))
    assert "host:7687" in writing._config(replace(chosen, url="neo4j://ada:secret@host:7687")).decode()
    assert "secret" not in text


@pytest.mark.usefixtures("store")
def test_a_backup_replaces_a_backup_and_nothing_else(project: Path) -> None:
    """Another file under its name stays, and so does what it held when it cannot be written whole."""
    pg.Transform(name="Make").save()
    pg.backup("lab.zip")
    pg.Transform(name="Read").save()
    assert pg.backup("lab.zip").records == 2
    written("notes.zip", "mine")
    with pytest.raises(InvalidValueError, match="is no backup"):
        pg.backup("notes.zip")
    with pytest.raises(WrongFileTypeError, match="is a folder"):
        pg.backup(project)
    with pytest.raises(MissingFileError, match="there is no folder"):
        pg.backup("nowhere/lab.zip")
    with pytest.raises(InvalidValueError, match="neither True nor False"):
        pg.backup("lab.zip", files=1)  # type: ignore[arg-type]
    assert Path("notes.zip").read_text() == "mine"


def test_without_an_instance_there_is_nothing_to_back_up() -> None:
    """And nothing is made."""
    with pytest.raises(NoInstanceError):
        pg.backup("lab.zip")
    assert list(Path().iterdir()) == []


def test_files_that_are_not_as_they_were_saved_are_named(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    """They are not in the backup; the others are."""
    flow()
    pg.Artifact.get(key="b.csv").path.unlink()
    before = pg.backup("lab.zip", files=True).files
    said = capsys.readouterr().err
    assert "1 files are not in the backup" in said
    lose()
    assert pg.restore("lab.zip").files == before


def small() -> Path:
    """A backup without much in it."""
    pg.init(name="lab")
    run = pg.Run(pg.Transform(name="Make").save()).save()
    pg.Artifact(written("a.csv", "1"), key="a.csv", run=run).save()
    pg.backup("lab.zip", files=True)
    lose()
    return Path("lab.zip")


def changed(path: Path, change: Callable[[dict[str, bytes], dict[str, Any]], None]) -> None:
    """Write a backup anew, sealed as ours are, with other entries."""
    with zipfile.ZipFile(path) as held:
        entries = {name: held.read(name) for name in held.namelist()}
    manifest = json.loads(entries.pop("manifest.json"))
    change(entries, manifest)
    with archive.draft_beside(path) as file:
        draft = archive.Draft(file.open("wb"))
        for name, data in entries.items():
            draft.add(name, data)
        draft.close(manifest)
        archive.publish(file, path)


def test_every_flipped_byte_is_found() -> None:
    """In any part of the file: nothing of it is written then."""
    path = small()
    data = path.read_bytes()
    chosen = random.Random(1)
    for place in {*range(0, len(data), 23), *range(len(data) - 120, len(data)), *range(64)}:
        path.write_bytes(data[:place] + bytes([data[place] ^ (1 << chosen.randrange(8))]) + data[place + 1 :])
        with pytest.raises(DamagedBackupError, match="is no whole backup"):
            pg.restore(path)
    for size in (0, 1, 80, len(data) // 2, len(data) - 1):
        path.write_bytes(data[:size])
        with pytest.raises(DamagedBackupError, match="is no whole backup"):
            pg.restore(path)
    path.write_bytes(data + b"x")
    with pytest.raises(DamagedBackupError):
        pg.restore(path)
    assert not Path(".provgraph").exists()
    path.write_bytes(data)
    assert pg.restore(path).records == 3


def test_what_is_no_backup_is_refused(project: Path) -> None:
    """A missing file, a folder, another zip: each by its name, and nothing is made."""
    written("notes.txt", "mine")
    with zipfile.ZipFile("other.zip", "w") as other:
        other.writestr("a", "b")
    for name, error in (("gone.zip", MissingFileError), (".", WrongFileTypeError), ("notes.txt", DamagedBackupError),
                        ("other.zip", DamagedBackupError)):  # fmt: skip
        with pytest.raises(error, match=re.escape(str((project / name).resolve()))):
            pg.restore(name)
    assert not Path(".provgraph").exists()


def _slip(name: str) -> Callable[[dict[str, bytes], dict[str, Any]], None]:
    return lambda entries, _: entries.update({name: b"bad"})


def _no_end(entries: dict[str, bytes], _: dict[str, Any]) -> None:
    entries["nodes.jsonl"] = b"".join(each for each in entries["nodes.jsonl"].splitlines(True) if b'"User"' not in each)


def _fewer(entries: dict[str, bytes], _: dict[str, Any]) -> None:
    entries["edges.jsonl"] = b"".join(entries["edges.jsonl"].splitlines(True)[1:])


def _twice(entries: dict[str, bytes], _: dict[str, Any]) -> None:
    entries["nodes.jsonl"] += entries["nodes.jsonl"].splitlines(True)[0]


def _location(entries: dict[str, bytes], _: dict[str, Any]) -> None:
    entries["files.jsonl"] = entries["files.jsonl"].replace(b'"location":".store/', b'"location":"../../../')


def _no_kind(entries: dict[str, bytes], _: dict[str, Any]) -> None:
    entries["nodes.jsonl"] = entries["nodes.jsonl"].replace(b'{"datetime":', b'{"moment":')


def _gone(entries: dict[str, bytes], _: dict[str, Any]) -> None:
    del entries["config.json"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (_slip("../outside.txt"), "'../outside.txt' would lead out of the project"),
        (_slip("/outside.txt"), "would lead out"),
        (_slip("files/../../outside.txt"), "would lead out"),
        (_slip("files\\..\\outside.txt"), "would lead out"),
        (_location, "would lie outside of the storage"),
        (_no_end, "has no end"),
        (_fewer, "other numbers of nodes and edges"),
        (_twice, "there twice"),
        (_no_kind, "'moment'"),
        (_gone, "config.json"),
    ],
    ids=["up", "absolute", "within", "backslash", "location", "no end", "fewer", "twice", "kind", "entry"],
)
def test_what_does_not_fit_together_is_refused(
    change: Callable[[dict[str, bytes], dict[str, Any]], None], said: str
) -> None:
    """Also when its bytes are vouched for; nothing is written, inside or outside of the project."""
    path = small()
    changed(path, change)
    there = sorted(Path().rglob("*")), sorted(Path("..").iterdir())
    with pytest.raises(DamagedBackupError) as caught:
        pg.restore(path)
    assert said in str(caught.value)
    assert (sorted(Path().rglob("*")), sorted(Path("..").iterdir())) == there


def test_a_link_in_it_is_refused() -> None:
    """It could lead anywhere."""
    path = small()

    def link(entries: dict[str, bytes], _: dict[str, Any]) -> None:
        entries["files/link"] = b"/etc/passwd"

    before = archive.PERMISSIONS
    try:
        archive.PERMISSIONS = 0o120777 << 16  # type: ignore[misc]
        changed(path, link)
    finally:
        archive.PERMISSIONS = before  # type: ignore[misc]
    with pytest.raises(DamagedBackupError, match="would lead out"):
        pg.restore(path)


def test_files_are_not_written_through_a_link(tmp_path: Path) -> None:
    """A link below the storage that leads out of it is not followed."""
    path = small()
    outside = tmp_path / "outside"
    outside.mkdir()
    Path(".provgraph/storage").mkdir(parents=True)
    Path(".provgraph/storage/.store").symlink_to(outside)
    with pytest.raises(DamagedBackupError, match="outside of the storage"):
        pg.restore(path)
    assert list(outside.iterdir()) == []


@pytest.mark.parametrize("what", ["format", "schema"])
def test_a_newer_one_is_refused(what: str) -> None:
    """The error names both numbers and says to upgrade."""
    path = small()
    changed(path, lambda _, manifest: manifest.update({what: 99}))
    with pytest.raises(SetupError, match=rf"{what} 99 and this provgraph knows \d.*pip install -U provgraph"):
        pg.restore(path)
    assert not Path(".provgraph").exists()


# Where it is restored


def test_a_store_with_other_records_is_refused(store: Store, setup: Setup) -> None:
    """Nothing of it changes; the error says what to do."""
    pg.Transform(name="Make").save()
    pg.backup("lab.zip")
    pg.Transform(name="Later").save()
    before = graph(store.space)
    with pytest.raises(InvalidValueError, match=r"1 records that are not in the backup.*delete --force"):
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
    with pytest.raises(DamagedInstanceError, match=r"was not ended.*lab\.zip.*provgraph restore FILE"):
        pg.Transform.filter().count()
    assert pg.restore(path).is_new
    assert (pg.Artifact.filter().count(), pg.check()) == (1, [])


def test_an_older_schema_is_brought_up_to_date(setup: Setup, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was written at an older version is migrated, into a new graph and into one that is up to date."""
    current.init(name=f"{setup.name}-{tmp_path.name}", shared=True)
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
            current.init(name=f"{setup.name}-{tmp_path.name}", shared=True)
            pg.restore("lab.zip")
            assert pg.Transform.get(old.uid).description == "new"
            assert schema.version(current.existing().engine) == schema.newest()
            lose()
    finally:
        statements.load.cache_clear()
        statements.script.cache_clear()


# Beside others, and cut off


def test_it_is_whole_beside_writers(project: Path) -> None:
    """Of four that are made while three processes write, each has every edge's ends and all that was acknowledged."""
    pg.init(name="lab")
    told = project.parent / "told"
    told.mkdir()
    victims = [victim(told, number, 1_000) for number in range(3)]
    try:
        assert until(lambda: len(list(told.iterdir())) == 3 or any(each.poll() is not None for each in victims))
        until(lambda: pg.Artifact.filter().count() > 20)
        for number in range(4):
            before = set(pg.Artifact.filter().list("uid"))
            pg.backup(f"{number}.zip")
            with zipfile.ZipFile(f"{number}.zip") as held:
                assert before <= {json.loads(each)["uid"] for each in held.read("nodes.jsonl").splitlines()}
    finally:
        for each in victims:
            each.kill()
            each.wait()
            for stream in (each.stdout, each.stderr):
                if stream:
                    stream.close()
    for number in range(4):
        lose()
        pg.restore(f"{number}.zip")
        assert pg.check() == []


def test_who_writes_waits_when_it_must_be(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """When others wrote at each of the first tries, the next ones have the graph for themselves."""
    pg.Transform(name="Make").save()
    tries: list[int] = []
    into = reading.Reader.into

    def meanwhile(reader: reading.Reader, draft: archive.Draft) -> reading.Found:
        tries.append(len(tries))
        if len(tries) <= reading.PATIENT:
            in_another_process("pg.Transform(name='Meanwhile " + str(len(tries)) + "').save()")
        return into(reader, draft)

    monkeypatch.setattr(reading.Reader, "into", meanwhile)
    assert pg.backup("lab.zip").records == 1 + reading.PATIENT
    assert len(tries) == reading.PATIENT + 1


def test_others_who_never_stop_writing_are_a_clear_error(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is left under the file's name then."""
    pg.Transform(name="Make").save()
    seals = iter(range(1_000))
    monkeypatch.setattr(reading.Reading, "seal", lambda _: [next(seals), 0])
    with pytest.raises(ConflictError, match="others wrote each of the 6 times"):
        pg.backup("lab.zip")
    assert [each.name for each in Path().iterdir() if "lab" in each.name] == []


BACK_UP = "import provgraph as pg, sys\nprint('begun', flush=True)\npg.backup('lab.zip', files=True)"
RESTORE = "import provgraph as pg, sys\nprint('begun', flush=True)\npg.restore('lab.zip')"


def _killed_after(script: str, seconds: float) -> None:
    process = subprocess.Popen(
        [sys.executable, "-P", "-c", script], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert process.stdout is not None
    process.stdout.readline()
    time.sleep(seconds)
    process.send_signal(signal.SIGKILL)
    process.wait(PATIENCE)
    process.stdout.close()


def test_killed_it_leaves_a_whole_file_or_none(store: Store) -> None:
    """What is under the file's name is whole at any time; what was being written has another name."""
    flow()
    pg.save([pg.Transform(name=f"step {number}") for number in range(300)])
    for number in range(5):
        _killed_after(BACK_UP, 0.25 * number)
        if Path("lab.zip").exists():
            assert writing.manifest_of(Path("lab.zip"))["nodes"]["Transform"] == 303
    assert pg.backup("lab.zip", files=True).records > 300


def test_a_restore_that_is_killed_can_be_repeated(store: Store) -> None:
    """Whenever it is killed, the next one completes it: as if it had not been."""
    flow()
    pg.save([pg.Transform(name=f"step {number}") for number in range(2_000)])
    before = graph(store.space)
    pg.backup("lab.zip", files=True)
    lose()
    for number in range(5):
        _killed_after(RESTORE, 0.4 + 0.35 * number)
    pg.restore("lab.zip")
    assert graph(store.space) == before
    assert (pg.check(), pg.verify().findings) == ([], [])


# What is kept by itself


def test_stopping_keeps_a_backup(project: Path) -> None:
    """In the user's data folder, when something was recorded since the last one, the last five."""
    pg.init(name="lab")
    assert pg.stop()
    assert keeping.kept(project) == []
    for number in range(7):
        pg.Transform(name=f"step {number}").save()
        pg.stop()
        assert pg.Transform.filter().count() == number + 1
        pg.stop()
    there = keeping.kept(project)
    assert [writing.manifest_of(each)["nodes"]["Transform"] for each in there] == [3, 4, 5, 6, 7]
    assert there[0].is_relative_to(Path(os.environ["XDG_DATA_HOME"]) / "provgraph" / "backups")
    assert (there[0].parent.stat().st_mode & 0o777, there[0].stat().st_mode & 0o777) == (0o700, 0o600)


def test_none_is_kept_where_that_is_turned_off(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the environment, or by the project's setting."""
    pg.init(name="lab")
    pg.Transform(name="Make").save()
    monkeypatch.setenv("PROVGRAPH_BACKUPS", "off")
    current.forget()
    pg.stop()
    monkeypatch.delenv("PROVGRAPH_BACKUPS")
    current.forget()
    current.keep_setting("backups", "off")
    pg.Transform.filter().count()
    pg.stop()
    assert keeping.kept(project) == []


def test_the_last_one_is_found_when_everything_is_gone(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also from a folder below; it is said which it is, from when, and how much it holds."""
    pg.init(name="lab", storage="mydata")
    flow()
    before = graph("lab")
    pg.stop()
    at = pg.info()["backup"]
    current.close()
    pg.stop()
    shutil.rmtree(".provgraph")
    (project / "below").mkdir()
    monkeypatch.chdir(project / "below")
    restored = pg.restore()
    assert graph("lab") == before
    assert restored.path == keeping.kept(project)[-1]
    assert at[:10] == f"{keeping.last_at(project):%Y-%m-%d}"
    assert (project / ".provgraph").is_dir()
    assert pg.info()["storage"] == str(project / "mydata")
    assert pg.Artifact.get(key="b.csv").cache().is_relative_to(project / "mydata")


def test_without_any_the_error_says_where_they_would_be() -> None:
    """And nothing is made."""
    with pytest.raises(NotFoundError, match=r"no backup of .* was kept in .*provgraph.backups.*provgraph restore FILE"):
        pg.restore()
    assert not Path(".provgraph").exists()


def test_deleting_names_the_backups_that_are_left(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """They go only when that is asked for."""
    pg.init(name="lab")
    pg.Transform(name="Make").save()
    pg.stop()
    pg.delete(force=True)
    assert f"1 backups of it are left in {keeping.folder(project)}" in capsys.readouterr().err
    assert pg.restore().records == 1
    pg.delete(force=True, backups=True)
    assert not keeping.folder(project).exists()


def test_a_backup_that_cannot_be_kept_stops_nothing(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Why is said on one line."""
    pg.init(name="lab")
    pg.Transform(name="Make").save()
    written(str(Path(os.environ["XDG_DATA_HOME"]) / "provgraph"), "a file")
    assert pg.stop()
    said = [each for each in capsys.readouterr().err.splitlines() if "no backup was kept" in each]
    assert len(said) == 1
