"""Query sets of a search: ordered by how well they fit."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

from provgraph.errors import InvalidValueError
from provgraph.registries.queryset import QuerySet
from provgraph.registries.record import Record
from provgraph.registries.search import score

if TYPE_CHECKING:
    from collections.abc import Sequence

    from provgraph.lookups import Q
    from provgraph.registries.fetching import Columns

R = TypeVar("R", bound=Record)


@dataclass(frozen=True, repr=False)
class Ranked(QuerySet[R]):
    """The records that a text was searched for in, the best first."""

    text: str = ""
    fields: tuple[str, ...] = ()

    def order_by(self, *names: str) -> QuerySet[R]:
        """Order all records that fit by fields instead."""
        return self._unranked.order_by(*names)

    def last(self) -> R | None:
        """Give the record that fits least."""
        listed = list(self)
        return listed[-1] if listed else None

    def count(self) -> int:
        """Count the records."""
        return len(self.uids())

    def _parts(self) -> list[QuerySet[R]]:
        """Raise: what fits best of a union or of a part is not what fits best of the whole."""
        raise InvalidValueError(
            "the result of a search cannot be joined: it is ordered and limited",
            "Join first, then search: (one | other).search(...).",
        )

    @property
    def _unranked(self) -> QuerySet[R]:
        return QuerySet(self.registry, self.conditions, lifted=self.lifted, others=self.others)

    def _narrowed(self, condition: Q) -> QuerySet[R]:
        """Keep the records that fulfil it, in the same order; the best of them are taken afterwards."""
        narrowed = self._unranked._narrowed(condition)
        return replace(self, conditions=narrowed.conditions, others=narrowed.others)

    def _cells(self, names: Sequence[str]) -> Columns:
        """Fetch all that fit, and rank them here; of equals the newest comes first."""
        found = self._unranked._cells([*self.fields, *names])
        texts, cells = found[: len(self.fields)], found[len(self.fields) :]
        scores = [score(list(row), self.text) for row in zip(*texts, strict=True)]
        places = sorted(range(len(scores)), key=lambda place: (-scores[place], -place))
        best = places[self.start : self.stop]
        return [[column[place] for place in best] for column in cells]
