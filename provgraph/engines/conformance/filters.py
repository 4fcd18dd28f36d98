"""Cases of filters: comparisons, relations, negation, order and pages."""

from __future__ import annotations

from typing import Final

from provgraph.engines.conformance.room import Room, case, same

GRAPH: Final = """
CREATE (t1:ROOM {uid: 't1', type: 'notebook'}), (t2:ROOM {uid: 't2', type: 'script'})
CREATE (r1:ROOM {uid: 'r1', run: true})-[:RUN_OF]->(t1), (r2:ROOM {uid: 'r2', run: true})-[:RUN_OF]->(t2)
CREATE (r3:ROOM {uid: 'r3', run: true})-[:RUN_OF]->(t1)
CREATE (a1:ROOM {uid: 'a1', key: 'input.fastq'})-[:INPUT_OF]->(r1), (a1)-[:INPUT_OF]->(r2)
CREATE (a2:ROOM {uid: 'a2', key: 'output.bam'})-[:OUTPUT_OF]->(r1)
CREATE (a3:ROOM {uid: 'a3', key: 'Output.BAM'})-[:OUTPUT_OF]->(r2), (a3)-[:OUTPUT_OF]->(r3)
CREATE (a4:ROOM {uid: 'a4', key: 'x[1].tsv'})
"""


@case
def relations_are_matched_without_repetition(room: Room) -> None:
    """A filter across relations, as MATCH patterns with DISTINCT, gives each record once, whichever end comes first."""
    room.write(GRAPH)
    forward = "MATCH (a:ROOM)-[:OUTPUT_OF]->(:ROOM)-[:RUN_OF]->(t:ROOM) WHERE t.type = $type "
    backward = "MATCH (t:ROOM {type: $type})<-[:RUN_OF]-(:ROOM)<-[:OUTPUT_OF]-(a:ROOM) "
    for pattern in (forward, backward):
        rows = room.read(pattern + "WITH DISTINCT a RETURN a.uid ORDER BY a.uid", type="notebook")
        same(rows, [["a2"], ["a3"]])
        same(room.read(pattern + "RETURN count(DISTINCT a)", type="notebook"), [[2]])


@case
def several_relations_are_matched(room: Room) -> None:
    """Two relations of one record are two MATCH patterns; the record is given once."""
    room.write(GRAPH)
    query = """
        MATCH (r:ROOM) WHERE r.run
        MATCH (i:ROOM)-[:INPUT_OF]->(r) WHERE i.key = $input
        MATCH (o:ROOM)-[:OUTPUT_OF]->(r) WHERE o.key = $output
        WITH DISTINCT r RETURN r.uid
    """
    same(room.read(query, input="input.fastq", output="output.bam"), [["r1"]])


@case
def negation_is_by_exists(room: Room) -> None:
    """`NOT EXISTS {...}` keeps the records for which no related one fits, those without any relation too."""
    room.write(GRAPH)
    query = """
        MATCH (a:ROOM) WHERE a.key IS NOT NULL
          AND NOT EXISTS { MATCH (a)-[:OUTPUT_OF]->(r:ROOM)-[:RUN_OF]->(t:ROOM) WHERE t.type = $type }
        RETURN a.uid ORDER BY a.uid
    """
    same(room.read(query, type="notebook"), [["a1"], ["a4"]])
    same(room.read("MATCH (a:ROOM) WHERE a.key IS NOT NULL AND NOT (a)-[:OUTPUT_OF]->() RETURN count(a)"), [[2]])


@case
def either_is_a_union_of_patterns(room: Room) -> None:
    """Alternatives across relations are a union in a subquery; a record that fits both is given once."""
    room.write(GRAPH)
    query = """
        CALL () {
          MATCH (a:ROOM)-[:INPUT_OF]->(:ROOM)-[:RUN_OF]->(t:ROOM) WHERE t.type = $type RETURN a
          UNION
          MATCH (a:ROOM) WHERE a.key IN $keys RETURN a
        }
        WITH DISTINCT a RETURN a.uid ORDER BY a.uid SKIP $skip LIMIT $limit
    """
    keys = ["input.fastq", "output.bam"]
    same(room.read(query, type="notebook", keys=keys, skip=0, limit=10), [["a1"], ["a2"]])
    same(room.read(query, type="notebook", keys=keys, skip=1, limit=1), [["a2"]])


@case
def optional_relations_give_null(room: Room) -> None:
    """`UNWIND $keys` with OPTIONAL MATCH gives one row for each key, null where there is no record, in their order."""
    room.write(GRAPH)
    query = "UNWIND $keys AS key OPTIONAL MATCH (a:ROOM {key: key}) RETURN key, a.uid"
    same(
        room.read(query, keys=["output.bam", "none", "input.fastq"]),
        [["output.bam", "a2"], ["none", None], ["input.fastq", "a1"]],
    )


@case
def optional_relations_are_counted(room: Room) -> None:
    """Counts over two OPTIONAL MATCHes with a WITH between them do not multiply each other."""
    room.write(GRAPH)
    query = """
        MATCH (a:ROOM {uid: $uid})
        OPTIONAL MATCH (a)-[:INPUT_OF]->(r:ROOM)
        WITH a, count(DISTINCT r) AS readers
        OPTIONAL MATCH (a)-[:OUTPUT_OF]->(p:ROOM)
        RETURN readers, count(DISTINCT p)
    """
    same([room.read(query, uid=uid)[0] for uid in ("a1", "a3", "a4")], [[2, 0], [0, 2], [0, 0]])


@case
def pattern_comprehensions_give_lists(room: Room) -> None:
    """A pattern comprehension gives related values as a list, empty without any; it can filter and nest lists."""
    room.write(GRAPH)
    query = """
        MATCH (r:ROOM) WHERE r.run WITH r ORDER BY r.uid
        RETURN collect([
          r.uid,
          [(a:ROOM)-[:INPUT_OF]->(r) | [a.uid, a.none]],
          [(a:ROOM)-[o:OUTPUT_OF]->(r) WHERE a.key CONTAINS '.bam' | a.uid]
        ])
    """
    same(room.read(query), [[[["r1", [["a1", None]], ["a2"]], ["r2", [["a1", None]], []], ["r3", [], []]]]])
    same(room.read("MATCH (r:ROOM {uid: 'r1'}) RETURN [(r)-[:RUN_OF]->(t:ROOM) | t.type][0]"), [["notebook"]])


@case
def texts_are_compared(room: Room) -> None:
    """CONTAINS, STARTS WITH, ENDS WITH and IN take parameters as plain text; toLower makes them ignore capitals."""
    room.write(GRAPH)
    for condition, value, uids in [
        ("a.key CONTAINS $v", ".bam", ["a2"]),
        ("toLower(a.key) CONTAINS toLower($v)", ".BAM", ["a2", "a3"]),
        ("a.key STARTS WITH $v", "x[1]", ["a4"]),
        ("toLower(a.key) STARTS WITH toLower($v)", "OUT", ["a2", "a3"]),
        ("a.key ENDS WITH $v", "fastq", ["a1"]),
        ("a.key IN $v", ["x[1].tsv", "none"], ["a4"]),
        ("a.key IN $v", [], []),
        ("a.key >= $v", "output", ["a2", "a4"]),
    ]:
        query = f"MATCH (a:ROOM) WHERE {condition} RETURN a.uid ORDER BY a.uid"
        same(room.read(query, v=value), [[uid] for uid in uids], f"answer to {condition}")


@case
def long_lists_are_walked_or_asked_as_maps(room: Room) -> None:
    """UNWIND with a look-up, and a map with a property as its key, say what IN says, in a time that is linear.

    The local engine looks through the list of an `IN` for each node: 4,000 of 4,000 take it two seconds.
    """
    room.having(unique="uid")
    room.write("UNWIND range(1, $n) AS n CREATE (:ROOM {uid: 'u' + n})-[:RUN_OF]->(:ROOM {number: n})", n=2_000)
    room.write("CREATE (:ROOM {key: 'without a uid'})")
    uids = [f"u{n}" for n in range(1_001, 3_001)]
    asked = dict.fromkeys(uids, True)
    walked = "UNWIND $uids AS uid MATCH (a:ROOM) WHERE a.uid = uid"
    same(room.read(f"{walked} RETURN count(a)", uids=uids), [[1_000]])
    same(
        room.read(f"{walked} MATCH (a)-[:RUN_OF]->(t:ROOM) WHERE t.number = 2000 RETURN a.uid", uids=uids),
        [["u2000"]],
    )
    same(room.read(f"{walked} RETURN collect(a.uid)", uids=[]), [[[]]])
    same(room.read("MATCH (a:ROOM) WHERE $asked[a.uid] IS NOT NULL RETURN count(a)", asked=asked), [[1_000]])
    without = "MATCH (a:ROOM) WHERE NOT coalesce($asked[a.uid] IS NOT NULL, false) RETURN count(a)"
    same(room.read(without, asked=asked), [[3_001]])
    related = "MATCH (t:ROOM)<-[:RUN_OF]-(a:ROOM) WHERE $asked[a.uid] IS NOT NULL RETURN count(DISTINCT t)"
    same(room.read(related, asked=asked), [[1_000]])


@case
def capitals_of_other_scripts_are_folded(room: Room) -> None:
    """ToLower folds letters beyond ASCII."""
    room.write("CREATE (:ROOM {key: 'ÄÖÜ Ελλάδα ПРИВЕТ'})")
    same(room.read("MATCH (a:ROOM) WHERE toLower(a.key) CONTAINS toLower($v) RETURN count(a)", v="äöü ελλ"), [[1]])
    same(room.read("MATCH (a:ROOM) WHERE toLower(a.key) CONTAINS toLower($v) RETURN count(a)", v="привет"), [[1]])


@case
def regular_expressions_match_whole_texts(room: Room) -> None:
    """`=~` matches the whole text, as Java does, with flags inside the expression."""
    room.write(GRAPH)
    for pattern, uids in [("out", []), ("out.*", ["a2"]), ("(?i)OUTPUT\\.bam", ["a2", "a3"]), ("x\\[\\d\\].*", ["a4"])]:
        query = "MATCH (a:ROOM) WHERE a.key =~ $pattern RETURN a.uid ORDER BY a.uid"
        same(room.read(query, pattern=pattern), [[uid] for uid in uids], f"answer to {pattern}")


@case
def null_is_neither_equal_nor_different(room: Room) -> None:
    """A comparison with a missing property keeps no record; `coalesce`, IS NULL and IS NOT NULL do."""
    room.write("CREATE (:ROOM {uid: 1, key: 'a', hidden: true}), (:ROOM {uid: 2}), (:ROOM {uid: 3, hidden: false})")
    for condition, uids in [
        ("a.key = $v", [1]),
        ("a.key <> 'b'", [1]),
        ("NOT a.key = 'b'", [1]),
        ("NOT coalesce(a.key = 'b', false)", [1, 2, 3]),
        ("a.key IS NULL", [2, 3]),
        ("a.key IS NOT NULL", [1]),
        ("a.key = $none", []),
        ("NOT coalesce(a.hidden, false)", [2, 3]),
        ("NOT a.key CONTAINS 'b'", [1]),
        ("NOT a.key IN ['b']", [1]),
        ("a.hidden", [1]),
        ("$none IS NULL OR a.key = $none", [1, 2, 3]),
    ]:
        query = f"MATCH (a:ROOM) WHERE {condition} RETURN a.uid ORDER BY a.uid"
        same(room.read(query, v="a", none=None), [[uid] for uid in uids], f"answer to {condition}")


@case
def nulls_come_last_in_order(room: Room) -> None:
    """Ascending order puts missing values last, descending puts them first, on several columns too."""
    room.write("CREATE (:ROOM {uid: 1, k: 'b'}), (:ROOM {uid: 2}), (:ROOM {uid: 3, k: 'a'}), (:ROOM {uid: 4, k: 'a'})")
    same(room.read("MATCH (a:ROOM) RETURN a.uid ORDER BY a.k, a.uid DESC"), [[4], [3], [1], [2]])
    same(room.read("MATCH (a:ROOM) RETURN a.uid ORDER BY a.k DESC, a.uid"), [[2], [1], [3], [4]])


@case
def texts_are_ordered_by_code_point(room: Room) -> None:
    """Texts are ordered by their characters' numbers, capitals before small letters."""
    room.write("UNWIND ['b', 'B', 'a', 'é', 'z', '1', ''] AS k CREATE (:ROOM {k: k})")
    same(room.read("MATCH (a:ROOM) RETURN a.k ORDER BY a.k"), [[text] for text in ["", "1", "B", "a", "b", "z", "é"]])


@case
def pages_are_cut(room: Room) -> None:
    """SKIP and LIMIT take parameters; beyond the end there are no rows, and LIMIT 0 gives none."""
    room.write("UNWIND range(1, 10) AS n CREATE (:ROOM {uid: n})")
    query = "MATCH (a:ROOM) RETURN a.uid ORDER BY a.uid SKIP $skip LIMIT $limit"
    for skip, limit, uids in [(0, 3, [1, 2, 3]), (8, 5, [9, 10]), (20, 5, []), (0, 0, [])]:
        same(room.read(query, skip=skip, limit=limit), [[uid] for uid in uids])
    same(room.read("MATCH (a:ROOM) WITH a ORDER BY a.uid DESC LIMIT $n RETURN count(a), min(a.uid)", n=4), [[4, 7]])


@case
def prefix_of_a_unique_property(room: Room) -> None:
    """STARTS WITH on a unique property finds the records of a prefix, for uids cut short."""
    room.having(unique="uid")
    room.write("UNWIND ['Abc1', 'Abc2', 'abc3', 'Abd'] AS uid CREATE (:ROOM {uid: uid})")
    query = "MATCH (a:ROOM) WHERE a.uid STARTS WITH $prefix RETURN a.uid ORDER BY a.uid LIMIT 2"
    same(room.read(query, prefix="Abc"), [["Abc1"], ["Abc2"]])
    same(room.read(query, prefix="Abd"), [["Abd"]])


@case
def a_property_is_named_by_a_parameter(room: Room) -> None:
    """`n[$name]` compares the property of that name, whatever it is called; it is null where there is none."""
    room.write("CREATE (n:ROOM {uid: 'a', rate: 1}) SET n += $more", more={"x.a b`$": 0.5, "x.flag": True})
    room.write("CREATE (:ROOM {uid: 'b', rate: 'text'})")
    query = "MATCH (n:ROOM) WHERE n[$name] {} RETURN collect(n.uid)"
    same(room.read(query.format("> $value"), name="rate", value=0.5), [[["a"]]])
    same(room.read(query.format("= $value"), name="x.a b`$", value=0.5), [[["a"]]])
    same(room.read(query.format("CONTAINS $value"), name="rate", value="ex"), [[["b"]]])
    same(room.read(query.format("IN $value"), name="x.flag", value=[1, True]), [[["a"]]])
    same(room.read(query.format("IS NULL"), name="x.flag"), [[["b"]]])
    room.write("MATCH (n:ROOM {uid: 'a'}) SET n += $more", more={"x.flag": None})
    same(room.read("MATCH (n:ROOM) WHERE n[$name] IS NULL RETURN count(n)", name="x.flag"), [[2]])
