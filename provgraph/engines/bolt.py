"""The one engine class: the official neo4j driver, speaking Bolt to the local engine or to a Neo4j server.

Importing this module imports the driver (0.3 s), so it is imported on the first connection and not before.
"""

from __future__ import annotations

import contextlib
import logging
import os
import re
import threading
from typing import TYPE_CHECKING, Any, Final, TypeVar

import neo4j
from neo4j import GraphDatabase

from provgraph.engines import readonly
from provgraph.engines.asking import END, RUNNING, Question
from provgraph.engines.columns import returned
from provgraph.engines.contract import Address, Answer, Credentials, Row
from provgraph.engines.retry import TRIES, retrying
from provgraph.engines.translate import is_conflict, is_gone, translate
from provgraph.errors import ProvgraphError, QueryError, SetupError
from provgraph.statements import Statement

if TYPE_CHECKING:
    from collections.abc import Callable

    from provgraph.engines.contract import Locator, Transaction

T = TypeVar("T")

OLDEST_SERVER: Final = (5, 26)
"""`CALL (x) { ... }` and the closures that stand on it need Neo4j 5.23; 5.26 is the oldest that is maintained."""

SCHEME: Final = re.compile(r"(bolt|neo4j)(\+s|\+ssc)?://[^/]")
SILENT: Final = logging.NullHandler()
"""The driver's log goes where a program sends it, never to the terminal by itself."""

CONNECTED_WITHIN: Final = 5.0
"""Seconds that a server has to answer a connection."""

RECONNECTIONS: Final = 3

PERSONS_TRIES: Final = 5
"""A query a person typed is tried less often: a key that is taken stays taken."""


class BoltEngine:
    """A graph database reached over Bolt.

    The locator gives the address. It is asked at the first use and again when the server has gone: the local engine's
    starts it anew, a server's gives the same address each time. After a fork the child makes its own driver.
    """

    def __init__(self, locator: Locator) -> None:
        """Keep `locator`; nothing is connected yet."""
        self.statements = 0
        self._locator = locator
        self._lock = threading.RLock()
        self._drivers: dict[Credentials | None, neo4j.Driver] = {}
        self._address: Address | None = None
        self._pid = os.getpid()
        self._inherited: list[neo4j.Driver] = []
        self._bookmarks = GraphDatabase.bookmark_manager()

    def read(self, statement: Statement | str, /, **parameters: Any) -> list[Row]:
        """Run one reading statement and give its rows."""

        def work(address: Address) -> list[Row]:
            with self._session(address, neo4j.READ_ACCESS) as session:
                self.statements += 1
                return [list(record.values()) for record in _sent(session, statement, parameters)]

        return self._guarded(work)

    def write(self, work: Callable[[Transaction], T], /) -> T:
        """Run `work` in one transaction; run it again when others wrote the same records meanwhile."""

        def attempt(address: Address) -> T:
            with self._session(address, neo4j.WRITE_ACCESS) as session, session.begin_transaction() as transaction:
                result = work(BoltTransaction(self, transaction))
                transaction.commit()
                return result

        return self._guarded(attempt)

    def define(self, statement: Statement, /) -> None:
        """Run one statement that changes the schema, in a transaction of its own."""
        self.write(lambda transaction: transaction.run(statement))

    def ask(self, cypher: str, parameters: dict[str, Any], /, *, write: bool, deadline: float) -> Answer:
        """Run a person's query, read-only unless `write`.

        After `deadline` seconds the query is ended on the engine and `DeadlineError` is raised; a write that has not
        been committed by then is undone. `QueryError` for a wrong query and for a write without `write`.
        """
        if not write:
            readonly.check(cypher)
        question = Question(cypher, deadline)
        return question.answer(
            lambda: self._guarded(
                lambda address: self._answer(address, question, parameters, write=write), PERSONS_TRIES
            ),
            self._end,
        )

    def close(self) -> None:
        """Give back the connections; the next call connects again."""
        if os.getpid() != self._pid:
            self._forget_parent()
        with self._lock:
            drivers, self._drivers, self._address = list(self._drivers.values()), {}, None
        for driver in drivers:
            driver.close()

    def _answer(self, address: Address, question: Question, parameters: dict[str, Any], *, write: bool) -> Answer:
        access = neo4j.WRITE_ACCESS if write else neo4j.READ_ACCESS
        credentials = address.writer if write else address.reader or address.writer
        with (
            self._session(address, access, credentials) as session,
            session.begin_transaction(timeout=question.deadline) as transaction,
        ):
            self.statements += 1
            result = _sent(transaction, question.cypher, parameters)
            rows = [list(record.values()) for record in result]
            answer = Answer(list(result.keys()) or returned(question.asked), rows)
            if question.may_commit():
                transaction.commit()
            return answer

    def _end(self, mark: str) -> None:
        """End the query that carries `mark`, if it still runs; an engine that refuses ends it at its own ceiling."""
        with contextlib.suppress(ProvgraphError):
            if ids := [row[0] for row in self.read(RUNNING, mark=mark)]:
                self.read(END, ids=ids)

    def _session(self, address: Address, access: str, credentials: Credentials | None = None) -> neo4j.Session:
        driver = self._driver(address, credentials or address.writer)
        return driver.session(database=address.database, default_access_mode=access, bookmark_manager=self._bookmarks)

    def _driver(self, address: Address, credentials: Credentials | None) -> neo4j.Driver:
        with self._lock:
            if credentials not in self._drivers:
                self._drivers[credentials] = _connect(address, credentials)
            return self._drivers[credentials]

    def _guarded(self, work: Callable[[Address], T], tries: int = TRIES) -> T:
        """Retry conflicts, find a server that moved, and translate what is left."""
        for _ in range(RECONNECTIONS):
            address, connected = self._current(), bool(self._drivers)
            try:
                return retrying(lambda: work(address), is_conflict, tries)  # noqa: B023 - called at once
            except (neo4j.exceptions.DriverError, neo4j.exceptions.Neo4jError) as error:
                if not is_gone(error) or not self._is_elsewhere(address, error, connected=connected):
                    raise translate(error, address) from error
                last = error
        raise translate(last, address) from last

    def _is_elsewhere(self, before: Address, error: Exception, *, connected: bool) -> bool:
        """Forget the connections; say whether to try again: the server moved, or only an old connection was cut."""
        self.close()
        return self._current() != before or (connected and not isinstance(error, neo4j.exceptions.AuthError))

    def _current(self) -> Address:
        if os.getpid() != self._pid:
            self._forget_parent()
        with self._lock:
            if self._address is None:
                self._address = self._locator.locate()
            self._locator.in_use()
            return self._address

    def _forget_parent(self) -> None:
        """Leave the parent's connections to the parent: they are kept, as collecting them would close its sockets."""
        self._inherited += self._drivers.values()
        self._lock = threading.RLock()
        self._drivers, self._address, self._pid = {}, None, os.getpid()
        self._bookmarks = GraphDatabase.bookmark_manager()


class BoltTransaction:
    """An open transaction of a `BoltEngine`."""

    def __init__(self, engine: BoltEngine, transaction: neo4j.Transaction) -> None:
        """Wrap the driver's transaction; `engine` counts the statements."""
        self._engine = engine
        self._transaction = transaction

    def run(self, statement: Statement | str, /, **parameters: Any) -> list[Row]:
        """Run one statement and give all its rows."""
        self._engine.statements += 1
        return [list(record.values()) for record in _sent(self._transaction, statement, parameters)]


def _sent(
    through: neo4j.Session | neo4j.Transaction, statement: Statement | str, parameters: dict[str, Any]
) -> neo4j.Result:
    """Send a statement; `QueryError` for a parameter of a type that no graph takes."""
    text = statement.text if isinstance(statement, Statement) else statement
    try:
        return through.run(text, parameters)
    except (TypeError, ValueError, OverflowError) as error:
        raise QueryError(
            f"a parameter cannot be sent ({error})",
            "Give texts, booleans, integers of 64 bits, floats, lists, or maps with texts as keys.",
        ) from error


def _connect(address: Address, credentials: Credentials | None) -> neo4j.Driver:
    """Open a driver and see that a server of a known kind and age answers."""
    if not SCHEME.match(address.url):
        raise SetupError(f"'{address.url}' is not the address of a Neo4j server", "Write it as neo4j://host:7687.")
    logging.getLogger("neo4j").addHandler(SILENT)
    driver = _opened(address.url, credentials)
    try:
        _check_version(address, driver.get_server_info().agent)
    except neo4j.exceptions.ServiceUnavailable:
        driver.close()
        _ask_without_routing(address.url, credentials)
        raise
    except BaseException:
        driver.close()
        raise
    return driver


def _opened(url: str, credentials: Credentials | None) -> neo4j.Driver:
    try:
        return GraphDatabase.driver(
            url,
            auth=(credentials.username, credentials.password) if credentials else None,
            connection_timeout=CONNECTED_WITHIN,
            connection_acquisition_timeout=2 * CONNECTED_WITHIN,
            notifications_min_severity="OFF",
            telemetry_disabled=True,
            user_agent="provgraph",
        )
    except (ValueError, neo4j.exceptions.ConfigurationError) as error:
        raise SetupError(f"'{url}' is not a usable address ({error})", "Write it as neo4j://host:7687.") from error


def _ask_without_routing(url: str, credentials: Credentials | None) -> None:
    """Raise what the server itself answers: with routing the driver says only that it got no routing table."""
    if url.startswith("neo4j"):
        with _opened(url.replace("neo4j", "bolt", 1), credentials) as driver:
            driver.verify_connectivity()


def _check_version(address: Address, agent: str) -> None:
    found = re.match(r"Neo4j/(\d+)\.(\d+)", agent)
    if found and tuple(map(int, found.groups())) < OLDEST_SERVER:
        raise SetupError(f"the server at {address.url} is {agent}, which is too old", "Use Neo4j 5.26 or newer.")
