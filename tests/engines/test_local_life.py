"""The life of the local engine's process, with real processes."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from contextlib import closing
from typing import TYPE_CHECKING

import psutil
import pytest

import provgraph as pg
from provgraph.engines.bolt import BoltEngine
from provgraph.engines.local import LocalEngine
from provgraph.errors import EngineError, EngineUnavailableError
from provgraph.store import current
from provgraph.store.backups import automatic
from provgraph.store.backups.writing import manifest_of
from tests.support.processes import PATIENCE, PRELUDE, ROOT, owners, python, said, started, until

if TYPE_CHECKING:
    from pathlib import Path

    from tests.engines.conftest import Maker

COUNT = "MATCH (n:Kept) RETURN count(n)"


def _pid(local: LocalEngine) -> int:
    owner = local.owner()
    assert owner is not None
    return owner.pid


def _terminate(local: LocalEngine) -> None:
    """Let the engine stop, unless it is just stopping: until its end it answers."""
    with contextlib.suppress(psutil.NoSuchProcess):
        if owner := local.owner():
            psutil.Process(owner.pid).terminate()


def _keep(engine: BoltEngine, uid: object) -> None:
    engine.write(lambda transaction: transaction.run("CREATE (:Kept {uid: $uid})", uid=uid))


def test_it_outlives_who_started_it(own: LocalEngine) -> None:
    """The engine starts with the first call, goes on when that process ends, and keeps what was written."""
    script = PRELUDE + (
        "with closing(BoltEngine(local)) as engine:\n"
        "    engine.write(lambda transaction: transaction.run('CREATE (:Kept)'))\n"
        "print(local.owner().pid)"
    )
    assert own.owner() is None
    pid = int(python(script, own.files.folder))
    assert _pid(own) == pid
    with closing(BoltEngine(own)) as engine:
        assert engine.read(COUNT) == [[1]]
    assert _pid(own) == pid


def test_three_processes_share_it(own: LocalEngine) -> None:
    """Three processes that write at once use one engine and lose nothing."""
    script = PRELUDE + (
        "with closing(BoltEngine(local)) as engine:\n"
        "    for n in range(20):\n"
        "        engine.write(lambda transaction: transaction.run('MERGE (n:Kept {uid: $n}) SET n.x = 1', n=n))\n"
        "        engine.write(lambda transaction: transaction.run('CREATE (:Kept)'))\n"
        "print(local.owner().pid)"
    )
    with closing(BoltEngine(own)) as engine:
        engine.write(lambda transaction: transaction.run("CREATE CONSTRAINT k FOR (n:Kept) REQUIRE n.uid IS UNIQUE"))
        processes = [started(script, own.files.folder) for _ in range(3)]
        assert {int(said(process)) for process in processes} == {_pid(own)}
        assert engine.read("MATCH (n:Kept) RETURN count(n), count(n.uid)") == [[80, 20]]


def test_twelve_that_start_it_at_once_get_one(own: LocalEngine) -> None:
    """Of twelve processes that start the engine at once all use the same one, and one process is left."""
    script = PRELUDE + "local.locate()\nprint(local.owner().pid)"
    processes = [started(script, own.files.folder) for _ in range(12)]
    pids = {int(said(process)) for process in processes}
    assert len(pids) == 1
    assert until(lambda: [each.pid for each in owners(own.files.folder)] == [*pids])


def test_stop_and_start(own: LocalEngine) -> None:
    """Stopped, its process is gone and its files are free; the next call starts it with what it held."""
    with closing(BoltEngine(own)) as engine:
        _keep(engine, 1)
        first = _pid(own)
        assert own.stop()
        assert not psutil.pid_exists(first) or psutil.Process(first).status() == psutil.STATUS_ZOMBIE
        assert (own.owner(), own.files.server.exists()) == (None, False)
        assert not own.stop()
        assert engine.read(COUNT) == [[1]]
        assert _pid(own) != first


def test_stop_while_it_starts(own: LocalEngine) -> None:
    """An engine that is just starting is stopped too, and no process is left behind."""
    own.start()
    assert until(own.files.root.exists)
    assert own.stop()
    assert until(lambda: owners(own.files.folder) == [])


def test_killed_it_is_started_again_without_an_error(own: LocalEngine) -> None:
    """After SIGKILL the next read and the next write go through, on a new process, with all that was committed."""
    with closing(BoltEngine(own)) as engine:
        for number in range(3):
            _keep(engine, number)
            killed = _pid(own)
            os.kill(killed, signal.SIGKILL)
            if number % 2:
                _keep(engine, "w")
            assert engine.read("MATCH (n:Kept) WHERE n.uid <> 'w' RETURN count(n)") == [[number + 1]]
            assert _pid(own) != killed


def test_killed_it_is_gone_at_once(own: LocalEngine) -> None:
    """A killed engine whose starter has not waited for it counts as gone, not as an owner."""
    own.locate()
    os.kill(_pid(own), signal.SIGKILL)
    assert until(lambda: own.owner() is None)


def test_killed_under_load_it_keeps_what_was_committed(own: LocalEngine) -> None:
    """Of writers interrupted by SIGKILL every write that returned is there after the restart."""
    kept: list[str] = []
    failed: list[EngineError] = []

    def write(name: int) -> None:
        for number in range(150):
            uid = f"{name}-{number}"
            try:
                _keep(engine, uid)
            except EngineUnavailableError as error:  # its commit was cut off: it may be there or not
                failed.append(error)
            else:
                kept.append(uid)

    with closing(BoltEngine(own)) as engine:
        engine.read("RETURN 1")
        threads = [threading.Thread(target=write, args=(name,)) for name in range(4)]
        for thread in threads:
            thread.start()
        assert until(lambda: len(kept) > 100)
        os.kill(_pid(own), signal.SIGKILL)
        for thread in threads:
            thread.join()
        stored = engine.read("MATCH (n:Kept) RETURN collect(n.uid)")[0][0]
    assert len(kept) + len(failed) == 600
    assert set(kept) <= set(stored)
    assert len(stored) == len(set(stored)) <= 600


def test_idle_it_stops_and_comes_back(make: Maker) -> None:
    """Unused for its idle time the engine stops by itself; the next call starts it, without an error."""
    own = make(idle=1)
    with closing(BoltEngine(own)) as engine:
        _keep(engine, 1)
        first = _pid(own)
        assert until(lambda: own.owner() is None)
        assert until(lambda: owners(own.files.folder) == [])
        assert engine.read(COUNT) == [[1]]
        assert _pid(own) != first


def test_used_it_does_not_stop(make: Maker) -> None:
    """An engine that is used more often than its idle time goes on."""
    own = make(idle=4)
    with closing(BoltEngine(own)) as engine:
        engine.read("RETURN 1")
        first, end = _pid(own), time.monotonic() + 7
        while time.monotonic() < end:
            engine.read("RETURN 1")
            time.sleep(0.1)
        assert _pid(own) == first


def test_calls_while_it_stops_and_starts(make: Maker) -> None:
    """Reads and writes that meet an engine that is just stopping go through, on the next one."""
    own = make()
    with closing(BoltEngine(own)) as engine:
        for number in range(4):
            _keep(engine, number)
            _terminate(own)
            for _ in range(20):
                engine.read("RETURN 1")
        assert engine.read(COUNT) == [[4]]


def test_few_open_files_are_enough_for_who_starts_it(own: LocalEngine) -> None:
    """The engine takes what the system allows; where that is too little, it says so and does not begin."""
    limit = "import resource\nresource.setrlimit(resource.RLIMIT_NOFILE, (64, {hard}))\n"
    call = "with closing(BoltEngine(local)) as engine:\n    print(engine.read('RETURN 1'))"
    with pytest.raises(AssertionError, match=r"needs 256 open files and may have 64; raise the limit \(ulimit -n\)"):
        python(limit.format(hard=64) + PRELUDE + call, own.files.folder)
    assert python(limit.format(hard=4_096) + PRELUDE + call, own.files.folder) == "[[1]]\n"


@pytest.mark.parametrize("place", [0, 1], ids=["http", "bolt"])
def test_a_port_that_is_taken_meanwhile(own: LocalEngine, place: int) -> None:
    """Somebody takes a port between the engine's choice and its use: it starts on others."""
    script = f"""
import socket, sys
from provgraph.engines.local import sidecar
taken = socket.create_server(("127.0.0.1", 0))
free, chosen = sidecar._free_ports, []
def choose():
    chosen.append(list(free()))
    if len(chosen) == 1:
        chosen[0][{place}] = taken.getsockname()[1]
    return chosen[-1]
sidecar._free_ports = choose
sys.exit(sidecar.main(sys.argv[1], 60, 60))
"""
    process = started(script, own.files.folder)
    try:
        until(lambda: own.owner() is not None)
        with closing(BoltEngine(own)) as engine:
            _keep(engine, "a")
            assert (engine.read(COUNT), _pid(own)) == ([[1]], process.pid)
    finally:
        process.terminate()
        process.communicate()


def test_its_folder_is_removed(own: LocalEngine) -> None:
    """When its folder is removed the engine ends by itself and writes nothing there."""
    own.locate()
    shutil.rmtree(own.files.folder)
    assert until(lambda: owners(own.files.folder) == [])
    assert not own.files.folder.exists()


def test_its_folder_is_made_anew(own: LocalEngine) -> None:
    """When its folder is removed and made anew a new, empty engine owns it, and the old one ends without a trace."""
    with closing(BoltEngine(own)) as engine:
        _keep(engine, 1)
        old = _pid(own)
    shutil.rmtree(own.files.folder)
    own.files.folder.mkdir()
    with closing(BoltEngine(own)) as engine:
        _keep(engine, 2)
        assert until(lambda: [each.pid for each in owners(own.files.folder)] == [_pid(own)])
        assert engine.read("MATCH (n:Kept) RETURN n.uid") == [[2]]
    assert _pid(own) != old


def test_it_says_nothing_and_leaves_nothing(own: LocalEngine, project: Path) -> None:
    """Starting, using and stopping the engine prints nothing and writes nothing into the working directory."""
    script = PRELUDE + (
        "with closing(BoltEngine(local)) as engine:\n    engine.read('RETURN 1')\nlocal.locate()\nlocal.stop()"
    )
    assert python(script, own.files.folder) == ""
    assert list(project.iterdir()) == []


def test_files_beside_a_script_do_not_hide_python(own: LocalEngine, project: Path) -> None:
    """A person's own `random.py` or `signal.py` beside a script does not keep the engine from starting."""
    for name in ("signal", "secrets", "filelock"):
        (project / f"{name}.py").write_text("raise SystemExit('hidden')")
    script = PRELUDE + "sys.path.insert(0, sys.argv[2])\nlocal.locate()\nprint(local.owner().pid)"
    assert int(python(script, own.files.folder, project)) == _pid(own)


def test_warnings_as_errors(own: LocalEngine) -> None:
    """A process that turns warnings into errors is told of none when it leaves a started engine behind."""
    script = (
        "import warnings\nwarnings.simplefilter('error')\n"
        + PRELUDE
        + ("import gc\nlocal.locate()\ndel local\ngc.collect()")
    )
    assert python(script, own.files.folder) == ""


def test_a_start_that_fails_says_why(own: LocalEngine) -> None:
    """An engine that cannot start is an error with its last words and the place of its log."""
    own.files.root.write_text("not a folder")
    with pytest.raises(EngineUnavailableError, match=r"did not start: .*(?s:.)*engine\.log"):
        own.locate()


# What is kept when it stops

SERVE = """
import os, sys
from provgraph.engines.local import sidecar
sidecar.KEEPER = "keeper_of_a_test"
sys.exit(sidecar.main(sys.argv[1], "1", "60"))
"""


def _served(own: LocalEngine, keeper: str, monkeypatch: pytest.MonkeyPatch) -> subprocess.Popen[bytes]:
    """Start an engine that is idle after a second, and then lets a module with this code keep a backup."""
    modules = own.files.folder.parent / "modules"
    modules.mkdir()
    (modules / "keeper_of_a_test.py").write_text(keeper)
    own.files.config.write_text("{}")
    process = subprocess.Popen(
        [sys.executable, "-P", "-c", SERVE, str(own.files.folder)],
        env={**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{modules}"},
    )
    assert until(lambda: own.owner() is not None)
    return process


def _has_begun(own: LocalEngine) -> bool:
    return (own.files.folder / "begun").exists()


SLOW = "import pathlib, sys, time\npathlib.Path(sys.argv[1], 'begun').touch()\ntime.sleep(60)"


def test_idle_it_keeps_a_backup(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the user's data folder, when something was recorded since the last one; its process says nothing."""
    monkeypatch.setenv("PROVGRAPH_IDLE", "1")
    local = LocalEngine(project / ".provgraph")
    counts = []
    for ask in (pg.Transform(name="Make").save, pg.Transform(name="Read").save, pg.Transform.filter().count):
        ask()
        current.close()
        assert until(lambda: local.owner() is None and owners(local.files.folder) == [])
        counts.append(len(automatic.kept(project)))
    assert counts == [1, 2, 2]
    assert [manifest_of(each)["nodes"]["Transform"] for each in automatic.kept(project)] == [1, 2]
    assert "backup" not in local.files.log.read_text()


def test_none_is_kept_of_a_folder_that_is_no_instance(own: LocalEngine) -> None:
    """An engine without a project stops as it is."""
    with closing(BoltEngine(own)) as engine:
        _keep(engine, 1)
    assert own.stop()
    assert not automatic.home().exists()


def test_who_comes_while_a_backup_is_kept_does_not_wait(make: Maker, monkeypatch: pytest.MonkeyPatch) -> None:
    """The engine answers meanwhile, and goes on for them afterwards."""
    own = make(idle=3)
    process = _served(own, SLOW.replace("60", "3"), monkeypatch)
    try:
        assert until(lambda: _has_begun(own))
        with closing(BoltEngine(own)) as engine:
            _keep(engine, 1)
            end = time.monotonic() + 4
            while time.monotonic() < end:
                assert engine.read(COUNT) == [[1]]
                time.sleep(0.2)
        assert _pid(own) == process.pid
    finally:
        process.kill()
        process.wait()


def test_stopped_while_a_backup_is_kept_it_does_not_wait(own: LocalEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither does it when its folder is removed; the process that keeps it ends too."""
    process = _served(own, SLOW, monkeypatch)
    try:
        assert until(lambda: _has_begun(own))
        began = time.monotonic()
        assert own.stop()
        process.wait(PATIENCE)
        assert time.monotonic() - began < 30
    finally:
        process.kill()
        process.wait()
    assert not [each for each in psutil.process_iter(["cmdline"]) if "keeper_of_a_test" in (each.info["cmdline"] or [])]


@pytest.mark.parametrize("keeper", ["raise SystemExit('it cannot be')", "import nothing_of_this_name"])
def test_a_backup_that_cannot_be_kept_keeps_no_engine(
    own: LocalEngine, monkeypatch: pytest.MonkeyPatch, keeper: str
) -> None:
    """It stops all the same."""
    process = _served(own, keeper, monkeypatch)
    assert process.wait(PATIENCE) == 0


def test_why_a_backup_was_not_kept_is_in_the_log(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On one line, without a stack."""
    monkeypatch.setenv("PROVGRAPH_IDLE", "1")
    automatic.home().parent.parent.mkdir(parents=True)
    automatic.home().parent.write_text("a file")
    pg.Transform(name="Make").save()
    current.close()
    local = LocalEngine(project / ".provgraph")
    assert until(lambda: local.owner() is None)
    said = local.files.log.read_text()
    assert [line for line in said.splitlines() if "no backup was kept" in line]
    assert "Traceback" not in said
