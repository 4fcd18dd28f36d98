"""The lineage as JSON: nodes and edges in the form that networkx calls node-link.

Source of the form: https://networkx.org/documentation/stable/reference/readwrite/json_graph.html
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from provgraph.ancestry import ArtifactFacts

if TYPE_CHECKING:
    from provgraph.ancestry import Lineage

FORMAT: Final = "provgraph lineage 1"


def serial(lineage: Lineage, indent: int | None = 2) -> str:
    r"""Give the lineage as JSON, which `networkx.node_link_graph(json.loads(text), edges="edges")` reads.

    Each node has `id` (its uid), `type` ("artifact" or "run"), its facts, its column (`layer`) and `roles`; times are
    microseconds since 1970 (`..._us`) and ISO 8601 in UTC (`..._at`). Each edge has `source`, `target`, `kind` ("input"
    or "output") and `is_creator`. Halves of characters, which no UTF-8 can hold, are written as escapes.

    >>> from provgraph.ancestry import Rows, build
    >>> json.loads(serial(build(Rows(), "Ci4XwC2Vd3KQ0000")))["graph"]["targets"]
    ['Ci4XwC2Vd3KQ0000']
    """
    return json.dumps(_plain(as_dict(lineage)), indent=indent, ensure_ascii=False) + ("\n" if indent else "")


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
    edges = [edge._asdict() for edge in lineage.sorted_edges]
    return {"directed": True, "multigraph": False, "graph": graph, "nodes": nodes, "edges": edges}


def _facts(facts: dict[str, Any]) -> dict[str, Any]:
    found = dict(facts)
    for name, value in facts.items():
        if name.endswith("_us"):
            found[f"{name.removesuffix('_us')}_at"] = _iso(value)
    return found


def _iso(microseconds: int | None) -> str | None:
    try:
        return datetime.fromtimestamp(microseconds / 1e6, UTC).isoformat() if microseconds else None
    except (OverflowError, OSError, ValueError):
        return None


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    return [_plain(each) for each in value] if isinstance(value, list) else value
