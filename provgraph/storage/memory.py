"""The memory of hashes: what was hashed once is not read again while its device, inode, size and time are the same."""

from __future__ import annotations

import contextlib
import sqlite3
import time
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence
    from pathlib import Path

    from provgraph.storage.hashing import FileFacts

RACY: Final = 2_000_000_000
"""Nanoseconds: a file changed so shortly before may change again with the same time (git's rule for its index)."""

TABLE: Final = """CREATE TABLE IF NOT EXISTS hashes (
    device INTEGER, inode INTEGER, size INTEGER, mtime_ns INTEGER, hash TEXT,
    PRIMARY KEY (device, inode)) WITHOUT ROWID"""


class HashMemory:
    """Hashes by device, inode, size and time of change, in one SQLite file that all processes of a project share.

    It is a cache: a file that is damaged or cannot be written is done without.
    """

    def __init__(self, path: Path) -> None:
        """Use the file at `path`; it is made when something is remembered."""
        self._path = path

    def recall(self, statuses: Sequence[os.stat_result]) -> list[str | None]:
        """Give the hash of each file, None where it is not known."""
        if not self._path.exists():
            return [None] * len(statuses)
        query = "SELECT hash FROM hashes WHERE device = ? AND inode = ? AND size = ? AND mtime_ns = ?"
        try:
            with contextlib.closing(self._open()) as database:
                rows = [database.execute(query, _identity(each)).fetchone() for each in statuses]
        except sqlite3.Error:
            self._path.unlink(missing_ok=True)
            return [None] * len(statuses)
        return [row[0] if row else None for row in rows]

    def remember(self, facts: Sequence[FileFacts]) -> None:
        """Keep the hashes of files that have not changed for two seconds."""
        old = time.time_ns() - RACY
        rows = [(each.device, each.inode, each.size, each.mtime_ns, each.hash) for each in facts if each.mtime_ns < old]
        if not rows:
            return
        with contextlib.suppress(sqlite3.Error, OSError), contextlib.closing(self._open()) as database, database:
            database.execute(TABLE)
            database.executemany("INSERT OR REPLACE INTO hashes VALUES (?, ?, ?, ?, ?)", rows)

    def _open(self) -> sqlite3.Connection:
        database = sqlite3.connect(self._path, timeout=2)
        database.execute("PRAGMA synchronous = OFF")
        return database


def _identity(status: os.stat_result) -> tuple[int, int, int, int]:
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns
