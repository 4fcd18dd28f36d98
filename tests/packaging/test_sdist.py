"""The source package is enough to build provgraph and to test it."""

from __future__ import annotations

import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
STATEMENTS = {path.relative_to(ROOT / "cypher").as_posix() for path in ROOT.glob("cypher/**/*.cypher")}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the source package and the wheel that was built from it."""
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def test_it_holds_what_building_and_testing_need(built: Path) -> None:
    """Statements, tests, licence, Makefile, compose file and README are inside."""
    [sdist] = built.glob("provgraph-*.tar.gz")
    with tarfile.open(sdist) as archive:
        inside = {name.partition("/")[2] for name in archive.getnames()}
    assert {f"cypher/{name}" for name in STATEMENTS} <= inside
    assert {"LICENSE", "Makefile", "README.md", "pyproject.toml", "docker-compose.yml", "tests/conftest.py"} <= inside
    assert not [name for name in inside if name.startswith((".venv/", ".cache/", "provgraph-demo/"))]


def test_a_wheel_from_it_holds_the_statements(built: Path) -> None:
    """The wheel that was built from the source package alone has every statement."""
    [wheel] = built.glob("provgraph-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        inside = {name for name in archive.namelist() if name.startswith("provgraph/_cypher/")}
    assert STATEMENTS
    assert inside == {f"provgraph/_cypher/{name}" for name in STATEMENTS}
