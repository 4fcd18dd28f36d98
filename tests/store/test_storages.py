"""Where files can be stored: anywhere but in what is removed with the instance."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

import provgraph as pg
from provgraph.errors import InvalidValueError

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Setup

pytestmark = pytest.mark.usefixtures("own_engine")


@pytest.fixture
def space(setup: Setup, project: Path) -> str:
    """A name that no other test has."""
    return f"{setup.name}-{project.parent.name}-{os.getpid()}"


@pytest.mark.parametrize("storage", [".provgraph", ".provgraph/engine", ".provgraph/mine", "linked"])
def test_a_storage_that_goes_with_the_instance_is_refused(space: str, project: Path, storage: str) -> None:
    """Deleting would take a person's files in it along; nothing is made."""
    (project / "linked").symlink_to(project / ".provgraph" / "mine")
    with pytest.raises(InvalidValueError, match=r"is a part of \.provgraph.*Choose a folder outside of it"):
        pg.init(name=space, storage=storage, shared=True)
    assert not (project / ".provgraph").exists()
    store = pg.init(name=space, storage=".provgraph/storage/raw", shared=True)
    with pytest.raises(InvalidValueError, match=r"is a part of \.provgraph"):
        pg.settings.storage.root = storage
    assert store.files.root == project / ".provgraph/storage/raw"


def test_a_storage_behind_a_link_of_the_instance_is_refused(space: str, project: Path, tmp_path: Path) -> None:
    """Whatever the folder that it leads to is called."""
    scratch = tmp_path / "scratch"
    scratch.mkdir(0o700)
    (project / ".provgraph").symlink_to(scratch)
    with pytest.raises(InvalidValueError, match=r"is a part of \.provgraph"):
        pg.init(name=space, storage=scratch / "mine", shared=True)
    assert not (scratch / "config.json").exists()
