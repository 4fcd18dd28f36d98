"""Predecessors of a transform that a person names by hand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from provgraph import statements
from provgraph.errors import InvalidValueError
from provgraph.store.batch import must_exist

if TYPE_CHECKING:
    from collections.abc import Sequence

    from provgraph.models import Node
    from provgraph.store.batch import Batch


@dataclass(frozen=True)
class NamePredecessors:
    """Transforms are to be predecessors of another because a person says so, or when not `named` no longer."""

    transform: Node
    predecessors: Sequence[Node]
    named: bool

    def apply(self, batch: Batch) -> None:
        """Write it.

        Raises `NotFoundError` when another process removed one of them meanwhile, and `InvalidValueError` for an edge
        to be removed that follows from runs.
        """
        by_uid = {batch.uid_of(each): each for each in self.predecessors}
        statement = statements.load(f"transforms/{'precede' if self.named else 'unprecede'}")
        rows = batch.run(statement, transform=batch.uid_of(self.transform), predecessors=sorted(by_uid))
        must_exist(rows, f"Transform '{self.transform.title()}' or one of those before it", len(by_uid))
        if not self.named and rows[0][1]:
            first = by_uid[rows[0][1][0]]
            raise InvalidValueError(
                f"a run of '{self.transform.title()}' read what '{first.title()}' made: so it is its predecessor",
                "Only what was named by hand can be taken back.",
            )
