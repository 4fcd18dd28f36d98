"""Slots: the composed strings that keep every record the only one of its kind.

Each node but a run has a unique `slot`: what identifies it. The latest version of a versioned record has the slot
itself, so that it is found by one index look-up and there is never a second latest; an older version has its uid
before it. One composed string serves both engines; their composite constraints differ on nulls.
"""

from __future__ import annotations


def of_user(handle: str) -> str:
    """Identify a user by the handle, on every machine the same."""
    return handle


def of_storage(host: str | None, root: str) -> str:
    """Identify a folder by its host and path."""
    return f"{host or ''}:{root}"


def of_artifact(space: str, kind: str, key: str | None, hash_: str) -> str:
    """Identify an artifact by its key, or by its content when it has none.

    >>> of_artifact("lab", "data", "a.csv", "ff"), of_artifact("lab", "data", None, "ff")
    ('lab:data:key:a.csv', 'lab:data:hash:ff')
    """
    return f"{space}:{kind}:key:{key}" if key else f"{space}:{kind}:hash:{hash_}"


def of_named(space: str, key: str | None, name: str | None) -> str:
    """Identify a transform or a collection by its key, or by its name when it has none.

    >>> of_named("lab", None, "Cell Ranger")
    'lab:name:Cell Ranger'
    """
    return f"{space}:key:{key}" if key else f"{space}:name:{name}"


def folded(space: str, kind: str, key: str) -> str:
    """Give the same text for keys that differ only in case."""
    return f"{space}:{kind}:{key.casefold()}"


def of_older(slot: str, uid: str) -> str:
    """Identify a version that is no longer the latest; no space's name contains a blank, so it is nobody's slot else.

    >>> of_older("lab:name:Cell Ranger", "VpL0JhiFabcd0000")
    'VpL0JhiFabcd0000 lab:name:Cell Ranger'
    """
    return f"{uid} {slot}"
