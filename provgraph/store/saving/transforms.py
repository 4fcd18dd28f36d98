"""Save transforms: same code, same transform; other code, a new version."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any, Final

from provgraph import statements
from provgraph.errors import InvalidValueError
from provgraph.models import TransformNode, slots
from provgraph.probes.code import path_of_key
from provgraph.storage.seeing import is_there
from provgraph.store.saving.batch import (
    Batch,
    created_at,
    must_exist,
    next_revision,
    replacing,
    said_anew,
    update,
    versions,
)
from provgraph.store.saving.latest import change

if TYPE_CHECKING:
    from collections.abc import Sequence

Facts = dict[str, Any]
SHOWN: Final = 3
"""Keys that a remark names at most."""


class TransformSaver:
    """Decides for each transform of a batch whether it is known, a new version, or new; then writes all at once."""

    def __init__(self, batch: Batch, *, finds_renamed: bool = False, renamed: str | None = None) -> None:
        """Work in this transaction; `renamed` is the uid of the one that goes by the record's key from now on.

        When it finds renamed ones, a transform is known under a new key by its code: renamed when the old file is gone,
        copied when it is there. Of several whose files are gone, the key tells which one it was, or nothing does.
        """
        self._batch = batch
        self._finds_renamed = finds_renamed
        self._renamed = renamed
        self._latest: dict[str, Facts] = {}
        self._new: dict[str, Facts] = {}
        """What is still to be written, by slot."""

    def save(self, records: Sequence[TransformNode]) -> list[tuple[str, str]]:
        """Write the transforms; say what each is now (created, loaded, revised, renamed or copied) and its uid."""
        slots_ = sorted({self._slot(record) for record in records})
        for (facts,) in self._batch.run(statements.typed("records/latest", LABEL="Transform"), slots=slots_):
            self._latest[facts["slot"]] = facts
        settled = self._batch.settled
        saved = [(self._save(record, self._slot(record)), settled[-1][1]["uid"]) for record in records]
        self._write()
        return saved

    def _save(self, record: TransformNode, slot: str) -> str:
        if slot in self._new:
            self._write()
        latest = self._follow(record, slot) if self._renamed else self._latest.get(slot)
        if latest is None:
            return self._save_unknown(record, slot)
        if self._batch.is_late:
            self._let_name_go(record, latest)
        known = latest if _is_same(record, latest) else _older(self._batch, record, latest)
        if known is not None:
            loaded = _load(self._batch, record, known)
            if loaded["is_latest"]:
                self._latest[slot] = loaded
            return "loaded"
        self._create(record, slot, latest)
        return "revised"

    def _let_name_go(self, record: TransformNode, latest: Facts) -> None:
        """Leave out a version's name that other code has: a run that waited is not lost for it; that is said."""
        try:
            for facts in versions(self._batch, record.label, latest["uid"]) if record.version is not None else []:
                _is_same(record, facts)
        except InvalidValueError as error:
            self._batch.remarks.append(f"{error.happened}: what waited in the spool goes without it")
            record.version = None

    def _follow(self, record: TransformNode, slot: str) -> Facts | None:
        """Let the one whose uid was given go by the record's key, unless that is another's."""
        there = self._latest.get(slot)
        family = versions(self._batch, record.label, self._renamed or "")
        known = next((facts for facts in family if facts["is_latest"]), None)
        if known is None or known["slot"] == slot or known["space"] != self._batch.space:
            return there
        if there is not None and self._batch.is_late:
            return there
        if there is not None:
            raise InvalidValueError(
                f"Transform '{known['uid'][:8]}' was {known['key']}, which is gone, and {record.key} is another: "
                f"Transform '{there['uid'][:8]}'",
                "Call pg.track() without a uid.",
            )
        self._batch.remarks.append(f"'{known['key']}' goes by '{record.key}' from now on")
        return _rename(self._batch, record, known, slot)

    def _save_unknown(self, record: TransformNode, slot: str) -> str:
        """Write a transform whose key or name is new; its code may be known under another key."""
        happened = "created"
        if record.hash and self._finds_renamed:
            rows = self._batch.run(statements.load("transforms/with_hash"), hash=record.hash, space=self._batch.space)
            others = [facts for (facts,) in rows if facts.get("key") not in {None, record.key}]
            twins = [facts for facts in others if facts["is_latest"]]
            gone = [facts for facts in twins if not self._is_file_there(facts["key"])]
            before = _nearest(record, gone)
            if before is not None:
                self._latest[slot] = _rename(self._batch, record, before, slot)
                return "renamed"
            if gone:
                self._batch.remarks.append(_undecided(record, gone))
            happened = "copied" if twins and not gone else happened
        self._create(record, slot, None)
        return happened

    def _is_file_there(self, key: str) -> bool:
        return is_there(path_of_key(key, self._batch.root), unseen=True)

    def _create(self, record: TransformNode, slot: str, older: Facts | None) -> None:
        uid = next_revision(older) if older else record.uid
        facts = self._batch.new(record, uid=uid, slot=slot, is_latest=True)
        self._new[slot] = {"facts": facts, "created_at": created_at(facts), **replacing(older)}
        self._latest[slot] = facts
        self._batch.settle(record, facts)

    def _write(self) -> None:
        rows, self._new = list(self._new.values()), {}
        if not rows:
            return
        at = rows[0]["created_at"]
        written = self._batch.run(
            statements.load("transforms/create"), rows=rows, user=self._batch.user_facts(), created_at=at
        )
        must_exist(written, "a transform", len(rows))

    def _slot(self, record: TransformNode) -> str:
        return slots.of_named(self._batch.space, record.key, record.name)


def _is_same(record: TransformNode, facts: Facts) -> bool:
    """Say whether these are the same version: the same code, or without code the same version label."""
    if record.version is not None and facts.get("version") == record.version and facts["type"] != record.type:
        raise InvalidValueError(
            f"'{record.title()}' has a version '{record.version}' of type {facts['type']}, not {record.type}",
            "Give this one another version, or another name.",
        )
    if record.hash is not None and facts.get("hash") is not None:
        same = bool(record.hash == facts["hash"])
        if not same and record.version is not None and record.version == facts.get("version"):
            raise InvalidValueError(
                f"the version '{record.version}' of '{record.title()}' is taken by other code", "Give another version."
            )
        return same
    return record.version is None or record.version == facts.get("version")


def same_version(batch: Batch, record: TransformNode) -> Facts | None:
    """Give what the graph holds of the version that a record is, the latest or an older one; else None."""
    slot = slots.of_named(batch.space, record.key, record.name)
    rows = batch.run(statements.typed("records/latest", LABEL="Transform"), slots=[slot])
    if not rows:
        return None
    latest: Facts = rows[0][0]
    return latest if _is_same(record, latest) else _older(batch, record, latest)


def _older(batch: Batch, record: TransformNode, latest: Facts) -> Facts | None:
    """Find an older version that is the same."""
    return next(
        (facts for facts in reversed(versions(batch, record.label, latest["uid"])) if _is_same(record, facts)), None
    )


def _load(batch: Batch, record: TransformNode, facts: Facts) -> Facts:
    changes = said_anew(batch, record, facts, "hash")
    following = change(batch, record.label, {facts["uid"]: changes})
    if record.type not in ("pipeline", facts["type"]):
        batch.remarks.append(f"'{record.title()}' is a {facts['type']} already; it does not become a {record.type}")
    batch.remarks += [
        f"the {name} of '{record.title()}' is now {changes[name]}; it was {facts[name]}"
        for name in ("reference", "description")
        if facts.get(name) and name in changes
    ]
    loaded = {**facts, **changes, **following.get(facts["uid"], {})}
    batch.settle(record, loaded)
    return loaded


def _nearest(record: TransformNode, gone: Sequence[Facts]) -> Facts | None:
    """Give the one that was renamed to this: the only one, else the only one with the longest common end of the key."""
    ends = [_common_end(facts["key"], record.key or "") for facts in gone]
    longest = max(ends, default=0)
    nearest = [facts for facts, end in zip(gone, ends, strict=True) if end == longest]
    return nearest[0] if len(nearest) == 1 else None


def _common_end(one: str, other: str) -> int:
    """Count the parts that two keys have in common from the file's name upwards."""
    pairs = zip(reversed(one.split("/")), reversed(other.split("/")), strict=False)
    return sum(1 for _ in itertools.takewhile(lambda pair: pair[0] == pair[1], pairs))


def _undecided(record: TransformNode, gone: Sequence[Facts]) -> str:
    shown = ", ".join(f"'{facts['key']}'" for facts in gone[:SHOWN]) + (", ..." if len(gone) > SHOWN else "")
    return (
        f"'{record.key}' has the code of {len(gone)} whose files are gone ({shown}): "
        "nothing says which of them it was, so it is a transform of its own"
    )


def _rename(batch: Batch, record: TransformNode, twin: Facts, slot: str) -> Facts:
    """Let a transform with all its versions go by another key; what ran before keeps the key it had then."""
    named = {"key": record.key, "name": record.name} if _is_same(record, twin) else {}
    changes = {**named, "slot": slot}
    older = [each["uid"] for each in versions(batch, record.label, twin["uid"]) if each["uid"] != twin["uid"]]
    moved = {uid: {"slot": slots.of_older(slot, uid)} for uid in older}
    update(batch, record.label, {**moved, twin["uid"]: changes})
    renamed = {**twin, **changes}
    batch.settle(record, renamed)
    return renamed
