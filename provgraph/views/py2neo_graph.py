"""The lineage as a Subgraph of py2neo, with the graph's edges.

Source of the form: https://neo4j-contrib.github.io/py2neo/data/index.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from provgraph.ancestry import ArtifactFacts
from provgraph.errors import SetupError

if TYPE_CHECKING:
    import py2neo

    from provgraph.ancestry import Lineage
    from provgraph.ancestry.rows import Facts


def subgraph(lineage: Lineage) -> py2neo.Subgraph:
    """Give runs and artifacts as py2neo's nodes and `INPUT_OF` and `OUTPUT_OF` as its relationships.

    Nodes carry what lineage knows of them and are identified by their uid, so that `graph.merge(...)` doubles none.
    Raises `SetupError` when py2neo is not installed.
    """
    try:
        from py2neo import Node, Relationship, Subgraph
    except ImportError:
        raise SetupError("py2neo is not installed", "Install it: pip install 'provgraph[py2neo]'.") from None
    nodes = {uid: _node(Node, facts) for uid, facts in lineage.nodes.items()}
    edges = [
        Relationship(nodes[edge.source], "INPUT_OF", nodes[edge.target])
        if edge.kind == "input"
        else Relationship(nodes[edge.target], "OUTPUT_OF", nodes[edge.source])
        for edge in lineage.sorted_edges
    ]
    return Subgraph(nodes.values(), edges)


def _node(kind: Any, facts: Facts) -> Any:
    label = "Artifact" if isinstance(facts, ArtifactFacts) else "Run"
    node = kind(label, **{name: value for name, value in facts._asdict().items() if value is not None})
    node.__primarylabel__, node.__primarykey__ = label, "uid"
    return node
