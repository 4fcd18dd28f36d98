"""Mermaid's own parser and its drawing, in a real browser."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from provgraph.ancestry import Rows, build
from provgraph.views import looks
from provgraph.views.mermaid import mermaid
from tests.support import npm
from tests.support.lineages import runs_alone

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

    from provgraph.ancestry import Lineage

NAMES = [
    "end",
    "`**bold**`",
    'a"b',
    "#35;",
    "%% no comment",
    "graph TD",
    "<br/>",
    "a;b",
    "x]--> y",
    "\u05e9\u05dc",
    "{{}}",
    "direction LR",
    "a direction TB b",
    "set direction",
    "1. step",
    "- step",
    "__init__.py",
    "www.example.com",
    "fa:fa-user",
    "$$x^2$$",
    "style a:#b;c",
    "&lt;b&gt;",
    "%%{init: {}}%%",
]


@pytest.fixture
def drawing(browser: Browser) -> Iterator[Page]:
    """A blank page that knows Mermaid."""
    page = browser.new_page()
    page.add_script_tag(path=npm.file(npm.MERMAID))
    page.evaluate("mermaid.initialize({startOnLoad: false, maxEdges: 5000, maxTextSize: 1e6}); window.ran = []; 0")
    yield page
    page.close()


def drawn(page: Page, text: str) -> Any:
    """Parse and draw; give the labels of the nodes and the number of edges."""
    page.evaluate("text => mermaid.parse(text)", text)
    return page.evaluate(
        """async (text) => {
            const {svg} = await mermaid.render("picture", text);
            document.body.innerHTML = svg;
            const labels = [...document.querySelectorAll(".node .nodeLabel")].map((each) => each.innerText);
            return {labels, edges: document.querySelectorAll("path.flowchart-link").length};
        }""",
        text,
    )


def test_mermaid_draws_the_project(drawing: Page, project: Lineage) -> None:
    """All nodes with their names, all edges."""
    found = drawn(drawing, mermaid(project))
    assert (len(found["labels"]), found["edges"]) == (len(project), len(project.edges))
    assert any("Cell Ranger" in label for label in found["labels"])


def test_mermaid_breaks_no_line_itself(drawing: Page, project: Lineage) -> None:
    """Each label has the lines it has on the page."""
    drawn(drawing, mermaid(project))
    found = drawing.evaluate(
        """() => [...document.querySelectorAll(".node .nodeLabel")].map((each) => {
            const range = document.createRange();
            range.selectNodeContents(each.querySelector("p"));
            const boxes = [...range.getClientRects()].filter((box) => box.width);
            return new Set(boxes.map((box) => Math.round(box.top))).size;
        })"""
    )
    assert sorted(found) == sorted(len(node.lines) for node in looks.nodes(project))


def test_hostile_texts_are_drawn_as_text(drawing: Page, hostile: Lineage) -> None:
    """Nothing of them runs, is a tag or ends a node."""
    drawing.evaluate("window.alert = () => ran.push(1); 0")
    found = drawn(drawing, mermaid(hostile))
    assert (len(found["labels"]), found["edges"]) == (len(hostile), len(hostile.edges))
    assert drawing.evaluate("ran.length") == 0
    assert drawing.evaluate("document.querySelectorAll('body img, body script, body a').length") == 0


def test_signs_that_mean_something_to_mermaid_are_themselves(drawing: Page) -> None:
    """Words of its language, markdown, entities, arrows: every label is its name."""
    labels = drawn(drawing, mermaid(runs_alone(NAMES)))["labels"]
    assert sorted(re.sub(r"\s+", " ", label).strip() for label in labels) == sorted(NAMES)


def test_no_sign_of_mermaids_own_makes_another_name(drawing: Page) -> None:
    """The ligature with which it marks entities while it reads is written as its two letters."""
    assert drawn(drawing, mermaid(runs_alone(["\ufb02\xb0lt x"])))["labels"] == ["fl\xb0lt x"]


def test_nothing_is_drawn_as_nothing(drawing: Page) -> None:
    """An empty lineage is a flowchart, too."""
    assert drawn(drawing, mermaid(build(Rows(), []))) == {"labels": [], "edges": 0}
