"""Cases of the order that lineage stands on: counted in the graph, whatever the interleaving."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Final

from provgraph.engines.conformance.room import DifferenceError, Room, case, same

if TYPE_CHECKING:
    from collections.abc import Sequence

    from provgraph.engines.contract import Transaction

ROUNDS: Final = 40
OVERLAP: Final = 0.02
"""Seconds in which the first transaction stays open while the second begins to write."""

READS: Final = """
MATCH (r:ROOM {uid: $run})
SET r.step = coalesce(r.step, 0) + 1
WITH r
UNWIND $artifacts AS uid
MATCH (a:ROOM {uid: uid})
SET a.seq = coalesce(a.seq, 0) + 1
MERGE (a)-[i:INPUT_OF]->(r) ON CREATE SET i.saw = a.seq, i.step = r.step
RETURN count(a)
"""
LINK: Final = """
MATCH (r:ROOM {uid: $run})
UNWIND $artifacts AS uid
MATCH (r)<-[i:INPUT_OF]-(a:ROOM {uid: uid})-[o:OUTPUT_OF]->(p:ROOM)
WHERE o.seq < i.saw AND p.uid <> r.uid
WITH DISTINCT r, p
MERGE (r)-[:PREDECESSOR]->(p)
RETURN count(p)
"""
MAKES: Final = """
MATCH (r:ROOM {uid: $run})
SET r.step = coalesce(r.step, 0) + 1
WITH r
UNWIND $artifacts AS uid
MATCH (a:ROOM {uid: uid})
SET a.seq = coalesce(a.seq, 0) + 1
MERGE (a)-[o:OUTPUT_OF]->(r) ON CREATE SET o.seq = a.seq, o.step = r.step
RETURN count(a)
"""
ONE_READ: Final = """
MATCH (a:ROOM {uid: $artifact}) SET a.seq = coalesce(a.seq, 0) + 1
WITH a MATCH (r:ROOM {uid: $run})
MERGE (a)-[i:INPUT_OF]->(r) ON CREATE SET i.saw = a.seq
"""
ONE_LINK: Final = """
MATCH (r:ROOM {uid: $run})<-[i:INPUT_OF]-(a:ROOM {uid: $artifact})-[o:OUTPUT_OF]->(p:ROOM)
WHERE o.seq < i.saw
MERGE (r)-[:PREDECESSOR]->(p)
"""
ONE_MADE: Final = """
MATCH (a:ROOM {uid: $artifact}) SET a.seq = coalesce(a.seq, 0) + 1
WITH a MATCH (r:ROOM {uid: $run})
MERGE (a)-[o:OUTPUT_OF]->(r) ON CREATE SET o.seq = a.seq
"""
MISSED: Final = """
MATCH (p:ROOM)<-[o:OUTPUT_OF]-(a:ROOM)-[i:INPUT_OF]->(r:ROOM)
WHERE o.seq < i.saw AND NOT EXISTS { MATCH (r)-[:PREDECESSOR]->(p) }
RETURN count(*)
"""
UNFOUNDED: Final = """
MATCH (r:ROOM)-[:PREDECESSOR]->(p:ROOM)
WHERE NOT EXISTS { MATCH (p)<-[o:OUTPUT_OF]-(:ROOM)-[i:INPUT_OF]->(r) WHERE o.seq < i.saw }
RETURN count(*)
"""


class Overlap:
    """Two transactions of which the second writes while the first is open."""

    def __init__(self, room: Room) -> None:
        """Begin with both transactions closed."""
        self.room = room
        self.begun = threading.Barrier(2)
        self.first_wrote, self.second_wrote = threading.Event(), threading.Event()

    def run(self, first: list[str], second: list[str], parameters: Sequence[dict[str, Any]]) -> None:
        """Run both; each is its statements in order."""
        with ThreadPoolExecutor(2) as pool:
            one = pool.submit(self._run, first, parameters[0], first=True)
            other = pool.submit(self._run, second, parameters[1], first=False)
            one.result()
            other.result()

    def _run(self, statements: list[str], parameters: dict[str, Any], *, first: bool) -> None:
        tries: list[int] = []

        def work(transaction: Transaction) -> None:
            tries.append(1)
            forced = len(tries) == 1
            self.room.run(transaction, "MATCH (r:ROOM {uid: $run}) RETURN r.step", **parameters)
            if forced:
                self.begun.wait(10)
                if not first:
                    self.first_wrote.wait(10)
            self.room.run(transaction, statements[0], **parameters)
            (self.first_wrote if first else self.second_wrote).set()
            if forced and first:
                self.second_wrote.wait(OVERLAP)
            for statement in statements[1:]:
                self.room.run(transaction, statement, **parameters)

        self.room.engine.write(work)


def _rounds(room: Room, *, edges: int, batch: bool) -> None:
    """Let a reader and a producer of the same artifacts overlap, in both orders; no edge may be missed or unfounded."""
    room.having(unique="uid")
    reader, producer = ([READS, LINK], [MAKES]) if batch else ([ONE_READ, ONE_LINK], [ONE_MADE])
    for number in range(ROUNDS):
        artifacts = [f"a{number}-{each}" for each in range(3 if batch else 1)]
        runs = [f"r{number}", f"p{number}"]
        room.write("UNWIND $uids AS uid CREATE (:ROOM {uid: uid})", uids=[*artifacts, *runs])
        if edges:
            room.write(
                """
                UNWIND $artifacts AS uid MATCH (a:ROOM {uid: uid})
                UNWIND range(1, $edges) AS n CREATE (a)-[:MEMBER_OF]->(:ROOM {uid: uid + '-' + toString(n)})
                """,
                artifacts=artifacts,
                edges=edges,
            )
        sides = [({"run": run, "artifacts": artifacts, "artifact": artifacts[0]}) for run in runs]
        if number % 2:
            Overlap(room).run(reader, producer, sides)
        else:
            Overlap(room).run(producer, reader, sides[::-1])
    same(room.read("MATCH (:ROOM)-[i:INPUT_OF]->(:ROOM) RETURN count(i)"), [[ROUNDS * len(artifacts)]])
    same(room.read(MISSED), [[0]], "number of missed edges")
    same(room.read(UNFOUNDED), [[0]], "number of unfounded edges")
    linked = room.read("MATCH (:ROOM)-[p:PREDECESSOR]->(:ROOM) RETURN count(p)")[0][0]
    if not linked:
        raise DifferenceError("no reader came after its producer in any round, so nothing was tried")


@case
def reader_and_producer_of_a_new_artifact(room: Room) -> None:
    """A reader and a producer of one artifact without edges, interleaved 40 times: no predecessor is missed."""
    _rounds(room, edges=0, batch=False)


@case
def reader_and_producer_of_a_busy_artifact(room: Room) -> None:
    """A reader and a producer of one artifact with 200 edges, interleaved 40 times: no predecessor is missed."""
    _rounds(room, edges=200, batch=False)


@case
def readers_and_producers_in_batches(room: Room) -> None:
    """Readers and producers of three artifacts in a batch, interleaved 40 times: no predecessor is missed."""
    _rounds(room, edges=0, batch=True)


@case
def readers_and_producers_in_batches_of_busy_artifacts(room: Room) -> None:
    """Readers and producers of three artifacts with 200 edges each, interleaved 40 times: none is missed."""
    _rounds(room, edges=200, batch=True)


@case
def steps_and_counts_are_kept_at_first_sight(room: Room) -> None:
    """`step` is counted once a statement, `seq` once an artifact, and an edge keeps the numbers of its first time."""
    room.write("UNWIND ['a', 'b', 'r'] AS uid CREATE (:ROOM {uid: uid})")
    same(room.write(MAKES, run="r", artifacts=["a", "b"]), [[2]])
    same(room.write(MAKES, run="r", artifacts=["b"]), [[1]])
    rows = room.read("MATCH (a:ROOM)-[o:OUTPUT_OF]->(r:ROOM) RETURN a.uid, a.seq, o.seq, o.step, r.step ORDER BY a.uid")
    same(rows, [["a", 1, 1, 1, 2], ["b", 2, 1, 1, 2]])


@case
def edge_is_made_unless_its_opposite_is_there(room: Room) -> None:
    """`FOREACH` over `CASE WHEN EXISTS {...}` writes an edge only where the run has not the opposite one."""
    query = """
        MATCH (r:ROOM {uid: 'r'})
        UNWIND $artifacts AS uid
        MATCH (a:ROOM {uid: uid})
        SET a.seq = coalesce(a.seq, 0) + 1
        FOREACH (_ IN CASE WHEN EXISTS { MATCH (a)-[:INPUT_OF]->(r) } THEN [] ELSE [1] END |
          MERGE (a)-[o:OUTPUT_OF]->(r) ON CREATE SET o.seq = a.seq
        )
        RETURN count(a)
    """
    room.write("UNWIND ['a', 'b', 'r'] AS uid CREATE (:ROOM {uid: uid})")
    room.write("MATCH (a:ROOM {uid: 'a'}) MATCH (r:ROOM {uid: 'r'}) CREATE (a)-[:INPUT_OF]->(r)")
    same(room.write(query, artifacts=["a", "b"]), [[2]])
    same(room.write(query, artifacts=["a", "b"]), [[2]])
    same(room.read("MATCH (a:ROOM)-[o:OUTPUT_OF]->(:ROOM) RETURN a.uid, a.seq, o.seq"), [["b", 2, 1]])
