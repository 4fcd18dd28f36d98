"""The page: one file that loads nothing, holds everything, and runs nothing from the data."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import random
import re
import stat
import subprocess
import sys
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from pyvis.network import Network

from provgraph import views
from provgraph.ancestry import Input, Output, Rows, RunFacts, build
from provgraph.errors import StorageError
from provgraph.views import Picture, drawing, layout
from provgraph.views.page import as_json, iframe, page
from provgraph.views.saving import save

if TYPE_CHECKING:
    from provgraph.ancestry import Lineage

LOADING = {"src", "href", "data", "action", "poster", "background", "srcset", "formaction", "xlink:href"}
VOID = {"meta", "link", "img", "br", "hr", "input", "base"}


class Read(HTMLParser):
    """What a browser's parser finds in a page: tags with attributes, and the texts of scripts and styles."""

    def __init__(self, content: str) -> None:
        """Read a page."""
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, list[str]] = {"script": [], "style": [], "pre": [], "p": [], "h1": [], "title": []}
        self.open: list[str] = []
        self.feed(content)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep a tag."""
        self.tags.append((tag, dict(attrs)))
        if tag in self.texts:
            self.texts[tag].append("")
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Check that tags are closed in turn."""
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        """Keep a text."""
        if self.open and self.open[-1] in self.texts:
            self.texts[self.open[-1]][-1] += data

    def lineage(self) -> Any:
        """Give the data of the picture."""
        return json.loads(self.texts["script"][0])


def names(read: Read) -> list[str]:
    """Give the tags' names."""
    return [tag for tag, _ in read.tags]


def test_the_page_loads_nothing(project: Lineage) -> None:
    """No tag names something to load, no style imports, and the policy allows no address and no other script."""
    read = Read(page(project))
    assert not [(tag, attrs) for tag, attrs in read.tags if LOADING & attrs.keys()]
    assert not {"link", "img", "iframe", "object", "embed", "base"} & set(names(read))
    assert not re.search(r"@import|url\(", "".join(read.texts["style"]))
    own = "".join(read.texts["script"][:1] + read.texts["script"][2:] + read.texts["style"])
    assert not re.search(r"https?:|//\w|fetch\(|XMLHttpRequest|import\(", own.replace("// ", ""))
    policy = next(attrs["content"] for _, attrs in read.tags if attrs.get("http-equiv"))
    assert policy is not None
    assert "default-src 'none'" in policy
    assert "http" not in policy
    assert "unsafe-eval" not in policy
    assert "'unsafe-inline'" not in policy.split("script-src")[1].split(";")[0]


def test_only_the_librarys_and_our_own_script_may_run(hostile: Lineage) -> None:
    """The policy names the hashes of the two scripts of the page, and there is no third that is not data."""
    read = Read(page(hostile, "</title><script>alert(1)</script>"))
    kinds = [attrs.get("type") for tag, attrs in read.tags if tag == "script"]
    assert kinds == ["application/json", None, None]
    policy = next(attrs["content"] for _, attrs in read.tags if attrs.get("http-equiv")) or ""
    for script in read.texts["script"][1:]:
        assert f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'" in policy
    assert policy.count("sha256-") == 2


def test_the_library_is_the_one_that_pyvis_ships(project: Lineage) -> None:
    """vis-network stands in the page as a whole."""
    library = Read(page(project)).texts["script"][1]
    assert library.startswith("/**\n * vis-network")
    assert len(library) > 300_000


def test_it_is_utf8_html_with_a_title(project: Lineage) -> None:
    """The page says its encoding first, and names what was asked for."""
    content = page(project)
    assert content.startswith('<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">')
    assert Read(content).texts["h1"] == ["Lineage of matrixplot_fig2_score-wgs-hits-per-cluster.png"]
    assert Read(page(project, "Figure 2")).texts["title"] == ["Figure 2"]
    assert Read(content).open == []


def test_every_node_and_edge_is_in_the_page_and_counted(project: Lineage) -> None:
    """The project's page has 7 runs, 10 artifacts and 19 edges, and says so."""
    read = Read(page(project))
    data = read.lineage()
    assert {node["uid"] for node in data["nodes"]} == set(project.nodes)
    uid = {node["id"]: node["uid"] for node in data["nodes"]}
    assert sorted((uid[edge["from"]], uid[edge["to"]]) for edge in data["edges"]) == sorted(
        (edge.source, edge.target) for edge in project.edges
    )
    assert read.texts["p"][0] == "7 runs, 10 artifacts, 19 edges"
    assert (len(project.run_uids), len(project.artifact_uids), len(project.edges)) == (7, 10, 19)


def test_every_fact_is_in_the_page_as_text(project: Lineage) -> None:
    """The table below the picture holds keys, descriptions, users and uids in full."""
    content = html.unescape(page(project))
    for facts in project:
        for value in facts:
            if isinstance(value, str) and value != "data":
                assert value in content, value


def test_runs_and_artifacts_differ_in_shape_and_colour(project: Lineage) -> None:
    """Boxes are runs, dots are artifacts, and no colour is both."""
    looks = {
        (node["uid"].startswith("run"), node["shape"], node["color"]["background"])
        for node in Read(page(project)).lineage()["nodes"]
        if node["uid"] != project.current_run
    }
    assert len(looks) == 2


def test_target_current_run_and_siblings_stand_out(project: Lineage) -> None:
    """What was asked for has a border of its own, the current run a colour, siblings are lighter."""
    nodes = {node["uid"]: node for node in Read(page(project)).lineage()["nodes"]}
    (target,), (sibling,) = project.targets, project.siblings
    assert [uid for uid, node in nodes.items() if node["color"]["border"] == drawing.TARGET] == [target]
    assert [uid for uid, node in nodes.items() if node.get("opacity")] == [sibling]
    current = [uid for uid, node in nodes.items() if node["color"]["background"] == drawing.CURRENT["background"]]
    assert current == [project.current_run]


def test_physics_is_off_and_arrows_point_to_the_right(project: Lineage) -> None:
    """Each node has its place before the browser starts, and data flows from left to right."""
    data = Read(page(project)).lineage()
    assert data["options"]["physics"]["enabled"] is False
    x = {node["id"]: node["x"] for node in data["nodes"]}
    assert all(x[edge["from"]] < x[edge["to"]] for edge in data["edges"])
    assert {edge["arrows"] for edge in data["edges"]} == {"to"}


def test_the_network_is_what_pyvis_makes_of_its_nodes_and_edges(project: Lineage) -> None:
    """Added one by one by pyvis itself, which looks through all before, they are the same."""
    drawn = drawing.network(project)
    same = Network(directed=True)
    for node in drawn.nodes:
        same.add_node(node["id"], **{name: value for name, value in node.items() if name != "id"})
    for edge in drawn.edges:
        same.add_edge(edge["from"], edge["to"], **{name: edge[name] for name in edge.keys() - {"from", "to"}})
    assert (drawn.nodes, drawn.edges) == (same.nodes, same.edges)
    assert (drawn.get_nodes(), drawn.node_map) == (same.get_nodes(), same.node_map)


def test_no_two_nodes_overlap(project: Lineage, hostile: Lineage) -> None:
    """Nodes of one column are a row apart."""
    for lineage in (project, hostile):
        places = sorted(layout.positions(lineage).values())
        for (x, y), (other_x, other_y) in pairwise(places):
            assert x != other_x or other_y - y >= layout.ROW - 1


def behind(lineage: Lineage) -> int:
    """Count how often an edge passes behind a node or its label, on its way over several columns."""
    places, found = layout.positions(lineage), 0
    assert places.keys() == set(lineage.order)
    for edge in lineage.edges:
        (x, y), (end_x, end_y) = places[edge.source], places[edge.target]
        for between_x, between_y in places.values():
            if x < between_x < end_x:
                along = (between_x - x) / (end_x - x)
                found += -25 < y + (end_y - y) * along * along * (3 - 2 * along) - between_y < 45
    return found


def entangled(seed: int) -> Lineage:
    """Give a made-up lineage in which runs read files of any run before."""
    chosen = random.Random(seed)
    files, inputs, outputs = ["raw0", "raw1"], [], []
    for run in map(str, range(chosen.randint(5, 15))):
        inputs += [Input(each, run, 2, 1) for each in chosen.sample(files, min(len(files), chosen.randint(1, 3)))]
        files += [f"{run}.{number}" for number in range(chosen.randint(1, 2))]
        outputs += [Output(each, run, 1, 2) for each in files if each.startswith(f"{run}.")]
    return build(Rows(inputs=inputs, outputs=outputs), files[-1])


def test_long_edges_rarely_pass_behind_nodes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nodes leave room for what passes over several columns: a skipped step is drawn beside what it skips."""
    inputs = [Input("raw", "clean", 2, 1), Input("table", "draw", 2, 1), Input("raw", "draw", 2, 1)]
    outputs = [Output("table", "clean", 1, 2), Output("figure", "draw", 1, 2)]
    assert behind(build(Rows(inputs=inputs, outputs=outputs), "figure")) == 0
    lineages = [entangled(seed) for seed in range(30)]
    with_lanes = sum(map(behind, lineages))
    monkeypatch.setattr(layout, "MOST_LANES", 0)
    assert with_lanes < sum(map(behind, lineages)) / 3


def test_failed_abandoned_uncommitted_and_deleted_are_said_in_the_label() -> None:
    """Badges are words, so that colour is not needed to see them."""
    runs = [
        RunFacts.placeholder("one")._replace(status="errored", transform_name="clean", git_dirty=True, deleted=False),
        RunFacts.placeholder("two")._replace(status="abandoned", transform_name="clean", deleted=False),
    ]
    lineage = build(
        Rows([], runs, [Output("a", "one", 1, 1), Output("a", "two", 2, 1), Output("a", "gone", 3, 1)]), "a"
    )
    labels = {node["uid"]: node["label"] for node in Read(page(lineage)).lineage()["nodes"]}
    assert labels["one"] == "clean\n[failed] [uncommitted]"
    assert labels["two"] == "clean\n[abandoned]"
    assert labels["gone"] == "deleted run gone\n[deleted]"


def test_an_output_made_again_is_dashed() -> None:
    """Only the first maker's arrow is whole."""
    lineage = build(Rows(outputs=[Output("a", "one", 1, 1), Output("a", "two", 2, 1)]), "a")
    assert sorted(bool(edge.get("dashes")) for edge in Read(page(lineage)).lineage()["edges"]) == [False, True]


def test_hostile_texts_make_no_tag_and_no_attribute(project: Lineage, hostile: Lineage) -> None:
    """Whatever the data says, the page has the tags of harmless data, but for lines of the table and the legend."""
    rows = {"tr", "td", "th", "li", "i", "b"}
    harmless, read = Read(page(project)), Read(page(hostile, '"><img src=x onerror=alert(1)>'))
    assert [tag for tag in names(read) if tag not in rows] == [tag for tag in names(harmless) if tag not in rows]
    attributes = {name for _, attrs in read.tags for name in attrs}
    assert attributes == {name for _, attrs in harmless.tags for name in attrs}
    assert not [name for name in attributes if name.startswith("on")]
    assert len(read.lineage()["nodes"]) == len(hostile)


def test_the_data_cannot_end_its_script(hostile: Lineage) -> None:
    """The JSON holds no angle bracket, ampersand or line separator, and reads back as it was."""
    content = page(hostile)
    data = Read(content).texts["script"][0]
    assert not set("<>&'\u2028\u2029") & set(data)
    assert json.loads(as_json(["</script>", "\u2028", "&'"])) == ["</script>", "\u2028", "&'"]


def test_controls_and_direction_marks_are_neutralised(hostile: Lineage) -> None:
    """No escape character, NUL, lone surrogate or override reaches the page, and it can be written as UTF-8."""
    content = page(hostile)
    shown = json.dumps(Read(content).lineage()["nodes"], ensure_ascii=False)
    for node in Read(content).lineage()["nodes"]:
        assert not set("\x1b\x00\u202e\u2028\ud800") & set(node["label"] + node["title"])
    assert "\u05e9\u05dc\u05d5\u05dd" in shown
    assert "\U0001f9ec\U0001f468\u200d\U0001f52c" in shown
    content.encode()


def test_long_texts_are_shortened_in_the_picture_and_whole_in_the_table(hostile: Lineage) -> None:
    """A name of 10,000 characters takes two short lines, and is in the page once in full."""
    read = Read(page(hostile))
    assert max(len(line) for node in read.lineage()["nodes"] for line in node["label"].split("\n")) <= 30
    assert "x" * 10_000 in page(hostile)


def test_an_empty_lineage_has_a_page() -> None:
    """Nothing to draw is no error."""
    assert Read(page(build(Rows(), []))).texts["p"][0] == "0 runs, 0 artifacts, 0 edges"


def test_a_thousand_nodes_are_all_there() -> None:
    """Nothing is dropped on a large page."""
    lineage = build(Rows(outputs=[Output(f"file{number}", "run", 1, 1) for number in range(1_000)]), "file0")
    assert len(Read(page(lineage)).lineage()["nodes"]) == 1_001


def test_the_same_lineage_gives_the_same_page(project: Lineage, project_rows: Rows) -> None:
    """Pages can be compared byte by byte."""
    again = build(project_rows, sorted(project.targets), current_run=project.current_run)
    assert page(project) == page(again)


def test_saving_writes_utf8_with_the_usual_permissions(project: Lineage, tmp_path: Path) -> None:
    """The file is the page, readable as other new files are, nothing beside it, also when it was there."""
    path = save(project, tmp_path / "lineage \u00fc.html")
    assert Picture(project).save(path) == path
    assert path.read_bytes().decode("utf-8") == page(project)
    assert list(tmp_path.iterdir()) == [path]
    other = tmp_path / "other"
    other.touch()
    assert stat.S_IMODE(path.stat().st_mode) == stat.S_IMODE(other.stat().st_mode)


def test_a_page_that_cannot_be_written_is_a_named_error(project: Lineage, tmp_path: Path) -> None:
    """A missing folder, or a folder in the file's place: the error names the path, nothing is left behind."""
    (tmp_path / "folder.html").mkdir()
    for path in (tmp_path / "missing" / "page.html", tmp_path / "folder.html"):
        with pytest.raises(StorageError, match=re.escape(str(path))):
            save(project, path)
    assert list(tmp_path.iterdir()) == [tmp_path / "folder.html"]


def test_a_notebooks_frame_holds_the_page_in_a_sandbox(hostile: Lineage) -> None:
    """The frame has the page in its own attribute, may run scripts and nothing else, and closes."""
    content = page(hostile)
    read = Read(iframe(content, 400))
    assert names(read) == ["iframe"]
    attributes = read.tags[0][1]
    assert attributes["sandbox"] == "allow-scripts"
    assert attributes["srcdoc"] == content
    assert "height:400px" in (attributes["style"] or "")
    assert Picture(hostile)._repr_html_().startswith("<iframe")


def test_importing_the_views_loads_no_pyvis() -> None:
    """pyvis, IPython and rich come with the first picture, not with the package."""
    folder = str(Path(views.__file__).parents[1])
    stub = f"import sys, types; p = sys.modules['provgraph'] = types.ModuleType('provgraph'); p.__path__ = [{folder!r}]"
    late = {"pyvis", "IPython", "networkx", "rich", "pandas"}
    code = f"from provgraph.views import *; assert not {late} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", f"{stub}\n{code}"], check=True)
