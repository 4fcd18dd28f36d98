"""The looks of a lineage's nodes and edges, numbered, for forms that are written as text: Mermaid, DOT, SVG."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from provgraph.ancestry import ArtifactFacts
from provgraph.views import drawing, naming

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provgraph.ancestry import Lineage


class NodeLooks(NamedTuple):
    """A node: its number in topological order, and how it looks."""

    number: int
    uid: str
    is_artifact: bool
    lines: list[str]
    facts: str
    background: str
    border: str
    is_target: bool
    is_beside: bool
    is_deleted: bool


class EdgeLooks(NamedTuple):
    """An edge between two numbers; `is_again` where a run made again what was there."""

    source: int
    target: int
    is_again: bool
    is_beside: bool


def nodes(lineage: Lineage) -> Iterator[NodeLooks]:
    """Give each node, in topological order."""
    names = naming.names(lineage)
    for number, uid in enumerate(lineage.order):
        facts, roles = lineage.nodes[uid], lineage.roles_of(uid)
        drawn = drawing.node(lineage, uid, names[uid])
        yield NodeLooks(
            number,
            uid,
            isinstance(facts, ArtifactFacts),
            drawn["label"].split("\n"),
            drawn["title"],
            drawn["color"]["background"],
            drawn["color"]["border"],
            "target" in roles,
            "sibling" in roles,
            bool(facts.deleted),
        )


def edges(lineage: Lineage) -> Iterator[EdgeLooks]:
    """Give each edge, in topological order of its ends."""
    numbers = {uid: number for number, uid in enumerate(lineage.order)}
    for each in lineage.sorted_edges:
        again = each.kind == "output" and not each.is_creator
        yield EdgeLooks(numbers[each.source], numbers[each.target], again, each.target in lineage.siblings)
