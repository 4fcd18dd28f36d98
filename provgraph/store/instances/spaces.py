"""Who else works in a space: said when a project joins it, and before its records go."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Final

from provgraph import statements
from provgraph.errors import InvalidValueError
from provgraph.store.instances import servers
from provgraph.store.ledger.spooling import UNREACHABLE
from provgraph.store.messages import warn
from provgraph.words import counted

if TYPE_CHECKING:
    from provgraph.store.store import Store

Holders = dict[str, int]
"""By handle, how many records of a space a user made."""

FOR_GOOD: Final = "To delete them for good: pg.delete(force=True), provgraph delete --force."


def holders(store: Store) -> Holders:
    """Ask once who made how many records of the store's space, who made most first."""
    rows = store.engine.read(statements.load("store/holders"), space=store.space)
    return {handle or "nobody known": int(nodes) for handle, nodes in rows}


def tell_joined(store: Store) -> None:
    """Say whose records a space of a server holds already, when a project comes to it for the first time.

    It may have come by its folder's name alone.
    """
    with contextlib.suppress(*UNREACHABLE):  # what is recorded then waits in the spool
        if not store.ledger.apart and servers.is_new_to(store.instance) and (found := holders(store)):
            warn(
                f"joined the space '{store.space}', which holds {counted(sum(found.values()), 'record')} already "
                f"({_listed(found)}); for a space of its own give this project another name: pg.init(name=...), or "
                "provgraph init --name"
            )


def refuse_records(store: Store) -> None:
    """Raise `InvalidValueError` when the store's space on a server holds records, with how many are of others."""
    if found := holders(store):
        others = _of_others(store, found)
        of_others = f", {sum(others.values())} of them of others ({_listed(others)})" if others else ""
        raise InvalidValueError(
            f"the space '{store.space}' holds {counted(sum(found.values()), 'record')}{of_others}",
            FOR_GOOD,
        )


def tell_others(store: Store) -> None:
    """Say how many records of which other users go with a space."""
    if others := _of_others(store, holders(store)):
        records = counted(sum(others.values()), "record")
        warn(f"of others in the space '{store.space}' {records} will be gone ({_listed(others)})")


def _of_others(store: Store, found: Holders) -> Holders:
    return {handle: count for handle, count in found.items() if handle != store.user.handle}


def _listed(found: Holders) -> str:
    """Write who made how many.

    >>> _listed({"ada": 5, "testuser1": 2})
    'ada 5, testuser1 2'
    """
    return ", ".join(f"{handle} {count}" for handle, count in found.items())
