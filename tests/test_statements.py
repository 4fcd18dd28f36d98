"""The statements in `cypher/`: each is whole, says what it does, and there are no others."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import provgraph as pg
from provgraph import statements
from provgraph.engines.columns import returned
from provgraph.errors import SetupError

PACKAGE = Path(pg.__file__).parent
GENERATORS = ("lookups", "engines/conformance", "demo")
"""Where Cypher is generated, where engines are tried, and where a scientist's own queries are shown."""
WRITING = {"CREATE", "MERGE", "SET", "DELETE", "REMOVE", "DROP"}
CLAUSE = re.compile(
    r"\b(OPTIONAL )?(MATCH|MERGE|CREATE)\s*\(|\bDETACH DELETE\b|\bUNWIND \$|\bCREATE (CONSTRAINT|INDEX)\b"
)


@pytest.mark.parametrize("name", statements.names())
def test_every_file_loads_and_keeps_its_header(name: str) -> None:
    """Its name, mode, columns and parameters are those that its text has."""
    statement = statements.load(name)
    assert statement.name == name
    assert statement.text
    parts = statements.script(name)
    assert frozenset[str]().union(*(each.parameters for each in parts)) == statement.parameters
    if statement.mode != "schema":
        assert tuple(returned(parts[-1].text)) == statement.returns


@pytest.mark.parametrize("name", statements.names())
def test_a_mode_is_what_the_statement_does(name: str) -> None:
    """What says that it reads has no word that writes; what says that it writes, or changes the schema, has one."""
    statement = statements.load(name)
    words = {text.upper() for kind, text in statements.tokens(statement.text) if kind == "word"}
    assert bool(words & WRITING) is (statement.mode != "read")


def test_only_migrations_hold_several_statements() -> None:
    """Every other file is one statement."""
    several = [name for name in statements.names() if len(statements.script(name)) != 1]
    assert several
    assert all(name.startswith("migrations/") for name in several)


def test_migrations_are_numbered_without_a_gap() -> None:
    """0001, 0002, ... so that the version in the graph says which were applied."""
    numbers = [int(name.removeprefix("migrations/")[:4]) for name in statements.names("migrations")]
    assert numbers == list(range(1, len(numbers) + 1))


@pytest.mark.parametrize(
    ("declared", "used"), [("uid", "RETURN 1 AS one"), ("none", "RETURN $uid AS one"), ("uid", "RETURN '$uid' AS one")]
)
def test_a_header_that_disagrees_is_an_error(declared: str, used: str) -> None:
    """A parameter that is declared and not used, or used and not declared, names the file."""
    with pytest.raises(SetupError, match="a/b"):
        statements.parse("a/b", f"// mode: read\n// returns: one\n// parameters: {declared}\n{used}")


def test_an_unknown_statement_is_an_error() -> None:
    """It says where the file would be."""
    with pytest.raises(SetupError, match=r"no statement 'runs/strat'"):
        statements.load("runs/strat")


def test_every_statement_is_used() -> None:
    """No file lies about that nothing loads: its last name, at least, stands in the code."""
    named = {text.rsplit("/", 1)[-1] for path in PACKAGE.rglob("*.py") for text in _texts(path)}
    fixed = [name for name in statements.names() if not name.startswith("migrations/")]
    assert [name for name in fixed if name.rsplit("/", 1)[-1] not in named] == []


def test_there_is_no_cypher_in_the_code() -> None:
    """Outside the generator and the conformance suite no Python file holds a query; docstrings may show one."""
    found = [
        f"{path.relative_to(PACKAGE)}: {text[:60]!r}"
        for path in PACKAGE.rglob("*.py")
        if not path.relative_to(PACKAGE).as_posix().startswith(GENERATORS)
        for text in _texts(path)
        if CLAUSE.search(text)
    ]
    assert found == []


def test_cypher_in_the_code_would_be_found(tmp_path: Path) -> None:
    """The test above sees queries in plain, joined and formatted texts, and no docstring."""
    file = tmp_path / "a.py"
    file.write_text('"""MATCH (n)"""\nA = "MATCH (a) " "RETURN a"\nB = f"MERGE (a:{A})"\n')
    assert len([text for text in _texts(file) if CLAUSE.search(text)]) == 2


def _texts(path: Path) -> list[str]:
    """Give the texts in a file's code, without the docstrings."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    docstrings = {
        id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    return [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings
    ]
