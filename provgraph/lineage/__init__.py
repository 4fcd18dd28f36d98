"""The lineage core: it turns rows of the graph into an exact graph of nodes and edges, and knows no driver."""

from provgraph.lineage.build import build
from provgraph.lineage.graph import Edge, EdgeRow, Lineage, NodeRow
from provgraph.lineage.rows import ArtifactFacts, Facts, Input, Output, Rows, RunFacts

__all__ = ["ArtifactFacts", "Edge", "EdgeRow", "Facts", "Input", "Lineage", "NodeRow", "Output", "Rows", "RunFacts"]
__all__ += ["build"]
