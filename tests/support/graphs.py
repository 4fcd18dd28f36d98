"""Small random graphs for tests of queries: known in Python, written to an engine by Cypher."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from itertools import product
from typing import TYPE_CHECKING, Any

from provgraph import uids
from provgraph.models import LABELS, RELATIONS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from provgraph.engines.contract import Engine, Transaction

Facts = dict[str, Any]


@dataclass
class Graph:
    """Nodes by label and uid, and edges by type."""

    space: str
    nodes: dict[str, dict[str, Facts]] = field(default_factory=lambda: {label: {} for label in LABELS})
    edges: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    known: dict[tuple[str, str, str], list[str]] = field(default_factory=dict)

    def related(self, label: str, uid: str, name: str) -> list[str]:
        """Give the uids at the end of a relation, before anything is hidden, with those passed on the way visible."""
        if (label, uid, name) not in self.known:
            self.known[label, uid, name] = self._related(label, uid, name)
        return self.known[label, uid, name]

    def _related(self, label: str, uid: str, name: str) -> list[str]:
        found = [uid]
        hops = RELATIONS[label][name].hops
        for place, hop in enumerate(hops):
            pairs = self.edges.get(hop.edge, [])
            pairs = pairs if hop.along else [(end, start) for start, end in pairs]
            found = [
                end
                for each in found
                for start, end in pairs
                if start == each
                and end in self.nodes[hop.label]
                and (place + 1 == len(hops) or not self.nodes[hop.label][end].get("deleted"))
            ]
        return found


def random_graph(seed: int) -> Graph:
    """Make a small graph with cycles, several makers of one file, missing values, deleted and hidden records."""
    made = random.Random(seed)
    graph = Graph("q" + uids.new("User"))

    def add(label: str, count: int, **choices: list[Any]) -> list[str]:
        for _ in range(count):
            uid = uids.new(label)
            facts = {"uid": uid, "slot": uid, "created_us": made.randrange(1, 20), "space": graph.space}
            facts |= {name: made.choice(values) for name, values in choices.items()}
            graph.nodes[label][uid] = facts
        return list(graph.nodes[label])

    rarely = [False, False, False, True]
    users = add("User", 2, handle=["ada", "bob"])
    transforms = add("Transform", 3, name=["one", "Two", None], type=["script", "notebook"], deleted=rarely)
    runs = add("Run", 5, name=["x", "y", None], status=["completed", "errored"], deleted=rarely)
    keys = ["a.csv", "A.CSV", "ba.csv", "50%.txt", "ü_a.csv", None]
    artifacts = add(
        "Artifact", 12, key=keys, size=[1, 2, 3, None], kind=["data", "data", "report"], deleted=rarely,
        description=["a", "b", None],
    )  # fmt: skip

    def edges(kind: str, starts: list[str], ends: list[str], counts: list[int]) -> None:
        pairs = {(start, end) for start in starts for end in made.sample(ends, made.choice(counts))}
        graph.edges[kind] = sorted(graph.edges.get(kind, []) + [each for each in pairs if each[0] != each[1]])

    edges("CREATED_BY", [*runs, *artifacts], users, [1])
    edges("RUN_OF", runs, transforms, [1])
    edges("OUTPUT_OF", artifacts, runs, [0, 1, 1, 2])
    edges("INPUT_OF", artifacts, runs, [0, 1, 2])
    edges("PREDECESSOR", runs, runs, [0, 1, 2])
    return graph


def write(engine: Engine, graph: Graph) -> None:
    """Write the graph in one transaction."""

    def work(transaction: Any) -> None:
        label_of = {uid: label for label, nodes in graph.nodes.items() for uid in nodes}
        for label, nodes in graph.nodes.items():
            transaction.run(f"UNWIND $rows AS row CREATE (n:{label}) SET n = row", rows=list(nodes.values()))
        for kind, pairs in graph.edges.items():
            for start, end in product(LABELS, LABELS):
                rows = [[one, other] for one, other in pairs if (label_of[one], label_of[other]) == (start, end)]
                if rows:
                    transaction.run(
                        f"UNWIND $rows AS row MATCH (a:{start} {{uid: row[0]}}) MATCH (b:{end} {{uid: row[1]}}) "
                        f"CREATE (a)-[:{kind}]->(b)",
                        rows=rows,
                    )

    engine.write(work)


def remove(engine: Engine, graph: Graph) -> None:
    """Remove the graph's nodes."""
    for label, nodes in graph.nodes.items():
        statement = f"MATCH (n:{label}) WHERE n.uid IN $uids DETACH DELETE n"
        engine.write(_run(statement, list(nodes)))


def _run(statement: str, these: list[str]) -> Callable[[Transaction], Any]:
    return lambda transaction: transaction.run(statement, uids=these)


def written(engine: Engine, seed: int) -> Iterator[Graph]:
    """Give a random graph that stands in the engine, and remove it afterwards."""
    graph = random_graph(seed)
    write(engine, graph)
    yield graph
    remove(engine, graph)
