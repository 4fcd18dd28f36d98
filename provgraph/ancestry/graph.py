"""The lineage as a value: nodes and edges, in topological order."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from provgraph.ancestry import order
from provgraph.ancestry.rows import ArtifactFacts, RunFacts
from provgraph.errors import InvalidValueError, shown

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    import networkx as nx
    import pandas as pd

    from provgraph.ancestry.rows import Facts


class Edge(NamedTuple):
    """Data flows from `source` to `target`: from an artifact into a run ("input"), or out of a run ("output")."""

    source: str
    target: str
    kind: str
    is_creator: bool = False
    """Whether the run is the one that first made the artifact."""
    at_artifact: int = 0
    """Its place among the artifact's events: what an output's `seq` and an input's `saw` are."""
    at_run: int = 0
    """Its place among the run's events: the `step` of its input or output."""


class NodeRow(NamedTuple):
    """One node as a row of a table; `role` lists of target, current_run, sibling what it is."""

    uid: str
    type: str
    name: str | None
    description: str | None
    status: str | None
    created_by: str | None
    at_us: int | None
    size: int | None
    hash: str | None
    version: str | None
    space: str | None
    deleted: bool
    layer: int
    role: str


@dataclass(frozen=True)
class Lineage:
    """Runs and artifacts with the edges between them, in the direction of data flow.

    >>> from provgraph.ancestry import Input, Output, Rows, build
    >>> rows = Rows(inputs=[Input("raw", "clean", saw=1, step=1)], outputs=[Output("table", "clean", seq=1, step=2)])
    >>> lineage = build(rows, "table")
    >>> len(lineage), "raw" in lineage, lineage.run_uids, lineage.artifact_uids
    (3, True, ['clean'], ['raw', 'table'])
    >>> (lineage - build(rows, "raw", direction="upstream")).order
    ['clean', 'table']
    """

    nodes: dict[str, Facts]
    edges: frozenset[Edge]
    targets: frozenset[str] = frozenset()
    """What was asked for."""
    siblings: frozenset[str] = frozenset()
    """Artifacts shown beside: other outputs of the runs, from which nothing asked for was made."""
    current_run: str | None = None

    @cached_property
    def order(self) -> list[str]:
        """The uids in topological order, elsewhere by time; the nodes of a cycle stand together."""
        return order.topological(self._by_time, self._arrows)

    @cached_property
    def layers(self) -> dict[str, int]:
        """For each uid its column in a picture drawn from left to right, from 0."""
        return order.layers(self.order, self._arrows)

    @property
    def run_uids(self) -> list[str]:
        """The uids of the runs, in topological order."""
        return [uid for uid in self.order if isinstance(self.nodes[uid], RunFacts)]

    @property
    def artifact_uids(self) -> list[str]:
        """The uids of the artifacts, in topological order."""
        return [uid for uid in self.order if isinstance(self.nodes[uid], ArtifactFacts)]

    @property
    def transform_uids(self) -> list[str]:
        """The uids of the runs' transforms, in the topological order of their first runs."""
        found = (facts.transform_uid for facts in self if isinstance(facts, RunFacts))
        return list(dict.fromkeys(uid for uid in found if uid is not None))

    @property
    def roots(self) -> list[str]:
        """The uids of the artifacts that no run of the lineage made, in topological order."""
        return [uid for uid in self.artifact_uids if not self.sources_of(uid)]

    def sources_of(self, uid: str) -> list[str]:
        """Give what leads directly into a node, in topological order; nothing for a uid that is not in it."""
        return self._neighbours[0].get(uid, [])

    def results_of(self, uid: str) -> list[str]:
        """Give what a node leads to directly, in topological order; nothing for a uid that is not in it."""
        return self._neighbours[1].get(uid, [])

    def roles_of(self, uid: str) -> tuple[str, ...]:
        """Give what a node is in this lineage, of "target", "current_run" and "sibling"."""
        roles = {"target": uid in self.targets, "current_run": uid == self.current_run, "sibling": uid in self.siblings}
        return tuple(role for role, holds in roles.items() if holds)

    def nodes_rows(self) -> list[NodeRow]:
        """Give one row a node, in topological order: `pandas.DataFrame(lineage.nodes_rows())` names the columns."""
        return [_row(facts, self.layers[facts.uid], " ".join(self.roles_of(facts.uid))) for facts in self]

    @cached_property
    def sorted_edges(self) -> list[Edge]:
        """The edges, each a row of a table, in topological order of their ends."""
        place = {uid: number for number, uid in enumerate(self.order)}
        return sorted(self.edges, key=lambda edge: (place[edge.source], place[edge.target]))

    @property
    def nodes_df(self) -> pd.DataFrame:
        """The nodes as a DataFrame, a row each, in topological order, indexed by uid; `at_us` in microseconds (UTC)."""
        import pandas as pd

        return pd.DataFrame(self.nodes_rows(), columns=list(NodeRow._fields)).set_index("uid")

    @property
    def edges_df(self) -> pd.DataFrame:
        """The edges as a DataFrame, a row each: source, target, kind ("input" or "output"), is_creator."""
        import pandas as pd

        return pd.DataFrame([edge[:4] for edge in self.sorted_edges], columns=list(Edge._fields[:4]))

    def to_networkx(self) -> nx.DiGraph[str]:
        """Give it as a directed graph of networkx: nodes are uids and carry their facts, edges `kind` and `is_creator`.

        >>> Lineage({}, frozenset()).to_networkx().number_of_nodes()
        0
        """
        import networkx as nx

        graph: nx.DiGraph[str] = nx.DiGraph()
        for facts in self:
            graph.add_node(facts.uid, **facts._asdict())
        for edge in self.sorted_edges:
            graph.add_edge(edge.source, edge.target, kind=edge.kind, is_creator=edge.is_creator)
        return graph

    def only(self, uids: Iterable[str]) -> Self:
        """Keep these nodes and the edges between them."""
        kept = set(uids)
        return replace(
            self,
            nodes={uid: facts for uid, facts in self.nodes.items() if uid in kept},
            edges=frozenset(edge for edge in self.edges if edge.source in kept and edge.target in kept),
            targets=self.targets & kept,
            siblings=self.siblings & kept,
        )

    def of_types(self, types: Collection[str]) -> Self:
        """Keep the runs of transforms of these types, what they read and made, and what was asked for."""
        runs = {
            uid for uid, facts in self.nodes.items() if isinstance(facts, RunFacts) and facts.transform_type in types
        }
        beside = {uid for run in runs for uid in (*self.sources_of(run), *self.results_of(run))}
        return self.only(runs | beside | self.targets)

    def __len__(self) -> int:
        """Count the nodes."""
        return len(self.nodes)

    def __iter__(self) -> Iterator[Facts]:
        """Give the nodes' facts in topological order."""
        return (self.nodes[uid] for uid in self.order)

    def __contains__(self, item: Any) -> bool:
        """Say whether a uid, or a record with a uid, is in it."""
        return getattr(item, "uid", item) in self.nodes

    def __or__(self, other: Lineage) -> Self:
        """Join two lineages; what one of them walked through is no longer beside."""
        _check_lineage(other)
        walked = (self.nodes.keys() - self.siblings) | (other.nodes.keys() - other.siblings)
        return replace(
            self,
            nodes={**other.nodes, **self.nodes},
            edges=frozenset({edge[:3]: edge for edge in (*other.edges, *self.edges)}.values()),
            targets=self.targets | other.targets,
            siblings=(self.siblings | other.siblings) - walked,
            current_run=self.current_run or other.current_run,
        )

    def __sub__(self, other: Lineage) -> Self:
        """Leave out the nodes of another lineage."""
        _check_lineage(other)
        return self.only(self.nodes.keys() - other.nodes.keys())

    @cached_property
    def _by_time(self) -> list[str]:
        return sorted(self.nodes, key=lambda uid: (self.nodes[uid].at_us, uid))

    @cached_property
    def _arrows(self) -> list[tuple[str, str]]:
        return [(edge.source, edge.target) for edge in self.edges]

    @cached_property
    def _neighbours(self) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
        before: dict[str, list[str]] = defaultdict(list)
        after: dict[str, list[str]] = defaultdict(list)
        for edge in self.sorted_edges:
            before[edge.target].append(edge.source)
            after[edge.source].append(edge.target)
        return dict(before), dict(after)


def _check_lineage(other: Any) -> None:
    if not isinstance(other, Lineage):
        raise InvalidValueError(f"{shown(other)} is no lineage", "Give another lineage: record.lineage().")


def _row(facts: Facts, layer: int, role: str) -> NodeRow:
    if isinstance(facts, ArtifactFacts):
        known = (facts.key, facts.description, None, facts.created_by, facts.created_us, facts.size, facts.hash)
        return NodeRow(facts.uid, "artifact", *known, facts.version, facts.space, bool(facts.deleted), layer, role)
    name = facts.transform_name or facts.transform_key
    known_run = (name, facts.name, facts.status, facts.created_by, facts.started_us, None, None)
    return NodeRow(facts.uid, "run", *known_run, facts.transform_version, facts.space, bool(facts.deleted), layer, role)
