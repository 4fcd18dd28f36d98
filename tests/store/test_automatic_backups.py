"""Backups that are kept by themselves, outside of the project, and the last of them got back."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import provgraph as pg
from provgraph.errors import DamagedInstanceError, NotFoundError
from provgraph.store import current
from provgraph.store.backups import automatic, writing
from provgraph.store.setup import keep_setting
from tests.support.backups import flow, graph, written

if TYPE_CHECKING:
    from provgraph.engines.contract import Engine
    from provgraph.store.instances.instance import Instance

pytestmark = pytest.mark.usefixtures("own_engine")


def test_stopping_keeps_a_backup(project: Path) -> None:
    """In the user's data folder, when something was recorded since the last one, the last five."""
    pg.init(name="lab")
    assert pg.stop()
    assert automatic.kept(project) == []
    for number in range(7):
        pg.Transform(name=f"step {number}").save()
        pg.stop()
        assert pg.Transform.filter().count() == number + 1
        pg.stop()
    there = automatic.kept(project)
    assert [writing.manifest_of(each)["nodes"]["Transform"] for each in there] == [3, 4, 5, 6, 7]
    assert there[0].is_relative_to(Path(os.environ["XDG_DATA_HOME"]) / "provgraph" / "backups")
    assert (there[0].parent.stat().st_mode & 0o777, there[0].stat().st_mode & 0o777) == (0o700, 0o600)


def test_stopping_reads_nothing_again_when_nothing_was_recorded(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for a backup like the last one; what is recorded afterwards is in the next."""
    pg.init(name="lab")
    pg.Transform(name="Make").save()
    pg.stop()
    assert pg.Transform.filter().count() == 1
    read: list[object] = []
    whole = writing.write

    def noting(path: Path, engine: Engine, of: Instance) -> dict[str, Any]:
        read.append(path)
        return whole(path, engine, of)

    monkeypatch.setattr(writing, "write", noting)
    pg.stop()
    assert (len(read), len(automatic.kept(project))) == (0, 1)
    pg.Transform(name="Plot").save()
    pg.stop()
    assert (len(read), len(automatic.kept(project))) == (1, 2)


def test_an_accident_does_not_push_the_graph_out(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Work that went on without it makes backups of another graph; the newest of the lost one stays."""
    pg.init(name="lab")
    pg.Transform(name="precious").save()
    pg.stop()
    (precious,) = automatic.kept(project)
    shutil.rmtree(".provgraph")
    current.close()
    for number in range(6):
        pg.Transform(name=f"after {number}").save()
        pg.stop()
    assert automatic.kept(project)[0] == precious
    assert len(automatic.kept(project)) == 1 + 5
    shutil.rmtree(".provgraph")
    current.close()
    pg.restore()
    assert f"of graphs that it had before: {precious}" in capsys.readouterr().err


def test_a_graph_whose_files_were_overwritten_is_named_and_got_back(project: Path) -> None:
    """By the steps that the error gives; no backup of it is kept."""
    pg.init(name="lab")
    flow()
    before = graph("lab")
    pg.stop()
    database = project / ".provgraph" / "engine" / "databases" / "prov"
    for path in database.glob("*.bucket"):
        path.write_bytes(b"U" * path.stat().st_size)
    for _ in range(2):
        with pytest.raises(DamagedInstanceError, match=r"cannot be read as it should(?s:.)*restore --last"):
            pg.Artifact.filter().list()
        current.close()
        pg.stop()
    shutil.move(database, project / "damaged")
    pg.restore()
    assert graph("lab") == before


def test_none_is_kept_where_that_is_turned_off(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the environment, or by the project's setting."""
    pg.init(name="lab")
    pg.Transform(name="Make").save()
    monkeypatch.setenv("PROVGRAPH_BACKUPS", "off")
    current.forget()
    pg.stop()
    monkeypatch.delenv("PROVGRAPH_BACKUPS")
    current.forget()
    keep_setting("backups", "off")
    pg.Transform.filter().count()
    pg.stop()
    assert automatic.kept(project) == []


def test_the_last_one_is_found_when_everything_is_gone(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also from a folder below; it is said which it is, from when, and how much it holds."""
    pg.init(name="lab", storage="mydata")
    flow()
    before = graph("lab")
    pg.stop()
    at = pg.info()["backup"]
    current.close()
    pg.stop()
    shutil.rmtree(".provgraph")
    (project / "below").mkdir()
    monkeypatch.chdir(project / "below")
    restored = pg.restore()
    assert graph("lab") == before
    assert restored.path == automatic.kept(project)[-1]
    assert at[:10] == f"{automatic.last_at(project):%Y-%m-%d}"
    assert (project / ".provgraph").is_dir()
    assert pg.info()["storage"] == str(project / "mydata")
    assert pg.Artifact.get(key="b.csv").cache().is_relative_to(project / "mydata")


def test_without_any_the_error_says_where_they_would_be() -> None:
    """And nothing is made."""
    with pytest.raises(NotFoundError, match=r"no backup of .* was kept in .*provgraph.backups.*provgraph restore FILE"):
        pg.restore()
    assert not Path(".provgraph").exists()


def test_those_of_a_project_that_was_moved_are_named(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """They are found by the path that the project had."""
    pg.init(name="lab")
    pg.Transform(name="Make").save()
    pg.stop()
    current.close()
    moved = project.rename(project.with_name("moved"))
    shutil.rmtree(moved / ".provgraph")
    monkeypatch.chdir(moved)
    with pytest.raises(NotFoundError, match="of other folders there are") as caught:
        pg.restore()
    (there,) = automatic.newest_of_all()
    assert str(there) in str(caught.value)
    assert pg.restore(there).records == 1
    pg.stop()


def test_deleting_names_the_backups_that_are_left(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """They go only when that is asked for."""
    pg.init(name="lab")
    pg.Transform(name="Make").save()
    pg.stop()
    pg.delete(force=True)
    assert f"left in {automatic.folder(project)}: 1 backup (" in capsys.readouterr().err
    assert pg.restore().records == 1
    pg.delete(force=True, backups=True)
    assert not automatic.folder(project).exists()


def test_a_backup_that_cannot_be_kept_stops_nothing(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Why is said on one line."""
    pg.init(name="lab")
    pg.Transform(name="Make").save()
    written(str(Path(os.environ["XDG_DATA_HOME"]) / "provgraph"), "a file")
    assert pg.stop()
    said = [each for each in capsys.readouterr().err.splitlines() if "no backup was kept" in each]
    assert len(said) == 1
