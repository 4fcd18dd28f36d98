"""One saving transaction: what its parts share."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from provgraph import statements, uids
from provgraph.errors import InvalidValueError, NotFoundError
from provgraph.models import Node, UserNode, iso, now_us, slots, stamp

if TYPE_CHECKING:
    from pathlib import Path

    from provgraph.engines.contract import Row, Transaction
    from provgraph.statements import Statement


@dataclass
class Batch:
    """A transaction, who saves, in which space, and what the records will hold once it is committed."""

    transaction: Transaction
    space: str
    user: UserNode
    root: Path
    """The project's folder."""
    at_us: int = field(default_factory=now_us)
    """When a person did what is written: now, unless it waited in the spool."""
    is_late: bool = False
    """Whether it waited in the spool."""
    settled: list[tuple[Node, dict[str, Any]]] = field(default_factory=list)
    named: dict[tuple[str, str], str] = field(default_factory=dict)
    """The uids of the versions that are named here, by what all versions have in common of theirs, and the name."""
    remarks: list[str] = field(default_factory=list)
    """What a person should look at, said once the transaction is committed."""

    def run(self, statement: Statement, /, **parameters: Any) -> list[Row]:
        """Run one statement in the transaction."""
        return self.transaction.run(statement, **parameters)

    def settle(self, record: Node, facts: dict[str, Any]) -> None:
        """Note what the record is in the graph; it takes this over after the commit."""
        self.settled.append((record, facts))

    def stamp(self) -> int:
        """Give the time of a new node, later than that of the one before."""
        if not self.is_late:
            return stamp()
        self.at_us += 1
        return self.at_us

    def uid_of(self, record: Node) -> str:
        """Give the uid under which the graph holds a saved record, see `provgraph.store.saving.identities`."""
        return str(self.held(record)["uid"]) if record.is_provisional else record.uid

    def held(self, record: Node) -> dict[str, Any]:
        """Give what the graph holds of a record that waited in the spool; `NotFoundError` when it is not there."""
        from provgraph.store.saving.identities import held

        return held(self, record)

    def user_facts(self) -> dict[str, Any]:
        """Give the properties of the user who saves, for a statement that merges the node."""
        return user_facts(self.user)

    def new(self, record: Node, **more: Any) -> dict[str, Any]:
        """Give the properties of a node to be created: the record's, its space and its time."""
        facts = {**record.facts(), "created_us": record.created_us or self.stamp(), **more}
        if record.spaced:
            facts["space"] = self.space
        if version := facts.get("version"):
            facts["version"] = version_name(self, record.label, facts["uid"], version, is_new=True)
        return facts


def user_facts(user: UserNode) -> dict[str, Any]:
    """Give the properties of a user's node."""
    created_us = user.created_us or stamp()
    return {**user.facts(), "created_us": created_us, "slot": slots.of_user(user.handle)}


def created_at(facts: dict[str, Any]) -> str:
    """Give the time of creation as ISO text, for Cypher's `datetime()`."""
    return iso(facts["created_us"])


def next_revision(facts: dict[str, Any]) -> str:
    """Give the uid of the version after the one with these properties, and after later ones that were deleted."""
    return uids.next_version(facts.get("last") or facts["uid"])


def replacing(older: dict[str, Any] | None) -> dict[str, str | None]:
    """Give the parameters by which a statement takes the version before (None: there is none) from being the latest."""
    if older is None:
        return {"older": None, "older_slot": None}
    return {"older": older["uid"], "older_slot": slots.of_older(older["slot"], older["uid"])}


def versions(batch: Batch, label: str, uid: str) -> list[dict[str, Any]]:
    """Give the properties of all versions of the record with this uid, the oldest first."""
    return [row[0] for row in _of_versions(batch, "records/versions", label, uid)]


def update(batch: Batch, label: str, changes: dict[str, dict[str, Any]]) -> list[str]:
    """Write changed properties, given by uid, and give the uids of hidden records that came back by that.

    Raises `NotFoundError` for a record that is no longer there.
    """
    rows = [{"uid": uid, "changes": each} for uid, each in sorted(changes.items()) if each]
    if not rows:
        return []
    was_hidden = dict(batch.run(statements.typed("records/update", LABEL=label), rows=rows))
    if missing := [row["uid"] for row in rows if row["uid"] not in was_hidden]:
        raise gone(f"{label} {missing[0]}")
    return [uid for uid, was in was_hidden.items() if was and changes[uid].get("deleted") is False]


def said_anew(batch: Batch, record: Node, known: dict[str, Any], *more: str) -> dict[str, Any]:
    """Give what a person who saves a known record again says otherwise of it; saving brings a hidden one back.

    Compared are the fields that may be changed, and `more`; what the record leaves open stays as it is known.
    """
    wanted = {name: getattr(record, name) for name in (*record.mutable, *more)}
    changes = {name: value for name, value in wanted.items() if value is not None and known.get(name) != value}
    if version := changes.get("version"):
        changes["version"] = version_name(batch, record.label, known["uid"], version)
    return changes | ({"deleted": False} if known.get("deleted") else {})


def version_name(batch: Batch, label: str, uid: str, wanted: str, *, is_new: bool = False) -> str | None:
    """Give the name that a version gets; `InvalidValueError` when another version of its record has it already.

    What waited in the spool keeps the name it has, or none, then; that is said.
    """
    is_first = is_new and uid.endswith(uids.FIRST_REVISION)
    names = {} if is_first else dict(_of_versions(batch, "records/names", label, uid))
    named = (uid[: uids.STEM_LENGTH[label]], wanted)
    have_it = [each for each, name in names.items() if name == wanted] + [batch.named.get(named, uid)]
    taken = next((each for each in have_it if each != uid), None)
    if taken is None:
        batch.named[named] = uid
        return wanted
    happened = f"the version '{wanted}' is taken by {label} {taken}"
    if not batch.is_late:
        raise InvalidValueError(happened, "Give this one another version.")
    batch.remarks.append(f"{happened}: {label} {uid} waited in the spool and goes without it")
    return names.get(uid)


def _of_versions(batch: Batch, name: str, label: str, uid: str) -> list[Row]:
    """Run a statement about all versions of the record with this uid."""
    stem = uid[: uids.STEM_LENGTH[label]]
    first, last = f"{stem}{uids.FIRST_REVISION}", f"{stem}{uids.LAST_REVISION}"
    return batch.run(statements.typed(name, LABEL=label), first=first, last=last)


def gone(what: str) -> NotFoundError:
    """Make the error for a record that was there before."""
    return NotFoundError(
        f"{what} is no longer in the graph: another process deleted it", "Make a new record of it, or start a new run."
    )


def must_exist(rows: list[Row], what: str, count: int = 1) -> None:
    """Raise `NotFoundError`, which undoes the transaction, when a statement met fewer nodes than it was given."""
    if not rows or (isinstance(rows[0][0], int) and rows[0][0] < count):
        raise gone(what)
