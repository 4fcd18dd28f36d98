"""What a lineage holds: directions, siblings, depth, creators, deleted records, hidden kinds, wrong arguments."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from provgraph import ancestry
from provgraph.ancestry import ArtifactFacts, Lineage, Output, Rows, RunFacts, build
from provgraph.errors import InvalidValueError

if TYPE_CHECKING:
    from tests.lineage.conftest import History


@pytest.fixture
def chain(history: History) -> Rows:
    """Give raw -> clean -> table -> plot -> figure, and a log beside the table."""
    history.read("clean", "raw").save("clean", "table", "log").read("plot", "table").save("plot", "figure")
    return history.rows


def test_directions_give_what_is_above_below_or_both(chain: Rows) -> None:
    """Upstream holds what the file was made from, downstream what was made from it."""
    assert build(chain, "table", direction="upstream", siblings=False).order == ["raw", "clean", "table"]
    assert build(chain, "table", direction="downstream", siblings=False).order == ["table", "plot", "figure"]
    assert build(chain, "table", siblings=False).order == ["raw", "clean", "table", "plot", "figure"]


def test_siblings_are_shown_and_not_walked_from(history: History) -> None:
    """Other outputs of the runs are there, their readers are not."""
    history.save("run", "asked", "beside").read("other", "beside").save("other", "far")
    lineage = build(history.rows, "asked")
    assert lineage.siblings == {"beside"}
    assert "other" not in lineage
    assert "beside" not in build(history.rows, "asked", siblings=False)


def test_depth_counts_runs(chain: Rows) -> None:
    """Depth 0 is the record alone, depth 1 reaches one run in each direction with what it read or made."""
    assert build(chain, "figure", depth=0, siblings=False).order == ["figure"]
    assert build(chain, "figure", depth=1, siblings=False).order == ["table", "plot", "figure"]
    assert len(build(chain, "figure", depth=2, siblings=False)) == 5


def test_a_run_shows_all_that_it_read_and_made(history: History) -> None:
    """The lineage of a run does not cut at its own steps."""
    history.read("run", "one").save("run", "early").read("run", "two").save("run", "late")
    assert set(build(history.rows, "run").artifact_uids) == {"one", "two", "early", "late"}


def test_all_producers_of_the_asked_file_are_there_the_first_marked(history: History) -> None:
    """Two runs made the same bytes: both are shown, the lowest seq is the creator."""
    history.save("first", "table").save("second", "table")
    creators = {edge.source: edge.is_creator for edge in build(history.rows, "table").edges}
    assert creators == {"first": True, "second": False}


def test_a_first_producer_that_is_not_among_the_rows_is_the_creator(history: History) -> None:
    """The rows say which number it has; the one that is there made the artifact again."""
    history.save("first", "table").read("second", "raw").save("second", "table")
    rows = history.rows._replace(outputs=[each for each in history.rows.outputs if each.run == "second"])
    for firsts, is_creator in (({"table": 1}, False), ({}, True)):
        found = build(rows._replace(firsts=firsts), "raw", direction="downstream")
        assert [each.is_creator for each in found.edges if each.kind == "output"] == [is_creator]


def test_several_targets_share_one_lineage(chain: Rows) -> None:
    """A list of uids gives the lineage of all of them."""
    both = build(chain, ["raw", "figure"], direction="upstream", siblings=False)
    assert both.targets == {"raw", "figure"}
    assert len(both) == 5


def test_a_deleted_producer_leaves_no_hole(history: History) -> None:
    """Nodes without facts stand as deleted, with their edges."""
    history.read("lost_run", "lost_file").save("lost_run", "kept")
    lineage = build(history.rows, "kept")
    run, file = lineage.nodes["lost_run"], lineage.nodes["lost_file"]
    assert isinstance(run, RunFacts)
    assert isinstance(file, ArtifactFacts)
    assert run.deleted
    assert file.deleted
    assert lineage.order == ["lost_file", "lost_run", "kept"]


def test_an_unknown_uid_alone_is_a_deleted_record() -> None:
    """A target that nothing names is one node; a run that only read is a run."""
    lineage = build(Rows(), "gone")
    assert lineage.artifact_uids == ["gone"]
    assert lineage.nodes["gone"].deleted


def test_hidden_kinds_are_not_in_lineage() -> None:
    """Environments and source code of a run are no data."""
    environment = ArtifactFacts.placeholder("env")._replace(kind="environment", deleted=False)
    rows = Rows(artifacts=[environment], outputs=[Output("env", "run", 1, 1), Output("data", "run", 1, 2)])
    assert build(rows, "data").artifact_uids == ["data"]


def test_rows_beyond_the_lineage_do_no_harm(chain: Rows) -> None:
    """The rows of a whole store give the same lineage as those of the closure."""
    more = chain._replace(outputs=[*chain.outputs, Output("elsewhere", "stranger", 1, 1)])
    assert build(more, "figure") == build(chain, "figure")


def test_facts_are_carried_and_not_changed(chain: Rows) -> None:
    """A node is the very facts that came in."""
    facts = ArtifactFacts("raw", "data/raw.csv", None, ".csv", 3, "h", "1", True, 5, "ada", "p", False, "data")
    assert build(chain._replace(artifacts=[facts]), "figure").nodes["raw"] is facts


@pytest.mark.parametrize("direction", ["up", "", "Upstream", None])
def test_another_direction_is_an_error_that_names_those_that_are(direction: str) -> None:
    """The message helps with a near or a wrong word."""
    with pytest.raises(InvalidValueError, match="upstream"):
        build(Rows(), "a", direction=direction)


@pytest.mark.parametrize("depth", [-1, "2", 1.5, 10**12])
def test_a_depth_that_is_no_count_is_an_error(depth: int) -> None:
    """Negative numbers, texts and fractions are refused, and numbers that no engine reads."""
    with pytest.raises(InvalidValueError, match="depth"):
        build(Rows(), "a", depth=depth)


def test_the_core_loads_no_driver_and_no_pandas() -> None:
    """Importing the lineage package brings none of the heavy libraries."""
    heavy = "{'neo4j', 'pandas', 'numpy', 'networkx', 'pyvis', 'rich'}"
    code = f"import sys, provgraph.ancestry.build as b; assert not {heavy} & set(sys.modules), sys.modules.keys()"
    folder = str(Path(ancestry.__file__).parents[1])
    stub = f"import sys, types; p = sys.modules['provgraph'] = types.ModuleType('provgraph'); p.__path__ = [{folder!r}]"
    subprocess.run([sys.executable, "-c", f"{stub}\n{code}"], check=True)


def test_joining_keeps_everything_and_what_was_walked_is_not_beside(history: History) -> None:
    """`|` of two lineages holds the nodes and edges of both; a sibling of one that the other walked is none."""
    history.save("run", "one", "two").read("next", "two").save("next", "three")
    joined = build(history.rows, "one") | build(history.rows, "three")
    assert set(joined.nodes) == {"run", "one", "two", "next", "three"}
    assert joined.siblings == set()
    assert joined.targets == {"one", "three"}


def test_subtracting_leaves_out_nodes_and_their_edges(chain: Rows) -> None:
    """`-` gives what the other does not have."""
    rest = build(chain, "figure") - build(chain, "table", direction="upstream")
    assert rest.order == ["plot", "figure"]
    assert [(edge.source, edge.target) for edge in rest.edges] == [("plot", "figure")]


def test_membership_takes_uids_and_records(chain: Rows) -> None:
    """`in` asks by uid, also of anything that has one."""
    lineage = build(chain, "figure")
    assert "raw" in lineage
    assert lineage.nodes["raw"] in lineage
    assert "stranger" not in lineage


def test_rows_and_networkx_hold_the_same_as_the_lineage(chain: Rows) -> None:
    """Tables and the networkx graph have each node and edge once, in order."""
    lineage = build(chain, "figure", current_run="plot")
    assert [row.uid for row in lineage.nodes_rows()] == lineage.order
    assert {row.uid: row.role for row in lineage.nodes_rows()} == {
        "raw": "", "clean": "", "table": "", "log": "sibling", "plot": "current_run", "figure": "target",
    }  # fmt: skip
    assert {row[:3] for row in lineage.sorted_edges} == {(e.source, e.target, e.kind) for e in lineage.edges}
    graph = lineage.to_networkx()
    assert list(graph) == lineage.order
    assert graph.number_of_edges() == len(lineage.edges)
    assert graph.edges["plot", "figure"] == {"kind": "output", "is_creator": True}


def test_neighbours_are_listed_in_order(chain: Rows) -> None:
    """What leads in and out of a node is known without a search."""
    lineage = build(chain, "figure")
    assert lineage.sources_of("clean") == ["raw"]
    assert lineage.results_of("clean") == ["log", "table"]
    assert lineage.results_of("figure") == lineage.sources_of("stranger") == []


def test_an_empty_lineage_is_a_value() -> None:
    """Nothing in, nothing out, no error."""
    empty = Lineage({}, frozenset())
    assert (len(empty), empty.order, empty.nodes_rows(), empty.sorted_edges) == (0, [], [], [])
