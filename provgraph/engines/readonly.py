r"""Refuse what a reading query may not do although an engine would let it.

Neo4j keeps a reading transaction from changing the graph, but still lets it read any file of the server's machine by
`LOAD CSV`, end the transactions of others, and cut their connections. The local engine refuses `LOAD CSV` itself. The
check goes by tokens: a text, a comment or a quoted name that contains these words is no reason to refuse. Neo4j
replaces `\uXXXX` before it parses a query, so the query is looked at both as it is written and as Neo4j reads it.
"""

from __future__ import annotations

import re
from typing import Final

from provgraph.errors import QueryError
from provgraph.statements import tokens

ESCAPE: Final = re.compile(r"\\u([0-9a-fA-F]{4})")
WRITE_ADVICE: Final = "If it is meant, allow it: pg.cypher(..., write=True), or --write in the shell."
REFUSED: Final = (
    ("LOAD CSV", re.compile(r"\bLOAD CSV\b")),
    ("TERMINATE TRANSACTIONS", re.compile(r"\bTERMINATE TRANSACTIONS?\b")),
    ("CALL {...} IN TRANSACTIONS", re.compile(r"} IN (\S+ )?(CONCURRENT )?TRANSACTIONS?\b")),
    ("dbms.killConnection", re.compile(r"\bDBMS \. KILLCONNECTIONS?\b")),
)


def check(cypher: str) -> None:
    """Raise `QueryError` when a reading query does more than read the graph.

    >>> check("MATCH (n) WHERE n.name CONTAINS 'LOAD CSV' RETURN n // LOAD CSV")
    >>> check("LOAD /* */ CSV FROM 'file:///etc/passwd' AS line RETURN line")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    provgraph.errors.QueryError: LOAD CSV does more than read. If it is meant, allow it: ...
    """
    for text in {cypher, ESCAPE.sub(lambda match: chr(int(match[1], 16)), cypher)}:
        words = _words(text)
        for name, pattern in REFUSED:
            if pattern.search(words):
                raise QueryError(f"{name} does more than read", WRITE_ADVICE)


def _words(cypher: str) -> str:
    """Give the words and signs in capitals, with one space between any two; texts are left out, names keep theirs."""
    return " ".join(_plain(kind, text) for kind, text in tokens(cypher) if kind not in {"comment", "space"})


def _plain(kind: str, text: str) -> str:
    if kind == "text":
        return "''"
    if kind == "quoted":
        return text[1:-1].upper() if text[1:-1].isidentifier() and text[1:-1].lower().startswith("kill") else "``"
    return text.upper()
