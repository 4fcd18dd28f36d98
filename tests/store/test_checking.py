"""`pg.check`: what is derived is derived again; nothing is missing, unexplained, alone or there twice."""

from __future__ import annotations

from pathlib import Path

import pytest

import provgraph as pg
from tests.support.commands import provgraph

pytestmark = pytest.mark.usefixtures("flow")


@pytest.fixture
def flow(store: object) -> list[pg.Run]:
    """Three runs, each reading what the one before made."""
    runs = [pg.Run(pg.Transform(name=name, type="script").save()).save() for name in ("one", "two", "three")]
    for number, run in enumerate(runs):
        if number:
            pg.Artifact.get(key=f"{number - 1}.txt").cache(is_run_input=run)
        Path(f"{number}.txt").write_text(str(number))
        pg.Artifact(f"{number}.txt", key=f"{number}.txt", run=run).save()
    return runs


def broken(query: str, **parameters: object) -> None:
    pg.cypher(query, write=True, **parameters)


def test_a_graph_that_is_as_it_must_be_has_no_findings() -> None:
    """The command says so and exits with 0."""
    assert pg.check() == []
    done = provgraph("check")
    assert (done.exit_code, done.stdout) == (0, "")
    assert "all is well" in done.stderr


def test_a_missing_edge_is_found_and_mended(flow: list[pg.Run]) -> None:
    """Of runs and of their transforms, from the order of reading and making alone."""
    one, two, _ = flow
    broken("MATCH (r:Run {uid: $r})-[e:PREDECESSOR]->() DELETE e", r=two)
    broken("MATCH (t:Transform {uid: $t})-[e:PREDECESSOR]->() DELETE e", t=two.transform)
    found = pg.check()
    assert [(each.what, each.can_be_repaired) for each in found] == [
        ("a PREDECESSOR of runs is missing", True),
        ("a PREDECESSOR of transforms is missing", True),
    ]
    assert found[0].uids == (two.uid, one.uid)
    done = provgraph("check")
    assert done.exit_code == 1
    assert done.stdout.splitlines()[0] == f"a PREDECESSOR of runs is missing: {two.uid} {one.uid}"
    assert pg.check(repair=True) == []
    assert two.predecessors.uids() == [one.uid]
    assert pg.Transform.get(name="two").predecessors.list("name") == ["one"]


def test_an_edge_that_nothing_explains_is_found_and_removed(flow: list[pg.Run]) -> None:
    """But one between transforms that a person made by hand stays."""
    one, _, three = flow
    for by in ("run", "hand"):
        broken(
            "MATCH (t:Transform {uid: $t}) MATCH (q:Transform {uid: $q}) CREATE (t)-[:PREDECESSOR {by: $by}]->(q)",
            t=one.transform,
            q=three.transform,
            by=by,
        )
    broken("MATCH (r:Run {uid: $r}) MATCH (p:Run {uid: $p}) CREATE (r)-[:PREDECESSOR]->(p)", r=one, p=three)
    assert {each.what for each in pg.check()} == {
        "nothing explains a PREDECESSOR of runs",
        "nothing explains a PREDECESSOR of transforms",
    }
    done = provgraph("check", "--repair")
    assert done.exit_code == 0, done.stdout
    rows = pg.cypher("MATCH (t:Transform {uid: $t})-[e:PREDECESSOR]->() RETURN e.by AS by", t=one.transform)
    assert rows == [{"by": "hand"}]


def test_a_doubled_edge_is_found_and_one_stays(flow: list[pg.Run]) -> None:
    """Of runs and of their transforms; one that a person made by hand is none of them."""
    one, two, _ = flow
    broken("MATCH (r:Run {uid: $r}) MATCH (p:Run {uid: $p}) CREATE (r)-[:PREDECESSOR]->(p)", r=two, p=one)
    for by in ("run", "hand"):
        broken(
            "MATCH (t:Transform {uid: $t}) MATCH (q:Transform {uid: $q}) CREATE (t)-[:PREDECESSOR {by: $by}]->(q)",
            t=two.transform,
            q=one.transform,
            by=by,
        )
    found = {each.what: each.uids for each in pg.check() if each.can_be_repaired}
    assert found["several PREDECESSOR of two runs"] == (two.uid, one.uid)
    assert found.keys() == {"several PREDECESSOR of two runs", "several PREDECESSOR of two transforms"}
    assert pg.check(repair=True) == []
    assert pg.cypher("MATCH (:Run {uid: $r})-[e:PREDECESSOR]->() RETURN count(e) AS n", r=two) == [{"n": 1}]
    rows = pg.cypher("MATCH (:Transform {uid: $t})-[e:PREDECESSOR]->() RETURN e.by AS by", t=two.transform)
    assert sorted(row["by"] for row in rows) == ["hand", "run"]


@pytest.mark.parametrize(
    ("query", "what"),
    [
        ("MATCH (:Artifact {uid: $a})-[e:INPUT_OF]->() REMOVE e.saw", "INPUT_OF without saw or step"),
        ("MATCH (:Artifact {uid: $a})-[e:INPUT_OF]->() REMOVE e.step", "INPUT_OF without saw or step"),
        ("MATCH (:Artifact {uid: $a})-[e:OUTPUT_OF]->() REMOVE e.seq", "OUTPUT_OF without seq or step"),
        ("MATCH (:Artifact {uid: $a})-[e:OUTPUT_OF]->() REMOVE e.step", "OUTPUT_OF without seq or step"),
    ],
)
def test_an_edge_without_order_is_found_and_what_rests_on_it_stays(flow: list[pg.Run], query: str, what: str) -> None:
    """Nobody knows what would follow from it: no PREDECESSOR is blamed for it, written or removed."""
    one, two, _ = flow
    artifact = pg.Artifact.get(key="0.txt")
    broken(query, a=artifact)
    reader = one if "OUTPUT" in what else two
    for repair in (False, True):
        assert [(each.what, each.uids, each.can_be_repaired) for each in pg.check(repair=repair)] == [
            (what, (artifact.uid, reader.uid), False)
        ]
    assert two.predecessors.uids() == [one.uid]
    assert pg.Transform.get(name="two").predecessors.list("name") == ["one"]


@pytest.mark.parametrize(
    ("query", "what"),
    [
        ("MATCH (a:Artifact {uid: $a})-[e:STORED_IN]->() DELETE e", "artifacts without a storage"),
        ("MATCH (a:Artifact {uid: $a})-[e:CREATED_BY]->() DELETE e", "artifacts without a user"),
        ("MATCH (a:Artifact {uid: $a})-[:OUTPUT_OF]->(r)-[e:CREATED_BY]->() DELETE e", "runs without a user"),
        ("MATCH (a:Artifact {uid: $a})-[:OUTPUT_OF]->(r)-[e:RUN_OF]->() DELETE e", "runs without a transform"),
        ("MATCH (a:Artifact {key: '2.txt', space: $space}) SET a.kind = 'report'", "hidden artifacts of no run"),
        (
            "MATCH (a:Artifact {uid: $a}) MATCH (b:Artifact {key: '1.txt', space: a.space}) SET b.key = a.key",
            "several latest versions of one key",
        ),
        (
            "MATCH (a:Artifact {uid: $a})-[:INPUT_OF]->(r) CREATE (a)-[:INPUT_OF {saw: 3, step: 3}]->(r)",
            "several INPUT_OF of one artifact and run",
        ),
        (
            "MATCH (a:Artifact {uid: $a})-[:OUTPUT_OF]->(r) CREATE (a)-[:OUTPUT_OF {seq: 3, step: 3}]->(r)",
            "several OUTPUT_OF of one artifact and run",
        ),
        (
            "MATCH (a:Artifact {uid: $a})-[:OUTPUT_OF]->(r) CREATE (a)-[:INPUT_OF {saw: 3, step: 3}]->(r)",
            "INPUT_OF beside OUTPUT_OF of one artifact and run",
        ),
    ],
)
def test_what_is_alone_or_there_twice_is_found(query: str, what: str) -> None:
    """It is named with the uids; no repair pretends to know what it should be."""
    artifact = pg.Artifact.get(key="0.txt")
    broken(query, a=artifact)
    found = next(each for each in pg.check() if each.what == what)
    assert found.uids
    assert not found.can_be_repaired
    assert what in {each.what for each in pg.check(repair=True)}


def test_closures_of_transforms_and_runs(flow: list[pg.Run]) -> None:
    """Predecessors and theirs, successors and theirs, never the record itself, also in a cycle."""
    one, two, three = flow
    assert set(three.ancestors) == {one, two}
    assert set(one.descendants) == {two, three}
    transform = pg.Transform.get(name="three")
    assert set(transform.ancestors.list("name")) == {"one", "two"}
    assert set(pg.Transform.get(name="one").descendants.list("name")) == {"two", "three"}
    broken(
        "MATCH (t:Transform {uid: $t}) MATCH (q:Transform {uid: $q}) CREATE (t)-[:PREDECESSOR {by: 'hand'}]->(q)",
        t=one.transform,
        q=transform,
    )
    assert set(transform.ancestors.list("name")) == {"one", "two"}
