"""Find in the graph what waited in the spool: under its own uid, else by what identifies it.

A client names a record before the graph knows it. When the record is brought in and its content turns out to be known,
the graph keeps the record that it has; whoever still holds the first name is led there by key and content.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from provgraph import statements
from provgraph.models import ArtifactNode, CollectionNode, Node, TransformNode, slots
from provgraph.store.saving.artifacts import with_content
from provgraph.store.saving.batch import gone
from provgraph.store.saving.transforms import same_version

if TYPE_CHECKING:
    from collections.abc import Iterable

    from provgraph.store.saving.batch import Batch

Facts = dict[str, Any]


def held(batch: Batch, record: Node) -> Facts:
    """Give what the graph holds of a record; `NotFoundError` when neither its uid nor its identity is there."""
    found = _with_uid(batch, record)
    if found is None and isinstance(record, ArtifactNode):
        found = _artifact(batch, record)
    elif found is None and isinstance(record, TransformNode):
        found = same_version(batch, record)
    elif found is None and isinstance(record, CollectionNode):
        found = _collection(batch, record)
    if found is None:
        raise gone(f"{record.label} '{record.title()}'")
    return found


def _with_uid(batch: Batch, record: Node) -> Facts | None:
    rows = batch.run(statements.typed("records/held", LABEL=record.label), uid=record.uid)
    return rows[0][0] if rows else None


def _artifact(batch: Batch, record: ArtifactNode) -> Facts | None:
    """Find the newest artifact with the content, under the same key; without a key rather one without a key."""
    known = [each.facts for each in with_content(batch, record.kind, [record.hash])]
    wanted = [facts for facts in known if facts.get("key") == record.key]
    return _last(wanted) or (None if record.key else _last(known))


def _collection(batch: Batch, record: CollectionNode) -> Facts | None:
    slot = slots.of_named(batch.space, record.key, record.name)
    rows = batch.run(statements.typed("records/latest", LABEL="Collection"), slots=[slot])
    return rows[0][0] if rows else None


def _last(found: Iterable[Facts]) -> Facts | None:
    return next(reversed(list(found)), None)
