"""Predecessors of a transform that a person names by hand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from provgraph import statements
from provgraph.errors import InvalidValueError
from provgraph.store.saving.batch import gone, must_exist

if TYPE_CHECKING:
    from collections.abc import Sequence

    from provgraph.models import Node
    from provgraph.store.saving.batch import Batch
    from provgraph.store.saving.intents import Facts


@dataclass(frozen=True)
class Precede:
    """Transforms are to be predecessors of another because a person `names` them, or else no longer."""

    transform: Node
    predecessors: Sequence[Node]
    names: bool

    def apply(self, batch: Batch) -> None:
        """Write it.

        Raises `NotFoundError` when another process removed one of them meanwhile, `InvalidValueError` for a transform
        that is to precede itself, and for one to be taken back that only runs make a predecessor.
        """
        of, by_uid = batch.uid_of(self.transform), {batch.uid_of(each): each for each in self.predecessors}
        if of in by_uid:  # two that waited in the spool may be one
            raise InvalidValueError(f"Transform '{self.transform.title()}' cannot precede itself", "Name another one.")
        statement = statements.load(f"transforms/{'precede' if self.names else 'unprecede'}")
        rows = batch.run(statement, transform=of, predecessors=sorted(by_uid))
        must_exist(rows, f"Transform {of}")
        _, met, derived = rows[0]
        if missing := sorted(by_uid.keys() - set(met)):
            raise gone(f"Transform {missing[0]}")
        if derived:
            raise InvalidValueError(
                f"a run of '{self.transform.title()}' read what '{by_uid[derived[0]].title()}' made: so it precedes it",
                "Only what was named by hand can be taken back.",
            )

    def foreseen(self, space: str, at_us: int) -> list[tuple[Node, Facts]]:
        """Give nothing: no record changes."""
        del space, at_us
        return []
