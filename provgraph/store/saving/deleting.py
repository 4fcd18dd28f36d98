"""Delete records: hide them, so that lineage keeps no hole, or remove those on which nothing stands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from provgraph import statements
from provgraph.errors import InvalidValueError
from provgraph.models import NODES, slots
from provgraph.store.saving.batch import must_exist, update, versions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from provgraph.models import Node
    from provgraph.store.saving.batch import Batch

STANDS_ON: Final = {
    "Artifact": "runs read it or collections hold it",
    "Run": "artifacts were made by it",
    "Transform": "runs or other transforms stand on it",
    "Collection": "nothing depends on it",
}


@dataclass(frozen=True)
class Delete:
    """Records are to be hidden, or with `permanent` their nodes and edges removed."""

    records: Sequence[Node]
    permanent: bool = False

    def apply(self, batch: Batch) -> None:
        """Write it.

        Raises `InvalidValueError` for users and storages, which others share, and for a permanent deletion while
        something was made from a record; `NotFoundError` when another process deleted it meanwhile.
        """
        for record in self.records:
            _delete(batch, record, permanent=self.permanent)


def _delete(batch: Batch, record: Node, *, permanent: bool) -> None:
    if record.label not in STANDS_ON:
        raise InvalidValueError(
            f"a {record.label} is shared by all spaces", "It stays; delete the records in your space."
        )
    if not permanent:
        rows = batch.run(statements.typed("records/hide", LABEL=record.label), uid=record.uid)
        must_exist(rows, f"{record.label} {record.uid}")
        _pass_on(batch, record.label, record.uid, hidden=False)
        batch.settle(record, {**record.facts(), "deleted": True})
        return
    dependents = batch.run(statements.load(f"{record.label.lower()}s/dependents"), uid=record.uid)
    must_exist(dependents, f"{record.label} {record.uid}", 0)
    if dependents[0][0]:
        raise InvalidValueError(
            f"{record.label} '{record.title()}' cannot be removed: {dependents[0][0]} {STANDS_ON[record.label]}",
            "Hide it instead: delete() without permanent=True.",
        )
    _remove(batch, record.label, record.uid)


def _remove(batch: Batch, label: str, uid: str) -> None:
    """Remove a record, and with a run what stands on it alone: edges of its transform, and hidden artifacts."""
    owned = _left_by(batch, uid) if label == "Run" else []
    _pass_on(batch, label, uid, hidden=True)
    batch.run(statements.typed("records/remove", LABEL=label), uid=uid)
    for each in owned:
        _remove(batch, "Artifact", each)


def _left_by(batch: Batch, run: str) -> list[str]:
    """Remove the derived edges of a run's transform that no other run explains; give its own hidden artifacts."""
    pairs = batch.run(statements.load("runs/explained"), uid=run)[0][0]
    if pairs:
        batch.run(statements.load("check/remove_transforms"), pairs=pairs)
    owned: list[str] = batch.run(statements.load("runs/owned"), uid=run)[0][0]
    return owned


def _pass_on(batch: Batch, label: str, uid: str, *, hidden: bool) -> None:
    """Make the version before the latest, when the latest is deleted; `last` keeps numbers from being given twice.

    Where all others are hidden, the newest of them takes its place if `hidden` says so: the next save goes on from it.
    """
    if "is_latest" not in NODES[label].fields():
        return
    known = versions(batch, label, uid)
    latest = next((each for each in known if each["uid"] == uid and each["is_latest"]), None)
    others = [each for each in known if each["uid"] != uid and (hidden or not each["deleted"])]
    before = max(others, key=lambda each: (not each["deleted"], each["uid"]), default=None)
    if latest is None or before is None:
        return
    kept: dict[str, Any] = {name: latest[name] for name in ("slot", "folded") if name in latest}
    lost = dict.fromkeys(kept) | {"is_latest": False, "slot": slots.of_older(latest["slot"], uid)}
    update(batch, label, {uid: lost})
    last = latest.get("last") or uid
    update(batch, label, {before["uid"]: {**kept, "is_latest": True, "last": last}})
