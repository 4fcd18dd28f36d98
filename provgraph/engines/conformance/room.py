"""What a case works in: nodes under a label that nobody uses, removed when the case ends.

The Cypher of the cases stands here and not in `cypher/`: it carries a label made for one run of the cases.
"""

from __future__ import annotations

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
    """Where the cases of one run work, one after the other.

    Each begins without nodes. What one case needs unique or indexed stays so until the room is left, under a label of
    its own: after each change of the schema a Neo4j plans all queries anew, those of others in the database too.
    """

    def __init__(self, engine: Engine) -> None:
        """Choose a label that nobody uses."""
        self.engine = engine
        self.plain = f"Conformance{secrets.token_hex(6)}"
        self.label = self.plain
        self._dropped_by: dict[str, str] = {}

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

    def unique(self, name: str) -> None:
        """Go on with nodes of which a property is unique; called before the case's first statement."""
        self.label = f"{self.plain}_{name}"
        self._define("CONSTRAINT", f"FOR (n:ROOM) REQUIRE n.{name} IS UNIQUE")

    def index(self, name: str) -> None:
        """Index a property of the nodes that the case works on."""
        self._define("INDEX", f"FOR (n:ROOM) ON (n.{name})")

    def empty(self) -> None:
        """Remove the nodes of a case, and let the next begin."""
        while self.write(f"MATCH (n:ROOM) WITH n LIMIT {MOST} DETACH DELETE n RETURN count(*)") != [[0]]:
            pass
        self.label = self.plain

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Remove the nodes, the constraints and the indexes."""
        self.empty()
        while self._dropped_by:
            self._change(self._dropped_by.popitem()[1])

    def _define(self, kind: str, what: str) -> None:
        text = self.cypher(what)
        if text not in self._dropped_by:
            name = f"{self.plain.lower()}_{len(self._dropped_by)}"
            self._change(f"CREATE {kind} {name} IF NOT EXISTS {text}")
            self._dropped_by[text] = f"DROP {kind} {name} IF EXISTS"

    def _change(self, text: str) -> None:
        self.engine.define(Statement("conformance", "schema", (), frozenset(), text))


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
