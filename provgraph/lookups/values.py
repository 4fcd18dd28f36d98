"""Values of lookups: checked against the field's kind and turned into what the driver takes."""

from __future__ import annotations

import os
import re
import warnings
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING, Any, Final

from provgraph import uids
from provgraph.errors import InvalidValueError, NotSavedError, check_flags, near, shown
from provgraph.lookups.conditions import UidSource
from provgraph.lookups.fields import RELATED, TEXTUAL
from provgraph.models import NODES, Node, to_micros
from provgraph.models.params import as_text, has_64_bits, is_text

if TYPE_CHECKING:
    from provgraph.lookups.fields import FieldKind, Kind

NAMES: Final[dict[Kind, str]] = {
    "text": "text",
    "choice": "text",
    "integer": "a whole number",
    "number": "a number",
    "truth": "True or False",
    "time": "a datetime, a date or ISO text such as '2024-12-20 15:09'",
    "list": "a list of texts",
    "json": "a dictionary",
    "param": "a text, a number, True or False",
}


PYTHONS_OWN: Final = re.compile(r"(?<!\\)\(\?(?:P[<=>]|#|\()")
"""Named groups, comments and conditions of a regular expression as Python alone writes them."""


def value_for(name: str, field: FieldKind, operator: str, value: Any) -> Any:
    """Turn the value of the lookup `name` into a parameter; `InvalidValueError` when it does not suit the field.

    Times become microseconds since the epoch (a datetime without a zone is local time, as in Python; a date, and text
    without a zone, is in UTC, as times are shown), paths POSIX text.
    """
    if operator == "isnull":
        return _truth(name, value)
    if operator in ("in", "range"):
        values = [_one(name, field, operator, each) for each in _listed(name, value) if each is not None]
        if operator == "range" and len(values) != 2:  # noqa: PLR2004 - a range has two ends
            raise InvalidValueError(f"{name}={shown(value)} is not a range", "Give the lowest and the highest value.")
        return values
    return _one(name, field, operator, value)


def uids_for(name: str, label: str, operator: str, value: Any) -> Any:
    """Turn records (or their uids) into uids; `NotSavedError` for a record that is not in the graph."""
    if operator == "isnull":
        return _truth(name, value)
    if operator == "in":
        if isinstance(value, UidSource):
            _check_label(name, label, value.label, value)
            return value.uids()
        return [_uid(name, label, each) for each in _listed(name, value) if each is not None]
    return _uid(name, label, value)


def _uid(name: str, label: str, value: Any) -> str:
    if isinstance(value, str):
        return _checked_uid(name, label, value)
    if not isinstance(value, Node):
        raise InvalidValueError(f"{name}={shown(value)} is no {label}", f"Give a {label}, or its uid.")
    _check_label(name, label, value.label, value)
    if not value.is_saved:
        raise NotSavedError(f"{name}={shown(value)} is not saved", "Call its .save() first.")
    return value.uid


def _checked_uid(name: str, label: str, value: str) -> str:
    """Give a whole uid back; any other text would find nothing, and is rather what a person knows the record by."""
    if len(value) != uids.STEM_LENGTH[label] + uids.REVISION_LENGTH * (label in uids.VERSIONED) or not value.isalnum():
        asked, _, comparison = name.rpartition("__")
        relation = asked if comparison in RELATED else name
        fields = [f"{relation}__{field}={shown(value)}" for field in NODES[label].title_fields]
        raise InvalidValueError(
            f"{name}={shown(value)} is no uid of a {label}",
            f"Give a {label}, its whole uid, or ask {' or '.join(fields)}.",
        )
    return value


def _check_label(name: str, label: str, given: str, value: object) -> None:
    if given != label:
        raise InvalidValueError(f"{name}={shown(value)} is a {given}, and a {label} is asked for", f"Give a {label}.")


def _listed(name: str, value: Any) -> list[Any]:
    if isinstance(value, str | bytes | os.PathLike | dict | Node) or not hasattr(value, "__iter__"):
        raise InvalidValueError(f"{name}={shown(value)} is not a list", "Give a list, a tuple or a set.")
    return list(value)


def _truth(name: str, value: Any) -> bool:
    value = _unboxed(value)
    check_flags(**{name: value})
    return bool(value)


def _unboxed(value: Any) -> Any:
    """Give a single value of numpy as Python's."""
    return value.item() if getattr(value, "ndim", None) == 0 else value


def _one(name: str, field: FieldKind, operator: str, value: Any) -> Any:
    try:
        return _CONVERT[field.kind](field, operator, value)
    except OverflowError:
        raise InvalidValueError(f"{name}={shown(value)} is too large", "Give a number of 64 bits.") from None
    except (TypeError, ValueError) as error:
        if isinstance(error, InvalidValueError):
            raise
        raise InvalidValueError(f"{name}={shown(value)} does not fit", f"Give {NAMES[field.kind]}.") from None


def _text(_field: FieldKind, operator: str, value: Any) -> str:
    if isinstance(value, os.PathLike) and not isinstance(value, Node):
        value = os.fspath(value).replace(os.sep, "/")
    if not isinstance(value, str):
        raise TypeError
    if not is_text(value):
        raise InvalidValueError(f"{shown(value)} holds bytes that are no text", "Give text.")
    return _pattern(value) if operator in ("regex", "iregex") else value


def _pattern(value: str) -> str:
    """Give back an expression that Python and the engines (both Java's) read alike."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", FutureWarning)
            re.compile(value)
    except FutureWarning as error:
        raise InvalidValueError(
            f"'{value}' means another thing to each engine ({error})", "Put a backslash before '[' and '&' in sets."
        ) from None
    except re.error as error:
        raise InvalidValueError(f"'{value}' is not a regular expression: {error}", "Mend the expression.") from None
    if found := PYTHONS_OWN.search(value):
        raise InvalidValueError(
            f"'{value}' has '{found[0]}', which only Python's expressions know", "Use plain groups: (...) or (?:...)."
        )
    return value


def _choice(field: FieldKind, operator: str, value: Any) -> str:
    text = _text(field, operator, value)
    if operator in ("exact", "in") and text not in field.words:
        raise InvalidValueError(f"'{text}' is no {field.property}", near(text, field.words))
    return text


def _integer(_field: FieldKind, operator: str, value: Any) -> Any:
    if isinstance(value, bool) or (int(value) != value and operator in ("exact", "in")) or isinstance(value, str):
        raise TypeError
    if not has_64_bits(value):
        raise OverflowError
    return int(value) if int(value) == value else float(value)


def _number(_field: FieldKind, _operator: str, value: Any) -> float:
    if isinstance(value, bool | str):
        raise TypeError
    return float(value)


def _bool(_field: FieldKind, _operator: str, value: Any) -> bool:
    value = _unboxed(value)
    if not isinstance(value, bool):
        raise TypeError
    return value


def _micros(_field: FieldKind, _operator: str, value: Any) -> int:
    if isinstance(value, str):
        value = datetime.fromisoformat(value.removesuffix(" UTC"))
        value = value if value.tzinfo else value.replace(tzinfo=UTC)
    if isinstance(value, date) and not isinstance(value, datetime):
        value = datetime.combine(value, time(), UTC)
    if not isinstance(value, datetime) or value != value:  # noqa: PLR0124 - pandas' NaT is a datetime and no time
        raise TypeError
    return to_micros(value)


def _list(field: FieldKind, operator: str, value: Any) -> Any:
    if operator == "contains":
        return _text(field, operator, value)
    return [_text(field, operator, each) for each in _listed(field.property, value)]


def _json(field: FieldKind, operator: str, value: Any) -> str | None:
    if operator != "exact":
        return _text(field, operator, value)
    if not isinstance(value, dict):
        raise TypeError
    return as_text(value)


def _param(field: FieldKind, operator: str, value: Any) -> Any:
    if operator in TEXTUAL:
        return _text(field, operator, value)
    if isinstance(value, os.PathLike) and not isinstance(value, Node):
        value = str(value)
    value = _unboxed(value)
    if isinstance(value, int) and not has_64_bits(value):
        raise OverflowError
    if not isinstance(value, str | bool | int | float) or (isinstance(value, str) and not is_text(value)):
        raise TypeError
    return value


_CONVERT: Final = {
    "text": _text,
    "choice": _choice,
    "integer": _integer,
    "number": _number,
    "truth": _bool,
    "time": _micros,
    "list": _list,
    "json": _json,
    "param": _param,
}
