"""The one engine class: the official neo4j driver, speaking Bolt to the local engine or to a Neo4j server.

Importing this module imports the driver (0.3 s), so it is imported on the first connection and not before.
"""

from __future__ import annotations

import _thread
import asyncio
import contextlib
import itertools
import os
import sys
import threading
import time
from typing import TYPE_CHECKING, Any, Final, TypeVar

import neo4j
from neo4j import GraphDatabase

from provgraph.engines import readonly
from provgraph.engines.asking import END, RUNNING, Question
from provgraph.engines.columns import returned
from provgraph.engines.contract import Answer, Row
from provgraph.engines.link import Link
from provgraph.engines.retry import TRIES, retrying
from provgraph.engines.translate import is_conflict, is_fault, is_gone, of_a_persons_query, translate
from provgraph.errors import ConflictError, EngineError, ProvgraphError, QueryError
from provgraph.statements import Statement

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from provgraph.engines.contract import Address, Credentials, Locator, Transaction

T = TypeVar("T")

RECONNECTIONS: Final = 3
DYING: Final = 0.2
"""Seconds in which a killed process is gone."""
TOLD: Final = (ProvgraphError, neo4j.exceptions.DriverError, neo4j.exceptions.Neo4jError)
"""What is raised between two answers, or when a connection is known to be gone."""
LOST: Final = (*TOLD, OSError)
"""What may happen to a query that is ended on the way."""

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
        self._link: Link | None = None
        self._pid = os.getpid()
        self._inherited: list[Link | None] = []
        self._bookmarks = GraphDatabase.bookmark_manager()

    def read(self, statement: Statement | str, /, **parameters: Any) -> list[Row]:
        """Run one reading statement and give its rows."""

        def work(link: Link) -> list[Row]:
            with self._session(link, neo4j.READ_ACCESS) as session:
                self.statements += 1
                return [list(record.values()) for record in _sent(session, statement, parameters)]

        return self._guarded(work)

    def write(self, work: Callable[[Transaction], T], /) -> T:
        """Run `work` in one transaction; run it again when others wrote the same records meanwhile."""
        return self._whole(work, neo4j.Transaction.commit)

    def look(self, work: Callable[[Transaction], T], /) -> T:
        """Run `work` in one transaction and undo what it wrote; run it again where `write` would."""
        return self._whole(work, neo4j.Transaction.rollback)

    def _whole(self, work: Callable[[Transaction], T], end: Callable[[neo4j.Transaction], None]) -> T:
        def attempt(link: Link) -> T:
            with self._session(link, neo4j.WRITE_ACCESS) as session:
                transaction = session.begin_transaction()
                result = work(BoltTransaction(self, transaction))
                end(transaction)
                return result

        return self._guarded(attempt)

    def define(self, statement: Statement, /) -> None:
        """Run one statement that changes the schema, in a transaction of its own."""
        self.write(lambda transaction: transaction.run(statement))

    def ask(
        self, cypher: str, parameters: dict[str, Any], /, *, write: bool, deadline: float, most: int | None = None
    ) -> Answer:
        """Run a person's query, read-only unless `write`, and give `most` rows at most.

        After `deadline` seconds the query is ended on the engine and `DeadlineError` is raised; a write that has not
        been committed by then is undone. `QueryError` for a wrong query and for a write without `write`.
        """
        if not write:
            readonly.check(cypher)
        question = Question(cypher, deadline, most)
        return question.answer(
            lambda: self._guarded(
                lambda link: self._answer(link, question, parameters, write=write), is_persons=True, may_write=write
            ),
            self._end,
        )

    def address(self) -> Address:
        """Give where the engine answers now, after starting it if that is ours to do."""
        return self._current().address

    def close(self) -> None:
        """Give back the connections; the next call connects again."""
        if os.getpid() != self._pid:
            self._forget_parent()
        with self._lock:
            link, self._link = self._link, None
        if link is not None:
            link.give_up()

    def _answer(self, link: Link, question: Question, parameters: dict[str, Any], *, write: bool) -> Answer:
        access = neo4j.WRITE_ACCESS if write else neo4j.READ_ACCESS
        credentials = link.address.writer if write else link.address.reader or link.address.writer
        with self._session(link, access, credentials) as session:
            transaction = session.begin_transaction(timeout=question.deadline)
            self.statements += 1
            result = _sent(transaction, question.cypher, parameters)
            rows = [list(record.values()) for record in itertools.islice(result, question.most)]
            is_cut = question.most is not None and len(rows) == question.most and result.peek() is not None
            answer = Answer(list(result.keys()) or returned(question.asked), rows, is_cut)
            result.consume()
            if question.may_commit():
                transaction.commit()
            return answer

    def _end(self, mark: str) -> None:
        """End the query that carries `mark`, if it still runs; an engine that refuses ends it at its own ceiling.

        It runs beside the caller, who may close the engine meanwhile: nothing is connected anew for it.
        """
        link = self._link
        if link is None:
            return
        with contextlib.suppress(*LOST), link, self._session(link, neo4j.READ_ACCESS) as session:
            if ids := [record[0] for record in _sent(session, RUNNING, {"mark": mark})]:
                _sent(session, END, {"ids": ids}).consume()

    @contextlib.contextmanager
    def _session(self, link: Link, access: str, credentials: Credentials | None = None) -> Iterator[neo4j.Session]:
        """Open a session; closed, it undoes a transaction that was begun in it and not ended.

        A transaction is no context here: after an error the driver has given its connection to the next thread, and a
        transaction that closes itself looks at that connection all the same, and takes a byte of that thread's answer.
        """
        before = sys.exc_info()[1]
        driver = link.driver(credentials or link.address.writer)
        session = driver.session(
            database=link.address.database, default_access_mode=access, bookmark_manager=self._bookmarks
        )
        try:
            try:
                yield session
            except TOLD:
                session.close()
                raise
            session.close()
        except BaseException as error:
            interruption = _interruption(error, before)
            if interruption is None and isinstance(error, TOLD):
                raise
            link.give_up()
            _cut(session)
            if interruption is None or interruption is error:
                raise
            raise interruption from None

    def _guarded(self, work: Callable[[Link], T], *, is_persons: bool = False, may_write: bool = True) -> T:
        """Retry conflicts, find a server that moved, and translate what is left.

        Our own statements are right: what an engine says of one may come from its host. A person's may be wrong.
        """
        tries = PERSONS_TRIES if is_persons else TRIES
        for _ in range(RECONNECTIONS):
            with self._current() as link:
                connected = link.connected
                try:
                    return retrying(lambda: work(link), is_conflict, tries)
                except ConflictError as error:
                    raise of_a_persons_query(error) if is_persons else error from error.__cause__
                except (neo4j.exceptions.DriverError, neo4j.exceptions.Neo4jError) as error:
                    if not is_gone(error):
                        told = self._told(error, link, is_persons=is_persons, may_write=may_write)
                        raise told from _origin(told, error)
                    last = error
            if not self._is_elsewhere(link, last, connected=connected):
                break
        told = self._told(last, link, is_persons=is_persons, may_write=may_write)
        raise told from _origin(told, last)

    def _told(self, error: Exception, link: Link, *, is_persons: bool, may_write: bool) -> ProvgraphError:
        told = translate(error, link.address, may_write=may_write)
        return told if is_persons else self._locator.trouble(told if is_fault(error) else None) or told

    def _is_elsewhere(self, before: Link, error: Exception, *, connected: bool) -> bool:
        """Leave the link; say whether to try again: the server moved, or only an old connection was cut.

        A process that was just killed is seen for some milliseconds still.
        """
        before.give_up()
        if connected and not isinstance(error, neo4j.exceptions.AuthError):
            return True
        if self._locator.locate() == before.address:
            time.sleep(DYING)
        return self._locator.locate() != before.address

    def _current(self) -> Link:
        if os.getpid() != self._pid:
            self._forget_parent()
        with self._lock:
            if self._link is None or self._link.given_up:
                self._link = Link(self._locator.locate())
            self._locator.in_use()
            return self._link

    def _forget_parent(self) -> None:
        """Leave the parent's connections to the parent: they are kept, as collecting them would close its sockets."""
        self._inherited.append(self._link)
        self._lock = threading.RLock()
        self._link, self._pid = None, os.getpid()
        self._bookmarks = GraphDatabase.bookmark_manager()


def _interruption(error: BaseException | None, before: BaseException | None) -> BaseException | None:
    """Give what interrupted the driver, as Ctrl-C does, where that is what came out or what it stumbled after.

    `before` is what the caller was handling already.
    """
    while error is not None and error is not before and isinstance(error, Exception):
        error = error.__context__
    return None if error is before else error


def _cut(session: neo4j.Session) -> None:
    """Cut the connection of a session that was interrupted, perhaps in the middle of an answer.

    The next question would get the rest of it. A thread of its own does so, as no second interruption reaches that; it
    is begun by one step of Python's, where `threading` would wait for it to have begun, and leave a lock held.
    """
    is_cut = threading.Lock()

    def cut() -> None:
        try:
            _cancel(session)
        finally:
            is_cut.release()

    is_cut.acquire()
    with contextlib.suppress(RuntimeError):  # the interpreter ends, and no thread begins any more
        _thread.start_new_thread(cut, ())
        is_cut.acquire()


def _cancel(session: neo4j.Session) -> None:
    """Leave a session by the driver's own cancellation: after any other interruption it goes on over the connection."""
    with contextlib.suppress(asyncio.CancelledError), session:
        raise asyncio.CancelledError


def _origin(told: ProvgraphError, error: Exception) -> Exception | None:
    """Give the driver's error where a stack of it helps: not where a person can mend what is told."""
    return error if type(told) is EngineError else None


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
