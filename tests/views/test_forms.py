"""A lineage as DOT, SVG and JSON, each read by a real parser of its form; Mermaid is read in tests/browser."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import networkx as nx
import pytest

from provgraph.ancestry import Input, Output, Rows, RunFacts, build
from provgraph.errors import InvalidValueError, StorageError
from provgraph.views import Picture
from provgraph.views.dot import dot
from provgraph.views.mermaid import mermaid
from provgraph.views.saving import FORMS
from provgraph.views.serial import serial
from provgraph.views.svg import svg
from tests.support import npm

if TYPE_CHECKING:
    from pathlib import Path

    from provgraph.ancestry import Lineage

SVG = "{http://www.w3.org/2000/svg}"
NODE = """
const {Graphviz} = await import(process.argv[1]);
let text = ""; for await (const part of process.stdin) text += part;
const graphviz = await Graphviz.load();
process.stdout.write(graphviz.layout(text, "json", "dot"));
"""


def by_graphviz(text: str) -> Any:
    """Let Graphviz itself read DOT; give what it says of the graph as JSON."""
    package = npm.file(npm.GRAPHVIZ)
    command = ["node", "--input-type=module", "-e", NODE, str(package)]
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(params=["project", "hostile", "empty", "cycle"])
def lineage(request: pytest.FixtureRequest) -> Lineage:
    """A project, one of which every text is hostile, nothing, and two runs that read each other's files."""
    if request.param in {"project", "hostile"}:
        found: Lineage = request.getfixturevalue(request.param)
        return found
    if request.param == "empty":
        return build(Rows(), [])
    inputs = [Input("a", "two", saw=2, step=1), Input("b", "one", saw=2, step=2)]
    outputs = [Output("a", "one", seq=1, step=1), Output("b", "two", seq=1, step=2)]
    return build(Rows(inputs=inputs, outputs=outputs, runs=[RunFacts.placeholder("one")]), "a")


def test_graphviz_reads_the_dot(lineage: Lineage) -> None:
    """All nodes with their labels and all edges, and nothing more."""
    read = by_graphviz(dot(lineage))
    assert len(read.get("objects", [])) == len(lineage)
    assert len(read.get("edges", [])) == len(lineage.edges)
    order = {each["name"]: int(each["name"][1:]) for each in read.get("objects", [])}
    names = {each["_gvid"]: lineage.order[order[each["name"]]] for each in read.get("objects", [])}
    drawn = {(names[each["tail"]], names[each["head"]]) for each in read.get("edges", [])}
    assert drawn == {(edge.source, edge.target) for edge in lineage.edges}


def test_nothing_in_a_name_is_more_than_a_name_in_dot() -> None:
    """Escapes of Graphviz, quotes, attributes and HTML-like labels are text."""
    for name in ("\\N\\G\\l", 'x", shape="star', "<b>bold</b>", "a\\", '"]; n9 [label="new', "// not\n a comment"):
        found = build(Rows(runs=[RunFacts.placeholder("run")._replace(transform_name=name, status="x")]), "run")
        (read,) = by_graphviz(dot(found))["objects"]
        assert read["shape"] == "box"
        assert read["tooltip"].startswith("transform: ")


def test_svg_is_xml_that_loads_and_runs_nothing(lineage: Lineage) -> None:
    """One group a node with its facts as title, one path an edge; nothing that a browser would run or fetch."""
    root = ET.fromstring(svg(lineage))  # noqa: S314 - what we wrote ourselves
    assert len(root.findall(f"{SVG}g")) == len(lineage)
    assert len(root.findall(f"{SVG}path")) == len(lineage.edges)
    assert len(root.findall(f"{SVG}g/{SVG}title")) == len(lineage)
    tags = {each.tag.removeprefix(SVG) for each in root.iter()}
    assert tags <= {"svg", "title", "defs", "marker", "path", "style", "rect", "g", "circle", "text", "tspan"}
    attributes = {name for each in root.iter() for name in each.attrib}
    assert not {name for name in attributes if name.startswith("on") or "href" in name}


def test_what_xml_cannot_hold_is_replaced() -> None:
    """Control characters and what is no character."""
    name = "a\x00\x0b\ufffe\uffff\ud800b"
    found = build(Rows(runs=[RunFacts.placeholder("run")._replace(transform_name=name)]), "run")
    assert "b" in "".join(ET.fromstring(svg(found)).itertext())  # noqa: S314 - the same


def test_json_is_read_by_networkx(lineage: Lineage) -> None:
    """With every node, every edge and their facts; times also as ISO 8601."""
    text = serial(lineage)
    text.encode()
    graph = nx.node_link_graph(json.loads(text), edges="edges")
    same = lineage.to_networkx()
    assert (graph.number_of_nodes(), graph.number_of_edges()) == (same.number_of_nodes(), same.number_of_edges())
    if lineage.targets and "run7Review0000000000" in lineage:
        review = graph.nodes["run7Review0000000000"]
        assert review["started_at"] == "2024-12-26T15:09:33+00:00"
        assert (review["roles"], review["type"], review["layer"]) == (["current_run"], "run", 8)
        assert graph.graph["targets"] == sorted(lineage.targets)


def test_forms_of_large_lineages_grow_with_them() -> None:
    """Two thousand nodes in a chain: a line each."""
    runs = [RunFacts.placeholder(f"r{number}") for number in range(1000)]
    inputs = [Input(f"a{number}", f"r{number + 1}", saw=2, step=1) for number in range(999)]
    outputs = [Output(f"a{number}", f"r{number}", seq=1, step=2) for number in range(1000)]
    lineage = build(Rows(runs=runs, inputs=inputs, outputs=outputs), "a999")
    assert (len(lineage), dot(lineage).count(" -> "), mermaid(lineage).count(" --> ")) == (2000, 1999, 1999)
    assert svg(lineage).count("<path class") == 1999


@pytest.mark.parametrize("suffix", sorted(FORMS))
def test_a_picture_is_saved_in_the_form_of_its_suffix(project: Lineage, tmp_path: Path, suffix: str) -> None:
    """As UTF-8, as a whole."""
    path = Picture(project).save(tmp_path / f"lineage{suffix.upper()}")
    assert path.read_text(encoding="utf-8") == FORMS[suffix](project)
    assert list(tmp_path.iterdir()) == [path]


def test_a_suffix_that_names_no_form_is_an_error(project: Lineage, tmp_path: Path) -> None:
    """It says which there are; nothing is written."""
    with pytest.raises(InvalidValueError, match=r"'lineage\.pdf'.*\.html, \.svg"):
        Picture(project).save(tmp_path / "lineage.pdf")
    with pytest.raises(StorageError, match="cannot be written"):
        Picture(project).save(tmp_path / "none" / "lineage.svg")
    assert list(tmp_path.iterdir()) == []
