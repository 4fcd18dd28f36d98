"""Where the local engine's owner runs: on this host, on another one, or where its process cannot be seen."""

from __future__ import annotations

import contextlib
import json
import socket
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

import pytest

from provgraph.engines.bolt import BoltEngine
from provgraph.engines.local import LocalEngine, client, files
from provgraph.errors import EngineBusyError
from tests.support.processes import PRELUDE, held, owners, started, surroundings
from tests.support.public import AS_ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from provgraph.engines.local.files import Owner
    from tests.engines.conftest import Maker

ELSEWHERE = "00000000-0000-0000-0000-000000000000:1"
"""A place on no host."""


def _running(own: LocalEngine) -> Owner:
    own.locate()
    owner = own.owner()
    assert owner is not None
    return owner


def _renamed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "gethostname", lambda: "renamed")


def _without_places(own: LocalEngine) -> None:
    """Let `server.json` be as an older provgraph wrote it."""
    kept = json.loads(own.files.server.read_text())
    own.files.server.write_text(json.dumps({name: kept[name] for name in kept if name not in {"processes", "network"}}))


def test_a_host_that_is_renamed_is_the_same(make: Maker, monkeypatch: pytest.MonkeyPatch) -> None:
    """The engine that runs is found, and stopped."""
    owner, own = _running(make()), make()
    _renamed(monkeypatch)
    assert own.locate().url.endswith(f":{owner.port}")
    assert own.owner() == owner
    assert own.stop()
    assert owners(own.files.folder) == []


def test_hosts_of_one_name_are_two(own: LocalEngine) -> None:
    """As machines made from one image are; what has the number of its process here is another process."""
    owner = replace(_running(own), processes=ELSEWHERE)
    assert not owner.is_here()
    assert not owner.is_alive()


@pytest.mark.parametrize("call", [LocalEngine.locate, LocalEngine.stop])
def test_another_host_of_this_name_owns_it(own: LocalEngine, call: Any) -> None:
    """It is refused as any other host is, and told from this one; nothing is started."""
    owner = {"host": socket.gethostname(), "pid": 1, "started": 0.0, "port": 1, "writer": "w", "reader": "r"}
    own.files.server.write_text(json.dumps({**owner, "processes": ELSEWHERE}))
    with held(own.files.lock), pytest.raises(EngineBusyError, match="cannot be seen from here, owns the store"):
        call(own)
    assert owners(own.files.folder) == []


def test_an_engine_that_an_older_provgraph_started(make: Maker, monkeypatch: pytest.MonkeyPatch) -> None:
    """It says its host's name alone, and is known by that."""
    owner, own = replace(_running(make()), processes="", network=""), make()
    _without_places(own)
    assert own.owner() == owner
    _renamed(monkeypatch)
    assert own.owner() is None
    with pytest.raises(EngineBusyError, match=rf"the host '{owner.host}' owns the store"):
        own.locate()


def test_where_the_system_does_not_tell_hosts_apart(
    own: LocalEngine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """They are known by their names, as on macOS and Windows."""
    monkeypatch.setattr(files, "BOOT", tmp_path / "boot_id")
    owner = _running(own)
    assert own.owner() == owner
    _renamed(monkeypatch)
    assert own.owner() is None
    assert "boot_id" not in str(asdict(owner))


# Where its process cannot be seen

APART = ("unshare", "--pid", "--fork", "--mount-proc", "--kill-child")
WORK = PRELUDE + (
    "with closing(BoltEngine(local)) as engine:\n"
    "    engine.write(lambda transaction: transaction.run('CREATE (:Kept)'))\n"
    "print(local.owner().pid, flush=True)\n"
    "sys.stdin.read()"
)


@contextlib.contextmanager
def _at_work_apart(folder: Path) -> Iterator[int]:
    """Let a process start the engine among processes that are not seen from here; give the engine's number there."""
    process = subprocess.Popen(
        [*APART, sys.executable, "-P", "-c", WORK, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=surroundings(),
    )
    try:
        assert process.stdout is not None
        yield int(process.stdout.readline())
    finally:
        process.kill()
        process.communicate()


@AS_ROOT
def test_an_engine_whose_process_is_not_seen_is_used(own: LocalEngine) -> None:
    """It answers on this loopback, as from a container with the host's network, and no other one is started."""
    with _at_work_apart(own.files.folder) as number, closing(BoltEngine(own)) as engine:
        assert engine.read("MATCH (n:Kept) RETURN count(n)") == [[1]]
        assert [each.pid for each in owners(own.files.folder) if each.pid == number] == []
        assert len(owners(own.files.folder)) == 1


@AS_ROOT
def test_an_engine_whose_process_is_not_seen_is_not_stopped(own: LocalEngine) -> None:
    """Its number may be another process's here: the error says so, and it goes on."""
    with _at_work_apart(own.files.folder) as number:
        with pytest.raises(EngineBusyError, match=f"the process {number} of '.*', which cannot be seen from here"):
            own.stop()
        with closing(BoltEngine(own)) as engine:
            assert engine.read("RETURN 1") == [[1]]


@AS_ROOT
def test_an_engine_that_ended_where_it_was_not_seen(own: LocalEngine) -> None:
    """Its lock is free then: one is started here, with what it held."""
    with _at_work_apart(own.files.folder):
        pass
    with closing(BoltEngine(own)) as engine:
        assert engine.read("MATCH (n:Kept) RETURN count(n)") == [[1]]
    owner = own.owner()
    assert owner is not None
    assert owner.is_alive()


def test_an_engine_of_another_network_is_not_spoken_to(own: LocalEngine) -> None:
    """Its port is on another loopback; the error comes at once, and no process is left."""
    owner = {"host": "node17", "pid": 1, "started": 0.0, "port": 1, "writer": "w", "reader": "r"}
    own.files.server.write_text(json.dumps({**owner, "processes": ELSEWHERE, "network": ELSEWHERE}))
    began = time.monotonic()
    with held(own.files.lock), pytest.raises(EngineBusyError, match="the host 'node17' owns"):
        own.locate()
    assert time.monotonic() - began < client.START_WITHIN / 2
    assert owners(own.files.folder) == []


IMPATIENT = """
import sys
from provgraph.engines.local import sidecar
sidecar.OWNER_EXPECTED_WITHIN = 1.0
sys.exit(sidecar.main(sys.argv[1], "60", "60"))
"""


@pytest.mark.parametrize("named", [True, False])
def test_a_lock_that_nobody_is_seen_to_hold(own: LocalEngine, *, named: bool) -> None:
    """A process that waits for its holder ends, and says what holds it: one that an older provgraph named, or none."""
    if named:
        owner = {"host": socket.gethostname(), "pid": 2**22, "started": 0.0, "port": 1, "writer": "w", "reader": "r"}
        own.files.server.write_text(json.dumps(owner))
    with held(own.files.lock):
        process = started(IMPATIENT, own.files.folder)
        _, told = process.communicate(timeout=60)
    who = (
        f"process {2**22} of '{socket.gethostname()}', which cannot be seen from here"
        if named
        else "a process that does not say where it answers"
    )
    assert (process.returncode, told.count("\n")) == (1, 1)
    assert who in told
    assert str(own.files.lock) in told


SLOW = """
import sys, time
from provgraph.engines.local import sidecar
def start(*arguments):
    print("begun", flush=True)
    time.sleep(60)
sidecar._start = start
sidecar.main(sys.argv[1], "60", "60")
"""


def test_an_engine_that_starts_is_not_taken_for_the_one_before(make: Maker) -> None:
    """Who holds the lock takes away what the last owner had published; until it answers nobody is named."""
    before, own = make(), make()
    owner = replace(_running(before), processes=ELSEWHERE)
    before.stop()
    own.files.publish(owner)
    process = started(SLOW, own.files.folder)
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "begun\n"
        assert not own.files.is_free()
        assert own.owner() is None
    finally:
        process.kill()
        process.communicate()
    assert own.locate().url != f"bolt://127.0.0.1:{owner.port}"
