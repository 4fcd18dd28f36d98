"""Local engines of a test's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import pytest

from provgraph.engines.local import LocalEngine
from tests.support.processes import end_owners

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Maker(Protocol):
    """Makes the local engine of a folder below the test's."""

    def __call__(self, name: str = "own", *, idle: float = 300.0) -> LocalEngine:
        """Make the folder and its engine; it is not started."""
        ...


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Maker]:
    """Make local engines whose processes end with the test."""
    folders: list[Path] = []

    def make(name: str = "own", *, idle: float = 300.0) -> LocalEngine:
        folder = tmp_path / name
        folder.mkdir(exist_ok=True)
        folders.append(folder)
        return LocalEngine(folder, idle=idle)

    yield make
    for folder in folders:
        end_owners(folder)


@pytest.fixture
def own(make: Maker) -> LocalEngine:
    """A local engine of the test's own, not started."""
    return make()
