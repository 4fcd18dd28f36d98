"""Predecessors of a transform that a person names by hand, beside those that follow from runs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import provgraph
from provgraph.errors import InvalidValueError, NotFoundError

if TYPE_CHECKING:
    from provgraph.store.store import Store

pytestmark = pytest.mark.usefixtures("store")

pg: Any = provgraph


def edges(transform: Any) -> list[tuple[str, str]]:
    """Give the predecessors of a transform, with what says so."""
    rows = pg.cypher("MATCH (:Transform {uid: $t})-[e:PREDECESSOR]->(p) RETURN p.name AS name, e.by AS by", t=transform)
    return sorted((row["name"], row["by"]) for row in rows)


@pytest.fixture
def steps() -> list[Any]:
    """Make three transforms; a run of the second read what a run of the first made."""
    take, count, plot = [pg.Transform(name=name).save() for name in ("take", "count", "plot")]
    makes, reads = pg.Run(take).save(), pg.Run(count).save()
    Path("a.csv").write_text("1")
    pg.Artifact("a.csv", key="a.csv", run=makes).save().cache(is_run_input=reads)
    return [take, count, plot]


def test_a_named_one_counts_as_those_that_runs_make(steps: list[Any], store: Store) -> None:
    """For neighbours, closures and filters; it takes one statement, twice is once, and the files' lineage stays."""
    take, count, plot = steps
    plot.predecessors.add(take, count)
    before = store.engine.statements
    plot.predecessors.add(count)
    assert store.engine.statements - before == 2  # the writer's number, and the edges
    assert edges(plot) == [("count", "hand"), ("take", "hand")]
    assert sorted(take.successors.list("name")) == ["count", "plot"]
    assert sorted(plot.ancestors.list("name")) == ["count", "take"]
    assert pg.Transform.filter(predecessors=take).order_by("name").list("name") == ["count", "plot"]
    assert plot.predecessors.filter(name="take").one() == take
    assert pg.Artifact.get(key="a.csv").impact().transforms.list("name") == ["count"]
    assert pg.check() == []


def test_one_that_runs_made_can_be_named_too(steps: list[Any]) -> None:
    """Then there are two edges, and it is one predecessor; only what was named can be taken back."""
    take, count, _ = steps
    count.predecessors.add(take)
    assert (edges(count), count.predecessors.list("name")) == ([("take", "hand"), ("take", "run")], ["take"])
    with pytest.raises(InvalidValueError, match="a run of 'count' read what 'take' made"):
        count.predecessors.remove(take)
    assert edges(count) == [("take", "hand"), ("take", "run")]


def test_a_named_one_can_be_taken_back(steps: list[Any]) -> None:
    """It alone; one that nobody named changes nothing."""
    take, count, plot = steps
    plot.predecessors.add(take, count)
    plot.predecessors.remove(take)
    plot.predecessors.remove(take)
    assert edges(plot) == [("count", "hand")]


def test_all_are_named_or_none(steps: list[Any]) -> None:
    """One that another process removed undoes it."""
    take, _, plot = steps
    gone = pg.Transform(name="gone").save()
    pg.Transform.get(gone.uid).delete(permanent=True)
    for change in (plot.predecessors.add, plot.predecessors.remove):
        with pytest.raises(NotFoundError, match="'plot' or one of those before it"):
            change(take, gone)
    assert edges(plot) == []


def test_who_names_and_who_reads_at_once_make_one_edge_each(steps: list[Any]) -> None:
    """Sixteen times at once."""
    from concurrent.futures import ThreadPoolExecutor

    take, _, plot = steps
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: plot.predecessors.add(take), range(16)))
    assert edges(plot) == [("take", "hand")]
