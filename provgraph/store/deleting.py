"""Delete records: hide them, so that lineage keeps no hole, or remove those on which nothing stands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from provgraph import statements
from provgraph.errors import InvalidValueError
from provgraph.store.batch import must_exist

if TYPE_CHECKING:
    from provgraph.engines.contract import Engine
    from provgraph.models import Node

STANDS_ON: Final = {
    "Artifact": "runs read it or collections hold it",
    "Run": "artifacts were made by it",
    "Transform": "runs belong to it",
    "Collection": "nothing depends on it",
}


def delete(engine: Engine, record: Node, *, permanent: bool) -> None:
    """Hide the record, or with `permanent` remove its node and edges.

    Raises `InvalidValueError` for users and storages, which others share, and for a permanent deletion while
    something was made from the record; `NotFoundError` when another process deleted it meanwhile.
    """
    if record.label not in STANDS_ON:
        raise InvalidValueError(
            f"a {record.label} is shared by all spaces", "It stays; delete the records in your space."
        )
    folder = f"{record.label.lower()}s"
    if not permanent:
        rows = engine.write(lambda transaction: transaction.run(statements.load(f"{folder}/hide"), uid=record.uid))
        must_exist(rows, f"{record.label} {record.uid}")
        return
    dependents = engine.read(statements.load(f"{folder}/dependents"), uid=record.uid)
    must_exist(dependents, f"{record.label} {record.uid}", 0)
    if dependents[0][0]:
        raise InvalidValueError(
            f"{record.label} '{record.title()}' cannot be removed: {dependents[0][0]} {STANDS_ON[record.label]}",
            "Hide it instead: delete() without permanent=True.",
        )
    engine.write(lambda transaction: transaction.run(statements.load(f"{folder}/remove"), uid=record.uid))
