"""Times: integers of microseconds since the epoch, UTC. The graph holds a readable datetime beside each."""

from __future__ import annotations

import time
from datetime import UTC, datetime

from provgraph.guard import Guard

_guard = Guard()
_last = 0


def now_us() -> int:
    """Give the time now in microseconds since the epoch."""
    return time.time_ns() // 1000


def stamp() -> int:
    """Give the time now, but later than any stamp this process gave before, so that records keep their order.

    >>> stamp() < stamp()
    True
    """
    global _last  # noqa: PLW0603 - the last stamp is the process's own
    with _guard:
        _last = max(_last + 1, now_us())
        return _last


def from_micros(micros: int) -> datetime:
    """Turn microseconds since the epoch into a datetime with its zone.

    >>> str(from_micros(1734707373000000))
    '2024-12-20 15:09:33+00:00'
    """
    return datetime.fromtimestamp(micros // 1_000_000, UTC).replace(microsecond=micros % 1_000_000)


def iso(micros: int) -> str:
    """Write microseconds since the epoch as ISO 8601 text, for Cypher's `datetime()`.

    >>> iso(1734707373000000)
    '2024-12-20T15:09:33.000000+00:00'
    """
    return from_micros(micros).isoformat(timespec="microseconds")
