"""What provgraph reads from a person's query itself: whether it only reads, and its columns."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from neo4j.exceptions import Neo4jError

from provgraph.engines.columns import returned
from provgraph.engines.contract import Address
from provgraph.engines.readonly import check
from provgraph.engines.translate import translate
from provgraph.errors import LoginError, QueryError

if TYPE_CHECKING:
    from provgraph.engines.bolt import BoltEngine

SPACE = st.lists(st.sampled_from([" ", "\n", "\r\n", "\t", "/* x */", "// x\n", "// it's\r"]), min_size=1).map("".join)
CASED = st.sampled_from([str.lower, str.upper, str.title])


def test_a_server_s_pause_after_wrong_passwords_is_a_login_error() -> None:
    """With what to do: it is no mistake of the query."""
    error = Neo4jError._hydrate_neo4j(code="Neo.ClientError.Security.AuthenticationRateLimit", message="wait")
    told = translate(error, Address("bolt://here:7687", None))
    assert isinstance(told, LoginError)
    assert "try again in some seconds" in told.advice


@given(SPACE, SPACE, CASED)
def test_load_csv_is_found(first: str, second: str, cased: type[str]) -> None:
    """LOAD CSV is refused in any capitals and with any spaces and comments between its words."""
    with pytest.raises(QueryError, match=r"LOAD CSV does more than read.*write=True"):
        check(f"RETURN 1{first} {cased('load')}{second}{cased('csv')} FROM 'x' AS l RETURN l")


@pytest.mark.parametrize(
    "cypher",
    [
        "LO\\u0041D CSV FROM 'x' AS l RETURN l",
        "RETURN '\\u0027 LOAD CSV FROM \"x\" AS l RETURN l //'",
        "terminate transaction 'neo4j-transaction-1'",
        "MATCH (n) CALL (n) { RETURN 1 AS x } IN TRANSACTIONS RETURN x",
        "MATCH (n) CALL (n) { RETURN 1 AS x } IN TRANSACTION RETURN x",
        "MATCH (n) CALL (n) { RETURN 1 AS x } IN CONCURRENT TRANSACTIONS RETURN x",
        "MATCH (n) CALL (n) { RETURN 1 AS x } IN 4 CONCURRENT TRANSACTIONS OF 10 ROWS RETURN x",
        "MATCH (n) CALL (n) { RETURN 1 AS x } IN $n CONCURRENT TRANSACTIONS RETURN x",
        "CALL dbms.killConnection('bolt-1')",
        "CALL dbms . `killConnections` (['bolt-1'])",
    ],
)
def test_what_does_more_than_read_is_refused(cypher: str) -> None:
    """Reading files and stopping others is refused in each way of writing it."""
    with pytest.raises(QueryError, match="does more than read"):
        check(cypher)


@pytest.mark.parametrize(
    "cypher",
    [
        "MATCH (n) WHERE n.name = 'LOAD CSV' RETURN n",
        'RETURN "TERMINATE TRANSACTIONS"',
        "MATCH (n) RETURN n /* LOAD CSV */ // TERMINATE TRANSACTIONS",
        "MATCH (n) RETURN n.load AS csv, n.csv AS load",
        "MATCH (n:`LOAD CSV`) RETURN n",
        "MATCH (load) WITH load AS csv RETURN csv",
        "WITH [1] AS transactions RETURN 1 IN transactions",
        "SHOW TRANSACTIONS",
        "CALL dbms.components()",
    ],
)
def test_words_alone_are_no_reason(cypher: str) -> None:
    """The words inside texts, comments and names are no reason to refuse a query."""
    check(cypher)


@given(st.text())
def test_any_text_is_checked(cypher: str) -> None:
    """Any text is either let through or refused with a QueryError."""
    with contextlib.suppress(QueryError):
        check(cypher)


COLUMNS = {
    "RETURN 1": ["1"],
    "RETURN 1 AS one, 2 as `two three`": ["one", "two three"],
    "MATCH (n) RETURN DISTINCT n.uid, n.key ORDER BY n.uid SKIP 1 LIMIT 2": ["n.uid", "n.key"],
    "MATCH (n) RETURN [1, 2] AS pair, {a: 1, b: 2} AS map, coalesce(n.x, 1)": ["pair", "map", "coalesce(n.x, 1)"],
    "MATCH (n) CALL (n) { RETURN 1 AS inner } RETURN inner AS outer": ["outer"],
    "RETURN 'RETURN x, y' AS text // RETURN z": ["text"],
    "RETURN 1 AS a UNION ALL RETURN 2 AS a": ["a"],
    "MATCH (n) RETURN n.uid AS uid;": ["uid"],
    "WITH {c: 1} AS `a b` RETURN `a b`.c, 'AS' AS as, `a b`": ["`a b`.c", "as", "a b"],
}


@pytest.mark.parametrize("cypher", COLUMNS)
def test_columns_are_named(cypher: str) -> None:
    """The columns are those of the last RETURN: aliases, or expressions as they are written."""
    assert returned(cypher) == COLUMNS[cypher]


@pytest.mark.parametrize("cypher", ["MATCH (n) RETURN *", "MATCH (n) SET n.x = 1", "SHOW TRANSACTIONS", "", "RETURN"])
def test_columns_that_are_not_named(cypher: str) -> None:
    """A query that names no columns gives none."""
    assert returned(cypher) == []


@pytest.mark.parametrize("cypher", [each for each in COLUMNS if "MATCH" not in each])
def test_columns_are_named_as_the_engines_do(engine: BoltEngine, cypher: str) -> None:
    """The names are the same that both engines give when there are rows."""
    assert engine.ask(cypher, {}, write=False, deadline=10).columns == returned(cypher)
