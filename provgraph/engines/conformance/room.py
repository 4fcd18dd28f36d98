"""What a case works in: nodes under a label of its own, removed when the case ends.

The Cypher of the cases stands here and not in `cypher/`: it carries a label made for one run of one case.
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
    """The nodes of one case."""

    def __init__(self, engine: Engine) -> None:
        """Choose a label that nobody uses."""
        self.engine = engine
        self.label = f"Conformance{secrets.token_hex(6)}"
        self._constraints: list[str] = []

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
        """Make a property unique among the nodes of the room."""
        constraint = f"{self.label.lower()}_{name}"
        self._define(f"CREATE CONSTRAINT {constraint} IF NOT EXISTS FOR (n:ROOM) REQUIRE n.{name} IS UNIQUE")
        self._constraints.append(constraint)

    def index(self, name: str) -> None:
        """Index a property of the nodes of the room; the index goes with its label."""
        index = f"{self.label.lower()}_{name}"
        self._define(f"CREATE INDEX {index} IF NOT EXISTS FOR (n:ROOM) ON (n.{name})")

    def __enter__(self) -> Self:
        """Begin the case."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Remove the nodes, the constraints and the indexes of the case."""
        while self.write(f"MATCH (n:ROOM) WITH n LIMIT {MOST} DETACH DELETE n RETURN count(*)") != [[0]]:
            pass
        for constraint in self._constraints:
            self._define(f"DROP CONSTRAINT {constraint} IF EXISTS")

    def _define(self, text: str) -> None:
        self.engine.define(Statement("conformance", "schema", (), frozenset(), self.cypher(text)))


CASES: Final[list[Callable[[Engine], None]]] = []
"""All cases, in the order in which they were written."""


def case(work: Callable[[Room], None]) -> Callable[[Engine], None]:
    """Register a case: what it claims stands in its docstring."""

    @functools.wraps(work)
    def run(engine: Engine) -> None:
        with Room(engine) as room:
            work(room)

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
