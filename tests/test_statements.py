"""The statements in `cypher/`: each is whole, says what it does, and there are no others."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import provgraph as pg
from provgraph import statements
from provgraph.engines.columns import returned
from provgraph.models import NODES

PACKAGE = Path(pg.__file__).parent
GENERATORS = ("lookups", "engines/conformance", "demo")
"""Where Cypher is generated, where engines are tried, and where a scientist's own queries are shown."""
WRITING = {"CREATE", "MERGE", "SET", "DELETE", "REMOVE", "DROP"}
FOLDERS = {f"{label.lower()}{end}" for label in NODES for end in ("", "s")}
VARIES = "\0"
CLAUSE = re.compile(
    r"\b(OPTIONAL )?(MATCH|MERGE|CREATE)\s*\(|\bDETACH DELETE\b|\bUNWIND \$|\bCREATE (CONSTRAINT|INDEX)\b"
)


@pytest.mark.parametrize("name", statements.names())
def test_every_file_loads_and_keeps_its_header(name: str) -> None:
    """Its name, mode, columns and parameters are those that its text has; a comment is no part of that."""
    statement = statements.load(name)
    assert statement.name == name
    assert statement.text
    assert all(kind != "comment" for kind, _ in statements.tokens(statement.text))
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


def test_every_statement_is_used() -> None:
    """No file lies about that nothing loads: its whole name stands in the code, or is put together there."""
    used = set[str]().union(*(_used(path) for path in PACKAGE.rglob("*.py")))
    assert [name for name in statements.names() if not name.startswith("migrations/") and name not in used] == []


def test_a_statement_that_nothing_loads_would_be_found(tmp_path: Path) -> None:
    """One whose name is another's but for the folder, or but for what comes after it, is not used."""
    file = tmp_path / "a.py"
    file.write_text(
        '"""lineage/ends"""\nA = "gc/known"\nB = f"{label.lower()}s/dependents"\nC = [f"check/{x}" for x in ["runs"]]'
    )
    assert {"gc/known", "artifacts/dependents", "users/dependents", "check/runs"} <= _used(file)
    assert not {"lineage/ends", "artifacts/known", "gc/dependents", "lineage/runs", "check/transforms"} & _used(file)


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


def _used(path: Path) -> set[str]:
    """Give all names of statements that a file's code can put together.

    What varies in a name is in its folder one of the labels, and behind that a text that stands in the same file.
    """
    texts = _texts(path)
    used = set(texts)
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.JoinedStr):
            parts = [str(part.value) if isinstance(part, ast.Constant) else VARIES for part in node.values]
            folder, _, last = "".join(parts).partition("/")
            folders = {folder.replace(VARIES, each) for each in FOLDERS}
            used |= {f"{each}/{last.replace(VARIES, text)}" for each in folders for text in texts}
    return used


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
