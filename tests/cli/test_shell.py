"""`provgraph shell`: what is typed, what is completed, what is printed."""

from __future__ import annotations

import os
import pty
import re
import select
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

import provgraph as pg
from provgraph.cli.completion import completions
from provgraph.cli.shell import Shell
from provgraph.models import EDGES, RELATIONS
from tests.support.commands import refusal
from tests.support.engines import on_local
from tests.support.processes import PATIENCE, surroundings

if TYPE_CHECKING:
    from pathlib import Path

CONTROLS = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]|\r")


@on_local
@pytest.mark.usefixtures("store")
def test_a_query_ends_with_a_semicolon_and_may_take_lines(capsys: pytest.CaptureFixture[str]) -> None:
    """Its rows come as a table with their number; a mistake is pointed at and ends nothing."""
    pg.Transform(name="align").save()
    shell = Shell()
    for line in ("", "MATCH (t:Transform {space: $space})", "RETURN t.name AS name;"):
        shell.take(line)
    assert re.search(r"name.*align.*1 row, \d+ ms", capsys.readouterr().out, re.DOTALL)
    shell.take("RETRUN 1;")
    assert re.search(r"Error: .*\n  RETRUN 1\n +\^", capsys.readouterr().err)
    shell.take("MATCH (t:Transform)")
    assert shell.prompt.strip() == "...>"
    shell.drop()
    shell.take("RETURN 1 AS one;")
    assert "1 row" in capsys.readouterr().out


@on_local
@pytest.mark.usefixtures("store")
def test_commands_set_parameters_and_allow_writing(capsys: pytest.CaptureFixture[str]) -> None:
    """Only until they are taken back; a wrong one says where to look."""
    shell = Shell()
    for line in (":param n 3", ":param $name a b", ":params", "RETURN $n + 1 AS four, $name AS name;"):
        shell.take(line)
    out = capsys.readouterr().out
    assert '"name": "a b"' in out
    assert re.search(r"4\b.*a b", out)
    writing = "MERGE (m:Moment {space: 'moments'}) RETURN m.space AS space;"
    shell.take(writing)
    assert "only reading is allowed" in capsys.readouterr().err
    for line in (":write on", writing, "MATCH (m:Moment) DELETE m;", ":write off", writing):
        shell.take(line)
    told = capsys.readouterr()
    assert "moments" in told.out
    assert "only reading is allowed" in told.err
    for line in (":write", ":param x", ":nonsense", ":"):
        shell.take(line)
        assert "See :help" in capsys.readouterr().err
    shell.take(":schema")
    assert "(Artifact)-[:INPUT_OF]->(Run)" in capsys.readouterr().out
    shell.take(":exit")
    assert shell.is_over


@pytest.mark.parametrize("word", ["exit", "quit", "Exit", " quit ", "exit;", "quit ;", ":exit", ":quit;"])
def test_it_is_left_as_people_type_it(word: str) -> None:
    """With a colon or without; within a query such a word is a part of it."""
    shell = Shell()
    shell.take(word)
    assert (shell.is_over, shell.prompt) == (True, "provgraph> ")
    within = Shell()
    for line in ("RETURN 1 AS", word.strip(":; ")):
        within.take(line)
    assert not within.is_over


@pytest.mark.parametrize(
    ("before", "found"),
    [
        ("MATCH (a:Art", "Artifact"),
        ("MATCH (:Ru", "Run"),
        ("MATCH (a)-[:INP", "INPUT_OF"),
        ("MATCH (a)-[e:INPUT_OF|OUT", "OUTPUT_OF"),
        ("MATCH (a:Artifact)-[i:INPUT_OF]->() RETURN i.sa", "saw"),
        ("MATCH (a:Artifact {ke", "key"),
        ("MATCH (a:Artifact {key: 'x', suf", "suffix"),
        ("MATCH (r:Run) WHERE r.started_", "started_us"),
        ("MATCH (a) WHERE a.hand", "handle"),
        ("MATCH (t:Transform) ret", "RETURN"),
        ("RETURN $na", "name"),
    ],
)
def test_what_can_follow_is_completed(before: str, found: str) -> None:
    """Labels after a colon, edges in brackets, properties of what a variable stands for."""
    assert found in completions(before, ["name"])[1]
    assert completions("RETURN 1 ") == ("", [])


def test_every_relation_goes_along_edges_of_the_schema() -> None:
    """In their direction, from label to label."""
    for label, relations in RELATIONS.items():
        for relation in relations.values():
            here = label
            for hop in relation.hops:
                start, end = (here, hop.label) if hop.along else (hop.label, here)
                starts, ends = EDGES[hop.edge]
                assert start in starts
                assert end == (start if ends == "the same" else ends)
                here = hop.label


def test_without_a_terminal_it_says_what_to_use(project: Path) -> None:
    """A pipe is for the command that takes queries."""
    assert project
    assert "provgraph cypher" in refusal("shell")


def test_it_runs_in_a_terminal(project: Path) -> None:
    """With the prompt, a table, and a history that the next one has."""
    pg.init()
    pg.Transform(name="align").save()
    said = typed("MATCH (t:Transform)", "RETURN t.name AS name;", ":exit")
    assert "provgraph>" in said
    assert "align" in said
    history = next(path for path in project.parent.rglob("cypher_history"))
    assert "+RETURN t.name AS name;" in history.read_text()


def typed(*lines: str) -> str:
    """Give what a terminal shows when these lines are typed, each after a prompt."""
    control, terminal = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "provgraph.cli", "shell"],
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        env=surroundings(TERM="xterm"),
    )
    os.close(terminal)
    shown, answered, waiting, end = "", 0, list(lines), time.monotonic() + PATIENCE
    while process.poll() is None and time.monotonic() < end:
        if select.select([control], [], [], 0.1)[0]:
            try:
                part = os.read(control, 65536).decode(errors="replace")
            except OSError:
                break
            shown += part
            if "\x1b[6n" in part:
                os.write(control, b"\x1b[1;1R")
        elif waiting and re.search(r"(provgraph|\.\.\.)>[\s\x08]*$", CONTROLS.sub("", shown[answered:])):
            answered = len(shown)
            os.write(control, f"{waiting.pop(0)}\r".encode())
    process.kill()
    process.wait()
    os.close(control)
    return CONTROLS.sub("", shown)
