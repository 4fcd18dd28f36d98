"""What waits in the spool, as tests look at it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from provgraph.storage import spool

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from provgraph.engines.contract import Engine
    from provgraph.store.store import Store

AHEAD: Final = 300 * 1_000_000
"""How far the clock of another host is ahead, in microseconds."""


class Failing:
    """A real engine whose transactions fail, all or after some."""

    def __init__(self, whole: Engine, error: Exception, after: int = 0) -> None:
        """Let `after` transactions through, then raise `error` for each."""
        self._whole, self._error, self._left = whole, error, after

    def __getattr__(self, name: str) -> Any:
        """Do all else as the engine does."""
        return getattr(self._whole, name)

    def write(self, work: Callable[[Any], Any]) -> Any:
        """Write, or fail."""
        if not self._left:
            raise self._error
        self._left -= 1
        return self._whole.write(work)


def reached_again(store: Store) -> None:
    """Let the next call try the graph again, as it does by itself after some seconds."""
    store.ledger._next_try = 0.0


def files(store: Store) -> list[Path]:
    """The files in which calls wait."""
    return sorted(store.ledger.spool.folder.glob("*.jsonl"))


def by_a_clock_ahead(path: Path, **changes: str) -> None:
    """Let a file be as a process wrote it whose clock was ahead, and which has ended."""
    entries = spool.read(path).entries
    path.unlink()
    for entry in entries:
        host, _, _ = entry["process"]
        ahead = {"at_us": entry["at_us"] + AHEAD, "process": [host, 1, 0]}
        spool.SpoolFile(path).append({**entry, **ahead, **changes})
