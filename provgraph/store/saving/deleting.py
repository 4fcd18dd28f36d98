"""Delete records: hide them, so that lineage keeps no hole, or remove those on which nothing stands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from provgraph import statements
from provgraph.errors import InvalidValueError
from provgraph.store.saving.batch import must_exist
from provgraph.store.saving.latest import pass_on

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
        passed = pass_on(batch, record.label, record.uid, hidden=False)
        batch.settle(record, {**record.facts(), **passed, "deleted": True})
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
    pass_on(batch, label, uid, hidden=True)
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
