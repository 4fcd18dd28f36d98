"""`pg.cypher()`: a person's own queries."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from provgraph.errors import QueryError
from provgraph.models import Node, iso
from provgraph.store import current

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd


class Answer(list[dict[str, Any]]):
    """The rows of a query, each a dict of column and value."""

    def __init__(self, columns: list[str], rows: Iterable[list[Any]]) -> None:
        """Keep the columns' order for `df()`, also when there is no row."""
        self.columns = columns
        super().__init__(dict(zip(columns, map(_plain, row), strict=True)) for row in rows)

    def df(self) -> pd.DataFrame:
        """Give the rows as a DataFrame, its columns in the query's order."""
        import pandas as pd

        return pd.DataFrame(list(self), columns=self.columns)


def cypher(query: str, /, *, write: bool = False, **parameters: Any) -> Answer:
    """Run a Cypher query and give its rows; it may only read, unless `write=True`.

    Parameters may be records (their uid is passed), datetimes (ISO text, for `datetime($at)`), paths (text) and
    DataFrames (a list with a map for each row, for UNWIND). The query may take `pg.settings.deadline` seconds.

    Raises `QueryError` for a query that is wrong or writes, `DeadlineError` for one that takes too long.

    >>> saved = pg.Transform(name="align", type="script").save()
    >>> pg.cypher("MATCH (t:Transform {uid: $t}) RETURN t.name AS name, t.type AS type", t=saved)
    [{'name': 'align', 'type': 'script'}]
    """
    if not isinstance(query, str) or not query.strip():
        raise QueryError(f"{query!r} is no query", "Give a text of Cypher; its parameters follow by name.")
    store = current.existing()
    values = {name: _parameter(value) for name, value in parameters.items()}
    answer = store.engine.ask(query, values, write=write, deadline=float(store.settings.deadline))
    return Answer(answer.columns, answer.rows)


def _parameter(value: Any) -> Any:
    """Turn a value into what the driver takes."""
    if hasattr(value, "to_pydatetime"):
        value = value.to_pydatetime()
    if hasattr(value, "to_dict") and hasattr(value, "columns"):
        value = value.to_dict("records")
    if isinstance(value, dict):
        return {name: _parameter(each) for name, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_parameter(each) for each in value]
    if isinstance(value, Node):
        return value.uid
    if isinstance(value, datetime):
        return value.isoformat() if value.tzinfo else iso(int(value.astimezone().timestamp() * 1e6))
    return str(value) if isinstance(value, Path) else value


def _plain(value: Any) -> Any:
    """Turn the driver's values into Python's: times into datetimes, nodes and edges into dicts."""
    if hasattr(value, "to_native"):
        return value.to_native()
    if hasattr(value, "items") and hasattr(value, "element_id"):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return value
