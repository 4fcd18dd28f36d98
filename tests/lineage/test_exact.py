"""The exact rules, against a naive walk along every path, and networkx where order cuts nothing."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING

import networkx as nx
from hypothesis import given, settings
from hypothesis import strategies as st

from provgraph.ancestry import Input, Output, Rows, build
from provgraph.ancestry.exact import downstream, upstream

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pytest

    from tests.lineage.conftest import History

ARTIFACTS = [f"a{number}" for number in range(5)]
RUNS = [f"r{number}" for number in range(5)]
Found = tuple[set[Input], set[Output]]


def naive_upstream(rows: Rows, target: str, depth: int | None) -> Found:
    """Follow each path by itself, as the rules read, and remember only the states already seen."""
    found: Found = (set(), set())
    seen: set[tuple[str, float, int]] = set()
    states: list[tuple[str, float, int]] = [(target, math.inf, 0)]
    if depth != 0:
        for made in rows.outputs:
            if made.artifact == target:
                found[1].add(made)
                states.append((made.run, made.step, 1))
    while states:
        run, bound, distance = states.pop()
        if (run, bound, distance) in seen:
            continue
        seen.add((run, bound, distance))
        for read in rows.inputs:
            if read.run == run and read.step < bound:
                found[0].add(read)
                for made in rows.outputs:
                    is_before = made.artifact == read.artifact and made.seq < read.saw and made.run != run
                    if is_before and (depth is None or distance < depth):
                        found[1].add(made)
                        states.append((made.run, made.step, distance + (depth is not None)))
    return found


def naive_downstream(rows: Rows, target: str, depth: int | None) -> Found:
    """Follow each path the other way."""
    found: Found = (set(), set())
    seen: set[tuple[str, float, int]] = set()
    states: list[tuple[str, float, int]] = [(target, -math.inf, 0)]
    if depth != 0:
        for read in rows.inputs:
            if read.artifact == target:
                found[0].add(read)
                states.append((read.run, read.step, 1))
    while states:
        run, bound, distance = states.pop()
        if (run, bound, distance) in seen:
            continue
        seen.add((run, bound, distance))
        for made in rows.outputs:
            if made.run == run and made.step > bound:
                found[1].add(made)
                for read in rows.inputs:
                    is_after = read.artifact == made.artifact and read.saw > made.seq and read.run != run
                    if is_after and (depth is None or distance < depth):
                        found[0].add(read)
                        states.append((read.run, read.step, distance + (depth is not None)))
    return found


def events() -> st.SearchStrategy[list[tuple[str, str, bool]]]:
    """Draw who read (True) or saved what, in the order in which it happened."""
    return st.lists(st.tuples(st.sampled_from(RUNS), st.sampled_from(ARTIFACTS), st.booleans()), max_size=30)


def numbered(happened: list[tuple[str, str, bool]]) -> Rows:
    """Give events the numbers that the graph gives; each run and artifact meet once."""
    seq: Counter[str] = Counter()
    step: Counter[str] = Counter()
    met: set[tuple[str, str]] = set()
    inputs, outputs = [], []
    for run, artifact, is_read in happened:
        if (run, artifact) not in met:
            met.add((run, artifact))
            seq[artifact] += 1
            step[run] += 1
            if is_read:
                inputs.append(Input(artifact, run, seq[artifact], step[run]))
            else:
                outputs.append(Output(artifact, run, seq[artifact], step[run]))
    return Rows(inputs=inputs, outputs=outputs)


@st.composite
def any_rows(draw: st.DrawFn) -> Rows:
    """Draw rows that no history explains: equal steps, a run that both reads and makes an artifact."""
    number = st.integers(1, 4)
    edges = st.tuples(st.sampled_from(ARTIFACTS), st.sampled_from(RUNS), number, number)
    unique = st.lists(edges, max_size=14, unique_by=lambda edge: edge[:2])
    return Rows(inputs=[Input(*each) for each in draw(unique)], outputs=[Output(*each) for each in draw(unique)])


@settings(max_examples=400, deadline=None)
@given(st.one_of(events().map(numbered), any_rows()), st.sampled_from(ARTIFACTS + RUNS), st.none() | st.integers(0, 3))
def test_both_walks_find_what_a_walk_along_every_path_finds(rows: Rows, target: str, depth: int | None) -> None:
    """Of any history, target and depth, the edges found are those that some allowed path goes along."""
    assert upstream(rows, [target], depth)[:2] == naive_upstream(rows, target, depth)
    assert downstream(rows, [target], depth)[:2] == naive_downstream(rows, target, depth)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.sets(st.sampled_from(range(12))), st.integers(1, 3)), max_size=12))
def test_where_nothing_is_cut_lineage_is_reachability(plan: list[tuple[set[int], int]]) -> None:
    """Runs one after the other, each reading before it saves new files: the lineage is what networkx reaches."""
    graph: nx.DiGraph[str] = nx.DiGraph()
    happened: list[tuple[str, str, bool]] = []
    files = ["file0"]
    for number, (wanted, makes) in enumerate(plan):
        reads = [files[place] for place in sorted(wanted) if place < len(files)]
        made = [f"file{len(files) + extra}" for extra in range(makes)]
        happened += [(f"run{number}", file, True) for file in reads] + [(f"run{number}", file, False) for file in made]
        graph.add_edges_from([(file, f"run{number}") for file in reads] + [(f"run{number}", file) for file in made])
        files += made
    graph.add_nodes_from(files)
    rows = numbered(happened)
    for node in graph:
        above = build(rows, node, direction="upstream", siblings=False)
        below = build(rows, node, direction="downstream", siblings=False)
        assert set(above.nodes) == nx.ancestors(graph, node) | {node}
        assert set(below.nodes) == nx.descendants(graph, node) | {node}
        assert {(edge.source, edge.target) for edge in above.edges} == set(graph.subgraph(above.nodes).edges)


@settings(max_examples=200, deadline=None)
@given(events().map(numbered))
def test_up_and_down_are_each_others_reverse(rows: Rows) -> None:
    """An artifact with one producer is in another's upstream exactly when that one is in its downstream."""
    producers = Counter(made.artifact for made in rows.outputs)
    readers_too = [name for name in ARTIFACTS if producers[name] == 1]
    for one in readers_too:
        below = build(rows, one, direction="downstream", siblings=False)
        for other in readers_too:
            above = build(rows, other, direction="upstream", siblings=False)
            assert (one in above) == (other in below)


def test_the_cost_grows_with_the_edges_and_not_with_the_paths(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a ladder of 60 layers with 2^60 paths, each edge is let through once."""
    from provgraph.ancestry import exact

    passed = []
    below = exact.Waiting.below

    def counted(
        self: exact.Waiting, name: str, bound: float, *, apart_from: str | None = None
    ) -> Iterator[exact.Event]:
        found = list(below(self, name, bound, apart_from=apart_from))
        passed.extend(found)
        return iter(found)

    monkeypatch.setattr(exact.Waiting, "below", counted)
    happened = []
    for layer in range(60):
        for side in "lr":
            happened += [(f"run{layer}{side}", f"file{layer}{each}", True) for each in "lr"]
            happened += [(f"run{layer}{side}", f"file{layer + 1}{side}", False)]
    rows = numbered(happened)
    upstream(rows, ["file60l"])
    assert len(passed) == len(rows.inputs) + len(rows.outputs) - 3  # all but those of the run that made file60r


def test_a_run_that_made_a_file_again_is_no_ancestor_of_earlier_readers(history: History) -> None:
    """Who re-creates the content after it was read did not feed the reader."""
    history.save("first", "raw").read("reader", "raw").save("reader", "table").save("again", "raw")
    assert "again" not in build(history.rows, "table")
    assert set(build(history.rows, "raw", direction="upstream").run_uids) == {"first", "again"}


def test_an_input_read_after_the_output_was_saved_is_no_ancestor(history: History) -> None:
    """What a run read later cannot have gone into what it saved before."""
    history.read("run", "early").save("run", "table").read("run", "late").save("run", "figure")
    assert "late" not in build(history.rows, "table")
    assert "late" in build(history.rows, "figure", direction="upstream")
    assert "table" not in build(history.rows, "late", direction="downstream", siblings=False)
    assert "table" in build(history.rows, "late", direction="downstream").siblings


def test_the_widest_way_to_a_run_decides(history: History) -> None:
    """A run reached first through an early output and then through a late one shows what it read before that."""
    history.read("run", "one").save("run", "early").read("run", "two").save("run", "late")
    history.read("other", "late").save("other", "derived")
    history.read("last", "early").read("last", "derived").save("last", "result")
    above = build(history.rows, "result", direction="upstream")
    assert {"one", "two"} <= set(above.artifact_uids)


def test_a_depth_is_not_stretched_by_a_shorter_way_with_a_narrower_bound(history: History) -> None:
    """What only a longer way lets through is as far away as that way is long."""
    history.save("root", "two").read("run", "one").save("run", "early").read("run", "two").save("run", "late")
    history.read("other", "late").save("other", "derived")
    history.read("last", "early").read("last", "derived").save("last", "result")
    near = build(history.rows, "result", direction="upstream", depth=2, siblings=False)
    assert "one" in near
    assert "two" not in near
    assert "root" not in build(history.rows, "result", direction="upstream", depth=3, siblings=False)
    assert "root" in build(history.rows, "result", direction="upstream", depth=4, siblings=False)


def test_of_two_outputs_of_a_run_the_later_one_decides(history: History) -> None:
    """It does not matter in which order the next run read them."""
    history.read("run", "one").save("run", "early").read("run", "two").save("run", "late")
    history.read("first", "early", "late").save("first", "result").read("second", "late", "early").save(
        "second", "figure"
    )
    for target in ("result", "figure"):
        assert {"one", "two"} <= set(build(history.rows, target, direction="upstream").artifact_uids)


def test_of_two_inputs_of_a_run_the_earlier_one_decides_what_was_made_from_them(history: History) -> None:
    """It does not matter in which order the run before made them."""
    history.read("maker", "raw").save("maker", "left", "right")
    history.read("one", "left").save("one", "a").read("one", "right").save("one", "b")
    history.read("two", "right").save("two", "c").read("two", "left").save("two", "d")
    assert {"a", "b", "c", "d"} <= set(build(history.rows, "raw", direction="downstream", siblings=False).artifact_uids)
