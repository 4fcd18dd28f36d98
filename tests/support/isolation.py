"""Every test, in a docstring too, works in an empty project of its own and reaches nothing of the tester's."""

from __future__ import annotations

import contextlib
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest

import provgraph
from provgraph.engines.local import LocalEngine
from provgraph.store import current

if TYPE_CHECKING:
    from collections.abc import Iterator

FOREIGN = ("PROVGRAPH_", "NEO4J_", "XDG_", "GIT_")
"""Variables of the tester that would change what a test does."""
XDG = ("CONFIG", "DATA", "STATE", "CACHE")


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty project folder, the working directory, with a home and a user of its own."""
    folder = alone(tmp_path, monkeypatch)
    yield folder
    _leave(folder)
    monkeypatch.undo()


def alone(base: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make an empty project folder the working directory, and leave nothing of the tester's in the environment."""
    home, folder = base / "home", base / "my_project"
    home.mkdir()
    folder.mkdir()
    for name in [name for name in os.environ if name.startswith(FOREIGN)]:
        monkeypatch.delenv(name)
    for name, value in _environment(home).items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture(autouse=True)
def names_of_examples(doctest_namespace: dict[str, object]) -> None:
    """Examples in docstrings say `pg` and `Path` as a person does who has imported them."""
    doctest_namespace.update(pg=provgraph, Path=Path)


def _environment(home: Path) -> dict[str, str]:
    folders = {f"XDG_{name}_HOME": str(home / name.lower()) for name in XDG}
    people = {f"GIT_{role}_{what}": value for role in ("AUTHOR", "COMMITTER") for what, value in _GIT_USER}
    git = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "GIT_CEILING_DIRECTORIES": str(home.parent)}
    return {"HOME": str(home), "PROVGRAPH_USER": "testuser1", **folders, **people, **git}


_GIT_USER = (("NAME", "Test User1"), ("EMAIL", "testuser1@example.org"))


def _leave(folder: Path) -> None:
    current.close()
    current.forget()
    if (folder / ".provgraph").is_dir():
        _end(LocalEngine(folder / ".provgraph"))
    shutil.rmtree(folder, ignore_errors=True)


def _end(engine: LocalEngine) -> None:
    """End an engine whose folder goes; stopped in order it would keep a backup first, which takes longer than to start.

    One that is just starting is waited for.
    """
    if (owner := engine.owner()) is not None:
        with contextlib.suppress(psutil.NoSuchProcess):
            process = psutil.Process(owner.pid)
            process.kill()
            process.wait()
    engine.stop()
