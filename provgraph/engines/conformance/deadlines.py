"""Cases of deadlines: who asks too much waits no longer, and harms nobody."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from provgraph.engines.conformance.room import Room, case, refused, same, true
from provgraph.errors import DeadlineError

if TYPE_CHECKING:
    from collections.abc import Callable

ENDLESS: Final = """
UNWIND range(1, 200000) AS a UNWIND range(1, 200000) AS b
WITH a, b WHERE a * b % 7 = 3
RETURN count(*)
"""
RUNNING: Final = """
SHOW TRANSACTIONS YIELD currentQuery
WHERE currentQuery CONTAINS $mark AND NOT currentQuery STARTS WITH 'SHOW'
RETURN currentQuery
"""
SOON: Final = 10.0
"""Seconds in which an ended query must be gone on a slow machine."""


@case
def endless_query_ends_at_its_deadline(room: Room) -> None:
    """A query without end raises `DeadlineError`; the engine answers at once after it, and runs it no more."""
    query = f"{ENDLESS} // {room.label}"
    refused(DeadlineError, lambda: room.engine.ask(query, {}, write=False, deadline=0.5))
    same(room.read("RETURN 1"), [[1]])
    true(_within(SOON, lambda: not room.read(RUNNING, mark=room.label)), "end of the query")


@case
def write_beyond_its_deadline_is_undone(room: Room) -> None:
    """A write that did not end within its deadline leaves nothing, and its records can be written at once after it."""
    room.write("CREATE (:ROOM {uid: 1, n: 0})")
    query = room.cypher(
        "MATCH (n:ROOM) SET n.n = 1 WITH n "
        "UNWIND range(1, 200000) AS a UNWIND range(1, 200000) AS b WITH n, a, b WHERE a * b % 7 = 3 "
        "RETURN count(*)"
    )
    refused(DeadlineError, lambda: room.engine.ask(query, {}, write=True, deadline=0.5))
    room.write("MATCH (n:ROOM) SET n.m = 2")
    true(_within(SOON, lambda: not room.read(RUNNING, mark=room.label)), "end of the query")
    same(room.read("MATCH (n:ROOM) RETURN n.n, n.m"), [[0, 2]])


def _within(seconds: float, holds: Callable[[], bool]) -> bool:
    end = time.monotonic() + seconds
    while not (held := holds()) and time.monotonic() < end:
        time.sleep(0.05)
    return held
