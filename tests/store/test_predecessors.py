"""Predecessors of a transform that a person names by hand, beside those that follow from runs."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import provgraph
from provgraph.errors import InvalidValueError, NotFoundError, NotSavedError
from tests.support.spooled import reached_again

if TYPE_CHECKING:
    from provgraph.store.store import Store
    from tests.support.proxy import Proxy

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
    """For neighbours, closures and filters; one statement, twice is once, and the files' lineage stays."""
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
    """Then there are two edges, and it is one predecessor; what runs make stays when the other is taken back."""
    take, count, _ = steps
    count.predecessors.add(take)
    assert (edges(count), count.predecessors.list("name")) == ([("take", "hand"), ("take", "run")], ["take"])
    count.predecessors.remove(take)
    assert edges(count) == [("take", "run")]
    with pytest.raises(InvalidValueError, match="a run of 'count' read what 'take' made"):
        count.predecessors.remove(take)
    assert edges(count) == [("take", "run")]


def test_a_named_one_can_be_taken_back(steps: list[Any]) -> None:
    """It alone; one that nobody named changes nothing. What is in hand holds what is there."""
    take, count, plot = steps
    before = plot.predecessors
    before.add(take, count)
    assert sorted(each.name for each in before) == ["count", "take"]
    before.remove(take)
    before.remove(take)
    assert (edges(plot), [each.name for each in before]) == ([("count", "hand")], ["count"])


def test_all_are_named_or_none(steps: list[Any]) -> None:
    """One that another process removed undoes it, and so does one that was deleted."""
    take, _, plot = steps
    gone, hidden = (pg.Transform(name=name).save() for name in ("gone", "hidden"))
    pg.Transform.get(gone.uid).delete(permanent=True)
    hidden.delete()
    for change in (plot.predecessors.add, plot.predecessors.remove):
        with pytest.raises(NotFoundError, match=f"Transform {gone.uid} is no longer in the graph"):
            change(take, gone)
    with pytest.raises(NotFoundError, match=f"Transform {gone.uid} is no longer in the graph"):
        gone.predecessors.add(take)
    with pytest.raises(InvalidValueError, match="'hidden' is deleted"):
        plot.predecessors.add(take, hidden)
    assert edges(plot) == []


def test_only_all_predecessors_of_one_can_be_added_to(steps: list[Any]) -> None:
    """Some of them, or those of several, are no place for another one."""
    take, count, plot = steps
    plot.predecessors.add(take)
    for some in (plot.predecessors.filter(name="take"), plot.predecessors[:1], plot.predecessors | count.predecessors):
        for change in (some.add, some.remove):
            with pytest.raises(InvalidValueError, match="not all predecessors of one"):
                change(count)
    assert edges(plot) == [("take", "hand")]


def test_a_transform_that_was_named_is_not_removed_for_good(steps: list[Any]) -> None:
    """No run would say it again; once it is taken back it can be removed."""
    lab, plot = pg.Transform(name="lab").save(), steps[2]
    plot.predecessors.add(lab)
    with pytest.raises(InvalidValueError, match="1 runs or other transforms stand on it"):
        lab.delete(permanent=True)
    plot.predecessors.remove(lab)
    lab.delete(permanent=True)
    assert plot.predecessors.count() == 0


def test_the_next_version_has_predecessors_of_its_own() -> None:
    """What was said of one version is not said of another."""
    lab = pg.Transform(name="lab").save()
    first = pg.Transform(name="pipe", version="1").save()
    first.predecessors.add(lab)
    second = pg.Transform(name="pipe", version="2").save()
    assert (first.predecessors.list("name"), second.predecessors.list("name")) == (["lab"], [])


def test_it_waits_while_the_graph_is_away(store: Store, proxy: Proxy) -> None:
    """As all that is recorded does; two that turn out to be one do not precede themselves."""
    with proxy.away():
        lab, plot, twin = (pg.Transform(name=name).save() for name in ("lab", "plot", "plot"))
        plot.predecessors.add(lab)
        plot.predecessors.add(twin)
    reached_again(store)
    (refused,) = pg.sync().refused
    assert "cannot precede itself" in refused
    assert edges(pg.Transform.get(name="plot")) == [("lab", "hand")]
    assert pg.check() == []


def test_with_recording_off_it_is_known_to_this_process() -> None:
    """Nothing is written; a transform of the graph stays as it is."""
    there = pg.Transform(name="there").save()
    pg.settings.mode = "off"
    lab, plot = (pg.Transform(name=name).save() for name in ("lab", "plot"))
    plot.predecessors.add(lab)
    there.predecessors.add(lab)
    assert (plot.predecessors.list(), there.predecessors.count()) == ([lab], 0)
    plot.predecessors.remove(lab)
    assert plot.predecessors.list() == []
    with pytest.raises(NotSavedError):
        pg.Transform(name="new").predecessors.add(lab)
    pg.settings.mode = "on"
    assert pg.Transform.filter().list("name") == ["there"]


def test_who_names_and_who_reads_at_once_make_one_edge_each(steps: list[Any]) -> None:
    """Eight who name it and eight runs that read what it made, all in the same instant, in several rounds."""
    take, plot = steps[0], steps[2]
    made = pg.Artifact.get(key="a.csv")
    for _ in range(3):
        readers = [pg.Run(plot).save() for _ in range(8)]
        begin = threading.Barrier(16)

        def name() -> None:
            begin.wait(30)  # noqa: B023 - used in this round
            plot.predecessors.add(take)

        def read(run: Any) -> None:
            begin.wait(30)  # noqa: B023 - used in this round
            made.cache(is_run_input=run)

        with ThreadPoolExecutor(16) as pool:
            for each in [*(pool.submit(name) for _ in readers), *(pool.submit(read, run) for run in readers)]:
                each.result(60)
        assert edges(plot) == [("take", "hand"), ("take", "run")]
        for run in readers:
            run.delete()
        pg.cypher("MATCH (t:Transform {uid: $t})-[e:PREDECESSOR]->() DELETE e", t=plot, write=True)
