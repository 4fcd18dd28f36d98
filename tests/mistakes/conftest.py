"""One project on each engine for a whole table: where nothing is written, nothing has to be made anew."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import pytest

import provgraph as pg
from provgraph.engines.local import LocalEngine
from provgraph.store import current
from provgraph.store.operations import _empty
from tests.conftest import lent
from tests.mistakes.world import World, build
from tests.support.isolation import alone

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="module", params=["local", "neo4j"])
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """An open store with a record of each kind, on each engine in turn; nobody can log in here."""
    base: Path = tmp_path_factory.mktemp(f"mistakes-{request.param}")
    with pytest.MonkeyPatch.context() as monkeypatch:
        folder = alone(base, monkeypatch)
        (base / "home" / "closed").write_text("")
        monkeypatch.setenv("XDG_CONFIG_HOME", str(base / "home" / "closed"))
        with contextlib.ExitStack() as stack:
            if request.param == "neo4j":
                for name, value in request.getfixturevalue("neo4j_server").environment().items():
                    monkeypatch.setenv(name, value)
            else:
                stack.enter_context(lent(request.getfixturevalue("local_engine"), folder / ".provgraph"))
            made = build(pg.init(folder, name=f"{base.name}-{base.parent.name}", shared=True), folder)
            yield made
            made.back()
            _empty(made.store)
            current.close()
        current.forget()
        LocalEngine(folder / ".provgraph").stop()


@pytest.fixture(autouse=True)
def project(request: pytest.FixtureRequest) -> Iterator[Path]:
    """The folder of the world, for those that ask for it; an empty one for the others."""
    if "world" in request.fixturenames:
        yield request.getfixturevalue("world").folder
        return
    base = request.getfixturevalue("tmp_path")
    with pytest.MonkeyPatch.context() as monkeypatch:
        yield alone(base, monkeypatch)
        current.close()
        current.forget()
        if (base / "my_project" / ".provgraph").is_dir():
            LocalEngine(base / "my_project" / ".provgraph").stop()
