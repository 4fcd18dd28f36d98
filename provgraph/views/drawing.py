"""The lineage as a network of pyvis: shapes, colours, labels and hover texts of its nodes and edges."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from provgraph.ancestry import ArtifactFacts
from provgraph.views import labels, layout

if TYPE_CHECKING:
    from pyvis.network import Network

    from provgraph.ancestry import Edge, Lineage
    from provgraph.ancestry.rows import Facts

RUN: Final = {"background": "#dbeafe", "border": "#2563eb"}
ARTIFACT: Final = {"background": "#86efac", "border": "#15803d"}
CURRENT: Final = {"background": "#fde68a", "border": "#b45309"}
DELETED: Final = {"background": "#f1f5f9", "border": "#64748b"}
TARGET: Final = "#ea580c"
FAILED: Final = "#dc2626"
FADED: Final = 0.4

OPTIONS: Final[dict[str, Any]] = {
    "physics": {"enabled": False},
    "layout": {"improvedLayout": False, "hierarchical": False},
    "interaction": {"hover": True, "tooltipDelay": 80, "keyboard": {"enabled": True, "bindToWindow": False}},
    "nodes": {
        "fixed": False,
        "borderWidth": 1.5,
        "borderWidthSelected": 3,
        "font": {
            "face": "system-ui, Segoe UI, DejaVu Sans, sans-serif",
            "size": 13,
            "color": "#0f172a",
        },
    },
    "edges": {
        "width": 1.4,
        "color": {"color": "#94a3b8", "highlight": TARGET, "hover": "#475569"},
        "arrows": {"to": {"enabled": True, "scaleFactor": 0.6}},
        "smooth": {"enabled": True, "type": "cubicBezier", "forceDirection": "horizontal", "roundness": 0.45},
    },
}


def network(lineage: Lineage) -> Network:
    """Give the pyvis network of a lineage: one node a record, at its place, one edge for each of the lineage's."""
    from pyvis.network import Network

    drawn = Network(height="100%", width="100%", directed=True, cdn_resources="in_line")
    drawn.options = OPTIONS
    numbers = {uid: number for number, uid in enumerate(lineage.order)}
    for uid, (x, y) in layout.positions(lineage).items():
        drawn.add_node(numbers[uid], x=x, y=y, **node(lineage, uid))
    for each in lineage.sorted_edges:
        drawn.add_edge(numbers[each.source], numbers[each.target], **edge(lineage, each))
    return drawn


def node(lineage: Lineage, uid: str) -> dict[str, Any]:
    """Give the looks of a node."""
    facts = lineage.nodes[uid]
    roles = lineage.roles_of(uid)
    looks: dict[str, Any] = {
        "label": label(facts),
        "title": "\n".join(f"{name}: {value}" for name, value in labels.facts_of(facts).items()),
        "color": _colors(facts, roles),
        "uid": uid,
    }
    shape = {"shape": "dot", "size": 11} if isinstance(facts, ArtifactFacts) else {"shape": "box", "margin": 8}
    emphasis = {"borderWidth": 4, "asked": True} if "target" in roles else {}
    lighter = {"opacity": FADED, "font": {"color": "#64748b"}} if "sibling" in roles else {}
    dashes = {"shapeProperties": {"borderDashes": [4, 4]}} if facts.deleted else {}
    return looks | shape | emphasis | lighter | dashes


def label(facts: Facts) -> str:
    r"""Give a node's label: its name in short lines, who and when, badges. vis-network draws it as plain text.

    >>> from provgraph.ancestry import ArtifactFacts
    >>> label(ArtifactFacts.placeholder("Ci4XwC2V")._replace(key="a<i>b.csv", created_by="ada"))
    'a<i>b.csv\nada\n[deleted]'
    """
    by = labels.byline(facts)
    bylines = [by] if labels.columns(by) <= labels.LINE else by.split(" · ")
    marks = " ".join(f"[{badge}]" for badge in labels.badges(facts))
    return "\n".join(line for line in [*labels.wrapped(labels.name(facts)), *bylines, marks] if line)


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
