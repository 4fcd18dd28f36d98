"""The answer to a person's query. Importing this module imports the driver."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from neo4j import graph, time

from provgraph import registries
from provgraph.models import LABELS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import pandas as pd


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
