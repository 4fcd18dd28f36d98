"""Records as rows of tables and DataFrames."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from provgraph.lookups import column
from provgraph.models import from_micros
from provgraph.views.tables import Followed

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

    from provgraph.models import Node
    from provgraph.registries.queryset import QuerySet

HIDDEN: Final = frozenset({"space", "kind", "deleted", "pid_started", "replaced", "hash_type", "placed", "location"})
"""Fields that a table shows only when they are asked for: each costs 4 ms of every 10,000 records."""
TYPED: Final[dict[str, Any]] = {"integer": "Int64", "truth": "boolean", "number": "float64"}
"""The pandas type of a column, by the kind of its values; times have theirs, and what else there is has none."""
SHOWN: Final = (
    "uid",
    "key",
    "name",
    "handle",
    "root",
    "description",
    "type",
    "status",
    "suffix",
    "size",
    "version",
    "created_at",
)


def columns(registry: type[Node]) -> list[str]:
    """Name the columns of a registry: its fields, times as `..._at`.

    When it was created stands where pandas leaves columns out first, so that a terminal shows what a person looks for.
    """
    fields = [name for name in registry.fields() if name != "created_us"]
    fields.insert(fields.index("hash") if "hash" in fields else len(fields), "created_us")
    return [f"{name.removesuffix('_us')}_at" if name.endswith("_us") else name for name in fields]


def frame(label: str, names: list[str], columns: list[list[Any]]) -> pd.DataFrame:
    """Make a DataFrame of columns of cells as the graph gave them, indexed by uid.

    Times have their zone (UTC), whole numbers that may be missing are Int64. A parameter is what all its values are.
    """
    import pandas as pd

    data: dict[str, Any] = {}
    for name, cells in zip(names, columns, strict=True):
        of = column(label, name)
        values = [of.read(cell) for cell in cells] if of.path or of.field.kind == "json" else cells
        kind = _kind(values) if of.field.kind == "param" else of.field.kind
        if kind in TYPED and not of.many:
            data[name] = pd.array(values, dtype=TYPED[kind])
        elif of.many or kind != "time":
            data[name] = pd.Series(values, dtype=object)
        elif of.path:
            data[name] = pd.to_datetime(pd.Series(values, dtype=object), utc=True)
        else:
            data[name] = pd.to_datetime(pd.array(values, dtype="Int64"), unit="us", utc=True)
    return pd.DataFrame(data, columns=names).set_index("uid")


def _kind(values: list[Any]) -> str:
    """Say what kind all values of a parameter are, those aside that are not there.

    >>> _kind([1, None]), _kind([1, 0.5]), _kind([True]), _kind([True, 1]), _kind([None])
    ('integer', 'number', 'truth', 'param', 'param')
    """
    types = frozenset(type(value) for value in values if value is not None)
    return {frozenset({bool}): "truth", frozenset({int}): "integer"}.get(
        types, "number" if types and types <= {int, float} else "param"
    )


def shown(registry: type[Node], records: Iterable[Node]) -> list[dict[str, Any]]:
    """Give for each record what a small table shows."""
    listed = list(records)
    known = [name for name in SHOWN if name in columns(registry)]
    names = [name for name in known if name == "uid" or any(getattr(each, name) not in (None, "") for each in listed)]
    return [{name: _short(getattr(each, name)) for name in names} for each in listed]


FOLLOWED: Final[dict[str, dict[str, tuple[str, ...]]]] = {
    "Artifact": {
        "run": ("started_at", "finished_at", "uid", "name", "status", "params", "git_commit"),
        "transform": ("name", "key", "uid", "type", "version", "description", "reference"),
        "created_by": ("handle", "name"),
    },
    "Run": {
        "transform": ("name", "key", "uid", "type", "version", "description", "reference"),
        "created_by": ("handle", "name"),
    },
    "Transform": {"created_by": ("handle", "name")},
    "Collection": {"created_by": ("handle", "name")},
}
"""By label the relations that a notebook's table shows, with their fields; the first that has a value names it."""


def followed(records: QuerySet[Any]) -> list[dict[str, Any]]:
    """Give for each record what a notebook's table shows, in one query: its name and its relations can be followed."""
    registry, relations = records.registry, FOLLOWED.get(records.label, {})
    own = columns(registry)
    names = [*own, *(f"{relation}__{field}" for relation, fields in relations.items() for field in fields)]
    return [_followed(registry, relations, dict(zip(names, row, strict=True))) for row in records.list(*names)]


def belonging(record: Any) -> dict[str, Any]:
    """Give what a record belongs to, by relation, as a table names it: who made it, by which run of which transform."""
    relations = FOLLOWED.get(record.label, {})
    rows = followed(record._itself) if record.is_saved else []
    return {name: value for row in rows for name, value in row.items() if name in relations}


def related(record: Any) -> dict[str, dict[str, Any] | None]:
    """Give the facts of what a record belongs to, by relation; None where there is nothing."""
    there = belonging(record)
    return {name: dict(there[name].facts) if name in there else None for name in FOLLOWED.get(record.label, {})}


def _followed(registry: type[Node], relations: dict[str, tuple[str, ...]], known: dict[str, Any]) -> dict[str, Any]:
    facts = {name: known[name] for name in columns(registry) if name not in HIDDEN}
    title = next((name for name in registry.title_fields if known[name]), "uid")
    row = {title: Followed(str(known[title]), facts)}
    row |= {name: _short(facts[name]) for name in SHOWN if name != title and facts.get(name) not in (None, "")}
    for relation, fields in relations.items():
        found = {field: known[f"{relation}__{field}"] for field in fields}
        if named := next((str(_short(value)) for value in found.values() if value), None):
            row[relation] = Followed(named, found)
    return row


def _short(value: Any) -> Any:
    """Write a time without its fractions, for a table."""
    return value.strftime("%Y-%m-%d %H:%M:%S") if hasattr(value, "strftime") else value


def facts(record: Node) -> dict[str, Any]:
    """Give what is known of one record, times as datetimes."""
    found: dict[str, Any] = {}
    for name in record.fields():
        value = getattr(record, name)
        if name.endswith("_us"):
            name, value = f"{name.removesuffix('_us')}_at", from_micros(value) if value else None  # noqa: PLW2901
        found[name] = value
    return found
