"""Which records of a large lineage stand as one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provgraph.ancestry import Input, Output, Rows, build
from provgraph.ancestry.order import components
from provgraph.errors import InvalidValueError
from provgraph.views.bundles import name, sentence, title
from provgraph.views.folding import CAP, fold
from tests.support.lineages import chain, fan, file, run

if TYPE_CHECKING:
    from provgraph.ancestry import Lineage


@st.composite
def histories(draw: st.DrawFn) -> Lineage:
    """Give any lineage of up to 40 runs, each reading files of runs before it; asked for is one file or several."""
    count = draw(st.integers(1, 40))
    outputs, inputs = [], []
    for number in range(count):
        made = draw(st.integers(1, 3))
        outputs += [Output(f"file{number}-{each}", f"run{number}", 1, 100 + each) for each in range(made)]
        reads = draw(st.lists(st.integers(0, number - 1), max_size=3, unique=True)) if number else []
        inputs += [Input(f"file{each}-0", f"run{number}", 2, 1) for each in reads]
    runs = [run(f"run{number}", draw(st.sampled_from(["align", "merge", "plot"]))) for number in range(count)]
    files = [file(each.artifact) for each in outputs]
    asked = draw(st.lists(st.sampled_from([each.uid for each in files]), min_size=1, max_size=3, unique=True))
    return build(Rows(files, runs, outputs, inputs), asked, current_run=f"run{count - 1}")


@given(histories(), st.integers(1, 30))
def test_every_node_stands_in_exactly_one_visible_place(lineage: Lineage, cap: int) -> None:
    """By itself or in one group; together they hold all nodes, and each group holds several."""
    folding = fold(lineage, cap)
    grouped = [uid for group in folding.groups for uid in group.uids]
    assert len(grouped) == len(set(grouped)) == len(folding)
    assert set(folding.place) == set(lineage.nodes)
    assert set(folding.visible) == {*(lineage.nodes.keys() - set(grouped)), *(group.id for group in folding.groups)}
    assert all(len(group.uids) > 1 for group in folding.groups)
    assert {group.id for group in folding.groups}.isdisjoint(lineage.nodes)


@given(histories(), st.integers(1, 30))
def test_targets_and_the_current_run_are_never_folded(lineage: Lineage, cap: int) -> None:
    """What a person asked for is seen, however little room there is."""
    assert lineage.targets | ({lineage.current_run} & lineage.nodes.keys()) <= set(fold(lineage, cap).visible)


@given(histories(), st.integers(1, 30))
def test_edges_between_visible_places_are_those_of_their_nodes(lineage: Lineage, cap: int) -> None:
    """Two places are joined when nodes in them are; nothing joins a place with itself."""
    folding = fold(lineage, cap)
    where = folding.place
    expected = {(where[edge.source], where[edge.target]) for edge in lineage.edges}
    assert folding.arrows == {(source, target) for source, target in expected if source != target}


@given(histories(), st.integers(1, 30), st.data())
def test_bridges_join_what_is_seen_in_every_state(lineage: Lineage, cap: int, data: st.DataObject) -> None:
    """Whichever groups are expanded, the edges of which both ends are seen are those of the nodes behind them."""
    folding = fold(lineage, cap)
    ids = [group.id for group in folding.groups]
    open_ = set(data.draw(st.lists(st.sampled_from(ids), unique=True))) if ids else set()
    where = {uid: uid if place in open_ else place for uid, place in folding.place.items()}
    seen = set(where.values())
    all_edges = [*((edge.source, edge.target) for edge in lineage.edges), *folding.bridges()]
    shown = [arrow for arrow in all_edges if set(arrow) <= seen]
    expected = {(where[edge.source], where[edge.target]) for edge in lineage.edges}
    assert sorted(shown) == sorted((source, target) for source, target in expected if source != target)


@given(histories(), st.integers(9, 30))
def test_no_more_than_the_cap_is_seen(lineage: Lineage, cap: int) -> None:
    """Four places are never folded at most, and five groups before, between and after them are room enough."""
    assert len(fold(lineage, cap).visible) <= cap


@given(histories(), st.integers(1, 30))
def test_folding_makes_no_cycle(lineage: Lineage, cap: int) -> None:
    """What flows from left to right still does when groups stand for their nodes."""
    folding = fold(lineage, cap)
    component = components(folding.visible, folding.arrows)
    assert len(set(component.values())) == len(folding.visible)


def test_nothing_is_folded_up_to_the_cap() -> None:
    """A lineage of as many nodes as the cap stays whole, and None folds nothing at all."""
    lineage = fan(100)
    assert fold(lineage, len(lineage)).groups == ()
    assert fold(lineage, None).groups == ()
    assert fold(lineage, len(lineage) - 1).groups
    assert CAP == 60


def test_like_records_fold_to_one() -> None:
    """Runs of one script, what they read and what they made are three groups, and the page says so."""
    folding = fold(fan(332), CAP)
    assert [(group.kind, len(group.uids)) for group in folding.groups] == [("alike", 332)] * 3
    assert sentence(folding) == ("3 groups hold 996 of 998 records: .fastq files ×332, align.py ×332, .bam files ×332")
    assert len(folding.visible) == 5


def test_a_group_says_what_to_beware_of() -> None:
    """Two failed runs among 500 are named by their number, though nobody sees them."""
    lineage = fan(500, failed=2)
    group = next(each for each in fold(lineage).groups if each.uids[0].startswith("align"))
    assert name(lineage, group) == "align.py ×500"
    assert "holds: 500 runs" in title(lineage, group)
    assert "beware: 2 failed" in title(lineage, group)


def test_what_is_beside_folds_first() -> None:
    """Where other files of the runs are enough, everything on the way stays as it is."""
    outputs = [Output(f"other{number}", "run", 1, 3) for number in range(100)]
    rows = Rows([file(each.artifact) for each in outputs], [run("run", "split")], [*outputs, Output("it", "run", 1, 2)])
    folding = fold(build(rows, "it"), CAP)
    assert [(group.kind, len(group.uids)) for group in folding.groups] == [("beside", 100)]
    assert {"run", "it"} < set(folding.visible)


def test_what_was_made_from_it_folds_before_what_it_was_made_from() -> None:
    """In the middle of a long way the later half is one group, and the earlier half is seen."""
    folding = fold(chain(50, "file25"), CAP)
    assert [(group.kind, len(group.uids)) for group in folding.groups] == [("after", 50)]
    assert "file0" in folding.visible


def test_a_long_way_folds_to_one() -> None:
    """A chain of 1,000 runs is one group and what was asked for."""
    folding = fold(chain(1_000, "file1000"), CAP)
    assert [(group.kind, len(group.uids)) for group in folding.groups] == [("chain", 2_000)]
    assert sentence(folding) == "1 group holds 2,000 of 2,001 records: steps in a row ×2,000"


def test_of_what_nothing_was_made_from_the_readers_are_seen() -> None:
    """Of a raw file, what comes next stays and the farthest is folded: what is near matters most."""
    lineage = build(
        Rows(
            inputs=[Input("raw", f"run{number}", 1, 1) for number in range(200)],
            runs=[run(f"run{number}", f"step {number}") for number in range(200)],
            artifacts=[file("raw")],
        ),
        "raw",
    )
    folding = fold(lineage, CAP)
    assert [group.kind for group in folding.groups] == ["later"]
    assert len(folding.visible) == CAP
    assert "raw" in folding.visible


@pytest.mark.parametrize("cap", [0, 1])
def test_the_lowest_caps_fold_as_much_as_can_be(cap: int) -> None:
    """What was asked for is seen, and one group for the rest."""
    assert len(fold(fan(20), cap).visible) == 2


@pytest.mark.parametrize("cap", [-5, True, 1.5, "x"])
def test_what_is_no_number_is_no_cap(cap: Any) -> None:
    """Also where nothing would be folded, the error names the value."""
    with pytest.raises(InvalidValueError, match=f"the cap {cap!r} is not a number from 0 up"):
        fold(fan(1), cap)
