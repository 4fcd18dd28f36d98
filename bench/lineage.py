"""How quickly lineage is found: a ladder, a chain, a wide graph, and the same closure in stores of growing size.

Shapes are written straight into the graph of a local engine; `PROVGRAPH_URL` measures a server instead.
Run: .venv/bin/python bench/lineage.py
"""

from __future__ import annotations

from typing import Any, Final

from instance import empty_instance
from timing import milliseconds

import provgraph as pg
from provgraph import statements
from provgraph.store import current

BATCH: Final = 5_000

NODES: Final = """
MATCH (t:Transform {uid: $transform}) MATCH (u:User) WITH t, u LIMIT 1
UNWIND $names AS name
CREATE (r:Run {uid: 'r' + name, space: $space, status: 'completed', deleted: false, created_us: 1, started_us: 1})
CREATE (a:Artifact {uid: 'a' + name, space: $space, key: name, kind: 'data', deleted: false, is_latest: true,
                    created_us: 1, size: 1, hash: name})
CREATE (r)-[:RUN_OF]->(t) CREATE (r)-[:CREATED_BY]->(u) CREATE (a)-[:CREATED_BY]->(u)
CREATE (a)-[:OUTPUT_OF {seq: 1, step: 1000}]->(r)
RETURN count(r)
"""
EDGES: Final = """
UNWIND $pairs AS pair
MATCH (r:Run {uid: 'r' + pair[0]}) MATCH (p:Run {uid: 'r' + pair[1]}) MATCH (a:Artifact {uid: 'a' + pair[1]})
CREATE (a)-[:INPUT_OF {saw: 2, step: 1}]->(r) CREATE (r)-[:PREDECESSOR]->(p)
RETURN count(r)
"""


def write(names: list[str], pairs: list[tuple[str, str]]) -> None:
    """Write runs with an artifact each, and who read whose."""
    store = current.store()
    transform = pg.Transform(name="bench").save().uid

    def in_batches(statement: str, name: str, values: list[Any], **others: Any) -> None:
        for start in range(0, len(values), BATCH):
            part = values[start : start + BATCH]
            store.engine.write(lambda transaction, part=part: transaction.run(statement, **{name: part}, **others))

    in_batches(NODES, "names", names, transform=transform, space=store.space)
    in_batches(EDGES, "pairs", [list(pair) for pair in pairs])


def layers(name: str, count: int, width: int, reads: int) -> str:
    """Write layers in which each run reads `reads` files of the layer before; give the key of a file of the last."""
    names = [f"{name}-{layer}-{place}" for layer in range(count) for place in range(width)]
    pairs = [
        (f"{name}-{layer}-{place}", f"{name}-{layer - 1}-{(place * 7 + shift * 131) % width}")
        for layer in range(1, count)
        for place in range(width)
        for shift in range(reads)
    ]
    write(names, pairs)
    return f"{name}-{count - 1}-0"


def shape(title: str, key: str, goal: float) -> None:
    """Measure the whole upstream lineage of a file, and its parts."""
    artifact = pg.Artifact.get(key=key)
    store = current.store()
    found = artifact.lineage("upstream")
    first, median = milliseconds(lambda: artifact.lineage("upstream"))
    asked = {"artifacts": [artifact.uid], "runs": [], "transforms": [], "collections": []}
    closure = statements.load("lineage/closure")
    _, uids = milliseconds(lambda: store.engine.read(closure, **asked, upstream=True, downstream=False))
    print(f"{title:<28} {len(found):>7,} nodes  first {first:.1f} ms, then {median:.1f} ms   goal {goal:g} ms")
    print(f"{'  the closure alone':<28} {len(found.run_uids):>7,} runs   {uids:.1f} ms")


def main() -> None:
    """Measure and print."""
    pg.Artifact(__file__, key="bench.py", run=False, copy=False).save()
    ladder = layers("ladder", 30, 2, 2)
    shape("ladder of 30 layers", ladder, 20)
    shape("chain of 200", layers("chain", 200, 1, 1), 10)
    shape("50 layers of 400", layers("wide", 50, 400, 3), 600)
    size = 60 + 200 + 20_000
    for wanted in (30_000, 100_000, 1_000_000):
        layers(f"more{wanted}", 1, wanted - size, 0)
        size = wanted
        shape(f"the ladder among {wanted:,} runs", ladder, 20)


if __name__ == "__main__":
    with empty_instance():
        main()
