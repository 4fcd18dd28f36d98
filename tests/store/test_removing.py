"""Removing runs for good: nothing that followed from one alone is left, and nothing else goes."""

from __future__ import annotations

from pathlib import Path

import pytest

import provgraph as pg
from provgraph.errors import NotFoundError
from tests.support.scripts import execute

pytestmark = pytest.mark.usefixtures("store")

READ = """
import provgraph as pg
import helper

pg.track()
pg.Artifact.get(key="in.txt").cache()
pg.finish()
"""


@pytest.fixture
def made() -> pg.Artifact:
    """A file that a run of the transform "make" made."""
    Path("in.txt").write_text("in")
    return pg.Artifact("in.txt", key="in.txt", run=pg.Run(pg.Transform(name="make").save()).save()).save()


def read(made: pg.Artifact) -> pg.Run:
    """A run of the transform "read" that has read it."""
    run = pg.Run(pg.Transform(name="read").save()).save()
    made.cache(is_run_input=run)
    return run


def test_a_transform_follows_another_as_long_as_a_run_says_so(made: pg.Artifact) -> None:
    """The last run that read what the other made takes the edge along."""
    first, second = read(made), read(made)
    reader = pg.Transform.get(name="read")
    first.delete(permanent=True)
    assert reader.predecessors.list("name") == reader.ancestors.list("name") == ["make"]
    assert pg.check() == []
    second.delete(permanent=True)
    assert (reader.predecessors.count(), reader.ancestors.count()) == (0, 0)
    assert pg.check() == []


def test_runs_are_removed_in_one_call(made: pg.Artifact) -> None:
    """All that explain an edge at once."""
    runs = [read(made), read(made)]
    assert pg.Run.filter(uid__in=[each.uid for each in runs]).delete(permanent=True) == 2
    assert pg.Transform.get(name="read").predecessors.count() == 0
    assert pg.check() == []


def test_what_a_person_named_stays(made: pg.Artifact) -> None:
    """A run that is removed says nothing against it; and what other transforms follow stays, too."""
    other = pg.Run(pg.Transform(name="other").save()).save()
    made.cache(is_run_input=other)
    run, reader = read(made), pg.Transform.get(name="read")
    reader.predecessors.add(pg.Transform.get(name="make"))
    run.delete(permanent=True)
    query = "MATCH (t:Transform {space: $space})-[e:PREDECESSOR]->(p) RETURN t.name AS t, e.by AS by, p.name AS p"
    found = sorted(tuple(row.values()) for row in pg.cypher(query))
    assert found == [("other", "run", "make"), ("read", "hand", "make")]
    assert pg.check() == []


def test_what_was_kept_with_a_run_alone_goes_with_it(made: pg.Artifact) -> None:
    """Its code and environment; the version before of a module is the latest again, and what others share stays."""
    Path("read.py").write_text(READ)
    runs: list[pg.Run] = []
    for number in (1, 2):
        Path("helper.py").write_text(f"NUMBER = {number}\n")
        done = execute("read.py")
        assert done.returncode == 0, done.stderr
        runs += pg.Run.filter(transform__key="read.py").exclude(uid__in=[each.uid for each in runs])
    older, newer = (pg.Artifact.filter(kind="source", key="helper.py", source_of=run).one() for run in runs)
    assert (older.is_latest, newer.is_latest) == (False, True)
    environment = runs[1].environment
    runs[1].delete(permanent=True)
    assert pg.check() == []
    assert pg.Artifact.filter(kind="source", key="helper.py").list("uid", "is_latest") == [(older.uid, True)]
    assert runs[0].environment == environment
    runs[0].delete(permanent=True)
    assert pg.check() == []
    assert pg.Artifact.filter(kind__in=["source", "environment", "report"]).count() == 0
    assert pg.Artifact.filter().list("key") == [made.key]
    assert execute("read.py").returncode == 0
    assert pg.Run.filter(transform__key="read.py").one().environment is not None
    assert pg.check() == []


def test_hidden_artifacts_that_others_read_or_hold_stay() -> None:
    """One that another run looked at goes with that run; one that a collection holds stays."""
    run = pg.track(transform=pg.Transform(name="one", type="function"))
    pg.finish()
    assert run is not None
    environment = run.environment
    assert environment is not None
    looks = [pg.Run(pg.Transform(name="look").save()).save() for _ in range(2)]
    for each in (run, *looks):
        assert pg.Artifact.get(environment.uid) == environment
        assert pg.check() == []
        environment.cache(is_run_input=looks[-1])
        each.delete(permanent=True)
    with pytest.raises(NotFoundError):
        pg.Artifact.get(environment.uid)
    assert pg.check() == []
    run = pg.track(transform=pg.Transform(name="one", type="function"))
    pg.finish()
    assert run is not None
    environment = run.environment
    assert environment is not None
    held = pg.Collection([environment], name="held").save()
    run.delete(permanent=True)
    assert pg.cypher("MATCH (a)-[:MEMBER_OF]->(c {uid: $c}) RETURN a.uid AS uid", c=held) == [{"uid": environment.uid}]
    assert pg.check() == []
