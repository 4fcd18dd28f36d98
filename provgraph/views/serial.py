"""The lineage as JSON: nodes and edges in the form that networkx calls node-link.

Source of the form: https://networkx.org/documentation/stable/reference/readwrite/json_graph.html. A JSON Schema,
`docs/lineage.schema.json`, says all of it.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from provgraph.ancestry import ArtifactFacts
from provgraph.models import times

if TYPE_CHECKING:
    from provgraph.ancestry import Lineage

FORMAT: Final = "provgraph lineage 1"
EDGE: Final = ("source", "target", "kind", "is_creator")


def serial(lineage: Lineage, indent: int | None = 2) -> str:
    r"""Give the lineage as JSON, which `networkx.node_link_graph(json.loads(text), edges="edges")` reads.

    Each node has `id` (its uid), `type` ("artifact" or "run"), its facts, its column (`layer`) and `roles` ("target",
    "current_run", "sibling"); times are microseconds since 1970 (`..._us`) and ISO 8601 in UTC (`..._at`), null where
    they are not known. Each edge has `source`, `target`, `kind` ("input" or "output") and `is_creator`. Nothing is
    shortened or replaced: halves of characters, which no UTF-8 can hold, are written as JSON's escapes (`\ud800`).

    >>> from provgraph.ancestry import Rows, build
    >>> found = json.loads(serial(build(Rows(), "Ci4XwC2Vd3KQ0000")))
    >>> found["graph"]["targets"], found["nodes"][0]["roles"], found["edges"]
    (['Ci4XwC2Vd3KQ0000'], ['target'], [])
    """
    text = json.dumps(as_dict(lineage), indent=indent, ensure_ascii=False) + ("\n" if indent else "")
    return text.encode("utf-8", "backslashreplace").decode()


def as_dict(lineage: Lineage) -> dict[str, Any]:
    """Give it as a dict of plain values."""
    nodes = [
        {
            "id": facts.uid,
            "type": "artifact" if isinstance(facts, ArtifactFacts) else "run",
            **_facts(facts._asdict()),
            "layer": lineage.layers[facts.uid],
            "roles": list(lineage.roles_of(facts.uid)),
        }
        for facts in lineage
    ]
    graph = {"format": FORMAT, "targets": sorted(lineage.targets), "current_run": lineage.current_run}
    edges = [dict(zip(EDGE, edge, strict=False)) for edge in lineage.sorted_edges]
    return {"directed": True, "multigraph": False, "graph": graph, "nodes": nodes, "edges": edges}


def _facts(facts: dict[str, Any]) -> dict[str, Any]:
    found = dict(facts)
    for name, value in facts.items():
        if name.endswith("_us"):
            found[f"{name.removesuffix('_us')}_at"] = _iso(value)
    return found


def _iso(microseconds: int | None) -> str | None:
    try:
        return times.iso(microseconds) if microseconds else None
    except (OverflowError, OSError, ValueError):
        return None
