"""What every engine does, whichever database answers: run statements, whole or not at all."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeVar
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable

    from provgraph.errors import ProvgraphError
    from provgraph.statements import Statement

T = TypeVar("T")
Row = list[Any]


SCHEMES: Final = ("bolt", "bolt+s", "bolt+ssc", "neo4j", "neo4j+s", "neo4j+ssc")


def what_is_wrong(url: str) -> str | None:
    """Say why a URL is not the address of a server that speaks Bolt; None when it can be one.

    >>> what_is_wrong("neo4j://localhost:7687"), what_is_wrong("bolt://[::1]:7687")
    (None, None)
    >>> what_is_wrong("bolt://localhost:notaport"), what_is_wrong("http://localhost")
    ('its port is no number up to 65535', 'its scheme is none of bolt, bolt+s, bolt+ssc, neo4j, neo4j+s, neo4j+ssc')
    """
    if url.partition("://")[0] not in SCHEMES:
        return f"its scheme is none of {', '.join(SCHEMES)}"
    try:
        parts = urlsplit(url)
    except ValueError as error:
        return str(error)
    try:
        parts.port  # noqa: B018 - reading it is the trial
    except ValueError:
        return "its port is no number up to 65535"
    if parts.username is not None:
        return "it holds a user's name; NEO4J_USERNAME and NEO4J_PASSWORD say who you are"
    return None if parts.hostname else "it names no host"


def without_secrets(url: str) -> str:
    """Leave out who logs in, for errors.

    >>> without_secrets("bolt://me:secret@host:7687")
    'bolt://...@host:7687'
    """
    return re.sub(r"(?<=://)[^/]*@", "...@", url)


@dataclass(frozen=True)
class Credentials:
    """A user name and its password."""

    username: str
    password: str = field(repr=False)


@dataclass(frozen=True)
class Address:
    """Where an engine answers, and as whom to speak to it.

    `reader` may only read; a server that keeps readers from writing by itself (Neo4j's READ mode) has none.
    """

    url: str
    writer: Credentials | None
    reader: Credentials | None = None
    database: str | None = None
    named_in: str = field(default="", compare=False)
    """Where a person finds the URL, to mend it; empty when it was given in code."""


class Locator(Protocol):
    """Knows where an engine answers."""

    def locate(self) -> Address:
        """Give the address, after starting the engine if that is ours to do."""
        ...

    def in_use(self) -> None:
        """Note that the engine is being used now."""
        ...

    def trouble(self, fault: ProvgraphError | None = None) -> ProvgraphError | None:
        """Say what on this host keeps the engine from working; `fault` is what it told, if it failed by itself."""
        ...


@dataclass(frozen=True)
class Server:
    """A server somebody else runs: always at the same address."""

    address: Address

    def locate(self) -> Address:
        """Give the address."""
        return self.address

    def in_use(self) -> None:
        """Do nothing: the server stays up by itself."""

    def trouble(self, fault: ProvgraphError | None = None) -> None:
        """Know nothing: the server is somewhere else."""


@dataclass(frozen=True)
class Answer:
    """The names of the columns, and the rows; `is_cut` when there were more."""

    columns: list[str]
    rows: list[Row]
    is_cut: bool = False


class Transaction(Protocol):
    """An open transaction: nothing of it is seen by others before the work that uses it returns."""

    def run(self, statement: Statement | str, /, **parameters: Any) -> list[Row]:
        """Run one statement and give all its rows, each a list in the order of the columns."""
        ...


class Engine(Protocol):
    """A graph database that speaks Bolt."""

    statements: int
    """How many statements were sent so far; tests count them."""

    def read(self, statement: Statement | str, /, **parameters: Any) -> list[Row]:
        """Run one reading statement and give its rows."""
        ...

    def write(self, work: Callable[[Transaction], T], /) -> T:
        """Run `work` in one transaction; run it again when others wrote the same records meanwhile."""
        ...

    def look(self, work: Callable[[Transaction], T], /) -> T:
        """Run `work` in one transaction and undo what it wrote; run it again where `write` would."""
        ...

    def define(self, statement: Statement, /) -> None:
        """Run one statement that changes the schema, in a transaction of its own."""
        ...

    def ask(
        self, cypher: str, parameters: dict[str, Any], /, *, write: bool, deadline: float, most: int | None = None
    ) -> Answer:
        """Run a person's query, read-only unless `write`; stop waiting after `deadline` seconds and `most` rows."""
        ...

    def address(self) -> Address:
        """Give where it answers, for other libraries."""
        ...

    def close(self) -> None:
        """Give back the connections."""
        ...
