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
    with _guard.lock:
        _last = max(_last + 1, now_us())
        return _last


def from_micros(micros: int) -> datetime:
    """Turn microseconds since the epoch into a datetime with its zone.

    >>> str(from_micros(1734707373000000))
    '2024-12-20 15:09:33+00:00'
    """
    return datetime.fromtimestamp(micros // 1_000_000, UTC).replace(microsecond=micros % 1_000_000)


def zoned(moment: datetime) -> datetime:
    """Give a time with its zone: one without is this machine's local time, as everywhere in Python.

    At the ends of the calendar, where a local time may be of no year that there is, it is taken as UTC.

    >>> str(zoned(datetime.fromisoformat("2024-12-20 15:09:33+01:00"))), zoned(datetime.max).year
    ('2024-12-20 15:09:33+01:00', 9999)
    """
    if moment.tzinfo:
        return moment
    plain = datetime.combine(moment.date(), moment.time())  # pandas' times take no local zone
    try:
        return plain.astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        return plain.replace(tzinfo=UTC)


def to_micros(moment: datetime) -> int:
    """Turn a datetime into microseconds since the epoch.

    >>> to_micros(from_micros(1734707373250000))
    1734707373250000
    """
    passed = zoned(moment) - datetime(1970, 1, 1, tzinfo=UTC)
    return (passed.days * 86_400 + passed.seconds) * 1_000_000 + passed.microseconds


def iso(micros: int) -> str:
    """Write microseconds since the epoch as ISO 8601 text, for Cypher's `datetime()`.

    >>> iso(1734707373000000)
    '2024-12-20T15:09:33.000000+00:00'
    """
    return from_micros(micros).isoformat(timespec="microseconds")
