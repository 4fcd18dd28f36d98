"""What a case works in: nodes under a label that nobody uses, removed when the case ends.

The Cypher of the cases stands here and not in `cypher/`: it carries a label made for one run of the cases.
"""

from __future__ import annotations

import contextlib
import functools
import secrets
from typing import TYPE_CHECKING, Any, Final, Self

from provgraph.statements import Statement

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from provgraph.engines.contract import Engine, Row, Transaction

LABEL: Final = "ROOM"
"""Stands for the label in the cases' Cypher."""

MOST: Final = 5_000
"""Nodes that one transaction deletes."""


class DifferenceError(AssertionError):
    """An engine gave another answer than the one provgraph stands on."""


class Room:
    """Where the cases of one run work, one after the other, each beginning without nodes.

    What one of them needs unique or indexed stays so until the room is left, under a label of its own: after each
    change of the schema a Neo4j plans all queries anew, those of others in the database too.
    """

    def __init__(self, engine: Engine) -> None:
        """Choose a label that nobody uses."""
        self.engine = engine
        self.plain = f"Conformance{secrets.token_hex(6)}"
        self.label = self.plain
        self._defined: dict[str, tuple[str, ...]] = {self.plain: ()}

    def cypher(self, text: str) -> str:
        """Put the label into a query."""
        return text.replace(LABEL, self.label)

    def read(self, text: str, /, **parameters: Any) -> list[Row]:
        """Run one reading statement."""
        return self.engine.read(self.cypher(text), **parameters)

    def write(self, text: str, /, **parameters: Any) -> list[Row]:
        """Run one statement in a transaction of its own."""
        return self.engine.write(lambda transaction: self.run(transaction, text, **parameters))

    def run(self, transaction: Transaction, text: str, /, **parameters: Any) -> list[Row]:
        """Run one statement in an open transaction."""
        return transaction.run(self.cypher(text), **parameters)

    def having(self, *, unique: str = "", index: str = "") -> None:
        """Go on, without nodes, where a property is unique, and one is indexed."""
        kinds = {"unique": unique, "indexed": index}
        self.label = "_".join((self.plain, *(f"{kind}_{name}" for kind, name in kinds.items() if name)))
        if self.label in self._defined:
            return
        constraint, indexed = f"{self.label}_c".lower(), f"{self.label}_i".lower()
        drops = (f"DROP CONSTRAINT {constraint} IF EXISTS",) if unique else ()
        self._defined[self.label] = (*drops, f"DROP INDEX {indexed} IF EXISTS") if index else drops
        if unique:
            self._change(f"CREATE CONSTRAINT {constraint} IF NOT EXISTS FOR (n:ROOM) REQUIRE n.{unique} IS UNIQUE")
        if index:
            self._change(f"CREATE INDEX {indexed} IF NOT EXISTS FOR (n:ROOM) ON (n.{index})")

    def empty(self) -> None:
        """Remove the nodes of a case, and let the next begin."""
        try:
            while self.write(f"MATCH (n:ROOM) WITH n LIMIT {MOST} DETACH DELETE n RETURN count(*)") != [[0]]:
                pass
        finally:
            self.label = self.plain

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Remove all nodes, constraints and indexes; what cannot be removed is raised when the rest is gone."""
        with contextlib.ExitStack() as removing:
            for label, drops in self._defined.items():
                for drop in drops:
                    removing.callback(self._change, drop)
                removing.callback(self._empty, label)

    def _empty(self, label: str) -> None:
        self.label = label
        self.empty()

    def _change(self, text: str) -> None:
        self.engine.define(Statement("conformance", "schema", (), frozenset(), self.cypher(text)))


CASES: Final[list[Callable[[Room], None]]] = []
"""All cases, in the order in which they were written."""


def case(work: Callable[[Room], None]) -> Callable[[Room], None]:
    """Register a case: what it claims stands in its docstring."""

    @functools.wraps(work)
    def run(room: Room) -> None:
        try:
            work(room)
        finally:
            room.empty()

    CASES.append(run)
    return run


def true(value: object, what: str) -> None:
    """Raise `DifferenceError` unless the value holds."""
    same(bool(value), wanted=True, what=what)


def same(found: object, wanted: object, what: str = "answer") -> None:
    """Raise `DifferenceError` unless both are equal, of the same type.

    >>> same([[1]], [[1]])
    >>> same([[1]], [[True]])
    Traceback (most recent call last):
    ...
    provgraph.engines.conformance.room.DifferenceError: the answer is [[1]], and [[True]] was expected
    """
    if found != wanted or repr(found) != repr(wanted):
        raise DifferenceError(f"the {what} is {_short(found)}, and {_short(wanted)} was expected")


def refused(kind: type[Exception], work: Callable[[], object]) -> Exception:
    """Give the error that `work` raises; `DifferenceError` when it raises none, or another one."""
    try:
        found = work()
    except kind as error:
        return error
    except Exception as error:
        raise DifferenceError(f"{kind.__name__} was expected, and {type(error).__name__} came: {error}") from error
    raise DifferenceError(f"{kind.__name__} was expected, and the answer {_short(found)} came")


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) < 300 else f"{text[:300]}... ({len(text)} characters)"  # noqa: PLR2004
