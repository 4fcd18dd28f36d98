"""`pg.add` of a project that is there already: interrupted it loses nothing, and goes on where it was."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import provgraph as pg
from provgraph.errors import DiskFullError, FileChangedError
from provgraph.storage.scan import scan
from provgraph.store import adding
from provgraph.store.adding import BATCH
from provgraph.store.files import Files
from tests.support.processes import PATIENCE, started, surroundings, until
from tests.support.public import AS_ROOT, NOBODY, public_folder

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from provgraph.store.files import Placed, Source
    from provgraph.store.store import Store
    from tests.conftest import Setup
    from tests.support.neo4j_server import Neo4jServer

FILES = 4 * BATCH


def is_still() -> bool:
    """Say whether no file came for a moment."""
    before = pg.Artifact.filter().count()
    time.sleep(0.3)
    return pg.Artifact.filter().count() == before


@pytest.mark.usefixtures("store")
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_interrupted_it_can_be_repeated(how: signal.Signals, setup: Setup, capsys: pytest.CaptureFixture[str]) -> None:
    """Each file is there once; of the files of one transaction all or none; and what is known already is said."""
    Path("data").mkdir()
    for number in range(FILES):
        Path("data", f"{number}.txt").write_text(str(number))
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "provgraph", "add", "data"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=surroundings(**setup.environment),
    )
    assert until(lambda: pg.Artifact.filter().exists() or process.poll() is not None)
    process.send_signal(how)
    _, said = process.communicate(timeout=PATIENCE)
    assert until(is_still)  # what was on its way when it was killed has arrived
    there = pg.Artifact.filter().count()
    assert (0 < there < FILES, there % BATCH) == (True, 0)
    assert process.returncode == (130 if how is signal.SIGINT else -signal.SIGKILL)
    assert "Traceback" not in said
    capsys.readouterr()
    assert len(pg.add("data")) == FILES
    assert f"{there:,} of the files were known already" in capsys.readouterr().err
    assert sorted(pg.Artifact.filter().list("key")) == sorted(f"data/{number}.txt" for number in range(FILES))
    assert (pg.check(), pg.verify(sample=200).findings) == ([], [])


def data(*names: str) -> list[Path]:
    """Make files to be added."""
    files = [Path("data", name) for name in names]
    for file in files:
        file.parent.mkdir(exist_ok=True)
        file.write_text(file.name)
    return files


AS_NOBODY = f"""
import os, sys
import provgraph as pg
pg.init(name=sys.argv[1], shared=True)
pg.Transform(name="first").save()
os.setgroups([]); os.setgid({NOBODY}); os.setuid({NOBODY})
sys.stderr = sys.stdout
print([file.name for file in pg.add("data", dry_run=True)])
print([file.name for file in pg.add("data")])
print(pg.Artifact.filter().order_by("key").list("key"))
"""


@AS_ROOT
def test_a_file_that_may_not_be_read_keeps_no_other_from_being_added(
    neo4j_server: Neo4jServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is named and left out, by a dry run too, as a folder is that cannot be listed."""
    with public_folder() as folder:
        monkeypatch.chdir(folder)
        for name, value in neo4j_server.environment().items():
            monkeypatch.setenv(name, value)
        data("a.csv", "b.csv", "c.csv")[1].chmod(0)
        Path("data/closed").mkdir(0)
        process = started(AS_NOBODY, folder.name)
        out, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, out + err
    left = [
        f"! nothing in {folder}/data/closed is added: what is there cannot be listed",
        f"! the file {folder}/data/b.csv may not be read by you: left out",
    ]
    added = "['a.csv', 'c.csv']"
    assert out.splitlines() == [*left, added, *left, added, "['data/a.csv', 'data/c.csv']"]


@pytest.mark.usefixtures("store")
@pytest.mark.parametrize("when", ["it was listed", "it was looked at"])
def test_a_file_that_is_gone_when_it_is_its_turn_is_left_out(
    when: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is named, and all others are added, those of its transaction and those after it."""
    files = data("a.csv", "b.csv", "c.csv", "d.csv", "e.csv")
    take = Files.take

    def listed(folder: Path, *more: object) -> Iterator[Path]:
        yield from list(scan(folder, *more))  # type: ignore[arg-type]
        files[1].unlink()

    def looked_at(of: Files, sources: Sequence[Source]) -> list[Placed]:
        files[1].unlink(missing_ok=True)
        return take(of, sources)

    monkeypatch.setattr(adding, "BATCH", 2)
    monkeypatch.setattr(*(adding, "scan", listed) if when == "it was listed" else (Files, "take", looked_at))
    assert [file.name for file in pg.add("data")] == ["a.csv", "c.csv", "d.csv", "e.csv"]
    said = capsys.readouterr().err
    assert f"! there is no file {files[1].absolute()}: left out" in said
    assert "known already" not in said
    assert sorted(pg.Artifact.filter().list("key")) == [f"data/{name}.csv" for name in "acde"]


@pytest.mark.usefixtures("store")
def test_a_file_that_changed_while_it_was_read_is_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is not a file's own fault, as a full disk, is an error as before."""
    data("a.csv")
    faults = [FileChangedError("it changed", "Wait."), DiskFullError("it is full", "Free some space.")]
    take = Files.take

    def faulty(of: Files, sources: Sequence[Source]) -> list[Placed]:
        if faults:
            raise faults.pop(0)
        return take(of, sources)

    monkeypatch.setattr(Files, "take", faulty)
    with pytest.raises(DiskFullError):
        pg.add("data")
    assert (pg.Artifact.filter().count(), faults) == (0, [])
    assert [file.name for file in pg.add("data")] == ["a.csv"]


def test_files_outside_of_the_project_go_by_their_whole_paths(store: Store, tmp_path: Path) -> None:
    """However the folder is named; a file of the project with the same path below its folder is another."""
    for folder in ("data", "../outside/data"):
        Path(folder).mkdir(parents=True)
        Path(folder, "x.csv").write_text(folder)
    pg.add("data")
    outside = Path("../outside").resolve()
    pg.add(outside / "data")
    assert [each.name for each in pg.add("../outside")] == ["x.csv"]
    assert sorted(pg.Artifact.filter().list("key")) == ["data/x.csv", f"file:{outside}/data/x.csv"]
    (tmp_path / "link").symlink_to(store.instance.root, target_is_directory=True)
    pg.add(tmp_path / "link" / "data")
    assert pg.Artifact.filter().count() == 2
    assert [each.key for each in pg.Artifact.from_dir("../outside")] == ["outside/data/x.csv"]


@pytest.mark.usefixtures("project")
def test_a_dry_run_names_the_keys_that_the_files_will_have(capsys: pytest.CaptureFixture[str]) -> None:
    """Also where no instance is yet."""
    Path("data").mkdir()
    Path("data", "bad\n.csv").write_text("1")
    assert pg.add("data", dry_run=True) == []
    assert "data/bad" in (said := capsys.readouterr().err)
    assert "my_project/data/bad" not in said
