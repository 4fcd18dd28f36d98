"""A lineage as DOT, SVG and JSON, each read by a real parser of its form; Mermaid is read in tests/browser."""

from __future__ import annotations

import json
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import networkx as nx
import pytest
from jsonschema import Draft202012Validator

from provgraph.ancestry import Input, Output, Rows, RunFacts, build
from provgraph.errors import InvalidValueError, StorageError
from provgraph.views import Picture, legend, looks
from provgraph.views.dot import dot
from provgraph.views.folding import Folding
from provgraph.views.mermaid import mermaid
from provgraph.views.saving import FORMS
from provgraph.views.serial import serial
from provgraph.views.svg import svg
from tests.support import npm
from tests.support.lineages import runs_alone

if TYPE_CHECKING:
    from provgraph.ancestry import Lineage

SVG = "{http://www.w3.org/2000/svg}"
XLINK = "{http://www.w3.org/1999/xlink}"
SCHEMA = json.loads((Path(__file__).parents[2] / "docs" / "lineage.schema.json").read_text(encoding="utf-8"))
NAMES = [
    "\\N\\G\\l",
    'x", shape="star',
    "<b>bold</b>",
    "a\\",
    '"]; n9 [label="new',
    "// not a comment",
    "&lt;b&gt; &amp; &#60; a&copy;b",
    "/* x */ # y",
    "\ufffe \x00 \ud800 x",
    "\u05e9\u05dc\u05d5\u05dd.csv",
]
NODE = """
const {Graphviz} = await import(process.argv[1]);
let text = ""; for await (const part of process.stdin) text += part;
const graphviz = await Graphviz.load();
process.stdout.write(graphviz.layout(text, process.argv[2], "dot"));
"""


def by_graphviz(text: str, form: str = "json") -> str:
    """Let Graphviz itself read DOT; give what it says of the graph, or its picture."""
    package = npm.file(npm.GRAPHVIZ)
    command = ["node", "--input-type=module", "-e", NODE, str(package), form]
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


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
    """All nodes and all edges, and nothing more."""
    read = json.loads(by_graphviz(dot(lineage)))
    assert len(read.get("objects", [])) == len(lineage)
    assert len(read.get("edges", [])) == len(lineage.edges)
    uids = {each["_gvid"]: lineage.order[int(each["name"].removeprefix("n"))] for each in read.get("objects", [])}
    drawn = {(uids[each["tail"]], uids[each["head"]]) for each in read.get("edges", [])}
    assert drawn == {(edge.source, edge.target) for edge in lineage.edges}


def test_graphviz_shows_labels_and_facts_as_they_are(lineage: Lineage) -> None:
    """In its picture the lines of every label stand letter by letter, and the hover texts are the facts."""
    picture = by_graphviz(dot(lineage), "svg").replace("&#160;", " ")  # as which it keeps the second of two spaces
    root = ET.fromstring(picture)  # noqa: S314 - Graphviz' answer to what we wrote
    shown = {f"n{node.number}": (" ".join(node.lines), node.facts) for node in looks.nodes(lineage)}
    read = {}
    for group in root.iterfind(f".//{SVG}g[@class='node']"):
        texts, (link,) = [each.text or "" for each in group.iter(f"{SVG}text")], group.iter(f"{SVG}a")
        read[group.findtext(f"{SVG}title")] = (" ".join(texts), link.attrib[f"{XLINK}title"])
    assert read == shown


def test_nothing_in_a_name_is_more_than_a_name_in_dot() -> None:
    """Escapes of Graphviz, quotes, attributes, comments, entities and what is no character are text."""
    lineage = runs_alone(NAMES)
    test_graphviz_shows_labels_and_facts_as_they_are(lineage)
    read = json.loads(by_graphviz(dot(lineage)))["objects"]
    assert [each["shape"] for each in read] == ["box"] * len(NAMES)


def test_edges_are_dashed_or_pale_in_dot_as_on_the_page(project: Lineage) -> None:
    """What a run made again is dashed, what leads to a file made beside is pale."""
    (beside,) = project.siblings
    pale = [line for line in dot(project).splitlines() if " -> " in line and "color" in line]
    assert [line.split()[2] for line in pale] == [f"n{project.order.index(beside)}"]
    again = dot(build(Rows(outputs=[Output("a", "one", 1, 1), Output("a", "two", 2, 1)]), "a"))
    assert again.count(" -> ") == 2
    assert again.count('[style="dashed"]') == 1


def test_svg_is_xml_that_loads_and_runs_nothing(lineage: Lineage) -> None:
    """One group a node with its facts as title, one path an edge; nothing that a browser would run or fetch."""
    root = ET.fromstring(svg(lineage))  # noqa: S314 - what we wrote ourselves
    titles = [each.findtext(f"{SVG}title") for each in root.iterfind(f".//{SVG}g[@class='node']")]
    assert titles == [node.facts for node in looks.nodes(lineage)]
    assert len(root.findall(f".//{SVG}path[@class='edge']")) == len(lineage.edges)
    tags = {each.tag.removeprefix(SVG) for each in root.iter()}
    assert tags <= {"svg", "title", "defs", "marker", "path", "rect", "g", "circle", "text", "tspan"}
    attributes = {(name, value) for each in root.iter() for name, value in each.attrib.items()}
    assert not {name for name, _ in attributes if name.startswith("on") or "href" in name or name == "style"}
    assert {value for _, value in attributes if "url(" in value} <= {"url(#provgraph-arrow)"}


def test_every_node_of_an_svg_is_within_its_frame(lineage: Lineage) -> None:
    """Boxes, dots and the lines of their labels."""
    root = ET.fromstring(svg(lineage))  # noqa: S314 - what we wrote ourselves
    left, top, width, height = map(int, root.attrib["viewBox"].split())
    for each in root.iter():
        x, y = each.attrib.get("x", each.attrib.get("cx")), each.attrib.get("y", each.attrib.get("cy"))
        if x and y and each.tag in {f"{SVG}rect", f"{SVG}circle", f"{SVG}tspan"} and "rx" not in each.attrib:
            assert left <= float(x) <= left + width
            assert top <= float(y) <= top + height
    assert (root.attrib["width"], root.attrib["height"]) == (str(width), str(height))


def test_an_svg_names_itself_and_explains_its_signs(project: Lineage) -> None:
    """The title that was given or what was asked for, the counts, and the legend of the page."""
    texts = [each.text for each in ET.fromstring(svg(project)).iter(f"{SVG}text")]  # noqa: S314 - ours
    assert texts[:2] == ["Lineage of matrixplot_fig2_score-wgs-hits-per-cluster.png", "7 runs, 10 artifacts, 19 edges"]
    assert texts[-6:] == [*legend.signs(Folding(project)).values()]
    root = ET.fromstring(Picture(project, "Figure 2 <final>").to_svg())  # noqa: S314 - ours
    assert root.findtext(f"{SVG}title") == root.findtext(f"{SVG}text") == "Figure 2 <final>"


def test_what_xml_cannot_hold_is_replaced() -> None:
    """Control characters and what is no character."""
    name = "a\x00\x0b\ufffe\uffff\ud800b"
    found = build(Rows(runs=[RunFacts.placeholder("run")._replace(transform_name=name)]), "run")
    assert "b" in "".join(ET.fromstring(svg(found)).itertext())  # noqa: S314 - the same


def test_json_is_read_by_networkx(lineage: Lineage) -> None:
    """As the graph that the lineage itself gives to networkx, with more facts."""
    graph = nx.node_link_graph(json.loads(serial(lineage)), edges="edges")
    same = lineage.to_networkx()
    assert list(graph.nodes) == list(same.nodes)
    assert list(graph.edges(data=True)) == list(same.edges(data=True))
    for uid, facts in same.nodes(data=True):
        assert facts.items() <= {name: value for name, value in graph.nodes[uid].items() if name != "roles"}.items()
    assert graph.graph["targets"] == sorted(lineage.targets)


def test_json_is_what_its_schema_says(lineage: Lineage) -> None:
    """Every form of lineage; all text comes back as it was, and the file is UTF-8."""
    Draft202012Validator.check_schema(SCHEMA)
    read = json.loads(serial(lineage).encode().decode())
    Draft202012Validator(SCHEMA).validate(read)
    assert [node["uid"] for node in read["nodes"]] == lineage.order
    for node, facts in zip(read["nodes"], lineage, strict=True):
        assert {name: node[name] for name in facts._fields} == facts._asdict()


def test_times_in_json_are_exact_and_in_utc(project: Lineage) -> None:
    """To the microsecond; what is no time is null."""
    (first, *_) = project.run_uids
    for micros, written in {
        1_734_707_373_000_001: "2024-12-20T15:09:33.000001+00:00",
        1_734_707_373_000_000: "2024-12-20T15:09:33.000000+00:00",
        10**30: None,
        None: None,
    }.items():
        facts = project.nodes[first]._replace(started_us=micros)  # type: ignore[call-arg]
        (node,) = json.loads(serial(replace(project, nodes={first: facts}, edges=frozenset())))["nodes"]
        assert (node["started_us"], node["started_at"]) == (micros, written)


def test_forms_of_large_lineages_grow_with_them() -> None:
    """Two thousand nodes in a chain: a line each."""
    runs = [RunFacts.placeholder(f"r{number}") for number in range(1000)]
    inputs = [Input(f"a{number}", f"r{number + 1}", saw=2, step=1) for number in range(999)]
    outputs = [Output(f"a{number}", f"r{number}", seq=1, step=2) for number in range(1000)]
    lineage = build(Rows(runs=runs, inputs=inputs, outputs=outputs), "a999")
    assert (len(lineage), dot(lineage).count(" -> "), mermaid(lineage).count(" --> ")) == (2000, 1999, 1999)
    assert (svg(lineage).count('class="edge"'), len(json.loads(serial(lineage))["edges"])) == (1999, 1999)


@pytest.mark.parametrize("suffix", sorted(FORMS))
def test_a_picture_is_saved_in_the_form_of_its_suffix(project: Lineage, tmp_path: Path, suffix: str) -> None:
    """As UTF-8, as a whole."""
    path = Picture(project).save(tmp_path / f"lineage{suffix.upper()}")
    assert path.read_text(encoding="utf-8") == FORMS[suffix](project)
    assert list(tmp_path.iterdir()) == [path]


def test_a_picture_gives_the_forms_as_text(project: Lineage) -> None:
    """The same as the functions do."""
    picture = Picture(project)
    assert (picture.to_svg(), picture.to_mermaid()) == (svg(project), mermaid(project))
    assert (picture.to_dot(), picture.to_json()) == (dot(project), serial(project))


def test_a_suffix_that_names_no_form_is_an_error(project: Lineage, tmp_path: Path) -> None:
    """It says which there are; nothing is written."""
    with pytest.raises(InvalidValueError, match=r"'lineage\.pdf'.*\.html, \.svg"):
        Picture(project).save(tmp_path / "lineage.pdf")
    with pytest.raises(StorageError, match="cannot be written"):
        Picture(project).save(tmp_path / "none" / "lineage.svg")
    assert list(tmp_path.iterdir()) == []
