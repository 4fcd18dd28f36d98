"""Cases of values: what is written comes back as it was."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from provgraph.engines.conformance.room import Room, case, same, true

HERE = timezone(timedelta(hours=5, minutes=30))


def _back(room: Room, value: Any) -> Any:
    """Write a value as a property, in the statement that creates the node, and read it."""
    room.write("CREATE (n:ROOM) SET n = $facts", facts={"value": value})
    found = room.read("MATCH (n:ROOM) RETURN n.value")[0][0]
    room.write("MATCH (n:ROOM) DETACH DELETE n")
    return found


@case
def texts_come_back(room: Room) -> None:
    """Emoji, combining and right-to-left characters, line separators, quotes, NUL and surrounding spaces are kept."""
    for text in [
        "🧬👩🏽‍🔬 ß é e\u0301 ﷺ",
        "\u202eשלום עולם",  # noqa: RUF001 - right to left
        "a\u2028b\u2029c\u0085d",
        "tab\tnewline\nreturn\rquote'\"`\\u0041 $x {y} //z",
        " padded ",
        "",
        "NUL\x00 and \x01\x1f\x7f",
        "\ufeffBOM \uffff",
        "\U0010ffff",
    ]:
        same(_back(room, text), text)


@case
def large_text_comes_back(room: Room) -> None:
    """A text of 1 MB is kept, with characters of one to four bytes."""
    for text in ["aé漢🧬" * 100_000, "x" * 1_000_000]:
        true(_back(room, text) == text, "equality of the texts")


@case
def large_text_beside_an_index(room: Room) -> None:
    """A node with an indexed key takes a text of 1 MB in another property, and a key of 4,000 characters."""
    room.having(unique="slot", index="key")
    room.write("CREATE (:ROOM {slot: $slot, key: $slot, text: $text})", slot="k" * 4000, text="x" * 1_000_000)
    same(room.read("MATCH (n:ROOM {slot: $slot}) RETURN size(n.text)", slot="k" * 4000), [[1_000_000]])


@case
def numbers_come_back(room: Room) -> None:
    """Integers of 64 bits, floats and booleans keep their value and their type."""
    for number in [0, -1, 2**31, 2**53 + 1, 2**63 - 1, -(2**63), 0.1, 1.0, 1e300, True, False, float("inf")]:
        same(_back(room, number), number)


@case
def large_integers_are_compared_exactly(room: Room) -> None:
    """Integers above 2 ** 53 are not taken for their neighbours, in filters and in order."""
    room.write("UNWIND $values AS v CREATE (:ROOM {v: v})", values=[2**60 + 1, 2**60, 2**60 + 2])
    same(room.read("MATCH (n:ROOM) WHERE n.v = $v RETURN n.v", v=2**60 + 1), [[2**60 + 1]])
    same(room.read("MATCH (n:ROOM) WHERE n.v > $v RETURN n.v ORDER BY n.v DESC", v=2**60), [[2**60 + 2], [2**60 + 1]])


@case
def lists_come_back(room: Room) -> None:
    """Lists of texts, integers, floats and booleans are kept as properties, the empty one too."""
    for values in [["script.py", "--x", "", "é"], [1, 2, 2**60], [0.5, 1.0], [True, False], []]:
        same(_back(room, values), values)
    room.write("CREATE (:ROOM {argv: []}), (:ROOM {argv: ['a', 'b']}), (:ROOM)")
    same(room.read("MATCH (n:ROOM) WHERE 'b' IN n.argv RETURN n.argv"), [[["a", "b"]]])
    same(room.read("MATCH (n:ROOM) WHERE size(n.argv) = 0 RETURN n.argv"), [[[]]])


@case
def datetimes_keep_their_zone(room: Room) -> None:
    """`datetime($at)` from ISO text keeps the moment to the microsecond, and the offset."""
    for moment in [datetime(2024, 12, 20, 15, 9, 33, 123456, UTC), datetime(1999, 1, 2, 3, 4, 5, 6, HERE)]:
        room.write("CREATE (n:ROOM) SET n.at = datetime($at)", at=moment.isoformat())
        found = room.read("MATCH (n:ROOM) RETURN n.at")[0][0].to_native()
        true(found == moment, "equality of the moments")
        same(found.utcoffset(), moment.utcoffset())
        room.write("MATCH (n:ROOM) DETACH DELETE n")


@case
def properties_are_named_by_values(room: Room) -> None:
    """`n[name] = datetime(text)` sets a property whose name is a value, on nodes and on edges, in rows and lists."""
    rows = [{"uid": 1, "times": [["my at", "2024-01-02T03:04:05+05:30"], ["b", "2024-01-02T03:04:05+00:00"]]}]
    room.write(
        """
        UNWIND $rows AS row
        MERGE (n:ROOM {uid: row.uid})
        CREATE (n)-[e:MEMBER_OF]->(n)
        FOREACH (each IN row.times | SET n[each[0]] = datetime(each[1]), e[each[0]] = datetime(each[1]))
        """,
        rows=rows,
    )
    for facts in room.read("MATCH (n:ROOM)-[e:MEMBER_OF]->() RETURN properties(n), properties(e)")[0]:
        same(facts["my at"].iso_format(), "2024-01-02T03:04:05.000000000+05:30")
        same(facts["b"].iso_format(), "2024-01-02T03:04:05.000000000+00:00")


@case
def times_of_other_kinds_come_back(room: Room) -> None:
    """Dates, durations, times without a zone and points keep their kind, from Cypher and as parameters."""
    room.write(
        "CREATE (n:ROOM) SET n.a = date('2024-01-02'), n.b = duration('P1M2DT3H'), n.c = localtime('10:11:12'), "
        "n.d = localdatetime('2024-01-02T03:04:05'), n.e = point({x: 1.0, y: 2.0}), n.f = [date('2024-01-02')]"
    )
    facts = room.read("MATCH (n:ROOM) RETURN properties(n)")[0][0]
    room.write("MATCH (n:ROOM) SET n = $facts", facts=facts)
    again = room.read("MATCH (n:ROOM) RETURN properties(n)")[0][0]
    same(sorted(again.items()), sorted(facts.items()))


@case
def several_labels_are_kept(room: Room) -> None:
    """A node that is merged with two labels has both, and is found by each."""
    room.write("MERGE (n:ROOM:ROOMOdd {uid: 1})")
    same(sorted(room.read("MATCH (n:ROOM {uid: 1}) RETURN labels(n)")[0][0]), [room.label, f"{room.label}Odd"])
    same(room.read("MATCH (n:ROOMOdd) RETURN n.uid"), [[1]])


@case
def datetime_of_a_row_and_of_null(room: Room) -> None:
    """`datetime(row.at)` works on the rows of a batch; from null it is null."""
    rows = [{"uid": 1, "at": "2024-12-20T15:09:33.000001+00:00"}, {"uid": 2, "at": None}]
    room.write("UNWIND $rows AS row CREATE (n:ROOM {uid: row.uid}) SET n.at = datetime(row.at)", rows=rows)
    same(room.read("MATCH (n:ROOM) RETURN n.at IS NULL ORDER BY n.uid"), [[False], [True]])


@case
def integer_times_are_ordered(room: Room) -> None:
    """`WHERE created_us > 0 ... ORDER BY created_us DESC LIMIT` gives the newest first, with and without an index."""
    for indexed in (False, True):
        if indexed:
            room.having(index="created_us")
        times = [1_700_000_000_000_000 + n for n in range(50)]
        room.write("UNWIND $times AS t CREATE (:ROOM {created_us: t})", times=[*times[::2], *times[1::2]])
        query = "MATCH (a:ROOM) WHERE a.created_us > 0 RETURN a.created_us ORDER BY a.created_us DESC LIMIT 20"
        same(room.read(query), [[time] for time in times[:-21:-1]])
        room.write("MATCH (n:ROOM) DETACH DELETE n")


@case
def lists_keep_nulls(room: Room) -> None:
    """A list of properties keeps its nulls, inside `collect` and in a comprehension; `collect(a.prop)` drops them."""
    room.write("CREATE (:ROOM {uid: 1, key: 'a'}), (:ROOM {uid: 2})")
    same(room.read("MATCH (a:ROOM) WITH a ORDER BY a.uid RETURN collect([a.uid, a.key])"), [[[[1, "a"], [2, None]]]])
    same(room.read("MATCH (a:ROOM) WITH a ORDER BY a.uid RETURN [a.uid, a.key] AS row"), [[[1, "a"]], [[2, None]]])
    comprehension = "MATCH (a:ROOM) WITH a ORDER BY a.uid WITH collect(a) AS rows RETURN [a IN rows | a.key]"
    same(room.read(comprehension), [[["a", None]]])
    same(room.read("MATCH (a:ROOM) RETURN collect(a.key)"), [[["a"]]])


@case
def nothing_is_counted_as_zero(room: Room) -> None:
    """Without rows `count` is 0 and `collect` is empty, in one row; grouped there is no row."""
    same(room.read("MATCH (n:ROOM) RETURN count(n), count(*), collect(n.uid)"), [[0, 0, []]])
    same(room.read("MATCH (n:ROOM) RETURN n.key, count(n)"), [])
    same(room.read("UNWIND $rows AS row MATCH (n:ROOM {uid: row}) RETURN collect([n.uid])", rows=[]), [[[]]])


@case
def maps_and_nested_lists_are_returned(room: Room) -> None:
    """Maps, lists in lists and nulls come back as they were sent."""
    value = {"a": [1, [2, None, {"b": "c"}]], "d": None, "e": True}
    same(room.read("RETURN $value AS value", value=value), [[value]])


@case
def whole_nodes_are_returned_as_maps(room: Room) -> None:
    """`properties(n)` gives the properties that are set, and `n{.*}` the same."""
    room.write("CREATE (n:ROOM) SET n = $facts", facts={"uid": "u", "n": 1, "none": None})
    same(room.read("MATCH (n:ROOM) RETURN properties(n)"), [[{"uid": "u", "n": 1}]])
    same(room.read("MATCH (n:ROOM) RETURN n{.uid, .none}"), [[{"uid": "u", "none": None}]])
