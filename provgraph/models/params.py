"""A run's parameters in the graph: all of them as JSON text, and each simple one as a property to ask for.

A property of a node holds no map. The text holds everything as it was given; the property `params.rate` holds the
value of `rate`, `params.model.depth` that of `depth` within `model`. Lists stand in the text alone, and so does what a
property cannot be: whole numbers of more than 64 bits, names of more than 1,000 characters or with NUL, texts with
halves of characters.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

from provgraph.errors import InvalidValueError, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

LONGEST: Final = 1_000
"""Characters of the name of a property; the local engine takes no 70,000."""


IN_MEMORY: Final = re.compile(r" at 0x[0-9a-fA-F]+")
"""Where an object lies, as Python's own texts of objects say."""


def as_text(params: dict[str, Any] | None) -> str | None:
    """Write parameters as JSON; numbers of numpy as numbers, sets as lists, what JSON does not know as its text.

    A text that names a place in memory goes without it: in another run it would be another.

    Raises `InvalidValueError` for names that are no texts, and for a list that holds itself.

    >>> as_text({"rate": 0.1, "genes": {"TP53"}})
    '{"genes": ["TP53"], "rate": 0.1}'
    """
    if params is None:
        return None
    if isinstance(params, dict) and (odd := [name for name in params if not isinstance(name, str)]):
        raise InvalidValueError(f"{shown(odd[0])} is no name of a parameter", "Name each by a text.")
    try:
        return json.dumps(params, sort_keys=True, default=_plain)
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidValueError(
            f"these parameters cannot be written as JSON ({error})",
            "Name them by texts, and let none hold itself; give what is more as a file: pg.Artifact(path).save().",
        ) from None


def as_properties(field: str, text: str | None) -> dict[str, Any]:
    """Give the simple values of JSON text by the names of their properties.

    >>> as_properties("params", '{"rate": 0.1, "genes": ["TP53"], "model": {"depth": 3}}')
    {'params.rate': 0.1, 'params.model.depth': 3}
    """
    return dict(_simple(field, json.loads(text))) if text else {}


def property_of(field: str, name: str) -> str:
    """Name the property of one parameter.

    >>> property_of("params", "model.depth")
    'params.model.depth'
    """
    return f"{field}.{name}"


def is_param(name: str) -> bool:
    """Whether a property is that of one parameter; names of a model's fields have no dots."""
    return "." in name


def has_64_bits(number: float) -> bool:
    """Whether a number is below those at which the whole numbers of a graph end.

    >>> has_64_bits(-(2**63)), has_64_bits(2**63)
    (True, False)
    """
    return -(2**63) <= number < 2**63


def _simple(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for key, each in value.items():
            yield from _simple(property_of(name, key), each)
    elif len(name) <= LONGEST and "\0" not in name and is_text(name) and _fits(value):
        yield name, value


def _fits(value: Any) -> bool:
    if isinstance(value, int):
        return has_64_bits(value)
    return isinstance(value, float) or (isinstance(value, str) and is_text(value))


def is_text(text: str) -> bool:
    """Whether it can be sent: JSON writes halves of characters as escapes, UTF-8 has none for them."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _plain(value: Any) -> Any:
    """Give a number of numpy as Python's, a set as a list, and anything else as its text."""
    if hasattr(value, "item") and getattr(value, "ndim", None) == 0:
        return value.item()
    if hasattr(value, "tolist"):
        return value.tolist()
    return sorted(value, key=str) if isinstance(value, set | frozenset) else IN_MEMORY.sub("", str(value))
