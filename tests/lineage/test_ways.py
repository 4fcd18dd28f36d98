"""Ways between two records, ends and kinds, against networkx: its nodes are the events, each an edge of the lineage."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import networkx as nx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from provgraph.ancestry import Input, Output, Rows, RunFacts, between, build, chain
from tests.lineage.test_exact import ARTIFACTS, RUNS, any_rows, events, numbered

if TYPE_CHECKING:
    from tests.lineage.conftest import History

Event = Input | Output
NAMES = ARTIFACTS + RUNS


def graph_of(rows: Rows) -> nx.DiGraph[tuple[str, Event]]:
    """Join events that can follow each other: a run makes after it read, and reads what was made before."""
    graph: nx.DiGraph[tuple[str, Event]] = nx.DiGraph()
    graph.add_nodes_from(("input", each) for each in rows.inputs)
    graph.add_nodes_from(("output", each) for each in rows.outputs)
    for read in rows.inputs:
        for made in rows.outputs:
            if read.run == made.run and read.step < made.step:
                graph.add_edge(("input", read), ("output", made))
            if read.artifact == made.artifact and made.seq < read.saw and read.run != made.run:
                graph.add_edge(("output", made), ("input", read))
    return graph


def ends_of(rows: Rows, source: str, target: str) -> tuple[list[tuple[str, Event]], list[tuple[str, Event]]]:
    """Give the events that flow out of the source, and into the target."""
    reads = [("input", each) for each in rows.inputs]
    makes = [("output", each) for each in rows.outputs]
    first: list[tuple[str, Event]] = [each for each in reads if each[1].artifact == source]
    last: list[tuple[str, Event]] = [each for each in makes if each[1].artifact == target]
    first += [each for each in makes if each[1].run == source]
    last += [each for each in reads if each[1].run == target]
    return first, last


def history_of() -> st.SearchStrategy[Rows]:
    return events().map(numbered) | any_rows()


@settings(max_examples=400, deadline=None)
@given(history_of(), st.sampled_from(NAMES), st.sampled_from(NAMES))
def test_a_shortest_way_is_as_short_as_networkx_finds(rows: Rows, source: str, target: str) -> None:
    """And each of its steps can follow the one before."""
    graph, (first, last) = graph_of(rows), ends_of(rows, source, target)
    graph.add_edges_from((("start", Input("", "", 0, 0)), each) for each in first)
    graph.add_edges_from((each, ("end", Input("", "", 0, 0))) for each in last)
    found = chain(rows, source, target)
    start, end = ("start", Input("", "", 0, 0)), ("end", Input("", "", 0, 0))
    if start not in graph or end not in graph or not nx.has_path(graph, start, end):
        assert found == []
        return
    assert len(found) == nx.shortest_path_length(graph, start, end)
    assert (found[0], found[-1]) == (source, target)
    edges = {(each.artifact, each.run) for each in rows.inputs} | {(each.run, each.artifact) for each in rows.outputs}
    assert all(step in edges for step in itertools.pairwise(found))


@settings(max_examples=400, deadline=None)
@given(history_of(), st.sampled_from(NAMES), st.sampled_from(NAMES))
def test_all_ways_are_what_can_be_reached_from_both_ends(rows: Rows, source: str, target: str) -> None:
    """An edge is on a way when the source leads to it and it leads to the target."""
    graph, (first, last) = graph_of(rows), ends_of(rows, source, target)
    ahead = {each for start in first for each in (start, *nx.descendants(graph, start))}
    behind = {each for end in last for each in (end, *nx.ancestors(graph, end))}
    wanted = {
        (each.artifact, each.run) if kind == "input" else (each.run, each.artifact) for kind, each in ahead & behind
    }
    assert {(edge.source, edge.target) for edge in between(rows, source, target).edges} == wanted


def test_a_way_keeps_to_the_order_of_events(history: History) -> None:
    """What a run read after it had saved a file led to its later file alone, however both meet again."""
    history.read("run", "early").save("run", "first").read("run", "late").save("run", "second")
    history.read("end", "first", "second").save("end", "figure")
    assert chain(history.rows, "late", "figure") == ["late", "run", "second", "end", "figure"]
    assert set(between(history.rows, "late", "figure").nodes) == {"late", "run", "second", "end", "figure"}
    assert chain(history.rows, "late", "first") == []
    assert len(between(history.rows, "figure", "late")) == 0


def test_a_long_chain_is_one_way(history: History) -> None:
    """Nothing recurses."""
    for number in range(5_000):
        history.read(f"r{number}", f"a{number}").save(f"r{number}", f"a{number + 1}")
    assert len(chain(history.rows, "a0", "a5000")) == 10_001
    assert len(between(history.rows, "a0", "a5000")) == 10_001


def test_diamonds_have_many_ways_and_cost_their_edges(history: History) -> None:
    """Two to the thirtieth ways, of which one is given."""
    for layer in range(30):
        for side in "xy":
            for below in "xy":
                history.read(f"r{layer}{side}", f"a{layer}{below}")
            history.save(f"r{layer}{side}", f"a{layer + 1}{side}")
    assert len(chain(history.rows, "a0x", "a30y")) == 61
    assert len(between(history.rows, "a0x", "a30y")) == 29 * 4 + 3


@pytest.mark.parametrize("end", ["b", "two"])
def test_it_does_not_go_beyond_an_end(history: History, end: str) -> None:
    """The end itself is shown; where other ways lead further they are gone."""
    history.read("one", "a").save("one", "b").read("two", "b").save("two", "c")
    history.read("three", "c", "beside").save("three", "d")
    found = build(history.rows, "d", direction="upstream", until=[end], siblings=False)
    assert set(found.nodes) == {end, "two", "c", "beside", "three", "d"}
    assert set(found.roots) == ({"b", "beside"} if end == "b" else {"beside"})


def test_a_transform_ends_the_way_at_its_runs(history: History) -> None:
    """However many there are."""
    history.read("one", "a").save("one", "b").read("two", "b").save("two", "c")
    facts = RunFacts.placeholder("two")._replace(transform_uid="step")
    found = build(history.rows._replace(runs=[facts]), "c", direction="upstream", until=["step"])
    assert set(found.nodes) == {"two", "c"}


def test_types_keep_the_runs_of_such_transforms(history: History) -> None:
    """With what they read and made, and what was asked for."""
    history.read("one", "a").save("one", "b").read("two", "b").save("two", "c").read("three", "c").save("three", "d")
    runs = [
        RunFacts.placeholder(uid)._replace(transform_type=kind, status="completed")
        for uid, kind in (("one", "script"), ("two", "script"), ("three", "notebook"))
    ]
    found = build(history.rows._replace(runs=runs), "a")
    assert set(found.of_types({"notebook"}).nodes) == {"a", "c", "three", "d"}
    assert found.of_types({"notebook", "script"}) == found
    assert set(found.of_types(set()).nodes) == {"a"}


def test_frames_have_a_row_for_each(history: History) -> None:
    """The nodes by uid, the edges by their ends, both in topological order."""
    history.read("run", "raw").save("run", "table")
    found = build(history.rows, "table")
    assert found.nodes_df.index.tolist() == ["raw", "run", "table"]
    assert found.nodes_df.loc["run", "type"] == "run"
    assert found.edges_df.values.tolist() == [["raw", "run", "input", False], ["run", "table", "output", True]]
