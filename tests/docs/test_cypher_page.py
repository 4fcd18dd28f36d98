"""docs/cypher.md: its questions are asked on both engines, and its picture and tables are the graph's."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

import provgraph as pg
from provgraph.models import EDGES, NODES
from provgraph.views import drawing
from tests.docs import answers, project

if TYPE_CHECKING:
    from pathlib import Path

PAGE = answers.PAGE.read_text(encoding="utf-8")
STYLE = (answers.PAGE.parent / "neo4j-browser.grass").read_text(encoding="utf-8")


@pytest.mark.usefixtures("store")
def test_every_question_is_answered_as_the_page_says() -> None:
    """By the command as a person types it; twenty questions, and each has an answer that is not empty."""
    project.make()
    assert answers.answered(PAGE) == PAGE
    questions = answers.QUESTION.findall(PAGE)
    assert len(questions) == len(re.findall(r"^### \d+\. .*\?$", PAGE, re.MULTILINE)) == 20
    assert all("│" in text for *_, text in questions)


@pytest.mark.usefixtures("store")
def test_a_page_that_says_something_else_is_found() -> None:
    """The answers are really compared."""
    wrong = "```cypher\nRETURN 1 AS one\n```\n\n```text\ntwo\n```\n"
    assert "│ 1   │" in answers.answered(wrong)
    assert answers.answered(wrong) != wrong
    assert answers.answered(answers.answered(wrong)) == answers.answered(wrong)


def test_what_the_page_names_is_there() -> None:
    """Labels, properties, edges, values and calls."""
    for label, said in re.findall(r"^\| `(\w+)` \| (.*) \|$", PAGE, re.MULTILINE):
        outside = re.sub(r"\([^)]*\)", "", said)
        assert set(re.findall(r"`(\w+)`", outside)) <= set(NODES[label].fields()), label
    assert all(edge in PAGE for edge in EDGES)
    assert set(re.findall(r"`pg\.(\w+)", PAGE)) <= set(pg.__all__)


def rules(style: str) -> dict[str, dict[str, str]]:
    return {
        name: dict(re.findall(r"^ {2}([\w-]+): (.*);$", body, re.MULTILINE))
        for name, body in re.findall(r"^([\w.]+) \{\n(.*?)^\}", style, re.MULTILINE | re.DOTALL)
    }


def test_the_browser_s_style_has_the_colours_and_names_of_the_pages() -> None:
    """Each label with a caption that it has; edges that there are; braces that close."""
    found = rules(STYLE)
    assert {f"node.{label}" for label in NODES} <= found.keys()
    for label, node in NODES.items():
        assert re.fullmatch(r'"\{(\w+)\}"', found[f"node.{label}"]["caption"])[1] in node.fields()  # type: ignore[index]
    for label, colours in (("Artifact", drawing.ARTIFACT), ("Run", drawing.RUN)):
        rule: dict[str, Any] = found[f"node.{label}"]
        assert (rule["color"], rule["border-color"]) == (colours["background"], colours["border"])
    assert {name.partition(".")[2] for name in found if name.startswith("relationship.")} <= EDGES.keys()
    assert STYLE.count("{\n") == STYLE.count("}\n") == len(found)


def test_the_page_is_written_by_its_command(tmp_path: Path) -> None:
    """`python -m tests.docs.answers` leaves a page that is right as it is."""
    copy = tmp_path / "cypher.md"
    copy.write_text(PAGE, encoding="utf-8")
    code = (
        f"from pathlib import Path; from tests.docs import answers; answers.PAGE = Path({str(copy)!r}); answers.main()"
    )
    root = answers.PAGE.parents[1]
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert copy.read_text(encoding="utf-8") == PAGE
