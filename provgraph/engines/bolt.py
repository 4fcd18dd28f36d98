"""The one engine class: the official neo4j driver, speaking Bolt to the local engine or to a Neo4j server.

Importing this module imports the driver (0.3 s), so it is imported on the first connection and not before.
"""

from __future__ import annotations

import os
import re
import threading
from typing import TYPE_CHECKING, Any, Final, TypeVar

import neo4j
from neo4j import GraphDatabase

from provgraph.engines.contract import Address, Answer, Credentials, Row
from provgraph.engines.retry import retrying
from provgraph.engines.translate import is_conflict, is_gone, translate
from provgraph.errors import DeadlineError, ProvgraphError, SetupError
from provgraph.statements import Statement

if TYPE_CHECKING:
    from collections.abc import Callable

    from provgraph.engines.contract import Locator, Transaction

T = TypeVar("T")

OLDEST_SERVER: Final = (5, 26)
"""`CALL (x) { ... }` and the closures that stand on it need Neo4j 5.23; 5.26 is the oldest that is maintained."""

RECONNECTIONS: Final = 3


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
                return [list(record.values()) for record in session.run(_query(statement), parameters)]

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
        """Run a person's query; give up waiting after `deadline` seconds with a `DeadlineError`.

        Neo4j ends the query at the deadline. The local engine ends it at its own ceiling, later: the caller is free.
        """
        outcome: list[Answer | Exception] = []

        def work() -> None:
            try:
                outcome.append(
                    self._guarded(lambda address: self._answer(address, cypher, parameters, write, deadline))
                )
            except Exception as error:  # noqa: BLE001 - handed to the thread that waits
                outcome.append(error)

        thread = threading.Thread(target=work, daemon=True, name="provgraph-query")
        thread.start()
        thread.join(deadline + 0.5)
        if not outcome:
            raise DeadlineError(
                f"the query did not end within {deadline:g} s", "Ask for less, or raise pg.settings.deadline."
            )
        if isinstance(outcome[0], Exception):
            raise outcome[0]
        return outcome[0]

    def close(self) -> None:
        """Give back the connections; the next call connects again."""
        with self._lock:
            drivers, self._drivers, self._address = list(self._drivers.values()), {}, None
        if os.getpid() == self._pid:
            for driver in drivers:
                driver.close()

    def _answer(
        self, address: Address, cypher: str, parameters: dict[str, Any], write: bool, deadline: float
    ) -> Answer:  # noqa: FBT001 - one caller, by position
        access = neo4j.WRITE_ACCESS if write else neo4j.READ_ACCESS
        credentials = address.writer if write else address.reader or address.writer
        with (
            self._session(address, access, credentials) as session,
            session.begin_transaction(timeout=deadline) as transaction,
        ):
            self.statements += 1
            result = transaction.run(cypher, parameters)
            answer = Answer(list(result.keys()), [list(record.values()) for record in result])
            transaction.commit()
            return answer

    def _session(self, address: Address, access: str, credentials: Credentials | None = None) -> neo4j.Session:
        driver = self._driver(address, credentials or address.writer)
        return driver.session(database=address.database, default_access_mode=access, bookmark_manager=self._bookmarks)

    def _driver(self, address: Address, credentials: Credentials | None) -> neo4j.Driver:
        with self._lock:
            if credentials not in self._drivers:
                self._drivers[credentials] = _connect(address, credentials)
            return self._drivers[credentials]

    def _guarded(self, work: Callable[[Address], T]) -> T:
        """Retry conflicts, find a server that moved, and translate what is left."""
        for attempt in range(RECONNECTIONS):
            try:
                return retrying(lambda: work(self._current()), is_conflict)
            except ProvgraphError:
                raise
            except Exception as error:
                before = self._address
                if not is_gone(error) or attempt + 1 == RECONNECTIONS or not self._moved(before):
                    raise translate(error, before or Address("the server", None)) from error
        raise AssertionError  # pragma: no cover - the loop returns or raises

    def _moved(self, before: Address | None) -> bool:
        """Forget the connections and say whether the server now answers elsewhere."""
        self.close()
        return self._current() != before

    def _current(self) -> Address:
        with self._lock:
            if os.getpid() != self._pid:
                self._inherited += self._drivers.values()  # kept: collecting them would close the parent's sockets
                self._drivers, self._address, self._pid = {}, None, os.getpid()
                self._bookmarks = GraphDatabase.bookmark_manager()
            if self._address is None:
                self._address = self._locator.locate()
            self._locator.in_use()
            return self._address


class BoltTransaction:
    """An open transaction of a `BoltEngine`."""

    def __init__(self, engine: BoltEngine, transaction: neo4j.Transaction) -> None:
        """Wrap the driver's transaction; `engine` counts the statements."""
        self._engine = engine
        self._transaction = transaction

    def run(self, statement: Statement | str, /, **parameters: Any) -> list[Row]:
        """Run one statement and give all its rows."""
        self._engine.statements += 1
        return [list(record.values()) for record in self._transaction.run(_query(statement), parameters)]


def _query(statement: Statement | str) -> str:
    return statement.text if isinstance(statement, Statement) else statement


def _connect(address: Address, credentials: Credentials | None) -> neo4j.Driver:
    driver = GraphDatabase.driver(
        address.url,
        auth=(credentials.username, credentials.password) if credentials else None,
        connection_timeout=5,
        connection_acquisition_timeout=10,
        notifications_min_severity="OFF",
        telemetry_disabled=True,
        user_agent="provgraph",
    )
    try:
        _check_version(address, driver.get_server_info().agent)
    except BaseException:
        driver.close()
        raise
    return driver


def _check_version(address: Address, agent: str) -> None:
    found = re.match(r"Neo4j/(\d+)\.(\d+)", agent)
    if found and tuple(map(int, found.groups())) < OLDEST_SERVER:
        raise SetupError(f"the server at {address.url} is {agent}, which is too old", "Use Neo4j 5.26 or newer.")
