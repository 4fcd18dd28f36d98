"""The wheel works where there is no checkout."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import provgraph as pg

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built once."""
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    [built] = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the wheel is installed."""
    folder = tmp_path_factory.mktemp("site")
    options = ["--quiet", "--no-deps", "--no-index", "--disable-pip-version-check", "--target", str(folder)]
    subprocess.run([sys.executable, "-m", "pip", "install", *options, str(wheel)], check=True)
    return folder


def python(installed: Path, code: str) -> str:
    environment = {**os.environ, "PYTHONPATH": str(installed)}
    command = [sys.executable, "-P", "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_the_wheel_holds_every_statement_as_it_is(wheel: Path) -> None:
    """`provgraph/_cypher` in the wheel is `cypher/` of the checkout, byte for byte."""
    with zipfile.ZipFile(wheel) as archive:
        inside = {name: archive.read(name) for name in archive.namelist() if name.startswith("provgraph/_cypher/")}
    files = {
        f"provgraph/_cypher/{path.relative_to(ROOT / 'cypher').as_posix()}": path.read_bytes()
        for path in (ROOT / "cypher").rglob("*.cypher")
    }
    assert files
    assert inside == files


def test_the_wheel_holds_every_file_of_the_package(wheel: Path) -> None:
    """The demo's scripts and notebooks, the page's parts and the mark of types are inside; tests are not."""
    tracked = subprocess.run(
        ["git", "-C", ROOT, "ls-files", "--cached", "provgraph"], capture_output=True, text=True, check=True
    )
    wanted = {name for name in tracked.stdout.splitlines() if (ROOT / name).exists()}
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    assert {"provgraph/demo/files/project-flow.ipynb", "provgraph/views/page.html", "provgraph/py.typed"} <= wanted
    assert wanted <= names
    assert not [name for name in names if name.startswith("tests") or "__pycache__" in name]


def test_an_installed_provgraph_loads_its_own_statements(installed: Path) -> None:
    """Away from the checkout the statements come from the package."""
    code = "from provgraph.statements import files; print(files.load('runs/start').mode, files.folder())"
    assert python(installed, code) == f"write {installed / 'provgraph' / '_cypher'}"


def test_an_installed_provgraph_tracks(installed: Path, project: Path) -> None:
    """Its local engine starts from the installed files, and a record is saved and found."""
    code = (
        "import provgraph as pg; print(pg.__file__, pg.Transform(name='step').save() == pg.Transform.get(name='step'))"
    )
    assert python(installed, code) == f"{installed / 'provgraph' / '__init__.py'} True"
    assert (project / ".provgraph").is_dir()


def test_the_wheel_has_the_version_and_the_command(wheel: Path, installed: Path) -> None:
    """The file's name says the version of the package, and the command is there."""
    assert wheel.name == f"provgraph-{pg.__version__}-py3-none-any.whl"
    [entry] = installed.glob("provgraph-*.dist-info/entry_points.txt")
    assert "provgraph = provgraph.cli:main" in entry.read_text()
