"""Save artifacts: same content, same artifact; other content under the key, a new version.

The rules are LaminDB's but one: content that is there under another key becomes an artifact of its own that shares the
stored bytes (LaminDB gives the old one back, lamindb#2611).
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from provgraph import statements
from provgraph.models import ArtifactNode, iso, slots
from provgraph.storage.seeing import is_there
from provgraph.store.saving.batch import Batch, created_at, must_exist, next_revision, said_anew, update

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

    @property
    def maker(self) -> str | None:
        """The run whose output it is."""
        return None if self.edge else self.run


@dataclass
class Known:
    """An artifact that the graph holds, or will hold after this transaction, and where its bytes are."""

    facts: Facts
    root: str
    host: str | None
    is_new: bool = False
    maker: str | None = None
    """Of a new one: the run that it is written with."""

    def lies_at(self, placed: Placed) -> bool:
        """Say whether its bytes lie, or lay, at this very place."""
        here = (placed.storage["host"], placed.storage["root"], placed.location)
        return here == (self.host, self.root, self.facts["location"])

    def lies_better_at(self, placed: Placed) -> bool:
        """Say whether its bytes are rather where they were found now: copied at last, or no longer where they were."""
        if self.is_new or self.lies_at(placed) or (placed.placed == self.facts["placed"] == "store"):
            return False
        is_here = self.host in (None, placed.storage["host"])
        is_lost = is_here and not is_there(Path(self.root, self.facts["location"]), unseen=True)
        return is_lost or placed.placed == "store"

    def suits(self, path: str | None) -> tuple[bool, ...]:
        """Say how well it suits a file without a key: not hidden, of no key or of the file's own path, the latest."""
        key = self.facts.get("key")
        return not self.facts["deleted"], not key, key == path, bool(self.facts["is_latest"])


class ArtifactSaver:
    """Decides for each item of a batch whether it is known, a new version, or new; then writes all at once."""

    def __init__(self, batch: Batch) -> None:
        """Work in this transaction."""
        self._batch = batch
        self._by_slot: dict[str, Known] = {}
        self._by_hash: dict[tuple[str, str], list[Known]] = defaultdict(list)
        self._groups: dict[tuple[str, str | None], dict[str, Any]] = {}
        self._changes: dict[str, Facts] = {}
        self._relocated: dict[str, Facts] = {}
        self._demoted: dict[str, Facts] = {}
        self.revised: list[dict[str, str]] = []
        """The uid of each new version, with the older one's."""
        self._made: dict[str, set[str]] = {}
        self._attached: dict[str, list[dict[str, str]]] = {}

    def save(self, items: Sequence[Item]) -> list[str]:
        """Write the items and their edges, and give the uid that each has in the graph."""
        self._look_up(items)
        saved = []
        for item in items:
            known = self._settled(item)
            uid = known.facts["uid"]
            saved.append(uid)
            self._batch.settle(item.record, known.facts)
            if item.run and item.edge:
                self._attached.setdefault(item.run, []).append({"uid": uid, "edge": item.edge})
            elif item.run and item.run != known.maker:
                self._made.setdefault(item.run, set()).add(uid)
        self._write()
        return saved

    def _look_up(self, items: Sequence[Item]) -> None:
        folded = {self._folded(item) for item in items if item.key}
        near: dict[str, str] = {}
        if folded:
            wanted = {self._slot(item) for item in items if item.key}
            for row in self._batch.run(statements.load("artifacts/known"), folded=sorted(folded)):
                known = Known(*row)
                if (slot := known.facts.get("slot")) in wanted:
                    self._by_slot[slot] = known
                elif slot and "folded" in known.facts and not known.facts["deleted"]:  # else changed while it was read
                    near[known.facts["folded"]] = known.facts["key"]
        self._look_up_content([item for item in items if not item.key])
        self._remark_on_case(items, near)

    def _look_up_content(self, items: Sequence[Item]) -> None:
        """Find the artifacts that have these contents, the oldest first."""
        for kind in {item.record.kind for item in items}:
            hashes = sorted({item.placed.facts.hash for item in items if item.record.kind == kind})
            for known in with_content(self._batch, kind, hashes):
                self._by_hash[kind, known.facts["hash"]].append(known)

    def _with_content(self, item: Item) -> Known | None:
        """Choose for content without a key the artifact that suits its file best; of equal ones that saved last."""
        file, path = item.placed.facts.path, None
        if file.is_relative_to(self._batch.root):
            path = file.relative_to(self._batch.root).as_posix()
        found = self._by_hash[item.record.kind, item.placed.facts.hash]
        known = max(reversed(found), key=lambda each: each.suits(path), default=None)
        is_own = known is not None and known.facts.get("key") in {None, path} and known.facts["is_latest"]
        if known is not None and not known.is_new and not is_own:
            what = known.facts["key"] + ("" if known.facts["is_latest"] else ", an older version of it")
            self._batch.remarks.append(
                f"{file.name} is taken for {what}, which holds the same; give key= to tell them apart"
            )
        return known

    def _remark_on_case(self, items: Sequence[Item], near: dict[str, str]) -> None:
        for item in items:
            if item.key and self._slot(item) not in self._by_slot:
                other = near.setdefault(self._folded(item), item.key)
                if other != item.key:
                    self._batch.remarks.append(f"the key '{item.key}' differs only in case from '{other}'")

    def _settled(self, item: Item) -> Known:
        slot, content = self._slot(item), (item.record.kind, item.placed.facts.hash)
        known = self._by_slot.get(slot) if item.key else self._with_content(item)
        if known is not None and known.facts["hash"] == item.placed.facts.hash:
            self._change(item, known)
            return known
        new = self._new(item, slot, known)
        self._by_slot[slot] = new
        self._by_hash[content].append(new)
        return new

    def _change(self, item: Item, known: Known) -> None:
        """Take over what the known artifact lacks or a person now says otherwise, and bring a hidden one back."""
        facts, placed = known.facts, item.placed
        changes = said_anew(self._batch, item.record, facts)
        if known.lies_better_at(placed):
            where = {"placed": placed.placed, "location": placed.location}
            self._relocated[facts["uid"]] = {**where, "storage": placed.storage}
            facts.update(where, replaced=False)
        if "description" in changes and facts.get("description"):
            title = facts.get("key") or f"Artifact {facts['uid']}"
            self._batch.remarks.append(
                f"the description of {title} is now '{changes['description']}'; it was '{facts['description']}'"
            )
        facts.update(changes)
        if changes and not known.is_new:
            self._changes.setdefault(facts["uid"], {}).update(changes)

    def _new(self, item: Item, slot: str, older: Known | None) -> Known:
        placed = item.placed
        facts = self._batch.new(
            item.record,
            uid=next_revision(older.facts) if older else item.record.uid,
            slot=slot,
            key=item.key,
            folded=self._folded(item) if item.key else None,
            is_latest=True,
            **placed.properties(),
        )
        if older:
            self._demote(older, facts, placed)
        group: Facts = {"storage": placed.storage, "run": item.maker, "rows": []}
        rows = self._groups.setdefault((placed.storage["slot"], item.maker), group)["rows"]
        rows.append({"facts": facts, "created_at": created_at(facts)})
        return Known(facts, placed.storage["root"], placed.storage["host"], is_new=True, maker=item.maker)

    def _demote(self, older: Known, newer: Facts, placed: Placed) -> None:
        facts = older.facts
        self.revised.append({"uid": newer["uid"], "older": facts["uid"]})
        changes = {
            "slot": slots.of_older(facts["slot"], facts["uid"]),
            "replaced": facts["placed"] != "store" and older.lies_at(placed),
        }
        if older.is_new:
            facts.update(changes, is_latest=False, folded=None)
        else:
            self._demoted[facts["uid"]] = changes

    def _write(self) -> None:
        batch, now = self._batch, self._batch.at_us
        update(batch, "Artifact", self._changes)
        if self._relocated:
            batch.run(statements.load("artifacts/relocate"), rows=_rows(self._relocated), at=iso(now))
        if self._demoted:
            batch.run(statements.load("artifacts/demote"), rows=_rows(self._demoted))
        if self._groups:
            self._create(now)
        if self.revised:
            batch.run(statements.load("artifacts/revise"), rows=self.revised)
        for run, uids in sorted(self._made.items()):
            note_outputs(batch, run, sorted(uids))
        for run, edges in sorted(self._attached.items()):
            attached = batch.run(statements.load("runs/attach"), run=run, artifacts=edges)
            must_exist(attached, f"the run {run}", len(edges))

    def _create(self, now: int) -> None:
        groups = list(self._groups.values())
        made = sum(len(group["rows"]) for group in groups if group["run"])
        rows = self._batch.run(
            statements.load("artifacts/create"), groups=groups, user=self._batch.user_facts(), at=iso(now), now_us=now
        )
        must_exist([[rows[0][1]]] if rows else [], "the run that made these artifacts", made)

    def _slot(self, item: Item) -> str:
        return slots.of_artifact(self._batch.space, item.record.kind, item.key, item.placed.facts.hash)

    def _folded(self, item: Item) -> str:
        return slots.folded(self._batch.space, item.record.kind, item.key or "")


def _rows(by_uid: dict[str, Facts]) -> list[Facts]:
    return [{"uid": uid, **facts} for uid, facts in sorted(by_uid.items())]


def with_content(batch: Batch, kind: str, hashes: Sequence[str | None]) -> list[Known]:
    """Give the artifacts of a kind that have one of these contents, the oldest first."""
    rows = batch.run(statements.load("artifacts/with_hash"), hashes=list(hashes), space=batch.space, kind=kind)
    return [Known(*row) for row in rows]


def note_outputs(batch: Batch, run: str, artifacts: list[str]) -> None:
    """Write that the run made these artifacts."""
    at = {"at": iso(batch.at_us), "now_us": batch.at_us}
    rows = batch.run(statements.load("runs/outputs"), run=run, artifacts=artifacts, **at)
    must_exist(rows, f"the run {run}, or one of its outputs,", len(artifacts))


def note_inputs(batch: Batch, run: str, artifacts: list[str]) -> None:
    """Write that the run read these artifacts, and which runs and transforms it therefore follows."""
    at = {"at": iso(batch.at_us), "now_us": batch.at_us}
    rows = batch.run(statements.load("runs/inputs"), run=run, artifacts=artifacts, **at)
    must_exist(rows, f"the run {run}, or one of its inputs,", len(artifacts))
    batch.run(statements.load("runs/link"), run=run, artifacts=artifacts)
