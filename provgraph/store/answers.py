"""The answer to a person's query. Importing this module imports the driver."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from neo4j import graph, time

from provgraph import registries
from provgraph.errors import QueryError
from provgraph.models import LABELS
from provgraph.registries.lineage import Lineage
from provgraph.store.lineage import among
from provgraph.views import repr_html

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    import pandas as pd


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

        It can be drawn (`.view()`) and asked as any lineage. Raises `QueryError` when there is neither a run nor an
        artifact among the rows.

        >>> run = pg.Run(pg.Transform(name="step").save()).save()
        >>> size = Path("a.txt").write_text("1")
        >>> made = pg.Artifact("a.txt", key="a.txt", run=run).save()
        >>> len(pg.cypher("MATCH (a:Artifact)-[:OUTPUT_OF]->(r:Run) RETURN a, r").graph().edges)
        1
        """
        from provgraph.store import current

        found = {each.uid: each for row in self for value in row.values() for each in records(value)}
        if not found:
            raise QueryError("the rows hold no runs or artifacts", "Let the query give nodes, not their properties.")
        return Lineage.of(among(current.existing().engine, list(found.values())))

    def _repr_html_(self) -> str:
        shown = [dict(row) for row in self[:SHOWN]]
        more = f", the first {SHOWN} of {len(self):,} rows" if len(self) > SHOWN else ""
        return repr_html(f"Answer{more}", shown)


def records(value: Any) -> Iterator[Any]:
    """Give the runs and artifacts in a value, also inside of lists, maps and paths.

    >>> list(records([1, {"a": None}]))
    []
    """
    if isinstance(value, registries.Run | registries.Artifact):
        yield value
    elif isinstance(value, list | dict):
        for each in value.values() if isinstance(value, dict) else value:
            yield from records(each)


def plain(value: Any) -> Any:
    """Turn one of the driver's values into Python's, or into a record.

    >>> plain(time.Duration(hours=1)), plain(time.Duration(months=1)), plain([time.Date(2024, 12, 20)])
    (datetime.timedelta(seconds=3600), 'P1M', [datetime.date(2024, 12, 20)])
    """
    match value:
        case graph.Node():
            result = _record(value)
        case graph.Relationship():
            result = {"type": value.type, **_map(value)}
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
