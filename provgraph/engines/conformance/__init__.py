"""What provgraph stands on, as cases that run against any engine: the local one, a Neo4j, or a URL that a user gives.

The two engines differ in places; each case shows, for one form of Cypher that provgraph uses, that the answer is the
right one. A run works on nodes under labels that nobody uses, and removes them; the database may be in use.

    python -m provgraph.engines.conformance neo4j://host:7687

takes `NEO4J_USERNAME`, `NEO4J_PASSWORD` and `NEO4J_DATABASE`; without a URL it runs on a local engine that it starts in
a temporary folder and stops afterwards. The idea of a public suite for an abstract store is that of zarr.
"""

from provgraph.engines.conformance import closures, deadlines, filters, order, refusals, transactions, values, writing
from provgraph.engines.conformance.room import CASES, DifferenceError, Room

__all__ = [
    "CASES",
    "DifferenceError",
    "Room",
    "closures",
    "deadlines",
    "filters",
    "order",
    "refusals",
    "transactions",
    "values",
    "writing",
]
