"""Save collections: the same members, the same collection; other members under the name, a new version."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from provgraph import statements
from provgraph.models import CollectionNode, slots
from provgraph.store.saving.batch import Batch, created_at, gone, next_revision, replacing, said_anew, update

if TYPE_CHECKING:
    from collections.abc import Sequence


def save(batch: Batch, record: CollectionNode, uids: Sequence[str]) -> None:
    """Write one collection; `uids` are those of its members, in their order.

    One that is known takes over what is said of it now, and keeps the order that it has.
    """
    places = {uid: place for place, uid in enumerate(dict.fromkeys(uids))}
    hash_ = content_of(uids)
    slot = slots.of_named(batch.space, record.key, record.name)
    rows = batch.run(statements.typed("records/latest", LABEL="Collection"), slots=[slot])
    latest = rows[0][0] if rows else None
    if latest and latest["hash"] == hash_:
        changes = said_anew(batch, record, latest)
        update(batch, "Collection", {latest["uid"]: changes})
        batch.settle(record, latest | changes)
        return
    uid = next_revision(latest) if latest else record.uid
    facts = batch.new(record, uid=uid, slot=slot, hash=hash_, is_latest=True)
    rows = batch.run(
        statements.load("collections/create"),
        facts=facts,
        created_at=created_at(facts),
        user=batch.user_facts(),
        **replacing(latest),
        artifacts=[{"uid": uid, "position": place} for uid, place in sorted(places.items())],
    )
    if missing := sorted(places.keys() - set(rows[0][0] if rows else ())):
        raise gone(f"Artifact {missing[0]}, a member of '{record.title()}',")
    batch.settle(record, facts)


def content_of(uids: Sequence[str]) -> str:
    """Give what tells a version of a collection from another: the hash of its members' uids."""
    return hashlib.sha256("\n".join(sorted(set(uids))).encode()).hexdigest()
