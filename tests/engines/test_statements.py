"""Statements from files: their tokens, headers and parameters."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provgraph.errors import SetupError
from provgraph.statements import Statement, load, parse, script, tokens
from provgraph.statements.files import used_parameters

HEADER = "// mode: read\n// returns: one\n// parameters: x\n"
PIECES = {
    "comment": st.sampled_from(["// it's `$a`\n", "/* $b ' \" */", "/**/", "// x\r", "/* // */"]),
    "text": st.sampled_from(["'$a // `'", '"/* $b */"', "'it\\'s'", '"\\\\"', "''"]),
    "quoted": st.sampled_from(["`$a`", "`it``s`", "`// x`"]),
    "parameter": st.sampled_from(["$a", "$a_1", "$`a b`"]),
    "word": st.sampled_from(["MATCH", "n", "uid", "straße", "x1"]),
    "sign": st.sampled_from(["(", ")", "{", ":", ";", "|", "=", "<", "-", "$ "]),
    "space": st.sampled_from([" ", "\n", "\t \n", "\u00a0"]),
}
PIECE = st.one_of([st.tuples(st.just(kind), texts) for kind, texts in PIECES.items() if kind != "sign"])


@given(st.text())
def test_tokens_lose_nothing(cypher: str) -> None:
    """The tokens of any text, joined, are that text."""
    assert "".join(text for _, text in tokens(cypher)) == cypher


@given(st.lists(PIECE))
def test_tokens_have_their_kinds(pieces: list[tuple[str, str]]) -> None:
    """Each comment, text, quoted name, parameter and word is found as what it is, whatever stands inside it."""
    cypher = "".join(f"{text}," for _, text in pieces)
    found = [(kind, text) for kind, text in tokens(cypher) if (kind, text) != ("sign", ",")]
    assert [pair for pair in found if pair[0] != "space"] == [pair for pair in _ended(pieces) if pair[0] != "space"]


def _ended(pieces: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Give a line's comment without the end of its line, which is space."""
    return [(kind, text.rstrip("\r\n") if text.startswith("//") else text) for kind, text in pieces]


@given(st.lists(PIECE))
def test_parameters_are_those_outside_of_texts(pieces: list[tuple[str, str]]) -> None:
    """A `$name` counts as a parameter unless it stands in a text, a comment or a quoted name."""
    cypher = " ".join(text for _, text in pieces)
    assert used_parameters(cypher) == {text[1:].strip("`") for kind, text in pieces if kind == "parameter"}


def test_a_statement_is_read() -> None:
    """Mode, columns, parameters and the statement without its comments come from the file's text."""
    read = parse("a/b", f"{HEADER}// why\nRETURN $x AS one; // done\n")
    assert read == Statement("a/b", "read", ("one",), frozenset({"x"}), "RETURN $x AS one")


@pytest.mark.parametrize(
    "source",
    [
        "RETURN 1",
        "// mode: read\nRETURN 1",
        "// mode: readonly\n// returns: none\n// parameters: none\nRETURN 1",
        "// mode: read\n// parameters: none\nRETURN 1",
        "// returns: none\n// parameters: none\nRETURN 1",
        "",
    ],
)
def test_a_header_that_is_none(source: str) -> None:
    """A statement without a whole header, or with an unknown mode, is refused by its name."""
    with pytest.raises(SetupError, match=r"'a/b' has no valid header"):
        parse("a/b", source)


@pytest.mark.parametrize(
    ("declared", "body"),
    [
        ("x", "RETURN 1 AS one"),
        ("x", "RETURN $x + $y AS one"),
        ("x", "RETURN '$x' AS one"),
        ("x", "RETURN 1 // $x"),
        ("none", "RETURN $x AS one"),
    ],
)
def test_parameters_must_agree(declared: str, body: str) -> None:
    """A statement that uses other parameters than it declares is refused by its name, with both."""
    listed = "['x']" if declared == "x" else "[]"
    with pytest.raises(SetupError, match=rf"'a/b' declares {re.escape(listed)} and uses"):
        parse("a/b", f"// mode: read\n// returns: one\n// parameters: {declared}\n{body}")


@pytest.mark.parametrize("name", ["none/such", "runs/strat"])
def test_a_statement_that_is_not_there(name: str) -> None:
    """An unknown name is an error that says where the file would be, in a folder that is there or not."""
    with pytest.raises(SetupError, match=rf"no statement '{name}'.*{name}\.cypher"):
        load(name)


def test_a_script_is_cut_at_its_semicolons() -> None:
    """A file of several statements gives each of them, without empty ones."""
    parts = script("migrations/0001_first")
    assert len(parts) > 10
    assert all(part.text.startswith("CREATE ") and ";" not in part.text for part in parts)
