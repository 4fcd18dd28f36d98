"""Save artifacts: same content, same artifact; other content under the key, a new version.

The rules are LaminDB's but one: content that is there under another key becomes an artifact of its own that shares the
stored bytes (LaminDB gives the old one back, lamindb#2611).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from provgraph import statements
from provgraph.models import ArtifactNode, iso, now_us, slots
from provgraph.store.batch import Batch, created_at, must_exist, next_revision
from provgraph.store.messages import warn

if TYPE_CHECKING:
    from collections.abc import Sequence

    from provgraph.store.files import Placed

Facts = dict[str, Any]


@dataclass(frozen=True)
class Item:
    """An artifact to be saved, where its bytes are, and the uid of the run that made it."""

    record: ArtifactNode
    placed: Placed
    run: str | None = None
    edge: str | None = None
    """For a hidden artifact: how it belongs to the run (environment, report or source)."""

    @property
    def key(self) -> str | None:
        """The key given, else the path below the storage root."""
        is_keyed = getattr(self.record, "_is_keyed", True)
        return (self.record.key if is_keyed else None) or self.placed.key or self.record.key


class ArtifactSaver:
    """Decides for each item of a batch whether it is known, a new version, or new; then writes all at once."""

    def __init__(self, batch: Batch) -> None:
        """Work in this transaction."""
        self._batch = batch
        self._heads: dict[str, Facts] = {}
        self._by_hash: dict[tuple[str, str], Facts] = {}
        self._created: list[tuple[Facts, dict[str, Any]]] = []
        self._demoted: dict[str, bool] = {}
        self._revised: list[dict[str, str]] = []
        self._made: dict[str, set[str]] = {}
        self._attached: dict[str, list[dict[str, str]]] = {}

    def save(self, items: Sequence[Item]) -> None:
        """Write the items and their edges."""
        self._look_up(items)
        for item in items:
            facts = self._settled(item)
            self._batch.settle(item.record, facts)
            if item.run and item.edge:
                self._attached.setdefault(item.run, []).append({"uid": facts["uid"], "edge": item.edge})
            elif item.run:
                self._made.setdefault(item.run, set()).add(facts["uid"])
        self._write()

    def _look_up(self, items: Sequence[Item]) -> None:
        batch = self._batch
        heads = {self._head(item) for item in items if item.key}
        if heads:
            rows = batch.run(statements.load("artifacts/latest"), heads=sorted(heads))
            self._heads = {head: facts for head, facts, _ in rows}
        for kind in {item.record.kind for item in items if not item.key}:
            hashes = sorted({item.placed.facts.hash for item in items if not item.key and item.record.kind == kind})
            parameters = {"hashes": hashes, "space": batch.space, "kind": kind}
            for hash_, facts in batch.run(statements.load("artifacts/with_hash"), **parameters):
                self._remember(kind, hash_, facts)
        self._warn_of_case(items)

    def _remember(self, kind: str, hash_: str, facts: Facts) -> None:
        """Keep for content without a key the artifact without a key, else the one saved last."""
        known = self._by_hash.get((kind, hash_))
        if known is None or known.get("key"):
            self._by_hash[kind, hash_] = facts

    def _warn_of_case(self, items: Sequence[Item]) -> None:
        new = {item.key: item.record.kind for item in items if item.key and self._head(item) not in self._heads}
        folded = {slots.folded(self._batch.space, kind, key): key for key, kind in new.items()}
        if not folded:
            return
        for each, keys in self._batch.run(statements.load("artifacts/near_keys"), folded=sorted(folded)):
            if others := [key for key in keys if key != folded[each]]:
                warn(f"the key '{folded[each]}' differs only in case from '{others[0]}'")

    def _settled(self, item: Item) -> Facts:
        head, hash_ = self._head(item), item.placed.facts.hash
        known = self._heads.get(head) if item.key else self._by_hash.get((item.record.kind, hash_))
        if known is not None and known["hash"] == hash_:
            return self._update(item, known)
        facts = self._new(item, head, known)
        self._heads[head] = facts
        if not item.key:
            self._by_hash[item.record.kind, hash_] = facts
        return facts

    def _update(self, item: Item, known: Facts) -> Facts:
        """Take over what the known artifact lacks or a person now says otherwise, and bring a hidden one back."""
        wanted = {name: getattr(item.record, name) for name in ArtifactNode.mutable}
        changes = {name: value for name, value in wanted.items() if value is not None and known.get(name) != value}
        if known.get("deleted"):
            changes["deleted"] = False
        if changes and not any(known is facts for facts, _ in self._created):
            self._batch.run(statements.load("artifacts/update"), uid=known["uid"], changes=changes)
        known.update(changes)
        return known

    def _new(self, item: Item, head: str, older: Facts | None) -> Facts:
        placed = item.placed
        uid = next_revision(older) if older else item.record.uid
        facts = self._batch.new(
            item.record,
            uid=uid,
            head=head,
            slot=slots.slot(head, uid),
            key=item.key,
            folded=slots.folded(self._batch.space, item.record.kind, item.key) if item.key else None,
            hash=placed.facts.hash,
            hash_type="blake3",
            size=placed.facts.size,
            placed=placed.placed,
            location=placed.location,
            is_latest=True,
        )
        if older:
            self._demote(older, facts)
        self._created.append((facts, placed.storage))
        return facts

    def _demote(self, older: Facts, newer: Facts) -> None:
        replaced = older["placed"] != "store" and older["location"] == newer["location"]
        self._revised.append({"uid": newer["uid"], "older": older["uid"]})
        if any(older is facts for facts, _ in self._created):
            older.update(is_latest=False, head=None, replaced=replaced)
        else:
            self._demoted[older["uid"]] = replaced

    def _write(self) -> None:
        batch, created = self._batch, self._created
        if self._demoted:
            rows = [{"uid": uid, "replaced": replaced} for uid, replaced in sorted(self._demoted.items())]
            batch.run(statements.load("artifacts/demote"), rows=rows)
        if created:
            rows = [{"facts": facts, "created_at": created_at(facts), "storage": storage} for facts, storage in created]
            batch.run(
                statements.load("artifacts/create"),
                rows=rows,
                user=batch.user_facts(),
                created_at=iso(now_us()),
            )
        if self._revised:
            batch.run(statements.load("artifacts/revise"), rows=self._revised)
        for run, uids in sorted(self._made.items()):
            note_outputs(batch, run, sorted(uids))
        for run, edges in sorted(self._attached.items()):
            attached = batch.run(statements.load("runs/attach"), run=run, artifacts=edges)
            must_exist(attached, f"the run {run}", len(edges))

    def _head(self, item: Item) -> str:
        return slots.of_artifact(self._batch.space, item.record.kind, item.key, item.placed.facts.hash)


def note_outputs(batch: Batch, run: str, artifacts: list[str]) -> None:
    """Write that the run made these artifacts."""
    now = now_us()
    rows = batch.run(statements.load("runs/outputs"), run=run, artifacts=artifacts, at=iso(now), now_us=now)
    must_exist(rows, f"the run {run}, or one of its outputs,", len(artifacts))


def note_inputs(batch: Batch, run: str, artifacts: list[str]) -> None:
    """Write that the run read these artifacts, and which runs and transforms it therefore follows."""
    now = now_us()
    rows = batch.run(statements.load("runs/inputs"), run=run, artifacts=artifacts, at=iso(now), now_us=now)
    must_exist(rows, f"the run {run}, or one of its inputs,", len(artifacts))
    batch.run(statements.load("runs/link"), run=run, artifacts=artifacts)
