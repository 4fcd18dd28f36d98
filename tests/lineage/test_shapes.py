"""Named shapes on which lineage elsewhere doubles, recurses or never ends, and the order of each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import networkx as nx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from provgraph.ancestry import build, order

if TYPE_CHECKING:
    from provgraph.ancestry import Lineage
    from tests.lineage.conftest import History


def assert_ordered(lineage: Lineage) -> None:
    """Check that without cycles every edge goes forward in order and to the right in layers."""
    place = {uid: number for number, uid in enumerate(lineage.order)}
    assert len(place) == len(lineage)
    for edge in lineage.edges:
        assert place[edge.source] < place[edge.target]
        assert lineage.layers[edge.source] < lineage.layers[edge.target]


def test_a_chain_of_5000_runs(history: History) -> None:
    """Nothing recurses: 10,001 nodes, 10,001 layers, from both ends."""
    for number in range(5_000):
        history.read(f"run{number}", f"file{number}").save(f"run{number}", f"file{number + 1}")
    rows = history.rows
    above = build(rows, "file5000", direction="upstream")
    assert len(above) == len(build(rows, "file0", direction="downstream")) == 10_001
    assert max(above.layers.values()) == 10_000
    assert_ordered(above)


@pytest.mark.parametrize("layers", [30, 200])
def test_a_ladder_of_diamonds(history: History, layers: int) -> None:
    """2^30 and 2^200 paths are as many nodes and edges as they are."""
    for layer in range(layers):
        for side in "lr":
            history.read(f"run{layer}{side}", f"file{layer}l", f"file{layer}r")
            history.save(f"run{layer}{side}", f"file{layer + 1}{side}")
    lineage = build(history.rows, f"file{layers}l", direction="upstream")
    assert len(lineage) == 4 * layers
    assert len(lineage.edges) == 6 * layers - 3
    assert_ordered(lineage)


def test_a_dag_of_50_layers_by_400_runs(history: History) -> None:
    """20,000 runs that read five files each of the layer before, all of them above the last file."""
    for layer in range(50):
        for number in range(400):
            run = f"run{layer}.{number}"
            history.read(run, *(f"file{layer}.{(number * 3 + extra * 7) % 400}" for extra in range(5)))
            history.save(run, f"file{layer + 1}.{number}")
    history.read("last", *(f"file50.{number}" for number in range(400))).save("last", "result")
    lineage = build(history.rows, "result", direction="upstream")
    assert len(lineage.run_uids) == 20_001
    assert len(lineage.edges) == 50 * 400 * 6 + 401
    assert_ordered(lineage)


def test_a_run_with_10_000_inputs(history: History) -> None:
    """A wide run is as many nodes as it read, in three layers."""
    history.read("merge", *(f"file{number}" for number in range(10_000))).save("merge", "table")
    lineage = build(history.rows, "table")
    assert len(lineage) == 10_002
    assert set(lineage.layers.values()) == {0, 1, 2}


def test_a_file_with_many_producers_and_many_readers(history: History) -> None:
    """200 producers and 2,000 readers of one file are not multiplied."""
    history.save("maker", "file")
    for number in range(200):
        history.save(f"again{number}", "file")
    for number in range(2_000):
        history.read(f"reader{number}", "file").save(f"reader{number}", f"result{number}")
    history.read("last", *(f"result{number}" for number in range(2_000))).save("last", "end")
    assert len(build(history.rows, "end", direction="upstream").run_uids) == 1 + 2_000 + 201


def test_two_open_runs_that_read_each_other(history: History) -> None:
    """Each run is above the other one; the files that came too late are not, and nothing turns for ever."""
    history.save("one", "a").save("two", "b").read("one", "b").read("two", "a").save("one", "c").save("two", "d")
    above_c = build(history.rows, "c", direction="upstream", siblings=False)
    assert set(above_c.nodes) == {"c", "one", "b", "two"}
    everything = build(history.rows, "one", siblings=False)
    assert set(everything.nodes) == {"one", "two", "a", "b", "c", "d"}
    cycle = everything.order[:4]
    assert set(cycle) == {"one", "two", "a", "b"}


def test_a_cycle_through_content_made_again(history: History) -> None:
    """A file made again from what was made from it is above itself, once."""
    history.save("one", "a").read("two", "a").save("two", "b").read("three", "b").save("three", "a")
    lineage = build(history.rows, "a")
    assert set(lineage.nodes) == {"one", "a", "two", "b", "three"}
    assert len(lineage.edges) == 5
    assert lineage.order[0] == "one"
    assert lineage.layers["one"] < min(lineage.layers["a"], lineage.layers["two"])


def test_a_run_that_reads_its_own_output(history: History) -> None:
    """There is no edge from a run to itself, and its output is made from what it read before alone."""
    history.read("run", "raw").save("run", "table").read("run", "table").save("run", "figure")
    lineage = build(history.rows, "figure")
    assert ("table", "run") not in {(edge.source, edge.target) for edge in lineage.edges}
    assert lineage.run_uids == ["run"]
    assert_ordered(lineage)


def test_two_components_stay_apart(history: History) -> None:
    """What is not connected is not in the lineage; of two targets both parts are."""
    history.read("run1", "a").save("run1", "b").read("run2", "c").save("run2", "d")
    assert set(build(history.rows, "b").nodes) == {"a", "run1", "b"}
    assert len(build(history.rows, ["b", "d"])) == 6


NODES = [str(number) for number in range(9)]
ARROWS = st.lists(st.tuples(st.sampled_from(NODES), st.sampled_from(NODES)), max_size=25)


@settings(max_examples=300, deadline=None)
@given(ARROWS)
def test_the_order_is_topological_over_strongly_connected_components(arrows: list[tuple[str, str]]) -> None:
    """Components are networkx's, each stands together, and the arrows between them go forward and to the right."""
    graph: nx.DiGraph[str] = nx.DiGraph(arrows)
    graph.add_nodes_from(NODES)
    component = order.components(NODES, arrows)
    ours = {frozenset(node for node in NODES if component[node] == number) for number in set(component.values())}
    assert ours == {frozenset(each) for each in nx.strongly_connected_components(graph)}
    listed = order.topological(NODES, arrows)
    assert sorted(listed) == NODES
    layers = order.layers(listed, arrows)
    for group in ours:
        places = sorted(listed.index(node) for node in group)
        assert places == list(range(places[0], places[0] + len(group)))
    for source, target in arrows:
        if component[source] != component[target]:
            assert listed.index(source) < listed.index(target)
            assert layers[source] < layers[target]


@settings(max_examples=200, deadline=None)
@given(ARROWS)
def test_layers_are_as_few_as_the_longest_path_allows(arrows: list[tuple[str, str]]) -> None:
    """Without cycles the columns count the nodes of the longest path, from 0, and none is empty."""
    forward = [(min(pair), max(pair)) for pair in arrows if pair[0] != pair[1]]
    graph: nx.DiGraph[str] = nx.DiGraph(forward)
    graph.add_nodes_from(NODES)
    columns = order.layers(order.topological(NODES, forward), forward)
    assert set(columns.values()) == set(range(nx.dag_longest_path_length(graph) + 1))


def test_the_order_does_not_depend_on_how_the_rows_came(history: History) -> None:
    """The same edges the other way round give the same order and layers."""
    for number in range(20):
        history.read(f"run{number % 7}", f"file{number}").save(f"run{(number * 3) % 7}", f"made{number}")
    rows = history.rows
    turned = rows._replace(inputs=list(reversed(rows.inputs)), outputs=list(reversed(rows.outputs)))
    one, other = build(rows, "made3"), build(turned, "made3")
    assert (one.order, one.layers, one.sorted_edges) == (other.order, other.layers, other.sorted_edges)
