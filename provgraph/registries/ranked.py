"""Query sets of a search: ordered by how well they fit."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, TypeVar

from provgraph.registries.queryset import QuerySet, Rows, Texts
from provgraph.registries.record import Record
from provgraph.registries.search import score

R = TypeVar("R", bound=Record)


@dataclass(frozen=True, repr=False)
class Ranked(QuerySet[R]):
    """The records that a text was searched for in, the best first."""

    text: str = ""
    fields: tuple[str, ...] = ()

    def filter(self, *conditions: Any, **lookups: Any) -> QuerySet[R]:
        """Keep the records that fulfil these, in the same order."""
        return replace(
            self, conditions=QuerySet(self.registry, self.conditions).filter(*conditions, **lookups).conditions
        )

    def order_by(self, *names: str) -> QuerySet[R]:
        """Order all records that fit by fields instead."""
        return QuerySet(self.registry, self.conditions).order_by(*names)

    def last(self) -> R | None:
        """Give the record that fits least."""
        listed = list(self)
        return listed[-1] if listed else None

    def count(self) -> int:
        """Count the records."""
        return len(self._rows(["uid"]))

    def _rows(self, names: Texts, *, raw: bool = False) -> Rows:
        """Fetch all that fit, and rank them here; of equals the newest comes first."""
        everything = QuerySet(self.registry, self.conditions)
        rows = everything._rows([*self.fields, *names], raw=raw)[::-1]
        many = len(self.fields)
        rows.sort(key=lambda row: -score(row[:many], self.text))
        return [row[many:] for row in rows[self.start : self.stop]]
