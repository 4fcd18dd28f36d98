"""Both engines, for the tests that need them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from provgraph.engines.contract import Address, Credentials, Server
from provgraph.engines.local import LocalEngine
from provgraph.store import current
from tests.support import neo4j_server as neo4j

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from provgraph.engines.bolt import BoltEngine
    from provgraph.store.store import Store


@pytest.fixture(scope="session")
def neo4j_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[neo4j.Neo4jServer]:
    """A real Neo4j, started once."""
    yield from neo4j.running(tmp_path_factory.mktemp("neo4j"))


@pytest.fixture(scope="session")
def local_engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalEngine]:
    """A local engine, started once and shared by tests that bring their own space."""
    engine = LocalEngine(tmp_path_factory.mktemp("local"), idle=600)
    yield engine
    engine.stop()


@pytest.fixture(params=["local", "neo4j"])
def engine(request: pytest.FixtureRequest) -> Iterator[BoltEngine]:
    """Each of the two engines in turn."""
    from provgraph.engines.bolt import BoltEngine

    if request.param == "local":
        found = BoltEngine(request.getfixturevalue("local_engine"))
    else:
        server = request.getfixturevalue("neo4j_server")
        found = BoltEngine(Server(Address(server.url, Credentials(server.username, server.password))))
    yield found
    found.close()


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
def store(setup: Setup, project: Path) -> Store:
    """An open, empty store on each of the two engines in turn."""
    return current.init(project, name=f"{setup.name}-{project.parent.name}", shared=True)
