"""Scripts with recording turned off: they run as they stand, and nothing is written."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import provgraph as pg
from tests.support.commands import process
from tests.support.engines import on_local
from tests.support.projects import in_another_process
from tests.support.scripts import execute, script

if TYPE_CHECKING:
    import pytest

    from provgraph.store.store import Store


def test_records_made_with_the_mode_off_hold_what_they_would_hold() -> None:
    """Their content, who made them and by which run; what is related to them can be asked for and is empty."""
    script(
        "a.py",
        """
        step = pg.Transform(name="P", version="1", type="pipeline").save()
        assert step.is_saved and pg.Transform.get(name="P", version="1") is step
        by_hand = pg.Run(transform=step).save()
        assert by_hand.transform is step and by_hand.started_at is not None
        run = pg.track()
        open("x.csv", "w").write("g\\n1")
        a = pg.Artifact("x.csv", key="x.csv").save()
        assert (a.size, len(a.hash), a.created_by.handle, a.is_latest) == (3, 64, "testuser1", True)
        assert a.run is run and a.transform is run.transform and a.storage.root and a.created_at is not None
        assert a.run.created_by.handle == "testuser1" and pg.Artifact.get(a.uid[:8]) is a
        b = pg.Artifact("x.csv", key="y.csv", run=by_hand).save()
        assert b.run is by_hand and pg.Artifact("x.csv", key="z.csv", run=False).save().run is None
        assert open(a).read() and a.load().g[0] == 1
        assert [each.key for each in pg.Collection([a, b], name="all").save().artifacts] == ["x.csv", "y.csv"]
        assert len(pg.context.run.inputs.df()) == pg.context.run.outputs.count() == 0
        assert repr(pg.Artifact.filter()) and pg.Artifact.filter().first() is None and repr(a)
        assert a._repr_html_() and str(a.describe()) and str(a.explain()) and a.versions.count() == 0
        assert step.predecessors.count() == step.ancestors.count() == 0 and step.latest_run is None
        assert pg.cypher("MATCH (a:Artifact) RETURN a.key AS key").columns == ["key"]
        pg.view()
        assert len(pg.impact("x.csv")) == len(pg.impact("P")) == 0 and pg.lineage("x.csv").targets == {a.uid}
        assert pg.contributors("y.csv").count() == pg.sources("all").count() == 0
        assert not pg.path_between("x.csv", "y.csv")
        a.description = "later"
        a.save()
        a.delete()
        assert len(a.lineage()) == 1 and a.path.exists()
        assert pg.track(pipeline="P", version="2").transform.version == "2"
        pg.finish()
        assert run.status == "completed" and run.finished_at is not None and pg.context.run is None
        """,
    )
    done = execute("a.py", PROVGRAPH_MODE="off")
    assert done.returncode == 0, done.stderr
    assert done.stderr == "→ provgraph: recording is off (PROVGRAPH_MODE)\n"
    assert not Path(".provgraph").exists()


@on_local
def test_the_mode_off_leaves_a_store_that_is_there_as_it_is(store: Store) -> None:
    """Questions are answered from it, what is made beside it stays out of it, and no query may write."""
    Path("known.csv").write_text("1")
    pg.Artifact("known.csv", key="known.csv").save()
    script(
        "a.py",
        """
        run = pg.track()
        known = pg.Artifact.get(key="known.csv")
        assert known.load().empty and known.created_by.handle == "testuser1" and known.lineage().artifacts.count() == 1
        open("x.csv", "w").write("1")
        made = pg.Artifact("x.csv", key="x.csv").save()
        assert made.run is run and pg.path_between(known, made) is None and run.inputs.count() == 0
        assert pg.cypher("MATCH (a:Artifact {space: $space}) RETURN a.key AS key") == [{"key": "known.csv"}]
        try:
            pg.cypher("MATCH (a:Artifact {space: $space}) SET a.description = 'x'", write=True)
        except pg.errors.QueryError as error:
            assert "recording is off (PROVGRAPH_MODE)" in str(error)
        else:
            raise AssertionError("it wrote")
        """,
    )
    done = execute("a.py", PROVGRAPH_MODE="off")
    assert done.returncode == 0, done.stderr
    assert done.stderr.startswith("→ provgraph: recording is off (PROVGRAPH_MODE)\n")
    done = process("cypher", "--write", "CREATE (:Artifact)", PROVGRAPH_MODE="off")
    assert (done.returncode, "recording is off (PROVGRAPH_MODE)" in done.stderr) == (1, True)
    rows = store.fetch(
        "MATCH (n {space: $space}) WHERE NOT n:Writer RETURN labels(n)[0], n.description", {"space": store.space}
    )
    assert rows == [["Artifact", None]]


def test_the_mode_off_refuses_what_recording_refuses_of_the_call(project: Path) -> None:
    """A script that runs while recording is off tracks itself, and its mistakes are the same named errors."""
    (project / "steps").mkdir()
    (project / ".git").mkdir()
    script(
        "steps/a.py",
        """
        import os
        made = pg.track(name="again").transform
        print([made.name, made.key, made.type, made.version])
        for call in (
            lambda: pg.track(transform="x"),
            lambda: pg.track(pipeline="P", transform=made),
            lambda: pg.track(path="nope.py"),
            lambda: pg.use("nope.txt"),
            lambda: pg.use("."),
        ):
            try:
                call()
            except pg.errors.ProvgraphError as error:
                print(type(error).__name__, str(error).replace(os.getcwd() + os.sep, "").replace(os.getcwd(), "."))
            else:
                print("no error")
        """,
    )
    off, on = (execute("steps/a.py", PROVGRAPH_MODE=mode) for mode in ("off", "on"))
    assert off.returncode == on.returncode == 0, off.stderr + on.stderr
    for done in (off, on):
        assert done.stdout.startswith("['a.py', 'steps/a.py', 'script', ")
    assert "InvalidValueError 'x' is no transform." in off.stdout
    assert off.stdout.splitlines()[1:] == on.stdout.splitlines()[1:]
    assert "no error" not in off.stdout


def test_code_that_cannot_be_told_runs_with_the_mode_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no file runs, and recording would be refused."""
    monkeypatch.setenv("PROVGRAPH_MODE", "off")
    assert in_another_process("print(pg.track().transform.name)") == "off"


def test_what_turned_recording_off_is_named(project: Path) -> None:
    """The project's setting or code, where it is not the environment; once."""
    pg.init()
    script("a.py", "pg.track()\npg.finish()\npg.track()\n")
    script("b.py", "pg.settings.mode = 'off'\npg.track()\n")
    assert execute("b.py").stderr == "→ provgraph: recording is off (pg.settings.mode)\n"
    assert process("settings", "mode", "off").returncode == 0
    assert execute("a.py").stderr == "→ provgraph: recording is off (provgraph settings mode)\n"
    assert process("settings", "mode", "--unset").returncode == 0
    assert pg.Run.filter().count() == 0
