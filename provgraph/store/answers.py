"""The answer to a person's query. Importing this module imports the driver."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from neo4j import graph, time

from provgraph import registries, statements
from provgraph.errors import QueryError
from provgraph.models import LABELS
from provgraph.registries.lineage import Lineage
from provgraph.store.lineage import among
from provgraph.views import repr_html

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    import pandas as pd

    from provgraph.engines.contract import Engine


End = tuple[str, str]
DRAWN: Final = ("Run", "Artifact")
SHOWN: Final = 100
"""Rows that a notebook shows."""


class Answer(list[dict[str, Any]]):
    """The rows of a query, each a dict of column and value."""

    def __init__(self, columns: list[str], rows: Iterable[list[Any]]) -> None:
        """Keep the columns' order for `df()`, also when there is no row."""
        self.columns = columns
        super().__init__(dict(zip(columns, map(plain, row), strict=True)) for row in rows)

    def df(self) -> pd.DataFrame:
        """Give the rows as a DataFrame, its columns in the query's order."""
        import pandas as pd

        return pd.DataFrame(list(self), columns=self.columns)

    def graph(self) -> Lineage:
        """Give the runs and artifacts among the rows as a lineage, with what some read or made of the others.

        An edge among the rows brings the runs and artifacts at its ends, and a PREDECESSOR of two runs the artifacts by
        which one follows the other. It can be drawn (`.view()`) and asked as any lineage. Takes two statements, and one
        for ends that the rows do not hold. Raises `QueryError` when there is neither a run nor an artifact.

        >>> run = pg.Run(pg.Transform(name="step").save()).save()
        >>> size = Path("a.txt").write_text("1")
        >>> made = pg.Artifact("a.txt", key="a.txt", run=run).save()
        >>> len(pg.cypher("MATCH (a:Artifact)-[:OUTPUT_OF]->(r:Run) RETURN a, r").graph().edges)
        1
        """
        from provgraph.store import current

        engine = current.existing().engine
        found = list(parts(list(self)))
        edges = _joined(engine, [each for each in found if isinstance(each, Relation)])
        labels = {each.uid: each.label for each in found if not isinstance(each, Relation)}
        labels |= {uid: label for _, *ends in edges for label, uid in ends if label in DRAWN}
        if not labels:
            advice = "Let the query give nodes or edges, not their properties."
            raise QueryError("the rows hold no runs or artifacts", advice)
        follows = {
            (after, before) for kind, (label, after), (_, before) in edges if (kind, label) == ("PREDECESSOR", "Run")
        }
        return Lineage.of(among(engine, labels, follows))

    def _repr_html_(self) -> str:
        shown = [dict(row) for row in self[:SHOWN]]
        more = f", the first {SHOWN} of {len(self):,} rows" if len(self) > SHOWN else ""
        return repr_html(f"Answer{more}", shown)


class Relation(dict[str, Any]):
    """An edge of an answer: a dict of its type and properties, which knows what it joins."""

    def __init__(self, edge: graph.Relationship) -> None:
        """Keep the label and uid of each end; of one that the rows do not hold the engine's own name alone."""
        super().__init__({"type": edge.type, **_map(edge)})
        self.kind = edge.type
        self.ends = [_end(each) for each in edge.nodes if each is not None]


def parts(value: Any) -> Iterator[Any]:
    """Give the runs, artifacts and edges in a value, also inside of lists, maps and paths.

    >>> list(parts([1, {"a": None}]))
    []
    """
    if isinstance(value, registries.Run | registries.Artifact | Relation):
        yield value
    elif isinstance(value, list | dict):
        for each in value.values() if isinstance(value, dict) else value:
            yield from parts(each)


def _end(node: graph.Node) -> End:
    label = next((label for label in node.labels if label in LABELS), "")
    return (label, node["uid"]) if label and node.get("uid") else ("", node.element_id)


def _joined(engine: Engine, edges: list[Relation]) -> list[tuple[str, End, End]]:
    """Give each edge's type and its ends, after asking for those that the rows do not hold."""
    asked = sorted({name for edge in edges for label, name in edge.ends if not label})
    rows = engine.read(statements.load("lineage/ends"), ids=asked)[0][0] if asked else []
    known: dict[End, End] = {("", name): (label, uid) for name, label, uid in rows}
    return [(edge.kind, *(known.get(end, end) for end in edge.ends)) for edge in edges]  # type: ignore[misc]  # two ends


def plain(value: Any) -> Any:
    """Turn one of the driver's values into Python's, or into a record.

    >>> plain(time.Duration(hours=1)), plain(time.Duration(months=1)), plain([time.Date(2024, 12, 20)])
    (datetime.timedelta(seconds=3600), 'P1M', [datetime.date(2024, 12, 20)])
    """
    match value:
        case graph.Node():
            result = _record(value)
        case graph.Relationship():
            result = Relation(value)
        case graph.Path():
            result = {"nodes": [plain(each) for each in value.nodes], "edges": [plain(each) for each in value]}
        case time.Duration():
            result = value.iso_format() if value.months else _delta(value)
        case time.Date() | time.Time() | time.DateTime():
            result = value.to_native()
        case dict():
            result = _map(value)
        case list():
            result = [plain(each) for each in value]
        case _:
            result = value
    return result


def _record(node: graph.Node) -> Any:
    """Give a node of ours as its record, another one as a dict of its labels and properties."""
    registry = next((getattr(registries, label) for label in node.labels if label in LABELS), None)
    if registry is None or not node.get("uid"):
        return {"labels": sorted(node.labels), **_map(node)}
    return registry.from_row([node.get(name) for name in registry.fields()])


def _map(value: Mapping[str, Any] | graph.Entity) -> dict[str, Any]:
    return {name: plain(each) for name, each in value.items()}


def _delta(value: time.Duration) -> timedelta:
    return timedelta(days=value.days, seconds=value.seconds, microseconds=value.nanoseconds // 1000)
