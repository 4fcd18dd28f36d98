"""`make` says what is wrong in one line."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def make(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["make", *words], capture_output=True, text=True, check=False)


@pytest.fixture(autouse=True)
def checkout(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The files that make reads, in a folder without an environment; nothing of the make that runs the tests."""
    for name in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS", "PYTHON"):
        monkeypatch.delenv(name, raising=False)
    shutil.copy(ROOT / "Makefile", project)
    shutil.copy(ROOT / "pyproject.toml", project)


@pytest.mark.parametrize("target", ["demo", "test"])
def test_an_old_python_is_named_in_one_line(project: Path, target: str) -> None:
    """A Python that is too old, or has no venv, ends in one sentence that says what is needed; nothing is made."""
    old = project / "python3"
    old.write_text("#!/bin/sh\nexit 1\n")
    old.chmod(0o755)
    done = make(target, f"PYTHON={old}")
    assert done.returncode != 0
    [said] = [line for line in done.stderr.splitlines() if not line.startswith("make")]
    assert said.startswith("provgraph needs Python 3.11 or newer with its venv module: make PYTHON=")
    assert not (project / ".venv").exists()


def test_help_names_every_target() -> None:
    """`make` alone lists the targets, one line each."""
    targets = [line.partition(":")[0] for line in make().stdout.splitlines()]
    assert targets == ["make demo", "make test", "make torture", "make lint", "make clean", "make help"]


def test_a_second_call_installs_nothing(project: Path) -> None:
    """Once installed, `make demo` only runs the demo; a changed pyproject.toml installs again."""
    (project / ".venv" / "bin").mkdir(parents=True)
    (project / ".venv" / "bin" / "pip").touch()
    (project / ".venv" / "bin" / "uv").touch()
    (project / ".venv" / ".demo").touch()
    assert make("-n", "demo").stdout.splitlines() == [".venv/bin/provgraph demo"]
    (project / ".venv" / ".demo").unlink()
    assert "install" in make("-n", "demo").stdout
