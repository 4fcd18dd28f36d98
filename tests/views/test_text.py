"""The tree, the labels and the tables."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from provgraph.ancestry import ArtifactFacts, Input, Output, Rows, RunFacts, among, build
from provgraph.views import Picture, labels, layout, repr_html, text, text_table, tree
from provgraph.views.tree import plain
from tests.views.conftest import REVIEW

if TYPE_CHECKING:
    from provgraph.ancestry import Lineage

HOSTILE = ["<script>", "[bold]x[/bold]", "\x1b[31m", "\u202e", "\ud800", "a\u2028b", "x" * 10_000, "{0}$x"]


def test_the_tree_reads_from_the_file_to_what_it_was_made_from(project: Lineage) -> None:
    """The target is the root; runs that made it and files they read follow, then readers, then what was made beside."""
    lines = text(project).splitlines()
    assert lines[0].startswith("matrixplot_fig2_score-…s-per-cluster.png · 28.8 kB · testuser2 · 2024-12-25")
    assert lines[1].startswith("├── made by Perform integrated analysis · testuser2")
    assert any(line.startswith("├── read by Project flow") and line.endswith("← current run") for line in lines)
    assert any("umap_fig1" in line for line in lines[lines.index(f"└── {tree.BESIDE}") :])


def test_each_node_is_written_once(project: Lineage) -> None:
    """A node met again is only named, with a word that it is above."""
    lines = text(project, 200).splitlines()
    first = [line for line in lines if "↑ shown above" not in line and "Made beside" not in line]
    assert len(first) == len(project)
    assert sum("Cell Ranger · testuser2 · 2024-12-23" in line for line in lines) == 3
    assert sum("Cell Ranger · testuser2 · 2024-12-23  ↑ shown above" in line for line in lines) == 2


def test_the_text_of_the_page_is_that_of_the_terminal(project: Lineage) -> None:
    """Where lines are wide enough, both writers agree."""
    assert plain(project) == text(project, 500)


def test_a_chain_of_5000_runs_is_written_in_readable_lines() -> None:
    """Deep branches go on below: all nodes are there, and no line is wider than asked for."""
    rows = Rows(
        inputs=[Input(f"file{number}", f"run{number}", 2, 1) for number in range(5_000)],
        outputs=[Output(f"file{number + 1}", f"run{number}", 1, 2) for number in range(5_000)],
    )
    written = text(build(rows, "file5000"), 90)
    assert max(map(len, written.splitlines())) <= 90
    assert len(re.findall(r"(?:made by|from) deleted", written)) == 10_000


def test_a_cycle_ends() -> None:
    """Runs that read each other are written once each."""
    inputs = [Input("a", "two", 2, 1), Input("b", "one", 2, 2)]
    rows = Rows(inputs=inputs, outputs=[Output("a", "one", 1, 1), Output("b", "two", 1, 2)])
    lines = text(build(rows, "one")).splitlines()
    assert sum("run two" in line and "shown above" not in line for line in lines) == 1


def test_several_targets_share_a_tree(project: Lineage, project_rows: Rows) -> None:
    """Each target has a branch of its own below a heading."""
    both = build(project_rows, ["file1Csv000000000000", *project.targets])
    assert text(both).startswith("Lineage of 2 records\n├── schmidt22-crispra-gws-IFNG.csv")


def test_what_no_branch_reaches_is_written_too(project: Lineage) -> None:
    """A lineage of which the middle was taken out hides nothing."""
    middle = "run6Integrated000000"
    written = text(project.only(project.nodes.keys() - {middle}))
    assert "Also in this lineage" in written
    assert "Chromium 10x upload" in written


def test_without_a_target_the_tree_begins_at_fewer_ends(project: Lineage) -> None:
    """Several files of one beginning are read down from it, one figure of several beginnings up from it."""
    everything = replace(project, targets=frozenset(), siblings=frozenset())
    assert text(everything, 200).startswith("Lineage of 17 records")
    last = text(everything.only(project.nodes.keys() - project.siblings - {REVIEW}))
    assert last.startswith("matrixplot_fig2_score-…s-per-cluster.png")
    assert "\n└── made by Perform integrated analysis" in last
    first = text(everything.only({"run3Chromium00000000", "file3FastqR100000000", "file4FastqR200000000"}))
    assert [line.split(" · ")[0] for line in first.splitlines()] == [
        "Chromium 10x upload",
        "├── made perturbseq_R1_001.fastq.gz",
        "└── made perturbseq_R2_001.fastq.gz",
    ]


def test_what_no_branch_reaches_is_a_tree_with_the_right_words(project: Lineage) -> None:
    """Below the heading a run is not made by a file: it reads, and files are made."""
    written = text(project.only(project.nodes.keys() - {"run6Integrated000000"}), 200)
    rest = written.split("Also in this lineage")[1]
    assert "made by schmidt22" not in rest
    assert re.search(r"├── GWS upload [^\n]*\n    │   └── made schmidt22-crispra-gws-IFNG.csv", rest)


def test_a_tree_without_a_target_writes_each_node_once(project: Lineage, hostile: Lineage) -> None:
    """Also of nothing, and of a cycle, which has no beginning."""
    arrows = [Input("a", "two", 2, 1), Input("b", "one", 2, 2)], [Output("a", "one", 1, 1), Output("b", "two", 1, 2)]
    cycle = among(Rows(inputs=arrows[0], outputs=arrows[1]), ["a", "b", "one", "two"])
    for lineage in (project, hostile, cycle, build(Rows(), [])):
        lines = text(replace(lineage, targets=frozenset()), 400).splitlines()
        nodes = [line for line in lines if "↑ shown above" not in line and not line.startswith("Lineage of")]
        assert sum("… " not in line for line in nodes if "goes on below" not in line) == len(lineage)


def test_hostile_texts_stay_text(hostile: Lineage) -> None:
    """Markup does nothing, escape characters do not reach the terminal, and every node has its line."""
    written = text(hostile, 300)
    assert "[bold red]markup[/bold" in written
    assert not set("\x1b\x00\u202e\ud800\u2028") & set(written)
    assert sum("↑" not in line for line in written.splitlines()) == len(hostile) + 1


def test_colours_only_when_asked(project: Lineage) -> None:
    """A pipe gets plain text, a terminal colours."""
    assert "\x1b[" not in text(project)
    assert "\x1b[" in text(project, color=True)
    assert re.sub(r"\x1b\[[0-9;]*m", "", Picture(project).text(300, color=True)) == text(project, 300)


def test_labels_never_are_a_bare_uid() -> None:
    """Without a key and a description the label says what it is, with the start of its uid."""
    facts = ArtifactFacts.placeholder("Ci4XwC2Vd3KQ0000")._replace(deleted=False)
    assert labels.name(facts) == "artifact Ci4XwC2V"
    assert labels.name(facts._replace(description="  ")) == "artifact Ci4XwC2V"
    assert labels.name(facts._replace(description="hits", key="a/b.csv")) == "b.csv"
    assert labels.name(facts._replace(key="folder/")) == "folder"


def test_a_runs_facts_say_why_it_failed_and_with_what() -> None:
    """The last line of its error, its parameters by name and its commit, each once; text that is no JSON as it is."""
    run = RunFacts.placeholder("run")._replace(status="errored", git_commit="12ab", params='{"model": {"depth": 3}}')
    failed = labels.facts_of(run._replace(error="Traceback:\n  File\nKeyError: 'x'\n"))
    expected = {"error": "KeyError: 'x'", "parameters": 'model={"depth": 3}', "git commit": "12ab"}
    assert failed.items() >= expected.items()
    for text_ in ("?", "3", "[" * 100_000):
        assert labels.facts_of(run._replace(params=text_))["parameters"] == labels.short(text_, labels.FACT)


@given(st.text(), st.integers(4, 60))
def test_shortened_texts_fit_and_keep_both_ends(whole: str, width: int) -> None:
    """No more than the width, on one line, printable; short texts stay as they are."""
    short = labels.short(whole, width)
    assert len(short) <= width
    assert len(short.splitlines()) <= 1
    if whole.isascii() and whole.isprintable() and len(whole.strip()) <= width:
        assert short == whole.strip()


@given(st.text(min_size=1), st.integers(6, 30))
@example("00000\xa00", 6)
def test_wrapped_lines_hold_the_shortened_text(whole: str, width: int) -> None:
    """Nothing but blanks at the breaks is lost, and no line is wider than asked for."""
    lines = labels.wrapped(whole, width)
    assert "".join(lines).replace(" ", "") == labels.short(whole, 2 * width - 4).replace(" ", "")
    assert all(labels.columns(line) <= width for line in lines)


@pytest.mark.parametrize("microseconds", [None, 0, 10**30, -(10**30)])
def test_times_that_are_none_are_empty(microseconds: int | None) -> None:
    """An impossible number is no error in a picture."""
    assert labels.time(microseconds) == ""


@given(st.lists(st.tuples(st.floats(-1e6, 1e6), st.integers(1, 20)), max_size=30))
def test_spreading_keeps_order_and_distance(wished: list[tuple[float, int]]) -> None:
    """Heights stay in their order and are at least a row apart, whatever their weights."""
    heights = layout.spread([height for height, _ in wished], [weight for _, weight in wished])
    assert len(heights) == len(wished)
    assert all(later - earlier > layout.ROW - 0.01 for earlier, later in pairwise(heights))


class Cells(HTMLParser):
    """The tags and texts that a parser finds."""

    def __init__(self, content: str) -> None:
        """Read a table."""
        super().__init__()
        self.tags: list[str] = []
        self.texts: list[str] = []
        self.feed(content)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep a tag, and check that it has no attribute but its style."""
        assert {name for name, _ in attrs} <= {"style"}
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        """Keep a text."""
        self.texts.append(data)


def test_an_html_table_of_one_record_has_a_line_for_each_fact() -> None:
    """Names are heads, values are cells, None is empty."""
    read = Cells(repr_html("Artifact", {"key": "a.csv", "size": 0, "run": None}))
    assert read.tags == ["table", "caption", "tbody", *["tr", "th", "td"] * 3]
    assert read.texts == ["Artifact", "key", "a.csv", "size", "0", "run"]


def test_an_html_table_of_rows_has_all_their_columns() -> None:
    """Columns come in the order in which they are first met."""
    read = Cells(repr_html("Runs", [{"uid": 1}, {"name": "x", "uid": 2}]))
    assert read.tags == ["table", "caption", "tbody", "tr", "th", "th", "tr", "td", "td", "tr", "td", "td"]
    assert read.texts == ["Runs", "uid", "name", "1", "2", "x"]


@pytest.mark.parametrize("value", HOSTILE)
def test_tables_hold_hostile_texts_as_text(value: str) -> None:
    """Title, column and cell make no tag and no control character, in HTML and in a terminal."""
    read = Cells(repr_html(value, [{value: value}]))
    assert read.tags == ["table", "caption", "tbody", "tr", "th", "tr", "td"]
    for written in (repr_html(value, {value: value}), text_table(value, [{value: value}])):
        assert not set("\x1b\u202e\ud800\u2028") & set(written)


def test_a_terminals_table_keeps_its_width_and_markup() -> None:
    """Long values fold, markup stays text, an empty table has its title."""
    written = text_table("Artifacts", [{"key": "[red]x[/red]", "description": "long words " * 8}], width=50)
    assert "[red]x[/red]" in written
    assert max(map(len, written.splitlines())) <= 50
    assert text_table("Runs", []) == "Runs\n (none)"
    assert "field" in text_table("Run", {"name": "x"})
