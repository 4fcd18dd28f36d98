"""An instance that is just being made, is made inside another one, or has lost its graph."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

import provgraph as pg
from provgraph.errors import DamagedInstanceError
from provgraph.storage import durable
from provgraph.store import current
from provgraph.store.instances import instance
from tests.support.projects import config, in_another_process

if TYPE_CHECKING:
    from pathlib import Path

SAVES = """
from provgraph.store.instances import instance
instance.CHANGED_WITHIN = 0.1
pg.Transform(name='theirs').save()
"""


def test_who_comes_while_it_is_made_joins_it(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two jobs that begin a project at the same instant both record; nothing is damaged."""
    replace = durable.replace

    def slowly(path: Path, data: bytes) -> None:
        if path.name == "config.json":
            (path.parent / f".{path.name}.0123456789abcdef").write_bytes(data[:3])  # as a draft that is being written
            monkeypatch.setattr(durable, "replace", replace)
            in_another_process(SAVES)
        replace(path, data)

    monkeypatch.setattr(durable, "replace", slowly)
    pg.Transform(name="mine").save()
    assert sorted(pg.Transform.filter().list("name")) == ["mine", "theirs"]
    assert config(project)["space"] == "my_project"


def test_one_inside_of_a_project_is_said(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """From then on what is done below goes elsewhere; a second init says nothing more."""
    pg.init()
    current.close()
    (project / "sub").mkdir()
    capsys.readouterr()
    pg.init(project / "sub")
    assert f"the project {project} has an instance too" in capsys.readouterr().err
    pg.init(project / "sub")
    assert "instance too" not in capsys.readouterr().err


def test_a_graph_that_was_removed_is_not_taken_for_an_empty_one(project: Path) -> None:
    """Reading and writing say how to get it back, and write nothing; init begins anew, for who wants that."""
    pg.Transform(name="before").save()
    pg.stop()
    shutil.rmtree(project / ".provgraph" / "engine" / "databases" / "prov")
    for call in (pg.Transform(name="after").save, pg.info):
        with pytest.raises(DamagedInstanceError, match=r"is gone.*restore --last.*provgraph init"):
            call()
        assert not (project / ".provgraph" / "engine" / "databases" / "prov").exists()
    pg.init()
    assert pg.Transform.filter().count() == 0


def test_a_graph_that_was_removed_is_not_made_anew_for_who_has_it_open(project: Path) -> None:
    """A notebook that goes on after the engine has stopped; `connect` does not make it anew, either."""
    pg.Transform(name="before").save()
    current.local_engine(current.existing().instance).stop()
    shutil.rmtree(project / ".provgraph" / "engine")
    again = pg.Transform(name="after")
    for call in (again.save, pg.Transform.filter().count, lambda: pg.connect("local"), lambda: pg.connect(project)):
        with pytest.raises(DamagedInstanceError, match=r"is gone.*restore --last"):
            call()
    assert not (project / ".provgraph" / "engine").exists()


def test_a_graph_that_is_removed_under_its_engine_leaves_no_half_of_one(project: Path) -> None:
    """Who has it open is told, and the engine writes nothing into what is left when it stops."""
    pg.Transform(name="before").save()
    engine = current.local_engine(current.existing().instance)
    shutil.rmtree(project / ".provgraph" / "engine")
    current.existing().engine._locator._noted = 0.0  # type: ignore[attr-defined]
    with pytest.raises(DamagedInstanceError, match=r"is gone.*restore --last"):
        pg.Transform(name="after").save()
    assert engine.stop()
    assert not engine.files.database.exists()
    pg.init()
    assert pg.Transform.filter().count() == 0


def test_a_graph_that_was_removed_is_got_back(project: Path) -> None:
    """The backup of its last stop comes back into what is left."""
    pg.Transform(name="before").save()
    pg.stop()
    shutil.rmtree(project / ".provgraph" / "engine")
    pg.restore()
    assert pg.Transform.filter().list("name") == ["before"]


def test_a_project_that_has_lost_its_graph_can_be_deleted(project: Path) -> None:
    """There is nothing in it to keep."""
    pg.Transform(name="before").save()
    pg.stop()
    shutil.rmtree(project / ".provgraph" / "engine")
    pg.delete(force=True)
    assert instance.find(project) is None
