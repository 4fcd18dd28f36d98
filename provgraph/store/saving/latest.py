"""Which version is the latest when one is hidden, removed, or comes back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from provgraph.models import NODES, slots
from provgraph.store.saving.batch import update, versions

if TYPE_CHECKING:
    from provgraph.store.saving.batch import Batch

Facts = dict[str, Any]


def pass_on(batch: Batch, label: str, uid: str, *, hidden: bool) -> Facts:
    """Make the version before the latest, when the latest is deleted; give what changes of the one that was.

    Where all others are hidden, the newest of them takes its place if `hidden` says so: the next save goes on from it.
    """
    if not _has_versions(label):
        return {}
    known = versions(batch, label, uid)
    latest = next((each for each in known if each["uid"] == uid and each["is_latest"]), None)
    others = [each for each in known if each["uid"] != uid and (hidden or not each["deleted"])]
    before = max(others, key=lambda each: (not each["deleted"], each["uid"]), default=None)
    if latest is None or before is None:
        return {}
    return _move(batch, label, latest, before)[0]


def change(batch: Batch, label: str, changes: dict[str, Facts]) -> dict[str, Facts]:
    """Write changed properties, given by uid, and give by uid what follows from them.

    A hidden version that comes back is the latest again when no later one is there. Raises `NotFoundError` for a record
    that is no longer there.
    """
    return {uid: _take_back(batch, label, uid) for uid in update(batch, label, changes)}


def _take_back(batch: Batch, label: str, uid: str) -> Facts:
    """Make a version that is no longer hidden the latest, when that one is older or hidden; give what changes of it."""
    if not _has_versions(label):
        return {}
    known = versions(batch, label, uid)
    latest = next((each for each in known if each["is_latest"]), None)
    back = next(each for each in known if each["uid"] == uid)
    if latest is None or latest["uid"] == uid or (latest["uid"] > uid and not latest["deleted"]):
        return {}
    return _move(batch, label, latest, back)[1]


def _has_versions(label: str) -> bool:
    return "is_latest" in NODES[label].fields()


def _move(batch: Batch, label: str, latest: Facts, other: Facts) -> tuple[Facts, Facts]:
    """Let another version be the latest; give what changes of both. `last` keeps numbers from being given twice."""
    kept: Facts = {name: latest[name] for name in ("slot", "folded") if name in latest}
    lost: Facts = {**dict.fromkeys(kept), "is_latest": False, "slot": slots.of_older(latest["slot"], latest["uid"])}
    got = {**kept, "is_latest": True, "last": latest.get("last") or max(latest["uid"], other["uid"])}
    update(batch, label, {latest["uid"]: lost})
    update(batch, label, {other["uid"]: got})
    return lost, got
