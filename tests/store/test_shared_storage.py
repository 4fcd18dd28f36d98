"""Copies in a storage that several projects use: each leaves what is, or may be, another one's."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import provgraph as pg
from provgraph.engines.local import LocalEngine
from provgraph.errors import UsageError
from provgraph.store import current, sharing
from provgraph.store.instances import instance, schema

if TYPE_CHECKING:
    from provgraph.store.store import Store
    from tests.conftest import Setup
    from tests.support.neo4j_server import Neo4jServer
    from tests.support.proxy import Proxy

pytestmark = pytest.mark.usefixtures("own_engine")


def _with_a_copy(folder: Path, name: str, lab: Path, **where: Any) -> pg.Artifact:
    """Make a project that keeps its copies in a folder of everybody's, and save a file of its own."""
    folder.mkdir(parents=True)
    pg.init(folder, name=name, storage=lab, shared=True, **where)
    (folder / "a.csv").write_text(folder.as_posix())
    return pg.Artifact(folder / "a.csv", key="a.csv", run=False, copy=True).save()


@pytest.fixture
def lab(tmp_path: Path) -> Path:
    return tmp_path / "lab"


def test_copies_of_another_graph_stay_though_the_names_are_equal(
    setup: Setup, project: Path, lab: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """They are left and named; with the last of the graphs they go."""
    name = f"{setup.name}-{project.parent.name}"
    _with_a_copy(project / "gone" / name, name, lab)
    monkeypatch.delenv("PROVGRAPH_URL", raising=False)
    _with_a_copy(project / "kept" / name, name, lab)
    other = current.store().ledger.graph
    current.close()
    for variable, value in setup.environment.items():
        monkeypatch.setenv(variable, value)
    monkeypatch.chdir(project / "gone" / name)
    pg.delete(force=True)
    assert f"left in {lab}/.store/{name}: copies that were stored for other graphs too" in capsys.readouterr().err
    assert not (project / "gone" / name / ".provgraph").exists()
    assert list(sharing.noted(lab / ".store" / name)) == [other]

    monkeypatch.delenv("PROVGRAPH_URL", raising=False)
    monkeypatch.chdir(project / "kept" / name)
    (copied := pg.Artifact.get(key="a.csv").cache(is_run_input=False)).relative_to(lab)
    assert copied.read_text() == (project / "kept" / name).as_posix()
    pg.delete(force=True)
    assert list(lab.iterdir()) == []
    assert "left in" not in capsys.readouterr().err


@pytest.mark.parametrize("why", ["a batch job starts none", "it was removed"])
def test_copies_of_a_graph_that_cannot_be_asked_go_with_its_project(
    why: str, project: Path, lab: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The project knows by itself that they are its own."""
    copied = _with_a_copy(project / "screen", "screen", lab).cache(is_run_input=False)
    pg.stop()
    current.close()
    monkeypatch.chdir(project / "screen")
    if why == "it was removed":
        shutil.rmtree(project / "screen" / ".provgraph" / "engine" / "databases")
    else:
        monkeypatch.setenv("SLURM_JOB_ID", "1")
    pg.delete(force=True)
    assert f"left in {lab}" not in capsys.readouterr().err
    assert not (project / "screen" / ".provgraph").exists()
    assert not copied.exists()


def _in(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Go on as a process that begins in a folder."""
    current.close()
    monkeypatch.chdir(folder)


def _copy(one: Path, other: Path) -> None:
    current.close()
    LocalEngine(one / ".provgraph").stop()
    shutil.copytree(one, other)


@pytest.mark.parametrize("order", ["copied", "moved and copied", "copied, and they change places"])
def test_a_copied_project_and_the_one_that_it_was_made_of_keep_each_other_s_files(
    order: str, project: Path, lab: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Though the graph was copied, too, and also when only questions are asked of the copy."""
    first, copied = project / "first", project / "copied"
    mine = _with_a_copy(first, "screen", lab).cache(is_run_input=False)
    current.close()
    if order == "moved and copied":
        LocalEngine(first / ".provgraph").stop()
        first = first.rename(project / "moved")
    _copy(first, copied)
    if order == "copied, and they change places":
        copied.rename(project / "other")
        first.rename(copied)
        (project / "other").rename(first)
        first, copied = copied, first
    _in(copied, monkeypatch)
    assert pg.Artifact.filter().count() == 1
    with pytest.raises(UsageError, match=f"stored for other graphs.* {first if order == 'copied' else ''}"):
        pg.gc()
    _in(first, monkeypatch)
    with pytest.raises(UsageError, match=f"stored for other graphs.* {copied}"):
        pg.gc()
    pg.delete(force=True)
    assert "copies that were stored for other graphs too" in capsys.readouterr().err
    assert mine.exists()
    _in(copied, monkeypatch)
    assert pg.verify().findings == []
    pg.delete(force=True)
    assert list(lab.iterdir()) == []


def test_a_project_that_was_moved_or_copied_with_its_storage_has_it_for_itself(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its files are its own, and go with it."""
    _with_a_copy(project / "first", "screen", project / "first" / "data")
    current.close()
    LocalEngine(project / "first" / ".provgraph").stop()
    moved, copied = (project / "first").rename(project / "moved"), project / "copied"
    _in(moved, monkeypatch)
    assert pg.gc() == []
    _copy(moved, copied)
    for folder in (copied, moved):
        _in(folder, monkeypatch)
        assert (pg.gc(), pg.verify().findings) == ([], [])
        pg.delete(force=True)
        assert not (folder / "data" / ".store").exists()


@pytest.mark.parametrize("setup", ["neo4j"], indirect=True)
def test_what_waited_for_a_server_is_noted_until_it_is_there(store: Store, proxy: Proxy) -> None:
    """Then the server's graph wants it, and nobody else is kept from collecting garbage."""
    copies = store.files.content.root
    with proxy.away():
        Path("a.csv").write_text("a")
        pg.Artifact("a.csv", key="a.csv", run=False, copy=True).save()
        assert [graph[-8:] for graph in sharing.noted(copies)] == [":waiting"]
    assert pg.sync().is_whole
    assert list(sharing.noted(copies)) == [schema.identity(store.engine)]
    assert pg.gc() == []


def test_copies_of_calls_that_wait_are_left_by_others(
    setup: Setup, project: Path, lab: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A project of the same name that is deleted meanwhile takes none of what a job has stored."""
    name = f"{setup.name}-{project.parent.name}"
    _with_a_copy(project / "gone" / name, name, lab)
    job = project / "job" / name
    job.mkdir(parents=True)
    with monkeypatch.context() as away:
        away.delenv("PROVGRAPH_URL", raising=False)
        away.setenv("SLURM_JOB_ID", "1")
        away.chdir(job)
        current.close()
        instance.write(instance.planned(job, space=name, storage=lab))
        Path("b.csv").write_text("b")
        pg.Artifact("b.csv", key="b.csv", run=False, copy=True).save()
    current.close()
    monkeypatch.chdir(project / "gone" / name)
    pg.delete(force=True)
    assert "copies that were stored for other graphs too" in capsys.readouterr().err
    monkeypatch.delenv("PROVGRAPH_URL", raising=False)
    monkeypatch.chdir(job)
    assert pg.sync().applied == 1
    assert pg.Artifact.get(key="b.csv").cache(is_run_input=False).read_text() == "b"
    assert pg.gc() == []
    pg.delete(force=True)
    assert list(lab.iterdir()) == []


@pytest.mark.parametrize("last", ["server", "local"])
def test_a_project_that_has_used_two_graphs_leaves_what_a_server_wants(
    last: str, neo4j_server: Neo4jServer, project: Path, lab: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its own engine's graph goes with it, whichever it uses; the records on a server it has left stay, with copies."""
    for variable, value in neo4j_server.environment().items():
        if variable != "PROVGRAPH_URL":
            monkeypatch.setenv(variable, value)
    name, urls = project.parent.name, {"server": neo4j_server.url, "local": "local"}
    _with_a_copy(project / "a", name, lab, url=urls["local" if last == "server" else "server"])
    pg.init(project / "a", url=urls[last], shared=True)
    pg.Transform(name="step").save()
    Path("b.csv").write_text("b")
    pg.Artifact("b.csv", key="b.csv", run=False, copy=True).save()
    pg.delete(force=True)
    assert len(list(lab.rglob("*.csv"))) == (0 if last == "server" else 2)
