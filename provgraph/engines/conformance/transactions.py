"""Cases of transactions: whole or not at all, and many at once."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, TypeVar

from provgraph.engines.conformance.room import Room, case, refused, same
from provgraph.errors import ProvgraphError, QueryError

if TYPE_CHECKING:
    from collections.abc import Callable

    from provgraph.engines.contract import Row, Transaction

T = TypeVar("T")

THREADS, ROUNDS = 8, 20


@case
def failing_batch_leaves_nothing(room: Room) -> None:
    """A batch of 1,000 rows that fails at its 900th leaves no row."""
    rows = [{"n": n, "divisor": 0 if n == 900 else 1} for n in range(1000)]  # noqa: PLR2004
    refused(
        ProvgraphError, lambda: room.write("UNWIND $rows AS row CREATE (:ROOM {n: row.n / row.divisor})", rows=rows)
    )
    same(room.read("MATCH (n:ROOM) RETURN count(n)"), [[0]])


@case
def failing_work_leaves_nothing(room: Room) -> None:
    """Statements that went well are undone when the work that ran them raises."""

    def work(transaction: Transaction) -> None:
        room.run(transaction, "CREATE (:ROOM {uid: 'a'})")
        raise ValueError

    refused(ValueError, lambda: room.engine.write(work))
    same(room.read("MATCH (n:ROOM) RETURN count(n)"), [[0]])


@case
def what_a_look_writes_is_undone(room: Room) -> None:
    """A transaction that only looks reads several statements, and leaves nothing of what it wrote."""

    def work(transaction: Transaction) -> list[Any]:
        transaction.run(room.cypher("CREATE (:ROOM {uid: 1})"))
        return transaction.run(room.cypher("MATCH (n:ROOM) RETURN count(n)"))

    same(room.engine.look(work), [[1]])
    same(room.read("MATCH (n:ROOM) RETURN count(n)"), [[0]])


@case
def transaction_sees_its_own_writes(room: Room) -> None:
    """A statement sees what the statements before it in its transaction wrote, and others do not."""
    seen: list[Row] = []

    def work(transaction: Transaction) -> None:
        room.run(transaction, "CREATE (:ROOM {uid: 'a'})")
        seen.extend(room.run(transaction, "MATCH (n:ROOM {uid: 'a'}) RETURN count(n)"))
        seen.extend(room.read("MATCH (n:ROOM {uid: 'a'}) RETURN count(n)"))

    room.write("CREATE (:ROOM {uid: 'z'})")
    room.engine.write(work)
    same(seen, [[1], [0]])
    same(room.read("MATCH (n:ROOM {uid: 'a'}) RETURN count(n)"), [[1]])


@case
def first_merges_of_one_key_make_one_node(room: Room) -> None:
    """Of 8 threads that merge one new key at once all succeed and give the one node, 20 times over."""
    room.having(unique="slot")
    merge = "MERGE (n:ROOM {slot: $slot}) ON CREATE SET n.uid = $uid RETURN n.uid"
    for key in range(ROUNDS):
        uids = _at_once(lambda each, key=key: room.write(merge, slot=f"k{key}", uid=f"{key}-{each}")[0][0])  # type: ignore[misc]
        same(len(set(uids)), 1, "number of nodes that the threads saw")
    same(room.read("MATCH (n:ROOM) RETURN count(n)"), [[ROUNDS]])


@case
def first_creates_of_one_key_make_one_node(room: Room) -> None:
    """Of 8 threads that look for a key and create it when it is missing one creates it and the others find it."""
    room.having(unique="slot")
    for key in range(ROUNDS):
        slot = f"k{key}"

        def work(transaction: Transaction, slot: str = slot) -> str:
            if not room.run(transaction, "MATCH (n:ROOM {slot: $slot}) RETURN n.uid", slot=slot):
                room.run(transaction, "CREATE (:ROOM {slot: $slot, uid: $uid})", slot=slot, uid=slot)
                return "created"
            return "found"

        outcomes = _at_once(lambda _, work=work: room.engine.write(work))  # type: ignore[misc]
        same(outcomes.count("created"), 1, "number of threads that created the node")
    same(room.read("MATCH (n:ROOM) RETURN count(n)"), [[ROUNDS]])


@case
def first_merges_of_one_edge_make_one_edge(room: Room) -> None:
    """Of 8 threads that merge one new edge at once one makes it, when each writes to its beginning first.

    Without that the local engine keeps two of them once in some dozens of times.
    """
    merge = """
        MATCH (a:ROOM {uid: $a}) MATCH (b:ROOM {uid: $b})
        WHERE NOT EXISTS { MATCH (a)-[e:PREDECESSOR]->(b) WHERE e.by = 'run' }
        SET a.step = coalesce(a.step, 0) + 1
        MERGE (a)-[:PREDECESSOR {by: 'run'}]->(b)
    """
    for number in range(ROUNDS):
        pair = {"a": f"a{number}", "b": f"b{number}"}
        room.write("CREATE (:ROOM {uid: $a}) CREATE (:ROOM {uid: $b})", **pair)
        _at_once(lambda _, pair=pair: room.write(merge, **pair))  # type: ignore[misc]
    same(room.read("MATCH (:ROOM)-[e:PREDECESSOR]->(:ROOM) RETURN count(e)"), [[ROUNDS]])


@case
def counter_loses_no_count(room: Room) -> None:
    """Eight threads that each add one to a property 20 times make it 160: conflicts are tried again."""
    room.write("CREATE (:ROOM {uid: 'a', n: 0})")
    add = "MATCH (a:ROOM {uid: 'a'}) SET a.n = a.n + 1"
    _at_once(lambda _: [room.write(add) for _ in range(ROUNDS)])
    same(room.read("MATCH (a:ROOM) RETURN a.n"), [[THREADS * ROUNDS]])


@case
def what_is_read_after_a_write_is_the_last_that_was_written(room: Room) -> None:
    """Eight threads that write to a node, read its number and set it to one more count to 160.

    To merge the node is not enough: on Neo4j that locks nothing that is there, and most of the counts are lost.
    """
    room.having(unique="uid")
    room.write("CREATE (:ROOM {uid: 'a', n: 0})")
    add = """
        MERGE (a:ROOM {uid: 'a'}) ON CREATE SET a.n = 0
        SET a.by = $by
        WITH a, a.n AS before
        SET a.n = before + 1
    """
    _at_once(lambda each: [room.write(add, by=each) for _ in range(ROUNDS)])
    same(room.read("MATCH (a:ROOM) RETURN a.n"), [[THREADS * ROUNDS]])


@case
def what_is_set_to_itself_locks_and_loses_nothing(room: Room) -> None:
    """Of eight threads four count to 80, while the others set the number to itself by `coalesce`, which only locks it.

    Without the function Neo4j reads the number before it waits for the lock, and writes back one that is over.
    """
    room.write("CREATE (:ROOM {uid: 'a', n: 0})")
    add = "MATCH (a:ROOM {uid: 'a'}) SET a.n = a.n + 1"
    lock = "MATCH (a:ROOM {uid: 'a'}) SET a.n = coalesce(a.n, 0)"
    _at_once(lambda each: [room.write(lock if each % 2 else add) for _ in range(ROUNDS)])
    same(room.read("MATCH (a:ROOM) RETURN a.n"), [[THREADS * ROUNDS // 2]])


@case
def deadlock_is_tried_again(room: Room) -> None:
    """Two transactions that change two nodes in opposite order both succeed in the end."""
    room.write("UNWIND ['a', 'b'] AS uid CREATE (:ROOM {uid: uid, n: 0})")
    barrier = threading.Barrier(2)

    def cross(first: str, second: str) -> None:
        tries: list[int] = []

        def work(transaction: Transaction) -> None:
            add = "MATCH (a:ROOM {uid: $uid}) SET a.n = a.n + 1"
            room.run(transaction, add, uid=first)
            if not tries:
                tries.append(1)
                barrier.wait(10)
            room.run(transaction, add, uid=second)

        room.engine.write(work)

    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(cross, "a", "b"), pool.submit(cross, "b", "a")]:
            done.result()
    same(room.read("MATCH (a:ROOM) RETURN a.n ORDER BY a.uid"), [[2], [2]])


@case
def taken_key_is_refused(room: Room) -> None:
    """A key that is taken is refused, with an error that says so, and nothing is written."""
    room.having(unique="slot")
    create = room.cypher("CREATE (:ROOM {slot: 's', n: $n})")
    room.engine.ask(create, {"n": 1}, write=True, deadline=10)
    refused(QueryError, lambda: room.engine.ask(create, {"n": 2}, write=True, deadline=10))
    same(room.read("MATCH (n:ROOM) RETURN n.n"), [[1]])


@case
def slot_may_be_missing(room: Room) -> None:
    """Nodes without the unique property are no duplicates of each other, nor is one that lost it."""
    room.having(unique="slot")
    room.write("UNWIND $rows AS row CREATE (n:ROOM) SET n = row", rows=[{"uid": n, "slot": None} for n in range(3)])
    room.write("CREATE (:ROOM {uid: 3, slot: 'x'}), (:ROOM {uid: 4})")
    room.write("MATCH (n:ROOM {slot: 'x'}) SET n.slot = null")
    room.write("CREATE (:ROOM {uid: 5, slot: 'x'})")
    same(room.read("MATCH (n:ROOM) RETURN count(n), count(n.slot)"), [[6, 1]])


@case
def head_moves_in_one_transaction(room: Room) -> None:
    """A unique property can be taken from one node and given to another in one transaction."""
    room.having(unique="head")
    room.write("CREATE (:ROOM {uid: 1, head: 'h'})")
    for uid in range(2, 5):

        def work(transaction: Transaction, uid: int = uid) -> None:
            room.run(transaction, "MATCH (n:ROOM {head: 'h'}) SET n.head = null")
            room.run(transaction, "CREATE (:ROOM {uid: $uid, head: 'h'})", uid=uid)

        room.engine.write(work)
    same(room.read("MATCH (n:ROOM {head: 'h'}) RETURN n.uid"), [[4]])


def _at_once(work: Callable[[int], T]) -> list[T]:
    barrier = threading.Barrier(THREADS)

    def one(number: int) -> T:
        barrier.wait(10)
        return work(number)

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(one, range(THREADS)))
