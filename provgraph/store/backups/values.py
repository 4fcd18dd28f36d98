"""Properties as JSON that keeps their types: what JSON lacks is an object whose one name says what it is."""

from __future__ import annotations

import base64
import math
from typing import Any, Final

from neo4j import spatial, time

Facts = dict[str, Any]

MOMENT: Final = "datetime"


def packed(value: Any) -> Any:  # noqa: PLR0911 - one for each kind of value
    """Write a property's value as JSON knows it.

    >>> packed([1, 1.0, "a", True]), packed(float("inf")), packed(time.Date(2024, 1, 2))
    ([1, 1.0, 'a', True], {'float': 'inf'}, {'date': '2024-01-02'})
    """
    if isinstance(value, list):
        return [packed(each) for each in value]
    if isinstance(value, float) and not math.isfinite(value):
        return {"float": repr(value)}
    if isinstance(value, bytes | bytearray):
        return {"bytes": base64.b64encode(value).decode()}
    if isinstance(value, time.DateTime):
        return {MOMENT if value.tzinfo is not None else "localdatetime": _moment(value)}
    if isinstance(value, time.Date | time.Time):
        return {type(value).__name__.lower(): value.iso_format()}
    if isinstance(value, time.Duration):
        return {"duration": list(value)}
    if isinstance(value, spatial.Point):
        return {"point": [value.srid, *value]}
    return value


def _moment(value: time.DateTime) -> str:
    """Write a time as ISO 8601 text, with the name of its zone when it has one, as Cypher's `datetime()` reads it."""
    zone = getattr(value.tzinfo, "zone", None)
    named = zone is not None and zone != "UTC"
    return f"{value.iso_format()}[{zone}]" if named else value.iso_format()


def unpacked(value: Any) -> Any:  # noqa: PLR0911 - one for each kind of value
    """Read what `packed` wrote, but times of day with a date, which Cypher reads itself (`split`); ValueError else.

    >>> unpacked(packed([1, float("inf"), b"ab"]))
    [1, inf, b'ab']
    """
    if isinstance(value, list):
        return [unpacked(each) for each in value]
    if not isinstance(value, dict):
        return value
    ((kind, held),) = value.items()
    match kind:
        case "float":
            return float(held)
        case "bytes":
            return base64.b64decode(held, validate=True)
        case "datetime" | "localdatetime":
            return time.DateTime.from_iso_format(held.partition("[")[0])
        case "date":
            return time.Date.from_iso_format(held)
        case "time":
            return time.Time.from_iso_format(held)
        case "duration":
            months, days, seconds, nanoseconds = held
            return time.Duration(months=months, days=days, seconds=seconds, nanoseconds=nanoseconds)
        case "point":
            return _point(*held)
    raise ValueError(f"a value is of the kind {kind!r}, which is not known here")


def _point(srid: int, *place: float) -> spatial.Point:
    kind = spatial.CartesianPoint if srid in (7203, 9157) else spatial.WGS84Point
    return kind(place)


def split(facts: Facts) -> tuple[Facts, list[list[str]]]:
    """Give properties as a statement takes them, and beside them the names and texts of its datetimes.

    >>> split({"a": 1, "at": {"datetime": "2024-01-02T03:04:05+00:00"}})
    ({'a': 1}, [['at', '2024-01-02T03:04:05+00:00']])
    """
    moments = {name: value[MOMENT] for name, value in facts.items() if isinstance(value, dict) and MOMENT in value}
    plain = {name: unpacked(value) for name, value in facts.items() if name not in moments}
    return plain, [[name, text] for name, text in sorted(moments.items())]


def packed_all(facts: Facts) -> Facts:
    """Write properties as JSON knows them, in the order of their names."""
    return {name: packed(facts[name]) for name in sorted(facts)}
