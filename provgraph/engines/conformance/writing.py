"""Cases of writing: batches, merges, deletes."""

from __future__ import annotations

from typing import Final

from provgraph.engines.conformance.room import MOST, Room, case, same


@case
def batch_is_created_from_maps(room: Room) -> None:
    """`UNWIND $rows ... CREATE ... SET a = row.facts` writes each map; keys whose value is null are left out."""
    rows = [{"facts": {"uid": n, "key": f"k{n}" if n % 2 else None, "size": n * 10}} for n in range(1000)]
    same(room.write("UNWIND $rows AS row CREATE (a:ROOM) SET a = row.facts RETURN count(a)", rows=rows), [[1000]])
    same(room.read("MATCH (a:ROOM) RETURN count(a), count(a.key), sum(a.size)"), [[1000, 500, 4_995_000]])
    same(room.read("MATCH (a:ROOM {uid: 2}) RETURN keys(a) = ['uid', 'size'] OR keys(a) = ['size', 'uid']"), [[True]])


@case
def properties_are_added_and_removed(room: Room) -> None:
    """`SET a += $facts` changes the given properties alone; null removes one; what follows in the SET counts."""
    room.write("CREATE (:ROOM {uid: 1, key: 'a', size: 1})")
    room.write("MATCH (a:ROOM {uid: 1}) SET a += $facts, a.n = 2", facts={"key": None, "size": 3})
    same(room.read("MATCH (a:ROOM) RETURN a.uid, a.key, a.size, a.n"), [[1, None, 3, 2]])


@case
def merge_sets_only_on_create(room: Room) -> None:
    """`MERGE ... ON CREATE SET ... ON MATCH SET` tells a new node from one that was there, in a batch with repeats."""
    room.having(unique="slot")
    query = """
        UNWIND $rows AS row
        MERGE (n:ROOM {slot: row.slot})
        ON CREATE SET n += row.facts, n.times = 1
        ON MATCH SET n.times = n.times + 1
        RETURN n.uid
    """
    rows = [{"slot": slot, "facts": {"uid": uid}} for slot, uid in [("a", 1), ("b", 2), ("a", 3)]]
    same(room.write(query, rows=rows), [[1], [2], [1]])
    same(room.read("MATCH (n:ROOM) RETURN n.slot, n.uid, n.times ORDER BY n.slot"), [["a", 1, 2], ["b", 2, 1]])


@case
def rows_share_a_merged_node(room: Room) -> None:
    """Nodes merged for each row of a batch are one, and each created node gets its edges to them."""
    query = """
        MERGE (u:ROOM {slot: $user.slot})
        ON CREATE SET u += $user
        WITH u
        UNWIND $rows AS row
        MERGE (s:ROOM {slot: row.storage.slot})
        ON CREATE SET s += row.storage
        CREATE (a:ROOM) SET a = row.facts, a.at = datetime(row.at)
        CREATE (a)-[:CREATED_BY]->(u)
        CREATE (a)-[:STORED_IN]->(s)
        RETURN count(a)
    """
    rows = [
        {"facts": {"uid": n}, "storage": {"slot": "s", "root": "/"}, "at": "2024-12-20T15:09:33+00:00"}
        for n in range(50)
    ]
    user = {"slot": "u", "name": None, "handle": "h"}
    same(room.write(query, user=user, rows=rows), [[50]])
    same(room.write(query, user=user, rows=rows[:1]), [[1]])
    same(room.read("MATCH (:ROOM)-[e:CREATED_BY]->(u:ROOM) RETURN count(e), count(DISTINCT u)"), [[51, 1]])
    same(room.read("MATCH (:ROOM)-[e:STORED_IN]->(u:ROOM) RETURN count(e), count(DISTINCT u)"), [[51, 1]])


@case
def edges_are_merged_once(room: Room) -> None:
    """MERGE of an edge with a property makes one edge however often it runs, and another for another value."""
    room.write("CREATE (:ROOM {uid: 1}), (:ROOM {uid: 2})")
    query = "MATCH (a:ROOM {uid: 1}) MATCH (b:ROOM {uid: 2}) MERGE (a)-[e:PREDECESSOR {by: $by}]->(b) RETURN e.by"
    for by in ("run", "run", "hand", "run"):
        same(room.write(query, by=by), [[by]])
    same(room.read("MATCH (:ROOM)-[e:PREDECESSOR]->(:ROOM) RETURN e.by ORDER BY e.by"), [["hand"], ["run"]])


@case
def rows_choose_their_edge(room: Room) -> None:
    """FOREACH over a CASE writes, for each row, the type of edge that the row names."""
    room.write("CREATE (:ROOM {uid: 'r'}), (:ROOM {uid: 'a'}), (:ROOM {uid: 'b'})")
    query = """
        MATCH (r:ROOM {uid: 'r'})
        UNWIND $rows AS row
        MATCH (a:ROOM {uid: row.uid})
        FOREACH (_ IN CASE row.edge WHEN 'source' THEN [1] ELSE [] END | MERGE (a)-[:SOURCE_OF]->(r))
        FOREACH (_ IN CASE row.edge WHEN 'report' THEN [1] ELSE [] END | MERGE (a)-[:REPORT_OF]->(r))
        RETURN count(a)
    """
    same(room.write(query, rows=[{"uid": "a", "edge": "source"}, {"uid": "b", "edge": "report"}]), [[2]])
    same(
        room.read("MATCH (a:ROOM)-[e]->(:ROOM) RETURN a.uid, type(e) ORDER BY a.uid"),
        [["a", "SOURCE_OF"], ["b", "REPORT_OF"]],
    )


@case
def missing_nodes_write_nothing(room: Room) -> None:
    """A statement whose MATCH finds nothing writes nothing and counts 0."""
    room.write("CREATE (:ROOM {uid: 1})")
    query = "MATCH (a:ROOM {uid: $uid}) SET a.n = 1 CREATE (a)-[:RUN_OF]->(:ROOM) RETURN count(a)"
    same(room.write(query, uid=2), [[0]])
    same(room.read("MATCH (a:ROOM) RETURN count(a), count(a.n)"), [[1, 0]])


@case
def values_before_a_change_are_returned(room: Room) -> None:
    """`WITH a.n AS before SET` gives the value before the change beside the one after it."""
    room.write("CREATE (:ROOM {uid: 1, n: 1})")
    query = "MATCH (a:ROOM {uid: 1}) WITH a, a.n AS before SET a.n = before + 1 RETURN before, a.n"
    same(room.write(query), [[1, 2]])


NODES: Final = 12_000


@case
def many_nodes_are_deleted_in_batches(room: Room) -> None:
    """12,000 nodes with edges are deleted 5,000 at a time, and the count says when none is left."""
    room.write("UNWIND range(1, $n) AS n CREATE (:ROOM {uid: n})", n=NODES // 2)
    room.write("UNWIND range(1, $n) AS n CREATE (:ROOM {uid: -n})-[:MEMBER_OF]->(:ROOM {edge: n})", n=NODES // 4)
    query = "MATCH (n:ROOM) WITH n LIMIT $most DETACH DELETE n RETURN count(*)"
    counts = [room.write(query, most=MOST)[0][0] for _ in range(4)]
    same(counts, [5000, 5000, 2000, 0])


@case
def deleting_a_node_with_its_edges(room: Room) -> None:
    """DETACH DELETE removes a node's edges too; its neighbours stay, and the deleted is found no more."""
    room.having(unique="uid")
    room.write("CREATE (:ROOM {uid: 1})-[:MEMBER_OF]->(:ROOM {uid: 2})<-[:MEMBER_OF]-(:ROOM {uid: 3})")
    same(room.write("MATCH (n:ROOM {uid: 2}) DETACH DELETE n RETURN count(*)"), [[1]])
    same(room.read("MATCH (n:ROOM) OPTIONAL MATCH (n)-[e]-() RETURN n.uid, count(e) ORDER BY n.uid"), [[1, 0], [3, 0]])
    room.write("CREATE (:ROOM {uid: 2})")
    same(room.read("MATCH (n:ROOM {uid: 2}) RETURN count(n)"), [[1]])
