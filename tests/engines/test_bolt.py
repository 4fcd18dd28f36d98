"""The engine class itself, on both engines."""

from __future__ import annotations

import signal
import threading
from contextlib import closing
from typing import TYPE_CHECKING, Any, Never

import pytest
from neo4j import exceptions as driver

from provgraph.engines import bolt
from provgraph.engines.asking import Question
from provgraph.engines.bolt import BoltEngine
from provgraph.engines.contract import Address, Answer
from provgraph.engines.retry import retrying
from provgraph.engines.translate import UNKNOWN, is_conflict, is_gone, translate
from provgraph.errors import ConflictError, DeadlineError, EngineUnavailableError, MissingFileError, QueryError
from tests.support.processes import PRELUDE, python

if TYPE_CHECKING:
    from provgraph.engines.contract import Transaction
    from provgraph.engines.local import LocalEngine

ADDRESS = Address("bolt://here", None)
TRIALS = 60


def test_statements_are_counted(engine: BoltEngine) -> None:
    """Each statement that is sent counts as one: of a read, of a transaction, of a person's query."""
    engine.read("RETURN 1")
    assert engine.statements == 1
    engine.write(lambda transaction: [transaction.run("RETURN 1"), transaction.run("RETURN 2")])
    assert engine.statements == 3
    engine.ask("RETURN 1", {}, write=False, deadline=10)
    assert engine.statements == 4


def test_a_refused_query_is_not_sent(engine: BoltEngine) -> None:
    """A reading query that is refused by its words is never sent."""
    with pytest.raises(QueryError, match="LOAD CSV does more than read"):
        engine.ask("LOAD CSV FROM 'file:///x' AS line RETURN line", {}, write=False, deadline=10)
    assert engine.statements == 0


@pytest.mark.parametrize(
    "error", [ValueError("mine"), OSError("mine"), MissingFileError("mine", "Mend it."), KeyError()]
)
def test_a_persons_error_is_left_as_it_is(engine: BoltEngine, error: Exception) -> None:
    """What the work of a transaction raises comes out unchanged, and the work ran once."""
    runs: list[int] = []

    def work(_: Transaction) -> Never:
        runs.append(1)
        raise error

    with pytest.raises(type(error)) as caught:
        engine.write(work)
    assert (caught.value, len(runs)) == (error, 1)


@pytest.mark.parametrize("value", [{1}, 2**63, object(), [{"a": {1}}], {1: 2}])
def test_a_parameter_that_no_graph_takes(engine: BoltEngine, value: Any) -> None:
    """A parameter of a type that cannot be sent is a usage error, and the engine answers after it."""
    for work in (
        lambda: engine.ask("RETURN $p", {"p": value}, write=False, deadline=10),
        lambda: engine.read("RETURN $p", p=value),
        lambda: engine.write(lambda transaction: transaction.run("RETURN $p", p=value)),
    ):
        with pytest.raises(QueryError, match="a parameter cannot be sent"):
            work()
    assert engine.read("RETURN 1") == [[1]]


class AlarmError(Exception):
    """What a handler of a signal may raise, wherever the program stands."""


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # within a __del__ Python ignores it
@pytest.mark.parametrize("kind", [KeyboardInterrupt, AlarmError])
@pytest.mark.parametrize("within", ["read", "write"])
def test_an_interrupted_answer_is_not_taken_for_another(
    engine: BoltEngine, kind: type[BaseException], within: str
) -> None:
    """Wherever it is interrupted the interruption comes out, and the next question gets its own answer."""
    many, interrupted = "UNWIND range(1, 4000) AS n RETURN n, toString(n)", []

    def ask() -> None:
        if within == "read":
            engine.read(many)
        else:
            engine.write(lambda transaction: transaction.run(many))

    def interrupt(number: int, frame: object) -> Never:
        raise kind

    ask()
    before = signal.signal(signal.SIGALRM, interrupt)
    try:
        for trial in range(TRIALS):
            try:
                signal.setitimer(signal.ITIMER_REAL, 0.0005 + 0.0003 * trial)
                ask()
                signal.setitimer(signal.ITIMER_REAL, 0)
            except kind:
                interrupted.append(trial)
            assert engine.read("RETURN $trial", trial=trial) == [[trial]]
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert len(interrupted) > TRIALS / 10


def test_an_interruption_of_the_cutting_gives_the_connections_up_all_the_same(
    engine: BoltEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As by Ctrl-C that is pressed twice."""

    def interrupt(*_: object) -> Never:
        raise KeyboardInterrupt

    cut, link = bolt._cut, engine._current()
    with monkeypatch.context() as patch:
        patch.setattr(bolt, "_cut", lambda session: interrupt(cut(session)))
        with pytest.raises(KeyboardInterrupt):
            engine.write(interrupt)
    assert link.given_up
    assert engine.read("RETURN 1") == [[1]]


def test_a_failed_transaction_leaves_others_alone(engine: BoltEngine) -> None:
    """The driver gives the connection of a failed transaction to the next thread: what fails touches it no more."""
    began, failed = threading.Event(), threading.Event()
    counts: list[Any] = []

    def other(transaction: Transaction) -> None:
        transaction.run("RETURN 1")
        began.set()
        assert failed.wait(10)
        counts.extend(transaction.run("UNWIND range(1, 3000) AS n RETURN n"))

    def work(transaction: Transaction) -> None:
        try:
            transaction.run("RETURN 1 / 0")
        finally:
            thread.start()
            assert began.wait(10)

    thread = threading.Thread(target=engine.write, args=(other,))
    try:
        with pytest.raises(QueryError):
            engine.write(work)
    finally:
        failed.set()
        thread.join(10)
    assert len(counts) == 3000


def test_a_query_that_was_given_up_writes_nothing(engine: BoltEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    """A query whose caller stopped waiting while its last rows came is undone, not committed."""
    monkeypatch.setattr(Question, "may_commit", lambda _: False)
    engine.ask("CREATE (n:GivenUp) RETURN n.uid", {}, write=True, deadline=10)
    assert engine.read("MATCH (n:GivenUp) RETURN count(n)") == [[0]]


def test_a_query_that_is_interrupted_as_it_begins_writes_nothing(
    engine: BoltEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C may come when its thread has begun and before anybody waits for it."""
    begin, commit, begun = threading.Thread.start, Question.may_commit, list[threading.Thread]()

    def start(thread: threading.Thread) -> None:
        begin(thread)
        if thread.name == "provgraph-query":
            begun.append(thread)
            raise KeyboardInterrupt

    def wait(question: Question) -> bool:
        given_up.wait(5)
        return commit(question)

    given_up = threading.Event()
    engine.read("RETURN 1")
    monkeypatch.setattr(threading.Thread, "start", start)
    monkeypatch.setattr(Question, "may_commit", wait)
    with pytest.raises(KeyboardInterrupt):
        engine.ask("CREATE (n:Begun) RETURN n.uid", {}, write=True, deadline=10)
    given_up.set()
    begun[0].join(20)
    assert engine.read("MATCH (n:Begun) RETURN count(n)") == [[0]]


def test_an_answer_without_rows_names_its_columns(engine: BoltEngine) -> None:
    """An answer without rows names the columns of its RETURN."""
    cypher = "MATCH (n:Nobody) RETURN n.uid AS uid, count(n) AS `how many`, n.key ORDER BY uid"
    assert engine.ask(cypher, {}, write=False, deadline=10) == Answer(["uid", "how many", "n.key"], [])


def test_closed_it_connects_again(engine: BoltEngine) -> None:
    """A closed engine connects again with the next call."""
    for _ in range(2):
        assert engine.read("RETURN 1") == [[1]]
        engine.close()


def test_a_cut_connection_is_made_anew(engine: BoltEngine) -> None:
    """When the server cut an old connection the next call makes a new one, without an error."""
    engine.read("RETURN 1")
    assert engine._link is not None
    for connected in engine._link._drivers.values():
        for pool in connected._pool.connections.values():
            for connection in pool:
                connection.socket.close()
    assert engine.read("RETURN 1") == [[1]]


def test_threads_share_an_engine(engine: BoltEngine) -> None:
    """Threads that begin at once share one engine and get their own answers."""
    answers: dict[int, Any] = {}

    def work(number: int) -> None:
        answers[number] = [engine.read("RETURN $n", n=number)[0][0] for _ in range(20)]

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == {number: [number] * 20 for number in range(8)}


def test_a_forked_child_has_its_own_connections(own: LocalEngine) -> None:
    """After a fork child and parent both read and write, with connections of their own, in whichever order they end."""
    script = PRELUDE + (
        "import os, warnings\n"
        "engine = BoltEngine(local)\n"
        "add = lambda n: engine.write(lambda transaction: transaction.run('CREATE (:Kept {n: $n})', n=n))\n"
        "add(0)\n"
        "drivers = set(map(id, engine._link._drivers.values()))\n"
        "children = []\n"
        "for number in (1, 2):\n"
        "    child = os.fork()\n"
        "    if child == 0:\n"
        "        for n in range(20): add(number)\n"
        "        own = drivers.isdisjoint(map(id, engine._link._drivers.values()))\n"
        "        engine.close()\n"
        "        os._exit(0 if own else 1)\n"
        "    children.append(child)\n"
        "for n in range(20): add(0)\n"
        "ends = [os.waitpid(child, 0)[1] for child in children]\n"
        "same = drivers == set(map(id, engine._link._drivers.values()))\n"
        "print(ends, same, engine.read('MATCH (n:Kept) RETURN count(n)'))\n"
        "engine.close()"
    )
    assert python(script, own.files.folder) == "[0, 0] True [[61]]\n"


def test_a_lost_commit_is_not_tried_again() -> None:
    """When the connection is lost during a commit nobody knows whether it was kept: it is said, and not repeated."""
    lost = driver.IncompleteCommit("gone")
    assert not is_gone(lost)
    assert not is_conflict(lost)
    error = translate(lost, ADDRESS)
    assert isinstance(error, EngineUnavailableError)
    assert "lost during a commit" in str(error)


@pytest.mark.parametrize("said", ["prov", "Database 'prov' is closed", "Database not open"])
def test_an_engine_that_is_just_stopping_is_gone(said: str) -> None:
    """What it says of the database that it has closed is no error of the query: the next engine is asked."""
    assert is_gone(driver.Neo4jError._hydrate_neo4j(code=UNKNOWN, message=said))
    assert not is_gone(driver.Neo4jError._hydrate_neo4j(code=UNKNOWN, message="Index out of range: 3"))


WORDS = ["timeout", "deadlock", "MVCC", "ConcurrentModification", "Timeout on locking", "lock timed out", "shutdown"]
"""Words by which an engine tells faults of its own."""


@pytest.mark.parametrize("word", WORDS)
@pytest.mark.parametrize("cypher", ["MATCH (n:Nobody) RETURN {}", "CALL `{}`()", "UNWIND ['a'] AS a RETURN a.`{}`"])
def test_a_word_of_a_wrong_query_is_no_fault_of_the_engine(engine: BoltEngine, cypher: str, word: str) -> None:
    """It is told as any wrong query is, and sent once."""
    engine.read("RETURN 1")
    with pytest.raises(QueryError, match="the query is wrong: "):
        engine.ask(cypher.format(word), {}, write=False, deadline=10)
    assert engine.statements == 2


@pytest.mark.parametrize(
    "said",
    [
        "Slot rebase not possible on page PageId(prov/4/0) slot 0 (concurrent change). Please retry the operation",
        "Concurrent modification on page PageId(prov/1/0). Please retry the operation (threadId=12)",
        "Error on commit transaction: some files have been migrated, please retry the operation",
        "Timeout on locking files during commit (fileIds=[1, 2])",
    ],
)
def test_the_local_engine_s_conflicts_are_known_by_their_sentences(said: str) -> None:
    """Under a code that says nothing they are tried again; with the same words a query is wrong."""
    assert is_conflict(driver.Neo4jError._hydrate_neo4j(code=UNKNOWN, message=said))
    wrong = driver.Neo4jError._hydrate_neo4j(code="Neo.ClientError.Statement.SyntaxError", message=said)
    assert not is_conflict(wrong)
    assert isinstance(translate(wrong, ADDRESS), QueryError)


def test_the_local_engine_s_ceiling_is_known_by_its_sentence() -> None:
    """Under a code that says nothing, too."""
    said = "the command exceeded the arcadedb.command.timeout of 2000ms"
    for code in (UNKNOWN, "Neo.ClientError.Transaction.TransactionTimedOut"):
        assert isinstance(translate(driver.Neo4jError._hydrate_neo4j(code=code, message=said), ADDRESS), DeadlineError)


def test_conflicts_end_at_last() -> None:
    """A transaction that meets conflicts for ever is given up with a ConflictError, after the given number of tries."""
    tries: list[int] = []

    def work() -> None:
        tries.append(1)
        raise driver.ConstraintError

    with pytest.raises(ConflictError, match="nothing of this call was written"):
        retrying(work, is_conflict, 3)
    assert len(tries) == 3


def test_an_engine_that_nobody_used_is_closed_without_a_word(own: LocalEngine) -> None:
    """Making and closing an engine starts nothing."""
    with closing(BoltEngine(own)):
        pass
    assert own.owner() is None
