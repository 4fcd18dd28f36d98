"""docs/cypher.md: its questions are asked on both engines, and its picture and tables are the graph's."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import provgraph as pg
from provgraph.models import EDGES, NODES
from provgraph.views import drawing
from tests.docs import answers, project

PAGE = answers.PAGE.read_text(encoding="utf-8")
STYLE = (answers.PAGE.parent / "neo4j-browser.grass").read_text(encoding="utf-8")


@pytest.mark.parametrize("setup", ["neo4j"], indirect=True)
@pytest.mark.usefixtures("store")
def test_every_question_is_answered_as_the_page_says() -> None:
    """By the command as a person types it; twenty questions, and each has an answer that is not empty.

    On the local engine they are asked where the page is written, below.
    """
    project.make()
    assert answers.answered(PAGE) == PAGE
    questions = answers.QUESTION.findall(PAGE)
    assert len(questions) == len(re.findall(r"^### \d+\. .*\?$", PAGE, re.MULTILINE)) == 20
    assert all("│" in text for *_, text in questions)


@pytest.mark.usefixtures("store")
def test_what_a_run_read_after_it_saved_is_no_answer() -> None:
    """Questions 3 and 4 are exact for a run that reads and saves by turns; further away they name more, never less."""
    first, turns, last = (pg.Run(pg.Transform(name=name).save()).save() for name in ("first", "turns", "last"))
    raw, late = (saved(name, False) for name in ("raw", "late"))
    raw.cache(is_run_input=turns)
    one = saved("one", turns)
    late.cache(is_run_input=turns)
    two = saved("two", turns)
    saved("raw", first)  # made again, after it was read
    assert (raws(one), raws(two)) == (["raw"], ["late", "raw"]) == (exact(one), exact(two))
    assert (results(raw), results(late)) == (["one", "two"], ["two"])
    one.cache(is_run_input=last)
    three = saved("three", last)
    assert (raws(three), exact(three)) == (["late", "raw"], ["raw"])
    assert (results(late), pg.impact(late).artifacts.list("key")) == (["three", "two"], ["two"])
    assert "`pg.sources(" in PAGE
    assert "`pg.impact(" in PAGE


def saved(name: str, run: pg.Run | bool) -> pg.Artifact:
    Path(name).write_text(name)
    return pg.Artifact(name, key=name, run=run).save()  # type: ignore[arg-type]


def raws(made: pg.Artifact) -> list[str]:
    return pg.cypher(question(3).replace("figures/scores.svg", made.title())).df()["raw"].tolist()


def exact(made: pg.Artifact) -> list[str | None]:
    return sorted(pg.sources(made).list("key"))


def results(read: pg.Artifact) -> list[str]:
    return pg.cypher(question(4).replace("raw/plate1.csv", read.title())).df()["made"].tolist()


def question(number: int) -> str:
    return [match["text"] for match in answers.QUESTION.finditer(PAGE)][number - 1]


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
