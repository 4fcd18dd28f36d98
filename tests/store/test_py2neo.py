"""py2neo on the same store: its graph, and lineage as its subgraph."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

import provgraph as pg
from provgraph.errors import SetupError

pytestmark = pytest.mark.usefixtures("store")


def flow() -> tuple[pg.Artifact, pg.Run, pg.Artifact]:
    Path("raw.txt").write_text("1")
    raw = pg.Artifact("raw.txt", key="raw.txt", run=False).save()
    clean = pg.Run(pg.Transform(name="clean").save()).save()
    raw.cache(is_run_input=clean)
    return raw, clean, pg.Artifact("raw.txt", key="table.txt", run=clean).save()


def test_its_graph_reads_what_provgraph_wrote() -> None:
    """Nodes, edges and queries with parameters."""
    raw, clean, table = flow()
    graph = pg.interop.py2neo_graph()
    node = graph.nodes.match("Artifact", uid=table.uid).first()
    assert (node["key"], set(node.labels)) == ("table.txt", {"Artifact"})
    made = graph.match((node,), r_type="OUTPUT_OF").first()
    assert made.end_node["uid"] == clean.uid
    query = "MATCH (a:Artifact)-[:INPUT_OF]->(r:Run {uid: $run}) RETURN a.uid AS uid"
    assert graph.run(query, run=clean.uid).data() == [{"uid": raw.uid}]
    graph.service.connector.close()


def test_lineage_is_its_subgraph() -> None:
    """With the edges as they are in the graph, from artifacts to runs."""
    raw, clean, table = flow()
    found = table.lineage().to_py2neo()
    assert {node["uid"] for node in found.nodes} == {raw.uid, clean.uid, table.uid}
    edges = {(type(edge).__name__, edge.start_node["uid"], edge.end_node["uid"]) for edge in found.relationships}
    assert edges == {("INPUT_OF", raw.uid, clean.uid), ("OUTPUT_OF", table.uid, clean.uid)}
    assert {node["key"] for node in found.nodes if "Artifact" in node.labels} == {"raw.txt", "table.txt"}


def test_without_it_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """And what to use instead."""
    lineage = flow()[2].lineage()
    monkeypatch.setitem(sys.modules, "py2neo", None)
    for call in (pg.interop.py2neo_graph, lineage.to_py2neo):
        with pytest.raises(SetupError, match=r"provgraph\[py2neo\]"):
            call()
