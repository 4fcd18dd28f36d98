"""Cases of closures and paths: what lineage walks."""

from __future__ import annotations

from provgraph.engines.conformance.room import Room, case, same

LAYERS = 30
"""A ladder of so many layers has 2 ** 30 paths from its foot to its top."""


def _ladder(room: Room) -> None:
    """Build layers of two nodes each, every node with an edge to both nodes of the next layer."""
    room.write("UNWIND range(0, $last) AS n CREATE (:ROOM {uid: n})", last=2 * LAYERS - 1)
    room.write(
        """
        UNWIND range(0, $last) AS layer UNWIND [0, 1] AS i UNWIND [0, 1] AS j
        MATCH (a:ROOM {uid: 2 * layer + i}) MATCH (b:ROOM {uid: 2 * layer + 2 + j})
        CREATE (a)-[:PREDECESSOR]->(b)
        """,
        last=LAYERS - 2,
    )


def _chain(room: Room, edges: list[tuple[int, int]]) -> None:
    nodes = sorted({end for edge in edges for end in edge})
    room.write("UNWIND $nodes AS n CREATE (:ROOM {uid: n})", nodes=nodes)
    room.write(
        "UNWIND $edges AS e MATCH (a:ROOM {uid: e[0]}) MATCH (b:ROOM {uid: e[1]}) CREATE (a)-[:PREDECESSOR]->(b)",
        edges=[list(edge) for edge in edges],
    )


@case
def closure_of_a_ladder_is_linear(room: Room) -> None:
    """The closure over 30 layers of diamonds, with 2 ** 30 paths, gives each node once, in both directions."""
    _ladder(room)
    same(_closure(room, 0), [*range(2, 2 * LAYERS)])
    same(_closure(room, 2 * LAYERS - 1, down=True), [*range(2 * LAYERS - 2)])


@case
def closure_goes_on_in_the_query(room: Room) -> None:
    """After the closure the query can go on: match more, filter, and collect lists."""
    _ladder(room)
    rows = room.read(
        """
        MATCH (b:ROOM {uid: 0})
        CALL (b) { MATCH (b)-[:PREDECESSOR*1..]->(x:ROOM) RETURN DISTINCT x }
        MATCH (y:ROOM)-[:PREDECESSOR]->(x) WHERE x.uid > $least
        RETURN collect(DISTINCT y.uid) AS uids
        """,
        least=2 * LAYERS - 3,
    )
    same(sorted(rows[0][0]), [2 * LAYERS - 4, 2 * LAYERS - 3])


@case
def closure_starts_from_a_list(room: Room) -> None:
    """The starts are found by a list of uids, one after the other by their index, and each once."""
    _ladder(room)
    rows = room.read(
        """
        UNWIND $uids AS uid
        MATCH (:ROOM {uid: uid})-[:PREDECESSOR]->(b:ROOM)
        WITH DISTINCT b
        CALL (b) { MATCH (b)-[:PREDECESSOR*0..]->(x:ROOM) RETURN DISTINCT x }
        RETURN collect(DISTINCT x.uid) AS uids
        """,
        uids=[0, 1, 0],
    )
    same(sorted(rows[0][0]), [*range(2, 2 * LAYERS)])
    rows = room.read(
        """
        UNWIND $uids AS uid
        MATCH (b:ROOM {uid: uid})
        WITH DISTINCT b
        CALL (b) { MATCH (b)-[:PREDECESSOR*0..2]->(x:ROOM) RETURN DISTINCT x }
        RETURN collect(DISTINCT x.uid) AS uids
        """,
        uids=[0, 2],
    )
    same(sorted(rows[0][0]), [0, *range(2, 7 + 1)])


@case
def closure_starts_from_many(room: Room) -> None:
    """One closure for each of several matched nodes, joined in one list without repetition."""
    _ladder(room)
    rows = room.read(
        """
        MATCH (:ROOM {uid: 0})-[:PREDECESSOR]->(b:ROOM)
        WHERE $upstream
        CALL (b) { MATCH (b)-[:PREDECESSOR*0..]->(x:ROOM) RETURN DISTINCT x }
        RETURN collect(DISTINCT x.uid) AS uids
        UNION ALL
        MATCH (:ROOM {uid: 0})-[:PREDECESSOR]->(b:ROOM)
        WHERE $downstream
        CALL (b) { MATCH (b)<-[:PREDECESSOR*0..]-(x:ROOM) RETURN DISTINCT x }
        RETURN collect(DISTINCT x.uid) AS uids
        """,
        upstream=True,
        downstream=False,
    )
    same([sorted(row[0]) for row in rows], [[*range(2, 2 * LAYERS)], []])


@case
def closure_of_a_list_of_uids(room: Room) -> None:
    """A closure from a list of uids begins with `MATCH ... WHERE b.uid IN $uids`, and is linear too."""
    _ladder(room)
    rows = room.read(
        """
        MATCH (b:ROOM) WHERE b.uid IN $uids
        CALL (b) { MATCH (b)-[:PREDECESSOR*1..]->(x:ROOM) RETURN DISTINCT x }
        RETURN collect(DISTINCT x.uid) AS uids
        """,
        uids=[0, 1, 2],
    )
    same(sorted(rows[0][0]), [*range(2, 2 * LAYERS)])


@case
def closure_ends_on_cycles(room: Room) -> None:
    """A closure ends on a cycle; the node itself is in it only where an edge leads back to it."""
    _chain(room, [(0, 1), (1, 2), (2, 0), (2, 3), (3, 4), (4, 3)])
    same(_closure(room, 0), [0, 1, 2, 3, 4])
    same(_closure(room, 3), [3, 4])
    same(_closure(room, 4, down=True), [0, 1, 2, 3, 4])


@case
def closure_ends_on_self_loops(room: Room) -> None:
    """A node with an edge to itself is in its own closure once."""
    _chain(room, [(0, 0), (0, 1), (1, 1)])
    same(_closure(room, 0), [0, 1])
    same(_closure(room, 1), [1])


@case
def closure_has_a_depth(room: Room) -> None:
    """A closure with a literal depth gives what lies within so many steps; at length zero the node itself."""
    _ladder(room)
    same(_closure(room, 0, lengths="1..2"), [2, 3, 4, 5])
    same(_closure(room, 0, lengths="0..1"), [0, 2, 3])
    same(_closure(room, 0, lengths="1..10"), [*range(2, 22)])


@case
def closure_of_nothing(room: Room) -> None:
    """A node without edges has an empty closure, in a row; a node that is missing has one too."""
    room.write("CREATE (:ROOM {uid: 0})")
    same(_closure(room, 0), [])
    same(_closure(room, 1), [])


@case
def shortest_path_is_found(room: Room) -> None:
    """`shortestPath` gives the shortest way between two nodes, and no row when there is none."""
    _chain(room, [(0, 1), (1, 2), (2, 3), (3, 4), (0, 3), (9, 9)])
    query = """
        MATCH (a:ROOM {uid: 0}) MATCH (b:ROOM {uid: $to})
        MATCH p = shortestPath((a)-[:PREDECESSOR*1..]->(b))
        RETURN [n IN nodes(p) | n.uid]
    """
    same(room.read(query, to=4), [[[0, 3, 4]]])
    same(room.read(query, to=9), [])


def _closure(room: Room, uid: int, *, down: bool = False, lengths: str = "1..") -> list[int]:
    """Give the sorted uids of the closure, upstream or downstream."""
    left, right = ("<", "") if down else ("", ">")
    rows = room.read(
        f"""
        MATCH (b:ROOM {{uid: $uid}})
        CALL (b) {{ MATCH (b){left}-[:PREDECESSOR*{lengths}]-{right}(x:ROOM) RETURN DISTINCT x }}
        RETURN collect(x.uid) AS uids
        """,
        uid=uid,
    )
    return sorted(rows[0][0])
