"""`pg.cypher()`: a person's own queries."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from provgraph.errors import QueryError, check_flags, shown
from provgraph.models import Node, zoned
from provgraph.models.params import is_text
from provgraph.probes.notebook import in_notebook
from provgraph.statements.files import used_parameters
from provgraph.store import current
from provgraph.store.messages import warn
from provgraph.words import counted

if TYPE_CHECKING:
    from provgraph.store.answers import Answer

MISSING: Final = frozenset({"NaTType", "NAType"})
"""The types of pandas' NaT and NA; their names, since pandas need not be there."""


def cypher(query: str, parameters: Mapping[str, Any] | None = None, /, *, write: bool = False, **named: Any) -> Answer:
    """Run a Cypher query and give its rows; it may only read, unless `write=True`.

    Parameters are given by name, or as one dict; `$space` is this project's space unless it is given. They may be
    records (their uid is passed), datetimes (ISO text, for `datetime($at)`; one without a zone is local time), paths
    (text) and DataFrames (a list with a map for each row, for UNWIND); pandas' NaT and NA are null. In the rows a node
    is its record, an edge a dict of its type and properties, a path a dict of its nodes and edges, a duration a
    timedelta (ISO text when it has months). The query may take `pg.settings.deadline` seconds, and give
    `pg.settings.rows_max` rows: a notebook then shows so many, with a warning.

    Raises `QueryError` for a query that is wrong, writes or gives too many rows (it points at the place), for
    `write=True` while recording is off, and `DeadlineError` for one that takes too long.

    >>> saved = pg.Transform(name="align", type="script").save()
    >>> pg.cypher("MATCH (t:Transform {uid: $t}) RETURN t.name AS name, t.type AS type", t=saved)
    [{'name': 'align', 'type': 'script'}]
    >>> pg.cypher("MATCH (t:Transform) RETURN t")[0]["t"] == saved
    True
    """
    text = query.rstrip().rstrip(";") if isinstance(query, str) else ""
    if not text.strip():
        raise QueryError(f"{shown(query)} is no query", "Give a text of Cypher; its parameters follow by name.")
    if not is_text(text):
        raise QueryError(f"{shown(text)} holds bytes that are no text", "Write the query as UTF-8.")
    if parameters is not None and not isinstance(parameters, Mapping):
        raise QueryError(f"{shown(parameters)} are no parameters", "Give them by name, or as one dict.")
    check_flags(write=write)
    if write and current.is_off():
        raise QueryError(
            f"recording is off ({current.why_off()}), so no query may write", "Turn it on, or leave write=True away."
        )
    if current.is_off() and current.there() is None:
        return _nothing(text)
    store = current.existing()
    own = {"space": store.space} if "space" in used_parameters(text) else {}
    values = {name: _parameter(value) for name, value in {**own, **(parameters or {}), **named}.items()}
    most = None if write else int(store.settings.rows_max)
    answer = store.engine.ask(text, values, write=write, deadline=float(store.settings.deadline), most=most)
    if answer.is_cut:
        _say_cut(most)
    from provgraph.store.answers import Answer

    return Answer(answer.columns, answer.rows)


def _nothing(query: str) -> Answer:
    """Answer with no rows: while recording is off there may be no graph."""
    from provgraph.engines.columns import returned
    from provgraph.store.answers import Answer

    return Answer(returned(query), [])


def _say_cut(most: int | None) -> None:
    """Raise for too many rows, or in a notebook say that they are not all."""
    happened, advice = (
        f"the query gives more than {counted(most or 0, 'row')}",
        "Add a LIMIT, count, or raise pg.settings.rows_max.",
    )
    if not in_notebook():
        raise QueryError(happened, advice)
    warn(f"{happened}; these are the first. {advice}")


def _parameter(value: Any) -> Any:
    """Turn a value into what the driver takes; what pandas calls missing (NaT, NA) is null."""
    if type(value).__name__ in MISSING:
        return None
    if hasattr(value, "to_pydatetime"):
        value = value.to_pydatetime()
    if hasattr(value, "to_dict") and hasattr(value, "columns"):
        value = value.to_dict("records")
    if isinstance(value, dict):
        return {name: _parameter(each) for name, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_parameter(each) for each in value]
    if isinstance(value, Node):
        value.must_be_saved()
        return value.uid
    if isinstance(value, datetime):
        return zoned(value).isoformat()
    return str(value) if isinstance(value, Path) else value
