"""Both engines, for the tests that need them."""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import pytest

import provgraph as pg
from provgraph.engines.contract import Address, Credentials, Server
from provgraph.engines.local import LocalEngine
from provgraph.engines.local.files import EngineFiles
from tests.support import neo4j_server as neo4j

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from provgraph.engines.bolt import BoltEngine
    from provgraph.store.store import Store


WORKER = os.environ.get("PYTEST_XDIST_WORKER", "alone")
"""Which process of those that share the tests this is: names of folders are cut, and come again in each."""
IDLE = 3 * 3600.0
"""Seconds for which the shared local engine stays: longer than any run of the tests."""


def pytest_xdist_auto_num_workers() -> int:
    """One more than there are processors, as tests wait for engines and processes; as many as four."""
    return min((os.cpu_count() or 1) + 1, 4)


@pytest.fixture(scope="session")
def neo4j_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[neo4j.Neo4jServer]:
    """A real Neo4j, started once, also when several processes share the tests."""
    base = tmp_path_factory.getbasetemp()
    with neo4j.shared((base if WORKER == "alone" else base.parent) / "neo4j") as server:
        yield server


@pytest.fixture(scope="session")
def local_engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalEngine]:
    """A local engine, started once and shared by tests that bring their own space."""
    engine = LocalEngine(tmp_path_factory.mktemp("local"), idle=IDLE)
    yield engine
    engine.stop()


@contextlib.contextmanager
def connected(request: pytest.FixtureRequest) -> Iterator[BoltEngine]:
    """Connect to the engine that a fixture's parameter names."""
    from provgraph.engines.bolt import BoltEngine

    if request.param == "local":
        found = BoltEngine(request.getfixturevalue("local_engine"))
    else:
        server = request.getfixturevalue("neo4j_server")
        found = BoltEngine(Server(Address(server.url, Credentials(server.username, server.password))))
    yield found
    found.close()


@pytest.fixture(params=["local", "neo4j"])
def engine(request: pytest.FixtureRequest) -> Iterator[BoltEngine]:
    """Each of the two engines in turn."""
    with connected(request) as found:
        yield found


@contextlib.contextmanager
def lent(engine: LocalEngine, folder: Path) -> Iterator[None]:
    """Let a project that has no engine yet use this one, as if it had started it: half a second less for each test.

    A test that stops it has an empty one of its own from then on.
    """
    engine.locate()
    engine.in_use()  # projects note in their own folder that they use it
    folder.mkdir(0o700)
    files, owner = EngineFiles(folder), engine.owner()
    assert owner is not None
    files.publish(replace(owner, folder=files.identity))
    yield
    if (now := files.owner()) is not None and now.pid == owner.pid:
        files.server.unlink()


@dataclass(frozen=True)
class Setup:
    """One of the engines as a project uses it: what a process's environment must hold."""

    name: str
    environment: dict[str, str] = field(default_factory=dict)


@pytest.fixture(params=["local", "neo4j"])
def setup(request: pytest.FixtureRequest, project: Path, monkeypatch: pytest.MonkeyPatch) -> Setup:
    """The project on each of the two engines in turn, with an empty space of its own."""
    if request.param == "local":
        return Setup("local")
    environment = request.getfixturevalue("neo4j_server").environment()
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return Setup("neo4j", environment)


@pytest.fixture
def own_engine() -> None:
    """For tests that stop, move or delete the project's local engine: it shares it with no other test."""


@pytest.fixture
def store(request: pytest.FixtureRequest, setup: Setup, project: Path) -> Iterator[Store]:
    """An open store on each of the two engines in turn, with an empty space of its own in the graph that all share."""
    name = f"{setup.name}-{WORKER}-{project.parent.name}"
    if setup.name == "local" and "own_engine" not in request.fixturenames:
        with lent(request.getfixturevalue("local_engine"), project / ".provgraph"):
            yield pg.init(project, name=name, shared=True)
    else:
        yield pg.init(project, name=name, shared=True)
