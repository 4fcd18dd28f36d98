"""Columns of an answer: a field of the record itself, or one reached over relations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from provgraph.errors import UnknownFieldError
from provgraph.lookups.conditions import Path, relation, target
from provgraph.lookups.fields import FieldKind
from provgraph.lookups.parse import field_at, follow
from provgraph.models import RunNode, from_micros


@dataclass(frozen=True)
class Column:
    """A column: its name, the path to the record that holds the field, and the field."""

    name: str
    path: Path
    field: FieldKind
    many: bool
    """Whether the cell is a list: a relation on the path leads to many records."""
    first: bool
    """Whether the cell is of the creator, the first of the runs that made the artifact."""
    within: str | None = None
    """The uid of the one collection at the end of the path; the cell is then of the edge that leads to it."""

    @property
    def is_plain(self) -> bool:
        """Whether the graph's cell is the value itself."""
        return not self.path and self.field.kind not in ("time", "json")

    @property
    def is_of_one_type(self) -> bool:
        """Whether the cells are the record's own and can be compared as they are; parameters are of any type."""
        return not self.path and self.field.kind != "param"

    @property
    def absent(self) -> str:
        """What stands in the graph's answer for no value, as Cypher: a value of another kind."""
        return {"truth": "''", "param": "[]"}.get(self.field.kind, "false")

    def without_absent(self, cells: list[Any]) -> list[Any]:
        """Put None where there is no value.

        >>> column("Artifact", "size").without_absent([0, False])
        [0, None]
        """
        if self.field.kind == "truth":
            return [None if cell == "" else cell for cell in cells]
        if self.field.kind == "param":
            return [None if cell == [] else cell for cell in cells]
        return [None if cell is False else cell for cell in cells]

    def read(self, cell: Any) -> Any:
        """Turn what the graph gave into the value of the cell: a time, parameters as a dictionary."""
        held = self.held(cell)
        return [self._value(each) for each in held] if self.many else self._value(held)

    def held(self, cell: Any) -> Any:
        """Give the property that a cell is of, as the graph holds it; of many a list in their order."""
        if not self.path:
            return cell
        if self.first:
            return min(cell, key=_sequence)[1] if cell else None
        return sorted(cell, key=rank) if self.many else next(iter(cell), None)

    def _value(self, value: Any) -> Any:
        if self.field.kind == "json":
            return RunNode.read_params(value)
        return from_micros(value) if self.field.kind == "time" and value is not None else value


def column(label: str, name: str) -> Column:
    """Read the name of a column; a relation alone means the uid of its record.

    Raises `UnknownFieldError` for a name that the label does not have.

    >>> column("Artifact", "run__transform__name").path
    ('run', 'transform')
    >>> column("Run", "params__cutoff").field.property
    'params.cutoff'
    """
    path, rest = follow(label, name)
    field = field_at(target(label, path), rest or ["uid"])
    if field is None:
        raise UnknownFieldError(f"'{name}' is no column of {label}", "Give a field, or a field across relations.")
    many = any(relation(label, path[: depth + 1]).many for depth in range(len(path)))
    first = bool(path) and not many and relation(label, path[:1]).hops[0].edge == "OUTPUT_OF"
    return Column(name, path, field, many, first)


def position(collection: str) -> Column:
    """Give the column of the places that artifacts have in a collection with this uid; None where none is known."""
    return Column("position", ("collections",), FieldKind("position", "integer"), False, False, collection)  # noqa: FBT003


def rank(value: Any) -> tuple[int, Any]:
    """Give what values of any type are ordered by, as Cypher orders them; what is not known comes last.

    >>> sorted([None, 2, "a", float("nan"), True, 0.5], key=rank)
    ['a', True, 0.5, 2, nan, None]
    """
    if value is None or value != value:  # noqa: PLR0124 - NaN is not equal to itself
        return 3 + (value is None), 0
    if isinstance(value, bool):
        return 1, value
    return (2 if isinstance(value, int | float) else 0), value


def _sequence(pair: list[Any]) -> tuple[bool, Any]:
    return pair[0] is None, pair[0]
