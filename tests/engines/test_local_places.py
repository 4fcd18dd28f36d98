"""Where the local engine's owner runs: on this host, on another one, or where its process cannot be seen."""

from __future__ import annotations

import json
import socket
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

import pytest

from provgraph.engines.local import LocalEngine, files
from provgraph.errors import EngineBusyError
from tests.support.processes import held, owners

if TYPE_CHECKING:
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
    own.files.server.write_text(json.dumps({name: kept[name] for name in kept if name != "processes"}))


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
    owner, own = replace(_running(make()), processes=""), make()
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
