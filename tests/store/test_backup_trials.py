"""Backups that are made beside writers, or whose process is killed, and restores that are cut off."""

from __future__ import annotations

import json
import re
import shutil
import signal
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import provgraph as pg
from provgraph import statements
from provgraph.errors import ConflictError, DamagedInstanceError
from provgraph.statements import files
from provgraph.store.backups import reading, writing
from provgraph.store.instances import schema
from tests.support.backups import flow, graph, kept_waiting, lose, small
from tests.support.processes import PATIENCE, started, until
from tests.support.projects import in_another_process
from tests.torture.trials import victim

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from provgraph.storage import archive
    from provgraph.store.store import Store

pytestmark = pytest.mark.usefixtures("own_engine")


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


STOPPED = """
import os, signal, sys
from pathlib import Path
import provgraph as pg
from provgraph.engines import driver
from provgraph.statements import files
from provgraph.storage import archive
from provgraph.store.instances import schema
from provgraph.store.backups import graph, reading, restoring, writing
driver.give_nothing_of_theirs()
where, number, schema.NAME, files.folder = sys.argv[1], int(sys.argv[2]), sys.argv[3], lambda: Path(sys.argv[4])
*names, name = where.split(".")
owner = globals()[names[0]]
for each in names[1:]:
    owner = getattr(owner, each)
whole, calls = getattr(owner, name), iter(range(1, 1_000_000))
def stopped(*arguments, **options):
    if next(calls) == number:
        os.kill(os.getpid(), signal.SIGKILL)
    return whole(*arguments, **options)
setattr(owner, name, stopped)
"""
"""A process as the shell starts it, killed when it calls a function for the so many-th time, or ending well."""
BACK_UP = f"{STOPPED}\npg.backup('lab.zip', files=True)"
RESTORE = f"{STOPPED}\npg.restore('lab.zip')"


def _killed_at(script: str, where: str, number: int = 1) -> None:
    """Run a script that is killed when it comes to a point; it fails when it never comes there."""
    process = started(script, where, number, schema.NAME, files.folder())
    _, said = process.communicate(timeout=PATIENCE)
    assert process.returncode == -signal.SIGKILL, (where, said)


CUT = {
    "the graph": ("reading.Reader.into", 1, False),
    "its nodes": ("archive.Draft.add", 2, False),
    "a file": ("archive.Draft.copy", 2, False),
    "the manifest": ("archive.Draft.close", 1, False),
    "the seal": ("writing.publish", 1, False),
    "its end": ("writing.described", 1, True),
}
"""Where a backup is killed, and whether the file is there then."""


@pytest.mark.parametrize(
    ("setup", "point"),
    [*(("local", point) for point in CUT), ("neo4j", "the graph"), ("neo4j", "the seal")],
    indirect=["setup"],
)
def test_killed_it_leaves_a_whole_file_or_none(point: str, store: Store) -> None:
    """What is under the file's name is whole at any time; what was being written has another name.

    How the file is written has nothing of the engine.
    """
    where, number, is_there = CUT[point]
    flow()
    _killed_at(BACK_UP, where, number)
    assert Path("lab.zip").exists() == is_there
    made = pg.backup("lab.zip", files=True)
    _killed_at(BACK_UP, where, number)
    assert writing.manifest_of(Path("lab.zip"))["nodes"]["Transform"] == 3
    lose()
    assert pg.restore("lab.zip").records == made.records
    assert pg.info()["space"] == store.space


LAST = "the last look"
"""Where all of it is there; nothing has to be repeated then."""
POINTS = {
    "the beginning": ("restoring.Restoring._bring_back", 1),
    "its files": ("restoring.Restoring._write_files", 1),
    "its second file": ("restoring.Restoring._extract", 2),
    "its nodes": ("graph._add_nodes", 1),
    "half of its nodes": ("graph._add_nodes", 4),
    "its edges": ("graph._add_edges", 1),
    "the comparison": ("graph.Target.difference", 1),
    "the migration": ("restoring.schema.migrate_again", 1),
    "what waits": ("restoring.Restoring._write_spooled", 1),
    "the end": ("restoring.Restoring._end", 1),
    LAST: ("restoring.Restoring._look", 1),
}
"""Where a restore is killed: before each of its steps, in their order."""


ALONE = ("the beginning", "its files", "its second file", "its nodes", "the end", LAST)
"""Where it is killed once; the others are where it is killed one after the other."""
OTHERWISE = ("the migration", "what waits")
"""Where an older schema makes a difference."""


@pytest.fixture
def newer(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], None]]:
    """Let provgraph know one migration more from when it is called: transforms of the project are described by it."""
    copied, text = tmp_path / "cypher", f"MATCH (t:Transform {{space: '{store.space}'}}) SET t.description = 'new';"
    shutil.copytree(files.folder(), copied)

    def add() -> None:
        monkeypatch.setattr(schema, "NAME", f"provgraph of {tmp_path.name}")
        name = f"{schema.newest() + 1:04}_test.cypher"
        header = "// mode: write\n// returns: none\n// parameters: none\n"
        monkeypatch.setattr(files, "folder", lambda: copied)
        (copied / "migrations" / name).write_text(header + text)

    yield add
    statements.load.cache_clear()
    statements.script.cache_clear()


def _timeless(store: Store) -> list[list[str]]:
    """The graph but for when what waited was brought in."""
    return [[re.sub(r"\('last_us', \d+\), ", "", each) for each in part] for part in graph(store.space)]


@pytest.mark.parametrize("is_older", [False, True], ids=["of this schema", "of an older schema"])
def test_a_restore_that_is_killed_can_be_repeated(is_older: bool, store: Store, newer: Callable[[], None]) -> None:
    """Before whichever of its steps, and before one after the other, the next one completes it: as if nothing had been.

    On a server, which takes part in few of them, and of an older schema, they are killed before one after the other.
    """
    flow()
    kept_waiting("Waits")
    pg.backup("lab.zip", files=True)
    lose()
    if is_older:
        newer()
        pg.init(name=store.space, shared=True)
        lose()
    pg.restore("lab.zip")
    whole = _timeless(store)
    assert pg.Transform.filter(name="Waits").exists()
    assert (pg.Transform.get(name="Make").description == "new") == is_older
    late = list(POINTS)[list(POINTS).index("half of its nodes") :]
    single = () if store.instance.url else OTHERWISE if is_older else ALONE
    for points in [*([each] for each in single), late[:-1]]:
        lose()
        for point in points:
            _killed_at(RESTORE, *POINTS[point])
            if point != LAST:
                with pytest.raises(DamagedInstanceError, match=r"was cut off|cannot be used"):
                    pg.info()
        if points[-1] != LAST:
            pg.restore("lab.zip")
        differences = [set(now) ^ set(then) for now, then in zip(_timeless(store), whole, strict=True)]
        assert (points, differences) == (points, [set(), set()])
        assert (pg.check(), pg.verify().findings) == ([], [])


def test_how_far_it_was_counts_for_the_graph_it_was_written_to() -> None:
    """One that was removed meanwhile is written anew, though all of it had been there."""
    small()
    _killed_at(RESTORE, *POINTS["the end"])
    pg.stop()
    shutil.rmtree(".provgraph/engine")
    assert pg.restore("lab.zip").is_new
    assert pg.Artifact.filter().list("key") == ["a.csv"]
