"""Surroundings in which a call cannot do its work: full disks, files that change, owners and hosts that are others.

What a person types wrong stands in tests/mistakes.
"""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import provgraph as pg
from provgraph import errors
from provgraph.errors import (
    DamagedInstanceError,
    DiskFullError,
    EngineBusyError,
    FileChangedError,
    InvalidKeyError,
    InvalidValueError,
)
from provgraph.store import current
from tests.support.disks import mounted
from tests.support.processes import PATIENCE, held, started
from tests.support.public import AS_ROOT, NOBODY, public_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from provgraph.store.store import Store
    from tests.support.neo4j_server import Neo4jServer

MEGABYTE = 1_000_000


def written(name: str, text: str = "1") -> Path:
    path = Path(name)
    path.write_text(text)
    return path


def saved() -> pg.Transform:
    return pg.Transform(name="Cell Ranger", version="7.2.0").save()


def state(store: Store) -> tuple[object, object, list[Path]]:
    """What is in the graph and in the storage."""
    nodes = store.engine.read("MATCH (n) WHERE n.space = $space RETURN count(n)", space=store.space)
    edges = store.engine.read("MATCH (n)-[e]->() WHERE n.space = $space RETURN count(e)", space=store.space)
    files = sorted(path for path in store.instance.storage.rglob("*") if not path.is_dir())
    return nodes, edges, files


def test_a_copy_that_its_transaction_does_not_want_is_left_to_gc(store: Store) -> None:
    """Bytes come first, so that a crash loses none: for a run that was deleted meanwhile no node is made."""
    transform = saved()
    run = pg.Run(transform).save()
    pg.Run.get(run.uid).delete(permanent=True)
    nodes, edges, files = state(store)
    with pytest.raises(errors.NotFoundError, match="the run that made these artifacts is no longer in the graph"):
        pg.Artifact(written("a.csv", store.space), key="a.csv", run=run).save()
    assert state(store)[:2] == (nodes, edges)
    (copy,) = (path for path in set(state(store)[2]) - set(files) if path.suffix == ".csv")
    assert copy.read_text() == store.space


@pytest.mark.parametrize("mode", ["on", "off"])
def test_a_working_directory_that_was_removed_is_named(
    mode: str, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever is called in it, and whether recording is on or off; nothing is made elsewhere."""
    monkeypatch.setenv("PROVGRAPH_MODE", mode)
    (project / "gone").mkdir()
    monkeypatch.chdir(project / "gone")
    (project / "gone").rmdir()
    calls: list[Callable[[], object]] = [
        pg.init,
        pg.info,
        pg.delete,
        pg.stop,
        pg.track,
        lambda: pg.init("x"),
        lambda: pg.add("x"),
        lambda: pg.connect("."),
        lambda: pg.connect("local"),
        lambda: pg.Artifact("x.txt", key="x.txt"),
        lambda: pg.Artifact.from_dir("x"),
        lambda: pg.use("x"),
        lambda: pg.Transform(name="x").save(),
        lambda: pg.Transform.filter().count(),
    ]
    for call in calls:
        with pytest.raises(errors.MissingFileError, match="the working directory of this process was removed"):
            call()
    assert not any(project.iterdir())


def test_a_uid_s_beginning_that_several_have_is_listed(store: Store) -> None:
    """Each is named; more characters find one."""
    records = [pg.Transform(name=name).save() for name in ("a", "b")]
    for number, record in enumerate(records):
        changes = f"MATCH (t:Transform {{uid: $uid}}) SET t.uid = 'ambiguous{number}xx0000'"
        store.engine.write(lambda tx, changes=changes, record=record: tx.run(changes, uid=record.uid))  # type: ignore[misc]
    with pytest.raises(errors.AmbiguousError, match=r"ambiguous1xx0000 \(b\), ambiguous0xx0000 \(a\)") as raised:
        pg.Transform.get("ambig")
    assert raised.value.advice == "Give the whole uid, or Transform.filter(...).first()."
    assert pg.Transform.get("ambiguous0").name == "a"


# The disk


@pytest.fixture
def small(project: Path) -> Iterator[Path]:
    """A storage folder on a disk of two megabytes."""
    with mounted(project / "small", "size=2m") as folder:
        yield folder


@pytest.fixture
def full(small: Path, store: Store, project: Path) -> Store:
    """An open store whose files go to the small disk."""
    return pg.init(project, storage=small, name=store.space, shared=True)


def large(name: str, size: int = MEGABYTE) -> pg.Artifact:
    path = Path(name)
    path.write_bytes(name.encode() * (size // len(name)))
    return pg.Artifact(path, key=name)


@AS_ROOT
def test_a_file_that_does_not_fit_is_refused_before_it_is_copied(full: Store) -> None:
    """The error says how much is needed and how much is free; what fits is saved after that."""
    before = state(full)
    with pytest.raises(DiskFullError, match=r"3000000 bytes are needed and \d+ are free"):
        large("abcdef.bin", 3 * MEGABYTE).save()
    with pytest.raises(DiskFullError):
        pg.save([large(f"{number}.bin") for number in range(4)])
    assert state(full) == before
    assert large("1.bin").save().cache().stat().st_size == MEGABYTE


@AS_ROOT
def test_a_disk_that_fills_while_a_file_is_copied_leaves_no_part_of_it(
    full: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The free space was there when it was looked at; others took it meanwhile."""
    usage = type("usage", (), {"free": 10 * MEGABYTE})
    monkeypatch.setattr("shutil.disk_usage", lambda _: usage)
    before = state(full)
    with pytest.raises(DiskFullError, match="is full"):
        pg.save([large(f"{number}.bin") for number in range(4)])
    assert state(full) == before


@AS_ROOT
def test_a_run_on_a_full_disk_says_so(full: Store) -> None:
    """Its source code cannot be kept, so it does not begin."""
    (full.instance.storage / "others").write_bytes(b"0" * 2_097_152)
    before = state(full)
    script = written("a.py", "x = 1")
    with pytest.raises(DiskFullError, match="is full"):
        pg.track(path=script)
    assert state(full) == before
    assert pg.context.run is None


def test_a_file_that_changes_while_it_is_hashed_is_named(store: Store) -> None:
    """A program still writes it."""
    path = Path("growing.bin")
    path.write_bytes(b"0" * 50 * MEGABYTE)
    before, ended = state(store), threading.Event()

    def grow() -> None:
        with path.open("ab") as file:
            while not ended.wait(0.001):
                file.write(b"1")
                file.flush()

    writer = threading.Thread(target=grow)
    writer.start()
    try:
        with pytest.raises(FileChangedError, match=r"growing\.bin changed while it was"):
            pg.Artifact(path, key="growing.bin").save()
    finally:
        ended.set()
        writer.join()
    assert state(store) == before
    assert pg.Artifact(path, key="growing.bin").save().size == path.stat().st_size


# Others


AS_NOBODY = f"""
import os
import provgraph as pg
from provgraph.errors import ProvgraphError
pg.init(name=os.path.basename(os.getcwd()), shared=True)
open("first.csv", "w").close()
pg.Artifact("first.csv", key="first.csv").save()
os.setgroups([]); os.setgid({NOBODY}); os.setuid({NOBODY})
for path, copy in (("closed.csv", True), ("open.csv", True), ("open.csv", False)):
    try:
        print("saved", pg.Artifact(path, key=path, copy=copy).save().key)
    except ProvgraphError as error:
        print(type(error).__name__, error)
print(pg.Artifact.filter().list("key"))
"""


@AS_ROOT
def test_files_and_folders_that_a_user_may_not_touch_are_named(
    neo4j_server: Neo4jServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An unreadable file, and a storage that may not be written; in place the readable file can be registered."""
    with public_folder() as folder:
        for name, mode in (("closed.csv", 0o600), ("open.csv", 0o644)):
            (folder / name).write_text(name)
            (folder / name).chmod(mode)
        monkeypatch.chdir(folder)
        for name, value in neo4j_server.environment().items():
            monkeypatch.setenv(name, value)
        said = _python(AS_NOBODY)
    assert said[0].startswith("UnreadableFileError the file ")
    assert "closed.csv may not be read by you" in said[0]
    assert said[1].startswith("ReadOnlyStorageError the storage ")
    assert said[2:] == ["saved open.csv", "['first.csv', 'open.csv']"]


def _python(script: str) -> list[str]:
    process = started(script)
    out, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, err
    return out.splitlines()


def test_a_store_that_another_host_owns_is_named(project: Path) -> None:
    """Reading says which host has it, and what to do; what is written waits, and nothing is started here."""
    pg.init()
    pg.stop()
    folder = project / ".provgraph"
    facts = '{"host": "node17", "pid": 1, "started": 1.0, "port": 1, "writer": "x", "reader": "y"}'
    (folder / "server.json").write_text(facts)
    with held(folder / "server.lock"):
        for call in (pg.info, pg.Artifact.filter().count, pg.stop):
            with pytest.raises(EngineBusyError, match=r"'node17' owns the store.*Neo4j server"):
                call()
        run = pg.track(transform=pg.Transform(name="step", type="function"))
        for name in ("raw.txt", "out.txt"):
            Path(name).write_text(name)
        pg.use("raw.txt")
        pg.Artifact("out.txt", key="out.txt").save()
        pg.finish()
        assert len(list((folder / "spool").iterdir())) == 1
    assert (folder / "server.json").read_text() == facts
    (folder / "server.json").unlink()
    current.close()
    assert pg.sync().applied == 4
    there = pg.Run.get(run.uid)
    assert (there.status, there.inputs.list("key"), there.outputs.list("key")) == (
        "completed",
        ["raw.txt"],
        ["out.txt"],
    )


@AS_ROOT
def test_an_instance_of_another_user_is_refused(project: Path) -> None:
    """As git refuses a repository."""
    pg.init()
    current.close()
    os.chown(project / ".provgraph", NOBODY, NOBODY)
    try:
        for call in (pg.info, saved, pg.stop):
            with pytest.raises(DamagedInstanceError, match=rf"belongs to \w+ \(uid {NOBODY}\).*Neo4j"):
                call()
    finally:
        os.chown(project / ".provgraph", os.getuid(), os.getgid())


def test_what_is_set_before_a_record_is_saved_is_checked_as_what_it_is_made_of(store: Store) -> None:
    """A key, and that there is a name; nothing is written."""
    before = state(store)
    Path("a.txt").write_text("a")
    artifact, transform = pg.Artifact("a.txt", key="a.txt"), pg.Transform(name="a", key="a.py")
    for key in ("../../evil.txt", "/a.txt", "a.csv", "a.txt\n", ""):
        artifact.key = key
        with pytest.raises(InvalidKeyError):
            artifact.save()
    for key in ("../a.py", "/a.py", "a\n"):
        transform.key = key
        with pytest.raises(InvalidKeyError):
            pg.save([transform])
    transform.key = transform.name = None
    with pytest.raises(InvalidValueError, match="needs a name or a key"):
        transform.save()
    collection = pg.Collection([artifact], name="all")
    collection.key = "/all"
    with pytest.raises(InvalidKeyError):
        collection.save()
    assert state(store) == before
