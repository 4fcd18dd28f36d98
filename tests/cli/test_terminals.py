"""What a terminal gets: nothing that it would obey comes from a record."""

from __future__ import annotations

import csv
import io
import json

import pytest

import provgraph as pg
from provgraph.cli import show
from provgraph.store import messages
from tests.support.commands import answer

NAME = "a\x1b]0;owned\x07b\u202ec\x9b31m"
SHOWN = "a\ufffd]0;owned\ufffdb\ufffdc\ufffd31m"
TEXT = "one\x1b[2J\ntwo"
QUERY = "MATCH (t:Transform {uid: $uid}) RETURN t.name AS name, t.description AS description"
OBEYED = set("\x1b\x07\x9b\u202e")


@pytest.fixture
def uid(store: object) -> str:
    """A transform whose name and description hold what a terminal obeys."""
    del store
    return str(pg.Transform(name=NAME, description=TEXT).save().uid)


def cypher(uid: str, form: str) -> str:
    return answer("cypher", QUERY, "--param", f'uid="{uid}"', "--format", form)


def test_tables_hold_nothing_that_a_terminal_obeys(uid: str) -> None:
    """Neither those of a record nor of an answer nor of the recent ones; the lines of a text stay lines."""
    for said in (answer("get", uid), cypher(uid, "table"), answer("view")):
        assert SHOWN in said
        assert not OBEYED & set(said)
    assert "one\ufffd[2J two" not in answer("get", uid)
    named = answer("cypher", "RETURN 1 AS `\x1b[31m`")
    assert not OBEYED & set(named)


def test_csv_and_json_are_exact_in_a_pipe_alone(uid: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a terminal CSV is shown as tables are; JSON has escapes of its own."""
    exact = [{"name": NAME, "description": TEXT}]
    assert list(csv.DictReader(io.StringIO(cypher(uid, "csv"), newline=""))) == exact
    assert json.loads(cypher(uid, "json")) == exact
    monkeypatch.setattr(show, "is_terminal", lambda: True)
    assert not OBEYED & set(cypher(uid, "csv"))
    assert SHOWN in cypher(uid, "csv")
    assert json.loads(cypher(uid, "json")) == exact


def test_lines_are_exact_in_a_pipe_alone(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """As the names of files are, one a line."""
    show.lines(f"{NAME}\nb\n")
    assert capsys.readouterr().out == f"{NAME}\nb\n"
    monkeypatch.setattr(show, "is_terminal", lambda: True)
    show.lines(f"{NAME}\nb\n")
    assert capsys.readouterr().out == f"{SHOWN}\nb\n"


def test_messages_hold_nothing_that_a_terminal_obeys(capsys: pytest.CaptureFixture[str]) -> None:
    """They show it as errors do."""
    messages.warn("it has the name a\x1b[31mb")
    assert capsys.readouterr().err == "! it has the name a\\x1b[31mb\n"
