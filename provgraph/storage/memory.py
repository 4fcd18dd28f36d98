"""The memory of hashes: what was hashed once is not read again while its device, inode, size and times are the same.

The time of the bytes can be set back, by whoever unpacks an archive, say; that of the inode (`st_ctime`) cannot.
"""

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

BEFORE: Final = "DROP TABLE IF EXISTS hashes"
"""What an earlier version remembered, without the time of the inode."""
TABLE: Final = """CREATE TABLE IF NOT EXISTS known (
    device INTEGER, inode INTEGER, size INTEGER, mtime_ns INTEGER, ctime_ns INTEGER, hash TEXT,
    PRIMARY KEY (device, inode)) WITHOUT ROWID"""
SELECT: Final = "SELECT hash FROM known WHERE device = ? AND inode = ? AND size = ? AND mtime_ns = ? AND ctime_ns = ?"


class HashMemory:
    """Hashes by device, inode, size and times of change, in one SQLite file that all processes of a project share.

    It is a cache: a file that is damaged or cannot be written is done without.
    """

    def __init__(self, path: Path) -> None:
        """Use the file at `path`; it is made when something is remembered."""
        self._path = path

    def recall(self, statuses: Sequence[os.stat_result]) -> list[str | None]:
        """Give the hash of each file, None where it is not known."""
        last = time.time_ns() - RACY
        asked = {
            place: _identity(each.st_dev, each.st_ino, each.st_size, each.st_mtime_ns, each.st_ctime_ns)
            for place, each in enumerate(statuses)
            if max(each.st_mtime_ns, each.st_ctime_ns) < last  # nothing younger was remembered
        }
        found = self._select(asked)
        return [found.get(place) for place in range(len(statuses))]

    def _select(self, asked: dict[int, tuple[int, ...]]) -> dict[int, str]:
        """Give the hash of each that is known."""
        try:
            if not asked or not self._path.exists():
                return {}
            with contextlib.closing(self._open()) as database:
                rows = {place: database.execute(SELECT, each).fetchone() for place, each in asked.items()}
        except (OSError, sqlite3.OperationalError):  # locked by others, not to be read, or without the table yet
            return {}
        except sqlite3.DatabaseError:
            self._remove()
            return {}
        return {place: row[0] for place, row in rows.items() if row}

    def remember(self, facts: Sequence[FileFacts], began: int) -> None:
        """Keep the hashes of files that had not changed for two seconds when hashing `began` (nanoseconds)."""
        old = [each for each in facts if max(each.mtime_ns, each.ctime_ns) < began - RACY]
        rows = [
            (*_identity(each.device, each.inode, each.size, each.mtime_ns, each.ctime_ns), each.hash) for each in old
        ]
        if not rows:
            return
        with contextlib.suppress(sqlite3.Error, OSError), contextlib.closing(self._open()) as database, database:
            database.execute(BEFORE)
            database.execute(TABLE)
            database.executemany("INSERT OR REPLACE INTO known VALUES (?, ?, ?, ?, ?, ?)", rows)

    def _open(self) -> sqlite3.Connection:
        database = sqlite3.connect(self._path, timeout=2)
        try:
            database.execute("PRAGMA synchronous = OFF")
        except sqlite3.Error:
            database.close()
            raise
        return database

    def _remove(self) -> None:
        with contextlib.suppress(OSError):
            self._path.unlink()


def _identity(*numbers: int) -> tuple[int, ...]:
    """Give device, inode, size and times as SQLite keeps numbers: 64 bits with a sign (some inodes need all 64)."""
    return tuple((number + (1 << 63)) % (1 << 64) - (1 << 63) for number in numbers)
