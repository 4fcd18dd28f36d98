"""What waits in the spool, as tests look at it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from provgraph.store.store import Store


def reached_again(store: Store) -> None:
    """Let the next call try the graph again, as it does by itself after some seconds."""
    store.ledger._next_try = 0.0


def files(store: Store) -> list[Path]:
    """The files in which calls wait."""
    return sorted(store.ledger.spool.folder.glob("*.jsonl"))
