"""The lineage as a network of pyvis: shapes, colours, labels and hover texts of its nodes and edges."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from provgraph.ancestry import ArtifactFacts
from provgraph.views import labels, layout, naming

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyvis.network import Network

    from provgraph.ancestry import Edge, Lineage
    from provgraph.ancestry.rows import Facts

RUN: Final = {"background": "#dbeafe", "border": "#2563eb"}
ARTIFACT: Final = {"background": "#86efac", "border": "#15803d"}
CURRENT: Final = {"background": "#fde68a", "border": "#b45309"}
DELETED: Final = {"background": "#f1f5f9", "border": "#64748b"}
TARGET: Final = "#ea580c"
FAILED: Final = "#dc2626"
INK: Final = "#0f172a"
EDGE: Final = "#94a3b8"
FADED: Final = 0.4
FACE: Final = "system-ui, Segoe UI, DejaVu Sans, sans-serif"
NAME: Final = 60
"""How many characters of a name the panel's head and links show."""
DARK: Final = {
    "#dbeafe": "#1e3a8a",
    "#2563eb": "#60a5fa",
    "#86efac": "#166534",
    "#15803d": "#4ade80",
    "#fde68a": "#78350f",
    "#b45309": "#fbbf24",
    "#f1f5f9": "#1e293b",
    "#64748b": "#94a3b8",
    "#ea580c": "#fb923c",
    "#dc2626": "#f87171",
    "#ede9fe": "#4c1d95",
    "#6d28d9": "#c4b5fd",
    "#0f172a": "#f1f5f9",
    "#94a3b8": "#64748b",
    "#cbd5e1": "#475569",
    "#e2e8f0": "#263449",
    "#475569": "#cbd5e1",
}
"""Each colour of the picture as it is on a dark page."""

OPTIONS: Final[dict[str, Any]] = {
    "physics": {"enabled": False},
    "layout": {"improvedLayout": False, "hierarchical": False},
    "interaction": {"hover": True, "tooltipDelay": 80, "keyboard": False},
    "nodes": {
        "fixed": False,
        "borderWidth": 1.5,
        "borderWidthSelected": 3,
        "font": {
            "face": FACE,
            "size": 13,
            "color": INK,
        },
    },
    "edges": {
        "width": 1.4,
        "color": {"color": EDGE, "highlight": TARGET, "hover": "#475569"},
        "arrows": {"to": {"enabled": True, "scaleFactor": 0.6}},
        "smooth": {"enabled": True, "type": "cubicBezier", "forceDirection": "horizontal", "roundness": 0.45},
    },
}


def network(lineage: Lineage, places: dict[str, tuple[int, int]] | None = None) -> Network:
    """Give the pyvis network of a lineage: one node a record, at its place, one edge for each of the lineage's."""
    from pyvis.edge import Edge as Arrow
    from pyvis.network import Network
    from pyvis.node import Node

    drawn = Network(height="100%", width="100%", directed=True, cdn_resources="in_line")
    drawn.options = OPTIONS
    names = naming.names(lineage)
    numbers = {uid: number for number, uid in enumerate(lineage.order)}
    placed = places or layout.positions(lineage)
    # What `add_node` and `add_edge` do, without their search through all that were added before.
    for uid, number in numbers.items():
        added = Node(number, x=placed[uid][0], y=placed[uid][1], **node(lineage, uid, names[uid])).options
        drawn.nodes.append(added)
        drawn.node_ids.append(number)
        drawn.node_map[number] = added
    for each in lineage.sorted_edges:
        arrow = Arrow(numbers[each.source], numbers[each.target], directed=True, **edge(lineage, each))
        drawn.edges.append(arrow.options)
    return drawn


def node(lineage: Lineage, uid: str, called: str | None = None) -> dict[str, Any]:
    """Give the looks of a node; `called` is its name where other records are about."""
    facts = lineage.nodes[uid]
    roles = lineage.roles_of(uid)
    marks = naming.marks(lineage, uid)
    looks: dict[str, Any] = {
        "label": label(facts, called, marks),
        "title": "\n".join(f"{name}: {value}" for name, value in labels.facts_of(facts).items()),
        "color": _colors(facts, roles),
        "uid": uid,
        "kind": labels.kind(facts),
        "name": labels.short(called or labels.name(facts), NAME),
    }
    if newer := [labels.name(lineage.nodes[each]) for each in naming.older(lineage, uid) if "newer input" in marks]:
        looks["title"] += f"\nnewer input: there is a newer version of {labels.short(', '.join(newer), labels.FACT)}"
    shape = {"shape": "dot", "size": 11} if isinstance(facts, ArtifactFacts) else {"shape": "box", "margin": 8}
    emphasis = {"borderWidth": 4, "asked": True} if "target" in roles else {}
    lighter = {"opacity": FADED, "font": {"color": "#64748b"}} if "sibling" in roles else {}
    dashes = {"shapeProperties": {"borderDashes": [4, 4]}} if facts.deleted else {}
    return looks | shape | emphasis | lighter | dashes | ({"marks": marks} if marks else {})


def label(facts: Facts, called: str | None = None, marks: Sequence[str] | None = None) -> str:
    r"""Give a node's label: its name in short lines, who and when, badges. vis-network draws it as plain text.

    >>> from provgraph.ancestry import ArtifactFacts
    >>> label(ArtifactFacts.placeholder("Ci4XwC2V")._replace(key="a<i>b.csv", created_by="ada"))
    'a<i>b.csv\nada\n[deleted]'
    """
    by = labels.byline(facts)
    bylines = [by] if labels.columns(by) <= labels.LINE else by.split(" · ")
    beware = " ".join(f"[{mark}]" for mark in (labels.badges(facts) if marks is None else marks))
    return "\n".join(line for line in [*labels.wrapped(called or labels.name(facts)), *bylines, beware] if line)


def edge(lineage: Lineage, drawn: Edge) -> dict[str, Any]:
    """Give the looks of an edge: dashed where a run made again what was there, lighter where it leads to a sibling."""
    again = (
        {"dashes": True, "title": "made again, same content"} if drawn.kind == "output" and not drawn.is_creator else {}
    )
    lighter = {"color": {"color": "#cbd5e1", "opacity": 0.7}} if drawn.target in lineage.siblings else {}
    return again | lighter


def _colors(facts: Facts, roles: tuple[str, ...]) -> dict[str, Any]:
    colors = ARTIFACT if isinstance(facts, ArtifactFacts) else RUN
    colors = DELETED if facts.deleted else CURRENT if "current_run" in roles else colors
    border = FAILED if "failed" in labels.badges(facts) else colors["border"]
    both = {"background": colors["background"], "border": TARGET if "target" in roles else border}
    return {**both, "highlight": both, "hover": both}
