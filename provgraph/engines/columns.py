"""Name the columns of a query from its text, for an answer without rows: the local engine then names none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from provgraph.statements import tokens

if TYPE_CHECKING:
    from collections.abc import Iterator

OPENING, CLOSING = frozenset("([{"), frozenset(")]}")
AFTER: Final = frozenset({"ORDER", "SKIP", "OFFSET", "LIMIT", "UNION"})
"""Words that end what the last RETURN names."""


def returned(cypher: str) -> list[str]:
    """Give the names of the columns that the last RETURN gives; none when there is no RETURN, or it gives `*`.

    >>> returned("MATCH (n) RETURN DISTINCT n.uid, count(*) AS `how many` ORDER BY n.uid // all")
    ['n.uid', 'how many']
    >>> returned("MATCH (n) CALL (n) { RETURN 1 AS one } RETURN *")
    []
    """
    items = [""]
    for kind, text in _after_return(cypher):
        if (kind, text) == ("sign", ","):
            items.append("")
        else:
            items[-1] += text
    names = [_name(item) for item in items]
    return [] if "" in names or "*" in names else names


def _after_return(cypher: str) -> Iterator[tuple[str, str]]:
    """Give the tokens of the last RETURN outside of brackets; a comma in brackets is given as a part of its column."""
    depth, inside = 0, False
    found: list[tuple[str, str]] = []
    for kind, text in tokens(cypher):
        depth += (text in OPENING) - (text in CLOSING) if kind == "sign" else 0
        if depth == 0 and kind == "word" and text.upper() == "RETURN":
            found, inside = [], True
        elif depth == 0 and kind == "word" and text.upper() in AFTER:
            inside = False
        elif inside and kind != "comment" and not (kind == "word" and text.upper() == "DISTINCT" and not _said(found)):
            found.append(("word" if depth else kind, text))
    yield from found


def _said(found: list[tuple[str, str]]) -> bool:
    return any(kind != "space" for kind, _ in found)


def _name(item: str) -> str:
    """Give what follows AS, else the expression as it is written."""
    said = [text for kind, text in tokens(item.rstrip("; \n\t")) if kind != "space"]
    if said[-2:-1] and said[-2].upper() == "AS":
        return said[-1].strip("`")
    return said[0].strip("`") if len(said) == 1 else item.strip("; \n\t")
