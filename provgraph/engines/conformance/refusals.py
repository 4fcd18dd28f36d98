"""Cases of what is refused: wrong queries, and all but reading where only reading is asked for."""

from __future__ import annotations

import re
from typing import Final

from provgraph.engines.conformance.room import DifferenceError, Room, case, refused, same, true
from provgraph.errors import QueryError

WRITES: Final = (
    "CREATE (:ROOM {uid: 2})",
    "MERGE (:ROOM {uid: 2})",
    "MATCH (n:ROOM) SET n.uid = 2",
    "MATCH (n:ROOM) REMOVE n.uid",
    "MATCH (n:ROOM) SET n:ROOMOther",
    "MATCH (n:ROOM) DELETE n",
    "MATCH (n:ROOM) DETACH DELETE n",
    "MATCH (n:ROOM) FOREACH (x IN [1] | SET n.uid = 2)",
    "MATCH (n:ROOM) CALL (n) { SET n.uid = 2 } RETURN 1",
    "MATCH (n:ROOM) CREATE (n)-[:MEMBER_OF]->(n)",
    "CREATE INDEX room_x FOR (n:ROOM) ON (n.x)",
    "CREATE CONSTRAINT room_y FOR (n:ROOM) REQUIRE n.y IS UNIQUE",
    "LOAD CSV FROM 'file:///etc/passwd' AS line RETURN line",
    "LOAD /* all */ CSV WITH HEADERS FROM 'file:///etc/passwd' AS line RETURN line",
    "RETURN 1 // one\rLOAD CSV FROM 'file:///etc/passwd' AS line RETURN line",
    "LO\\u0041D CSV FROM 'file:///etc/passwd' AS line RETURN line",
    "TERMINATE TRANSACTIONS 'neo4j-transaction-1'",
    "UNWIND [1] AS x CALL (x) { RETURN x AS y } IN TRANSACTIONS OF 1 ROW RETURN y",
    "CALL dbms.killConnection('bolt-0')",
)


@case
def reader_is_refused_every_write(room: Room) -> None:
    """A reading query is refused each way to write, to change the schema, to read files and to stop others."""
    room.write("CREATE (:ROOM {uid: 1})")
    for query in WRITES:
        try:
            refused(QueryError, lambda query=query: room.engine.ask(room.cypher(query), {}, write=False, deadline=10))  # type: ignore[misc]
        except DifferenceError as error:
            raise DifferenceError(f"{query!r}: {error}") from error
    same(room.read("MATCH (n:ROOM) RETURN properties(n)"), [[{"uid": 1}]])
    same(room.read("MATCH (n:ROOM)-[e]-() RETURN count(e)"), [[0]])


@case
def refused_write_says_how_to_write(room: Room) -> None:
    """The error of a refused write names `write=True`, with which the same query goes through."""
    query = room.cypher("CREATE (n:ROOM {uid: 1}) RETURN n.uid AS uid")
    error = refused(QueryError, lambda: room.engine.ask(query, {}, write=False, deadline=10))
    true("write=True" in str(error), "write=True in the error")
    answer = room.engine.ask(query, {}, write=True, deadline=10)
    same((answer.columns, answer.rows), (["uid"], [[1]]))


@case
def words_in_texts_are_no_writes(room: Room) -> None:
    """A reading query may speak of CREATE or LOAD CSV in a text, a comment or a name, and list transactions."""
    query = "RETURN 'LOAD CSV' AS a, 'CREATE' AS `TERMINATE TRANSACTIONS` // LOAD CSV"
    answer = room.engine.ask(query, {}, write=False, deadline=10)
    same((answer.columns, answer.rows), (["a", "TERMINATE TRANSACTIONS"], [["LOAD CSV", "CREATE"]]))
    room.engine.ask("SHOW TRANSACTIONS", {}, write=False, deadline=10)


@case
def local_files_are_not_loaded_by_a_parameter(room: Room) -> None:
    """LOAD CSV of a file is refused to a reader when its address is a parameter, too."""
    query = "LOAD CSV FROM $url AS line RETURN line"
    parameters = {"url": "file:///etc/passwd"}
    refused(QueryError, lambda: room.engine.ask(query, parameters, write=False, deadline=10))


@case
def syntax_error_has_line_and_column(room: Room) -> None:
    """A syntax error names its line and column as the person wrote them."""
    query = "MATCH (n:ROOM)\nRETRUN n"
    error = refused(QueryError, lambda: room.engine.ask(room.cypher(query), {}, write=False, deadline=10))
    found = re.search(r"line (\d+)(?:, column |:)(\d+)", str(error))
    same(found and int(found[1]), 2, "line in the error")


@case
def missing_parameter_is_named(room: Room) -> None:
    """A query with a parameter that was not given is refused, and the error names it."""
    error = refused(QueryError, lambda: room.read("MATCH (n:ROOM {uid: $wanted}) RETURN n"))
    true("wanted" in str(error), "name in the error")


@case
def unknown_variable_is_refused(room: Room) -> None:
    """A variable that was never bound is an error that names it, not a null."""
    error = refused(QueryError, lambda: room.read("MATCH (n:ROOM) RETURN nobody.uid"))
    true("nobody" in str(error), "name in the error")


@case
def columns_are_named_without_rows(room: Room) -> None:
    """An answer without rows still names its columns, in their order."""
    answer = room.engine.ask(
        room.cypher("MATCH (n:ROOM) RETURN n.uid AS uid, n.key AS key"), {}, write=False, deadline=10
    )
    same((answer.columns, answer.rows), (["uid", "key"], []))
