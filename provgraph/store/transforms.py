"""Save transforms: same code, same transform; other code, a new version."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from provgraph import statements
from provgraph.errors import InvalidValueError
from provgraph.models import TransformNode, slots
from provgraph.store.batch import Batch, created_at, must_exist, next_revision, replacing, update, versions

if TYPE_CHECKING:
    from collections.abc import Callable

Facts = dict[str, Any]


def save(batch: Batch, record: TransformNode, still_there: Callable[[str], bool] | None = None) -> str:
    """Write one transform and say what happened: created, loaded, revised, renamed or copied.

    `still_there` says whether the file of a key exists; with it a transform is found under a new key by its code:
    renamed when the old file is gone, copied when it is there.
    """
    slot = slots.of_named(batch.space, record.key, record.name)
    latest = _first(batch, "transforms/latest", slot=slot)
    if latest is None and record.hash and still_there:
        rows = batch.run(statements.load("transforms/with_hash"), hash=record.hash, space=batch.space)
        twins = [facts for (facts,) in rows if facts["key"] != record.key and facts["is_latest"]]
        gone = next((facts for facts in twins if not still_there(facts["key"] or "")), None)
        if gone is not None:
            return _rename(batch, record, gone, slot)
        if twins:
            _create(batch, record, slot, None)
            return "copied"
    if latest is None:
        _create(batch, record, slot, None)
        return "created"
    known = latest if _is_same(record, latest) else _older(batch, record, latest)
    if known is not None:
        _load(batch, record, known)
        return "loaded"
    _create(batch, record, slot, latest)
    return "revised"


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


def _older(batch: Batch, record: TransformNode, latest: Facts) -> Facts | None:
    """Find an older version that is the same."""
    return next(
        (facts for facts in reversed(versions(batch, record.label, latest["uid"])) if _is_same(record, facts)), None
    )


def _create(batch: Batch, record: TransformNode, slot: str, older: Facts | None) -> None:
    uid = next_revision(older) if older else record.uid
    facts = batch.new(record, uid=uid, slot=slot, is_latest=True)
    rows = batch.run(
        statements.load("transforms/create"),
        facts=facts,
        created_at=created_at(facts),
        user=batch.user_facts(),
        **replacing(older),
    )
    must_exist(rows, f"the transform '{record.title()}'")
    batch.settle(record, facts)


def _load(batch: Batch, record: TransformNode, facts: Facts) -> None:
    wanted = {name: getattr(record, name) for name in (*TransformNode.mutable, "hash")}
    changes = {name: value for name, value in wanted.items() if value is not None and facts.get(name) != value}
    if facts.get("deleted"):
        changes["deleted"] = False
    if changes:
        update(batch, record.label, {facts["uid"]: changes})
    if record.type not in ("pipeline", facts["type"]):
        batch.remarks.append(f"'{record.title()}' is a {facts['type']} already; it does not become a {record.type}")
    if facts.get("reference") and "reference" in changes:
        batch.remarks.append(
            f"the reference of '{record.title()}' is now {changes['reference']}; it was {facts['reference']}"
        )
    batch.settle(record, {**facts, **changes})


def _rename(batch: Batch, record: TransformNode, twin: Facts, slot: str) -> str:
    changes = {"key": record.key, "name": record.name, "slot": slot}
    update(batch, record.label, {twin["uid"]: changes})
    batch.settle(record, {**twin, **changes})
    return "renamed"


def _first(batch: Batch, name: str, **parameters: Any) -> Facts | None:
    rows = batch.run(statements.load(name), **parameters)
    return rows[0][0] if rows else None
