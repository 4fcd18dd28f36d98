"""Conditions in plain Python: what a tree of lookups means, said a second time without any query."""

from __future__ import annotations

import itertools
import operator
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from provgraph.lookups import Q
from provgraph.models import RELATIONS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.support.graphs import Facts, Graph

Path = tuple[str, ...]
Records = dict[Path, "Facts | None"]
"""The record taken at the end of each path; None where there is none."""

COMPARE: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "exact": operator.eq,
    "iexact": lambda value, wanted: value.lower() == wanted.lower(),
    "contains": operator.contains,
    "icontains": lambda value, wanted: wanted.lower() in value.lower(),
    "startswith": str.startswith,
    "istartswith": lambda value, wanted: value.lower().startswith(wanted.lower()),
    "endswith": str.endswith,
    "iendswith": lambda value, wanted: value.lower().endswith(wanted.lower()),
    "in": lambda value, wanted: value in wanted,
    "gt": operator.gt,
    "gte": operator.ge,
    "lt": operator.lt,
    "lte": operator.le,
    "range": lambda value, wanted: wanted[0] <= value <= wanted[1],
    "regex": lambda value, wanted: re.search(wanted, value) is not None,
    "iregex": lambda value, wanted: re.search(wanted, value, re.IGNORECASE) is not None,
}


@dataclass(frozen=True)
class Is:
    """One comparison; without a field, of the relation itself (`isnull` alone)."""

    path: Path
    field: str | None
    compare: str
    value: Any

    def q(self) -> Q:
        """Write it as a lookup."""
        return Q(**{"__".join([*self.path, *([self.field] if self.field else []), self.compare]): self.value})

    def holds(self, records: Records) -> bool:
        """Say whether it holds; a record that is not there has no values."""
        record = records[self.path]
        value = record and (record.get(self.field) if self.field else True)
        if self.compare == "isnull":
            return (value is None) is bool(self.value)
        return value is not None and COMPARE[self.compare](value, self.value)


@dataclass(frozen=True)
class Joined:
    """Parts joined by `&` or `|`."""

    sign: str
    parts: tuple[Condition, ...]

    def q(self) -> Q:
        """Write it with `Q`."""
        first, *others = [part.q() for part in self.parts]
        for each in others:
            first = first & each if self.sign == "&" else first | each
        return first


@dataclass(frozen=True)
class Turned:
    """The opposite of a condition."""

    part: Condition

    def q(self) -> Q:
        """Write it with `Q`."""
        return ~self.part.q()


Condition = Is | Joined | Turned


def comparisons(condition: Condition) -> list[Is]:
    """List all comparisons."""
    if isinstance(condition, Is):
        return [condition]
    if isinstance(condition, Turned):
        return comparisons(condition.part)
    return [each for part in condition.parts for each in comparisons(part)]


class Meaning:
    """What the conditions of one call of `filter` mean in a graph."""

    def __init__(self, graph: Graph, label: str, condition: Condition) -> None:
        """Note which fields are named at the end of which path: naming one lifts what it hides by default."""
        self.graph = graph
        self.label = label
        self.condition = condition
        self.named: set[tuple[Path, str | None]] = {(each.path, each.field) for each in comparisons(condition)}

    def holds(self, record: Facts) -> bool:
        """Say whether a record fulfils the condition."""
        return self._fulfils(self.condition, record)

    def hides(self, record: Facts, path: Path) -> bool:
        """Say whether a record at the end of a path is hidden."""
        deleted = record.get("deleted") and (path, "deleted") not in self.named
        other_kind = record.get("kind", "data") != "data" and (path, "kind") not in self.named
        return bool(deleted or other_kind)

    def _fulfils(self, condition: Condition, record: Facts) -> bool:
        paths = {each.path[:depth] for each in _asserted(condition) for depth in range(1, len(each.path) + 1)}
        return any(
            self._at(condition, record, records) for records in self._choices(sorted(paths, key=len), {(): record})
        )

    def _at(self, condition: Condition, record: Facts, records: Records) -> bool:
        if isinstance(condition, Is):
            return condition.holds(records)
        if isinstance(condition, Turned):
            return not self._fulfils(condition.part, record)
        every = all if condition.sign == "&" else any
        return every(self._at(part, record, records) for part in condition.parts)

    def _choices(self, paths: list[Path], chosen: Records) -> Iterator[Records]:
        """Give every way to take one record at the end of each path."""
        if not paths:
            yield chosen
            return
        path, *others = paths
        start = chosen[path[:-1]]
        taken: list[Facts | None] = [*(self._found(start, path) if start else [])]
        for found in taken or [None]:
            yield from self._choices(others, {**chosen, path: found})

    def _found(self, start: Facts, path: Path) -> list[Facts]:
        label = self.label
        for name in path[:-1]:
            label = RELATIONS[label][name].target
        target = self.graph.nodes[RELATIONS[label][path[-1]].target]
        found = [target[uid] for uid in self.graph.related(label, start["uid"], path[-1])]
        return [each for each in found if not self.hides(each, path)]


def meant(graph: Graph, label: str, conditions: list[Condition]) -> set[str]:
    """Give the uids of the records that all calls of `filter` keep."""
    calls = [Meaning(graph, label, condition) for condition in conditions]
    named = set(itertools.chain.from_iterable(call.named for call in calls))

    def is_hidden(record: Facts) -> bool:
        default = Meaning(graph, label, Joined("&", ()))
        default.named = named
        return default.hides(record, ())

    return {
        uid
        for uid, record in graph.nodes[label].items()
        if not is_hidden(record) and all(call.holds(record) for call in calls)
    }


def _asserted(condition: Condition) -> list[Is]:
    """List the comparisons that are not turned round: those for which records are taken together."""
    if isinstance(condition, Is):
        return [condition]
    if isinstance(condition, Turned):
        return []
    return [each for part in condition.parts for each in _asserted(part)]
