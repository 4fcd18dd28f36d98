"""One saving transaction: what its parts share."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from provgraph import uids
from provgraph.errors import NotFoundError
from provgraph.models import Node, UserNode, iso, slots, stamp

if TYPE_CHECKING:
    from provgraph.engines.contract import Row, Transaction
    from provgraph.statements import Statement


@dataclass
class Batch:
    """A transaction, who saves, in which space, and what the records will hold once it is committed."""

    transaction: Transaction
    space: str
    user: UserNode
    settled: list[tuple[Node, dict[str, Any]]] = field(default_factory=list)

    def run(self, statement: Statement, /, **parameters: Any) -> list[Row]:
        """Run one statement in the transaction."""
        return self.transaction.run(statement, **parameters)

    def settle(self, record: Node, facts: dict[str, Any]) -> None:
        """Note what the record is in the graph; it takes this over after the commit."""
        self.settled.append((record, facts))

    def user_facts(self) -> dict[str, Any]:
        """Give the properties of the user who saves, for a statement that merges the node."""
        return user_facts(self.user)

    def new(self, record: Node, **more: Any) -> dict[str, Any]:
        """Give the properties of a node to be created: the record's, its space and its time."""
        facts = {**record.facts(), "created_us": record.created_us or stamp(), **more}
        if record.spaced:
            facts["space"] = self.space
        return facts


def user_facts(user: UserNode) -> dict[str, Any]:
    """Give the properties of a user's node."""
    created_us = user.created_us or stamp()
    return {**user.facts(), "created_us": created_us, "slot": slots.of_user(user.handle)}


def created_at(facts: dict[str, Any]) -> str:
    """Give the time of creation as ISO text, for Cypher's `datetime()`."""
    return iso(facts["created_us"])


def next_revision(facts: dict[str, Any]) -> str:
    """Give the uid of the version after the one with these properties."""
    return uids.next_version(facts["uid"])


def must_exist(rows: list[Row], what: str, count: int = 1) -> None:
    """Raise `NotFoundError`, which undoes the transaction, when a statement met fewer nodes than it was given."""
    if not rows or (isinstance(rows[0][0], int) and rows[0][0] < count):
        raise NotFoundError(
            f"{what} is no longer in the graph: another process deleted it", "Save it again, or start a new run."
        )
