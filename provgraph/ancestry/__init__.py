"""The lineage core: it turns rows of the graph into an exact graph of nodes and edges, and knows no driver."""

from provgraph.ancestry.build import among, between, build, check
from provgraph.ancestry.exact import chain
from provgraph.ancestry.graph import Edge, Lineage, NodeRow
from provgraph.ancestry.rows import ArtifactFacts, Facts, Input, Output, Rows, RunFacts

__all__ = ["ArtifactFacts", "Edge", "Facts", "Input", "Lineage", "NodeRow", "Output", "Rows", "RunFacts"]
__all__ += ["among", "between", "build", "chain", "check"]
