"""What is in the graph: the nodes with their fields, and the relations between them. No driver, no queries."""

from provgraph.models.nodes import (
    HANDLE,
    LABELS,
    NODES,
    TEXT_LIMIT,
    ArtifactNode,
    CollectionNode,
    Node,
    RunNode,
    StorageNode,
    TransformNode,
    TransformType,
    UserNode,
    checked_type,
)
from provgraph.models.relations import EDGE_PROPERTIES, EDGES, RELATIONS, Hop, Relation
from provgraph.models.times import from_micros, iso, now_us, stamp, to_micros, zoned

__all__ = [
    "EDGES",
    "EDGE_PROPERTIES",
    "HANDLE",
    "LABELS",
    "NODES",
    "RELATIONS",
    "TEXT_LIMIT",
    "ArtifactNode",
    "CollectionNode",
    "Hop",
    "Node",
    "Relation",
    "RunNode",
    "StorageNode",
    "TransformNode",
    "TransformType",
    "UserNode",
    "checked_type",
    "from_micros",
    "iso",
    "now_us",
    "stamp",
    "to_micros",
    "zoned",
]
