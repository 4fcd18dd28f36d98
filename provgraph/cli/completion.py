"""What can follow in a Cypher query that is being typed: labels, edges, properties, parameters, words of Cypher."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from provgraph.models import EDGE_PROPERTIES, EDGES, NODES

if TYPE_CHECKING:
    from collections.abc import Iterable

WORDS: Final = (
    "MATCH OPTIONAL WHERE RETURN DISTINCT WITH UNWIND ORDER BY DESC SKIP LIMIT AS AND OR NOT IN CONTAINS STARTS ENDS "
    "EXISTS IS NULL CALL UNION CASE WHEN THEN ELSE END count collect min max avg sum size labels type nodes "
    "relationships shortestPath coalesce datetime duration"
)
LABEL: Final = re.compile(r"(?:\(\s*\w*\s*|\w)(?::|\|)\s*(\w*)$")
EDGE: Final = re.compile(r"\[\s*\w*\s*:[\w|]*?(\w*)$")
PROPERTY: Final = re.compile(r"(\w+)\.(\w*)$")
MAP: Final = re.compile(r"(\(\s*\w*\s*:\s*(\w+)|\[\s*\w*\s*:\s*(\w+))\s*\{[^}]*?(\w*)$")
PARAMETER: Final = re.compile(r"\$(\w*)$")
WORD: Final = re.compile(r"(\w*)$")


def completions(before: str, parameters: Iterable[str] = ()) -> tuple[str, list[str]]:
    """Give the beginning of the word at the end of a text, and the words that can stand there.

    >>> completions("MATCH (a:Art")
    ('Art', ['Artifact'])
    >>> completions("MATCH (r:Run) WHERE r.git_")
    ('git_', ['git_branch', 'git_commit', 'git_dirty', 'git_remote'])
    """
    begun, known = _possible(before, parameters)
    return begun, sorted(each for each in set(known) if each.lower().startswith(begun.lower()) and each != begun)


def _possible(before: str, parameters: Iterable[str]) -> tuple[str, Iterable[str]]:
    if found := PARAMETER.search(before):
        return found[1], parameters
    if found := MAP.search(before):
        return found[4], properties(found[2] or found[3])
    if found := EDGE.search(before):
        return found[1], EDGES
    if found := LABEL.search(before):
        return found[1], NODES
    if found := PROPERTY.search(before):
        bound = re.findall(rf"[(\[]\s*{re.escape(found[1])}\s*:\s*(\w+)", before)
        return found[2], properties(bound[-1] if bound else None)
    found = WORD.search(before)
    return (found[1] if found else ""), WORDS.split() if found and found[1] else ()


def properties(name: str | None) -> list[str]:
    """Give the properties of a label or an edge, sorted; of all labels for another name.

    >>> properties("INPUT_OF"), properties("User")
    (['at', 'saw', 'step'], ['created_at', 'created_us', 'handle', 'name', 'uid'])
    """
    if name in EDGES:
        return sorted(EDGE_PROPERTIES.get(name or "", ()))
    fields = NODES[name].fields() if name in NODES else [field for node in NODES.values() for field in node.fields()]
    return sorted({*fields, "created_at"})
