"""How many things there are, as people give it, and as messages and pictures say it."""

from __future__ import annotations

import numbers
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence


def is_count(value: Any, least: int = 0) -> bool:
    """Say whether a value is a whole number of things, numpy's too.

    >>> is_count(2), is_count(True), is_count(2.0), is_count(0, least=1)
    (True, False, False, False)
    """
    return isinstance(value, numbers.Integral) and not isinstance(value, bool) and int(value) >= least


def counted(count: int, noun: str) -> str:
    """Give a number with its noun in the right form.

    >>> counted(1, "run"), counted(1200, "edge")
    ('1 run', '1,200 edges')
    """
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def first_of(what: Sequence[str], most: int, by: str = ", ") -> str:
    """Name the first few of several things, and how many more there are.

    >>> first_of(["a", "b"], 3), first_of(["a", "b", "c"], 1, by="; ")
    ('a, b', 'a and 2 more')
    """
    more = f" and {len(what) - most} more" if len(what) > most else ""
    return f"{by.join(what[:most])}{more}"
