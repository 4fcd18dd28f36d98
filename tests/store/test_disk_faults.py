"""Faults from outside: disks, other users, other hosts and other processes; each is named, and nothing is written."""

from __future__ import annotations

import contextlib
import itertools
import os
import resource
import subprocess
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import anndata
import numpy as np
import pandas as pd
import pytest

import provgraph as pg
from provgraph.engines.local import LocalEngine
from provgraph.errors import (
    DamagedInstanceError,
    DiskFullError,
    FileChangedError,
    MissingFileError,
    NotFoundError,
    ProvgraphError,
    ReadOnlyStorageError,
    SetupError,
    StorageError,
)
from provgraph.store import current
from tests.support.disks import mounted, remount
from tests.support.engines import on_local
from tests.support.processes import PATIENCE, owners, started, until
from tests.support.projects import in_another_process
from tests.support.public import AS_ROOT, NOBODY, public_folder
from tests.support.scripts import execute

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Call = Callable[[], object]

    from provgraph.store.store import Store
    from tests.support.neo4j_server import Neo4jServer
    from tests.support.proxy import Proxy

LARGE = 100_000_000
"""Bytes that take long enough to read for others to meddle with them."""


@pytest.fixture
def disk(project: Path) -> Iterator[Callable[[str], Path]]:
    """Mount a disk in memory with these options; it is gone after the test."""
    folder = project / "disk"
    with contextlib.ExitStack() as disks:
        yield lambda options: disks.enter_context(mounted(folder, options))
        current.close()
        if (folder / ".provgraph").is_dir():
            remount(folder, "rw")
            LocalEngine(folder / ".provgraph").stop()


def state(store: Store) -> tuple[object, ...]:
    """What is in the graph and in the storage."""
    nodes = store.engine.read("MATCH (n) WHERE n.space = $space RETURN count(n)", space=store.space)
    edges = store.engine.read("MATCH (n)-[e]->() WHERE n.space = $space RETURN count(e)", space=store.space)
    return nodes, edges, {path for path in store.instance.storage.rglob("*") if not path.is_dir()}


def storing_on(disk: Path, store: Store) -> Store:
    return pg.init(store.instance.root, storage=disk, name=store.space, shared=True)


def make_read_only(disk: Path) -> None:
    """Refuse writes from now on; an engine that has just stopped may hold its log for a moment."""
    command = ["mount", "-o", "remount,ro", str(disk)]
    assert until(lambda: subprocess.run(command, capture_output=True, check=False).returncode == 0)


def fill(file: Path) -> None:
    """Take the rest of a disk, as another program does."""
    with file.open("wb") as taken:
        for size in (LARGE // 2, LARGE // 4, *[LARGE // 16] * 4, *[LARGE // 256] * 16, *[4096] * 128):
            with contextlib.suppress(OSError):
                os.posix_fallocate(taken.fileno(), taken.seek(0, os.SEEK_END), size)


@contextlib.contextmanager
def meanwhile(meddle: Callable[[], None], ended: threading.Event) -> Iterator[None]:
    """Let another thread meddle until the block ends."""
    other = threading.Thread(target=meddle)
    other.start()
    try:
        yield
    finally:
        ended.set()
        other.join()


def written(name: str, text: str = "1") -> Path:
    path = Path(name)
    path.write_text(text)
    return path


# Disks


@AS_ROOT
def test_others_who_fill_the_disk_during_a_copy_are_noticed(disk: Callable[[str], Path], store: Store) -> None:
    """There was room when it was looked at; no part of any file stays, and later one can be saved."""
    place, ended = disk("size=128m"), threading.Event()
    storing = storing_on(place, store)
    for number in range(25):
        Path(f"{number}.bin").write_bytes(bytes([number]) * (LARGE // 25))

    def meddle() -> None:
        while not ended.is_set():
            if any(place.rglob("drafts/*")):
                fill(place / "others")
                return

    with meanwhile(meddle, ended), pytest.raises(DiskFullError, match="is full"):
        pg.save([pg.Artifact(f"{number}.bin", key=f"{number}.bin") for number in range(25)])
    assert state(storing) == ([[0]], [[0]], {place / "others"})
    (place / "others").unlink()
    assert pg.Artifact("1.bin", key="1.bin").save().cache().stat().st_size == LARGE // 25


@AS_ROOT
def test_a_disk_that_takes_no_more_files_is_full(disk: Callable[[str], Path], store: Store) -> None:
    """However many bytes are free: none of the files is kept, and afterwards there is room for one."""
    storing = storing_on(disk("size=4m,nr_inodes=16"), store)
    files = [written(f"{number}.txt", str(number)) for number in range(20)]
    before = state(storing)
    with pytest.raises(DiskFullError, match="is full"):
        pg.save([pg.Artifact(file, key=file.name) for file in files])
    assert state(storing) == before
    assert pg.Artifact("1.txt", key="1.txt").save().cache().read_text() == "1"


@AS_ROOT
def test_a_disk_that_is_full_while_the_graph_is_away_is_named(store: Store, proxy: Proxy) -> None:
    """What was kept before stays; a call that cannot be kept has done nothing, and can be made again."""
    spool, long = store.ledger.spool.folder, "what fits into no page that is begun " * 200
    transform = pg.Transform(name="step", type="function", description=long).save()
    first = pg.track(transform=transform, params={"note": long})
    read = pg.Artifact(written("in.csv"), key="in.csv", description=long, run=False).save()
    with mounted(spool, "size=1m,mode=700"), proxy.away():
        pg.Artifact(written("a.csv", "a"), key="a.csv").save()
        fill(spool / "others")
        refused = pg.Artifact(written("b.csv", "b"), key="b.csv", description=long)
        for call in (refused.save, read.cache, pg.finish, lambda: pg.track(transform=transform, new_run=True)):
            with pytest.raises(DiskFullError, match=r"spool.* is full"):
                call()
        assert (refused.is_saved, pg.context.run, first.status) == (False, first, "running")
        (spool / "others").unlink()
        refused.save()
        read.cache()
        pg.finish()
        held = {path: path.read_bytes() for path in spool.glob("*.jsonl")}
    for path, data in held.items():
        path.write_bytes(data)
    assert pg.sync().refused == []
    run = pg.Run.filter().one()
    assert (run, run.status) == (first, "completed")
    assert (run.outputs.list("key"), run.inputs.list("key")) == (["a.csv", "b.csv"], ["in.csv"])
    assert (pg.check(), pg.verify().findings) == ([], [])


@AS_ROOT
def test_a_storage_on_a_read_only_disk_is_named(disk: Callable[[str], Path], store: Store) -> None:
    """Nothing new is kept and no run begins; what is there is read, and what needs no copy is saved."""
    place = disk("size=4m")
    storing = storing_on(place, store)
    pg.Artifact(written("old.txt", "old"), key="old.txt").save()
    make_read_only(place)
    script, before = written("a.py", "x = 1"), state(storing)
    calls: list[Call] = [
        pg.Artifact(written("new.txt", "new"), key="new.txt").save,
        pg.Artifact.from_df(pd.DataFrame({"x": [1]}), key="x.parquet").save,
        lambda: pg.track(path=script),
    ]
    for call in calls:
        with pytest.raises(ReadOnlyStorageError, match=r"may not be written.*pg\.init\(storage="):
            call()
    assert state(storing) == before
    assert pg.context.run is None
    assert pg.Artifact.get(key="old.txt").cache().read_text() == "old"
    assert pg.Artifact("new.txt", key="place.txt", copy=False).save().placed == "place"


@AS_ROOT
def test_a_project_on_a_read_only_disk_is_named(disk: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no instance can be made, and where one is that cannot be written."""
    place = disk("size=64m")
    monkeypatch.chdir(place)
    make_read_only(place)
    making: list[Call] = [pg.Transform(name="step").save, pg.init]
    for call in making:
        with pytest.raises(ReadOnlyStorageError, match=r"cannot be written.*pg\.init\(path\)"):
            call()
    assert list(place.iterdir()) == []
    remount(place, "rw")
    pg.init()
    pg.stop()
    current.close()
    assert until(lambda: not owners(place / ".provgraph"))
    make_read_only(place)
    before = {path: path.stat().st_mtime_ns for path in place.rglob("*")}
    opening: list[Call] = [pg.Transform(name="step").save, pg.info]
    for call in opening:
        with pytest.raises(DamagedInstanceError, match="cannot be written"):
            call()
    assert {path: path.stat().st_mtime_ns for path in place.rglob("*")} == before


@AS_ROOT
def test_a_graph_whose_disk_is_full_is_unharmed(disk: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """A save that does not fit leaves no part, reads go on, and with room again the next save and start work."""
    place = disk("size=48m")
    monkeypatch.chdir(place)
    store = pg.init()
    kept = pg.Transform(name="kept").save()
    fill(place / "others")
    before = state(store)
    with pytest.raises(DiskFullError, match="what was saved is safe"):
        pg.save([pg.Transform(name=f"step {number}", description="x" * 2000) for number in range(2000)])
    assert (state(store), pg.Transform.get(kept.uid)) == (before, kept)
    (place / "others").unlink()
    pg.Transform(name="after").save()
    pg.stop()
    current.close()
    assert set(pg.Transform.filter().list("name")) == {"kept", "after"}


@AS_ROOT
def test_a_disk_that_is_full_from_the_start_is_named(
    disk: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the call that makes the instance, and by the graph's; with room the same call succeeds."""
    place = disk("size=24m")
    monkeypatch.chdir(place)
    fill(place / "others")
    with pytest.raises((DiskFullError, ReadOnlyStorageError), match=r"is full|No space left"):
        pg.init()
    (place / "others").unlink()
    current.close()
    LocalEngine(place / ".provgraph").stop()
    assert pg.init().space == "disk"


@AS_ROOT
def test_a_storage_that_is_too_small_for_what_is_in_memory_is_named(disk: Callable[[str], Path], store: Store) -> None:
    """It is written there before it is stored, and nothing of it stays."""
    place = disk("size=1m")
    storing = storing_on(place, store)
    before = state(storing)
    frame = pd.DataFrame({"x": np.random.default_rng(0).random(500_000)})
    for name, value in (("from_df", frame), ("from_anndata", anndata.AnnData(frame.to_numpy().reshape(-1, 2)))):
        with pytest.raises(DiskFullError, match="free some space there"):
            getattr(pg.Artifact, name)(value).save()
    assert state(storing) == before
    assert [path for path in place.rglob("*") if path.is_file()] == []


def test_a_file_that_is_larger_than_may_be_written_is_named(store: Store) -> None:
    """What else the system says of a disk is no raw error."""
    Path("a.bin").write_bytes(b"1" * 100_000)
    before = state(store)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    pg.Transform.filter().count()
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, limits[1]))
    try:
        with pytest.raises(StorageError, match="File too large"):
            pg.Artifact("a.bin", key="a.bin").save()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert state(store) == before


@AS_ROOT
def test_an_engine_whose_folder_cannot_be_written_is_not_stopped_in_silence(
    disk: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stopping and deleting name the folder."""
    place = disk("size=48m")
    monkeypatch.chdir(place)
    pg.init()
    pg.stop()
    current.close()
    assert until(lambda: not owners(place / ".provgraph"))
    make_read_only(place)
    for call in (pg.stop, lambda: pg.delete(force=True)):
        with pytest.raises(DamagedInstanceError, match="cannot be written"):
            call()


# Files that change


@on_local
@pytest.mark.parametrize(("left", "word"), [(0, "Errno 24"), (1, "StorageError"), (2, None)])
def test_a_program_that_leaks_open_files_is_recorded_as_it_ended(store: Store, left: int, word: str | None) -> None:
    """With no file left to open, its run is errored and says why; with one, saving is a named error; two are enough."""
    script = f"""
import resource
resource.setrlimit(resource.RLIMIT_NOFILE, (300, 300))
import provgraph as pg
open("a.txt", "w").write("1")
artifact = pg.Artifact("a.txt", key="a.txt")
run, leaked = pg.track(transform=pg.Transform(name="leak", type="function")), []
try:
    while True:
        leaked.append(open("a.txt"))
except OSError:
    [leaked.pop().close() for _ in range({left})]
open("a.txt").close()
artifact.save()
"""
    Path("leak.py").write_text(script)
    done = execute("leak.py")
    run = pg.Run.filter().one()
    assert "Exception ignored" not in done.stderr
    if word is None:
        assert (done.returncode, run.status) == (0, "completed")
        assert run.outputs.list("key") == ["a.txt"]
    else:
        assert (done.returncode, run.status, pg.Artifact.filter().count()) == (1, "errored", 0)
        assert word in (run.error or "")
        assert word != "StorageError" or "raise the limit (ulimit -n)" in done.stderr


def rewrite(path: Path, number: int) -> None:
    with path.open("r+b") as file:
        file.seek(number)
        file.write(b"1")


def cut(path: Path, number: int) -> None:
    os.truncate(path, LARGE - 1 - number)


def replace(path: Path, number: int) -> None:
    other = path.with_suffix(f".{number}")
    other.touch()
    os.truncate(other, LARGE)
    other.replace(path)


@pytest.mark.parametrize("copy", [True, False])
@pytest.mark.parametrize("change", [rewrite, cut, replace])
def test_a_file_that_is_being_changed_is_not_saved(
    store: Store, change: Callable[[Path, int], None], *, copy: bool
) -> None:
    """Bytes written into it, its end cut off, another file in its place: to be copied or to stay where it is."""
    path, ended, before = Path("a.bin"), threading.Event(), state(store)
    replace(path, 0)

    def meddle() -> None:
        for number in itertools.count():
            change(path, number)
            if ended.wait(0.0005):
                return

    with meanwhile(meddle, ended), pytest.raises(FileChangedError, match=r"a\.bin changed while it was"):
        pg.Artifact(path, key="a.bin", copy=copy).save()
    assert state(store) == before


# Others


@pytest.mark.parametrize("copy", [True, False])
def test_a_file_that_lies_on_another_host_is_named_with_host_and_path(store: Store, *, copy: bool) -> None:
    """Whether it was copied there or registered in place; reading it in vain makes it no input."""
    reader = pg.Run(pg.Transform(name="reader").save()).save()
    artifact = pg.Artifact(written("a.csv"), key="a.csv", copy=copy, run=False).save()
    artifact.path.unlink()
    there = "MATCH (:Artifact {uid: $a})-[:STORED_IN]->(s) SET s.host = 'node17', s.root = '/data/there'"
    pg.cypher(there, a=artifact, write=True)
    before = state(store)
    for call in (lambda: artifact.cache(is_run_input=reader), artifact.load, lambda: artifact.path):
        with pytest.raises(MissingFileError, match=r"/data/there/.*csv on the host 'node17'"):
            call()
    assert state(store) == before
    assert reader.inputs.count() == 0


DELETED: dict[str, tuple[Callable[[pg.Artifact, pg.Transform], object], type[ProvgraphError], str]] = {
    "described": (lambda artifact, _: pg.save([artifact]), NotFoundError, "{artifact}"),
    "deleted": (lambda artifact, _: artifact.delete(), NotFoundError, "{artifact}"),
    "removed": (lambda artifact, _: artifact.delete(permanent=True), NotFoundError, "{artifact}"),
    "loaded": (lambda artifact, _: artifact.load(), NotFoundError, "{artifact}"),
    "collected": (lambda artifact, _: pg.Collection([artifact], name="raw").save(), NotFoundError, "a member"),
    "traced": (lambda artifact, _: artifact.lineage(), NotFoundError, "{artifact}"),
    "asked for": (lambda artifact, _: pg.Artifact.get(artifact.uid), NotFoundError, "{artifact}"),
    "run": (lambda _, transform: pg.Run(transform).save(), NotFoundError, "{transform}"),
    "tracked": (lambda _, transform: pg.track(transform=transform), NotFoundError, "{transform}"),
    "tracked by uid": (lambda _, transform: pg.track(transform.uid, path=__file__), NotFoundError, "{transform}"),
}


def test_a_record_that_another_process_removed_is_named(store: Store) -> None:
    """Whatever is done with it then; nothing of that is written, and no run is on."""
    artifacts = [pg.Artifact(written(f"{name}.csv"), key=f"{name}.csv").save() for name in DELETED]
    transforms = [pg.Transform(name=name).save() for name in DELETED]
    in_another_process(
        f"for uid in {[each.uid for each in artifacts]}: pg.Artifact.get(uid).delete(permanent=True)\n"
        f"for uid in {[each.uid for each in transforms]}: pg.Transform.get(uid).delete(permanent=True)"
    )
    before = state(store)
    for what, artifact, transform in zip(DELETED, artifacts, transforms, strict=True):
        call, error, words = DELETED[what]
        artifact.description = "numbers"
        with pytest.raises(error, match=words.format(artifact=artifact.uid, transform=transform.uid)) as raised:
            call(artifact, transform)
        assert raised.value.advice
        assert (state(store), pg.context.run) == (before, None), what


def test_a_run_that_another_process_removed_takes_no_more_files(store: Store) -> None:
    """The error says that the run is gone; the file is not in the graph."""
    run = pg.track(transform=pg.Transform(name="step"))
    assert run is not None
    in_another_process(f"pg.Run.get('{run.uid}').delete(permanent=True)")
    for call in (pg.Artifact(written("a.csv"), key="a.csv").save, pg.finish):
        with pytest.raises(NotFoundError, match="no longer in the graph"):
            call()
    assert pg.Artifact.filter().count() == pg.Run.filter().count() == 0


def test_a_database_that_does_not_exist_leaves_no_instance(
    project: Path, neo4j_server: Neo4jServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whichever call comes first, the error names the database and the variable; the next try begins where it did."""
    for name, value in {**neo4j_server.environment(), "NEO4J_DATABASE": "nowhere"}.items():
        monkeypatch.setenv(name, value)
    url = neo4j_server.url
    for call in (pg.Transform(name="step").save, pg.info, lambda: pg.init(shared=True), lambda: pg.connect(url)):
        with pytest.raises(SetupError, match=r"no database 'nowhere'.*NEO4J_DATABASE"):
            call()
        assert not (project / ".provgraph").exists()
        assert current.if_open() is None


AS_NOBODY = f"""
import os, sys
import provgraph as pg
from provgraph.errors import ProvgraphError
from provgraph.store import current
pg.init("../first", name=sys.argv[1] + "-first", shared=True)
pg.Artifact("open.csv", key="open.csv").save()
current.close()
os.setgroups([]); os.setgid({NOBODY}); os.setuid({NOBODY})

def tried(call):
    try:
        print("done", call())
    except ProvgraphError as error:
        print(type(error).__name__, error)

pg.init(name=sys.argv[1], shared=True)
tried(lambda: pg.Artifact("closed.csv", key="closed.csv", copy=False).save())
tried(lambda: pg.save([pg.Artifact(name, key=name) for name in ("open.csv", "closed.csv")]))
tried(lambda: pg.Artifact("../theirs/closed/x.csv", key="x.csv").save())
tried(lambda: pg.init(storage="../theirs/new"))
print("kept", pg.Artifact.filter().count(), sum(len(names) for _, _, names in os.walk(".provgraph/storage")))
current.close()
os.chdir("../theirs")
for call in (pg.info, pg.Transform(name="x").save, pg.init, pg.stop):
    tried(call)
os.chdir("empty")
os.environ["GIT_CEILING_DIRECTORIES"] = os.getcwd()
tried(lambda: pg.init("."))
"""


@AS_ROOT
def test_what_a_user_without_rights_may_not_do_is_named(
    neo4j_server: Neo4jServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Files and storages of others, alone and in a batch, and the instance of another user; nothing is written."""
    with public_folder() as folder:
        _folders_of_two(folder)
        for name, value in {**neo4j_server.environment(), "HOME": str(folder / "home")}.items():
            monkeypatch.setenv(name, value)
        for name in ("CONFIG", "DATA", "STATE", "CACHE"):
            monkeypatch.delenv(f"XDG_{name}_HOME")
        monkeypatch.chdir(folder / "mine")
        process = started(AS_NOBODY, folder.name)
        out, err = process.communicate(timeout=PATIENCE)
        left = sorted(path.name for path in (folder / "theirs").rglob("*"))
    assert process.returncode == 0, err
    lines = out.splitlines()
    assert [line.partition(" ")[0] for line in lines] == [
        *["UnreadableFileError"] * 3,
        "ReadOnlyStorageError",
        "kept",
        *["DamagedInstanceError"] * 4,
        "ReadOnlyStorageError",
    ]
    assert lines[4] == "kept 0 0"
    assert all("belongs to root (uid 0)" in line for line in lines[5:9])
    assert left == [".provgraph", "closed", "config.json", "empty", "x.csv"]


def _folders_of_two(folder: Path) -> None:
    """Make the project of a user without rights beside one of ours."""
    for name in ("mine", "home"):
        (folder / name).mkdir()
        os.chown(folder / name, NOBODY, NOBODY)
    for name in ("theirs", "theirs/.provgraph", "theirs/closed", "theirs/empty", "first"):
        (folder / name).mkdir()
    config = '{"space": "x", "storage": ".provgraph/storage", "url": null, "settings": {}}'
    files = {"mine/open.csv": "1", "mine/closed.csv": "2", "theirs/closed/x.csv": "3"}
    files["theirs/.provgraph/config.json"] = config
    for name, text in files.items():
        (folder / name).write_text(text)
    (folder / "mine" / "closed.csv").chmod(0o600)
    (folder / "theirs" / "closed").chmod(0o700)
